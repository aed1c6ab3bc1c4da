//! The supervisor with a real relay and real children.

use crate::support::{DEADLINE, House};
use std::{path::Path, process::Command, time::Duration};
use yunling::{
    leg::{
        io::supervisor::LegState,
        plan::{Dial, LegPlan},
    },
    relay::media::Role,
};

fn plan(id: &str, file: &str) -> LegPlan {
    LegPlan {
        id: id.parse().expect("an id"),
        meeting: "demo".parse().expect("an id"),
        participant: id.parse().expect("an id"),
        name: "省主会场".to_owned(),
        role: Role::Main,
        file: file.to_owned(),
        values: [].into(),
        dial: Dial::Nowhere,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_child_comes_back_and_a_bad_file_disables_only_itself() {
    let house = House::with("bad.toml", "schema = 1\npurpse = \"x\"\n").await;
    for plan in [plan("good", "demo.toml"), plan("bad", "bad.toml"), plan("lost", "none.toml")] {
        house.legs.put(plan, true);
    }

    let bad = house.until("bad", |leg| leg.state == LegState::Disabled).await;
    let reason = bad.problem.expect("a reason").en();
    assert!(reason.contains("bad.toml, line 2: unknown field `purpse`"), "{reason}");
    house.until("lost", |leg| leg.state == LegState::Disabled).await;
    let faults: Vec<_> = house.legs.pipelines().into_iter().map(|file| (file.file, file.fault.is_none())).collect();
    let shipped = ["demo.toml", "rtsp-in.toml", "srt-in.toml"].map(|file| (file.to_owned(), true));
    assert_eq!(faults, [vec![("bad.toml".to_owned(), false)], shipped.to_vec()].concat());

    let running = house.until("good", |leg| leg.state == LegState::Running).await;
    let process = running.process.expect("a process");
    assert!(Command::new("kill").args(["-9", &process.to_string()]).status().expect("kill").success());
    let back = house.until("good", |leg| leg.state == LegState::Running && leg.process != Some(process)).await;
    assert_eq!((back.restarts, back.problem), (1, None));

    let process = back.process.expect("a process").to_string();
    house.close().await;
    let gone = async {
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        while Path::new("/proc").join(&process).join("cmdline").exists() {
            tick.tick().await;
        }
    };
    tokio::time::timeout(DEADLINE, gone).await.expect("the child ends with its supervisor");
}
