//! Users: students school by school, staff, guardians, and those who came later.

use std::borrow::Cow;

use crate::courses::GRADES;
use crate::id::Meaning;
use crate::people::{Name, Traits, Who};
use crate::plan::{ELSEWHERE_AT, ELSEWHERE_STEP};
use crate::random::{Dice, Purpose, draw};
use crate::{District, Id, RoleAssignment, RoleName, Status, User, UserId};

/// Every so many members of staff is a parent.
const STAFF_PARENT_STEP: u32 = 25;
const STAFF_PARENT_AT: u32 = 11;

impl District {
    pub(crate) fn user_count(&self) -> usize {
        self.base_people() as usize - self.changes.users.total() as usize
            + self.changes.joined as usize
            + self.split_parents() as usize
    }

    pub(crate) fn base_people(&self) -> u32 {
        self.plan.students + self.plan.staff + self.plan.guardians
    }

    /// How many second records of staff there are.
    fn split_parents(&self) -> u32 {
        if self.spec.split_roles {
            (self.plan.staff + STAFF_PARENT_STEP - 1 - STAFF_PARENT_AT) / STAFF_PARENT_STEP
        } else {
            0
        }
    }

    /// Who is at `index`.
    pub(crate) fn who_at(&self, index: usize) -> Who {
        let row = self.changes.users.row_at(index as u64) as u32;
        let plan = &self.plan;
        let base = self.base_people();
        if row < plan.students {
            Who::Student(row)
        } else if row < plan.students + plan.staff {
            Who::Staff(row - plan.students)
        } else if row < base {
            Who::Guardian(row - plan.students - plan.staff)
        } else if row - base < self.changes.joined {
            Who::Joined(row - base)
        } else {
            let turn = row - base - self.changes.joined;
            assert!(
                turn < self.split_parents(),
                "user {index} of {}",
                self.user_count()
            );
            Who::StaffAsParent(turn * STAFF_PARENT_STEP + STAFF_PARENT_AT)
        }
    }

    pub(crate) fn find_user(&self, meaning: Meaning, id: &str) -> Option<usize> {
        let who = Who::from_kind(meaning.kind, u32::try_from(meaning.index).ok()?)?;
        let (plan, base) = (&self.plan, self.base_people());
        let row = match who {
            Who::Student(n) if n < plan.students => n,
            Who::Staff(n) if n < plan.staff => plan.students + n,
            Who::Guardian(n) if n < plan.guardians => plan.students + plan.staff + n,
            Who::Joined(n) if n < self.changes.joined => base + n,
            Who::StaffAsParent(n)
                if n % STAFF_PARENT_STEP == STAFF_PARENT_AT
                    && n / STAFF_PARENT_STEP < self.split_parents() =>
            {
                base + self.changes.joined + n / STAFF_PARENT_STEP
            }
            _ => return None,
        };
        if self.user_id(who).as_str() != id {
            return None;
        }
        self.changes.users.place_of(row.into()).map(|n| n as usize)
    }

    /// The school and the place in it whose grade and classes a student has.
    pub(crate) fn seat(&self, who: Who) -> (usize, u32) {
        match who {
            Who::Student(n) => {
                let school = self.plan.school_of_student(n);
                (school, n - self.plan.schools[school].first_student)
            }
            Who::Staff(n) | Who::StaffAsParent(n) => {
                let school = self.plan.school_of_staff(n);
                (school, n - self.plan.schools[school].first_staff)
            }
            Who::Guardian(n) => self.seat(Who::Student(self.child_of(n))),
            Who::Joined(n) => {
                let pick = draw(self.spec.seed, Purpose::Joined, n.into());
                let school = pick as usize % self.plan.schools.len();
                let students = u64::from(self.plan.schools[school].students);
                (school, ((pick >> 32) % students) as u32)
            }
        }
    }

    pub(crate) fn user_id(&self, who: Who) -> Id {
        let (kind, number) = who.kind_and_number();
        let generation = match self.changes.rekeyed_school {
            Some(_) => self.generation(self.seat(who).0),
            None => 0,
        };
        self.guid(kind, generation, number.into())
    }

    /// User `index`.
    pub fn user(&self, index: usize) -> User {
        let who = self.who_at(index);
        match who {
            Who::Student(_) | Who::Joined(_) => self.student(who),
            Who::Staff(n) => self.staff(who, n),
            Who::StaffAsParent(n) => self.staff(who, n),
            Who::Guardian(n) => self.guardian(who, n),
        }
    }

    pub(crate) fn name_of(&self, who: Who) -> Name {
        Name::draw(self.spec.seed, who.lot())
    }

    /// A student's or staff member's number at the district.
    pub(crate) fn number_of(&self, who: Who) -> u32 {
        match who {
            Who::Student(n) => 100_000 + n,
            Who::Joined(n) => 5_000_000 + n,
            Who::Staff(n) | Who::StaffAsParent(n) => 1_000 + n,
            Who::Guardian(n) => n,
        }
    }

    /// The part of the address before the `@`, which is also the username.
    pub(crate) fn login_of(&self, who: Who) -> String {
        let name = self.name_of(who);
        let (given, family) = (self.folded.given(name), self.folded.family(name));
        let number = self.number_of(who);
        match who {
            Who::Student(_) | Who::Joined(_) => format!("{}{family}{number}", &given[..1]),
            _ => format!("{given}.{family}{number}"),
        }
    }

    /// The email the SIS has for a person who has one.
    pub(crate) fn email_of(&self, who: Who) -> String {
        match who {
            Who::Student(_) | Who::Joined(_) => {
                format!("{}@students.{}", self.login_of(who), self.domain)
            }
            Who::Staff(_) | Who::StaffAsParent(_) => {
                format!("{}@{}", self.login_of(who), self.domain)
            }
            Who::Guardian(n) => {
                let household = n / 2;
                let pick = draw(self.spec.seed, Purpose::Household, household.into());
                let shared = pick.is_multiple_of(20);
                let writer = if shared { household * 2 } else { n };
                let host = ["mail", "post", "inbox"][(pick >> 8) as usize % 3];
                format!("{}@{host}.example", self.login_of(Who::Guardian(writer)))
            }
        }
    }

    fn person(&self, who: Who) -> (User, Traits) {
        let seed = self.spec.seed;
        let traits = Traits::draw(seed, who);
        let name = self.name_of(who);
        let (kind, number) = who.kind_and_number();
        let user = User {
            sourced_id: self.user_id(who),
            status: Status::Active,
            date_last_modified: self.modified(kind, number.into()),
            enabled_user: traits.enabled,
            username: None,
            user_ids: Vec::new(),
            given_name: Cow::Borrowed(name.given()),
            family_name: Cow::Borrowed(name.family()),
            middle_name: None,
            preferred_given_name: None,
            identifier: None,
            email: traits.has_email.then(|| self.email_of(who)),
            sms: None,
            phone: None,
            agents: Vec::new(),
            grades: Vec::new(),
            roles: Vec::new(),
        };
        (user, traits)
    }

    fn student(&self, who: Who) -> User {
        let (mut user, traits) = self.person(who);
        let (school_number, place) = self.seat(who);
        let name = self.name_of(who);
        let other = Name::draw(self.spec.seed, who.lot() ^ 0xFFFF);
        user.username = Some(self.login_of(who));
        let number = self.number_of(who).to_string();
        user.user_ids = vec![UserId {
            id_type: "LDAP",
            identifier: number.clone(),
        }];
        user.identifier = Some(number);
        if traits.double_name {
            user.family_name = name.double_family(other);
        }
        if traits.middle_name {
            user.middle_name = Some(Cow::Borrowed(other.given()));
        }
        if traits.preferred_name {
            user.preferred_given_name = Some(Cow::Borrowed(other.given()));
        }
        let school = &self.plan.schools[school_number];
        user.grades = vec![GRADES[school.grade_of(place).grade]];
        user.roles
            .push(role(RoleName::Student, true, self.school_id(school_number)));
        match who {
            Who::Student(n) => {
                if !self.plan.alone() && place % ELSEWHERE_STEP == ELSEWHERE_AT {
                    let other = self.school_id(self.plan.other_school(school_number));
                    user.roles.push(role(RoleName::Student, false, other));
                }
                user.agents = self
                    .guardians_of(n)
                    .map(|g| self.user_id(Who::Guardian(g)))
                    .collect();
                if self.changes.renamed.contains(&n) {
                    user.family_name = Cow::Borrowed(name.renamed().family());
                    user.date_last_modified = self.changes.changed_at;
                }
                if self.changes.leavers_as_tobedeleted && self.changes.has_left(n) {
                    user.status = Status::ToBeDeleted;
                    user.date_last_modified = self.changes.changed_at;
                }
            }
            _ => user.date_last_modified = self.changes.changed_at,
        }
        user
    }

    /// What a member of staff is.
    pub(crate) fn staff_role(place: u32) -> RoleName {
        match place % 12 {
            2 => RoleName::Principal,
            5 => RoleName::Aide,
            9 => RoleName::Counselor,
            _ => RoleName::Teacher,
        }
    }

    fn staff(&self, who: Who, number: u32) -> User {
        let (mut user, traits) = self.person(who);
        let (school_number, place) = self.seat(who);
        let school = self.school_id(school_number);
        let is_parent = number % STAFF_PARENT_STEP == STAFF_PARENT_AT;
        user.username = Some(self.login_of(who));
        user.phone = Some(telephone(traits.digits));
        if let Who::StaffAsParent(_) = who {
            self.make_parent(&mut user, number, true);
            return user;
        }
        let main = Self::staff_role(place);
        user.identifier = (number % 50 != 3).then(|| self.number_of(who).to_string());
        user.roles.push(role(main, true, school));
        if number % 17 == 5 && !self.plan.alone() {
            let other = self.school_id(self.plan.other_school(school_number));
            user.roles.push(role(main, false, other));
        }
        if number % 19 == 7 && main == RoleName::Teacher {
            user.roles.push(role(RoleName::Counselor, false, school));
        }
        if is_parent && !self.spec.split_roles {
            self.make_parent(&mut user, number, false);
        }
        user
    }

    /// Adds the role of a parent and the child to a member of staff. The child
    /// does not name them: the link goes one way, as it often does.
    fn make_parent(&self, user: &mut User, staff: u32, primary: bool) {
        let child = (u64::from(staff) * 37 % u64::from(self.plan.students)) as u32;
        let (school, _) = self.seat(Who::Student(child));
        user.roles
            .push(role(RoleName::Parent, primary, self.school_id(school)));
        if self.is_there(child) {
            user.agents.push(self.user_id(Who::Student(child)));
        }
    }

    fn guardian(&self, who: Who, number: u32) -> User {
        let (mut user, traits) = self.person(who);
        let child = self.child_of(number);
        let mut dice = Dice::new(self.spec.seed, Purpose::Place, who.lot());
        if dice.chance(800) {
            user.family_name = Cow::Borrowed(self.name_of(Who::Student(child)).family());
        }
        let kind = match dice.roll(10) {
            0 => RoleName::Relative,
            1 | 2 => RoleName::Guardian,
            _ => RoleName::Parent,
        };
        user.username = traits.has_email.then(|| self.login_of(who));
        user.phone = Some(telephone(traits.digits));
        user.sms = traits.sms.then(|| telephone(traits.digits + 1));
        let (school, _) = self.seat(Who::Student(child));
        user.roles.push(role(kind, true, self.school_id(school)));
        user.agents = self
            .children_of(number)
            .filter(|&child| self.is_there(child))
            .map(|child| self.user_id(Who::Student(child)))
            .collect();
        user
    }

    fn is_there(&self, student: u32) -> bool {
        self.changes.leavers_as_tobedeleted || !self.changes.has_left(student)
    }

    /// Households (two guardians each) are spread over the students so that
    /// each has one child, and every third a second where there is room.
    fn stride(&self) -> u32 {
        (self.plan.students / self.plan.guardians.div_ceil(2).max(1)).max(1)
    }

    fn child_of(&self, guardian: u32) -> u32 {
        (u64::from(guardian / 2) * u64::from(self.stride()) % u64::from(self.plan.students)) as u32
    }

    fn children_of(&self, guardian: u32) -> impl Iterator<Item = u32> {
        let child = self.child_of(guardian);
        let sibling = (self.has_sibling(guardian / 2)).then_some(child + 1);
        std::iter::once(child).chain(sibling)
    }

    fn has_sibling(&self, household: u32) -> bool {
        self.stride() >= 2 && household.is_multiple_of(3)
    }

    fn guardians_of(&self, student: u32) -> impl Iterator<Item = u32> {
        let stride = self.stride();
        let household = student / stride;
        let is_child = student.is_multiple_of(stride);
        let is_sibling = student % stride == 1 && self.has_sibling(household);
        let all = self.plan.guardians;
        let first = household * 2;
        let found = is_child || is_sibling;
        (first..first + 2).filter(move |&guardian| found && guardian < all)
    }
}

fn role(role: RoleName, primary: bool, org: Id) -> RoleAssignment {
    RoleAssignment { role, primary, org }
}

/// A number nobody has (555-01xx is kept free for fiction).
fn telephone(digits: usize) -> String {
    format!("+1 {} 555 01{:02}", 201 + digits % 700, digits / 700 % 100)
}
