//! Enrollments: each student in each subject, each class's teachers, students
//! with classes elsewhere, and earlier enrollments that have ended.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use crate::classes::sessions_of;
use crate::courses::SUBJECTS;
use crate::district::{GENERATION_MOVED, KIND_ENROLLMENT, KIND_JOINED_ENROLLMENT};
use crate::id::Meaning;
use crate::people::Who;
use crate::plan::{
    CO_TEACHER_AT, CO_TEACHER_STEP, EARLIER_AT, EARLIER_STEP, ELSEWHERE_AT, ELSEWHERE_CLASSES,
    ELSEWHERE_STEP, School,
};
use crate::random::{Purpose, draw};
use crate::{District, Enrollment, RoleName, Status};

/// The subject in which some were enrolled before, and some move class.
const MAIN_SUBJECT: usize = 2;

/// One enrollment before it is written out.
struct Seat {
    who: Who,
    school: usize,
    /// Counted within the school.
    class: u32,
    role: RoleName,
    primary: Option<bool>,
    dates: (Option<Date>, Option<Date>),
    generation: u8,
}

impl District {
    pub(crate) fn enrollment_count(&self) -> usize {
        let joined = self.changes.joined as usize * SUBJECTS.len();
        (self.plan.enrollments - self.changes.enrollments.total()) as usize + joined
    }

    /// Enrollment `index`.
    pub fn enrollment(&self, index: usize) -> Enrollment {
        let row = self.changes.enrollments.row_at(index as u64);
        if row >= self.plan.enrollments {
            return self.joined_enrollment(row - self.plan.enrollments, index);
        }
        let seat = self.seat_at(row);
        let generation = self.generation(seat.school) | seat.generation;
        let mut enrollment = self.written(&seat, KIND_ENROLLMENT, row, generation);
        if seat.generation != 0 {
            enrollment.date_last_modified = self.changes.changed_at;
        }
        if let Who::Student(n) = seat.who
            && self.changes.leavers_as_tobedeleted
            && self.changes.has_left(n)
        {
            enrollment.status = Status::ToBeDeleted;
            enrollment.date_last_modified = self.changes.changed_at;
        }
        enrollment
    }

    pub(crate) fn find_enrollment(&self, meaning: Meaning, id: &str) -> Option<usize> {
        let row = match meaning.kind {
            KIND_ENROLLMENT if meaning.index < self.plan.enrollments => meaning.index,
            KIND_JOINED_ENROLLMENT => self.plan.enrollments + meaning.index,
            _ => return None,
        };
        let index = self.changes.enrollments.place_of(row)? as usize;
        let there = index < self.enrollment_count();
        (there && self.enrollment(index).sourced_id.as_str() == id).then_some(index)
    }

    fn written(&self, seat: &Seat, kind: u8, row: u64, generation: u8) -> Enrollment {
        let school = &self.plan.schools[seat.school];
        let date_last_modified: Timestamp = self.modified(kind, row);
        Enrollment {
            sourced_id: self.guid(kind, generation, row),
            status: Status::Active,
            date_last_modified,
            user: self.user_id(seat.who),
            class: self.class_id(school.first_class + seat.class, seat.school),
            school: self.school_id(seat.school),
            role: seat.role,
            primary: seat.primary,
            begin_date: seat.dates.0,
            end_date: seat.dates.1,
        }
    }

    fn joined_enrollment(&self, row: u64, index: usize) -> Enrollment {
        let subjects = SUBJECTS.len() as u64;
        let who = Who::Joined((row / subjects) as u32);
        let subject = (row % subjects) as usize;
        assert!(
            row / subjects < u64::from(self.changes.joined),
            "enrollment {index} of {}",
            self.enrollment_count()
        );
        let (school, place) = self.seat(who);
        let grade = self.plan.schools[school].grade_of(place);
        let (_, last) = self.calendar.span(sessions_of(grade.grade, subject));
        let seat = Seat {
            who,
            school,
            class: grade.class_number(subject, grade.section_of(place, subject)),
            role: RoleName::Student,
            primary: None,
            dates: (Some(self.calendar.today), Some(last)),
            generation: 0,
        };
        let generation = self.generation(school);
        let mut enrollment = self.written(&seat, KIND_JOINED_ENROLLMENT, row, generation);
        enrollment.date_last_modified = self.changes.changed_at;
        enrollment
    }

    fn seat_at(&self, row: u64) -> Seat {
        let school_number = self.plan.school_of_enrollment(row);
        let school = &self.plan.schools[school_number];
        let blocks = school.blocks(self.plan.alone());
        let mut within = row - school.first_enrollment;
        if within < blocks.students {
            return self.student_seat(school_number, within, row);
        }
        within -= blocks.students;
        if within < blocks.teachers {
            let class = within as u32;
            return self.teacher_seat(school_number, class, class % school.teachers(), true);
        }
        within -= blocks.teachers;
        if within < blocks.co_teachers {
            let class = within as u32 * CO_TEACHER_STEP + CO_TEACHER_AT;
            let teachers = school.teachers();
            let co_teacher = (class % teachers + 1 + teachers / 3) % teachers;
            return self.teacher_seat(school_number, class, co_teacher, false);
        }
        within -= blocks.co_teachers;
        if within < blocks.elsewhere {
            return self.seat_elsewhere(school_number, within);
        }
        within -= blocks.elsewhere;
        self.earlier_seat(school_number, within)
    }

    fn student_seat(&self, school_number: usize, within: u64, row: u64) -> Seat {
        let school = &self.plan.schools[school_number];
        let subjects = SUBJECTS.len() as u64;
        let place = (within / subjects) as u32;
        let subject = (within % subjects) as usize;
        let student = school.first_student + place;
        let grade = school.grade_of(place);
        let section = grade.section_of(place, subject);
        let moves = subject == MAIN_SUBJECT && self.changes.moved.contains(&student);
        let class = if moves {
            moved_class(school, place, section)
        } else {
            grade.class_number(subject, section)
        };
        let (first, last) = self.calendar.span(sessions_of(grade.grade, subject));
        let today = self.calendar.today;
        let again = subject == MAIN_SUBJECT && place % EARLIER_STEP == EARLIER_AT;
        let dates = match draw(self.spec.seed, Purpose::Place, row) % 200 {
            _ if again => (Some(first.saturating_add(21.days())), Some(last)),
            _ if moves => (Some(today), Some(last)),
            // Left the class some days ago.
            0..=3 => (
                Some(first),
                Some(today.saturating_sub(10.days()).max(first)),
            ),
            // Will come.
            4 | 5 => (Some(today.saturating_add(7.days()).min(last)), Some(last)),
            // The SIS does not say.
            6..=15 => (None, None),
            _ => (Some(first), Some(last)),
        };
        Seat {
            who: Who::Student(student),
            school: school_number,
            class,
            role: RoleName::Student,
            primary: None,
            dates,
            generation: if moves { GENERATION_MOVED } else { 0 },
        }
    }

    fn teacher_seat(&self, school_number: usize, class: u32, teacher: u32, primary: bool) -> Seat {
        let school = &self.plan.schools[school_number];
        let (grade, subject, _) = school.class_at(class);
        let (first, last) = self.calendar.span(sessions_of(grade.grade, subject));
        Seat {
            who: Who::Staff(school.first_staff + School::teacher_at(teacher)),
            school: school_number,
            class,
            role: RoleName::Teacher,
            primary: Some(primary),
            dates: (Some(first), Some(last)),
            generation: 0,
        }
    }

    /// A class at another school, in the grade that stands where the student's
    /// own does.
    fn seat_elsewhere(&self, school_number: usize, within: u64) -> Seat {
        let school = &self.plan.schools[school_number];
        let each = u64::from(ELSEWHERE_CLASSES);
        let place = (within / each) as u32 * ELSEWHERE_STEP + ELSEWHERE_AT;
        let other_number = self.plan.other_school(school_number);
        let other = &self.plan.schools[other_number];
        let grade = &other.grades[place as usize % other.grades.len()];
        let subject = 3 + (within % each) as usize;
        let (first, last) = self.calendar.span(sessions_of(grade.grade, subject));
        Seat {
            who: Who::Student(school.first_student + place),
            school: other_number,
            class: grade.class_number(subject, place % grade.sections),
            role: RoleName::Student,
            primary: None,
            dates: (Some(first), Some(last)),
            generation: 0,
        }
    }

    fn earlier_seat(&self, school_number: usize, within: u64) -> Seat {
        let school = &self.plan.schools[school_number];
        let place = within as u32 * EARLIER_STEP + EARLIER_AT;
        let grade = school.grade_of(place);
        let section = grade.section_of(place, MAIN_SUBJECT);
        let (first, _) = self.calendar.span(sessions_of(grade.grade, MAIN_SUBJECT));
        Seat {
            who: Who::Student(school.first_student + place),
            school: school_number,
            class: grade.class_number(MAIN_SUBJECT, section),
            role: RoleName::Student,
            primary: None,
            dates: (Some(first), Some(first.saturating_add(14.days()))),
            generation: 0,
        }
    }
}

/// The class a student moves to: the next section of the grade, or, where the
/// grade has one only, the same subject of the next grade.
fn moved_class(school: &School, place: u32, section: u32) -> u32 {
    let grade = school.grade_of(place);
    if grade.sections > 1 {
        return grade.class_number(MAIN_SUBJECT, (section + 1) % grade.sections);
    }
    let at = school.grades.iter().position(|g| g == grade).unwrap_or(0);
    school.grades[(at + 1) % school.grades.len()].class_number(MAIN_SUBJECT, 0)
}
