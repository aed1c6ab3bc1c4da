//! What is thrown at the relay.

use std::{
    net::{SocketAddr, UdpSocket},
    thread,
    time::{Duration, Instant},
};
use yunling::{bot::check::Checks, relay::plan::IceCredentials};

/// Numbers from a seed (Marsaglia's xorshift).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next() as u8).collect()
    }
}

/// Sends at some 20 000 datagrams a second: hard, yet below what would only fill the socket's buffer.
pub(crate) fn throw(socket: &UdpSocket, to: SocketAddr, datagrams: impl Iterator<Item = Vec<u8>>) -> usize {
    let mut count = 0;
    for datagram in datagrams {
        let _ = socket.send_to(&datagram, to);
        count += 1;
        if count % 20 == 0 {
            // Paces: 20 000 datagrams a second, so that the attack is not lost in the socket's buffer.
            thread::sleep(Duration::from_millis(1));
        }
    }
    count
}

/// Random bytes behind every kind of first byte, and real datagrams cut short, lengthened or with bytes changed.
pub(crate) fn noise<'a>(
    random: &'a mut Random,
    real: &'a [Vec<u8>],
    count: usize,
) -> impl Iterator<Item = Vec<u8>> + 'a {
    // One first byte of each protocol on the port (RFC 7983), and some of none.
    const FIRST: [u8; 10] = [0, 1, 20, 22, 23, 63, 64, 128, 144, 255];
    (0..count).map(move |index| {
        if index % 2 == 0 || real.is_empty() {
            let len = random.below(1500);
            let mut datagram = random.bytes(len);
            if let Some(first) = datagram.first_mut() {
                *first = FIRST[random.below(FIRST.len())];
            }
            return datagram;
        }
        let mut datagram = real[random.below(real.len())].clone();
        match random.below(3) {
            0 => datagram.truncate(random.below(datagram.len())),
            1 => {
                let more = random.below(600);
                datagram.extend(random.bytes(more));
            }
            _ => {
                for _ in 0..=random.below(8) {
                    let at = random.below(datagram.len());
                    datagram[at] = random.next() as u8;
                }
            }
        }
        datagram
    })
}

/// Makes a socket's address authentic by ICE, without a word of DTLS.
pub(crate) fn pass_ice(socket: &UdpSocket, local: &IceCredentials, remote: &IceCredentials, to: SocketAddr) {
    let mut checks = Checks::new(Instant::now(), local.clone(), remote.clone(), vec![to], 77);
    let mut buffer = [0; 2048];
    let end = Instant::now() + Duration::from_secs(10);
    while checks.selected().is_none() {
        assert!(Instant::now() < end, "the relay does not answer a check");
        checks.poll(Instant::now(), |to, datagram| drop(socket.send_to(&datagram, to)));
        if let Ok((len, from)) = socket.recv_from(&mut buffer) {
            checks.handle(Instant::now(), from, &buffer[..len]);
        }
    }
}

/// How the fragments of one endless handshake message follow each other.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Chain {
    /// A byte each, from the first to the last.
    Forward,
    /// A byte each, from the last to the first.
    Backward,
    /// The same byte again and again.
    Same,
    /// Anywhere, any length, overlapping.
    Anywhere,
    /// A message of its own each, the first missing.
    Ahead,
}

pub(crate) const CHAINS: [Chain; 5] = [Chain::Forward, Chain::Backward, Chain::Same, Chain::Anywhere, Chain::Ahead];

/// Datagrams full of DTLS handshake fragments (RFC 6347 §4.2.3) of a client hello that is never complete.
pub(crate) fn fragments(chain: Chain, random: &mut Random, datagrams: usize) -> Vec<Vec<u8>> {
    const MESSAGE_BYTES: usize = 0xffff;
    const RECORDS: usize = 44;
    let mut record_number = 0_u64;
    let mut index = 0;
    (0..datagrams)
        .map(|_| {
            let mut datagram = Vec::with_capacity(1300);
            while datagram.len() < RECORDS * 26 {
                let (message, offset, len) = match chain {
                    Chain::Forward => (0, index % MESSAGE_BYTES, 1),
                    Chain::Backward => (0, MESSAGE_BYTES - 1 - index % MESSAGE_BYTES, 1),
                    Chain::Same => (0, 1, 1),
                    Chain::Anywhere => (0, random.below(MESSAGE_BYTES - 64), random.below(64)),
                    Chain::Ahead => (1 + index % 0xfffe, 0, 1),
                };
                fragment(&mut datagram, record_number, (message, offset, len), MESSAGE_BYTES);
                record_number += 1;
                index += 1;
            }
            datagram
        })
        .collect()
}

fn fragment(out: &mut Vec<u8>, record: u64, (message, offset, len): (usize, usize, usize), whole: usize) {
    let three = |number: usize| [(number >> 16) as u8, (number >> 8) as u8, number as u8];
    out.extend([22, 0xfe, 0xfd, 0, 0]);
    out.extend(&record.to_be_bytes()[2..]);
    out.extend(&((12 + len) as u16).to_be_bytes());
    out.push(1);
    out.extend(three(whole));
    out.extend(&(message as u16).to_be_bytes());
    out.extend(three(offset));
    out.extend(three(len));
    out.extend(std::iter::repeat_n(0x5a, len));
}
