//! Which classes count, and which orgs are schools.

use super::Frame;
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
/// sessions that are deleted. A chain of parents longer than there are sessions
/// is a circle, and ends.
fn current_sessions(records: &SourceRecords, day: Day) -> Vec<Option<bool>> {
    let count = records.sessions().len();
    let contains = |id: u32| {
        let session = records.session(id).filter(|session| !session.row.deleted)?;
        let begun = session.row.start.is_none_or(|start| start <= day);
        let ended = session.row.end.is_some_and(|end| end < day);
        Some((begun && !ended, session.row.parent))
    };
    (0..count as u32)
        .map(|id| {
            let (mut current, mut parent) = contains(id)?;
            let mut steps = 0;
            while !current && steps < count {
                let Some(next) = contains(parent) else { break };
                (current, parent) = next;
                steps += 1;
            }
            Some(current)
        })
        .collect()
}
