//! The books of a read: which pages are known, which are open, and what each
//! collection has come to so far.
//!
//! They also say when a collection has to be read anew: where a source answers
//! with everything although only changes were asked for, and where rows moved
//! while it was read, so that some may have slipped from one page to another:
//! its total changed, or a page does not join the one before. Nothing here waits, asks or stores.

use std::collections::{BTreeMap, HashSet, VecDeque};

use homeroom_roster::record::{Collection, Extent};

/// A page: its collection and its cursor, none for the first.
pub(super) type Place = (Collection, Option<String>);

/// How often a collection is read at most while its rows move.
const MOST_PASSES: u32 = 3;

/// What is known of a page once it was read.
pub(super) struct Entry {
    pub(super) received: u64,
    pub(super) total: Option<u64>,
    pub(super) next: Vec<String>,
    pub(super) extent: Extent,
    /// The adapter saw records that the filter should have kept back.
    pub(super) filter_ignored: bool,
    /// The adapter saw rows move between this page and the one before.
    pub(super) moved: bool,
}

/// Why a collection is read anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// All of it, since the source does not filter.
    Unfiltered,
    /// The same way, since its rows moved.
    Moved,
}

/// How a collection stands.
#[derive(Debug, Default)]
pub(super) struct Standing {
    pub(super) rows: u64,
    /// Pages that are known and not read.
    pub(super) open: usize,
    /// What the pages say the total is, in the order in which they came.
    totals: Vec<u64>,
    /// What they said in the pass before, sorted.
    totals_before: Vec<u64>,
    pub(super) extent: Option<Extent>,
    filter_ignored: bool,
    /// A page says that rows have moved.
    seen_moving: bool,
    /// How often reading it has begun anew because its rows moved.
    repeats: u32,
    /// It is asked for whole, whatever the run asks for.
    pub(super) whole: bool,
    /// Nothing more is to be done about it.
    settled: bool,
}

impl Standing {
    /// The last total that the source told.
    pub(super) fn total(&self) -> Option<u64> {
        self.totals.last().copied()
    }

    /// Whether rows moved in the last pass, and the passes are used up.
    pub(super) fn is_unsteady(&self) -> bool {
        self.moved() && self.repeats + 1 >= MOST_PASSES
    }

    fn moved(&self) -> bool {
        let mut totals = self.totals.clone();
        totals.sort_unstable();
        // A source whose pages tell the same different totals once more does
        // not move; it counts in its own way.
        self.seen_moving || (totals.first() != totals.last() && totals != self.totals_before)
    }
}

/// All collections of one read.
#[derive(Debug, Default)]
pub(super) struct Books {
    pub(super) standings: BTreeMap<Collection, Standing>,
    pub(super) queue: VecDeque<Place>,
    seen: HashSet<Place>,
    /// Bytes of all cursors that were named.
    pub(super) cursor_bytes: usize,
}

impl Books {
    /// A page that an earlier attempt has read.
    pub(super) fn known(&mut self, place: Place, page: Entry) {
        self.seen.insert(place.clone());
        self.queue.retain(|open| *open != place);
        let standing = self.standings.entry(place.0).or_default();
        standing.whole |= page.extent == Extent::Whole;
        self.note(place.0, page);
    }

    /// Opens the first page of each collection that has none yet.
    pub(super) fn begin(&mut self, collections: &[Collection]) {
        for collection in collections {
            self.open((*collection, None));
        }
        for standing in self.standings.values_mut() {
            standing.open = 0;
        }
        for (collection, _) in &self.queue {
            self.standings.entry(*collection).or_default().open += 1;
        }
    }

    /// A page that was just read.
    pub(super) fn took(&mut self, place: &Place, page: Entry) {
        self.closed(place.0);
        self.note(place.0, page);
    }

    /// A page that came to nothing, and that is no failure.
    pub(super) fn closed(&mut self, collection: Collection) {
        let standing = self.standings.entry(collection).or_default();
        standing.open = standing.open.saturating_sub(1);
    }

    fn note(&mut self, collection: Collection, page: Entry) {
        let standing = self.standings.entry(collection).or_default();
        standing.rows += page.received;
        standing.totals.extend(page.total);
        standing.extent.get_or_insert(page.extent);
        standing.filter_ignored |= page.filter_ignored && page.extent == Extent::Changes;
        standing.seen_moving |= page.moved;
        for cursor in page.next {
            self.open((collection, Some(cursor)));
        }
    }

    /// Opens a page, unless it is known: an adapter that sends the host in
    /// circles ends here.
    fn open(&mut self, place: Place) {
        if !self.seen.insert(place.clone()) {
            return;
        }
        self.cursor_bytes += place.1.as_ref().map_or(0, String::len);
        self.standings.entry(place.0).or_default().open += 1;
        self.queue.push_back(place);
    }

    /// Pages that were named so far.
    pub(super) fn named(&self) -> usize {
        self.seen.len()
    }

    /// Collections that are to be read anew. Each is named once, and comes to
    /// that state again only by reading.
    pub(super) fn again(&mut self) -> Vec<(Collection, Again)> {
        let mut again = Vec::new();
        for (collection, standing) in &mut self.standings {
            if standing.filter_ignored && !standing.whole {
                again.push((*collection, Again::Unfiltered));
            } else if standing.open == 0 && !standing.settled {
                standing.settled = true;
                if standing.moved() && standing.repeats + 1 < MOST_PASSES {
                    again.push((*collection, Again::Moved));
                }
            }
        }
        again
    }

    /// Forgets what was read of a collection and opens its first page.
    pub(super) fn restart(&mut self, collection: Collection, why: Again) {
        self.queue.retain(|place| place.0 != collection);
        self.seen.retain(|place| place.0 != collection);
        let of = |place: &Place| place.1.as_ref().map_or(0, String::len);
        self.cursor_bytes = self.seen.iter().map(of).sum();
        let before = self.standings.remove(&collection).unwrap_or_default();
        let mut totals_before = before.totals;
        totals_before.sort_unstable();
        let standing = Standing {
            totals_before,
            repeats: before.repeats + u32::from(why == Again::Moved),
            whole: before.whole || why == Again::Unfiltered,
            ..Standing::default()
        };
        self.standings.insert(collection, standing);
        self.open((collection, None));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USERS: Collection = Collection::Users;

    fn page(total: u64, next: &[&str]) -> Entry {
        Entry {
            received: 10,
            total: Some(total),
            next: next.iter().map(|cursor| (*cursor).to_owned()).collect(),
            extent: Extent::Whole,
            filter_ignored: false,
            moved: false,
        }
    }

    /// Reads a collection of two pages that tell these totals.
    fn pass(books: &mut Books, totals: [u64; 2]) -> Vec<(Collection, Again)> {
        let first = books.queue.pop_front().expect("the first page");
        books.took(&first, page(totals[0], &["b", "b"]));
        assert_eq!(books.again(), []);
        let second = books.queue.pop_front().expect("the second page");
        books.took(&second, page(totals[1], &["b"]));
        assert!(books.queue.is_empty());
        books.again()
    }

    fn begun() -> Books {
        let mut books = Books::default();
        books.begin(&[USERS]);
        books
    }

    #[test]
    fn trap_18_a_total_that_moves_is_read_anew_but_not_for_ever() {
        let mut books = begun();
        for moving in [[20, 19], [19, 18]] {
            assert_eq!(pass(&mut books, moving), [(USERS, Again::Moved)]);
            books.restart(USERS, Again::Moved);
            assert_eq!(books.standings[&USERS].rows, 0);
        }
        assert_eq!(pass(&mut books, [18, 17]), []);
        assert!(books.standings[&USERS].is_unsteady());
    }

    #[test]
    fn trap_18_a_second_pass_that_stands_still_is_enough() {
        let mut books = begun();
        assert_eq!(pass(&mut books, [20, 19]), [(USERS, Again::Moved)]);
        books.restart(USERS, Again::Moved);
        assert_eq!(pass(&mut books, [19, 19]), []);
        assert!(!books.standings[&USERS].is_unsteady());
    }

    #[test]
    fn trap_16_a_source_that_counts_its_own_way_does_not_move() {
        let mut books = begun();
        assert_eq!(pass(&mut books, [10, 3]), [(USERS, Again::Moved)]);
        books.restart(USERS, Again::Moved);
        assert_eq!(pass(&mut books, [3, 10]), []);
        assert!(!books.standings[&USERS].is_unsteady());
    }

    #[test]
    fn trap_59_an_ignored_filter_is_seen_before_the_last_page() {
        let mut books = begun();
        let first = books.queue.pop_front().expect("the first page");
        let unfiltered = Entry {
            extent: Extent::Changes,
            filter_ignored: true,
            ..page(20, &["b", "c"])
        };
        books.took(&first, unfiltered);
        assert_eq!(books.again(), [(USERS, Again::Unfiltered)]);
        books.restart(USERS, Again::Unfiltered);
        assert!(books.standings[&USERS].whole);
        assert_eq!(books.queue, [(USERS, None)]);
        assert_eq!(pass(&mut books, [20, 20]), []);
    }

    #[test]
    fn pages_of_an_earlier_attempt_are_not_opened_again() {
        let mut books = Books::default();
        books.known((USERS, None), page(30, &["b", "c"]));
        books.known((USERS, Some("b".to_owned())), page(30, &[]));
        books.begin(&[Collection::Orgs, USERS]);
        let c = Some("c".to_owned());
        assert_eq!(books.queue, [(USERS, c), (Collection::Orgs, None)]);
        assert_eq!(books.standings[&USERS].open, 1);
        assert_eq!(books.standings[&USERS].rows, 20);
    }
}
