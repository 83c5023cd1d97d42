//! What has happened since the first night: who left, came, was renamed or
//! moved, and which school changed all its ids.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::calendar::midnight;
use crate::courses::SUBJECTS;
use crate::gaps::Gaps;
use crate::plan::{
    EARLIER_AT, EARLIER_STEP, ELSEWHERE_AT, ELSEWHERE_CLASSES, ELSEWHERE_STEP, Plan,
};
use crate::random::{Purpose, draw};
use crate::spec::Spec;

/// The changes of a later night against the first one. Raising a number keeps
/// those who were chosen before.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Night {
    /// Students who left. Their rows, and those of their enrollments, are gone.
    pub left: u32,
    /// Those who left stay in the rows as `tobedeleted` instead.
    pub leavers_as_tobedeleted: bool,
    /// New students. They come after all other users.
    pub joined: u32,
    /// Students with another family name and the old email.
    pub renamed: u32,
    /// Students with one enrollment in another class.
    pub moved: u32,
    /// The school (0 is the first) in which users, classes and enrollments all
    /// have new ids.
    pub rekeyed_school: Option<usize>,
    /// A school of which a share of the students left as well.
    pub shrunk_school: Option<Shrink>,
    /// `dateLastModified` of what changed. None: `today` at midnight UTC.
    pub changed_at: Option<Timestamp>,
}

/// A school that loses students.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shrink {
    /// The school; 0 is the first.
    pub school: usize,
    /// How many of a hundred students are gone.
    pub percent: u32,
}

/// A [`Night`] worked out for one district. Grows with the number of changes.
#[derive(Debug, Clone)]
pub(crate) struct Changes {
    /// Sorted.
    pub(crate) left: Vec<u32>,
    pub(crate) renamed: HashSet<u32>,
    pub(crate) moved: HashSet<u32>,
    pub(crate) joined: u32,
    pub(crate) rekeyed_school: Option<usize>,
    pub(crate) leavers_as_tobedeleted: bool,
    pub(crate) changed_at: Timestamp,
    /// Missing users and enrollments; none when leavers stay as `tobedeleted`.
    pub(crate) users: Gaps,
    pub(crate) enrollments: Gaps,
}

impl Changes {
    pub(crate) fn new(spec: &Spec, plan: &Plan) -> Self {
        let night = &spec.night;
        let mut taken = HashSet::new();
        let mut pick = |purpose, count| pick(spec.seed, purpose, count, plan.students, &mut taken);
        let mut left = pick(Purpose::Left, night.left);
        let renamed = pick(Purpose::Renamed, night.renamed);
        let moved = pick(Purpose::Moved, night.moved);
        if let Some(shrink) = night.shrunk_school {
            left.extend(shrunk(shrink, plan));
        }
        left.sort_unstable();
        left.dedup();
        let (users, enrollments) = if night.leavers_as_tobedeleted {
            (Gaps::default(), Gaps::default())
        } else {
            let users = left.iter().map(|&student| (student.into(), 1)).collect();
            let rows = left
                .iter()
                .flat_map(|&s| enrollment_rows(plan, s))
                .collect();
            (Gaps::new(users), Gaps::new(rows))
        };
        Changes {
            renamed: renamed.into_iter().collect(),
            moved: moved.into_iter().collect(),
            joined: night.joined,
            rekeyed_school: night.rekeyed_school,
            leavers_as_tobedeleted: night.leavers_as_tobedeleted,
            changed_at: night.changed_at.unwrap_or_else(|| midnight(spec.today)),
            users,
            enrollments,
            left,
        }
    }

    /// Whether the student has left.
    pub(crate) fn has_left(&self, student: u32) -> bool {
        self.left.binary_search(&student).is_ok()
    }
}

/// `count` students nobody else has taken (fewer when there are no more).
fn pick(
    seed: u64,
    purpose: Purpose,
    count: u32,
    students: u32,
    taken: &mut HashSet<u32>,
) -> Vec<u32> {
    let mut picked = Vec::new();
    for turn in 0..count {
        if taken.len() == students as usize {
            break;
        }
        let mut student = (draw(seed, purpose, turn.into()) % u64::from(students)) as u32;
        while !taken.insert(student) {
            student = (student + 1) % students;
        }
        picked.push(student);
    }
    picked
}

/// The students whom a shrinking school loses, evenly over its grades.
fn shrunk(shrink: Shrink, plan: &Plan) -> Vec<u32> {
    let Some(school) = plan.schools.get(shrink.school) else {
        return Vec::new();
    };
    let percent = shrink.percent.min(100);
    let share = |place: u32| u64::from(place) * u64::from(percent) / 100;
    (0..school.students)
        .filter(|&place| share(place) != share(place + 1))
        .map(|place| school.first_student + place)
        .collect()
}

/// The enrollment rows of a student, as (first, how many).
fn enrollment_rows(plan: &Plan, student: u32) -> Vec<(u64, u64)> {
    let school = &plan.schools[plan.school_of_student(student)];
    let place = student - school.first_student;
    let blocks = school.blocks(plan.alone());
    let subjects = SUBJECTS.len() as u64;
    let mut rows = vec![(
        school.first_enrollment + u64::from(place) * subjects,
        subjects,
    )];
    let elsewhere =
        school.first_enrollment + blocks.students + blocks.teachers + blocks.co_teachers;
    if blocks.elsewhere > 0 && place % ELSEWHERE_STEP == ELSEWHERE_AT {
        let turn = u64::from(place / ELSEWHERE_STEP);
        let each = u64::from(ELSEWHERE_CLASSES);
        rows.push((elsewhere + turn * each, each));
    }
    if place % EARLIER_STEP == EARLIER_AT {
        let turn = u64::from(place / EARLIER_STEP);
        rows.push((elsewhere + blocks.elsewhere + turn, 1));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picks_are_distinct_and_grow() {
        let mut taken = HashSet::new();
        let few = pick(1, Purpose::Left, 5, 100, &mut taken);
        let mut taken = HashSet::new();
        let more = pick(1, Purpose::Left, 60, 100, &mut taken);
        assert_eq!(more[..5], few[..]);
        assert_eq!(taken.len(), 60);
        let rest = pick(1, Purpose::Moved, 60, 100, &mut taken);
        assert_eq!(rest.len(), 40, "no more students than there are");
    }
}
