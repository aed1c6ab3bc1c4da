//! A leg (线路) as the operator sets it up: where its picture comes from, which meeting it feeds, and what is wrong with such an
//! entry. The main type is [`Leg`].
//!
//! What a source sends, and how it is fetched, is none of this module's business.

use crate::id::{LegId, MeetingId};
use std::fmt;

/// One leg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leg {
    /// Its id; also who it is in its meeting.
    pub id: LegId,
    /// Shown beside its picture.
    pub name: String,
    /// The meeting it feeds.
    pub meeting: MeetingId,
    /// Where its picture comes from.
    pub source: Source,
    /// Whether it is to run while its meeting is on air.
    pub enabled: bool,
}

/// Where a leg's picture comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Asked for at an encoder's or camera's RTSP address.
    Rtsp {
        /// Host name or address.
        host: String,
        /// TCP port.
        port: u16,
        /// What follows the port, beginning with `/` if not empty.
        path: String,
        /// How media comes.
        transport: Transport,
        /// Name to log in with; empty if none is needed.
        user: String,
        /// Password; empty if none is needed.
        password: Secret,
    },
    /// Called by SRT.
    SrtCaller {
        /// Host name or address.
        host: String,
        /// UDP port.
        port: u16,
        /// Which stream is asked for; may be empty.
        stream_id: String,
        /// Passphrase; empty: not encrypted.
        passphrase: Secret,
        /// Receive buffer, milliseconds.
        latency_ms: u32,
    },
    /// Waited for by SRT.
    SrtListener {
        /// UDP port.
        port: u16,
        /// Passphrase; empty: not encrypted.
        passphrase: Secret,
        /// Receive buffer, milliseconds.
        latency_ms: u32,
    },
    /// The demonstration's picture.
    Demo,
}

/// How RTSP carries media.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// Inside the RTSP connection.
    Tcp,
    /// On UDP ports of its own.
    Udp,
}

/// A password or passphrase: never shown.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Which field of a leg can't be as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FieldFault {
    /// Its name.
    #[error("name: 1 to 64 characters")]
    Name,
    /// An RTSP address.
    #[error("url: rtsp://host:port/path")]
    Url,
    /// An RTSP address with a name or password in it, where it could be read.
    #[error("url: write name and password into their own fields, not into the address")]
    UrlSecret,
    /// A host.
    #[error("host: a host name or an IP address")]
    Host,
    /// A port.
    #[error("port: 1 to 65535")]
    Port,
    /// A log-in name.
    #[error("user: at most 128 characters of one line")]
    User,
    /// A password.
    #[error("password: at most 128 characters of one line")]
    Password,
    /// A passphrase.
    #[error("passphrase: 10 to 79 characters, or empty")]
    Passphrase,
    /// A stream id.
    #[error("streamId: at most 512 characters of one line")]
    StreamId,
    /// A receive buffer.
    #[error("latencyMs: 20 to 8000")]
    Latency,
}

/// Most characters of a leg's shown name.
pub const NAME_CHARS_MAX: usize = 64;

/// The port of RTSP unless another is named.
pub const RTSP_PORT: u16 = 554;

impl Leg {
    /// Whether it can be as it is.
    ///
    /// # Errors
    ///
    /// With the first field that can't.
    pub fn check(&self) -> Result<(), FieldFault> {
        if self.name.trim().is_empty() || !is_line(&self.name, NAME_CHARS_MAX) {
            return Err(FieldFault::Name);
        }
        self.source.check()
    }
}

impl Source {
    /// An RTSP source from its address.
    ///
    /// # Errors
    ///
    /// If the text is no such address, or names who logs in.
    pub fn rtsp(url: &str, transport: Transport, user: String, password: Secret) -> Result<Self, FieldFault> {
        let is_rtsp = url.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("rtsp://"));
        let rest = url.get(7..).filter(|_| is_rtsp).ok_or(FieldFault::Url)?;
        let (authority, path) = rest.find(['/', '?']).map_or((rest, ""), |at| rest.split_at(at));
        if authority.contains('@') {
            return Err(FieldFault::UrlSecret);
        }
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().map_err(|_| FieldFault::Port)?),
            _ => (authority, RTSP_PORT),
        };
        let path = if path.starts_with('?') { format!("/{path}") } else { path.to_owned() };
        Ok(Self::Rtsp { host: host.to_owned(), port, path, transport, user, password })
    }

    /// An SRT source from its address: `srt://host:port` is called, `srt://:port` waits to be called.
    ///
    /// # Errors
    ///
    /// If the text is no such address.
    pub fn srt(url: &str, stream_id: String, passphrase: Secret, latency_ms: u32) -> Result<Self, FieldFault> {
        let authority = url.strip_prefix("srt://").ok_or(FieldFault::Url)?;
        let (host, port) = authority.rsplit_once(':').ok_or(FieldFault::Port)?;
        let port = port.parse().map_err(|_| FieldFault::Port)?;
        Ok(match host {
            "" => Self::SrtListener { port, passphrase, latency_ms },
            host => Self::SrtCaller { host: host.to_owned(), port, stream_id, passphrase, latency_ms },
        })
    }

    /// The address of an RTSP source, without who logs in; `None` for others.
    #[must_use]
    pub fn url(&self) -> Option<String> {
        let Self::Rtsp { host, port, path, .. } = self else { return None };
        Some(if *port == RTSP_PORT { format!("rtsp://{host}{path}") } else { format!("rtsp://{host}:{port}{path}") })
    }

    /// Its password or passphrase, if its kind has one.
    #[must_use]
    pub const fn secret(&self) -> Option<&Secret> {
        match self {
            Self::Rtsp { password: secret, .. }
            | Self::SrtCaller { passphrase: secret, .. }
            | Self::SrtListener { passphrase: secret, .. } => Some(secret),
            Self::Demo => None,
        }
    }

    /// The same with another password or passphrase.
    #[must_use]
    pub fn with_secret(mut self, new: Secret) -> Self {
        match &mut self {
            Self::Rtsp { password: secret, .. }
            | Self::SrtCaller { passphrase: secret, .. }
            | Self::SrtListener { passphrase: secret, .. } => *secret = new,
            Self::Demo => {}
        }
        self
    }

    /// Whether a stored secret of `other` may stay when it becomes this: a secret must not follow to another machine, where
    /// whoever changed the address could read it.
    #[must_use]
    pub fn may_keep_secret_of(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Rtsp { host, port, user, .. }, Self::Rtsp { host: h, port: p, user: u, .. }) => {
                (host, port, user) == (h, p, u)
            }
            (Self::SrtCaller { host, port, .. }, Self::SrtCaller { host: h, port: p, .. }) => (host, port) == (h, p),
            (Self::SrtListener { .. }, Self::SrtListener { .. }) => true,
            _ => false,
        }
    }

    fn check(&self) -> Result<(), FieldFault> {
        match self {
            Self::Rtsp { host, port, path, user, password, .. } => {
                check_host(host, *port)?;
                require(is_line(path, 2000) && path.is_ascii() && !path.contains(' '), FieldFault::Url)?;
                require(is_line(user, 128), FieldFault::User)?;
                require(is_line(&password.0, 128), FieldFault::Password)
            }
            Self::SrtCaller { host, port, stream_id, passphrase, latency_ms } => {
                check_host(host, *port)?;
                require(is_line(stream_id, 512), FieldFault::StreamId)?;
                check_srt(passphrase, *latency_ms)
            }
            Self::SrtListener { port, passphrase, latency_ms } => {
                require(*port != 0, FieldFault::Port)?;
                check_srt(passphrase, *latency_ms)
            }
            Self::Demo => Ok(()),
        }
    }
}

fn check_host(host: &str, port: u16) -> Result<(), FieldFault> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let name = !bare.is_empty()
        && bare.len() <= 253
        && bare.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    require(name || bare.parse::<std::net::IpAddr>().is_ok(), FieldFault::Host)?;
    require(port != 0, FieldFault::Port)
}

fn check_srt(passphrase: &Secret, latency_ms: u32) -> Result<(), FieldFault> {
    let length = passphrase.0.len();
    require(length == 0 || ((10..=79).contains(&length) && is_line(&passphrase.0, 79)), FieldFault::Passphrase)?;
    require((20..=8000).contains(&latency_ms), FieldFault::Latency)
}

fn require(right: bool, fault: FieldFault) -> Result<(), FieldFault> {
    if right { Ok(()) } else { Err(fault) }
}

fn is_line(text: &str, chars_max: usize) -> bool {
    text.chars().count() <= chars_max && !text.chars().any(char::is_control)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    fn rtsp(url: &str) -> Result<Source, FieldFault> {
        let source = Source::rtsp(url, Transport::Tcp, "admin".to_owned(), Secret("p@ss".to_owned()))?;
        source.check().map(|()| source)
    }

    #[test]
    fn an_address_is_taken_apart_and_put_together_again() {
        for (url, host, port, path) in [
            ("rtsp://10.1.2.3:8554/live?channel=1", "10.1.2.3", 8554, "/live?channel=1"),
            ("rtsp://encoder.county/a/b", "encoder.county", 554, "/a/b"),
            ("rtsp://encoder.county", "encoder.county", 554, ""),
            ("rtsp://[fd00::1]/x", "[fd00::1]", 554, "/x"),
            ("rtsp://[fd00::1]:8554/x", "[fd00::1]", 8554, "/x"),
        ] {
            let source = rtsp(url).unwrap();
            let Source::Rtsp { host: h, port: p, path: rest, .. } = &source else { panic!("another kind") };
            assert_eq!((h.as_str(), *p, rest.as_str()), (host, port, path), "{url}");
            assert_eq!(source.url().as_deref(), Some(url));
        }
    }

    #[test]
    fn each_field_that_cannot_be_is_named() {
        for (url, fault) in [
            ("http://10.1.2.3/", FieldFault::Url),
            ("", FieldFault::Url),
            ("rtsp://admin:secret@10.1.2.3/", FieldFault::UrlSecret),
            ("rtsp://10.1.2.3:70000/", FieldFault::Port),
            ("rtsp:///live", FieldFault::Host),
            ("rtsp://no such host/", FieldFault::Host),
            ("rtsp://10.1.2.3/a b", FieldFault::Url),
        ] {
            assert_eq!(rtsp(url), Err(fault), "{url}");
        }
        let listener = |port, passphrase: &str, latency_ms| {
            Source::SrtListener { port, passphrase: Secret(passphrase.to_owned()), latency_ms }.check()
        };
        for (result, expect) in [
            (listener(9000, "", 120), Ok(())),
            (listener(9000, "0123456789", 120), Ok(())),
            (listener(0, "", 120), Err(FieldFault::Port)),
            (listener(9000, "short", 120), Err(FieldFault::Passphrase)),
            (listener(9000, "", 9), Err(FieldFault::Latency)),
        ] {
            assert_eq!(result, expect);
        }
        let leg = |name: &str| Leg { name: name.to_owned(), ..leg(Source::Demo) };
        assert_eq!(leg(" ").check(), Err(FieldFault::Name));
        assert_eq!(leg("省主会场").check(), Ok(()));
    }

    #[test]
    fn an_srt_address_without_a_host_waits_to_be_called() {
        let srt = |url: &str| Source::srt(url, String::new(), Secret::default(), 200);
        assert!(matches!(srt("srt://:9000"), Ok(Source::SrtListener { port: 9000, .. })));
        assert!(matches!(srt("srt://10.1.2.3:9000"), Ok(Source::SrtCaller { port: 9000, .. })));
        assert_eq!(srt("rtsp://10.1.2.3:9000"), Err(FieldFault::Url));
        assert_eq!(srt("srt://10.1.2.3"), Err(FieldFault::Port));
    }

    #[test]
    fn a_secret_stays_only_with_the_machine_it_is_for() {
        let one = rtsp("rtsp://10.1.2.3/a").unwrap();
        assert!(rtsp("rtsp://10.1.2.3/b").unwrap().may_keep_secret_of(&one));
        assert!(!rtsp("rtsp://10.1.2.4/a").unwrap().may_keep_secret_of(&one));
        assert!(!Source::Demo.may_keep_secret_of(&one));
        assert!(!format!("{one:?}").contains("p@ss"));
    }

    /// A leg from this source.
    pub(crate) fn leg(source: Source) -> Leg {
        Leg {
            id: "province".parse().unwrap(),
            name: "省主会场".to_owned(),
            meeting: "council".parse().unwrap(),
            source,
            enabled: true,
        }
    }
}
