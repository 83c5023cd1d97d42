//! The district: the way in to all its records by collection and index.

use jiff::Timestamp;

use crate::calendar::{Calendar, YEAR, midnight};
use crate::courses::{COURSES, GRADES, SUBJECTS, course};
use crate::id::{Meaning, guid, meaning};
use crate::night::Changes;
use crate::people::FoldedNames;
use crate::plan::Plan;
use crate::random::{Purpose, draw};
use crate::{
    AcademicSession, Class, Collection, Course, Enrollment, Id, Org, OrgType, Spec, Status, User,
};

/// Kinds in GUIDs beside those of users.
pub(crate) const KIND_CLASS: u8 = 16;
pub(crate) const KIND_ENROLLMENT: u8 = 17;
pub(crate) const KIND_JOINED_ENROLLMENT: u8 = 18;
/// Generations in GUIDs.
pub(crate) const GENERATION_REKEYED: u8 = 1;
pub(crate) const GENERATION_MOVED: u8 = 2;

/// A generated school district. Cheap to clone and to share between threads.
#[derive(Debug, Clone)]
pub struct District {
    pub(crate) spec: Spec,
    pub(crate) plan: Plan,
    pub(crate) calendar: Calendar,
    pub(crate) changes: Changes,
    pub(crate) folded: FoldedNames,
    pub(crate) domain: String,
    pub(crate) long_ago: Timestamp,
}

impl District {
    /// The district of `spec`.
    pub fn new(spec: Spec) -> Self {
        let plan = Plan::new(spec.seed, spec.head_counts());
        let calendar = Calendar::around(spec.today);
        District {
            changes: Changes::new(&spec, &plan),
            folded: FoldedNames::new(),
            domain: format!("district{}.example", spec.seed),
            long_ago: midnight(calendar.sessions[YEAR].start_date),
            plan,
            calendar,
            spec,
        }
    }

    /// What it was made from.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// How many records a collection has.
    pub fn len(&self, collection: Collection) -> usize {
        match collection {
            Collection::Orgs => self.plan.schools.len() + 1,
            Collection::AcademicSessions => self.calendar.sessions.len(),
            Collection::Courses => COURSES,
            Collection::Classes => self.plan.classes as usize,
            Collection::Users => self.user_count(),
            Collection::Enrollments => self.enrollment_count(),
        }
    }

    /// How many schools there are.
    pub fn schools(&self) -> usize {
        self.plan.schools.len()
    }

    /// The id of school `n` (0 is the first; it is org `n + 1`).
    pub fn school_id(&self, n: usize) -> Id {
        Id::new(&format!("07{:05}", n + 1))
    }

    pub(crate) fn district_id(&self) -> Id {
        Id::new("0700000")
    }

    /// Org `index`: the district, then the schools.
    ///
    /// # Panics
    /// When `index` is not below `len`, as an array does. So do its siblings.
    pub fn org(&self, index: usize) -> Org {
        if index == 0 {
            return Org {
                sourced_id: self.district_id(),
                status: Status::Active,
                date_last_modified: self.long_ago,
                name: format!("Unified School District {}", self.spec.seed),
                org_type: OrgType::District,
                identifier: Some("0700000".to_owned()),
                parent: None,
                children: (0..self.schools()).map(|n| self.school_id(n)).collect(),
            };
        }
        Org {
            sourced_id: self.school_id(index - 1),
            status: Status::Active,
            date_last_modified: self.long_ago,
            name: self.plan.schools[index - 1].name.clone(),
            org_type: OrgType::School,
            identifier: Some(format!("NCES-{:07}", 5_300_000 + index)),
            parent: Some(self.district_id()),
            children: Vec::new(),
        }
    }

    /// Academic session `index`.
    pub fn academic_session(&self, index: usize) -> AcademicSession {
        self.calendar.sessions[index].clone()
    }

    /// Course `index`.
    pub fn course(&self, index: usize) -> Course {
        assert!(index < COURSES, "course {index} of {COURSES}");
        let year = self.calendar.sessions[YEAR].sourced_id;
        course(index, self.district_id(), year, self.long_ago)
    }

    /// All classes in order.
    pub fn classes(&self) -> impl Iterator<Item = Class> + '_ {
        (0..self.len(Collection::Classes)).map(|n| self.class(n))
    }

    /// All users in order.
    pub fn users(&self) -> impl Iterator<Item = User> + '_ {
        (0..self.len(Collection::Users)).map(|n| self.user(n))
    }

    /// All enrollments in order.
    pub fn enrollments(&self) -> impl Iterator<Item = Enrollment> + '_ {
        (0..self.len(Collection::Enrollments)).map(|n| self.enrollment(n))
    }

    /// The index of the record with that id, without a search.
    pub fn find(&self, collection: Collection, id: &str) -> Option<usize> {
        match collection {
            Collection::Orgs => {
                let number: usize = id.strip_prefix("07")?.parse().ok()?;
                (id.len() == 7 && number < self.len(collection)).then_some(number)
            }
            Collection::AcademicSessions => {
                let sessions = &self.calendar.sessions;
                sessions.iter().position(|s| s.sourced_id.as_str() == id)
            }
            Collection::Courses => {
                let (code, grade) = id.split_once('-')?;
                let subject = SUBJECTS.iter().position(|s| s.code == code)?;
                let grade = GRADES.iter().position(|&g| g == grade)?;
                Some(grade * SUBJECTS.len() + subject)
            }
            Collection::Classes => self.find_class(self.meaning(id)?, id),
            Collection::Users => self.find_user(self.meaning(id)?, id),
            Collection::Enrollments => self.find_enrollment(self.meaning(id)?, id),
        }
    }

    fn meaning(&self, id: &str) -> Option<Meaning> {
        meaning(self.spec.seed, id)
    }

    pub(crate) fn guid(&self, kind: u8, generation: u8, index: u64) -> Id {
        let meaning = Meaning {
            kind,
            generation,
            index,
        };
        guid(self.spec.seed, meaning)
    }

    /// The generation of ids in a school.
    pub(crate) fn generation(&self, school: usize) -> u8 {
        if self.changes.rekeyed_school == Some(school) {
            GENERATION_REKEYED
        } else {
            0
        }
    }

    /// `dateLastModified` of a row nothing happened to: some time in the two
    /// hundred days before the school year.
    pub(crate) fn modified(&self, kind: u8, index: u64) -> Timestamp {
        let lot = u64::from(kind) << 48 | index;
        let seconds = draw(self.spec.seed, Purpose::Modified, lot) % (200 * 86_400);
        let millis = self.long_ago.as_millisecond() - seconds as i64 * 1_000;
        Timestamp::from_millisecond(millis).unwrap_or(self.long_ago)
    }
}
