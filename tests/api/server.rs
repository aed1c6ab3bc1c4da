//! A whole server inside the test's process, and a client that trusts its CA.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
#![expect(clippy::disallowed_methods, reason = "it asks the use cases with the time of now, as the pages do")]

use reqwest::{Client, Method, RequestBuilder, Response};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use std::{
    sync::{Arc, Once},
    time::{Duration, SystemTime},
};
use tempfile::TempDir;
use tokio_tungstenite::{
    Connector, MaybeTlsStream, WebSocketStream, client_async_tls_with_config,
    tungstenite::{self, client::IntoClientRequest},
};
use yunling::{
    app::{Credential, NewToken, Now, make_token, token::TokenKey},
    config::{Audit, Config, Door, Network, RoleNames},
    domain::{
        access::{Actor, DeviceKind, LoggedIn, Pen, TokenRole},
        meeting::{Arrangement, Kind, Meeting, MeetingState, PictureCodec, Plan},
        opening::Opening,
        pen::PenOf,
        role::{Role, Roles},
        venue::Venue,
    },
    http::wire::Problem,
    id::ParticipantId,
    relay::figures::PeerKind,
    serve::{self, Running, Seams},
    shutdown::Shutdown,
    store::Store,
};

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>;

pub(crate) const WHIP_OFFER: &str = include_str!("../fixtures/sdp/chromium-156-whip.sdp");
pub(crate) const WHEP_OFFER: &str = include_str!("../fixtures/sdp/chromium-156-whep.sdp");

/// A server and what it takes to talk to it. Its data is gone when this is dropped.
pub(crate) struct Server {
    pub(crate) running: Running,
    pub(crate) client: Client,
    shutdown: Shutdown,
    folder: TempDir,
}

impl Server {
    /// With `--demo`: everybody here is a visitor.
    pub(crate) async fn demo() -> Self {
        Self::start(true).await
    }

    /// Without: as after the first start.
    pub(crate) async fn bare() -> Self {
        Self::start(false).await
    }

    /// One whose meetings open by themselves by this clock.
    pub(crate) async fn with_wall(wall: Arc<dyn Fn() -> SystemTime + Send + Sync>) -> Self {
        let seams = Seams { wall, ..Seams::default() };
        Self::start_in(TempDir::new().unwrap(), false, seams).await
    }

    /// Without: a token is needed, and a meeting `council` is on air.
    pub(crate) async fn strict() -> Self {
        let server = Self::start(false).await;
        server.open_council().await;
        server
    }

    /// A demonstration with some of its parts replaced.
    pub(crate) async fn demo_with(seams: Seams) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), true, seams).await
    }

    async fn start(demo: bool) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), demo, Seams::default()).await
    }

    /// Ends it and starts another one on its data.
    pub(crate) async fn again(self) -> Self {
        self.shutdown.begin();
        self.running.drain().await;
        Self::start_in(self.folder, false, Seams::default()).await
    }

    /// A demonstration on the data of one that has ended.
    pub(crate) async fn on(folder: TempDir) -> Self {
        Self::start_in(folder, true, Seams::default()).await
    }

    async fn start_in(folder: TempDir, demo: bool, seams: Seams) -> Self {
        let network = Network { metrics_subnets: Vec::new(), ..Network::default() };
        Self::start_with(folder, demo, seams, Config { network, ..Config::default() }).await
    }

    /// A demonstration with a log host.
    pub(crate) async fn with_log_host(audit: Audit) -> Self {
        let base = Config { audit, ..Config::default() };
        Self::start_with(tempfile::tempdir().unwrap(), true, Seams::default(), base).await
    }

    /// One with these settings, on the data of one that has ended or on none.
    pub(crate) async fn with_config(folder: TempDir, base: Config) -> Self {
        Self::start_with(folder, false, Seams::default(), base).await
    }

    /// One where these roles need a second factor.
    pub(crate) async fn with_second_factor_for(roles: &[Role]) -> Self {
        let second_factor = RoleNames(roles.iter().copied().collect());
        Self::with_door(Door { second_factor, ..Door::default() }).await
    }

    /// One with other settings of log-ins.
    pub(crate) async fn with_door(door: Door) -> Self {
        let base = Config { door, ..Config::default() };
        Self::start_with(tempfile::tempdir().unwrap(), false, Seams::default(), base).await
    }

    /// One whose figures may be read from these networks without a log-in; by the other servers here from none.
    pub(crate) async fn with_metrics_for(subnets: &[&str]) -> Self {
        let metrics_subnets = subnets.iter().map(|subnet| subnet.parse().unwrap()).collect();
        let network = Network { metrics_subnets, ..Network::default() };
        let base = Config { network, ..Config::default() };
        Self::start_with(tempfile::tempdir().unwrap(), false, Seams::default(), base).await
    }

    async fn start_with(folder: TempDir, demo: bool, seams: Seams, base: Config) -> Self {
        static CRYPTO: Once = Once::new();
        // Refused only if another test was first, with the same provider.
        crate::logs::capture();
        CRYPTO.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
        let mut config = base;
        config.http.listen = vec!["127.0.0.1".parse().unwrap()];
        config.http.https_port = 0;
        config.http.http_port = 0;
        config.media.listen = config.http.listen.clone();
        (config.media.base_port, config.media.tcp_port) = (0, 0);
        config.media.workers = 1;
        config.data.folder = folder.path().join("data");
        let shutdown = Shutdown::new();
        let running = serve::start_with(&config, demo, shutdown.clone(), seams).await.expect("starts");
        let root = std::fs::read(&running.certs.ca_certificate).unwrap();
        let client = Client::builder()
            .tls_certs_only([reqwest::Certificate::from_pem(&root).unwrap()])
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(30))
            .build()
            .unwrap();
        Self { running, client, shutdown, folder }
    }

    /// The meeting `council`, on air.
    pub(crate) async fn open_council(&self) {
        self.plan("council", MeetingState::Planned).await;
        let id = "council".parse().unwrap();
        self.running.app.open_meeting(&operator(), &id).await.expect("opens");
    }

    pub(crate) async fn plan(&self, id: &str, state: MeetingState) {
        let id = id.parse().unwrap();
        let meeting = Meeting { state, ..Meeting::planned(id, council()) };
        self.running.app.keep_meeting(&meeting).await.expect("stored");
    }

    /// Somebody with these roles who is logged in, as a cookie. Made through the use cases, without the pages' delay.
    pub(crate) async fn person(&self, login: &str, roles: &[Role]) -> String {
        let (cookie, one_time) = self.newcomer(login, roles).await;
        let app = &self.running.app;
        let known = app.by_login(cookie.split('=').nth(1).unwrap(), now().wall).await.unwrap().expect("logged in");
        let Credential::Login(mine) = &known.credential else { panic!("a log-in") };
        let (old, new) = (one_time.into(), PASSWORD.to_owned().into());
        app.change_password(&known.actor, mine, old, new, here(), now()).await.expect("changed");
        cookie
    }

    /// The same person once more: a further log-in of [`person`](Self::person)'s.
    pub(crate) async fn once_more(&self, login: &str) -> String {
        let Ok(made) = self.running.app.log_in(login, PASSWORD.to_owned().into(), None, here(), now()).await else {
            panic!("logs in")
        };
        format!("{LOGIN_COOKIE}={}", made.cookie.reveal())
    }

    /// Locks the console of this cookie.
    pub(crate) async fn lock(&self, cookie: &str) {
        assert_eq!(self.ask("POST", "/api/me/lock", cookie).send().await.unwrap().status(), 204);
    }

    /// The id of somebody's account.
    pub(crate) async fn account(&self, login: &str) -> String {
        let all = self.running.app.accounts(&security_admin(), now()).await.unwrap();
        let found = all.into_iter().find(|view| view.account.login.as_str() == login).expect("is there");
        found.account.id.to_string()
    }

    /// Somebody who logged in with a one-time password and has not changed it: their cookie, and the password.
    pub(crate) async fn newcomer(&self, login: &str, roles: &[Role]) -> (String, String) {
        let app = &self.running.app;
        let roles: Roles = roles.iter().copied().collect();
        let (_, secret) = app
            .add_account(
                &security_admin(),
                login,
                yunling::app::Owner { name: "王秀兰", unit: None },
                roles.into(),
                now(),
            )
            .await
            .expect("made");
        let one_time = secret.reveal().to_owned();
        let Ok(made) = app.log_in(login, one_time.clone().into(), None, here(), now()).await else { panic!("logs in") };
        (format!("{LOGIN_COOKIE}={}", made.cookie.reveal()), one_time)
    }

    /// A paired machine of the venue `hall`, as a cookie, and its id.
    pub(crate) async fn machine(&self, kind: DeviceKind) -> (String, String) {
        let app = &self.running.app;
        self.venue("hall").await;
        let made = app.add_device(&operator(), "一楼大屏", kind, "hall", now()).await.expect("made");
        let Ok(paired) = app.pair(made.code.reveal(), now()).await else { panic!("pairs") };
        (format!("{DEVICE_COOKIE}={}", paired.cookie.reveal()), made.device.id.to_string())
    }

    /// A paired seat of this leader in the venue `hall`, as a cookie, and its id.
    pub(crate) async fn seat(&self, login: &str) -> (String, String) {
        let app = &self.running.app;
        self.venue("hall").await;
        let made = app.add_seat(&operator(), "领导座席", "hall", login, now()).await.expect("made");
        let Ok(paired) = app.pair(made.code.reveal(), now()).await else { panic!("pairs") };
        (format!("{DEVICE_COOKIE}={}", paired.cookie.reveal()), made.device.id.to_string())
    }

    /// A venue that is there.
    pub(crate) async fn venue(&self, id: &str) {
        let store = Store::open(&self.database()).await.unwrap();
        store.save_venue(&Venue { id: id.parse().unwrap(), name: "大礼堂".into(), rank: 1 }).await.unwrap();
        store.close().await.unwrap();
    }

    pub(crate) fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    pub(crate) fn database(&self) -> std::path::PathBuf {
        self.folder.path().join("data/yunling.sqlite")
    }

    /// A page's request: with a cookie and the sign that our own page asks.
    pub(crate) fn ask(&self, method: &str, path: &str, cookie: &str) -> RequestBuilder {
        self.request(method, path).header("cookie", cookie).header("sec-fetch-site", "same-origin")
    }

    /// The same with a JSON body.
    pub(crate) fn tell(&self, method: &str, path: &str, cookie: &str, body: &serde_json::Value) -> RequestBuilder {
        self.ask(method, path, cookie).json(body)
    }

    pub(crate) async fn token(&self, meeting: &str, role: TokenRole) -> String {
        self.token_for(meeting, role, Duration::from_secs(60), SystemTime::now()).await
    }

    pub(crate) async fn token_for(&self, meeting: &str, role: TokenRole, ttl: Duration, now: SystemTime) -> String {
        let key = TokenKey::load_or_make(&self.folder.path().join("data/token.secret")).unwrap();
        let store = Store::open(&self.database()).await.unwrap();
        let meeting = meeting.parse().expect("a meeting id");
        let new = NewToken { meeting, role, ttl, name: "水务局", made_by: "test".to_owned() };
        let (_, token) = make_token(&store, &key, new, now).await.unwrap();
        store.close().await.unwrap();
        token
    }

    /// Who a token makes its holder.
    pub(crate) async fn participant_of(&self, token: &str) -> ParticipantId {
        let actor = self.running.app.holder(token, SystemTime::now()).await.expect("a good token").actor;
        actor.participant().cloned().expect("a holder is somebody")
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        self.client.request(method, format!("https://127.0.0.1:{}{path}", self.running.https[0].port()))
    }

    pub(crate) fn plain(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("http://127.0.0.1:{}{path}", self.running.http[0].port()))
    }

    /// A join that is answered: the session's address and its entity tag.
    pub(crate) async fn join(&self, path: &str, token: Option<&str>) -> (String, String) {
        let offer = if path.starts_with("/whip") { WHIP_OFFER } else { WHEP_OFFER };
        let response = self.offer(path, offer, token).send().await.unwrap();
        assert_eq!(response.status(), 201, "{}", response.text().await.unwrap());
        (header(&response, "location"), header(&response, "etag"))
    }

    pub(crate) fn offer(&self, path: &str, offer: &str, token: Option<&str>) -> RequestBuilder {
        let request = self.request("POST", path).header("content-type", "application/sdp").body(offer.to_owned());
        match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub(crate) async fn socket(&self, path: &str, origin: Option<&str>) -> Result<Socket, tungstenite::Error> {
        self.socket_of(self.stream()?, path, origin, None).await
    }

    /// Our own page's channel under a cookie.
    pub(crate) async fn own_socket(&self, path: &str, cookie: &str) -> Result<Socket, tungstenite::Error> {
        let own = format!("https://127.0.0.1:{}", self.running.https[0].port());
        self.socket_of(self.stream()?, path, Some(&own), Some(cookie)).await
    }

    /// Over a connection of the caller's own making.
    pub(crate) async fn socket_over(
        &self,
        stream: std::net::TcpStream,
        path: &str,
    ) -> Result<Socket, tungstenite::Error> {
        self.socket_of(stream, path, None, None).await
    }

    fn stream(&self) -> std::io::Result<std::net::TcpStream> {
        std::net::TcpStream::connect(self.running.https[0])
    }

    async fn socket_of(
        &self,
        stream: std::net::TcpStream,
        path: &str,
        origin: Option<&str>,
        cookie: Option<&str>,
    ) -> Result<Socket, tungstenite::Error> {
        let url = format!("wss://127.0.0.1:{}{path}", self.running.https[0].port());
        let mut request = url.into_client_request().unwrap();
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", origin.parse().unwrap());
        }
        if let Some(cookie) = cookie {
            request.headers_mut().insert("cookie", cookie.parse().unwrap());
        }
        let connector = Connector::Rustls(self.tls());
        stream.set_nonblocking(true)?;
        let stream = tokio::net::TcpStream::from_std(stream)?;
        client_async_tls_with_config(request, stream, None, Some(connector)).await.map(|(socket, _)| socket)
    }

    /// What a client needs that trusts the server's CA.
    pub(crate) fn tls(&self) -> Arc<rustls::ClientConfig> {
        self.tls_of(rustls::DEFAULT_VERSIONS)
    }

    /// The same for a client that speaks these versions alone.
    pub(crate) fn tls_of(&self, versions: &[&'static rustls::SupportedProtocolVersion]) -> Arc<rustls::ClientConfig> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(&self.running.certs.ca_certificate).unwrap()).unwrap();
        let config = rustls::ClientConfig::builder_with_protocol_versions(versions);
        Arc::new(config.with_root_certificates(roots).with_no_client_auth())
    }

    /// Ends the server and waits until it has.
    pub(crate) async fn end(self) {
        self.shutdown.begin();
        self.running.drain().await;
    }

    /// The same, but its data stays until what is returned is dropped.
    pub(crate) async fn end_but_keep(self) -> TempDir {
        self.shutdown.begin();
        self.running.drain().await;
        self.folder
    }

    /// How many pages look at the first meeting.
    pub(crate) async fn viewers(&self) -> usize {
        let snapshot = self.running.app.snapshot(now().steady).await;
        let room = snapshot.meetings[0].room.as_ref().expect("its worker tells");
        room.peers.iter().filter(|peer| peer.kind == PeerKind::Viewer).count()
    }

    pub(crate) fn begin_end(&self) {
        self.shutdown.begin();
    }
}

pub(crate) const LOGIN_COOKIE: &str = "__Host-yunling";
pub(crate) const DEVICE_COOKIE: &str = "__Host-yunling-device";

/// Everybody's password after the first change.
pub(crate) const PASSWORD: &str = "Fangxun-2026";

pub(crate) fn now() -> Now {
    Now { wall: SystemTime::now(), steady: std::time::Instant::now() }
}

/// Where every test comes from.
pub(crate) fn here() -> std::net::IpAddr {
    std::net::Ipv4Addr::LOCALHOST.into()
}

/// Somebody who may make accounts.
pub(crate) fn security_admin() -> Actor {
    somebody(Role::SecurityAdmin)
}

/// Somebody who runs meetings.
pub(crate) fn operator() -> Actor {
    somebody(Role::Operator)
}

/// Somebody with one role.
pub(crate) fn somebody(role: Role) -> Actor {
    let [account, participant] = ["test", "u-test"];
    Actor::User(LoggedIn {
        account: account.parse().unwrap(),
        participant: participant.parse().unwrap(),
        roles: [role].into_iter().collect(),
        must_change_password: false,
        must_enrol: false,
        pen: if role == Role::Approver { Pen::Own(PenOf::County) } else { Pen::NotTheirs },
    })
}

/// A meeting like `council`.
pub(crate) fn council() -> Plan {
    // As the interface has it: in milliseconds.
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let starts = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(now.as_millis()).unwrap());
    Plan {
        title: "县委常委会".into(),
        starts,
        ends: starts + Duration::from_secs(7200),
        kind: Kind::Own,
        codec: PictureCodec::H264,
        venues: Vec::new(),
        arrangement: Arrangement::default(),
        opening: Opening::of(Kind::Own),
    }
}

pub(crate) fn header(response: &Response, name: &str) -> String {
    response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

/// The problem a request must be refused with.
pub(crate) async fn refused(request: RequestBuilder, status: u16, code: &str) -> Problem {
    let response = request.send().await.unwrap();
    let request_id = header(&response, "x-request-id");
    let kind = header(&response, "content-type");
    let given = response.status();
    let text = response.text().await.unwrap();
    assert_eq!(given, status, "{text}");
    assert_eq!(kind, "application/problem+json", "{text}");
    let problem: Problem = serde_json::from_str(&text).unwrap();
    assert_eq!((problem.code.as_str(), problem.status), (code, status), "{text}");
    assert_eq!(problem.r#type, format!("urn:yunling:problem:{code}"));
    assert_eq!(problem.request_id, request_id);
    assert!(problem.title.chars().any(|c| c > '\u{4e00}'), "a sentence in Chinese: {text}");
    problem
}
