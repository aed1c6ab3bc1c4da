//! What is tried, and what must hold of each.

use crate::driver::Target;
use std::{
    net::SocketAddr,
    sync::LazyLock,
    time::{Duration, Instant},
};
use yunling::{
    id::PublicationId,
    relay::{
        codec::{h264, red, vp8},
        media::{Codec, MediaKind, Mid, Pt, Role, Ssrc},
        outbox::DATAGRAM_BYTES_MAX,
        plan::{Candidates, ExtensionIds, Fingerprint, IceCredentials, SlotCodec, SlotPlan},
        publication::Publication,
        rtp,
        slot::{Outgoing, Slot, Times},
        transport::{
            dtls::{Certificate, Handshake, HandshakeStep},
            ice::{self, IceLite},
            rtcp,
            sdp::{self, AnswerContext},
        },
    },
};

pub(crate) const TARGETS: &[Target] = &[
    Target { name: "rtp", rounds: 100_000, body: rtp_header },
    Target { name: "rtcp", rounds: 100_000, body: rtcp_compound },
    Target { name: "vp8", rounds: 50_000, body: vp8_descriptor },
    Target { name: "h264", rounds: 50_000, body: h264_payload },
    Target { name: "red", rounds: 50_000, body: red_blocks },
    Target { name: "stream", rounds: 4_000, body: stream },
    Target { name: "stun", rounds: 20_000, body: stun },
    Target { name: "sdpfrag", rounds: 20_000, body: sdpfrag },
    Target { name: "sdp", rounds: 500, body: offer },
    Target { name: "dtls", rounds: 300, body: dtls },
];

fn is_inside(part: &[u8], whole: &[u8]) -> bool {
    let (whole, part) = (whole.as_ptr_range(), part.as_ptr_range());
    whole.start <= part.start && part.end <= whole.end
}

fn rtp_header(bytes: &[u8]) {
    let _ = rtp::is_rtcp(bytes);
    let Some(header) = rtp::Header::parse(bytes) else { return };
    assert!((rtp::FIXED_BYTES..=bytes.len()).contains(&header.len));
    assert!((0..=u8::MAX).filter_map(|id| header.extension(bytes, id)).all(|value| is_inside(value, bytes)));
    assert!(header.payload(bytes).is_none_or(|payload| is_inside(payload, bytes)));
}

fn rtcp_compound(bytes: &[u8]) {
    let mut said = 0;
    rtcp::read(bytes, |feedback| {
        said += match feedback {
            rtcp::Feedback::Nack(_, missing) => missing.len(),
            rtcp::Feedback::Arrivals(report) => report.packets.len(),
            _ => 1,
        }
    });
    // A run of arrivals is a few bytes for thousands of packets; everything else says less than it is long.
    assert!(said <= 64 * 1024 + bytes.len() * 17, "{said} of {} bytes", bytes.len());
}

fn vp8_descriptor(bytes: &[u8]) {
    let Some((descriptor, len)) = vp8::read(bytes) else { return };
    assert!(len <= bytes.len());
    let _ = (vp8::starts_key_frame(&descriptor, &bytes[len..]), vp8::picture_size(&bytes[len..]));
    let mut written = [0; vp8::DESCRIPTOR_BYTES];
    vp8::write(&mut written, descriptor, 0x1234, 0x56);
    let (again, len) = vp8::read(&written).unwrap();
    assert_eq!((len, again.picture_id.map(|id| id.value), again.tl0), (written.len(), Some(0x1234), Some(0x56)));
    assert_eq!(
        (again.partition_start, again.partition, again.discardable, again.key_index),
        (descriptor.partition_start, descriptor.partition, descriptor.discardable, descriptor.key_index)
    );
}

fn h264_payload(bytes: &[u8]) {
    let found = h264::contents(bytes);
    h264::for_each_unit(bytes, |unit| {
        assert!(!unit.is_empty() && is_inside(unit, bytes));
        let _ = h264::Sps::read(unit);
    });
    h264::for_each_slice_start(bytes, |_| {});
    assert!(h264::annex_b_units(bytes).iter().all(|unit| is_inside(unit, bytes)));
    let mut sets = h264::ParameterSets::default();
    sets.learn(bytes);
    let _ = sets.size();
    let mut out = [0; 1450];
    if let Some(len) = sets.write(&mut out) {
        let again = h264::contents(&out[..len]);
        assert!(again.sps && again.pps && found.sps);
    }
}

fn red_blocks(bytes: &[u8]) {
    let Some(blocks) = red::read(bytes) else { return };
    assert!(!blocks.is_empty() && blocks.iter().all(|block| is_inside(block.payload, bytes)));
    assert!(blocks.iter().map(|block| block.payload.len()).sum::<usize>() < bytes.len());
}

/// A publisher's packets through a publication and a slot: the first byte chooses the codec, the rest is packets, each behind its
/// length. What a slot sends is a whole packet of the slot's, and its numbers never repeat.
fn stream(bytes: &[u8]) {
    let [choice, rest @ ..] = bytes else { return };
    let codec = [Codec::Vp8, Codec::H264, Codec::Opus][usize::from(choice % 3)];
    let participant = "fuzz".parse().unwrap();
    let mut publication = Publication::new(PublicationId(1), 0, participant, String::new(), Role::Main, codec);
    let mut slot = Slot::new(slot_plan(codec), 7, 0);
    let mut rest = rest;
    let mut now = *START;
    let mut used = std::collections::HashSet::new();
    while let [high, low, tail @ ..] = rest {
        let (packet, tail) = tail.split_at(usize::from(u16::from_be_bytes([*high, *low])).min(tail.len()));
        rest = tail;
        now += Duration::from_millis(7);
        let Some(header) = rtp::Header::parse(packet) else { continue };
        let Some(payload) = header.payload(packet) else { continue };
        match header.pt {
            97 => publication.take_repair(now, &header, payload, None),
            98 => publication.take_copy(now, &header, payload),
            _ => publication.take(now, &header, payload, None),
        };
        let mut ask = Vec::new();
        publication.missing.due(now, &mut ask);
        for &number in publication.pending() {
            let Some((packet, payload)) = publication.ring.get(number) else { continue };
            if packet.starts_key_frame || codec == Codec::Opus && used.is_empty() {
                slot.rewriter.begin(packet, packet.timestamp, 90_000, codec != Codec::Opus);
            }
            let Some(place) = slot.rewriter.place(packet) else { continue };
            assert!(used.insert(place.index), "{} was used twice", place.index);
            let outgoing = Outgoing {
                place,
                marker: packet.marker,
                pt: Pt(100),
                source: 1,
                audio_level: packet.audio_level,
                vp8: packet.vp8,
                earlier: &[],
                payload,
                padding: 0,
                transport: 1,
                times: Times::default(),
            };
            let mut out = [0; DATAGRAM_BYTES_MAX];
            let len = slot.write(&outgoing, &mut out);
            let header = rtp::Header::parse(&out[..len]).unwrap();
            assert_eq!((header.ssrc, header.seq, header.timestamp), (9, place.index as u16, place.timestamp));
            assert!(header.payload(&out[..len]).is_some_and(|sent| sent.ends_with(payload)));
        }
        let count = publication.pending().len();
        publication.forwarded(count);
        let _ = (publication.group(now), publication.reception(), publication.figures(now));
        publication.roll(now);
    }
}

fn slot_plan(codec: Codec) -> SlotPlan {
    let kind = if codec == Codec::Opus { MediaKind::Audio } else { MediaKind::Video };
    SlotPlan {
        mid: Mid("0".into()),
        kind,
        ssrc: Ssrc(9),
        rtx_ssrc: None,
        codecs: vec![SlotCodec { codec, pt: Pt(100), rtx: None }],
        red: None,
        extensions: ExtensionIds {
            mid: Some(3),
            audio_level: Some(1),
            transport_cc: Some(5),
            abs_send_time: Some(6),
            abs_capture_time: Some(7),
            ..ExtensionIds::default()
        },
        nack: true,
        remb: false,
    }
}

fn credentials(name: &str) -> IceCredentials {
    IceCredentials { ufrag: name.to_owned(), pwd: format!("{name}-password-of-22-chars") }
}

fn stun(bytes: &[u8]) {
    let _ = ice::is_stun(bytes);
    assert!(ice::local_ufrag(bytes).is_none_or(|name| is_inside(name.as_bytes(), bytes)));
    let mut agent = IceLite::new(credentials("relay"), credentials("client"));
    let from = SocketAddr::from(([127, 0, 0, 1], 9));
    let mut out = Vec::new();
    // Nothing in the corpus knows the password.
    assert!(agent.handle(from, bytes, &mut out).is_err() && !agent.is_authentic(from));
    assert!(out.len() <= bytes.len(), "an answer longer than its question");
}

fn sdpfrag(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = sdp::parse_fragment(text);
    }
}

fn offer(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let at = vec![SocketAddr::from(([192, 0, 2, 1], 50_000))];
    let (local, candidates) = (credentials("relay"), Candidates { udp: at.clone(), tcp: at });
    let context = AnswerContext {
        local: &local,
        fingerprint: Fingerprint([7; 32]),
        candidates: &candidates,
        codec: Codec::H264,
        session_number: 1,
        uplink_cap: None,
    };
    let _ = sdp::answer_publisher(&text, &context, Role::Main);
    let mut next = 0;
    let mut ssrc = || {
        next += 1;
        Ssrc(next)
    };
    let _ = sdp::answer_viewer(&text, &context, true, &mut ssrc);
}

static OURS: LazyLock<Certificate> = LazyLock::new(|| Certificate::generate().unwrap());

#[expect(clippy::disallowed_methods, reason = "virtual time starts somewhere")]
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// What a stranger sends to either side of a handshake that has begun.
fn dtls(bytes: &[u8]) {
    let mut server = Handshake::server(&OURS, Fingerprint([7; 32]));
    let mut client = Handshake::client(&OURS, Fingerprint([7; 32]));
    let drain = |side: &mut Handshake| {
        loop {
            match side.poll(*START) {
                HandshakeStep::Wait(_) | HandshakeStep::Closed => return,
                HandshakeStep::Established(_) => panic!("keys for a stranger"),
                HandshakeStep::Transmit(datagram) => assert!(datagram.len() <= 1500),
                HandshakeStep::Failed(reason) => {
                    assert!(!reason.contains("fault"), "{reason}");
                    return;
                }
            }
        }
    };
    drain(&mut client);
    for side in [&mut server, &mut client] {
        side.handle(*START, bytes);
        drain(side);
    }
}
