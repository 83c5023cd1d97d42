//! The `fake-sis` command.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use common::{get, request};

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fake-sis"));
    command
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Ends the process when the test does.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn started(arguments: &[&str]) -> (Running, serde_json::Value) {
    let mut child = command(arguments).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    (Running(child), serde_json::from_str(&line).unwrap())
}

#[test]
fn it_prints_where_it_is_and_serves() {
    let (_running, told) = started(&["--people", "200", "--prebuild", "50", "--print-url"]);
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        told["clientId"].as_str().unwrap(),
        told["clientSecret"].as_str().unwrap()
    );
    let answer = request(told["tokenUrl"].as_str().unwrap(), "POST", &[], &form).unwrap();
    let bearer = format!("Bearer {}", answer.json()["access_token"].as_str().unwrap());
    let url = format!("{}/users?limit=50", told["oneRoster12"].as_str().unwrap());
    let page = request(&url, "GET", &[("authorization", &bearer)], "").unwrap();
    assert_eq!(page.json()["users"].as_array().unwrap().len(), 50);
    assert_eq!(page.total(), Some(200));
}

#[test]
fn faults_and_behaviour_come_from_the_command_line() {
    let (_running, told) = started(&[
        "--people=200",
        "--auth=none",
        "--base-path=/api",
        "--max-limit=20",
        "--no-total",
        "--links=absent",
        "--fault=status=502 on=users page=2 times=1",
    ]);
    let base = told["oneRoster11"].as_str().unwrap();
    assert!(base.ends_with("/api/ims/oneroster/v1p1"), "{base}");
    let page = get(&format!("{base}/users?limit=1000"));
    assert_eq!(page.json()["users"].as_array().unwrap().len(), 20);
    assert_eq!((page.total(), page.header("link")), (None, None));
    let url = format!("{base}/users?limit=1000&offset=20");
    assert_eq!([get(&url).status, get(&url).status], [502, 200]);
}

#[test]
fn it_writes_files_instead() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("directory.csv");
    let bundle = folder.path().join("bundle");
    let done = command(&["--people=200", "--write-directory"])
        .arg(&directory)
        .arg("--write-csv")
        .arg(&bundle)
        .output()
        .unwrap();
    assert!(done.status.success());
    assert!(directory.exists());
    assert!(bundle.join("manifest.csv").exists() && bundle.join("roles.csv").exists());
}

#[test]
fn a_fault_nobody_knows_is_a_usage_error() {
    let done = command(&["--fault=sleep"]).output().unwrap();
    assert_eq!(done.status.code(), Some(2));
    let text = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(text.contains("there is no fault `sleep`"), "{text}");
}
