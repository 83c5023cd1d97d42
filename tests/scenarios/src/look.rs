//! Looking at an installation: its users, people without a user, findings and
//! export, each as lines that a scenario can name.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::world::World;

/// `email, given family, status: links`.
pub(crate) fn users(world: &World) -> Vec<String> {
    let users = world.platform.users();
    users.iter().map(user).collect()
}

fn user(user: &Value) -> String {
    let text = |key: &str| user[key].as_str().unwrap_or("-").to_owned();
    let links = user["links"].as_array().into_iter().flatten();
    let mut links: Vec<String> = links.map(record).collect();
    links.sort();
    let line = format!(
        "{}, {} {}, {}: {}",
        text("email"),
        text("givenName"),
        text("familyName"),
        text("status"),
        links.join(" ")
    );
    line.trim_end().to_owned()
}

/// `provider/sourcedId`.
fn record(link: &Value) -> String {
    let text = |key: &str| link[key].as_str().unwrap_or("-").to_owned();
    format!("{}/{}", text("provider"), text("sourcedId"))
}

/// `provider/sourcedId reason`.
pub(crate) fn unmatched(world: &World) -> Vec<String> {
    let people = world.platform.unmatched();
    let line = |person: &Value| {
        let reason = person["reason"].as_str().unwrap_or("-");
        format!("{} {reason}", record(person))
    };
    people.iter().map(line).collect()
}

/// The rule of each link, by `provider/sourcedId`.
pub(crate) fn rules(world: &World) -> BTreeMap<String, String> {
    let mut rules = BTreeMap::new();
    for user in world.platform.users() {
        for link in user["links"].as_array().into_iter().flatten() {
            let rule = link["rule"].as_str().unwrap_or("-");
            rules.insert(record(link), rule.to_owned());
        }
    }
    rules
}

/// Roles by email.
pub(crate) fn roles(world: &World) -> BTreeMap<String, Vec<String>> {
    let users = world.platform.users();
    let of = |user: &Value| {
        let roles = user["roles"].as_array().into_iter().flatten();
        let mut roles: Vec<String> = roles
            .map(|role| role.as_str().unwrap_or("-").to_owned())
            .collect();
        roles.sort();
        (user["email"].as_str().unwrap_or("-").to_owned(), roles)
    };
    users.iter().map(of).collect()
}

/// `code entity/sourcedId field`, as far as the finding has them.
pub(crate) fn findings(world: &World) -> Vec<String> {
    let run = world.variables.get("run").expect("a run was made");
    let answer = world.platform.run(["run", "findings", run, "--json"]).ok();
    let json = answer.json();
    let findings = json.as_array().expect("findings are a list");
    findings
        .iter()
        .map(|finding| {
            let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
            let record = format!("{}/{}", text("entity"), text("sourcedId"));
            let line = format!("{} {} {}", text("code"), record, text("field"));
            line.trim_end().to_owned()
        })
        .collect()
}

/// Attributes of a user: `value (source)` by name.
pub(crate) fn attributes(world: &World, user: &str) -> BTreeMap<String, String> {
    let answer = world.platform.run(["user", "explain", user, "--json"]);
    let json = answer.ok().json();
    let attributes = json["attributes"].as_array().into_iter().flatten();
    attributes
        .map(|attribute| {
            let text = |key: &str| attribute[key].as_str().unwrap_or("-").to_owned();
            let value = format!("{} ({})", text("value"), text("source"));
            (text("field"), value)
        })
        .collect()
}

/// The roster as it is handed on.
pub(crate) struct Export {
    users: Vec<BTreeMap<String, String>>,
    roles: Vec<BTreeMap<String, String>>,
    classes: Vec<BTreeMap<String, String>>,
    enrollments: Vec<BTreeMap<String, String>>,
}

impl Export {
    /// Exports the roster and reads it.
    pub(crate) fn of(world: &World) -> Self {
        let folder = world.folder().join("exported");
        let path = folder.to_str().expect("the path is UTF-8");
        world.platform.run(["roster", "export", path]).ok();
        Export {
            users: rows(&folder.join("users.csv")),
            roles: rows(&folder.join("roles.csv")),
            classes: rows(&folder.join("classes.csv")),
            enrollments: rows(&folder.join("enrollments.csv")),
        }
    }

    /// `sourcedId title`.
    pub(crate) fn classes(&self) -> Vec<String> {
        let line =
            |row: &BTreeMap<String, String>| format!("{} {}", row["sourcedId"], row["title"]);
        self.classes.iter().map(line).collect()
    }

    /// `class email role`.
    pub(crate) fn enrollments(&self) -> Vec<String> {
        let line = |row: &BTreeMap<String, String>| {
            let email = self.email(&row["userSourcedId"]);
            format!("{} {email} {}", row["classSourcedId"], row["role"])
        };
        self.enrollments.iter().map(line).collect()
    }

    /// `student's email: guardians' emails`, of students who have guardians.
    /// Agents name each other; the guardians' side is left out.
    pub(crate) fn guardians(&self) -> Vec<String> {
        let student = |id: &String| {
            let mut roles = self.roles.iter();
            roles.any(|row| &row["userSourcedId"] == id && row["role"] == "student")
        };
        let tied = self
            .users
            .iter()
            .filter(|row| student(&row["sourcedId"]) && !row["agentSourcedIds"].is_empty());
        tied.map(|row| {
            let ids = row["agentSourcedIds"].split(',').map(str::trim);
            let mut emails: Vec<String> = ids.map(|id| self.email(id)).collect();
            emails.sort();
            format!("{}: {}", row["email"], emails.join(" "))
        })
        .collect()
    }

    fn email(&self, id: &str) -> String {
        let user = self.users.iter().find(|row| row["sourcedId"] == id);
        user.map_or_else(|| format!("<{id}>"), |row| row["email"].clone())
    }
}

fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    if !path.exists() {
        return Vec::new();
    }
    let mut reader = csv::Reader::from_path(path).expect("the export is CSV");
    let rows = reader.deserialize();
    rows.map(|row| row.expect("the export is CSV")).collect()
}
