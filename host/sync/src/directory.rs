//! Directories: a CSV file that says who the platform's users are. The file is
//! the whole directory; whoever is not in it has left.
//!
//! Rows become source records like those of an integration, and take the same
//! way from there.

use std::sync::Arc;

use homeroom_roster::finding::Severity;
use homeroom_roster::record::{Role, RoleAssignment, User};
use homeroom_roster::setting_keys;
use homeroom_roster::settings::{ProviderKind, Settings};
use homeroom_store::{NewProvider, PageFinding, ProviderRow, ProviderState, RunKind, StagedPage};
use serde_json::Value;

use crate::error::{Error, Result};
use crate::homeroom::{Office, check_name};
use crate::import::Import;
use crate::import::pages::{UserPages, some, user};
use crate::import::table::{Form, Row};
use crate::progress::Progress;
use crate::views::RunReport;

/// The file's columns, in the order in which rows are taken apart here.
const FORM: Form<6> = Form {
    name: "the directory file",
    columns: ["id", "email", "givenName", "familyName", "username", "role"],
    required: 6,
    id: "id",
    header: "directory-header",
    encoding: "directory-encoding",
    cut: "directory-cut",
    row: "directory-row",
    last_line: "directory-last-line",
};

/// The merge priority of a directory unless another is given.
const PRIMARY: u8 = 100;

impl Office {
    /// Imports a directory. The first import makes the provider; a preview
    /// does as well, and nothing of the file counts until it is approved.
    ///
    /// # Errors
    /// If the file has no usable header, the name belongs to an integration, or
    /// the priority is taken. Bad rows are findings of the run.
    pub async fn directory_import(
        &self,
        name: &str,
        csv: Vec<u8>,
        merge_priority: Option<u8>,
        preview: bool,
        progress: Arc<dyn Progress>,
    ) -> Result<RunReport> {
        let (pages, rows) = read(&csv)?;
        let read = format!("read {rows} rows of the directory file");
        let import = Import::new(pages, read, &csv, preview)?;
        let provider = self.directory(name, merge_priority).await?;
        let settings = &provider.settings;
        self.import(import, &provider, RunKind::Directory, settings, progress)
            .await
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

/// Reads the file into pages, and counts its rows.
fn read(bytes: &[u8]) -> Result<(Vec<StagedPage>, u64)> {
    let mut pages = UserPages::new();
    let mut rows = 0;
    let note = FORM.read(bytes, |row| {
        rows += 1;
        match row {
            Ok(row) => add(&mut pages, &row),
            Err(finding) => pages.left_out(finding),
        }
    })?;
    if let Some(note) = note {
        pages.note(note);
    }
    Ok((pages.finish(), rows))
}

fn add(pages: &mut UserPages, row: &Row<'_, 6>) {
    let [id, email, given_name, family_name, username, role] = row.cells;
    if id.is_empty() {
        let detail = format!("line {} has no id", row.line);
        return pages.left_out(FORM.left_out(None, Some("id"), detail));
    }
    let user = User {
        username: some(username),
        given_name: some(given_name),
        family_name: some(family_name),
        email: some(email),
        roles: roles(role, pages, id),
        ..user(id)
    };
    pages.push(&user, |cause| FORM.left_out(Some(id), None, cause));
}

/// The roles of a cell; several are separated by blanks, commas, semicolons or
/// bars. `staff` stands for any adult at a school.
fn roles<'a>(cell: &str, pages: &mut UserPages, id: &str) -> Vec<RoleAssignment<'a>> {
    let words = cell
        .split([' ', ',', ';', '|'])
        .filter(|word| !word.is_empty());
    let mut roles = Vec::new();
    for word in words {
        let role = match Role::from_name(word) {
            Some(role) => role,
            None if word.eq_ignore_ascii_case("staff") => Role::Aide,
            None => {
                pages.note(PageFinding {
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
