//! Why somebody has no user: the users that are nearest to a person of a
//! source, and for each what is alike and why it was not enough.
//!
//! This is for a person who looks at one case. It asks the same judge that
//! matching asks, when everybody else is matched, so that what it says is why;
//! and it looks at more than matching does: names, for one, are never a key.
//! It decides nothing.

use crate::incomplete;
use crate::matching::{self, Lone, Matching, NO_SLOT, Reason, Tier};
use crate::notes::Notes;
use crate::outcome::Inputs;
use crate::people::email;
use crate::people::keys::Addresses;
use crate::people::names::Names;
use crate::prepared::Prepared;
use crate::record::Collection;
use crate::settings::{MergeKey, Settings};
use crate::source::{UserText, UserView};
use crate::state::{Field, Origin, User, UserKey};

/// How many candidates are named.
const MOST: usize = 5;

/// A user that is near, and is not the one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Which user.
    pub user: UserKey,
    /// What is alike, such as `same email`.
    pub likeness: &'static str,
    /// Why it was refused.
    pub refused: String,
}

/// What is alike, nearest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    Email,
    EmailFolded,
    Identifier,
    LocalPart,
    Name,
}

impl Likeness {
    fn name(self) -> &'static str {
        match self {
            Likeness::Email => "same email",
            Likeness::EmailFolded => "same email but for letter case",
            Likeness::Identifier => "same student or staff number",
            Likeness::LocalPart => "same email before the @",
            Likeness::Name => "same name",
        }
    }

    /// The rule that looks at what is alike.
    fn tier(self) -> Tier {
        match self {
            Likeness::Identifier => Tier::SisId,
            Likeness::LocalPart => Tier::LocalPart,
            Likeness::Email | Likeness::EmailFolded | Likeness::Name => Tier::Email,
        }
    }
}

/// The users nearest to a source's record, the nearest first. Empty if the
/// source has no such record, or nobody is near. The user that the record is,
/// if it is one, is not among them.
pub fn candidates(inputs: &Inputs<'_>, origin: &Origin) -> Vec<Candidate> {
    let (mut addresses, mut notes) = (Addresses::default(), Notes::default());
    let all = Prepared::all(inputs, &mut addresses, &mut notes);
    let own = all
        .iter()
        .position(|prepared| prepared.provider.key == origin.provider);
    let Some((own, prepared)) = own.map(|own| (own, &all[own])) else {
        return Vec::new();
    };
    let ids = prepared.records.ids(Collection::Users);
    let Some(row) = ids.find_record(&origin.sourced_id) else {
        return Vec::new();
    };
    let incomplete = incomplete::find(inputs.previous, &all, &mut notes);
    let matching = matching::run(inputs, &all, &incomplete.frozen, &mut addresses, &mut notes);
    let lone = matching.sources[own].lone.iter();
    let mut lone = lone.filter(|lone| lone.rows.contains(&row));
    let lone = lone.next();
    let rows = lone.map_or(vec![row], |lone| lone.rows.to_vec());
    let near = near(inputs, prepared, &matching.sources[own].slots, &rows);
    let asked = near.iter().map(|(likeness, slot)| (*slot, likeness.tier()));
    let verdicts = matching::verdicts(inputs, &all, own, &matching, &rows, asked);
    let case = Case {
        prepared,
        matching: &matching,
        own,
        lone,
    };
    near.iter()
        .zip(verdicts)
        .map(|((likeness, slot), verdict)| Candidate {
            user: matching.users.key(*slot),
            likeness: likeness.name(),
            refused: match verdict {
                Err(reason) => case.because(reason, *slot),
                Ok(()) => case.not_enough(*likeness),
            },
        })
        .collect()
}

/// The nearest users of the roster, by slot, without those that the records
/// are.
fn near(
    inputs: &Inputs<'_>,
    prepared: &Prepared<'_>,
    slots: &[u32],
    rows: &[u32],
) -> Vec<(Likeness, u32)> {
    let is = |slot: u32| rows.iter().any(|row| slots[*row as usize] == slot);
    let mut near: Vec<(Likeness, u32)> = Vec::new();
    for (slot, user) in inputs.previous.users.iter().enumerate() {
        let records = rows.iter().filter_map(|row| prepared.records.user(*row));
        let nearest = records.filter_map(|record| likeness(record, user)).min();
        near.extend(nearest.map(|likeness| (likeness, slot as u32)));
    }
    near.retain(|(_, slot)| !is(*slot));
    near.sort();
    near.truncate(MOST);
    near
}

fn likeness(record: UserView<'_>, user: &User) -> Option<Likeness> {
    let ours = record.text(UserText::Email).map(email::read);
    let theirs = user.attributes.get(Field::Email);
    let theirs = theirs.map(|email| email::read(email));
    if let (Some(Ok(ours)), Some(Ok(theirs))) = (&ours, &theirs) {
        if ours.exact == theirs.exact {
            return Some(Likeness::Email);
        }
        if ours.folded == theirs.folded {
            return Some(Likeness::EmailFolded);
        }
    }
    let number = user.attributes.get(Field::Identifier).map(|text| &**text);
    let numbers = [Some(record.id()), record.text(UserText::Identifier)];
    if number.is_some() && numbers.contains(&number) {
        return Some(Likeness::Identifier);
    }
    if let (Some(Ok(ours)), Some(Ok(theirs))) = (&ours, &theirs)
        && ours.parts().0 == theirs.parts().0
    {
        return Some(Likeness::LocalPart);
    }
    let agree = Names::from(record).agree(&Names::from(&user.attributes));
    agree.then_some(Likeness::Name)
}

/// The person that is asked about.
struct Case<'c, 'a> {
    prepared: &'c Prepared<'a>,
    matching: &'c Matching<'a>,
    own: usize,
    /// None: the person is a user.
    lone: Option<&'c Lone>,
}

impl Case<'_, '_> {
    /// Why the judge refused.
    fn because(&self, reason: Reason, slot: u32) -> String {
        match reason {
            Reason::Never => "an administrator ruled it out (never-match)".into(),
            Reason::RoleConflict => {
                "one is a student and the other an adult, or one works at a school and the other \
                 is a guardian of another name"
                    .into()
            }
            Reason::Claimed => match self.claimant(slot) {
                Some(id) => format!("the user is record {id} of the same source"),
                None => "the user is taken by a record that an administrator took apart".into(),
            },
            Reason::EmailReused => {
                "whoever had this email has left the source and had another name".into()
            }
            Reason::IdConflict => "the names have nothing in common".into(),
            other => other.kind().sentence.into(),
        }
    }

    /// The record of the same source that is the user.
    fn claimant(&self, slot: u32) -> Option<&str> {
        let slots = &self.matching.sources[self.own].slots;
        let row = slots
            .iter()
            .position(|other| *other == slot && slot != NO_SLOT)?;
        self.prepared.records.user(row as u32).map(UserView::id)
    }

    /// The judge would have agreed, but what is alike is no key, or not clear.
    fn not_enough(&self, likeness: Likeness) -> String {
        let settings: &Settings = &self.prepared.provider.settings;
        let Some(lone) = self.lone else {
            return "the record is another user, or is left out by the settings".into();
        };
        match likeness {
            Likeness::Name => "a name alone is no key".into(),
            Likeness::Identifier => "the directory does not hold this number".into(),
            Likeness::LocalPart if settings.merge_key != MergeKey::EmailLocalPart => {
                "the domains differ, and merge-key is not email-local-part".into()
            }
            Likeness::EmailFolded if settings.merge_key == MergeKey::EmailExact => {
                "merge-key is email-exact, and letter case differs".into()
            }
            Likeness::LocalPart if lone.reason != Reason::Ambiguous => {
                "the domains are not both in email-domains".into()
            }
            Likeness::Email | Likeness::EmailFolded | Likeness::LocalPart => {
                lone.reason.kind().sentence.into()
            }
        }
    }
}
