//! What the network feeds the relay's parsers and rewriters, gone wrong in every way that a seed can think of: nothing panics, and
//! nothing reaches past what it was given.
//!
//! The corpus is in `tests/fixtures/fuzz`, a folder for each target, one input a file, in hexadecimal with a line that says what
//! it is. Each check first takes the corpus as it is, then so many mutations of it; `SOAK=N` takes N hundred times as many, from a
//! seed nobody has seen. A failure names the seed and prints the input, which then becomes a file of the corpus. There is no
//! coverage to guide it (cargo-fuzz needs a nightly compiler): inputs are small and the corpus holds every form that is read.

#![expect(clippy::disallowed_methods, reason = "the environment asks for the long form, or for one seed")]
#![allow(clippy::unwrap_used, reason = "a corpus that can't be read is a failure")]

mod driver;
mod targets;

use driver::{Corpus, Found, Target, fuzz};
use targets::TARGETS;

#[test]
fn nothing_from_the_network_makes_a_parser_panic() {
    let soak: u64 = std::env::var("SOAK").map_or(0, |rounds| rounds.parse().unwrap_or(1));
    let fresh = std::time::UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos() as u64;
    let seed = std::env::var("YUNLING_SEED").ok().and_then(|seed| seed.parse().ok());
    for target in TARGETS {
        let corpus = Corpus::read(target.name);
        let (seed, rounds) = match (seed, soak) {
            (Some(seed), soak) => (seed, target.rounds * (100 * soak).max(1)),
            (None, 0) => (1, target.rounds),
            (None, soak) => (fresh, target.rounds * 100 * soak),
        };
        if let Err(Found { round, input }) = fuzz(target, &corpus, rounds, seed) {
            let input: String = input.iter().map(|byte| format!("{byte:02x}")).collect();
            panic!("{}: seed {seed}, round {round}: {input}", target.name);
        }
    }
}

#[test]
fn a_planted_fault_is_found() {
    // A reader of REMB that trusts the count of streams in it: the driver that finds nothing in the relay must find this.
    fn planted(bytes: &[u8]) {
        if bytes.len() >= 20 && bytes[0] == 0x8f && bytes[1] == 206 && bytes[12..16] == *b"REMB" {
            let streams = &bytes[20..20 + 4 * usize::from(bytes[16])];
            assert!(streams.len().is_multiple_of(4));
        }
    }
    let corpus = Corpus::read("rtcp");
    let target = Target { name: "planted", rounds: 20_000, body: planted };
    let found = fuzz(&target, &corpus, target.rounds, 1).expect_err("it is there");
    assert!(std::panic::catch_unwind(|| planted(&found.input)).is_err(), "what it names shows the fault");
    assert!(found.round > 0, "the corpus alone must not");
}
