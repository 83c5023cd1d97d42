//! `filter`: one or two clauses, such as `status='active' AND role='student'`.

use std::borrow::Cow;
use std::cmp::Ordering;

use district::Collection;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::imsx::Problem;
use crate::row::{Day, Row, Stamp};

/// A filter as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Filter {
    clauses: Vec<Clause>,
    any: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Clause {
    field: String,
    predicate: Predicate,
    value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Predicate {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Contains,
}

/// Longer ones first, so that `>=` is not read as `>`.
const PREDICATES: [(&str, Predicate); 7] = [
    ("!=", Predicate::NotEqual),
    (">=", Predicate::GreaterOrEqual),
    ("<=", Predicate::LessOrEqual),
    ("=", Predicate::Equal),
    (">", Predicate::Greater),
    ("<", Predicate::Less),
    ("~", Predicate::Contains),
];

impl Filter {
    /// Reads the decoded value of `filter`.
    pub(crate) fn read(text: &str) -> Result<Self, Problem> {
        let (parts, any) = match (text.split_once("' AND "), text.split_once("' OR ")) {
            (Some((first, second)), _) => (vec![format!("{first}'"), second.to_owned()], false),
            (None, Some((first, second))) => (vec![format!("{first}'"), second.to_owned()], true),
            (None, None) => (vec![text.to_owned()], false),
        };
        let clauses = parts.iter().map(|part| Clause::read(part));
        Ok(Filter {
            clauses: clauses.collect::<Result<_, _>>()?,
            any,
        })
    }

    /// One clause `field='value'`.
    pub(crate) fn equal(field: &str, value: &str) -> Self {
        let clause = Clause {
            field: field.to_owned(),
            predicate: Predicate::Equal,
            value: value.to_owned(),
        };
        Filter {
            clauses: vec![clause],
            any: false,
        }
    }

    /// An error if a field is none of the collection's.
    pub(crate) fn check(&self, collection: Collection) -> Result<(), Problem> {
        let unknown = |clause: &&Clause| !known(collection, &clause.field);
        match self.clauses.iter().find(unknown) {
            None => Ok(()),
            Some(clause) => Err(Problem::invalid_filter(format!(
                "there is no field `{}` to filter by",
                clause.field
            ))),
        }
    }

    pub(crate) fn admits(&self, row: &Row<'_>) -> bool {
        if self.any {
            self.clauses.iter().any(|clause| clause.admits(row))
        } else {
            self.clauses.iter().all(|clause| clause.admits(row))
        }
    }
}

impl Clause {
    fn read(text: &str) -> Result<Self, Problem> {
        let malformed = || Problem::invalid_filter(format!("`{text}` is no clause like a='b'"));
        let at = text.find(['!', '>', '<', '=', '~']).ok_or_else(malformed)?;
        let (field, rest) = text.split_at(at);
        let found = PREDICATES.iter().find(|(sign, _)| rest.starts_with(sign));
        let &(sign, predicate) = found.ok_or_else(malformed)?;
        let value = rest[sign.len()..]
            .trim()
            .strip_prefix('\'')
            .and_then(|value| value.strip_suffix('\''))
            .ok_or_else(malformed)?;
        Ok(Clause {
            field: field.trim().to_owned(),
            predicate,
            value: value.to_owned(),
        })
    }

    fn admits(&self, row: &Row<'_>) -> bool {
        let mut admitted = false;
        let mut any_value = false;
        values(row, &self.field, &mut |value| {
            any_value = true;
            admitted |= self.admits_value(value);
        });
        // A record without the field differs from every value.
        admitted || (!any_value && self.predicate == Predicate::NotEqual)
    }

    fn admits_value(&self, value: &str) -> bool {
        let order = || compare(value, &self.value);
        match self.predicate {
            Predicate::Equal => value == self.value,
            Predicate::NotEqual => value != self.value,
            Predicate::Contains => value.contains(&self.value),
            Predicate::Greater => order() == Ordering::Greater,
            Predicate::GreaterOrEqual => order() != Ordering::Less,
            Predicate::Less => order() == Ordering::Less,
            Predicate::LessOrEqual => order() != Ordering::Greater,
        }
    }
}

/// Instants by time, all else by text.
fn compare(left: &str, right: &str) -> Ordering {
    match (instant(left), instant(right)) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => left.cmp(right),
    }
}

fn instant(text: &str) -> Option<Timestamp> {
    if text.len() < 10 || text.as_bytes()[4] != b'-' {
        return None;
    }
    if let Ok(instant) = text.parse() {
        return Some(instant);
    }
    let day: Date = text.parse().ok()?;
    jiff::tz::Offset::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok()
}

const COMMON: [&str; 3] = ["sourcedId", "status", "dateLastModified"];

/// Whether a collection can be filtered and sorted by this field.
pub(crate) fn known(collection: Collection, field: &str) -> bool {
    let own: &[&str] = match collection {
        Collection::Orgs => &["name", "type", "identifier", "parent.sourcedId"],
        Collection::AcademicSessions => &[
            "title",
            "type",
            "startDate",
            "endDate",
            "schoolYear",
            "parent.sourcedId",
        ],
        Collection::Courses => &["title", "courseCode", "org.sourcedId", "grades"],
        Collection::Classes => &[
            "title",
            "classCode",
            "classType",
            "school.sourcedId",
            "course.sourcedId",
            "terms.sourcedId",
            "grades",
        ],
        Collection::Users => &[
            "username",
            "givenName",
            "familyName",
            "middleName",
            "identifier",
            "email",
            "enabledUser",
            "role",
            "roles.role",
            "roles.org.sourcedId",
            "orgs.sourcedId",
            "primaryOrg.sourcedId",
            "grades",
        ],
        Collection::Enrollments => &[
            "role",
            "user.sourcedId",
            "class.sourcedId",
            "school.sourcedId",
            "beginDate",
            "endDate",
        ],
    };
    COMMON.contains(&field) || own.contains(&field)
}

/// Gives each value of the field to `see`; none if the row has none.
pub(crate) fn values(row: &Row<'_>, field: &str, see: &mut dyn FnMut(&str)) {
    let common = row.common();
    match field {
        "sourcedId" => return see(common.sourced_id),
        "status" => return see(common.status),
        "dateLastModified" => return see(&stamp_text(common.modified)),
        _ => {}
    }
    let mut all = |values: &[&str]| values.iter().for_each(|value| see(value));
    let one = |value: Option<&str>, all: &mut dyn FnMut(&[&str])| {
        if let Some(value) = value {
            all(&[value]);
        }
    };
    match (row, field) {
        (Row::Org(row), "name") => all(&[row.name]),
        (Row::Org(row), "type") => all(&[row.org_type]),
        (Row::Org(row), "identifier") => one(row.identifier, &mut all),
        (Row::Org(row), "parent.sourcedId") => one(row.parent, &mut all),
        (Row::Session(row), "title") => all(&[row.title]),
        (Row::Session(row), "type") => all(&[row.session_type]),
        (Row::Session(row), "startDate") => all(&[&day_text(row.start_date)]),
        (Row::Session(row), "endDate") => all(&[&day_text(row.end_date)]),
        (Row::Session(row), "schoolYear") => all(&[row.school_year]),
        (Row::Session(row), "parent.sourcedId") => one(row.parent, &mut all),
        (Row::Course(row), "title") => all(&[row.title]),
        (Row::Course(row), "courseCode") => all(&[row.course_code]),
        (Row::Course(row), "org.sourcedId") => one(row.org, &mut all),
        (Row::Course(row), "grades") => all(&row.grades),
        (Row::Class(row), "title") => all(&[row.title]),
        (Row::Class(row), "classCode") => one(row.class_code, &mut all),
        (Row::Class(row), "classType") => one(row.class_type, &mut all),
        (Row::Class(row), "school.sourcedId") => one(row.school, &mut all),
        (Row::Class(row), "course.sourcedId") => one(row.course, &mut all),
        (Row::Class(row), "terms.sourcedId") => all(&row.terms),
        (Row::Class(row), "grades") => all(&row.grades),
        (Row::User(row), "username") => one(row.username, &mut all),
        (Row::User(row), "givenName") => all(&[row.given_name]),
        (Row::User(row), "familyName") => all(&[row.family_name]),
        (Row::User(row), "middleName") => one(row.middle_name, &mut all),
        (Row::User(row), "identifier") => one(row.identifier, &mut all),
        (Row::User(row), "email") => one(row.email, &mut all),
        (Row::User(row), "enabledUser") => one(row.enabled.map(flag_text), &mut all),
        (Row::User(row), "role" | "roles.role") => {
            row.roles.iter().for_each(|role| all(&[role.role]));
        }
        (Row::User(row), "roles.org.sourcedId" | "orgs.sourcedId") => {
            row.roles.iter().for_each(|role| all(&[role.org]));
        }
        (Row::User(row), "primaryOrg.sourcedId") => one(row.primary_org, &mut all),
        (Row::User(row), "grades") => all(&row.grades),
        (Row::Enrollment(row), "role") => all(&[row.role]),
        (Row::Enrollment(row), "user.sourcedId") => all(&[row.user]),
        (Row::Enrollment(row), "class.sourcedId") => all(&[row.class]),
        (Row::Enrollment(row), "school.sourcedId") => all(&[row.school]),
        (Row::Enrollment(row), "beginDate") => all(&[&day_text(row.begin_date)]),
        (Row::Enrollment(row), "endDate") => all(&[&day_text(row.end_date)]),
        _ => {}
    }
}

fn flag_text(flag: bool) -> &'static str {
    if flag { "true" } else { "false" }
}

fn stamp_text(stamp: Stamp<'_>) -> Cow<'_, str> {
    match stamp {
        Stamp::At(at) => Cow::Owned(at.to_string()),
        Stamp::Text(text) => Cow::Borrowed(text),
    }
}

fn day_text(day: Day<'_>) -> Cow<'_, str> {
    match day {
        Day::On(date) => Cow::Owned(date.to_string()),
        Day::Text(text) => Cow::Borrowed(text),
        Day::Absent => Cow::Borrowed(""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clause(text: &str) -> Filter {
        Filter::read(text).expect("a good filter")
    }

    #[test]
    fn one_and_two_clauses_are_read() {
        assert_eq!(clause("status='active'"), Filter::equal("status", "active"));
        assert_eq!(
            clause("familyName='O'Brien'"),
            Filter::equal("familyName", "O'Brien")
        );
        let both = clause("status='active' AND dateLastModified>='2026-04-26T12:00:00.000Z'");
        assert_eq!(both.clauses.len(), 2);
        assert_eq!(both.clauses[1].predicate, Predicate::GreaterOrEqual);
        assert!(!both.any);
        assert!(clause("role='student' OR role='teacher'").any);
    }

    #[test]
    fn what_is_no_clause_is_refused() {
        for text in ["", "status", "status=active", "status='active"] {
            assert!(Filter::read(text).is_err(), "{text}");
        }
        let unknown = clause("shoeSize='44'");
        assert!(unknown.check(Collection::Users).is_err());
    }

    #[test]
    fn instants_compare_by_time() {
        let after = "2026-04-26T12:00:00Z";
        assert_eq!(compare("2026-04-26T12:00:00.000Z", after), Ordering::Equal);
        assert_eq!(
            compare("2026-04-26T14:30:00+02:00", after),
            Ordering::Greater
        );
        assert_eq!(compare("2026-04-26", after), Ordering::Less);
    }
}
