//! Why somebody has no user: the users that are nearest to a person of a
//! source, and for each what is alike and why it was not enough.
//!
//! This is for a person who looks at one case. It decides nothing, and looks at
//! more than matching does: names, for one, are never a key.

use crate::outcome::{Decisions, Inputs};
use crate::people::email;
use crate::people::kinds::{Fit, Kinds};
use crate::settings::MergeKey;
use crate::source::{UserText, UserView};
use crate::state::{Field, Origin, Roles, User, UserKey};

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
}

/// The users nearest to a source's record, the nearest first. Empty if the
/// source has no such record, or nobody is near.
pub fn candidates(inputs: &Inputs<'_>, origin: &Origin) -> Vec<Candidate> {
    let mut sources = inputs.sources.iter();
    let Some(source) = sources.find(|source| source.provider.key == origin.provider) else {
        return Vec::new();
    };
    let mut users = source.records.users();
    let Some(person) = users.find(|user| *user.id() == *origin.sourced_id) else {
        return Vec::new();
    };
    let mut near: Vec<(Likeness, &User)> = inputs
        .previous
        .users
        .iter()
        .filter_map(|user| Some((likeness(person, user)?, user)))
        .collect();
    near.sort_by_key(|(likeness, user)| (*likeness, user.key));
    let alike = |likeness: Likeness| near.iter().filter(|(other, _)| *other == likeness).count();
    near.iter()
        .take(MOST)
        .map(|(likeness, user)| Candidate {
            user: user.key,
            likeness: likeness.name(),
            refused: refused(
                inputs,
                origin,
                person,
                user,
                *likeness,
                source.provider.settings.merge_key,
                alike(*likeness),
            ),
        })
        .collect()
}

fn likeness(person: UserView<'_>, user: &User) -> Option<Likeness> {
    let ours = person
        .text(UserText::Email)
        .and_then(|text| email::read(text).ok());
    let theirs = user
        .attributes
        .get(Field::Email)
        .and_then(|text| email::read(text).ok());
    if let (Some(ours), Some(theirs)) = (&ours, &theirs) {
        if ours.exact == theirs.exact {
            return Some(Likeness::Email);
        }
        if ours.folded == theirs.folded {
            return Some(Likeness::EmailFolded);
        }
    }
    let same = |text, field| {
        let ours = person.text(text).map(str::to_lowercase);
        ours.is_some() && ours == user.attributes.get(field).map(|text| text.to_lowercase())
    };
    if same(UserText::Identifier, Field::Identifier) {
        return Some(Likeness::Identifier);
    }
    if let (Some(ours), Some(theirs)) = (&ours, &theirs)
        && ours.parts().0 == theirs.parts().0
    {
        return Some(Likeness::LocalPart);
    }
    let same_name = same(UserText::GivenName, Field::GivenName)
        && same(UserText::FamilyName, Field::FamilyName);
    same_name.then_some(Likeness::Name)
}

/// The first reason that applies, in the words of the person who reads it.
fn refused(
    inputs: &Inputs<'_>,
    origin: &Origin,
    person: UserView<'_>,
    user: &User,
    likeness: Likeness,
    key: MergeKey,
    alike: usize,
) -> String {
    if let Some(decided) = decided(inputs.decisions, origin, user.key) {
        return decided.to_owned();
    }
    let roles: Roles = person.roles().iter().map(|role| role.role).collect();
    match Kinds::of(roles).fit(Kinds::of(user.roles)) {
        Fit::No => return "a student and an adult are never one person".into(),
        Fit::IfNamesAgree if likeness != Likeness::Name && !same_names(person, user) => {
            return "one works at a school, the other is a guardian, and their names differ".into();
        }
        Fit::Yes | Fit::IfNamesAgree => {}
    }
    let claimed = inputs.previous.links.iter().find(|link| {
        link.user == user.key && link.origin.provider == origin.provider && link.origin != *origin
    });
    if let Some(link) = claimed {
        let state = if link.present { "is" } else { "was" };
        return format!(
            "the user {state} record {} of the same source",
            link.origin.sourced_id
        );
    }
    match likeness {
        Likeness::Email | Likeness::EmailFolded if alike > 1 => {
            format!("{alike} users have this email, and none is picked")
        }
        Likeness::EmailFolded if key == MergeKey::EmailExact => {
            "merge-key is email-exact, and letter case differs".into()
        }
        Likeness::Email | Likeness::EmailFolded => {
            "several people of the source share this email, or the next sync will match them".into()
        }
        Likeness::LocalPart if key != MergeKey::EmailLocalPart => {
            "the domains differ, and merge-key is not email-local-part".into()
        }
        Likeness::LocalPart => "the domains are not both in email-domains, or several fit".into(),
        Likeness::Identifier => "a number alone is no key".into(),
        Likeness::Name => "a name alone is no key".into(),
    }
}

fn decided(decisions: &Decisions, origin: &Origin, user: UserKey) -> Option<&'static str> {
    if decisions
        .never
        .iter()
        .any(|(record, never)| record == origin && *never == user)
    {
        return Some("an administrator said never (never-match)");
    }
    decisions
        .unmatched
        .contains(origin)
        .then_some("an administrator took this record apart (unmatch)")
}

fn same_names(person: UserView<'_>, user: &User) -> bool {
    let same = |text, field| {
        person.text(text).map(str::to_lowercase)
            == user.attributes.get(field).map(|text| text.to_lowercase())
    };
    same(UserText::GivenName, Field::GivenName) && same(UserText::FamilyName, Field::FamilyName)
}
