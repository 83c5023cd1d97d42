//! Why somebody is matched, or is not, for a person.

#[cfg(test)]
mod tests;

use homeroom_sync::views::{CandidateView, Explanation, LinkDetail, UnmatchedView, UserView};

use super::style::Style;
use super::{catalogue, table, text};
use crate::hints::{Hints, quote};

/// The whole explanation.
pub(crate) fn render(explanation: &Explanation, style: &Style, hints: &Hints) -> String {
    let mut told = String::new();
    if let Some(user) = &explanation.user {
        told.push_str(&who(user, style));
    }
    if let Some(person) = &explanation.unmatched {
        told.push_str(&unmatched(person, style));
    }
    told.push_str(&links(&explanation.links, style));
    let attributes: Vec<_> = explanation
        .attributes
        .iter()
        .map(|a| vec![a.field.clone(), a.value.clone(), a.source.clone()])
        .collect();
    told.push_str(&section(
        "What is known",
        ["field", "value", "from"],
        &attributes,
        style,
    ));
    let classes: Vec<_> = explanation
        .classes
        .iter()
        .map(|(title, role)| vec![title.clone(), role.clone(), String::new()])
        .collect();
    told.push_str(&section("Classes", ["class", "as", ""], &classes, style));
    if !explanation.decisions.is_empty() {
        told.push_str(&format!("\n{}\n", style.strong("Decided by hand")));
        for decision in &explanation.decisions {
            told.push_str(&text::paragraph(&text::sentence(decision), 2));
        }
    }
    if let Some(person) = &explanation.unmatched {
        told.push_str(&candidates(person, &explanation.candidates, style, hints));
    }
    told
}

fn section(
    heading: &str,
    titles: [&'static str; 3],
    rows: &[Vec<String>],
    style: &Style,
) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let columns = titles.map(table::left);
    format!(
        "\n{}\n{}",
        style.strong(heading),
        table::render(style, 2, &columns, rows)
    )
}

fn called(given: Option<&str>, family: Option<&str>, email: Option<&str>) -> String {
    let name = text::name(given, family);
    let email = email.map(text::clean).unwrap_or_default();
    match (name.is_empty(), email.is_empty()) {
        (false, false) => format!("{name} <{email}>"),
        (false, true) => name,
        (true, false) => email.into_owned(),
        (true, true) => "(no name)".to_owned(),
    }
}

fn who(user: &UserView, style: &Style) -> String {
    let called = called(
        user.given_name.as_deref(),
        user.family_name.as_deref(),
        user.email.as_deref(),
    );
    let matched = if user.matched {
        style.good("matched with a SIS")
    } else {
        style.attention("not matched with any SIS")
    };
    format!(
        "{}\n  user {}, {}, {}, {matched}\n",
        style.strong(&called),
        text::clean(&user.id),
        text::clean(&user.status),
        roles(&user.roles)
    )
}

fn roles(roles: &[String]) -> String {
    match roles {
        [] => "no role".to_owned(),
        _ => text::clean(&roles.join(", ")).into_owned(),
    }
}

fn unmatched(person: &UnmatchedView, style: &Style) -> String {
    let called = called(
        person.given_name.as_deref(),
        person.family_name.as_deref(),
        person.email.as_deref(),
    );
    let mut told = format!(
        "{}\n  record {} of {}, {}, {}\n",
        style.strong(&called),
        text::clean(&person.sourced_id),
        text::clean(&person.provider),
        roles(&person.roles),
        style.attention("no user of the platform")
    );
    told.push_str(&format!("\n{}\n", style.strong("Why")));
    let reason = match homeroom_roster::catalogue::find(&person.reason) {
        Some(entry) => format!("{}: {}", person.reason, text::sentence(entry.cause)),
        None => person.reason.clone(),
    };
    told.push_str(&text::paragraph(&reason, 2));
    if let Some(remedy) = catalogue::remedy(&person.reason) {
        told.push_str(&text::paragraph(&text::sentence(remedy), 2));
    }
    told
}

fn links(links: &[LinkDetail], style: &Style) -> String {
    if links.is_empty() {
        return String::new();
    }
    let rows: Vec<_> = links
        .iter()
        .map(|link| {
            let when = link
                .since
                .as_ref()
                .map_or(String::new(), |at| style.time(at));
            vec![
                format!("{}/{}", link.provider, link.sourced_id),
                match &link.evidence {
                    Some(evidence) => format!("{} ({evidence})", link.rule),
                    None => link.rule.clone(),
                },
                format!("run {} {when}", link.run).trim_end().to_owned(),
                if link.present {
                    ""
                } else {
                    "the source no longer has it"
                }
                .to_owned(),
            ]
        })
        .collect();
    let columns = ["record", "matched by", "since", ""].map(table::left);
    format!(
        "\n{}\n{}",
        style.strong("Links"),
        table::render(style, 2, &columns, &rows)
    )
}

fn candidates(
    person: &UnmatchedView,
    candidates: &[CandidateView],
    style: &Style,
    hints: &Hints,
) -> String {
    let record = format!("{} {}", quote(&person.provider), quote(&person.sourced_id));
    if candidates.is_empty() {
        let command = hints.command(&format!("user match USER {record}"));
        return format!("\nNo user is like this person. To match by hand:\n  {command}\n");
    }
    let rows: Vec<_> = candidates
        .iter()
        .map(|candidate| {
            vec![
                candidate.user.clone(),
                called(
                    candidate.given_name.as_deref(),
                    candidate.family_name.as_deref(),
                    candidate.email.as_deref(),
                ),
                candidate.likeness.clone(),
                candidate.refused.clone(),
            ]
        })
        .collect();
    let columns = ["user", "who", "what is alike", "why it was not taken"].map(table::left);
    let mut told = format!(
        "\n{}\n{}",
        style.strong("Who it might be"),
        table::render(style, 2, &columns, &rows)
    );
    let first = quote(&candidates[0].user);
    let commands = [
        (
            "if it is the same person",
            format!("user match {first} {record}"),
        ),
        (
            "if it never is",
            format!("user never-match {first} {record}"),
        ),
    ]
    .map(|(purpose, command)| vec![purpose.to_owned(), hints.command(&command)]);
    told.push_str(&format!("\n{}\n", style.strong("Next")));
    told.push_str(&table::render(
        style,
        2,
        &[table::left(""), table::left("")],
        &commands,
    ));
    told
}
