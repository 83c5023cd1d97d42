//! `deletion-threshold`: too much would go, of one provider or of one school.
//!
//! Each kind of record is measured only if the plan takes more of it away than
//! the threshold's count, which a calm night does not.

use hashbrown::{HashMap, HashSet};

use super::ground::{Ground, is_active};
use super::losses::{lost_links, lost_users};
use super::shares::{Share, Shares};
use crate::outcome::Hold;
use crate::plan::{Archivable, Changes, Plan};
use crate::state::{Class, ClassKey, Enrollment, OrgKey, ProviderKey, SessionKey, Status, UserKey};

/// The guard's code.
pub(super) const CODE: &str = "deletion-threshold";

/// At most this many schools get a hold of their own; one more hold counts the
/// rest.
const MOST_SCHOOLS: usize = 100;

/// What a hold says of one kind: its name, and what befalls its records.
type Kind = (&'static str, &'static str);

/// Adds a hold for each provider, and one for each school, of which too much
/// would go.
pub(super) fn check(ground: &Ground<'_>, plan: &Plan, holds: &mut Vec<Hold>) {
    let threshold = ground.settings().deletion_threshold;
    let least = threshold.count as usize;
    let measured: [(Kind, Option<Shares>); 4] = [
        (("users", "archived or cut off"), users(ground, plan, least)),
        (("classes", "archived"), classes(ground, plan, least)),
        (("enrollments", "removed"), enrollments(ground, plan, least)),
        (("guardians", "removed"), guardians(ground, plan, least)),
    ];
    let limits = format!(
        "the threshold is {} % and {}",
        threshold.percent, threshold.count
    );
    let mut by_school: HashMap<OrgKey, Vec<String>> = HashMap::new();
    for ((name, fate), shares) in measured {
        let Some(shares) = shares else { continue };
        let sentence = |share: Share| format!("{share} {name} would be {fate}");
        for (provider, share) in shares.providers {
            if share.exceeds(threshold) {
                let provider = ground.provider_name(provider);
                let detail = format!("{} of `{provider}`; {limits}", sentence(share));
                holds.push(ground.hold(CODE, None, detail));
            }
        }
        for (school, share) in shares.schools {
            if share.exceeds(threshold) {
                by_school.entry(school).or_default().push(sentence(share));
            }
        }
    }
    let mut schools: Vec<(OrgKey, Vec<String>)> = by_school.into_iter().collect();
    schools.sort();
    let rest = schools.len().saturating_sub(MOST_SCHOOLS);
    for (school, sentences) in schools.into_iter().take(MOST_SCHOOLS) {
        let (name, sentences) = (ground.school_name(school), sentences.join(", "));
        let detail = format!("{name}: {sentences}; {limits}");
        holds.push(ground.hold(CODE, Some(school), detail));
    }
    if rest > 0 {
        let detail = format!("the same holds of {rest} more schools; {limits}");
        holds.push(ground.hold(CODE, None, detail));
    }
}

/// The records that a plan takes out of use.
fn archived<T: Archivable>(changes: &Changes<T>) -> impl Iterator<Item = &T> {
    let updated = changes
        .updated
        .iter()
        .filter_map(|update| (update.after.status() == Status::Archived).then_some(&update.before));
    updated
        .chain(&changes.removed)
        .filter(|record| is_active(record.status()))
}

/// Users who are archived or lose their record at a provider. A user counts for
/// each provider that has a record of them, and for each org.
fn users(ground: &Ground<'_>, plan: &Plan, least: usize) -> Option<Shares> {
    let archived: HashSet<UserKey> = archived(&plan.users).map(|user| user.key).collect();
    if archived.len() + lost_links(plan).count() <= least {
        return None;
    }
    let cut_off = lost_users(ground, plan);
    let some_cut_off: HashSet<UserKey> = cut_off.iter().map(|(_, user)| *user).collect();

    let mut shares = Shares::default();
    let mut present = ground.present().iter().peekable();
    for user in &ground.previous.users {
        if !is_active(user.status) {
            continue;
        }
        let is_archived = archived.contains(&user.key);
        let is_cut_off = some_cut_off.contains(&user.key);
        let leaves =
            |provider| is_archived || (is_cut_off && cut_off.contains(&(provider, user.key)));
        // Users and pairs are both sorted by user.
        let mut last = None;
        while present.next_if(|pair| pair.0 < user.key).is_some() {}
        while let Some((_, provider)) = present.next_if(|pair| pair.0 == user.key) {
            // Two records of one person at one source count once.
            if last.replace(*provider) != Some(*provider) {
                let share = shares.provider(*provider);
                share.of += 1;
                share.gone += u64::from(leaves(*provider));
            }
        }
        for org in &user.orgs {
            // Whoever is cut off from a provider leaves that provider's schools.
            let goes = is_archived
                || (is_cut_off
                    && ground
                        .org(*org)
                        .is_some_and(|org| leaves(org.origin.provider)));
            let share = shares.school(*org);
            share.of += 1;
            share.gone += u64::from(goes);
        }
    }
    Some(shares)
}

/// Classes that are archived, those that were known to end left out.
fn classes(ground: &Ground<'_>, plan: &Plan, least: usize) -> Option<Shares> {
    let gone: Vec<&Class> = archived(&plan.classes).collect();
    if gone.len() <= least {
        return None;
    }
    let calendar = Calendar::new(ground);
    let mut shares = Shares::default();
    let there = ground.previous.classes.iter();
    for class in there.filter(|class| is_active(class.status) && !calendar.has_ended(class)) {
        shares.was(class.origin.provider, Some(class.school));
    }
    for class in gone.into_iter().filter(|class| !calendar.has_ended(class)) {
        shares.goes(class.origin.provider, Some(class.school));
    }
    Some(shares)
}

/// Enrollments that are removed. Left out are those that were known to end, or
/// whose class was, and those whose user has another role in the class instead.
fn enrollments(ground: &Ground<'_>, plan: &Plan, least: usize) -> Option<Shares> {
    let removed = &plan.enrollments.removed;
    if removed.len() <= least {
        return None;
    }
    let calendar = Calendar::new(ground);
    let classes: HashMap<ClassKey, &Class> = ground
        .previous
        .classes
        .iter()
        .filter(|class| !calendar.has_ended(class))
        .map(|class| (class.key, class))
        .collect();
    let ends: HashMap<ProviderKey, bool> = ground
        .sources
        .iter()
        .map(|(provider, _)| (provider.key, provider.settings.respect_enrolment_date))
        .collect();
    // Enrollments stand together by class, so that the class is mostly the one
    // before.
    let mut last: Option<(ClassKey, Option<&Class>)> = None;
    let mut counted = |enrollment: &Enrollment| {
        let class = match last {
            Some((key, class)) if key == enrollment.class => class,
            _ => classes.get(&enrollment.class).copied(),
        };
        last = Some((enrollment.class, class));
        let class = class?;
        let has_ended = enrollment.end.is_some_and(|end| end < ground.today)
            && ends.get(&class.origin.provider).copied().unwrap_or(false);
        (!has_ended).then_some((class.origin.provider, class.school))
    };

    let mut shares = Shares::default();
    for enrollment in &ground.previous.enrollments {
        if let Some((provider, school)) = counted(enrollment) {
            shares.was(provider, Some(school));
        }
    }
    let stays: HashSet<(ClassKey, UserKey)> = plan
        .enrollments
        .created
        .iter()
        .map(|enrollment| (enrollment.class, enrollment.user))
        .collect();
    for enrollment in removed {
        if let Some((provider, school)) = counted(enrollment)
            && !stays.contains(&(enrollment.class, enrollment.user))
        {
            shares.goes(provider, Some(school));
        }
    }
    Some(shares)
}

/// Guardians that are removed. They count at the student's orgs.
fn guardians(ground: &Ground<'_>, plan: &Plan, least: usize) -> Option<Shares> {
    let removed = &plan.guardians.removed;
    if removed.len() <= least {
        return None;
    }
    let schools = |student: UserKey| ground.user(student).map_or(&[][..], |user| &user.orgs);
    let mut shares = Shares::default();
    for guardian in &ground.previous.guardians {
        shares.was(guardian.provider, None);
        for org in schools(guardian.student) {
            shares.school(*org).of += 1;
        }
    }
    for guardian in removed {
        shares.goes(guardian.provider, None);
        for org in schools(guardian.student) {
            shares.school(*org).gone += 1;
        }
    }
    Some(shares)
}

/// Which classes were known to end before today.
struct Calendar<'g> {
    ground: &'g Ground<'g>,
    /// Sessions whose last day, as the roster holds it, has passed.
    past: HashSet<SessionKey>,
}

impl<'g> Calendar<'g> {
    fn new(ground: &'g Ground<'g>) -> Self {
        let past = ground
            .previous
            .sessions
            .iter()
            .filter(|session| session.end.is_some_and(|end| end < ground.today))
            .map(|session| session.key)
            .collect();
        Calendar { ground, past }
    }

    /// Whether the class leaves for no other reason than that its sessions are
    /// over.
    fn has_ended(&self, class: &Class) -> bool {
        !class.sessions.is_empty()
            && class.sessions.iter().all(|key| self.past.contains(key))
            && self
                .ground
                .settings_of(class.origin.provider)
                .respect_academic_sessions
    }
}
