//! The compact form of each kind of record, as it lies in memory.
//!
//! A `u32` that names another record is an id of that collection; [`NO_ID`]
//! stands for none. Rows know where their texts lie, not what they are.

use super::text::Fields;
use crate::record::{Day, Role};

/// Stands for no id.
pub(crate) const NO_ID: u32 = u32::MAX;

/// A stretch of one of the shared lists.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Stretch {
    pub(super) from: u32,
    pub(super) len: u16,
}

impl Stretch {
    pub(super) fn of<T>(self, list: &[T]) -> &[T] {
        let from = self.from as usize;
        list.get(from..from + usize::from(self.len))
            .unwrap_or_default()
    }
}

#[derive(Debug, Clone)]
pub(crate) struct OrgRow {
    pub(super) id: u32,
    pub(crate) deleted: bool,
    pub(super) modified: i64,
    /// Name, type, identifier.
    pub(super) texts: Fields<3>,
    pub(crate) parent: u32,
}

#[derive(Debug, Clone)]
pub(crate) struct SessionRow {
    pub(super) id: u32,
    pub(crate) deleted: bool,
    pub(super) modified: i64,
    /// Title, type.
    pub(super) texts: Fields<2>,
    pub(crate) start: Option<Day>,
    pub(crate) end: Option<Day>,
    pub(crate) parent: u32,
    pub(crate) school_year: Option<u16>,
}

#[derive(Debug, Clone)]
pub(crate) struct CourseRow {
    pub(super) id: u32,
    pub(crate) deleted: bool,
    pub(super) modified: i64,
    /// Title, code, grades, subjects, subject codes.
    pub(super) texts: Fields<5>,
    pub(crate) org: u32,
    pub(crate) school_year: u32,
}

#[derive(Debug, Clone)]
pub(crate) struct ClassRow {
    pub(super) id: u32,
    pub(crate) deleted: bool,
    pub(super) modified: i64,
    /// Title, code, type, location, grades, subjects, subject codes, periods.
    pub(super) texts: Fields<8>,
    pub(crate) course: u32,
    pub(crate) school: u32,
    pub(super) terms: Stretch,
}

/// The texts of a user, in the order in which they lie.
#[derive(Debug, Clone, Copy)]
pub(crate) enum UserText {
    GivenName,
    FamilyName,
    MiddleName,
    PreferredGivenName,
    PreferredFamilyName,
    Username,
    Identifier,
    MasterIdentifier,
    Email,
    Sms,
    Phone,
    Language,
    Grades,
    LegacyId,
}

impl UserText {
    pub(super) const COUNT: usize = UserText::LegacyId as usize + 1;
}

#[derive(Debug, Clone)]
pub(crate) struct UserRow {
    pub(super) id: u32,
    pub(crate) deleted: bool,
    pub(super) enabled: bool,
    pub(super) modified: i64,
    pub(super) texts: Fields<{ UserText::COUNT }>,
    pub(super) roles: Stretch,
    pub(super) agents: Stretch,
    pub(super) other_ids: Stretch,
    pub(super) primary_org: u32,
}

/// One role of a user at an org.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RoleRow {
    pub(crate) org: u32,
    pub(super) begin: i32,
    pub(super) end: i32,
    pub(crate) role: Role,
    pub(crate) primary: bool,
}

impl RoleRow {
    pub(crate) fn holds_on(&self, day: Day) -> bool {
        self.begin <= day.0 && day.0 <= self.end
    }
}

/// Four bytes for an optional first day: none has always been.
pub(super) fn begin(day: Option<Day>) -> i32 {
    day.map_or(i32::MIN, |day| day.0)
}

/// Four bytes for an optional last day: none never comes.
pub(super) fn end(day: Option<Day>) -> i32 {
    day.map_or(i32::MAX, |day| day.0)
}

/// A user in a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EnrollmentRow {
    pub(crate) user: u32,
    pub(crate) class: u32,
    pub(crate) school: u32,
    pub(super) begin: i32,
    pub(super) end: i32,
    pub(crate) role: Role,
    pub(super) flags: u8,
}

impl EnrollmentRow {
    pub(super) const DELETED: u8 = 1;
    pub(super) const PRIMARY: u8 = 2;
    pub(super) const NOT_PRIMARY: u8 = 4;
    /// The same row as another that is kept.
    pub(super) const SAME: u8 = 8;
    /// Another row under the same id, which is kept, says something else.
    pub(super) const DIFFERS: u8 = 16;

    pub(crate) fn deleted(&self) -> bool {
        self.flags & Self::DELETED != 0
    }

    /// Whether another row under the same id was kept.
    pub(crate) fn repeated(&self) -> bool {
        self.flags & (Self::SAME | Self::DIFFERS) != 0
    }

    /// Whether the row that was kept says something else.
    pub(crate) fn differs(&self) -> bool {
        self.flags & Self::DIFFERS != 0
    }

    pub(crate) fn primary(&self) -> bool {
        self.flags & Self::PRIMARY != 0
    }

    /// The one predicate: both ends are inclusive, an absent end is open.
    pub(crate) fn enrolled_on(&self, day: Day) -> bool {
        self.begin <= day.0 && day.0 <= self.end
    }

    /// Whether it ended before the day.
    pub(crate) fn ended_before(&self, day: Day) -> bool {
        self.end < day.0
    }

    /// Whether it ends before it begins.
    pub(crate) fn backwards(&self) -> bool {
        self.end < self.begin
    }

    pub(crate) fn begin(&self) -> Option<Day> {
        (self.begin != i32::MIN).then_some(Day(self.begin))
    }

    pub(crate) fn end(&self) -> Option<Day> {
        (self.end != i32::MAX).then_some(Day(self.end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t39_rows_are_small_enough_for_a_million_people() {
        // Eight million enrollments and two sources of a million people each.
        assert!(size_of::<EnrollmentRow>() <= 24);
        assert!(size_of::<UserRow>() <= 88);
        assert!(size_of::<RoleRow>() <= 16);
    }
}
