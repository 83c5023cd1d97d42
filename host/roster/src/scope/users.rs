//! Which users count, and with which roles.

use super::{Frame, limits};
use crate::record::{Day, Role};
use crate::settings::{GuardianSource, ProviderKind, Settings};
use crate::source::{RoleRow, UserText, UserView};
use crate::state::Roles;

/// Whether a user counts, and if not, why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UserScope {
    /// It counts.
    In,
    /// The source marks it as deleted.
    Deleted,
    /// All its schools are excluded.
    SchoolExcluded,
    /// It has none of the allowed roles.
    LimitRole,
    /// It is in none of the allowed grades.
    LimitGrade,
    /// Its email is in none of the allowed domains.
    LimitEmailDomain,
    /// All its enrollments or roles have ended.
    NotCurrent,
    /// Its relation was not chosen.
    GuardianOff,
}

/// What the enrollments say of each user, as bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Seen(u8);

impl Seen {
    /// Has an enrollment as a student.
    const STUDIES: u8 = 1;
    /// Has one that has not ended.
    const STAYS: u8 = 2;
    /// Is in a class of an excluded school.
    const EXCLUDED: u8 = 4;
    /// Is in a class of a school that is not excluded.
    const INCLUDED: u8 = 8;

    fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }
}

pub(super) fn scope(
    frame: Frame<'_>,
    excluded: &[bool],
    schools: &[bool],
) -> (Vec<UserScope>, Vec<Roles>) {
    let seen = see(frame, excluded);
    let users = frame.records.users().zip(&seen);
    users
        .map(|(user, seen)| {
            let roles = roles(frame, user);
            (
                scope_of(frame, user, roles, *seen, excluded, schools),
                roles,
            )
        })
        .unzip()
}

/// One pass over the enrollments, if a setting asks for it.
fn see(frame: Frame<'_>, excluded: &[bool]) -> Vec<Seen> {
    let mut seen = vec![Seen::default(); frame.records.users().len()];
    let excludes = excluded.contains(&true);
    if !excludes && !frame.settings.respect_enrolment_date {
        return seen;
    }
    for row in frame.records.enrollments() {
        let Some(seen) = seen.get_mut(row.user as usize) else {
            continue;
        };
        if row.deleted() || row.repeated() || row.backwards() {
            continue;
        }
        if row.role == Role::Student {
            seen.0 |= Seen::STUDIES;
        }
        if !row.ended_before(frame.today) {
            seen.0 |= Seen::STAYS;
        }
        if excludes {
            let class = frame.records.class(row.class);
            let school = class.map_or(row.school, |class| class.row.school);
            match excluded.get(school as usize) {
                Some(true) => seen.0 |= Seen::EXCLUDED,
                Some(false) => seen.0 |= Seen::INCLUDED,
                None => {}
            }
        }
    }
    seen
}

/// The roles that count.
fn roles(frame: Frame<'_>, user: UserView<'_>) -> Roles {
    let roles = user.roles().iter();
    roles
        .filter(|role| role_counts(frame.settings, frame.kind, frame.today, role))
        .map(|role| role.role)
        .collect()
}

/// Whether a role counts: those of today do, if dates are respected, and of
/// parents and the like those that were chosen.
pub(crate) fn role_counts(
    settings: &Settings,
    kind: ProviderKind,
    today: Day,
    role: &RoleRow,
) -> bool {
    // The source's guardians may be said by a file, which is a provider of its
    // own.
    let by_file = kind == ProviderKind::Sis && settings.guardians == GuardianSource::File;
    let chosen = !role.role.is_guardian()
        || kind == ProviderKind::Directory
        || (settings.parents.contains(role.role) && !by_file);
    chosen && (!settings.respect_enrolment_date || role.holds_on(today))
}

fn scope_of(
    frame: Frame<'_>,
    user: UserView<'_>,
    roles: Roles,
    seen: Seen,
    excluded: &[bool],
    schools: &[bool],
) -> UserScope {
    let settings = frame.settings;
    if user.deleted() {
        return UserScope::Deleted;
    }
    if roles.is_empty() && !user.roles().is_empty() {
        let all_guardians = user.roles().iter().all(|role| role.role.is_guardian());
        return match all_guardians {
            true => UserScope::GuardianOff,
            false if settings.respect_enrolment_date => UserScope::NotCurrent,
            // A guardian's role that was not chosen beside one that ended.
            false => UserScope::GuardianOff,
        };
    }
    if belongs_to_excluded_only(user, seen, excluded, schools) {
        return UserScope::SchoolExcluded;
    }
    let limits = settings.limit_roles;
    if !limits.is_empty() && !roles.iter().any(|role| limits.contains(role)) {
        return UserScope::LimitRole;
    }
    let student = roles.contains(Role::Student);
    if student && !settings.limit_grades.is_empty() {
        let grades = user.text(UserText::Grades).unwrap_or_default();
        if !limits::grade_allowed(grades, &settings.limit_grades) {
            return UserScope::LimitGrade;
        }
    }
    let domains = &settings.limit_email_domains;
    if !domains.is_empty() && !limits::domain_allowed(user.text(UserText::Email), domains) {
        return UserScope::LimitEmailDomain;
    }
    let only_student = roles.iter().all(|role| role == Role::Student);
    let left = seen.has(Seen::STUDIES) && !seen.has(Seen::STAYS);
    if settings.respect_enrolment_date && student && only_student && left {
        return UserScope::NotCurrent;
    }
    UserScope::In
}

fn belongs_to_excluded_only(
    user: UserView<'_>,
    seen: Seen,
    excluded: &[bool],
    schools: &[bool],
) -> bool {
    if seen.has(Seen::INCLUDED) {
        return false;
    }
    let (mut any_excluded, mut any_school) = (seen.has(Seen::EXCLUDED), false);
    for org in user.orgs() {
        let excluded = excluded[org as usize];
        any_excluded |= excluded;
        any_school |= schools[org as usize] && !excluded;
    }
    // Beside an excluded school a district says nothing.
    any_excluded && !any_school
}
