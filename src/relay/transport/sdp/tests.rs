//! Real offers and broken ones.

use super::*;
use crate::relay::media::Pt;

const OBS: &str = include_str!("../../../../tests/fixtures/sdp/obs-whip.sdp");

fn with_context<T>(codec: Codec, body: impl FnOnce(&AnswerContext<'_>) -> T) -> T {
    let local = IceCredentials { ufrag: "relayufrag".into(), pwd: "relaypwdrelaypwdrelaypwd".into() };
    let candidates = ["192.0.2.7:50000", "[2001:db8::7]:50000"].map(|text| text.parse().expect("an address"));
    body(&AnswerContext {
        local: &local,
        fingerprint: Fingerprint([0xab; 32]),
        candidates: &candidates,
        codec,
        session_number: 7,
        uplink_cap: Some(Bitrate::kbps(2500)),
    })
}

#[test]
fn obs_publishes_h264_and_stereo_opus() {
    let answer = with_context(Codec::H264, |context| answer_publisher(OBS, context, Role::Main)).expect("an answer");
    let [audio, video] = &answer.plan.media[..] else { panic!("two lines: {:?}", answer.plan) };
    assert_eq!((audio.codec, audio.pt, audio.ssrc), (Codec::Opus, Pt(111), Some(Ssrc(1_349_034_881))));
    assert_eq!((video.codec, video.pt, video.rtx), (Codec::H264, Pt(96), None));
    assert!(video.nack && video.pli && video.remb && !audio.nack);
    assert_eq!(answer.remote.ufrag, "qDFE");
    assert!(answer.sdp.contains("a=fmtp:111 minptime=10;useinbandfec=1;stereo=1\r\n"), "{}", answer.sdp);
    assert!(
        answer.sdp.contains("a=fmtp:96 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n")
    );
}
