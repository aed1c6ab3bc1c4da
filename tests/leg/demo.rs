//! The demonstration's pipeline in its child process, speaking to a worker's socket.

use crate::support::{Leg, Message, Worker};
use std::time::Duration;
use yunling::{
    leg::{
        job::{Job, Secret},
        params::Values,
    },
    relay::pipe::{Kind, TRACK_AUDIO, TRACK_VIDEO},
};

const IDR: u8 = 5;
const SEI: u8 = 6;
const SPS: u8 = 7;
const PPS: u8 = 8;

fn job(worker: &Worker) -> Job {
    Job::Run {
        file: "demo.toml".to_owned(),
        text: std::fs::read_to_string("gst-pipelines/demo.toml").expect("the file"),
        values: Values::from([("title".to_owned(), "<防汛> & 抗旱".into())]),
        socket: worker.path.clone(),
        secret: Secret([9; 16]),
        cautious: false,
        allowed: Vec::new(),
    }
}

/// Seconds between two packets of one track by their timestamps, and by the clock.
fn spans(first: &Message, last: &Message, rate: f64) -> (f64, f64) {
    let media = f64::from(last.timestamp().wrapping_sub(first.timestamp())) / rate;
    let clock = Duration::from_nanos(last.time_ns - first.time_ns).as_secs_f64();
    (media, clock)
}

#[test]
fn it_delivers_picture_and_sound_and_key_frames_on_request() {
    let worker = Worker::listen();
    let mut leg = Leg::start(&job(&worker));
    let mut connection = worker.accept();
    let hello = connection.next().expect("a hello");
    assert_eq!((hello.kind, hello.body), (Kind::Hello, vec![9; 16]));

    let (mut video, mut audio) = (Vec::new(), Vec::new());
    while video.len() < 75 || audio.len() < 150 {
        let message = connection.next().expect("it goes on");
        assert_eq!((message.kind, message.body[0] >> 6), (Kind::Rtp, 2));
        assert!(message.body.len() <= 1200, "{} bytes", message.body.len());
        let track = message.track;
        if track == TRACK_VIDEO {
            video.push(message)
        } else {
            audio.push(message)
        }
        assert!(track == TRACK_VIDEO || track == TRACK_AUDIO);
    }
    let before_idr: Vec<u8> = video.iter().flat_map(Message::units).take_while(|unit| *unit != IDR).collect();
    assert!(before_idr.starts_with(&[SPS, PPS]), "{before_idr:?}");
    assert!(before_idr.iter().all(|unit| [SPS, PPS, SEI].contains(unit)), "no picture before the first key frame");
    for track in [&video, &audio] {
        assert!(track.windows(2).all(|pair| pair[1].sequence() == pair[0].sequence().wrapping_add(1)));
    }
    for (track, rate) in [(&video, 90_000.0), (&audio, 48_000.0)] {
        let (media, clock) = spans(&track[0], &track[track.len() - 1], rate);
        assert!((media - clock).abs() < 0.5, "{media} s of media in {clock} s");
    }
    // Both count from one clock: packets sent at one time carry one time, but for the encoders' delays.
    let (video, audio) = (&video[video.len() - 1], &audio[audio.len() - 1]);
    let sent_apart = (video.time_ns as f64 - audio.time_ns as f64) / 1e9;
    let media_apart = f64::from(video.timestamp()) / 90_000.0 - f64::from(audio.timestamp()) / 48_000.0;
    assert!((media_apart - sent_apart).abs() < 0.5, "{media_apart} s apart, sent {sent_apart} s apart");

    // Key frames come every 2 s by themselves; when asked for, sooner.
    let mut key_frames = Vec::new();
    while key_frames.len() < 4 {
        let message = connection.next().expect("it goes on");
        if message.track == TRACK_VIDEO && message.units().contains(&IDR) {
            key_frames.push(message.timestamp());
            connection.ask_for_key_frame();
        }
    }
    for pair in key_frames.windows(2) {
        let apart = f64::from(pair[1].wrapping_sub(pair[0])) / 90_000.0;
        assert!(apart < 1.5, "a key frame came {apart} s after it was asked for");
    }

    drop(connection);
    let last = leg.reports().pop().expect("a last word");
    assert_eq!((last["report"].as_str(), last["trouble"].as_str()), (Some("failed"), Some("worker")), "{last}");
}

#[test]
fn it_ends_when_its_parent_does() {
    let worker = Worker::listen();
    let mut leg = Leg::start(&job(&worker));
    let mut connection = worker.accept();
    while connection.next().expect("it starts").kind != Kind::Rtp {}
    drop(leg.0.stdin.take());
    while connection.next().is_some() {}
    assert!(leg.0.wait().expect("it ended").success());
}
