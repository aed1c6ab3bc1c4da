//! Papers read back by another program (poppler): their size, their fonts, their text.

use super::{
    calendar,
    duty::{self, Day, Duty},
    fonts::Fonts,
    joint_test::{self, Item, JointTest},
    notice::{self, Attendee, Notice},
    sign_in::{self, Person, SignIn},
    watermark::Original,
    week::{self, Entry, Size, Week, Weekday},
};
use encoding_rs::GB18030;
use jiff::civil::Date;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

fn fonts() -> &'static Fonts {
    Fonts::own().expect("npm ci was run in web/ before the program was compiled")
}

/// Keeps a paper where one may look at it.
fn kept(name: &str, pdf: Option<Vec<u8>>) -> PathBuf {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/target/paper"));
    fs::create_dir_all(folder).unwrap();
    let path = folder.join(format!("{name}.pdf"));
    fs::write(&path, pdf.expect("it can be written")).unwrap();
    path
}

fn told(program: &str, args: &[&str], path: &Path) -> String {
    let mut command = Command::new(program);
    command.args(args).arg(path);
    if program == "pdftotext" {
        command.arg("-");
    }
    let output = command.output().expect("poppler-utils is installed by make setup");
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The text of a paper without the ends of its lines.
fn text(path: &Path) -> String {
    told("pdftotext", &["-layout"], path).split_whitespace().collect()
}

fn pages(path: &Path) -> usize {
    let info = told("pdfinfo", &[], path);
    let line = info.lines().find_map(|line| line.strip_prefix("Pages:")).unwrap();
    line.trim().parse().unwrap()
}

/// 2025-06-03 09:30 here.
fn nine_thirty() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_748_914_200)
}

fn notice(attendees: usize) -> Notice {
    let units = ["县水务局", "县应急管理局", "县气象局", "城关镇人民政府", "云岭乡人民政府"];
    let names = ["张建国 副局长", "李伟 股长", "欧阳海燕 主任科员", "王秀兰 镇长", "古丽娜尔·买买提 副乡长"];
    let attendee = |at: usize| Attendee { unit: units[at % 5].to_owned(), name: names[at / 5 % 5].to_owned() };
    Notice {
        title: "全县防汛抗旱工作电视电话会议".to_owned(),
        upper: false,
        starts: nine_thirty(),
        ends: nine_thirty() + Duration::from_secs(2 * 3600),
        venues: ["县政府三楼会议室", "城关镇", "云岭乡", "河口镇"].map(str::to_owned).to_vec(),
        leaders: vec!["赵明 副县长".to_owned()],
        units: Vec::new(),
        attendees: (0..attendees).map(attendee).collect(),
        agenda: [
            "通报当前汛情和水库蓄水情况",
            "县水务局、城关镇作表态发言",
            "部署6月10日前转移安置和巡查值守工作",
            "县领导讲话",
        ]
        .map(str::to_owned)
        .to_vec(),
        tested: None,
        requirements: Vec::new(),
        unit: "县防汛抗旱指挥部办公室".to_owned(),
        contact: "李军 0874-8881234".to_owned(),
        dated: Date::constant(2025, 5, 30),
    }
}

fn list(people: usize) -> SignIn {
    let person = |Attendee { unit, name }: &Attendee| Person::of_notice(name, unit);
    SignIn {
        title: "全县防汛抗旱工作电视电话会议".to_owned(),
        time: "2025年6月3日（星期二）09:30至11:30".to_owned(),
        place: "县政府三楼会议室、城关镇、云岭乡".to_owned(),
        roll: "会前点名：应到2个会场，到1个；缺：云岭乡".to_owned(),
        people: notice(people).attendees.iter().map(person).collect(),
    }
}

/// A record with an open defect that was signed for, or of a test that is still to come.
fn record(is_over: bool) -> JointTest {
    const ITEMS: [(&str, &str, &str); 16] = [
        ("呼入或线路接通", "正常", "省主会场：已接通"),
        ("主画面清晰、连续", "正常", "省主会场：1920×1080，25 帧/秒，3.9 Mbit/s"),
        ("辅流（双流）能收到", "不涉及", ""),
        ("对方声音清楚、无啸叫", "正常", "省主会场：声音 48 kbit/s"),
        ("本会场声音（对方确认）", "正常", ""),
        ("本会场画面（对方确认）", "正常", ""),
        (
            "各会场画面、声音",
            "正常",
            "县主会场：1280×720，25 帧/秒，1.8 Mbit/s；县应急局：没有声音；下午到位，已电话确认",
        ),
        ("摄像头预置位", "正常", ""),
        ("话筒及调音台在标记位置", "正常", ""),
        ("会标、横幅、桌牌", "正常", ""),
        ("备用线路", "正常", ""),
        ("电话联络畅通", "正常", ""),
        ("电源、UPS", "异常", "UPS 电池老化"),
        ("网络质量（丢包、时延）", "正常", "丢包 0.0%，往返 4 ms，抖动 2 ms"),
        ("录制试录 10 秒", "正常", "试录 9.9 秒，有画面、有声音，已删除"),
        ("录制磁盘空间", "正常", "约可录 61.4 小时，会议 2.0 小时，要求两倍"),
    ];
    let said = |text: &str| if is_over { text.to_owned() } else { String::new() };
    let item = |(name, result, note): (&str, &str, &str)| Item {
        name: name.to_owned(),
        result: said(result),
        wrong: is_over && result == "异常",
        note: said(note),
        by: said("李军"),
    };
    JointTest {
        title: "全省防汛抗旱工作视频会议".to_owned(),
        time: "2025年6月3日（星期二）09:30至11:30".to_owned(),
        place: "县主会场、县应急局".to_owned(),
        line: "省主会场".to_owned(),
        tested: "2025年6月2日（星期一）15:00至15:40".to_owned(),
        operator: "李军".to_owned(),
        items: ITEMS.map(item).to_vec(),
        result: said("有问题（1项未过），已签字同意召开；李军 2025年6月2日（星期一）15:40"),
        settings: if is_over { "已冻结：时间、会场、线路、会议类型、编码" } else { "未冻结" }.to_owned(),
        reason: is_over.then(|| "UPS 明早更换，已备应急电源（李军 2025年6月2日（星期一）15:45）".to_owned()),
        accepted: said("张建国 2025年6月2日（星期一）16:10"),
        printed: "2025年6月2日（星期一）16:20".to_owned(),
    }
}

fn days(count: i8) -> Vec<Day> {
    let duty = |time: &str, title: &str| Duty {
        time: time.to_owned(),
        title: title.to_owned(),
        place: "县政府三楼会议室".to_owned(),
        operator: "李军".to_owned(),
        contact: "李军 0874-8881234".to_owned(),
    };
    let day = |day: i8| Day {
        date: Date::constant(2025, 6, day),
        off: matches!(day, 1 | 2 | 7 | 8),
        mark: if day < 3 { "端午节".to_owned() } else { String::new() },
        duties: match day {
            3 => vec![duty("09:30—11:30", "全县防汛抗旱工作电视电话会议"), duty("15:00—17:00", "全省安全生产视频会议")],
            5 => vec![duty("10:00—11:00", "项目调度会")],
            _ => Vec::new(),
        },
    };
    (1..=count).map(day).collect()
}

fn week() -> Week {
    let days = (2..9).map(|day| Weekday {
        date: Date::constant(2025, 6, day),
        off: matches!(day, 2 | 7 | 8),
        mark: if day == 2 { "端午节" } else { "" }.to_owned(),
    });
    let line = |name: &str, meetings: &[(usize, &str, &str)]| {
        let of = |day: usize| {
            let on = meetings.iter().filter(|(on, ..)| *on == day);
            on.map(|(_, time, title)| Entry { time: (*time).to_owned(), title: (*title).to_owned() }).collect()
        };
        (name.to_owned(), (0..7).map(of).collect())
    };
    let flood = (1, "09:30—11:30", "全县防汛抗旱工作电视电话会议");
    let hall = [flood, (1, "15:00—17:00", "全省安全生产视频会议"), (3, "10:00—11:00", "项目调度会")];
    let towns = ["云岭乡", "河口镇", "白石镇", "青山乡", "龙潭镇", "大河乡"].map(|name| line(name, &[flood]));
    Week {
        days: days.collect(),
        venues: [line("县政府三楼会议室", &hall), line("城关镇", &[])].into_iter().chain(towns).collect(),
    }
}

#[test]
fn every_character_of_the_standard_is_printed() {
    let mut seen = 0;
    let hanzi = (0xb0..=0xf7_u8).flat_map(|row| (0xa1..=0xfe_u8).map(move |cell| [row, cell]));
    let characters = hanzi.filter(|[row, cell]| !(*row == 0xd7 && *cell >= 0xfa)).map(|bytes| {
        let (text, _, wrong) = GB18030.decode(&bytes);
        assert!(!wrong, "{bytes:?}");
        text.chars().next().unwrap()
    });
    let besides = ('\u{20}'..='\u{7e}').chain("，。、；：？！（）《》〈〉“”‘’【】〔〕—…·□√℃％①⑩ⅠⅫ〇镕喆垚犇堃".chars());
    for character in characters.chain(besides) {
        assert!(fonts().has(character), "{character} ({:x})", u32::from(character));
        seen += 1;
    }
    assert!(seen > 6763, "{seen}");
}

#[test]
fn papers_have_their_size_and_carry_their_fonts() {
    let papers = [
        ("notice", notice::pdf(&notice(8), fonts()), "595.276 x 841.89", 2),
        ("attendance", sign_in::pdf(&list(8), fonts()), "595.276 x 841.89", 1),
        ("duty", duty::pdf("云岭县", &days(14), fonts()), "595.276 x 841.89", 1),
        ("joint-test", joint_test::pdf(&record(true), fonts()), "595.276 x 841.89", 1),
        ("joint-test-empty", joint_test::pdf(&record(false), fonts()), "595.276 x 841.89", 1),
        ("week", week::pdf(&week(), Size::A4, fonts()), "841.89 x 595.276", 1),
        ("week-a3", week::pdf(&week(), Size::A3, fonts()), "1190.55 x 841.89", 1),
    ];
    for (name, pdf, size, sheets) in papers {
        let bytes = pdf.as_ref().map_or(0, Vec::len);
        assert!(bytes < 400_000, "{name}: {bytes} bytes, the fonts are not subsets");
        let path = kept(name, pdf);
        let info = told("pdfinfo", &[], &path);
        assert!(info.contains(&format!("Page size:       {size} pts")), "{name}: {info}");
        let fonts = told("pdffonts", &[], &path);
        let rows: Vec<&str> = fonts.lines().skip(2).collect();
        // Name, kind, encoding, embedded, subset, with a table to text.
        assert!(!rows.is_empty() && rows.iter().all(|row| row.contains("yes yes yes") && row.contains('+')), "{fonts}");
        assert_eq!(pages(&path), sheets, "{name}");
    }
}

#[test]
fn a_notice_says_all_that_is_known_and_can_be_copied() {
    let path = kept("notice-copied", notice::pdf(&notice(8), fonts()));
    let said = text(&path);
    for part in [
        "关于召开全县防汛抗旱工作电视电话会议的通知",
        "县水务局、县应急管理局、县气象局、城关镇人民政府、云岭乡人民政府：",
        "一、会议时间：2025年6月3日（星期二）09:30至11:30。",
        "主会场设在县政府三楼会议室，分会场设在城关镇、云岭乡、河口镇。",
        "赵明副县长；县水务局张建国副局长、李伟股长；",
        "（三）部署6月10日前转移安置和巡查值守工作。",
        "县防汛抗旱指挥部办公室",
        "2025年5月30日",
        "（联系人：李军0874-8881234）",
        "—1—",
    ] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    assert!(said.contains("（一）请参会人员安排好工作"), "{said}");
    let own = Notice { requirements: vec!["请着正装".to_owned()], ..notice(8) };
    let said = text(&kept("notice-own", notice::pdf(&own, fonts())));
    assert!(said.contains("五、有关要求：请着正装。") && !said.contains("安排好工作"), "{said}");
    let invited = Notice { units: ["县气象局", "白石镇人民政府"].map(str::to_owned).to_vec(), ..notice(8) };
    let said = text(&kept("notice-invited", notice::pdf(&invited, fonts())));
    let first = "县气象局、白石镇人民政府、县水务局、县应急管理局、城关镇人民政府、云岭乡人民政府：";
    assert!(said.contains(first), "who is invited stands first, each once: {said}");
    let the_day_before = nine_thirty() - Duration::from_secs(18 * 3600 + 1800);
    let tested = Notice { tested: Some(the_day_before), ..notice(8) };
    let said = text(&kept("notice-tested", notice::pdf(&tested, fonts())));
    assert!(said.contains("五、联调时间：6月2日（星期一）15:00，请各分会场提前开机待测。"), "{said}");
    assert!(said.contains("六、有关要求"), "{said}");
    let last_year = nine_thirty() - Duration::from_secs(200 * 86_400);
    let tested = Notice { tested: Some(last_year), venues: Vec::new(), ..notice(0) };
    let said = text(&kept("notice-tested-long-ago", notice::pdf(&tested, fonts())));
    assert!(said.contains("联调时间：2024年11月15日（星期五）09:30，请会场提前开机待测。"), "{said}");
    let told_already = Notice { title: "关于召开防汛会的通知".to_owned(), ..notice(0) };
    let said = text(&kept("notice-told", notice::pdf(&told_already, fonts())));
    assert!(said.starts_with("关于召开防汛会的通知各有关单位："), "{said}");
}

#[test]
fn a_joint_test_s_record_says_what_came_of_it_or_is_filled_in_by_hand() {
    let said = text(&kept("joint-test", joint_test::pdf(&record(true), fonts())));
    for part in [
        "视频会议调试情况记录表",
        "全省防汛抗旱工作视频会议",
        "2025年6月3日（星期二）09:30至11:30",
        "省主会场：1920×1080，",
        "13电源、UPS异常UPS电池老化李军",
        "有问题（1项未过），已签",
        "UPS明早更换，已备应急电源（李军",
        "张建国2025年6月2日（星期一）16:10",
        "调试人（签字）",
        "打印时间：2025年6月2日（星期一）16:20",
    ] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    assert!(!said.contains('□'), "nothing is left to be ticked: {said}");
    let said = text(&kept("joint-test-empty", joint_test::pdf(&record(false), fonts())));
    assert_eq!(said.matches("□正常□异常").count(), 16, "{said}");
    assert!(said.contains("□合格□有问题") && !said.contains("带问题召开的原因"), "{said}");
}

#[test]
fn people_with_numbers_stand_under_those_alone() {
    let mut signs = list(2);
    for (person, number) in signs.people.iter_mut().zip(["", "17"]) {
        person.number = number.to_owned();
    }
    let said = text(&kept("attendance-numbers", sign_in::pdf(&signs, fonts())));
    assert!(said.contains("备注县水务局张建国副局长17县应急管理局张建国副局长全县防汛"), "{said}");
}

#[test]
fn the_same_paper_is_the_same_file() {
    let made = |_| (notice::pdf(&notice(20), fonts()), sign_in::pdf(&list(40), fonts()));
    let [one, other] = [0, 1].map(made);
    assert!(one == other && one.0.is_some());
}

#[test]
fn long_lists_go_on_over_pages_with_their_heads() {
    let path = kept("attendance-long", sign_in::pdf(&list(500), fonts()));
    let (said, pages) = (text(&path), pages(&path));
    assert!((20..40).contains(&pages), "{pages} pages");
    assert_eq!(said.matches("序号单位姓名职务签名备注").count(), pages);
    assert!(said.contains(&format!("第{pages}页共{pages}页")), "the last page has its number");
    let path = kept("notice-long", notice::pdf(&notice(500), fonts()));
    let said = text(&path);
    assert!(said.contains("有关单位人员共500人，名单见附件。") && said.contains("附件：参会人员名单"), "{said}");
    assert!(said.contains("500云岭乡人民政府"), "the last one is on the list");
    assert!(text(&kept("duty-long", duty::pdf("云岭县", &days(30), fonts()))).contains("6月30日"));
}

#[test]
fn whatever_is_typed_is_printed_within_the_page() {
    let texts = [
        "",
        " ",
        "长".repeat(3000).as_str(),
        &"W".repeat(900),
        &"，".repeat(300),
        "“（《",
        "a\nb\u{7}\u{202e}𠮷🙂",
        "\u{10ffff}",
    ]
    .map(str::to_owned);
    for (at, text) in texts.iter().enumerate() {
        let fill = || text.clone();
        let mut typed = notice(3);
        (typed.title, typed.unit, typed.contact) = (fill(), fill(), fill());
        (typed.venues, typed.leaders, typed.agenda) = (vec![fill(); 3], vec![fill()], vec![fill(); 60]);
        typed.requirements = vec![fill(); 2];
        typed.attendees.iter_mut().for_each(|one| (one.unit, one.name) = (fill(), fill()));
        let path = kept("typed", notice::pdf(&typed, fonts()));
        assert!(pages(&path) < 400, "{at}");
        let mut signs = list(2);
        (signs.title, signs.place, signs.time) = (fill(), fill(), fill());
        let person = Person { unit: fill(), name: fill(), post: fill(), number: fill(), state: fill() };
        signs.people.push(person);
        kept("typed", sign_in::pdf(&signs, fonts()));
        let mut form = record(true);
        (form.title, form.place, form.result, form.reason) = (fill(), fill(), fill(), Some(fill()));
        form.items = vec![Item { name: fill(), result: fill(), wrong: true, note: fill(), by: fill() }; 3];
        kept("typed", joint_test::pdf(&form, fonts()));
        let mut roster = days(3);
        roster[2].duties[0].title = fill();
        kept("typed", duty::pdf(text, &roster, fonts()));
        let mut wall = week();
        wall.venues[0].1[0] = vec![Entry { time: fill(), title: fill() }; 40];
        kept("typed", week::pdf(&wall, Size::A4, fonts()));
    }
}

#[test]
fn a_calendar_is_read_by_another_maker_s_parser() {
    use icalendar::{Component as _, EventLike as _, EventStatus};
    let title = "全县防汛抗旱工作电视电话会议，；".repeat(8);
    let event = |id: &str, cancelled| calendar::Event {
        id: id.to_owned(),
        title: title.clone(),
        category: "联调".to_owned(),
        starts: nine_thirty(),
        ends: nine_thirty() + Duration::from_secs(7200),
        place: "县政府三楼会议室、城关镇".to_owned(),
        lines: vec!["主办单位：县应急局; a, b\\c".to_owned(), "1. 通报汛情".to_owned()],
        revision: 3,
        cancelled,
    };
    let text = calendar::calendar(&[event("one", false), event("two", true)], nine_thirty());
    let read: icalendar::Calendar = text.parse().unwrap();
    let events: Vec<_> = read.components.iter().filter_map(|component| component.as_event()).collect();
    let status: Vec<_> = events.iter().map(|event| event.get_status()).collect();
    assert_eq!(status, [Some(EventStatus::Confirmed), Some(EventStatus::Cancelled)]);
    let [first, _] = events.as_slice() else { panic!("two meetings: {text}") };
    assert_eq!((first.get_uid(), first.get_summary()), (Some("one@yunling"), Some(title.as_str())));
    assert_eq!(first.get_categories(), Some(vec!["联调".to_owned()]));
    assert_eq!(first.get_location(), Some("县政府三楼会议室、城关镇"));
    assert_eq!(first.get_description(), Some("主办单位：县应急局; a, b\\c\n1. 通报汛情"));
    assert_eq!(first.get_sequence(), Some(3));
    let starts = format!("{:?}", first.get_start().unwrap());
    assert!(starts.contains("2025-06-03T09:30:00") && starts.contains("Asia/Shanghai"), "{starts}");
}

#[test]
fn a_copy_of_somebody_elses_pdf_has_all_its_pages_and_words_over_each() {
    let original = notice::pdf(&notice(500), fonts()).expect("it can be written");
    let read = Original::read(original).unwrap();
    let copy = read.copy("县水务局 李伟 2026年11月27日 09:30", fonts()).unwrap();
    let path = kept("watermark", Some(copy));
    assert_eq!(pages(&path), usize::try_from(read.pages()).unwrap());
    assert!(pages(&path) > 1);
    for page in 1..=pages(&path) {
        let number = page.to_string();
        let text =
            told("pdftotext", &["-raw", "-f", &number, "-l", &number], &path).split_whitespace().collect::<String>();
        assert!(text.contains("县水务局李伟2026年11月27日09:30"), "page {page}: {text}");
    }
    assert!(text(&path).contains("县防汛抗旱指挥部"), "what was on it is there still");
}

#[test]
fn what_is_no_pdf_is_told_so() {
    for bytes in [b"".to_vec(), b"PK\x03\x04".to_vec(), b"%PDF-1.7\n%%EOF".to_vec(), vec![0xff; 1000]] {
        assert!(Original::read(bytes.clone()).is_err(), "{bytes:?}");
    }
    let whole = notice::pdf(&notice(1), fonts()).expect("it can be written");
    // A damaged one is read or refused, and never brings the reader down.
    for cut in (0..whole.len()).step_by(whole.len() / 50) {
        let _ = Original::read(whole[..cut].to_vec()).map(|read| read.copy("水印", fonts()));
    }
}

#[test]
fn a_page_that_is_all_length_bears_no_more_words_than_it_can() {
    let mut document = krilla::Document::new();
    let size = krilla::page::PageSettings::from_wh(1.0, 10_000.0).expect("a size");
    document.start_page_with(size).finish();
    let read = Original::read(document.finish().expect("it can be written")).unwrap();
    let copy = read.copy("县水务局 李伟 2026年11月27日 09:30", fonts()).unwrap();
    assert!(copy.len() < 1 << 20, "{} bytes", copy.len());
}
