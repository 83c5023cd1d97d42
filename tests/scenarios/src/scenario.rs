//! The form of a `scenario.toml`.
//!
//! Only the form: what a step does is in [`crate::runner`], what it compares in
//! [`crate::check`].

use std::collections::BTreeMap;

use serde::Deserialize;

/// A case: what it shows and its steps.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scenario {
    /// What it shows, as a sentence.
    pub title: String,
    /// Why this is right: the requirement or the harm that is avoided.
    pub why: String,
    /// The scenario is played once for each, with the variables that it names;
    /// the expectations are the same every time. `rows = "reversed"` turns the
    /// rows of all CSV files round.
    #[serde(default)]
    pub variants: Vec<BTreeMap<String, String>>,
    /// A generated district of so many people, written to `generated/` and to
    /// `generated.csv` (its directory).
    pub generate: Option<u32>,
    /// What happens.
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
}

/// One step: first what is done, in the order of the fields, then what must
/// hold afterwards. Expectations that are left out are not looked at.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Step {
    /// What it is about, for messages.
    pub title: Option<String>,
    /// SIS by name: the folder of CSV files that it serves from now on.
    #[serde(default)]
    pub serve: BTreeMap<String, String>,
    /// The name of a SIS that is added as an integration of the same name.
    pub connect: Option<String>,
    /// Settings for `connect`.
    #[serde(default)]
    pub set: BTreeMap<String, String>,
    /// A command line without `homeroom`, split at blanks outside of quotes.
    /// `--json` is added. `{name}` stands for a variable.
    pub run: Option<String>,
    /// A variable that keeps the number of the run that the command made.
    #[serde(rename = "as")]
    pub name: Option<String>,
    /// The exit code of the step's command; 0 unless given.
    #[serde(default)]
    pub exit: i32,
    /// Values of the JSON that the command prints, by dotted path, such as
    /// `counts.matchedStudents` or `holds.0.code`; the empty path is all of it.
    #[serde(default)]
    pub prints: BTreeMap<String, toml::Value>,
    /// Texts that the command says, on either output, in any letter case.
    #[serde(default)]
    pub says: Vec<String>,
    /// All changes of the printed report, as `users.create`; what is not named
    /// must be 0.
    pub changes: Option<BTreeMap<String, u64>>,
    /// Guards that hold the printed run; others may hold it too.
    #[serde(default)]
    pub holds: Vec<String>,
    /// All users: `email, given family, status: provider/sourcedId …`, with `-`
    /// for an email or a name that is missing and links in alphabetical order.
    pub users: Option<Vec<String>>,
    /// All people without a user: `provider/sourcedId reason`; where several
    /// reasons are as good, `provider/sourcedId reason|reason`.
    pub unmatched: Option<Vec<String>>,
    /// Findings of the last run that are there: `code`, `code entity/sourcedId`
    /// or `code entity/sourcedId field`, with `|` between such as are as good.
    #[serde(default)]
    pub findings: Vec<String>,
    /// Findings of the last run that are not there, in the same form.
    #[serde(default)]
    pub no_findings: Vec<String>,
    /// The rule of a link, by `provider/sourcedId`.
    #[serde(default)]
    pub rules: BTreeMap<String, String>,
    /// The user's roles, by email.
    #[serde(default)]
    pub roles: BTreeMap<String, Vec<String>>,
    /// Attributes by user (as `user explain` takes one) and name: `value
    /// (source)`, or empty for an attribute that is not there.
    #[serde(default)]
    pub attributes: BTreeMap<String, BTreeMap<String, String>>,
    /// All classes of the export: `sourcedId title`.
    pub classes: Option<Vec<String>>,
    /// Who is in classes by the export: `class email role`.
    pub enrollments: Option<Vec<String>>,
    /// Guardians by the export: `student's email: guardians' emails`.
    pub guardians: Option<Vec<String>>,
    /// Values of the JSON of other commands, by command line, then by path.
    #[serde(default)]
    pub also: BTreeMap<String, BTreeMap<String, toml::Value>>,
    /// Keeps the whole roster under this name.
    pub keep: Option<String>,
    /// The whole roster is as it was kept under this name.
    pub same_as: Option<String>,
}
