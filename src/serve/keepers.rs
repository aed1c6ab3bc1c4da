//! The recorders as the use cases see them: recordings, trial recordings, and how long the disk lasts.

#![expect(clippy::disallowed_methods, reason = "a shell: it reads clocks")]

use super::FREE_BYTES_MIN;
use crate::{
    app::{self, RecorderState, RecorderView, TrialFault, Trying, WhatIsKept},
    domain::{
        joint_test::measure::TrialFound,
        meeting::{ContentPlace, Meeting},
        recording::Recording,
    },
    id::{ParticipantId, RecordingId},
    recorder::{
        io::{
            archive, free_bytes,
            supervisor::{self as recorders, CONFIRM_LIMIT, RecorderStatus, Recorders, RecordingPlan},
        },
        journal,
        trial::Trial,
    },
};
use std::{
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

/// The recorders: those of the library, and those of trials.
pub(super) struct Keepers {
    recordings: Arc<Recorders>,
    trials: Arc<Recorders>,
    /// Held while one is tried: one at a time.
    trying: tokio::sync::Mutex<()>,
}

/// How long a trial's process may take to begin.
const TRIAL_BEGINS: Duration = Duration::from_secs(5);

/// How often it is looked whether it has.
const LOOK_EVERY: Duration = Duration::from_millis(100);

impl Keepers {
    pub(super) fn new(recordings: &Arc<Recorders>, trials: &Arc<Recorders>) -> Self {
        Self { recordings: Arc::clone(recordings), trials: Arc::clone(trials), trying: tokio::sync::Mutex::default() }
    }

    async fn try_for(&self, plan: RecordingPlan, length: Duration) -> Result<TrialFound, TrialFault> {
        let id = plan.id.clone();
        self.trials.start(plan);
        let written = self.written(&id, length).await;
        self.trials.stop(&id).await;
        let folder = self.trials.folder_of(&id);
        let read = tokio::task::spawn_blocking(move || {
            let read = archive::trial(&folder);
            // Whatever it holds: nothing of a trial is kept.
            (read, std::fs::remove_dir_all(&folder))
        });
        let (read, removed) = read.await.map_err(|error| TrialFault::Failed(error.to_string()))?;
        if let Err(error) = removed
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::error!(recording = %id, %error, "a trial recording could not be removed; the next start does it");
        }
        written?;
        let Trial { pictures, sounds, span_ms, whole } = read.map_err(|error| TrialFault::Failed(error.to_string()))?;
        Ok(TrialFound { pictures, sounds, span_ms, whole })
    }

    /// Waits until it has been written for so long.
    async fn written(&self, id: &RecordingId, length: Duration) -> Result<(), TrialFault> {
        let state =
            || self.trials.recordings().into_iter().find(|status| status.plan.id == *id).map(|status| status.state);
        let began = Instant::now();
        loop {
            match state() {
                Some(recorders::RecorderState::Writing) => break,
                Some(recorders::RecorderState::DiskFull) => return Err(TrialFault::DiskFull),
                Some(recorders::RecorderState::Starting) | None if began.elapsed() > TRIAL_BEGINS => {
                    return Err(TrialFault::Failed("the recorder does not begin to write".to_owned()));
                }
                Some(recorders::RecorderState::Starting) | None => tokio::time::sleep(LOOK_EVERY).await,
            }
        }
        tokio::time::sleep(length).await;
        match state() {
            Some(recorders::RecorderState::DiskFull) => Err(TrialFault::DiskFull),
            _ => Ok(()),
        }
    }
}

impl app::Recorders for Keepers {
    fn start(self: Arc<Self>, recording: &Recording, what: WhatIsKept) {
        let Recording { id, meeting, .. } = recording.clone();
        let WhatIsKept { title, cameras, content } = what;
        let content_place = match content {
            ContentPlace::WithCorner => journal::ContentPlace::Corner,
            ContentPlace::Beside => journal::ContentPlace::Beside,
        };
        self.recordings.start(RecordingPlan { id, meeting, title, cameras, content_place });
    }

    fn stop<'a>(&'a self, id: &'a RecordingId) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(self.recordings.stop(id))
    }

    fn close_left(&self, id: &RecordingId) {
        if let Err(error) = self.recordings.close_left(id) {
            tracing::error!(recording = %id, %error, "its journal could not be closed");
        }
    }

    fn recordings(&self) -> Vec<RecorderView> {
        let all = self.recordings.recordings();
        let load = DiskLoad::of(&all);
        all.into_iter().map(|status| recorder_view(status, &load)).collect()
    }

    fn try_out<'a>(&'a self, meeting: &'a Meeting, of: Vec<ParticipantId>, length: Duration) -> Trying<'a> {
        Box::pin(async move {
            let _one = self.trying.try_lock().map_err(|_| TrialFault::Busy)?;
            let plan = RecordingPlan {
                id: app::new_id(),
                meeting: meeting.id.clone(),
                title: meeting.title.clone(),
                cameras: of,
                content_place: journal::ContentPlace::Beside,
            };
            self.try_for(plan, length).await
        })
    }

    fn disk_for(&self, bytes_per_second: u64) -> Option<Duration> {
        let free = free_bytes(self.recordings.folder()).ok()?;
        let load = DiskLoad::of(&self.recordings.recordings()).and(bytes_per_second);
        load.lasts(free.saturating_sub(FREE_BYTES_MIN))
    }
}

/// What all recordings that run ask of the disk.
struct DiskLoad {
    /// Bytes written by them.
    written: u64,
    /// Bytes a second; `None` while it is not known.
    rate: Option<u64>,
}

impl DiskLoad {
    fn of(all: &[RecorderStatus]) -> Self {
        let rate = |status: &RecorderStatus| {
            let begun = status.begun.elapsed();
            status.bytes.checked_div(begun.as_secs()).filter(|_| begun > FORECAST_AFTER)
        };
        let rates: Vec<u64> = all.iter().filter_map(rate).collect();
        let rate = (!rates.is_empty()).then(|| rates.iter().sum());
        Self { written: all.iter().map(|status| status.bytes).sum(), rate }
    }

    /// The same and a recording of so many bytes a second.
    fn and(self, bytes_per_second: u64) -> Self {
        Self { rate: Some(self.rate.unwrap_or_default().saturating_add(bytes_per_second)), ..self }
    }

    /// How long a disk lasts that has so much room for recordings.
    fn lasts(&self, room: u64) -> Option<Duration> {
        let for_files = self.written.saturating_mul(FILES_FACTOR);
        let each_second = self.rate?.saturating_mul(1 + FILES_FACTOR);
        room.saturating_sub(for_files).checked_div(each_second).map(Duration::from_secs)
    }
}

/// How much more than its journal the files of a recording need while they are made: pieces, the programme joined of them and
/// once more while its index is put in front, and the originals, each as large as the journal at most.
const FILES_FACTOR: u64 = 4;

fn recorder_view(status: RecorderStatus, load: &DiskLoad) -> RecorderView {
    let for_now = status.since.0.elapsed();
    let state = match status.state {
        recorders::RecorderState::Starting if for_now > CONFIRM_LIMIT => RecorderState::NotWriting,
        recorders::RecorderState::Starting => RecorderState::Starting,
        recorders::RecorderState::Writing => RecorderState::Writing,
        recorders::RecorderState::DiskFull => RecorderState::DiskFull,
    };
    let room = status.free.map(|free| free.saturating_sub(FREE_BYTES_MIN));
    RecorderView {
        id: status.plan.id,
        meeting: status.plan.meeting,
        state,
        since: status.since.1,
        bytes: status.bytes,
        lost: status.lost,
        restarts: status.restarts,
        disk_lasts: room.and_then(|room| load.lasts(room)),
        process: status.process,
        composed: Duration::from_millis(status.composed_ms),
    }
}

/// A rate that was measured for a shorter time says little of the hours to come.
const FORECAST_AFTER: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forecast_counts_the_room_that_files_of_what_is_written_need() {
        // Two recordings of 1 MB/s each, an hour old; 100 GB are free.
        let load = DiskLoad { written: 2 * 3_600_000_000, rate: Some(2_000_000) };
        // 100 GB less four times 7.2 GB for files; from now on ten bytes for each second and byte of both.
        assert_eq!(load.lasts(100_000_000_000), Some(Duration::from_secs((100_000 - 28_800) / 10)));
        assert_eq!(load.lasts(20_000_000_000), Some(Duration::ZERO));
        assert_eq!(DiskLoad { written: 0, rate: None }.lasts(1), None);
        assert_eq!(DiskLoad { written: 0, rate: None }.and(2).lasts(100), Some(Duration::from_secs(10)));
    }
}
