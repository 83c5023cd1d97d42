//! Holding what a step expects against what there is.

use std::collections::BTreeMap;

use e2e::Answer;
use serde_json::Value;

use crate::look::{self, Export};
use crate::scenario::Step;
use crate::variables::Variables;
use crate::world::World;

/// What differs, one text each.
#[derive(Debug, Default)]
pub(crate) struct Differences(pub(crate) Vec<String>);

impl Differences {
    fn note(&mut self, what: &str, expected: &str, found: &str) {
        let text = format!("{what}\n    expected: {expected}\n    found:    {found}");
        self.0.push(text);
    }

    fn equal(&mut self, what: &str, expected: &str, found: &str) {
        if expected != found {
            self.note(what, expected, found);
        }
    }

    /// Two lists, in any order; names what is missing and what is too many.
    fn lists(&mut self, what: &str, expected: &[String], mut found: Vec<String>) {
        found.sort();
        let mut expected = expected.to_vec();
        expected.sort();
        if expected == found {
            return;
        }
        let lines = |list: &[String]| match list {
            [] => "nothing".to_owned(),
            list => list.join("\n              "),
        };
        self.note(what, &lines(&expected), &lines(&found));
    }
}

/// What the step's command answered.
pub(crate) fn answer(
    expected: &Step,
    answer: &Answer,
    variables: &Variables,
    differences: &mut Differences,
) {
    if answer.code != Some(expected.exit) {
        let found = answer
            .code
            .map_or("a signal".to_owned(), |code| code.to_string());
        let found = format!("{found}\n    it said:  {}", answer.text().trim());
        differences.note("exit code", &expected.exit.to_string(), &found);
    }
    let said = answer.text().to_lowercase();
    for text in &expected.says {
        let text = variables.fill(text);
        if !said.contains(&text.to_lowercase()) {
            differences.note("what the command says", &text, answer.text().trim());
        }
    }
    let json = serde_json::from_str::<Value>(&answer.stdout).unwrap_or(Value::Null);
    values("printed", &expected.prints, &json, differences);
    if let Some(changes) = &expected.changes {
        let found = counted(&json["changes"]);
        let wanted: BTreeMap<String, u64> = changes
            .iter()
            .filter(|(_, count)| **count != 0)
            .map(|(name, count)| (name.clone(), *count))
            .collect();
        differences.equal("changes", &shown(&wanted), &shown(&found));
    }
    let held = json["holds"].as_array().into_iter().flatten();
    let codes: Vec<&str> = held.filter_map(|hold| hold["code"].as_str()).collect();
    for code in expected
        .holds
        .iter()
        .filter(|code| !codes.contains(&code.as_str()))
    {
        differences.note("guards that hold the run", code, &codes.join(", "));
    }
}

/// What holds for every report, whatever a scenario expects: each row that was
/// received is imported, skipped or failed, and each that is skipped or failed
/// has a finding.
pub(crate) fn accounts(report: &Value, world: &World, differences: &mut Differences) {
    if report["received"].is_null() || report["status"] == "failed" {
        return;
    }
    let findings = look::findings(world);
    for collection in e2e::COLLECTIONS {
        let [received, imported, skipped, failed] = e2e::tally(report, collection);
        let sum = format!("{imported} imported + {skipped} skipped + {failed} failed");
        if received != imported + skipped + failed {
            differences.note(
                &format!("rows of {collection}"),
                &received.to_string(),
                &sum,
            );
        }
        let about = format!(" {collection}/");
        let named = findings.iter().filter(|line| line.contains(&about)).count() as u64;
        if named < skipped + failed {
            let what = format!("findings about {collection}, at least");
            differences.note(&what, &(skipped + failed).to_string(), &named.to_string());
        }
    }
}

/// What is in the installation after the step.
pub(crate) fn state(expected: &Step, world: &mut World, differences: &mut Differences) {
    if let Some(users) = &expected.users {
        differences.lists("users", users, look::users(world));
    }
    if let Some(unmatched) = &expected.unmatched {
        let found = look::unmatched(world);
        let expected = chosen(unmatched, &found);
        differences.lists("people without a user", &expected, found);
    }
    findings(expected, world, differences);
    if !expected.rules.is_empty() {
        let rules = look::rules(world);
        for (record, rule) in &expected.rules {
            let found = rules.get(record).map_or("no link", String::as_str);
            differences.equal(&format!("rule of {record}"), rule, found);
        }
    }
    if !expected.roles.is_empty() {
        let all = look::roles(world);
        for (email, roles) in &expected.roles {
            let found = all.get(email).cloned().unwrap_or_default();
            differences.lists(&format!("roles of {email}"), roles, found);
        }
    }
    for (user, wanted) in &expected.attributes {
        let found = look::attributes(world, &world.variables.fill(user));
        for (name, value) in wanted {
            let found = found.get(name).map_or("", String::as_str);
            differences.equal(&format!("{name} of {user}"), value, found);
        }
    }
    export(expected, world, differences);
    for (line, wanted) in &expected.also {
        let answer = world.command(line);
        let json = serde_json::from_str::<Value>(&answer.stdout).unwrap_or(Value::Null);
        values(line, wanted, &json, differences);
    }
    rosters(expected, world, differences);
}

/// The expected lines; of a line with several reasons (`a|b`), the one that was
/// found.
fn chosen(expected: &[String], found: &[String]) -> Vec<String> {
    let choose = |line: &String| {
        let (record, reasons) = line.split_once(' ').unwrap_or((line, ""));
        let mut lines = reasons
            .split('|')
            .map(|reason| format!("{record} {reason}"));
        let there = lines.find(|line| found.contains(line));
        there.unwrap_or_else(|| line.clone())
    };
    expected.iter().map(choose).collect()
}

fn findings(expected: &Step, world: &World, differences: &mut Differences) {
    if expected.findings.is_empty() && expected.no_findings.is_empty() {
        return;
    }
    let found = look::findings(world);
    let has = |wanted: &str| {
        let fits = |wanted: &str, line: &String| {
            let rest = line.strip_prefix(wanted);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        };
        let mut ways = wanted.split('|');
        ways.any(|wanted| found.iter().any(|line| fits(wanted, line)))
    };
    for wanted in expected.findings.iter().filter(|wanted| !has(wanted)) {
        differences.note(
            "a finding of the run",
            wanted,
            &found.join("\n              "),
        );
    }
    for unwanted in expected.no_findings.iter().filter(|wanted| has(wanted)) {
        let what = format!("no finding {unwanted}");
        differences.note(
            "findings of the run",
            &what,
            &found.join("\n              "),
        );
    }
}

fn export(expected: &Step, world: &World, differences: &mut Differences) {
    let Step {
        classes,
        enrollments,
        guardians,
        ..
    } = expected;
    if classes.is_none() && enrollments.is_none() && guardians.is_none() {
        return;
    }
    let export = Export::of(world);
    if let Some(classes) = classes {
        differences.lists("classes", classes, export.classes());
    }
    if let Some(enrollments) = enrollments {
        differences.lists("enrollments", enrollments, export.enrollments());
    }
    if let Some(guardians) = guardians {
        differences.lists("guardians", guardians, export.guardians());
    }
}

fn rosters(expected: &Step, world: &mut World, differences: &mut Differences) {
    if let Some(name) = &expected.keep {
        let roster = world.platform.roster();
        world.kept.insert(name.clone(), roster);
    }
    let Some(name) = &expected.same_as else {
        return;
    };
    let kept = world.kept.get(name);
    let kept = kept.unwrap_or_else(|| panic!("no roster was kept as `{name}`"));
    compare(
        &format!("the roster as in `{name}`"),
        kept,
        &world.platform.roster(),
        differences,
    );
}

/// Two whole rosters, file by file.
pub(crate) fn compare(
    what: &str,
    kept: &BTreeMap<String, Vec<String>>,
    found: &BTreeMap<String, Vec<String>>,
    differences: &mut Differences,
) {
    let files = kept.keys().chain(found.keys());
    let files: std::collections::BTreeSet<&String> = files.collect();
    for file in files {
        let empty = Vec::new();
        let (kept, found) = (
            kept.get(file).unwrap_or(&empty),
            found.get(file).unwrap_or(&empty),
        );
        let only = |some: &[String], others: &[String]| -> String {
            let lines = some.iter().filter(|line| !others.contains(line));
            let lines: Vec<&str> = lines.take(5).map(String::as_str).collect();
            lines.join("\n              ")
        };
        if kept != found {
            let what = format!("{what}: {file}");
            differences.note(&what, &only(kept, found), &only(found, kept));
        }
    }
}

fn values(
    what: &str,
    wanted: &BTreeMap<String, toml::Value>,
    json: &Value,
    differences: &mut Differences,
) {
    for (path, value) in wanted {
        let pointer = match path.as_str() {
            "" => String::new(),
            path => format!("/{}", path.replace('.', "/")),
        };
        let found = json.pointer(&pointer).unwrap_or(&Value::Null);
        let value = serde_json::to_value(value).expect("TOML is JSON");
        if value != *found {
            let found = match found {
                Value::Null => format!("nothing there, in {json}"),
                found => found.to_string(),
            };
            differences.note(&format!("{what}: {path}"), &value.to_string(), &found);
        }
    }
}

/// `users.create` and so on, without zeros.
fn counted(changes: &Value) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for (kind, actions) in changes.as_object().into_iter().flatten() {
        for (action, count) in actions.as_object().into_iter().flatten() {
            if let Some(count @ 1..) = count.as_u64() {
                counts.insert(format!("{kind}.{action}"), count);
            }
        }
    }
    counts
}

fn shown(counts: &BTreeMap<String, u64>) -> String {
    if counts.is_empty() {
        return "none".to_owned();
    }
    let pairs: Vec<String> = counts
        .iter()
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    pairs.join(", ")
}
