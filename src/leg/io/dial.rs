//! Finding a source's address and whether anybody is there, before a process is started for it. The main function is [`find`].
//!
//! Nothing outside the allowed networks is ever asked, and what a name means is looked up once: the process is given the very
//! address that was allowed.

use crate::{
    leg::{plan::Dial, problem::Fault},
    subnet::Subnet,
};
use std::{io, net::SocketAddr, time::Duration};
use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};

/// How long a name's look-up may take, and then a connection.
const LIMIT: Duration = Duration::from_secs(3);

/// Where the source is, if it is one that is called.
///
/// # Errors
///
/// With what is wrong: no such name, not allowed, or nobody there.
pub async fn find(dial: &Dial, allowed: &[Subnet]) -> Result<Option<SocketAddr>, Fault> {
    let Dial::Call { host, port, tcp, .. } = dial else { return Ok(None) };
    let looked_up = timeout(LIMIT, lookup_host((host.trim_matches(['[', ']']), *port))).await;
    let found: Vec<SocketAddr> = looked_up.map_err(|_| Fault::UnknownHost)?.map_err(|_| Fault::UnknownHost)?.collect();
    let address = choose(&found, allowed)?;
    if *tcp {
        try_port(address).await?;
    }
    Ok(Some(address))
}

/// The first address that may be connected to.
fn choose(found: &[SocketAddr], allowed: &[Subnet]) -> Result<SocketAddr, Fault> {
    let may = found.iter().find(|address| Subnet::any_contains(allowed, address.ip()));
    match may {
        Some(address) => Ok(*address),
        None if found.is_empty() => Err(Fault::UnknownHost),
        None => Err(Fault::AddressNotAllowed),
    }
}

async fn try_port(address: SocketAddr) -> Result<(), Fault> {
    match timeout(LIMIT, TcpStream::connect(address)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => Err(Fault::PortClosed),
        Ok(Err(_)) | Err(_) => Err(Fault::Unreachable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(host: &str, port: u16) -> Dial {
        Dial::Call { scheme: "rtsp", host: host.to_owned(), port, rest: String::new(), tcp: true }
    }

    #[test]
    fn only_an_allowed_address_is_chosen() {
        let allowed = Subnet::private();
        let found = |list: &[&str]| list.iter().map(|text| text.parse().unwrap()).collect::<Vec<SocketAddr>>();
        for (list, expect) in [
            (found(&["8.8.8.8:1", "10.0.0.1:1"]), Ok("10.0.0.1:1")),
            (found(&["8.8.8.8:1"]), Err(Fault::AddressNotAllowed)),
            (found(&[]), Err(Fault::UnknownHost)),
        ] {
            assert_eq!(choose(&list, &allowed), expect.map(|text| text.parse().unwrap()));
        }
    }

    #[tokio::test]
    async fn what_is_wrong_with_an_address_is_told_before_any_process_starts() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let open = listener.local_addr().unwrap();
        let allowed = Subnet::private();
        assert_eq!(find(&call("127.0.0.1", open.port()), &allowed).await, Ok(Some(open)));
        let only_others = ["10.0.0.0/8".parse().unwrap()];
        assert_eq!(find(&call("127.0.0.1", open.port()), &only_others).await, Err(Fault::AddressNotAllowed));
        drop(listener);
        assert_eq!(find(&call("127.0.0.1", open.port()), &allowed).await, Err(Fault::PortClosed));
        assert_eq!(find(&call("no host has spaces", 1), &allowed).await, Err(Fault::UnknownHost));
        assert_eq!(find(&Dial::Listen { port: 1 }, &allowed).await, Ok(None));
    }
}
