//! Attendance of meetings: terms, invited units and their people. Each list is read in one question a table, whatever its length.

use super::{Store, StoreError, error::attempted, meeting::seconds, moment, ms, notice};
use crate::{
    domain::{
        attendance::{
            Answer, Attendance, By, Entry, Figures, Invitation, Mark, Means, Person, Receipt, SignIn, Terms, Told,
        },
        meeting::Meeting,
        notice::Attendee,
    },
    id::{AttendeeId, MeetingId, OrgUnitId},
};
use sea_orm::{
    ActiveValue::Set,
    ConnectionTrait, DatabaseTransaction, DbBackend, QueryOrder as _, QueryResult, QuerySelect as _, QueryTrait as _,
    Statement, TransactionTrait as _,
    entity::prelude::*,
    sea_query::{OnConflict, SelectStatement},
};
use std::{
    collections::HashMap,
    time::{Duration, SystemTime},
};

/// Rows of `attendance_terms`.
mod terms {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "attendance_terms")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) meeting_id: String,
        pub(super) answer_before_s: Option<i64>,
        pub(super) opens_before_s: i64,
        pub(super) closes_after_s: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Rows of `invitations`.
mod invitation {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "invitations")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) meeting_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) org_unit_id: String,
        pub(super) venue_id: Option<String>,
        pub(super) invited_ms: i64,
        pub(super) invited_by: String,
        pub(super) read_ms: Option<i64>,
        pub(super) read_by: String,
        pub(super) confirmed_ms: Option<i64>,
        pub(super) confirmed_by: String,
        pub(super) told_starts_ms: Option<i64>,
        pub(super) told_venue_id: Option<String>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A row of `attendees`.
#[sea_orm::model]
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attendees")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) id: String,
    pub(super) meeting_id: String,
    pub(super) org_unit_id: String,
    pub(super) number: i64,
    pub(super) name: String,
    pub(super) position: String,
    /// Whether the keeper of the list put them on it.
    pub(super) summoned: bool,
    pub(super) answer: String,
    pub(super) reason: String,
    pub(super) stand_in: String,
    pub(super) approver: String,
    pub(super) said_ms: i64,
    pub(super) said_by: String,
    pub(super) signed_ms: Option<i64>,
    pub(super) signed_by: String,
    pub(super) signed_means: String,
    pub(super) late: bool,
}

impl ActiveModelBehavior for ActiveModel {}

const READ: &str = "read the attendance of a meeting";
const WRITE: &str = "store the attendance of a meeting";

/// Most rows of one statement: SQLite takes some 32 000 values.
const AT_ONCE: usize = 1000;

/// Most meetings a liaison is shown: what a county holds in half a year.
const NOTICES_MAX: u64 = 300;

/// Whether the numbers on the sheet are given anew, in administrative order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbers {
    /// They are on paper.
    Stand,
    /// In administrative order.
    Anew,
}

impl Store {
    /// The whole list of a meeting.
    pub async fn attendance(&self, meeting: &MeetingId) -> Result<Attendance, StoreError> {
        let terms = self.attendance_terms(meeting).await?;
        let invited = invitation::Entity::find().filter(invitation::Column::MeetingId.eq(meeting.as_str()));
        let invited = invited.all(&self.db).await.map_err(attempted(READ))?;
        let people = Entity::find().filter(Column::MeetingId.eq(meeting.as_str())).order_by_asc(Column::Number);
        let people = people.order_by_asc(Column::Id).all(&self.db).await.map_err(attempted(READ))?;
        let mut invitations = Vec::with_capacity(invited.len());
        for row in invited {
            invitations.push(Invitation::try_from(row)?);
        }
        let order: HashMap<OrgUnitId, usize> =
            self.org_units().await?.into_iter().enumerate().map(|(place, unit)| (unit.id, place)).collect();
        invitations.sort_by_key(|invitation| order.get(&invitation.unit).copied());
        Ok(Attendance {
            terms,
            invitations,
            entries: people.into_iter().map(Entry::try_from).collect::<Result<_, _>>()?,
        })
    }

    /// What holds for the list of a meeting.
    pub async fn attendance_terms(&self, meeting: &MeetingId) -> Result<Terms, StoreError> {
        let row = terms::Entity::find_by_id(meeting.as_str()).one(&self.db).await.map_err(attempted(READ))?;
        Ok(row.map(Terms::from).unwrap_or_default())
    }

    /// How many there are of each on the list of a meeting that is not over: what its screens ask for each other second.
    pub async fn attendance_figures(&self, meeting: &MeetingId) -> Result<Figures, StoreError> {
        const SQL: &str = "SELECT COUNT(*), COUNT(signed_ms), \
            COUNT(CASE WHEN signed_ms IS NULL AND answer = 'leave' THEN 1 END), \
            COUNT(CASE WHEN signed_ms IS NULL AND answer = 'absent' THEN 1 END), COUNT(CASE WHEN late THEN 1 END) \
            FROM attendees WHERE meeting_id = ?";
        let asked = Statement::from_sql_and_values(DbBackend::Sqlite, SQL, [meeting.as_str().into()]);
        let row = self.db.query_one_raw(asked).await.map_err(attempted(READ))?;
        let Some(row) = row else { return Ok(Figures::default()) };
        let counts: (i64, i64, i64, i64, i64) = row.try_get_many_by_index().map_err(attempted(READ))?;
        let [due, present, leave, absent, late] =
            <[i64; 5]>::from(counts).map(|count| usize::try_from(count).unwrap_or_default());
        Ok(Figures { due, present, leave, absent, late })
    }

    /// The meetings these units are invited to and that end after this, the soonest first, with what of their lists is these units'.
    pub async fn attendance_of_units(
        &self,
        units: &[OrgUnitId],
        after: SystemTime,
    ) -> Result<Vec<(Meeting, Attendance)>, StoreError> {
        if units.is_empty() {
            return Ok(Vec::new());
        }
        let of_units = || units.iter().map(OrgUnitId::as_str);
        let query = super::meeting::Entity::find()
            .filter(super::meeting::Column::EndsMs.gt(ms(after)))
            .filter(super::meeting::Column::Id.in_subquery(meetings_of(of_units())))
            .order_by_desc(super::meeting::Column::StartsMs)
            .order_by_asc(super::meeting::Column::Id);
        let mut meetings = self.read_all(query.limit(NOTICES_MAX)).await?;
        meetings.reverse();
        let ids = || meetings.iter().map(|meeting| meeting.id.as_str());
        let terms = terms::Entity::find().filter(terms::Column::MeetingId.is_in(ids())).all(&self.db).await;
        let mut terms: HashMap<String, Terms> =
            terms.map_err(attempted(READ))?.into_iter().map(|row| (row.meeting_id.clone(), row.into())).collect();
        let invited = invitation::Entity::find()
            .filter(invitation::Column::MeetingId.is_in(ids()))
            .filter(invitation::Column::OrgUnitId.is_in(of_units()));
        let mut invitations: HashMap<String, Vec<Invitation>> = HashMap::new();
        for row in invited.all(&self.db).await.map_err(attempted(READ))? {
            invitations.entry(row.meeting_id.clone()).or_default().push(row.try_into()?);
        }
        let people = Entity::find().filter(Column::MeetingId.is_in(ids())).filter(Column::OrgUnitId.is_in(of_units()));
        let mut entries: HashMap<String, Vec<Entry>> = HashMap::new();
        for row in people.order_by_asc(Column::Number).all(&self.db).await.map_err(attempted(READ))? {
            entries.entry(row.meeting_id.clone()).or_default().push(row.try_into()?);
        }
        let whole = |meeting: Meeting| {
            let id = meeting.id.as_str();
            let attendance = Attendance {
                terms: terms.remove(id).unwrap_or_default(),
                invitations: invitations.remove(id).unwrap_or_default(),
                entries: entries.remove(id).unwrap_or_default(),
            };
            (meeting, attendance)
        };
        Ok(meetings.into_iter().map(whole).collect())
    }

    /// Whoever stands on the list of a meeting, as a notice names people.
    pub async fn listed_attendees(&self, meeting: &MeetingId) -> Result<Vec<Attendee>, StoreError> {
        listed(&self.db, meeting).await
    }

    /// How many stand on the list of a meeting.
    pub async fn attendees_count(&self, meeting: &MeetingId) -> Result<u64, StoreError> {
        let of = Entity::find().filter(Column::MeetingId.eq(meeting.as_str()));
        of.count(&self.db).await.map_err(attempted(READ))
    }

    /// Stores what holds for a list. Its meeting must be stored.
    pub async fn save_attendance_terms(&self, meeting: &MeetingId, terms: &Terms) -> Result<(), StoreError> {
        use terms::Column::{AnswerBeforeS, ClosesAfterS, MeetingId, OpensBeforeS};
        let row = terms::ActiveModel {
            meeting_id: Set(meeting.to_string()),
            answer_before_s: Set(terms.answer_before.map(seconds)),
            opens_before_s: Set(seconds(terms.opens_before)),
            closes_after_s: Set(seconds(terms.closes_after)),
        };
        let replaced = [AnswerBeforeS, OpensBeforeS, ClosesAfterS];
        let conflict = OnConflict::column(MeetingId).update_columns(replaced).to_owned();
        let insert = terms::Entity::insert(row).on_conflict(conflict);
        insert.exec_without_returning(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }

    /// Stores new invitations with people of theirs, all or nothing. `typed` are those that stay typed into the notice, if it changes.
    pub async fn invite(
        &self,
        meeting: &MeetingId,
        (invitations, entries): (&[Invitation], &[Entry]),
        typed: Option<&[Attendee]>,
        numbers: Numbers,
    ) -> Result<(), StoreError> {
        let transaction = self.db.begin().await.map_err(attempted(WRITE))?;
        write_invitations(&transaction, meeting, invitations).await?;
        write_entries(&transaction, meeting, entries).await?;
        if let Some(typed) = typed {
            notice::keep_attendees(&transaction, meeting, typed).await?;
        }
        settle(&transaction, meeting, numbers).await?;
        transaction.commit().await.map_err(attempted(WRITE))
    }

    /// Stores what became of an invitation.
    pub async fn save_invitation(&self, meeting: &MeetingId, changed: &Invitation) -> Result<(), StoreError> {
        let transaction = self.db.begin().await.map_err(attempted(WRITE))?;
        write_invitations(&transaction, meeting, std::slice::from_ref(changed)).await?;
        transaction.commit().await.map_err(attempted(WRITE))
    }

    /// Removes an invitation with the unit's people.
    pub async fn uninvite(&self, meeting: &MeetingId, unit: &OrgUnitId, numbers: Numbers) -> Result<(), StoreError> {
        let transaction = self.db.begin().await.map_err(attempted(WRITE))?;
        let people = Entity::delete_many()
            .filter(Column::MeetingId.eq(meeting.as_str()))
            .filter(Column::OrgUnitId.eq(unit.as_str()));
        people.exec(&transaction).await.map_err(attempted(WRITE))?;
        let invited = invitation::Entity::delete_by_id((meeting.to_string(), unit.to_string()));
        invited.exec(&transaction).await.map_err(attempted(WRITE))?;
        settle(&transaction, meeting, numbers).await?;
        transaction.commit().await.map_err(attempted(WRITE))
    }

    /// Stores new people, or what those that are there have become; their numbers stay. Their units must be invited.
    pub async fn save_attendees(
        &self,
        meeting: &MeetingId,
        entries: &[Entry],
        numbers: Numbers,
    ) -> Result<(), StoreError> {
        self.invite(meeting, (&[], entries), None, numbers).await
    }

    /// Stores what was said of somebody, or their sign-in: neither name nor number changes.
    pub async fn save_attendee_answer(&self, meeting: &MeetingId, entry: &Entry) -> Result<(), StoreError> {
        Entity::update(row(meeting, entry)).exec(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }

    /// Takes somebody off the list.
    pub async fn remove_attendee(
        &self,
        meeting: &MeetingId,
        id: &AttendeeId,
        numbers: Numbers,
    ) -> Result<(), StoreError> {
        let transaction = self.db.begin().await.map_err(attempted(WRITE))?;
        Entity::delete_by_id(id.as_str()).exec(&transaction).await.map_err(attempted(WRITE))?;
        settle(&transaction, meeting, numbers).await?;
        transaction.commit().await.map_err(attempted(WRITE))
    }
}

/// Whoever stands on the list of a meeting, as a notice names people.
pub(super) async fn listed(db: &impl ConnectionTrait, meeting: &MeetingId) -> Result<Vec<Attendee>, StoreError> {
    const SQL: &str = "SELECT attendees.name, attendees.position, org_units.name FROM attendees \
                       JOIN org_units ON org_units.id = attendees.org_unit_id WHERE attendees.meeting_id = ? \
                       ORDER BY attendees.number";
    let asked = Statement::from_sql_and_values(DbBackend::Sqlite, SQL, [meeting.as_str().into()]);
    let attendee = |row: &QueryResult| {
        let (name, position, unit): (String, String, String) = row.try_get_many_by_index().map_err(attempted(READ))?;
        Ok(Attendee { name: format!("{name} {position}").trim_end().to_owned(), unit })
    };
    db.query_all_raw(asked).await.map_err(attempted(READ))?.iter().map(attendee).collect()
}

/// After the people of a list have become others: their numbers, and the words the meeting is found by.
async fn settle(transaction: &DatabaseTransaction, meeting: &MeetingId, numbers: Numbers) -> Result<(), StoreError> {
    const ANEW: &str = "UPDATE attendees SET number = placed.number FROM (\
            SELECT attendees.id AS id, ROW_NUMBER() OVER (ORDER BY org_units.rank, org_units.created_ms, org_units.id, \
            attendees.number, attendees.id) AS number FROM attendees \
            JOIN org_units ON org_units.id = attendees.org_unit_id WHERE attendees.meeting_id = ?) AS placed \
        WHERE attendees.id = placed.id AND attendees.number <> placed.number";
    if numbers == Numbers::Anew {
        let anew = Statement::from_sql_and_values(DbBackend::Sqlite, ANEW, [meeting.as_str().into()]);
        transaction.execute_raw(anew).await.map_err(attempted(WRITE))?;
    }
    notice::index(transaction, meeting).await
}

/// Ids of the meetings units are invited to, to be asked within another question.
fn meetings_of<'a>(units: impl Iterator<Item = &'a str>) -> SelectStatement {
    let ids = invitation::Entity::find().select_only().column(invitation::Column::MeetingId);
    ids.filter(invitation::Column::OrgUnitId.is_in(units)).into_query()
}

async fn write_invitations(
    transaction: &DatabaseTransaction,
    meeting: &MeetingId,
    invitations: &[Invitation],
) -> Result<(), StoreError> {
    use invitation::Column::{
        ConfirmedBy, ConfirmedMs, MeetingId, OrgUnitId, ReadBy, ReadMs, ToldStartsMs, ToldVenueId, VenueId,
    };
    let replaced = [VenueId, ReadMs, ReadBy, ConfirmedMs, ConfirmedBy, ToldStartsMs, ToldVenueId];
    let conflict = OnConflict::columns([MeetingId, OrgUnitId]).update_columns(replaced).to_owned();
    for some in invitations.chunks(AT_ONCE) {
        let rows = some.iter().map(|invitation| invited_row(meeting, invitation));
        let insert = invitation::Entity::insert_many(rows).on_conflict(conflict.clone());
        insert.exec_without_returning(transaction).await.map_err(attempted(WRITE))?;
    }
    Ok(())
}

async fn write_entries(
    transaction: &DatabaseTransaction,
    meeting: &MeetingId,
    entries: &[Entry],
) -> Result<(), StoreError> {
    use Column::{
        Answer, Approver, Late, Name, Position, Reason, SaidBy, SaidMs, SignedBy, SignedMeans, SignedMs, StandIn,
    };
    let said = [Name, Position, Answer, Reason, StandIn, Approver, SaidMs, SaidBy];
    let replaced = said.into_iter().chain([SignedMs, SignedBy, SignedMeans, Late]);
    let replaced = OnConflict::column(Column::Id).update_columns(replaced).to_owned();
    for some in entries.chunks(AT_ONCE) {
        let rows = some.iter().map(|entry| row(meeting, entry));
        let insert = Entity::insert_many(rows).on_conflict(replaced.clone());
        insert.exec_without_returning(transaction).await.map_err(attempted(WRITE))?;
    }
    Ok(())
}

fn invited_row(meeting: &MeetingId, invitation: &Invitation) -> invitation::ActiveModel {
    let (read, confirmed, told) = match &invitation.receipt {
        Receipt::Notified => (None, None, None),
        Receipt::Read { read, told } => (Some(read), None, Some(told)),
        Receipt::Confirmed { read, confirmed, told } => (read.as_ref(), Some(confirmed), Some(told)),
    };
    let who = |mark: Option<&Mark>| mark.map(|mark| mark.by.clone()).unwrap_or_default();
    invitation::ActiveModel {
        meeting_id: Set(meeting.to_string()),
        org_unit_id: Set(invitation.unit.to_string()),
        venue_id: Set(invitation.venue.as_ref().map(ToString::to_string)),
        invited_ms: Set(ms(invitation.invited.at)),
        invited_by: Set(invitation.invited.by.clone()),
        read_ms: Set(read.map(|mark| ms(mark.at))),
        read_by: Set(who(read)),
        confirmed_ms: Set(confirmed.map(|mark| ms(mark.at))),
        confirmed_by: Set(who(confirmed)),
        told_starts_ms: Set(told.map(|told| ms(told.starts))),
        told_venue_id: Set(told.and_then(|told| told.venue.as_ref().map(ToString::to_string))),
    }
}

fn row(meeting: &MeetingId, entry: &Entry) -> ActiveModel {
    let (reason, stand_in, approver) = match &entry.answer {
        Answer::Expected | Answer::Confirmed | Answer::Absent => ("", "", ""),
        Answer::Leave { reason, approver } => (&reason[..], "", &approver[..]),
        Answer::StandIn { name, approver } => ("", &name[..], &approver[..]),
    };
    let signed = entry.signed.as_ref();
    ActiveModel {
        id: Set(entry.id.to_string()),
        meeting_id: Set(meeting.to_string()),
        org_unit_id: Set(entry.unit.to_string()),
        number: Set(entry.number.into()),
        name: Set(entry.person.name.clone()),
        position: Set(entry.person.position.clone()),
        summoned: Set(entry.named == By::Keeper),
        answer: Set(entry.answer.name().to_owned()),
        reason: Set(reason.to_owned()),
        stand_in: Set(stand_in.to_owned()),
        approver: Set(approver.to_owned()),
        said_ms: Set(ms(entry.said.at)),
        said_by: Set(entry.said.by.clone()),
        signed_ms: Set(signed.map(|signed| ms(signed.mark.at))),
        signed_by: Set(signed.map(|signed| signed.mark.by.clone()).unwrap_or_default()),
        signed_means: Set(signed.map(|signed| signed.means.name().to_owned()).unwrap_or_default()),
        late: Set(signed.is_some_and(|signed| signed.is_late)),
    }
}

fn unknown(value: &str) -> StoreError {
    StoreError::Value { what: READ, value: value.to_owned() }
}

fn id<I: std::str::FromStr>(text: &str) -> Result<I, StoreError> {
    text.parse().map_err(|_| unknown(text))
}

impl From<terms::Model> for Terms {
    fn from(row: terms::Model) -> Self {
        let span = |seconds: i64| Duration::from_secs(seconds.unsigned_abs());
        Self {
            answer_before: row.answer_before_s.map(span),
            opens_before: span(row.opens_before_s),
            closes_after: span(row.closes_after_s),
        }
    }
}

impl TryFrom<invitation::Model> for Invitation {
    type Error = StoreError;

    fn try_from(row: invitation::Model) -> Result<Self, StoreError> {
        let told = match row.told_starts_ms {
            None => None,
            Some(at) => Some(Told { starts: moment(at), venue: row.told_venue_id.as_deref().map(id).transpose()? }),
        };
        let read = row.read_ms.map(|at| Mark { at: moment(at), by: row.read_by });
        let confirmed = row.confirmed_ms.map(|at| Mark { at: moment(at), by: row.confirmed_by });
        let receipt = match (read, confirmed, told) {
            (None, None, _) => Receipt::Notified,
            (read, Some(confirmed), Some(told)) => Receipt::Confirmed { read, confirmed, told },
            (Some(read), None, Some(told)) => Receipt::Read { read, told },
            (_, _, None) => return Err(unknown("told_starts_ms")),
        };
        Ok(Self {
            unit: id(&row.org_unit_id)?,
            venue: row.venue_id.as_deref().map(id).transpose()?,
            invited: Mark { at: moment(row.invited_ms), by: row.invited_by },
            receipt,
        })
    }
}

impl TryFrom<Model> for Entry {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let answer = match row.answer.as_str() {
            "expected" => Answer::Expected,
            "confirmed" => Answer::Confirmed,
            "leave" => Answer::Leave { reason: row.reason, approver: row.approver },
            "stand_in" => Answer::StandIn { name: row.stand_in, approver: row.approver },
            "absent" => Answer::Absent,
            other => return Err(unknown(other)),
        };
        let signed = match row.signed_ms {
            None => None,
            Some(at) => Some(SignIn {
                mark: Mark { at: moment(at), by: row.signed_by },
                means: Means::named(&row.signed_means).ok_or_else(|| unknown(&row.signed_means))?,
                is_late: row.late,
            }),
        };
        Ok(Self {
            id: id(&row.id)?,
            unit: id(&row.org_unit_id)?,
            number: u32::try_from(row.number).map_err(|_| unknown("number"))?,
            person: Person { name: row.name, position: row.position },
            named: if row.summoned { By::Keeper } else { By::Unit },
            answer,
            said: Mark { at: moment(row.said_ms), by: row.said_by },
            signed,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{attendance::figures, search::Within},
        store::{meeting::tests::demo, org_unit::tests::stored},
    };

    fn mark(at: i64) -> Mark {
        Mark { at: moment(at), by: "李伟".to_owned() }
    }

    fn invitation(unit: &OrgUnitId) -> Invitation {
        Invitation { unit: unit.clone(), venue: None, invited: mark(1), receipt: Receipt::Notified }
    }

    fn entry(id: &str, unit: &OrgUnitId, number: u32, name: &str) -> Entry {
        Entry {
            id: id.parse().unwrap(),
            unit: unit.clone(),
            number,
            person: Person { name: name.to_owned(), position: "局长".to_owned() },
            named: By::Keeper,
            answer: Answer::Expected,
            said: mark(2),
            signed: None,
        }
    }

    #[tokio::test]
    async fn a_list_comes_back_as_it_is_in_administrative_order() {
        let store = Store::in_memory().await.unwrap();
        let meeting = demo();
        store.save_meeting(&meeting).await.unwrap();
        let id = &meeting.id;
        assert_eq!(store.attendance(id).await.unwrap(), Attendance::default());
        let (second, first) = (stored(&store, "县教育局", 20).await.id, stored(&store, "县水务局", 10).await.id);
        let invited = [invitation(&second), invitation(&first)];
        let people = [entry("a", &second, 1, "王芳"), entry("b", &second, 2, "赵军"), entry("c", &first, 3, "李伟")];
        store.invite(id, (&invited, &people), None, Numbers::Anew).await.unwrap();
        let list = store.attendance(id).await.unwrap();
        assert_eq!(list.invitations, [invitation(&first), invitation(&second)]);
        let numbers = |list: &Attendance| {
            list.entries.iter().map(|entry| (entry.id.to_string(), entry.number)).collect::<Vec<_>>()
        };
        assert_eq!(numbers(&list), [("c".to_owned(), 1), ("a".to_owned(), 2), ("b".to_owned(), 3)]);

        let told = Told { starts: moment(7_000), venue: Some("hall".parse().unwrap()) };
        let receipt = Receipt::Confirmed { read: Some(mark(3)), confirmed: mark(4), told };
        let confirmed = Invitation { venue: Some("hall".parse().unwrap()), receipt, ..invitation(&first) };
        store.save_invitation(id, &confirmed).await.unwrap();
        let signed = SignIn { mark: mark(9), means: Means::Number, is_late: true };
        let stand_in = Answer::StandIn { name: "周平".to_owned(), approver: "张建国".to_owned() };
        let came = Entry { answer: stand_in, said: mark(8), signed: Some(signed), ..list.entries[0].clone() };
        store.save_attendee_answer(id, &came).await.unwrap();
        let terms = Terms { answer_before: Some(Duration::from_secs(7200)), ..Terms::default() };
        store.save_attendance_terms(id, &Terms::default()).await.unwrap();
        store.save_attendance_terms(id, &terms).await.unwrap();
        let list = store.attendance(id).await.unwrap();
        assert_eq!((&list.terms, &list.invitations[0], &list.entries[0]), (&terms, &confirmed, &came));
        assert_eq!(store.attendees_count(id).await.unwrap(), 3);
        let hours = list.terms.hours(&meeting, meeting.starts);
        let counted = store.attendance_figures(id).await.unwrap();
        assert_eq!(counted, figures(&list.entries, &hours), "counted there as by the rule");
        assert_eq!((counted.due, counted.present, counted.late), (3, 1, 1));

        // What is on paper keeps its numbers.
        store.remove_attendee(id, &"a".parse().unwrap(), Numbers::Stand).await.unwrap();
        assert_eq!(numbers(&store.attendance(id).await.unwrap()), [("c".to_owned(), 1), ("b".to_owned(), 3)]);
        store.uninvite(id, &first, Numbers::Anew).await.unwrap();
        let left = store.attendance(id).await.unwrap();
        assert_eq!((left.invitations.len(), numbers(&left)), (1, vec![("b".to_owned(), 1)]));
    }

    #[tokio::test]
    async fn a_unit_is_shown_its_own_part_of_each_meeting_it_is_invited_to() {
        let store = Store::in_memory().await.unwrap();
        let (water, school) = (stored(&store, "县水务局", 10).await.id, stored(&store, "县教育局", 20).await.id);
        for (name, hours, both) in [("past", -200, true), ("soon", 2, true), ("other", 3, false), ("later", 9, true)] {
            let starts = moment(1_800_000_000_000 + hours * 3_600_000);
            let meeting =
                Meeting { id: name.parse().unwrap(), starts, ends: starts + Duration::from_secs(60), ..demo() };
            store.save_meeting(&meeting).await.unwrap();
            let mut invited = vec![invitation(&school)];
            invited.extend(both.then(|| invitation(&water)));
            let of = |unit: &OrgUnitId| entry(&format!("{name}{unit}"), unit, 1, "王芳");
            let mut people = vec![of(&school)];
            people.extend(both.then(|| of(&water)));
            store.invite(&meeting.id, (&invited, &people), None, Numbers::Anew).await.unwrap();
        }
        let after = moment(1_800_000_000_000 - 100 * 3_600_000);
        let shown = store.attendance_of_units(std::slice::from_ref(&water), after).await.unwrap();
        assert_eq!(shown.iter().map(|(meeting, _)| meeting.id.as_str()).collect::<Vec<_>>(), ["soon", "later"]);
        for (_, list) in &shown {
            assert!(list.invitations.iter().all(|invitation| invitation.unit == water) && list.invitations.len() == 1);
            assert!(list.entries.iter().all(|entry| entry.unit == water) && list.entries.len() == 1);
        }
        assert_eq!(store.attendance_of_units(&[], after).await.unwrap(), []);
    }

    #[tokio::test]
    async fn a_meeting_is_found_by_whoever_stands_on_its_list() {
        let store = Store::in_memory().await.unwrap();
        let meeting = demo();
        store.save_meeting(&meeting).await.unwrap();
        let water = stored(&store, "县水务局", 10).await.id;
        let count = async |word: &str| {
            let query = super::super::words::query(&[word.to_owned()], Within::Attendee).unwrap();
            let sql = "SELECT COUNT(*) FROM meeting_words WHERE meeting_words MATCH ?";
            let asked = Statement::from_sql_and_values(DbBackend::Sqlite, sql, [query.into()]);
            let row = store.db.query_one_raw(asked).await.unwrap().unwrap();
            row.try_get_by_index::<i64>(0).unwrap()
        };
        let people = [entry("a", &water, 1, "欧阳春")];
        store.invite(&meeting.id, (&[invitation(&water)], &people), Some(&[]), Numbers::Anew).await.unwrap();
        assert_eq!(count("欧阳").await, 1);
        store.save_meeting(&Meeting { title: "改名的会".to_owned(), ..meeting.clone() }).await.unwrap();
        assert_eq!(count("欧阳").await, 1, "it stays when the meeting changes");
        store.remove_attendee(&meeting.id, &"a".parse().unwrap(), Numbers::Anew).await.unwrap();
        assert_eq!(count("欧阳").await, 0);
    }

    #[tokio::test]
    async fn five_thousand_people_of_five_hundred_units_are_one_list() {
        let store = Store::in_memory().await.unwrap();
        let meeting = demo();
        store.save_meeting(&meeting).await.unwrap();
        let mut units = Vec::new();
        for rank in 0..500 {
            units.push(stored(&store, &format!("单位{rank}"), rank).await.id);
        }
        let invited: Vec<_> = units.iter().rev().map(invitation).collect();
        let people: Vec<_> = (1..=5000).map(|n| entry(&format!("a{n}"), &units[n as usize % 500], n, "王芳")).collect();
        store.invite(&meeting.id, (&invited, &people), None, Numbers::Anew).await.unwrap();
        let list = store.attendance(&meeting.id).await.unwrap();
        assert_eq!((list.invitations.len(), list.entries.len()), (500, 5000));
        assert_eq!(
            (&list.invitations[0].unit, &list.entries[0].unit, list.next_number()),
            (&units[0], &units[0], 5001)
        );
    }
}
