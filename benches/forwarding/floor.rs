//! The bare floor: what forwarding costs if nothing is done but receive, open once, copy and seal per viewer, send.
//!
//! No demultiplexing, no rewriting, no ledger, no statistics, no timers but the gathering's. Its ciphers are ring's, straight;
//! its gathering follows the same rule as a worker's. The same trace, replayed with all but one part left out, says what each
//! part costs alone.

use crate::cpu;
use nix::{
    cmsg_space,
    errno::Errno,
    poll::{PollFd, PollFlags, ppoll},
    sys::{
        socket::{
            ControlMessage, MsgFlags, MultiHeaders, SockaddrIn, recvmmsg, sendmmsg, setsockopt,
            sockopt::{RcvBuf, SndBuf},
        },
        time::TimeSpec,
    },
};
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use std::{
    io::{self, IoSlice, IoSliceMut},
    net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket},
    os::fd::{AsFd, AsRawFd},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};
use yunling::{
    bot::light::header_len,
    relay::{
        io::gathering::{Busyness, gathering},
        transport::srtp::{Profile, SrtpKeys},
    },
};

const TAG_BYTES: usize = 16;
const BATCH: usize = 64;
const PACKET_BYTES: usize = 2048;
const SLAB_BYTES: usize = 256 * 1024;
const SEGMENTS_MAX: usize = 64;
const RUN_BYTES_MAX: usize = 65_000;
const SOCKET_BUFFER_BYTES: usize = 4 << 20;
/// How often an idle floor looks for orders.
const IDLE_WAIT: Duration = Duration::from_millis(50);

/// What the floor did in one run.
#[derive(Debug, Default, Clone)]
pub struct Work {
    /// Datagrams received.
    pub received: u64,
    /// Datagrams sent, to all viewers together.
    pub sent: u64,
    /// What happened when, for the parts.
    pub log: Vec<Event>,
}

/// One thing the floor did.
#[derive(Debug, Clone)]
pub enum Event {
    /// Opened packets of these sizes (without their tags).
    Opened(Duration, Vec<usize>),
    /// Sealed and sent runs of packets of these sizes to every viewer.
    Flushed(Duration, Vec<Vec<usize>>),
}

impl Event {
    /// When, since the first packet.
    pub const fn at(&self) -> Duration {
        match self {
            Self::Opened(at, _) | Self::Flushed(at, _) => *at,
        }
    }
}

/// What the parts cost alone, in nanoseconds.
#[derive(Debug, Default, Clone)]
pub struct Parts {
    /// A datagram received, waking included.
    pub recv: f64,
    /// A datagram opened.
    pub open: f64,
    /// A datagram copied and sealed.
    pub seal: f64,
    /// A datagram sent, whatever its run's length.
    pub send: f64,
    /// A datagram sent in runs of 1, 2–3, 4–7, and 8 or more; none if there were no such runs.
    pub send_by_run: [Option<f64>; 4],
}

impl Parts {
    /// Their sum per datagram sent.
    pub fn sum(&self, received: u64, sent: u64) -> f64 {
        (self.recv + self.open) * received as f64 / sent as f64 + self.seal + self.send
    }
}

/// Orders to the floor's thread.
#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    receive_only: AtomicBool,
    hand_over: AtomicBool,
    work: Mutex<Option<Work>>,
}

/// A floor that runs on its own thread and core.
pub struct Floor {
    shared: Arc<Shared>,
    handle: Option<JoinHandle<()>>,
    /// Where its publisher sends.
    pub address: SocketAddr,
    /// For its CPU time.
    pub thread: cpu::Thread,
}

/// A cipher and its salt, as RFC 7714 uses them.
pub struct Bare {
    key: LessSafeKey,
    salt: [u8; 12],
}

impl Bare {
    /// Session key and salt of RTP from the master's (RFC 3711 §4.3.1).
    pub fn new(master_key: &[u8], master_salt: &[u8]) -> Self {
        let key = derive(master_key, master_salt, 0);
        let salt = derive(master_key, master_salt, 2);
        let key = UnboundKey::new(&AES_128_GCM, &key).expect("16 bytes");
        Self { key: LessSafeKey::new(key), salt: salt[..12].try_into().expect("12 of 16") }
    }

    fn nonce(&self, packet: &[u8]) -> Nonce {
        let mut iv = self.salt;
        for (to, from) in iv[2..6].iter_mut().zip(&packet[8..12]) {
            *to ^= from;
        }
        // The rollover counter is zero: runs are far shorter than 65536 packets.
        iv[10] ^= packet[2];
        iv[11] ^= packet[3];
        Nonce::assume_unique_for_key(iv)
    }

    /// Opens in place; returns the plain length.
    pub fn open(&self, packet: &mut [u8]) -> Option<usize> {
        let header = header_len(packet)?;
        let nonce = self.nonce(packet);
        let (head, body) = packet.split_at_mut(header);
        let plain = self.key.open_in_place(nonce, Aad::from(&*head), body).ok()?.len();
        Some(header + plain)
    }

    /// Seals `packet[..len]` in place; returns the sealed length.
    pub fn seal(&self, packet: &mut [u8], len: usize) -> usize {
        let header = header_len(&packet[..len]).expect("a packet that was opened");
        let nonce = self.nonce(packet);
        let (head, body) = packet.split_at_mut(header);
        let (body, rest) = body.split_at_mut(len - header);
        let tag = self.key.seal_in_place_separate_tag(nonce, Aad::from(&*head), body).expect("short enough");
        rest[..TAG_BYTES].copy_from_slice(tag.as_ref());
        len + TAG_BYTES
    }
}

fn derive(master_key: &[u8], master_salt: &[u8], label: u8) -> [u8; 16] {
    use aes::cipher::{BlockEncrypt, KeyInit};
    let mut block = aes::Block::default();
    block[..master_salt.len()].copy_from_slice(master_salt);
    block[7] ^= label;
    aes::Aes128::new_from_slice(master_key).expect("16 bytes").encrypt_block(&mut block);
    block.into()
}

/// Keys of one end; `server` for the floor's.
pub fn keys(seed: u64, server: bool) -> SrtpKeys {
    let len = SrtpKeys::material_len(Profile::AeadAes128Gcm);
    let material: Vec<u8> =
        (0..len).map(|i| (seed.wrapping_mul(0x9e37_79b9).wrapping_add(i as u64 * 77) >> 3) as u8).collect();
    SrtpKeys::from_exporter(Profile::AeadAes128Gcm, &material, server)
}

/// Who the floor sends to.
pub struct Viewer {
    cipher: Bare,
    to: SockaddrIn,
}

impl Viewer {
    pub fn new(keys: &SrtpKeys, to: SocketAddrV4) -> Self {
        Self { cipher: Bare::new(&keys.local_key, &keys.local_salt), to: to.into() }
    }
}

/// Everything a turn of the floor needs.
struct Engine {
    socket: UdpSocket,
    publisher: Bare,
    viewers: Vec<Viewer>,
    buffers: Vec<[u8; PACKET_BYTES]>,
    headers: MultiHeaders<()>,
    sender: Sender,
    /// Plain packets that wait, back to back, and the length of each.
    gathered: Vec<u8>,
    lens: Vec<usize>,
}

/// A slab of sealed runs and the calls that send them.
struct Sender {
    slab: Vec<u8>,
    /// Where each run begins and ends, and whose it is.
    runs: Vec<(usize, usize, SockaddrIn)>,
    single: MultiHeaders<SockaddrIn>,
    segmented: MultiHeaders<SockaddrIn>,
}

impl Sender {
    fn new() -> Self {
        Self {
            slab: vec![0; SLAB_BYTES + RUN_BYTES_MAX + PACKET_BYTES],
            runs: Vec::with_capacity(2048),
            single: MultiHeaders::preallocate(BATCH, None),
            segmented: MultiHeaders::preallocate(BATCH, Some(cmsg_space!(u16))),
        }
    }

    fn send(&mut self, socket: &UdpSocket, segment: usize, count: usize) -> u64 {
        let mut sent = 0;
        let segment = segment as u16;
        let gso = [ControlMessage::UdpGsoSegments(&segment)];
        for batch in self.runs.chunks(BATCH) {
            let slices: [[IoSlice; 1]; BATCH] = std::array::from_fn(|i| {
                let (from, to, _) = batch.get(i).copied().unwrap_or((0, 0, batch[0].2));
                [IoSlice::new(&self.slab[from..to])]
            });
            let addrs: [Option<SockaddrIn>; BATCH] = std::array::from_fn(|i| batch.get(i).map(|run| run.2));
            let n = batch.len();
            let fd = socket.as_raw_fd();
            let result = if count > 1 {
                sendmmsg(fd, &mut self.segmented, &slices[..n], &addrs[..n], gso, MsgFlags::MSG_DONTWAIT)
            } else {
                sendmmsg(fd, &mut self.single, &slices[..n], &addrs[..n], [], MsgFlags::MSG_DONTWAIT)
            };
            sent += result.map_or(0, |done| done.count() as u64) * count as u64;
        }
        self.runs.clear();
        sent
    }
}

impl Engine {
    fn new(socket: UdpSocket, publisher: &SrtpKeys, viewers: Vec<Viewer>) -> Self {
        Self {
            socket,
            publisher: Bare::new(&publisher.remote_key, &publisher.remote_salt),
            viewers,
            buffers: vec![[0; PACKET_BYTES]; BATCH],
            headers: MultiHeaders::preallocate(BATCH, None),
            sender: Sender::new(),
            gathered: Vec::with_capacity(SLAB_BYTES),
            lens: Vec::with_capacity(BATCH),
        }
    }

    /// Lengths of the datagrams now in `buffers`.
    fn receive(&mut self, lens: &mut [usize; BATCH]) -> usize {
        let mut slices: Vec<[IoSliceMut; 1]> = self.buffers.iter_mut().map(|b| [IoSliceMut::new(b)]).collect();
        let fd = self.socket.as_raw_fd();
        let Ok(got) = recvmmsg(fd, &mut self.headers, slices.iter_mut(), MsgFlags::MSG_DONTWAIT, None) else {
            return 0;
        };
        let mut n = 0;
        for message in got {
            lens[n] = message.bytes;
            n += 1;
        }
        n
    }

    fn gather(&mut self, buffer: usize, len: usize) {
        self.gathered.extend_from_slice(&self.buffers[buffer][..len]);
        self.lens.push(len);
    }

    /// Copies and seals what was gathered for every viewer, and sends it; returns datagrams sent.
    fn flush(&mut self, seal: bool, send: bool) -> u64 {
        let mut sent = 0;
        let mut first = 0;
        let mut start = 0;
        for run in runs(&self.lens) {
            let lens = &self.lens[first..first + run];
            let bytes: usize = lens.iter().sum();
            let sealed_bytes = bytes + run * TAG_BYTES;
            let mut used = 0;
            for viewer in &self.viewers {
                if used + sealed_bytes > SLAB_BYTES {
                    if send {
                        sent += self.sender.send(&self.socket, lens[0] + TAG_BYTES, run);
                    }
                    self.sender.runs.clear();
                    used = 0;
                }
                let begin = used;
                if seal {
                    let mut from = start;
                    for &len in lens {
                        let space = &mut self.sender.slab[used..used + len + TAG_BYTES];
                        space[..len].copy_from_slice(&self.gathered[from..from + len]);
                        used += viewer.cipher.seal(space, len);
                        from += len;
                    }
                } else {
                    used += sealed_bytes;
                }
                self.sender.runs.push((begin, used, viewer.to));
            }
            if send {
                sent += self.sender.send(&self.socket, lens[0] + TAG_BYTES, run);
            }
            self.sender.runs.clear();
            first += run;
            start += bytes;
        }
        self.gathered.clear();
        self.lens.clear();
        sent
    }

    fn wait(&self, longest: Duration) {
        let mut fds = [PollFd::new(self.socket.as_fd(), PollFlags::POLLIN)];
        match ppoll(&mut fds, Some(TimeSpec::from_duration(longest)), None) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => panic!("poll: {error}"),
        }
    }
}

/// Lengths of runs: equal sizes, the last may be smaller.
fn runs(lens: &[usize]) -> Vec<usize> {
    let mut out = Vec::with_capacity(4);
    let mut at = 0;
    while at < lens.len() {
        let mut count = 1;
        let mut bytes = lens[at] + TAG_BYTES;
        while let Some(&next) = lens.get(at + count) {
            bytes += next + TAG_BYTES;
            if next > lens[at] || lens[at + count - 1] < lens[at] || count == SEGMENTS_MAX || bytes > RUN_BYTES_MAX {
                break;
            }
            count += 1;
        }
        out.push(count);
        at += count;
    }
    out
}

fn is_sound(packet: &[u8]) -> bool {
    packet[1] & 0x7f == yunling::bot::offer::OPUS_PT
}

impl Floor {
    /// Binds a port and starts to forward what comes to it.
    pub fn start(publisher: &SrtpKeys, viewers: Vec<Viewer>) -> io::Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.set_nonblocking(true)?;
        setsockopt(&socket, RcvBuf, &SOCKET_BUFFER_BYTES)?;
        setsockopt(&socket, SndBuf, &SOCKET_BUFFER_BYTES)?;
        let address = socket.local_addr()?;
        let shared = Arc::new(Shared::default());
        let (theirs, publisher) = (Arc::clone(&shared), publisher.clone());
        let (tell, told) = mpsc::channel();
        let handle = thread::Builder::new().name("floor".to_owned()).spawn(move || {
            cpu::pin(cpu::SERVER_CORE).expect("the core was there at start");
            tell.send(cpu::Thread::current()).expect("it is waited for");
            forward(Engine::new(socket, &publisher, viewers), &theirs);
        })?;
        let thread = told.recv().map_err(io::Error::other)?;
        Ok(Self { shared, handle: Some(handle), address, thread })
    }

    /// Only receives from now on, or forwards again.
    pub fn receive_only(&self, only: bool) {
        self.shared.receive_only.store(only, Ordering::Relaxed);
    }

    /// What it did since the last time.
    pub fn take(&self) -> Work {
        self.shared.hand_over.store(true, Ordering::Release);
        loop {
            if let Some(work) = self.shared.work.lock().expect("nobody panics with it").take() {
                return work;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Floor {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(handle) = self.handle.take() {
            let _ = handle.join();
        }
    }
}

fn forward(mut engine: Engine, shared: &Shared) {
    let mut work = Work::default();
    let mut began = None;
    let mut busyness = Busyness::new(Instant::now());
    let mut limit = Duration::ZERO;
    let mut deadline: Option<Instant> = None;
    let mut lens = [0; BATCH];
    while !shared.stop.load(Ordering::Relaxed) {
        let from = Instant::now();
        let longest = deadline.map_or(IDLE_WAIT, |at| at.saturating_duration_since(from));
        if !longest.is_zero() {
            engine.wait(longest);
        }
        let now = Instant::now();
        if let Some(busy) = busyness.waited(from, now) {
            limit = gathering(limit, busy);
        }
        let got = engine.receive(&mut lens);
        work.received += got as u64;
        if shared.hand_over.swap(false, Ordering::Acquire) {
            *shared.work.lock().expect("nobody panics with it") = Some(std::mem::take(&mut work));
            began = None;
        }
        if shared.receive_only.load(Ordering::Relaxed) {
            continue;
        }
        let at = now - *began.get_or_insert(now);
        let mut opened = Vec::with_capacity(got);
        for (buffer, &sealed) in lens[..got].iter().enumerate() {
            let Some(len) = engine.publisher.open(&mut engine.buffers[buffer][..sealed]) else { continue };
            opened.push(len);
            if is_sound(&engine.buffers[buffer]) {
                // Sound does not wait; the picture that does keeps its place.
                let (gathered, kept) = (std::mem::take(&mut engine.gathered), std::mem::take(&mut engine.lens));
                engine.gather(buffer, len);
                work.sent += engine.flush(true, true);
                work.log.push(Event::Flushed(at, vec![vec![len]]));
                (engine.gathered, engine.lens) = (gathered, kept);
            } else {
                engine.gather(buffer, len);
                deadline.get_or_insert(now + limit);
            }
        }
        if got > 0 {
            work.log.push(Event::Opened(at, opened));
        }
        if deadline.is_some_and(|at| at <= now) {
            deadline = None;
            work.log.push(Event::Flushed(at, split(&engine.lens)));
            work.sent += engine.flush(true, true);
        }
    }
}

fn split(lens: &[usize]) -> Vec<Vec<usize>> {
    let mut rest = lens;
    runs(lens)
        .into_iter()
        .map(|run| {
            let (head, tail) = rest.split_at(run);
            rest = tail;
            head.to_vec()
        })
        .collect()
}

/// Which part a replay runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Open,
    Seal,
    Send,
}

/// Replays a floor's log at its own pace with only one part in place; fills in what it costs.
pub fn replay(
    log: &[Event],
    part: Part,
    publisher: &SrtpKeys,
    viewers: Vec<Viewer>,
    parts: &mut Parts,
) -> io::Result<()> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    setsockopt(&socket, SndBuf, &SOCKET_BUFFER_BYTES)?;
    let count = viewers.len() as f64;
    let mut engine = Engine::new(socket, publisher, viewers);
    let opposite = SrtpKeys {
        local_key: publisher.remote_key.clone(),
        local_salt: publisher.remote_salt.clone(),
        ..publisher.clone()
    };
    let sealing = Bare::new(&opposite.local_key, &opposite.local_salt);
    // Real headers, or nothing could be sealed or opened.
    let mut template = [0x5a; PACKET_BYTES];
    template[..20].copy_from_slice(&[0x90, 96, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0xbe, 0xde, 0, 1, 0x40, 0x31, 0, 0]);
    let overhead = cpu::own_overhead().as_nanos() as f64;
    let (mut ns, mut done) = (0.0, 0.0);
    let mut by_run = [(0.0, 0.0); 4];
    let began = Instant::now();
    for event in log {
        match (event, part) {
            (Event::Opened(at, lens), Part::Open) => {
                for (buffer, &len) in lens.iter().enumerate() {
                    engine.buffers[buffer][..len].copy_from_slice(&template[..len]);
                    sealing.seal(&mut engine.buffers[buffer][..], len);
                }
                sleep_until(began + *at);
                let before = cpu::own();
                for (buffer, &len) in lens.iter().enumerate() {
                    assert!(engine.publisher.open(&mut engine.buffers[buffer][..len + TAG_BYTES]).is_some());
                }
                ns += (cpu::own().saturating_sub(before)).as_nanos() as f64 - overhead;
                done += lens.len() as f64;
            }
            (Event::Flushed(at, runs), Part::Seal | Part::Send) => {
                sleep_until(began + *at);
                for lens in runs {
                    for &len in lens {
                        engine.gathered.extend_from_slice(&template[..len]);
                        engine.lens.push(len);
                    }
                    let before = cpu::own();
                    engine.flush(part == Part::Seal, part == Part::Send);
                    let cost = (cpu::own().saturating_sub(before)).as_nanos() as f64 - overhead;
                    let packets = lens.len() as f64 * count;
                    ns += cost;
                    done += packets;
                    let bucket = &mut by_run[(lens.len().ilog2() as usize).min(3)];
                    bucket.0 += cost;
                    bucket.1 += packets;
                }
            }
            _ => {}
        }
    }
    let each = if done > 0.0 { ns / done } else { 0.0 };
    match part {
        Part::Open => parts.open = each,
        Part::Seal => parts.seal = each,
        Part::Send => {
            parts.send = each;
            parts.send_by_run = by_run.map(|(ns, packets)| (packets > 0.0).then(|| ns / packets));
        }
    }
    Ok(())
}

fn sleep_until(at: Instant) {
    thread::sleep(at.saturating_duration_since(Instant::now()));
}
