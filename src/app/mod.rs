//! Use cases: authorise, load, decide, store, command. The only place that knows both meetings and rooms.
//!
//! [`App`] is one value shared by all of HTTP. Its state in memory is what runs now: which meeting has which room, which
//! session is whose. What must outlive a restart is in the store, written before it takes effect.

mod accounts;
mod arrangements;
mod attendance;
mod book;
mod book_export;
mod book_key;
mod catalogue;
mod certificates;
mod changes;
mod console;
mod devices;
mod door;
mod finalising;
mod importing;
mod joint_slots;
mod joint_tests;
mod legs;
mod library;
mod materials;
mod meetings;
mod mirroring;
mod news;
mod opening;
mod org_units;
mod papers;
mod participants;
mod password;
mod pen;
mod planning;
mod profiles;
mod recordings;
mod retention;
mod roll_calls;
mod scheduling;
mod seats;
mod second_factor;
mod secret;
mod self_check;
mod series;
mod sessions;
mod settings_seen;
mod sign_offs;
mod status;
mod steering;
mod syslog;
mod table_file;
pub mod token;
mod tokens;
mod verifying;

pub use crate::store::{After, AuditEntry, AuditQuery, UnitUse};
pub use accounts::{
    AccountChanges, AccountFault, AccountView, ExceptionView, FIRST_LOGIN, HandedOver, Office, OfflineAccounts, Owner,
    PasswordFault, PostTaker, first_administrator,
};
pub use arrangements::{ArrangementFault, ArrangementView, Signing};
pub use attendance::{AttendanceFault, AttendanceView, AttendeeChange, Hand, NoticeView, Whom};
pub use book::{Book, BookFault, Unwritten};
pub use book_export::{BookExport, ExportProblem, check_export};
pub use book_key::{BookKey, BookKeyError, PublicKey};
pub use catalogue::CatalogueFault;
pub use certificates::NewCertificate;
pub use changes::Changes;
pub use console::{Key, OwnConsole, PinFault, UnlockFault};
pub use devices::{DeviceFault, DeviceMade, Paired};
pub use door::{
    Credential, DoorFault, DoorSettings, Elsewhere, InUse, Known, KnownLogin, LoginFault, NewLogin, Now, OwnLogin,
};
pub use finalising::{Contents, FileOf, Finalisers, NotMade, PieceOf, Pieces, RecordingDetail, RecordingFault};
pub use importing::{Import, ImportFault, ImportLine, ImportResult, Table};
pub use joint_tests::{JointTestFault, JointTestView, ReadinessView, TrialFault};
pub use legs::{LegChange, LegFault, LegSetting};
pub use library::{Download, LibraryFault, PROGRAMME};
pub use materials::{MaterialFault, MaterialsSettings, MaterialsView};
pub use meetings::{DEMO_MEETING, DEMO_PROVINCE, MeetingFault, Restored, demo_meeting_id, demo_province};
pub use mirroring::{MirrorTrouble, Mirroring};
pub use news::{RoomNews, SessionNews};
pub use opening::{Hindrance, Unopened};
pub use org_units::{UnitChange, UnitFault, UnitsView, WishText};
pub use papers::{Paper, PaperFault, SPAN_MAX};
pub use participants::{Microphone, ParticipantKind, ParticipantView};
pub use pen::{DelegationFault, PenView, PensView};
pub use planning::{CallCounted, Counted, MeetingChange, VenueFault, VenueNow};
pub use profiles::{ProfileChange, ProfileFault};
pub use recordings::{RecorderState, RecorderView, Recorders, RecordingView, RecordingsPage, Trying, WhatIsKept};
pub use roll_calls::RollCallsView;
pub use scheduling::{Choices, Looked, NamedClash};
pub use seats::SeatFault;
pub use second_factor::{Enrolment, OwnSecondFactor, Picture, SecondFactorFault, SecondStep, StepTaken};
pub use secret::Secret;
pub use self_check::SelfCheckFault;
pub use series::{Scope, SeriesConsent, SeriesLooked, SeriesTurn};
pub use sessions::{JoinFault, Joined, Joiner, Kind, Purpose, Restarted, Session, SessionFault};
pub use sign_offs::{SignOffFault, SignOffView, SignOffsPage, Verdict};
pub use status::{LegState, LegView, Links, MeetingView, PipelineView, Snapshot, WorkerView};
pub use syslog::{LogHost, log_host_tls};
pub use table_file::{CELL_CHARS_MAX, COLUMNS_MAX, FILE_BYTES_MAX, FileFault, ROWS_MAX, TableFormat};
pub use tokens::{HolderFault, NewToken, TokenView, TokensFault, make as make_token};
pub use verifying::{BookUnread, BookVerdict, verify_book};

use crate::{
    domain::{leg::Leg, lockout::Lockout},
    id::{MeetingId, PlayId, RoomId, SessionId},
    relay::io::handle::RelayHandle,
    store::Store,
};
use password::Passwords;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard},
    time::{Instant, SystemTime},
};
use token::TokenKey;
use tokio::sync::watch;

/// Everything the use cases need.
pub struct App {
    relay: RelayHandle,
    store: Store,
    tokens: TokenKey,
    links: Arc<dyn Links>,
    recorders: Arc<dyn Recorders>,
    finalisers: Arc<dyn Finalisers>,
    /// Told when the files of another recording are due.
    files_due: tokio::sync::Notify,
    settings: Settings,
    book: Book,
    passwords: Passwords,
    lockout: Mutex<Lockout>,
    /// What became different.
    changes: Changes,
    /// Counts what was revoked.
    revocations: watch::Sender<u64>,
    state: Mutex<State>,
    /// Held during an act that changes meetings or venues, so that such acts follow one another. Never taken inside `state`.
    steering: tokio::sync::Mutex<()>,
    /// Held during an act on accounts, recordings or sign-offs, so that such acts follow one another, and never keep those
    /// waiting who steer a meeting.
    desk: tokio::sync::Mutex<()>,
    /// Held while a part of a recording is cut: one at a time.
    cutting: tokio::sync::Mutex<()>,
    /// Makes papers.
    press: papers::Press,
    /// Held while a material is looked at or copied: one at a time.
    copying: tokio::sync::Mutex<()>,
}

/// What is fixed while the program runs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether it runs with `--demo`.
    pub demo: bool,
    /// How long a meeting token is good at most, and a visit's.
    pub token_ttl: std::time::Duration,
    /// How long log-ins and passwords last.
    pub door: DoorSettings,
    /// When the program started.
    pub started: (SystemTime, Instant),
    /// Legs that are set up outside the panel, and cannot be changed there.
    pub legs: Vec<Leg>,
    /// Keeps the book's mirror and signs what leaves it.
    pub mirroring: Arc<Mirroring>,
    /// How long a record of the book is kept.
    pub book_kept: std::time::Duration,
    /// Where materials of meetings lie.
    pub materials: MaterialsSettings,
    /// Where the book's records are sent as well.
    pub log_host: Option<Arc<LogHost>>,
}

/// What runs now.
#[derive(Default)]
struct State {
    meetings: HashMap<MeetingId, meetings::OpenMeeting>,
    rooms: HashMap<RoomId, MeetingId>,
    sessions: HashMap<SessionId, Arc<Session>>,
    plays: HashMap<PlayId, Arc<library::Play>>,
    /// Microphones that roll calls opened: one a meeting at most.
    open_calls: HashMap<MeetingId, roll_calls::OpenCall>,
    /// Meetings that should have opened by themselves and could not yet.
    unopened: BTreeMap<MeetingId, Unopened>,
}

impl App {
    /// An application on this relay and store. Nothing is open yet: call [`reconcile`](Self::reconcile).
    #[must_use]
    pub fn new(
        relay: RelayHandle,
        store: Store,
        tokens: TokenKey,
        links: Arc<dyn Links>,
        keepers: (Arc<dyn Recorders>, Arc<dyn Finalisers>),
        settings: Settings,
    ) -> Self {
        let ((recorders, finalisers), files_due) = (keepers, tokio::sync::Notify::new());
        let book = Book::new(store.clone());
        let lockout = Mutex::new(Lockout::new(settings.door.lockout));
        let (passwords, state) = (Passwords::default(), Mutex::default());
        let (revocations, steering) = (watch::Sender::new(0), tokio::sync::Mutex::default());
        let (desk, cutting, press, copying) = Default::default();
        Self {
            relay,
            store,
            tokens,
            links,
            recorders,
            finalisers,
            files_due,
            settings,
            book,
            passwords,
            lockout,
            changes: Changes::default(),
            revocations,
            state,
            steering,
            desk,
            cutting,
            press,
            copying,
        }
    }

    /// Whether the program runs with `--demo`.
    #[must_use]
    pub fn is_demo(&self) -> bool {
        self.settings.demo
    }

    /// Failed log-ins; never held across an await.
    fn lockout(&self) -> MutexGuard<'_, Lockout> {
        self.lockout.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The state; never held across an await.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// A new unguessable id: 130 random bits as 26 letters and digits.
///
/// # Panics
/// If the operating system has no randomness, which no Linux that booted is without.
#[must_use]
pub fn new_id<I: std::str::FromStr>() -> I {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut random = [0; 26];
    getrandom::fill(&mut random).expect("a Linux that booted has randomness");
    let text: String = random.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect();
    text.parse().unwrap_or_else(|_| unreachable!("letters and digits are a valid id"))
}
