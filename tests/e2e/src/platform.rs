//! One installation of Homeroom in a folder of its own, used as a person or a
//! script uses it: through the `homeroom` binary.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A data folder and the binary that works on it.
pub struct Platform {
    folder: TempDir,
}

/// What a command said.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The command, for messages.
    pub command: String,
    /// The exit code; none: a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// A command that is at work. It is killed when this is dropped.
pub struct Running {
    child: Child,
}

impl Default for Platform {
    fn default() -> Self {
        Self::new()
    }
}

impl Platform {
    /// A new, empty installation.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Platform { folder }
    }

    /// The folder for the test's own files; the data folder is in it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Writes a file beside the data folder and returns its path.
    pub fn file(&self, name: &str, content: &str) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, content).expect("a file is written");
        path.to_str().expect("the path is UTF-8").to_owned()
    }

    /// The same, with bytes.
    pub fn bytes(&self, name: &str, content: &[u8]) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, content).expect("a file is written");
        path.to_str().expect("the path is UTF-8").to_owned()
    }

    /// The command, not yet started. The environment of the tests does not
    /// reach it.
    pub fn command<I: IntoIterator<Item: AsRef<OsStr>>>(&self, arguments: I) -> Command {
        let mut command = Command::new(binary());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("HOMEROOM_") {
                command.env_remove(name);
            }
        }
        command
            .arg("--data")
            .arg(self.data())
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub fn run<I: IntoIterator<Item: AsRef<OsStr>>>(&self, arguments: I) -> Answer {
        answer(&mut self.command(arguments))
    }

    /// Starts a command and does not wait for it. Its output is thrown away.
    pub fn start<I: IntoIterator<Item: AsRef<OsStr>>>(&self, arguments: I) -> Running {
        let mut command = self.command(arguments);
        let child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("homeroom starts");
        Running { child }
    }

    /// Installs and approves the OneRoster adapter.
    pub fn install_oneroster(&self) -> Answer {
        self.install("oneroster")
    }

    /// Installs and approves the OneRoster CSV adapter.
    pub fn install_oneroster_csv(&self) -> Answer {
        self.install("oneroster-csv")
    }

    /// Installs and approves an adapter of this repository.
    pub fn install(&self, id: &str) -> Answer {
        let adapter = adapters().join(id).with_extension("wasm");
        assert!(
            adapter.is_file(),
            "{} is missing; `cargo xtask build-adapters` makes it",
            adapter.display()
        );
        let adapter = adapter.to_str().expect("the path is UTF-8");
        self.run(["adapter", "install", adapter, "--approve"]).ok()
    }

    /// Imports a directory file.
    pub fn import_directory(&self, csv: &str) -> Answer {
        let file = self.file("directory.csv", csv);
        self.run(["directory", "import", &file, "--json"])
    }

    /// `sync NAME --json` with further arguments.
    pub fn sync(&self, name: &str, more: &[&str]) -> Answer {
        let mut arguments = vec!["sync", name, "--json"];
        arguments.extend(more);
        self.run(arguments)
    }

    /// `user list --json`, by email.
    pub fn users(&self) -> Vec<Value> {
        list(self.run(["user", "list", "--json"]).ok().json())
    }

    /// `user list --unmatched --json`.
    pub fn unmatched(&self) -> Vec<Value> {
        list(
            self.run(["user", "list", "--unmatched", "--json"])
                .ok()
                .json(),
        )
    }

    /// `run findings RUN --json` of the run in this report.
    pub fn findings(&self, report: &Value) -> Vec<Value> {
        let run = report["run"].to_string();
        list(self.run(["run", "findings", &run, "--json"]).ok().json())
    }

    /// `run list --json`, newest first.
    pub fn runs(&self) -> Vec<Value> {
        list(self.run(["run", "list", "--json"]).ok().json())
    }

    /// `run show RUN --json`.
    pub fn show(&self, run: &Value) -> Value {
        self.run(["run", "show", &run.to_string(), "--json"])
            .ok()
            .json()
    }

    /// The whole roster as downstream products get it, file by file, together
    /// with every user's links. Lines are sorted; the moment of change is left
    /// out, since it differs between two runs of the same data.
    pub fn roster(&self) -> BTreeMap<String, Vec<String>> {
        let export = tempfile::tempdir_in(self.folder.path()).expect("a temporary folder");
        let path = export.path().join("bundle");
        self.run([OsStr::new("roster"), OsStr::new("export"), path.as_os_str()])
            .ok();
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(&path).expect("the export is a folder") {
            let path = entry.expect("an entry").path();
            let name = path
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            let text = fs::read_to_string(&path).expect("the export is UTF-8");
            files.insert(name, without_moments(&text));
        }
        let mut users: Vec<String> = self.users().iter().map(Value::to_string).collect();
        users.sort();
        files.insert("user list".to_owned(), users);
        files
    }
}

impl Answer {
    /// This answer, if the command succeeded.
    #[track_caller]
    pub fn ok(self) -> Self {
        self.ends_with(0)
    }

    /// This answer, if the command ended with the exit code.
    #[track_caller]
    pub fn ends_with(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "`{}`\nstdout: {}\nstderr: {}",
            self.command,
            self.stdout,
            self.stderr
        );
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| {
            panic!(
                "`{}` printed no JSON ({error})\nstdout: {}\nstderr: {}",
                self.command, self.stdout, self.stderr
            )
        })
    }

    /// Everything it said.
    pub fn text(&self) -> String {
        format!("{}\n{}", self.stdout, self.stderr)
    }
}

impl Running {
    /// Ends it at once, as `kill -9` does; it has no chance to clean up. Says
    /// whether it was still at work.
    pub fn kill(&mut self) -> bool {
        let at_work = self.is_at_work();
        self.child.kill().expect("the child is ours");
        self.child.wait().expect("the child is ours");
        at_work
    }

    /// Whether it has not ended yet.
    pub fn is_at_work(&mut self) -> bool {
        self.child.try_wait().expect("the child is ours").is_none()
    }

    /// Waits for its end and returns the exit code.
    pub fn wait(&mut self) -> Option<i32> {
        self.child.wait().expect("the child is ours").code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing else to do then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a command to its end.
pub fn answer(command: &mut Command) -> Answer {
    let output = command.output().expect("homeroom starts");
    let arguments: Vec<_> = command.get_args().map(OsStr::to_string_lossy).collect();
    Answer {
        command: arguments.join(" "),
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("stderr is UTF-8"),
    }
}

/// `homeroom` as `cargo xtask test` says, else beside this test's own folder.
fn binary() -> PathBuf {
    std::env::var_os("HOMEROOM_BIN").map_or_else(
        || {
            let name = format!("homeroom{}", std::env::consts::EXE_SUFFIX);
            target().join("debug").join(name)
        },
        PathBuf::from,
    )
}

/// The built adapters as `cargo xtask test` says, else in the target folder.
pub(crate) fn adapters() -> PathBuf {
    std::env::var_os("HOMEROOM_ADAPTERS").map_or_else(|| target().join("adapters"), PathBuf::from)
}

/// Cargo's target folder: a test's binary is in `<target>/<profile>/deps`.
fn target() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    let target = test
        .ancestors()
        .nth(3)
        .expect("it is deep in the target folder");
    target.to_path_buf()
}

fn list(value: Value) -> Vec<Value> {
    match value {
        Value::Array(list) => list,
        other => panic!("not a list: {other}"),
    }
}

/// The lines of a CSV file, sorted, without the column `dateLastModified`.
fn without_moments(text: &str) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes());
    let rows: Vec<csv::StringRecord> = reader
        .records()
        .map(|row| row.expect("the export is CSV"))
        .collect();
    let skipped = rows
        .first()
        .and_then(|header| header.iter().position(|name| name == "dateLastModified"));
    let mut lines: Vec<String> = rows
        .iter()
        .map(|row| {
            let kept = row.iter().enumerate().filter(|(n, _)| Some(*n) != skipped);
            kept.map(|(_, value)| value)
                .collect::<Vec<_>>()
                .join("\u{1f}")
        })
        .collect();
    lines.sort();
    lines
}
