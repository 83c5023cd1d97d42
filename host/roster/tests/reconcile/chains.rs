//! Orgs and sessions in chains and circles of a hundred thousand: each record
//! is looked at once, so they cost no more than any others.

use homeroom_roster::record::{AcademicSession, Org};

use crate::support::*;

const MANY: usize = 100_000;

fn ids(what: &str) -> Vec<String> {
    (0..MANY).map(|n| format!("{what}{n:06}")).collect()
}

/// Orgs of which each is the parent of the next; the first has the parent that
/// is given.
fn orgs<'a>(ids: &'a [String], first: Option<&'a str>) -> Vec<Org<'a>> {
    let parents = ids.iter().map(|id| Some(id.as_str()));
    let parents = std::iter::once(first).chain(parents);
    let orgs = ids.iter().zip(parents);
    orgs.map(|(id, parent)| Org {
        parent,
        ..school(id)
    })
    .collect()
}

fn sessions<'a>(ids: &'a [String], first: Option<&'a str>) -> Vec<AcademicSession<'a>> {
    let parents = ids.iter().map(|id| Some(id.as_str()));
    let parents = std::iter::once(first).chain(parents);
    let sessions = ids.iter().zip(parents).enumerate();
    sessions
        .map(|(n, (id, parent))| {
            // Only the first contains today.
            let day = if n == 0 { 0 } else { -9 };
            session(id, day, day, parent)
        })
        .collect()
}

#[test]
fn the_first_of_a_long_chain_hands_down_to_the_last() {
    let (org_ids, session_ids) = (ids("o"), ids("t"));
    let last = |ids: &'static str| format!("{ids}{:06}", MANY - 1);
    let (far_org, far_session) = (last("o"), last("t"));
    let mut current = class("c1", "north");
    current.terms = vec![&far_session];
    let records = || {
        Rows::default()
            .and_orgs(&orgs(&org_ids, None))
            .and_orgs(&[school("north")])
            .and_sessions(&sessions(&session_ids, None))
            .and_classes(&[current.clone(), class("c2", &far_org)])
            .finish()
    };
    let source = with(making(records()), |settings| {
        settings.excluded_schools = vec!["o000000".into()];
        settings.respect_academic_sessions = true;
    });
    let mut tenant = Tenant::default();
    let told = findings(&tenant.run(&[source]));
    assert_eq!(
        told.iter()
            .filter(|one| one.starts_with("school-excluded"))
            .count(),
        MANY
    );
    assert!(told.contains(&"class-school-excluded c2".to_owned()));
    assert_eq!(tenant.roster.classes.len(), 1, "c1 is current");
    let parent = |id: &str| {
        let mut all = tenant.roster.sessions.iter();
        all.find(|one| &*one.origin.sourced_id == id)
            .and_then(|one| one.parent)
    };
    assert!(parent(&far_session).is_some() && parent("t000000").is_none());
}

#[test]
fn a_long_circle_is_taken_apart_with_a_finding_for_each() {
    let (org_ids, session_ids) = (ids("o"), ids("t"));
    let (far_org, far_session) = (&org_ids[MANY - 1], &session_ids[MANY - 1]);
    let records = || {
        Rows::default()
            .and_orgs(&orgs(&org_ids, Some(far_org)))
            .and_sessions(&sessions(&session_ids, Some(far_session)))
            .finish()
    };
    let mut tenant = Tenant::default();
    let told = findings(&tenant.run(&[making(records())]));
    let count = |code: &str| told.iter().filter(|one| one.starts_with(code)).count();
    assert_eq!(count("org-parent"), MANY);
    assert_eq!(count("session-parent"), MANY);
    assert!(tenant.roster.orgs.iter().all(|org| org.parent.is_none()));
    assert!(
        tenant
            .roster
            .sessions
            .iter()
            .all(|one| one.parent.is_none())
    );
    assert!(tenant.run(&[making(records())]).plan.is_empty());
}
