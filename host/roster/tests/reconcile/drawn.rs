//! Rows drawn at random: each is a few bytes, which pick from pools in which
//! ids, names, emails and references collide all the time. So what fails shrinks
//! to few rows, all of them plain.

use homeroom_roster::record::{
    AcademicSession, Class, Collection, Course, Enrollment, Lifecycle, Org, Role, RoleAssignment,
    User,
};

use crate::support::*;

/// The last of these are never sent.
const ORGS: [&str; 6] = ["north", "south", "d", "east", "west", "gone"];
const SESSIONS: [&str; 5] = ["year", "autumn", "spring", "week", "gone"];
const COURSES: [&str; 4] = ["ma", "en", "sp", "gone"];
pub const PEOPLE: [&str; 13] = [
    "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "s+1", "p+1", "gone",
];
const ENROLLMENTS: [&str; 32] = [
    "e1", "e2", "e3", "e4", "e5", "e6", "e7", "e8", "e9", "e10", "e11", "e12", "e13", "e14", "e15",
    "e16", "e17", "e18", "e19", "e20", "e21", "e22", "e23", "e24", "e25", "e26", "e27", "e28",
    "e29", "e30", "e31", "e32",
];
const EMAILS: [&str; 16] = [
    "",
    "a@x.org",
    "A@x.org",
    "b@x.org",
    "b@y.org",
    "c@y.org",
    "d@x.org",
    "d@z.org",
    "e@x.org",
    "f@x.org",
    "g@x.org",
    "h@x.org",
    "noemail@x.org",
    "nonsense",
    "a@x.org; b@x.org",
    "****@*.*",
];
const NAMES: [&str; 7] = [
    "",
    "Ann Green",
    "Bob Brown",
    "ANN GREEN",
    "Cid",
    "Dee Young",
    " Young",
];
const ROLES: [Role; 8] = [
    Role::Student,
    Role::Student,
    Role::Teacher,
    Role::Parent,
    Role::Guardian,
    Role::Aide,
    Role::SiteAdministrator,
    Role::Other,
];
const GRADES: [&[&str]; 5] = [&[], &["09"], &["9", "10"], &["KG"], &["unknown"]];
const DAYS: [Option<i32>; 7] = [None, None, None, Some(-9), Some(-1), Some(0), Some(4)];

/// The bytes of a row. Zero is the plainest of everything.
pub type Dice = [u8; 16];

/// The bytes of a row, one after another.
pub struct Throw(std::array::IntoIter<u8, 16>);

impl Throw {
    pub fn of(dice: Dice) -> Self {
        Throw(dice.into_iter())
    }

    pub fn die(&mut self) -> usize {
        usize::from(self.0.next().expect("a row has bytes enough"))
    }

    pub fn pick<T: Copy>(&mut self, pool: &[T]) -> T {
        pool[self.die() % pool.len()]
    }

    /// One of the pool, or nothing.
    pub fn perhaps(&mut self, pool: &[&'static str]) -> Option<&'static str> {
        let die = self.die();
        die.checked_sub(1).map(|die| pool[die % pool.len()])
    }

    /// True once in so many times.
    pub fn seldom(&mut self, times: usize) -> bool {
        self.die() % times == times - 1
    }

    fn lifecycle(&mut self) -> Lifecycle {
        let die = self.die();
        Lifecycle {
            deleted: die % 8 == 7,
            modified: [None, Some(1), Some(2)][die % 3],
        }
    }
}

/// A row of any collection.
#[derive(Debug, Clone)]
pub enum Row {
    Org(Org<'static>),
    Session(AcademicSession<'static>),
    Course(Course<'static>),
    Class(Class<'static>),
    User(User<'static>),
    Enrollment(Enrollment<'static>),
}

impl Row {
    /// Collection and `sourcedId`.
    pub fn id(&self) -> (Collection, &'static str) {
        match self {
            Row::Org(one) => (Collection::Orgs, one.sourced_id),
            Row::Session(one) => (Collection::AcademicSessions, one.sourced_id),
            Row::Course(one) => (Collection::Courses, one.sourced_id),
            Row::Class(one) => (Collection::Classes, one.sourced_id),
            Row::User(one) => (Collection::Users, one.sourced_id),
            Row::Enrollment(one) => (Collection::Enrollments, one.sourced_id),
        }
    }

    pub fn org(dice: &Dice) -> Row {
        let mut throw = Throw::of(*dice);
        let mut org = school(throw.pick(&["east", "west", "d", "north", "south"]));
        org.lifecycle = throw.lifecycle();
        org.parent = throw.perhaps(&ORGS);
        org.org_type = throw.pick(&["school", "school", "district", ""]);
        org.name = throw.pick(&["One", "Other", ""]);
        Row::Org(org)
    }

    pub fn session(dice: &Dice) -> Row {
        let mut throw = Throw::of(*dice);
        let mut session = session(throw.pick(&SESSIONS[..4]), 0, 0, None);
        session.lifecycle = throw.lifecycle();
        session.parent = throw.perhaps(&SESSIONS);
        session.start = throw.pick(&DAYS).and_then(day);
        session.end = throw.pick(&DAYS).and_then(day);
        Row::Session(session)
    }

    pub fn course(dice: &Dice) -> Row {
        let mut throw = Throw::of(*dice);
        Row::Course(Course {
            sourced_id: throw.pick(&COURSES[..3]),
            lifecycle: throw.lifecycle(),
            title: throw.pick(&["Course", ""]),
            course_code: throw.perhaps(&["K-1", "K-2"]),
            school_year: throw.perhaps(&SESSIONS),
            org: throw.perhaps(&ORGS),
            grades: throw.pick(&GRADES).to_vec(),
            subjects: Vec::new(),
            subject_codes: Vec::new(),
            metadata: Vec::new(),
        })
    }

    pub fn class(dice: &Dice) -> Row {
        let mut throw = Throw::of(*dice);
        let id = throw.pick(&["c4", "c5", "c6", "c7", "c3"]);
        let mut class = class(
            id,
            throw.pick(&["north", "north", "south", "east", "gone", ""]),
        );
        class.lifecycle = throw.lifecycle();
        class.title = throw.pick(&["Class", "", "Other"]);
        class.course = throw.perhaps(&COURSES);
        class.terms.extend(throw.perhaps(&SESSIONS));
        class.terms.extend(throw.perhaps(&SESSIONS));
        class.grades = throw.pick(&GRADES).to_vec();
        Row::Class(class)
    }

    pub fn user(dice: &Dice) -> Row {
        let mut throw = Throw::of(*dice);
        let die = throw.die();
        // Most are people whom enrollments name.
        let id = PEOPLE[die % if die < 64 { 12 } else { 8 }];
        let role = throw.pick(&ROLES);
        let (email, name) = (throw.die() + 1, throw.die() + 1);
        let (email, name) = (EMAILS[email % EMAILS.len()], NAMES[name % NAMES.len()]);
        let mut user = person(id, role, name, email);
        user.lifecycle = throw.lifecycle();
        for role in &mut user.roles {
            role.org = throw.perhaps(&ORGS);
        }
        if throw.seldom(4) {
            user.roles.push(RoleAssignment {
                begin: throw.pick(&DAYS).and_then(day),
                end: throw.pick(&DAYS).and_then(day),
                ..at(throw.pick(&ROLES), throw.perhaps(&ORGS))
            });
        }
        user.enabled = !throw.seldom(8);
        user.identifier = throw.perhaps(&["1", "2", "07"]);
        user.agents.extend(throw.perhaps(&PEOPLE));
        user.grades = throw.pick(&GRADES).to_vec();
        Row::User(user)
    }

    pub fn enrollment(dice: &Dice) -> Row {
        let mut throw = Throw::of(*dice);
        let id = throw.pick(&ENROLLMENTS);
        let user = throw.perhaps(&PEOPLE[..8]).unwrap_or("gone");
        let class = throw.pick(&["c1", "c1", "c2", "c2", "c3", "c4", "c5", "gone"]);
        let role = throw.pick(&[Role::Student, Role::Teacher, Role::Student, Role::Parent]);
        let mut one = enrollment(id, user, class, role);
        if throw.seldom(16) {
            one.user = "";
        }
        one.lifecycle = throw.lifecycle();
        one.school = throw.perhaps(&ORGS);
        one.begin = throw.pick(&DAYS).and_then(day);
        one.end = throw.pick(&DAYS).and_then(day);
        one.primary = throw.pick(&[None, Some(true), Some(false)]);
        Row::Enrollment(one)
    }
}
