//! The host's side of compiling: starts the process, feeds it, and ends it when
//! it takes too long. The host lives on whatever becomes of the process.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::COMPILE_ARGUMENT;
use super::protocol::{self, Answer, MOST_LINE, Order};
use crate::admission::AdmissionError;
use crate::limits::Limits;

/// Most of what the process may say on standard error.
const MOST_STDERR: u64 = 4096;

/// Code on several threads is no larger, but each has an address space of its
/// own for its heap.
const THREADS: &str = "4";

pub(super) fn compile(
    program: &Path,
    fingerprint: &str,
    component: &[u8],
    limits: &Limits,
) -> Result<Vec<u8>, AdmissionError> {
    let order = Order {
        cpu_seconds: protocol::cpu_seconds(limits, component.len()),
        limits: limits.clone(),
    };
    let failed = |why: String| AdmissionError::Compiler(why);
    let line = serde_json::to_vec(&order).map_err(|e| failed(e.to_string()))?;
    let input = [&line, b"\n".as_slice(), component].concat();
    let child = Command::new(program)
        .arg(COMPILE_ARGUMENT)
        // Nothing of the host's reaches it: no key, no secret, no folder.
        .env_clear()
        .env("RAYON_NUM_THREADS", THREADS)
        .current_dir(std::path::Component::RootDir.as_os_str())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| failed(format!("{} cannot be started ({e})", program.display())))?;
    let most = limits.compiled_bytes as u64 + MOST_LINE;
    let deadline = protocol::deadline(order.cpu_seconds);
    let ended = watch(child, input, most, deadline).map_err(|e| failed(e.to_string()))?;
    conclude(ended, &order, fingerprint, deadline)
}

/// What became of a process.
#[derive(Debug)]
struct Ended {
    /// None: it was killed, having come to no end.
    status: Option<ExitStatus>,
    stdout: Vec<u8>,
    stderr: String,
}

/// Feeds a process and takes what it writes, at most so many bytes, until it
/// has ended or its time is up.
fn watch(mut child: Child, input: Vec<u8>, most: u64, within: Duration) -> std::io::Result<Ended> {
    let until = Instant::now() + within;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    std::thread::spawn(move || {
        if let Some(mut stdin) = stdin {
            // A process that ends early does not read on; its end says why.
            stdin.write_all(&input).ok();
        }
    });
    let (send_out, out) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = stdout.map(|pipe| pipe.take(most + 1).read_to_end(&mut bytes));
        send_out.send(read.transpose().map(|_| bytes)).ok();
    });
    let (send_err, err) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(pipe) = stderr {
            // What it says is a hint at most.
            pipe.take(MOST_STDERR).read_to_end(&mut bytes).ok();
        }
        send_err.send(bytes).ok();
    });

    let left = || until.saturating_duration_since(Instant::now());
    let stdout = match out.recv_timeout(left()) {
        Ok(read) => read?,
        Err(_) => {
            end(&mut child);
            return Ok(Ended {
                status: None,
                stdout: Vec::new(),
                stderr: String::new(),
            });
        }
    };
    // Its output is at its end; the process should be, too.
    let status = loop {
        match child.try_wait()? {
            Some(status) => break Some(status),
            None if left().is_zero() || stdout.len() as u64 > most => {
                end(&mut child);
                break None;
            }
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    };
    let stderr = err.recv_timeout(Duration::from_secs(1)).unwrap_or_default();
    Ok(Ended {
        status,
        stdout,
        stderr: String::from_utf8_lossy(&stderr).into_owned(),
    })
}

/// Kills it and waits for it, so that it leaves nothing behind.
fn end(child: &mut Child) {
    // It may have ended by itself; nothing else is to be done then.
    child.kill().ok();
    child.wait().ok();
}

fn conclude(
    ended: Ended,
    order: &Order,
    fingerprint: &str,
    deadline: Duration,
) -> Result<Vec<u8>, AdmissionError> {
    let limits = &order.limits;
    let most = limits.compiled_bytes;
    let mut bytes = ended.stdout;
    if bytes.len() as u64 > most as u64 + MOST_LINE {
        return Err(AdmissionError::CompileLimit(format!(
            "gives over {most} bytes of code"
        )));
    }
    let Some(status) = ended.status else {
        return Err(AdmissionError::CompileLimit(format!(
            "is not done after {} s",
            deadline.as_secs()
        )));
    };
    if !status.success() {
        return Err(abnormal(status, &ended.stderr, order));
    }
    let truncated = || AdmissionError::Compiler("its answer is not whole".to_owned());
    let end_of_line = bytes
        .iter()
        .position(|b| *b == b'\n')
        .ok_or_else(truncated)?;
    let answer = serde_json::from_slice(&bytes[..end_of_line]).map_err(|_| truncated())?;
    match answer {
        Answer::Compiled {
            fingerprint: made_by,
            bytes: size,
        } => {
            bytes.drain(..=end_of_line);
            if bytes.len() != size {
                return Err(truncated());
            }
            if made_by != fingerprint {
                return Err(AdmissionError::Compiler(
                    "it is of another version than this host".to_owned(),
                ));
            }
            if size > most {
                return Err(AdmissionError::CompileLimit(format!(
                    "gives over {most} bytes of code"
                )));
            }
            Ok(bytes)
        }
        Answer::Refused(why) => Err(AdmissionError::Compile(why)),
        Answer::Failed(why) => Err(AdmissionError::Compiler(why)),
    }
}

/// Why a process ended that did not end well.
fn abnormal(status: ExitStatus, stderr: &str, order: &Order) -> AdmissionError {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        if signal == nix::libc::SIGXCPU {
            return AdmissionError::CompileLimit(format!(
                "takes over {} s of processor time",
                order.cpu_seconds
            ));
        }
        if signal == nix::libc::SIGKILL {
            return AdmissionError::CompileLimit(
                "was ended by the system, most likely for its memory".to_owned(),
            );
        }
    }
    // What Rust says before it aborts for want of memory.
    if stderr.contains("memory allocation of") {
        return AdmissionError::CompileLimit(format!(
            "takes over {} MiB of memory",
            order.limits.compile_memory_bytes / (1024 * 1024)
        ));
    }
    let said: String = stderr
        .lines()
        .next()
        .unwrap_or_default()
        .escape_debug()
        .take(200)
        .collect();
    AdmissionError::Compiler(format!("{status} {said}").trim_end().to_owned())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Child {
        Command::new("/bin/sh")
            .args(["-c", script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a shell")
    }

    fn order() -> Order {
        Order {
            cpu_seconds: 7,
            limits: Limits {
                compiled_bytes: 10,
                ..Limits::default()
            },
        }
    }

    fn concluded(script: &str, within: Duration) -> Result<Vec<u8>, AdmissionError> {
        let child = shell(script);
        let ended = watch(child, vec![0; 1 << 20], 100_000, within).expect("watched");
        conclude(ended, &order(), "f", within)
    }

    const LONG: Duration = Duration::from_secs(60);
    const SHORT: Duration = Duration::from_millis(300);

    #[test]
    fn one_that_does_nothing_is_ended() {
        for script in ["exec sleep 60", "exec sleep 60 >&-"] {
            let child = shell(script);
            let id = child.id();
            let ended = watch(child, Vec::new(), 100, SHORT).expect("watched");
            assert!(ended.status.is_none(), "{script}");
            assert!(
                !Path::new(&format!("/proc/{id}")).exists(),
                "{script}: it left a process behind"
            );
        }
        let error = concluded("exec sleep 60", SHORT).expect_err("refused");
        assert_eq!(error.code(), "compile-limit");
    }

    #[test]
    fn one_that_says_too_much_is_ended() {
        let error = concluded("exec cat /dev/zero", LONG).expect_err("refused");
        assert!(error.to_string().contains("bytes of code"), "{error}");
    }

    #[test]
    fn its_end_says_why() {
        for (script, what) in [
            ("kill -XCPU $$", "7 s of processor time"),
            ("kill -KILL $$", "ended by the system"),
            (
                "echo memory allocation of 9 bytes failed >&2; kill -ABRT $$",
                "2048 MiB",
            ),
            ("kill -SEGV $$", "signal: 11"),
            ("echo oops >&2; exit 3", "oops"),
        ] {
            let error = concluded(script, LONG).expect_err(script);
            assert!(error.to_string().contains(what), "{script}: {error}");
        }
    }

    #[test]
    fn an_answer_counts_only_whole_and_of_this_version() {
        let answer = |fingerprint: &str, bytes: usize, code: &str| {
            let line = serde_json::to_string(&Answer::Compiled {
                fingerprint: fingerprint.to_owned(),
                bytes,
            });
            let line = line.expect("it serialises");
            concluded(
                &format!("cat >/dev/null; printf '%s\\n%s' '{line}' '{code}'"),
                LONG,
            )
        };
        assert_eq!(answer("f", 4, "code"), Ok(b"code".to_vec()));
        for (answer, what) in [
            (answer("f", 5, "code"), "not whole"),
            (answer("f", 3, "code"), "not whole"),
            (answer("g", 4, "code"), "another version"),
            (answer("f", 11, "12345678901"), "over 10 bytes"),
        ] {
            let error = answer.expect_err(what);
            assert!(error.to_string().contains(what), "{error}");
        }
    }
}
