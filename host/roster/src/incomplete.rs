//! Schools whose data is incomplete.
//!
//! A source that sends half a school would empty the other half. So a school
//! that lacks what it must have is left exactly as it was, while the others
//! land; the run is then partial, and the finding says what is missing.
//! Excluding the school mends it.
//!
//! A school is judged only if classes are imported and it is of type school or
//! has classes. What its records say before scope counts: in the holidays no
//! class is current, and nothing is missing. It is incomplete if
//! - it has no classes, but the roster holds 3 or more of it;
//! - it has 20 students or more and no classes, though the source sends classes
//!   of other schools;
//! - it has 20 students or more, and none of its classes has anybody;
//! - it has 10 classes or more, more than half of which have nobody;
//! - it has 5 classes or more, and none has a teacher, though the roster holds
//!   teachers in its classes, or students are in more than half of them;
//! - 10 enrollments or more, and more than 20 percent of them, point to users
//!   or classes that were not sent.
//!
//! Smaller schools are not judged by these: a school of three classes may well
//! have an empty one, and a school that opens next year has students and no
//! class. On the first sync nothing is lost by leaving a school out, so the
//! same bounds serve.

use crate::codes::kind;
use crate::diff::keys::known_orgs;
use crate::notes::Notes;
use crate::prepared::Prepared;
use crate::record::{Collection, Role};
use crate::source::{NO_ID, SourceRecords};
use crate::state::{OrgKey, Roster, Status};

/// Classes of the roster without which a school is not believed to have none.
const CLASSES_BEFORE: u32 = 3;
/// Students without whom a school need not have classes.
const STUDENTS: u32 = 20;
/// Classes from which on empty ones are counted.
const CLASSES: u32 = 10;
/// Classes from which on one must have a teacher.
const CLASSES_TAUGHT: u32 = 5;
/// Enrollments that may point nowhere.
const LOST: u32 = 10;
/// Percent of the enrollments that may point nowhere.
const LOST_PERCENT: u64 = 20;

/// The incomplete schools.
#[derive(Debug, Default)]
pub(crate) struct Incomplete {
    /// By source, by org id.
    pub(crate) schools: Vec<Vec<bool>>,
    /// Their keys in the roster, sorted.
    pub(crate) frozen: Vec<OrgKey>,
}

/// What a school has.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    students: u32,
    classes: u32,
    empty_classes: u32,
    classes_with_teacher: u32,
    classes_with_student: u32,
    enrollments: u32,
    lost: u32,
    classes_before: u32,
    taught_before: bool,
    /// The source sends classes, here or elsewhere.
    classes_anywhere: bool,
}

impl Counts {
    /// The counts by which a person judges the judgement.
    fn told(&self) -> String {
        let Counts {
            students,
            classes,
            empty_classes,
            enrollments,
            lost,
            classes_before,
            ..
        } = self;
        let untaught = classes - self.classes_with_teacher;
        let unstudied = classes - self.classes_with_student;
        format!(
            "Sent: {students} students; {classes} classes, of which {empty_classes} have nobody, \
             {untaught} no teacher, {unstudied} no student; {enrollments} enrollments, of which \
             {lost} point to users or classes that were not sent. The roster has {classes_before} \
             classes of it."
        )
    }
}

/// Judges the schools of every source.
pub(crate) fn find(roster: &Roster, all: &[Prepared<'_>], notes: &mut Notes) -> Incomplete {
    let mut incomplete = Incomplete::default();
    let taught = taught_classes(roster);
    for prepared in all {
        let mut schools = vec![false; prepared.scope.schools.len()];
        if !prepared.is_directory() && prepared.provider.settings.classrooms {
            source(
                roster,
                prepared,
                &taught,
                &mut schools,
                &mut incomplete.frozen,
                notes,
            );
        }
        incomplete.schools.push(schools);
    }
    incomplete.frozen.sort_unstable();
    incomplete
}

fn source(
    roster: &Roster,
    prepared: &Prepared<'_>,
    taught: &[bool],
    schools: &mut [bool],
    frozen: &mut Vec<OrgKey>,
    notes: &mut Notes,
) {
    let known = known_orgs(roster, prepared);
    let mut counts = count(prepared.records, schools.len());
    let mut school_of = vec![NO_ID; roster.next.org as usize];
    for (id, place) in known.place.iter().enumerate() {
        let key = roster.orgs.get(*place as usize).map(|org| org.key.index());
        if let Some(school) = key.and_then(|key| school_of.get_mut(key)) {
            *school = id as u32;
        }
    }
    for (place, class) in roster.classes.iter().enumerate() {
        if class.status != Status::Active || class.origin.provider != prepared.provider.key {
            continue;
        }
        let school = school_of.get(class.school.index()).copied();
        if let Some(counts) = school.and_then(|id| counts.get_mut(id as usize)) {
            counts.classes_before += 1;
            counts.taught_before |= taught[place];
        }
    }
    let anywhere = prepared.records.live_count(Collection::Classes) > 0;
    for (id, org) in prepared.records.orgs().enumerate() {
        let judged = prepared.scope.schools[id] && !prepared.scope.excluded[id];
        if !judged || org.row.deleted {
            continue;
        }
        counts[id].classes_anywhere = anywhere;
        let Some(missing) = missing(&counts[id]) else {
            continue;
        };
        schools[id] = true;
        if prepared.running {
            let sent = counts[id].told();
            let detail = format!("School {} ({}): {missing}. {sent}", org.name(), org.id());
            let entity = Collection::Orgs;
            notes.detail(kind::SCHOOL_INCOMPLETE, entity, id as u32, None, detail);
        }
        if let Some(org) = roster.orgs.get(known.place[id] as usize) {
            frozen.push(org.key);
        }
    }
}

/// What a school lacks, if it lacks something.
fn missing(counts: &Counts) -> Option<String> {
    let Counts {
        students,
        classes,
        empty_classes: empty,
        enrollments,
        lost,
        classes_before: before,
        ..
    } = *counts;
    if classes == 0 && before >= CLASSES_BEFORE {
        return Some(format!("it has no classes, but had {before}"));
    }
    if classes == 0 && students >= STUDENTS && counts.classes_anywhere {
        return Some(format!("it has {students} students but no classes"));
    }
    if students >= STUDENTS && empty == classes && classes > 0 {
        return Some(format!(
            "it has {students} students and {classes} classes but no enrollments"
        ));
    }
    if classes >= CLASSES && empty * 2 > classes {
        return Some(format!(
            "{empty} of its {classes} classes have nobody in them"
        ));
    }
    let studied = counts.classes_with_student * 2 > classes;
    let untaught = counts.classes_with_teacher == 0 && (counts.taught_before || studied);
    if classes >= CLASSES_TAUGHT && untaught {
        return Some(format!("none of its {classes} classes has a teacher"));
    }
    let share = u64::from(lost) * 100 > u64::from(enrollments) * LOST_PERCENT;
    if lost >= LOST && share {
        return Some(format!(
            "{lost} of its {enrollments} enrollments point to users or classes that were not sent"
        ));
    }
    None
}

/// Counts what each school has, by org id.
fn count(records: &SourceRecords, orgs: usize) -> Vec<Counts> {
    let mut counts = vec![Counts::default(); orgs];
    for user in records.users().filter(|user| !user.deleted()) {
        let mut last = NO_ID;
        for role in user.roles() {
            // A student with several roles at one school is one student.
            if role.role == Role::Student && role.org != last {
                if let Some(counts) = counts.get_mut(role.org as usize) {
                    counts.students += 1;
                }
                last = role.org;
            }
        }
    }
    const STUDENT: u8 = 1;
    const TEACHER: u8 = 2;
    const ANYBODY: u8 = 4;
    let mut seen = vec![0u8; records.classes().len()];
    for row in records.enrollments() {
        if row.deleted() || row.repeated() {
            continue;
        }
        let class = records.class(row.class).filter(|class| !class.row.deleted);
        let school = class.map_or(row.school, |class| class.row.school);
        let Some(counts) = counts.get_mut(school as usize) else {
            continue;
        };
        counts.enrollments += 1;
        let user = records.user(row.user).is_some();
        if !user || records.class(row.class).is_none() {
            counts.lost += 1;
            continue;
        }
        seen[row.class as usize] |= ANYBODY
            | match row.role {
                Role::Student => STUDENT,
                Role::Teacher => TEACHER,
                _ => 0,
            };
    }
    for (id, class) in records.classes().enumerate() {
        let school = counts.get_mut(class.row.school as usize);
        let Some(counts) = school.filter(|_| !class.row.deleted) else {
            continue;
        };
        let has = |bit: u8| u32::from(seen[id] & bit != 0);
        counts.classes += 1;
        counts.empty_classes += 1 - has(ANYBODY);
        counts.classes_with_student += has(STUDENT);
        counts.classes_with_teacher += has(TEACHER);
    }
    counts
}

/// By place in the roster's classes: a teacher is in it.
fn taught_classes(roster: &Roster) -> Vec<bool> {
    let mut taught = vec![false; roster.classes.len()];
    let mut place = 0;
    for enrollment in &roster.enrollments {
        while roster
            .classes
            .get(place)
            .is_some_and(|class| class.key < enrollment.class)
        {
            place += 1;
        }
        let here = roster
            .classes
            .get(place)
            .is_some_and(|class| class.key == enrollment.class);
        if here && enrollment.role == Role::Teacher {
            taught[place] = true;
        }
    }
    taught
}
