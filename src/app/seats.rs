//! A leader's seat (领导座席): a paired machine that is one person's. It shows what meeting there is; whoever types that person's PIN
//! there attends it as them, and nothing else.

use super::{
    App,
    door::{Credential, Now},
    password::Busy,
};
use crate::{
    domain::{
        access::{self, Action, Actor, DeviceKind, PairedDevice, Refusal, Resource},
        account::Account,
        device::{Attendance, Device},
        lockout::{Locked, LockoutRules},
        role::Role,
    },
    id::{AccountId, DeviceId, MeetingId},
    store::StoreError,
};
use std::net::{IpAddr, Ipv4Addr};
use zeroize::Zeroizing;

/// Why a seat does not attend.
#[derive(Debug, thiserror::Error)]
pub enum SeatFault {
    /// The actor is no leader's seat.
    #[error("not allowed")]
    Access(#[source] Refusal),
    /// Its venue has no meeting on air.
    #[error("the seat's venue has no meeting on air")]
    NoMeeting,
    /// Its person has no PIN.
    #[error("the person of the seat has no PIN")]
    NoPin,
    /// The PIN is another.
    #[error("the PIN is wrong")]
    WrongPin(LockoutRules),
    /// Too many were wrong at this seat.
    #[error("too many wrong PINs")]
    Locked(#[source] Locked),
    /// Too many wait to be checked.
    #[error("too many passwords wait")]
    Busy(#[source] Busy),
    /// The store failed.
    #[error("cannot read or write the seat")]
    Store(#[source] StoreError),
}

/// Whether an account may have a seat: its person takes part in meetings.
pub(super) fn may_sit(account: &Account) -> bool {
    account.enabled && account.roles.has(Role::Leader)
}

/// Wrong PINs are counted at this seat, wherever its network puts it.
pub(super) const ANYWHERE: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// What wrong PINs of a seat are counted under. No log-in name has a space.
pub(super) fn counted_as(device: &DeviceId) -> String {
    format!("seat {device}")
}

impl App {
    /// Whether this actor is a leader's seat.
    pub fn may_attend_at_seat(&self, actor: &Actor) -> Result<(), SeatFault> {
        seat_of(actor).map(|_| ())
    }

    /// Has the seat attend the meeting its venue has now, if this is its person's PIN.
    pub async fn attend(&self, actor: &Actor, pin: Zeroizing<String>, now: Now) -> Result<MeetingId, SeatFault> {
        let seat = seat_of(actor)?;
        let meeting = {
            let state = self.state();
            let mut meetings = state.meetings.values().map(|open| &open.meeting);
            meetings.find(|meeting| meeting.venues.contains(&seat.venue)).map(|meeting| meeting.id.clone())
        };
        let meeting = meeting.ok_or(SeatFault::NoMeeting)?;
        let device = self.store.device(&seat.device).await.map_err(SeatFault::Store)?;
        let person = device.and_then(|device| device.person).ok_or(SeatFault::Access(Refusal::TokenNeeded))?;
        let hash = self.store.pin(&person).await.map_err(SeatFault::Store)?.ok_or(SeatFault::NoPin)?;
        let name = counted_as(&seat.device);
        self.lockout().begin(now.steady, &name, ANYWHERE).map_err(SeatFault::Locked)?;
        match self.passwords.check(pin, Some(hash)).await {
            Ok(true) => self.lockout().succeeded(&name, ANYWHERE),
            Ok(false) => return Err(SeatFault::WrongPin(self.settings.door.lockout)),
            Err(busy) => {
                self.lockout().take_back(&name, ANYWHERE);
                return Err(SeatFault::Busy(busy));
            }
        }
        let attends = Attendance { meeting: meeting.clone(), until: now.wall + self.settings.door.session.absolute };
        self.store.set_attendance(&seat.device, Some(&attends)).await.map_err(SeatFault::Store)?;
        Ok(meeting)
    }

    /// Ends what the seat attends: its pictures and sound end, and the PIN is asked for anew.
    pub async fn leave_seat(&self, actor: &Actor) -> Result<(), SeatFault> {
        let seat = seat_of(actor)?;
        self.store.set_attendance(&seat.device, None).await.map_err(SeatFault::Store)?;
        self.revoked(|credential| matches!(credential, Credential::Device(device) if *device == seat.device)).await;
        Ok(())
    }

    /// The person of a seat, as long as they may sit there.
    pub(super) async fn sitter(&self, device: &Device) -> Result<Option<Account>, StoreError> {
        let Some(person) = &device.person else { return Ok(None) };
        Ok(self.store.account(person).await?.filter(may_sit))
    }

    /// Wrong PINs at this account's seats are forgotten.
    pub(super) async fn unlock_seats(&self, account: &AccountId) -> Result<(), StoreError> {
        for device in self.store.devices().await?.iter().filter(|device| device.person.as_ref() == Some(account)) {
            self.lockout().unlock(&counted_as(&device.id));
        }
        Ok(())
    }
}

fn seat_of(actor: &Actor) -> Result<&PairedDevice, SeatFault> {
    access::allow(actor, Action::AttendAtSeat, &Resource::Server).map_err(SeatFault::Access)?;
    match actor {
        Actor::Device(device) if device.kind == DeviceKind::Seat => Ok(device),
        _ => Err(SeatFault::Access(Refusal::TokenNeeded)),
    }
}
