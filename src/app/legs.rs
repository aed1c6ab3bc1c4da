//! Legs: set up, changed, started, stopped and removed. A secret goes in and never comes out.

use super::{App, demo_meeting_id, planning::short_id, status::LegView};
use crate::{
    domain::{
        access::{self, Action, Actor, Refusal, Resource},
        leg::{FieldFault, Leg, Secret, Source, Transport},
    },
    id::{LegId, MeetingId},
    leg::{
        params::Value,
        plan::{Dial, LegPlan},
    },
    relay::media::Role,
    store::StoreError,
};

/// Most legs: a county has a handful, and each is a process.
const LEGS_MAX: usize = 32;

/// What is to be different about a leg; `None` stays.
#[derive(Debug, Clone, Default)]
pub struct LegChange {
    /// Shown name.
    pub name: Option<String>,
    /// The meeting it feeds.
    pub meeting: Option<MeetingId>,
    /// Where its picture comes from.
    pub source: Option<Source>,
    /// Whether that source keeps the stored secret.
    pub keep_secret: bool,
}

/// A leg with how it is.
#[derive(Debug, Clone, PartialEq)]
pub struct LegSetting {
    /// How it is set up.
    pub leg: Leg,
    /// Whether it comes from the settings file.
    pub fixed: bool,
    /// How it is; `None` while it is being added.
    pub now: Option<LegView>,
}

/// Why a leg can't be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum LegFault {
    /// The actor may not.
    #[error("not allowed")]
    Access(#[source] Refusal),
    /// There is none of that id.
    #[error("there is no such leg")]
    Unknown,
    /// It comes from the settings file.
    #[error("the leg is set up in the settings file")]
    Fixed,
    /// There are [`LEGS_MAX`].
    #[error("there are {LEGS_MAX} legs already")]
    TooMany,
    /// A field can't be as it is.
    #[error("a field is not valid")]
    Field(#[source] FieldFault),
    /// The meeting of this title is to take its programme from it.
    #[error("a meeting is planned with the leg")]
    Planned(String),
    /// There is no such meeting.
    #[error("there is no such meeting")]
    NoMeeting,
    /// Another leg listens on the port.
    #[error("another leg listens on this port")]
    PortTaken,
    /// The secret was for another machine and has to be written again.
    #[error("the source is another one, so its secret has to be given again")]
    SecretNeeded(FieldFault),
    /// The store failed.
    #[error("cannot read or write the leg")]
    Store(#[source] StoreError),
}

impl App {
    /// At start: lets all legs run that are to.
    pub async fn start_legs(&self) -> Result<(), LegFault> {
        for leg in self.all_legs().await.map_err(LegFault::Store)? {
            // The demonstration's own picture knows more than its entry says.
            if leg.meeting != demo_meeting_id() || leg.source != Source::Demo {
                // A meeting that goes on has its line, also one that the settings file points elsewhere.
                let leg = match self.meeting_of_line(&leg.id) {
                    Some(meeting) => Leg { meeting, enabled: true, ..leg },
                    None => leg,
                };
                self.links.put(plan_of(&leg), leg.enabled);
            }
        }
        Ok(())
    }

    /// Whether this actor may set up legs.
    pub fn may_manage_legs(&self, actor: &Actor) -> Result<(), LegFault> {
        access::allow(actor, Action::ManageLegs, &Resource::Server).map_err(LegFault::Access)
    }

    /// All legs with how they are.
    pub async fn legs(&self, actor: &Actor) -> Result<Vec<LegSetting>, LegFault> {
        self.may_manage_legs(actor)?;
        let all = self.all_legs().await.map_err(LegFault::Store)?;
        Ok(all.into_iter().map(|leg| self.setting(leg)).collect())
    }

    /// Sets up a leg; it runs as soon as its meeting is on air.
    pub async fn make_leg(
        &self,
        actor: &Actor,
        name: &str,
        meeting: MeetingId,
        source: Source,
    ) -> Result<LegSetting, LegFault> {
        self.may_manage_legs(actor)?;
        let _turn = self.steering.lock().await;
        let all = self.all_legs().await.map_err(LegFault::Store)?;
        if all.len() >= LEGS_MAX {
            return Err(LegFault::TooMany);
        }
        let leg = Leg { id: short_id(), name: name.trim().to_owned(), meeting, source, enabled: true };
        self.keep(leg, &all).await
    }

    /// Changes a leg; what ran of it starts anew.
    pub async fn change_leg(&self, actor: &Actor, id: &LegId, change: LegChange) -> Result<LegSetting, LegFault> {
        self.may_manage_legs(actor)?;
        let _turn = self.steering.lock().await;
        let before = self.own_leg(id).await?;
        let source = match change.source {
            Some(source) if change.keep_secret => keep_secret(source, &before.source)?,
            Some(source) => source,
            None => before.source,
        };
        let name = change.name.map_or(before.name, |name| name.trim().to_owned());
        let meeting = change.meeting.unwrap_or(before.meeting);
        let leg = Leg { id: before.id, name, meeting, source, enabled: before.enabled };
        let all = self.all_legs().await.map_err(LegFault::Store)?;
        self.keep(leg, &all).await
    }

    /// Lets a leg run while its meeting is on air, or not.
    pub async fn run_leg(&self, actor: &Actor, id: &LegId, run: bool) -> Result<LegSetting, LegFault> {
        self.may_manage_legs(actor)?;
        let _turn = self.steering.lock().await;
        let before = self.own_leg(id).await?;
        let all = self.all_legs().await.map_err(LegFault::Store)?;
        self.keep(Leg { enabled: run, ..before }, &all).await
    }

    /// Removes a leg.
    pub async fn remove_leg(&self, actor: &Actor, id: &LegId) -> Result<(), LegFault> {
        self.may_manage_legs(actor)?;
        let _turn = self.steering.lock().await;
        self.own_leg(id).await?;
        if let Some(meeting) = self.line_is_planned(id).await.map_err(LegFault::Store)? {
            return Err(LegFault::Planned(meeting));
        }
        self.store.remove_leg(id).await.map_err(LegFault::Store)?;
        self.links.remove(id);
        Ok(())
    }

    /// Checks, stores, runs.
    async fn keep(&self, leg: Leg, all: &[Leg]) -> Result<LegSetting, LegFault> {
        leg.check().map_err(LegFault::Field)?;
        if self.store.meeting(&leg.meeting).await.map_err(LegFault::Store)?.is_none() {
            return Err(LegFault::NoMeeting);
        }
        if let Some(port) = port_of(&leg)
            && all.iter().any(|other| other.id != leg.id && port_of(other) == Some(port))
        {
            return Err(LegFault::PortTaken);
        }
        self.store.save_leg(&leg).await.map_err(LegFault::Store)?;
        self.links.put(plan_of(&leg), leg.enabled);
        Ok(self.setting(leg))
    }

    /// A leg that may be changed here.
    async fn own_leg(&self, id: &LegId) -> Result<Leg, LegFault> {
        if self.settings.legs.iter().any(|leg| leg.id == *id) {
            return Err(LegFault::Fixed);
        }
        self.store.leg(id).await.map_err(LegFault::Store)?.ok_or(LegFault::Unknown)
    }

    pub(super) async fn all_legs(&self) -> Result<Vec<Leg>, StoreError> {
        let mut all = self.settings.legs.clone();
        all.extend(self.store.legs().await?);
        Ok(all)
    }

    /// Has a leg feed the meeting it names from now on. One of the settings file stays as it is written there.
    pub(super) async fn point(&self, leg: Leg) -> Result<(), StoreError> {
        if !self.settings.legs.iter().any(|fixed| fixed.id == leg.id) {
            self.store.save_leg(&leg).await?;
        }
        self.links.put(plan_of(&leg), leg.enabled);
        Ok(())
    }

    fn setting(&self, leg: Leg) -> LegSetting {
        let now = self.links.legs().into_iter().find(|view| view.id == leg.id);
        LegSetting { fixed: self.settings.legs.iter().any(|fixed| fixed.id == leg.id), now, leg }
    }
}

fn keep_secret(source: Source, before: &Source) -> Result<Source, LegFault> {
    match before.secret() {
        Some(secret) if source.may_keep_secret_of(before) => Ok(source.with_secret(secret.clone())),
        Some(Secret(secret)) if !secret.is_empty() => Err(LegFault::SecretNeeded(match source {
            Source::Rtsp { .. } => FieldFault::Password,
            _ => FieldFault::Passphrase,
        })),
        _ => Ok(source),
    }
}

fn port_of(leg: &Leg) -> Option<u16> {
    match leg.source {
        Source::SrtListener { port, .. } => Some(port),
        _ => None,
    }
}

/// What a leg is to do.
fn plan_of(leg: &Leg) -> LegPlan {
    let text = |name: &str, value: &str| (name.to_owned(), Value::from(value));
    let latency = |ms: u32| ("latency".to_owned(), Value::Int(ms.into()));
    let (file, values, dial) = match &leg.source {
        Source::Rtsp { host, port, path, transport, user, password } => {
            let transport = if *transport == Transport::Udp { "udp" } else { "tcp" };
            let values = vec![text("transport", transport), text("user", user), text("password", &password.0)];
            let (host, rest) = (host.clone(), path.clone());
            ("rtsp-in.toml", values, Dial::Call { scheme: "rtsp", host, port: *port, rest, tcp: true })
        }
        Source::SrtCaller { host, port, stream_id, passphrase, latency_ms } => {
            let secret = text("passphrase", &passphrase.0);
            let values = vec![text("mode", "caller"), text("stream_id", stream_id), secret, latency(*latency_ms)];
            let (host, rest) = (host.clone(), String::new());
            ("srt-in.toml", values, Dial::Call { scheme: "srt", host, port: *port, rest, tcp: false })
        }
        Source::SrtListener { port, passphrase, latency_ms } => {
            let values = vec![text("mode", "listener"), text("passphrase", &passphrase.0), latency(*latency_ms)];
            ("srt-in.toml", values, Dial::Listen { port: *port })
        }
        Source::Demo => {
            // The picture has room for two lines.
            let title: String = leg.name.chars().take(40).collect();
            ("demo.toml", vec![text("title", &title)], Dial::Nowhere)
        }
    };
    LegPlan {
        id: leg.id.clone(),
        meeting: leg.meeting.clone(),
        participant: leg.id.as_str().parse().expect("ids of all kinds are spelled alike"),
        name: leg.name.clone(),
        role: Role::Main,
        file: file.to_owned(),
        values: values.into_iter().collect(),
        dial,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::leg::tests::leg,
        leg::{params, pipeline_file::PipelineFile},
    };

    #[test]
    fn every_kind_of_source_fits_its_pipeline_file() {
        let secret = || Secret("0123456789".to_owned());
        let (host, stream_id) = ("10.1.2.3".to_owned(), "hall".to_owned());
        for (source, name, text) in [
            (
                Source::rtsp("rtsp://10.1.2.3/live", Transport::Udp, "admin".to_owned(), secret()).unwrap(),
                "rtsp-in.toml",
                include_str!("../../gst-pipelines/rtsp-in.toml"),
            ),
            (
                Source::SrtCaller { host, port: 9000, stream_id, passphrase: secret(), latency_ms: 120 },
                "srt-in.toml",
                include_str!("../../gst-pipelines/srt-in.toml"),
            ),
            (
                Source::SrtListener { port: 9000, passphrase: secret(), latency_ms: 120 },
                "srt-in.toml",
                include_str!("../../gst-pipelines/srt-in.toml"),
            ),
            (Source::Demo, "demo.toml", include_str!("../../gst-pipelines/demo.toml")),
        ] {
            let plan = plan_of(&leg(source));
            assert_eq!((plan.file.as_str(), plan.participant.as_str()), (name, "province"));
            let mut values = plan.values.clone();
            plan.dial.set(Some(([10, 1, 2, 3], 9000).into()), &mut values);
            let file = PipelineFile::parse(name, text).unwrap();
            params::bind(&file.params, &values).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }

    #[test]
    fn a_secret_follows_to_no_other_machine() {
        let at = |host: &str, secret: &str| {
            let url = format!("rtsp://{host}/live");
            Source::rtsp(&url, Transport::Tcp, "admin".to_owned(), Secret(secret.to_owned())).unwrap()
        };
        let before = at("10.1.2.3", "secret");
        let kept = keep_secret(at("10.1.2.3", ""), &before).unwrap();
        assert_eq!(kept.secret(), Some(&Secret("secret".to_owned())));
        assert!(matches!(keep_secret(at("10.9.9.9", ""), &before), Err(LegFault::SecretNeeded(FieldFault::Password))));
        assert!(keep_secret(at("10.9.9.9", ""), &at("10.1.2.3", "")).is_ok(), "there was none");
    }
}
