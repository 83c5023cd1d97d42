//! Records of a complete source, with their texts at hand.

use super::rows::{ClassRow, CourseRow, OrgRow, RoleRow, SessionRow, UserRow, UserText};
use super::{NO_ID, SourceRecords};

macro_rules! views {
    ($($(#[$doc:meta])* $name:ident $row:ident $list:ident $one:ident $ids:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub(crate) struct $name<'a> {
            source: &'a SourceRecords,
            pub(crate) row: &'a $row,
        }

        impl<'a> $name<'a> {
            /// The `sourcedId`.
            pub(crate) fn id(self) -> &'a str {
                self.source.$ids.get(self.row.id)
            }
        }

        impl SourceRecords {
            /// All records of the collection, by `sourcedId`.
            pub(crate) fn $list(&self) -> impl ExactSizeIterator<Item = $name<'_>> {
                self.$list.iter().map(|row| $name { source: self, row })
            }

            /// The record of that id, if there is one.
            pub(crate) fn $one(&self, id: u32) -> Option<$name<'_>> {
                let row = self.$list.get(id as usize)?;
                Some($name { source: self, row })
            }
        }
    )*};
}

views! {
    /// An org.
    OrgView OrgRow orgs org org_ids;
    /// An academic session.
    SessionView SessionRow sessions session session_ids;
    /// A course.
    CourseView CourseRow courses course course_ids;
    /// A class.
    ClassView ClassRow classes class class_ids;
    /// A user.
    UserView UserRow users user user_ids;
}

impl<'a> OrgView<'a> {
    pub(crate) fn name(self) -> &'a str {
        self.source.texts.get(&self.row.texts, 0)
    }

    pub(crate) fn org_type(self) -> &'a str {
        self.source.texts.get(&self.row.texts, 1)
    }

    pub(crate) fn identifier(self) -> Option<&'a str> {
        self.source.texts.some(&self.row.texts, 2)
    }
}

impl<'a> SessionView<'a> {
    pub(crate) fn title(self) -> &'a str {
        self.source.texts.get(&self.row.texts, 0)
    }

    pub(crate) fn session_type(self) -> &'a str {
        self.source.texts.get(&self.row.texts, 1)
    }
}

impl<'a> CourseView<'a> {
    pub(crate) fn title(self) -> &'a str {
        self.source.texts.get(&self.row.texts, 0)
    }

    pub(crate) fn code(self) -> Option<&'a str> {
        self.source.texts.some(&self.row.texts, 1)
    }

    /// Grades, subjects and subject codes, each comma-joined.
    pub(crate) fn lists(self) -> [&'a str; 3] {
        [2, 3, 4].map(|index| self.source.texts.get(&self.row.texts, index))
    }
}

impl<'a> ClassView<'a> {
    pub(crate) fn title(self) -> &'a str {
        self.source.texts.get(&self.row.texts, 0)
    }

    pub(crate) fn code(self) -> Option<&'a str> {
        self.source.texts.some(&self.row.texts, 1)
    }

    pub(crate) fn class_type(self) -> Option<&'a str> {
        self.source.texts.some(&self.row.texts, 2)
    }

    pub(crate) fn location(self) -> Option<&'a str> {
        self.source.texts.some(&self.row.texts, 3)
    }

    /// Grades, subjects, subject codes and periods, each comma-joined.
    pub(crate) fn lists(self) -> [&'a str; 4] {
        [4, 5, 6, 7].map(|index| self.source.texts.get(&self.row.texts, index))
    }

    /// Academic sessions.
    pub(crate) fn terms(self) -> &'a [u32] {
        self.row.terms.of(&self.source.references)
    }
}

impl<'a> UserView<'a> {
    pub(crate) fn text(self, text: UserText) -> Option<&'a str> {
        self.source.user_texts.some(&self.row.texts, text as usize)
    }

    pub(crate) fn deleted(self) -> bool {
        self.row.deleted
    }

    pub(crate) fn enabled(self) -> bool {
        self.row.enabled
    }

    pub(crate) fn roles(self) -> &'a [RoleRow] {
        self.row.roles.of(&self.source.roles)
    }

    /// Users that act for this one, or for whom this one acts.
    pub(crate) fn agents(self) -> &'a [u32] {
        self.row.agents.of(&self.source.references)
    }

    /// `userIds`: type and identifier.
    pub(crate) fn other_ids(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let ids = self.row.other_ids.of(&self.source.other_ids).iter();
        ids.map(|id| (self.source.texts.get(id, 0), self.source.texts.get(id, 1)))
    }

    pub(crate) fn primary_org(self) -> u32 {
        self.row.primary_org
    }

    /// Every org that the record itself names; some may come twice.
    pub(crate) fn orgs(self) -> impl Iterator<Item = u32> {
        let orgs = self.roles().iter().map(|role| role.org);
        orgs.chain([self.primary_org()]).filter(|org| *org != NO_ID)
    }
}
