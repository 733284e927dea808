//! The command line as a person uses it, and what it leaves behind: nothing.

use std::{
    collections::BTreeSet,
    path::Path,
    process::{Child, Command, Output, Stdio},
    time::Instant,
};

use itemsmith_local::{stack::RunFolder, toolchain::workspace};
use itemsmith_tests::site::{LOOK_PAUSE, PATIENCE};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

fn itemsmith(args: &[&str]) -> Command {
    let mut command = Command::new(workspace::built("itemsmith"));
    command
        .args(args)
        .env_remove("DATABASE_URL")
        .env_remove("OPENAI_API_KEY")
        .stdin(Stdio::null());
    command
}

fn output(args: &[&str]) -> Output {
    itemsmith(args).output().expect("itemsmith runs")
}

#[test]
fn the_demo_ends_with_a_template_and_leaves_nothing_running() {
    let out = tempfile::tempdir().expect("a folder");
    let place = out.path().display().to_string();
    let done = output(&["demo", "--plain", "--seed", "7", "--out", &place]);
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(
        done.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&done.stderr)
    );
    for wanted in [
        "attempt 1  typecheck_failed",
        "attempt 4  success",
        "template.ts",
        "sha256",
    ] {
        assert!(said.contains(wanted), "{wanted} is in:\n{said}");
    }
    assert!(
        said.contains("rehearsal"),
        "it says that no model was called:\n{said}"
    );
    assert!(out.path().join("template.ts").is_file());
    assert!(out.path().join("items/7.json").is_file());
    let checked = output(&[
        "check",
        &format!("{place}/template.ts"),
        "--widgets",
        "dotPlot",
    ]);
    assert_eq!(
        checked.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&checked.stdout)
    );
}

/// A `dev` in a folder of its own, until its addresses are known.
fn dev(folder: &Path) -> Child {
    let place = folder.display().to_string();
    let mut child = itemsmith(&["dev", "--plain", "--folder", &place])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("dev starts");
    let deadline = Instant::now() + PATIENCE;
    while !folder.join("addresses.json").is_file() {
        assert!(Instant::now() < deadline, "dev did not come up");
        assert!(child.try_wait().expect("a child").is_none(), "dev ended");
        std::thread::sleep(LOOK_PAUSE);
    }
    child
}

/// Every process that has the folder's path among its arguments.
fn processes_of(folder: &Path) -> BTreeSet<i32> {
    let wanted = folder.display().to_string();
    let entries = std::fs::read_dir("/proc").expect("/proc");
    entries
        .filter_map(Result::ok)
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid: &i32| {
            let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).contains(&wanted)
        })
        .collect()
}

fn wait_until_gone(folder: &Path) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let left = processes_of(folder);
        if left.is_empty() {
            return;
        }
        assert!(Instant::now() < deadline, "still running: {left:?}");
        std::thread::sleep(LOOK_PAUSE);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_crash_of_dev_stops_every_child() {
    let run = RunFolder::create("test-crash").expect("a folder");
    let folder = run.path().join("dev");
    let mut child = dev(&folder);
    assert!(processes_of(&folder).len() > 4, "the services were found");
    child.kill().expect("SIGKILL");
    child.wait().expect("it ends");
    wait_until_gone(&folder);
}

#[test]
#[cfg(target_os = "linux")]
fn an_interrupted_dev_stops_every_child_and_keeps_its_data() {
    let run = RunFolder::create("test-interrupt").expect("a folder");
    let folder = run.path().join("dev");
    for _start in 0..2 {
        let mut child = dev(&folder);
        let second = output(&["dev", "--plain", "--folder", &folder.display().to_string()]);
        assert_eq!(
            second.status.code(),
            Some(2),
            "one stack at a time in one folder"
        );
        let pid = i32::try_from(child.id()).expect("a pid");
        kill(Pid::from_raw(pid), Signal::SIGINT).expect("SIGINT");
        let status = child.wait().expect("it ends");
        assert_eq!(status.code(), Some(0));
        wait_until_gone(&folder);
    }
    assert!(folder.join("postgres").is_dir(), "the data is kept");
}

#[test]
fn every_command_explains_itself() {
    let commands = [
        "demo",
        "dev",
        "submit",
        "get",
        "watch",
        "check",
        "migrate",
        "doctor",
        "build",
        "test",
        "bench",
        "gateway",
        "engine",
        "rehearsal",
    ];
    for command in commands {
        let help = output(&[command, "--help"]);
        assert_eq!(help.status.code(), Some(0), "{command}");
        assert!(
            String::from_utf8_lossy(&help.stdout).contains("Usage:"),
            "{command}"
        );
    }
}

#[test]
fn a_command_that_cannot_do_its_work_ends_with_2_and_says_what_to_do() {
    let id = "01890000-0000-7000-8000-000000000000";
    let nowhere = output(&["get", id, "--url", "http://127.0.0.1:9"]);
    assert_eq!(nowhere.status.code(), Some(2));
    let said = String::from_utf8_lossy(&nowhere.stderr).into_owned();
    assert!(said.contains("cargo itemsmith dev"), "{said}");
    let malformed = output(&["get", "../../health", "--url", "http://127.0.0.1:9"]);
    assert_eq!(malformed.status.code(), Some(2));
    let unknown = output(&["frobnicate"]);
    assert_eq!(unknown.status.code(), Some(2));
}

#[test]
fn doctor_finds_nothing_in_the_way_of_a_machine_that_runs_the_tests() {
    let healthy = output(&["doctor", "--plain"]);
    let said = String::from_utf8_lossy(&healthy.stdout).into_owned();
    assert_eq!(healthy.status.code(), Some(0), "{said}");
    let bare = itemsmith(&["doctor", "--plain"])
        .env("PATH", "/nonexistent")
        .output();
    let bare = bare.expect("itemsmith runs");
    assert_eq!(bare.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&bare.stdout).contains("mend: install Node.js"));
}
