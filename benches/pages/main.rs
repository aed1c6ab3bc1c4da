//! How long a page waits for its first data on a server that has been in use for years: 2 000 meetings, 500 venues, 5 000 people
//! and 20 000 records in the book.
//!
//! `make bench` runs it. A page's time is that from its first question to the last answer it needs to show something, all of them
//! asked at once over one connection, as a browser does; the bar is on the slowest of twenty in a row. Beside it stands the time of
//! an answer that looks at nothing, from the same run.

#![expect(clippy::disallowed_methods, reason = "a shell reads the clock")]
#![expect(clippy::print_stdout, reason = "the table is for people")]
#![allow(missing_docs, unreachable_pub, reason = "a program, not a library")]

mod county;

use county::County;
use reqwest::Client;
use serde_json::json;
use std::{
    error::Error,
    fs,
    process::ExitCode,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tokio::task::JoinSet;
use yunling::domain::role::Role;

/// Longest a page's first data may take.
const FIRST_DATA_MAX: Duration = Duration::from_millis(300);

/// How often each page is opened.
const TIMES: usize = 20;

/// What a page asks before it shows something.
struct Page {
    name: &'static str,
    role: Role,
    asks: Vec<String>,
}

fn pages() -> Vec<Page> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64;
    let days = |days: u64| days * 24 * 3600 * 1000;
    let between =
        |before: u64, after: u64| format!("/api/meetings?from={}&to={}", now - days(before), now + days(after));
    let (from, to) = (now + days(3), now + days(3) + 2 * 3600 * 1000);
    let venues: Vec<String> = (0..county::VENUES).map(county::venue).collect();
    let draft = format!("startsAtMs={from}&endsAtMs={to}&kind=own&venues={}", venues.join(","));
    let near = between(31, 92);
    let turns = format!("{draft}&rhythm=weekly&count=50&onDayOff=later");
    let page =
        |name, role, asks: &[&str]| Page { name, role, asks: asks.iter().map(|ask| (*ask).to_owned()).collect() };
    use Role::{AuditAdmin, Clerk, Liaison, Operator, SecurityAdmin};
    vec![
        page("duty", Operator, &["/api/me", &near, "/api/venues", "/api/legs", "/api/status"]),
        page("schedule, a week", Operator, &["/api/me", &between(3, 4), "/api/venues", "/api/days"]),
        page("schedule, a month", Operator, &["/api/me", &between(20, 22), "/api/venues", "/api/days"]),
        page("a new meeting", Operator, &["/api/schedule/choices", "/api/units/names"]),
        page("what is in a plan's way", Operator, &[&format!("/api/schedule/check?{draft}")]),
        page("what is in a series' way", Operator, &[&format!("/api/schedule/series?{turns}")]),
        page("meetings", Operator, &["/api/me", &near, "/api/venues"]),
        page("all meetings", Operator, &["/api/meetings"]),
        page("venues", Operator, &["/api/me", "/api/venues"]),
        page("lines", Operator, &["/api/me", "/api/legs", &near]),
        page("devices", Operator, &["/api/me", "/api/devices", "/api/venues", "/api/tokens"]),
        page("status", Operator, &["/api/me", "/api/status"]),
        page("recordings", Clerk, &["/api/me", "/api/recordings"]),
        page("an attendance list", Clerk, &["/api/me", &format!("/api/meetings/{}/attendance", county::ASSEMBLY)]),
        page("sign-offs", Clerk, &["/api/me", "/api/sign-offs", "/api/delegations"]),
        page("a liaison's units", Liaison, &["/api/me", "/api/units"]),
        page("accounts", SecurityAdmin, &["/api/me", "/api/accounts", "/api/units"]),
        page("units", SecurityAdmin, &["/api/me", "/api/units", "/api/accounts"]),
        page("access", SecurityAdmin, &["/api/me", "/api/access", "/api/self-check"]),
        page("the book", AuditAdmin, &["/api/me", "/api/audit"]),
    ]
}

/// What opening a page took.
struct Row {
    name: &'static str,
    bytes: usize,
    median: Duration,
    slowest: Duration,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether every page held the bar.
async fn run() -> Result<bool, Box<dyn Error>> {
    let county = County::start().await?;
    let idle = open(&county, "", &["/healthz".to_owned()], "nothing").await?;
    let mut rows = Vec::new();
    for Page { name, role, asks } in pages() {
        rows.push(open(&county, county.cookie(role), &asks, name).await?);
    }
    county.end().await;
    report(&idle, &rows)?;
    Ok(rows.iter().all(|row| row.slowest <= FIRST_DATA_MAX))
}

/// Opens a page some times in a row.
async fn open(county: &County, cookie: &str, asks: &[String], name: &'static str) -> Result<Row, Box<dyn Error>> {
    let (mut took, mut bytes) = (Vec::new(), 0);
    // The first one makes the connection, which the page's own files would have made before.
    for time in 0..=TIMES {
        let began = Instant::now();
        let mut answers = JoinSet::new();
        for ask in asks {
            answers.spawn(answer(county.client.clone(), county.url(ask), cookie.to_owned()));
        }
        bytes = 0;
        while let Some(answer) = answers.join_next().await {
            bytes += answer??;
        }
        if time > 0 {
            took.push(began.elapsed());
        }
    }
    took.sort_unstable();
    Ok(Row { name, bytes, median: took[TIMES / 2], slowest: took[TIMES - 1] })
}

async fn answer(client: Client, url: String, cookie: String) -> Result<usize, String> {
    let request = client.get(&url).header("cookie", cookie).header("sec-fetch-site", "same-origin");
    let response = request.send().await.map_err(|error| error.to_string())?;
    let status = response.status();
    let body = response.bytes().await.map_err(|error| error.to_string())?;
    if status.is_success() { Ok(body.len()) } else { Err(format!("{url:.120} answers {status}")) }
}

fn report(idle: &Row, rows: &[Row]) -> Result<(), Box<dyn Error>> {
    let ms = |took: Duration| took.as_secs_f64() * 1000.0;
    println!("First data of each page, {TIMES} times in a row. Bar: {} ms.", FIRST_DATA_MAX.as_millis());
    println!("{:26} {:>9} {:>11} {:>11} {:>8}", "page", "KiB", "median ms", "slowest ms", "× idle");
    for row in std::iter::once(idle).chain(rows) {
        let ratio = ms(row.median) / ms(idle.median);
        let over = if row.slowest > FIRST_DATA_MAX { "  over" } else { "" };
        let (kib, median, slowest) = (row.bytes / 1024, ms(row.median), ms(row.slowest));
        println!("{:26} {kib:>9} {median:>11.1} {slowest:>11.1} {ratio:>8.0}{over}", row.name);
    }
    let shown = |row: &Row| {
        json!({
            "page": row.name, "bytes": row.bytes, "medianMs": ms(row.median), "slowestMs": ms(row.slowest),
            "floorMs": ms(idle.median), "ratio": ms(row.median) / ms(idle.median), "barMs": ms(FIRST_DATA_MAX),
        })
    };
    let rows: Vec<_> = rows.iter().map(shown).collect();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/target/bench");
    fs::create_dir_all(folder)?;
    fs::write(format!("{folder}/pages.json"), serde_json::to_string_pretty(&rows)?)?;
    Ok(())
}
