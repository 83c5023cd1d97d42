//! One page of a list, and single records, as JSON.

use district::Collection;
use jiff::ToSpan;

use crate::behaviour::{Behaviour, Filtering, Repeats, Sorting, Written};
use crate::entity::{write_key, write_row};
use crate::filter::known;
use crate::imsx::Problem;
use crate::json::Json;
use crate::query::Query;
use crate::route::singular;
use crate::row::{Row, Stamp};
use crate::selection::{Selection, Wanted, World};
use crate::server::ReadyPage;
use crate::{Resource, Version, dialect::Envelopes};

/// A request for a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ask {
    pub(crate) version: Version,
    pub(crate) resource: Resource,
    pub(crate) school: Option<String>,
    pub(crate) query: Query,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) body: Vec<u8>,
    /// Rows of the whole list, and of this page.
    pub(crate) total: usize,
    pub(crate) returned: usize,
}

/// How many rows a page may have.
pub(crate) fn effective_limit(behaviour: &Behaviour, query: &Query) -> usize {
    let paging = &behaviour.paging;
    let asked = query.limit.filter(|_| !paging.ignore_limit);
    let limit = asked.unwrap_or(paging.default_limit);
    paging.max_limit.map_or(limit, |max| limit.min(max)).max(1)
}

/// The key under which a list stands.
pub(crate) fn envelope(behaviour: &Behaviour, resource: Resource) -> &'static str {
    match behaviour.dialect.envelopes {
        Envelopes::Standard => resource.envelope(),
        Envelopes::AsAddressed => resource.name(),
    }
}

/// The rows of a list from the outside: some may be hidden at the front, some
/// may appear twice.
struct Line<'a> {
    selection: &'a Selection,
    hidden: usize,
    repeats: Repeats,
}

impl Line<'_> {
    fn len(&self) -> usize {
        let seen = self.selection.len().saturating_sub(self.hidden);
        match self.repeats {
            Repeats::None => seen,
            Repeats::Identical(after) | Repeats::Newer(after) => seen + seen / after.max(1),
        }
    }

    /// The row at `place`, and whether it is there for the second time.
    fn row(&self, place: usize) -> (usize, bool) {
        let (place, again) = match self.repeats {
            Repeats::None => (place, false),
            Repeats::Identical(after) | Repeats::Newer(after) => {
                let after = after.max(1);
                let (block, within) = (place / (after + 1), place % (after + 1));
                (block * after + within.min(after - 1), within == after)
            }
        };
        (self.selection.row(self.hidden + place), again)
    }
}

/// Rows that are hidden at the front of a list at its `seen`th request.
fn hidden(behaviour: &Behaviour, seen: u32) -> usize {
    let Some(shift) = behaviour.shift else {
        return 0;
    };
    let shifted = seen >= shift.after;
    let rows = shift.rows.unsigned_abs() as usize;
    // Rows that come are hidden before, rows that go are hidden after.
    if (shift.rows > 0) == shifted { 0 } else { rows }
}

/// The page that is asked for. `seen`: how many requests for the list there
/// were before. `base`: the address of the version.
pub(crate) fn page(
    world: &World,
    behaviour: &Behaviour,
    base: &str,
    ask: &Ask,
    seen: u32,
) -> Result<Page, Problem> {
    let Some(collection) = ask.resource.collection() else {
        return Err(Problem::new(
            403,
            "these credentials do not cover demographics",
        ));
    };
    let query = &ask.query;
    check(collection, ask, behaviour)?;
    let sorts = behaviour.sorting == Sorting::Right;
    let filters = behaviour.filtering == Filtering::Right;
    let selection = world.select(
        collection,
        &Wanted {
            resource: ask.resource,
            school: ask.school.clone(),
            filter: query.filter.clone().filter(|_| filters),
            sort: query.sort.clone().filter(|_| sorts),
            descending: query.descending,
        },
    );
    let line = Line {
        selection: &selection,
        hidden: hidden(behaviour, seen),
        repeats: behaviour.repeats,
    };
    let total = line.len();
    let first = query.offset.min(total);
    let end = first
        .saturating_add(effective_limit(behaviour, query))
        .min(total);
    let mut rows: Vec<(usize, bool)> = (first..end).map(|place| line.row(place)).collect();
    if let (Sorting::AfterSlicing, Some(field)) = (behaviour.sorting, &query.sort) {
        let cut = rows.iter().map(|&(row, _)| row as u32).collect();
        let sorted = world.sorted(collection, cut, field, query.descending);
        rows = sorted
            .into_iter()
            .map(|row| (row as usize, false))
            .collect();
    }
    let newer = matches!(behaviour.repeats, Repeats::Newer(_));
    let mut body = Vec::with_capacity(rows.len() * 800 + 64);
    body.push(b'{');
    write_key(&mut body, envelope(behaviour, ask.resource));
    let single = behaviour.dialect.single_without_list && rows.len() == 1;
    body.extend_from_slice(if single { b"" } else { b"[" });
    for (n, &(row, again)) in rows.iter().enumerate() {
        if n > 0 {
            body.push(b',');
        }
        let mut json = Json::new(&mut body, &behaviour.dialect, ask.version, base);
        json.fields = query.fields.as_deref();
        json.turn = row;
        world.source.with_row(collection, row, |mut record| {
            let common = record.common_mut();
            if again
                && newer
                && let Stamp::At(at) = common.modified
            {
                common.modified = Stamp::At(at.saturating_add(24.hours()).unwrap_or(at));
            }
            let is_masked = behaviour
                .dialect
                .masked_every
                .is_some_and(|every| row % every.max(1) == 0);
            if let (Row::User(user), true) = (&mut record, is_masked) {
                user.email = Some("****@****.***");
            }
            write_row(&mut json, &record);
        });
    }
    body.extend_from_slice(if single { b"}" } else { b"]}" });
    Ok(Page {
        body,
        total,
        returned: rows.len(),
    })
}

/// The page of a list that is written by hand.
pub(crate) fn written(behaviour: &Behaviour, list: &Written, ask: &Ask) -> ReadyPage {
    let total = list.rows.len();
    let first = ask.query.offset.min(total);
    let end = first
        .saturating_add(effective_limit(behaviour, &ask.query))
        .min(total);
    let rows = &list.rows[first..end];
    let key = match &list.envelope {
        Some(key) => key,
        None => envelope(behaviour, ask.resource),
    };
    let body = format!("{{\"{key}\":[{}]}}", rows.join(","));
    ReadyPage {
        body: body.into(),
        gzipped: false,
        total,
        returned: rows.len(),
    }
}

/// One record by its id.
pub(crate) fn single(
    world: &World,
    behaviour: &Behaviour,
    base: &str,
    (version, resource, id): (Version, Resource, &str),
) -> Result<Vec<u8>, Problem> {
    let missing = || Problem::new(404, format!("there is no {} with this id", resource.name()));
    let Some(collection) = resource.collection() else {
        return Err(Problem::new(
            403,
            "these credentials do not cover demographics",
        ));
    };
    let index = world.source.find(collection, id).ok_or_else(missing)?;
    let mut body = vec![b'{'];
    write_key(&mut body, singular(collection));
    let written = world.source.with_row(collection, index, |record| {
        if let Some((field, value)) = resource.clause() {
            let clause = crate::filter::Filter::equal(field, value);
            if !clause.admits(&record) {
                return false;
            }
        }
        let mut json = Json::new(&mut body, &behaviour.dialect, version, base);
        json.turn = index;
        write_row(&mut json, &record);
        true
    });
    if !written {
        return Err(missing());
    }
    body.push(b'}');
    Ok(body)
}

/// Refuses unknown fields in `filter` and `fields`.
fn check(collection: Collection, ask: &Ask, behaviour: &Behaviour) -> Result<(), Problem> {
    if let Some(filter) = &ask.query.filter {
        match behaviour.filtering {
            Filtering::Right => filter.check(collection)?,
            Filtering::Ignored => {}
            Filtering::Refused => {
                let refusal = "this server does not filter".to_owned();
                return Err(Problem::invalid_filter(refusal));
            }
        }
    }
    let names = ask.query.fields.iter().flatten();
    match names.into_iter().find(|name| !selectable(collection, name)) {
        Some(name) => Err(Problem::invalid_selection(ask.version, name)),
        None => Ok(()),
    }
}

/// Names of `fields` beyond those one can filter by.
const SELECTABLE: [&str; 25] = [
    "agents",
    "children",
    "class",
    "course",
    "grades",
    "location",
    "metadata",
    "org",
    "orgs",
    "parent",
    "periods",
    "phone",
    "preferredFirstName",
    "preferredLastName",
    "preferredMiddleName",
    "primary",
    "primaryOrg",
    "roles",
    "school",
    "schoolYear",
    "sms",
    "subjectCodes",
    "subjects",
    "terms",
    "userIds",
];

fn selectable(collection: Collection, name: &str) -> bool {
    known(collection, name) || SELECTABLE.contains(&name) || name == "user"
}
