//! The plan of a district: how many of everything each school has, and where
//! its rows begin. It grows with the number of schools, not of people.

use crate::courses::SUBJECTS;
use crate::names::SCHOOLS;
use crate::random::{Purpose, draw};

/// Students of a class, about.
const SECTION: u32 = 25;
/// Below so many students a district has one school.
const ONE_SCHOOL: u32 = 240;
/// Where the teachers are among twelve members of staff.
const TEACHERS: [u32; 9] = [0, 1, 3, 4, 6, 7, 8, 10, 11];
const STAFF_CYCLE: u32 = 12;

/// One grade of a school.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct GradePlan {
    /// Place in [`GRADES`](crate::courses::GRADES).
    pub(crate) grade: usize,
    /// The first student, counted within the school.
    pub(crate) first: u32,
    pub(crate) students: u32,
    pub(crate) sections: u32,
    /// The first class, counted within the school.
    pub(crate) first_class: u32,
}

/// One school.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct School {
    pub(crate) name: String,
    pub(crate) grades: Vec<GradePlan>,
    pub(crate) first_student: u32,
    pub(crate) students: u32,
    pub(crate) first_staff: u32,
    pub(crate) staff: u32,
    pub(crate) first_class: u32,
    pub(crate) classes: u32,
    pub(crate) first_enrollment: u64,
}

/// The blocks of a school's enrollments, in order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Blocks {
    /// Each student in each subject.
    pub(crate) students: u64,
    /// The teacher of each class.
    pub(crate) teachers: u64,
    /// Co-teachers.
    pub(crate) co_teachers: u64,
    /// Two classes at another school for some students.
    pub(crate) elsewhere: u64,
    /// An earlier, ended enrollment in a class the student is in again.
    pub(crate) earlier: u64,
}

impl Blocks {
    pub(crate) fn total(self) -> u64 {
        self.students + self.teachers + self.co_teachers + self.elsewhere + self.earlier
    }
}

/// Rows `at, at + step, at + 2 step, …` below `n`: how many there are.
fn every(n: u32, step: u32, at: u32) -> u64 {
    u64::from((n + step - 1 - at) / step)
}

pub(crate) const CO_TEACHER_STEP: u32 = 8;
pub(crate) const CO_TEACHER_AT: u32 = 3;
pub(crate) const ELSEWHERE_STEP: u32 = 40;
pub(crate) const ELSEWHERE_AT: u32 = 7;
pub(crate) const ELSEWHERE_CLASSES: u32 = 2;
pub(crate) const EARLIER_STEP: u32 = 250;
pub(crate) const EARLIER_AT: u32 = 123;

impl School {
    /// How many of the staff are teachers.
    pub(crate) fn teachers(&self) -> u32 {
        let rest = self.staff % STAFF_CYCLE;
        let in_rest = TEACHERS.iter().filter(|&&at| at < rest).count() as u32;
        self.staff / STAFF_CYCLE * TEACHERS.len() as u32 + in_rest
    }

    /// The place among the school's staff of teacher `n`.
    pub(crate) fn teacher_at(n: u32) -> u32 {
        let each = TEACHERS.len() as u32;
        n / each * STAFF_CYCLE + TEACHERS[(n % each) as usize]
    }

    /// The grade of the student at `place` within the school.
    pub(crate) fn grade_of(&self, place: u32) -> &GradePlan {
        let after = self.grades.partition_point(|grade| grade.first <= place);
        &self.grades[after.max(1) - 1]
    }

    /// The grade and what is left of the class number, for a class counted
    /// within the school.
    pub(crate) fn class_at(&self, class: u32) -> (&GradePlan, usize, u32) {
        let after = self
            .grades
            .partition_point(|grade| grade.first_class <= class);
        let grade = &self.grades[after.max(1) - 1];
        let within = class - grade.first_class;
        let sections = grade.sections.max(1);
        (grade, (within / sections) as usize, within % sections)
    }

    /// How the enrollments of this school divide. `alone`: there is no other
    /// school to send a student to.
    pub(crate) fn blocks(&self, alone: bool) -> Blocks {
        let co_teachers = if self.teachers() >= 2 {
            every(self.classes, CO_TEACHER_STEP, CO_TEACHER_AT)
        } else {
            0
        };
        let elsewhere = if alone {
            0
        } else {
            every(self.students, ELSEWHERE_STEP, ELSEWHERE_AT) * u64::from(ELSEWHERE_CLASSES)
        };
        Blocks {
            students: u64::from(self.students) * SUBJECTS.len() as u64,
            teachers: u64::from(self.classes),
            co_teachers,
            elsewhere,
            earlier: every(self.students, EARLIER_STEP, EARLIER_AT),
        }
    }
}

impl GradePlan {
    /// The section in which the student at `place` (within the school) takes a
    /// subject. Young pupils stay together; from grade 6 on each subject mixes
    /// them anew.
    pub(crate) fn section_of(&self, place: u32, subject: usize) -> u32 {
        let within = place - self.first;
        if self.grade < 6 || subject == 0 {
            within * self.sections / self.students.max(1)
        } else {
            (within / (subject as u32 + 1) + subject as u32) % self.sections.max(1)
        }
    }

    /// The number within the school of the class of a subject and section.
    pub(crate) fn class_number(&self, subject: usize, section: u32) -> u32 {
        self.first_class + subject as u32 * self.sections + section
    }
}

/// All schools of a district.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plan {
    pub(crate) schools: Vec<School>,
    pub(crate) students: u32,
    pub(crate) staff: u32,
    pub(crate) guardians: u32,
    pub(crate) classes: u32,
    pub(crate) enrollments: u64,
}

impl Plan {
    pub(crate) fn new(seed: u64, (students, staff, guardians): (u32, u32, u32)) -> Self {
        let mut plan = Plan {
            schools: Vec::new(),
            students,
            staff,
            guardians,
            classes: 0,
            enrollments: 0,
        };
        let sizes = school_sizes(seed, students, staff);
        let alone = sizes.len() == 1;
        let spare_staff = u64::from(staff) - sizes.len() as u64;
        let share = |students_before: u32, schools_before: usize| {
            let part = u64::from(students_before) * spare_staff / u64::from(students);
            schools_before as u32 + part as u32
        };
        let mut first_student = 0;
        for (n, (level, size)) in sizes.into_iter().enumerate() {
            let first_staff = share(first_student, n);
            let mut school = School {
                name: school_name(seed, n, level),
                grades: Vec::new(),
                first_student,
                students: size,
                first_staff,
                staff: share(first_student + size, n + 1) - first_staff,
                first_class: plan.classes,
                classes: 0,
                first_enrollment: plan.enrollments,
            };
            add_grades(&mut school, level);
            plan.classes += school.classes;
            plan.enrollments += school.blocks(alone).total();
            first_student += size;
            plan.schools.push(school);
        }
        plan
    }

    /// The school of a student.
    pub(crate) fn school_of_student(&self, student: u32) -> usize {
        self.schools
            .partition_point(|school| school.first_student <= student)
            - 1
    }

    /// The school of a member of staff.
    pub(crate) fn school_of_staff(&self, staff: u32) -> usize {
        self.schools
            .partition_point(|school| school.first_staff <= staff)
            - 1
    }

    /// The school of a class.
    pub(crate) fn school_of_class(&self, class: u32) -> usize {
        self.schools
            .partition_point(|school| school.first_class <= class)
            - 1
    }

    /// The school of an enrollment.
    pub(crate) fn school_of_enrollment(&self, enrollment: u64) -> usize {
        self.schools
            .partition_point(|school| school.first_enrollment <= enrollment)
            - 1
    }

    /// The school to which some students of `school` also go.
    pub(crate) fn other_school(&self, school: usize) -> usize {
        (school + 1) % self.schools.len()
    }

    /// Whether there is one school only.
    pub(crate) fn alone(&self) -> bool {
        self.schools.len() == 1
    }
}

/// Which grades a school has.
#[derive(Debug, Clone, Copy)]
enum Level {
    Whole(u32),
    Elementary,
    Middle,
    High,
}

impl Level {
    fn grades(self) -> std::ops::Range<usize> {
        match self {
            Level::Whole(grades) => 0..grades as usize,
            Level::Elementary => 0..6,
            Level::Middle => 6..9,
            Level::High => 9..13,
        }
    }

    fn suffix(self) -> &'static str {
        match self {
            Level::Whole(_) => "School",
            Level::Elementary => "Elementary School",
            Level::Middle => "Middle School",
            Level::High => "High School",
        }
    }
}

/// The schools with their numbers of students, which add up to `students`.
fn school_sizes(seed: u64, students: u32, staff: u32) -> Vec<(Level, u32)> {
    let levels = [
        (Level::Elementary, 6, 450),
        (Level::Middle, 3, 700),
        (Level::High, 4, 1_200),
    ];
    let count = |share: u32, size: u32| {
        let level_students = u64::from(students) * u64::from(share) / 13;
        ((level_students + u64::from(size) / 2) / u64::from(size)).max(1) as u32
    };
    let schools: u32 = levels
        .iter()
        .map(|&(_, share, size)| count(share, size))
        .sum();
    if students < ONE_SCHOOL || schools > staff {
        return vec![(Level::Whole((students / 12).clamp(1, 13)), students)];
    }
    let mut sizes: Vec<(Level, u32)> = Vec::with_capacity(schools as usize);
    let mut before = 0;
    let mut grades_before = 0;
    for (level, share, size) in levels {
        grades_before += u64::from(share);
        let until = (u64::from(students) * grades_before / 13) as u32;
        let count = count(share, size);
        let weight = |n: u32| {
            let index = (sizes.len() as u32 + n).into();
            700 + draw(seed, Purpose::SchoolSize, index) % 600
        };
        let weights: Vec<u64> = (0..count).map(weight).collect();
        let all: u64 = weights.iter().sum();
        let (mut passed, mut given) = (0, 0);
        for weight in weights {
            passed += weight;
            let upto = (u64::from(until - before) * passed / all) as u32;
            sizes.push((level, upto - given));
            given = upto;
        }
        before = until;
    }
    sizes
}

fn school_name(seed: u64, n: usize, level: Level) -> String {
    let turn = draw(seed, Purpose::SchoolName, 0) as usize % SCHOOLS.len();
    let name = SCHOOLS[(n + turn) % SCHOOLS.len()];
    match n / SCHOOLS.len() {
        0 => format!("{name} {}", level.suffix()),
        round => format!("{name} {} {}", level.suffix(), round + 1),
    }
}

fn add_grades(school: &mut School, level: Level) {
    let range = level.grades();
    let count = range.len() as u32;
    let edge = |n: u32| (u64::from(school.students) * u64::from(n) / u64::from(count)) as u32;
    for (n, grade) in (0..).zip(range) {
        let (first, end) = (edge(n), edge(n + 1));
        let students = end - first;
        if students == 0 {
            continue;
        }
        let sections = ((students + SECTION / 2) / SECTION).max(1);
        school.grades.push(GradePlan {
            grade,
            first,
            students,
            sections,
            first_class: school.classes,
        });
        school.classes += sections * SUBJECTS.len() as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_student_teacher_and_class_has_one_school() {
        for (students, staff) in [(21, 1), (300, 25), (2_100, 180), (70_000, 6_000)] {
            let plan = Plan::new(7, (students, staff, 100));
            assert_eq!(
                plan.schools.iter().map(|s| s.students).sum::<u32>(),
                students
            );
            assert_eq!(plan.schools.iter().map(|s| s.staff).sum::<u32>(), staff);
            for school in &plan.schools {
                assert!(school.teachers() >= 1, "{school:?}");
                assert!(School::teacher_at(school.teachers() - 1) < school.staff);
                let grades: u32 = school.grades.iter().map(|g| g.students).sum();
                assert_eq!(grades, school.students);
            }
        }
    }

    #[test]
    fn sections_are_of_a_bearable_size() {
        let plan = Plan::new(7, (21_000, 1_800, 7_200));
        for school in &plan.schools {
            for grade in &school.grades {
                for subject in 0..SUBJECTS.len() {
                    let mut sizes = vec![0; grade.sections as usize];
                    for place in grade.first..grade.first + grade.students {
                        sizes[grade.section_of(place, subject) as usize] += 1;
                    }
                    assert!(sizes.iter().all(|&n| (9..=45).contains(&n)), "{sizes:?}");
                }
            }
        }
    }
}
