//! Twenty recordings at once on a disk that takes nothing for a while: meetings go on, and what is dropped is counted and listed.
//! It needs root for the disk, and some minutes: `make soak`.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
#![expect(clippy::print_stdout, reason = "what was measured, for whoever runs it with --nocapture")]
#![expect(clippy::disallowed_methods, reason = "it waits for other processes")]

use crate::{
    recordings::{link_to, list, speaks, writes},
    server::{Server, operator},
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};
use yunling::{
    domain::{
        meeting::MeetingState,
        role::Role,
        stage::{Heard, Stage},
    },
    http::wire::{RecordingDetail, WireRecordingState},
    id::MeetingId,
    recorder::io::archive,
};

const MEETINGS: usize = 20;

/// Packets that each meeting gets while the disk stands still: 20 MB, twice what a ring and its recorder's socket hold.
const PACKETS: u16 = 18_000;

/// A disk of its own: ext4 on a loop device.
struct Disk(PathBuf);

impl Disk {
    fn mounted(folder: &Path, place: PathBuf) -> Self {
        let blocks = folder.join("disk.img");
        fs::File::create(&blocks).unwrap().set_len(4 << 30).unwrap();
        done(Command::new("mkfs.ext4").arg("-q").arg(&blocks));
        done(Command::new("mount").args(["-o", "loop"]).arg(&blocks).arg(&place));
        Self(place)
    }

    /// Has it take nothing until [`Disk::goes_on`].
    fn stands_still(&self) {
        done(Command::new("fsfreeze").arg("-f").arg(&self.0));
    }

    fn goes_on(&self) {
        done(Command::new("fsfreeze").arg("-u").arg(&self.0));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // One that does not stand still is none the worse.
        let _ = Command::new("fsfreeze").arg("-u").arg(&self.0).output();
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

fn done(command: &mut Command) {
    let status = command.status().unwrap();
    assert!(status.success(), "{command:?}: {status}; it needs root");
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_recordings_on_a_disk_that_stands_still_hold_no_meeting_up_and_list_what_they_dropped() {
    if std::env::var_os("SOAK").is_none() {
        return;
    }
    let server = Server::bare().await;
    let op = server.person("op", &[Role::Operator]).await;
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::mounted(folder.path(), server.data().join("recordings"));
    let app = &server.running.app;
    let meetings: Vec<MeetingId> = (0..MEETINGS).map(|number| format!("m{number}").parse().unwrap()).collect();
    let mut links = Vec::new();
    for (number, id) in meetings.iter().enumerate() {
        server.plan(id.as_str(), MeetingState::Planned).await;
        app.open_meeting(&operator(), id).await.expect("opens");
        let stage = Stage { on_air: None, with_sound: false, heard: Heard::All };
        app.set_stage(id, stage).await.expect("is put on air");
        links.push(link_to(&server, id, &format!("link{number}")).await);
        assert!(speaks(&links[number], 0, 1100));
    }
    let until = Instant::now() + Duration::from_secs(60);
    while list(&server, &op).await.iter().filter(|entry| entry.now.as_ref().is_some_and(writes)).count() < MEETINGS {
        assert!(Instant::now() < until, "not all are written");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    disk.stands_still();
    let began = Instant::now();
    let threads: Vec<_> = links
        .into_iter()
        .map(|link| {
            thread::spawn(move || {
                let mut slowest = Duration::ZERO;
                for seq in 1..=PACKETS {
                    let sends = Instant::now();
                    assert!(speaks(&link, seq, 1100), "the meeting takes all of it");
                    slowest = slowest.max(sends.elapsed());
                }
                (link, slowest)
            })
        })
        .collect();
    let links: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    let slowest = links.iter().map(|(_, slowest)| *slowest).max().unwrap();
    println!(
        "{MEETINGS} meetings took {PACKETS} packets each in {:.1} s, none later than {slowest:?}",
        began.elapsed().as_secs_f64()
    );
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        let figures = server.running.relay.figures().await;
        let rooms = figures.iter().flat_map(|worker| &worker.rooms);
        let came: Vec<u64> = rooms.flat_map(|room| &room.publications).map(|publication| publication.packets).collect();
        if came.len() == MEETINGS && came.iter().all(|&packets| packets > u64::from(PACKETS)) {
            break;
        }
        assert!(Instant::now() < until, "{came:?}");
        // Polls: the last ones are still under way when they were sent.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    disk.goes_on();
    let until = Instant::now() + Duration::from_secs(120);
    // Each goes on by itself, and knows what it lost.
    while list(&server, &op).await.iter().filter(|entry| entry.now.as_ref().is_some_and(|now| now.lost > 0)).count()
        < MEETINGS
    {
        for (link, _) in &links {
            speaks(link, 0, 80);
        }
        assert!(Instant::now() < until, "{:?}", list(&server, &op).await);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    for id in &meetings {
        app.close_meeting(&operator(), id).await.expect("closes");
    }
    let until = Instant::now() + Duration::from_secs(900);
    let all = loop {
        let all = list(&server, &op).await;
        if all
            .iter()
            .all(|entry| !matches!(entry.state, WireRecordingState::Recording | WireRecordingState::Finalising))
        {
            break all;
        }
        assert!(Instant::now() < until, "{all:?}");
        tokio::time::sleep(Duration::from_millis(500)).await;
    };
    let mut dropped = Vec::new();
    for entry in &all {
        assert_eq!(entry.state, WireRecordingState::Incomplete, "{entry:?}");
        let detail = format!("/api/recordings/{}", entry.id);
        let detail: RecordingDetail = server.ask("GET", &detail, &op).send().await.unwrap().json().await.unwrap();
        let listed: u64 = detail.gaps.iter().filter_map(|gap| gap.lost).sum();
        let verdict = archive::verify(&server.data().join("recordings").join(&entry.id)).unwrap();
        assert_eq!((verdict.findings.len(), listed > 0), (0, true), "{}", verdict.text());
        assert!(verdict.packets + listed > u64::from(PACKETS), "{listed} are listed, {}", verdict.text());
        dropped.push(listed);
    }
    println!("dropped and listed in the manifests: {dropped:?}");
}
