//! `ids-changed`: a school whose ids are nearly all new, as after a vendor's
//! migration. Applied, it would archive everyone and make them all again.

use hashbrown::{HashMap, HashSet};

use super::ground::{Ground, is_active};
use super::losses::{gained_links, lost_links};
use super::shares::Share;
use crate::outcome::Hold;
use crate::plan::Plan;
use crate::record::Day;
use crate::state::{Class, Link, OrgKey, Rule, Session, SessionKey, Status, UserKey};

/// Fewer ids than this are never a migration.
const LEAST: u64 = 10;

/// What happened to the ids of one school.
#[derive(Debug, Default)]
struct Churn {
    /// Ids that went, of those that were there.
    ids: Share,
    /// Ids that came.
    came: u64,
}

impl Churn {
    /// Most went, and about as many came.
    fn is_suspect(&self) -> bool {
        self.ids.most(LEAST) && self.came * 2 >= self.ids.gone && self.came <= self.ids.gone * 2
    }
}

/// Adds a hold for each school whose ids changed.
pub(super) fn check(ground: &Ground<'_>, plan: &Plan, holds: &mut Vec<Hold>) {
    let schools = Schools::new(ground, plan);
    let mut found = users(ground, plan, &schools);
    found.extend(classes(ground, plan, &schools));
    for (school, churn, what) in found {
        let detail = format!(
            "{}: the ids of {} {what} are gone, and {} new ones came; it looks as if the source \
             had changed its ids",
            ground.school_name(school),
            churn.ids,
            churn.came
        );
        holds.push(ground.hold("ids-changed", Some(school), detail));
    }
}

/// Schools by the key they had: a migration may give the school itself a new
/// id too.
struct Schools<'g> {
    /// By `sourcedId`, as of today.
    by_id: HashMap<&'g str, OrgKey>,
    /// Schools that are new, to the one of the same name that goes.
    renewed: HashMap<OrgKey, OrgKey>,
}

impl<'g> Schools<'g> {
    fn new(ground: &Ground<'g>, plan: &'g Plan) -> Self {
        let mut by_id = HashMap::new();
        for org in &ground.previous.orgs {
            if org.origin.provider == ground.running {
                by_id.insert(&*org.origin.sourced_id, org.key);
            }
        }
        let gone: HashMap<&str, OrgKey> = plan
            .orgs
            .updated
            .iter()
            .filter(|update| update.after.status == Status::Archived)
            .map(|update| (&*update.before.name, update.before.key))
            .collect();
        let mut renewed = HashMap::new();
        for org in &plan.orgs.created {
            if org.origin.provider == ground.running
                && let Some(old) = gone.get(&*org.name)
            {
                renewed.insert(org.key, *old);
                by_id.insert(&*org.origin.sourced_id, *old);
            }
        }
        Schools { by_id, renewed }
    }

    /// The key by which a school is counted.
    fn counted(&self, key: OrgKey) -> OrgKey {
        self.renewed.get(&key).copied().unwrap_or(key)
    }
}

/// Schools where most of the linked users' ids went while others came.
fn users(
    ground: &Ground<'_>,
    plan: &Plan,
    schools: &Schools<'_>,
) -> Vec<(OrgKey, Churn, &'static str)> {
    let is_ours = |link: &&Link| link.origin.provider == ground.running;
    // The source itself says which old id a new record had: no need to ask.
    let explained: HashSet<UserKey> = gained_links(plan)
        .filter(|link| link.rule == Rule::LegacyId)
        .map(|link| link.user)
        .collect();
    let lost: Vec<&Link> = lost_links(plan)
        .filter(is_ours)
        .filter(|link| !explained.contains(&link.user))
        .collect();
    let Some((_, arrived)) = ground.source(ground.running) else {
        return Vec::new();
    };
    // Schools first, so that the long lists are walked only for a suspect.
    let mut churns: HashMap<OrgKey, Churn> = HashMap::new();
    for link in &lost {
        for org in ground.user(link.user).map_or(&[][..], |user| &user.orgs) {
            churns.entry(*org).or_default().ids.gone += 1;
        }
    }
    churns.retain(|org, churn| {
        churn.ids.gone >= LEAST
            && ground
                .org(*org)
                .is_some_and(|org| org.origin.provider == ground.running)
    });
    if churns.is_empty() {
        return Vec::new();
    }
    for user in &ground.previous.users {
        for org in user.orgs.iter().filter(|_| is_active(user.status)) {
            if let Some(churn) = churns.get_mut(org) {
                churn.ids.of += 1;
            }
        }
    }
    churns.retain(|_, churn| churn.ids.most(LEAST));
    if churns.is_empty() {
        return Vec::new();
    }
    let links = &ground.previous.links;
    let is_known = |id: &str| {
        let sought = (ground.running, id);
        links
            .binary_search_by(|link| (link.origin.provider, &*link.origin.sourced_id).cmp(&sought))
            .is_ok()
    };
    let lost: HashMap<&str, UserKey> = lost
        .iter()
        .map(|link| (&*link.origin.sourced_id, link.user))
        .collect();
    arrived.each_live_user(&mut |id, orgs| {
        // A record that still comes, but is out of scope now (an excluded
        // school, a limit), kept its id.
        if let Some(user) = lost.get(id) {
            for org in ground.user(*user).map_or(&[][..], |user| &user.orgs) {
                if let Some(churn) = churns.get_mut(org) {
                    churn.ids.gone -= 1;
                }
            }
            return;
        }
        // A user may name a school twice, in two roles.
        let mut counted: Vec<OrgKey> = orgs
            .filter_map(|org| schools.by_id.get(org).copied())
            .filter(|school| churns.contains_key(school))
            .collect();
        if counted.is_empty() || is_known(id) {
            return;
        }
        counted.sort_unstable();
        counted.dedup();
        for school in counted {
            if let Some(churn) = churns.get_mut(&school) {
                churn.came += 1;
            }
        }
    });
    suspects(churns, "users")
}

/// Schools where most classes went while namesakes came.
fn classes(
    ground: &Ground<'_>,
    plan: &Plan,
    schools: &Schools<'_>,
) -> Vec<(OrgKey, Churn, &'static str)> {
    let gone: Vec<&Class> = plan
        .classes
        .updated
        .iter()
        .filter(|update| is_active(update.before.status) && !is_active(update.after.status))
        .map(|update| &update.before)
        .filter(|class| class.origin.provider == ground.running)
        .collect();
    if (gone.len() as u64) < LEAST {
        return Vec::new();
    }
    let mut churns: HashMap<OrgKey, Churn> = HashMap::new();
    for class in ground.running_classes() {
        churns.entry(class.school).or_default().ids.of += 1;
    }
    for class in &gone {
        churns.entry(class.school).or_default().ids.gone += 1;
    }
    churns.retain(|_, churn| churn.ids.most(LEAST));

    let periods = Periods::new(ground, plan);
    let mut came: HashMap<(OrgKey, Name), Vec<Period>> = HashMap::new();
    for class in &plan.classes.created {
        let school = schools.counted(class.school);
        if class.origin.provider == ground.running
            && let Some(churn) = churns.get_mut(&school)
        {
            churn.came += 1;
            let period = periods.of(class);
            came.entry((school, name(class))).or_default().push(period);
        }
    }
    let mut namesakes: HashMap<OrgKey, u64> = HashMap::new();
    for class in gone {
        let period = periods.of(class);
        if let Some(others) = came.get(&(class.school, name(class)))
            && others.iter().any(|other| overlap(period, *other))
        {
            *namesakes.entry(class.school).or_default() += 1;
        }
    }
    churns.retain(|school, churn| {
        namesakes.get(school).copied().unwrap_or_default() * 2 >= churn.ids.gone
    });
    suspects(churns, "classes")
}

/// The suspects among the schools, by key.
fn suspects(
    churns: HashMap<OrgKey, Churn>,
    what: &'static str,
) -> Vec<(OrgKey, Churn, &'static str)> {
    let mut found: Vec<_> = churns
        .into_iter()
        .filter(|(_, churn)| churn.is_suspect())
        .map(|(school, churn)| (school, churn, what))
        .collect();
    found.sort_unstable_by_key(|(school, ..)| *school);
    found
}

/// What a class is called: title and code.
type Name = (String, Option<String>);

fn name(class: &Class) -> Name {
    (
        class.title.to_lowercase(),
        class.class_code.as_ref().map(|code| code.to_lowercase()),
    )
}

/// First and last day; none: unknown, so that it overlaps with all.
type Period = (Option<Day>, Option<Day>);

fn overlap(a: Period, b: Period) -> bool {
    let starts_in_time =
        |start: Option<Day>, end: Option<Day>| start.zip(end).is_none_or(|(s, e)| s <= e);
    starts_in_time(a.0, b.1) && starts_in_time(b.0, a.1)
}

/// The days that sessions cover, old and new ones.
struct Periods<'g>(HashMap<SessionKey, &'g Session>);

impl<'g> Periods<'g> {
    fn new(ground: &Ground<'g>, plan: &'g Plan) -> Self {
        // What the roster holds counts before what the plan makes of it.
        let all = plan
            .sessions
            .created
            .iter()
            .chain(&ground.previous.sessions);
        Periods(all.map(|session| (session.key, session)).collect())
    }

    /// From the first day of a class's first session to the last of its last.
    fn of(&self, class: &Class) -> Period {
        let sessions = || class.sessions.iter().filter_map(|key| self.0.get(key));
        (
            sessions().filter_map(|session| session.start).min(),
            sessions().filter_map(|session| session.end).max(),
        )
    }
}
