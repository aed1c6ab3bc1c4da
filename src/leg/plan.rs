//! What a leg is to do: the main type is [`LegPlan`]. How it reaches its source is a [`Dial`].
//!
//! A host name is resolved by the supervisor, not by GStreamer, so that what is connected to is exactly what was checked
//! against the allowed networks. Then the address takes the name's place in the value.

use super::params::{Value, Values};
use crate::{
    id::{LegId, MeetingId, ParticipantId},
    relay::media::Role,
};
use std::net::SocketAddr;

/// A leg that is to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegPlan {
    /// Its id.
    pub id: LegId,
    /// The meeting it feeds.
    pub meeting: MeetingId,
    /// Who its pictures belong to.
    pub participant: ParticipantId,
    /// Shown beside its picture.
    pub name: String,
    /// Camera and microphone, or content.
    pub role: Role,
    /// Name of its pipeline file.
    pub file: String,
    /// Values for the file's parameters, but for the one `dial` sets.
    pub values: Values,
    /// How its source is reached.
    pub dial: Dial,
}

/// How a source is reached.
#[derive(Clone, PartialEq, Eq)]
pub enum Dial {
    /// Not over the network.
    Nowhere,
    /// It is called. The parameter `address` becomes `{scheme}://{address}{rest}`.
    Call {
        /// `rtsp` or `srt`.
        scheme: &'static str,
        /// Its host name or address.
        host: String,
        /// Its port.
        port: u16,
        /// What follows the port in the address, beginning with `/` if not empty.
        rest: String,
        /// Whether its port takes TCP connections, so that it can be tried without a process.
        tcp: bool,
    },
    /// It calls. The parameter `address` becomes `srt://:{port}`.
    Listen {
        /// UDP port.
        port: u16,
    },
}

/// Where a source is may say who sends: shown nowhere.
impl std::fmt::Debug for Dial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Nowhere => "Nowhere",
            Self::Call { .. } => "Call(…)",
            Self::Listen { .. } => "Listen(…)",
        })
    }
}

/// Name of the parameter that [`Dial`] sets.
pub const ADDRESS: &str = "address";

impl Dial {
    /// Whether it waits to be called.
    #[must_use]
    pub const fn listens(&self) -> bool {
        matches!(self, Self::Listen { .. })
    }

    /// Puts the address into the values; `resolved` is the one that was found and allowed, if it calls.
    pub fn set(&self, resolved: Option<SocketAddr>, values: &mut Values) {
        let address = match (self, resolved) {
            (Self::Call { scheme, rest, .. }, Some(found)) => format!("{scheme}://{found}{rest}"),
            (Self::Listen { port }, _) => format!("srt://:{port}"),
            _ => return,
        };
        values.insert(ADDRESS.to_owned(), Value::Text(address));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(dial: &Dial, resolved: Option<&str>) -> Option<Value> {
        let mut values = Values::new();
        dial.set(resolved.map(|text| text.parse().unwrap()), &mut values);
        values.remove(ADDRESS)
    }

    #[test]
    fn the_resolved_address_takes_the_place_of_the_name() {
        let call = |scheme, rest: &str| Dial::Call {
            scheme,
            host: "encoder.county".to_owned(),
            port: 554,
            rest: rest.to_owned(),
            tcp: true,
        };
        let rtsp = call("rtsp", "/live?channel=1");
        assert_eq!(address(&rtsp, Some("10.1.2.3:554")), Some("rtsp://10.1.2.3:554/live?channel=1".into()));
        assert_eq!(address(&rtsp, Some("[fd00::1]:554")), Some("rtsp://[fd00::1]:554/live?channel=1".into()));
        assert_eq!(address(&call("srt", ""), Some("10.1.2.3:9000")), Some("srt://10.1.2.3:9000".into()));
        assert_eq!(address(&Dial::Listen { port: 7001 }, None), Some("srt://:7001".into()));
        assert_eq!(address(&Dial::Nowhere, None), None);
        assert!(!format!("{rtsp:?}").contains("encoder"));
    }
}
