//! What settings must be together, and beside an adapter and other providers.
//!
//! It runs when settings are saved, so that a contradiction is refused there
//! and not found by a run at night.

use super::SettingError;
use crate::settings::{GuardianSource, MergeKey, RELATIONS, Settings};

/// Checks settings as a whole.
///
/// `guardians_supported` is what the adapter's manifest says for the chosen
/// preset. `other_priorities` are (name, `merge-priority`) of the tenant's
/// other providers, directories included.
///
/// # Errors
/// Everything that does not go together, each with its key and remedy.
pub fn validate(
    settings: &Settings,
    guardians_supported: bool,
    other_priorities: &[(String, u8)],
) -> Result<(), Vec<SettingError>> {
    let mut errors = Vec::new();
    let mut conflict = |key, problem: String, remedy: String| {
        errors.push(SettingError::Conflict {
            key,
            problem,
            remedy,
        });
    };

    if !(1..=100).contains(&settings.merge_priority) {
        conflict(
            "merge-priority",
            format!("{} is not a priority", settings.merge_priority),
            "Give a whole number from 1 to 100".to_owned(),
        );
    }
    if let Some((name, priority)) = other_priorities
        .iter()
        .find(|(_, priority)| *priority == settings.merge_priority)
    {
        let remedy = match free_priority(other_priorities) {
            Some(free) => format!("Choose a number that no provider has, such as {free}"),
            None => format!("Every number from 1 to 100 is taken: change or delete `{name}`"),
        };
        conflict(
            "merge-priority",
            format!("the provider `{name}` already has {priority}, and the higher must win"),
            remedy,
        );
    }
    if settings.merge_key == MergeKey::EmailLocalPart && settings.email_domains.is_empty() {
        conflict(
            "email-domains",
            "merge-key is email-local-part, and there is no domain in which to compare".to_owned(),
            "List the domains whose people are the same, such as \
             --set email-domains=school.example,students.school.example"
                .to_owned(),
        );
    }
    if settings.deletion_threshold.percent > 100 {
        conflict(
            "deletion-threshold-percent",
            format!("{} is more than all", settings.deletion_threshold.percent),
            "Give a whole number from 0 to 100".to_owned(),
        );
    }
    let from_roster = settings.guardians == GuardianSource::Roster;
    if !settings.parents.is_empty() && from_roster && !guardians_supported {
        conflict(
            "parents",
            "this adapter supplies no parents or guardians".to_owned(),
            "Leave parents empty (--set parents=), or take guardians from a file \
             (--set guardians=file, then homeroom guardians import)"
                .to_owned(),
        );
    }
    if let Some(role) = settings
        .parents
        .iter()
        .find(|role| !RELATIONS.contains(role))
    {
        conflict(
            "parents",
            format!("`{}` is no relation to a student", role.name()),
            "Choose from parent, relative and guardian".to_owned(),
        );
    }
    if !settings.limit_roles.is_empty()
        && from_roster
        && let Some(role) = settings
            .parents
            .iter()
            .find(|role| !settings.limit_roles.contains(*role))
    {
        conflict(
            "limit-roles",
            format!(
                "parents asks for `{0}`, and limit-roles leaves `{0}` out",
                role.name()
            ),
            format!(
                "Add {} to limit-roles, or take it out of parents",
                role.name()
            ),
        );
    }

    if errors.is_empty() {
        Ok(())
    } else {
        Err(errors)
    }
}

/// A priority that no provider has yet: 50, else the next lower, else the next
/// higher. None if all hundred are taken.
pub fn free_priority(other_priorities: &[(String, u8)]) -> Option<u8> {
    let default = Settings::default().merge_priority;
    (1..=default)
        .rev()
        .chain(default + 1..=100)
        .find(|free| other_priorities.iter().all(|(_, taken)| taken != free))
}
