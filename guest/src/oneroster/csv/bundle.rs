//! Which files a bundle has, what its manifest says of them, and whether it is
//! whole. Knows nothing of rows.

use std::collections::BTreeMap;

use super::header::is_near;
use super::reader::{Rows, unreadable};
use super::table::{delimiter, refuse_other_kinds};
use crate::files::{File, FileSet};
use crate::oneroster::notes::Notes;
use crate::{Collection, Extent, Failure};

/// The files that make up a roster, by their names in the standard.
pub(crate) const ROSTER: [&str; 7] = [
    "orgs",
    "academicSessions",
    "courses",
    "classes",
    "users",
    "roles",
    "enrollments",
];

/// The file of a collection.
pub(crate) fn name_of(collection: Collection) -> &'static str {
    match collection {
        Collection::Orgs => "orgs",
        Collection::AcademicSessions => "academicSessions",
        Collection::Courses => "courses",
        Collection::Classes => "classes",
        Collection::Users => "users",
        Collection::Enrollments => "enrollments",
    }
}

/// The other files of the standard, which hold nothing of a roster.
const BESIDE: [&str; 16] = [
    "manifest",
    "categories",
    "classResources",
    "courseResources",
    "demographics",
    "lineItems",
    "lineItemLearningObjectiveIds",
    "lineItemScoreScales",
    "resources",
    "results",
    "resultLearningObjectiveIds",
    "resultScoreScales",
    "scoreScales",
    "userProfiles",
    "userResources",
    "userAgents",
];

/// What the manifest says of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Mode {
    Absent,
    Bulk,
    Delta,
    /// Blank, or a word that the standard does not have.
    Unclear,
}

/// A bundle.
pub(crate) struct Bundle {
    files: BTreeMap<&'static str, File>,
    /// CSV files that the standard does not have, by name.
    others: Vec<String>,
    /// None: there is no manifest.
    manifest: Option<Manifest>,
}

#[derive(Default)]
struct Manifest {
    version: String,
    modes: BTreeMap<&'static str, Mode>,
}

impl Bundle {
    /// Finds the roster's files in the set, in any letter case.
    ///
    /// # Errors
    /// If the manifest cannot be read.
    pub(crate) fn of(files: &dyn FileSet) -> Result<Self, Failure> {
        let all = files.list();
        let find = |name: &str| {
            let wanted = format!("{name}.csv");
            all.iter().find(|f| f.name.eq_ignore_ascii_case(&wanted))
        };
        let manifest = match find("manifest") {
            Some(file) => Some(Manifest::read(files, file)?),
            None => None,
        };
        let present = ROSTER
            .into_iter()
            .filter_map(|name| Some((name, find(name)?.clone())));
        let is_standard = |file: &File| {
            let mut names = ROSTER.iter().chain(&BESIDE);
            names.any(|name| stem(&file.name).eq_ignore_ascii_case(name))
        };
        let others = all.iter().filter(|file| !is_standard(file));
        Ok(Self {
            files: present.collect(),
            others: others.map(|file| shown(&file.name)).collect(),
            manifest,
        })
    }

    pub(crate) fn file(&self, name: &str) -> Option<&File> {
        self.files.get(name)
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = &File> {
        self.files.values()
    }

    /// Whether the manifest says in so many words that there is no such file.
    pub(crate) fn is_declared_absent(&self, name: &str) -> bool {
        self.mode(name) == Some(&Mode::Absent)
    }

    /// What it calls itself, such as `OneRoster CSV 1.1`.
    pub(crate) fn title(&self) -> String {
        let said = self
            .manifest
            .as_ref()
            .map(|manifest| manifest.version.trim());
        match said {
            Some(version @ ("1.0" | "1.1" | "1.2" | "1.2.1")) => format!("OneRoster CSV {version}"),
            // 1.2 put the roles into a file of their own.
            _ if self.files.contains_key("roles") => "OneRoster CSV 1.2".to_owned(),
            _ => "OneRoster CSV".to_owned(),
        }
    }

    /// Whether the bundle has the whole of a collection or only what changed.
    /// Beside files of changes, a file that is not there means no change.
    pub(crate) fn extent(&self, collection: Collection) -> Extent {
        let name = name_of(collection);
        let left_out = !self.files.contains_key(name) && self.has_changes();
        match self.mode(name) {
            Some(Mode::Delta) => Extent::Changes,
            _ if left_out => Extent::Changes,
            _ => Extent::Whole,
        }
    }

    /// Whether any file holds changes only.
    pub(crate) fn has_changes(&self) -> bool {
        ROSTER
            .iter()
            .any(|name| self.mode(name) == Some(&Mode::Delta))
    }

    /// Refuses a bundle that is not whole: what is missing in it would look as
    /// if it had left the school.
    ///
    /// # Errors
    /// [`Failure::Malformed`] for half a bundle, [`Failure::Unsupported`] for
    /// changes of roles. Any collection's first page fails on it, so that no
    /// collection is spared.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        if self.files.is_empty() {
            return Err(Failure::Malformed(format!(
                "There is no OneRoster file in the bundle: it needs at least orgs.csv and users.csv.{}",
                self.hint("users")
            )));
        }
        for name in ROSTER {
            let is_there = self.files.contains_key(name);
            match self.mode(name) {
                Some(Mode::Bulk | Mode::Delta) if !is_there => {
                    return Err(Failure::Malformed(format!(
                        "manifest.csv says that {name}.csv is in the bundle, and it is not: the bundle is incomplete.{}",
                        self.hint(name)
                    )));
                }
                _ => {}
            }
        }
        let changes = |name| self.mode(name) == Some(&Mode::Delta);
        // A user is one record with all its roles. A file of changed roles does
        // not say which others a user has, nor has a changed user's every role.
        if changes("roles") || (changes("users") && self.files.contains_key("roles")) {
            return Err(Failure::Unsupported(
                "manifest.csv says that users.csv or roles.csv is a delta file. In OneRoster 1.2 a user's roles stand apart from the user, and changes of one do not say what the other is now: set users and roles to bulk in the export at the SIS; the other files may stay delta.".to_owned(),
            ));
        }
        if self.has_changes() {
            return Ok(());
        }
        for name in ["orgs", "users"] {
            if !self.files.contains_key(name) {
                return Err(self.missing(name));
            }
        }
        Ok(())
    }

    /// A file that a roster cannot do without.
    pub(crate) fn missing(&self, name: &str) -> Failure {
        Failure::Malformed(format!(
            "{name}.csv is missing in the bundle: the bundle is incomplete.{}",
            self.hint(name)
        ))
    }

    /// What stands there under another name, as a sentence with a blank before
    /// it; nothing where there is nothing else.
    fn hint(&self, name: &str) -> String {
        let plain = |name: &str| stem(name).to_lowercase();
        let meant = self.others.iter().find(|other| {
            let (other, wanted) = (plain(other), name.to_lowercase());
            is_near(&other, &wanted) || other.contains(&wanted)
        });
        if let Some(meant) = meant {
            return format!(
                " It has `{meant}`: if that is {name}.csv, let the export name it as the standard does."
            );
        }
        if self.others.is_empty() {
            return String::new();
        }
        let named: Vec<String> = self
            .others
            .iter()
            .take(5)
            .map(|o| format!("`{o}`"))
            .collect();
        let more = if self.others.len() > 5 {
            " and others"
        } else {
            ""
        };
        format!(
            " It has {}{more}, which are no files of the standard.",
            named.join(", ")
        )
    }

    /// Notes what the manifest leaves open or gets wrong.
    pub(crate) fn note_oddities(&self, notes: &mut Notes) {
        for other in self.others.iter().take(20) {
            notes.page(
                "unknown-file",
                format!(
                    "The bundle has `{other}`, which is no file of the standard; it was not read."
                ),
            );
        }
        let Some(manifest) = &self.manifest else {
            notes.page(
                "manifest-missing",
                "The bundle has no manifest.csv; each file that is there was taken as the whole of its collection.".to_owned(),
            );
            return;
        };
        let version = manifest.version.trim();
        if !matches!(version, "1.0" | "1.1" | "1.2" | "1.2.1") {
            notes.page(
                "manifest-unclear",
                format!(
                    "manifest.csv gives oneroster.version as `{}`; the files were read by what is in them.",
                    version.chars().filter(|c| !c.is_control()).take(40).collect::<String>()
                ),
            );
        }
        for name in self.files.keys() {
            match self.mode(name) {
                Some(Mode::Absent) => notes.page(
                    "manifest-contradiction",
                    format!("manifest.csv says that {name}.csv is absent, and it is there; it was read."),
                ),
                Some(Mode::Unclear) | None => notes.page(
                    "manifest-unclear",
                    format!("manifest.csv does not say whether {name}.csv is bulk or delta; it was taken as bulk."),
                ),
                Some(Mode::Bulk | Mode::Delta) => {}
            }
        }
    }

    fn mode(&self, name: &str) -> Option<&Mode> {
        self.manifest.as_ref()?.modes.get(name)
    }
}

/// A file's name without `.csv`.
fn stem(name: &str) -> &str {
    let cut = name.len().saturating_sub(".csv".len());
    match name.get(cut..) {
        Some(end) if end.eq_ignore_ascii_case(".csv") => &name[..cut],
        _ => name,
    }
}

/// A name as it may stand in a finding.
fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(80).collect()
}

impl Manifest {
    fn read(files: &dyn FileSet, file: &File) -> Result<Self, Failure> {
        let begin = files
            .read(&file.name, 0, 4096)
            .map_err(|why| unreadable(file, why))?;
        refuse_other_kinds(&file.name, &begin)?;
        let mut rows = Rows::new(files, file, delimiter(&begin));
        let mut manifest = Self::default();
        // No manifest has more properties; a file of another kind may have.
        for _ in 0..1000 {
            let Some(row) = rows.next()? else {
                break;
            };
            let cell = |at: usize| {
                let from = at
                    .checked_sub(1)
                    .map_or(Some(0), |before| row.ends.get(before).copied());
                let range = from.zip(row.ends.get(at).copied());
                let bytes = range
                    .and_then(|(from, to)| row.text.get(from..to))
                    .unwrap_or_default();
                let text = String::from_utf8_lossy(bytes);
                text.trim_start_matches('\u{feff}').trim().to_lowercase()
            };
            manifest.take(&cell(0), &cell(1));
        }
        Ok(manifest)
    }

    fn take(&mut self, property: &str, value: &str) {
        if property == "oneroster.version" {
            value.clone_into(&mut self.version);
        }
        let Some(file) = property.strip_prefix("file.") else {
            return;
        };
        let file = file.trim_end_matches(".csv");
        let Some(name) = ROSTER.iter().find(|name| name.eq_ignore_ascii_case(file)) else {
            return;
        };
        let mode = match value {
            "absent" => Mode::Absent,
            "bulk" => Mode::Bulk,
            "delta" => Mode::Delta,
            _ => Mode::Unclear,
        };
        self.modes.insert(name, mode);
    }
}
