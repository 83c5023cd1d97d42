//! Values that change or fall back for many people at once: `mass-update`, and
//! the half of `source-vanished` that sees a source lose most of its users.

use hashbrown::HashMap;

use super::ground::{Ground, is_active};
use super::losses::lost_users;
use super::shares::Share;
use crate::outcome::Hold;
use crate::plan::Plan;
use crate::state::{Field, ProviderKey, User, UserKey};

/// Fewer people than this are never a mass.
const LEAST: u64 = 20;

/// What people are known and log in by.
const IDENTITY: [Field; 4] = [
    Field::GivenName,
    Field::FamilyName,
    Field::Username,
    Field::Email,
];

/// Adds the holds of both guards.
pub(super) fn check(ground: &Ground<'_>, plan: &Plan, holds: &mut Vec<Hold>) {
    if (plan.users.updated.len() as u64) < LEAST {
        return;
    }
    mass_update(ground, plan, holds);
    fallen_back(ground, plan, holds);
}

/// The email or username changes for most of the running provider's users.
fn mass_update(ground: &Ground<'_>, plan: &Plan, holds: &mut Vec<Hold>) {
    for field in [Field::Email, Field::Username] {
        let changed: Vec<UserKey> = plan
            .users
            .updated
            .iter()
            .filter(|update| is_active(update.before.status) && is_active(update.after.status))
            .filter(|update| changes(&update.before, &update.after, field))
            .map(|update| update.before.key)
            .collect();
        if (changed.len() as u64) < LEAST {
            continue;
        }
        let is_ours = |user: &&UserKey| ground.present_links(**user, ground.running) > 0;
        let share = Share {
            gone: changed.iter().filter(is_ours).count() as u64,
            of: ground.people(ground.running) as u64,
        };
        if share.most(LEAST) {
            let (name, provider) = (field.name(), ground.provider_name(ground.running));
            holds.push(ground.hold(
                "mass-update",
                None,
                format!("the {name} of {share} users of `{provider}` would change or disappear"),
            ));
        }
    }
}

/// Whether a value that was there becomes another or none. Letter case alone is
/// no change.
fn changes(before: &User, after: &User, field: Field) -> bool {
    match (before.attributes.get(field), after.attributes.get(field)) {
        (Some(before), Some(after)) => {
            before != after && before.to_lowercase() != after.to_lowercase()
        }
        (Some(_), None) => true,
        (None, _) => false,
    }
}

/// Most users of a provider lose their record there, and with it what they are
/// known by.
fn fallen_back(ground: &Ground<'_>, plan: &Plan, holds: &mut Vec<Hold>) {
    let cut_off = lost_users(ground, plan);
    if (cut_off.len() as u64) < LEAST {
        return;
    }
    let mut fallen: HashMap<ProviderKey, u64> = HashMap::new();
    for update in &plan.users.updated {
        let (before, after) = (&update.before.attributes, &update.after.attributes);
        let mut lost: Vec<ProviderKey> = IDENTITY
            .into_iter()
            .filter(|field| before.provider(*field) != after.provider(*field))
            .filter_map(|field| before.provider(field))
            .filter(|provider| cut_off.contains(&(*provider, update.before.key)))
            .collect();
        lost.sort_unstable();
        lost.dedup();
        for provider in lost {
            *fallen.entry(provider).or_default() += 1;
        }
    }
    for (provider, gone) in fallen {
        if gone < LEAST {
            continue;
        }
        let of = ground.people(provider) as u64;
        let share = Share { gone, of };
        if share.most(LEAST) {
            holds.push(ground.hold(
                "source-vanished",
                None,
                format!(
                    "{share} users of `{}` would lose their record there, and with it the name, \
                     email or username it supplied",
                    ground.provider_name(provider)
                ),
            ));
        }
    }
}
