//! The yardstick: the same pages, parsed natively on one thread with serde_json
//! into plain structs of `String`s, as any importer written in Rust would begin.
//! Nothing is checked, converted or kept.
//!
//! It reads the properties that an adapter hands over and skips the others.

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

/// What parsing a folder of pages took.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Parsed {
    /// Pages.
    pub(crate) pages: u64,
    /// Records.
    pub(crate) rows: u64,
    /// Bytes of JSON.
    pub(crate) bytes: u64,
    /// Seconds spent in parsing and in dropping what was parsed; reading the
    /// files is not counted.
    pub(crate) seconds: f64,
}

/// Parses every page in the folder, one after the other.
pub(crate) fn parse(folder: &Path) -> Result<Parsed> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let mut paths = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    paths.sort();
    let mut parsed = Parsed {
        pages: 0,
        rows: 0,
        bytes: 0,
        seconds: 0.0,
    };
    let mut spent = Duration::ZERO;
    for path in paths {
        let body = fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        let began = Instant::now();
        let page: Page = serde_json::from_slice(&body)
            .with_context(|| format!("{} is no page of a roster", path.display()))?;
        let rows = page.rows();
        drop(black_box(page));
        spent += began.elapsed();
        if rows == 0 {
            bail!("{} has no records", path.display());
        }
        parsed.pages += 1;
        parsed.rows += rows as u64;
        parsed.bytes += body.len() as u64;
    }
    parsed.seconds = spent.as_secs_f64();
    Ok(parsed)
}

/// A page of any collection.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Page {
    orgs: Vec<Org>,
    academic_sessions: Vec<AcademicSession>,
    courses: Vec<Course>,
    classes: Vec<Class>,
    users: Vec<User>,
    enrollments: Vec<Enrollment>,
}

impl Page {
    fn rows(&self) -> usize {
        self.orgs.len()
            + self.academic_sessions.len()
            + self.courses.len()
            + self.classes.len()
            + self.users.len()
            + self.enrollments.len()
    }
}

/// Structs with what every record has, and with properties of their own. The
/// fields are written by the parser and read by nobody: that is the work.
macro_rules! records {
    ($($name:ident { $($field:ident: $type:ty,)* })*) => {$(
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        #[expect(dead_code, reason = "parsing is measured, not using")]
        struct $name {
            sourced_id: String,
            status: Option<String>,
            date_last_modified: Option<String>,
            $($field: $type,)*
        }
    )*};
}

records! {
    Org {
        name: Option<String>,
        r#type: Option<String>,
        identifier: Option<String>,
        parent: Option<Reference>,
    }
    AcademicSession {
        title: Option<String>,
        r#type: Option<String>,
        start_date: Option<String>,
        end_date: Option<String>,
        parent: Option<Reference>,
        school_year: Option<String>,
    }
    Course {
        title: Option<String>,
        course_code: Option<String>,
        school_year: Option<Reference>,
        org: Option<Reference>,
        grades: Option<Vec<String>>,
        subjects: Option<Vec<String>>,
        subject_codes: Option<Vec<String>>,
    }
    Class {
        title: Option<String>,
        class_code: Option<String>,
        class_type: Option<String>,
        location: Option<String>,
        grades: Option<Vec<String>>,
        subjects: Option<Vec<String>>,
        subject_codes: Option<Vec<String>>,
        course: Option<Reference>,
        school: Option<Reference>,
        terms: Option<Vec<Reference>>,
        periods: Option<Vec<String>>,
    }
    User {
        enabled_user: Option<String>,
        username: Option<String>,
        user_ids: Option<Vec<UserId>>,
        given_name: Option<String>,
        family_name: Option<String>,
        middle_name: Option<String>,
        preferred_first_name: Option<String>,
        preferred_last_name: Option<String>,
        identifier: Option<String>,
        user_master_identifier: Option<String>,
        email: Option<String>,
        sms: Option<String>,
        phone: Option<String>,
        roles: Option<Vec<Role>>,
        primary_org: Option<Reference>,
        agents: Option<Vec<Reference>>,
        grades: Option<Vec<String>>,
    }
    Enrollment {
        user: Reference,
        class: Reference,
        school: Option<Reference>,
        role: Option<String>,
        primary: Option<String>,
        begin_date: Option<String>,
        end_date: Option<String>,
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "parsing is measured, not using")]
struct Reference {
    sourced_id: String,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "parsing is measured, not using")]
struct UserId {
    r#type: String,
    identifier: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "parsing is measured, not using")]
struct Role {
    role: String,
    role_type: Option<String>,
    org: Option<Reference>,
    begin_date: Option<String>,
    end_date: Option<String>,
}
