//! Which addresses are announced to peers as ICE candidates.
//!
//! The configured ones, if any. Else every address of this machine that a peer on a closed network can have a use for:
//! private and loopback ones ([`is_announced`]); those of the public internet and link-local ones only by configuration,
//! because this program never offers itself outside by itself. Addresses come from `getifaddrs` through `nix`, which is
//! linked already and reads them without root.

use nix::ifaddrs::getifaddrs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Most addresses announced, so that a host with many virtual networks does not make every join slow.
const CANDIDATES_MAX: usize = 8;

/// The addresses to announce for sockets bound to `bind`: `configured`, or the machine's own when it is empty.
#[must_use]
pub fn announced(configured: &[IpAddr], bind: &[IpAddr]) -> Vec<IpAddr> {
    if configured.is_empty() { select(local(), bind) } else { configured.to_vec() }
}

/// This machine's addresses, as its interfaces list them; empty if the kernel doesn't tell.
fn local() -> Vec<IpAddr> {
    let Ok(interfaces) = getifaddrs() else { return Vec::new() };
    let address = |interface: nix::ifaddrs::InterfaceAddress| {
        let address = interface.address?;
        let v4 = address.as_sockaddr_in().map(|v4| IpAddr::V4(v4.ip()));
        v4.or_else(|| address.as_sockaddr_in6().map(|v6| IpAddr::V6(v6.ip())))
    };
    interfaces.filter_map(address).collect()
}

/// Of `local`, those a peer can reach through `bind`: networks first, loopback last, each once.
fn select(local: Vec<IpAddr>, bind: &[IpAddr]) -> Vec<IpAddr> {
    let bound = |ip: &IpAddr| bind.iter().any(|b| b == ip || (b.is_unspecified() && b.is_ipv4() == ip.is_ipv4()));
    let mut chosen: Vec<IpAddr> = Vec::new();
    for ip in local {
        if is_announced(ip) && bound(&ip) && !chosen.contains(&ip) {
            chosen.push(ip);
        }
    }
    chosen.sort_by_key(IpAddr::is_loopback);
    // An address somebody bound to by name is announced whatever its kind.
    for &ip in bind.iter().filter(|ip| !ip.is_unspecified()) {
        if !chosen.contains(&ip) {
            chosen.insert(0, ip);
        }
    }
    chosen.truncate(CANDIDATES_MAX);
    chosen
}

/// Whether an address is announced without being named: RFC 1918 and RFC 6598 networks, unique local IPv6 (RFC 4193), and
/// loopback for the browser on the same machine.
fn is_announced(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_private() || ip.is_loopback() || is_shared(ip),
        IpAddr::V6(ip) => ip.is_unique_local() || ip == Ipv6Addr::LOCALHOST,
    }
}

/// 100.64.0.0/10 (RFC 6598): addresses of a carrier's own network, also seen on government backbones.
fn is_shared(ip: Ipv4Addr) -> bool {
    let [first, second, ..] = ip.octets();
    first == 100 && (64..128).contains(&second)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ips(list: &[&str]) -> Vec<IpAddr> {
        list.iter().map(|ip| ip.parse().expect("an address")).collect()
    }

    #[test]
    fn private_addresses_are_announced_before_loopback_and_public_ones_not_at_all() {
        let local =
            ips(&["127.0.0.1", "::1", "10.1.2.3", "203.0.113.9", "fe80::1", "fd00::7", "192.168.0.4", "10.1.2.3"]);
        let any = ips(&["0.0.0.0", "::"]);
        assert_eq!(select(local.clone(), &any), ips(&["10.1.2.3", "fd00::7", "192.168.0.4", "127.0.0.1", "::1"]));
        assert_eq!(select(local.clone(), &ips(&["0.0.0.0"])), ips(&["10.1.2.3", "192.168.0.4", "127.0.0.1"]));
        assert_eq!(select(local.clone(), &ips(&["192.168.0.4"])), ips(&["192.168.0.4"]));
        assert_eq!(select(local, &ips(&["203.0.113.9"])), ips(&["203.0.113.9"]), "bound to by name");
    }

    #[test]
    fn configured_addresses_are_taken_as_they_are() {
        let configured = ips(&["198.51.100.1"]);
        assert_eq!(announced(&configured, &ips(&["0.0.0.0"])), configured);
    }

    #[test]
    fn this_machine_has_at_least_itself() {
        assert!(announced(&[], &ips(&["0.0.0.0"])).contains(&IpAddr::V4(Ipv4Addr::LOCALHOST)));
    }
}
