//! Committing pages as they arrive, several to a transaction.
//!
//! Pages are read many at a time, and there is one writer. Each caller puts its
//! page in a queue and starts a task that commits all that is in the queue; the
//! first one to get the writer does the work of those that queued meanwhile.
//! The task goes on if the caller gives up, so that one caller's giving up
//! never takes back another's page.

use std::sync::{Arc, Mutex, PoisonError};

use homeroom_roster::codec;
use homeroom_roster::record::Extent;
use homeroom_roster::state::RunKey;
use sqlx::SqliteConnection;
use tokio::sync::oneshot;

use crate::blobs::{self, BlobHash};
use crate::chunks;
use crate::connect::Durability;
use crate::error::{Error, Result};
use crate::pages::{Staged, StagedPage};
use crate::tenant::Tenant;
use crate::text;

/// Pages that wait to be committed.
#[derive(Default)]
pub(crate) struct Queue(Mutex<Vec<Job>>);

struct Job {
    run: RunKey,
    page: StagedPage,
    hash: BlobHash,
    /// The records, compressed; none if they were stored already.
    packed: Option<Vec<u8>>,
    done: oneshot::Sender<Result<Staged>>,
}

impl Queue {
    fn push(&self, job: Job) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(job);
    }

    fn take(&self) -> Vec<Job> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Tenant {
    /// Stores a page of a run. When this returns, the page outlives a killed
    /// process.
    ///
    /// # Errors
    /// If the database fails, or there is no such run.
    pub async fn stage(&self, run: RunKey, page: StagedPage) -> Result<Staged> {
        let hash = BlobHash::of(&page.records);
        let packed = match blobs::is_stored(self.readers(), hash).await? {
            true => None,
            false => Some(chunks::compress(&page.records)),
        };
        let (done, answer) = oneshot::channel();
        self.queue().push(Job {
            run,
            page,
            hash,
            packed,
            done,
        });
        let tenant = self.clone();
        tokio::spawn(async move { commit_queued(&tenant).await });
        answer.await.unwrap_or_else(|_| {
            Err(Error::Ending {
                what: "storing a page",
            })
        })
    }
}

async fn commit_queued(tenant: &Tenant) {
    let mut writer = tenant.writer().await;
    let jobs = tenant.queue().take();
    if jobs.is_empty() {
        return;
    }
    let committed = async {
        let mut tx = writer.begin(Durability::Process).await?;
        let mut staged = Vec::with_capacity(jobs.len());
        for job in &jobs {
            staged.push(insert(&mut tx, job).await?);
        }
        tx.commit().await?;
        Ok::<_, Error>(staged)
    }
    .await;
    match committed {
        // A caller that is gone does not want its answer.
        Ok(staged) => jobs.into_iter().zip(staged).for_each(|(job, staged)| {
            job.done.send(Ok(staged)).ok();
        }),
        Err(error) => {
            let error = Arc::new(error);
            jobs.into_iter().for_each(|job| {
                job.done.send(Err(Error::Shared(error.clone()))).ok();
            });
        }
    }
}

async fn insert(connection: &mut SqliteConnection, job: &Job) -> Result<Staged> {
    let page = &job.page;
    // Asked again: between the first look and now another run may have
    // stored the bytes, or dropped them.
    let known = blobs::is_stored(&mut *connection, job.hash).await?;
    if !known {
        let packed = job.packed.clone();
        let packed = packed.unwrap_or_else(|| chunks::compress(&page.records));
        blobs::insert(connection, job.hash, packed).await?;
    }
    let pack_findings = || chunks::pack(&page.findings);
    let pack_writes = || chunks::pack(&page.storage_writes);
    let seq: u32 = sqlx::query_scalar(
        "INSERT INTO pages VALUES (?1,
            (SELECT coalesce(max(seq), 0) + 1 FROM pages WHERE run = ?1),
            ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) RETURNING seq",
    )
    .bind(job.run.0)
    .bind(page.collection.name())
    .bind(&page.cursor)
    .bind(text::to_json("cursors", &page.next)?)
    .bind(&job.hash.0[..])
    .bind(page.records.len() as i64)
    .bind(page.count)
    .bind(page.received)
    .bind(
        page.total
            .map(|total| i64::try_from(total).unwrap_or(i64::MAX)),
    )
    .bind(codec::FORMAT)
    .bind(text::to_json("a page's figures", &page.stats)?)
    .bind(page.findings.len() as i64)
    .bind(
        (!page.findings.is_empty())
            .then(pack_findings)
            .transpose()?,
    )
    .bind(
        (!page.storage_writes.is_empty())
            .then(pack_writes)
            .transpose()?,
    )
    .bind(page.extent == Extent::Whole)
    .fetch_one(connection)
    .await?;
    Ok(Staged { seq, known })
}
