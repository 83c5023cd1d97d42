//! The two handles that everything hangs on: a data folder and a tenant in it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use homeroom_roster::record::Day;
use homeroom_sandbox::{Compiler, Egress, EgressConfig, Sandbox};
use homeroom_store::{Retention, Store, Tenant};
use jiff::SignedDuration;
use tokio::sync::{Mutex, OnceCell};

use crate::error::{Error, Result};
use crate::pace::PaceFolder;
use crate::policy::Policy;

/// How many of a provider's newest runs keep their details, whatever their age.
const KEPT_RUNS: u32 = 30;

/// How long the details of older runs are kept, unless the operator says.
const KEPT_DAYS: i64 = 90;

/// How long it is kept that there was a run, what it counted and how it ended.
const KEPT_ROW_DAYS: i64 = 730;

/// One data folder: adapters and tenants. Cheap to clone.
#[derive(Clone)]
pub struct Homeroom {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) store: Store,
    /// Made when the first adapter is needed: most commands need none.
    engine: OnceCell<(Sandbox, Egress)>,
    options: Options,
    data: PathBuf,
    /// Read when the first adapter is needed, so that a mistake in it keeps
    /// nobody from looking at what ran.
    policy: OnceCell<Arc<Policy>>,
    /// Held while an adapter is compiled.
    pub(crate) compiling: Mutex<()>,
}

/// How a data folder is worked on.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where vendors' adapters are compiled.
    pub compiler: Compiler,
    /// The operator's policy file; none: `policy.toml` in the data folder, if
    /// it is there.
    pub policy: Option<PathBuf>,
}

impl Default for Options {
    /// Adapters are compiled in this process: see [`Compiler`] for what a
    /// program does to have that done in a process with limits.
    fn default() -> Self {
        Options {
            compiler: Compiler::in_this_process(),
            policy: None,
        }
    }
}

impl Homeroom {
    /// Opens the folder, and makes it if it does not exist.
    ///
    /// # Errors
    /// If the folder cannot be read or written, belongs to a newer version, or
    /// its key is missing.
    pub async fn open(data: &Path) -> Result<Homeroom> {
        Homeroom::open_with(data, Options::default()).await
    }

    /// The same, with options.
    ///
    /// # Errors
    /// As [`Homeroom::open`].
    pub async fn open_with(data: &Path, options: Options) -> Result<Homeroom> {
        let store = Store::open(data).await?;
        Ok(Homeroom {
            inner: Arc::new(Inner {
                store,
                engine: OnceCell::new(),
                options,
                data: data.to_owned(),
                policy: OnceCell::new(),
                compiling: Mutex::new(()),
            }),
        })
    }

    /// Opens a tenant, and makes it if it does not exist.
    ///
    /// # Errors
    /// If the name is not one (`[a-z0-9][a-z0-9._-]*`), or its database cannot
    /// be opened.
    pub async fn tenant(&self, name: &str) -> Result<Office> {
        let tenant = self.inner.store.tenant(name).await?;
        Ok(Office {
            homeroom: self.clone(),
            tenant,
        })
    }

    pub(crate) fn store(&self) -> &Store {
        &self.inner.store
    }

    pub(crate) async fn engine(&self) -> Result<&(Sandbox, Egress)> {
        self.inner
            .engine
            .get_or_try_init(|| async {
                let limits = self.policy().await?.limits().clone();
                let compiler = self.inner.options.compiler.clone();
                let sandbox = Sandbox::with_compiler(limits, compiler)?;
                let egress = Egress::new(EgressConfig {
                    pace: Arc::new(PaceFolder::of(&self.inner.data)),
                    ..EgressConfig::default()
                })?;
                Ok::<_, Error>((sandbox, egress))
            })
            .await
    }

    /// The operator's policy.
    pub(crate) async fn policy(&self) -> Result<Arc<Policy>> {
        let named = self.inner.options.policy.as_deref();
        let policy = self
            .inner
            .policy
            .get_or_try_init(|| async { Policy::load(named, &self.inner.data).map(Arc::new) })
            .await?;
        Ok(policy.clone())
    }
}

/// One tenant: a district or a school, with its providers, runs and roster.
/// Cheap to clone.
#[derive(Clone)]
pub struct Office {
    pub(crate) homeroom: Homeroom,
    pub(crate) tenant: Tenant,
}

/// Today where the schools are: in the zone that `HOMEROOM_TIME_ZONE` names
/// (IANA), else in the system's.
pub(crate) fn today() -> Result<Day> {
    let now = jiff::Timestamp::now();
    let zone = match std::env::var("HOMEROOM_TIME_ZONE") {
        Ok(name) => jiff::tz::TimeZone::get(&name).map_err(|_| {
            Error::usage(
                "unknown-time-zone",
                format!(
                    "HOMEROOM_TIME_ZONE is \"{name}\", which is no IANA time zone; \
                     give one such as America/Chicago, or unset it to use the system's"
                ),
            )
        })?,
        Err(_) => jiff::tz::TimeZone::system(),
    };
    Ok(Day::from(now.to_zoned(zone).date()))
}

/// What is kept of runs, and how long: see [`Retention`]. `HOMEROOM_KEEP_DAYS`
/// says how many days the details are kept.
pub(crate) fn retention() -> Result<Retention> {
    const DAYS: std::ops::RangeInclusive<i64> = 0..=36_500;
    let days = match std::env::var("HOMEROOM_KEEP_DAYS") {
        Ok(text) => text
            .trim()
            .parse()
            .ok()
            .filter(|days| DAYS.contains(days))
            .ok_or_else(|| {
                Error::usage(
                    "invalid-value",
                    format!(
                        "HOMEROOM_KEEP_DAYS is \"{text}\"; give a number of days from 0 to {}, or \
                         unset it to keep the details of runs for {KEPT_DAYS} days",
                        DAYS.end()
                    ),
                )
            })?,
        Err(_) => KEPT_DAYS,
    };
    Ok(Retention {
        runs: KEPT_RUNS,
        details: SignedDuration::from_hours(24 * days),
        rows: SignedDuration::from_hours(24 * days.max(KEPT_ROW_DAYS)),
    })
}

/// Refuses a provider's name that could not be typed, or taken for something
/// else, in `PROVIDER/SOURCED_ID`.
pub(crate) fn check_name(what: &str, name: &str) -> Result<()> {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | ' ');
    let good = name.starts_with(char::is_alphanumeric)
        && !name.ends_with(' ')
        && name.chars().all(allowed)
        && name.chars().count() <= 63;
    if good {
        return Ok(());
    }
    Err(Error::usage(
        "invalid-name",
        format!(
            "\"{}\" is no name for a {what}: it must begin with a letter or digit and hold \
             letters, digits, blanks and . _ - only, at most 63",
            name.escape_debug()
        ),
    ))
}
