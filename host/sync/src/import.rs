//! The import of a file of people: a run that has its whole source in hand when
//! it begins. Its pages are staged, and it concludes like any other.
//!
//! It does not know what the file says, or whose people they are.

use std::sync::Arc;

use homeroom_roster::record::{Collection, Day};
use homeroom_roster::settings::Settings;
use homeroom_store::{Level, NewRun, ProviderRow, Retention, RunKind, StagedPage};
use jiff::Timestamp;

use crate::conclude::RunInProgress;
use crate::error::Result;
use crate::homeroom::{Office, retention, today};
use crate::integrations::to_json;
use crate::progress::{Event, Phase, Progress};
use crate::views::RunReport;

pub(crate) mod pages;
pub(crate) mod table;

/// A file that was read and can be imported.
pub(crate) struct Import {
    pages: Vec<StagedPage>,
    /// What the run's log says was read.
    read: String,
    bytes: u64,
    preview: bool,
    today: Day,
    keep: Retention,
}

impl Import {
    /// # Errors
    /// If the environment's settings cannot be used; nothing has begun then.
    pub(crate) fn new(
        pages: Vec<StagedPage>,
        read: String,
        bytes: &[u8],
        preview: bool,
    ) -> Result<Self> {
        Ok(Import {
            pages,
            read,
            bytes: bytes.len() as u64,
            preview,
            today: today()?,
            keep: retention()?,
        })
    }
}

impl Office {
    /// Runs an import from its first row in the store to its last.
    ///
    /// # Errors
    /// If the provider is at work already. What goes wrong from then on ends the
    /// run and stands in its report.
    pub(crate) async fn import(
        &self,
        import: Import,
        provider: &ProviderRow,
        kind: RunKind,
        settings: &Settings,
        progress: Arc<dyn Progress>,
    ) -> Result<RunReport> {
        let _lock = self.tenant.try_lock_provider(provider.key).await?;
        let started = Timestamp::now();
        let key = self
            .tenant
            .create_run(&NewRun {
                provider: Some(provider.key),
                kind,
                preview: import.preview,
                changed_since: None,
                undoes: None,
                started,
                adapter: None,
                fingerprint: None,
                provider_revision: provider.revision,
                settings: to_json(settings),
            })
            .await?;
        let mut run = RunInProgress::new(self, key, provider, kind, started);
        run = run.previewing(import.preview);
        run.report.bytes = import.bytes;
        progress.event(&run.started_event(false));
        let keep = import.keep;
        let result = run.take_in(import, &*progress).await;
        let result = self.ended(key, result).await;
        self.prune(provider.key, &keep).await;
        result
    }
}

impl RunInProgress {
    /// Stages what the file says, and concludes.
    async fn take_in(self, import: Import, progress: &dyn Progress) -> Result<RunReport> {
        progress.event(&Event::Phase(Phase::Read));
        let count = import.pages.len();
        let mut rows = 0;
        for (at, page) in import.pages.into_iter().enumerate() {
            rows += u64::from(page.received);
            self.office.tenant.stage(self.key, page).await?;
            progress.event(&Event::Reading {
                collection: Collection::Users,
                rows,
                total: None,
                done: at + 1 == count,
            });
        }
        self.log(Level::Info, import.read).await?;
        self.conclude(Vec::new(), import.today, progress).await
    }
}
