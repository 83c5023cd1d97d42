//! Sources that send nothing: `empty-roster`, `collection-empty` and, for other
//! providers than the running one, `source-vanished`.

use super::ground::{Ground, is_active};
use crate::finding::{Finding, Severity};
use crate::outcome::Hold;
use crate::record::Collection;
use crate::state::ProviderKey;

/// A source that brings nothing at all, or lacks what the roster does not hold
/// of it either. Neither is something a person could approve.
pub(super) fn empty_roster(ground: &Ground<'_>) -> Option<Finding> {
    let (provider, arrived) = ground.source(ground.running)?;
    let nothing = Collection::ALL
        .iter()
        .all(|collection| arrived.live_count(*collection) == 0);
    let is_missing = |collection| {
        let missing = arrived.live_count(collection) == 0;
        missing && (nothing || held(ground, ground.running, collection) == 0)
    };
    let missing = if is_missing(Collection::Users) {
        Collection::Users
    } else if ground.is_sis() && is_missing(Collection::Orgs) {
        Collection::Orgs
    } else {
        return None;
    };
    Some(ground.finding(
        "empty-roster",
        Severity::Fatal,
        format!(
            "`{}` sent no {missing} that could be used; nothing was changed",
            provider.name
        ),
    ))
}

/// Holds for collections and sources of which nothing is left.
pub(super) fn check(ground: &Ground<'_>, holds: &mut Vec<Hold>) {
    let classrooms = ground.settings().classrooms;
    for (provider, arrived) in &ground.sources {
        if provider.key != ground.running {
            let users = match arrived.live_count(Collection::Users) {
                0 => held(ground, provider.key, Collection::Users),
                _ => 0,
            };
            if users > 0 {
                holds.push(ground.hold(
                    "source-vanished",
                    None,
                    format!(
                        "`{}` has no users any more; {users} users of the roster come from it",
                        provider.name
                    ),
                ));
            }
            continue;
        }
        for collection in Collection::ALL {
            let of_people = matches!(collection, Collection::Orgs | Collection::Users);
            if !(of_people || classrooms) || arrived.live_count(collection) > 0 {
                continue;
            }
            let held = held(ground, provider.key, collection);
            if held > 0 {
                holds.push(ground.hold(
                    "collection-empty",
                    None,
                    format!(
                        "`{}` sent no {collection} that could be used; the roster holds {held} from it",
                        provider.name
                    ),
                ));
            }
        }
    }
}

/// How many active records of a collection the roster holds of a provider.
fn held(ground: &Ground<'_>, provider: ProviderKey, collection: Collection) -> usize {
    let roster = ground.previous;
    macro_rules! active {
        ($list:ident) => {
            roster
                .$list
                .iter()
                .filter(|record| is_active(record.status) && record.origin.provider == provider)
                .count()
        };
    }
    match collection {
        Collection::Orgs => active!(orgs),
        Collection::AcademicSessions => active!(sessions),
        Collection::Courses => active!(courses),
        Collection::Classes => active!(classes),
        Collection::Users => roster
            .links
            .iter()
            .filter(|link| link.present && link.origin.provider == provider)
            .count(),
        Collection::Enrollments => {
            let mut classes = roster.classes.iter().peekable();
            // Both lists are sorted by class.
            roster
                .enrollments
                .iter()
                .filter(|enrollment| {
                    while classes
                        .next_if(|class| class.key < enrollment.class)
                        .is_some()
                    {}
                    classes.peek().is_some_and(|class| {
                        class.key == enrollment.class && class.origin.provider == provider
                    })
                })
                .count()
        }
    }
}
