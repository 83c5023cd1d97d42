//! Users of a CSV folder with their roles: in the row itself (1.1) or in
//! roles.csv (1.2).

use std::collections::HashMap;

use crate::csv_folder::Record;

/// A row of users.csv with its roles.
#[derive(Debug, Clone)]
pub(crate) struct CsvUser {
    pub(crate) record: Record,
    pub(crate) roles: Vec<CsvRole>,
}

/// One role at one org.
#[derive(Debug, Clone)]
pub(crate) struct CsvRole {
    pub(crate) role: String,
    pub(crate) role_type: String,
    pub(crate) org: String,
    pub(crate) begin_date: String,
    pub(crate) end_date: String,
}

impl CsvUser {
    /// Users with their roles; 1.1's own columns win where they are filled.
    pub(crate) fn join(users: Vec<Record>, roles: &[Record]) -> Vec<Self> {
        let mut by_user: HashMap<&str, Vec<CsvRole>> = HashMap::new();
        for row in roles {
            let role = CsvRole {
                role: row.cell("role").to_owned(),
                role_type: row.cell("roleType").to_owned(),
                org: row.cell("orgSourcedId").to_owned(),
                begin_date: row.cell("beginDate").to_owned(),
                end_date: row.cell("endDate").to_owned(),
            };
            by_user
                .entry(row.cell("userSourcedId"))
                .or_default()
                .push(role);
        }
        users
            .into_iter()
            .map(|record| {
                let mut roles = own_roles(&record);
                if roles.is_empty() {
                    let id = record.cell("sourcedId");
                    roles = by_user.remove(id).unwrap_or_default();
                }
                CsvUser { record, roles }
            })
            .collect()
    }

    /// `{LDAP:12},{LTI:15}` as pairs; what is no pair has no type.
    pub(crate) fn user_ids(&self) -> Vec<(&str, &str)> {
        let cells = self.record.list("userIds").into_iter();
        cells
            .map(|cell| {
                let inner = cell.trim_start_matches('{').trim_end_matches('}');
                inner.split_once(':').unwrap_or(("", inner))
            })
            .collect()
    }
}

fn own_roles(record: &Record) -> Vec<CsvRole> {
    let Some(role) = record.value("role") else {
        return Vec::new();
    };
    let orgs = record.list("orgSourcedIds").into_iter().enumerate();
    orgs.map(|(n, org)| CsvRole {
        role: role.to_owned(),
        role_type: if n == 0 { "primary" } else { "secondary" }.to_owned(),
        org: org.to_owned(),
        begin_date: String::new(),
        end_date: String::new(),
    })
    .collect()
}
