//! Why a person of a source is no user of the platform.

use crate::codes::{Kind, kind};

/// Why a person is no user. Of several reasons the greatest is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    /// There was nothing to match by.
    NoKey,
    /// A guardian without email.
    GuardianNoEmail,
    /// Nobody fits.
    NoMatch,
    /// The email is held by another person of the source.
    Shared,
    /// The email is held by many people of the source.
    Generic,
    /// Who fits is a student and the person an adult, or the reverse.
    RoleConflict,
    /// Who holds the id has another name.
    IdConflict,
    /// Who fits is someone else of the source.
    Claimed,
    /// Who had the email has left and has another name.
    EmailReused,
    /// Who had the `sourcedId` has left and has another name.
    IdReused,
    /// An administrator ruled it out.
    Never,
    /// Several fit, or it fits several.
    Ambiguous,
    /// Neither given nor family name.
    NoName,
    /// An administrator took it apart.
    Unmatched,
    /// The source archived the person, who has no user.
    Archived,
}

impl Reason {
    /// The finding.
    pub(crate) fn kind(self) -> Kind {
        match self {
            Reason::NoKey => kind::USER_NO_EMAIL,
            Reason::GuardianNoEmail => kind::GUARDIAN_NO_EMAIL,
            Reason::NoMatch => kind::USER_NO_MATCH,
            Reason::Shared => kind::USER_EMAIL_SHARED,
            Reason::Generic => kind::USER_EMAIL_GENERIC,
            Reason::RoleConflict => kind::USER_ROLE_CONFLICT,
            Reason::IdConflict => kind::USER_ID_CONFLICT,
            Reason::Claimed => kind::USER_CLAIMED,
            Reason::EmailReused => kind::USER_EMAIL_REUSED,
            Reason::IdReused => kind::USER_ID_REUSED,
            Reason::Never => kind::USER_NEVER_MATCH,
            Reason::Ambiguous => kind::USER_AMBIGUOUS,
            Reason::NoName => kind::USER_NO_NAME,
            Reason::Unmatched => kind::USER_UNMATCHED,
            Reason::Archived => kind::USER_ARCHIVED,
        }
    }

    /// Whether a source that may make users makes one nevertheless: the person
    /// is certainly none of the users there are.
    pub(crate) fn allows_creation(self) -> bool {
        !matches!(
            self,
            Reason::GuardianNoEmail
                | Reason::IdConflict
                | Reason::Ambiguous
                | Reason::NoName
                | Reason::Archived
        )
    }
}
