//! A complete WebRTC peer that we did not write: the `webrtc` crate's peer connection as WHIP publisher and WHEP viewer.
//!
//! The main types are [`Publisher`] and [`Viewer`]. Both make an offer, take an answer however it was got, and run on tokio.
//! The crate's default interceptors are on, so it sends reports and asks for what is lost, as other clients do.

use super::{clip, tally::Tally};
use crate::relay::media::Codec;
use async_trait::async_trait;
use rtc::{
    media::Sample,
    peer_connection::configuration::{
        interceptor_registry::register_default_interceptors,
        media_engine::{MIME_TYPE_H264, MIME_TYPE_OPUS, MIME_TYPE_VP8},
    },
    rtp_transceiver::rtp_sender::{
        RTCPFeedback, RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters, RTCRtpEncodingParameters,
        RtpCodecKind,
    },
};
use std::{
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{MissedTickBehavior, interval, timeout},
};
use webrtc::{
    media_stream::{
        MediaStreamTrack, Track,
        track_local::{TrackLocal, static_sample::TrackLocalStaticSample},
        track_remote::{TrackRemote, TrackRemoteEvent},
    },
    peer_connection::{
        MediaEngine, PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCConfigurationBuilder,
        RTCIceGatheringState, RTCPeerConnectionState, RTCSessionDescription, Registry, SettingEngineBuilder,
    },
    rtp_transceiver::{RTCRtpTransceiverDirection, RTCRtpTransceiverInit, RtpSender},
    runtime::TokioRuntime,
};

/// Longest wait for candidates: all are local.
const GATHERING_LIMIT: Duration = Duration::from_secs(5);

/// Longest wait for ICE and DTLS.
const CONNECT_LIMIT: Duration = Duration::from_secs(15);

/// Why a peer does not work.
#[derive(Debug, thiserror::Error)]
pub enum NativeError {
    /// The crate said no.
    #[error("the WebRTC library failed: {0}")]
    Library(String),
    /// It took too long.
    #[error("{0} took longer than {1:?}")]
    Late(&'static str, Duration),
    /// ICE or DTLS failed.
    #[error("the connection failed")]
    Failed,
}

fn library(error: webrtc::error::Error) -> NativeError {
    NativeError::Library(error.to_string())
}

/// What a viewer counted.
#[derive(Debug, Default)]
pub struct Seen {
    /// The pictures' packets. Frames are its markers.
    pub video: Tally,
    /// The sound's packets.
    pub audio: Tally,
}

/// What both kinds have.
struct Peer {
    connection: Arc<dyn PeerConnection>,
    gathering: watch::Receiver<bool>,
    state: watch::Receiver<RTCPeerConnectionState>,
}

/// Passes on what the crate tells.
struct Handler {
    gathering: watch::Sender<bool>,
    state: watch::Sender<RTCPeerConnectionState>,
    seen: Arc<Mutex<Seen>>,
    epoch: Instant,
    tasks: Mutex<JoinSet<()>>,
}

#[async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        self.gathering.send_replace(state == RTCIceGatheringState::Complete);
    }

    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        self.state.send_replace(state);
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        let (seen, epoch) = (Arc::clone(&self.seen), self.epoch);
        locked(&self.tasks).spawn(count(track, seen, epoch));
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Counters stay true whoever panicked while holding them.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[expect(clippy::disallowed_methods, reason = "a shell reads the clock")]
async fn count(track: Arc<dyn TrackRemote>, seen: Arc<Mutex<Seen>>, epoch: Instant) {
    let video = track.kind().await == RtpCodecKind::Video;
    while let Some(event) = track.poll().await {
        let TrackRemoteEvent::OnRtpPacket(packet) = event else { continue };
        let now = Instant::now();
        let mut seen = locked(&seen);
        let tally = if video { &mut seen.video } else { &mut seen.audio };
        tally.count_opened(now, epoch, &packet.header, &packet.payload);
    }
}

impl Peer {
    async fn new(engine: MediaEngine, local: IpAddr, epoch: Instant) -> Result<(Self, Arc<Mutex<Seen>>), NativeError> {
        let mut engine = engine;
        let registry = register_default_interceptors(Registry::new(), &mut engine).map_err(library)?;
        let (gathering, gathering_seen) = watch::channel(false);
        let (state, state_seen) = watch::channel(RTCPeerConnectionState::New);
        let seen = Arc::new(Mutex::new(Seen::default()));
        let handler = Handler { gathering, state, seen: Arc::clone(&seen), epoch, tasks: Mutex::new(JoinSet::new()) };
        let connection = PeerConnectionBuilder::new()
            .with_configuration(RTCConfigurationBuilder::new().build())
            .with_setting_engine(SettingEngineBuilder::new().with_include_loopback_candidate(true).build())
            .with_media_engine(engine)
            .with_interceptor_registry(registry)
            .with_handler(Arc::new(handler))
            .with_runtime(Arc::new(TokioRuntime))
            .with_udp_addrs(vec![std::net::SocketAddr::new(local, 0)])
            .build()
            .await
            .map_err(library)?;
        Ok((Self { connection: Arc::new(connection), gathering: gathering_seen, state: state_seen }, seen))
    }

    async fn offer(&mut self) -> Result<String, NativeError> {
        let offer = self.connection.create_offer(None).await.map_err(library)?;
        self.connection.set_local_description(offer).await.map_err(library)?;
        let gathered = timeout(GATHERING_LIMIT, self.gathering.wait_for(|done| *done)).await;
        if gathered.is_err() {
            return Err(NativeError::Late("gathering candidates", GATHERING_LIMIT));
        }
        let local = self.connection.local_description().await;
        local.map(|description| description.sdp).ok_or_else(|| NativeError::Library("no local description".to_owned()))
    }

    async fn accept(&mut self, answer: String) -> Result<(), NativeError> {
        let answer = RTCSessionDescription::answer(answer).map_err(library)?;
        self.connection.set_remote_description(answer).await.map_err(library)?;
        let settled = |state: &RTCPeerConnectionState| {
            matches!(state, RTCPeerConnectionState::Connected | RTCPeerConnectionState::Failed)
        };
        match timeout(CONNECT_LIMIT, self.state.wait_for(settled)).await {
            Ok(Ok(state)) if *state == RTCPeerConnectionState::Connected => Ok(()),
            Ok(_) => Err(NativeError::Failed),
            Err(_) => Err(NativeError::Late("connecting", CONNECT_LIMIT)),
        }
    }
}

/// A WHEP viewer with one picture and one sound.
pub struct Viewer {
    peer: Peer,
    seen: Arc<Mutex<Seen>>,
}

impl Viewer {
    /// A viewer on this local address; stamps of made-up programmes count from `epoch`.
    ///
    /// # Errors
    ///
    /// If the crate says no.
    pub async fn new(local: IpAddr, epoch: Instant) -> Result<Self, NativeError> {
        let mut engine = MediaEngine::default();
        engine.register_default_codecs().map_err(library)?;
        let (peer, seen) = Peer::new(engine, local, epoch).await?;
        for kind in [RtpCodecKind::Audio, RtpCodecKind::Video] {
            let only_receive =
                RTCRtpTransceiverInit { direction: RTCRtpTransceiverDirection::Recvonly, ..Default::default() };
            peer.connection.add_transceiver_from_kind(kind, Some(only_receive)).await.map_err(library)?;
        }
        Ok(Self { peer, seen })
    }

    /// Its offer, candidates and all.
    ///
    /// # Errors
    ///
    /// If the crate says no, or gathering does not end.
    pub async fn offer(&mut self) -> Result<String, NativeError> {
        self.peer.offer().await
    }

    /// Takes the answer and waits until it is connected.
    ///
    /// # Errors
    ///
    /// If it does not connect.
    pub async fn accept(&mut self, answer: String) -> Result<(), NativeError> {
        self.peer.accept(answer).await
    }

    /// What it counted since the last time.
    #[must_use]
    pub fn take(&self) -> Seen {
        let mut seen = locked(&self.seen);
        Seen { video: seen.video.take(), audio: seen.audio.take() }
    }

    /// Ends it.
    pub async fn close(self) {
        let _ = self.peer.connection.close().await;
    }
}

/// A WHIP publisher that sends the [`clip`] round and round.
pub struct Publisher {
    peer: Peer,
    codec: Codec,
    video: Arc<TrackLocalStaticSample>,
    audio: Arc<TrackLocalStaticSample>,
    senders: [Arc<dyn RtpSender>; 2],
}

impl Publisher {
    /// A publisher of this picture codec on this local address. `seed` makes its SSRCs.
    ///
    /// # Errors
    ///
    /// If the crate says no.
    #[expect(clippy::disallowed_methods, reason = "a shell reads the clock")]
    pub async fn new(local: IpAddr, codec: Codec, seed: u32) -> Result<Self, NativeError> {
        let mut engine = MediaEngine::default();
        let parameters = [codec_parameters(codec), codec_parameters(Codec::Opus)];
        let [video, audio] = parameters.clone();
        engine.register_codec(video, RtpCodecKind::Video).map_err(library)?;
        engine.register_codec(audio, RtpCodecKind::Audio).map_err(library)?;
        let epoch = Instant::now();
        let (peer, _) = Peer::new(engine, local, epoch).await?;
        let [video, audio] = parameters;
        let video = Arc::new(track(video, RtpCodecKind::Video, seed | 1, epoch)?);
        let audio = Arc::new(track(audio, RtpCodecKind::Audio, (seed | 1).wrapping_add(1), epoch)?);
        let senders = [
            peer.connection.add_track(Arc::clone(&video) as Arc<dyn TrackLocal>).await.map_err(library)?,
            peer.connection.add_track(Arc::clone(&audio) as Arc<dyn TrackLocal>).await.map_err(library)?,
        ];
        Ok(Self { peer, codec, video, audio, senders })
    }

    /// Its offer, candidates and all.
    ///
    /// # Errors
    ///
    /// If the crate says no, or gathering does not end.
    pub async fn offer(&mut self) -> Result<String, NativeError> {
        self.peer.offer().await
    }

    /// Takes the answer and waits until it is connected.
    ///
    /// # Errors
    ///
    /// If it does not connect.
    pub async fn accept(&mut self, answer: String) -> Result<(), NativeError> {
        self.peer.accept(answer).await
    }

    /// Sends until dropped, or the connection ends; `sent` counts pictures and sounds.
    ///
    /// # Errors
    ///
    /// If the connection fails or the crate says no.
    pub async fn send(&self, sent: &watch::Sender<(u64, u64)>) -> Result<(), NativeError> {
        let mut state = self.peer.state.clone();
        let ended =
            state.wait_for(|state| matches!(state, RTCPeerConnectionState::Failed | RTCPeerConnectionState::Closed));
        let pictures = async {
            self.loop_frames(&self.video, &self.senders[0], self.codec, clip::FRAME_INTERVAL, || {
                sent.send_modify(|sent| sent.0 += 1);
            })
            .await
        };
        let sounds = async {
            self.loop_frames(&self.audio, &self.senders[1], Codec::Opus, clip::SOUND_INTERVAL, || {
                sent.send_modify(|sent| sent.1 += 1);
            })
            .await
        };
        tokio::select! {
            done = pictures => done,
            done = sounds => done,
            _ = ended => Err(NativeError::Failed),
        }
    }

    #[expect(clippy::disallowed_methods, reason = "a shell reads the clock")]
    async fn loop_frames(
        &self,
        track: &TrackLocalStaticSample,
        sender: &Arc<dyn RtpSender>,
        codec: Codec,
        every: Duration,
        mut sent: impl FnMut(),
    ) -> Result<(), NativeError> {
        let parameters = sender.get_parameters().await.map_err(library)?;
        let pt = parameters.rtp_parameters.codecs.first().map_or(0, |codec| codec.payload_type);
        let ssrc = track.ssrcs().await.first().copied().unwrap_or(0);
        let mut ticks = interval(every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        for frame in clip::frames(codec).into_iter().cycle() {
            ticks.tick().await;
            let sample = Sample { data: frame, duration: every, ..Sample::new(Instant::now()) };
            track.sample_writer(ssrc, pt).write_sample(&sample).await.map_err(library)?;
            sent();
        }
        Ok(())
    }

    /// Ends it.
    pub async fn close(self) {
        let _ = self.peer.connection.close().await;
    }
}

fn track(
    codec: RTCRtpCodecParameters,
    kind: RtpCodecKind,
    ssrc: u32,
    now: Instant,
) -> Result<TrackLocalStaticSample, NativeError> {
    let encoding = RTCRtpEncodingParameters {
        rtp_coding_parameters: RTCRtpCodingParameters { ssrc: Some(ssrc), ..Default::default() },
        codec: codec.rtp_codec,
        ..Default::default()
    };
    let name = format!("bot-{kind}");
    let track = MediaStreamTrack::new("bot".to_owned(), name.clone(), name, kind, vec![encoding]);
    TrackLocalStaticSample::new(now, track).map_err(library)
}

fn codec_parameters(codec: Codec) -> RTCRtpCodecParameters {
    let feedback = |kinds: &[(&str, &str)]| {
        kinds
            .iter()
            .map(|(typ, parameter)| RTCPFeedback { typ: (*typ).to_owned(), parameter: (*parameter).to_owned() })
            .collect()
    };
    let (mime, clock_rate, channels, fmtp, pt) = match codec {
        Codec::Opus => (MIME_TYPE_OPUS, 48_000, 2, "minptime=10;useinbandfec=1", super::offer::OPUS_PT),
        Codec::Vp8 => (MIME_TYPE_VP8, 90_000, 0, "", super::offer::VP8_PT),
        Codec::H264 => (
            MIME_TYPE_H264,
            90_000,
            0,
            "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
            super::offer::H264_PT,
        ),
    };
    RTCRtpCodecParameters {
        rtp_codec: RTCRtpCodec {
            mime_type: mime.to_owned(),
            clock_rate,
            channels,
            sdp_fmtp_line: fmtp.to_owned(),
            rtcp_feedback: if codec == Codec::Opus {
                Vec::new()
            } else {
                feedback(&[("nack", ""), ("nack", "pli"), ("ccm", "fir")])
            },
        },
        payload_type: pt,
    }
}
