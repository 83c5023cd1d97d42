//! Grades, subjects and the course catalogue: one course per grade and subject.

use crate::{Course, Id, Status};

/// The grades, as OneRoster (CEDS) writes them.
pub(crate) const GRADES: [&str; 13] = [
    "KG", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12",
];

/// A subject: code, name, SCED code. The first is the homeroom.
pub(crate) struct Subject {
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    pub(crate) sced: &'static str,
}

const fn subject(code: &'static str, name: &'static str, sced: &'static str) -> Subject {
    Subject { code, name, sced }
}

/// The subjects every student takes, so many classes a student is in.
pub(crate) const SUBJECTS: [Subject; 9] = [
    subject("HRM", "Homeroom", "22106"),
    subject("ELA", "English Language Arts", "01001"),
    subject("MAT", "Mathematics", "02001"),
    subject("SCI", "Science", "03001"),
    subject("SOC", "Social Studies", "04001"),
    subject("ART", "Art", "05154"),
    subject("MUS", "Music", "05101"),
    subject("PE", "Physical Education", "08001"),
    subject("LAN", "World Languages", "06101"),
];

/// The id of the course of a grade and subject, such as `MAT-07`.
pub(crate) fn course_id(grade: usize, subject: usize) -> Id {
    Id::new(&course_code(grade, subject))
}

fn course_code(grade: usize, subject: usize) -> String {
    format!("{}-{}", SUBJECTS[subject].code, GRADES[grade])
}

/// The grade as people say it: "Kindergarten", "Grade 7".
pub(crate) fn grade_name(grade: usize) -> String {
    match grade {
        0 => "Kindergarten".to_owned(),
        number => format!("Grade {number}"),
    }
}

/// Course `index` of the catalogue (grade by grade).
pub(crate) fn course(index: usize, org: Id, school_year: Id, modified: jiff::Timestamp) -> Course {
    let (grade, subject) = (index / SUBJECTS.len(), index % SUBJECTS.len());
    Course {
        sourced_id: course_id(grade, subject),
        status: Status::Active,
        date_last_modified: modified,
        title: format!("{}, {}", SUBJECTS[subject].name, grade_name(grade)),
        course_code: course_code(grade, subject),
        school_year,
        org,
        grades: vec![GRADES[grade]],
        subjects: vec![SUBJECTS[subject].name],
        subject_codes: vec![SUBJECTS[subject].sced],
    }
}

/// How many courses the catalogue has.
pub(crate) const COURSES: usize = GRADES.len() * SUBJECTS.len();
