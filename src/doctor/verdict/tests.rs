//! Facts in, marks out. Each table begins with a machine on which all is well and changes one thing.

use super::{super::Mark, *};
use std::path::PathBuf;

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_600_000) // November 2026
}

fn validity(from_days: i64, to_days: i64) -> Validity {
    let at = |days: i64| {
        let span = DAY * u32::try_from(days.abs()).unwrap();
        if days < 0 { now() - span } else { now() + span }
    };
    Validity { not_before: at(from_days), not_after: at(to_days) }
}

fn there() -> Certificates {
    Certificates::There {
        root: Some(validity(-10, 3000)),
        server: validity(-10, 380),
        uncovered: Vec::new(),
        renewable: true,
    }
}

fn healthy() -> Facts {
    let port = |role, number| Port { role, number, state: PortState::Free };
    Facts {
        ports: vec![
            port(PortRole::Https, 8443),
            port(PortRole::Http, 8080),
            port(PortRole::Media, 50_000),
            port(PortRole::MediaTcp, 8444),
        ],
        certificates: there(),
        clock: Clock {
            now: now(),
            zone: "Asia/Shanghai".to_owned(),
            offset_seconds: 28_800,
            synchronised: Some(true),
            newest_file: Some(now() - DAY),
        },
        disk: Disk {
            folder: PathBuf::from("data"),
            state: Ok(DiskFigures { free: 500 << 30, total: 900 << 30, sync: Duration::from_millis(4) }),
            recording_kbps: 4000,
        },
        pipelines: Pipelines {
            gstreamer: Ok("1.22.0".to_owned()),
            files: vec![PipelineState { file: "demo.toml".to_owned(), missing: Vec::new(), fault: None }],
        },
        network: Network { allowed: Subnet::private(), own: vec!["10.20.0.5".parse().unwrap()], announced: Vec::new() },
        fonts: Fonts::NotoCjk,
        udp: Udp { receive_max: Some(4 << 20), send_max: Some(4 << 20), wanted: 4 << 20, segmentation: true },
        machine: Machine { cores: 4, memory: Some(8 << 30), workers: 2 },
    }
}

/// Changes a healthy machine; the finding of that name must get the mark, and say all of `words` in either language.
fn check(change: impl FnOnce(&mut Facts), name: &str, mark: Mark, words: &[&str]) {
    let mut facts = healthy();
    change(&mut facts);
    let findings = judge(&facts);
    let found: Vec<_> = findings.iter().filter(|finding| finding.check == name).collect();
    let worst = found.iter().max_by_key(|finding| finding.mark).unwrap_or_else(|| panic!("{name} is not there"));
    assert_eq!(worst.mark, mark, "{name}: {worst:?}");
    assert_eq!(worst.todo.is_none(), mark == Mark::Good, "what is not good has something to do: {worst:?}");
    let all = format!("{worst:?}");
    for word in words {
        assert!(all.contains(word), "{word:?} is not in {all}");
    }
    let others = findings.iter().filter(|finding| finding.check != name && finding.mark == Mark::Fault).count();
    assert_eq!(others, 0, "one thing is wrong, not more: {findings:?}");
}

#[test]
fn on_a_healthy_machine_nothing_is_to_do() {
    for finding in judge(&healthy()) {
        assert_eq!((finding.mark, finding.todo.as_ref()), (Mark::Good, None), "{finding:?}");
        assert!(
            finding.what.zh.chars().any(|letter| letter > '\u{4e00}') || finding.check == "gstreamer",
            "{finding:?}"
        );
        assert!(finding.what.en.is_ascii(), "{finding:?}");
    }
}

#[test]
fn ports() {
    let set = |state| move |facts: &mut Facts| facts.ports[0].state = state;
    check(set(PortState::Ours), "port.https", Mark::Good, &["8443", "正由本机的云岭使用"]);
    check(set(PortState::Taken), "port.https", Mark::Fault, &["8443", "ss -ltnp"]);
    check(set(PortState::SomeYunling), "port.https", Mark::Attention, &["root"]);
    check(set(PortState::Refused("denied".into())), "port.https", Mark::Fault, &["denied", "1024"]);
    check(|facts| facts.ports[1].state = PortState::Taken, "port.http", Mark::Fault, &["8080"]);
    check(|facts| facts.ports[2].state = PortState::Taken, "port.media", Mark::Fault, &["UDP 50000", "ss -lunp"]);
    check(|facts| facts.ports[3].state = PortState::Taken, "port.media_tcp", Mark::Fault, &["TCP 8444", "ss -ltnp"]);
    let mut any = healthy();
    any.ports.clear();
    assert!(!judge(&any).iter().any(|finding| finding.check.starts_with("port.")), "a free port needs no check");
}

#[test]
fn certificates() {
    let set = |certificates| move |facts: &mut Facts| facts.certificates = certificates;
    check(set(Certificates::None), "certificate.server", Mark::Good, &["首次启动"]);
    check(set(Certificates::Unreadable("no permission".into())), "certificate.server", Mark::Fault, &["no permission"]);
    let of = |root, server, uncovered: &[&str], renewable| {
        let uncovered = uncovered.iter().map(|name| (*name).to_owned()).collect();
        set(Certificates::There { root, server, uncovered, renewable })
    };
    let root = Some(validity(-10, 3000));
    check(of(root, validity(-10, 380), &[], true), "certificate.server", Mark::Good, &["380 天"]);
    // The server renews in time by itself, but not without the key.
    check(of(root, validity(-370, 20), &[], true), "certificate.server", Mark::Good, &["20 天"]);
    check(of(root, validity(-370, 20), &[], false), "certificate.server", Mark::Attention, &["ca.key"]);
    check(of(root, validity(-400, -1), &[], true), "certificate.server", Mark::Fault, &["已过期", "certs renew"]);
    check(of(root, validity(2, 390), &[], true), "certificate.server", Mark::Fault, &["时钟"]);
    check(of(Some(validity(-3000, 300)), validity(-1, 380), &[], true), "certificate.root", Mark::Attention, &["300"]);
    check(of(Some(validity(-4000, -1)), validity(-1, 380), &[], true), "certificate.root", Mark::Fault, &["过期"]);
    check(of(None, validity(-1, 380), &[], false), "certificate.names", Mark::Good, &[]);
    let short = of(root, validity(-1, 380), &["10.20.0.5", "huiyi.example.gov"], true);
    check(
        short,
        "certificate.names",
        Mark::Attention,
        &["10.20.0.5", "huiyi.example.gov", "certs renew", "http.names"],
    );
}

#[test]
fn the_clock() {
    let set = |change: fn(&mut Clock)| move |facts: &mut Facts| change(&mut facts.clock);
    check(|facts| *facts = at_dawn_of_time(), "clock.date", Mark::Fault, &["1970", "timedatectl"]);
    check(set(|clock| clock.newest_file = Some(now() + 3 * DAY)), "clock.date", Mark::Fault, &["拨回"]);
    check(set(|clock| clock.newest_file = None), "clock.date", Mark::Good, &["2026"]);
    check(set(|clock| clock.offset_seconds = 0), "clock.zone", Mark::Attention, &["Asia/Shanghai"]);
    check(set(|clock| clock.synchronised = Some(false)), "clock.sync", Mark::Attention, &["chrony"]);
    check(set(|clock| clock.synchronised = None), "clock.sync", Mark::Attention, &["无法得知"]);
}

fn at_dawn_of_time() -> Facts {
    let mut facts = healthy();
    facts.certificates = Certificates::None;
    (facts.clock.now, facts.clock.newest_file) = (SystemTime::UNIX_EPOCH + DAY, None);
    facts
}

#[test]
fn the_disk() {
    let set = |free: u64, sync_ms| {
        let figures = DiskFigures { free, total: 900 << 30, sync: Duration::from_millis(sync_ms) };
        move |facts: &mut Facts| facts.disk.state = Ok(figures)
    };
    // 36 GB are 20 h of 4 Mbit/s, half of it for the second copy.
    check(set(72_000_000_000, 5), "disk", Mark::Good, &["20 小时"]);
    check(set(71_000_000_000, 5), "disk", Mark::Attention, &["19 小时", "data.folder"]);
    check(set(1 << 30, 5), "disk", Mark::Fault, &["1.0 / 900.0 GiB"]);
    check(set(500 << 30, 800), "disk", Mark::Attention, &["800 ms"]);
    check(|facts| facts.disk.state = Err("read-only".into()), "disk", Mark::Fault, &["read-only"]);
}

#[test]
fn pipelines_name_each_missing_element_with_its_package() {
    let lacks = |elements: &[&str]| {
        let missing = elements.iter().map(|name| (*name).to_owned()).collect();
        move |facts: &mut Facts| facts.pipelines.files[0].missing = missing
    };
    check(|_| {}, "pipeline.demo", Mark::Good, &["demo.toml"]);
    let words =
        ["x264enc (gstreamer1.0-plugins-ugly)", "apt-get install gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly"];
    check(lacks(&["x264enc", "srtsrc", "tsdemux"]), "pipeline.demo", Mark::Fault, &words);
    check(lacks(&["strangesrc"]), "pipeline.demo", Mark::Fault, &["strangesrc (?)"]);
    let faulty = |facts: &mut Facts| facts.pipelines.files[0].fault = Some("line 4: no such property".into());
    check(faulty, "pipeline.demo", Mark::Fault, &["line 4: no such property"]);
    let without = |facts: &mut Facts| facts.pipelines.gstreamer = Err("no libgstreamer".into());
    check(without, "gstreamer", Mark::Fault, &["no libgstreamer", "DEPENDS.txt"]);
}

#[test]
fn the_network() {
    let own = |addresses: &[&str]| {
        let own = addresses.iter().map(|address| address.parse().unwrap()).collect();
        move |facts: &mut Facts| facts.network.own = own
    };
    check(own(&[]), "network.addresses", Mark::Attention, &["只能在本机"]);
    check(own(&["59.216.0.8"]), "network.addresses", Mark::Fault, &["59.216.0.8", "allowed_subnets"]);
    check(own(&["59.216.0.8", "10.0.0.1"]), "network.addresses", Mark::Attention, &["59.216.0.8"]);
    let allow = |subnet: &str| {
        let subnet = subnet.parse().unwrap();
        move |facts: &mut Facts| facts.network.allowed.push(subnet)
    };
    check(allow("10.1.0.0/16"), "network.allowed", Mark::Good, &[]);
    check(allow("59.192.0.0/10"), "network.allowed", Mark::Attention, &["59.192.0.0/10", "政务外网"]);
    check(allow("0.0.0.0/0"), "network.allowed", Mark::Fault, &["0.0.0.0/0"]);
}

#[test]
fn fonts_kernel_and_machine() {
    check(|facts| facts.fonts = Fonts::Other("WenQuanYi".into()), "fonts", Mark::Attention, &["WenQuanYi"]);
    check(|facts| facts.fonts = Fonts::Missing, "fonts", Mark::Fault, &["fonts-noto-cjk"]);
    check(|facts| facts.fonts = Fonts::Unknown, "fonts", Mark::Attention, &["fontconfig"]);
    check(|facts| facts.udp.receive_max = Some(212_992), "udp.buffers", Mark::Attention, &["rmem_max=4194304"]);
    check(|facts| facts.udp.segmentation = false, "udp.segmentation", Mark::Attention, &["4.18"]);
    check(|facts| facts.machine.cores = 1, "machine.cores", Mark::Attention, &["1 核"]);
    check(|facts| facts.machine.workers = 8, "machine.cores", Mark::Attention, &["media.workers"]);
    check(|facts| facts.machine.memory = Some(3 << 29), "machine.memory", Mark::Attention, &["1.5 GiB"]);
    check(|facts| facts.machine.memory = Some(1 << 29), "machine.memory", Mark::Fault, &["0.5 GiB"]);
    check(|facts| facts.machine.memory = None, "machine.memory", Mark::Attention, &[]);
}

#[test]
fn the_self_test_is_judged_by_pictures_loss_delay_and_patience() {
    let good = Measured {
        first_picture: Duration::from_millis(80),
        pictures: 150,
        expected: 150,
        packets: 2000,
        lost: 0,
        delay_p50: Duration::from_micros(300),
        delay_p99: Duration::from_millis(2),
    };
    for (figures, mark) in [
        (good, Mark::Good),
        (Measured { pictures: 134, ..good }, Mark::Attention),
        (Measured { pictures: 70, ..good }, Mark::Fault),
        (Measured { lost: 50, ..good }, Mark::Attention),
        (Measured { delay_p99: Duration::from_millis(150), ..good }, Mark::Attention),
        (Measured { first_picture: Duration::from_secs(2), ..good }, Mark::Attention),
        (Measured { pictures: 0, packets: 0, ..good }, Mark::Fault),
    ] {
        assert_eq!(measured(&figures).mark, mark, "{figures:?}");
    }
    let said = measured(&good).what.zh;
    assert!(
        said.contains("首帧 80 ms，收到 150 / 150 帧，丢包 0 个（0.00 %），时延 p50 0.30 ms、p99 2.00 ms"),
        "{said}"
    );
    assert_eq!(not_measured("no port").mark, Mark::Fault);
}
