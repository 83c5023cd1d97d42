//! Links that stay present though their record does not count.

use crate::prepared::Prepared;
use crate::scope::UserScope;
use crate::settings::{ArchivedStudents, ProviderKind};
use crate::state::OrgKey;

use super::users::Users;

/// By link: whether it stays as it is. That is so where the user belongs to a
/// school whose data is incomplete (`frozen`, sorted), and where the source
/// archived the user and archived users are not to be looked at.
pub(super) fn held(prepared: &Prepared<'_>, frozen: &[OrgKey], users: &Users<'_>) -> Vec<bool> {
    let settings = &prepared.provider.settings;
    let ignores = prepared.provider.kind == ProviderKind::Sis
        && settings.archived_students == ArchivedStudents::Ignore;
    let links = prepared.links.iter().zip(&prepared.user_of);
    links
        .map(|(link, row)| {
            if !link.present || prepared.in_scope(*row) {
                return false;
            }
            let scope = prepared.scope.users.get(*row as usize);
            if ignores && scope == Some(&UserScope::Deleted) {
                return true;
            }
            let user = users
                .slot(link.user)
                .map(|slot| &users.previous[slot as usize]);
            user.is_some_and(|user| {
                user.orgs
                    .iter()
                    .any(|org| frozen.binary_search(org).is_ok())
            })
        })
        .collect()
}
