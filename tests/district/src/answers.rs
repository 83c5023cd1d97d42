//! Known answers: what a reader of the district and its directory should find.

use crate::people::{Traits, Who};
use crate::{District, RoleName};

/// Numbers to hold a sync against. "Match" means: the SIS has an email for the
/// person, and one row of the directory has the same, letter case aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Answers {
    /// Students in the SIS, `tobedeleted` ones not counted.
    pub students: u32,
    /// Staff whose main role is teacher.
    pub teachers: u32,
    /// All staff, teachers included.
    pub staff: u32,
    /// Guardians, without staff who are parents.
    pub guardians: u32,
    /// Students who match.
    pub matched_students: u32,
    /// Teachers (main role) who match.
    pub matched_teachers: u32,
    /// Staff who match, teachers included.
    pub matched_staff: u32,
    /// Students for whom the SIS has no email.
    pub students_without_email: u32,
    /// Staff for whom the SIS has no email.
    pub staff_without_email: u32,
    /// Rows of the directory.
    pub directory_rows: u32,
    /// Rows of the directory that are nobody in the SIS.
    pub directory_extras: u32,
}

impl District {
    /// The known answers. Takes time with the number of people, no memory.
    pub fn answers(&self) -> Answers {
        let mut answers = Answers {
            guardians: self.plan.guardians,
            directory_extras: self.directory_extras(),
            ..Answers::default()
        };
        answers.directory_rows = answers.directory_extras;
        let students = (0..self.plan.students).map(Who::Student);
        let joined = (0..self.changes.joined).map(Who::Joined);
        for who in students.chain(joined) {
            answers.directory_rows += u32::from(self.is_in_directory(who));
            let left = matches!(who, Who::Student(n) if self.changes.has_left(n));
            if left {
                continue;
            }
            let has_email = Traits::draw(self.spec.seed, who).has_email;
            answers.students += 1;
            answers.students_without_email += u32::from(!has_email);
            answers.matched_students += u32::from(has_email && self.directory_has_email(who));
        }
        for number in 0..self.plan.staff {
            let who = Who::Staff(number);
            let teaches = Self::staff_role(self.seat(who).1) == RoleName::Teacher;
            let has_email = Traits::draw(self.spec.seed, who).has_email;
            let matches = has_email && self.directory_has_email(who);
            answers.directory_rows += u32::from(self.is_in_directory(who));
            answers.staff += 1;
            answers.teachers += u32::from(teaches);
            answers.staff_without_email += u32::from(!has_email);
            answers.matched_staff += u32::from(matches);
            answers.matched_teachers += u32::from(matches && teaches);
        }
        answers
    }
}
