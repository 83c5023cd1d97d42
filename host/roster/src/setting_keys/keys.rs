//! The table of keys.

use super::{KeyDoc, value};
use crate::record::Role;
use crate::settings::{
    ArchivedStudents, DeletionPolicy, GuardianSource, MergeKey, PhoneColumn, RELATIONS, StudentId,
};

const BOOLEAN: &str = "true or false";

const MERGE_KEYS: &[(&str, MergeKey)] = &[
    ("email", MergeKey::Email),
    ("email-exact", MergeKey::EmailExact),
    ("email-local-part", MergeKey::EmailLocalPart),
];
const STUDENT_IDS: &[(&str, StudentId)] = &[
    ("sourced-id", StudentId::SourcedId),
    ("student-number", StudentId::StudentNumber),
];
const ARCHIVED_STUDENTS: &[(&str, ArchivedStudents)] = &[
    ("ignore", ArchivedStudents::Ignore),
    ("import", ArchivedStudents::Import),
    ("archive", ArchivedStudents::Archive),
];
const GUARDIANS: &[(&str, GuardianSource)] = &[
    ("roster", GuardianSource::Roster),
    ("file", GuardianSource::File),
];
const PHONES: &[(&str, PhoneColumn)] = &[("sms", PhoneColumn::Sms), ("phone", PhoneColumn::Phone)];
const POLICIES: &[(&str, DeletionPolicy)] = &[
    ("hold", DeletionPolicy::Hold),
    ("keep-existing", DeletionPolicy::KeepExisting),
];

/// Every key, in the order in which forms and help show them.
pub const KEYS: &[KeyDoc] = &[
    KeyDoc {
        key: "sis",
        help: "Which SIS the source is: a preset of the adapter, which knows that product's ways. Empty: the adapter's first preset.",
        values: "the id of one of the adapter's presets, such as powerschool or other",
        default: "",
        set: |_, read, text| {
            read.sis = (!text.is_empty()).then(|| text.to_lowercase());
            Ok(())
        },
        get: |_, read| read.sis.clone().unwrap_or_default(),
    },
    KeyDoc {
        key: "classrooms",
        help: "Import classes and who is in them. Off: users and guardians only.",
        values: BOOLEAN,
        default: "true",
        set: |settings, _, text| {
            settings.classrooms = value::boolean(text)?;
            Ok(())
        },
        get: |settings, _| settings.classrooms.to_string(),
    },
    KeyDoc {
        key: "respect-enrolment-date",
        help: "Only people whose enrolment covers today are in a class; leavers drop out at the next run. Off: everyone enrolled, whatever the dates.",
        values: BOOLEAN,
        default: "false",
        set: |settings, _, text| {
            settings.respect_enrolment_date = value::boolean(text)?;
            Ok(())
        },
        get: |settings, _| settings.respect_enrolment_date.to_string(),
    },
    KeyDoc {
        key: "respect-academic-sessions",
        help: "Only classes with a term, semester or school year that contains today. Off: all active classes.",
        values: BOOLEAN,
        default: "false",
        set: |settings, _, text| {
            settings.respect_academic_sessions = value::boolean(text)?;
            Ok(())
        },
        get: |settings, _| settings.respect_academic_sessions.to_string(),
    },
    KeyDoc {
        key: "parents",
        help: "Which people tied to a student to import. Empty: none; with guardians=file: all that the file names.",
        values: "a comma list of parent, relative, guardian",
        default: "",
        set: |settings, _, text| {
            settings.parents = value::roles(text, &RELATIONS)?;
            Ok(())
        },
        get: |settings, _| value::written_roles(settings.parents),
    },
    KeyDoc {
        key: "guardians",
        help: "Who says which guardians students have: the roster of the source, narrowed by parents, or a file that is imported with homeroom guardians import. One owner at a time: with file, the source's own parents, relatives and guardians are left out, and parents, unless empty, narrows the file.",
        values: "roster or file",
        default: "roster",
        set: |settings, _, text| {
            settings.guardians = value::choice(text, GUARDIANS)?;
            Ok(())
        },
        get: |settings, _| value::written_choice(settings.guardians, GUARDIANS),
    },
    KeyDoc {
        key: "merge-priority",
        help: "Who wins where two providers say different things about a person: the higher number. No two providers of a tenant have the same.",
        values: "a whole number from 1 to 100",
        default: "50",
        set: |settings, _, text| {
            settings.merge_priority = value::number(text, 1, 100)? as u8;
            Ok(())
        },
        get: |settings, _| settings.merge_priority.to_string(),
    },
    KeyDoc {
        key: "merge-key",
        help: "How people are matched with users: by email without regard to letter case, by email to the letter, or by the part before the @ within email-domains.",
        values: "email, email-exact or email-local-part",
        default: "email",
        set: |settings, _, text| {
            settings.merge_key = value::choice(text, MERGE_KEYS)?;
            Ok(())
        },
        get: |settings, _| value::written_choice(settings.merge_key, MERGE_KEYS),
    },
    KeyDoc {
        key: "email-domains",
        help: "The domains within which email-local-part takes the same local part for the same person.",
        values: "a comma list of domains, such as school.example,students.school.example",
        default: "",
        set: |settings, _, text| {
            settings.email_domains = value::domains(text)?;
            Ok(())
        },
        get: |settings, _| settings.email_domains.join(","),
    },
    KeyDoc {
        key: "limit-roles",
        help: "Take only users with one of these roles. Empty: all.",
        values: "a comma list of OneRoster roles, such as student,teacher",
        default: "",
        set: |settings, _, text| {
            settings.limit_roles = value::roles(text, &Role::ALL)?;
            Ok(())
        },
        get: |settings, _| value::written_roles(settings.limit_roles),
    },
    KeyDoc {
        key: "limit-grades",
        help: "Take only students of these grades. Empty: all.",
        values: "a comma list of grades as the source writes them, such as 09,10",
        default: "",
        set: |settings, _, text| {
            settings.limit_grades = value::texts(text)?;
            Ok(())
        },
        get: |settings, _| settings.limit_grades.join(","),
    },
    KeyDoc {
        key: "limit-email-domains",
        help: "Take only users with an email in these domains. Empty: all.",
        values: "a comma list of domains",
        default: "",
        set: |settings, _, text| {
            settings.limit_email_domains = value::domains(text)?;
            Ok(())
        },
        get: |settings, _| settings.limit_email_domains.join(","),
    },
    KeyDoc {
        key: "attach-only",
        help: "Add to users that exist and make none. Off: the source makes users.",
        values: BOOLEAN,
        default: "true",
        set: |settings, _, text| {
            settings.attach_only = value::boolean(text)?;
            Ok(())
        },
        get: |settings, _| settings.attach_only.to_string(),
    },
    KeyDoc {
        key: "compatibility",
        help: "Ask the server for plain pages only, without filters, sorting or nested paths, and narrow here. For servers that implement the minimum.",
        values: BOOLEAN,
        default: "false",
        set: |_, read, text| {
            read.compatibility = value::boolean(text)?;
            Ok(())
        },
        get: |_, read| read.compatibility.to_string(),
    },
    KeyDoc {
        key: "student-id",
        help: "Which number identifies a student: the source's own id or the student number.",
        values: "sourced-id or student-number",
        default: "sourced-id",
        set: |settings, _, text| {
            settings.student_id = value::choice(text, STUDENT_IDS)?;
            Ok(())
        },
        get: |settings, _| value::written_choice(settings.student_id, STUDENT_IDS),
    },
    KeyDoc {
        key: "archived-students",
        help: "What becomes of people the source has archived: not looked at, imported as archived, or archived where they exist.",
        values: "ignore, import or archive",
        default: "archive",
        set: |settings, _, text| {
            settings.archived_students = value::choice(text, ARCHIVED_STUDENTS)?;
            Ok(())
        },
        get: |settings, _| value::written_choice(settings.archived_students, ARCHIVED_STUDENTS),
    },
    KeyDoc {
        key: "phone",
        help: "Which column a number is taken from. sms: the source's sms is the mobile number, by which people log in and get messages, and its phone is kept as the home number. phone: numbers are home numbers, with which nobody logs in and to which no message goes; there is no mobile number, and the source's sms is a home number only where its phone is empty.",
        values: "sms or phone",
        default: "sms",
        set: |settings, _, text| {
            settings.phone = value::choice(text, PHONES)?;
            Ok(())
        },
        get: |settings, _| value::written_choice(settings.phone, PHONES),
    },
    KeyDoc {
        key: "deletion-threshold-percent",
        help: "A run that would archive more than this share of what there was, and more than deletion-threshold-count, is stopped by deletion-policy. Measured for users, classes, enrolments and guardians, for the source and for each school. 100 switches the check off.",
        values: "a whole number from 0 to 100",
        default: "10",
        set: |settings, _, text| {
            settings.deletion_threshold.percent = value::number(text, 0, 100)? as u8;
            Ok(())
        },
        get: |settings, _| settings.deletion_threshold.percent.to_string(),
    },
    KeyDoc {
        key: "deletion-threshold-count",
        help: "How many records may always be archived, whatever share they are.",
        values: "a whole number from 0 to 4294967295",
        default: "20",
        set: |settings, _, text| {
            settings.deletion_threshold.count = value::number(text, 0, u32::MAX)?;
            Ok(())
        },
        get: |settings, _| settings.deletion_threshold.count.to_string(),
    },
    KeyDoc {
        key: "deletion-policy",
        help: "What happens beyond the threshold: the whole run waits for a person, or new and changed records land and nothing is archived.",
        values: "hold or keep-existing",
        default: "hold",
        set: |settings, _, text| {
            settings.deletion_policy = value::choice(text, POLICIES)?;
            Ok(())
        },
        get: |settings, _| value::written_choice(settings.deletion_policy, POLICIES),
    },
    KeyDoc {
        key: "unarchive-classes",
        help: "Restore archived classes that reappear.",
        values: BOOLEAN,
        default: "true",
        set: |settings, _, text| {
            settings.unarchive_classes = value::boolean(text)?;
            Ok(())
        },
        get: |settings, _| settings.unarchive_classes.to_string(),
    },
    KeyDoc {
        key: "update-contacts",
        help: "Whether the source's roster owns email and phone numbers. On: it changes them, and homeroom user pin refuses those it supplies. Off: it fills in what an active user lacks, and what is there is the platform's, to be changed by hand.",
        values: BOOLEAN,
        default: "true",
        set: |settings, _, text| {
            settings.update_contacts = value::boolean(text)?;
            Ok(())
        },
        get: |settings, _| settings.update_contacts.to_string(),
    },
    KeyDoc {
        key: "update-language",
        help: "Whether the source's roster owns the language. On: it sets it, and homeroom user pin refuses to. Off: the source's languages are not looked at, and the language is set by hand.",
        values: BOOLEAN,
        default: "true",
        set: |settings, _, text| {
            settings.update_language = value::boolean(text)?;
            Ok(())
        },
        get: |settings, _| settings.update_language.to_string(),
    },
    KeyDoc {
        key: "page-size",
        help: "Records a page; a smaller number helps a slow server. Empty, or more than the adapter allows: the adapter's choice.",
        values: "a whole number from 1 to 50000, or empty",
        default: "",
        set: |_, read, text| {
            read.page_size = value::optional_number(text, 1, 50_000)?;
            Ok(())
        },
        get: |_, read| value::written_number(read.page_size),
    },
    KeyDoc {
        key: "concurrency",
        help: "Pages asked for at once. All integrations of this host that ask the same server share it: together they have no more requests under way there than the largest of their numbers. Empty, or more than the adapter allows: the adapter's choice.",
        values: "a whole number from 1 to 64, or empty",
        default: "",
        set: |_, read, text| {
            read.concurrency = value::optional_number(text, 1, 64)?;
            Ok(())
        },
        get: |_, read| value::written_number(read.concurrency),
    },
    KeyDoc {
        key: "requests-per-minute",
        help: "The most requests a minute, for a server with a limit. All integrations of this host that ask the same server keep to it together. Empty, or more than the adapter allows: the adapter's choice, which is most often no limit.",
        values: "a whole number from 1 to 60000, or empty",
        default: "",
        set: |_, read, text| {
            read.requests_per_minute = value::optional_number(text, 1, 60_000)?;
            Ok(())
        },
        get: |_, read| value::written_number(read.requests_per_minute),
    },
    KeyDoc {
        key: "full-read-days",
        help: "How many days may pass between two full reads; the runs in between ask only for what changed since the day before the last run. What was deleted at the source without a trace, and what it changed without a new dateLastModified, shows in a full read only. 0: each run reads everything. Empty: the adapter's choice, which is 0 but for products that ask for more. homeroom sync --full reads everything at any time.",
        values: "a whole number from 0 to 90, or empty",
        default: "",
        set: |_, read, text| {
            read.full_read_days = value::optional_number(text, 0, 90)?;
            Ok(())
        },
        get: |_, read| value::written_number(read.full_read_days),
    },
];
