//! Machines: made with a code, paired with it, revoked.

use super::{
    App,
    door::{Credential, Now},
    seats::may_sit,
    secret::{self, Secret},
};
use crate::{
    domain::{
        access::{self, Action, Actor, DeviceKind, Refusal, Resource},
        device::{self, CODE_GOOD_FOR, Device, Pairing},
        venue::{self, Venue},
    },
    id::{AccountId, DeviceId, VenueId},
    store::StoreError,
};
use std::time::SystemTime;

/// Most characters of a machine's name.
const NAME_CHARS_MAX: usize = 64;

/// Most machines that can be used or wait for a code: several for each venue of a county.
const DEVICES_MAX: usize = 500;

/// A machine that may now be paired.
pub struct DeviceMade {
    /// The machine.
    pub device: Device,
    /// Its code, told once.
    pub code: Secret,
    /// Until when.
    pub code_ends: SystemTime,
}

/// A machine that was just paired.
pub struct Paired {
    /// Which.
    pub device: DeviceId,
    /// Its shown name.
    pub name: String,
    /// What it does.
    pub kind: DeviceKind,
    /// Where it stands.
    pub venue: Venue,
    /// The cookie's value.
    pub cookie: Secret,
}

/// Why a machine is not made, paired or revoked.
#[derive(Debug, thiserror::Error)]
pub enum DeviceFault {
    /// The actor may not.
    #[error("not allowed")]
    Access(#[source] Refusal),
    /// There is none of that id.
    #[error("there is no such machine")]
    Unknown,
    /// There is no such venue.
    #[error("there is no such venue")]
    VenueUnknown,
    /// It can't be a machine's name.
    #[error("a name has 1 to {NAME_CHARS_MAX} characters")]
    Name,
    /// No leader has this log-in name.
    #[error("a seat is an enabled leader's")]
    NoLeader,
    /// There are [`DEVICES_MAX`].
    #[error("there are {DEVICES_MAX} machines already; revoke those that are gone")]
    TooMany,
    /// No machine waits for this code, or no longer.
    #[error("no machine waits for this code")]
    WrongCode,
    /// The store failed.
    #[error("cannot read or write the machine")]
    Store(#[source] StoreError),
}

impl App {
    /// Whether this actor may manage machines.
    pub fn may_manage_devices(&self, actor: &Actor) -> Result<(), DeviceFault> {
        allow(actor)
    }

    /// All machines, newest first.
    pub async fn devices(&self, actor: &Actor) -> Result<Vec<Device>, DeviceFault> {
        allow(actor)?;
        self.store.devices().await.map_err(DeviceFault::Store)
    }

    /// Makes a leader's seat that can be paired with the code for a few minutes. `login` is its person's.
    pub async fn add_seat(
        &self,
        actor: &Actor,
        name: &str,
        venue: &str,
        login: &str,
        now: Now,
    ) -> Result<DeviceMade, DeviceFault> {
        allow(actor)?;
        let login = login.trim().parse().map_err(|_| DeviceFault::NoLeader)?;
        let found = self.store.account_named(&login).await.map_err(DeviceFault::Store)?;
        let person = found.map(|(account, _)| account).filter(may_sit).ok_or(DeviceFault::NoLeader)?;
        self.add(name, DeviceKind::Seat, venue, Some(person.id), now).await
    }

    /// The shown name of a seat's person.
    pub async fn person_of(&self, device: &Device) -> Result<Option<String>, DeviceFault> {
        let Some(person) = &device.person else { return Ok(None) };
        let account = self.store.account(person).await.map_err(DeviceFault::Store)?;
        Ok(account.map(|account| account.name))
    }

    /// Makes a machine of a venue that can be paired with the code for a few minutes. A leader's seat is somebody's.
    pub async fn add_device(
        &self,
        actor: &Actor,
        name: &str,
        kind: DeviceKind,
        venue: &str,
        now: Now,
    ) -> Result<DeviceMade, DeviceFault> {
        allow(actor)?;
        match kind {
            DeviceKind::Seat => Err(DeviceFault::NoLeader),
            DeviceKind::Screen | DeviceKind::Room => self.add(name, kind, venue, None, now).await,
        }
    }

    async fn add(
        &self,
        name: &str,
        kind: DeviceKind,
        venue: &str,
        person: Option<AccountId>,
        now: Now,
    ) -> Result<DeviceMade, DeviceFault> {
        let name = name.trim();
        if !(1..=NAME_CHARS_MAX).contains(&name.chars().count()) || name.chars().any(char::is_control) {
            return Err(DeviceFault::Name);
        }
        let venue: VenueId = venue.parse().map_err(|_| DeviceFault::VenueUnknown)?;
        let known = self.store.venue(&venue).await.map_err(DeviceFault::Store)?;
        if known.is_none() || venue::participant(&venue).is_none() {
            return Err(DeviceFault::VenueUnknown);
        }
        let all = self.store.devices().await.map_err(DeviceFault::Store)?;
        if all.iter().filter(|device| device.pairing != Pairing::Revoked).count() >= DEVICES_MAX {
            return Err(DeviceFault::TooMany);
        }
        let code = self.unused_code().await?;
        let code_ends = now.wall + CODE_GOOD_FOR;
        let pairing = Pairing::Waiting { code_ends, wrong_codes: 0 };
        let (id, name) = (super::new_id(), name.to_owned());
        let device = Device { id, name, kind, venue, person, attends: None, pairing, seen: None };
        let stored = self.store.add_device(&device, &secret::fingerprint(code.reveal()), code_ends).await;
        stored.map_err(DeviceFault::Store)?;
        Ok(DeviceMade { device, code, code_ends })
    }

    /// A code no machine waits for.
    async fn unused_code(&self) -> Result<Secret, DeviceFault> {
        loop {
            let code = Secret::pairing_code();
            let taken = self.store.device_by_code(&secret::fingerprint(code.reveal())).await;
            if taken.map_err(DeviceFault::Store)?.is_none() {
                return Ok(code);
            }
        }
    }

    /// Pairs the machine somebody types this code at. A wrong code counts against every machine that waits.
    pub async fn pair(&self, typed: &str, now: Now) -> Result<Paired, DeviceFault> {
        let waiting = match device::code_of(typed) {
            Some(code) => self.store.device_by_code(&secret::fingerprint(&code)).await.map_err(DeviceFault::Store)?,
            None => None,
        };
        let Some(device) = waiting.filter(|device| device.pairing.takes_code(now.wall)) else {
            self.store.count_wrong_code(now.wall).await.map_err(DeviceFault::Store)?;
            return Err(DeviceFault::WrongCode);
        };
        let venue = self.store.venue(&device.venue).await.map_err(DeviceFault::Store)?;
        let venue = venue.ok_or(DeviceFault::VenueUnknown)?;
        let cookie = Secret::cookie();
        let paired = self.store.pair_device(&device.id, &secret::fingerprint(cookie.reveal()), now.wall).await;
        if !paired.map_err(DeviceFault::Store)? {
            return Err(DeviceFault::WrongCode);
        }
        Ok(Paired { device: device.id, name: device.name, kind: device.kind, venue, cookie })
    }

    /// Revokes a machine; what it sends and shows ends at once.
    pub async fn revoke_device(&self, actor: &Actor, id: &DeviceId, now: Now) -> Result<(), DeviceFault> {
        allow(actor)?;
        self.store.device(id).await.map_err(DeviceFault::Store)?.ok_or(DeviceFault::Unknown)?;
        self.store.revoke_device(id, now.wall).await.map_err(DeviceFault::Store)?;
        self.revoked(|credential| matches!(credential, Credential::Device(device) if device == id)).await;
        Ok(())
    }
}

fn allow(actor: &Actor) -> Result<(), DeviceFault> {
    access::allow(actor, Action::ManageDevices, &Resource::Server).map_err(DeviceFault::Access)
}
