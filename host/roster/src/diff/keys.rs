//! Which record of the roster a source's record is, by origin, and which key a
//! new one gets.

use crate::prepared::Prepared;
use crate::record::Collection;
use crate::source::NO_ID;
use crate::state::{Class, Course, Org, Origin, ProviderKey, Roster, Session, Status};

/// A record that comes from one source record.
pub(crate) trait Originated: Clone + PartialEq {
    fn origin(&self) -> &Origin;
    fn number(&self) -> u32;
    fn status(&self) -> Status;
    /// The same, archived.
    fn archived(&self) -> Self;
}

macro_rules! originated {
    ($($name:ident),*) => {$(
        impl Originated for $name {
            fn origin(&self) -> &Origin {
                &self.origin
            }
            fn number(&self) -> u32 {
                self.key.0
            }
            fn status(&self) -> Status {
                self.status
            }
            fn archived(&self) -> Self {
                $name {
                    status: Status::Archived,
                    ..self.clone()
                }
            }
        }
    )*};
}
originated!(Org, Session, Course, Class);

/// One collection of one source beside the roster.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// By record: its place in the roster's list.
    pub(crate) place: Vec<u32>,
    /// Places of those of which the source sends no record.
    pub(crate) gone: Vec<u32>,
}

impl Known {
    /// Walks roster and source side by side, both sorted by `sourcedId`.
    pub(crate) fn of<T: Originated>(
        list: &[T],
        prepared: &Prepared<'_>,
        collection: Collection,
        records: usize,
    ) -> Known {
        let mut places = places_of(list, prepared.provider.key);
        places.sort_by(|a, b| id_at(list, *a).cmp(id_at(list, *b)));
        let ids = prepared.records.ids(collection);
        let mut known = Known {
            place: vec![NO_ID; records],
            gone: Vec::new(),
        };
        let mut record = 0;
        for place in places {
            let id = id_at(list, place);
            while record < records && ids.get(record as u32) < id {
                record += 1;
            }
            match record < records && ids.get(record as u32) == id {
                true => known.place[record] = place,
                false => known.gone.push(place),
            }
        }
        known
    }
}

fn places_of<T: Originated>(list: &[T], provider: ProviderKey) -> Vec<u32> {
    let places = list.iter().enumerate();
    places
        .filter(|(_, one)| one.origin().provider == provider)
        .map(|(place, _)| place as u32)
        .collect()
}

fn id_at<T: Originated>(list: &[T], place: u32) -> &str {
    list.get(place as usize)
        .map_or("", |one| &one.origin().sourced_id)
}

/// Keys that are given to new records.
#[derive(Debug)]
pub(crate) struct Counter(u32);

impl Counter {
    /// Counts on from the roster's next key, and in any case from beyond its
    /// last.
    pub(crate) fn after<T: Originated>(next: u32, list: &[T]) -> Counter {
        Counter(list.last().map_or(next, |last| next.max(last.number() + 1)))
    }

    pub(crate) fn next(&mut self) -> u32 {
        self.0 += 1;
        self.0 - 1
    }

    /// The key that the next new record would get.
    pub(crate) fn free(&self) -> u32 {
        self.0
    }
}

/// The keys of one collection of one source, by id; [`NO_ID`] for what is not
/// in use.
pub(crate) fn assign<T: Originated>(
    known: &Known,
    list: &[T],
    ids: usize,
    used: impl Fn(u32) -> bool,
    counter: &mut Counter,
) -> Vec<u32> {
    let mut keys = vec![NO_ID; ids];
    for (record, place) in known.place.iter().enumerate() {
        if used(record as u32) {
            keys[record] = match list.get(*place as usize) {
                Some(one) => one.number(),
                None => counter.next(),
            };
        }
    }
    keys
}

/// The roster's orgs that belong to a source, for those who only look.
pub(crate) fn known_orgs(roster: &Roster, prepared: &Prepared<'_>) -> Known {
    let records = prepared.records.orgs().len();
    Known::of(&roster.orgs, prepared, Collection::Orgs, records)
}
