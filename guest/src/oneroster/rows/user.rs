//! Users: students, staff, parents.
//!
//! Passwords, birth dates and demographics are not among the properties that
//! are read, so they are skipped while parsing and never held.

use crate::oneroster::field::{List, Pairs, Ref, Text};
use crate::oneroster::notes::{Notes, RowNotes};
use crate::oneroster::row::{Row, Shape, row};
use crate::roster::{RoleAssignment, User, UserId};

row! {
    /// `user` of 1.1 (`role`, `orgs`) and 1.2 (`roles`, `primaryOrg`) at once.
    UserRow {
        sourced_id: Text<'a> = "sourcedId";
        status: Text<'a> = "status";
        date_last_modified: Text<'a> = "dateLastModified";
        metadata: Pairs<'a> = "metadata";
        enabled_user: Text<'a> = "enabledUser";
        username: Text<'a> = "username";
        user_ids: List<UserIdRow<'a>> = "userIds";
        given_name: Text<'a> = "givenName";
        family_name: Text<'a> = "familyName";
        middle_name: Text<'a> = "middleName";
        preferred_given_name: Text<'a> = "preferredFirstName";
        preferred_given_name_csv: Text<'a> = "preferredGivenName";
        preferred_family_name: Text<'a> = "preferredLastName";
        preferred_family_name_csv: Text<'a> = "preferredFamilyName";
        identifier: Text<'a> = "identifier";
        user_master_identifier: Text<'a> = "userMasterIdentifier";
        email: Text<'a> = "email";
        sms: Text<'a> = "sms";
        phone: Text<'a> = "phone";
        roles: List<RoleRow<'a>> = "roles";
        role: Text<'a> = "role";
        orgs: List<Ref<'a>> = "orgs";
        primary_org: Ref<'a> = "primaryOrg";
        agents: List<Ref<'a>> = "agents";
        grades: List<Text<'a>> = "grades";
    }
}

row! {
    /// One of `userIds`.
    UserIdRow {
        id_type: Text<'a> = "type";
        identifier: Text<'a> = "identifier";
    }
}

row! {
    /// One of 1.2 `roles`.
    RoleRow {
        role_type: Text<'a> = "roleType";
        role: Text<'a> = "role";
        org: Ref<'a> = "org";
        begin_date: Text<'a> = "beginDate";
        end_date: Text<'a> = "endDate";
    }
}

impl<'a> Row<'a> for UserRow<'a> {
    type Record = User;

    fn into_record(self, notes: &mut Notes) -> Option<User> {
        let id = notes.begin(self.shape, self.sourced_id)?;
        let mut row = notes.row(&id);
        if self.given_name.is_blank() && self.family_name.is_blank() {
            row.error(
                "missing-name",
                "familyName",
                "and `givenName` are both missing",
            );
            return None;
        }
        let primary_org = row.reference("primaryOrg", self.primary_org);
        let mut roles = roles_of_1_2(&mut row, self.roles);
        if roles.is_empty() {
            roles = roles_of_1_1(&mut row, self.role, self.orgs, primary_org.as_deref());
        }
        if roles.is_empty() {
            row.error(
                "missing-role",
                "roles",
                "names no role (in 1.1 `role`, in CSV 1.2 a row of roles.csv)",
            );
            return None;
        }
        let metadata = row.metadata(self.metadata);
        Some(User {
            status: row.status(&self.status),
            date_last_modified: row.timestamp("dateLastModified", &self.date_last_modified),
            enabled_user: row
                .boolean("enabledUser", &self.enabled_user)
                .unwrap_or(true),
            username: row.text("username", self.username),
            user_ids: user_ids(&mut row, self.user_ids),
            given_name: row.text("givenName", self.given_name),
            family_name: row.text("familyName", self.family_name),
            middle_name: row.text("middleName", self.middle_name),
            preferred_given_name: either(
                &mut row,
                "preferredFirstName",
                self.preferred_given_name,
                self.preferred_given_name_csv,
            ),
            preferred_family_name: either(
                &mut row,
                "preferredLastName",
                self.preferred_family_name,
                self.preferred_family_name_csv,
            ),
            identifier: row.text("identifier", self.identifier),
            user_master_identifier: row.text("userMasterIdentifier", self.user_master_identifier),
            email: row.text("email", self.email),
            sms: row.text("sms", self.sms),
            phone: row.text("phone", self.phone),
            language: language(&metadata),
            roles,
            primary_org,
            agents: row.references("agents", self.agents),
            grades: row.texts("grades", self.grades),
            metadata,
            sourced_id: id,
        })
    }
}

/// The REST spelling of a property, or the CSV spelling that some servers use.
fn either(row: &mut RowNotes<'_>, field: &str, rest: Text<'_>, csv: Text<'_>) -> Option<String> {
    row.text(field, if rest.is_blank() { csv } else { rest })
}

fn roles_of_1_2(row: &mut RowNotes<'_>, roles: List<RoleRow<'_>>) -> Vec<RoleAssignment> {
    let mut out = Vec::with_capacity(roles.len());
    for said in roles {
        if said.shape == Shape::Other {
            row.warn(
                "invalid-value",
                "roles",
                "holds an entry that is no object; it was dropped",
            );
            continue;
        }
        let Some(role) = row.role("roles.role", said.role) else {
            row.warn(
                "invalid-value",
                "roles",
                "holds an entry without a role; it was dropped",
            );
            continue;
        };
        out.push(RoleAssignment {
            role,
            primary: said.role_type.as_trimmed().eq_ignore_ascii_case("primary"),
            org: row.reference("roles.org", said.org),
            begin_date: row.date("roles.beginDate", &said.begin_date),
            end_date: row.date("roles.endDate", &said.end_date),
        });
    }
    out
}

/// 1.1 says one role, and the orgs it holds at; the first of them is the
/// primary one.
fn roles_of_1_1(
    row: &mut RowNotes<'_>,
    role: Text<'_>,
    orgs: List<Ref<'_>>,
    primary_org: Option<&str>,
) -> Vec<RoleAssignment> {
    let Some(role) = row.role("role", role) else {
        return Vec::new();
    };
    let mut orgs: Vec<Option<String>> =
        row.references("orgs", orgs).into_iter().map(Some).collect();
    if orgs.is_empty() {
        orgs.push(primary_org.map(str::to_owned));
    }
    let assign = |(at, org)| RoleAssignment {
        role: role.clone(),
        primary: at == 0,
        org,
        begin_date: None,
        end_date: None,
    };
    orgs.into_iter().enumerate().map(assign).collect()
}

fn user_ids(row: &mut RowNotes<'_>, ids: List<UserIdRow<'_>>) -> Vec<UserId> {
    let mut out = Vec::with_capacity(ids.len());
    for id in ids {
        if id.shape == Shape::Other {
            row.warn(
                "invalid-value",
                "userIds",
                "holds an entry without a type and an identifier, in CSV {type:identifier}; it was dropped",
            );
            continue;
        }
        let id_type = row.text("userIds.type", id.id_type).unwrap_or_default();
        if let Some(identifier) = row.text("userIds.identifier", id.identifier) {
            out.push(UserId {
                id_type,
                identifier,
            });
        }
    }
    out
}

/// A language tag out of metadata, in the order of how surely the name means the
/// person's own language. `English` is not a tag and is left where it is.
fn language(metadata: &[(String, String)]) -> Option<String> {
    const NAMES: [&str; 7] = [
        "language",
        "preferredlanguage",
        "homelanguage",
        "primarylanguage",
        "nativelanguage",
        "lang",
        "locale",
    ];
    if metadata.is_empty() {
        return None;
    }
    let plain = |name: &str| -> String {
        let last = name.rsplit('.').next().unwrap_or(name);
        last.chars()
            .filter(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_ascii_lowercase()
    };
    NAMES.iter().find_map(|wanted| {
        metadata
            .iter()
            .find(|(name, value)| plain(name) == *wanted && is_language_tag(value))
            .map(|(_, value)| value.replace('_', "-"))
    })
}

fn is_language_tag(text: &str) -> bool {
    let mut parts = text.split(['-', '_']);
    let primary = parts.next().unwrap_or_default();
    (2..=3).contains(&primary.len())
        && primary.bytes().all(|byte| byte.is_ascii_alphabetic())
        && parts.all(|part| {
            (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}
