//! Networks by address and prefix length, as in `network.allowed_subnets`.
//!
//! Nothing leaves the site: listening and connecting ask [`Subnet::any_contains`] first.

use serde::{Deserialize, Serialize};
use std::{fmt, net::IpAddr, str::FromStr};

/// A network: `10.0.0.0/8`, `fc00::/7`. A bare address is the network of that one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Subnet {
    address: IpAddr,
    prefix_bits: u8,
}

/// Why a text is not a network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a network; write for example \"10.0.0.0/8\", \"fc00::/7\" or \"192.168.1.20\"")]
pub struct InvalidSubnet(String);

impl Subnet {
    /// The private and shared ranges, link-local addresses and loopback (RFC 1918, RFC 3927, RFC 4193, RFC 4291, RFC 6598).
    #[must_use]
    pub fn private() -> Vec<Self> {
        [
            "127.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "169.254.0.0/16",
            "::1/128",
            "fc00::/7",
            "fe80::/10",
        ]
        .map(|text| text.parse().expect("a network written here, covered by the tests"))
        .into()
    }

    /// This machine itself.
    #[must_use]
    pub fn loopback() -> Vec<Self> {
        ["127.0.0.0/8", "::1/128"]
            .map(|text| text.parse().expect("a network written here, covered by the tests"))
            .into()
    }

    /// Whether the address lies in this network. IPv4 in IPv6 dress (`::ffff:10.0.0.1`) counts as IPv4.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                shares(own.to_bits().into(), other.to_bits().into(), 32, self.prefix_bits)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => shares(own.to_bits(), other.to_bits(), 128, self.prefix_bits),
            _ => false,
        }
    }

    /// Whether every address of this network is also one of `other`.
    #[must_use]
    pub fn lies_within(&self, other: &Self) -> bool {
        self.prefix_bits >= other.prefix_bits && other.contains(self.address)
    }

    /// Whether it holds every address there is.
    #[must_use]
    pub const fn is_everything(&self) -> bool {
        self.prefix_bits == 0
    }

    /// Whether the address lies in any of the networks.
    #[must_use]
    pub fn any_contains(subnets: &[Self], address: IpAddr) -> bool {
        subnets.iter().any(|subnet| subnet.contains(address))
    }
}

/// Whether two addresses of `width` bits begin with the same `prefix_bits`.
fn shares(one: u128, other: u128, width: u32, prefix_bits: u8) -> bool {
    (one ^ other).checked_shr(width - u32::from(prefix_bits)).unwrap_or(0) == 0
}

impl FromStr for Subnet {
    type Err = InvalidSubnet;

    fn from_str(text: &str) -> Result<Self, InvalidSubnet> {
        let invalid = || InvalidSubnet(text.to_owned());
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().map_err(|_| invalid())?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| invalid())?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let prefix_bits = bits.unwrap_or(width);
        if prefix_bits > width { Err(invalid()) } else { Ok(Self { address, prefix_bits }) }
    }
}

impl TryFrom<String> for Subnet {
    type Error = InvalidSubnet;

    fn try_from(text: String) -> Result<Self, InvalidSubnet> {
        text.parse()
    }
}

impl From<Subnet> for String {
    fn from(subnet: Subnet) -> Self {
        subnet.to_string()
    }
}

impl fmt::Display for Subnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix_bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(subnet: &str, address: &str, expect: bool) {
        let subnet: Subnet = subnet.parse().unwrap();
        assert_eq!(subnet.contains(address.parse().unwrap()), expect, "{subnet} and {address}");
    }

    #[test]
    fn an_address_is_in_a_network_when_the_prefix_agrees() {
        check("10.0.0.0/8", "10.255.1.2", true);
        check("10.0.0.0/8", "11.0.0.1", false);
        check("172.16.0.0/12", "172.31.255.255", true);
        check("172.16.0.0/12", "172.32.0.0", false);
        check("192.168.1.20", "192.168.1.20", true);
        check("192.168.1.20", "192.168.1.21", false);
        check("0.0.0.0/0", "8.8.8.8", true);
        check("::/0", "2001:db8::1", true);
        check("::/0", "1.2.3.4", false);
        check("fc00::/7", "fd12::1", true);
        check("fe80::/10", "fec0::1", false);
        check("10.0.0.0/8", "::ffff:10.1.1.1", true);
    }

    #[test]
    fn a_network_lies_within_a_wider_one_of_its_kind() {
        for (inner, outer, expect) in [
            ("10.1.0.0/16", "10.0.0.0/8", true),
            ("10.0.0.0/8", "10.0.0.0/8", true),
            ("10.0.0.0/7", "10.0.0.0/8", false),
            ("59.192.0.0/10", "10.0.0.0/8", false),
            ("fd00::/8", "fc00::/7", true),
            ("10.0.0.0/8", "::/0", false),
        ] {
            let [inner, outer]: [Subnet; 2] = [inner, outer].map(|text| text.parse().unwrap());
            assert_eq!(inner.lies_within(&outer), expect, "{inner} and {outer}");
        }
        assert!("::/0".parse::<Subnet>().unwrap().is_everything());
        assert!(!"0.0.0.0/1".parse::<Subnet>().unwrap().is_everything());
    }

    #[test]
    fn only_networks_parse() {
        for text in ["10.0.0.0/8", "::1/128", "10.0.0.1/32"] {
            assert_eq!(text.parse::<Subnet>().unwrap().to_string(), text);
        }
        for text in ["", "10.0.0.0/33", "::/129", "10.0.0/8", "10.0.0.0/-1", "10.0.0.0/", "lan"] {
            assert!(text.parse::<Subnet>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn private_networks_hold_no_public_address() {
        let private = Subnet::private();
        for inside in ["127.0.0.1", "10.1.1.1", "192.168.0.9", "172.20.0.1", "::1", "fd00::1", "fe80::1"] {
            assert!(Subnet::any_contains(&private, inside.parse().unwrap()), "{inside}");
        }
        for outside in ["8.8.8.8", "172.15.0.1", "2001:db8::1", "0.0.0.0"] {
            assert!(!Subnet::any_contains(&private, outside.parse().unwrap()), "{outside}");
        }
    }
}
