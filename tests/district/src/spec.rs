//! What a district is to be like: seed, size, day, shares, and which night.

use jiff::civil::{Date, date};

use crate::Night;

/// The description of a district. Equal specs give equal districts.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// Where all chance comes from.
    pub seed: u64,
    /// Students, staff and guardians together. At least 30; fewer are raised
    /// to 30. A million and more are fine.
    pub people: u32,
    /// The day the district is read. The school year, a semester and a term
    /// contain it.
    pub today: Date,
    /// How the people divide.
    pub shares: Shares,
    /// One user record per role, as OneRoster 1.1 asks for: a parent on the
    /// staff is then two users with one email. False: one user with two roles.
    pub split_roles: bool,
    /// What has happened since the first night. The default: nothing.
    pub night: Night,
}

impl Default for Spec {
    fn default() -> Self {
        Spec {
            seed: 1,
            people: 3_000,
            today: date(2026, 10, 14),
            shares: Shares::default(),
            split_roles: false,
            night: Night::default(),
        }
    }
}

/// Shares of the people, in per mille; guardians are the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shares {
    /// Students, 1 to 990 per mille.
    pub students: u32,
    /// Staff, 1 to 500 per mille.
    pub staff: u32,
}

impl Default for Shares {
    fn default() -> Self {
        Shares {
            students: 700,
            staff: 60,
        }
    }
}

impl Spec {
    /// Students, staff, guardians: whole people that add up to `people`.
    pub(crate) fn head_counts(&self) -> (u32, u32, u32) {
        let people = u64::from(self.people.max(30));
        let students = (people * u64::from(self.shares.students.clamp(1, 990)) / 1000).max(2);
        let staff = (people * u64::from(self.shares.staff.clamp(1, 500)) / 1000).max(1);
        let staff = staff.min(people - students);
        let guardians = people - students - staff;
        (students as u32, staff as u32, guardians as u32)
    }
}
