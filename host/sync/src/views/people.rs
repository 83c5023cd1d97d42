//! What is shown of people: users, those who are none, and why.

use serde::{Deserialize, Serialize};

/// A tie between a user and a source's record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkView {
    /// The provider's name.
    pub provider: String,
    /// The record's id.
    pub sourced_id: String,
    /// What made the tie.
    pub rule: String,
}

/// A user, as `user list --json` prints it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserView {
    /// The platform's id.
    pub id: String,
    /// Email.
    pub email: Option<String>,
    /// Given name.
    pub given_name: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// Roles, in OneRoster's spelling.
    pub roles: Vec<String>,
    /// `active` or `archived`.
    pub status: String,
    /// Whether a record of a SIS is tied to the user.
    pub matched: bool,
    /// Ties to records that are still there.
    pub links: Vec<LinkView>,
}

/// A person without a user, as `user list --unmatched --json` prints it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UnmatchedView {
    /// The provider's name.
    pub provider: String,
    /// The record's id.
    pub sourced_id: String,
    /// Email.
    pub email: Option<String>,
    /// Given name.
    pub given_name: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// Roles.
    pub roles: Vec<String>,
    /// A code of the catalogue.
    pub reason: String,
}

/// A link with everything that is known about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkDetail {
    /// The provider's name.
    pub provider: String,
    /// The record's id.
    pub sourced_id: String,
    /// What made the tie.
    pub rule: String,
    /// The value that agreed.
    pub evidence: Option<String>,
    /// The run that made it.
    pub run: u32,
    /// When that run began (RFC 3339), where it is still known.
    pub since: Option<String>,
    /// Whether the source still has the record.
    pub present: bool,
}

/// An attribute with its source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AttributeView {
    /// The field's name.
    pub field: String,
    /// Its value.
    pub value: String,
    /// The provider's name, or `pinned`.
    pub source: String,
}

/// Someone an unmatched person might be, and why not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CandidateView {
    /// The user's id.
    pub user: String,
    /// Email.
    pub email: Option<String>,
    /// Given name.
    pub given_name: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// What is alike.
    pub likeness: String,
    /// Why it was refused.
    pub refused: String,
}

/// What `user explain` prints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// The user, if there is one.
    pub user: Option<UserView>,
    /// The unmatched person, if it is one.
    pub unmatched: Option<UnmatchedView>,
    /// Every link, also of records that left.
    pub links: Vec<LinkDetail>,
    /// Every attribute.
    pub attributes: Vec<AttributeView>,
    /// Classes with the role in them, as (title, role).
    pub classes: Vec<(String, String)>,
    /// Decisions made by hand that touch the user, in words.
    pub decisions: Vec<String>,
    /// For an unmatched person: the nearest users.
    pub candidates: Vec<CandidateView>,
}
