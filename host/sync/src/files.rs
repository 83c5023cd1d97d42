//! The files of a run, for integrations whose adapter reads files: fetched before
//! the run's first page from the integration's SFTP server, or copied from a
//! folder or zip that somebody named.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use homeroom_files::{
    Bundle, FetchError, HostKey, Kind, Limits, Login, NamePattern, Order, Patience, Server, Wanted,
    is_private_key,
};
use homeroom_roster::finding::{Effect, Finding, Severity};
use homeroom_sandbox::{
    CallError, Connected, Egress, FileOrigin, FileSource, Files, Manifest, Scheme, WaitReason,
};
use secrecy::{ExposeSecret, SecretString};

use crate::conclude::RunInProgress;
use crate::error::{Error, Result};
use crate::homeroom::Office;
use crate::integrations::Integration;
use crate::progress::{Event, Progress, Wait};
use crate::views::RunReport;

/// Attempts at a server that does not answer.
const ATTEMPTS: u32 = 3;

/// A set of files as the sandbox takes it.
#[derive(Debug)]
pub(crate) struct Fetched {
    bundle: Bundle,
}

impl Fetched {
    /// One digest over names and contents.
    pub(crate) fn digest(&self) -> &str {
        self.bundle.digest()
    }

    /// The size of all files in bytes.
    pub(crate) fn size(&self) -> u64 {
        self.bundle.size()
    }

    /// What the run's log says of them.
    pub(crate) fn line(&self) -> String {
        let files = self.bundle.files().iter();
        let files: Vec<_> = files
            .map(|f| format!("{} ({} bytes)", f.name, f.size))
            .collect();
        format!("files: {}; {}", files.join(", "), self.digest())
    }
}

impl FileSource for Fetched {
    fn list(&self) -> Vec<(String, u64)> {
        let files = self.bundle.files().iter();
        files.map(|file| (file.name.clone(), file.size)).collect()
    }

    fn read(&self, name: &str, offset: u64, length: usize) -> io::Result<Option<Vec<u8>>> {
        self.bundle.read(name, offset, length)
    }
}

/// What is fetched, for whom.
pub(crate) struct Fetching<'f> {
    pub(crate) name: &'f str,
    pub(crate) found: &'f Integration,
    pub(crate) manifest: &'f Manifest,
    pub(crate) connected: &'f Connected,
    pub(crate) secret: Option<SecretString>,
    /// A folder or zip of this machine, instead of the integration's own place.
    pub(crate) at_hand: Option<&'f Path>,
    /// Whether somebody waits for the answer: one attempt, and one look.
    pub(crate) in_a_hurry: bool,
    pub(crate) progress: &'f dyn Progress,
}

impl Office {
    /// Fetches the files of an integration whose adapter reads files; none for
    /// other adapters. Why there are none is the inner error: it ends a run, and
    /// is no error of the caller.
    pub(crate) async fn fetch_files(
        &self,
        fetching: Fetching<'_>,
    ) -> Result<std::result::Result<Option<Arc<Fetched>>, FetchError>> {
        let Some(files) = &fetching.manifest.files else {
            return match fetching.at_hand {
                Some(_) => Err(Error::usage(
                    "files-not-supported",
                    format!(
                        "--files is for adapters that read files, and {} asks a server; \
                         leave it out, or use an integration of such an adapter",
                        fetching.manifest.id
                    ),
                )),
                None => Ok(Ok(None)),
            };
        };
        let wanted = wanted(files)?;
        let limits = Limits::default();
        let order = Order {
            wanted: &wanted,
            limits: &limits,
            parent: self.tenant.files_folder(),
        };
        let bundle = match fetching.at_hand {
            Some(path) => {
                at_hand(files, path)?;
                let path = path.to_owned();
                copied(&path, &order)
            }
            None => {
                let (_, egress) = self.homeroom.engine().await?;
                fetching.fetch_remote(egress, &order).await
            }
        };
        Ok(bundle.map(|bundle| Some(Arc::new(Fetched { bundle }))))
    }
}

fn at_hand(files: &Files, path: &Path) -> Result<()> {
    let (origin, what) = match path.is_dir() {
        true => (FileOrigin::Folder, "a folder"),
        false => (FileOrigin::Zip, "a zip"),
    };
    if files.sources.contains(&origin) {
        return Ok(());
    }
    Err(Error::usage(
        "files-not-supported",
        format!("the adapter does not read files from {what}"),
    ))
}

/// Copies in a way that lets others run.
fn copied(path: &Path, order: &Order<'_>) -> std::result::Result<Bundle, FetchError> {
    use tokio::runtime::{Handle, RuntimeFlavor};
    let copy = || homeroom_files::from_path(path, order);
    match Handle::current().runtime_flavor() {
        RuntimeFlavor::MultiThread => tokio::task::block_in_place(copy),
        _ => copy(),
    }
}

fn wanted(files: &Files) -> Result<Wanted> {
    let patterns = files.names.iter().map(|name| NamePattern::parse(name));
    let patterns: std::result::Result<Vec<_>, _> = patterns.collect();
    // The manifest was checked when the adapter was installed.
    patterns.map(Wanted).map_err(|why| {
        Error::refused(
            "bad-manifest",
            format!("files.names of the adapter is unusable: {why}; install a corrected adapter"),
        )
    })
}

impl Fetching<'_> {
    async fn fetch_remote(
        &self,
        egress: &Egress,
        order: &Order<'_>,
    ) -> std::result::Result<Bundle, FetchError> {
        let Some(place) = &self.connected.files else {
            return Err(FetchError::new(
                Kind::NotFound,
                "The integration has no place where files are",
            ));
        };
        let connection = &self.found.connection;
        let server = Server {
            name: place.server.clone(),
            integration: self.name.to_owned(),
            path: place.path.clone(),
            approved: connection
                .host_keys
                .iter()
                .filter_map(|key| HostKey::parse(key).ok())
                .collect(),
        };
        let grant = &self.connected.grant;
        let dial = || -> futures::future::BoxFuture<'_, _> {
            Box::pin(async move { egress.dial(grant).await.map_err(|e| of_call(&e)) })
        };
        let attempts = if self.in_a_hurry { 1 } else { ATTEMPTS };
        let mut attempt = 1;
        loop {
            // Where no key is approved nothing is logged in to, so that its
            // fingerprint is shown before a login is asked for.
            let login = match self.login() {
                Ok(login) => login,
                Err(_) if server.approved.is_empty() => Login {
                    user: String::new(),
                    secret: SecretString::from(String::new()),
                },
                Err(error) => return Err(error),
            };
            let progress = self.progress;
            let patience = self.patience();
            let waiting = |why: &str| {
                tracing::info!("waiting: {why}");
                progress.event(&Event::Request {
                    count: 0,
                    waiting: Some(Wait {
                        reason: WaitReason::Pause,
                        left: Some(patience.settle),
                    }),
                });
            };
            let fetched =
                homeroom_files::from_server(&dial, &server, &login, order, patience, &waiting)
                    .await;
            match fetched {
                Err(error) if error.is_transient() && attempt < attempts => {
                    tokio::time::sleep(Duration::from_secs(u64::from(attempt) * 2)).await;
                    attempt += 1;
                }
                other => return other,
            }
        }
    }

    fn login(&self) -> std::result::Result<Login, FetchError> {
        let missing = |what: &str| FetchError::new(Kind::MissingCredentials, what);
        let connection = &self.found.connection;
        let Some(user) = &connection.client_id else {
            return Err(missing("There is no login for the SFTP server"));
        };
        let Some(secret) = &self.secret else {
            return Err(missing("There is no password or key for the SFTP server"));
        };
        if self.connected.scheme == Scheme::SftpKey && !is_private_key(secret.expose_secret()) {
            return Err(missing(
                "The secret is no private key, and the scheme is sftp-key",
            ));
        }
        Ok(Login {
            user: user.clone(),
            secret: secret.clone(),
        })
    }

    fn patience(&self) -> Patience {
        if self.in_a_hurry {
            return Patience {
                settle: Duration::ZERO,
                most: Duration::ZERO,
            };
        }
        let number = |key: &str, default: f64| {
            let settings = &self.connected.connection.settings;
            let said = settings.iter().find(|(k, _)| k == key);
            let said = said.and_then(|(_, value)| value.parse::<f64>().ok());
            said.filter(|n| (0.0..=86_400.0).contains(n))
                .unwrap_or(default)
        };
        Patience {
            settle: Duration::from_secs_f64(number("settle-seconds", 5.0)),
            most: Duration::from_secs_f64(number("wait-minutes", 10.0) * 60.0),
        }
    }
}

fn of_call(error: &CallError) -> FetchError {
    let kind = match error.code() {
        "denied" => Kind::Denied,
        _ => Kind::Unreachable,
    };
    FetchError::new(kind, error.detail()).with_remedy(error.remedy())
}

/// Reads the fingerprints that an operator approves; an empty one approves none.
pub(crate) fn host_keys(given: &[String]) -> Result<Vec<String>> {
    let given = given.iter().filter(|key| !key.trim().is_empty());
    given
        .map(|key| match HostKey::parse(key) {
            Ok(key) => Ok(key.to_string()),
            Err(why) => Err(Error::usage(
                "invalid-host-key",
                format!("the host key \"{}\" is unusable: {why}", key.escape_debug()),
            )),
        })
        .collect()
}

impl RunInProgress {
    /// The run ends because there are no files to read.
    pub(crate) async fn fail_fetch(mut self, error: &FetchError) -> Result<RunReport> {
        let finding = Finding {
            code: error.code().into(),
            severity: Severity::Fatal,
            effect: Effect::Kept,
            provider: Some(self.provider.key),
            entity: None,
            sourced_id: None,
            field: None,
            detail: error.detail().into(),
        };
        self.report.finding_codes.insert(error.code().to_owned(), 1);
        let tenant = self.office.tenant.clone();
        tenant.save_findings(self.key, &[finding]).await?;
        let (detail, remedy) = (error.detail().to_owned(), error.remedy().to_owned());
        self.fail(error.code(), detail, remedy).await
    }
}
