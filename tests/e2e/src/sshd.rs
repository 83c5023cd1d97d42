//! A real OpenSSH server on loopback, with a configuration and keys of its own
//! in a folder of the test's.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Where `sshd` is, where it is installed.
const PLACES: [&str; 3] = ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/bin/sshd"];

/// A running server. It stops when this is dropped.
pub struct Sshd {
    folder: TempDir,
    child: Child,
    port: u16,
}

impl Sshd {
    /// Starts one; none where `sshd` is not installed, which is said aloud. With
    /// `HOMEROOM_REQUIRE_SSHD` in the environment that is a failure.
    pub fn start() -> Option<Self> {
        let Some(sshd) = PLACES.iter().find(|place| Path::new(place).is_file()) else {
            assert!(
                std::env::var_os("HOMEROOM_REQUIRE_SSHD").is_none(),
                "HOMEROOM_REQUIRE_SSHD is set and there is no sshd; install openssh-server"
            );
            eprintln!("SKIPPED: sshd is not installed (apt-get install openssh-server)");
            return None;
        };
        // The server insists on it where it starts as root.
        let _ = fs::create_dir_all("/run/sshd");
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["host", "login", "stranger"] {
            keygen(&folder.path().join(name));
        }
        fs::copy(
            folder.path().join("login.pub"),
            folder.path().join("authorized"),
        )
        .expect("a file is copied");
        let port = free_port();
        let child = spawn(sshd, folder.path(), port);
        let server = Sshd {
            folder,
            child,
            port,
        };
        server.wait();
        Some(server)
    }

    /// Stops it and starts it again on the same port with another host key.
    pub fn with_another_key(mut self) -> Self {
        self.stop();
        for file in ["host", "host.pub"] {
            fs::remove_file(self.folder.path().join(file)).expect("it was made here");
        }
        keygen(&self.folder.path().join("host"));
        let sshd = PLACES.iter().find(|place| Path::new(place).is_file());
        self.child = spawn(sshd.expect("it was there"), self.folder.path(), self.port);
        self.wait();
        self
    }

    /// The endpoint of a path on this machine.
    pub fn endpoint(&self, path: &Path) -> String {
        let path = path.to_str().expect("the path is UTF-8");
        format!("sftp://127.0.0.1:{}{path}", self.port)
    }

    /// Who may log in.
    pub fn user(&self) -> String {
        let output = Command::new("id").arg("-un").output().expect("id runs");
        let name = String::from_utf8(output.stdout).expect("a name is text");
        name.trim().to_owned()
    }

    /// The private key that is let in.
    pub fn key(&self) -> PathBuf {
        self.folder.path().join("login")
    }

    /// One that is not.
    pub fn strange_key(&self) -> PathBuf {
        self.folder.path().join("stranger")
    }

    /// The host key's fingerprint, as `ssh-keygen` tells it.
    pub fn fingerprint(&self) -> String {
        let output = Command::new("ssh-keygen")
            .args(["-l", "-E", "sha256", "-f"])
            .arg(self.folder.path().join("host.pub"))
            .output()
            .expect("ssh-keygen runs");
        let text = String::from_utf8(output.stdout).expect("a fingerprint is text");
        let word = text.split_whitespace().nth(1);
        word.expect("the fingerprint is the second word").to_owned()
    }

    fn wait(&self) {
        let patience = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(Instant::now() < patience, "sshd does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn stop(&mut self) {
        // It may have ended by itself; there is nothing else to do then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.stop();
    }
}

fn keygen(file: &Path) {
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f"])
        .arg(file)
        .status()
        .expect("ssh-keygen runs");
    assert!(made.success());
}

/// sshd cannot choose a port itself, so one that is free now is named.
fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("it has an address").port()
}

fn spawn(sshd: &str, folder: &Path, port: u16) -> Child {
    let at = |name: &str| folder.join(name).display().to_string();
    let config = format!(
        "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\n\
         PidFile none\nStrictModes no\nUsePAM no\nPermitRootLogin yes\n\
         PasswordAuthentication no\nKbdInteractiveAuthentication no\n\
         PubkeyAuthentication yes\nSubsystem sftp internal-sftp\n",
        at("host"),
        at("authorized")
    );
    let file = folder.join("config");
    fs::write(&file, config).expect("a file is written");
    Command::new(sshd)
        .args(["-D", "-e", "-f"])
        .arg(&file)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("sshd starts")
}
