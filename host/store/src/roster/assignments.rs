//! A user's assignments as a column: `12@3!,5@4`, each a role's place, the org
//! after `@` where one is named, and `!` where a source says primary.

use homeroom_roster::state::{Assignment, Assignments, OrgKey};

use super::cells::{damaged, role};
use crate::error::Result;

pub(super) fn write(assignments: &Assignments) -> String {
    let mut text = String::new();
    for one in assignments.as_slice() {
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(&(one.role as u32).to_string());
        if let Some(org) = one.org {
            text.push('@');
            text.push_str(&org.to_string());
        }
        if one.primary {
            text.push('!');
        }
    }
    text
}

pub(super) fn read(text: &str) -> Result<Assignments> {
    if text.is_empty() {
        return Ok(Assignments::default());
    }
    text.split(',').map(assignment).collect()
}

fn assignment(text: &str) -> Result<Assignment> {
    let number = |text: &str| text.parse::<u32>().map_err(|_| damaged("assignments"));
    let (rest, primary) = match text.strip_suffix('!') {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let (place, org) = match rest.split_once('@') {
        Some((place, org)) => (place, Some(OrgKey(number(org)?))),
        None => (rest, None),
    };
    Ok(Assignment {
        org,
        role: role(number(place)?)?,
        primary,
    })
}

#[cfg(test)]
mod tests {
    use homeroom_roster::record::Role;

    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let at = |org: Option<u32>, role, primary| Assignment {
            org: org.map(OrgKey),
            role,
            primary,
        };
        let all: Assignments = [
            at(Some(3), Role::Teacher, true),
            at(Some(40), Role::Parent, false),
            at(None, Role::Aide, false),
        ]
        .into_iter()
        .collect();
        let text = write(&all);
        assert_eq!(text, "1,12@3!,5@40");
        assert_eq!(read(&text).expect("readable"), all);
        assert!(read("").expect("readable").is_empty());
    }

    #[test]
    fn damage_is_told() {
        for text in ["x", "12@", "12@3?", "99@3", ",", "@3", "12@-1"] {
            let error = read(text).expect_err(text).to_string();
            assert!(
                error.contains("assignments") || error.contains("role"),
                "{error}"
            );
        }
    }
}
