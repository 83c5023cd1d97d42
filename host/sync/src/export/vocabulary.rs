//! Words of OneRoster 1.2 for what the roster holds: enumerations that are
//! closed but for values that begin with `ext:`.

use std::borrow::Cow;

use homeroom_roster::record::Role;

const ORG_TYPES: [&str; 6] = [
    "department",
    "district",
    "local",
    "national",
    "school",
    "state",
];
const SESSION_TYPES: [&str; 4] = ["gradingPeriod", "semester", "schoolYear", "term"];
const CLASS_TYPES: [&str; 2] = ["homeroom", "scheduled"];

/// `orgs.type`.
pub(super) fn org_type(value: &str) -> Cow<'_, str> {
    word(value, &ORG_TYPES)
}

/// `academicSessions.type`.
pub(super) fn session_type(value: &str) -> Cow<'_, str> {
    word(value, &SESSION_TYPES)
}

/// `classes.classType`. The standard requires one; a class that is no homeroom
/// is a scheduled one.
pub(super) fn class_type(value: Option<&str>) -> Cow<'_, str> {
    match value {
        Some(value) if !value.is_empty() => word(value, &CLASS_TYPES),
        _ => Cow::Borrowed("scheduled"),
    }
}

/// `roles.role` at an org of that type. 1.2 split 1.1's `administrator` by the
/// kind of org.
pub(super) fn role(role: Role, org_type: &str) -> &'static str {
    match role {
        Role::Administrator if org_type == "district" => "districtAdministrator",
        Role::Administrator => "siteAdministrator",
        Role::Other => "ext:other",
        other => other.name(),
    }
}

/// `enrollments.role`: 1.2 knows four.
pub(super) fn enrollment_role(role: Role) -> Cow<'static, str> {
    match role {
        Role::Administrator
        | Role::DistrictAdministrator
        | Role::SiteAdministrator
        | Role::SystemAdministrator
        | Role::Principal => Cow::Borrowed("administrator"),
        Role::Proctor | Role::Student | Role::Teacher => Cow::Borrowed(role.name()),
        other => Cow::Owned(format!("ext:{}", other.name())),
    }
}

/// Which of several roles is the primary one if no source says: the first of these.
/// What a person does at the school comes before whose parent they are.
pub(super) const BY_IMPORTANCE: [Role; 14] = [
    Role::Student,
    Role::Teacher,
    Role::Principal,
    Role::SiteAdministrator,
    Role::Administrator,
    Role::DistrictAdministrator,
    Role::SystemAdministrator,
    Role::Counselor,
    Role::Aide,
    Role::Proctor,
    Role::Parent,
    Role::Guardian,
    Role::Relative,
    Role::Other,
];

/// The standard's word, or `ext:` with the characters that may follow it.
fn word<'a>(value: &'a str, known: &[&'static str]) -> Cow<'a, str> {
    if let Some(word) = known.iter().find(|word| word.eq_ignore_ascii_case(value)) {
        return Cow::Borrowed(word);
    }
    let own = value.strip_prefix("ext:").unwrap_or(value);
    if own.is_empty() {
        return Cow::Borrowed("");
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let own: String = own
        .chars()
        .map(|c| if allowed(c) { c } else { '-' })
        .collect();
    Cow::Owned(format!("ext:{own}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_standards_or_extensions() {
        assert_eq!(org_type("School"), "school");
        assert_eq!(session_type("schoolyear"), "schoolYear");
        assert_eq!(session_type("half term"), "ext:half-term");
        assert_eq!(class_type(None), "scheduled");
        assert_eq!(class_type(Some("ext:club")), "ext:club");
        assert_eq!(
            role(Role::Administrator, "district"),
            "districtAdministrator"
        );
        assert_eq!(role(Role::Administrator, "school"), "siteAdministrator");
        assert_eq!(enrollment_role(Role::Aide), "ext:aide");
    }

    #[test]
    fn every_role_has_its_place() {
        let mut roles = BY_IMPORTANCE.to_vec();
        roles.sort();
        assert_eq!(roles, Role::ALL);
    }
}
