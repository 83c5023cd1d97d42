//! Student, staff or guardian: what may be one person and what may not.

use crate::record::Role;
use crate::state::Roles;

/// The kinds of role a person has. Empty: nobody says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Kinds(u8);

/// Whether two people can be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    /// Nothing speaks against it.
    Yes,
    /// Staff and guardian: if their names agree.
    IfNamesAgree,
    /// Student and adult: never.
    No,
}

impl Kinds {
    const STUDENT: u8 = 1;
    const STAFF: u8 = 2;
    const GUARDIAN: u8 = 4;

    /// Roles that the standard does not name say nothing.
    pub(crate) fn of(roles: Roles) -> Self {
        let kind = |role: Role| match role {
            Role::Student => Kinds::STUDENT,
            role if role.is_guardian() => Kinds::GUARDIAN,
            role if role.is_staff() => Kinds::STAFF,
            _ => 0,
        };
        Kinds(roles.iter().map(kind).fold(0, |all, kind| all | kind))
    }

    pub(crate) fn union(self, other: Self) -> Self {
        Kinds(self.0 | other.0)
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) fn only_guardian(self) -> bool {
        self.0 == Kinds::GUARDIAN
    }

    /// May be a student: is one, or nobody says.
    pub(crate) fn maybe_student(self) -> bool {
        self.is_empty() || self.0 & Kinds::STUDENT != 0
    }

    /// May be an adult: is one, or nobody says.
    pub(crate) fn maybe_adult(self) -> bool {
        self.is_empty() || self.0 & (Kinds::STAFF | Kinds::GUARDIAN) != 0
    }

    pub(crate) fn fit(self, other: Self) -> Fit {
        if self.is_empty() || other.is_empty() || self.0 & other.0 != 0 {
            Fit::Yes
        } else if (self.0 | other.0) & Kinds::STUDENT != 0 {
            Fit::No
        } else {
            Fit::IfNamesAgree
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(roles: &[Role]) -> Kinds {
        Kinds::of(roles.iter().copied().collect())
    }

    #[test]
    fn t14_adult_roles_may_join_when_names_agree_and_a_student_never() {
        let (teacher, parent) = (kinds(&[Role::Teacher]), kinds(&[Role::Parent]));
        let student = kinds(&[Role::Student]);
        assert_eq!(teacher.fit(parent), Fit::IfNamesAgree);
        assert_eq!(student.fit(parent), Fit::No);
        assert_eq!(teacher.fit(student), Fit::No);
        assert_eq!(teacher.fit(kinds(&[Role::Principal])), Fit::Yes);
        assert_eq!(student.fit(kinds(&[])), Fit::Yes);
        assert_eq!(student.fit(kinds(&[Role::Other])), Fit::Yes);
    }
}
