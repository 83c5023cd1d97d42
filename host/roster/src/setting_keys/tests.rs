//! The keys, seen through the module's own functions.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use proptest::prelude::*;

use super::*;
use crate::record::Role;
use crate::settings::{DeletionPolicy, MergeKey};
use crate::state::Roles;

fn fresh() -> (Settings, ReadSettings) {
    (Settings::default(), ReadSettings::default())
}

/// Applies one key to the defaults.
fn set(key: &str, value: &str) -> Result<(Settings, ReadSettings), SettingError> {
    let (mut settings, mut read) = fresh();
    apply(&mut settings, &mut read, key, value)?;
    Ok((settings, read))
}

fn message(key: &str, value: &str) -> String {
    set(key, value).unwrap_err().to_string()
}

#[test]
fn documented_defaults_are_the_defaults() {
    let (settings, read) = fresh();
    let documented: Vec<(&str, String)> = KEYS
        .iter()
        .map(|doc| (doc.key, doc.default.to_owned()))
        .collect();
    assert_eq!(all(&settings, &read), documented);
}

#[test]
fn every_key_of_the_command_line_is_there_once() {
    let mut keys: Vec<&str> = KEYS.iter().map(|doc| doc.key).collect();
    assert_eq!(keys.len(), 27);
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), 27);
}

#[test]
fn parents_are_a_comma_list_of_relations() {
    let (settings, _) = set("parents", " Parent, guardian,parent,").unwrap();
    assert_eq!(
        settings.parents,
        Roles::from_iter([Role::Parent, Role::Guardian])
    );
    assert_eq!(
        message("parents", "parent,teacher"),
        "parents: `parent,teacher` has `teacher`, which is not one of them; accepted: a comma \
         list of parent, relative, guardian"
    );
}

#[test]
fn numbers_have_bounds() {
    for (key, value, problem) in [
        ("merge-priority", "0", "is too small"),
        ("merge-priority", "101", "is too large"),
        ("merge-priority", "300", "is too large"),
        ("merge-priority", "-1", "is not a whole number"),
        ("merge-priority", "", "is not a whole number"),
        ("merge-priority", "５", "is not a whole number"),
        ("deletion-threshold-percent", "101", "is too large"),
        ("deletion-threshold-percent", "10%", "is not a whole number"),
        ("deletion-threshold-count", "4294967296", "is too large"),
        ("page-size", "0", "is too small"),
        ("page-size", "50001", "is too large"),
        ("concurrency", "65", "is too large"),
        ("requests-per-minute", "0", "is too small"),
        ("requests-per-minute", "60001", "is too large"),
        ("concurrency", "99999999999999999999", "is too large"),
    ] {
        let text = message(key, value);
        assert!(text.starts_with(key), "{text}");
        assert!(text.contains(problem), "{text}");
        assert!(text.contains("accepted: a whole number from"), "{text}");
    }
    assert_eq!(set("merge-priority", "080").unwrap().0.merge_priority, 80);
    assert_eq!(set("page-size", "").unwrap().1.page_size, None);
}

#[test]
fn booleans_are_read_in_several_spellings() {
    for value in ["false", "No", "off", "0"] {
        assert!(!set("classrooms", value).unwrap().0.classrooms);
    }
    for value in ["TRUE", "yes", "On", "1"] {
        assert!(set("compatibility", value).unwrap().1.compatibility);
    }
    assert!(message("classrooms", "perhaps").contains("accepted: true or false"));
}

#[test]
fn domains_are_lower_cased_sorted_and_checked() {
    let (settings, _) = set("email-domains", "@Students.X.org, x.org,X.ORG").unwrap();
    assert_eq!(settings.email_domains, ["students.x.org", "x.org"]);
    for bad in ["ada@x.org", "x..org", "*.x.org", "x org", "https://x.org"] {
        assert!(message("email-domains", bad).contains("not a domain"));
    }
}

#[test]
fn a_slip_of_the_pen_gets_a_suggestion() {
    for (slip, key) in [
        ("merge-prioritiy", "merge-priority"),
        ("merge_priority", "merge-priority"),
        ("Merge-Key", "merge-key"),
        ("respect-enrollment-date", "respect-enrolment-date"),
        ("parent", "parents"),
        ("pagesize", "page-size"),
    ] {
        let error = set(slip, "x").unwrap_err();
        assert!(error.is_unknown());
        assert_eq!(error.key(), slip);
        assert!(
            error.to_string().contains(&format!("did you mean `{key}`")),
            "{error}"
        );
    }
    let error = set("frobnicate", "1").unwrap_err();
    assert!(
        matches!(
            error,
            SettingError::Unknown {
                suggestion: None,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(set(&"x".repeat(100_000), "1").unwrap_err().is_unknown());
}

#[test]
fn a_long_or_ugly_value_is_shown_short_and_escaped() {
    let text = message("merge-key", &format!("\u{1b}[31m{}", "x".repeat(500)));
    assert!(!text.contains('\u{1b}'), "{text}");
    assert!(text.len() < 300, "{text}");
}

#[test]
fn an_error_changes_nothing() {
    let (mut settings, mut read) = fresh();
    apply(&mut settings, &mut read, "limit-roles", "student").unwrap();
    let before = settings.clone();
    apply(
        &mut settings,
        &mut read,
        "limit-roles",
        "teacher,headmaster",
    )
    .unwrap_err();
    assert_eq!(settings, before);
}

#[test]
fn help_and_documentation_name_every_key() {
    let (help, table) = (help(), markdown());
    for doc in KEYS {
        assert!(help.contains(&format!("  {}\n", doc.key)));
        assert!(table.contains(&format!("| `{}` |", doc.key)));
        assert!(!doc.help.contains('|') && !doc.values.contains('|'));
    }
}

#[test]
fn two_providers_may_not_share_a_priority() {
    let others = [("directory".to_owned(), 100), ("Northside".to_owned(), 50)];
    let errors = validate(&Settings::default(), true, &others).unwrap_err();
    assert_eq!(
        errors[0].to_string(),
        "merge-priority: the provider `Northside` already has 50, and the higher must win. \
         Choose a number that no provider has, such as 49"
    );
    assert_eq!(free_priority(&others), Some(49));
    assert_eq!(free_priority(&[]), Some(50));
    let low: Vec<(String, u8)> = (1..=50).map(|p| (p.to_string(), p)).collect();
    assert_eq!(free_priority(&low), Some(51));
    let full: Vec<(String, u8)> = (1..=100).map(|p| (p.to_string(), p)).collect();
    assert_eq!(free_priority(&full), None);
    assert!(validate(&Settings::default(), true, &full).is_err());
}

#[test]
fn parents_are_refused_where_the_adapter_has_none() {
    let (settings, _) = set("parents", "parent").unwrap();
    assert_eq!(validate(&settings, true, &[]), Ok(()));
    let errors = validate(&settings, false, &[]).unwrap_err();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].key(), "parents");
    assert!(errors[0].to_string().contains("--set parents="));
}

#[test]
fn parents_that_limit_roles_leaves_out_are_refused() {
    let (mut settings, mut read) = set("parents", "parent,guardian").unwrap();
    apply(&mut settings, &mut read, "limit-roles", "student,parent").unwrap();
    let errors = validate(&settings, true, &[]).unwrap_err();
    assert_eq!(
        errors[0].to_string(),
        "limit-roles: parents asks for `guardian`, and limit-roles leaves `guardian` out. Add \
         guardian to limit-roles, or take it out of parents"
    );
    apply(
        &mut settings,
        &mut read,
        "limit-roles",
        "student,parent,guardian",
    )
    .unwrap();
    assert_eq!(validate(&settings, true, &[]), Ok(()));
}

#[test]
fn contradictions_are_all_reported() {
    let settings = Settings {
        merge_priority: 0,
        merge_key: MergeKey::EmailLocalPart,
        parents: Roles::from_iter([Role::Teacher]),
        deletion_threshold: crate::settings::DeletionThreshold {
            percent: 200,
            count: 0,
        },
        ..Settings::default()
    };
    let errors = validate(&settings, true, &[]).unwrap_err();
    let keys: Vec<&str> = errors.iter().map(SettingError::key).collect();
    assert_eq!(
        keys,
        [
            "merge-priority",
            "email-domains",
            "deletion-threshold-percent",
            "parents"
        ]
    );
}

/// Some value that the key accepts.
fn accepted(key: &'static str) -> BoxedStrategy<String> {
    let of = |values: &'static [&'static str]| {
        prop::sample::select(values).prop_map(str::to_owned).boxed()
    };
    match key {
        "sis" => "[a-zA-Z0-9-]{0,12}".boxed(),
        "parents" => of(&["", "parent", "guardian,relative", "PARENT, guardian"]),
        "limit-roles" => of(&["", "student", "teacher,aide", "Other,student,proctor"]),
        "limit-grades" => "( ?[0-9A-Zä]{1,2},){0,4}".boxed(),
        "email-domains" | "limit-email-domains" => "(@?[a-zA-Z]{1,4}\\.org, ?){0,3}".boxed(),
        "merge-key" => of(&["email", "email-exact", "email-local-part"]),
        "student-id" => of(&["sourced-id", "student-number"]),
        "archived-students" => of(&["ignore", "import", "archive"]),
        "guardians" => of(&["roster", "file"]),
        "phone" => of(&["sms", "phone"]),
        "deletion-policy" => of(&["hold", "keep-existing"]),
        "merge-priority" | "concurrency" => (1u32..=64).prop_map(|n| n.to_string()).boxed(),
        "deletion-threshold-percent" => (0u32..=100).prop_map(|n| n.to_string()).boxed(),
        "deletion-threshold-count" => any::<u32>().prop_map(|n| n.to_string()).boxed(),
        "full-read-days" => of(&["", "0", "7", "90"]),
        "requests-per-minute" => of(&["", "1", "100", "60000"]),
        "page-size" => of(&["", "1", "50000"]),
        _ => of(&["true", "false", "yes", "0"]),
    }
}

proptest! {
    #[test]
    fn what_is_written_reads_the_same(
        values in KEYS.iter().map(|doc| accepted(doc.key)).collect::<Vec<_>>(),
    ) {
        let (mut settings, mut read) = fresh();
        for (doc, value) in KEYS.iter().zip(&values) {
            apply(&mut settings, &mut read, doc.key, value)?;
        }
        let (mut again, mut read_again) = fresh();
        for (key, value) in all(&settings, &read) {
            apply(&mut again, &mut read_again, key, &value)?;
        }
        prop_assert_eq!(again, settings);
        prop_assert_eq!(read_again, read);
    }

    #[test]
    fn no_value_panics(key in 0..KEYS.len(), value in ".*") {
        let (mut settings, mut read) = fresh();
        match apply(&mut settings, &mut read, KEYS[key].key, &value) {
            Ok(()) => {}
            Err(error) => prop_assert!(error.to_string().starts_with(KEYS[key].key)),
        }
    }
}

#[test]
fn policy_words_mean_what_they_say() {
    let (settings, _) = set("deletion-policy", "keep-existing").unwrap();
    assert_eq!(settings.deletion_policy, DeletionPolicy::KeepExisting);
    let (settings, _) = set("merge-key", "EMAIL-EXACT").unwrap();
    assert_eq!(settings.merge_key, MergeKey::EmailExact);
}
