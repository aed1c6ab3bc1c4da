//! Media by TCP (RFC 6544, framed by RFC 4571), for desks whose firewall lets no UDP through.
//!
//! Each connection has a UDP socket of its own on this machine: what comes framed goes from there to the workers' ports, and what
//! a worker sends there goes back framed. So workers know nothing of TCP, who is authenticated is decided where it always is, and
//! nobody who comes by UDP pays for it. Which worker a connection is for shows when one answers: its first messages go to all.
//!
//! TCP makes a queue of what the way doesn't bear. The one here holds [`QUEUE_BYTES_MAX`] and then drops whole datagrams, as a
//! router would, so that the estimate of that viewer's way sees it.

#![expect(clippy::disallowed_methods, reason = "a shell reads the clock")]

use crate::subnet::Subnet;
use socket2::SockRef;
use std::{
    collections::HashMap,
    future::Future,
    io,
    net::{IpAddr, SocketAddr},
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    net::{TcpListener, TcpStream, UdpSocket},
    task::JoinSet,
};

/// Most connections at a time: more desks than any county has behind such firewalls, and two file descriptors each.
pub const CONNECTIONS_MAX: usize = 512;

/// Most connections from one address: browsers open one for each session and address of ours.
pub const CONNECTIONS_PER_ADDRESS_MAX: usize = 64;

/// Longest datagram taken: what an Ethernet frame brings.
pub const DATAGRAM_BYTES_MAX: usize = 1500;

/// Shortest datagram that a peer sends: an RTCP packet's head. A stream of shorter ones would cost far more here than there.
const DATAGRAM_BYTES_MIN: usize = 8;

/// Bytes of a STUN message without attributes (RFC 8489 §5).
const STUN_BYTES_MIN: usize = 20;

/// Most messages passed on before a worker answers: a browser repeats its first check seven times.
const CHECKS_MAX: u32 = 50;

/// Most bytes that wait for the way: 200 ms at 2.5 Mb/s.
pub const QUEUE_BYTES_MAX: usize = 64 * 1024;

/// Buffer asked of the kernel for what is under way; it doubles that for its own bookkeeping.
const KERNEL_BUFFER_BYTES: usize = 64 * 1024;

/// How long no worker may answer at the beginning.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long the worker may be silent later: as long as it keeps a peer that it doesn't hear of.
const SILENCE_MAX: Duration = Duration::from_secs(40);

/// Takes connections from these networks until `stop` resolves. `workers` are the workers' ports as this machine reaches them, all at
/// one address.
pub async fn carry_all(
    listeners: Vec<TcpListener>,
    allowed: Arc<[Subnet]>,
    workers: Arc<[SocketAddr]>,
    stop: impl Future<Output = ()>,
) {
    let mut stop = pin!(stop);
    let mut connections: JoinSet<IpAddr> = JoinSet::new();
    let mut held: HashMap<IpAddr, usize> = HashMap::new();
    loop {
        let accepted = tokio::select! {
            () = &mut stop => return,
            Some(ended) = connections.join_next() => {
                if let Some(count) = ended.ok().and_then(|address| held.get_mut(&address)) {
                    *count -= 1;
                }
                held.retain(|_, count| *count > 0);
                continue;
            }
            accepted = accept_any(&listeners) => accepted,
        };
        let Ok((stream, peer)) = accepted else {
            // Paces: without descriptors the next call fails at once, too.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let address = peer.ip();
        let count = held.get(&address).copied().unwrap_or(0);
        let full = connections.len() >= CONNECTIONS_MAX || count >= CONNECTIONS_PER_ADDRESS_MAX;
        if full || !Subnet::any_contains(&allowed, address) {
            continue;
        }
        held.insert(address, count + 1);
        let workers = Arc::clone(&workers);
        connections.spawn(async move {
            // Whichever side ended it: the peer comes again if it wants to.
            let _ = carry(stream, &workers).await;
            address
        });
    }
}

/// The next connection at any of the sockets; never, if there is none.
async fn accept_any(listeners: &[TcpListener]) -> io::Result<(TcpStream, SocketAddr)> {
    std::future::poll_fn(|context| {
        let ready = listeners.iter().map(|listener| listener.poll_accept(context)).find(std::task::Poll::is_ready);
        ready.unwrap_or(std::task::Poll::Pending)
    })
    .await
}

/// Carries one connection until either side ends it or nobody answers.
async fn carry(stream: TcpStream, workers: &[SocketAddr]) -> io::Result<()> {
    let first = workers.first().ok_or(io::ErrorKind::NotConnected)?;
    stream.set_nodelay(true)?;
    // The kernel would let megabytes be under way, which is a queue of seconds.
    SockRef::from(&stream).set_send_buffer_size(KERNEL_BUFFER_BYTES)?;
    let socket = UdpSocket::bind((first.ip(), 0)).await?;
    let (mut worker, mut checks) = (None, 0);
    let mut deadline = Instant::now() + PATIENCE;
    let (mut frames, mut queue) = (Frames::default(), Queue::default());
    let mut buffer = [0; DATAGRAM_BYTES_MAX + 100];
    loop {
        tokio::select! {
            readable = stream.readable() => {
                readable?;
                match frames.read(|space| stream.try_read(space)) {
                    Ok(0) => return Ok(()),
                    Ok(_) => {}
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                    Err(error) => return Err(error),
                }
                while let Some(datagram) = frames.next()? {
                    if worker.is_none() {
                        checks += 1;
                        if checks > CHECKS_MAX || !may_be_stun(datagram) {
                            return Err(io::ErrorKind::InvalidData.into());
                        }
                    }
                    pass(&socket, datagram, worker, workers).await;
                }
            }
            received = socket.recv_from(&mut buffer) => {
                let (len, from) = received?;
                if workers.contains(&from) && worker.is_none_or(|known| known == from) {
                    worker = Some(from);
                    deadline = Instant::now() + SILENCE_MAX;
                    queue.push(&buffer[..len]);
                    queue.write(|bytes| stream.try_write(bytes))?;
                }
            }
            writable = stream.writable(), if !queue.is_empty() => {
                writable?;
                queue.write(|bytes| stream.try_write(bytes))?;
            }
            () = tokio::time::sleep_until(deadline.into()) => return Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

/// Gives a datagram to its worker, or to all while that isn't known. What can't be given is lost, as on any way.
async fn pass(socket: &UdpSocket, datagram: &[u8], worker: Option<SocketAddr>, workers: &[SocketAddr]) {
    let all = worker.as_slice();
    for to in if all.is_empty() { workers } else { all } {
        let _ = socket.send_to(datagram, to).await;
    }
}

/// Whether a datagram may be the check that everybody begins with (RFC 7983 §7).
fn may_be_stun(datagram: &[u8]) -> bool {
    datagram.len() >= STUN_BYTES_MIN && datagram[0] < 4
}

/// What was read and is not a whole datagram yet.
struct Frames {
    bytes: Box<[u8]>,
    start: usize,
    end: usize,
}

impl Default for Frames {
    fn default() -> Self {
        Self { bytes: vec![0; 16 * 1024].into_boxed_slice(), start: 0, end: 0 }
    }
}

impl Frames {
    /// Lets `read` put more behind what is there; it returns how much.
    fn read(&mut self, read: impl FnOnce(&mut [u8]) -> io::Result<usize>) -> io::Result<usize> {
        self.bytes.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        let len = read(&mut self.bytes[self.end..])?;
        self.end += len;
        Ok(len)
    }

    /// The next whole datagram; an error if one is announced that nobody may send.
    fn next(&mut self) -> io::Result<Option<&[u8]>> {
        let Some((head, rest)) = self.bytes[self.start..self.end].split_first_chunk::<2>() else { return Ok(None) };
        let len = usize::from(u16::from_be_bytes(*head));
        if !(DATAGRAM_BYTES_MIN..=DATAGRAM_BYTES_MAX).contains(&len) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        if rest.len() < len {
            return Ok(None);
        }
        let start = self.start + 2;
        self.start = start + len;
        Ok(Some(&self.bytes[start..start + len]))
    }
}

/// What waits for the way, framed.
#[derive(Default)]
struct Queue {
    bytes: Vec<u8>,
    /// How much of it has been written.
    written: usize,
}

impl Queue {
    fn is_empty(&self) -> bool {
        self.written == self.bytes.len()
    }

    /// Appends a datagram, unless too much waits.
    fn push(&mut self, datagram: &[u8]) {
        let waiting = self.bytes.len() - self.written;
        let Ok(len) = u16::try_from(datagram.len()) else { return };
        if waiting + 2 + datagram.len() > QUEUE_BYTES_MAX {
            return;
        }
        self.bytes.drain(..self.written);
        self.written = 0;
        self.bytes.extend_from_slice(&len.to_be_bytes());
        self.bytes.extend_from_slice(datagram);
    }

    /// Writes as much as `write` takes.
    fn write(&mut self, mut write: impl FnMut(&[u8]) -> io::Result<usize>) -> io::Result<()> {
        while !self.is_empty() {
            match write(&self.bytes[self.written..]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(len) => self.written += len,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        self.bytes.clear();
        self.written = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    fn framed(datagrams: &[&[u8]]) -> Vec<u8> {
        let frame = |datagram: &&[u8]| [&(datagram.len() as u16).to_be_bytes()[..], datagram].concat();
        datagrams.iter().flat_map(frame).collect()
    }

    #[test]
    fn datagrams_are_found_wherever_the_stream_is_cut() {
        let long = [7; DATAGRAM_BYTES_MAX];
        let sent: [&[u8]; 4] = [b"one of 15 bytes", &[0; DATAGRAM_BYTES_MIN], &long, b"the fourth"];
        let stream = framed(&sent);
        for cut in 0..stream.len() {
            let mut frames = Frames::default();
            let mut found: Vec<Vec<u8>> = Vec::new();
            for part in [&stream[..cut], &stream[cut..]] {
                let put = |space: &mut [u8]| {
                    space[..part.len()].copy_from_slice(part);
                    Ok(part.len())
                };
                frames.read(put).unwrap();
                while let Some(datagram) = frames.next().unwrap() {
                    found.push(datagram.to_vec());
                }
            }
            assert_eq!(found, sent, "cut at {cut}");
        }
    }

    #[test]
    fn a_length_nobody_may_send_is_an_error() {
        for len in [0, DATAGRAM_BYTES_MIN - 1, DATAGRAM_BYTES_MAX + 1] {
            let mut frames = Frames::default();
            let put = |space: &mut [u8]| {
                space[..2].copy_from_slice(&(len as u16).to_be_bytes());
                Ok(2)
            };
            frames.read(put).unwrap();
            assert_eq!(frames.next().unwrap_err().kind(), io::ErrorKind::InvalidData, "{len}");
        }
    }

    #[test]
    fn a_queue_that_is_full_drops_whole_datagrams() {
        let mut queue = Queue::default();
        for number in 0..100_u8 {
            queue.push(&[number; 1200]);
        }
        let mut stream = Vec::new();
        // A way that takes 700 bytes at a time.
        queue
            .write(|bytes| {
                let len = bytes.len().min(700);
                stream.extend_from_slice(&bytes[..len]);
                Ok(len)
            })
            .unwrap();
        assert!(queue.is_empty() && stream.len() <= QUEUE_BYTES_MAX);
        let whole: Vec<[u8; 1200]> = (0..(stream.len() / 1202) as u8).map(|number| [number; 1200]).collect();
        let whole: Vec<&[u8]> = whole.iter().map(|datagram| &datagram[..]).collect();
        assert_eq!(stream, framed(&whole));
    }

    /// A listener in front of two workers; the stop that ends it.
    async fn front(allowed: &str) -> (SocketAddr, [UdpSocket; 2], tokio::sync::oneshot::Sender<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let workers = [UdpSocket::bind("127.0.0.1:0").await.unwrap(), UdpSocket::bind("127.0.0.1:0").await.unwrap()];
        let ports = workers.each_ref().map(|worker| worker.local_addr().unwrap());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let allowed = Arc::from([allowed.parse().unwrap()]);
        let all = carry_all(vec![listener], allowed, Arc::from(ports), async move {
            let _ = stopped.await;
        });
        tokio::task::spawn(all);
        (address, workers, stop)
    }

    /// A message that may be STUN, and ends so.
    fn check(end: &[u8; 5]) -> Vec<u8> {
        [&[0; STUN_BYTES_MIN][..], end].concat()
    }

    #[tokio::test]
    async fn a_connection_is_its_worker_s_once_that_has_answered() {
        let (address, [one, two], _stop) = front("127.0.0.0/8").await;
        let mut desk = TcpStream::connect(address).await.unwrap();
        let (hello, again) = (check(b"hello"), check(b"again"));
        desk.write_all(&framed(&[&hello, &again])).await.unwrap();
        let mut buffer = [0; 100];
        let (len, from) = one.recv_from(&mut buffer).await.unwrap();
        assert_eq!(buffer[..len], hello);
        for expect in [&hello, &again] {
            let (len, source) = two.recv_from(&mut buffer).await.unwrap();
            assert_eq!((&buffer[..len], source), (&expect[..], from));
        }
        two.send_to(b"an answer", from).await.unwrap();
        desk.read_exact(&mut buffer[..11]).await.unwrap();
        assert_eq!(buffer[..11], framed(&[b"an answer"]));
        one.send_to(b"no worker of theirs", from).await.unwrap();
        desk.write_all(&framed(&[b"some media"])).await.unwrap();
        assert_eq!(two.recv_from(&mut buffer).await.unwrap(), (10, from));
        assert_eq!(one.recv_from(&mut buffer).await.unwrap().0, again.len(), "what came before the answer");
        assert_eq!(one.try_recv_from(&mut buffer).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        two.send_to(b"more of it", from).await.unwrap();
        desk.read_exact(&mut buffer[..12]).await.unwrap();
        assert_eq!(buffer[..12], framed(&[b"more of it"]));
    }

    #[tokio::test]
    async fn who_is_not_let_in_or_sends_nonsense_is_cut_off() {
        let (address, _workers, _stop) = front("10.0.0.0/8").await;
        let mut buffer = [0; 8];
        let mut stranger = TcpStream::connect(address).await.unwrap();
        assert_eq!(stranger.read(&mut buffer).await.unwrap_or(0), 0);
        let (address, _workers, stop) = front("127.0.0.0/8").await;
        let endless: Vec<u8> = (0..=CHECKS_MAX).flat_map(|_| framed(&[&check(b"hello")])).collect();
        for nonsense in [&[0xff; 64][..], &framed(&[b"no check at all, but long enough"]), &[0; 64], &endless] {
            let mut rogue = TcpStream::connect(address).await.unwrap();
            rogue.write_all(nonsense).await.unwrap();
            assert_eq!(rogue.read(&mut buffer).await.unwrap_or(0), 0, "{nonsense:?}");
        }
        let mut desk = TcpStream::connect(address).await.unwrap();
        desk.write_all(&framed(&[&check(b"hello")])).await.unwrap();
        stop.send(()).unwrap();
        assert_eq!(desk.read(&mut buffer).await.unwrap_or(0), 0, "the end of the server is the end of all");
    }
}
