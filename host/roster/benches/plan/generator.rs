//! A synthetic district: random GUIDs as ids, ten enrollments for a student's
//! school day, a directory that has everybody.

use homeroom_roster::codec;
use homeroom_roster::record::{
    Class, Collection, Enrollment, Lifecycle, Org, Role, RoleAssignment, User,
};
use homeroom_roster::source::{Builder, SourceRecords};

/// Rows of a page.
const PAGE: usize = 5_000;

/// Numbers that look random and are the same in every run.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Dice(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn guid(&mut self) -> String {
        let (a, b) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            a >> 32,
            a >> 16 & 0xffff,
            a & 0xffff,
            b >> 48,
            b & 0xffff_ffff_ffff
        )
    }
}

/// The pages of a SIS and of a directory.
pub(crate) struct District {
    pub(crate) sis: Vec<(Collection, Vec<u8>)>,
    pub(crate) directory: Vec<(Collection, Vec<u8>)>,
}

struct Pages {
    pages: Vec<(Collection, Vec<u8>)>,
    rows: usize,
}

impl Pages {
    fn push<T: serde::Serialize>(&mut self, collection: Collection, record: &T) {
        let full = self.rows.is_multiple_of(PAGE);
        let other = self
            .pages
            .last()
            .is_none_or(|(last, _)| *last != collection);
        if full || other {
            self.pages.push((collection, Vec::new()));
            self.rows = 0;
        }
        self.rows += 1;
        if let Some((_, bytes)) = self.pages.last_mut() {
            codec::push(bytes, record).expect("records can be written");
        }
    }
}

const GIVEN: [&str; 16] = [
    "Ada", "Bea", "Cid", "Dan", "Eva", "Fay", "Gil", "Hal", "Ida", "Jon", "Kim", "Lea", "Max",
    "Nia", "Oli", "Pia",
];

impl District {
    /// `people` people, of whom one in twelve teaches, and `enrollments`
    /// enrollments.
    pub(crate) fn new(people: usize, enrollments: usize) -> District {
        let mut dice = Dice::new(7);
        let empty = || Pages {
            pages: Vec::new(),
            rows: 0,
        };
        let (mut sis, mut directory) = (empty(), empty());
        let schools: Vec<String> = (0..people / 700 + 1).map(|_| dice.guid()).collect();
        for school in &schools {
            sis.push(Collection::Orgs, &org(school));
        }
        let classes: Vec<(String, usize)> = (0..enrollments / 22 + 1)
            .map(|_| (dice.guid(), dice.below(schools.len())))
            .collect();
        for (id, school) in &classes {
            sis.push(Collection::Classes, &class(id, &schools[*school]));
        }
        let ids: Vec<String> = (0..people).map(|_| dice.guid()).collect();
        for (number, id) in ids.iter().enumerate() {
            let email = format!("user{number}@district.example");
            let family = format!("Family{}", number % 50_000);
            let given = GIVEN[number % GIVEN.len()];
            let entry_id = format!("ad-{number:07}");
            let role = if number % 12 == 0 {
                Role::Teacher
            } else {
                Role::Student
            };
            let school = &schools[dice.below(schools.len())];
            let grade = format!("{:02}", number % 12);
            let number = format!("{:07}", number * 7 % 9_999_991);
            directory.push(
                Collection::Users,
                &user(&entry_id, given, &family, &email, Vec::new()),
            );
            let assignment = RoleAssignment {
                role,
                primary: true,
                org: Some(school),
                begin: None,
                end: None,
            };
            let mut person = user(id, given, &family, &email, vec![assignment]);
            person.identifier = Some(&number);
            person.username = Some(&entry_id);
            person.grades.push(&grade);
            sis.push(Collection::Users, &person);
        }
        for number in 0..enrollments {
            let person = dice.below(people);
            let one = Enrollment {
                sourced_id: &dice.guid(),
                lifecycle: Lifecycle::default(),
                user: &ids[person],
                class: &classes[number / 22].0,
                school: None,
                role: if number % 22 == 0 {
                    Role::Teacher
                } else {
                    Role::Student
                },
                primary: Some(number % 22 == 0),
                begin: None,
                end: None,
            };
            sis.push(Collection::Enrollments, &one);
        }
        District {
            sis: sis.pages,
            directory: directory.pages,
        }
    }
}

/// Reads pages back.
pub(crate) fn read(pages: &[(Collection, Vec<u8>)]) -> SourceRecords {
    let mut builder: Builder = SourceRecords::builder();
    for (collection, page) in pages {
        builder
            .add_page(*collection, page)
            .expect("pages can be read");
    }
    builder.finish()
}

fn org(id: &str) -> Org<'_> {
    Org {
        sourced_id: id,
        lifecycle: Lifecycle::default(),
        name: id,
        org_type: "school",
        identifier: None,
        parent: None,
        metadata: Vec::new(),
    }
}

fn class<'a>(id: &'a str, school: &'a str) -> Class<'a> {
    Class {
        sourced_id: id,
        lifecycle: Lifecycle::default(),
        title: &id[..13],
        class_code: Some(&id[..8]),
        class_type: Some("scheduled"),
        location: None,
        grades: vec!["09"],
        subjects: vec!["Mathematics"],
        subject_codes: Vec::new(),
        course: None,
        school: Some(school),
        terms: Vec::new(),
        periods: vec!["1"],
        metadata: Vec::new(),
    }
}

fn user<'a>(
    id: &'a str,
    given: &'a str,
    family: &'a str,
    email: &'a str,
    roles: Vec<RoleAssignment<'a>>,
) -> User<'a> {
    User {
        sourced_id: id,
        lifecycle: Lifecycle {
            deleted: false,
            modified: Some(1_700_000_000_000),
        },
        enabled: true,
        username: None,
        user_ids: Vec::new(),
        given_name: Some(given),
        family_name: Some(family),
        middle_name: None,
        preferred_given_name: None,
        preferred_family_name: None,
        identifier: None,
        user_master_identifier: None,
        email: Some(email),
        sms: None,
        phone: None,
        language: None,
        roles,
        primary_org: None,
        agents: Vec::new(),
        grades: Vec::new(),
        metadata: Vec::new(),
    }
}
