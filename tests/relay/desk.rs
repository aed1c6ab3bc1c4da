//! A desk: a whole client of a running relay, on a real socket, with ICE, DTLS and SRTP of its own.

use crate::{
    client::{BUFFER, Client, Publishing, Track, Viewing, Work},
    media::Shape,
};
use std::{
    net::{IpAddr, SocketAddr, UdpSocket},
    time::{Duration, Instant},
};
use yunling::relay::{
    media::{Codec, MediaKind, Mid, Pt, Ssrc},
    plan::{ExtensionIds, Fingerprint, IceCredentials, SlotCodec, SlotPlan},
    transport::{
        dtls::{Certificate, Handshake, HandshakeStep},
        srtcp::Srtcp,
        srtp::{Opener, Profile, Sealer, SrtpKeys},
    },
};

const VIDEO_SSRC: u32 = 7000;
const AUDIO_SSRC: u32 = 7001;

/// What a desk does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Does {
    Publishes,
    Looks,
}

/// One client.
pub struct Desk {
    pub client: Client,
    does: Does,
    socket: UdpSocket,
    relay: SocketAddr,
    handshake: Handshake,
    connected: bool,
    pub closed: bool,
}

/// An offer of one sound and one picture.
pub fn offer(does: Does, local: &IceCredentials, certificate: &Certificate) -> String {
    let fingerprint: Vec<String> = certificate.fingerprint().0.iter().map(|byte| format!("{byte:02X}")).collect();
    let (direction, video, audio) = match does {
        Does::Publishes => {
            ("sendonly", format!("a=ssrc:{VIDEO_SSRC} cname:desk\n"), format!("a=ssrc:{AUDIO_SSRC} cname:desk\n"))
        }
        Does::Looks => ("recvonly", String::new(), String::new()),
    };
    let common = format!(
        "c=IN IP4 0.0.0.0\na=ice-ufrag:{}\na=ice-pwd:{}\na=fingerprint:sha-256 {}\na=setup:actpass\na={direction}\na=rtcp-mux\n",
        local.ufrag,
        local.pwd,
        fingerprint.join(":"),
    );
    let text = format!(
        "v=0\no=- 1 1 IN IP4 127.0.0.1\ns=-\nt=0 0\na=group:BUNDLE 0 1\n\
         m=audio 9 UDP/TLS/RTP/SAVPF 111\n{common}a=mid:0\na=rtpmap:111 opus/48000/2\n{audio}\
         m=video 9 UDP/TLS/RTP/SAVPF 96\n{common}a=mid:1\na=rtpmap:96 H264/90000\n\
         a=fmtp:96 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\n\
         a=rtcp-fb:96 nack\na=rtcp-fb:96 nack pli\n{video}"
    );
    text.replace('\n', "\r\n")
}

/// Credentials nobody else has.
pub fn credentials(name: &str) -> IceCredentials {
    IceCredentials { ufrag: name.to_owned(), pwd: format!("{name}PasswordOf22Characters") }
}

/// The value of the first line that starts with `key`.
pub fn value<'a>(sdp: &'a str, key: &str) -> &'a str {
    sdp.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_else(|| panic!("no {key} in\n{sdp}")).trim()
}

impl Desk {
    /// A desk that has its answer, and speaks to the relay's candidate of the family of `ip`.
    pub fn new(
        does: Does,
        ip: IpAddr,
        local: IceCredentials,
        certificate: &Certificate,
        profile: Profile,
        answer: &str,
    ) -> Self {
        let socket = socket(ip);
        let now = Instant::now();
        let work = match does {
            Does::Publishes => Work::Publish(Box::new(Publishing::new(1, Shape::H264))),
            Does::Looks => Work::View(Box::new(Viewing::new(slots(answer), false))),
        };
        let nothing = SrtpKeys::from_exporter(Profile::AeadAes128Gcm, &[0; 56], false);
        let mut client = Client::new(socket.local_addr().expect("bound"), local, &nothing, work, now);
        client.remote = remote(answer);
        let handshake = Handshake::client_offering(certificate, fingerprint(answer), &[profile]);
        let relay = candidate(answer, ip);
        Self { client, does, socket, relay, handshake, connected: false, closed: false }
    }

    /// Sends what is due and takes what came, without waiting.
    pub fn turn(&mut self) {
        let now = Instant::now();
        let mut buffer = [0; BUFFER];
        while let Ok((len, from)) = self.socket.recv_from(&mut buffer) {
            assert_eq!(from, self.relay, "answers come from where questions went");
            match buffer[0] {
                20..=63 => {
                    self.handshake.handle(now, &buffer[..len]);
                    // At once, because media may already follow in the same batch.
                    self.shake_hands(now);
                }
                _ => self.client.take(now, &mut buffer[..len]),
            }
        }
        self.shake_hands(now);
        let mut out = Vec::new();
        if self.connected {
            self.client.send(now, &mut out);
        } else if self.client.next_check <= now {
            self.client.next_check = now + Duration::from_millis(50);
            out.push(self.client.check());
        }
        for datagram in out {
            self.send(&datagram);
        }
    }

    /// Goes on from another address, and proves it by a check.
    pub fn move_to_new_address(&mut self) {
        self.socket = socket(self.relay.ip());
        self.client.next_check = Instant::now();
    }

    /// Takes new credentials on both sides.
    pub fn restart(&mut self, local: IceCredentials, fragment: &str) {
        self.client.local = local;
        self.client.remote = remote(fragment);
        self.client.next_check = Instant::now();
    }

    /// Says goodbye in DTLS.
    pub fn close(&mut self) {
        self.handshake.close();
        self.shake_hands(Instant::now());
    }

    /// Frames of its picture that could be shown, and packets of its sound.
    pub fn seen(&mut self) -> (u64, u64) {
        let viewing = self.client.viewing();
        let (audio, video) = (viewing.ssrc(0), viewing.ssrc(1));
        let frames = viewing.players.get(&video).map_or(0, |player| player.play().frames);
        (frames, viewing.packets.get(&audio).copied().unwrap_or_default())
    }

    fn shake_hands(&mut self, now: Instant) {
        if self.client.answered == 0 {
            return;
        }
        loop {
            match self.handshake.poll(now) {
                HandshakeStep::Transmit(datagram) => self.send(&datagram),
                HandshakeStep::Established(keys) => self.begin(now, &keys),
                HandshakeStep::Failed(reason) => panic!("{:?}: {reason}", self.does),
                HandshakeStep::Closed => {
                    self.closed = true;
                    return;
                }
                HandshakeStep::Wait(_) => return,
            }
        }
    }

    fn begin(&mut self, now: Instant, keys: &SrtpKeys) {
        self.client.sealer = Sealer::new(keys);
        self.client.opener = Opener::new(keys);
        self.client.srtcp = Srtcp::new(keys);
        if self.does == Does::Publishes {
            let sealer = &mut self.client.sealer;
            let video = Track::new(96, VIDEO_SSRC, Duration::from_millis(40), now, sealer);
            let audio = Track::new(111, AUDIO_SSRC, Duration::from_millis(20), now, sealer);
            let publishing = self.client.publishing();
            publishing.video = Some(video);
            publishing.audio = Some(audio);
        }
        self.connected = true;
    }

    fn send(&self, datagram: &[u8]) {
        self.socket.send_to(datagram, self.relay).expect("loopback takes everything");
    }
}

fn socket(ip: IpAddr) -> UdpSocket {
    let socket = UdpSocket::bind((ip, 0)).expect("a free port");
    socket.set_nonblocking(true).expect("a socket can");
    socket
}

fn remote(sdp: &str) -> IceCredentials {
    IceCredentials { ufrag: value(sdp, "a=ice-ufrag:").to_owned(), pwd: value(sdp, "a=ice-pwd:").to_owned() }
}

fn fingerprint(answer: &str) -> Fingerprint {
    let text = value(answer, "a=fingerprint:sha-256 ");
    let bytes: Vec<u8> = text.split(':').map(|hex| u8::from_str_radix(hex, 16).expect("two digits")).collect();
    Fingerprint(bytes.try_into().expect("32 bytes"))
}

fn candidate(answer: &str, ip: IpAddr) -> SocketAddr {
    let candidates = answer.lines().filter_map(|line| line.strip_prefix("a=candidate:"));
    let addresses = candidates.map(|line| {
        let words: Vec<&str> = line.split(' ').collect();
        let ip: IpAddr = words[4].parse().expect("an address");
        SocketAddr::new(ip, words[5].parse().expect("a port"))
    });
    let mut family = addresses.filter(|address| address.ip() == ip);
    family.next().unwrap_or_else(|| panic!("{ip} is not announced in\n{answer}"))
}

/// The answer's slots: sound first, as offered.
fn slots(answer: &str) -> Vec<SlotPlan> {
    let ssrcs = answer.lines().filter_map(|line| line.strip_prefix("a=ssrc:"));
    let mut ssrcs: Vec<u32> =
        ssrcs.map(|line| line.split(' ').next().expect("a number").parse().expect("a number")).collect();
    ssrcs.dedup();
    let kinds = [(MediaKind::Audio, Codec::Opus, 111), (MediaKind::Video, Codec::H264, 96)];
    let slots: Vec<SlotPlan> = kinds
        .into_iter()
        .zip(ssrcs)
        .map(|((kind, codec, pt), ssrc)| SlotPlan {
            mid: Mid(String::new()),
            kind,
            ssrc: Ssrc(ssrc),
            rtx_ssrc: None,
            codecs: vec![SlotCodec { codec, pt: Pt(pt), rtx: None }],
            red: None,
            extensions: ExtensionIds::default(),
            nack: true,
            remb: false,
        })
        .collect();
    assert_eq!(slots.len(), 2, "one SSRC for each line in\n{answer}");
    slots
}
