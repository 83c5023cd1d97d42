//! What an operator can choose for a provider, with the decided defaults.
//!
//! Only the meaning is here. How a setting is written on the command line, and
//! the errors for what cannot be read, stand in [`crate::setting_keys`].

use serde::{Deserialize, Serialize};

use crate::record::Role;
use crate::state::Roles;

/// How people are matched by email.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MergeKey {
    /// Without regard to letter case.
    #[default]
    Email,
    /// To the letter.
    EmailExact,
    /// By the part before the `@`, within [`Settings::email_domains`].
    EmailLocalPart,
}

/// What becomes of users that the source archives: `status` `tobedeleted`.
///
/// `enabledUser` false is no archiving: the user stays, and is barred. But
/// someone who is not in the roster and is disabled is treated as archived: not
/// looked at, made, or not made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ArchivedStudents {
    /// Their records are not looked at.
    Ignore,
    /// They are imported as archived users.
    Import,
    /// Users that exist are archived; none is made.
    #[default]
    Archive,
}

/// Which number identifies a student.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StudentId {
    /// The `sourcedId`.
    #[default]
    SourcedId,
    /// `identifier`, the student number.
    StudentNumber,
}

/// Where guardians come from. One of the two owns them; the other is not looked
/// at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuardianSource {
    /// The source's own users and their agents.
    #[default]
    Roster,
    /// A file that names the source's students, imported on its own.
    File,
}

/// Which column holds the number to call and to log in with. With `phone` the
/// source has home numbers only: they are kept as such, and nobody logs in with
/// them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PhoneColumn {
    /// `sms`: the mobile number.
    #[default]
    Sms,
    /// `phone`: the home number.
    Phone,
}

/// What happens when more would be archived than the threshold allows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeletionPolicy {
    /// The whole run is held.
    #[default]
    Hold,
    /// New and changed records land; nothing is archived.
    KeepExisting,
}

/// When more is archived than this, the guard speaks: both numbers must be
/// exceeded, per kind of record and per school.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DeletionThreshold {
    /// Percent of the active records, 0 to 100.
    pub percent: u8,
    /// Records.
    pub count: u32,
}

impl Default for DeletionThreshold {
    fn default() -> Self {
        DeletionThreshold {
            percent: 10,
            count: 20,
        }
    }
}

/// Everything that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// `classrooms`: import classes and enrollments. Off: users and guardians
    /// only.
    pub classrooms: bool,
    /// `respect-enrolment-date`: only people enrolled today are in a class.
    pub respect_enrolment_date: bool,
    /// `respect-academic-sessions`: only classes with a session that contains
    /// today.
    pub respect_academic_sessions: bool,
    /// `parents`: which relations to import; empty: no guardians.
    pub parents: Roles,
    /// `guardians`.
    pub guardians: GuardianSource,
    /// `merge-priority`: 1 to 100, the higher wins; unique among a tenant's
    /// providers.
    pub merge_priority: u8,
    /// `merge-key`.
    pub merge_key: MergeKey,
    /// `email-domains`: domains whose local parts are compared, lower-cased.
    pub email_domains: Vec<String>,
    /// `limit-roles`: only users with one of these roles; empty: all.
    pub limit_roles: Roles,
    /// `limit-grades`: only students of these grades; empty: all.
    pub limit_grades: Vec<String>,
    /// `limit-email-domains`: only users with an email in these domains; empty:
    /// all.
    pub limit_email_domains: Vec<String>,
    /// Schools left out, by `sourcedId`, sorted.
    pub excluded_schools: Vec<String>,
    /// `attach-only`: the source adds to users that exist and makes none.
    pub attach_only: bool,
    /// `student-id`.
    pub student_id: StudentId,
    /// `archived-students`.
    pub archived_students: ArchivedStudents,
    /// `phone`.
    pub phone: PhoneColumn,
    /// `deletion-threshold-percent` and `deletion-threshold-count`.
    pub deletion_threshold: DeletionThreshold,
    /// `deletion-policy`.
    pub deletion_policy: DeletionPolicy,
    /// `unarchive-classes`: classes that reappear are restored.
    pub unarchive_classes: bool,
    /// `update-contacts`: the source may change contact details of users that
    /// have them.
    pub update_contacts: bool,
    /// `update-language`: the source may set the language; it then refuses
    /// manual edits.
    pub update_language: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            classrooms: true,
            respect_enrolment_date: false,
            respect_academic_sessions: false,
            parents: Roles::default(),
            guardians: GuardianSource::default(),
            merge_priority: 50,
            merge_key: MergeKey::default(),
            email_domains: Vec::new(),
            limit_roles: Roles::default(),
            limit_grades: Vec::new(),
            limit_email_domains: Vec::new(),
            excluded_schools: Vec::new(),
            attach_only: true,
            student_id: StudentId::default(),
            archived_students: ArchivedStudents::default(),
            phone: PhoneColumn::default(),
            deletion_threshold: DeletionThreshold::default(),
            deletion_policy: DeletionPolicy::default(),
            unarchive_classes: true,
            update_contacts: true,
            update_language: true,
        }
    }
}

/// What kind of source a provider is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProviderKind {
    /// A directory: it says who the platform's users are.
    Directory,
    /// An integration with a SIS.
    Sis,
    /// A file of guardians for the students of that integration. It counts
    /// while the integration's setting `guardians` is `file`.
    Guardians(crate::state::ProviderKey),
}

/// A source of people, as reconciling sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    /// Its key.
    pub key: crate::state::ProviderKey,
    /// Its name, unique in the tenant.
    pub name: String,
    /// Directory or SIS.
    pub kind: ProviderKind,
    /// What the operator chose.
    pub settings: Settings,
}

/// The relations that `parents` can name.
pub const RELATIONS: [Role; 3] = [Role::Parent, Role::Relative, Role::Guardian];
