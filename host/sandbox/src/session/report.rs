//! What an adapter says of a connection that it tried.

use wasmtime::Store;

use crate::error::CallError;
use crate::limits::Limits;
use crate::page::{self, read_line};
use crate::raw;
use crate::state::HostState;
use crate::stats::CallStats;

/// What `check` saw.
#[derive(Debug, Clone)]
pub struct Report {
    /// What the source is, such as `OneRoster 1.2`.
    pub source: String,
    /// Schools that the credentials can see: (sourcedId, name).
    pub schools: Vec<(String, String)>,
    /// Further lines for the person who sets up the connection.
    pub notes: Vec<String>,
    /// What the call used.
    pub stats: CallStats,
}

/// Takes the report over from the guest's memory.
pub(super) fn take_report(
    store: &mut Store<HostState>,
    limits: &Limits,
    raw: &raw::Report,
) -> Result<Report, CallError> {
    const SCHOOLS: usize = 1000;
    const NOTES: usize = 100;
    if raw.schools.len() > SCHOOLS || raw.notes.len() > NOTES {
        return Err(page::nonsense(format!(
            "the report has {} schools and {} notes, and {SCHOOLS} and {NOTES} are the most",
            raw.schools.len(),
            raw.notes.len()
        )));
    }
    let schools = page::all(store, &raw.schools)?;
    let notes = page::all(store, &raw.notes)?;
    let line = |text, most| read_line(store, text, most);
    Ok(Report {
        source: line(&raw.source, limits.text_bytes)?,
        schools: schools
            .iter()
            .map(|(id, name)| Ok((line(id, limits.id_bytes)?, line(name, limits.text_bytes)?)))
            .collect::<Result<_, CallError>>()?,
        notes: notes
            .iter()
            .map(|n| line(n, limits.text_bytes))
            .collect::<Result<_, _>>()?,
        stats: CallStats::default(),
    })
}
