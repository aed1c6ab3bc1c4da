//! The times of joint tests: made with their meetings, moved and cancelled with them, and made by hand.

use super::{App, MeetingFault};
use crate::{
    domain::{
        access::{Action, Actor},
        joint_test::{self, Act, JointTest, slot},
        meeting::{Meeting, MeetingState, Mistake, Plan},
        schedule::Consent,
        workday::Workdays,
    },
    id::{AccountId, MeetingId},
};
use std::time::SystemTime;

/// Why a joint test is cancelled whose meeting was moved to where none fits before it.
const NO_TIME: &str = "会议改期，之前没有可以联调的时间";

/// What is stored with meetings that are planned, changed or cancelled.
#[derive(Debug, Default)]
pub(super) struct Followers {
    /// Rows of joint tests, new and changed.
    pub(super) slots: Vec<Meeting>,
    /// Joint tests that no longer count.
    pub(super) tests: Vec<JointTest>,
}

impl App {
    /// Makes a joint test of a meeting by hand, at this time.
    pub async fn plan_joint_test(
        &self,
        actor: &Actor,
        id: &MeetingId,
        (starts, ends): (SystemTime, SystemTime),
        consent: &Consent,
        now: SystemTime,
    ) -> Result<Meeting, MeetingFault> {
        self.allow_meeting(actor, Action::PlanMeeting, id).map_err(MeetingFault::Access)?;
        let _turn = self.steering.lock().await;
        let meeting = self.stored(id).await?;
        if meeting.tests.is_some() {
            return Err(MeetingFault::IsJointTest);
        }
        if meeting.state != MeetingState::Planned {
            return Err(MeetingFault::Begun);
        }
        let others = self.meetings_to_be().await?;
        if let Some(known) = others.iter().find(|other| other.tests.as_ref() == Some(id)) {
            return Err(MeetingFault::HasJointTest(Box::new(known.clone())));
        }
        let made = slot::of(&meeting, self.free_id().await?, starts, ends);
        slot::check(&made, &made, Some(&meeting)).map_err(|mistake| MeetingFault::Plan(vec![mistake]))?;
        let known = self.plan_may_name().await?.and_what_has(&meeting);
        made.plan().check(&known).map_err(MeetingFault::Plan)?;
        let mut written = self.settle(std::slice::from_ref(&made), consent, now).await?;
        written.push(made.clone());
        let follow = self.followers(&written, account(actor), now).await?;
        written.extend(follow.slots);
        self.store.save_with_tests(&written, &follow.tests).await.map_err(MeetingFault::Store)?;
        Ok(made)
    }

    /// What becomes of joint tests when these meetings are stored as they are now.
    pub(super) async fn followers(
        &self,
        written: &[Meeting],
        by: Option<&AccountId>,
        now: SystemTime,
    ) -> Result<Followers, MeetingFault> {
        let mut found = Followers::default();
        let before = self.meetings_to_be().await?;
        let workdays = self.store.workdays().await.map_err(MeetingFault::Store)?;
        let mut after = before.clone();
        written.iter().for_each(|meeting| put(&mut after, meeting));
        for meeting in written.iter().filter(|meeting| meeting.tests.is_none()) {
            let was = before.iter().find(|known| known.id == meeting.id);
            let slots = self.slots_after((was, meeting), &after, &workdays, now).await?;
            slots.iter().for_each(|slot| put(&mut after, slot));
            found.slots.extend(slots);
            let unfrozen = was.is_some_and(|was| !joint_test::unfrozen(was, meeting).is_empty());
            if let (true, Some(by)) = (unfrozen, by) {
                let tests = self.store.joint_tests_of(std::slice::from_ref(&meeting.id)).await;
                let act = || Act { by: by.clone(), at: now };
                let tests = tests.map_err(MeetingFault::Store)?.into_iter();
                let changed = tests.map(|(_, test)| (test.state, test.after_change(act())));
                found.tests.extend(changed.filter(|(was, test)| *was != test.state).map(|(_, test)| test));
            }
        }
        Ok(found)
    }

    /// The rows of one meeting's joint tests that become others: `others` are all meetings as they will be.
    async fn slots_after(
        &self,
        (before, after): (Option<&Meeting>, &Meeting),
        others: &[Meeting],
        workdays: &Workdays,
        now: SystemTime,
    ) -> Result<Vec<Meeting>, MeetingFault> {
        let works = |day| workdays.is_workday(day);
        let planned =
            |other: &&Meeting| other.tests.as_ref() == Some(&after.id) && other.state == MeetingState::Planned;
        let slots: Vec<&Meeting> = others.iter().filter(planned).collect();
        let newly = joint_test::is_needed(after) && !before.is_some_and(joint_test::is_needed);
        let (MeetingState::Planned, true) = (after.state, before.is_none_or(|before| before != after)) else {
            let cancelled = after.state == MeetingState::Cancelled;
            let off = slots.into_iter().filter(|_| cancelled).map(|slot| off(slot, &after.cancel_reason));
            return Ok(off.collect());
        };
        if slots.is_empty() && newly {
            let id = self.free_id().await?;
            return Ok(slot::place(after, &id, others, now, works).into_iter().collect());
        }
        let Some(before) = before else { return Ok(Vec::new()) };
        let followed = slots.into_iter().map(|slot| match slot::follow(slot, (before, after), others, now, works) {
            Ok(followed) => (followed != *slot, followed),
            Err(_) => (true, off(slot, NO_TIME)),
        });
        Ok(followed.filter_map(|(differs, slot)| differs.then_some(slot)).collect())
    }

    /// Refuses what would make another of a meeting that was tested, unless whoever changes it says that they know.
    pub(super) async fn expect_not_frozen(
        &self,
        placed: &[(Meeting, Meeting)],
        knows: bool,
    ) -> Result<(), MeetingFault> {
        if knows {
            return Ok(());
        }
        let unfrozen = |(after, before): &(Meeting, Meeting)| joint_test::unfrozen(before, after);
        let changed: Vec<_> = placed.iter().map(|pair| (pair.0.id.clone(), unfrozen(pair))).collect();
        let ids: Vec<MeetingId> =
            changed.iter().filter(|(_, fields)| !fields.is_empty()).map(|(id, _)| id.clone()).collect();
        let tests = self.store.joint_tests_of(&ids).await.map_err(MeetingFault::Store)?;
        for (id, fields) in changed {
            let own = tests.iter().map(|(_, test)| test).filter(|test| test.tests == id);
            if joint_test::that_counts(own).is_some_and(|test| test.state.freezes()) && !fields.is_empty() {
                return Err(MeetingFault::Frozen(fields));
            }
        }
        Ok(())
    }

    /// What a joint test's row may become by hand.
    pub(super) async fn expect_own_of_slot(&self, before: &Meeting, plan: &Plan) -> Result<(), MeetingFault> {
        let Some(tested) = &before.tests else { return Ok(()) };
        let meeting = self.store.meeting(tested).await.map_err(MeetingFault::Store)?;
        let wrong = |mistake: Mistake| MeetingFault::Plan(vec![mistake]);
        let after = before.replanned(plan.clone()).map_err(wrong)?;
        slot::check(before, &after, meeting.as_ref()).map_err(wrong)
    }
}

/// The account of whoever acts.
pub(super) const fn account(actor: &Actor) -> Option<&AccountId> {
    match actor {
        Actor::User(user) => Some(&user.account),
        Actor::Stranger | Actor::DemoVisitor | Actor::Holder(_) | Actor::Device(_) => None,
    }
}

/// Puts a meeting into the place of what it was.
fn put(meetings: &mut Vec<Meeting>, meeting: &Meeting) {
    meetings.retain(|known| known.id != meeting.id);
    if meeting.state.is_to_be() {
        meetings.push(meeting.clone());
    }
}

/// A planned row that does not take place.
fn off(slot: &Meeting, reason: &str) -> Meeting {
    slot.cancelled(reason).unwrap_or_else(|_| slot.clone())
}
