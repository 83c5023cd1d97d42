//! The roster as a OneRoster 1.2 CSV bundle (CSV binding 1.2.1, bulk files).
//!
//! Only what is in use is exported, and every reference leads to a record of
//! the bundle: an optional reference to something archived is left blank, and a
//! record that cannot do without one is left out and counted. The module knows
//! nothing of how the roster is stored. The files are for machines: values are
//! as they are, and are not guarded against spreadsheets that take them for
//! formulas.

mod bundle;
mod folder;
mod held;
mod ids;
mod leftovers;
mod positions;
mod row;
mod rows;
#[cfg(test)]
mod tests;
mod vocabulary;

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use homeroom_roster::state::{ProviderKey, Roster};
use serde::Serialize;

use bundle::Bundle;
use folder::Folder;

/// How many records the bundle holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExportSummary {
    /// The folder.
    pub directory: PathBuf,
    /// Rows of `orgs.csv`.
    pub orgs: u64,
    /// Rows of `academicSessions.csv`.
    pub academic_sessions: u64,
    /// Rows of `courses.csv`.
    pub courses: u64,
    /// Rows of `classes.csv`.
    pub classes: u64,
    /// Rows of `users.csv`.
    pub users: u64,
    /// Rows of `roles.csv`.
    pub roles: u64,
    /// Rows of `enrollments.csv`.
    pub enrollments: u64,
    /// Active classes and enrollments left out because what they need is
    /// archived.
    pub left_out: u64,
    /// What the roster does not know although the standard requires it: (how
    /// many records, what is missing). The cells are blank.
    pub incomplete: Vec<(u64, String)>,
}

/// Why no bundle was written. Whatever the folder held is still there.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The folder holds something that is not an earlier export.
    #[error(
        "{} holds files that are not an export of Homeroom ({found}); \
         name an empty or a new folder", directory.display()
    )]
    Occupied {
        /// The folder.
        directory: PathBuf,
        /// One of the files.
        found: String,
    },
    /// The path cannot be a folder of its own.
    #[error("{} cannot be replaced by an export; name a folder inside it", directory.display())]
    NoFolder {
        /// The path.
        directory: PathBuf,
    },
    /// A file or folder could not be written.
    #[error(
        "{} could not be written: {source}; check that the folder's parent exists, \
         has room and may be written to by this account", path.display()
    )]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl ExportError {
    /// A stable code in kebab case.
    pub fn code(&self) -> &'static str {
        match self {
            ExportError::Occupied { .. } => "folder-not-empty",
            ExportError::NoFolder { .. } => "no-folder",
            ExportError::File { .. } => "file",
        }
    }

    fn file(path: &Path, source: impl Into<io::Error>) -> Self {
        ExportError::File {
            path: path.to_owned(),
            source: source.into(),
        }
    }
}

/// Writes the bundle to `directory`, which is made if need be and must be empty
/// or hold an earlier export. `names` are the providers' names. The bundle is
/// written beside it and takes its place when it is complete, so that nobody
/// ever sees half of one.
///
/// # Errors
/// If the directory holds anything else, or cannot be written.
pub fn write(
    roster: &Roster,
    names: &BTreeMap<ProviderKey, String>,
    directory: &Path,
) -> Result<ExportSummary, ExportError> {
    let folder = Folder::begin(directory)?;
    let bundle = Bundle::new(roster, names);
    let mut summary = ExportSummary {
        directory: folder.target().to_owned(),
        ..ExportSummary::default()
    };
    manifest(&folder)?;
    file(&folder, "orgs", ORGS, |csv| bundle.orgs(csv, &mut summary))?;
    file(&folder, "academicSessions", SESSIONS, |csv| {
        bundle.sessions(csv, &mut summary)
    })?;
    file(&folder, "courses", COURSES, |csv| {
        bundle.courses(csv, &mut summary)
    })?;
    file(&folder, "classes", CLASSES, |csv| {
        bundle.classes(csv, &mut summary)
    })?;
    file(&folder, "users", USERS, |csv| {
        bundle.users(csv, &mut summary)
    })?;
    file(&folder, "roles", ROLES, |csv| {
        bundle.roles(csv, &mut summary)
    })?;
    file(&folder, "enrollments", ENROLLMENTS, |csv| {
        bundle.enrollments(csv, &mut summary)
    })?;
    folder.finish()?;
    Ok(summary)
}

/// The files that a bundle has, in the order of the manifest.
const WRITTEN: [&str; 7] = [
    "academicSessions",
    "classes",
    "courses",
    "enrollments",
    "orgs",
    "roles",
    "users",
];

/// Every file that version 1.2 knows (manifest.csv names them all).
const KNOWN: [&str; 21] = [
    "academicSessions",
    "categories",
    "classes",
    "classResources",
    "courses",
    "courseResources",
    "demographics",
    "enrollments",
    "lineItemLearningObjectiveIds",
    "lineItems",
    "lineItemScoreScales",
    "orgs",
    "resources",
    "resultLearningObjectiveIds",
    "results",
    "resultScoreScales",
    "roles",
    "scoreScales",
    "userProfiles",
    "userResources",
    "users",
];

// Column names in the order of the standard, without the three that every file
// begins with.
const ORGS: &str = "name,type,identifier,parentSourcedId";
const SESSIONS: &str = "title,type,startDate,endDate,parentSourcedId,schoolYear";
const COURSES: &str =
    "schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes";
const CLASSES: &str = "title,grades,courseSourcedId,classCode,classType,location,\
    schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods";
const USERS: &str = "enabledUser,username,userIds,givenName,familyName,middleName,identifier,\
    email,sms,phone,agentSourcedIds,grades,password,userMasterIdentifier,preferredGivenName,\
    preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,pronouns";
const ROLES: &str =
    "userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId";
const ENROLLMENTS: &str =
    "classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate";

type Csv = csv::Writer<File>;

/// Writes one file: header, rows, and everything on the disk.
fn file(
    folder: &Folder,
    name: &str,
    columns: &str,
    rows: impl FnOnce(&mut Csv) -> csv::Result<()>,
) -> Result<(), ExportError> {
    let path = folder.file(name);
    let write = || -> io::Result<()> {
        let file = File::create_new(&path)?;
        let mut csv = csv::WriterBuilder::new()
            .buffer_capacity(256 * 1024)
            .from_writer(file);
        let header = ["sourcedId", "status", "dateLastModified"];
        csv.write_record(header.into_iter().chain(columns.split(',')))?;
        rows(&mut csv)?;
        csv.flush()?;
        csv.get_ref().sync_all()
    };
    write().map_err(|error| ExportError::file(&path, error))
}

fn manifest(folder: &Folder) -> Result<(), ExportError> {
    let path = folder.file("manifest");
    let mut content =
        String::from("propertyName,value\nmanifest.version,1.0\noneroster.version,1.2\n");
    for name in KNOWN {
        let how = if WRITTEN.contains(&name) {
            "bulk"
        } else {
            "absent"
        };
        content.push_str(&format!("file.{name},{how}\n"));
    }
    content.push_str("source.systemName,Homeroom\n");
    content.push_str(folder::OUR_MARK);
    content.push('\n');
    std::fs::write(&path, content).map_err(|error| ExportError::file(&path, error))
}
