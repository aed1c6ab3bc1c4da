//! From facts to findings: what is good, what somebody should look at, what would fail a meeting. Pure.
//!
//! The main function is [`judge`]; [`measured`] judges the self-test. Each bar is a constant that says why it is where it is.

use super::{
    Finding, Sentence,
    facts::{
        Certificates, Clock, Disk, DiskFigures, Facts, Fonts, Machine, Measured, Network, PipelineState, Pipelines,
        Port, PortRole, PortState, Udp, Validity,
    },
    packages::package_of,
};
use crate::{certs::RENEW_WITHIN, subnet::Subnet};
use std::{
    collections::BTreeSet,
    time::{Duration, SystemTime},
};

const DAY: Duration = Duration::from_secs(86_400);

/// A root with less left than this needs a plan: a new one has to go onto every desk.
const ROOT_EARLY: Duration = Duration::from_secs(365 * 86_400);

/// This program did not exist before, and no certificate of ours lives longer.
const YEARS: std::ops::RangeInclusive<i16> = 2025..=2075;

/// China's one time zone, seconds ahead of UTC.
const CHINA_SECONDS: i32 = 8 * 3600;

/// Below this the database, the log and a day's recording do not fit.
const FREE_BYTES_MIN: u64 = 2 << 30;

/// Below this many hours somebody should make room before the next large meeting.
const HOURS_EARLY: u64 = 20;

/// A recording is on disk twice until its retention is decided: as a journal and as files.
const COPIES: u64 = 2;

/// Recordings are made safe every second; a disk that takes half of it can't be relied on.
const SYNC_MAX: Duration = Duration::from_millis(500);

/// Two cores carry a county's meeting and its recording.
const CORES_EARLY: usize = 2;

/// Less memory than this is too little for the server and a pipeline.
const MEMORY_MIN: u64 = 1 << 30;

/// Less memory than this is little for several pipelines and recordings.
const MEMORY_EARLY: u64 = 2 << 30;

/// Share of the test's pictures that must arrive.
const PICTURES_MIN: f64 = 0.9;

/// Share of packets that may be missing: on loopback none should.
const LOSS_MAX: f64 = 0.01;

/// Longest way through the relay for 99 of 100 packets.
const DELAY_MAX: Duration = Duration::from_millis(100);

/// Longest time from asking to the first whole picture.
const FIRST_PICTURE_MAX: Duration = Duration::from_secs(1);

/// Every finding about the machine, in reading order.
#[must_use]
pub fn judge(facts: &Facts) -> Vec<Finding> {
    let mut findings: Vec<_> = facts.ports.iter().map(port).collect();
    findings.extend(certificates(&facts.certificates, facts.clock.now));
    findings.extend(clock(&facts.clock));
    findings.push(disk(&facts.disk));
    findings.extend(pipelines(&facts.pipelines));
    findings.extend(network(&facts.network));
    findings.push(fonts(&facts.fonts));
    findings.extend(udp(facts.udp));
    findings.extend(machine(facts.machine));
    findings
}

fn both(zh: impl Into<String>, en: impl Into<String>) -> Sentence {
    Sentence::new(zh, en)
}

/// As lists are written in Chinese and in English.
fn listed<T: ToString>(items: &[T]) -> (String, String) {
    let items: Vec<_> = items.iter().map(ToString::to_string).collect();
    (items.join("、"), items.join(", "))
}

fn port(port: &Port) -> Finding {
    let number = port.number;
    let (check, zh, en, list) = match port.role {
        PortRole::Https => {
            ("port.https", format!("HTTPS 端口 TCP {number}"), format!("HTTPS port TCP {number}"), "ss -ltnp")
        }
        PortRole::Http => (
            "port.http",
            format!("根证书说明页端口 TCP {number}"),
            format!("root certificate page, TCP {number}"),
            "ss -ltnp",
        ),
        PortRole::Media => {
            ("port.media", format!("媒体端口 UDP {number}"), format!("media port UDP {number}"), "ss -lunp")
        }
        PortRole::MediaTcp => {
            ("port.media_tcp", format!("媒体端口 TCP {number}"), format!("media port TCP {number}"), "ss -ltnp")
        }
    };
    match &port.state {
        PortState::Free => Finding::good(check, both(format!("{zh}：空闲"), format!("{en}: free"))),
        PortState::Ours => {
            Finding::good(check, both(format!("{zh}：正由本机的云岭使用"), format!("{en}: in use by this very server")))
        }
        PortState::SomeYunling => Finding::attention(
            check,
            both(
                format!("{zh}：有一个云岭正在使用，无法确认是否为本配置"),
                format!("{en}: a Yunling has it, perhaps another one"),
            ),
            both("请以 root 或服务所用的用户重新运行自检", "run the doctor again as root or as the service's user"),
        ),
        PortState::Taken => Finding::fault(
            check,
            both(format!("{zh}：已被其他程序占用"), format!("{en}: another program has it")),
            both(
                format!("用 {list} 查看占用者并停止它，或在设置中改用其他端口"),
                format!("find the program with {list} and stop it, or set another port"),
            ),
        ),
        PortState::Refused(why) => Finding::fault(
            check,
            both(format!("{zh}：系统不允许监听（{why}）"), format!("{en}: the system refuses it ({why})")),
            both(
                "请检查 http.listen、media.listen 中的地址是否属于本机；小于 1024 的端口需要特权，请改用更大的端口",
                "see that the addresses in http.listen and media.listen are this machine's; ports below 1024 need privileges",
            ),
        ),
    }
}

fn certificates(certificates: &Certificates, now: SystemTime) -> Vec<Finding> {
    let (root, server, uncovered, renewable) = match certificates {
        Certificates::None => {
            return vec![Finding::good(
                "certificate.server",
                both("证书：尚无，首次启动时自动生成", "certificates: none yet; the first start makes them"),
            )];
        }
        Certificates::Unreadable(why) => {
            return vec![Finding::fault(
                "certificate.server",
                both(format!("证书：无法读取（{why}）"), format!("certificates: can't be read ({why})")),
                both(
                    "请以 root 或服务所用的用户运行自检；若文件损坏，请从备份恢复数据文件夹中的 certs",
                    "run the doctor as root or as the service's user; if a file is damaged, restore certs in the data folder",
                ),
            )];
        }
        Certificates::There { root, server, uncovered, renewable } => (root, server, uncovered, *renewable),
    };
    let mut findings = vec![server_certificate(*server, renewable, now)];
    findings.extend(root.map(|root| root_certificate(root, now)));
    findings.push(certificate_names(uncovered, renewable));
    findings
}

/// Days left of a certificate; 0 once it is over.
fn days_left(validity: Validity, now: SystemTime) -> u64 {
    validity.not_after.duration_since(now).unwrap_or_default().as_secs() / DAY.as_secs()
}

fn server_certificate(server: Validity, renewable: bool, now: SystemTime) -> Finding {
    const CHECK: &str = "certificate.server";
    let days = days_left(server, now);
    let renew = if renewable {
        both("运行 yunling certs renew 重新签发", "run yunling certs renew")
    } else {
        both(
            "根密钥不在本机：请用本单位 CA 重新签发，或放回 ca.key 后运行 yunling certs renew",
            "the root's key is not here: have your CA sign a new one, or put ca.key back and run yunling certs renew",
        )
    };
    if now < server.not_before {
        return Finding::fault(
            CHECK,
            both(
                "服务器证书：尚未生效，多半是本机时钟偏慢",
                "server certificate: not good yet; most likely the clock is slow",
            ),
            both(
                "先校准时钟；时钟无误时运行 yunling certs renew",
                "set the clock; if it is right, run yunling certs renew",
            ),
        );
    }
    if now > server.not_after {
        let what =
            both("服务器证书：已过期，浏览器会拒绝打开页面", "server certificate: expired; browsers refuse the pages");
        return Finding::fault(CHECK, what, renew);
    }
    let what = both(format!("服务器证书：还有 {days} 天"), format!("server certificate: {days} days left"));
    // A running server renews in time if it can.
    if days < RENEW_WITHIN.as_secs() / DAY.as_secs() && !renewable {
        return Finding::attention(CHECK, what, renew);
    }
    Finding::good(CHECK, what)
}

fn root_certificate(root: Validity, now: SystemTime) -> Finding {
    const CHECK: &str = "certificate.root";
    let days = days_left(root, now);
    let what = both(format!("根证书：还有 {days} 天"), format!("root certificate: {days} days left"));
    let replace = both(
        "需要新的根证书并装到每台电脑：停止服务，移走数据文件夹中的 certs，再启动（见 certs/README.zh.md）",
        "a new root is needed on every desk: stop the server, move certs out of the data folder, start it (certs/README.md)",
    );
    if now > root.not_after {
        return Finding::fault(CHECK, both("根证书：已过期", "root certificate: expired"), replace);
    }
    let early = root.not_after.duration_since(now).is_ok_and(|left| left < ROOT_EARLY);
    if early { Finding::attention(CHECK, what, replace) } else { Finding::good(CHECK, what) }
}

fn certificate_names(uncovered: &[String], renewable: bool) -> Finding {
    const CHECK: &str = "certificate.names";
    if uncovered.is_empty() {
        return Finding::good(
            CHECK,
            both("证书名称：含本机全部名称和地址", "certificate names: all of this machine's names and addresses"),
        );
    }
    let (zh, en) = listed(uncovered);
    let what = both(
        format!("证书名称：缺少 {zh}，用它们访问会出现警告"),
        format!("certificate names: {en} missing; browsers warn there"),
    );
    let todo = if renewable {
        both(
            "运行 yunling certs renew；若仍缺少，先写入设置 http.names",
            "run yunling certs renew; if they are still missing, list them in http.names first",
        )
    } else {
        both("请用本单位 CA 重新签发含这些名称的证书", "have your CA sign a certificate with these names")
    };
    Finding::attention(CHECK, what, todo)
}

fn clock(clock: &Clock) -> Vec<Finding> {
    vec![clock_year(clock), clock_zone(clock), clock_sync(clock)]
}

fn clock_year(clock: &Clock) -> Finding {
    const CHECK: &str = "clock.date";
    let year =
        jiff::Timestamp::try_from(clock.now).map_or(0, |now| now.to_zoned_datetime(jiff::tz::TimeZone::UTC).year());
    let set = both(
        "用 timedatectl set-time 校准，并检查主板电池",
        "set it with timedatectl set-time and look at the mainboard's battery",
    );
    if !YEARS.contains(&year) {
        return Finding::fault(
            CHECK,
            both(format!("时钟：年份 {year} 不可信"), format!("clock: the year {year} can't be right")),
            set,
        );
    }
    if clock.newest_file.is_some_and(|newest| newest > clock.now + DAY) {
        return Finding::fault(
            CHECK,
            both(
                "时钟：早于数据文件夹中文件的时间，已被拨回",
                "clock: earlier than files in the data folder; it went back",
            ),
            set,
        );
    }
    Finding::good(CHECK, both(format!("时钟：{year} 年，可信"), format!("clock: the year {year}, plausible")))
}

fn clock_zone(clock: &Clock) -> Finding {
    const CHECK: &str = "clock.zone";
    let zone = &clock.zone;
    if clock.offset_seconds == CHINA_SECONDS {
        return Finding::good(CHECK, both(format!("时区：{zone}"), format!("time zone: {zone}")));
    }
    Finding::attention(
        CHECK,
        both(
            format!("时区：{zone}，不是北京时间，画面和记录中的时间会不同"),
            format!("time zone: {zone}, not Beijing time; clocks in pictures will differ"),
        ),
        both("运行 timedatectl set-timezone Asia/Shanghai", "run timedatectl set-timezone Asia/Shanghai"),
    )
}

fn clock_sync(clock: &Clock) -> Finding {
    const CHECK: &str = "clock.sync";
    let todo = both(
        "请把 chrony 或 systemd-timesyncd 指向政务网内的时间服务器",
        "point chrony or systemd-timesyncd at a time server inside your network",
    );
    match clock.synchronised {
        Some(true) => Finding::good(CHECK, both("校时：已与时间服务器同步", "time service: synchronised")),
        Some(false) => Finding::attention(
            CHECK,
            both("校时：未与时间服务器同步，时钟会慢慢走偏", "time service: not synchronised; the clock drifts"),
            todo,
        ),
        None => Finding::attention(
            CHECK,
            both("校时：无法得知是否同步", "time service: can't tell whether it is synchronised"),
            todo,
        ),
    }
}

fn disk(disk: &Disk) -> Finding {
    const CHECK: &str = "disk";
    let folder = disk.folder.display();
    let DiskFigures { free, total, sync } = match &disk.state {
        Ok(figures) => *figures,
        Err(why) => {
            return Finding::fault(
                CHECK,
                both(
                    format!("磁盘：无法写入 {folder}（{why}）"),
                    format!("disk: {folder} can't be written to ({why})"),
                ),
                both(
                    "请检查文件夹的属主、挂载是否只读、磁盘是否已满，并以 root 或服务所用的用户运行自检",
                    "look at the folder's owner, a read-only mount, a full disk; run the doctor as root or the service's user",
                ),
            );
        }
    };
    let hours = free / (u64::from(disk.recording_kbps).max(1) * 125 * 3600) / COPIES;
    let gib = |bytes: u64| bytes as f64 / f64::from(1 << 30);
    let (free_gib, total_gib, kbps) = (gib(free), gib(total), disk.recording_kbps);
    let what = both(
        format!(
            "磁盘：{folder} 可写，剩余 {free_gib:.1} / {total_gib:.1} GiB，按 {kbps} kbit/s 约可录制 {hours} 小时，落盘 {} ms",
            sync.as_millis()
        ),
        format!(
            "disk: {folder} is writable, {free_gib:.1} of {total_gib:.1} GiB free, about {hours} hours of recording at {kbps} kbit/s, a write is safe after {} ms",
            sync.as_millis()
        ),
    );
    let room = both("请清理磁盘，或把 data.folder 设到更大的磁盘", "make room, or set data.folder to a larger disk");
    if free < FREE_BYTES_MIN {
        return Finding::fault(CHECK, what, room);
    }
    if sync > SYNC_MAX {
        let todo = both(
            "磁盘太慢：录制每秒落盘一次。请检查磁盘健康，不要用网络盘",
            "too slow for recordings, which are made safe each second: look at the disk's health, use no network disk",
        );
        return Finding::attention(CHECK, what, todo);
    }
    if hours < HOURS_EARLY { Finding::attention(CHECK, what, room) } else { Finding::good(CHECK, what) }
}

fn pipelines(pipelines: &Pipelines) -> Vec<Finding> {
    let version = match &pipelines.gstreamer {
        Ok(version) => {
            Finding::good("gstreamer", both(format!("GStreamer：{version}"), format!("GStreamer: {version}")))
        }
        Err(why) => Finding::fault(
            "gstreamer",
            both(format!("GStreamer：不能启动（{why}）"), format!("GStreamer: does not start ({why})")),
            both("请安装随包 DEPENDS.txt 中列出的软件包", "install the packages that DEPENDS.txt of the archive lists"),
        ),
    };
    let mut findings = vec![version];
    if pipelines.gstreamer.is_ok() {
        findings.extend(pipelines.files.iter().map(pipeline));
    }
    findings
}

fn pipeline(state: &PipelineState) -> Finding {
    let PipelineState { file, missing, fault } = state;
    let check = format!("pipeline.{}", file.trim_end_matches(".toml"));
    if !missing.is_empty() {
        let named = missing.iter().map(|element| format!("{element} ({})", package_of(element).unwrap_or("?")));
        let (zh, en) = listed(&named.collect::<Vec<_>>());
        let packages: BTreeSet<_> = missing.iter().filter_map(|element| package_of(element)).collect();
        let packages = packages.into_iter().collect::<Vec<_>>().join(" ");
        let todo = if packages.is_empty() {
            both("请查找提供这些元件的 GStreamer 插件包", "find the GStreamer plugin packages that have them")
        } else {
            both(format!("请安装：apt-get install {packages}"), format!("install: apt-get install {packages}"))
        };
        return Finding::fault(
            check,
            both(format!("管线 {file}：缺少元件 {zh}"), format!("pipeline {file}: lacks {en}")),
            todo,
        );
    }
    match fault {
        Some(why) => Finding::fault(
            check,
            both(format!("管线 {file}：不可用（{why}）"), format!("pipeline {file}: can't be used ({why})")),
            both(
                "请按提示修改该文件（见 gst-pipelines/README.md）；只影响使用它的线路",
                "mend that file as it says (gst-pipelines/README.md); only links that use it are affected",
            ),
        ),
        None => Finding::good(
            check,
            both(format!("管线 {file}：元件齐全，可用"), format!("pipeline {file}: all its elements are here")),
        ),
    }
}

fn network(network: &Network) -> Vec<Finding> {
    vec![own_addresses(network), allowed_subnets(network)]
}

fn own_addresses(network: &Network) -> Finding {
    const CHECK: &str = "network.addresses";
    if network.own.is_empty() {
        return Finding::attention(
            CHECK,
            both("本机地址：没有，只能在本机上使用", "own addresses: none; nobody but this machine can reach it"),
            both("请接上网线并配置地址", "plug in the network and give it an address"),
        );
    }
    let told = network.own.iter().chain(&network.announced);
    let outside: Vec<_> = told.filter(|&&address| !Subnet::any_contains(&network.allowed, address)).copied().collect();
    let (zh, en) = listed(&outside);
    if outside.len() == network.own.len() + network.announced.len() {
        return Finding::fault(
            CHECK,
            both(
                format!("本机地址：{zh} 都不在 network.allowed_subnets 内，别人连不上"),
                format!("own addresses: {en} all outside network.allowed_subnets; nobody gets through"),
            ),
            both("请把本单位网段写入 network.allowed_subnets", "add your networks to network.allowed_subnets"),
        );
    }
    if !outside.is_empty() {
        return Finding::attention(
            CHECK,
            both(
                format!("本机地址：{zh} 不在 network.allowed_subnets 内，不会被使用"),
                format!("own addresses: {en} outside network.allowed_subnets, so not used"),
            ),
            both(
                "若会场从该网段接入，请把网段写入 network.allowed_subnets",
                "if venues come in from there, add the network to network.allowed_subnets",
            ),
        );
    }
    let (zh, en) = listed(&network.own);
    let what = both(
        format!("本机地址：{zh}，都在允许的网段内"),
        format!("own addresses: {en}, all within the allowed networks"),
    );
    Finding::good(CHECK, what)
}

fn allowed_subnets(network: &Network) -> Finding {
    const CHECK: &str = "network.allowed";
    let private = Subnet::private();
    let public: Vec<_> =
        network.allowed.iter().filter(|subnet| !private.iter().any(|range| subnet.lies_within(range))).collect();
    if public.is_empty() {
        return Finding::good(CHECK, both("允许的网段：只有私有网段", "allowed networks: private ones only"));
    }
    let (zh, en) = listed(&public);
    let what = both(format!("允许的网段：{zh} 不是私有网段"), format!("allowed networks: {en} not private"));
    let todo = both(
        "若是政务外网等内部地址，请确认登记；否则从 network.allowed_subnets 中删去",
        "keep it only if it is an inner network with public numbers; else take it out of network.allowed_subnets",
    );
    if public.iter().any(|subnet| subnet.is_everything()) {
        return Finding::fault(CHECK, what, todo);
    }
    Finding::attention(CHECK, what, todo)
}

fn fonts(fonts: &Fonts) -> Finding {
    const CHECK: &str = "fonts";
    let install = || both("请安装 fonts-noto-cjk", "install fonts-noto-cjk");
    match fonts {
        Fonts::NotoCjk => Finding::good(CHECK, both("字体：Noto Sans CJK", "fonts: Noto Sans CJK")),
        Fonts::Other(name) => Finding::attention(
            CHECK,
            both(
                format!("字体：没有 Noto Sans CJK，画面中的文字会用 {name}"),
                format!("fonts: no Noto Sans CJK; text in pictures will be in {name}"),
            ),
            install(),
        ),
        Fonts::Missing => Finding::fault(
            CHECK,
            both(
                "字体：没有中文字体，画面中的中文会成为方框",
                "fonts: none with Chinese characters; text in pictures becomes boxes",
            ),
            install(),
        ),
        Fonts::Unknown => Finding::attention(
            CHECK,
            both("字体：没有 fc-match，无法检查", "fonts: no fc-match here to ask"),
            both("请安装 fontconfig 和 fonts-noto-cjk", "install fontconfig and fonts-noto-cjk"),
        ),
    }
}

fn udp(udp: Udp) -> Vec<Finding> {
    vec![udp_buffers(udp), udp_segmentation(udp)]
}

fn udp_buffers(udp: Udp) -> Finding {
    const CHECK: &str = "udp.buffers";
    let [receive, send] = [udp.receive_max, udp.send_max].map(|bytes| bytes.unwrap_or(0));
    let what = both(
        format!("UDP 缓冲上限：接收 {receive}，发送 {send} 字节"),
        format!("UDP buffer limits: {receive} bytes to receive, {send} to send"),
    );
    if receive.min(send) >= udp.wanted {
        return Finding::good(CHECK, what);
    }
    let wanted = udp.wanted;
    Finding::attention(
        CHECK,
        what,
        both(
            format!(
                "突发的媒体包可能丢失：sysctl -w net.core.rmem_max={wanted} net.core.wmem_max={wanted}，并写入 /etc/sysctl.d"
            ),
            format!(
                "bursts of media may be lost: sysctl -w net.core.rmem_max={wanted} net.core.wmem_max={wanted}, and keep it in /etc/sysctl.d"
            ),
        ),
    )
}

fn udp_segmentation(udp: Udp) -> Finding {
    const CHECK: &str = "udp.segmentation";
    if udp.segmentation {
        return Finding::good(CHECK, both("UDP 分段卸载：可用", "UDP segmentation offload: there"));
    }
    Finding::attention(
        CHECK,
        both(
            "UDP 分段卸载：不可用，同样的硬件能带的会场较少",
            "UDP segmentation offload: not there; fewer viewers on the same hardware",
        ),
        both("请使用 Linux 4.18 或更新的内核", "use Linux 4.18 or newer"),
    )
}

fn machine(machine: Machine) -> Vec<Finding> {
    vec![cores(machine), memory(machine)]
}

fn cores(Machine { cores, workers, .. }: Machine) -> Finding {
    const CHECK: &str = "machine.cores";
    let what = both(
        format!("处理器：{cores} 核，媒体工作线程 {workers} 个"),
        format!("processor: {cores} cores for {workers} media workers"),
    );
    if cores >= CORES_EARLY.max(workers.into()) {
        return Finding::good(CHECK, what);
    }
    Finding::attention(
        CHECK,
        what,
        both(
            "核数偏少：请增加核数，或在启用前减少 media.workers",
            "few: add cores, or set fewer media.workers before the site is signed off",
        ),
    )
}

fn memory(Machine { memory, .. }: Machine) -> Finding {
    const CHECK: &str = "machine.memory";
    let Some(bytes) = memory else {
        return Finding::attention(
            CHECK,
            both("内存：系统未告知", "memory: the system does not tell"),
            both("请确认不少于 2 GiB", "see that there are at least 2 GiB"),
        );
    };
    let gib = bytes as f64 / f64::from(1 << 30);
    let what = both(format!("内存：{gib:.1} GiB"), format!("memory: {gib:.1} GiB"));
    let more = both("请增加内存，建议 4 GiB 以上", "add memory; 4 GiB or more is good");
    match bytes {
        ..MEMORY_MIN => Finding::fault(CHECK, what, more),
        MEMORY_MIN..MEMORY_EARLY => Finding::attention(CHECK, what, more),
        _ => Finding::good(CHECK, what),
    }
}

/// What the self-test's figures mean.
#[must_use]
pub fn measured(measured: &Measured) -> Finding {
    const CHECK: &str = "selftest";
    let Measured { pictures, expected, lost, first_picture, delay_p50, delay_p99, .. } = measured;
    let ms = |delay: Duration| delay.as_secs_f64() * 1000.0;
    let (p50, p99, first, loss) = (ms(*delay_p50), ms(*delay_p99), ms(*first_picture), measured.loss() * 100.0);
    let what = both(
        format!(
            "收发测试：首帧 {first:.0} ms，收到 {pictures} / {expected} 帧，丢包 {lost} 个（{loss:.2} %），时延 p50 {p50:.2} ms、p99 {p99:.2} ms"
        ),
        format!(
            "self-test: first picture after {first:.0} ms, {pictures} of {expected} pictures, {lost} packets lost ({loss:.2} %), delay p50 {p50:.2} ms, p99 {p99:.2} ms"
        ),
    );
    let enough = *pictures as f64 >= *expected as f64 * PICTURES_MIN;
    if enough && measured.loss() <= LOSS_MAX && *delay_p99 <= DELAY_MAX && *first_picture <= FIRST_PICTURE_MAX {
        return Finding::good(CHECK, what);
    }
    let todo = both(
        "机器或网络过载：关闭其他程序后再测；仍不达标时检查处理器、UDP 缓冲和网络",
        "the machine or the network is overloaded: stop other programs and try again; then look at processor, UDP buffers, network",
    );
    if *pictures * 2 < *expected { Finding::fault(CHECK, what, todo) } else { Finding::attention(CHECK, what, todo) }
}

/// A self-test that did not run to its end, and the whole chain of why.
#[must_use]
pub fn not_measured(why: &str) -> Finding {
    Finding::fault(
        "selftest",
        both(format!("收发测试：未能完成（{why}）"), format!("self-test: did not come to its end ({why})")),
        both("请先处理上面的故障，再运行一次", "mend the faults above first, then run it again"),
    )
}

#[cfg(test)]
mod tests;
