//! What a machine can say of a meeting's signals: figures in, [`Finding`]s out. Bounds are the trade's: delay ≤ 100 ms, loss ≤ 1 %,
//! jitter ≤ 30 ms; a disk with room for twice what the meeting takes.

use std::time::Duration;

/// What a machine can say something about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Whether the line runs.
    Line,
    /// The programme's picture: the line's, or without a line the venues'.
    Picture,
    /// Its sound.
    Sound,
    /// A second stream; that none comes says nothing.
    Content,
    /// Picture and sound of the venues, beside those of the line.
    Venues,
    /// Loss, round trip and jitter.
    Network,
    /// A short recording.
    Trial,
    /// Room on the disk.
    Disk,
}

/// What is known of one source: the line, or a venue.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Source {
    /// Shown name.
    pub name: String,
    /// Its picture, if one comes.
    pub picture: Option<Picture>,
    /// Bits per second of its sound, if some comes.
    pub sound_bps: Option<u64>,
    /// Whether a second stream of it comes.
    pub content: bool,
    /// What its way is like; `None` if nothing came.
    pub way: Option<Way>,
}

/// A picture that comes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Picture {
    /// Width and height; `None` until its first key frame.
    pub size: Option<(u16, u16)>,
    /// Frames per second.
    pub fps: f32,
    /// Bits per second.
    pub bps: u64,
}

/// What the way of what came is like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Way {
    /// Share of packets that were lost, 0 to 1.
    pub loss: f32,
    /// Round trip, milliseconds; links tell none.
    pub rtt_ms: Option<f32>,
    /// Jitter, milliseconds.
    pub jitter_ms: f32,
}

/// What is known of a meeting's signals at one moment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Readings {
    /// The line, if the meeting has one.
    pub line: Option<Line>,
    /// Each venue that takes part, also one that sends nothing.
    pub venues: Vec<Source>,
}

/// What is known of the line.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Line {
    /// Whether it feeds the meeting.
    pub runs: bool,
    /// What is wrong with it; may be empty.
    pub trouble: String,
    /// What it sends.
    pub source: Source,
}

/// What a short recording came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrialFound {
    /// Packets of pictures.
    pub pictures: u64,
    /// Packets of sound.
    pub sounds: u64,
    /// How long what came was, milliseconds.
    pub span_ms: u64,
    /// Whether all that came is there and can be read.
    pub whole: bool,
}

/// What a machine says of one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Of what.
    pub measure: Measure,
    /// Whether it is good.
    pub good: bool,
    /// Figures, or what is missing.
    pub value: String,
}

const LOSS_MAX: f32 = 0.01;
const RTT_MS_MAX: f32 = 100.0;
const JITTER_MS_MAX: f32 = 30.0;

/// A slide show is a picture too; what comes more slowly stands still.
const FPS_MIN: f32 = 4.0;

/// A disk keeps so much more than the meeting takes.
const DISK_FACTOR: u32 = 2;

/// Share of a trial's length that must be there: the first key frame is waited for.
const TRIAL_SHARE: f64 = 0.7;

impl Measure {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::Line, Self::Picture, Self::Sound, Self::Content, Self::Venues, Self::Network, Self::Trial, Self::Disk];

    /// As stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Picture => "picture",
            Self::Sound => "sound",
            Self::Content => "content",
            Self::Venues => "venues",
            Self::Network => "network",
            Self::Trial => "trial",
            Self::Disk => "disk",
        }
    }

    /// The measure of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|measure| measure.name() == name)
    }
}

/// Everything that can be said of these signals.
#[must_use]
pub fn judge(readings: &Readings) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Readings { line, venues } = readings;
    let programme: Vec<&Source> = match line {
        Some(line) => vec![&line.source],
        None => venues.iter().collect(),
    };
    let all: Vec<&Source> = line.iter().map(|line| &line.source).chain(venues).collect();
    if let Some(line) = line {
        let value = match (line.runs, line.trouble.as_str()) {
            (true, "") => format!("{}：已接通", line.source.name),
            (false, "") => format!("{}：未接通", line.source.name),
            (_, trouble) => format!("{}：{trouble}", line.source.name),
        };
        findings.push(Finding { measure: Measure::Line, good: line.runs, value });
    }
    findings.push(each(Measure::Picture, &programme, "没有画面", picture));
    findings.push(each(Measure::Sound, &programme, "没有声音", sound));
    if let Some(source) = all.iter().find(|source| source.content) {
        findings
            .push(Finding { measure: Measure::Content, good: true, value: format!("{}：收到辅流", source.name) });
    }
    if !venues.is_empty() {
        let venues: Vec<&Source> = venues.iter().collect();
        let both = |source: &Source| match (picture(source), sound(source)) {
            (Ok(picture), Ok(sound)) => Ok(format!("{picture}，{sound}")),
            (Err(""), Err("")) => Err("画面、声音都没有"),
            (Err(""), _) => Err("没有画面"),
            (_, Err("")) => Err("没有声音"),
            (Err(why), _) | (_, Err(why)) => Err(why),
        };
        findings.push(each(Measure::Venues, &venues, "没有信号", both));
    }
    findings.push(network(&all));
    findings
}

/// What a short recording of `length` says.
#[must_use]
pub fn judge_trial(found: &TrialFound, length: Duration) -> Finding {
    let TrialFound { pictures, sounds, span_ms, whole } = *found;
    let lasted = span_ms as f64 >= length.as_millis() as f64 * TRIAL_SHARE;
    let seconds = span_ms as f64 / 1000.0;
    let (good, value) = match (pictures, sounds) {
        (0, 0) => (false, "试录没有画面和声音".to_owned()),
        (0, _) => (false, "试录没有画面".to_owned()),
        (_, 0) => (false, "试录没有声音：没有上会的声音，也没有打开的话筒".to_owned()),
        _ if !whole => (false, format!("试录 {seconds:.1} 秒，文件不完整")),
        _ if !lasted => (false, format!("试录只录到 {seconds:.1} 秒")),
        _ => (true, format!("试录 {seconds:.1} 秒，有画面、有声音，已删除")),
    };
    Finding { measure: Measure::Trial, good, value }
}

/// Whether a disk that lasts so long has room for twice a meeting; `None` if nobody knows how long it lasts.
#[must_use]
pub fn judge_disk(lasts: Option<Duration>, meeting: Duration) -> Finding {
    let hours = |long: Duration| long.as_secs_f64() / 3600.0;
    let (good, value) = match lasts {
        None => (false, "读不到磁盘空间".to_owned()),
        Some(lasts) => (
            lasts >= meeting * DISK_FACTOR,
            format!("约可录 {:.1} 小时，会议 {:.1} 小时，要求两倍", hours(lasts), hours(meeting)),
        ),
    };
    Finding { measure: Measure::Disk, good, value }
}

/// Good if every source is; without any it is `missing`. An error that is empty stands for `missing`.
fn each(
    measure: Measure,
    sources: &[&Source],
    missing: &str,
    of: impl Fn(&Source) -> Result<String, &'static str>,
) -> Finding {
    let found: Vec<_> = sources.iter().map(|source| (&source.name, of(source))).collect();
    let good = !found.is_empty() && found.iter().all(|(_, found)| found.is_ok());
    let said = found.into_iter().map(|(name, found)| match found {
        Ok(value) => format!("{name}：{value}"),
        Err("") => format!("{name}：{missing}"),
        Err(why) => format!("{name}：{why}"),
    });
    let value = said.collect::<Vec<_>>().join("；");
    Finding { measure, good, value: if value.is_empty() { missing.to_owned() } else { value } }
}

fn picture(source: &Source) -> Result<String, &'static str> {
    match source.picture {
        None => Err(""),
        Some(Picture { size: None, .. }) => Err("画面还没有关键帧"),
        Some(Picture { fps, .. }) if fps < FPS_MIN => Err("画面几乎不动"),
        Some(Picture { size: Some((width, height)), fps, bps }) => {
            Ok(format!("{width}×{height}，{fps:.0} 帧/秒，{}", rate(bps)))
        }
    }
}

fn sound(source: &Source) -> Result<String, &'static str> {
    source.sound_bps.map(|bps| format!("声音 {}", rate(bps))).ok_or("")
}

fn network(sources: &[&Source]) -> Finding {
    let ways: Vec<(&str, Way)> =
        sources.iter().filter_map(|source| Some((source.name.as_str(), source.way?))).collect();
    let fits = |way: &Way| {
        way.loss <= LOSS_MAX && way.jitter_ms <= JITTER_MS_MAX && way.rtt_ms.is_none_or(|rtt| rtt <= RTT_MS_MAX)
    };
    let good = !ways.is_empty() && ways.iter().all(|(_, way)| fits(way));
    let said = ways.iter().map(|(name, Way { loss, rtt_ms, jitter_ms })| {
        let rtt = rtt_ms.map_or_else(|| "往返时延线路不报告".to_owned(), |rtt| format!("往返 {rtt:.0} ms"));
        format!("{name}：丢包 {:.1}%，{rtt}，抖动 {jitter_ms:.0} ms", loss * 100.0)
    });
    let value = said.collect::<Vec<_>>().join("；");
    Finding {
        measure: Measure::Network, good, value: if value.is_empty() { "没有收到数据".to_owned() } else { value }
    }
}

/// `3.9 Mbit/s`, `48 kbit/s`.
fn rate(bps: u64) -> String {
    if bps >= 1_000_000 { format!("{:.1} Mbit/s", bps as f64 / 1e6) } else { format!("{} kbit/s", bps / 1000) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str) -> Source {
        Source {
            name: name.to_owned(),
            picture: Some(Picture { size: Some((1920, 1080)), fps: 25.0, bps: 3_900_000 }),
            sound_bps: Some(48_000),
            content: false,
            way: Some(Way { loss: 0.0, rtt_ms: Some(12.0), jitter_ms: 2.0 }),
        }
    }

    fn found(readings: &Readings, measure: Measure) -> Option<(bool, String)> {
        judge(readings).into_iter().find(|found| found.measure == measure).map(|found| (found.good, found.value))
    }

    #[test]
    fn the_programme_is_the_line_s_or_without_one_every_venue_s() {
        let line = |runs, source| Some(Line { runs, trouble: String::new(), source });
        let silent = Source { name: "水务局".to_owned(), ..Source::default() };
        let whole = Readings { line: line(true, source("省厅")), venues: vec![silent.clone()] };
        assert_eq!(
            found(&whole, Measure::Picture),
            Some((true, "省厅：1920×1080，25 帧/秒，3.9 Mbit/s".to_owned())),
            "a venue that sends nothing is no fault of the programme's"
        );
        assert_eq!(found(&whole, Measure::Venues), Some((false, "水务局：画面、声音都没有".to_owned())));
        assert_eq!(found(&whole, Measure::Line), Some((true, "省厅：已接通".to_owned())));
        let own = Readings { line: None, venues: vec![source("县主会场"), silent] };
        assert_eq!(found(&own, Measure::Line), None);
        assert_eq!(found(&own, Measure::Sound), Some((false, "县主会场：声音 48 kbit/s；水务局：没有声音".to_owned())));
        assert_eq!(found(&Readings::default(), Measure::Picture), Some((false, "没有画面".to_owned())));
        assert_eq!(found(&Readings::default(), Measure::Venues), None);
    }

    #[test]
    fn a_way_is_good_within_the_bounds_of_the_trade() {
        let with = |loss, rtt_ms, jitter_ms| {
            let way = Some(Way { loss, rtt_ms, jitter_ms });
            let venues = vec![Source { way, ..source("省厅") }];
            found(&Readings { line: None, venues }, Measure::Network).expect("it is always judged").0
        };
        for (loss, rtt, jitter, expect) in [
            (0.0, Some(12.0), 2.0, true),
            (0.01, Some(100.0), 30.0, true),
            (0.0, None, 0.0, true),
            (0.011, Some(12.0), 2.0, false),
            (0.0, Some(101.0), 2.0, false),
            (0.0, Some(12.0), 31.0, false),
        ] {
            assert_eq!(with(loss, rtt, jitter), expect, "{loss} {rtt:?} {jitter}");
        }
    }

    #[test]
    fn a_trial_needs_picture_and_sound_for_most_of_its_time() {
        let ten = Duration::from_secs(10);
        let trial = |pictures, sounds, span_ms, whole| TrialFound { pictures, sounds, span_ms, whole };
        for (trial, expect) in [
            (trial(900, 400, 9800, true), true),
            (trial(0, 400, 9800, true), false),
            (trial(900, 0, 9800, true), false),
            (trial(900, 400, 6000, true), false),
            (trial(900, 400, 9800, false), false),
        ] {
            assert_eq!(judge_trial(&trial, ten).good, expect, "{trial:?}");
        }
    }

    #[test]
    fn a_disk_has_room_for_twice_the_meeting() {
        let hours = |hours: u64| Duration::from_secs(hours * 3600);
        for (lasts, expect) in [(Some(hours(4)), true), (Some(hours(3)), false), (None, false)] {
            assert_eq!(judge_disk(lasts, hours(2)).good, expect, "{lasts:?}");
        }
    }
}
