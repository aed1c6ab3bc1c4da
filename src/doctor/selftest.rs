//! Sends a made-up picture and sound through a relay, looks at them on the other side, and measures.
//!
//! The main function is [`run`]. Both sides are [`Light`] clients in this process, so one clock times the way of a packet;
//! the way itself is whole: HTTPS, WHIP, WHEP, ICE, DTLS, SRTP, the kernel's sockets and a media worker.

#![expect(clippy::disallowed_methods, reason = "a shell: it reads clocks")]

use super::facts::Measured;
use crate::{
    app::{
        self, MeetingFault, NewToken,
        token::{TokenKey, TokenKeyError},
    },
    bot::{
        self, BotError,
        crowd::{Crowd, Member, News},
        light::{Light, LightError},
        programme::{FRAME_INTERVAL, Pace},
        signalling::{self, Session, SignallingError},
    },
    config::Config,
    domain::{
        access::{Actor, LoggedIn, Pen, TokenRole},
        meeting::{Arrangement, Kind, Meeting, PictureCodec, Plan},
        opening::Opening,
        role::Role,
    },
    id::{InvalidId, MeetingId},
    relay::{media::Codec, transport::dtls::Certificate},
    serve::{self, Running, ServeError},
    shutdown::Shutdown,
    store::{DataFolder, Store, StoreError},
};
use std::{
    fs, io,
    net::Ipv4Addr,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

/// Longest wait for a connection, and for the first picture.
const WAIT_LIMIT: Duration = Duration::from_secs(15);

/// Longest turn of the clients before the time is looked at.
const TURN: Duration = Duration::from_millis(20);

/// Lines for pictures: our own picture gets one of them unless more than so many venues take part.
const PICTURE_LINES: usize = 16;

/// How long the test's own tokens are good.
const TOKEN_TTL: Duration = Duration::from_secs(300);

/// Which relay it goes through.
#[derive(Debug)]
pub enum Through {
    /// A server of its own, which lives as long as the test.
    Temporary,
    /// One that runs.
    Running {
        /// As in `https://10.20.0.5:8443`.
        server: String,
        /// A meeting that is on air there.
        meeting: MeetingId,
        /// Who sends and who looks.
        tokens: Tokens,
        /// The site's root certificate.
        ca: Option<PathBuf>,
    },
}

/// The tokens of both sides. They are two, since a viewer is not shown its own picture.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// A publisher's.
    pub sends: String,
    /// A viewer's.
    pub looks: String,
}

/// Why the test did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum SelftestError {
    /// No folder for the temporary server.
    #[error("cannot make a temporary folder")]
    Folder(#[source] io::Error),
    /// The temporary server does not start.
    #[error("the temporary server does not start")]
    Serve(#[source] ServeError),
    /// It can't open a meeting.
    #[error("the temporary server opens no meeting")]
    Meeting(#[source] MeetingFault),
    /// The data folder is not the running server's.
    #[error(
        "no token.secret in {folder} to sign tokens with; name the server's settings with --config, or give two tokens"
    )]
    NoSecret {
        /// Which folder.
        folder: PathBuf,
    },
    /// No tokens.
    #[error("cannot sign tokens")]
    Tokens(#[source] TokenKeyError),
    /// They can't be stored.
    #[error("cannot store that tokens were made")]
    Stored(#[source] StoreError),
    /// The meeting's name is none.
    #[error("cannot name the meeting")]
    Id(#[source] InvalidId),
    /// HTTPS, WHIP or WHEP.
    #[error(transparent)]
    Signalling(#[from] SignallingError),
    /// No way to the server.
    #[error("cannot find a way to the server")]
    Route(#[source] BotError),
    /// The answer can't be used.
    #[error("the answer can't be used")]
    Answer(#[source] LightError),
    /// Sockets, or the certificate of DTLS.
    #[error("cannot make the clients")]
    Clients(#[source] io::Error),
    /// DTLS has no certificate.
    #[error("cannot make a certificate for DTLS: {0}")]
    Certificate(String),
    /// A client lost its connection.
    #[error("the connection ended: {0}")]
    Ended(String),
    /// It took too long.
    #[error("{0} within {limit} s", limit = WAIT_LIMIT.as_secs())]
    Late(&'static str),
}

/// Runs the test and measures for so long. Blocks its thread between requests.
///
/// # Errors
///
/// If no picture can be sent and seen; a bad picture is no error but figures.
pub async fn run(through: &Through, span: Duration) -> Result<Measured, SelftestError> {
    match through {
        Through::Running { server, meeting, tokens, ca } => {
            let course = Course { server, meeting: meeting.as_str(), tokens, ca: ca.as_ref() };
            course.run(span).await
        }
        Through::Temporary => {
            let scratch = Scratch::make().map_err(SelftestError::Folder)?;
            let config = temporary(&scratch.0);
            let running = serve::start(&config, false, Shutdown::new()).await.map_err(SelftestError::Serve)?;
            let measured = through_own(&running, &scratch.0, span).await;
            running.drain().await;
            measured
        }
    }
}

/// Tokens for both sides, made with the secret of a server's data folder.
///
/// # Errors
///
/// If there is none, or it can't be read.
pub async fn tokens(folder: &Path, meeting: &MeetingId) -> Result<Tokens, SelftestError> {
    if !folder.join("token.secret").exists() {
        return Err(SelftestError::NoSecret { folder: folder.to_owned() });
    }
    let data = DataFolder::open(folder).map_err(|error| SelftestError::Folder(io::Error::other(error)))?;
    let key = TokenKey::load_or_make(&data.token_secret()).map_err(SelftestError::Tokens)?;
    // A running server has it open too: both may write.
    let store = Store::open(&data.database()).await.map_err(SelftestError::Stored)?;
    let make = async |role| {
        let (meeting, made_by) = (meeting.clone(), "yunling doctor".to_owned());
        let new = NewToken { meeting, role, ttl: TOKEN_TTL, name: "自检", made_by };
        app::make_token(&store, &key, new, SystemTime::now()).await.map(|(_, token)| token)
    };
    let made = async { Ok(Tokens { sends: make(TokenRole::Publisher).await?, looks: make(TokenRole::Viewer).await? }) };
    let made = made.await.map_err(SelftestError::Stored)?;
    store.close().await.map_err(SelftestError::Stored)?;
    Ok(made)
}

/// Settings of a server that only this machine reaches, on free ports.
fn temporary(folder: &Path) -> Config {
    let mut config = Config::default();
    config.http.listen = vec![Ipv4Addr::LOCALHOST.into()];
    (config.http.https_port, config.http.http_port) = (0, 0);
    config.media.listen = config.http.listen.clone();
    (config.media.base_port, config.media.tcp_port, config.media.workers) = (0, 0, 1);
    config.data.folder = folder.join("data");
    config
}

async fn through_own(running: &Running, folder: &Path, span: Duration) -> Result<Measured, SelftestError> {
    let id: MeetingId = "doctor".parse().map_err(SelftestError::Id)?;
    let now = SystemTime::now();
    let plan = Plan {
        title: "自检".to_owned(),
        starts: now,
        ends: now + Duration::from_secs(3600),
        kind: Kind::Own,
        codec: PictureCodec::H264,
        venues: Vec::new(),
        arrangement: Arrangement::default(),
        opening: Opening::of(Kind::Own),
    };
    let meeting = Meeting::planned(id.clone(), plan);
    running.app.keep_meeting(&meeting).await.map_err(SelftestError::Meeting)?;
    running.app.open_meeting(&itself()?, &id).await.map_err(SelftestError::Meeting)?;
    let port = running.https.first().map_or(0, |address| address.port());
    let server = format!("https://127.0.0.1:{port}");
    let tokens = tokens(&folder.join("data"), &id).await?;
    let ca = Some(&running.certs.ca_certificate);
    Course { server: &server, meeting: id.as_str(), tokens: &tokens, ca }.run(span).await
}

/// Who opens the meeting: the server is the self-test's own and has no accounts but its first.
fn itself() -> Result<Actor, SelftestError> {
    Ok(Actor::User(LoggedIn {
        account: "doctor".parse().map_err(SelftestError::Id)?,
        participant: "u-doctor".parse().map_err(SelftestError::Id)?,
        roles: [Role::Operator].into_iter().collect(),
        must_change_password: false,
        must_enrol: false,
        pen: Pen::NotTheirs,
    }))
}

/// A folder of the temporary server; removed when dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn make() -> io::Result<Self> {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        let path = std::env::temp_dir().join(format!("yunling-doctor-{:016x}", u64::from_ne_bytes(bytes)));
        // Fails if something is there already: nobody can put a folder of theirs in our way.
        fs::DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What can't be removed now is the system's to remove.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// One run of the test.
struct Course<'a> {
    server: &'a str,
    meeting: &'a str,
    tokens: &'a Tokens,
    ca: Option<&'a PathBuf>,
}

/// Both clients: members of one crowd, so that one thread does for both.
struct Pair {
    crowd: Crowd,
    sessions: Vec<Session>,
    connected: [bool; 2],
}

const SENDS: Member = 0;
const LOOKS: Member = 1;

impl Course<'_> {
    async fn run(&self, span: Duration) -> Result<Measured, SelftestError> {
        let certificate =
            Arc::new(Certificate::generate().map_err(|error| SelftestError::Certificate(error.to_string()))?);
        let epoch = Instant::now();
        let seed = u64::from(std::process::id());
        let codec = self.codec().await?;
        let mut pair =
            Pair { crowd: Crowd::new().map_err(SelftestError::Clients)?, sessions: Vec::new(), connected: [false; 2] };
        let sender = Light::publisher(&certificate, codec, Pace::Spread, epoch, seed);
        self.join(&mut pair, "whip", &self.tokens.sends, sender).await?;
        pair.turn_until("the sender did not connect", |pair| pair.connected[SENDS])?;
        let asked = Instant::now();
        let viewer = Light::viewer(&certificate, (PICTURE_LINES, 1), &[codec], epoch, seed + 1).opening_all();
        self.join(&mut pair, "whep", &self.tokens.looks, viewer).await?;
        let measured = pair.measure(asked, span);
        for session in std::mem::take(&mut pair.sessions) {
            session.close().await;
        }
        measured
    }

    /// The meeting's picture codec, as the server tells it.
    async fn codec(&self) -> Result<Codec, SelftestError> {
        let url = format!("{}/api/meetings/{}", self.server, self.meeting);
        let told = signalling::get_json(self.ca, &url, &self.tokens.looks).await?;
        Ok(if told["codec"] == "vp8" { Codec::Vp8 } else { Codec::H264 })
    }

    async fn join(&self, pair: &mut Pair, path: &str, token: &str, light: Light) -> Result<(), SelftestError> {
        let client = signalling::client(self.ca)?;
        let url = format!("{}/{path}/{}", self.server, self.meeting);
        let offer = light.offer().to_owned();
        let (session, answer) = Session::open(client, &url, Some(token.to_owned()), offer).await?;
        pair.sessions.push(session);
        let local = bot::local_towards(&url).await.map_err(SelftestError::Route)?;
        let member = pair.crowd.add(light, local).map_err(SelftestError::Clients)?;
        pair.crowd.accept(member, &answer).map_err(SelftestError::Answer)
    }
}

impl Pair {
    /// Serves both clients until `done`.
    fn turn_until(&mut self, late: &'static str, mut done: impl FnMut(&mut Self) -> bool) -> Result<(), SelftestError> {
        let deadline = Instant::now() + WAIT_LIMIT;
        while !done(self) {
            if Instant::now() >= deadline {
                return Err(SelftestError::Late(late));
            }
            self.turn()?;
        }
        Ok(())
    }

    fn turn(&mut self) -> Result<(), SelftestError> {
        for news in self.crowd.turn(TURN).map_err(SelftestError::Clients)? {
            match news {
                News::Connected(member) => self.connected[member] = true,
                News::Failed(_, why) => return Err(SelftestError::Ended(why)),
            }
        }
        Ok(())
    }

    fn measure(&mut self, asked: Instant, span: Duration) -> Result<Measured, SelftestError> {
        let mut first = None;
        self.turn_until("no picture came", |pair| {
            first = pair.crowd.light(LOOKS).tally().first_picture;
            first.is_some()
        })?;
        let first_picture = first.map_or(WAIT_LIMIT, |first| first.saturating_duration_since(asked));
        // What came while the connection was new counts for the first picture only.
        let _ = self.crowd.light(LOOKS).tally().take();
        let began = Instant::now();
        while began.elapsed() < span {
            self.turn()?;
        }
        let expected = (began.elapsed().as_nanos() / FRAME_INTERVAL.as_nanos()) as u64;
        let tally = self.crowd.light(LOOKS).tally().take();
        Ok(Measured {
            first_picture,
            pictures: tally.pictures,
            expected,
            packets: tally.datagrams,
            lost: tally.lost,
            delay_p50: tally.delay(0.5).unwrap_or(WAIT_LIMIT),
            delay_p99: tally.delay(0.99).unwrap_or(WAIT_LIMIT),
        })
    }
}
