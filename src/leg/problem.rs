//! Everything that can be wrong with a leg, as a closed list, with the sentence its operator reads.
//!
//! [`Fault`] is about the source: what was found there, by whom it was found, and what to do. [`Problem`] is about the leg as a
//! whole. No sentence shows an address, a name or a secret: the operator knows the leg by its name.

use serde::{Deserialize, Serialize};

/// What is wrong with a leg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// There is no such pipeline file.
    NoFile(String),
    /// Its pipeline file or a value for it can't be used; the reason, in English.
    File(String),
    /// The relay did not take it.
    Refused,
    /// The system does not start its process.
    NotStarted,
    /// Its process could not do its job.
    Pipeline,
    /// Its process lost the relay, or the relay removed it.
    Removed,
    /// Its meeting is over.
    RoomClosed,
    /// Its process ended without a word.
    Crashed,
    /// It listens, and nobody has called.
    NoCall,
    /// Its source is at fault.
    Source(Fault),
}

/// What is wrong with a leg's source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Its host name has no address here.
    UnknownHost,
    /// Its address is outside `network.allowed_subnets`.
    AddressNotAllowed,
    /// It says to connect to another address, which nobody allowed.
    Redirected,
    /// A caller's address is outside `network.allowed_subnets`.
    CallerNotAllowed,
    /// Its machine does not answer.
    Unreachable,
    /// Its machine answers, but nothing listens at the port.
    PortClosed,
    /// The port to listen on is in use or can't be had.
    PortTaken,
    /// The source does not answer as its protocol asks.
    NoAnswer,
    /// Name or password is wrong, or missing.
    WrongPassword,
    /// The SRT passphrases of both ends differ.
    WrongPassphrase,
    /// The source has no stream of that name.
    NotFound,
    /// It has no picture in H.264.
    NoH264 {
        /// What it has instead, as GStreamer calls it; empty if there is no picture at all.
        found: String,
    },
    /// Its H.264 is of a profile not every browser shows.
    Profile {
        /// Which.
        profile: String,
    },
    /// Its H.264 has B frames.
    BFrames {
        /// The profile it has.
        profile: String,
    },
    /// Its key frames are too far apart, or don't come at all.
    KeyFrames,
    /// Its picture is larger than 1920 × 1088.
    TooLarge {
        /// Pixels.
        width: u16,
        /// Pixels.
        height: u16,
    },
    /// It is there, but sends no picture (any more).
    NoPicture,
    /// Its picture runs, but its sound does not (any more).
    NoSound,
    /// What it sends can't be read.
    Garbage,
    /// It ended the connection.
    Ended,
    /// Something else; details are in the log.
    Broken,
}

/// What helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Time: the source is away and may come back at any moment.
    Time,
    /// A person who changes a setting here or there.
    Person,
}

impl Fault {
    /// What helps against it.
    #[must_use]
    pub const fn remedy(&self) -> Remedy {
        match self {
            Self::Unreachable
            | Self::PortClosed
            | Self::PortTaken
            | Self::NoAnswer
            | Self::NoPicture
            | Self::NoSound
            | Self::Ended
            | Self::Broken => Remedy::Time,
            Self::UnknownHost
            | Self::AddressNotAllowed
            | Self::Redirected
            | Self::CallerNotAllowed
            | Self::WrongPassword
            | Self::WrongPassphrase
            | Self::NotFound
            | Self::NoH264 { .. }
            | Self::Profile { .. }
            | Self::BFrames { .. }
            | Self::KeyFrames
            | Self::TooLarge { .. }
            | Self::Garbage => Remedy::Person,
        }
    }

    /// Whether the source is there and what it sends is refused, as it is set up now.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::NoH264 { .. }
                | Self::Profile { .. }
                | Self::BFrames { .. }
                | Self::KeyFrames
                | Self::TooLarge { .. }
                | Self::Garbage
        )
    }

    fn zh(&self) -> String {
        match self {
            Self::UnknownHost => "找不到此主机名。请核对线路地址，或改填 IP 地址。".to_owned(),
            Self::AddressNotAllowed => {
                "线路地址不在允许的网段内，未连接。请核对地址，或由技术人员在设置 network.allowed_subnets 中放行。"
                    .to_owned()
            }
            Self::Redirected => {
                "信号源要求改连另一个地址，未连接。请核对后，在线路设置中直接填写信号源的实际地址。".to_owned()
            }
            Self::CallerNotAllowed => {
                "有设备从未允许的网段呼入，已拒绝。如确为本会议的编码器，请由技术人员在设置 network.allowed_subnets 中放行。"
                    .to_owned()
            }
            Self::Unreachable => "连接不上信号源设备。请检查设备电源、网线和 IP 地址；恢复后自动接通。".to_owned(),
            Self::PortClosed => {
                "设备在线，但拒绝连接。请检查设备的 RTSP 或 SRT 服务是否开启、端口是否正确；恢复后自动接通。".to_owned()
            }
            Self::PortTaken => "本机的监听端口已被占用。请为这条线路更换端口。".to_owned(),
            Self::NoAnswer => "信号源没有应答。请检查设备是否正在推流、地址和端口是否正确；恢复后自动接通。".to_owned(),
            Self::WrongPassword => "用户名或密码错误，信号源拒绝登录。请在线路设置中重新填写。".to_owned(),
            Self::WrongPassphrase => "SRT 密钥不一致。请使本线路与编码器填写相同的密钥（passphrase）。".to_owned(),
            Self::NotFound => "设备上没有这一路码流。请核对地址中端口后面的路径。".to_owned(),
            Self::NoH264 { found } if found.is_empty() => {
                "信号中没有 H.264 画面。请把编码器的视频编码设为 H.264（Baseline）。".to_owned()
            }
            Self::NoH264 { found } => {
                format!("画面是 {found} 编码，本系统暂不接收。请把编码器的视频编码改为 H.264，档次设为 Baseline，关闭 B 帧，关键帧间隔 2 秒。")
            }
            Self::Profile { profile } => {
                format!("画面的 H.264 档次是 {profile}，部分浏览器无法显示，已拒绝接入。请把编码器的档次（Profile）设为 Baseline。")
            }
            Self::BFrames { profile } => {
                format!("画面含有 B 帧（档次 {profile}），浏览器会显示错乱，已拒绝接入。请在编码器上关闭 B 帧（B 帧数设为 0），并把档次（Profile）设为 Baseline。")
            }
            Self::KeyFrames => {
                "画面的关键帧间隔超过 4 秒，新加入的会场要等很久才有画面，已拒绝接入。请把编码器的关键帧间隔（I 帧间隔、GOP）设为 2 秒。"
                    .to_owned()
            }
            Self::TooLarge { width, height } => {
                format!("画面尺寸 {width}×{height} 过大，已拒绝接入。请把编码器的分辨率设为 1920×1080 或 1280×720。")
            }
            Self::NoPicture => "信号源没有送来画面。请检查摄像机或编码器；正在自动重新连接。".to_owned(),
            Self::NoSound => "画面正常，但没有声音送达。请检查编码器的音频输入和音频编码设置。".to_owned(),
            Self::Garbage => "收到的数据无法识别，不是可用的 MPEG-TS 或 H.264。请检查编码器的封装格式和推流地址。".to_owned(),
            Self::Ended => "信号源断开了连接，正在自动重新连接。".to_owned(),
            Self::Broken => "信号中断，正在自动重新连接。详情见日志。".to_owned(),
        }
    }

    fn en(&self) -> String {
        match self {
            Self::UnknownHost => "the source's host name has no address; check it, or write its IP address".to_owned(),
            Self::AddressNotAllowed => {
                "the source's address is outside network.allowed_subnets and was not connected to".to_owned()
            }
            Self::Redirected => "the source sends us on to another address, which was not connected to".to_owned(),
            Self::CallerNotAllowed => "a caller from outside network.allowed_subnets was turned away".to_owned(),
            Self::Unreachable => "the source's machine does not answer; check power, cable and address".to_owned(),
            Self::PortClosed => "the source's machine is there but refuses the port; is its service on?".to_owned(),
            Self::PortTaken => "the port to listen on is in use; choose another".to_owned(),
            Self::NoAnswer => "the source does not answer; is it sending, to this address and port?".to_owned(),
            Self::WrongPassword => "the source refuses the name or the password".to_owned(),
            Self::WrongPassphrase => "the SRT passphrases of both ends differ".to_owned(),
            Self::NotFound => "the source has no stream of that path".to_owned(),
            Self::NoH264 { found } if found.is_empty() => "the source has no picture in H.264".to_owned(),
            Self::NoH264 { found } => {
                format!("the picture is {found}; set the encoder to H.264 baseline, no B frames, a key frame each 2 s")
            }
            Self::Profile { profile } => {
                format!("the picture's profile is {profile}; set the encoder's profile to baseline")
            }
            Self::BFrames { profile } => format!(
                "the picture has B frames (profile {profile}); switch them off in the encoder, profile to baseline"
            ),
            Self::KeyFrames => "key frames are more than 4 s apart; set the encoder's interval to 2 s".to_owned(),
            Self::TooLarge { width, height } => {
                format!("the picture of {width}×{height} is too large; set the encoder to 1920×1080 or 1280×720")
            }
            Self::NoPicture => "the source sends no picture; it is connected again".to_owned(),
            Self::NoSound => "the picture runs, but no sound arrives".to_owned(),
            Self::Garbage => "what the source sends is neither MPEG-TS nor H.264 that can be read".to_owned(),
            Self::Ended => "the source ended the connection; it is made again".to_owned(),
            Self::Broken => "the source was interrupted; it is connected again".to_owned(),
        }
    }
}

impl Problem {
    /// A sentence for the operator, in Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::NoFile(file) => format!("没有管线文件 {file}。请检查 gst-pipelines 文件夹。"),
            Self::File(reason) => format!("管线文件不可用，线路已停用：{reason}"),
            Self::Refused => "媒体服务暂时不能接入这条线路，稍后自动重试。".to_owned(),
            Self::NotStarted => "系统无法启动线路进程，稍后自动重试。".to_owned(),
            Self::Pipeline => "管线无法运行，稍后自动重试。详情见日志。".to_owned(),
            Self::Removed => "与媒体服务的连接断开，正在自动重新连接。".to_owned(),
            Self::RoomClosed => "会议已结束，线路等待下一次会议。".to_owned(),
            Self::Crashed => "线路进程意外退出，正在自动恢复。".to_owned(),
            Self::NoCall => "正在等待编码器呼入。请检查编码器是否已开始推流，地址和端口是否指向本机。".to_owned(),
            Self::Source(fault) => fault.zh(),
        }
    }

    /// The same in English.
    #[must_use]
    pub fn en(&self) -> String {
        match self {
            Self::NoFile(file) => format!("there is no pipeline file {file}; look into gst-pipelines"),
            Self::File(reason) => format!("the pipeline file can't be used: {reason}"),
            Self::Refused => "the relay does not take the leg now; it is tried again".to_owned(),
            Self::NotStarted => "the system does not start the leg's process; it is tried again".to_owned(),
            Self::Pipeline => "the pipeline does not run; it is tried again".to_owned(),
            Self::Removed => "the connection to the relay ended; it is made again".to_owned(),
            Self::RoomClosed => "its meeting is over".to_owned(),
            Self::Crashed => "the leg's process died; it is started again".to_owned(),
            Self::NoCall => "it waits for the encoder to call".to_owned(),
            Self::Source(fault) => fault.en(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults() -> Vec<Fault> {
        let [profile, found] = ["High", "H.265"].map(str::to_owned);
        vec![
            Fault::UnknownHost,
            Fault::AddressNotAllowed,
            Fault::Redirected,
            Fault::CallerNotAllowed,
            Fault::Unreachable,
            Fault::PortClosed,
            Fault::PortTaken,
            Fault::NoAnswer,
            Fault::WrongPassword,
            Fault::WrongPassphrase,
            Fault::NotFound,
            Fault::NoH264 { found: String::new() },
            Fault::NoH264 { found },
            Fault::Profile { profile: profile.clone() },
            Fault::BFrames { profile },
            Fault::KeyFrames,
            Fault::TooLarge { width: 3840, height: 2160 },
            Fault::NoPicture,
            Fault::NoSound,
            Fault::Garbage,
            Fault::Ended,
            Fault::Broken,
        ]
    }

    #[test]
    fn each_fault_has_a_sentence_of_its_own_that_says_what_to_do() {
        let mut seen = std::collections::BTreeSet::new();
        for fault in faults() {
            let zh = Problem::Source(fault.clone()).zh();
            assert!(zh.ends_with('。') && zh.contains(['请', '正']), "{zh}");
            assert!(seen.insert(zh), "{fault:?} is told like another");
            assert!(!Problem::Source(fault).en().is_empty());
        }
    }

    #[test]
    fn a_refused_picture_names_the_setting_of_the_encoder() {
        for (fault, words) in [
            (Fault::Profile { profile: "High".to_owned() }, ["High", "Baseline"]),
            (Fault::BFrames { profile: "Main".to_owned() }, ["B 帧", "Baseline"]),
            (Fault::KeyFrames, ["关键帧间隔", "2 秒"]),
            (Fault::NoH264 { found: "H.265".to_owned() }, ["H.265", "H.264"]),
            (Fault::TooLarge { width: 3840, height: 2160 }, ["3840×2160", "1280×720"]),
        ] {
            assert!(fault.is_refusal() && fault.remedy() == Remedy::Person);
            let zh = fault.zh();
            assert!(words.iter().all(|word| zh.contains(word)), "{zh}");
        }
    }

    #[test]
    fn a_fault_survives_the_way_from_the_child() {
        for fault in faults() {
            let line = serde_json::to_string(&fault).unwrap();
            assert_eq!(serde_json::from_str::<Fault>(&line).unwrap(), fault, "{line}");
        }
    }
}
