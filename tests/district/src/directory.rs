//! The platform's own list of people: most students and staff of the district,
//! written a little differently, without some and with some more.

use crate::people::{Name, Who};
use crate::random::{Dice, Purpose, draw};
use crate::{District, Id, RoleName};

/// One row of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryRow {
    /// A GUID that has nothing to do with the SIS's ids.
    pub id: Id,
    /// May be empty.
    pub email: String,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// Login name.
    pub username: String,
    /// `student`, `teacher` or `staff`.
    pub role: &'static str,
}

impl DirectoryRow {
    /// The columns of a directory file, in this order.
    pub const HEADER: [&'static str; 6] =
        ["id", "email", "givenName", "familyName", "username", "role"];

    /// The values in the order of [`DirectoryRow::HEADER`].
    pub fn values(&self) -> [&str; 6] {
        [
            self.id.as_str(),
            &self.email,
            &self.given_name,
            &self.family_name,
            &self.username,
            self.role,
        ]
    }
}

/// How the directory writes a person's email.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Account {
    /// The person is not in the directory.
    Missing,
    /// As the SIS does.
    Same,
    /// In other letter case.
    OtherCase,
    /// Another address.
    Other,
    /// None.
    Blank,
}

const KIND_DIRECTORY: u8 = 32;
const KIND_EXTRA: u8 = 40;

impl District {
    /// The directory that belongs to the district: the people of the first
    /// night (whether or not they have left since), those who joined, and some
    /// whom the SIS does not know.
    pub fn directory(&self) -> impl Iterator<Item = DirectoryRow> + '_ {
        let students = (0..self.plan.students).map(Who::Student);
        let staff = (0..self.plan.staff).map(Who::Staff);
        let joined = (0..self.changes.joined).map(Who::Joined);
        let known = students.chain(staff).chain(joined);
        known
            .filter_map(|who| self.directory_row(who))
            .chain((0..self.directory_extras()).map(|n| self.extra_row(n)))
    }

    /// How many rows of the directory the SIS knows nothing about.
    pub(crate) fn directory_extras(&self) -> u32 {
        (self.plan.students + self.plan.staff) / 50 + 1
    }

    fn account(&self, who: Who) -> Account {
        let mut dice = Dice::new(self.spec.seed, Purpose::Directory, who.lot());
        match dice.roll(1000) {
            0..=39 => Account::Missing,
            40..=139 => Account::OtherCase,
            140..=149 => Account::Other,
            150..=159 => Account::Blank,
            _ => Account::Same,
        }
    }

    /// Whether the directory has a row for this person.
    pub(crate) fn is_in_directory(&self, who: Who) -> bool {
        self.account(who) != Account::Missing
    }

    /// Whether a row of the directory has this person's email, letter case
    /// aside, if the SIS says one.
    pub(crate) fn directory_has_email(&self, who: Who) -> bool {
        matches!(self.account(who), Account::Same | Account::OtherCase)
    }

    fn directory_row(&self, who: Who) -> Option<DirectoryRow> {
        let account = self.account(who);
        let name = self.name_of(who);
        let email = match account {
            Account::Missing => return None,
            Account::Same => self.email_of(who),
            Account::OtherCase => capitalised(&self.email_of(who)),
            Account::Other => format!("old-{}", self.email_of(who)),
            Account::Blank => String::new(),
        };
        let (kind, number) = who.kind_and_number();
        let role = match who {
            Who::Student(_) | Who::Joined(_) => "student",
            _ => match Self::staff_role(self.seat(who).1) {
                RoleName::Teacher => "teacher",
                _ => "staff",
            },
        };
        Some(DirectoryRow {
            id: self.directory_id(KIND_DIRECTORY + kind, number),
            email,
            given_name: name.given().to_owned(),
            family_name: name.family().to_owned(),
            username: self.login_of(who),
            role,
        })
    }

    fn extra_row(&self, number: u32) -> DirectoryRow {
        let lot = 7 << 32 | u64::from(number);
        let name = Name::draw(self.spec.seed, lot);
        let (given, family) = (self.folded.given(name), self.folded.family(name));
        let username = format!("x.{given}.{family}{number}");
        DirectoryRow {
            id: self.directory_id(KIND_EXTRA, number),
            email: format!("{username}@{}", self.domain),
            given_name: name.given().to_owned(),
            family_name: name.family().to_owned(),
            username,
            role: if number.is_multiple_of(5) {
                "teacher"
            } else {
                "student"
            },
        }
    }

    fn directory_id(&self, kind: u8, number: u32) -> Id {
        let other_seed = draw(self.spec.seed, Purpose::DirectoryId, 0);
        let meaning = crate::id::Meaning {
            kind,
            generation: 0,
            index: number.into(),
        };
        crate::id::guid(other_seed, meaning)
    }
}

/// `jgarcia@students.x` becomes `JGarcia@Students.x`, in spirit.
fn capitalised(email: &str) -> String {
    let mut out = String::with_capacity(email.len());
    let mut upper = 2;
    for letter in email.chars() {
        if upper > 0 {
            out.extend(letter.to_uppercase());
            upper -= 1;
        } else {
            out.push(letter);
        }
        if letter == '@' {
            upper = 1;
        }
    }
    out
}
