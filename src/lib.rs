//! Yunling (云岭): a video teleconference relay for a county government. This page is the map.
//!
//! # Bird's-eye
//!
//! One program on one machine, without internet. Whoever sends is a WHIP client (RFC 9725), whoever looks is a WHEP client;
//! the relay forwards packets and never decodes a picture. What is not WebRTC comes in through a leg (线路), a child process
//! that runs a GStreamer pipeline.
//!
//! ```text
//!   browser, encoder ──POST /whip──┐                                     ┌──POST /whep── big screen, desk, player
//!                                  ▼                                     ▼
//!   ┌───────────────────────────────────────────────────────────────────────────────────────────┐
//!   │ http     routes, credentials, WHIP and WHEP, control channel, pages        (tokio, rustls)│
//!   │   │                                                                                       │
//!   │   ▼                                                                                       │
//!   │ app      use cases: authorise → load → decide → store → command                           │
//!   │   ├──────► domain   what a meeting is, who may do what                              (pure)│
//!   │   ├──────► store    meetings, accounts and the book in SQLite                             │
//!   │   └──────► relay::io::RelayHandle ──commands──► worker 1 … n   one thread, one UDP port   │
//!   │              ▲                                      │                                     │
//!   │              └───────────── events ─────────────────┤                                     │
//!   │                                                     ▼                                     │
//!   │                        relay    rooms, peers, publications, slots                   (pure)│
//!   │                                                     ▲ Unix socket                         │
//!   └─────────────────────────────────────────────────────┼─────────────────────────────────────┘
//!                                                         │
//!                                       leg child: GStreamer pipeline (its crash costs only itself)
//! ```
//!
//! Order of care: a live meeting keeps running and its recording is never lost; then no wrong picture and no open microphone;
//! then easy to see and change; then fast.
//!
//! # The ways through it
//!
//! **A packet's way.** [`relay::io::socket`] reads a batch of datagrams with their kernel times → [`relay::rooms::Rooms`] finds
//! the peer by address (a new address by its STUN name) → [`relay::transport::srtp`] opens the packet in place, once → the
//! header is parsed once ([`relay::rtp`]) → the publication counts it, keeps it in its ring for repair and notes key frames
//! ([`relay::publication`]); what is missing, the end of a frame too, is asked for
//! again ([`relay::nack`]), and
//! sound that came inside later sound is taken from there ([`relay::codec::red`]) → for each slot that carries it,
//! [`relay::rewrite`] makes it continuous with what that viewer saw before, and it is sealed into the viewer's run in
//! [`relay::outbox::Outbox`], or waits in [`relay::pacer`] while the viewer's way doesn't bear it → the shell sends run by run,
//! with UDP segmentation. No lock, no allocation, no other thread on this way. What peers report comes to the same socket and is put
//! aside meanwhile, 20 ms at most ([`relay::io::deferred`]).
//!
//! **What a way bears.** Publishers are told when their packets arrived ([`relay::arrivals`]), so that browsers send what their
//! line takes. The other way round each packet to a viewer carries a transport-wide number; the viewer's reports of what arrived
//! when become an estimate ([`relay::estimate`]), which tells a narrow line from a machine that is busy and reads late. Twenty
//! times a second [`relay::allocate`] shares it out among the viewer's slots by a fixed policy, and [`relay::pacer`] lets
//! pictures leave no faster. A picture that its sender offers in several layers is as many streams with one name; which of them a
//! slot carries follows from its place on the screen, from what its way bears and from what is alive ([`relay::layer`]), and
//! senders are told which anybody needs. What doesn't fit is held back, said to the viewer, and comes back with a key frame. Sound is never held back; which voices have a viewer's slots says [`relay::speaker`] among those
//! that the stage opens. A player that can't report arrivals states the most its way bears (REMB); of one that can do neither nothing is
//! held back.
//!
//! **Lips.** Each source's timestamps are mapped to when its packets would have arrived without queueing, and from there to one time line
//! for all of a viewer's slots, which our sender reports tell ([`relay::clock`]). How a source's picture and sound belong together is told
//! by its own sender reports, or by the moments of capture its packets carry: the programme's picture is put beside its sound, and where
//! one of the two reaches the relay much later, the other is held for it.
//!
//! **A join's way.** `POST /whip/{meeting}` or `/whep/{meeting}` with an offer → [`http`] finds out who asks
//! ([`domain::access`]) → [`app`] asks the meeting's rules → [`relay::io::handle::RelayHandle::join`] reads the offer and
//! writes the answer ([`relay::transport::sdp`]) → the worker makes the peer → 201 with the answer. The relay answers as an
//! ICE lite agent on a known port, so the client's first check arrives right away; the DTLS handshake runs on a thread of its
//! own ([`relay::io::handshake`]), since it costs as much as a thousand packets. The first picture is what is kept since its
//! source's last key frame, if that is little and fresh, its frames so close to one another that the viewer is live at once; else
//! the source is asked for a key frame, once for all who wait. Nothing is negotiated again: what a viewer
//! sees is decided per slot ([`relay::slot`]), not by a new offer.
//!
//! **A chair's click's way.** The page tells [`app`] → [`domain`] decides the new [`domain::stage::Stage`] → [`store`] keeps it
//! → [`app`] translates it into [`relay::stage::Stage`] and sends it to the room → slots change source in one step, closed
//! microphones on the very next packet → an event goes back to every page. The stage is stored before it takes effect, so a
//! restart puts the same picture back on air, microphones closed.
//!
//! **A change's way.** A request that changes something comes through its row of [`http::routes`] → [`http`] finds out who
//! asks, by token, person's cookie or machine's cookie → an entry is opened in the book ([`domain::audit`], [`app::Book`]) and
//! is on the disk → the handler asks [`app`], which asks [`domain::access`] → the entry is closed with the result → the answer
//! goes out. Can't the entry be opened, nothing is done.
//!
//! **A recording's way.** An operator begins it, or a meeting that is planned so when it opens ([`app`]) → stored ([`domain::recording`]) →
//! [`recorder::io::supervisor`] starts a process and has the room's tap opened ([`relay::tap`]) → the room writes packets as
//! they came, sender reports and the stage into a bounded ring; a full ring is counted, never waited for → the worker's shell
//! sends what waits, many records in one message → the process appends them to the journal ([`recorder::journal`]) and has the
//! disk keep them each second. Each record has its checksum from the worker's memory on, and a serial: what is lost leaves a
//! hole. [`recorder::verify`] reads all of it. Once it is over, [`app`] has [`recorder::io::finalise`], another process, make files of it, one recording at a time: its sources'
//! clocks ([`recorder::timeline`]), whole pictures and sound ([`recorder::depacketise`]), what was on air ([`recorder::programme`]).
//! While the meeting runs, the same process makes pieces of the programme a little behind it ([`recorder::pieces`]), which can be
//! played, and are joined at its end.
//! They appear all at once, when they were read back; the journal stays as it is, and they can always be made again. It is found by
//! the words of its meeting ([`domain::search`]), without reading the others. Whoever plays
//! one asks for a play first and says what for, which is an entry in the book; what is to leave the house, the whole or a part, needs
//! the word of whoever holds its unit's pen ([`domain::sign_off`], [`domain::pen`]), and each file is asked for anew whether that still holds.
//!
//! # Modules in reading order
//!
//! | Read | For |
//! |---|---|
//! | [`id`], [`quantity`], [`subnet`] | the small types everything else is written in |
//! | [`key_file`] | files that hold a key of this server: whole or not there, and there for good once used |
//! | [`domain`] | meetings, the stage, who may do what |
//! | [`relay`] | the media plane's core: begin with [`relay::rooms`], then [`relay::slot`] and [`relay::rewrite`] |
//! | [`relay::transport`] | ICE, DTLS, SRTP and SDP as values; the only place that names the WebRTC crates |
//! | [`relay::io`] | the shell around it: workers, sockets, clocks, and the handle everybody else holds |
//! | [`child_process`] | how links, recorders and finalisers are run: processes of this program that get a job and report |
//! | [`copier`] | copies of materials with a watermark, made by a process of their own |
//! | [`leg`] | links that are not WebRTC: pipeline files, the child process, its supervisor |
//! | [`recorder`] | the journal of a recording and the process that writes it; the files made of it and the process that makes them |
//! | [`paper`] | notices, lists and calendars as files: what people print or take along |
//! | [`store`] | what outlives a restart |
//! | [`app`] | the use cases; the only place that knows both meetings and rooms |
//! | [`http`] | routes, errors and messages, each in one table |
//! | [`certs`] | the private certificate authority |
//! | [`bot`] | clients of our own: a native third party for trying a server, light ones for load |
//! | [`doctor`] | what on this machine would keep a meeting from working, and a self-test through a relay |
//! | [`serve`] | how the parts are put together, and taken apart in order |
//! | [`config`], [`telemetry`], [`shutdown`], [`cli`] | what every program has |
//!
//! The pages are in `web/` (its README is their map), the pipelines in `gst-pipelines/`. [`glossary`] has the words, Chinese and
//! English.
//!
//! # What holds everywhere
//!
//! *Architecture Invariant:* [`relay`] does not know what a meeting is, [`domain`] does not know what a packet is. Only [`app`]
//! knows both. So the media plane can be tested by packets alone and the rules by values alone, and a new rule of the meeting
//! never touches the packet path.
//!
//! *Architecture Invariant:* an act that was begun is done to its end, whoever hangs up: what is stored also takes effect.
//!
//! *Architecture Invariant:* a recording never holds a meeting up, and loses nothing silently.
//!
//! *Architecture Invariant:* nothing deletes a recording, a signature or a delegation; a test looks through the routes for it.
//!
//! *Architecture Invariant:* outside `io` folders, [`relay`], [`leg`] and [`recorder`] read no clock, open no socket, spawn nothing and lock
//! nothing. Time is an argument, effects are data. Whole rooms run in `tests/sim` in virtual time.
//!
//! *Architecture Invariant:* no order of an operator's acts opens a microphone that none of them named, and acts follow one
//! another. [`domain::stage`] walks every short order; what could not be put on air opens nothing later.
//!
//! *Architecture Invariant:* one (key, SSRC, index) seals at most one packet. Two would give an eavesdropper the plain text.
//! [`relay::transport::srtp`] refuses the second one in every build, whatever the callers do.
//!
//! *Architecture Invariant:* a room lives on one worker, and only that worker touches it. Others send a
//! [`relay::command::Command`] and wait for its reply; commands and events are plain values that survive a wire, so that a
//! worker can become a process of its own.
//!
//! *Architecture Invariant:* the relay only ever answers offers, and never renegotiates.
//!
//! *Architecture Invariant:* whatever changes something over HTTP has a word in the table of routes, and with it an entry in
//! the book that was opened before and is never changed; a test fails for a route without.
//!
//! *Architecture Invariant:* no plugin of GStreamer is ever loaded into the server process; legs and finalisers are child processes.
//!
//! *Architecture Invariant:* every queue has a bound, and its documentation says what happens when it is full.
//!
//! *Architecture Invariant:* settings are read once, by [`config`]; every task is started through [`shutdown`] and ends before
//! the program does.
//!
//! *Architecture Invariant:* SDP, tokens, passwords, cookies, names of people and addresses do not appear in the log above
//! `trace`.
//!
//! `tests/tidy` enforces the arrows between modules, `.clippy.toml` the banned calls.

pub mod app;
pub mod bot;
pub mod certs;
mod child_process;
pub mod cli;
pub mod config;
mod copier;
pub mod doctor;
pub mod domain;
pub mod http;
pub mod id;
mod key_file;
pub mod leg;
pub mod paper;
pub mod quantity;
pub mod recorder;
pub mod relay;
pub mod serve;
pub mod shutdown;
pub mod store;
pub mod subnet;
pub mod telemetry;

#[doc = include_str!("glossary.md")]
pub mod glossary {}
