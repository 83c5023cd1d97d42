//! Which records of a source count, by its settings and by the calendar.
//!
//! What is out of scope leaves the roster as if the source did not send it, but
//! it says why. Scope looks at one source alone: it knows no users of the
//! platform and no other source.
//!
//! Decisions that the settings leave open:
//! - A user or class belongs to an excluded school also if the excluded org is
//!   an ancestor of its school. A user is left out if every *school* it belongs
//!   to is excluded; districts count only where no school is known. It belongs
//!   to the orgs of its roles, its primary org and the schools of its classes.
//! - With `respect-enrolment-date`, a student who has enrollments, all of which
//!   ended, is no current student. One who has none, or one that is still to
//!   begin, stays. Roles that ended or have not begun do not count either.
//! - `respect-academic-sessions` keeps a class if one of its sessions, or an
//!   ancestor of one, contains today. A class none of whose sessions is known
//!   is kept, with a finding.
//! - `limit-grades` applies to students, by grades without leading zeros and
//!   letter case (`9` is `09`, `KG` is `K`).
//! - A directory says who the platform's users are: the setting `parents` does
//!   not apply to it.

mod classes;
mod limits;
mod users;

pub(crate) use classes::ClassScope;
pub(crate) use users::{UserScope, role_counts};

use crate::outcome::Source;
use crate::record::Day;
use crate::settings::{ProviderKind, Settings};
use crate::source::SourceRecords;
use crate::state::Roles;

/// Which records of one source count.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    /// By org id, those without a record too: it or an ancestor is excluded.
    pub(crate) excluded: Vec<bool>,
    /// By org id: it is of type school, or classes are held there.
    pub(crate) schools: Vec<bool>,
    /// By class.
    pub(crate) classes: Vec<ClassScope>,
    /// By user.
    pub(crate) users: Vec<UserScope>,
    /// By user: the roles that count.
    pub(crate) roles: Vec<Roles>,
}

/// What the parts of scope look at.
#[derive(Clone, Copy)]
struct Frame<'a> {
    records: &'a SourceRecords,
    settings: &'a Settings,
    kind: ProviderKind,
    today: Day,
}

impl Scope {
    /// Looks at every record of a source.
    pub(crate) fn of(source: &Source, today: Day) -> Scope {
        let frame = Frame {
            records: &source.records,
            settings: &source.provider.settings,
            kind: source.provider.kind,
            today,
        };
        let excluded = limits::excluded_orgs(frame);
        let schools = classes::schools(frame);
        let classes = classes::scope(frame, &excluded);
        let (users, roles) = users::scope(frame, &excluded, &schools);
        Scope {
            excluded,
            schools,
            classes,
            users,
            roles,
        }
    }
}
