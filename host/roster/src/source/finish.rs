//! Completing a source: ids are renumbered in the order of their text, records
//! are sorted by id, and of records with the same id one is kept.
//!
//! Of several, the newest is kept by `dateLastModified`; where that does not
//! decide, their content does. So the choice does not depend on which came
//! first.

use std::cmp::Ordering;
use std::hash::BuildHasher;

use super::build::Builder;
use super::packed::PackedIds;
use super::rows::{
    ClassRow, CourseRow, EnrollmentRow, NO_ID, OrgRow, SessionRow, Stretch, UserRow,
};
use super::text::{Fields, Texts};
use super::{Repeated, SourceRecords};
use crate::record::Collection;

pub(super) fn finish(mut all: Builder) -> SourceRecords {
    let (org_ids, orgs) = all.org_ids.sorted(all.orgs.iter().map(|row| row.id));
    let (session_ids, sessions) = all
        .session_ids
        .sorted(all.sessions.iter().map(|row| row.id));
    let (course_ids, courses) = all.course_ids.sorted(all.courses.iter().map(|row| row.id));
    let (class_ids, classes) = all.class_ids.sorted(all.classes.iter().map(|row| row.id));
    let (user_ids, users) = all.user_ids.sorted(all.users.iter().map(|row| row.id));

    for row in &mut all.orgs {
        row.id = renumbered(&orgs, row.id);
        row.parent = renumbered(&orgs, row.parent);
    }
    for row in &mut all.sessions {
        row.id = renumbered(&sessions, row.id);
        row.parent = renumbered(&sessions, row.parent);
    }
    for row in &mut all.courses {
        row.id = renumbered(&courses, row.id);
        row.org = renumbered(&orgs, row.org);
        row.school_year = renumbered(&sessions, row.school_year);
    }
    for row in &mut all.classes {
        row.id = renumbered(&classes, row.id);
        row.course = renumbered(&courses, row.course);
        row.school = renumbered(&orgs, row.school);
    }
    for row in &mut all.users {
        row.id = renumbered(&users, row.id);
        row.primary_org = renumbered(&orgs, row.primary_org);
    }
    all.roles
        .iter_mut()
        .for_each(|role| role.org = renumbered(&orgs, role.org));
    all.agents
        .iter_mut()
        .for_each(|agent| *agent = renumbered(&users, *agent));
    all.terms
        .iter_mut()
        .for_each(|term| *term = renumbered(&sessions, *term));
    for row in &mut all.enrollments {
        row.user = renumbered(&users, row.user);
        row.class = renumbered(&classes, row.class);
        row.school = renumbered(&orgs, row.school);
    }

    let mut repeated = Vec::new();
    let texts = &all.texts;
    dedup(&mut all.orgs, &mut repeated, Collection::Orgs, |a, b| {
        compare(texts, (&a.texts, a.deleted), (&b.texts, b.deleted)).then(a.parent.cmp(&b.parent))
    });
    let session_rest = |row: &SessionRow| (row.start, row.end, row.parent, row.school_year);
    dedup(
        &mut all.sessions,
        &mut repeated,
        Collection::AcademicSessions,
        |a, b| {
            compare(texts, (&a.texts, a.deleted), (&b.texts, b.deleted))
                .then_with(|| session_rest(a).cmp(&session_rest(b)))
        },
    );
    dedup(
        &mut all.courses,
        &mut repeated,
        Collection::Courses,
        |a, b| {
            compare(texts, (&a.texts, a.deleted), (&b.texts, b.deleted))
                .then_with(|| (a.org, a.school_year).cmp(&(b.org, b.school_year)))
        },
    );
    let terms = &all.terms;
    dedup(
        &mut all.classes,
        &mut repeated,
        Collection::Classes,
        |a, b| {
            compare(texts, (&a.texts, a.deleted), (&b.texts, b.deleted))
                .then_with(|| (a.course, a.school).cmp(&(b.course, b.school)))
                .then_with(|| a.terms.of(terms).cmp(b.terms.of(terms)))
        },
    );
    let user_texts = &all.user_texts;
    let (roles, agents, other_ids) = (&all.roles, &all.agents, &all.other_ids);
    dedup(&mut all.users, &mut repeated, Collection::Users, |a, b| {
        let ids = |row: &UserRow| {
            let ids = row.other_ids.of(other_ids).iter();
            ids.map(|id| (texts.get(id, 0), texts.get(id, 1)))
        };
        compare(user_texts, (&a.texts, a.deleted), (&b.texts, b.deleted))
            .then_with(|| (a.enabled, a.primary_org).cmp(&(b.enabled, b.primary_org)))
            .then_with(|| a.roles.of(roles).cmp(b.roles.of(roles)))
            .then_with(|| a.agents.of(agents).cmp(b.agents.of(agents)))
            .then_with(|| ids(a).cmp(ids(b)))
    });
    mark_repeated(
        &mut all.enrollments,
        &std::mem::take(&mut all.enrollments_modified),
        &all.enrollment_ids,
    );
    let user_texts = in_order(&mut all.users, &std::mem::take(&mut all.user_texts));

    // Agents and terms share one list from here on.
    let shift = all.agents.len() as u32;
    for row in &mut all.classes {
        row.terms = Stretch {
            from: row.terms.from + shift,
            ..row.terms
        };
    }
    let mut references = all.agents;
    references.append(&mut all.terms);
    references.shrink_to_fit();
    all.texts.shrink();
    all.enrollment_ids.shrink();
    all.users.shrink_to_fit();
    all.enrollments.shrink_to_fit();

    SourceRecords {
        texts: all.texts,
        user_texts,
        org_ids,
        session_ids,
        course_ids,
        class_ids,
        user_ids,
        enrollment_ids: all.enrollment_ids,
        orgs: all.orgs,
        sessions: all.sessions,
        courses: all.courses,
        classes: all.classes,
        users: all.users,
        enrollments: all.enrollments,
        roles: all.roles,
        references,
        other_ids: all.other_ids,
        repeated,
        received: all.received,
    }
}

/// The texts of the users in the order of the users, who are looked at one
/// after another again and again.
fn in_order(users: &mut [UserRow], texts: &Texts) -> Texts {
    let mut sorted = Texts::as_large_as(texts);
    for user in users {
        user.texts = sorted.copy(texts, &user.texts);
    }
    sorted
}

fn renumbered(new: &[u32], id: u32) -> u32 {
    new.get(id as usize).copied().unwrap_or(NO_ID)
}

/// A record with an id and a date of its last change.
trait Dated {
    fn id(&self) -> u32;
    fn modified(&self) -> i64;
}

macro_rules! dated {
    ($($row:ident),*) => {$(
        impl Dated for $row {
            fn id(&self) -> u32 {
                self.id
            }
            fn modified(&self) -> i64 {
                self.modified
            }
        }
    )*};
}
dated!(OrgRow, SessionRow, CourseRow, ClassRow, UserRow);

/// Compares what any two records have: texts and status.
fn compare<const N: usize>(
    texts: &Texts,
    a: (&Fields<N>, bool),
    b: (&Fields<N>, bool),
) -> Ordering {
    let ((a, a_deleted), (b, b_deleted)) = (a, b);
    // Of two that differ in nothing else, the one that is alive is kept.
    b_deleted
        .cmp(&a_deleted)
        .then_with(|| texts.all(a).cmp(&texts.all(b)))
}

/// Sorts by id and keeps, of those with one id, the newest, then the greatest
/// by `content`.
fn dedup<T: Dated>(
    rows: &mut Vec<T>,
    repeated: &mut Vec<Repeated>,
    collection: Collection,
    content: impl Fn(&T, &T) -> Ordering,
) {
    rows.sort_by(|a, b| {
        a.id()
            .cmp(&b.id())
            .then_with(|| b.modified().cmp(&a.modified()))
            .then_with(|| content(b, a))
    });
    rows.dedup_by(|later, kept| {
        let same = later.id() == kept.id();
        if same {
            repeated.push(Repeated {
                collection,
                row: kept.id(),
                differs: content(later, kept) != Ordering::Equal,
            });
        }
        same
    });
}

/// Marks all but one of the enrollments with the same id. They stay where they
/// are: their ids lie in the same order.
fn mark_repeated(rows: &mut [EnrollmentRow], modified: &[i64], ids: &PackedIds) {
    let hasher = hashbrown::DefaultHashBuilder::default();
    let mut hashes: Vec<u64> = (0..ids.len())
        .map(|index| hasher.hash_one(ids.key(index)) >> 32 << 32 | index as u64)
        .collect();
    hashes.sort_unstable();
    let hash = |entry: u64| entry >> 32;
    let mut same_hash = Vec::new();
    for group in hashes.chunk_by(|a, b| hash(*a) == hash(*b)) {
        if group.len() == 1 {
            continue;
        }
        same_hash.clear();
        same_hash.extend(group.iter().map(|entry| *entry as u32 as usize));
        let content = |row: &EnrollmentRow| {
            let ties = (row.user, row.class, row.school, row.role);
            (!row.deleted(), ties, row.begin, row.end, row.flags)
        };
        same_hash.sort_by(|a, b| {
            let newest = modified[*b].cmp(&modified[*a]);
            let packed = ids.key(*a).cmp(&ids.key(*b));
            packed
                .then(newest)
                .then_with(|| content(&rows[*b]).cmp(&content(&rows[*a])))
        });
        let mut kept = same_hash[0];
        for later in same_hash.iter().copied().skip(1) {
            if ids.key(later) != ids.key(kept) {
                kept = later;
                continue;
            }
            let same = content(&rows[later]) == content(&rows[kept]);
            rows[later].flags |= match same {
                true => EnrollmentRow::SAME,
                false => EnrollmentRow::DIFFERS,
            };
        }
    }
}
