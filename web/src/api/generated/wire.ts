// Generated from src/http/wire.rs: don't edit. `YUNLING_UPDATE=1 cargo test --lib wire` writes it again.

/**
 * What the server says on a session's control channel.
 */
export type ServerMessage = { "type": "welcome",
/**
 * The meeting the session looks at.
 */
meeting: MeetingBrief,
/**
 * Who the client is.
 */
participant: string,
/**
 * The server's wall clock, milliseconds since 1970.
 */
serverTimeMs: number, } | { "type": "slots",
/**
 * One entry a slot, in the offer's order.
 */
slots: Array<SlotState>, } | { "type": "roster",
/**
 * In the order of their arrival.
 */
publications: Array<RosterEntry>, } | { "type": "stage",
/**
 * The participant whose picture and sound every programme slot carries.
 */
onAir: string | null,
/**
 * Whether sound of the client's own participant is forwarded.
 */
youAreHeard: boolean, } | { "type": "layers",
/**
 * One entry for each line that has layers.
 */
lines: Array<LineLayers>, } | { "type": "ended",
/**
 * Why.
 */
reason: EndReason, } | { "type": "pong" };

/**
 * Layers of one line that somebody needs.
 */
export type LineLayers = {
/**
 * The line's media identification.
 */
mid: string,
/**
 * Their restriction ids, the smallest layer first; never none.
 */
rids: Array<string>, };

/**
 * What a client says on its control channel.
 */
export type ClientMessage = { "type": "hello",
/**
 * The meeting token the session was opened with; `null` where none was needed.
 */
token: string | null, } | { "type": "wish",
/**
 * One entry a slot.
 */
wishes: Array<SlotWish>, } | { "type": "ping" };

/**
 * Why a session ended.
 */
export type EndReason = "left" | "removed" | "meeting_closed" | "closed_by_peer" | "silent" | "never_connected" | "handshake_failed" | "room_lost" | "server_stopping" | "channel_fault";

/**
 * One slot of a viewing session.
 */
export type SlotState = {
/**
 * Media identification of its m-line.
 */
mid: string,
/**
 * Sound or picture.
 */
kind: MediaKind,
/**
 * What is in it.
 */
content: SlotContent, };

/**
 * What a slot carries.
 */
export type SlotContent = { "show": "nothing" } | { "show": "slate" } | { "show": "live",
/**
 * Its number in the roster; also the CSRC of its packets.
 */
publication: number, } | { "show": "no-bandwidth",
/**
 * What is held back.
 */
publication: number, };

/**
 * One publication in the roster.
 */
export type RosterEntry = {
/**
 * Its number.
 */
id: number,
/**
 * Whose it is.
 */
participant: string,
/**
 * Shown beside its picture.
 */
name: string,
/**
 * Camera and microphone, or content.
 */
role: Role,
/**
 * Its codec; `opus` means it is sound.
 */
codec: Codec,
/**
 * Whether packets are arriving.
 */
live: boolean,
/**
 * Whether its participant is on air.
 */
onAir: boolean, };

/**
 * What a client wants in one slot.
 */
export type SlotWish = {
/**
 * Which slot.
 */
mid: string,
/**
 * What it should carry.
 */
want: Want,
/**
 * Pixels (width × height) the slot has on that screen; `null` if not known.
 */
pixelsMax: number | null,
/**
 * 0 to 255, larger is more important.
 */
priority: number, };

/**
 * What a slot should carry.
 */
export type Want = { "kind": "automatic" } | { "kind": "programme" } | { "kind": "publication",
/**
 * Its number in the roster.
 */
id: number, } | { "kind": "nothing" };

/**
 * A codec.
 */
export type Codec = "opus" | "h264" | "vp8";

/**
 * A message of `/api/live`.
 */
export type LiveMessage = { "type": "hello",
/**
 * The run of the server this is.
 */
run: string,
/**
 * How many changes there were in it.
 */
at: number,
/**
 * Which areas changed since the page was here; `null` if nobody knows: all that it shows must be read anew.
 */
areas: Array<string> | null, } | { "type": "changed",
/**
 * How many changes there were.
 */
at: number,
/**
 * The first parts of their words in the book, each once: `meeting`, `venue` …
 */
areas: Array<string>, } | { "type": "status",
/**
 * The state.
 */
status: Status, } | { "type": "here" };

/**
 * Sound or picture.
 */
export type MediaKind = "audio" | "video";

/**
 * What a publication is to its participant.
 */
export type Role = "main" | "content";

/**
 * A meeting in short.
 */
export type MeetingBrief = {
/**
 * Its id, as in addresses.
 */
id: string,
/**
 * Its title.
 */
title: string,
/**
 * Fixed title of its screens while there is no picture; empty: the title stands there.
 */
banner: string,
/**
 * The one video codec publishers are held to where they can.
 */
codec: Codec,
/**
 * Whether it can be joined; else it is still to begin.
 */
onAir: boolean,
/**
 * When it is planned to begin, milliseconds since 1970.
 */
startsAtMs: number, };

/**
 * Body of `POST /api/meetings/{meeting}/visit`.
 */
export type VisitRequest = {
/**
 * Shown beside the picture, 1 to 64 characters.
 */
name: string, };

/**
 * Answer to it.
 */
export type VisitReply = {
/**
 * Who the page now is; its WHIP and WHEP sessions share it.
 */
participant: string,
/**
 * The name as it will be shown.
 */
name: string,
/**
 * Bearer token for `/whip/` and `/whep/` of this meeting.
 */
token: string, };

/**
 * Body of every refusal (RFC 9457, `application/problem+json`).
 */
export type Problem = {
/**
 * `urn:yunling:problem:` and the code.
 */
type: string,
/**
 * What happened, what it means and what to do: a sentence in Chinese.
 */
title: string,
/**
 * HTTP status.
 */
status: number,
/**
 * The same for a technician, in English; may be empty.
 */
detail: string,
/**
 * Stable, for programs and for the telephone.
 */
code: string,
/**
 * Which fields of the request have to be changed; empty unless the status is 422, and then it may still be.
 */
fields: Array<FieldProblem>,
/**
 * Finds the request in the server's log.
 */
requestId: string, };

/**
 * A field of a request that has to be changed.
 */
export type FieldProblem = {
/**
 * Which, as in the request.
 */
field: string,
/**
 * What is wrong with it and what would be right: a sentence in Chinese.
 */
sentence: string, };

/**
 * `GET /api/status`, and once a second in `/api/live`.
 */
export type Status = {
/**
 * Of the program.
 */
version: string,
/**
 * When it started, milliseconds since 1970.
 */
startedAtMs: number,
/**
 * How long it runs.
 */
uptimeSeconds: number,
/**
 * Whether it runs with `--demo`.
 */
demo: boolean,
/**
 * Media workers.
 */
workers: Array<WorkerStatus>,
/**
 * Meetings on air.
 */
meetings: Array<MeetingStatus>,
/**
 * Meetings that should have opened by themselves and could not yet.
 */
unopened: Array<UnopenedMeeting>,
/**
 * Links that are not WebRTC.
 */
legs: Array<LegStatus>,
/**
 * Pipeline files found at start.
 */
pipelines: Array<PipelineStatus>,
/**
 * How the mirror of the book is.
 */
mirror: MirrorState,
/**
 * Whether there is a log host and it can't be reached: records of the book wait for it.
 */
logHostAway: boolean, };

/**
 * One media worker. Counters count from its start.
 */
export type WorkerStatus = {
/**
 * Its UDP port.
 */
port: number,
/**
 * Share of the last second it was not waiting, 0 to 1.
 */
busy: number,
/**
 * Datagrams received.
 */
datagramsIn: number,
/**
 * Datagrams sent.
 */
datagramsOut: number,
/**
 * Datagrams dropped because nobody authentic sent them.
 */
datagramsRefused: number,
/**
 * Datagrams the kernel did not take.
 */
sendFailures: number,
/**
 * How long what it forwarded stayed in it.
 */
delay: DelayStatus,
/**
 * What it does without, because it is behind.
 */
shed: Shed, };

/**
 * What a media worker does without while it is behind: each of these, and all before it. Sound never.
 */
export type Shed = "nothing" | "probes" | "repairs" | "tileLayers" | "tiles" | "called" | "mainLayers";

/**
 * How long copies of packets stayed in the relay, from the packet's arrival at the socket to the end of the send that carried the
 * copy. What waits for a viewer's line is not counted.
 */
export type DelayStatus = {
/**
 * Upper bounds of all buckets but the last, microseconds.
 */
boundsUs: Array<number>,
/**
 * Copies in each bucket.
 */
counts: Array<number>,
/**
 * Mean; `null` if nothing was counted.
 */
meanMs: number | null,
/**
 * The bound that half of all copies kept to.
 */
p50Ms: number | null,
/**
 * The bound that 99 of 100 copies kept to.
 */
p99Ms: number | null, };

/**
 * How often a source was asked for a key frame, by what first caused each request.
 */
export type KeyFrameCount = {
/**
 * A viewer asked.
 */
viewer: number,
/**
 * Somebody joined, or the programme or the layer changed.
 */
beginning: number,
/**
 * More waited for a viewer than its line takes.
 */
overflow: number,
/**
 * More of it was lost than can be repaired.
 */
loss: number,
/**
 * It is recorded.
 */
recording: number, };

/**
 * One meeting on air.
 */
export type MeetingStatus = {
/**
 * Its id.
 */
id: string,
/**
 * Its title.
 */
title: string,
/**
 * Its video codec.
 */
codec: Codec,
/**
 * The participant on air.
 */
onAir: string | null,
/**
 * Who is on air and heard, as the relay carries it out now.
 */
stage: StageState,
/**
 * Its recording, if one is to run.
 */
recording: RecorderStatus | null,
/**
 * Everybody who takes part, links first, then venues' machines, people, guests.
 */
participants: Array<ParticipantStatus>,
/**
 * Every connection.
 */
peers: Array<PeerStatus>,
/**
 * Everything they publish.
 */
publications: Array<PublicationStatus>, };

/**
 * One participant of a meeting on air: all its connections together.
 */
export type ParticipantStatus = {
/**
 * Who it is.
 */
participant: string,
/**
 * Shown name.
 */
name: string,
/**
 * What kind.
 */
kind: ParticipantKind,
/**
 * Whether media can flow on any of its connections; a link that should be there and is not, is listed with `false`.
 */
connected: boolean,
/**
 * Whether it is the programme.
 */
onAir: boolean,
/**
 * Whether a live picture of its camera comes in.
 */
picture: boolean,
/**
 * Its microphone, or a link's sound, as the relay treats it.
 */
microphone: Microphone,
/**
 * Whether its sound is forwarded as soon as there is any.
 */
heard: boolean,
/**
 * What it publishes: numbers of publications.
 */
publications: Array<number>, };

/**
 * What kind of participant.
 */
export type ParticipantKind = "leg" | "device" | "person" | "guest";

/**
 * A microphone, as the relay treats it.
 */
export type Microphone = "absent" | "closed" | "open";

/**
 * One connection.
 */
export type PeerStatus = {
/**
 * A number for this connection while it lasts; not its secret address.
 */
key: string,
/**
 * Who it is.
 */
participant: string,
/**
 * Shown name.
 */
name: string,
/**
 * What it is.
 */
kind: PeerKind,
/**
 * How far its connection is.
 */
state: PeerState,
/**
 * SRTP profile by its IANA name; `null` while connecting and for legs.
 */
srtpProfile: string | null,
/**
 * Whether its selected address is IPv6.
 */
ipv6: boolean,
/**
 * Bits per second received from it.
 */
bpsIn: number,
/**
 * Bits per second sent to it.
 */
bpsOut: number,
/**
 * Round-trip time.
 */
rttMs: number | null,
/**
 * Share of our packets it reported lost, 0 to 1.
 */
lossOut: number | null,
/**
 * Key frames it asked for.
 */
keyFrameRequests: number,
/**
 * Packets it asked for again.
 */
nacks: number,
/**
 * Bits per second its way bears by the relay's estimate; `null` for who sends and while nothing is known.
 */
bearableBps: number | null,
/**
 * Milliseconds packets wait in queues on its way.
 */
queueingMs: number | null,
/**
 * What its slots carry.
 */
slots: Array<PeerSlot>,
/**
 * Milliseconds since it joined.
 */
ageMs: number, };

/**
 * What one slot of a peer carries.
 */
export type PeerSlot = {
/**
 * Its media identification.
 */
mid: string,
/**
 * Whether it is a picture.
 */
video: boolean,
/**
 * The publication in it.
 */
publication: number | null,
/**
 * Width and height of the layer it carries, video only.
 */
size: [number, number] | null,
/**
 * The line bears no larger layer.
 */
reduced: boolean,
/**
 * The line bears no picture at all here.
 */
heldBack: boolean,
/**
 * Either is because the worker is behind, not for the line's sake.
 */
shed: boolean,
/**
 * How often its picture froze on its way through the relay.
 */
freezes: number,
/**
 * How long that lasted, all together.
 */
frozenMs: number, };

/**
 * What a peer is.
 */
export type PeerKind = "publisher" | "viewer" | "leg";

/**
 * How far a peer's connection is.
 */
export type PeerState = "connecting" | "connected" | "quiet" | "silent";

/**
 * One publication's figures.
 */
export type PublicationStatus = {
/**
 * Its number.
 */
id: number,
/**
 * Whose it is.
 */
participant: string,
/**
 * Camera and microphone, or content.
 */
role: Role,
/**
 * Its codec.
 */
codec: Codec,
/**
 * Whether packets are arriving.
 */
live: boolean,
/**
 * Packets received.
 */
packets: number,
/**
 * Packets missing.
 */
lost: number,
/**
 * Packets that were missing and were sent again.
 */
repaired: number,
/**
 * Interarrival jitter.
 */
jitterMs: number,
/**
 * Bits per second received.
 */
bps: number,
/**
 * Frames begun per second, video only.
 */
fps: number,
/**
 * Milliseconds since the last key frame, video only.
 */
keyFrameAgeMs: number | null,
/**
 * Width and height, video only.
 */
size: [number, number] | null,
/**
 * Slots that carry it now.
 */
viewers: number,
/**
 * How often its source was asked for a key frame.
 */
keyFrameRequests: KeyFrameCount,
/**
 * How long its packets stayed in the relay.
 */
delay: DelayStatus, };

/**
 * One link that is not WebRTC (线路).
 */
export type LegStatus = {
/**
 * Its id.
 */
id: string,
/**
 * The meeting it feeds.
 */
meeting: string,
/**
 * Shown name.
 */
name: string,
/**
 * How it is.
 */
state: LegState,
/**
 * How often it was started again.
 */
restarts: number,
/**
 * A sentence for people; empty when all is well.
 */
detail: string,
/**
 * Since when it feeds the meeting, milliseconds since 1970.
 */
sinceMs: number | null,
/**
 * How its picture is, while it does.
 */
picture: LegPicture | null, };

/**
 * A leg's picture, H.264, over the last seconds.
 */
export type LegPicture = {
/**
 * Pixels.
 */
width: number,
/**
 * Pixels.
 */
height: number,
/**
 * Pictures a second.
 */
fps: number,
/**
 * kbit/s.
 */
kbps: number,
/**
 * Milliseconds between the last two key frames.
 */
keyFramesApartMs: number | null, };

/**
 * How a leg is.
 */
export type LegState = "stopped" | "idle" | "starting" | "running" | "waiting" | "refused" | "disabled";

/**
 * One file of `gst-pipelines/`.
 */
export type PipelineStatus = {
/**
 * Its file name.
 */
file: string,
/**
 * Whether it can be used.
 */
ok: boolean,
/**
 * Why not.
 */
reason: string | null,
/**
 * What it is for.
 */
purpose: string, };

/**
 * How the mirror of the book is.
 */
export type MirrorState = "kept" | "unwritable" | "differs" | "rewritten" | "unguarded" | "clock";

/**
 * A role's name, as the server knows it.
 */
export type AccountRole = "system_admin" | "security_admin" | "audit_admin" | "operator" | "leader" | "clerk" | "approver" | "liaison";

/**
 * What a paired machine does.
 */
export type DeviceKind = "screen" | "room" | "seat";

/**
 * Answer to `GET /api/me` and `POST /api/login`.
 */
export type Me = { "kind": "stranger" } | { "kind": "elsewhere",
/**
 * When, milliseconds since 1970.
 */
atMs: number,
/**
 * From where: an IP address.
 */
address: string, } | { "kind": "visitor" } | { "kind": "user",
/**
 * Their account's id.
 */
account: string,
/**
 * What they log in with.
 */
login: string,
/**
 * Shown name.
 */
name: string,
/**
 * Their unit; may be empty.
 */
unit: string,
/**
 * What the account is for.
 */
roles: Array<AccountRole>,
/**
 * Whether they sign now: the approver, or who deputises for them.
 */
signs: boolean,
/**
 * Until the password is changed nothing else works.
 */
mustChangePassword: boolean,
/**
 * Whether a second factor has to be set up before anything else.
 */
mustEnrol: boolean,
/**
 * When this account last logged in before this time, milliseconds since 1970.
 */
lastLoginMs: number | null,
/**
 * How the console stands.
 */
console: ConsoleState,
/**
 * What a new password must be.
 */
passwordRules: PasswordRules, } | { "kind": "device",
/**
 * Its shown name.
 */
name: string,
/**
 * What it does.
 */
device: DeviceKind,
/**
 * Where it stands.
 */
venue: string,
/**
 * The meeting a leader's seat attends, since its person's PIN was typed.
 */
attends: string | null, };

/**
 * How the reader's own console stands.
 */
export type ConsoleState = {
/**
 * Whether its controls are locked: it reads on, and what it would change is refused with `console.locked`.
 */
locked: boolean,
/**
 * Whether the PIN opens it now.
 */
pinOpens: boolean,
/**
 * Whether the account has a PIN.
 */
hasPin: boolean,
/**
 * Fewest digits of a PIN.
 */
pinDigits: number,
/**
 * Seconds without any act after which it locks; null if it doesn't by itself.
 */
locksAfterS: number | null, };

/**
 * What a password must be.
 */
export type PasswordRules = {
/**
 * Fewest characters.
 */
chars: number,
/**
 * Fewest classes of small letters, capitals, digits and signs.
 */
classes: number,
/**
 * How many earlier ones may not come again, the present one included.
 */
history: number, };

/**
 * Body of `POST /api/me/unlock`.
 */
export type ConsoleKey = { "by": "pin",
/**
 * Its digits.
 */
pin: string, } | { "by": "password",
/**
 * What was typed.
 */
password: string, };

/**
 * Body of `POST /api/me/pin`.
 */
export type NewPin = {
/**
 * The account's password, once more.
 */
password: string,
/**
 * 6 to 12 digits.
 */
pin: string, };

/**
 * One of the reader's own log-ins, in the answer to `GET /api/me/logins`.
 */
export type LoginEntry = {
/**
 * Its id; no secret.
 */
id: string,
/**
 * When it began, milliseconds since 1970.
 */
madeAtMs: number,
/**
 * When it was last used; noted once a minute.
 */
seenAtMs: number,
/**
 * From where: an IP address.
 */
address: string,
/**
 * Whether it is the one that asks.
 */
current: boolean, };

/**
 * Body of `POST /api/login`.
 */
export type LoginRequest = {
/**
 * Account name.
 */
login: string,
/**
 * Password.
 */
password: string,
/**
 * Six digits of the second factor, or a recovery code: asked for by `login.code_needed`.
 */
code?: string, };

/**
 * Body of `POST /api/me/password`.
 */
export type PasswordChange = {
/**
 * The present one.
 */
old: string,
/**
 * The next one: at least 10 characters of 3 classes.
 */
new: string, };

/**
 * One account, as the security administrator sees it.
 */
export type AccountEntry = {
/**
 * Its id.
 */
id: string,
/**
 * What its owner logs in with.
 */
login: string,
/**
 * Whose it is.
 */
name: string,
/**
 * Id of their unit, if they belong to one.
 */
unit: string | null,
/**
 * Its name; empty without one.
 */
unitName: string,
/**
 * What it is for.
 */
roles: Array<AccountRole>,
/**
 * Whether it can log in.
 */
enabled: boolean,
/**
 * Whether too many failures hold it back now.
 */
locked: boolean,
/**
 * Whether it still has its one-time password.
 */
mustChangePassword: boolean,
/**
 * Last log-in, milliseconds since 1970.
 */
lastLoginMs: number | null,
/**
 * Sessions that run now.
 */
sessions: number,
/**
 * Whether nobody has logged in with it or been given a password for 90 days.
 */
unused: boolean,
/**
 * Its leave to be system and security administrator at once.
 */
exception: ExceptionEntry | null,
/**
 * Whether its log-in asks for a code.
 */
secondFactor: boolean,
/**
 * Whether its second factor was a certificate that can be shown no more: nobody logs in there as it stands.
 */
factorLost: boolean,
/**
 * Its certificates, the latest first.
 */
certificates: Array<CertificateEntry>, };

/**
 * A leave to be system and security administrator at once (三员例外).
 */
export type ExceptionEntry = {
/**
 * The account's log-in name.
 */
login: string,
/**
 * How it came about.
 */
origin: ExceptionOrigin,
/**
 * Since when, milliseconds since 1970.
 */
sinceMs: number,
/**
 * Who decided; empty if nobody did.
 */
decidedBy: string,
/**
 * Why; empty if nobody decided.
 */
reason: string,
/**
 * Shown name of who recorded it; empty if nobody did.
 */
recordedBy: string, };

/**
 * A certificate (客户端证书) that is registered to an account.
 */
export type CertificateEntry = {
/**
 * SHA-256 of it, 64 hexadecimal digits.
 */
id: string,
/**
 * Its serial number, `AA:BB:…`.
 */
serial: string,
/**
 * What a browser calls it.
 */
subject: string,
/**
 * Last moment it is good, milliseconds since 1970.
 */
notAfterMs: number,
/**
 * When it was made, milliseconds since 1970.
 */
madeAtMs: number,
/**
 * Who made it, as the book has it.
 */
madeBy: string,
/**
 * When it was revoked, if it was, milliseconds since 1970.
 */
revokedAtMs: number | null, };

/**
 * Answer to `GET /api/me/certificates`.
 */
export type OwnCertificates = {
/**
 * Whether browsers are asked for a certificate.
 */
asked: boolean,
/**
 * The [id](CertificateEntry::id) of what this browser has shown, whosever it is; `null` if nothing.
 */
shown: string | null,
/**
 * One's own, the latest first.
 */
certificates: Array<CertificateEntry>, };

/**
 * How an exception came about.
 */
export type ExceptionOrigin = "firstRun" | "fromBefore" | "decided";

/**
 * Who decided that one account may be system and security administrator.
 */
export type NewException = {
/**
 * Who, 1 to 64 characters: a leader of the unit, by office and name.
 */
decidedBy: string,
/**
 * Why, 1 to 200 characters.
 */
reason: string, };

/**
 * Answer to `GET /api/me/second-factor`: how one's own second factor (动态口令) stands.
 */
export type SecondFactorState = {
/**
 * Whether the log-in has a second step.
 */
on: boolean,
/**
 * Recovery codes that are left.
 */
recoveryCodes: number, };

/**
 * Answer to `POST /api/me/second-factor`: what an authenticator has to be told, once.
 */
export type SecondFactorBegun = {
/**
 * The secret, to be typed.
 */
secret: string,
/**
 * The same as a QR code: modules of a side.
 */
side: number,
/**
 * The dark ones, as the path of an SVG.
 */
path: string, };

/**
 * Body of `POST /api/me/second-factor/confirm`.
 */
export type SecondFactorCode = {
/**
 * Six digits, as the authenticator shows them now.
 */
code: string, };

/**
 * Answer to it: codes that stand in for a lost authenticator, each once. They are shown once.
 */
export type RecoveryCodes = {
/**
 * The codes.
 */
codes: Array<string>, };

/**
 * Body of `POST /api/accounts`.
 */
export type NewAccount = {
/**
 * What its owner logs in with: 2 to 32 letters, digits, `.`, `-`, `_`.
 */
login: string,
/**
 * Whose it is, 1 to 64 characters.
 */
name: string,
/**
 * Id of their unit; left out or empty: none.
 */
unit?: string,
/**
 * What it is for; at least one.
 */
roles: Array<AccountRole>,
/**
 * Needed if it is to be system and security administrator at once.
 */
exception?: NewException, };

/**
 * An account that was made, or got a new one-time password. The password is shown once.
 */
export type AccountMade = {
/**
 * The account.
 */
account: AccountEntry,
/**
 * To be changed at the first log-in.
 */
oneTimePassword: string, };

/**
 * Body of `PATCH /api/accounts/{account}`; what is `null` or left out stays.
 */
export type AccountChange = {
/**
 * Whose it is.
 */
name?: string,
/**
 * Id of their unit; empty: none.
 */
unit?: string,
/**
 * What it is for.
 */
roles?: Array<AccountRole>,
/**
 * Needed if it is to become system and security administrator at once.
 */
exception?: NewException,
/**
 * Whether it can log in; `false` ends its sessions.
 */
enabled?: boolean, };

/**
 * Body of `POST /api/accounts/{account}/hand-over`: who takes the post over.
 */
export type NewHandOver = {
/**
 * What they will log in with.
 */
login: string,
/**
 * Shown name, 1 to 64 characters.
 */
name: string,
/**
 * Why: up to 200 characters.
 */
reason: string, };

/**
 * A post that was handed over, for the form that both sign.
 */
export type HandOverMade = {
/**
 * The account that began. Its password is shown once.
 */
made: AccountMade,
/**
 * Who left.
 */
fromName: string,
/**
 * The account that ended.
 */
fromLogin: string,
/**
 * Names of the units it answers for.
 */
units: Array<string>,
/**
 * Why.
 */
reason: string,
/**
 * When, milliseconds since 1970.
 */
atMs: number, };

/**
 * What the form of a hand-over says, as both signed it.
 */
export type HandOverForm = {
/**
 * Id of the account that began.
 */
toAccount: string,
/**
 * Who left.
 */
fromName: string,
/**
 * The account that ended.
 */
fromLogin: string,
/**
 * Who followed.
 */
toName: string,
/**
 * The account that began.
 */
toLogin: string,
/**
 * Their unit; empty without one.
 */
unitName: string,
/**
 * What both accounts are for.
 */
roles: Array<AccountRole>,
/**
 * Names of the units it answers for.
 */
units: Array<string>,
/**
 * Why.
 */
reason: string,
/**
 * When, milliseconds since 1970.
 */
atMs: number, };

/**
 * Answer to `GET /api/access`: who may do what, as the server decides it.
 */
export type AccessTable = {
/**
 * Every role.
 */
roles: Array<AccountRole>,
/**
 * Every action.
 */
rows: Array<AccessRow>,
/**
 * Roles that no account has together, in pairs.
 */
apart: Array<[AccountRole, AccountRole]>, };

/**
 * One action.
 */
export type AccessRow = {
/**
 * Its stable name: `steer_meeting`.
 */
action: string,
/**
 * How far each role reaches, in the order of the roles.
 */
reach: Array<Reach>, };

/**
 * How far a role reaches with an action.
 */
export type Reach = "no" | "own" | "others" | "any";

/**
 * One line of the answer to `GET /api/self-check`: a control, and how it stands now.
 */
export type CheckLine = {
/**
 * Its stable name: `password_age`.
 */
control: string,
/**
 * How it stands.
 */
verdict: CheckVerdict,
/**
 * Its values.
 */
figures: Array<number>,
/**
 * Whom or what it is about: log-in names, names of units or roles.
 */
names: Array<string>,
/**
 * Of whoever is system and security administrator at once, by whose leave.
 */
exceptions: Array<ExceptionEntry>, };

/**
 * How a control stands.
 */
export type CheckVerdict = "holds" | "look" | "fails";

/**
 * Answer to `GET /api/units`: all for the security administrator, for a liaison what they answer for.
 */
export type UnitList = {
/**
 * In administrative order.
 */
units: Array<UnitEntry>,
/**
 * All that wait, the oldest first, then the latest that were decided.
 */
requests: Array<AccountRequestEntry>, };

/**
 * One unit (单位).
 */
export type UnitEntry = {
/**
 * Its id.
 */
id: string,
/**
 * Shown name.
 */
name: string,
/**
 * Place in lists, smallest first (administrative order).
 */
rank: number,
/**
 * Whether this server belongs to it (本级): its approver signs for whatever no other unit's signs for.
 */
own: boolean,
/**
 * Whether what its meetings are to be is signed for.
 */
signsArrangements: boolean,
/**
 * Since when it is closed, if it is, milliseconds since 1970: it keeps its records and gets no more people.
 */
closedAtMs: number | null,
/**
 * Who answers for it: the liaison first, then the deputies.
 */
liaisons: Array<UnitLiaison>,
/**
 * Whether the reader is one of them.
 */
mine: boolean,
/**
 * Its people's accounts, by their log-in names.
 */
people: Array<UnitPerson>, };

/**
 * Somebody who answers for a unit.
 */
export type UnitLiaison = {
/**
 * Their account's id.
 */
account: string,
/**
 * Shown name.
 */
name: string, };

/**
 * Somebody of a unit.
 */
export type UnitPerson = {
/**
 * Their account's id.
 */
account: string,
/**
 * What they log in with.
 */
login: string,
/**
 * Shown name.
 */
name: string,
/**
 * What the account is for.
 */
roles: Array<AccountRole>,
/**
 * Whether it can log in.
 */
enabled: boolean,
/**
 * Whether nobody has logged in with it or been given a password for 90 days.
 */
unused: boolean,
/**
 * When it last logged in, milliseconds since 1970.
 */
lastLoginMs: number | null, };

/**
 * A request for an account (账号申请), and what was decided.
 */
export type AccountRequestEntry = {
/**
 * Its id.
 */
id: string,
/**
 * Name of the unit.
 */
unit: string,
/**
 * Name of whoever asked.
 */
askedBy: string,
/**
 * Whether that is the reader.
 */
mine: boolean,
/**
 * When, milliseconds since 1970.
 */
askedAtMs: number,
/**
 * What the account's owner will log in with.
 */
login: string,
/**
 * Whose it will be.
 */
name: string,
/**
 * What it will be for.
 */
roles: Array<AccountRole>,
/**
 * Why it is needed.
 */
reason: string,
/**
 * `null` while it waits.
 */
decision: AccountDecision | null, };

/**
 * What a security administrator said.
 */
export type AccountDecision = {
/**
 * Their name.
 */
by: string,
/**
 * When, milliseconds since 1970.
 */
atMs: number,
/**
 * Whether the account was made.
 */
granted: boolean,
/**
 * Why not; empty if it was.
 */
reason: string, };

/**
 * Body of `POST /api/units`.
 */
export type NewUnit = {
/**
 * Shown name, 1 to 64 characters; no other unit has it.
 */
name: string, };

/**
 * Body of `PATCH /api/units/{unit}`; what is left out stays.
 */
export type UnitChange = {
/**
 * Shown name.
 */
name?: string,
/**
 * Place in lists.
 */
rank?: number,
/**
 * Whether this server belongs to it; it belongs to no other then.
 */
own?: boolean,
/**
 * Whether what its meetings are to be is signed for.
 */
signsArrangements?: boolean,
/**
 * Ids of the accounts that answer for it: the liaison first, then up to three deputies; each has the role `liaison`.
 */
liaisons?: Array<string>, };

/**
 * Body of `POST /api/units/{unit}/account-requests`.
 */
export type NewAccountRequest = {
/**
 * What the account's owner will log in with.
 */
login: string,
/**
 * Whose it will be.
 */
name: string,
/**
 * What it will be for: `operator`, `leader`, `clerk`, `liaison`.
 */
roles: Array<AccountRole>,
/**
 * Why it is needed: up to 200 characters.
 */
reason: string, };

/**
 * One venue (会场).
 */
export type VenueEntry = {
/**
 * Its id, as in addresses.
 */
id: string,
/**
 * Shown name.
 */
name: string,
/**
 * Place in lists, smallest first (administrative order).
 */
rank: number, };

/**
 * Body of `POST /api/venues`.
 */
export type NewVenue = {
/**
 * Its id, as in `/room/{venue}`: lower-case letters, digits, `-`, `_`; made up by the server if left out.
 */
id?: string,
/**
 * Shown name, 1 to 64 characters.
 */
name: string, };

/**
 * Body of `PATCH /api/venues/{venue}`; what is left out stays.
 */
export type VenueChange = {
/**
 * Shown name.
 */
name?: string,
/**
 * Place in lists.
 */
rank?: number, };

/**
 * `GET /api/venues/{venue}/now`: what a room's machine shows.
 */
export type VenueNow = {
/**
 * The venue.
 */
venue: VenueEntry,
/**
 * The meeting on air that it takes part in.
 */
onAir: MeetingEntry | null,
/**
 * Else the next one that is planned.
 */
next: MeetingEntry | null,
/**
 * What is counted in whichever it is.
 */
counted: ScreenFigures, };

/**
 * What the screens of a meeting count while it is about to begin.
 */
export type ScreenFigures = {
/**
 * How many came so far, while people sign in before it starts.
 */
signingIn: AttendanceFigures | null,
/**
 * The roll call that goes on.
 */
rollCall: ScreenRollCall | null, };

/**
 * What the screens show of a roll call.
 */
export type ScreenRollCall = {
/**
 * How many venues there are of each.
 */
figures: RollCallFigures,
/**
 * Name of the venue that is called.
 */
calling: string | null, };

/**
 * Answer to `GET /api/meetings/{meeting}`.
 */
export type MeetingShown = {
/**
 * What its screens count.
 */
counted: ScreenFigures,
/**
 * Its id, as in addresses.
 */
id: string,
/**
 * Its title.
 */
title: string,
/**
 * Fixed title of its screens while there is no picture; empty: the title stands there.
 */
banner: string,
/**
 * The one video codec publishers are held to where they can.
 */
codec: Codec,
/**
 * Whether it can be joined; else it is still to begin.
 */
onAir: boolean,
/**
 * When it is planned to begin, milliseconds since 1970.
 */
startsAtMs: number, };

/**
 * One paired machine, or one that waits for its code.
 */
export type DeviceEntry = {
/**
 * Its id.
 */
id: string,
/**
 * Shown name.
 */
name: string,
/**
 * What it does.
 */
kind: DeviceKind,
/**
 * Where it stands.
 */
venue: string,
/**
 * Shown name of whose it is; of a leader's seat alone.
 */
person: string | null,
/**
 * How far it is.
 */
state: DeviceState,
/**
 * When it was last seen, milliseconds since 1970.
 */
lastSeenMs: number | null, };

/**
 * A meeting token whose time is not over.
 */
export type TokenEntry = {
/**
 * What it is revoked by: the participant it stands for.
 */
id: string,
/**
 * Title of its meeting.
 */
meeting: string,
/**
 * What its holder may do.
 */
role: TokenRole,
/**
 * Shown beside its holder's picture; may be empty.
 */
name: string,
/**
 * Who made it, as the book has it.
 */
madeBy: string,
/**
 * When, milliseconds since 1970.
 */
madeAtMs: number,
/**
 * When its time is over.
 */
expiresAtMs: number,
/**
 * When it was revoked.
 */
revokedAtMs: number | null, };

/**
 * What a meeting token is for.
 */
export type TokenRole = "viewer" | "publisher";

/**
 * How far a machine is.
 */
export type DeviceState = "waiting" | "expired" | "paired" | "revoked";

/**
 * Body of `POST /api/devices`.
 */
export type NewDevice = {
/**
 * Shown name, 1 to 64 characters.
 */
name: string,
/**
 * What it does.
 */
kind: DeviceKind,
/**
 * Where it stands.
 */
venue: string,
/**
 * Log-in name of the leader whose seat it is.
 */
person?: string, };

/**
 * A machine that may now be paired. The code is shown once.
 */
export type DeviceMade = {
/**
 * The machine.
 */
device: DeviceEntry,
/**
 * To be typed at the machine, on the page `/pair`: 8 digits.
 */
code: string,
/**
 * Until when, milliseconds since 1970.
 */
expiresAtMs: number, };

/**
 * Body of `POST /api/seat/attend`.
 */
export type SeatPin = {
/**
 * The PIN of the seat's person.
 */
pin: string, };

/**
 * Answer to it.
 */
export type SeatAttends = {
/**
 * The meeting it may join now.
 */
meeting: string, };

/**
 * Body of `POST /api/pair`.
 */
export type PairRequest = {
/**
 * The code.
 */
code: string, };

/**
 * Answer to it, with the machine's cookie.
 */
export type Paired = {
/**
 * Its shown name.
 */
name: string,
/**
 * What it does.
 */
kind: DeviceKind,
/**
 * Where it stands.
 */
venue: VenueEntry,
/**
 * The page to go to, a path of this server.
 */
open: string, };

/**
 * How far a meeting is.
 */
export type MeetingState = "planned" | "on_air" | "closed" | "cancelled";

/**
 * What kind of meeting it is (会议类型): which microphones are open and where the programme comes from.
 */
export type MeetingKind = "upper" | "own";

/**
 * Somebody who operates or attends a meeting.
 */
export type MeetingPerson = {
/**
 * Their account's id.
 */
account: string,
/**
 * Shown name.
 */
name: string, };

/**
 * One meeting in a list.
 */
export type MeetingEntry = {
/**
 * Its id, as in addresses.
 */
id: string,
/**
 * Title.
 */
title: string,
/**
 * Planned start, milliseconds since 1970.
 */
startsAtMs: number,
/**
 * Planned end.
 */
endsAtMs: number,
/**
 * What kind it is.
 */
kind: MeetingKind,
/**
 * The one video codec publishers are held to where they can.
 */
codec: Codec,
/**
 * How far it is.
 */
state: MeetingState,
/**
 * Why it was cancelled; empty unless it was.
 */
cancelReason: string,
/**
 * What the meetings have in common that were planned as one that comes again.
 */
series: string | null,
/**
 * The meeting it is the joint test of.
 */
tests: string | null,
/**
 * Which venues take part.
 */
venues: Array<string>,
/**
 * Id of the line its programme comes from.
 */
line: string | null,
/**
 * Whose duty it is; null also to those who needn't know.
 */
operator: MeetingPerson | null,
/**
 * Leaders who attend; none to those who needn't know.
 */
leaders: Array<MeetingPerson>,
/**
 * How it opens.
 */
opening: MeetingOpening,
/**
 * How its signature stands; null where its unit asks for none.
 */
signing: SigningState | null, };

/**
 * A meeting that gives way, as its planner agreed.
 */
export type NewMove = {
/**
 * Its id.
 */
meeting: string,
/**
 * Its new start, milliseconds since 1970; it keeps its length.
 */
startsAtMs: number, };

/**
 * Answer to `GET /api/schedule/choices`: whom and what a planner chooses from beside venues.
 */
export type ScheduleChoices = {
/**
 * Lines a programme may come from.
 */
lines: Array<LineChoice>,
/**
 * Who may be on duty.
 */
operators: Array<PersonChoice>,
/**
 * Leaders who may attend.
 */
leaders: Array<PersonChoice>,
/**
 * Units that may be invited, in administrative order.
 */
units: Array<UnitToInvite>, };

/**
 * A line to choose.
 */
export type LineChoice = {
/**
 * Its id.
 */
id: string,
/**
 * Shown name.
 */
name: string, };

/**
 * Somebody to choose.
 */
export type PersonChoice = {
/**
 * Their account's id.
 */
account: string,
/**
 * Shown name.
 */
name: string,
/**
 * Their unit's name; may be empty.
 */
unit: string, };

/**
 * Answer to `GET /api/schedule/check`: what is in the way of a plan, and what could be done about it.
 */
export type ScheduleCheck = {
/**
 * What clashes, by the other meeting's start.
 */
clashes: Array<ClashEntry>,
/**
 * Where each meeting that gives way may take place instead; none if the plan is refused all the same.
 */
moves: Array<MoveEntry>,
/**
 * When the meeting itself would fit, milliseconds since 1970, if it is refused as it is.
 */
freeAtMs: number | null, };

/**
 * Two meetings want something at once.
 */
export type ClashEntry = {
/**
 * What kind of thing both want.
 */
wanted: Wanted,
/**
 * Its name.
 */
name: string,
/**
 * What comes of it.
 */
weight: ClashWeight,
/**
 * The other meeting's id.
 */
meeting: string,
/**
 * Its title.
 */
title: string,
/**
 * Its planned start, milliseconds since 1970.
 */
startsAtMs: number,
/**
 * Its planned end.
 */
endsAtMs: number, };

/**
 * What kind of thing two meetings want at once.
 */
export type Wanted = "venue" | "line" | "operator" | "leader";

/**
 * What comes of a clash.
 */
export type ClashWeight = "refused" | "preEmpts" | "warned";

/**
 * Where a meeting that gives way may take place instead.
 */
export type MoveEntry = {
/**
 * Its id.
 */
meeting: string,
/**
 * Its title.
 */
title: string,
/**
 * Its new start, milliseconds since 1970.
 */
startsAtMs: number,
/**
 * Its new end.
 */
endsAtMs: number, };

/**
 * Body of `POST /api/meetings/{meeting}/cancel`.
 */
export type Cancellation = {
/**
 * Why, 1 to 200 characters.
 */
text: string,
/**
 * Whether all later ones of its series are cancelled too.
 */
later?: boolean, };

/**
 * How often a meeting comes again.
 */
export type Rhythm = "weekly" | "fortnightly" | "monthlyFirst" | "monthlySecond" | "monthlyThird" | "monthlyFourth" | "monthlyLast";

/**
 * What becomes of a turn on a day on which nobody works.
 */
export type OnDayOff = "leaveOut" | "later" | "earlier";

/**
 * How a meeting comes again: until a day or so many times.
 */
export type RecurrenceRule = {
/**
 * How often.
 */
rhythm: Rhythm,
/**
 * Not after the day of this moment, milliseconds since 1970.
 */
untilMs?: number,
/**
 * So many times, 1 to 260; `untilMs` is left out then.
 */
count?: number,
/**
 * What becomes of a day off.
 */
onDayOff: OnDayOff, };

/**
 * Body of `POST /api/schedule/series`: a meeting that comes again. Nothing gives way to it.
 */
export type NewSeries = {
/**
 * The first one.
 */
meeting: NewMeeting,
/**
 * How it comes again.
 */
rule: RecurrenceRule,
/**
 * Whether turns are left out that another meeting is in the way of.
 */
leavesOut: boolean, };

/**
 * Answer to `GET /api/schedule/series`: what would become of each turn.
 */
export type SeriesCheck = {
/**
 * Every turn, those left out too.
 */
turns: Array<SeriesTurnEntry>,
/**
 * Years of which nobody has said which days are off.
 */
unknownYears: Array<number>, };

/**
 * One turn of a meeting that would come again.
 */
export type SeriesTurnEntry = {
/**
 * When the rhythm has it, milliseconds since 1970.
 */
dueAtMs: number,
/**
 * When it would begin; null if it is left out.
 */
startsAtMs: number | null,
/**
 * The holiday that falls on the due day; empty if none does.
 */
holiday: string,
/**
 * What is in its way.
 */
clashes: Array<ClashEntry>, };

/**
 * A day that is not as its weekday says, in the answer to `GET /api/days`.
 */
export type SpecialDayEntry = {
/**
 * Written 2026-10-01.
 */
date: string,
/**
 * What is special about it.
 */
kind: DayKind,
/**
 * Of which holiday.
 */
name: string, };

/**
 * What is special about a day.
 */
export type DayKind = "off" | "work" | "usual";

/**
 * How a meeting opens.
 */
export type MeetingOpening = {
/**
 * Whether the server opens it when its time has come.
 */
byItself: boolean,
/**
 * How many minutes before its start, 0 to 60.
 */
beforeMinutes: number,
/**
 * Whether it is recorded from its opening on.
 */
recorded: boolean,
/**
 * Which microphones are open at first.
 */
microphones: MicrophonePolicy,
/**
 * Fixed title on its screens, up to 60 characters; may be empty.
 */
banner: string, };

/**
 * Which microphones are open when a meeting opens.
 */
export type MicrophonePolicy = "closed" | "own";

/**
 * What meetings of one sort have in common, in the answer to `GET /api/profiles`.
 */
export type ProfileEntry = {
/**
 * Its id.
 */
id: string,
/**
 * Its name.
 */
name: string,
/**
 * What kind of meeting.
 */
kind: MeetingKind,
/**
 * The one video codec.
 */
codec: Codec,
/**
 * Id of the line its programme comes from; one that was removed stays named until somebody chooses another.
 */
line: string | null,
/**
 * The venues that take part.
 */
venues: Array<string>,
/**
 * The units that are invited; one that was closed stays named until somebody chooses anew.
 */
units: Array<string>,
/**
 * How long such a meeting usually is.
 */
minutes: number,
/**
 * How such a meeting opens.
 */
opening: MeetingOpening, };

/**
 * Body of `POST /api/profiles`.
 */
export type NewProfile = {
/**
 * Its name, 1 to 40 characters, unlike any other's.
 */
name: string,
/**
 * What kind of meeting.
 */
kind: MeetingKind,
/**
 * The one video codec.
 */
codec: Codec,
/**
 * Id of the line its programme comes from; left out or empty: none.
 */
line?: string,
/**
 * The venues that take part.
 */
venues: Array<string>,
/**
 * The units that are invited; left out: none.
 */
units?: Array<string>,
/**
 * How long such a meeting usually is, 15 to 1440.
 */
minutes: number,
/**
 * How such a meeting opens; left out: as its kind has it, and by hand.
 */
opening?: MeetingOpening, };

/**
 * Body of `PATCH /api/profiles/{profile}`; what is left out stays. No meeting changes with it.
 */
export type ProfileChange = {
/**
 * Its name.
 */
name?: string,
/**
 * What kind of meeting.
 */
kind?: MeetingKind,
/**
 * The one video codec.
 */
codec?: Codec,
/**
 * Id of the line its programme comes from; empty: none.
 */
line?: string,
/**
 * The venues that take part.
 */
venues?: Array<string>,
/**
 * The units that are invited.
 */
units?: Array<string>,
/**
 * How long such a meeting usually is.
 */
minutes?: number,
/**
 * How such a meeting opens.
 */
opening?: MeetingOpening, };

/**
 * A meeting that should have opened by itself and could not yet: it is tried again until its planned end.
 */
export type UnopenedMeeting = {
/**
 * Its id.
 */
id: string,
/**
 * Its title.
 */
title: string,
/**
 * Its planned end, milliseconds since 1970.
 */
endsAtMs: number,
/**
 * What is in the way.
 */
why: Hindrance, };

/**
 * Why a meeting does not open.
 */
export type Hindrance = { "kind": "venueTaken",
/**
 * The venue's name.
 */
venue: string,
/**
 * The other meeting's title.
 */
other: string, } | { "kind": "lineTaken",
/**
 * The line's name.
 */
line: string,
/**
 * The other meeting's title.
 */
other: string, } | { "kind": "lineGone" } | { "kind": "unsigned" } | { "kind": "failed" };

/**
 * Body of `POST /api/meetings`.
 */
export type NewMeeting = {
/**
 * Title, 1 to 100 characters.
 */
title: string,
/**
 * Planned start, milliseconds since 1970.
 */
startsAtMs: number,
/**
 * Planned end, later than the start.
 */
endsAtMs: number,
/**
 * What kind it is.
 */
kind: MeetingKind,
/**
 * The one video codec; H.264 unless a seat cannot.
 */
codec: Codec,
/**
 * Which venues take part.
 */
venues: Array<string>,
/**
 * Id of the line its programme comes from; left out or empty: none.
 */
line?: string,
/**
 * Account of whose duty it is; left out or empty: nobody's.
 */
operator?: string,
/**
 * Accounts of leaders who attend, at most 20.
 */
leaders?: Array<string>,
/**
 * How it opens; left out: as its kind has it, and by hand.
 */
opening?: MeetingOpening,
/**
 * Whether the planner knows of every warning of `GET /api/schedule/check`.
 */
warned?: boolean,
/**
 * The meetings that give way to it, as that proposed or otherwise.
 */
moves?: Array<NewMove>,
/**
 * What its notice says; may be left out and written later.
 */
notice?: MeetingNotice,
/**
 * Units that are invited to it, each time if it comes again; may be left out and invited later.
 */
units?: Array<string>, };

/**
 * Body of `PATCH /api/meetings/{meeting}`; what is left out stays. A meeting on air keeps its codec and kind.
 */
export type MeetingChange = {
/**
 * Title.
 */
title?: string,
/**
 * Planned start.
 */
startsAtMs?: number,
/**
 * Planned end.
 */
endsAtMs?: number,
/**
 * What kind it is.
 */
kind?: MeetingKind,
/**
 * The one video codec.
 */
codec?: Codec,
/**
 * Which venues take part.
 */
venues?: Array<string>,
/**
 * Id of the line its programme comes from; empty: none.
 */
line?: string,
/**
 * Account of whose duty it is; empty: nobody's.
 */
operator?: string,
/**
 * Accounts of leaders who attend.
 */
leaders?: Array<string>,
/**
 * How it opens; on air only the banner may become another.
 */
opening?: MeetingOpening,
/**
 * Whether the planner knows of every warning.
 */
warned?: boolean,
/**
 * Whether the planner knows that an arrangement that is signed has to be signed for again.
 */
unsigns?: boolean,
/**
 * The meetings that give way to it.
 */
moves?: Array<NewMove>,
/**
 * Whether all later ones of its series follow.
 */
later?: boolean,
/**
 * Whether the planner knows that what was tested becomes another (联调后更改).
 */
afterTest?: boolean, };

/**
 * Who is on air and heard in a meeting.
 */
export type StageState = {
/**
 * The participant whose picture and sound is the programme.
 */
onAir: string | null,
/**
 * Whose sound reaches anyone, that of the programme included.
 */
heard: Heard, };

/**
 * Whose sound reaches anyone.
 */
export type Heard = { "who": "all" } | { "who": "only",
/**
 * Which.
 */
participants: Array<string>, } | { "who": "nobody" };

/**
 * Body of `POST /api/meetings/{meeting}/programme`.
 */
export type ProgrammeChoice = {
/**
 * Whose picture and sound; `null` shows the slate.
 */
participant: string | null,
/**
 * Whether their sound is opened in the same step. Sound that came with the programme before is closed in any case; a
 * microphone that was opened by itself stays as it is.
 */
withSound: boolean, };

/**
 * Body of `POST /api/meetings/{meeting}/microphones`.
 */
export type MicrophoneChange = {
/**
 * Whose.
 */
participant: string,
/**
 * Open, or closed in the relay.
 */
open: boolean, };

/**
 * Answer to `GET /api/meetings/{meeting}/roll-calls`, and to each step of one.
 */
export type RollCalls = {
/**
 * When this was said, milliseconds since 1970: what times in it are counted from.
 */
nowMs: number,
/**
 * Name of the county's own venue; empty if the meeting has none.
 */
ownVenue: string,
/**
 * Whom a new call has on its list, in administrative order.
 */
list: Array<RollCallVenue>,
/**
 * How many attend, by the notice and the attendance list.
 */
attendees: number,
/**
 * The calls, the latest first.
 */
calls: Array<RollCallEntry>, };

/**
 * A venue that would be called.
 */
export type RollCallVenue = {
/**
 * Its id.
 */
venue: string,
/**
 * Its name.
 */
name: string, };

/**
 * One roll call.
 */
export type RollCallEntry = {
/**
 * Its id.
 */
id: string,
/**
 * When it began, milliseconds since 1970.
 */
begunAtMs: number,
/**
 * Who began it.
 */
begunBy: string,
/**
 * When it ended; null while it runs.
 */
endedAtMs: number | null,
/**
 * How many there are of each.
 */
figures: RollCallFigures,
/**
 * The venues, in administrative order.
 */
venues: Array<RollCallLine>,
/**
 * Who is called now.
 */
calling: RollCallCalling | null, };

/**
 * How many venues there are of each.
 */
export type RollCallFigures = {
/**
 * On the list (应到).
 */
due: number,
/**
 * 到.
 */
present: number,
/**
 * 缺.
 */
absent: number,
/**
 * 故障.
 */
fault: number,
/**
 * 未点.
 */
open: number, };

/**
 * One venue of a roll call.
 */
export type RollCallLine = {
/**
 * Its id.
 */
venue: string,
/**
 * Its name when the call began.
 */
name: string,
/**
 * When it was called last.
 */
calledAtMs: number | null,
/**
 * What it answered.
 */
answer: RollCallAnswered | null, };

/**
 * What a venue answered.
 */
export type RollCallAnswered = {
/**
 * In one word.
 */
presence: Presence,
/**
 * What is said of it; may be empty.
 */
note: string,
/**
 * When it was written down.
 */
atMs: number,
/**
 * By whom.
 */
by: string, };

/**
 * Whether a venue is there.
 */
export type Presence = "present" | "absent" | "fault";

/**
 * The venue that is called.
 */
export type RollCallCalling = {
/**
 * Its id.
 */
venue: string,
/**
 * Since when.
 */
sinceMs: number,
/**
 * How its microphone is.
 */
microphone: CalledMicrophone,
/**
 * When it is closed without an answer, if it is open.
 */
closesAtMs: number | null, };

/**
 * How the microphone of a venue that is called is.
 */
export type CalledMicrophone = "open" | "closed" | "notThere" | "unanswered" | "restarted";

/**
 * Body of `POST /api/meetings/{meeting}/roll-calls/call`.
 */
export type VenueCall = {
/**
 * Which venue.
 */
venue: string, };

/**
 * Body of `POST /api/meetings/{meeting}/roll-calls/answer`.
 */
export type RollCallAnswer = {
/**
 * Which venue.
 */
venue: string,
/**
 * What it answered.
 */
presence: Presence,
/**
 * What is said of it, at most 100 characters.
 */
note?: string, };

/**
 * Answer to `GET /api/meetings/{meeting}/attendance`, and to each change of the list.
 */
export type AttendanceList = {
/**
 * When this was said, milliseconds since 1970: what times in it are counted from.
 */
nowMs: number,
/**
 * Title of the meeting.
 */
title: string,
/**
 * Its planned start.
 */
startsAtMs: number,
/**
 * Its planned end.
 */
endsAtMs: number,
/**
 * Whether it is one of a series.
 */
inSeries: boolean,
/**
 * What holds for the whole list.
 */
terms: AttendanceTerms,
/**
 * When which step can be taken.
 */
hours: AttendanceHours,
/**
 * How many there are of each.
 */
figures: AttendanceFigures,
/**
 * The invited units, in administrative order.
 */
units: Array<InvitedUnit>,
/**
 * Units that could be invited, in administrative order.
 */
others: Array<UnitToInvite>,
/**
 * The venues that take part, in administrative order.
 */
venues: Array<AttendanceVenue>, };

/**
 * What holds for a whole list, as the panel sends and receives it. Minutes count from the meeting's start.
 */
export type AttendanceTerms = {
/**
 * How many minutes before the start units can name and excuse people no longer; null is until sign-in opens.
 */
answerBeforeMinutes: number | null,
/**
 * How many minutes before the start sign-in opens.
 */
opensBeforeMinutes: number,
/**
 * How many minutes after the start sign-in closes: whoever comes later is late.
 */
closesAfterMinutes: number, };

/**
 * When which step can be taken.
 */
export type AttendanceHours = {
/**
 * Until when units answer.
 */
answersUntilMs: number,
/**
 * When sign-in opens.
 */
opensAtMs: number,
/**
 * From when on a sign-in is late.
 */
closesAtMs: number,
/**
 * How far the meeting is.
 */
phase: AttendancePhase, };

/**
 * How far a meeting is, as far as its list is concerned.
 */
export type AttendancePhase = "toBe" | "over" | "cancelled";

/**
 * How many people there are of each.
 */
export type AttendanceFigures = {
/**
 * 应到.
 */
due: number,
/**
 * 实到.
 */
present: number,
/**
 * 请假.
 */
leave: number,
/**
 * 缺席.
 */
absent: number,
/**
 * 迟到, of those present.
 */
late: number, };

/**
 * An invited unit.
 */
export type InvitedUnit = {
/**
 * Its id.
 */
unit: string,
/**
 * Its name.
 */
name: string,
/**
 * Whether somebody answers for it here; else it is told by telephone.
 */
hasLiaison: boolean,
/**
 * The venue its people come to; empty if the meeting has none.
 */
venue: string,
/**
 * Its receipt.
 */
receipt: ReceiptEntry,
/**
 * Its people, by their numbers.
 */
people: Array<AttendeeEntry>, };

/**
 * A unit that could be invited.
 */
export type UnitToInvite = {
/**
 * Its id.
 */
unit: string,
/**
 * Its name.
 */
name: string, };

/**
 * A venue that takes part.
 */
export type AttendanceVenue = {
/**
 * Its id.
 */
venue: string,
/**
 * Its name.
 */
name: string, };

/**
 * How far a unit's notice has come.
 */
export type ReceiptEntry = {
/**
 * In one word.
 */
standing: ReceiptStanding,
/**
 * Who opened it; empty while nobody has.
 */
readBy: string,
/**
 * When.
 */
readAtMs: number | null,
/**
 * Who confirmed it.
 */
confirmedBy: string,
/**
 * When.
 */
confirmedAtMs: number | null, };

/**
 * How a receipt stands.
 */
export type ReceiptStanding = "notified" | "read" | "confirmed" | "changed";

/**
 * Somebody on the list.
 */
export type AttendeeEntry = {
/**
 * Their id.
 */
id: string,
/**
 * Number on the sheet.
 */
number: number,
/**
 * Name.
 */
name: string,
/**
 * Position; may be empty.
 */
position: string,
/**
 * Whether whoever keeps the list put them on it.
 */
summoned: boolean,
/**
 * What is to be expected.
 */
answer: AttendeeAnswer,
/**
 * Who said so.
 */
saidBy: string,
/**
 * When.
 */
saidAtMs: number,
/**
 * Their sign-in.
 */
signed: AttendeeSignIn | null, };

/**
 * What is to be expected of somebody.
 */
export type AttendeeAnswer = { "kind": "expected" } | { "kind": "confirmed" } | { "kind": "leave",
/**
 * Why, at most 100 characters.
 */
reason: string,
/**
 * Who approved it.
 */
approver: string, } | { "kind": "standIn",
/**
 * Who comes instead.
 */
name: string,
/**
 * Who approved it.
 */
approver: string, } | { "kind": "absent" };

/**
 * A sign-in.
 */
export type AttendeeSignIn = {
/**
 * When it was entered.
 */
atMs: number,
/**
 * By whom.
 */
by: string,
/**
 * How.
 */
means: SignInMeans,
/**
 * Whether it was late (迟到).
 */
late: boolean, };

/**
 * How somebody signed in.
 */
export type SignInMeans = "list" | "number" | "paper";

/**
 * Body of `POST /api/meetings/{meeting}/attendance/invite`.
 */
export type UnitInvitation = {
/**
 * Which units; those that are invited already stay so.
 */
units: Array<string>,
/**
 * Whether they are invited to all later meetings of the series too.
 */
later?: boolean, };

/**
 * Body of `POST /api/meetings/{meeting}/attendance/copy`.
 */
export type AttendanceCopy = {
/**
 * The meeting whose list is taken.
 */
from: string, };

/**
 * Body of `PATCH /api/meetings/{meeting}/attendance/units/{unit}`.
 */
export type UnitPlace = {
/**
 * The venue its people come to; empty is the meeting's own.
 */
venue: string, };

/**
 * Body of what puts people on a list.
 */
export type NewAttendees = {
/**
 * Whom.
 */
people: Array<NewAttendee>, };

/**
 * Somebody to be put on a list.
 */
export type NewAttendee = {
/**
 * Name, at most 64 characters.
 */
name: string,
/**
 * Position, at most 64 characters; may be empty.
 */
position: string, };

/**
 * Body of what changes somebody on a list; what is left out stays.
 */
export type AttendeeChange = {
/**
 * Name and position.
 */
person?: NewAttendee,
/**
 * What is to be expected.
 */
answer?: AttendeeAnswer, };

/**
 * Body of `POST /api/meetings/{meeting}/attendance/sign-in`: either id or number.
 */
export type SignInRequest = {
/**
 * Who.
 */
attendee?: string,
/**
 * Or whoever has this number on the sheet.
 */
number?: number,
/**
 * How.
 */
means: SignInMeans, };

/**
 * Body of `POST /api/meetings/{meeting}/attendance/undo`.
 */
export type SignInUndo = {
/**
 * Who.
 */
attendee: string, };

/**
 * Answer to a sign-in, and to its undoing.
 */
export type SignedIn = {
/**
 * Who, as they stand on the list now.
 */
attendee: AttendeeEntry,
/**
 * How many there are of each.
 */
figures: AttendanceFigures, };

/**
 * One meeting a unit is invited to. Answer to `GET /api/notices` is a list of these, the soonest first.
 */
export type UnitNotice = {
/**
 * Id of the meeting.
 */
meeting: string,
/**
 * Id of the unit.
 */
unit: string,
/**
 * Name of the unit.
 */
unitName: string,
/**
 * Title of the meeting.
 */
title: string,
/**
 * Its planned start.
 */
startsAtMs: number,
/**
 * Its planned end.
 */
endsAtMs: number,
/**
 * Why it was cancelled; empty unless it was.
 */
cancelReason: string,
/**
 * The venue its people come to; empty if the meeting has none.
 */
venue: string,
/**
 * The unit that holds it; may be empty.
 */
organiser: string,
/**
 * The agenda, item by item.
 */
agenda: Array<string>,
/**
 * What is asked of whoever attends, item by item; may be empty.
 */
requirements: Array<string>,
/**
 * Whom to ask, or who is on duty; may be empty.
 */
contact: string,
/**
 * When the joint test begins, if one is to come.
 */
jointTestAtMs: number | null,
/**
 * When which step can be taken.
 */
hours: AttendanceHours,
/**
 * Whether the unit can still say who comes.
 */
answers: boolean,
/**
 * The receipt.
 */
receipt: ReceiptEntry,
/**
 * The unit's people.
 */
people: Array<AttendeeEntry>, };

/**
 * What a meeting's notice says, which its recordings are found by: answer to `GET /api/meetings/{meeting}/notice` and body of
 * `POST`.
 */
export type MeetingNotice = {
/**
 * The unit that holds it: up to 64 characters.
 */
unit: string,
/**
 * Who attends; at most 500.
 */
attendees: Array<MeetingAttendee>,
/**
 * The agenda: at most 60 items of up to 100 characters.
 */
agenda: Array<string>,
/**
 * Whom to ask, with a telephone number: up to 64 characters. Empty: whose duty it is.
 */
contact: string,
/**
 * What is asked of those who come: at most 20 items of up to 120 characters. Empty: the usual sentences are printed.
 */
requirements: Array<string>,
/**
 * Whoever stands on the meeting's attendance list instead; an answer alone has them.
 */
listed?: Array<MeetingAttendee>, };

/**
 * Somebody who attends.
 */
export type MeetingAttendee = {
/**
 * Name, often with an office: up to 64 characters.
 */
name: string,
/**
 * Their unit; may be empty.
 */
unit: string, };

/**
 * Answer to `GET /api/recordings`, latest first. Query: `q` words, each of which is somewhere `within` (`title`, `unit`,
 * `attendee`, `agenda`; left out: anywhere), `from` and `to` when it began, `after` what the page before said, `count` at most 200.
 */
export type RecordingPage = {
/**
 * What was found.
 */
entries: Array<RecordingEntry>,
/**
 * To ask for the next page with (`after`); `null` at the end.
 */
next: string | null, };

/**
 * Where the words of a search stand.
 */
export type Within = "title" | "unit" | "attendee" | "agenda";

/**
 * A recording in the list.
 */
export type RecordingEntry = {
/**
 * Its id.
 */
id: string,
/**
 * Its meeting.
 */
meeting: string,
/**
 * Its meeting's title.
 */
title: string,
/**
 * The unit that held the meeting; may be empty.
 */
unit: string,
/**
 * Whose signature it needs to be handed out.
 */
pen: PenEntry,
/**
 * What somebody wrote about it; may have several lines, or none.
 */
note: string,
/**
 * Whether it is locked: it stays as it is.
 */
locked: boolean,
/**
 * What the reader asked to be handed out of it and waits or is open, the latest first.
 */
asked: Array<AskedEntry>,
/**
 * When it was to begin, milliseconds since 1970.
 */
startedAtMs: number,
/**
 * When it was told to end; `null` while it is to go on.
 */
endedAtMs: number | null,
/**
 * How it is.
 */
state: RecordingState,
/**
 * How its recorder is, while it is to go on.
 */
now: RecorderStatus | null,
/**
 * How far its files are, of a hundred, while they are being made; `null` while others' are.
 */
percent: number | null,
/**
 * How long it is, milliseconds, once its files are there.
 */
lengthMs: number | null,
/**
 * Bytes of its files, or of its journal until they are there.
 */
bytes: number | null,
/**
 * How many stretches are missing, once its files are there.
 */
gaps: number | null,
/**
 * Why its files could not be made.
 */
failure: RecordingFailure | null, };

/**
 * What the reader of a list asked to be handed out of a recording.
 */
export type AskedEntry = {
/**
 * The sign-off.
 */
signOff: string,
/**
 * Which part; `null` is the whole.
 */
part: RecordingPart | null,
/**
 * Whether it may be fetched; else it waits.
 */
open: boolean, };

/**
 * How a recording is.
 */
export type RecordingState = "recording" | "finalising" | "ready" | "incomplete" | "failed";

/**
 * Why a recording's files could not be made.
 */
export type RecordingFailure = {
/**
 * What kind of trouble.
 */
kind: FailureKind,
/**
 * One line for technicians, in English.
 */
detail: string, };

/**
 * What kind of trouble kept files from being made.
 */
export type FailureKind = "empty" | "diskFull" | "pipeline" | "proof" | "files" | "died";

/**
 * A recording with its files, from `GET /api/recordings/{recording}`.
 */
export type RecordingDetail = {
/**
 * As in the list.
 */
entry: RecordingEntry,
/**
 * When its files or pieces begin, milliseconds since 1970: every time in them counts from here. `null` without either.
 */
beganAtMs: number | null,
/**
 * How the programme's picture came about: `copied` (as it was sent), or `composed` and why, in English.
 */
picture: string | null,
/**
 * Its files; a play has each at `/api/plays/{play}/{name}`. While they are being made anew, those before.
 */
files: Array<RecordingFile>,
/**
 * What can be played of it before it has files: films that are played one after the other. There are more each minute, while
 * it runs.
 */
pieces: Array<RecordingPiece>,
/**
 * What is missing, in order.
 */
gaps: Array<RecordingGap>,
/**
 * What was wrong with its journal, in Chinese.
 */
findings: Array<string>,
/**
 * What was marked afterwards, in order.
 */
marks: Array<MarkEntry>,
/**
 * Why it stays as it is, if it does.
 */
lock: SignatureEntry | null,
/**
 * SHA-256 of the manifest, which has those of everything else.
 */
manifestSha256: string | null, };

/**
 * One file of a recording.
 */
export type RecordingFile = {
/**
 * Its path below `files/`.
 */
name: string,
/**
 * `programme`, `original`, `poster`, `sprite`, `sprite_index` or `chapters`.
 */
kind: string,
/**
 * Bytes.
 */
bytes: number,
/**
 * SHA-256 in hexadecimal.
 */
sha256: string,
/**
 * How long it is, milliseconds.
 */
lengthMs: number | null,
/**
 * When it begins within the recording, milliseconds.
 */
fromMs: number | null,
/**
 * Whose it is, as shown.
 */
source: string | null, };

/**
 * A stretch that is missing.
 */
export type RecordingGap = {
/**
 * Last arrival before it, milliseconds since 1970.
 */
fromMs: number,
/**
 * First arrival after it.
 */
toMs: number,
/**
 * How many packets and other records are missing; `null` if nobody counted, because the server was gone.
 */
lost: number | null, };

/**
 * A piece of a recording that has no files yet.
 */
export type RecordingPiece = {
/**
 * A play has it at `/api/plays/{play}/{name}`.
 */
name: string,
/**
 * When it begins within the recording, milliseconds.
 */
fromMs: number,
/**
 * How long it is, milliseconds.
 */
lengthMs: number, };

/**
 * How a recording is that is to run.
 */
export type RecorderStatus = {
/**
 * How it is.
 */
state: RecorderState,
/**
 * Since when it is so, milliseconds since 1970.
 */
sinceMs: number,
/**
 * Bytes written since the server started.
 */
bytes: number,
/**
 * Packets and other records that are missing since the server started.
 */
lost: number,
/**
 * How often the recorder's process was replaced.
 */
restarts: number,
/**
 * How many minutes the disk lasts at the present rate, as far as that is known.
 */
diskLastsMinutes: number | null,
/**
 * How much of it can be played already, milliseconds from its beginning.
 */
composedMs: number, };

/**
 * How a recording is that is to run.
 */
export type RecorderState = "starting" | "writing" | "notWriting" | "diskFull";

/**
 * How a meeting stands whose unit asks for a signature.
 */
export type SigningState = {
/**
 * How it stands.
 */
state: Clearance,
/**
 * Who signed or refused; empty before.
 */
by: string,
/**
 * When, milliseconds since 1970.
 */
atMs: number | null,
/**
 * What they wrote; may be empty.
 */
text: string, };

/**
 * How far a signature is.
 */
export type Clearance = "unsigned" | "waiting" | "refused" | "signed";

/**
 * A request for a signature under a meeting's arrangement.
 */
export type ArrangementEntry = {
/**
 * Its id.
 */
id: string,
/**
 * The meeting's id.
 */
meeting: string,
/**
 * The meeting's title now.
 */
title: string,
/**
 * What is signed for, a line each.
 */
text: string,
/**
 * What whoever asked says to it; may be empty.
 */
remark: string,
/**
 * Who asked.
 */
askedBy: string,
/**
 * Whether the caller asked.
 */
mine: boolean,
/**
 * When, milliseconds since 1970.
 */
askedAtMs: number,
/**
 * Whose signature it needs.
 */
pen: PenEntry,
/**
 * Whether nobody has decided yet.
 */
waits: boolean,
/**
 * How it stands; `unsigned` if the meeting was changed since.
 */
state: Clearance,
/**
 * What was decided.
 */
decision: SignatureEntry | null, };

/**
 * Body of `POST /api/meetings/{meeting}/sign-offs`.
 */
export type ArrangementRequest = {
/**
 * What is said to it, at most 200 characters; may be empty.
 */
text: string, };

/**
 * Answer to `GET /api/sign-offs`: on the first page all that wait, then those that were decided, the latest request first.
 */
export type SignOffPage = {
/**
 * What there is.
 */
entries: Array<SignOffEntry>,
/**
 * To ask for the next page with (`after`); `null` at the end.
 */
next: string | null,
/**
 * Requests for arrangements, on the first page alone: those that wait, then the latest that were decided.
 */
arrangements: Array<ArrangementEntry>, };

/**
 * A request for a recording to be handed out, and what became of it.
 */
export type SignOffEntry = {
/**
 * Its id.
 */
id: string,
/**
 * The recording.
 */
recording: string,
/**
 * Title of the recording's meeting.
 */
title: string,
/**
 * When the recording began, milliseconds since 1970.
 */
recordedAtMs: number,
/**
 * Shown name of who asked.
 */
askedBy: string,
/**
 * Whether that was the reader.
 */
mine: boolean,
/**
 * When, milliseconds since 1970.
 */
askedAtMs: number,
/**
 * What it is needed for.
 */
purpose: string,
/**
 * Who receives it.
 */
recipient: string,
/**
 * How many days it may be fetched, from the signature on.
 */
days: number,
/**
 * Which part of it; `null` is the whole.
 */
part: RecordingPart | null,
/**
 * Whose signature it needs.
 */
pen: PenEntry,
/**
 * How it is now.
 */
standing: Standing,
/**
 * Until when it may be fetched, milliseconds since 1970, while it is open.
 */
untilMs: number | null,
/**
 * What was decided, by whom.
 */
decision: SignatureEntry | null,
/**
 * Who took it back.
 */
recall: SignatureEntry | null, };

/**
 * Somebody's word, with the moment and what they wrote.
 */
export type SignatureEntry = {
/**
 * Shown name of who signed.
 */
by: string,
/**
 * Shown name of the approver they deputised for, if it was not their own pen.
 */
deputising: string | null,
/**
 * When, milliseconds since 1970.
 */
atMs: number,
/**
 * What they wrote; may be empty.
 */
text: string, };

/**
 * How a sign-off is now.
 */
export type Standing = "waiting" | "open" | "refused" | "recalled" | "over";

/**
 * Body of `POST /api/recordings/{recording}/sign-offs`.
 */
export type SignOffRequest = {
/**
 * What it is needed for: 1 to 200 characters.
 */
purpose: string,
/**
 * Who receives it: 1 to 64 characters.
 */
recipient: string,
/**
 * How many days it may be fetched: 1 to 90.
 */
days: number,
/**
 * Which part of it, at least ten seconds; left out for the whole.
 */
part?: RecordingPart, };

/**
 * A part of a recording. What is handed out begins with the first picture at or after its beginning that stands by itself.
 */
export type RecordingPart = {
/**
 * Where it begins, milliseconds from the recording's beginning.
 */
fromMs: number,
/**
 * Where it ends.
 */
toMs: number, };

/**
 * Body of `POST /api/sign-offs/{signoff}/grant`, `…/refuse` and `…/recall`.
 */
export type Verdict = {
/**
 * A word beside the signature: up to 200 characters. A refusal and a recall need one.
 */
text: string, };

/**
 * A unit's pen (一支笔), and who signs with it.
 */
export type PenEntry = {
/**
 * Name of the unit; `null` for the county's own while the server belongs to no unit.
 */
unit: string | null,
/**
 * Shown name of who signs now; `null` if nobody does.
 */
holder: string | null,
/**
 * Whether that is the reader.
 */
mine: boolean, };

/**
 * Answer to `GET /api/delegations`: who signs, and for which days somebody else does.
 */
export type PenState = {
/**
 * The county's own, then that of each unit that has an approver, in administrative order.
 */
pens: Array<PenEntry>,
/**
 * The latest delegations.
 */
delegations: Array<DelegationEntry>,
/**
 * Who could deputise: told to an approver alone, of their own unit.
 */
deputies: Array<Deputy>, };

/**
 * Days for which somebody else signs.
 */
export type DelegationEntry = {
/**
 * Its id.
 */
id: string,
/**
 * Shown name of the approver.
 */
by: string,
/**
 * Whether that is the reader.
 */
mine: boolean,
/**
 * Shown name of who signs instead.
 */
deputy: string,
/**
 * From when, milliseconds since 1970.
 */
fromMs: number,
/**
 * Until when.
 */
untilMs: number,
/**
 * Why.
 */
reason: string,
/**
 * When the approver ended it before its time.
 */
endedMs: number | null,
/**
 * How it is now.
 */
term: Term, };

/**
 * How a delegation is now.
 */
export type Term = "ahead" | "runs" | "over";

/**
 * Somebody who could deputise.
 */
export type Deputy = {
/**
 * Their account.
 */
account: string,
/**
 * Shown name.
 */
name: string,
/**
 * Their unit; may be empty.
 */
unit: string, };

/**
 * Body of `POST /api/delegations`.
 */
export type NewDelegation = {
/**
 * The account of who is to sign: a leader's of the approver's unit.
 */
deputy: string,
/**
 * From when, milliseconds since 1970.
 */
fromMs: number,
/**
 * Until when; at most 92 days later.
 */
untilMs: number,
/**
 * Why: 1 to 100 characters.
 */
reason: string, };

/**
 * Body of `POST /api/recordings/{recording}/plays`.
 */
export type PlayRequest = {
/**
 * What it is played for: 1 to 100 characters, as the book keeps it.
 */
purpose: string, };

/**
 * Answer to `POST /api/recordings/{recording}/plays`: leave to play a recording, until the log-in ends.
 */
export type PlayEntry = {
/**
 * The recording's files are at `/api/plays/{play}/{file}`.
 */
play: string, };

/**
 * Body of `POST /api/recordings/{recording}/note`, `…/lock`, `…/unlock`, and of `POST /api/meetings/{meeting}/recording/marks`.
 */
export type Remark = {
/**
 * The note, the reason, or what a mark says.
 */
text: string, };

/**
 * Body of `POST /api/recordings/{recording}/marks`.
 */
export type NewMark = {
/**
 * The moment, milliseconds since 1970, by the recording's own clock.
 */
atMs: number,
/**
 * What is to be seen or heard there: 1 to 60 characters.
 */
text: string, };

/**
 * A moment of a recording that was marked afterwards.
 */
export type MarkEntry = {
/**
 * Its id.
 */
id: string,
/**
 * The moment, milliseconds since 1970, by the recording's own clock.
 */
atMs: number,
/**
 * What is to be seen or heard there.
 */
text: string,
/**
 * Shown name of who marked it.
 */
by: string, };

/**
 * A material of a meeting: answer to `GET /api/meetings/{meeting}/materials`, in a list, and to `POST`.
 */
export type MaterialEntry = {
/**
 * Its id.
 */
id: string,
/**
 * What it is called.
 */
name: string,
/**
 * How large the file is.
 */
bytes: number,
/**
 * How many pages it has.
 */
pages: number,
/**
 * Who brought it.
 */
by: string,
/**
 * When, milliseconds since 1970.
 */
atMs: number, };

/**
 * Answer to `POST /api/sign-offs/{signoff}/exports`: leave to fetch what was signed for, while it is open.
 */
export type ExportEntry = {
/**
 * Its file is at `/api/exports/{export}/{file}`.
 */
id: string,
/**
 * The file.
 */
file: string, };

/**
 * Where a link gets its picture and sound from.
 */
export type LegSource = { "kind": "rtsp",
/**
 * `rtsp://host:port/path`, without name and password.
 */
url: string,
/**
 * Whether media comes inside the TCP connection or by UDP.
 */
transport: RtspTransport,
/**
 * Name to log in with; empty if none is needed.
 */
user: string,
/**
 * Password: written, never read. `null` in an answer; in a change `null` keeps it.
 */
password: string | null, } | { "kind": "srtCaller",
/**
 * Host name or address.
 */
host: string,
/**
 * Port.
 */
port: number,
/**
 * Stream id; may be empty.
 */
streamId: string,
/**
 * Passphrase, 10 to 79 characters: written, never read. `null` in a change keeps it, empty means none.
 */
passphrase: string | null,
/**
 * Receive buffer, milliseconds.
 */
latencyMs: number, } | { "kind": "srtListener",
/**
 * UDP port to listen on.
 */
port: number,
/**
 * Passphrase, as above.
 */
passphrase: string | null,
/**
 * Receive buffer, milliseconds.
 */
latencyMs: number, } | { "kind": "demo" };

/**
 * How RTSP carries media.
 */
export type RtspTransport = "tcp" | "udp";

/**
 * One link that was set up.
 */
export type LegEntry = {
/**
 * Its id; also who it is in its meeting.
 */
id: string,
/**
 * Shown name, for example 省主会场.
 */
name: string,
/**
 * The meeting it feeds.
 */
meeting: string,
/**
 * Where it gets its picture from; secrets are `null`.
 */
source: LegSource,
/**
 * Whether a secret is stored.
 */
hasSecret: boolean,
/**
 * Whether it comes from the settings file and so can't be changed here.
 */
fromSettings: boolean,
/**
 * Whether it is to run while its meeting is on air.
 */
enabled: boolean,
/**
 * How it is.
 */
state: LegState,
/**
 * What that means and what to do: a sentence in Chinese; empty when all is well.
 */
sentence: string,
/**
 * How often it was started again.
 */
restarts: number,
/**
 * Since when it feeds the meeting, milliseconds since 1970.
 */
sinceMs: number | null, };

/**
 * Body of `POST /api/legs`.
 */
export type NewLeg = {
/**
 * Shown name, 1 to 64 characters.
 */
name: string,
/**
 * The meeting it feeds.
 */
meeting: string,
/**
 * Where it gets its picture from.
 */
source: LegSource, };

/**
 * Body of `PATCH /api/legs/{leg}`; what is left out stays.
 */
export type LegChange = {
/**
 * Shown name.
 */
name?: string,
/**
 * The meeting it feeds.
 */
meeting?: string,
/**
 * Where it gets its picture from.
 */
source?: LegSource, };

/**
 * A page of the book (审计), newest first.
 */
export type AuditPage = {
/**
 * Entries.
 */
entries: Array<AuditRow>,
/**
 * Number to ask for the next page with (`before`); `null` at the end.
 */
nextBefore: number | null,
/**
 * Who is system and security administrator at once by leave.
 */
exceptions: Array<ExceptionEntry>, };

/**
 * `POST /api/audit/exports`: which entries are wanted, as the page of the book is asked for them; `null` where all are.
 */
export type AuditFilter = {
/**
 * Only of actors whose name holds this.
 */
actor: string | null,
/**
 * Only from addresses that begin like this.
 */
address: string | null,
/**
 * Only actions that begin like this.
 */
action: string | null,
/**
 * Only of things whose name holds this.
 */
subject: string | null,
/**
 * Only what was opened at this moment or later, milliseconds since 1970.
 */
fromMs: number | null,
/**
 * Only what was opened before this moment.
 */
untilMs: number | null, };

/**
 * One entry of the book.
 */
export type AuditRow = {
/**
 * Its number, counting up without gaps.
 */
number: number,
/**
 * When it was opened, milliseconds since 1970.
 */
atMs: number,
/**
 * Who: account name, machine's name, or what kind of stranger.
 */
actor: string,
/**
 * From where: an IP address.
 */
address: string,
/**
 * What was asked, as a stable word: `meeting.open`.
 */
action: string,
/**
 * Of which thing.
 */
subject: string,
/**
 * How it ended; `null` while it runs, or if the server died meanwhile.
 */
result: string | null, };

/**
 * Answer to what checks or applies a table: each of its lines, and the mark it is applied with.
 */
export type ImportCheck = {
/**
 * In the order of the file.
 */
lines: Array<ImportLineEntry>,
/**
 * Sent along when it is applied: what was shown is what is done.
 */
mark: string, };

/**
 * One line of a table.
 */
export type ImportLineEntry = {
/**
 * Its number in the file, from 1.
 */
line: number,
/**
 * Whom or what it is about, as written there.
 */
name: string,
/**
 * What comes of it.
 */
result: ImportResult,
/**
 * What becomes different of what is there.
 */
differences: Array<ImportDifference>,
/**
 * What is wrong.
 */
faults: Array<ImportFaultEntry>, };

/**
 * What comes of a line.
 */
export type ImportResult = "make" | "change" | "leave" | "wrong";

/**
 * One value that becomes another.
 */
export type ImportDifference = {
/**
 * The head of its column.
 */
column: string,
/**
 * As it is.
 */
before: string,
/**
 * As it will be.
 */
after: string, };

/**
 * What is wrong with one cell.
 */
export type ImportFaultEntry = {
/**
 * The head of its column.
 */
column: string,
/**
 * A sentence in Chinese.
 */
sentence: string,
/**
 * The same in English.
 */
sentenceEn: string, };

/**
 * Whether a meeting is ready, in the answer to `GET /api/joint-tests`.
 */
export type ReadinessEntry = {
/**
 * The meeting's id.
 */
meeting: string,
/**
 * Whether it is ready.
 */
readiness: Readiness,
/**
 * How many items are open, of one with defects; else 0.
 */
openItems: number,
/**
 * The joint test that counts, or that is to come.
 */
slot: string | null,
/**
 * When that begins or began, milliseconds since 1970.
 */
startsAtMs: number | null,
/**
 * Why it has none, if it takes one.
 */
none: NoJointTest | null, };

/**
 * Whether a meeting is ready.
 */
export type Readiness = "notNeeded" | "notTested" | "running" | "ready" | "defects" | "explained" | "accepted" | "changed";

/**
 * Why a meeting got no joint test by itself.
 */
export type NoJointTest = "gone" | "taken";

/**
 * How far a joint test is.
 */
export type JointTestState = "planned" | "running" | "passed" | "defects" | "explained" | "accepted" | "changed";

/**
 * Answer to `GET /api/joint-tests/{meeting}`: all of a joint test, and of its meeting what stands on its form.
 */
export type JointTestEntry = {
/**
 * Its id: that of its row among meetings.
 */
id: string,
/**
 * The meeting it is of.
 */
meeting: string,
/**
 * That meeting's title.
 */
title: string,
/**
 * That meeting's planned start, milliseconds since 1970.
 */
meetingStartsAtMs: number,
/**
 * That meeting's planned end.
 */
meetingEndsAtMs: number,
/**
 * Its own planned start.
 */
startsAtMs: number,
/**
 * Its own planned end.
 */
endsAtMs: number,
/**
 * Whether its room is open, so that something can be measured.
 */
onAir: boolean,
/**
 * Whether its room was closed or the test cancelled: it can't be opened again.
 */
closed: boolean,
/**
 * Name of the line; empty without one.
 */
line: string,
/**
 * Names of the venues.
 */
venues: Array<string>,
/**
 * Who is on duty.
 */
operator: MeetingPerson | null,
/**
 * How far it is.
 */
state: JointTestState,
/**
 * Whether the meeting is ready.
 */
readiness: Readiness,
/**
 * What is checked.
 */
items: Array<ChecklistItem>,
/**
 * Who began it, and when.
 */
begun: ActEntry | null,
/**
 * Who ended it, and when.
 */
ended: ActEntry | null,
/**
 * Why the meeting is held with something open; empty unless somebody said so.
 */
reason: string,
/**
 * Who said so, and when.
 */
explained: ActEntry | null,
/**
 * Who signed that, and when.
 */
accepted: ActEntry | null,
/**
 * Who changed the meeting after it, and when.
 */
changed: ActEntry | null, };

/**
 * Somebody did something.
 */
export type ActEntry = {
/**
 * Their account's id.
 */
account: string,
/**
 * Their shown name.
 */
name: string,
/**
 * When, milliseconds since 1970.
 */
atMs: number, };

/**
 * One item of a joint test.
 */
export type ChecklistItem = {
/**
 * Its id within the test.
 */
id: string,
/**
 * What is looked at.
 */
text: string,
/**
 * What a machine says something about, if one does.
 */
measure: Measure | null,
/**
 * What was found.
 */
verdict: ItemVerdict,
/**
 * What is wrong, or why the machine is overruled; may be empty.
 */
note: string,
/**
 * What was measured last: figures, or what is missing; empty if nothing was.
 */
measured: string,
/**
 * Whether that is good; null if nothing was measured.
 */
measuredGood: boolean | null,
/**
 * Who looked last, and when.
 */
by: ActEntry | null, };

/**
 * What a machine says something about.
 */
export type Measure = "line" | "picture" | "sound" | "content" | "venues" | "network" | "trial" | "disk";

/**
 * What was found of an item.
 */
export type ItemVerdict = "open" | "good" | "bad" | "absent";

/**
 * Body of `POST /api/meetings/{meeting}/joint-test`: a joint test made by hand.
 */
export type NewJointTest = {
/**
 * Its start, milliseconds since 1970.
 */
startsAtMs: number,
/**
 * Its end, not after its meeting's start.
 */
endsAtMs: number,
/**
 * Whether the planner knows of every warning.
 */
warned?: boolean, };

/**
 * Body of `POST /api/joint-tests/{meeting}/items`: what somebody found of one item.
 */
export type ItemCheck = {
/**
 * The item's id.
 */
item: string,
/**
 * What was found.
 */
verdict: ItemVerdict,
/**
 * What is wrong, or why a measurement is overruled; at most 200 characters, else empty.
 */
note: string, };

/**
 * An item of the server's own checklist; in a body, an empty id stands for a new one.
 */
export type ChecklistEntry = {
/**
 * Its id.
 */
id: string,
/**
 * What is looked at, 1 to 60 characters.
 */
text: string,
/**
 * Whether a machine fills it in; nobody changes that.
 */
measured: boolean, };

/**
 * Body of `POST /api/checklist`, and answer to `GET /api/checklist`: 10 to 30 items, in their order.
 */
export type Checklist = {
/**
 * The items.
 */
items: Array<ChecklistEntry>, };
