//! Ties between sources' users and the platform's.

use super::own_text;
use crate::matching::{Evidence, MadeLink, Matched, NO_SLOT, Users};
use crate::merge::Merged;
use crate::people::email;
use crate::plan::{Changes, Update};
use crate::prepared::Prepared;
use crate::source::{NO_ID, UserText};
use crate::state::{Field, Link, Origin, RunKey, Text};

/// Compares the links of all sources with the roster's.
pub(crate) fn compare(
    all: &[Prepared<'_>],
    matched: &[Matched],
    users: &Users<'_>,
    merged: &Merged,
    run: RunKey,
) -> Changes<Link> {
    let mut changes = Changes::default();
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by_key(|index| all[*index].provider.key);
    for index in order {
        source(
            &all[index],
            &matched[index],
            users,
            merged,
            run,
            &mut changes,
        );
    }
    changes
}

fn source(
    prepared: &Prepared<'_>,
    matched: &Matched,
    users: &Users<'_>,
    merged: &Merged,
    run: RunKey,
    changes: &mut Changes<Link>,
) {
    // New and moved links, by the source's user, that is by sourcedId.
    let mut moved = vec![false; prepared.links.len()];
    for link in &matched.links {
        let place = prepared.link_of[link.row as usize];
        let before = prepared.links.get(place as usize);
        let after = new_link(prepared, before, link, users, merged, run);
        if place != NO_ID {
            moved[place as usize] = true;
        }
        match before {
            None => changes.created.push(after),
            Some(before) => changes.updated.push(Update {
                before: before.clone(),
                after,
            }),
        }
    }
    for (place, before) in prepared.links.iter().enumerate() {
        if moved[place] || matched.held[place] {
            continue;
        }
        if matched.dissolved[place] {
            changes.removed.push(before.clone());
            continue;
        }
        let row = prepared.user_of[place] as usize;
        let present = matched.slots.get(row).is_some_and(|slot| *slot != NO_SLOT);
        if present != before.present {
            changes.updated.push(Update {
                before: before.clone(),
                after: Link {
                    present,
                    ..before.clone()
                },
            });
        }
    }
    let from = changes.updated.len();
    let own = changes.updated[..from]
        .iter()
        .rposition(|update| update.after.origin.provider != prepared.provider.key)
        .map_or(0, |last| last + 1);
    changes.updated[own..].sort_by(|a, b| a.after.origin.cmp(&b.after.origin));
}

fn new_link(
    prepared: &Prepared<'_>,
    before: Option<&Link>,
    link: &MadeLink,
    users: &Users<'_>,
    merged: &Merged,
    run: RunKey,
) -> Link {
    let record = prepared.records.user(link.row);
    let id = record.map_or("", |user| user.id());
    // Most of what a link says the user says too: one text for both.
    let attributes = merged.attributes(users.previous, link.slot);
    let said = |field: Field| attributes.and_then(|attributes| attributes.get(field));
    let index = (link.slot as usize).checked_sub(users.previous.len());
    let named = index.and_then(|index| merged.made.get(index));
    let known = before.map(|before| &before.origin.sourced_id);
    let known = [known, named, said(Field::Identifier)];
    let same = known.into_iter().flatten().find(|text| ***text == *id);
    let evidence = match &link.evidence {
        Evidence::None => None,
        Evidence::Id(id) => Some(Text::from(&**id)),
        Evidence::Email => record
            .and_then(|user| email::read(user.text(UserText::Email)?).ok())
            .map(|email| own_text(said(Field::Email), &email.written)),
    };
    Link {
        origin: Origin {
            provider: prepared.provider.key,
            sourced_id: own_text(same, id),
        },
        user: users.key(link.slot),
        rule: link.rule,
        evidence,
        since: run,
        present: link.present,
    }
}
