//! What the running provider's run is told: how its rows ended, its counts, and
//! who is no user.

use crate::codes::{Kind, kind};
use crate::diff::classes::Classes;
use crate::matching::{Matching, NO_SLOT, Reason};
use crate::notes::Notes;
use crate::outcome::{Outcome, Unmatched};
use crate::prepared::Prepared;
use crate::record::{Collection, Role};
use crate::scope::UserScope;
use crate::settings::{ArchivedStudents, GuardianSource, ProviderKind};
use crate::source::UserText;
use crate::state::{Origin, Roles, Text};

/// Notes for each of the running provider's users that is left out, why.
pub(crate) fn note_users(all: &[Prepared<'_>], matching: &Matching<'_>, notes: &mut Notes) {
    let sources = all.iter().zip(&matching.sources);
    for (prepared, matched) in sources.filter(|(prepared, _)| prepared.running) {
        let settings = &prepared.provider.settings;
        let sis = prepared.provider.kind == ProviderKind::Sis;
        let by_file = sis && settings.guardians == GuardianSource::File;
        let imports = settings.archived_students == ArchivedStudents::Import;
        for row in 0..prepared.scope.users.len() as u32 {
            let kind = match prepared.scope.users[row as usize] {
                UserScope::In => continue,
                // Imported as archived, now or before.
                UserScope::Deleted if imports && has_link(prepared, matched, row) => continue,
                UserScope::GuardianOff if by_file => kind::GUARDIAN_BY_FILE,
                scope => left_out(scope),
            };
            notes.record(kind, Collection::Users, row);
        }
        let remarks = [
            (kind::PERSON_CONFLICT, None, &matched.torn),
            (kind::USER_LINK_CONFLICT, None, &matched.conflicts),
            (kind::USER_NAME_CONFLICT, None, &matched.misnamed),
            (kind::DIRECTORY_EMAIL_SHARED, Some("email"), &matched.shared),
        ];
        for (kind, field, rows) in remarks {
            for row in rows {
                match field {
                    Some(field) => notes.field(kind, Collection::Users, *row, field),
                    None => notes.record(kind, Collection::Users, *row),
                }
            }
        }
        for lone in &matched.lone {
            for row in lone.rows.iter() {
                notes.record(lone.reason.kind(), Collection::Users, *row);
            }
        }
    }
}

fn has_link(prepared: &Prepared<'_>, matched: &crate::matching::Matched, row: u32) -> bool {
    let made = matched.links.binary_search_by_key(&row, |link| link.row);
    made.is_ok() || prepared.link(row).is_some()
}

fn left_out(scope: UserScope) -> Kind {
    match scope {
        UserScope::In | UserScope::Deleted => kind::RECORD_DELETED,
        UserScope::SchoolExcluded => kind::USER_SCHOOL_EXCLUDED,
        UserScope::LimitRole => kind::USER_LIMIT_ROLE,
        UserScope::LimitGrade => kind::USER_LIMIT_GRADE,
        UserScope::LimitEmailDomain => kind::USER_LIMIT_EMAIL_DOMAIN,
        UserScope::NotCurrent => kind::USER_NOT_CURRENT,
        UserScope::GuardianOff => kind::GUARDIAN_OFF,
    }
}

/// Notes for repeated records, and for whole collections that are off.
pub(crate) fn note_collections(prepared: &Prepared<'_>, notes: &mut Notes) {
    for repeated in prepared.records.repeated() {
        if is_off(prepared, repeated.collection) {
            continue;
        }
        let kind = match repeated.differs {
            true => kind::RECORD_CONFLICT,
            false => kind::RECORD_DUPLICATE,
        };
        notes.record(kind, repeated.collection, repeated.row);
    }
    for collection in Collection::ALL {
        let received = prepared.records.received(collection);
        if received > 0 && is_off(prepared, collection) {
            let detail = format!("{received} {collection} were left out: classrooms is off.");
            notes.general(kind::COLLECTION_OFF, Some(collection), None, detail);
        }
    }
}

/// Whether the settings leave out the whole collection. It then has one finding,
/// not one for each record.
fn is_off(prepared: &Prepared<'_>, collection: Collection) -> bool {
    let people = matches!(collection, Collection::Orgs | Collection::Users);
    !people && !prepared.provider.settings.classrooms
}

/// How the rows of each collection ended.
pub(crate) fn tally(prepared: &Prepared<'_>, notes: &Notes, outcome: &mut Outcome) {
    for collection in Collection::ALL {
        let received = prepared.records.received(collection);
        let mut tally = notes.tally(collection, received);
        if is_off(prepared, collection) {
            tally.skipped = received;
            tally.imported = 0;
        }
        outcome.tally.insert(collection, tally);
    }
}

/// The running provider's counts, but for enrollments, which the tally gives.
/// `roles` are the users' roles, by slot.
pub(crate) fn count(
    all: &[Prepared<'_>],
    matching: &Matching<'_>,
    roles: &[Roles],
    classes: &[Classes],
    outcome: &mut Outcome,
) {
    let sources = all.iter().zip(&matching.sources).zip(classes);
    for ((_, matched), classes) in sources.filter(|((prepared, _), _)| prepared.running) {
        let mut counted = vec![false; roles.len()];
        for slot in matched.slots.iter().filter(|slot| **slot != NO_SLOT) {
            if std::mem::replace(&mut counted[*slot as usize], true) {
                continue;
            }
            let roles = roles[*slot as usize];
            let is = |wanted: fn(Role) -> bool| u64::from(roles.iter().any(wanted));
            outcome.counts.matched_students += is(|role| role == Role::Student);
            outcome.counts.matched_teachers += is(Role::is_staff);
            outcome.counts.matched_guardians += is(Role::is_guardian);
        }
        let lone = matched.lone.iter();
        let people = lone.filter(|lone| lone.reason != Reason::Archived);
        outcome.counts.unmatched_users = people.count() as u64;
        let imported = classes.scope.iter().filter(|scope| scope.is_in());
        outcome.counts.imported_classes = imported.count() as u64;
    }
}

/// The people of every source who are no users, sorted.
pub(crate) fn unmatched(all: &[Prepared<'_>], matching: &Matching<'_>) -> Vec<Unmatched> {
    let mut unmatched: Vec<Unmatched> = Vec::new();
    for (prepared, matched) in all.iter().zip(&matching.sources) {
        for lone in &matched.lone {
            let user = prepared.records.user(lone.rows[0]);
            let Some(user) = user.filter(|_| lone.reason != Reason::Archived) else {
                continue;
            };
            let text = |text| user.text(text).map(Text::from);
            let roles = lone.rows.iter();
            let roles = roles.map(|row| prepared.scope.roles[*row as usize]);
            unmatched.push(Unmatched {
                origin: Origin {
                    provider: prepared.provider.key,
                    sourced_id: user.id().into(),
                },
                email: text(UserText::Email),
                given_name: text(UserText::GivenName),
                family_name: text(UserText::FamilyName),
                roles: roles.fold(Roles::default(), Roles::union),
                reason: lone.reason.kind().code.into(),
            });
        }
    }
    unmatched.sort();
    unmatched
}
