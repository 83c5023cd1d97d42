//! Guardians from a file: a CSV file that says who the guardians of an
//! integration's students are. The file is the whole truth; whoever is not in
//! it is no guardian of these students any more.
//!
//! The file is a provider of its own beside the integration, so that its runs
//! have findings, guards, approval and undo like any other. Its rows become
//! user records with the students as agents; what ties them is in the core.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use homeroom_roster::codec;
use homeroom_roster::finding::Severity;
use homeroom_roster::record::{Collection, Day, Extent, Lifecycle, Role, RoleAssignment, User};
use homeroom_roster::setting_keys;
use homeroom_roster::settings::{GuardianSource, ProviderKind, RELATIONS, Settings};
use homeroom_store::{
    Level, NewProvider, NewRun, PageFinding, ProviderRow, ProviderState, RunKind, StagedPage,
};
use jiff::Timestamp;
use serde_json::Value;

use crate::conclude::RunInProgress;
use crate::error::{Error, Result};
use crate::homeroom::{Office, retention, today};
use crate::integrations::to_json;
use crate::progress::{Event, Phase, Progress};
use crate::views::RunReport;

/// Columns that must be there, in any order.
const REQUIRED: [&str; 6] = [
    "studentSourcedId",
    "sourcedId",
    "relationship",
    "email",
    "givenName",
    "familyName",
];

/// Columns that may be there. Others are not looked at.
const OPTIONAL: [&str; 3] = ["sms", "phone", "language"];

/// Guardians a page.
const PAGE_ROWS: usize = 5_000;

/// The longest text a column may hold, in bytes; the same as the contract's.
const MAX_TEXT: usize = 1_024;

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
    /// Imports the guardians of an integration's students.
    ///
    /// # Errors
    /// If the integration's guardians come from its roster, or the file has no
    /// usable header or no rows. Bad rows are findings of the run.
    pub async fn guardians_import(
        &self,
        integration: &str,
        csv: Vec<u8>,
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
        let (today, keep) = (today()?, retention()?);
        let provider = self.guardians_of(&owner).await?;
        let _lock = self.tenant.try_lock_provider(provider.key).await?;
        let started = Timestamp::now();
        let key = self
            .tenant
            .create_run(&NewRun {
                provider: Some(provider.key),
                kind: RunKind::Guardians,
                preview: false,
                changed_since: None,
                undoes: None,
                started,
                adapter: None,
                fingerprint: None,
                provider_revision: provider.revision,
                settings: to_json(&settings(&owner.settings, &provider.settings)),
            })
            .await?;
        let mut run = RunInProgress::new(self, key, &provider, RunKind::Guardians, started);
        run.report.bytes = csv.len() as u64;
        progress.event(&run.started_event(false));
        let result = run.take_guardians(file, today, &*progress).await;
        let result = self.ended(key, result).await;
        self.prune(provider.key, &keep).await;
        result
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

impl RunInProgress {
    /// Stages what the file says, and concludes.
    async fn take_guardians(
        self,
        file: File,
        today: Day,
        progress: &dyn Progress,
    ) -> Result<RunReport> {
        progress.event(&Event::Phase(Phase::Read));
        let (rows, guardians) = (file.rows, file.guardians.len());
        for page in file.pages() {
            self.office.tenant.stage(self.key, page).await?;
        }
        progress.event(&Event::Reading {
            collection: Collection::Users,
            rows,
            total: None,
            done: true,
        });
        let text = format!("read {rows} rows of the file, which name {guardians} guardians");
        self.log(Level::Info, text).await?;
        self.conclude(Vec::new(), today, progress).await
    }
}

/// What rows say about a guardian as a person. The order is that of preference
/// where rows differ: the most that is said, then by text, so that the order of
/// rows does not matter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Description {
    missing: usize,
    /// Email, given name, family name, sms, phone, language.
    values: [String; 6],
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
    findings: Vec<PageFinding>,
}

impl File {
    /// Reads the file. It is refused only for what concerns all of it: no
    /// header, a missing column, nothing but a header.
    fn read(bytes: &[u8]) -> Result<Self> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
        let header = reader.byte_headers().cloned().map_err(|error| {
            let text = format!("the file of guardians cannot be read: {error}");
            Error::refused("guardians-header", text)
        })?;
        let columns = Columns::of(&header)?;
        let mut file = File::default();
        let mut row = csv::ByteRecord::new();
        loop {
            match reader.read_byte_record(&mut row) {
                Ok(false) => break,
                Ok(true) if row.iter().all(|cell| cell.trim_ascii().is_empty()) => continue,
                Ok(true) => {
                    let line = row.position().map_or(0, csv::Position::line);
                    if let Err(finding) = file.row(&row, &columns, line) {
                        file.findings.push(finding);
                    }
                }
                Err(error) => {
                    let detail = format!("unreadable row: {error}");
                    file.findings.push(unusable(None, None, detail));
                }
            }
            file.rows += 1;
        }
        if file.rows == 0 {
            return Err(Error::refused(
                "guardians-empty",
                "the file of guardians has a header and no rows; that is taken for a broken \
                 export, and nothing was imported",
            ));
        }
        Ok(file)
    }

    fn row(
        &mut self,
        row: &csv::ByteRecord,
        columns: &Columns,
        line: u64,
    ) -> std::result::Result<(), PageFinding> {
        if row.len() != columns.width {
            let detail = format!(
                "line {line} has {} fields, the header {}; quote a field that holds a comma, \
                 and see that the file was not cut off",
                row.len(),
                columns.width
            );
            return Err(unusable(None, None, detail));
        }
        let [student, id, relationship, email, given, family] =
            columns.required.map(|at| cell(row, at));
        let [sms, phone, language] = columns.optional.map(|at| match at {
            Some(at) => cell(row, at),
            None => Ok(""),
        });
        let named = id.unwrap_or_default();
        let check =
            |value: Cell<'_>, column: &'static str| -> std::result::Result<String, PageFinding> {
                value.map(str::to_owned).map_err(|problem| {
                    let detail = format!("line {line}: {column} {problem}");
                    unusable(Some(named), Some(column), detail)
                })
            };
        let id = check(id, "sourcedId")?;
        if id.is_empty() {
            let detail = format!("line {line} has no sourcedId of the guardian");
            return Err(unusable(None, Some("sourcedId"), detail));
        }
        let student = check(student, "studentSourcedId")?;
        if student.is_empty() {
            let detail = format!("line {line} has no studentSourcedId");
            return Err(unusable(Some(&id), Some("studentSourcedId"), detail));
        }
        let relationship = check(relationship, "relationship")?;
        let role = Role::from_name(&relationship).filter(|role| role.is_guardian());
        let Some(role) = role else {
            let detail = format!(
                "line {line} has {} relationship; give parent, relative or guardian",
                if relationship.is_empty() {
                    "no"
                } else {
                    "another"
                }
            );
            return Err(unusable(Some(&id), Some("relationship"), detail));
        };
        let values = [
            check(email, "email")?,
            check(given, "givenName")?,
            check(family, "familyName")?,
            check(sms, "sms")?,
            check(phone, "phone")?,
            check(language, "language")?,
        ];
        let description = Description {
            missing: values.iter().filter(|value| value.is_empty()).count(),
            values,
        };
        let guardian = self.guardians.entry(id).or_default();
        let first = guardian.descriptions.entry(description).or_insert(line);
        *first = line.min(*first);
        guardian.students.insert(student);
        guardian.roles.insert(role);
        Ok(())
    }

    /// The guardians as pages of user records, with what is to be said of them.
    fn pages(self) -> Vec<StagedPage> {
        let mut pages = vec![page(0)];
        for finding in self.findings {
            pages[0].received += 1;
            pages[0].findings.push(finding);
        }
        for (id, guardian) in &self.guardians {
            if pages[pages.len() - 1].count as usize >= PAGE_ROWS {
                pages.push(page(pages.len()));
            }
            let last = pages.len() - 1;
            guardian.push(id, &mut pages[last]);
        }
        pages
    }
}

impl Guardian {
    fn push(&self, id: &str, page: &mut StagedPage) {
        let mut descriptions = self.descriptions.iter();
        let Some((used, _)) = descriptions.next() else {
            return;
        };
        for (other, line) in descriptions {
            let differs = other.values.iter().zip(&used.values);
            let names = [
                "email",
                "givenName",
                "familyName",
                "sms",
                "phone",
                "language",
            ];
            let fields = differs.zip(names).filter(|((a, b), _)| a != b);
            let fields: Vec<&str> = fields.map(|(_, name)| name).collect();
            page.findings.push(PageFinding {
                severity: Severity::Warning,
                code: "guardians-differ".into(),
                sourced_id: Some(id.to_owned()),
                field: fields.first().map(|name| (*name).to_owned()),
                detail: format!(
                    "line {line} says another {} than is used",
                    fields.join(", ")
                ),
            });
        }
        let [email, given, family, sms, phone, language] =
            used.values.each_ref().map(|text| some(text));
        let roles = self.roles.iter().enumerate();
        let user = User {
            sourced_id: id,
            lifecycle: Lifecycle::default(),
            enabled: true,
            username: None,
            user_ids: Vec::new(),
            given_name: given,
            family_name: family,
            middle_name: None,
            preferred_given_name: None,
            preferred_family_name: None,
            identifier: None,
            user_master_identifier: None,
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
            primary_org: None,
            agents: self.students.iter().map(String::as_str).collect(),
            grades: Vec::new(),
            metadata: Vec::new(),
        };
        page.received += 1;
        match codec::push(&mut page.records, &user) {
            Ok(()) => page.count += 1,
            Err(error) => page
                .findings
                .push(unusable(Some(id), None, error.to_string())),
        }
    }
}

/// Where the columns are.
struct Columns {
    width: usize,
    required: [usize; REQUIRED.len()],
    optional: [Option<usize>; OPTIONAL.len()],
}

impl Columns {
    fn of(header: &csv::ByteRecord) -> Result<Self> {
        let names: Vec<String> = header
            .iter()
            .map(|name| String::from_utf8_lossy(name).trim().to_owned())
            .collect();
        let place = |column: &str| names.iter().position(|name| name == column);
        let mut required = [0; REQUIRED.len()];
        for (at, column) in required.iter_mut().zip(REQUIRED) {
            *at = place(column).ok_or_else(|| {
                Error::refused(
                    "guardians-header",
                    format!(
                        "the file of guardians has no column \"{column}\"; its first line must \
                         be {}, and may have {} (in any order, spelt like this), and nothing was \
                         imported",
                        REQUIRED.join(","),
                        OPTIONAL.join(",")
                    ),
                )
            })?;
        }
        Ok(Columns {
            width: names.len(),
            required,
            optional: OPTIONAL.map(place),
        })
    }
}

/// A cell's text, or what is wrong with it.
type Cell<'r> = std::result::Result<&'r str, &'static str>;

fn cell(row: &csv::ByteRecord, at: usize) -> Cell<'_> {
    match std::str::from_utf8(row.get(at).unwrap_or_default()) {
        Ok(text) if text.len() > MAX_TEXT => Err("is too long"),
        Ok(text) if text.trim().chars().any(char::is_control) => Err("holds control characters"),
        Ok(text) => Ok(text.trim()),
        Err(_) => Err("is not UTF-8; save the file as UTF-8 and import it again"),
    }
}

fn some(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

fn unusable(id: Option<&str>, field: Option<&str>, detail: String) -> PageFinding {
    PageFinding {
        severity: Severity::Error,
        code: "guardians-row".into(),
        sourced_id: id.filter(|id| !id.is_empty()).map(str::to_owned),
        field: field.map(str::to_owned),
        detail,
    }
}

fn page(number: usize) -> StagedPage {
    StagedPage {
        collection: Collection::Users,
        cursor: (number > 0).then(|| number.to_string()),
        next: Vec::new(),
        records: Vec::new(),
        count: 0,
        received: 0,
        total: None,
        findings: Vec::new(),
        extent: Extent::Whole,
        storage_writes: Vec::new(),
        stats: Value::Null,
    }
}

#[cfg(test)]
mod tests {
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
        assert_eq!((file.rows, file.findings.len()), (2, 0));
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
        let lines: Vec<&str> = file.findings.iter().map(|one| &one.detail[..6]).collect();
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
