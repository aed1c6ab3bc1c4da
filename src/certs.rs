//! The private certificate authority (私有 CA) and the server certificate it signs.
//!
//! A site without internet has no public certificates, and without HTTPS a browser gives no page a camera. So the
//! server makes a CA of its own, once, whose root goes onto every desk (`certs/README.md` says how), and signs its own
//! certificate with it. The CA is held to the names and private addresses of this site by name constraints: a stolen
//! CA key can't impersonate a bank towards a leader's browser.
//!
//! Keys are written with mode 0600 and never overwritten: [`init`] refuses where anything is, [`renew`] makes a new leaf
//! beside the old root. [`issue`] makes certificates of people, and [`ClientCa`] judges those that are shown. This module doesn't
//! serve TLS and knows no configuration; `http::tls` loads what is here.

mod client;

pub use client::{ChainFault, ClientCa, ClientRoot, Issued, fingerprint, hand_out, issue};

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, NameConstraints, PKCS_ECDSA_P256_SHA256, SanType, SerialNumber,
};
use std::{
    fs,
    io::{self, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// How long a server certificate is good: within the 398 days browsers allow.
const LEAF_DAYS: u64 = 390;

/// How long the root is good.
const ROOT_DAYS: u64 = 3653;

/// A server certificate with less than this left is due for [`renew`].
pub const RENEW_WITHIN: Duration = Duration::from_secs(30 * 86_400);

/// Clocks of desks without a time server are a little off: certificates are valid since this long before they are made.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(86_400);

/// Private, shared and link-local address ranges and loopback: what the CA may sign besides addresses it was told of.
const PRIVATE_RANGES: &[(IpAddr, u8)] = &[
    (IpAddr::V4(Ipv4Addr::new(10, 0, 0, 0)), 8),
    (IpAddr::V4(Ipv4Addr::new(100, 64, 0, 0)), 10),
    (IpAddr::V4(Ipv4Addr::new(127, 0, 0, 0)), 8),
    (IpAddr::V4(Ipv4Addr::new(169, 254, 0, 0)), 16),
    (IpAddr::V4(Ipv4Addr::new(172, 16, 0, 0)), 12),
    (IpAddr::V4(Ipv4Addr::new(192, 168, 0, 0)), 16),
    (IpAddr::V6(Ipv6Addr::LOCALHOST), 128),
    (IpAddr::V6(Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0)), 7),
    (IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0)), 10),
];

/// Where the four files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertFiles {
    /// Root certificate, PEM; public.
    pub ca_certificate: PathBuf,
    /// Root key, PEM, mode 0600.
    pub ca_key: PathBuf,
    /// Server certificate, PEM; public.
    pub certificate: PathBuf,
    /// Server key, PEM, mode 0600.
    pub key: PathBuf,
}

impl CertFiles {
    /// The files in one folder, under their usual names.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            ca_certificate: folder.join("ca.crt"),
            ca_key: folder.join("ca.key"),
            certificate: folder.join("server.crt"),
            key: folder.join("server.key"),
        }
    }
}

/// The names a server certificate is for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Host names.
    pub dns: Vec<String>,
    /// Addresses.
    pub ips: Vec<IpAddr>,
}

impl Names {
    /// `configured` names and addresses, localhost, and what this machine calls itself.
    ///
    /// Own addresses outside the private ranges are left out unless they are configured.
    #[must_use]
    pub fn of_this_machine(configured: &[String]) -> Self {
        let mut names = Self::default();
        for text in configured {
            match text.parse() {
                Ok(ip) if !names.ips.contains(&ip) => names.ips.push(ip),
                Ok(_) => {}
                Err(_) => names.add_dns(text),
            }
        }
        names.add_dns("localhost");
        if let Ok(host) = fs::read_to_string("/proc/sys/kernel/hostname") {
            names.add_dns(host.trim());
        }
        names.add_ip(Ipv4Addr::LOCALHOST.into());
        names.add_ip(Ipv6Addr::LOCALHOST.into());
        for ip in own_addresses() {
            names.add_ip(ip);
        }
        names
    }

    fn add_dns(&mut self, name: &str) {
        let name = name.to_ascii_lowercase();
        let fits = !name.is_empty()
            && name.len() <= 253
            && name.split('.').all(|label| {
                (1..=63).contains(&label.len()) && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            });
        if fits && !self.dns.contains(&name) {
            self.dns.push(name);
        }
    }

    fn add_ip(&mut self, ip: IpAddr) {
        if is_private(ip) && !self.ips.contains(&ip) {
            self.ips.push(ip);
        }
    }
}

/// What a certificate says, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFacts {
    /// Its subject, as `CN=…`.
    pub subject: String,
    /// Its issuer.
    pub issuer: String,
    /// Names and addresses it is for; empty for a root.
    pub names: Vec<String>,
    /// First moment it is good.
    pub not_before: SystemTime,
    /// Last moment it is good.
    pub not_after: SystemTime,
    /// SHA-256 of the certificate, `AA:BB:…`, to compare over the telephone.
    pub sha256: String,
    /// Its serial number, `AA:BB:…`.
    pub serial: String,
}

impl CertificateFacts {
    /// [`sha256`](Self::sha256) as 64 lower-case hexadecimal digits.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.sha256.replace(':', "").to_ascii_lowercase()
    }

    /// What is left at `now`; zero once it has expired.
    #[must_use]
    pub fn left(&self, now: SystemTime) -> Duration {
        self.not_after.duration_since(now).unwrap_or_default()
    }
}

/// Why a certificate could not be made or read.
#[derive(Debug, thiserror::Error)]
pub enum CertsError {
    /// Something is there already.
    #[error("{path} exists already and is not overwritten; `yunling certs renew` makes a new server certificate")]
    Exists {
        /// What is there.
        path: PathBuf,
    },
    /// A file that is to be made is there.
    #[error("{path} exists already and is not overwritten; choose another file")]
    Taken {
        /// Which.
        path: PathBuf,
    },
    /// A file could not be written.
    #[error("cannot write {path}")]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file could not be read.
    #[error("cannot read {path}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file holds no certificate or key.
    #[error("{path} is not a PEM certificate or key")]
    NotPem {
        /// Which.
        path: PathBuf,
    },
    /// A certificate could not be made.
    #[error("cannot make the certificate")]
    Make {
        /// Why.
        source: rcgen::Error,
    },
}

/// Makes a root and a server certificate. Fails with [`CertsError::Exists`] if any of the four files is there.
pub fn init(files: &CertFiles, names: &Names, now: SystemTime) -> Result<(), CertsError> {
    for path in [&files.ca_certificate, &files.ca_key, &files.certificate, &files.key] {
        if path.exists() {
            return Err(CertsError::Exists { path: path.clone() });
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|source| CertsError::Write { path: folder.to_owned(), source })?;
        }
    }
    let ca_key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(make)?;
    let ca_certificate = root_params(names, now)?.self_signed(&ca_key).map_err(make)?.pem();
    let issuer = Issuer::from_ca_cert_pem(&ca_certificate, &ca_key).map_err(make)?;
    let (certificate, key) = make_leaf(&issuer, names, now)?;
    write_new(&files.ca_key, &ca_key.serialize_pem(), 0o600)?;
    write_new(&files.ca_certificate, &ca_certificate, 0o644)?;
    write_new(&files.key, &key, 0o600)?;
    write_new(&files.certificate, &certificate, 0o644)
}

/// Makes a new server certificate and key with the root that is there, and puts them in place of the old ones, whose
/// files are kept as `*.old`.
pub fn renew(files: &CertFiles, names: &Names, now: SystemTime) -> Result<(), CertsError> {
    let ca_key = KeyPair::from_pem(&read(&files.ca_key)?).map_err(make)?;
    let issuer = Issuer::from_ca_cert_pem(&read(&files.ca_certificate)?, &ca_key).map_err(make)?;
    let (certificate, key) = make_leaf(&issuer, names, now)?;
    for (path, text, mode) in [(&files.key, key, 0o600), (&files.certificate, certificate, 0o644)] {
        if path.exists() {
            fs::rename(path, path.with_added_extension("old"))
                .map_err(|source| CertsError::Write { path: path.clone(), source })?;
        }
        write_new(path, &text, mode)?;
    }
    Ok(())
}

/// What the first certificate in a PEM file says.
pub fn show(path: &Path) -> Result<CertificateFacts, CertsError> {
    let not_pem = || CertsError::NotPem { path: path.to_owned() };
    let (_, pem) = x509_parser::pem::parse_x509_pem(read(path)?.as_bytes()).map_err(|_| not_pem())?;
    facts_of(&pem.contents).ok_or_else(not_pem)
}

/// What a certificate says, read from its DER; `None` if it is none.
fn facts_of(der: &[u8]) -> Option<CertificateFacts> {
    let (_, certificate) = x509_parser::parse_x509_certificate(der).ok()?;
    let names = certificate
        .subject_alternative_name()
        .ok()
        .flatten()
        .map_or_else(Vec::new, |extension| extension.value.general_names.iter().filter_map(name_text).collect());
    Some(CertificateFacts {
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        names,
        not_before: moment(certificate.validity().not_before.timestamp()),
        not_after: moment(certificate.validity().not_after.timestamp()),
        sha256: colon_hex(ring::digest::digest(&ring::digest::SHA256, der).as_ref()),
        serial: colon_hex(certificate.raw_serial()),
    })
}

/// Whether an address is private, shared, link-local or loopback: what exists without the internet.
#[must_use]
pub fn is_private(ip: IpAddr) -> bool {
    PRIVATE_RANGES.iter().any(|&(base, prefix)| match (base, ip) {
        (IpAddr::V4(base), IpAddr::V4(ip)) => (u32::from(base) ^ u32::from(ip)) >> (32 - u32::from(prefix)) == 0,
        (IpAddr::V6(base), IpAddr::V6(ip)) => (u128::from(base) ^ u128::from(ip)) >> (128 - u32::from(prefix)) == 0,
        _ => false,
    })
}

fn root_params(names: &Names, now: SystemTime) -> Result<CertificateParams, CertsError> {
    let mut params = base_params(now, ROOT_DAYS)?;
    let year = 1970 + now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() / 31_556_952);
    params.distinguished_name.push(DnType::CommonName, format!("Yunling private root {year}"));
    params.distinguished_name.push(DnType::OrganizationName, "Yunling 云岭");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let mut permitted: Vec<_> = PRIVATE_RANGES
        .iter()
        .map(|&(base, prefix)| GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(base, prefix)))
        .collect();
    let named = names.ips.iter().copied().filter(|&ip| !is_private(ip));
    permitted.extend(named.map(|ip| {
        let whole = if ip.is_ipv4() { 32 } else { 128 };
        GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(ip, whole))
    }));
    permitted.extend(domains(&names.dns).into_iter().map(GeneralSubtree::DnsName));
    params.name_constraints = Some(NameConstraints { permitted_subtrees: permitted, excluded_subtrees: Vec::new() });
    Ok(params)
}

/// The domains a CA for these host names may sign: the parent domain of a full name, so that the site can name more
/// machines later; a name of one or two labels only itself; and what can't exist outside.
fn domains(hosts: &[String]) -> Vec<String> {
    let mut domains: Vec<String> =
        ["localhost", "local", "lan", "internal", "intranet", "home.arpa", "test"].map(String::from).into();
    for host in hosts {
        let domain = match host.split_once('.') {
            Some((_, parent)) if parent.contains('.') => parent,
            _ => host.as_str(),
        };
        if !domains.iter().any(|known| known == domain) {
            domains.push(domain.to_owned());
        }
    }
    domains
}

fn make_leaf(issuer: &Issuer<'_, &KeyPair>, names: &Names, now: SystemTime) -> Result<(String, String), CertsError> {
    let mut params = base_params(now, LEAF_DAYS)?;
    params.distinguished_name.push(DnType::CommonName, names.dns.first().map_or("yunling", String::as_str));
    for name in &names.dns {
        params.subject_alt_names.push(SanType::DnsName(name.as_str().try_into().map_err(make)?));
    }
    params.subject_alt_names.extend(names.ips.iter().copied().map(SanType::IpAddress));
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(make)?;
    let certificate = params.signed_by(&key, issuer).map_err(make)?;
    Ok((certificate.pem(), key.serialize_pem()))
}

fn base_params(now: SystemTime, days: u64) -> Result<CertificateParams, CertsError> {
    let mut params = CertificateParams::new(Vec::<String>::new()).map_err(make)?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.not_before = (now - CLOCK_TOLERANCE).into();
    params.not_after = (now + Duration::from_secs(days * 86_400) - CLOCK_TOLERANCE).into();
    // Random, so that a certificate made again never repeats a serial number of the same issuer: Firefox refuses that.
    let mut serial = [0; 16];
    getrandom::fill(&mut serial).map_err(|_| make(rcgen::Error::RemoteKeyError))?;
    serial[0] &= 0x7f;
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    Ok(params)
}

fn make(source: rcgen::Error) -> CertsError {
    CertsError::Make { source }
}

fn read(path: &Path) -> Result<String, CertsError> {
    fs::read_to_string(path).map_err(|source| CertsError::Read { path: path.to_owned(), source })
}

fn write_new(path: &Path, text: &str, mode: u32) -> Result<(), CertsError> {
    let write = || {
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|source| CertsError::Write { path: path.to_owned(), source })
}

fn moment(unix_seconds: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(u64::try_from(unix_seconds).unwrap_or(0))
}

fn colon_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

fn name_text(name: &x509_parser::extensions::GeneralName<'_>) -> Option<String> {
    use x509_parser::extensions::GeneralName;
    match name {
        GeneralName::DNSName(dns) => Some((*dns).to_owned()),
        GeneralName::IPAddress([a, b, c, d]) => Some(Ipv4Addr::new(*a, *b, *c, *d).to_string()),
        GeneralName::IPAddress(bytes) => <[u8; 16]>::try_from(*bytes).ok().map(|ip| Ipv6Addr::from(ip).to_string()),
        _ => None,
    }
}

/// This machine's own addresses, as the kernel lists them; empty where it doesn't.
#[must_use]
pub fn own_addresses() -> Vec<IpAddr> {
    let v4 = fs::read_to_string("/proc/net/fib_trie").unwrap_or_default();
    let v6 = fs::read_to_string("/proc/net/if_inet6").unwrap_or_default();
    local_v4(&v4).into_iter().map(IpAddr::V4).chain(global_v6(&v6).into_iter().map(IpAddr::V6)).collect()
}

/// Addresses marked `host LOCAL` in `/proc/net/fib_trie`, loopback left out.
fn local_v4(fib_trie: &str) -> Vec<Ipv4Addr> {
    let mut found = Vec::new();
    let mut last = None;
    for line in fib_trie.lines() {
        let line = line.trim();
        if let Some(address) = line.strip_prefix("|-- ") {
            last = address.parse::<Ipv4Addr>().ok();
        } else if line == "/32 host LOCAL"
            && let Some(address) = last.take()
            && !address.is_loopback()
            && !found.contains(&address)
        {
            found.push(address);
        }
    }
    found
}

/// Addresses of global scope in `/proc/net/if_inet6`; link-local ones need a zone, which no certificate carries.
fn global_v6(if_inet6: &str) -> Vec<Ipv6Addr> {
    if_inet6
        .lines()
        .filter_map(|line| {
            let mut fields = line.split_whitespace();
            let address = u128::from_str_radix(fields.next()?, 16).ok()?;
            (fields.nth(2)? == "00").then(|| Ipv6Addr::from(address))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn names() -> Names {
        Names::of_this_machine(&["Meet.malong.gov.test".into(), "10.1.2.3".into(), "59.216.0.8".into(), "会议".into()])
    }

    fn made() -> (tempfile::TempDir, CertFiles) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let files = CertFiles::in_folder(&folder.path().join("certs"));
        init(&files, &names(), SystemTime::now()).expect("made");
        (folder, files)
    }

    #[test]
    fn a_server_certificate_names_what_is_configured_and_localhost() {
        let (_folder, files) = made();
        let facts = show(&files.certificate).expect("readable");
        for name in ["meet.malong.gov.test", "10.1.2.3", "59.216.0.8", "localhost", "127.0.0.1", "::1"] {
            assert!(facts.names.iter().any(|n| n == name), "{name} is missing in {:?}", facts.names);
        }
        assert!(!facts.names.iter().any(|name| name.contains('会')));
        assert!(facts.left(SystemTime::now()) > Duration::from_secs(388 * 86_400));
        assert!(
            facts.not_after.duration_since(facts.not_before).expect("in order") <= Duration::from_secs(390 * 86_400)
        );
        let root = show(&files.ca_certificate).expect("readable");
        assert_eq!(facts.issuer, root.subject);
        assert!(root.left(SystemTime::now()) > Duration::from_secs(3650 * 86_400));
    }

    #[test]
    fn keys_are_for_their_owner_alone_and_are_never_overwritten() {
        let (_folder, files) = made();
        for key in [&files.key, &files.ca_key] {
            assert_eq!(fs::metadata(key).expect("there").permissions().mode() & 0o777, 0o600);
        }
        let before = fs::read(&files.ca_key).expect("there");
        assert!(matches!(init(&files, &names(), SystemTime::now()), Err(CertsError::Exists { .. })));
        assert_eq!(fs::read(&files.ca_key).expect("there"), before);
    }

    #[test]
    fn renewing_keeps_the_root_and_the_old_leaf_and_never_repeats_a_serial() {
        let (_folder, files) = made();
        let root = fs::read(&files.ca_certificate).expect("there");
        let old = show(&files.certificate).expect("there").sha256;
        renew(&files, &names(), SystemTime::now()).expect("renewed");
        assert_eq!(fs::read(&files.ca_certificate).expect("there"), root);
        assert_ne!(show(&files.certificate).expect("there").sha256, old);
        assert_eq!(show(&files.certificate.with_added_extension("old")).expect("kept").sha256, old);
    }

    #[test]
    fn private_addresses_are_told_from_public_ones() {
        for ip in ["10.255.0.1", "172.31.1.1", "192.168.0.1", "127.0.0.1", "::1", "fd00::1", "fe80::1", "100.64.0.1"] {
            assert!(is_private(ip.parse().expect("an address")), "{ip}");
        }
        for ip in ["8.8.8.8", "172.32.0.1", "192.169.0.1", "2001:db8::1", "100.128.0.1", "::"] {
            assert!(!is_private(ip.parse().expect("an address")), "{ip}");
        }
    }

    #[test]
    fn own_addresses_are_read_from_the_kernels_tables() {
        let trie = "Local:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 10.1.0.0\n        /24 link UNICAST\n     |-- 10.1.0.7\n        /32 host LOCAL\n     |-- 10.1.0.255\n        /32 link BROADCAST\n     |-- 127.0.0.1\n        /32 host LOCAL\n";
        assert_eq!(local_v4(trie), ["10.1.0.7".parse::<Ipv4Addr>().expect("an address")]);
        let inet6 =
            "fd000000000000000000000000000007 02 40 00 80 eth0\nfe800000000000000000000000000001 02 40 20 80 eth0\n";
        assert_eq!(global_v6(inet6), ["fd00::7".parse::<Ipv6Addr>().expect("an address")]);
    }
}
