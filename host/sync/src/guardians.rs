//! Guardians from a file: a CSV file that says who the guardians of an
//! integration's students are. The file is the whole truth; whoever is not in
//! it is no guardian of these students any more.
//!
//! The file is a provider of its own beside the integration, so that its runs
//! have findings, guards, approval and undo like any other. Its rows become
//! user records with the students as agents; what ties them is in the core.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use homeroom_roster::finding::Severity;
use homeroom_roster::record::{Role, RoleAssignment, User};
use homeroom_roster::setting_keys;
use homeroom_roster::settings::{GuardianSource, ProviderKind, RELATIONS, Settings};
use homeroom_store::{NewProvider, PageFinding, ProviderRow, ProviderState, RunKind, StagedPage};
use serde_json::Value;

use crate::error::{Error, Result};
use crate::homeroom::Office;
use crate::import::Import;
use crate::import::pages::{UserPages, some, user};
use crate::import::table::{Form, Row};
use crate::progress::Progress;
use crate::views::RunReport;

/// The file's columns, in the order in which rows are taken apart here.
const FORM: Form<9> = Form {
    name: "the file of guardians",
    columns: [
        "studentSourcedId",
        "sourcedId",
        "relationship",
        "email",
        "givenName",
        "familyName",
        "sms",
        "phone",
        "language",
    ],
    required: 6,
    id: "sourcedId",
    header: "guardians-header",
    encoding: "guardians-encoding",
    cut: "guardians-cut",
    row: "guardians-row",
    last_line: "guardians-last-line",
};

/// The columns that describe a guardian as a person.
const DESCRIBING: [&str; 6] = [
    "email",
    "givenName",
    "familyName",
    "sms",
    "phone",
    "language",
];

/// The settings of a file of guardians: those of its integration, with a
/// priority of its own. While the integration's guardians come from its roster,
/// nobody of the file counts.
pub(crate) fn settings(integration: &Settings, own: &Settings) -> Settings {
    let parents = match integration.guardians {
        GuardianSource::Roster => Default::default(),
        GuardianSource::File if integration.parents.is_empty() => RELATIONS.into_iter().collect(),
        GuardianSource::File => integration.parents,
    };
    Settings {
        parents,
        merge_priority: own.merge_priority,
        classrooms: false,
        respect_enrolment_date: false,
        limit_roles: Default::default(),
        limit_email_domains: Vec::new(),
        excluded_schools: Vec::new(),
        ..integration.clone()
    }
}

impl Office {
    /// Imports the guardians of an integration's students, or says what that
    /// would change.
    ///
    /// # Errors
    /// If the integration's guardians come from its roster, or the file has no
    /// usable header or no rows. Bad rows are findings of the run.
    pub async fn guardians_import(
        &self,
        integration: &str,
        csv: Vec<u8>,
        preview: bool,
        progress: Arc<dyn Progress>,
    ) -> Result<RunReport> {
        let owner = self.find_integration(integration).await?.row;
        if owner.settings.guardians == GuardianSource::Roster {
            return Err(Error::refused(
                "guardians-by-roster",
                format!(
                    "the guardians of {integration} come from its roster, and only one may say \
                     them; run `homeroom integration edit {integration} --set guardians=file` \
                     first"
                ),
            ));
        }
        let file = File::read(&csv)?;
        let read = format!(
            "read {} rows of the file, which name {} guardians",
            file.rows,
            file.guardians.len()
        );
        let import = Import::new(file.pages(), read, &csv, preview)?;
        let provider = self.guardians_of(&owner).await?;
        let settings = settings(&owner.settings, &provider.settings);
        self.import(import, &provider, RunKind::Guardians, &settings, progress)
            .await
    }

    /// The provider that stands for the file, made if it does not exist.
    async fn guardians_of(&self, owner: &ProviderRow) -> Result<ProviderRow> {
        let kind = ProviderKind::Guardians(owner.key);
        let _edit = self.tenant.lock_providers().await?;
        let rows = self.tenant.providers().await?;
        let mut existing = rows.into_iter().filter(|row| row.kind == kind);
        if let Some(row) = existing.find(|row| row.state != ProviderState::Deleted) {
            return Ok(row);
        }
        let others = self.priorities(None).await?;
        let merge_priority = setting_keys::free_priority(&others).ok_or_else(|| {
            Error::usage(
                "merge-priority",
                "all merge priorities from 1 to 100 are taken; delete a provider first",
            )
        })?;
        let name = format!("{}-guardians", owner.name);
        self.tenant
            .add_provider(&NewProvider {
                name: name.clone(),
                kind,
                state: ProviderState::Enabled,
                settings: Settings {
                    merge_priority,
                    ..Settings::default()
                },
                read: Value::Null,
                connection: Value::Null,
                identity: None,
                secret: None,
            })
            .await?;
        Ok(self.tenant.provider(&name).await?)
    }
}

/// What rows say about a guardian as a person. The order is that of preference
/// where rows differ: the most that is said, then by text, so that the order of
/// rows does not matter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Description {
    missing: usize,
    /// As in [`DESCRIBING`].
    values: [String; DESCRIBING.len()],
}

/// One guardian: how it is described, and whose guardian it is.
#[derive(Debug, Default)]
struct Guardian {
    /// Each with the first line that says so.
    descriptions: BTreeMap<Description, u64>,
    students: BTreeSet<String>,
    roles: BTreeSet<Role>,
}

/// A file, read.
#[derive(Debug, Default)]
struct File {
    rows: u64,
    guardians: BTreeMap<String, Guardian>,
    left_out: Vec<PageFinding>,
    note: Option<PageFinding>,
}

impl File {
    /// Reads the file. A header without rows is taken for a broken export.
    fn read(bytes: &[u8]) -> Result<Self> {
        let mut file = File::default();
        file.note = FORM.read(bytes, |row| {
            file.rows += 1;
            let taken = row.and_then(|row| file.take(&row));
            file.left_out.extend(taken.err());
        })?;
        if file.rows == 0 {
            return Err(Error::refused(
                "guardians-empty",
                "the file of guardians has a header and no rows; that is taken for a broken \
                 export, and nothing was imported",
            ));
        }
        Ok(file)
    }

    fn take(&mut self, row: &Row<'_, 9>) -> std::result::Result<(), PageFinding> {
        let line = row.line;
        let [student, id, relationship, describing @ ..] = row.cells;
        if id.is_empty() {
            let detail = format!("line {line} has no sourcedId of the guardian");
            return Err(FORM.left_out(None, Some("sourcedId"), detail));
        }
        if student.is_empty() {
            let detail = format!("line {line} has no studentSourcedId");
            return Err(FORM.left_out(Some(id), Some("studentSourcedId"), detail));
        }
        let role = Role::from_name(relationship).filter(|role| role.is_guardian());
        let Some(role) = role else {
            let which = if relationship.is_empty() {
                "no"
            } else {
                "another"
            };
            let detail =
                format!("line {line} has {which} relationship; give parent, relative or guardian");
            return Err(FORM.left_out(Some(id), Some("relationship"), detail));
        };
        let description = Description {
            missing: describing.iter().filter(|cell| cell.is_empty()).count(),
            values: describing.map(str::to_owned),
        };
        let guardian = self.guardians.entry(id.to_owned()).or_default();
        guardian.descriptions.entry(description).or_insert(line);
        guardian.students.insert(student.to_owned());
        guardian.roles.insert(role);
        Ok(())
    }

    /// The guardians as pages of user records, with what is to be said of them.
    fn pages(self) -> Vec<StagedPage> {
        let mut pages = UserPages::new();
        for finding in self.left_out {
            pages.left_out(finding);
        }
        for (id, guardian) in &self.guardians {
            guardian.add_to(&mut pages, id);
        }
        if let Some(note) = self.note {
            pages.note(note);
        }
        pages.finish()
    }
}

impl Guardian {
    fn add_to(&self, pages: &mut UserPages, id: &str) {
        let mut descriptions = self.descriptions.iter();
        let Some((used, _)) = descriptions.next() else {
            return;
        };
        let roles = self.roles.iter().enumerate();
        let [email, given_name, family_name, sms, phone, language] =
            used.values.each_ref().map(|text| some(text));
        let user = User {
            given_name,
            family_name,
            email,
            sms,
            phone,
            language,
            roles: roles
                .map(|(at, role)| RoleAssignment {
                    role: *role,
                    primary: at == 0,
                    org: None,
                    begin: None,
                    end: None,
                })
                .collect(),
            agents: self.students.iter().map(String::as_str).collect(),
            ..user(id)
        };
        pages.push(&user, |cause| FORM.left_out(Some(id), None, cause));
        for (other, line) in descriptions {
            pages.note(differs(id, *line, other, used));
        }
    }
}

/// Says that a line describes a guardian in another way than is used.
fn differs(id: &str, line: u64, other: &Description, used: &Description) -> PageFinding {
    let values = other.values.iter().zip(&used.values);
    let fields = values.zip(DESCRIBING).filter(|((a, b), _)| a != b);
    let fields: Vec<&str> = fields.map(|(_, name)| name).collect();
    PageFinding {
        severity: Severity::Warning,
        code: "guardians-differ".into(),
        sourced_id: Some(id.to_owned()),
        field: fields.first().map(|name| (*name).to_owned()),
        detail: format!(
            "line {line} says another {} than is used",
            fields.join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use homeroom_roster::codec;

    use super::*;

    const HEADER: &str = "studentSourcedId,sourcedId,relationship,email,givenName,familyName,sms\n";

    fn read(rows: &str) -> File {
        File::read(format!("{HEADER}{rows}").as_bytes()).expect("a usable file")
    }

    #[test]
    fn one_guardian_of_two_students_is_one_guardian() {
        let file = read("s1,g1,parent,g@x.org,Gil,Grey,555\ns2,g1,Guardian,g@x.org,Gil,Grey,555\n");
        let guardian = &file.guardians["g1"];
        assert_eq!(guardian.students.len(), 2);
        assert_eq!(guardian.descriptions.len(), 1);
        assert_eq!((file.rows, file.left_out.len()), (2, 0));
    }

    #[test]
    fn the_fullest_description_counts_in_whatever_order() {
        let rows = [
            "s1,g1,parent,,Gil,Grey,555\n",
            "s2,g1,parent,g@x.org,Gil,Grey,555\n",
        ];
        for rows in [rows.concat(), [rows[1], rows[0]].concat()] {
            let pages = read(&rows).pages();
            let codes: Vec<&str> = pages[0].findings.iter().map(|one| &*one.code).collect();
            assert_eq!(codes, ["guardians-differ"]);
            assert_eq!(pages[0].findings[0].field.as_deref(), Some("email"));
            let user = codec::records::<User<'_>>(&pages[0].records).next();
            let user = user.expect("a guardian").expect("readable");
            assert_eq!(user.email, Some("g@x.org"));
        }
    }

    #[test]
    fn what_cannot_be_used_is_said_line_by_line() {
        let file = read(
            "s1,,parent,a@x.org,A,A,\n,g2,parent,a@x.org,A,A,\ns1,g3,aunt,a@x.org,A,A,\n\
             s1,g4,parent\n\n,,,,,,\ns1,g5,parent,a@x.org,A,A,\n",
        );
        let lines: Vec<&str> = file.left_out.iter().map(|one| &one.detail[..6]).collect();
        assert_eq!(lines, ["line 2", "line 3", "line 4", "line 5"]);
        assert_eq!(file.guardians.len(), 1);
        assert_eq!(file.rows, 5);
    }

    #[test]
    fn a_file_without_header_or_rows_is_refused() {
        let code = |text: &str| File::read(text.as_bytes()).map_err(|e| e.code().to_owned());
        assert_eq!(code(HEADER).err().as_deref(), Some("guardians-empty"));
        assert_eq!(
            code("a,b\n1,2\n").err().as_deref(),
            Some("guardians-header")
        );
        assert_eq!(code("").err().as_deref(), Some("guardians-header"));
    }
}
