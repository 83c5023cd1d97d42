//! Who loses their record: users whose every present link to a provider goes
//! absent in a plan, without a new one to the same provider.

use hashbrown::{HashMap, HashSet};

use super::ground::Ground;
use crate::plan::Plan;
use crate::state::{Link, ProviderKey, UserKey};

/// The links that a plan takes from their user: those that go absent, move to
/// another user or are removed.
pub(super) fn lost_links(plan: &Plan) -> impl Iterator<Item = &Link> {
    let changed = plan.links.updated.iter().filter_map(|update| {
        let stays = update.after.present && update.after.user == update.before.user;
        (!stays).then_some(&update.before)
    });
    changed
        .chain(&plan.links.removed)
        .filter(|link| link.present)
}

/// The links that a plan gives to a user: new ones, those that move to the user
/// and those that are present again.
pub(super) fn gained_links(plan: &Plan) -> impl Iterator<Item = &Link> {
    let changed = plan.links.updated.iter().filter_map(|update| {
        let stays = update.before.present && update.after.user == update.before.user;
        (!stays).then_some(&update.after)
    });
    changed
        .chain(&plan.links.created)
        .filter(|link| link.present)
}

/// The (provider, user) pairs without a present link after the plan that had
/// one before.
pub(super) fn lost_users(ground: &Ground<'_>, plan: &Plan) -> HashSet<(ProviderKey, UserKey)> {
    // How many present links each pair that loses one has after the plan: those
    // it has, less what is lost, plus what is gained.
    let mut left: HashMap<(ProviderKey, UserKey), i64> = HashMap::new();
    for link in lost_links(plan) {
        let provider = link.origin.provider;
        let before = || ground.present_links(link.user, provider) as i64;
        *left.entry((provider, link.user)).or_insert_with(before) -= 1;
    }
    if left.is_empty() {
        return HashSet::new();
    }
    for link in gained_links(plan) {
        if let Some(count) = left.get_mut(&(link.origin.provider, link.user)) {
            *count += 1;
        }
    }
    left.into_iter()
        .filter(|(_, count)| *count <= 0)
        .map(|(pair, _)| pair)
        .collect()
}
