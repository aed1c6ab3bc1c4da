//! What the doctor knows about the machine. Plain values: [`gather`](super::gather) fills them in,
//! [`verdict`](super::verdict) reads them.

use crate::subnet::Subnet;
use serde_json::{Value, json};
use std::{
    net::IpAddr,
    path::PathBuf,
    time::{Duration, SystemTime},
};

/// Everything.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Ports that the settings name; a port 0 is left out, since any free one does.
    pub ports: Vec<Port>,
    /// The server's certificates.
    pub certificates: Certificates,
    /// The clock.
    pub clock: Clock,
    /// The data folder.
    pub disk: Disk,
    /// GStreamer and the pipeline files.
    pub pipelines: Pipelines,
    /// Addresses and networks.
    pub network: Network,
    /// Fonts for Chinese text in pictures.
    pub fonts: Fonts,
    /// What the kernel gives to media sockets.
    pub udp: Udp,
    /// The machine itself.
    pub machine: Machine,
}

/// One port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// What it is for.
    pub role: PortRole,
    /// Its number.
    pub number: u16,
    /// Whether it can be had.
    pub state: PortState,
}

/// What a port is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortRole {
    /// TCP: pages and API.
    Https,
    /// TCP: the page about the root certificate.
    Http,
    /// UDP: media.
    Media,
    /// TCP: media of who gets no UDP through.
    MediaTcp,
}

/// Whether a port can be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortState {
    /// Nobody has it.
    Free,
    /// The server of these settings has it: it runs.
    Ours,
    /// A Yunling has it, but these settings' certificates can't be read to tell whether it is this one.
    SomeYunling,
    /// Another program has it.
    Taken,
    /// The system does not let us have it.
    Refused(String),
}

/// The certificates in the data folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Certificates {
    /// None yet; the first start makes them.
    None,
    /// They can't be read, and why.
    Unreadable(String),
    /// They are there.
    There {
        /// The root's days; `None` with a certificate of another CA.
        root: Option<Validity>,
        /// The server certificate's days.
        server: Validity,
        /// Names and addresses of this machine or of `http.names` that it lacks.
        uncovered: Vec<String>,
        /// Whether the server can renew it by itself: the root's key is there.
        renewable: bool,
    },
}

/// When a certificate is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// From.
    pub not_before: SystemTime,
    /// To.
    pub not_after: SystemTime,
}

/// The clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    /// What it says.
    pub now: SystemTime,
    /// Name of the time zone, as far as the system tells.
    pub zone: String,
    /// Seconds that local time is ahead of UTC.
    pub offset_seconds: i32,
    /// Whether a time server keeps it right.
    pub synchronised: Option<bool>,
    /// When the newest file of the data folder was written; later than now if the clock went back.
    pub newest_file: Option<SystemTime>,
}

/// The data folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disk {
    /// Where.
    pub folder: PathBuf,
    /// Figures, or why nothing can be written there.
    pub state: Result<DiskFigures, String>,
    /// What one recorded programme may take, kbit/s.
    pub recording_kbps: u32,
}

/// A disk that can be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskFigures {
    /// Bytes that are free for us.
    pub free: u64,
    /// Bytes it has.
    pub total: u64,
    /// How long a small write took to reach the disk.
    pub sync: Duration,
}

/// GStreamer and the pipeline files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipelines {
    /// Its version, or why it does not start.
    pub gstreamer: Result<String, String>,
    /// Each file.
    pub files: Vec<PipelineState>,
}

/// One pipeline file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipelineState {
    /// Its name.
    pub file: String,
    /// Elements it needs that are not installed.
    pub missing: Vec<String>,
    /// What else is wrong with it.
    pub fault: Option<String>,
}

/// Addresses and networks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// `network.allowed_subnets`.
    pub allowed: Vec<Subnet>,
    /// This machine's addresses, loopback left out.
    pub own: Vec<IpAddr>,
    /// `media.announce`.
    pub announced: Vec<IpAddr>,
}

/// Fonts for Chinese text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fonts {
    /// The font that our pictures name.
    NotoCjk,
    /// Another one with Chinese characters.
    Other(String),
    /// None with Chinese characters.
    Missing,
    /// Fontconfig's tools are not there to ask.
    Unknown,
}

/// What the kernel gives to media sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Udp {
    /// `net.core.rmem_max`, bytes.
    pub receive_max: Option<u64>,
    /// `net.core.wmem_max`, bytes.
    pub send_max: Option<u64>,
    /// What the workers ask for, bytes.
    pub wanted: u64,
    /// Whether one system call can send a run of datagrams (`UDP_SEGMENT`).
    pub segmentation: bool,
}

/// The machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Machine {
    /// Processor cores that we may use.
    pub cores: usize,
    /// Memory, bytes; `None` if the system does not tell.
    pub memory: Option<u64>,
    /// `media.workers`.
    pub workers: u16,
}

/// What the self-test measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured {
    /// From asking to look until the first whole picture was there.
    pub first_picture: Duration,
    /// Whole pictures of ours that came while it was measured.
    pub pictures: u64,
    /// How many were sent in that time.
    pub expected: u64,
    /// Packets that came, of all sources.
    pub packets: u64,
    /// Packets that were missing.
    pub lost: u64,
    /// Way of a packet from sending to opening that half of them did not exceed.
    pub delay_p50: Duration,
    /// The same for 99 of 100.
    pub delay_p99: Duration,
}

impl Measured {
    /// Share of packets that were missing, 0 to 1.
    #[must_use]
    pub fn loss(&self) -> f64 {
        let all = self.packets + self.lost;
        if all == 0 { 1.0 } else { self.lost as f64 / all as f64 }
    }

    /// For programs.
    #[must_use]
    pub fn json(&self) -> Value {
        let ms = |delay: Duration| (delay.as_secs_f64() * 1e6).round() / 1e3;
        json!({
            "firstPictureMs": ms(self.first_picture),
            "pictures": self.pictures,
            "expected": self.expected,
            "packets": self.packets,
            "lost": self.lost,
            "delayP50Ms": ms(self.delay_p50),
            "delayP99Ms": ms(self.delay_p99),
        })
    }
}
