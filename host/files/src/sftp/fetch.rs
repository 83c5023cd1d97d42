//! Looking, waiting until what is there stays the same, and fetching it.

use std::io::SeekFrom;
use std::time::Instant;

use russh_sftp::client::SftpSession;
use russh_sftp::client::error::Error as SftpError;
use russh_sftp::protocol::StatusCode;
use tokio::io::{AsyncRead, AsyncReadExt};

use super::connect::{Connected, connect};
use super::{Dial, Login, Patience, Server};
use crate::bundle::Bundle;
use crate::choice::{Choice, Wanted, choose};
use crate::error::{FetchError, Kind, Result, shown};
use crate::intake::{Intake, Order, Taking};
use crate::{folder, unzip};

/// One file as a look sees it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    name: String,
    path: String,
    size: u64,
    changed: Option<u32>,
}

/// Fetches the set from a server. `waiting` hears why we wait.
///
/// # Errors
/// If there is no connection, the server is not the approved one, or the files
/// are not there, keep changing, or are not what files of a roster are.
pub async fn from_server(
    dial: &Dial<'_>,
    server: &Server,
    login: &Login,
    order: &Order<'_>,
    patience: Patience,
    waiting: &(dyn Fn(&str) + Send + Sync),
) -> Result<Bundle> {
    let mut intake = Intake::new(order)?;
    let connected = connect(dial, server, login, order.limits).await?;
    let fetching = Fetching {
        connected: &connected,
        server,
        wanted: order.wanted,
        patience,
        waiting,
    };
    let most = order.limits.fetch_time + patience.most;
    let fetched = tokio::time::timeout(most, fetching.settled(&mut intake)).await;
    connected.close().await;
    fetched.map_err(|_| {
        FetchError::new(
            Kind::Timeout,
            format!(
                "{} took over {} s to give the files",
                server.name,
                most.as_secs()
            ),
        )
    })??;
    Ok(intake.freeze())
}

struct Fetching<'f> {
    connected: &'f Connected,
    server: &'f Server,
    wanted: &'f Wanted,
    patience: Patience,
    waiting: &'f (dyn Fn(&str) + Send + Sync),
}

impl Fetching<'_> {
    /// Fetches what two looks find unchanged, and a third after it was fetched.
    async fn settled(&self, intake: &mut Intake) -> Result<()> {
        let began = Instant::now();
        let mut before = self.look(intake).await?;
        loop {
            tokio::time::sleep(self.patience.settle).await;
            let now = self.look(intake).await?;
            let mut why = "files on the server are still being written".to_owned();
            if now == before {
                match self.fetch(&now, intake).await {
                    Ok(()) if self.look(intake).await? == now => return Ok(()),
                    Ok(()) => {}
                    // A zip that ends early may be one that is still coming.
                    Err(error) if error.kind() == Kind::ZipBroken => {
                        if began.elapsed() >= self.patience.most {
                            return Err(error);
                        }
                        why = error.detail().to_owned();
                    }
                    Err(error) => return Err(error),
                }
            }
            if began.elapsed() >= self.patience.most {
                return Err(FetchError::new(
                    Kind::FilesChanging,
                    format!(
                        "The files at {} were still being written after {} s",
                        self.server.name,
                        began.elapsed().as_secs()
                    ),
                ));
            }
            (self.waiting)(&why);
            intake.clear()?;
            before = self.look(intake).await?;
        }
    }

    fn sftp(&self) -> &SftpSession {
        &self.connected.sftp
    }

    /// What is there: the wanted files, or one zip, sorted.
    async fn look(&self, intake: &Intake) -> Result<Vec<Entry>> {
        let path = match self.server.path.as_str() {
            "" => ".",
            path => path,
        };
        let found = self
            .sftp()
            .metadata(path)
            .await
            .map_err(|e| self.failed(&e))?;
        if !found.is_dir() {
            let name = path.rsplit('/').next().unwrap_or(path);
            return Ok(vec![Entry {
                name: name.to_owned(),
                path: path.to_owned(),
                size: found.size.unwrap_or(0),
                changed: found.mtime,
            }]);
        }
        let mut entries = Vec::new();
        for entry in self
            .sftp()
            .read_dir(path)
            .await
            .map_err(|e| self.failed(&e))?
        {
            let (name, about) = (entry.file_name(), entry.metadata());
            if about.is_dir() || name.contains('/') {
                continue;
            }
            entries.push(Entry {
                path: format!("{}/{name}", path.trim_end_matches('/')),
                name,
                size: about.size.unwrap_or(0),
                changed: about.mtime,
            });
        }
        if entries.len() > intake.limits.entries {
            return Err(FetchError::new(
                Kind::FilesTooLarge,
                format!(
                    "{} has over {} files there",
                    self.server.name, intake.limits.entries
                ),
            ));
        }
        let place = format!("{}:{}", self.server.name, shown(path));
        let mut chosen = match choose(entries, |entry| &entry.name, self.wanted, &place)? {
            Choice::Files(files) => files,
            Choice::Zip(zip) => vec![zip],
        };
        chosen.sort();
        Ok(chosen)
    }

    async fn fetch(&self, entries: &[Entry], intake: &mut Intake) -> Result<()> {
        match entries {
            [zip] if !self.wanted.wants(&zip.name) => self.fetch_zip(zip, intake).await,
            files => {
                for file in files {
                    let mut from = self.open(file).await?;
                    let mut taking = intake.begin(&file.name)?;
                    self.pour(&mut from, &mut taking).await?;
                    taking.finish()?;
                }
                Ok(())
            }
        }
    }

    /// A zip is read from its end, so all of it must be here first.
    async fn fetch_zip(&self, zip: &Entry, intake: &mut Intake) -> Result<()> {
        use std::io::Write;
        if zip.size > intake.limits.zip_bytes {
            return Err(FetchError::new(
                Kind::FilesTooLarge,
                format!(
                    "`{}` is larger than {} MiB",
                    shown(&zip.name),
                    intake.limits.zip_bytes >> 20
                ),
            ));
        }
        let path = intake.folder().join("zip");
        let ours = |e: &std::io::Error| crate::error::ours("keep the zip", e);
        let mut copy = folder::create(&path).map_err(|e| ours(&e))?;
        let mut from = self.open(zip).await?.take(intake.limits.zip_bytes + 1);
        let mut piece = vec![0; 256 * 1024];
        loop {
            let length = from.read(&mut piece).await.map_err(|e| self.broke(&e))?;
            if length == 0 {
                break;
            }
            copy.write_all(&piece[..length]).map_err(|e| ours(&e))?;
        }
        std::io::Seek::seek(&mut copy, SeekFrom::Start(0)).map_err(|e| ours(&e))?;
        // Unpacking reads and writes hundreds of megabytes; others want to run.
        let unpacked = beside_others(|| unzip::unpack(copy, &zip.name, self.wanted, intake));
        std::fs::remove_file(&path).map_err(|e| ours(&e))?;
        unpacked
    }

    async fn open(&self, entry: &Entry) -> Result<impl AsyncRead + Unpin + use<>> {
        self.sftp()
            .open(&entry.path)
            .await
            .map_err(|e| self.failed(&e))
    }

    async fn pour(&self, from: &mut (impl AsyncRead + Unpin), to: &mut Taking<'_>) -> Result<()> {
        let mut piece = vec![0; 256 * 1024];
        loop {
            let length = from.read(&mut piece).await.map_err(|e| self.broke(&e))?;
            if length == 0 {
                return Ok(());
            }
            to.write(&piece[..length])?;
        }
    }

    fn broke(&self, error: &std::io::Error) -> FetchError {
        FetchError::new(
            Kind::Unreachable,
            format!(
                "{} broke off in the middle of a file: {error}",
                self.server.name
            ),
        )
    }

    fn failed(&self, error: &SftpError) -> FetchError {
        let name = &self.server.name;
        let path = shown(&self.server.path);
        match error {
            SftpError::Status(status) if status.status_code == StatusCode::NoSuchFile => {
                FetchError::new(Kind::NotFound, format!("{name} has nothing at `{path}`"))
                    .with_remedy(
                        "Check the path in the endpoint; it begins where the login may look.",
                    )
            }
            SftpError::Status(status) if status.status_code == StatusCode::PermissionDenied => {
                FetchError::new(
                    Kind::Forbidden,
                    format!("{name} does not let this login read `{path}`"),
                )
            }
            SftpError::Timeout => {
                FetchError::new(Kind::Timeout, format!("{name} did not answer in time"))
            }
            SftpError::IO(why) => FetchError::new(
                Kind::Unreachable,
                format!("The connection to {name} broke: {}", shown(why)),
            ),
            other => FetchError::new(
                Kind::Malformed,
                format!(
                    "{name} answered something unexpected: {}",
                    shown(&other.to_string())
                ),
            ),
        }
    }
}

/// Runs what computes for long, in a way that lets others run where that is
/// possible.
fn beside_others<T>(work: impl FnOnce() -> T) -> T {
    use tokio::runtime::{Handle, RuntimeFlavor};
    match Handle::current().runtime_flavor() {
        RuntimeFlavor::MultiThread => tokio::task::block_in_place(work),
        _ => work(),
    }
}
