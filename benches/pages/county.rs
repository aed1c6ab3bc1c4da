//! A server in this process with a county's data of years, and somebody of each role who is logged in.

use reqwest::Client;
use std::{
    collections::HashMap,
    error::Error,
    net::{IpAddr, Ipv4Addr},
    path::Path,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tempfile::TempDir;
use yunling::{
    app::{Credential, Now, Owner},
    config::{Config, Network},
    domain::{
        access::{Actor, LoggedIn, Pen},
        account::Account,
        attendance::{Answer, By, Entry, Invitation, Mark, Person, Receipt},
        audit::{Closing, Opening, Says},
        meeting::{Arrangement, Kind, Meeting, MeetingState, PictureCodec, Plan},
        officer, opening,
        org_unit::OrgUnit,
        role::Role,
        venue::Venue,
    },
    serve::{self, Running, Seams},
    shutdown::Shutdown,
    store::{NewPassword, Numbers, Store},
};

const MEETINGS: u64 = 2000;
pub const VENUES: usize = 500;
const PEOPLE: usize = 5000;
const UNITS: usize = 100;

/// Entries of the book, of two records each.
const ENTRIES: u64 = 10_000;

/// That many are written at once.
const ENTRIES_AT_ONCE: u64 = 1000;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A venue's id by its number.
pub fn venue(number: usize) -> String {
    format!("venue{number:03}")
}

/// The server and whoever asks it.
pub struct County {
    pub client: Client,
    running: Running,
    shutdown: Shutdown,
    cookies: HashMap<Role, String>,
    _folder: TempDir,
}

impl County {
    pub async fn start() -> Result<Self, Box<dyn Error>> {
        drop(rustls::crypto::ring::default_provider().install_default());
        let folder = tempfile::tempdir()?;
        let local: IpAddr = Ipv4Addr::LOCALHOST.into();
        let mut config =
            Config { network: Network { metrics_subnets: Vec::new(), ..Network::default() }, ..Config::default() };
        (config.http.listen, config.media.listen) = (vec![local], vec![local]);
        (config.http.https_port, config.http.http_port) = (0, 0);
        (config.media.base_port, config.media.tcp_port, config.media.workers) = (0, 0, 1);
        config.data.folder = folder.path().join("data");
        std::fs::create_dir(&config.data.folder)?;
        fill(&config.data.folder.join("yunling.sqlite")).await?;
        let shutdown = Shutdown::new();
        let running = serve::start_with(&config, false, shutdown.clone(), Seams::default()).await?;
        let root = reqwest::Certificate::from_pem(&std::fs::read(&running.certs.ca_certificate)?)?;
        let client = Client::builder().tls_certs_only([root]).timeout(Duration::from_secs(60)).build()?;
        let mut county = Self { client, running, shutdown, cookies: HashMap::new(), _folder: folder };
        for role in [Role::Operator, Role::Clerk, Role::Liaison, Role::SecurityAdmin, Role::AuditAdmin] {
            let cookie = county.log_in(role, local).await?;
            county.cookies.insert(role, cookie);
        }
        Ok(county)
    }

    pub fn url(&self, path: &str) -> String {
        format!("https://127.0.0.1:{}{path}", self.running.https[0].port())
    }

    /// The cookie of somebody with this role.
    pub fn cookie(&self, role: Role) -> &str {
        &self.cookies[&role]
    }

    /// Ends the server.
    pub async fn end(self) {
        self.shutdown.begin();
        self.running.drain().await;
    }

    async fn log_in(&self, role: Role, here: IpAddr) -> Result<String, Box<dyn Error>> {
        let app = &self.running.app;
        let now = || Now { wall: SystemTime::now(), steady: Instant::now() };
        let office = [role].into_iter().collect::<yunling::domain::role::Roles>();
        let owner = Owner { name: "王秀兰", unit: None };
        let (_, secret) = app.add_account(&security_admin(), role.name(), owner, office.into(), now()).await?;
        let one_time = secret.reveal().to_owned();
        let made = app.log_in(role.name(), one_time.clone().into(), None, here, now()).await;
        let Ok(made) = made else { return Err(format!("{} can't log in", role.name()).into()) };
        let cookie = made.cookie.reveal().to_owned();
        let known = app.by_login(&cookie, SystemTime::now()).await?.ok_or("nobody has that cookie")?;
        let Credential::Login(mine) = &known.credential else { return Err("a cookie is no log-in".into()) };
        app.change_password(&known.actor, mine, one_time.into(), "Fangxun-2026".to_owned().into(), here, now()).await?;
        Ok(format!("__Host-yunling={cookie}"))
    }
}

fn security_admin() -> Actor {
    Actor::User(LoggedIn {
        account: "bench".parse().expect("a letter word is an id"),
        participant: "u-bench".parse().expect("a letter word is an id"),
        roles: [Role::SecurityAdmin].into_iter().collect(),
        must_change_password: false,
        must_enrol: false,
        pen: Pen::NotTheirs,
    })
}

/// Makes a database that has been in use for years.
async fn fill(file: &Path) -> Result<(), Box<dyn Error>> {
    let store = Store::open(file).await?;
    for number in 0..VENUES {
        let name = format!("第{number}会场");
        store.save_venue(&Venue { id: venue(number).parse()?, name, rank: u32::try_from(number)? }).await?;
    }
    let unit = |number: usize| -> Result<OrgUnit, Box<dyn Error>> {
        let id = format!("unit{number:03}").parse()?;
        let (name, rank) = (format!("县直第{number}单位"), u32::try_from(number)?);
        Ok(OrgUnit { id, name, rank, own: number == 0, liaisons: Vec::new(), closed: None, signs_arrangements: false })
    };
    let units = (0..UNITS).map(unit).collect::<Result<Vec<_>, _>>()?;
    store.save_org_units(&units).await?;
    for number in 0..PEOPLE {
        let role = match number % 50 {
            0 => Role::Operator,
            1 => Role::Clerk,
            2 | 3 => Role::Liaison,
            _ => Role::Leader,
        };
        let unit = &units[number % UNITS];
        let account = Account {
            id: format!("person{number:04}").parse()?,
            login: format!("person{number:04}").parse()?,
            name: format!("张建国{number}"),
            org_unit: Some(unit.id.clone()),
            unit: unit.name.clone(),
            roles: if number < 500 { [role].into_iter().collect() } else { [].into_iter().collect() },
            enabled: true,
            must_change: true,
            password_set: UNIX_EPOCH,
            last_login: None,
        };
        let password = NewPassword { hash: String::new(), set: UNIX_EPOCH, must_change: true };
        store.add_account(&account, password, &officer::Change::Stays).await?;
    }
    store.save_meetings(&meetings()?).await?;
    invite_everybody(&store, &units).await?;
    let text = str::to_owned;
    for _ in 0..ENTRIES / ENTRIES_AT_ONCE {
        let opening =
            || Opening { actor: text("wang"), address: text("::1"), action: text("meeting.open"), subject: text("") };
        let opened = (0..ENTRIES_AT_ONCE).map(|_| Says::Opened(opening())).collect();
        let closed = store.add_to_book(opened).await?.into_iter();
        let closed =
            closed.map(|entry| Says::Closed(Closing { entry, subject: text("meeting:x"), result: text("ok") }));
        store.add_to_book(closed.collect()).await?;
    }
    store.close().await?;
    Ok(())
}

/// The meeting everybody is invited to, some days from now.
pub const ASSEMBLY: &str = "meeting1010";

/// Everybody of every unit stands on one list.
async fn invite_everybody(store: &Store, units: &[OrgUnit]) -> Result<(), Box<dyn Error>> {
    let mark = || Mark { at: UNIX_EPOCH, by: "王秀兰".to_owned() };
    let invited =
        |unit: &OrgUnit| Invitation { unit: unit.id.clone(), venue: None, invited: mark(), receipt: Receipt::Notified };
    let invitations: Vec<_> = units.iter().map(invited).collect();
    let mut entries = Vec::new();
    for number in 0..PEOPLE {
        entries.push(Entry {
            id: format!("attendee{number:04}").parse()?,
            unit: units[number % UNITS].id.clone(),
            number: u32::try_from(number)? + 1,
            person: Person { name: format!("张建国{number}"), position: "副局长".to_owned() },
            named: By::Unit,
            answer: Answer::Confirmed,
            said: mark(),
            signed: None,
        });
    }
    store.invite(&ASSEMBLY.parse()?, (&invitations, &entries), None, Numbers::Anew).await?;
    Ok(())
}

/// Three years of meetings, half of them planned: some forty venues in each, and in one of twenty all of them.
fn meetings() -> Result<Vec<Meeting>, Box<dyn Error>> {
    let first = SystemTime::now() - DAY * 500;
    let mut meetings = Vec::new();
    for number in 0..MEETINGS {
        let starts = first + DAY * u32::try_from(number / 2)? + HOUR * if number % 2 == 0 { 1 } else { 6 };
        let venues =
            if number % 20 == 0 { 0..VENUES } else { (number as usize * 7) % 460..(number as usize * 7) % 460 + 40 };
        let person = |number: u64| format!("person{:04}", number % 500).parse();
        let plan = Plan {
            title: format!("全县第{number}次重点工作调度视频会议"),
            starts,
            ends: starts + HOUR * 2,
            kind: if number % 3 == 0 { Kind::Upper } else { Kind::Own },
            codec: PictureCodec::H264,
            venues: venues.map(|number| venue(number).parse()).collect::<Result<_, _>>()?,
            arrangement: Arrangement {
                operator: Some(person(number * 50)?),
                leaders: vec![person(number * 50 + 4)?],
                line: None,
            },
            opening: opening::Opening::default(),
        };
        let state = if starts + HOUR * 2 > SystemTime::now() { MeetingState::Planned } else { MeetingState::Closed };
        meetings.push(Meeting { state, ..Meeting::planned(format!("meeting{number:04}").parse()?, plan) });
    }
    Ok(meetings)
}
