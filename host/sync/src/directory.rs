//! Directories: a CSV file that says who the platform's users are. The file is
//! the whole directory; whoever is not in it has left.
//!
//! Rows become source records like those of an integration, and take the same
//! way from there.

use std::io::Read;
use std::sync::Arc;

use homeroom_roster::codec;
use homeroom_roster::finding::Severity;
use homeroom_roster::record::{Collection, Day, Extent, Lifecycle, Role, RoleAssignment, User};
use homeroom_roster::setting_keys;
use homeroom_roster::settings::{ProviderKind, Settings};
use homeroom_store::{
    Level, NewProvider, NewRun, PageFinding, ProviderRow, ProviderState, RunKind, StagedPage,
};
use jiff::Timestamp;
use serde_json::Value;

use crate::conclude::RunInProgress;
use crate::error::{Error, Result};
use crate::homeroom::{Office, check_name, retention, today};
use crate::integrations::to_json;
use crate::progress::{Event, Phase, Progress};
use crate::views::RunReport;

/// The columns of the file. All must be there, in any order; others are not
/// looked at.
const COLUMNS: [&str; 6] = ["id", "email", "givenName", "familyName", "username", "role"];

/// Rows a page.
const PAGE_ROWS: usize = 5_000;

/// The longest text a column may hold, in bytes; the same as the contract's.
const MAX_TEXT: usize = 1_024;

/// The merge priority of a directory unless another is given.
const PRIMARY: u8 = 100;

impl Office {
    /// Imports a directory. The first import makes the provider.
    ///
    /// # Errors
    /// If the file has no usable header, the name belongs to an integration, or
    /// the priority is taken. Bad rows are findings of the run.
    pub async fn directory_import(
        &self,
        name: &str,
        csv: Vec<u8>,
        merge_priority: Option<u8>,
        progress: Arc<dyn Progress>,
    ) -> Result<RunReport> {
        let pages = parse(&csv)?;
        let (today, keep) = (today()?, retention()?);
        let provider = self.directory(name, merge_priority).await?;
        let _lock = self.tenant.try_lock_provider(provider.key).await?;
        let started = Timestamp::now();
        let key = self
            .tenant
            .create_run(&NewRun {
                provider: Some(provider.key),
                kind: RunKind::Directory,
                preview: false,
                changed_since: None,
                undoes: None,
                started,
                adapter: None,
                fingerprint: None,
                provider_revision: provider.revision,
                settings: to_json(&provider.settings),
            })
            .await?;
        let mut run = RunInProgress::new(self, key, &provider, RunKind::Directory, started);
        run.report.bytes = csv.len() as u64;
        progress.event(&run.started_event(false));
        let result = run.take_in(pages, today, &*progress).await;
        let result = self.ended(key, result).await;
        self.prune(provider.key, &keep).await;
        result
    }

    /// The directory of that name, made if it does not exist.
    async fn directory(&self, name: &str, priority: Option<u8>) -> Result<ProviderRow> {
        check_name("directory", name)?;
        let _edit = self.tenant.lock_providers().await?;
        let existing = match self.tenant.provider(name).await {
            Ok(row) => Some(row),
            Err(homeroom_store::Error::NotFound { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        if let Some(row) = &existing
            && row.kind != ProviderKind::Directory
        {
            return Err(Error::usage(
                "name-taken",
                format!("\"{name}\" is an integration; give the directory another --name"),
            ));
        }
        let others = self.priorities(existing.as_ref()).await?;
        let mut settings = match &existing {
            Some(row) => row.settings.clone(),
            None => Settings {
                merge_priority: if others.iter().any(|(_, taken)| *taken == PRIMARY) {
                    setting_keys::free_priority(&others).unwrap_or(PRIMARY)
                } else {
                    PRIMARY
                },
                attach_only: false,
                ..Settings::default()
            },
        };
        if let Some(priority) = priority {
            settings.merge_priority = priority;
        }
        setting_keys::validate(&settings, true, &others).map_err(|errors| {
            let all: Vec<_> = errors.iter().map(ToString::to_string).collect();
            Error::usage("invalid-setting", all.join("\n"))
        })?;
        match existing {
            Some(row) if row.settings == settings => Ok(row),
            Some(mut row) => {
                row.settings = settings;
                self.tenant.save_provider(&row, None, None).await?;
                Ok(self.tenant.provider(name).await?)
            }
            None => {
                self.tenant
                    .add_provider(&NewProvider {
                        name: name.to_owned(),
                        kind: ProviderKind::Directory,
                        state: ProviderState::Enabled,
                        settings,
                        read: Value::Null,
                        connection: Value::Null,
                        identity: None,
                        secret: None,
                    })
                    .await?;
                Ok(self.tenant.provider(name).await?)
            }
        }
    }
}

impl RunInProgress {
    /// Stages the pages of a directory, and concludes.
    async fn take_in(
        self,
        pages: Vec<StagedPage>,
        today: Day,
        progress: &dyn Progress,
    ) -> Result<RunReport> {
        progress.event(&Event::Phase(Phase::Read));
        let mut rows = 0;
        for (at, page) in pages.into_iter().enumerate() {
            rows += u64::from(page.received);
            let cursor = (at > 0).then(|| at.to_string());
            self.office
                .tenant
                .stage(self.key, StagedPage { cursor, ..page })
                .await?;
            let (collection, total) = (Collection::Users, None);
            progress.event(&Event::Reading {
                collection,
                rows,
                total,
                done: false,
            });
        }
        self.log(
            Level::Info,
            format!("read {rows} rows of the directory file"),
        )
        .await?;
        self.conclude(Vec::new(), today, progress).await
    }
}

/// Follows the file's last byte when it is parsed: whoever does not find it as a
/// row of its own is still inside a quoted field, where the file was cut off.
const END: &[u8] = b"\nhomeroom: end of the file\n";

/// Reads the file into pages. The file is refused only for what concerns all of
/// it: its encoding, no header, a missing column, a quotation mark that is never
/// closed.
fn parse(bytes: &[u8]) -> Result<Vec<StagedPage>> {
    let text = text_of(bytes)?;
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .has_headers(true)
        .from_reader(text.as_bytes().chain(END));
    let unreadable = |error: csv::Error| {
        Error::refused(
            "directory-header",
            format!("the directory file cannot be read: {error}; nothing was imported"),
        )
    };
    let header = reader.headers().map_err(unreadable)?.clone();
    let names: Vec<_> = header.iter().map(str::trim).collect();
    let mut at = [0; COLUMNS.len()];
    for (place, column) in at.iter_mut().zip(COLUMNS) {
        *place = names
            .iter()
            .position(|name| *name == column)
            .ok_or_else(|| {
                Error::refused(
                    "directory-header",
                    format!(
                        "the directory file has no column \"{column}\"; its first line must be \
                     {} (in any order, spelt like this), and nothing was imported",
                        COLUMNS.join(",")
                    ),
                )
            })?;
    }
    let mut pages = Vec::new();
    let mut page = empty_page();
    let mut row = csv::StringRecord::new();
    let mut last_line = 1;
    loop {
        if !reader.read_record(&mut row).map_err(unreadable)? {
            return Err(cut_off(last_line));
        }
        let line = row.position().map_or(0, csv::Position::line);
        if row.len() == 1 && row[0].as_bytes() == END.trim_ascii() {
            break;
        }
        // No id, name or email has several lines: such a cell has taken in the
        // rows after it.
        let broken = |cell: &str| cell.contains(['\n', '\r']);
        let torn = row.len() != names.len() && row.iter().any(broken);
        if torn || at.iter().any(|place| row.get(*place).is_some_and(broken)) {
            return Err(cut_off(line));
        }
        if row.iter().any(|cell| !cell.is_empty()) {
            add_row(&mut page, &row, at, names.len(), line);
        }
        last_line = line;
        if page.received as usize >= PAGE_ROWS {
            pages.push(std::mem::replace(&mut page, empty_page()));
        }
    }
    if !text.ends_with(['\n', '\r']) && last_line > 1 {
        page.findings.push(PageFinding {
            severity: Severity::Warning,
            code: "directory-last-line".into(),
            sourced_id: None,
            field: None,
            detail: format!(
                "line {last_line}, the last one, has no line end; if the file was cut off there, \
                 its last cell is not whole"
            ),
        });
    }
    if page.received > 0 || !page.findings.is_empty() || pages.is_empty() {
        pages.push(page);
    }
    Ok(pages)
}

/// The file as text. A file in another encoding is refused as a whole: without
/// the rows that are not ASCII, half of its people would seem to have left.
fn text_of(bytes: &[u8]) -> Result<&str> {
    let refuse = |what: String| {
        Error::refused(
            "directory-encoding",
            format!("{what}; save the file as UTF-8 and import it again, nothing was imported"),
        )
    };
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(refuse("the directory file is UTF-16".to_owned()));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let line = before.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
        match error.error_len() {
            None => cut_off(line),
            Some(_) => refuse(format!(
                "line {line} of the directory file is not UTF-8 (perhaps Windows-1252, which \
                 spreadsheets call just CSV)"
            )),
        }
    })
}

fn cut_off(line: u64) -> Error {
    Error::refused(
        "directory-cut",
        format!(
            "a quotation mark at or after line {line} of the directory file is never closed, or the \
             file was cut off there; write the file again, nothing was imported"
        ),
    )
}

fn empty_page() -> StagedPage {
    StagedPage {
        collection: Collection::Users,
        cursor: None,
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

/// A row that is left out.
fn finding(id: Option<&str>, field: Option<&str>, detail: String) -> PageFinding {
    PageFinding {
        severity: Severity::Error,
        code: "directory-row".into(),
        sourced_id: id.map(str::to_owned),
        field: field.map(str::to_owned),
        detail,
    }
}

fn add_row(
    page: &mut StagedPage,
    row: &csv::StringRecord,
    at: [usize; COLUMNS.len()],
    width: usize,
    line: u64,
) {
    page.received += 1;
    if row.len() != width {
        let detail = format!(
            "line {line} has {} fields, the header {width}; quote a field that holds a comma, \
             and see that the file was not cut off",
            row.len()
        );
        page.findings.push(finding(None, None, detail));
        return;
    }
    let mut values = [""; COLUMNS.len()];
    for ((value, place), column) in values.iter_mut().zip(at).zip(COLUMNS) {
        let text = row.get(place).unwrap_or_default();
        if text.len() > MAX_TEXT || text.chars().any(char::is_control) {
            let detail = format!("line {line}: {column} is too long or holds control characters");
            page.findings.push(finding(None, Some(column), detail));
            return;
        }
        *value = text.trim();
    }
    let [id, email, given_name, family_name, username, role] = values;
    if id.is_empty() {
        let detail = format!("line {line} has no id");
        page.findings.push(finding(None, Some("id"), detail));
        return;
    }
    let roles: Vec<_> = roles(role, page, id);
    let user = User {
        sourced_id: id,
        lifecycle: Lifecycle::default(),
        enabled: true,
        username: some(username),
        user_ids: Vec::new(),
        given_name: some(given_name),
        family_name: some(family_name),
        middle_name: None,
        preferred_given_name: None,
        preferred_family_name: None,
        identifier: None,
        user_master_identifier: None,
        email: some(email),
        sms: None,
        phone: None,
        language: None,
        roles,
        primary_org: None,
        agents: Vec::new(),
        grades: Vec::new(),
        metadata: Vec::new(),
    };
    match codec::push(&mut page.records, &user) {
        Ok(()) => page.count += 1,
        Err(error) => page
            .findings
            .push(finding(Some(id), None, error.to_string())),
    }
}

fn some(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// The roles of a cell; several are separated by blanks, commas, semicolons or
/// bars. `staff` stands for any adult at a school.
fn roles<'a>(cell: &str, page: &mut StagedPage, id: &str) -> Vec<RoleAssignment<'a>> {
    let words = cell
        .split([' ', ',', ';', '|'])
        .filter(|word| !word.is_empty());
    let mut roles = Vec::new();
    for word in words {
        let role = match Role::from_name(word) {
            Some(role) => role,
            None if word.eq_ignore_ascii_case("staff") => Role::Aide,
            None => {
                page.findings.push(PageFinding {
                    severity: Severity::Warning,
                    code: "directory-role".into(),
                    sourced_id: Some(id.to_owned()),
                    field: Some("role".into()),
                    detail: "the role is none that OneRoster names; it gives no rights".into(),
                });
                Role::Other
            }
        };
        let primary = roles.is_empty();
        roles.push(RoleAssignment {
            role,
            primary,
            org: None,
            begin: None,
            end: None,
        });
    }
    roles
}
