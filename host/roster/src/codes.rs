//! The codes of the findings that reconciling makes, each with how bad it is,
//! what it does to its record, and the sentence that stands where nothing more
//! particular can be said.
//!
//! Cause, remedy and owner of a code stand in [`crate::catalogue`].

use crate::finding::{Effect, Severity};

/// A kind of finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// The code in the catalogue.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What it does to its record.
    pub effect: Effect,
    /// One sentence for a person.
    pub sentence: &'static str,
}

macro_rules! kinds {
    ($($name:ident = $code:literal $severity:ident $effect:ident $sentence:literal;)*) => {
        $(
            #[doc = concat!("`", $code, "`: ", $sentence)]
            pub const $name: &str = $code;
        )*

        /// Every kind of finding that reconciling makes.
        pub const KINDS: &[Kind] = &[$(kind::$name),*];

        /// The kinds, by the names of their codes.
        pub(crate) mod kind {
            use super::*;
            $(
                pub(crate) const $name: Kind = Kind {
                    code: $code,
                    severity: Severity::$severity,
                    effect: Effect::$effect,
                    sentence: $sentence,
                };
            )*
        }
    };
}

kinds! {
    // Any record.
    RECORD_DUPLICATE = "record-duplicate" Info Skipped
        "The source sent this record more than once; one was used.";
    RECORD_CONFLICT = "record-conflict" Warning Skipped
        "The source sent different records under this id; the newest was used.";
    RECORD_DELETED = "record-deleted" Info Skipped
        "The source marks this record as tobedeleted.";
    RECORD_SCHOOL_INCOMPLETE = "record-school-incomplete" Info Skipped
        "The data of its school is incomplete, so the school stays as it was.";
    COLLECTION_OFF = "collection-off" Info Skipped
        "The setting classrooms is off, so this collection is not imported.";
    VALUE_MASKED = "value-masked" Warning Kept
        "The source hides the values of a field.";

    // Orgs, sessions and courses.
    SCHOOL_EXCLUDED = "school-excluded" Info Skipped
        "The school is excluded.";
    SCHOOL_INCOMPLETE = "school-incomplete" Error Kept
        "The data of this school is incomplete; it stays as it was.";
    ORG_UNKNOWN = "org-unknown" Warning Kept
        "Records refer to this org, which the source did not send.";
    ORG_PARENT = "org-parent" Warning Kept
        "The org is its own parent or ancestor; it was imported without a parent.";
    SESSION_UNKNOWN = "session-unknown" Warning Kept
        "Records refer to this academic session, which the source did not send.";
    SESSION_DATES = "session-dates" Warning Kept
        "The academic session ends before it begins, so it contains no day.";
    SESSION_PARENT = "session-parent" Warning Kept
        "The academic session is its own parent or ancestor; it was imported without a parent.";
    COURSE_UNKNOWN = "course-unknown" Warning Kept
        "Classes refer to this course, which the source did not send.";

    // Classes.
    CLASS_NO_SCHOOL = "class-no-school" Error Failed
        "The class names no school.";
    CLASS_SCHOOL_UNKNOWN = "class-school-unknown" Error Failed
        "The class's school is not among the orgs that the source sent.";
    CLASS_SCHOOL_EXCLUDED = "class-school-excluded" Info Skipped
        "The class belongs to an excluded school.";
    CLASS_NOT_CURRENT = "class-not-current" Info Skipped
        "None of the class's academic sessions contains today.";
    CLASS_NO_SESSION = "class-no-session" Warning Kept
        "None of the class's academic sessions is known, so it counts as current.";
    CLASS_STAYS_ARCHIVED = "class-stays-archived" Info Skipped
        "The class reappeared, but unarchive-classes is off.";

    // Users that are left out on purpose.
    USER_SCHOOL_EXCLUDED = "user-school-excluded" Info Skipped
        "The user belongs to excluded schools only.";
    USER_LIMIT_ROLE = "user-limit-role" Info Skipped
        "The user has none of the roles of limit-roles.";
    USER_LIMIT_GRADE = "user-limit-grade" Info Skipped
        "The student is in none of the grades of limit-grades.";
    USER_LIMIT_EMAIL_DOMAIN = "user-limit-email-domain" Info Skipped
        "The user's email is in none of the domains of limit-email-domains.";
    USER_NOT_CURRENT = "user-not-current" Info Skipped
        "All enrollments or roles of the user have ended.";
    GUARDIAN_OFF = "guardian-off" Info Skipped
        "The user's relation is not among those of the setting parents.";
    GUARDIAN_BY_FILE = "guardian-by-file" Info Skipped
        "Guardians come from a file, so those of the roster are left out.";
    USER_ARCHIVED = "user-archived" Info Skipped
        "The source archived the user, who is not in the roster, so none was made.";
    USER_NO_NAME = "user-no-name" Warning Skipped
        "The user has neither given name nor family name.";

    // People who are no users of the platform.
    USER_NO_MATCH = "user-no-match" Warning Skipped
        "No user of the platform fits.";
    USER_NO_EMAIL = "user-no-email" Warning Skipped
        "There is no usable email and no other id to match by.";
    USER_AMBIGUOUS = "user-ambiguous" Warning Skipped
        "Several users or several people fit, so none was picked.";
    USER_EMAIL_SHARED = "user-email-shared" Warning Skipped
        "Another person of the same source has the same email.";
    USER_EMAIL_GENERIC = "user-email-generic" Warning Skipped
        "Three or more people of the source have the same email, so it identifies nobody.";
    USER_ROLE_CONFLICT = "user-role-conflict" Warning Skipped
        "The user that fits has another role: a student never joins an adult.";
    USER_CLAIMED = "user-claimed" Warning Skipped
        "The user that fits is already someone else of the same source.";
    USER_EMAIL_REUSED = "user-email-reused" Warning Skipped
        "The email belonged to someone of another name who has left.";
    USER_ID_REUSED = "user-id-reused" Warning Skipped
        "The sourcedId belonged to someone of another name who has left.";
    USER_ID_CONFLICT = "user-id-conflict" Warning Skipped
        "The user who holds this id has another name.";
    USER_NEVER_MATCH = "user-never-match" Warning Skipped
        "An administrator ruled out the user that fits.";
    USER_UNMATCHED = "user-unmatched" Warning Skipped
        "An administrator took the record apart from its user.";
    GUARDIAN_NO_EMAIL = "guardian-no-email" Warning Skipped
        "The guardian has no usable email.";

    // Users that are used, with a remark.
    USER_LINK_CONFLICT = "user-link-conflict" Warning Kept
        "Records of this person are linked to different users.";
    PERSON_CONFLICT = "person-conflict" Warning Kept
        "Records that agree with this one disagree with each other, so none were joined.";
    USER_NAME_CONFLICT = "user-name-conflict" Warning Kept
        "The record was matched to a user of another name.";
    USER_EMAIL_INVALID = "user-email-invalid" Warning Kept
        "The email is no email address and is not used.";
    USER_EMAIL_PLACEHOLDER = "user-email-placeholder" Warning Kept
        "The email is a placeholder and is not used.";
    USER_EMAIL_SEVERAL = "user-email-several" Warning Kept
        "The email field holds several addresses; none is used.";
    DIRECTORY_EMAIL_SHARED = "directory-email-shared" Warning Kept
        "Another user of the directory has the same email, so nobody can be matched by it.";
    AGENT_UNKNOWN = "agent-unknown" Warning Kept
        "An agent of this user is not among the users that the source sent.";
    GUARDIAN_STUDENT_UNKNOWN = "guardian-student-unknown" Warning Kept
        "A student whom the file names is not among those of the integration.";
    GUARDIAN_NO_ROLE = "guardian-no-role" Warning Kept
        "The user is a student's agent without a role as parent, guardian or relative.";

    // Enrollments.
    ENROLLMENT_USER_UNKNOWN = "enrollment-user-unknown" Error Failed
        "The enrollment's user is not among the users that the source sent.";
    ENROLLMENT_CLASS_UNKNOWN = "enrollment-class-unknown" Error Failed
        "The enrollment's class is not among the classes that the source sent.";
    ENROLLMENT_DATES = "enrollment-dates" Error Failed
        "The enrollment ends before it begins.";
    ENROLLMENT_GUARDIAN = "enrollment-guardian" Info Skipped
        "Parents, guardians and relatives are no members of classes.";
    ENROLLMENT_CLASS_OUT = "enrollment-class-out" Info Skipped
        "The enrollment's class was left out.";
    ENROLLMENT_USER_OUT = "enrollment-user-out" Info Skipped
        "The enrollment's user was left out.";
    ENROLLMENT_USER_UNMATCHED = "enrollment-user-unmatched" Info Skipped
        "The enrollment's user is no user of the platform.";
    ENROLLMENT_NOT_CURRENT = "enrollment-not-current" Info Skipped
        "The enrollment has ended or has not begun.";
    ENROLLMENT_REPEATED = "enrollment-repeated" Info Skipped
        "Another enrollment of the user in this class counts.";

    // Settings and decisions.
    EMAIL_DOMAINS_MISSING = "email-domains-missing" Warning Kept
        "merge-key is email-local-part, but email-domains names no domain.";
    DECISION_VOID = "decision-void" Warning Kept
        "A decision names a user that does not exist.";
}
