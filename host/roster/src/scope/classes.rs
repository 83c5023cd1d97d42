//! Which classes count, and which orgs are schools.

use super::Frame;
use crate::ancestry;
use crate::record::{Collection, Day};
use crate::source::{ClassView, NO_ID, SourceRecords};

/// Whether a class counts, and if not, why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClassScope {
    /// It counts.
    In,
    /// It counts; none of its sessions is known.
    InWithoutSession,
    /// The setting `classrooms` is off.
    Off,
    /// The source marks it as deleted.
    Deleted,
    /// It names no school.
    NoSchool,
    /// Its school was not sent, or is deleted.
    SchoolUnknown,
    /// Its school is excluded.
    SchoolExcluded,
    /// None of its sessions contains today.
    NotCurrent,
    /// Its school's data is incomplete.
    SchoolIncomplete,
    /// It reappeared and is to stay archived.
    StaysArchived,
}

impl ClassScope {
    /// Whether the class counts.
    pub(crate) fn is_in(self) -> bool {
        matches!(self, ClassScope::In | ClassScope::InWithoutSession)
    }
}

/// By org id: of type school, or the school of a class.
pub(super) fn schools(frame: Frame<'_>) -> Vec<bool> {
    let mut schools = vec![false; frame.records.ids(Collection::Orgs).len()];
    for (id, org) in frame.records.orgs().enumerate() {
        schools[id] = org.org_type().eq_ignore_ascii_case("school");
    }
    for class in frame.records.classes() {
        if class.row.school != NO_ID {
            schools[class.row.school as usize] = true;
        }
    }
    schools
}

pub(super) fn scope(frame: Frame<'_>, excluded: &[bool]) -> Vec<ClassScope> {
    let sessions = match frame.settings.respect_academic_sessions {
        true => current_sessions(frame.records, frame.today),
        false => Vec::new(),
    };
    let classes = frame.records.classes();
    classes
        .map(|class| scope_of(frame, class, excluded, &sessions))
        .collect()
}

fn scope_of(
    frame: Frame<'_>,
    class: ClassView<'_>,
    excluded: &[bool],
    sessions: &[Option<bool>],
) -> ClassScope {
    if !frame.settings.classrooms {
        return ClassScope::Off;
    }
    if class.row.deleted {
        return ClassScope::Deleted;
    }
    if class.row.school == NO_ID {
        return ClassScope::NoSchool;
    }
    if excluded[class.row.school as usize] {
        return ClassScope::SchoolExcluded;
    }
    match frame.records.org(class.row.school) {
        Some(school) if !school.row.deleted => {}
        _ => return ClassScope::SchoolUnknown,
    }
    if !frame.settings.respect_academic_sessions {
        return ClassScope::In;
    }
    let terms = class.terms().iter();
    let known: Vec<bool> = terms
        .filter_map(|term| *sessions.get(*term as usize)?)
        .collect();
    match (known.is_empty(), known.contains(&true)) {
        (true, _) => ClassScope::InWithoutSession,
        (false, true) => ClassScope::In,
        (false, false) => ClassScope::NotCurrent,
    }
}

/// By session id: whether the session or an ancestor contains the day; none for
/// sessions that are deleted. A deleted session hands nothing down.
fn current_sessions(records: &SourceRecords, day: Day) -> Vec<Option<bool>> {
    let session = |id: u32| records.session(id).filter(|one| !one.row.deleted);
    let contains = |id: u32| {
        session(id).is_some_and(|one| {
            let begun = one.row.start.is_none_or(|start| start <= day);
            let ended = one.row.end.is_some_and(|end| end < day);
            begun && !ended
        })
    };
    let count = records.sessions().len();
    let parent = |id: u32| session(id).map(|one| one.row.parent);
    let current = ancestry::inherited(count, parent, contains);
    let known = current.into_iter().zip(0..);
    known
        .map(|(current, id)| session(id).map(|_| current))
        .collect()
}
