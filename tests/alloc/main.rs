//! No allocation per forwarded packet in steady state: shown by an allocator that counts, for the core alone and for a whole
//! worker on loopback sockets. A binary of its own, because an allocator is the whole program's.

#![expect(clippy::disallowed_methods, reason = "virtual time starts somewhere, and a worker runs in real time")]
#![expect(clippy::print_stdout, reason = "what was measured, for whoever runs it with --nocapture")]
#![allow(unreachable_pub, clippy::unwrap_used, clippy::type_complexity, reason = "tests, in part the simulation's")]

#[path = "../sim/client.rs"]
#[allow(dead_code, reason = "shared with the simulation, which uses all of it")]
mod client;
mod counting;
mod hour;
#[path = "../sim/media.rs"]
#[allow(dead_code, reason = "shared with the simulation, which uses all of it")]
mod media;
mod stage;
mod whole;

use counting::count;
use stage::Stand;
use std::time::Duration;

/// Viewers in these tests.
const VIEWERS: usize = 24;

#[test]
fn the_counter_counts() {
    assert_eq!(count(|| drop(vec![0u8; 100])).1, 1);
    assert_eq!(count(|| 1 + 1).1, 0);
}

#[test]
fn the_core_forwards_without_allocating() {
    let cases = [(Duration::ZERO, None), (Duration::from_millis(5), None), (Duration::ZERO, Some(5))];
    for (gathering, transport_cc) in cases {
        let light = Stand::new(VIEWERS, gathering, transport_cc).run(3);
        let heavy = Stand::new(VIEWERS, gathering, transport_cc).run(12);
        for traffic in [light, heavy] {
            assert_eq!(traffic.allocations_for_packets, 0, "{traffic:?} at {gathering:?}");
            assert_eq!(traffic.forwarded, traffic.packets * VIEWERS as u64, "everything arrives: {traffic:?}");
        }
        // What time asks for (reports, ticks) may allocate, but not more when there are more packets to forward.
        assert!(heavy.packets > 2 * light.packets);
        assert_eq!(light.allocations_for_time, heavy.allocations_for_time, "{light:?} {heavy:?} at {gathering:?}");
    }
}

#[test]
fn a_room_is_recorded_without_allocating() {
    let mut stand = Stand::new(2, Duration::ZERO, None).recorded();
    let traffic = stand.run(12);
    assert_eq!(traffic.allocations_for_packets, 0, "{traffic:?}");
    assert_eq!(traffic.forwarded, traffic.packets * 2, "{traffic:?}");
    assert!(stand.recorded > traffic.packets * 100, "{} bytes of {traffic:?}", stand.recorded);
}

#[test]
fn a_whole_worker_forwards_without_allocating() {
    let seen = whole::forward(VIEWERS, 300);
    assert_eq!(seen.send_failures, 0);
    assert!(
        seen.datagrams_out >= 150 * 5 * VIEWERS as u64,
        "of three hundred frames, what the kernel dropped or is still gathered may be missing, not more: {seen:?}"
    );
    // Ticks (every 50 ms) and reports may allocate; all other turns may not.
    let ticks = seen.elapsed.as_millis() / 50 + 2;
    assert!(u128::from(seen.turns_that_allocated) <= ticks, "{seen:?}");
    assert!(seen.turns > 3 * seen.turns_that_allocated, "{seen:?}");
}
