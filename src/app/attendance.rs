//! Attendance of meetings: units invited, their people named and excused, and signed in at the door.
//!
//! The same acts come from two sides: from whoever keeps the list (clerk, operator), and from a unit by its liaison, who is told of
//! nothing but their own units. Somebody stands in one place: to invite a unit moves those of its people here who were typed into the
//! notice, and whoever is typed there later follows ([`App::typed_aside`]).

use super::{App, MeetingFault, Scope, papers};
use crate::{
    domain::{
        access::{self, Action, Actor, Resource},
        attendance::{
            self, ATTENDEES_MAX, Answer, AnswerFault, Attendance, By, Entry, Figures, Hours, Illegal, Invitation, Mark,
            Means, Mistake, PER_UNIT_MAX, Person, Receipt, Terms,
        },
        joint_test,
        meeting::Meeting,
        notice::{Attendee, Notice},
        org_unit::OrgUnit,
    },
    id::{AttendeeId, MeetingId, OrgUnitId, VenueId},
    store::{Numbers, StoreError},
};
use std::{
    collections::HashMap,
    time::{Duration, SystemTime},
};

/// How long a liaison still sees a meeting that is over.
const SHOWN_AFTER: Duration = Duration::from_secs(14 * 24 * 3600);

/// The list of a meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttendanceView {
    /// The meeting.
    pub meeting: Meeting,
    /// The whole list.
    pub list: Attendance,
    /// When which step can be taken.
    pub hours: Hours,
    /// Every unit that is open or invited, in administrative order.
    pub units: Vec<OrgUnit>,
    /// The venues that take part, in administrative order.
    pub venues: Vec<(VenueId, String)>,
}

/// What a liaison is shown of a meeting: one unit's part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeView {
    /// The meeting.
    pub meeting: Meeting,
    /// Which unit, and its name.
    pub unit: (OrgUnitId, String),
    /// The invitation.
    pub invitation: Invitation,
    /// Its people.
    pub entries: Vec<Entry>,
    /// When which step can be taken.
    pub hours: Hours,
    /// Name of the venue they come to, if the meeting has any.
    pub venue: Option<String>,
    /// Who holds it, what is on its agenda and what is asked of them.
    pub notice: Notice,
    /// Whom to ask; may be empty.
    pub contact: String,
    /// When its joint test begins, if one is to come.
    pub tested: Option<SystemTime>,
}

/// Who does something to a list, and to whose part.
#[derive(Debug, Clone, Copy)]
pub enum Hand<'a> {
    /// Whoever keeps it.
    Keeper,
    /// The liaison of this unit.
    Liaison(&'a OrgUnitId),
}

impl Hand<'_> {
    const fn by(self) -> By {
        match self {
            Self::Keeper => By::Keeper,
            Self::Liaison(_) => By::Unit,
        }
    }
}

/// Who signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// This one.
    Attendee(AttendeeId),
    /// Whoever has this number on the sheet.
    Number(u32),
}

/// What of somebody becomes another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AttendeeChange {
    /// Name and position.
    pub person: Option<Person>,
    /// What is to be expected.
    pub answer: Option<Answer>,
}

/// Why something about a list is not done.
#[derive(Debug, thiserror::Error)]
pub enum AttendanceFault {
    /// The meeting is not to be had, or not by this actor.
    #[error("the meeting is not to be had")]
    Meeting(#[source] MeetingFault),
    /// The unit is not invited, or not for this actor to answer for.
    #[error("the unit is not invited")]
    NotInvited,
    /// A unit that is to be invited is not there, or closed.
    #[error("there is no such unit to invite")]
    NoUnit,
    /// The venue takes no part.
    #[error("the venue takes no part")]
    NoVenue,
    /// Nobody of that id or number is on the list.
    #[error("nobody of that number is on the list")]
    NoAttendee,
    /// The unit, or the list, has as many as it takes.
    #[error("there are too many people")]
    TooMany,
    /// The step can't be taken.
    #[error("the step is not allowed")]
    Step(#[source] Illegal),
    /// What was typed can't be stored.
    #[error("what was typed has {} mistakes", .0.len())]
    Mistakes(Vec<Mistake>),
}

impl From<AnswerFault> for AttendanceFault {
    fn from(fault: AnswerFault) -> Self {
        match fault {
            AnswerFault::Step(illegal) => Self::Step(illegal),
            AnswerFault::Mistake(mistake) => Self::Mistakes(vec![mistake]),
        }
    }
}

type Done<T = ()> = Result<T, AttendanceFault>;

impl App {
    /// The list of a meeting, for whoever keeps it.
    pub async fn attendance(&self, actor: &Actor, id: &MeetingId, now: SystemTime) -> Done<AttendanceView> {
        let (meeting, list) = self.kept_list(actor, id).await?;
        let mut units = self.store.org_units().await.map_err(stored)?;
        units.retain(|unit| unit.is_open() || list.invitation(&unit.id).is_some());
        let hours = list.terms.hours(&meeting, now);
        let venues = self.venues_of(&meeting).await?;
        Ok(AttendanceView { meeting, list, hours, units, venues })
    }

    /// Invites units, each once, and to all later meetings of the series if that is asked for; those of their people who were
    /// typed into the notice move to the list. Answers how many are new to the meeting itself.
    pub async fn invite_units(
        &self,
        actor: &Actor,
        id: &MeetingId,
        units: &[OrgUnitId],
        scope: Scope,
        mark: Mark,
    ) -> Done<usize> {
        self.may_in_meeting(actor, Action::KeepAttendance, id).map_err(AttendanceFault::Meeting)?;
        let _turn = self.desk.lock().await;
        let (meeting, list) = self.kept_list(actor, id).await?;
        let known = self.store.org_units().await.map_err(stored)?;
        let asked = open_of(&known, units)?;
        let invited = self.invite(&meeting, &list, &asked, &[], mark.clone()).await?;
        for later in self.later_of(&meeting, scope).await.map_err(AttendanceFault::Meeting)? {
            let list = self.store.attendance(&later.id).await.map_err(stored)?;
            self.invite(&later, &list, &asked, &[], mark.clone()).await?;
        }
        Ok(invited)
    }

    /// Refuses units that can't be invited.
    pub async fn expect_open_units(&self, units: &[OrgUnitId]) -> Done {
        if units.is_empty() {
            return Ok(());
        }
        let known = self.store.org_units().await.map_err(stored)?;
        open_of(&known, units).map(drop)
    }

    /// Invites the units that another meeting has invited, with their people, of whom nothing is answered yet.
    pub async fn copy_attendance(&self, actor: &Actor, id: &MeetingId, from: &MeetingId, mark: Mark) -> Done<usize> {
        self.may_in_meeting(actor, Action::KeepAttendance, id).map_err(AttendanceFault::Meeting)?;
        let _turn = self.desk.lock().await;
        let (meeting, list) = self.kept_list(actor, id).await?;
        let (_, other) = self.kept_list(actor, from).await?;
        let units = self.store.org_units().await.map_err(stored)?;
        let invited = |unit: &&OrgUnit| unit.is_open() && other.invitation(&unit.id).is_some();
        let asked: Vec<&OrgUnit> = units.iter().filter(invited).collect();
        self.invite(&meeting, &list, &asked, &other.entries, mark).await
    }

    async fn invite(
        &self,
        meeting: &Meeting,
        list: &Attendance,
        units: &[&OrgUnit],
        people: &[Entry],
        mark: Mark,
    ) -> Done<usize> {
        let hours = list.terms.hours(meeting, mark.at);
        hours.expect_answers(By::Keeper).map_err(AttendanceFault::Step)?;
        let venues = self.venues_of(meeting).await?;
        let notice = self.store.notice(&meeting.id).await.map_err(stored)?.unwrap_or_default();
        let (mut typed, mut number) = (notice.attendees, list.next_number());
        let before = typed.len();
        let (mut invitations, mut entries): (Vec<Invitation>, Vec<Entry>) = Default::default();
        for unit in units {
            if list.invitation(&unit.id).is_some() || invitations.iter().any(|known| known.unit == unit.id) {
                continue;
            }
            let venue = attendance::home_of(&unit.name, &venues);
            let receipt = Receipt::Notified;
            invitations.push(Invitation { unit: unit.id.clone(), venue, invited: mark.clone(), receipt });
            let (own, others) = attendance::split(typed, &unit.name);
            typed = others;
            let copied = people.iter().filter(|entry| entry.unit == unit.id);
            let copied: Vec<(Person, By)> = copied.map(|entry| (entry.person.clone(), entry.named)).collect();
            let moved = own.into_iter().filter(|person| !copied.iter().any(|(known, _)| known.name == person.name));
            let moved: Vec<(Person, By)> = moved.map(|person| (person, By::Keeper)).collect();
            for (person, named) in copied.into_iter().chain(moved) {
                entries.push(expected(&unit.id, number, (person, named), Answer::Expected, &mark));
                number += 1;
            }
        }
        if list.entries.len() + entries.len() > ATTENDEES_MAX {
            return Err(AttendanceFault::TooMany);
        }
        let typed = (typed.len() < before).then_some(&typed[..]);
        let numbers = numbers(list, &hours);
        self.store.invite(&meeting.id, (&invitations, &entries), typed, numbers).await.map_err(stored)?;
        Ok(invitations.len())
    }

    /// Changes what holds for the whole list.
    pub async fn change_attendance_terms(&self, actor: &Actor, id: &MeetingId, terms: Terms) -> Done {
        self.kept_list(actor, id).await?;
        let terms = terms.checked().map_err(AttendanceFault::Mistakes)?;
        let _turn = self.desk.lock().await;
        self.store.save_attendance_terms(id, &terms).await.map_err(stored)
    }

    /// Says which venue the people of a unit come to; `None` is the meeting's own.
    pub async fn place_unit(
        &self,
        actor: &Actor,
        id: &MeetingId,
        unit: &OrgUnitId,
        venue: Option<VenueId>,
        now: SystemTime,
    ) -> Done {
        self.may_in_meeting(actor, Action::KeepAttendance, id).map_err(AttendanceFault::Meeting)?;
        let _turn = self.desk.lock().await;
        let (meeting, list) = self.kept_list(actor, id).await?;
        let hours = list.terms.hours(&meeting, now);
        hours.expect_answers(By::Keeper).map_err(AttendanceFault::Step)?;
        let invitation = list.invitation(unit).cloned().ok_or(AttendanceFault::NotInvited)?;
        if venue.as_ref().is_some_and(|venue| !meeting.venues.contains(venue)) {
            return Err(AttendanceFault::NoVenue);
        }
        self.store.save_invitation(id, &Invitation { venue, ..invitation }).await.map_err(stored)
    }

    /// Takes a unit off the list, unless somebody of it has signed in.
    pub async fn uninvite_unit(&self, actor: &Actor, id: &MeetingId, unit: &OrgUnitId, now: SystemTime) -> Done {
        self.may_in_meeting(actor, Action::KeepAttendance, id).map_err(AttendanceFault::Meeting)?;
        let _turn = self.desk.lock().await;
        let (meeting, list) = self.kept_list(actor, id).await?;
        list.invitation(unit).ok_or(AttendanceFault::NotInvited)?;
        let hours = list.terms.hours(&meeting, now);
        let mut people = list.entries_of(unit);
        people.try_for_each(|entry| entry.expect_removable(By::Keeper, &hours)).map_err(AttendanceFault::Step)?;
        self.store.uninvite(id, unit, numbers(&list, &hours)).await.map_err(stored)
    }

    /// What the units this actor answers for are invited to, the soonest first.
    pub async fn notices(&self, actor: &Actor, now: SystemTime) -> Done<Vec<NoticeView>> {
        let refused = |refusal| AttendanceFault::Meeting(MeetingFault::Access(refusal));
        access::allow(actor, Action::AnswerNotice, &Resource::Server).map_err(refused)?;
        let mut units = self.store.org_units().await.map_err(stored)?;
        units.retain(|unit| may_answer(actor, unit));
        let ids: Vec<OrgUnitId> = units.iter().map(|unit| unit.id.clone()).collect();
        let after = now.checked_sub(SHOWN_AFTER).unwrap_or(now);
        let lists = self.store.attendance_of_units(&ids, after).await.map_err(stored)?;
        let venues: HashMap<VenueId, String> = self.venue_names_by_id().await?;
        let meetings: Vec<Meeting> = lists.iter().map(|(meeting, _)| meeting.clone()).collect();
        let people = self.people_of(&meetings).await.map_err(AttendanceFault::Meeting)?;
        let ids: Vec<MeetingId> = meetings.into_iter().map(|meeting| meeting.id).collect();
        let mut notices = self.store.notices(&ids.iter().collect::<Vec<_>>()).await.map_err(stored)?;
        let slots = self.store.joint_tests_of(&ids).await.map_err(stored)?;
        let mut views = Vec::new();
        for (meeting, list) in lists {
            let hours = list.terms.hours(&meeting, now);
            let notice = notices.remove(&meeting.id).unwrap_or_default();
            let contact = papers::contact_of(&meeting, &notice, &people);
            let own = slots.iter().filter(|(_, test)| test.tests == meeting.id).map(|(slot, _)| slot);
            let tested = joint_test::to_come(own, now).map(|slot| slot.starts);
            for unit in &units {
                let Some(invitation) = list.invitation(&unit.id) else { continue };
                views.push(NoticeView {
                    unit: (unit.id.clone(), unit.name.clone()),
                    entries: list.entries_of(&unit.id).cloned().collect(),
                    contact: contact.clone(),
                    tested,
                    hours,
                    venue: invitation.venue_in(&meeting).and_then(|venue| venues.get(venue)).cloned(),
                    invitation: invitation.clone(),
                    notice: notice.clone(),
                    meeting: meeting.clone(),
                });
            }
        }
        Ok(views)
    }

    /// Whether this actor is the liaison of a unit that is invited to a meeting.
    pub(super) async fn answers_for_invited(&self, actor: &Actor, id: &MeetingId) -> Result<bool, StoreError> {
        let mut units = self.store.org_units().await?;
        units.retain(|unit| may_answer(actor, unit));
        if units.is_empty() {
            return Ok(false);
        }
        let list = self.store.attendance(id).await?;
        Ok(units.iter().any(|unit| list.invitation(&unit.id).is_some()))
    }

    /// A liaison has the notice open.
    pub async fn read_notice(&self, actor: &Actor, id: &MeetingId, unit: &OrgUnitId, mark: Mark) -> Done {
        let _turn = self.desk.lock().await;
        let (meeting, list) = self.entered(actor, Hand::Liaison(unit), id).await?;
        let invitation = list.invitation(unit).cloned().ok_or(AttendanceFault::NotInvited)?;
        let told = invitation.told(&meeting);
        let read = Invitation { receipt: invitation.receipt.clone().read(mark, told), ..invitation.clone() };
        if read == invitation {
            return Ok(());
        }
        self.store.save_invitation(id, &read).await.map_err(stored)
    }

    /// Confirms a notice: by its liaison, or by whoever keeps the list, who was told so by telephone.
    pub async fn confirm_notice(
        &self,
        actor: &Actor,
        (by, id, unit): (By, &MeetingId, &OrgUnitId),
        mark: Mark,
    ) -> Done {
        let hand = if by == By::Unit { Hand::Liaison(unit) } else { Hand::Keeper };
        let _turn = self.desk.lock().await;
        let (meeting, list) = self.entered(actor, hand, id).await?;
        list.terms.hours(&meeting, mark.at).expect_answers(By::Keeper).map_err(AttendanceFault::Step)?;
        let invitation = list.invitation(unit).cloned().ok_or(AttendanceFault::NotInvited)?;
        let told = invitation.told(&meeting);
        let receipt = invitation.receipt.confirm(by, mark, told).map_err(AttendanceFault::Step)?;
        self.store.save_invitation(id, &Invitation { receipt, ..invitation }).await.map_err(stored)
    }

    /// Puts people of a unit on the list.
    pub async fn name_attendees(
        &self,
        actor: &Actor,
        (hand, id, unit): (Hand<'_>, &MeetingId, &OrgUnitId),
        people: &[Person],
        mark: Mark,
    ) -> Done {
        let _turn = self.desk.lock().await;
        let (meeting, list) = self.entered(actor, hand, id).await?;
        list.invitation(unit).ok_or(AttendanceFault::NotInvited)?;
        let hours = list.terms.hours(&meeting, mark.at);
        hours.expect_answers(hand.by()).map_err(AttendanceFault::Step)?;
        let named: Result<Vec<Person>, Mistake> = people.iter().map(Person::checked).collect();
        let named = named.map_err(|mistake| AttendanceFault::Mistakes(vec![mistake]))?;
        let (there, all) = (list.entries_of(unit).count(), list.entries.len());
        if there + named.len() > PER_UNIT_MAX || all + named.len() > ATTENDEES_MAX {
            return Err(AttendanceFault::TooMany);
        }
        let by = hand.by();
        // Whom the unit itself names comes.
        let answer = if by == By::Unit { Answer::Confirmed } else { Answer::Expected };
        let numbered = (list.next_number()..).zip(named);
        let entries: Vec<Entry> =
            numbered.map(|(number, person)| expected(unit, number, (person, by), answer.clone(), &mark)).collect();
        self.store.save_attendees(id, &entries, numbers(&list, &hours)).await.map_err(stored)
    }

    /// Changes somebody's name, or what is to be expected of them. Answers what they are then, for the book.
    pub async fn change_attendee(
        &self,
        actor: &Actor,
        (hand, id, attendee): (Hand<'_>, &MeetingId, &AttendeeId),
        AttendeeChange { person, answer }: AttendeeChange,
        mark: Mark,
    ) -> Done<Entry> {
        let _turn = self.desk.lock().await;
        let (meeting, list) = self.entered(actor, hand, id).await?;
        let hours = list.terms.hours(&meeting, mark.at);
        let before = found(&list, hand, attendee)?;
        let mut after = before.clone();
        if let Some(person) = person {
            after = after.renamed(person, hand.by(), &hours)?;
        }
        if let Some(answer) = answer {
            after = after.answer(answer, hand.by(), mark, &hours)?;
        }
        if after.person != before.person {
            let renamed = std::slice::from_ref(&after);
            self.store.save_attendees(id, renamed, Numbers::Stand).await.map_err(stored)?;
        } else {
            self.store.save_attendee_answer(id, &after).await.map_err(stored)?;
        }
        Ok(after)
    }

    /// Takes somebody off the list. Answers who it was, for the book.
    pub async fn remove_attendee(
        &self,
        actor: &Actor,
        (hand, id, attendee): (Hand<'_>, &MeetingId, &AttendeeId),
        now: SystemTime,
    ) -> Done<Entry> {
        let _turn = self.desk.lock().await;
        let (meeting, list) = self.entered(actor, hand, id).await?;
        let hours = list.terms.hours(&meeting, now);
        let gone = found(&list, hand, attendee)?.clone();
        gone.expect_removable(hand.by(), &hours).map_err(AttendanceFault::Step)?;
        self.store.remove_attendee(id, attendee, numbers(&list, &hours)).await.map_err(stored)?;
        Ok(gone)
    }

    /// Signs somebody in.
    pub async fn sign_in(
        &self,
        actor: &Actor,
        (id, whom): (&MeetingId, &Whom),
        means: Means,
        mark: Mark,
    ) -> Done<(Entry, Figures)> {
        self.at_the_door(actor, (id, whom), mark.at, |entry, hours| entry.sign_in(means, mark.by, hours)).await
    }

    /// Undoes a sign-in.
    pub async fn undo_sign_in(
        &self,
        actor: &Actor,
        (id, whom): (&MeetingId, &Whom),
        now: SystemTime,
    ) -> Done<(Entry, Figures)> {
        self.at_the_door(actor, (id, whom), now, |entry, hours| entry.undo(hours)).await
    }

    async fn at_the_door(
        &self,
        actor: &Actor,
        (id, whom): (&MeetingId, &Whom),
        now: SystemTime,
        step: impl FnOnce(Entry, &Hours) -> Result<Entry, Illegal>,
    ) -> Done<(Entry, Figures)> {
        let _turn = self.desk.lock().await;
        let (meeting, mut list) = self.entered(actor, Hand::Keeper, id).await?;
        let hours = list.terms.hours(&meeting, now);
        let is_meant = |entry: &Entry| match whom {
            Whom::Attendee(id) => entry.id == *id,
            Whom::Number(number) => entry.number == *number,
        };
        let place = list.entries.iter().position(is_meant).ok_or(AttendanceFault::NoAttendee)?;
        let after = step(list.entries[place].clone(), &hours).map_err(AttendanceFault::Step)?;
        self.store.save_attendee_answer(id, &after).await.map_err(stored)?;
        list.entries[place] = after.clone();
        Ok((after, attendance::figures(&list.entries, &hours)))
    }

    /// How many came so far, while people sign in and until the meeting starts by its plan: what its screens show.
    pub(super) async fn signing_in(&self, meeting: &Meeting, now: SystemTime) -> Result<Option<Figures>, StoreError> {
        if now >= meeting.starts || now + attendance::HOURS_MAX < meeting.starts {
            return Ok(None);
        }
        let terms = self.store.attendance_terms(&meeting.id).await?;
        if !terms.hours(meeting, now).is_open() {
            return Ok(None);
        }
        let figures = self.store.attendance_figures(&meeting.id).await?;
        Ok((figures.due > 0).then_some(figures))
    }

    /// Of what is typed into a notice, who belongs on the list instead, since their unit is invited: whoever is not there yet is put
    /// there, and the notice keeps the others.
    pub(super) async fn typed_aside(&self, id: &MeetingId, notice: Notice, mark: Mark) -> Result<Notice, StoreError> {
        let list = self.store.attendance(id).await?;
        if list.invitations.is_empty() {
            return Ok(notice);
        }
        let names: HashMap<OrgUnitId, String> =
            self.store.org_units().await?.into_iter().map(|unit| (unit.id, unit.name)).collect();
        let (mut typed, mut number, mut entries) = (notice.attendees, list.next_number(), Vec::new());
        for Invitation { unit, .. } in &list.invitations {
            let Some(name) = names.get(unit) else { continue };
            let (own, others): (Vec<Person>, Vec<Attendee>) = attendance::split(typed, name);
            typed = others;
            let room = PER_UNIT_MAX.saturating_sub(list.entries_of(unit).count());
            let is_new = |person: &Person| list.entries_of(unit).all(|entry| entry.person.name != person.name);
            for person in own.into_iter().filter(is_new).take(room) {
                entries.push(expected(unit, number, (person, By::Keeper), Answer::Expected, &mark));
                number += 1;
            }
        }
        if !entries.is_empty() {
            self.store.save_attendees(id, &entries, Numbers::Stand).await?;
        }
        Ok(Notice { attendees: typed, ..notice })
    }

    /// A meeting and its list, for whoever keeps it.
    async fn kept_list(&self, actor: &Actor, id: &MeetingId) -> Done<(Meeting, Attendance)> {
        self.entered(actor, Hand::Keeper, id).await
    }

    /// A meeting and its list, for whoever may change what is asked for. A liaison is told of nothing that is not their unit's.
    async fn entered(&self, actor: &Actor, hand: Hand<'_>, id: &MeetingId) -> Done<(Meeting, Attendance)> {
        match hand {
            Hand::Keeper => {
                self.may_in_meeting(actor, Action::KeepAttendance, id).map_err(AttendanceFault::Meeting)?;
            }
            Hand::Liaison(unit) => self.expect_answers_for(actor, unit).await?,
        }
        let meeting = self.stored(id).await;
        let list = self.store.attendance(id).await.map_err(stored)?;
        match hand {
            Hand::Keeper => Ok((meeting.map_err(AttendanceFault::Meeting)?, list)),
            Hand::Liaison(unit) => match meeting {
                Ok(meeting) if list.invitation(unit).is_some() => Ok((meeting, list)),
                Ok(_) | Err(MeetingFault::Unknown) => Err(AttendanceFault::NotInvited),
                Err(error) => Err(AttendanceFault::Meeting(error)),
            },
        }
    }

    /// Refuses whoever doesn't answer for this unit.
    pub async fn expect_answers_for(&self, actor: &Actor, unit: &OrgUnitId) -> Done {
        let refused = |refusal| AttendanceFault::Meeting(MeetingFault::Access(refusal));
        access::allow(actor, Action::AnswerNotice, &Resource::Server).map_err(refused)?;
        let units = self.store.org_units().await.map_err(stored)?;
        let answers = units.iter().any(|known| known.id == *unit && may_answer(actor, known));
        if answers { Ok(()) } else { Err(AttendanceFault::NotInvited) }
    }

    async fn venues_of(&self, meeting: &Meeting) -> Done<Vec<(VenueId, String)>> {
        let names = self.venue_names_by_id().await?;
        let named = |venue: &VenueId| Some((venue.clone(), names.get(venue)?.clone()));
        Ok(meeting.venues.iter().filter_map(named).collect())
    }

    async fn venue_names_by_id(&self) -> Done<HashMap<VenueId, String>> {
        let venues = self.store.venues().await.map_err(stored)?;
        Ok(venues.into_iter().map(|venue| (venue.id, venue.name)).collect())
    }
}

/// Those of these units that are asked for, all of which are open.
fn open_of<'a>(known: &'a [OrgUnit], asked: &[OrgUnitId]) -> Done<Vec<&'a OrgUnit>> {
    let known: HashMap<&OrgUnitId, &OrgUnit> = known.iter().map(|unit| (&unit.id, unit)).collect();
    let open = |id| known.get(id).copied().filter(|unit| unit.is_open()).ok_or(AttendanceFault::NoUnit);
    asked.iter().map(open).collect()
}

pub(super) fn may_answer(actor: &Actor, unit: &OrgUnit) -> bool {
    access::allow(actor, Action::AnswerNotice, &Resource::OrgUnit { liaisons: &unit.liaisons }).is_ok()
}

fn stored(error: StoreError) -> AttendanceFault {
    AttendanceFault::Meeting(MeetingFault::Store(error))
}

/// Somebody new on the list.
fn expected(unit: &OrgUnitId, number: u32, (person, named): (Person, By), answer: Answer, mark: &Mark) -> Entry {
    let (unit, said) = (unit.clone(), mark.clone());
    Entry { id: super::new_id(), unit, number, person, named, answer, said, signed: None }
}

/// Whoever is meant, of whom this hand may change something.
fn found<'a>(list: &'a Attendance, hand: Hand<'_>, id: &AttendeeId) -> Done<&'a Entry> {
    let is_meant = |entry: &&Entry| {
        entry.id == *id
            && match hand {
                Hand::Keeper => true,
                Hand::Liaison(unit) => entry.unit == *unit,
            }
    };
    list.entries.iter().find(is_meant).ok_or(AttendanceFault::NoAttendee)
}

fn numbers(list: &Attendance, hours: &Hours) -> Numbers {
    if attendance::numbers_stand(&list.entries, hours) { Numbers::Stand } else { Numbers::Anew }
}
