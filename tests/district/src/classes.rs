//! Classes: for each section of a grade a homeroom and one class per subject.

use crate::calendar::{SEMESTERS, TERMS, YEAR};
use crate::courses::{GRADES, SUBJECTS, course_id, grade_name};
use crate::district::KIND_CLASS;
use crate::id::Meaning;
use crate::{Class, ClassType, District, Id, Status};

const PERIODS: [&str; 9] = ["0", "1", "2", "3", "4", "5", "6", "7", "8"];

/// The sessions (places in the calendar) in which a subject is taught: most all
/// year, the arts and PE in a part of it from grade 6 on.
pub(crate) fn sessions_of(grade: usize, subject: usize) -> &'static [usize] {
    const WHOLE_YEAR: &[usize] = &[YEAR];
    const FIRST: &[usize] = &[SEMESTERS[0]];
    const SECOND: &[usize] = &[SEMESTERS[1]];
    const EARLY: &[usize] = &[TERMS[0], TERMS[1]];
    match (grade >= 6, subject) {
        (true, 5) => FIRST,
        (true, 6) => SECOND,
        (true, 7) => EARLY,
        _ => WHOLE_YEAR,
    }
}

impl District {
    /// The id of a class by its number in the district.
    pub(crate) fn class_id(&self, class: u32, school: usize) -> Id {
        self.guid(KIND_CLASS, self.generation(school), class.into())
    }

    /// Class `index`.
    pub fn class(&self, index: usize) -> Class {
        let number = index as u32;
        let school_number = self.plan.school_of_class(number);
        let school = &self.plan.schools[school_number];
        let within = number - school.first_class;
        assert!(
            within < school.classes,
            "class {index} of {}",
            self.plan.classes
        );
        let (plan, subject, section) = school.class_at(within);
        let grade = plan.grade;
        let taught = &SUBJECTS[subject];
        let letter = section_name(section);
        let (class_type, title) = if subject == 0 {
            let title = format!("{} Homeroom {letter}", grade_name(grade));
            (ClassType::Homeroom, title)
        } else {
            let title = format!("{} {} {letter}", taught.name, GRADES[grade]);
            (ClassType::Scheduled, title)
        };
        Class {
            sourced_id: self.class_id(number, school_number),
            status: Status::Active,
            date_last_modified: self.modified(KIND_CLASS, number.into()),
            title,
            class_code: format!("{}-{}-{letter}", taught.code, GRADES[grade]),
            class_type,
            location: format!("Room {}", 100 + within % 80),
            grades: vec![GRADES[grade]],
            subjects: vec![taught.name],
            subject_codes: vec![taught.sced],
            course: course_id(grade, subject),
            school: self.school_id(school_number),
            terms: sessions_of(grade, subject)
                .iter()
                .map(|&place| self.calendar.sessions[place].sourced_id)
                .collect(),
            periods: vec![PERIODS[subject]],
        }
    }

    pub(crate) fn find_class(&self, meaning: Meaning, id: &str) -> Option<usize> {
        let number = u32::try_from(meaning.index).ok()?;
        if meaning.kind != KIND_CLASS || number >= self.plan.classes {
            return None;
        }
        let school = self.plan.school_of_class(number);
        (self.class_id(number, school).as_str() == id).then_some(number as usize)
    }
}

/// A, B, … Z, A2, B2, …
fn section_name(section: u32) -> String {
    let letter = char::from(b'A' + (section % 26) as u8);
    match section / 26 {
        0 => letter.to_string(),
        round => format!("{letter}{}", round + 1),
    }
}
