//! The socket by which legs' child processes reach a worker: `AF_UNIX`, `SEQPACKET`, one message per record of
//! [`pipe`](crate::relay::pipe).
//!
//! The main type is [`LegSockets`]. Only the user the relay runs as can connect (mode 0600), and the core believes only who
//! shows a secret first. Nothing here waits; a child that does not take its messages loses them.

use crate::relay::rooms::LegConnection;
use socket2::{Domain, SockAddr, Socket, Type};
use std::{
    fs,
    io::{self, ErrorKind},
    os::{
        fd::{AsFd, BorrowedFd},
        unix::fs::{DirBuilderExt, FileTypeExt, PermissionsExt},
    },
    path::{Path, PathBuf},
};
use tracing::warn;

/// Most connections at a time; more are closed at once. A county has a handful of legs.
const CONNECTIONS_MAX: usize = 64;

/// Bytes that may wait in a connection's queue towards the child.
const SEND_BUFFER_BYTES: usize = 1 << 20;

/// A worker's listening socket and its connections.
pub struct LegSockets {
    listener: Socket,
    path: PathBuf,
    connections: Vec<(LegConnection, Socket)>,
    next: u64,
}

impl LegSockets {
    /// Listens at `path`. Its folder is made if it isn't there, for this user alone; a socket left there by a run that was
    /// killed is replaced.
    ///
    /// # Errors
    ///
    /// If the folder or the socket can't be made; the path may have at most 107 bytes.
    pub fn listen(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        if fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket()) {
            fs::remove_file(path)?;
        }
        let listener = Socket::new(Domain::UNIX, Type::SEQPACKET.nonblocking(), None)?;
        listener.bind(&SockAddr::unix(path)?)?;
        // Nobody can connect before `listen`, so the mode is right from the first moment it matters.
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
        listener.listen(16)?;
        Ok(Self { listener, path: path.to_owned(), connections: Vec::new(), next: 0 })
    }

    /// Where it listens.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The listening socket.
    #[must_use]
    pub fn listener(&self) -> BorrowedFd<'_> {
        self.listener.as_fd()
    }

    /// The connections' sockets, in order.
    pub fn connections(&self) -> impl ExactSizeIterator<Item = BorrowedFd<'_>> {
        self.connections.iter().map(|(_, socket)| socket.as_fd())
    }

    /// The connection at `index` of [`connections`](Self::connections).
    #[must_use]
    pub fn connection(&self, index: usize) -> Option<(LegConnection, BorrowedFd<'_>)> {
        self.connections.get(index).map(|(connection, socket)| (*connection, socket.as_fd()))
    }

    /// Takes whoever waits to connect; `true` if the set of connections changed.
    pub fn accept(&mut self) -> bool {
        let before = self.connections.len();
        loop {
            match self.listener.accept() {
                Ok((socket, _)) if self.connections.len() < CONNECTIONS_MAX && socket.set_nonblocking(true).is_ok() => {
                    // A recorder's longest message must fit; a kernel that grants less still takes the usual ones.
                    let _ = socket.set_send_buffer_size(SEND_BUFFER_BYTES);
                    self.connections.push((LegConnection(self.next), socket));
                    self.next += 1;
                }
                Ok(_) => warn!(limit = CONNECTIONS_MAX, "a leg's connection was refused: there are too many"),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return self.connections.len() != before,
            }
        }
    }

    /// Sends one message if it is taken now; `false` if not.
    pub fn take(&self, to: LegConnection, message: &[u8]) -> bool {
        self.connections
            .iter()
            .find(|(connection, _)| *connection == to)
            .is_some_and(|(_, socket)| socket.send_with_flags(message, libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL).is_ok())
    }

    /// Sends one message, or drops it if the child does not take it now.
    pub fn send(&self, to: LegConnection, message: &[u8]) {
        if let Some((_, socket)) = self.connections.iter().find(|(connection, _)| *connection == to) {
            // A full queue is the child's loss; a closed one is seen when it is read.
            let _ = socket.send_with_flags(message, libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL);
        }
    }

    /// Closes a connection; `true` if it was there.
    pub fn close(&mut self, closing: LegConnection) -> bool {
        let before = self.connections.len();
        self.connections.retain(|(connection, _)| *connection != closing);
        self.connections.len() != before
    }
}

impl Drop for LegSockets {
    fn drop(&mut self) {
        // If it is gone already, there is nothing left to clean.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relay::io::socket::Receiver;

    fn connect(path: &Path) -> Socket {
        let child = Socket::new(Domain::UNIX, Type::SEQPACKET, None).expect("socket");
        child.connect(&SockAddr::unix(path).expect("short path")).expect("connects");
        child
    }

    #[test]
    fn messages_keep_their_bounds_and_an_end_is_seen() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("deep/legs.sock");
        let mut legs = LegSockets::listen(&path).expect("listens");
        assert_eq!(fs::metadata(&path).expect("is there").permissions().mode() & 0o777, 0o600);
        let child = connect(&path);
        assert!(legs.accept());
        child.send(b"one").expect("sends");
        child.send(b"three").expect("sends");
        let (connection, socket) = legs.connection(0).expect("a connection");
        let mut receiver = Receiver::new();
        assert_eq!(receiver.receive(socket).expect("receives"), 2);
        assert_eq!(receiver.message(0).as_deref(), Some(&b"one"[..]));
        assert_eq!(receiver.message(1).as_deref(), Some(&b"three"[..]));
        legs.send(connection, b"key");
        let mut back = [std::mem::MaybeUninit::uninit(); 16];
        assert_eq!(child.recv(&mut back).expect("receives"), 3);
        drop(child);
        let (_, socket) = legs.connection(0).expect("a connection");
        assert!(receiver.receive(socket).expect("an end") >= 1);
        assert_eq!(receiver.message(0).as_deref(), Some(&b""[..]));
        assert!(legs.close(connection) && !legs.close(connection));
        drop(legs);
        assert!(!path.exists(), "removed at the end");
    }

    #[test]
    fn a_socket_left_behind_is_replaced_but_no_other_file() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("legs.sock");
        std::mem::forget(LegSockets::listen(&path).expect("listens"));
        assert!(LegSockets::listen(&path).is_ok(), "takes the place of a run that was killed");
        fs::write(&path, "somebody's file").expect("writes");
        assert!(LegSockets::listen(&path).is_err());
        assert!(path.exists());
    }
}
