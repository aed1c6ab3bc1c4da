// Generated from src/http/wire.rs: don't edit. `YUNLING_UPDATE=1 cargo test --lib wire` writes it again.

/**
 * What the server says on a viewing session's control channel.
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
youAreHeard: boolean, } | { "type": "ended",
/**
 * Why.
 */
reason: EndReason, } | { "type": "pong" };

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
export type EndReason = "left" | "closed_by_peer" | "silent" | "never_connected" | "handshake_failed" | "room_lost" | "server_stopping" | "channel_fault";

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
 * The one video codec publishers are held to where they can.
 */
codec: Codec, };

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
 * Finds the request in the server's log.
 */
requestId: string, };

/**
 * `GET /api/status`, and every message of `/api/live`.
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
 * Links that are not WebRTC.
 */
legs: Array<LegStatus>,
/**
 * Pipeline files found at start.
 */
pipelines: Array<PipelineStatus>, };

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
sendFailures: number, };

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
 * Everybody connected.
 */
peers: Array<PeerStatus>,
/**
 * Everything they publish.
 */
publications: Array<PublicationStatus>, };

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
 * The publication in it.
 */
publication: number | null, };

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
viewers: number, };

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
detail: string, };

/**
 * How a leg is.
 */
export type LegState = "starting" | "running" | "waiting" | "disabled";

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
