//! The operator's lists: excluded schools, grades, email domains.

use std::collections::HashSet;

use super::Frame;
use crate::ancestry;
use crate::people::email;
use crate::record::Collection;
use crate::source::NO_ID;

/// By org id: whether it, or an ancestor, is on the list of excluded schools.
pub(super) fn excluded_orgs(frame: Frame<'_>) -> Vec<bool> {
    let ids = frame.records.ids(Collection::Orgs);
    let listed = frame.settings.excluded_schools.iter();
    let listed: HashSet<u32> = listed.filter_map(|id| ids.find(id)).collect();
    if listed.is_empty() {
        return vec![false; ids.len()];
    }
    let parent = |org| {
        let parent = frame.records.org(org)?.row.parent;
        Some(parent).filter(|parent| *parent != NO_ID)
    };
    ancestry::inherited(ids.len(), parent, |org| listed.contains(&org))
}

/// Whether one of the comma-joined grades is among the allowed ones.
pub(super) fn grade_allowed(grades: &str, allowed: &[String]) -> bool {
    grades.split(',').any(|grade| {
        let grade = plain_grade(grade);
        allowed.iter().any(|other| plain_grade(other) == grade)
    })
}

fn plain_grade(grade: &str) -> String {
    let grade = grade.trim().to_ascii_uppercase();
    match grade.trim_start_matches('0') {
        "KG" => "K".to_owned(),
        "" => grade,
        plain => plain.to_owned(),
    }
}

/// Whether the domain of an email field is among the allowed ones.
pub(super) fn domain_allowed(field: Option<&str>, allowed: &[String]) -> bool {
    let Some(Ok(email)) = field.map(email::read) else {
        return false;
    };
    let (_, domain) = email.parts();
    allowed
        .iter()
        .any(|other| other.eq_ignore_ascii_case(domain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grades_are_compared_without_zeros_and_case() {
        let allowed = ["9".to_owned(), "KG".to_owned()];
        for grade in ["09", "9", "k", "KG", "8,09"] {
            assert!(grade_allowed(grade, &allowed), "{grade}");
        }
        for grade in ["", "19", "PK", "90"] {
            assert!(!grade_allowed(grade, &allowed), "{grade}");
        }
    }

    #[test]
    fn a_domain_is_compared_as_a_whole() {
        let allowed = ["x.org".to_owned()];
        assert!(domain_allowed(Some("Ada@X.org"), &allowed));
        assert!(!domain_allowed(Some("ada@staff.x.org"), &allowed));
        assert!(!domain_allowed(Some("ada"), &allowed));
        assert!(!domain_allowed(None, &allowed));
    }
}
