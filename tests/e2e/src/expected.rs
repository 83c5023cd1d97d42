//! What a first sync of a generated district must find, worked out from the
//! generator alone.

use std::collections::{HashMap, HashSet};

use district::{Collection, District, RoleName, Status};
use serde_json::Value;

/// The numbers of a first sync with the default settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// Students of the SIS who are in the directory.
    pub matched_students: u64,
    /// Staff who are.
    pub matched_teachers: u64,
    /// Students and staff who are not.
    pub unmatched_users: u64,
    /// Classes.
    pub classes: u64,
    /// Rows of each collection, in the order of [`crate::COLLECTIONS`].
    pub rows: [u64; 6],
    /// People in classes, counted once for each class, if the people match.
    pub places: u64,
}

impl Expected {
    /// Goes through the whole district.
    pub fn of(district: &District) -> Self {
        let answers = district.answers();
        let people = answers.students + answers.staff;
        let matched = answers.matched_students + answers.matched_staff;
        Expected {
            matched_students: answers.matched_students.into(),
            matched_teachers: answers.matched_staff.into(),
            unmatched_users: (people - matched).into(),
            classes: district.len(Collection::Classes) as u64,
            rows: Collection::ALL.map(|collection| district.len(collection) as u64),
            places: places(district),
        }
    }

    /// Holds a report against the numbers.
    #[track_caller]
    pub fn check(&self, report: &Value) {
        let counts = &report["counts"];
        let found = |name: &str| counts[name].as_u64();
        assert_eq!(report["status"], "succeeded", "{report}");
        assert_eq!(
            found("matchedStudents"),
            Some(self.matched_students),
            "{counts}"
        );
        assert_eq!(
            found("matchedTeachers"),
            Some(self.matched_teachers),
            "{counts}"
        );
        assert_eq!(found("matchedGuardians"), Some(0), "{counts}");
        assert_eq!(
            found("unmatchedUsers"),
            Some(self.unmatched_users),
            "{counts}"
        );
        assert_eq!(found("importedClasses"), Some(self.classes), "{counts}");
        for (collection, rows) in crate::COLLECTIONS.iter().zip(self.rows) {
            assert_eq!(
                report["received"][collection], rows,
                "received {collection}"
            );
        }
    }
}

/// Emails of the directory, lower-cased, that stand there once.
fn directory_emails(district: &District) -> HashSet<String> {
    let mut seen: HashMap<String, u32> = HashMap::new();
    for row in district.directory() {
        *seen.entry(row.email.to_lowercase()).or_default() += 1;
    }
    seen.remove("");
    let once = seen.into_iter().filter(|&(_, times)| times == 1);
    once.map(|(email, _)| email).collect()
}

/// Pairs of a matched person and a class.
fn places(district: &District) -> u64 {
    let emails = directory_emails(district);
    let guardian = |role| {
        matches!(
            role,
            RoleName::Parent | RoleName::Guardian | RoleName::Relative
        )
    };
    let matched: HashSet<String> = district
        .users()
        .filter(|user| user.status == Status::Active)
        .filter(|user| {
            !user
                .roles
                .iter()
                .all(|assignment| guardian(assignment.role))
        })
        .filter(|user| {
            let email = user.email.as_deref().unwrap_or_default();
            emails.contains(&email.to_lowercase())
        })
        .map(|user| user.sourced_id.to_string())
        .collect();
    let places: HashSet<(String, String)> = district
        .enrollments()
        .filter(|enrollment| enrollment.status == Status::Active)
        .map(|enrollment| (enrollment.user.to_string(), enrollment.class.to_string()))
        .filter(|(user, _)| matched.contains(user))
        .collect();
    places.len() as u64
}
