//! In front of `rtc-dtls`: takes datagrams as the network gives them, gives on whole flights.
//!
//! Its reassembly recurses once per fragment, keeps fragments of no length for ever, takes what follows a fragment in the same
//! record for part of it, and its retransmission timer stops when anything but a whole flight arrives. So messages are put
//! together here, within bounds, and reach it unfragmented, in order, a flight at a time. Only plain records can be looked
//! into; of encrypted ones the size is bounded, which leaves room for three fragments at most.

use std::collections::BTreeMap;

/// Most bytes of all datagrams of one handshake: ten times what a browser sends, retransmissions included.
pub(super) const BYTES_MAX: usize = 32 * 1024;

/// Most datagrams of one handshake, and after it most encrypted handshake records of the peer's last flight.
pub(super) const DATAGRAMS_MAX: usize = 64;

/// Longest message: a certificate chain is a tenth of it.
const MESSAGE_BYTES_MAX: usize = 16 * 1024;

/// How far ahead of the next message a fragment may belong; the longest flight has five messages.
const MESSAGES_AHEAD_MAX: u16 = 8;

/// Pieces of one message that lie apart; a fragment that would make one more is dropped until the gaps close.
const PIECES_MAX: usize = 16;

/// A Finished message under AES-GCM: two headers, twelve bytes, nonce and tag are 48; some room.
const SEALED_BYTES_MAX: usize = 64;

/// Encrypted records that wait for the rest of their flight.
const SEALED_MAX: usize = 4;

const RECORD_HEADER: usize = 13;
const MESSAGE_HEADER: usize = 12;

const CHANGE_CIPHER_SPEC: u8 = 20;
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;

const CLIENT_HELLO: u8 = 1;
const HELLO_VERIFY_REQUEST: u8 = 3;
const CERTIFICATE: u8 = 11;
const SERVER_HELLO_DONE: u8 = 14;
const CERTIFICATE_VERIFY: u8 = 15;
const CLIENT_KEY_EXCHANGE: u8 = 16;

const CLOSE_NOTIFY: u8 = 0;

/// What a datagram led to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    /// Nothing is complete yet, or it was not for us.
    Nothing,
    /// A datagram for `rtc-dtls`.
    Deliver(Vec<u8>),
    /// The peer repeats what was delivered before: it has not got our answer.
    Repetition,
    /// The peer has sent more than a handshake can need.
    TooMuch,
}

/// Puts one side's handshake together.
pub(super) struct Inbox {
    we_are_server: bool,
    /// What has come so far.
    bytes: usize,
    datagrams: usize,
    /// Number of the next message that `flight` waits for; those before it are in `flight` or delivered.
    next: u16,
    /// Number of the first message that was not delivered.
    undelivered: u16,
    /// Messages that have begun to arrive, `next` and later.
    partial: BTreeMap<u16, Partial>,
    /// Whole messages in order, not yet delivered.
    flight: Vec<Vec<u8>>,
    /// Whether only the change of cipher and the encrypted Finished are missing.
    awaits_finish: bool,
    change: bool,
    sealed: Vec<Vec<u8>>,
    /// Whether the last flight was delivered: later encrypted records go straight on.
    is_open: bool,
    sealed_delivered: usize,
    /// Number of the next plain record towards `rtc-dtls`.
    record: u64,
    /// The first ClientHello, for the next profile and for when the client repeats it.
    hello: Vec<u8>,
}

struct Partial {
    typ: u8,
    body: Vec<u8>,
    /// Ranges of `body` that have arrived: in order, apart, at most [`PIECES_MAX`].
    pieces: Vec<(usize, usize)>,
}

/// One record of a datagram.
struct Record<'a> {
    typ: u8,
    epoch: u16,
    whole: &'a [u8],
    body: &'a [u8],
}

impl Inbox {
    pub(super) const fn new(we_are_server: bool) -> Self {
        Self {
            we_are_server,
            bytes: 0,
            datagrams: 0,
            next: 0,
            undelivered: 0,
            partial: BTreeMap::new(),
            flight: Vec::new(),
            awaits_finish: false,
            change: false,
            sealed: Vec::new(),
            is_open: false,
            sealed_delivered: 0,
            record: 0,
            hello: Vec::new(),
        }
    }

    /// Takes a datagram while the handshake goes on.
    pub(super) fn take(&mut self, datagram: &[u8]) -> Arrival {
        let Some(records) = split(datagram) else { return Arrival::Nothing };
        self.bytes += datagram.len();
        self.datagrams += 1;
        if self.bytes > BYTES_MAX || self.datagrams > DATAGRAMS_MAX {
            return Arrival::TooMuch;
        }
        let mut repeated = false;
        let mut out = Vec::new();
        for record in records {
            match (record.typ, record.epoch) {
                (HANDSHAKE, 0) => repeated |= self.take_messages(record.body),
                (CHANGE_CIPHER_SPEC, 0) => self.change = true,
                (ALERT, 0) if is_fatal_or_close(record.body) => self.put_plain(ALERT, record.body, &mut out),
                (HANDSHAKE, 1) => self.take_sealed(record.whole, &mut out),
                _ => {}
            }
        }
        self.put_flight(&mut out);
        match (out.is_empty(), repeated) {
            (false, _) => Arrival::Deliver(out),
            (true, true) => Arrival::Repetition,
            (true, false) => Arrival::Nothing,
        }
    }

    /// Takes a datagram after the handshake: alerts, and the peer's last flight again. Neither data nor a second handshake.
    pub(super) fn take_late(&mut self, datagram: &[u8]) -> Arrival {
        let mut out = Vec::new();
        for record in split(datagram).unwrap_or_default() {
            match record.typ {
                HANDSHAKE if record.epoch == 1 => self.take_sealed(record.whole, &mut out),
                ALERT if record.epoch > 0 && record.body.len() <= SEALED_BYTES_MAX => out.extend(record.whole),
                _ => {}
            }
        }
        if out.is_empty() { Arrival::Nothing } else { Arrival::Deliver(out) }
    }

    /// The first ClientHello once more; `None` once the client has gone on.
    pub(super) fn hello_again(&mut self) -> Option<Vec<u8>> {
        if self.undelivered != 1 || self.hello.is_empty() {
            return None;
        }
        let (hello, mut out) = (self.hello.clone(), Vec::new());
        self.put_plain(HANDSHAKE, &hello, &mut out);
        Some(out)
    }

    /// Takes the fragments of a plain handshake record; whether any was of a message delivered before.
    fn take_messages(&mut self, mut body: &[u8]) -> bool {
        let mut repeated = false;
        while let Some((header, rest)) = body.split_first_chunk::<MESSAGE_HEADER>() {
            let number = |at: usize| {
                usize::from(header[at]) << 16 | usize::from(header[at + 1]) << 8 | usize::from(header[at + 2])
            };
            let (length, offset, len) = (number(1), number(6), number(9));
            let seq = u16::from_be_bytes([header[4], header[5]]);
            if length > MESSAGE_BYTES_MAX || offset + len > length || len > rest.len() || (len == 0 && length != 0) {
                break;
            }
            let (fragment, behind) = rest.split_at(len);
            repeated |= seq < self.undelivered;
            if (self.next..self.next.saturating_add(MESSAGES_AHEAD_MAX)).contains(&seq) {
                let new = || Partial { typ: header[0], body: vec![0; length], pieces: Vec::new() };
                let partial = self.partial.entry(seq).or_insert_with(new);
                if partial.typ == header[0] && partial.body.len() == length {
                    partial.add(offset, fragment);
                }
            }
            body = behind;
        }
        self.gather();
        repeated
    }

    /// Moves whole messages into the flight, in order.
    fn gather(&mut self) {
        while self.partial.get(&self.next).is_some_and(Partial::is_whole) {
            let Some(whole) = self.partial.remove(&self.next) else { return };
            self.flight.push(whole.message(self.next));
            self.next += 1;
        }
    }

    fn take_sealed(&mut self, record: &[u8], out: &mut Vec<u8>) {
        if record.len() > RECORD_HEADER + SEALED_BYTES_MAX || self.sealed_delivered == DATAGRAMS_MAX {
            return;
        }
        if self.is_open {
            self.sealed_delivered += 1;
            out.extend(record);
        } else {
            if self.sealed.len() == SEALED_MAX {
                self.sealed.remove(0);
            }
            self.sealed.push(record.to_vec());
        }
    }

    /// Gives the flight on if it is whole.
    fn put_flight(&mut self, out: &mut Vec<u8>) {
        let last = self.flight.last().map(|message| message[0]);
        let whole = match last {
            Some(CLIENT_HELLO) => self.we_are_server,
            Some(HELLO_VERIFY_REQUEST | SERVER_HELLO_DONE) => !self.we_are_server,
            _ => false,
        };
        self.awaits_finish |= match last {
            Some(CERTIFICATE_VERIFY) => self.we_are_server,
            Some(CLIENT_KEY_EXCHANGE) => self.we_are_server && !self.has_certificate(),
            _ => false,
        };
        let finish = self.awaits_finish && self.change && !self.sealed.is_empty();
        if !whole && !finish {
            return;
        }
        if last == Some(CLIENT_HELLO) && self.undelivered == 0 {
            self.hello = self.flight[0].clone();
        }
        self.awaits_finish |= last == Some(SERVER_HELLO_DONE);
        self.undelivered = self.next;
        for message in std::mem::take(&mut self.flight) {
            self.put_plain(HANDSHAKE, &message, out);
        }
        if finish {
            self.put_plain(CHANGE_CIPHER_SPEC, &[1], out);
            std::mem::take(&mut self.sealed).iter().for_each(|record| out.extend(record));
            self.is_open = true;
        }
    }

    /// Whether the client's flight begins with a certificate that a CertificateVerify must follow.
    fn has_certificate(&self) -> bool {
        self.flight.iter().any(|message| message[0] == CERTIFICATE && message.len() > MESSAGE_HEADER + 3)
    }

    fn put_plain(&mut self, typ: u8, body: &[u8], out: &mut Vec<u8>) {
        out.extend([typ, 0xfe, 0xfd, 0, 0]);
        out.extend(&self.record.to_be_bytes()[2..]);
        out.extend((body.len() as u16).to_be_bytes());
        out.extend(body);
        self.record += 1;
    }
}

impl Partial {
    fn add(&mut self, offset: usize, fragment: &[u8]) {
        let (mut start, mut end) = (offset, offset + fragment.len());
        let touches = |&(from, to): &(usize, usize)| from <= end && start <= to;
        let touched: Vec<_> = self.pieces.iter().copied().filter(touches).collect();
        if touched.is_empty() && self.pieces.len() == PIECES_MAX {
            return;
        }
        self.body[offset..offset + fragment.len()].copy_from_slice(fragment);
        self.pieces.retain(|piece| !touched.contains(piece));
        for (from, to) in touched {
            (start, end) = (start.min(from), end.max(to));
        }
        let place = self.pieces.partition_point(|piece| *piece < (start, end));
        self.pieces.insert(place, (start, end));
    }

    fn is_whole(&self) -> bool {
        self.pieces == [(0, self.body.len())]
    }

    /// The message under an unfragmented header.
    fn message(&self, seq: u16) -> Vec<u8> {
        let length = &(self.body.len() as u32).to_be_bytes()[1..];
        let mut message = vec![self.typ];
        message.extend(length);
        message.extend(seq.to_be_bytes());
        message.extend([0, 0, 0]);
        message.extend(length);
        message.extend(&self.body);
        message
    }
}

/// The records of a datagram; `None` if it is not made of DTLS records alone.
fn split(datagram: &[u8]) -> Option<Vec<Record<'_>>> {
    let mut records = Vec::new();
    let mut rest = datagram;
    while !rest.is_empty() {
        let header = rest.first_chunk::<RECORD_HEADER>()?;
        let len = usize::from(u16::from_be_bytes([header[11], header[12]]));
        let whole = rest.get(..RECORD_HEADER + len).filter(|_| len > 0 && header[1] == 0xfe)?;
        let epoch = u16::from_be_bytes([header[3], header[4]]);
        records.push(Record { typ: header[0], epoch, whole, body: &whole[RECORD_HEADER..] });
        rest = &rest[whole.len()..];
    }
    Some(records)
}

/// Warnings other than close_notify mean nothing to us.
fn is_fatal_or_close(alert: &[u8]) -> bool {
    matches!(alert, [2, _] | [_, CLOSE_NOTIFY])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relay::transport::tests::Seeded;

    fn record(typ: u8, epoch: u8, body: &[u8]) -> Vec<u8> {
        let mut record = vec![typ, 0xfe, 0xff, 0, epoch, 0, 0, 0, 0, 0, 0];
        record.extend((body.len() as u16).to_be_bytes());
        record.extend(body);
        record
    }

    fn fragment(typ: u8, seq: u8, length: usize, offset: usize, body: &[u8]) -> Vec<u8> {
        let three = |number: usize| (number as u32).to_be_bytes()[1..].to_vec();
        let len = three(body.len());
        [&[typ][..], &three(length), &[0, seq], &three(offset), &len, body].concat()
    }

    fn handshake(fragments: &[Vec<u8>]) -> Vec<u8> {
        record(HANDSHAKE, 0, &fragments.concat())
    }

    /// Types and bodies of the messages in a delivered datagram.
    fn messages(arrival: &Arrival) -> Vec<(u8, Vec<u8>)> {
        let Arrival::Deliver(datagram) = arrival else { panic!("{arrival:?}") };
        let records = split(datagram).unwrap();
        records.iter().map(|record| (record.body[0], record.body[MESSAGE_HEADER..].to_vec())).collect()
    }

    #[test]
    fn a_message_in_any_fragments_arrives_whole() {
        let mut random = Seeded(5);
        for _ in 0..300 {
            let body = random.bytes(3000);
            let mut inbox = Inbox::new(true);
            let mut fragments = Vec::new();
            let mut at = 0;
            while at < body.len() || fragments.is_empty() {
                let end = (at + 1 + random.below(900)).min(body.len());
                let start = at.saturating_sub(random.below(40));
                fragments.push(fragment(CLIENT_HELLO, 0, body.len(), start, &body[start..end]));
                at = end;
            }
            for place in (1..fragments.len()).rev() {
                fragments.swap(place, random.below(place + 1));
            }
            let arrivals = fragments.iter().map(|one| inbox.take(&handshake(std::slice::from_ref(one))));
            let delivered: Vec<_> = arrivals.filter(|arrival| matches!(arrival, Arrival::Deliver(_))).collect();
            assert_eq!(delivered.len(), 1, "{} bytes in {} fragments", body.len(), fragments.len());
            assert_eq!(messages(&delivered[0]), [(CLIENT_HELLO, body)]);
        }
    }

    #[test]
    fn what_follows_a_fragment_in_its_record_is_a_message_of_its_own() {
        let mut inbox = Inbox::new(false);
        inbox.take(&handshake(&[fragment(2, 0, 1, 0, b"s"), fragment(CERTIFICATE, 1, 6, 0, b"cer")]));
        let arrival = inbox
            .take(&handshake(&[fragment(CERTIFICATE, 1, 6, 3, b"tif"), fragment(SERVER_HELLO_DONE, 2, 0, 0, b"")]));
        let expected = [(2, b"s".to_vec()), (CERTIFICATE, b"certif".to_vec()), (SERVER_HELLO_DONE, vec![])];
        assert_eq!(messages(&arrival), expected);
    }

    #[test]
    fn the_clients_last_flight_waits_for_all_its_parts_in_any_order() {
        let parts = [
            handshake(&[fragment(CERTIFICATE, 0, 5, 0, b"certs"), fragment(CLIENT_KEY_EXCHANGE, 1, 1, 0, b"k")]),
            handshake(&[fragment(CERTIFICATE_VERIFY, 2, 1, 0, b"v")]),
            record(CHANGE_CIPHER_SPEC, 0, &[1]),
            record(HANDSHAKE, 1, &[7; 40]),
        ];
        for first in 0..4 {
            let mut inbox = Inbox::new(true);
            for place in 0..3 {
                assert_eq!(inbox.take(&parts[(first + place) % 4]), Arrival::Nothing);
            }
            let Arrival::Deliver(datagram) = inbox.take(&parts[(first + 3) % 4]) else { panic!("a whole flight") };
            let kinds: Vec<_> = split(&datagram).unwrap().iter().map(|record| (record.typ, record.epoch)).collect();
            assert_eq!(kinds, [(22, 0), (22, 0), (22, 0), (20, 0), (22, 1)]);
            assert_eq!(inbox.take(&parts[1]), Arrival::Repetition);
        }
    }

    #[test]
    fn chains_of_fragments_and_floods_stay_within_bounds() {
        let mut inbox = Inbox::new(true);
        // One byte each, every other one missing: more pieces than are kept.
        for at in 0..700usize {
            let one = handshake(&[fragment(CLIENT_HELLO, 0, 4000, at * 2, b"x")]);
            let empty = handshake(&[fragment(CLIENT_HELLO, 0, 4000, at, b"")]);
            let arrival = inbox.take(&[one, empty].concat());
            assert!(matches!(arrival, Arrival::Nothing | Arrival::TooMuch));
            assert!(
                inbox.partial.len() <= 1 && inbox.partial.values().all(|partial| partial.pieces.len() <= PIECES_MAX)
            );
        }
        assert_eq!(inbox.take(&handshake(&[])), Arrival::Nothing, "an empty record is none");
        assert_eq!(inbox.take(&record(ALERT, 0, &[2, 40])), Arrival::TooMuch);
        let mut late = Inbox::new(true);
        late.is_open = true;
        let passed = (0..1000).filter(|_| late.take_late(&record(HANDSHAKE, 1, &[0; 40])) != Arrival::Nothing).count();
        assert_eq!(passed, DATAGRAMS_MAX);
        assert_eq!(late.take_late(&record(HANDSHAKE, 0, &[0; 40])), Arrival::Nothing);
        assert_eq!(late.take_late(&record(23, 1, &[0; 40])), Arrival::Nothing, "there is no data");
    }
}
