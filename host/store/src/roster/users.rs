//! Users as rows: a column for each attribute, and one that says who supplied
//! them.

use std::cmp::Ordering;

use homeroom_roster::state::{Attributes, Field, OrgKey, ProviderKey, Roles, User, UserKey};

use super::Record;
use super::assignments;
use super::cells::{Cells, archived, damaged, join};
use crate::bulk::Rows;
use crate::error::Result;

impl Record for User {
    const TABLE: &'static str = "users";
    const COLUMNS: &'static [&'static str] = &[
        "key",
        "id",
        "status",
        "enabled",
        "roles",
        "orgs",
        "assignments",
        "primary_org",
        "providers",
        // In the order of `Field::ALL`.
        "given_name",
        "family_name",
        "middle_name",
        "preferred_given_name",
        "preferred_family_name",
        "username",
        "email",
        "identifier",
        "sms",
        "phone",
        "language",
        "grades",
    ];

    fn by_key(a: &Self, b: &Self) -> Ordering {
        a.key.cmp(&b.key)
    }

    fn write_key(&self, rows: &mut Rows<'_>) {
        rows.push(self.key.0);
    }

    fn write_rest(&self, rows: &mut Rows<'_>) {
        rows.push(self.id.clone());
        rows.push(archived(self.status));
        rows.push(self.enabled);
        rows.push(self.roles.0);
        rows.push(join(self.orgs.iter().map(|key| key.0)));
        rows.push(assignments::write(&self.assignments));
        rows.push(self.primary_org.map(|key| key.0));
        rows.push(write_providers(&self.attributes));
        for field in Field::ALL {
            rows.push(self.attributes.get(field).cloned());
        }
    }

    fn read(cells: &mut Cells<'_, '_>) -> Result<Self> {
        let key = UserKey(cells.int()?);
        let id = cells.text()?;
        let status = cells.status()?;
        let enabled = cells.flag()?;
        let roles = Roles(cells.int()?);
        let orgs = cells.keys(OrgKey)?;
        let assignments = cells.assignments()?;
        let primary_org = cells.int_or_none()?.map(OrgKey);
        let providers = read_providers(cells.str()?)?;
        let mut attributes = Attributes::default();
        for (field, provider) in Field::ALL.into_iter().zip(providers) {
            let value = match field {
                Field::Language | Field::Grades | Field::GivenName | Field::MiddleName => {
                    cells.shared_or_none()?
                }
                _ => cells.text_or_none()?,
            };
            if value.is_some() {
                attributes.set(field, value, provider);
            }
        }
        Ok(User {
            key,
            id,
            status,
            enabled,
            roles,
            attributes,
            orgs,
            assignments,
            primary_org,
        })
    }
}

/// One key if all values come from one provider, which is the rule; else a
/// place for each field, empty where an administrator pinned it.
fn write_providers(attributes: &Attributes) -> String {
    let mut with_value = Field::ALL
        .into_iter()
        .filter(|field| attributes.get(*field).is_some())
        .map(|field| attributes.provider(field));
    let first = with_value.next().flatten();
    if let Some(provider) = first
        && with_value.all(|other| other == first)
    {
        return provider.to_string();
    }
    let places = Field::ALL.map(|field| {
        attributes
            .provider(field)
            .map_or_else(String::new, |key| key.to_string())
    });
    places.join(",")
}

fn read_providers(text: &str) -> Result<[Option<ProviderKey>; Field::COUNT]> {
    let parse = |part: &str| match part {
        "" => Ok(None),
        key => key
            .parse()
            .map(|key| Some(ProviderKey(key)))
            .map_err(|_| damaged("providers")),
    };
    if !text.contains(',') {
        return Ok([parse(text)?; Field::COUNT]);
    }
    let mut providers = [None; Field::COUNT];
    for (provider, part) in providers.iter_mut().zip(text.split(',')) {
        *provider = parse(part)?;
    }
    Ok(providers)
}
