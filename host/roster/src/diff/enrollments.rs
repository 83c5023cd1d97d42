//! Who is in which class.
//!
//! This is where the rows are: ten for every person. One pass sorts the rows of
//! a source by class, a second compares class after class with the roster, so
//! that nothing but what changes is ever built.

use super::catalogue::Keys;
use super::classes::Classes;
use crate::codes::{Kind, kind};
use crate::matching::{Matched, NO_SLOT, Users};
use crate::notes::Notes;
use crate::plan::{Changes, Update};
use crate::prepared::Prepared;
use crate::record::{Collection, Day};
use crate::scope::ClassScope;
use crate::source::{EnrollmentRow, NO_ID, SourceRecords};
use crate::state::{ClassKey, Enrollment, OrgKey, Roster, UserKey};

/// What one source says of its enrollments.
struct Sorted {
    /// Rows that count, by class.
    rows: Vec<u32>,
    /// By class: where its rows begin; one more than there are classes.
    starts: Vec<u32>,
}

/// Compares the enrollments of all sources with the roster's.
pub(crate) struct Comparison<'c, 'a> {
    pub(crate) roster: &'c Roster,
    pub(crate) all: &'c [Prepared<'a>],
    pub(crate) keys: &'c [Keys],
    pub(crate) classes: &'c [Classes],
    pub(crate) matched: &'c [Matched],
    pub(crate) users: &'c Users<'a>,
    /// By slot: the user is in use.
    pub(crate) active: &'c [bool],
    /// Schools that stay as they are, sorted.
    pub(crate) frozen: &'c [OrgKey],
    pub(crate) today: Day,
    pub(crate) notes: &'c mut Notes,
    pub(crate) changes: &'c mut Changes<Enrollment>,
}

/// A class that counts, and where it comes from.
struct Target {
    key: ClassKey,
    source: usize,
    class: u32,
}

impl Comparison<'_, '_> {
    /// Adds the changes to the plan. Returns the schools at which users are in
    /// classes: (slot, org), sorted, each once.
    pub(crate) fn compare(&mut self) -> Vec<(u32, OrgKey)> {
        let sorted: Vec<Sorted> = (0..self.all.len()).map(|index| self.sort(index)).collect();
        let mut targets = Vec::new();
        for (source, classes) in self.classes.iter().enumerate() {
            let keys = classes.keys.iter().enumerate();
            targets.extend(
                keys.filter(|(_, key)| **key != NO_ID)
                    .map(|(class, key)| Target {
                        key: ClassKey(*key),
                        source,
                        class: class as u32,
                    }),
            );
        }
        targets.sort_by_key(|target| target.key);

        let mut members = Members::new(self.users.len());
        let mut class_now = Vec::new();
        let roster = self.roster;
        let mut before = roster
            .enrollments
            .chunk_by(|a, b| a.class == b.class)
            .peekable();
        for target in targets {
            while let Some(group) = before.next_if(|group| group[0].class < target.key) {
                self.left(group);
            }
            let of_class = before.next_if(|group| group[0].class == target.key);
            self.class_now(
                &target,
                &sorted[target.source],
                &mut class_now,
                &mut members,
            );
            compare_class(of_class.unwrap_or_default(), &class_now, self.changes);
        }
        before.for_each(|group| self.left(group));
        members.finish()
    }

    /// Rows that count by class; the others are noted.
    fn sort(&mut self, index: usize) -> Sorted {
        let prepared = &self.all[index];
        let count = self.classes[index].scope.len();
        let mut starts = vec![0u32; count + 1];
        if prepared.is_directory() || !prepared.provider.settings.classrooms {
            return Sorted {
                rows: Vec::new(),
                starts,
            };
        }
        let rows = prepared.records.enrollments();
        let mut class_of = vec![NO_ID; rows.len()];
        for (row, enrollment) in rows.iter().enumerate() {
            match self.refusal(index, enrollment) {
                None => {
                    class_of[row] = enrollment.class;
                    starts[enrollment.class as usize + 1] += 1;
                }
                Some(kind) if prepared.running => {
                    match missing(kind, prepared.records, enrollment) {
                        Some((field, detail)) => self.notes.detail(
                            kind,
                            Collection::Enrollments,
                            row as u32,
                            Some(field),
                            detail,
                        ),
                        None => self.notes.record(kind, Collection::Enrollments, row as u32),
                    }
                }
                Some(_) => {}
            }
        }
        for class in 0..count {
            starts[class + 1] += starts[class];
        }
        let mut next = starts.clone();
        let mut sorted = vec![0; starts[count] as usize];
        for (row, class) in class_of
            .into_iter()
            .enumerate()
            .filter(|(_, class)| *class != NO_ID)
        {
            let place = &mut next[class as usize];
            sorted[*place as usize] = row as u32;
            *place += 1;
        }
        Sorted {
            rows: sorted,
            starts,
        }
    }

    /// Why a row does not count.
    fn refusal(&self, index: usize, row: &EnrollmentRow) -> Option<Kind> {
        let prepared = &self.all[index];
        if row.repeated() {
            return Some(match row.differs() {
                true => kind::RECORD_CONFLICT,
                false => kind::RECORD_DUPLICATE,
            });
        }
        if row.deleted() {
            return Some(kind::RECORD_DELETED);
        }
        let Some(class) = self.classes[index].scope.get(row.class as usize) else {
            return Some(kind::ENROLLMENT_CLASS_UNKNOWN);
        };
        let Some(slot) = self.matched[index].slots.get(row.user as usize) else {
            return Some(kind::ENROLLMENT_USER_UNKNOWN);
        };
        if row.backwards() {
            return Some(kind::ENROLLMENT_DATES);
        }
        if *class == ClassScope::SchoolIncomplete {
            return Some(kind::RECORD_SCHOOL_INCOMPLETE);
        }
        if !class.is_in() {
            return Some(kind::ENROLLMENT_CLASS_OUT);
        }
        if row.role.is_guardian() {
            return Some(kind::ENROLLMENT_GUARDIAN);
        }
        if *slot == NO_SLOT {
            return Some(match prepared.in_scope(row.user) {
                true => kind::ENROLLMENT_USER_UNMATCHED,
                false => kind::ENROLLMENT_USER_OUT,
            });
        }
        if !self.active[*slot as usize] {
            return Some(kind::ENROLLMENT_USER_OUT);
        }
        let current = !prepared.provider.settings.respect_enrolment_date;
        (!current && !row.enrolled_on(self.today)).then_some(kind::ENROLLMENT_NOT_CURRENT)
    }

    /// Who is in a class, sorted by user and role, each once.
    fn class_now(
        &mut self,
        target: &Target,
        sorted: &Sorted,
        now: &mut Vec<Enrollment>,
        members: &mut Members,
    ) {
        let prepared = &self.all[target.source];
        let slots = &self.matched[target.source].slots;
        let class = target.class as usize;
        let rows = sorted.starts[class] as usize..sorted.starts[class + 1] as usize;
        let table = prepared.records.enrollments();
        let mut entries: Vec<(UserKey, u8, u32)> = Vec::with_capacity(rows.len());
        entries.extend(sorted.rows[rows].iter().map(|row| {
            let enrollment = &table[*row as usize];
            let user = self.users.key(slots[enrollment.user as usize]);
            (user, enrollment.role as u8, *row)
        }));
        entries.sort_unstable();
        now.clear();
        for same in entries.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let Some(counts) = self.one_of(prepared, same) else {
                continue;
            };
            let row = &table[counts as usize];
            let school = match self.keys[target.source].org(row.school) {
                Some(school) => Some(school),
                None => prepared
                    .records
                    .class(target.class)
                    .and_then(|class| self.keys[target.source].org(class.row.school)),
            };
            if let Some(school) = school {
                members.add(slots[row.user as usize], school);
            }
            now.push(Enrollment {
                class: target.key,
                user: same[0].0,
                role: row.role,
                primary: row.primary(),
                begin: row.begin(),
                end: row.end(),
            });
        }
    }

    /// Of several enrollments of one user in one role: the current one counts,
    /// then the one that began last, then the one that ends last. What is left
    /// is decided by the records, not by their order.
    fn one_of(&mut self, prepared: &Prepared<'_>, same: &[(UserKey, u8, u32)]) -> Option<u32> {
        if let [(_, _, row)] = same {
            return Some(*row);
        }
        let table = prepared.records.enrollments();
        let rank = |row: u32| {
            let one = &table[row as usize];
            let dates = (
                one.enrolled_on(self.today),
                one.begin(),
                one.end().is_none(),
                one.end(),
            );
            (dates, one.primary())
        };
        let mut rows: Vec<u32> = same.iter().map(|(_, _, row)| *row).collect();
        rows.sort_by(|a, b| {
            let ids = |row: u32| prepared.records.enrollment_id(row);
            rank(*b).cmp(&rank(*a)).then_with(|| ids(*a).cmp(&ids(*b)))
        });
        let (first, others) = rows.split_first()?;
        for row in others.iter().filter(|_| prepared.running) {
            self.notes
                .record(kind::ENROLLMENT_REPEATED, Collection::Enrollments, *row);
        }
        Some(*first)
    }

    /// A class of the roster that does not count today. It keeps its people if
    /// its provider is gone or its school stays as it is.
    fn left(&mut self, group: &[Enrollment]) {
        let roster = self.roster;
        let place = roster
            .classes
            .binary_search_by_key(&group[0].class, |class| class.key);
        let stays = place.is_ok_and(|place| {
            let class = &roster.classes[place];
            let mut sources = self.all.iter();
            let known = sources.any(|one| one.provider.key == class.origin.provider);
            !known || self.frozen.binary_search(&class.school).is_ok()
        });
        if !stays {
            self.changes.removed.extend_from_slice(group);
        }
    }
}

/// Walks a class as it was and as it is side by side.
fn compare_class(before: &[Enrollment], now: &[Enrollment], changes: &mut Changes<Enrollment>) {
    let id = |one: &Enrollment| (one.user, one.role);
    let mut now = now.iter().peekable();
    for old in before {
        while let Some(new) = now.next_if(|new| id(new) < id(old)) {
            changes.created.push(*new);
        }
        match now.next_if(|new| id(new) == id(old)) {
            Some(new) if new != old => changes.updated.push(Update {
                before: *old,
                after: *new,
            }),
            Some(_) => {}
            None => changes.removed.push(*old),
        }
    }
    changes.created.extend(now);
}

/// At which schools users are in classes. Most are at one.
struct Members {
    first: Vec<u32>,
    others: Vec<(u32, OrgKey)>,
}

impl Members {
    fn new(users: usize) -> Self {
        Members {
            first: vec![NO_ID; users],
            others: Vec::new(),
        }
    }

    fn add(&mut self, slot: u32, school: OrgKey) {
        match self.first.get_mut(slot as usize) {
            Some(first) if *first == NO_ID => *first = school.0,
            Some(first) if *first != school.0 => self.others.push((slot, school)),
            _ => {}
        }
    }

    fn finish(self) -> Vec<(u32, OrgKey)> {
        let mut all = self.others;
        let first = self
            .first
            .iter()
            .enumerate()
            .filter(|(_, org)| **org != NO_ID);
        all.extend(first.map(|(slot, org)| (slot as u32, OrgKey(*org))));
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// Which record an enrollment points to that was not sent, as property and
/// sentence: whoever mends it at the SIS looks for that one.
fn missing(
    kind: Kind,
    records: &SourceRecords,
    row: &EnrollmentRow,
) -> Option<(&'static str, String)> {
    let (field, what, collection, id) = if kind.code == kind::ENROLLMENT_USER_UNKNOWN.code {
        ("user", "User", Collection::Users, row.user)
    } else if kind.code == kind::ENROLLMENT_CLASS_UNKNOWN.code {
        ("class", "Class", Collection::Classes, row.class)
    } else {
        return None;
    };
    let id = records.ids(collection).get(id);
    (!id.is_empty()).then(|| {
        let name = collection.name();
        (
            field,
            format!("{what} {id} is not among the {name} that the source sent."),
        )
    })
}
