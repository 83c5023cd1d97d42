//! What the nearest candidates of an unmatched person are said to lack.

use homeroom_roster::explain::candidates;
use homeroom_roster::outcome::{Inputs, Source};
use homeroom_roster::record::Role;
use homeroom_roster::settings::MergeKey;
use homeroom_roster::state::RunKey;

use crate::support::*;

/// The candidates of a record of the SIS, as `user likeness: refusal`.
fn explained(tenant: &Tenant, sources: &[Source], id: &str) -> Vec<String> {
    let inputs = Inputs {
        previous: &tenant.roster,
        sources,
        unread: &[],
        decisions: &tenant.decisions,
        today: TODAY,
        running: SIS,
        run: RunKey(9),
    };
    let name = |key| {
        let user = tenant.roster.users.iter().find(|user| user.key == key);
        user.map_or("?", |user| &user.id).to_owned()
    };
    candidates(&inputs, &tenant.origin(SIS, id))
        .into_iter()
        .map(|one| format!("{} {}: {}", name(one.user), one.likeness, one.refused))
        .collect()
}

#[test]
fn t40_each_near_user_is_refused_with_the_reason_that_matching_had() {
    let mut tenant = Tenant::default();
    let sources = [
        directory(&[
            entry("d1", "Ada Love", "ada@x.org"),
            entry("d2", "Ada Lace", "ADA@x.org"),
            student("d3", "Kim Lee", "kim@x.org"),
            entry("d4", "Bea Boot", "bea@y.org"),
            entry("d5", "Cid Cole", "cid@x.org"),
        ]),
        with(
            sis(&[
                student("s1", "Ada Love", "ada@x.org"),
                parent("s2", "Ann Lee", "kim@x.org"),
                student("s3", "Bea Boot", "bea@x.org"),
                student("s4", "Cid Cole", "cid@x.org"),
                student("s5", "Cid Cole", ""),
            ]),
            |settings| settings.parents = [Role::Parent].into_iter().collect(),
        ),
    ];
    tenant.run(&sources);
    let several = "Several users or several people fit, so none was picked.";
    assert_eq!(
        explained(&tenant, &sources, "s1"),
        [
            format!("d1 same email: {several}"),
            format!("d2 same email but for letter case: {several}"),
        ]
    );
    let adult = explained(&tenant, &sources, "s2");
    assert!(adult[0].starts_with("d3 same email: one is a student and the other an adult"));
    assert_eq!(
        explained(&tenant, &sources, "s3"),
        ["d4 same email before the @: the domains differ, and merge-key is not email-local-part"]
    );
    assert_eq!(
        explained(&tenant, &sources, "s5"),
        ["d5 same name: the user is record s4 of the same source"]
    );
}

#[test]
fn t40_decisions_and_exact_emails_are_named() {
    let mut tenant = Tenant::default();
    let sources = [
        directory(&[
            entry("d1", "Ada Love", "Ada@x.org"),
            entry("d2", "Bea Boot", "bea@x.org"),
        ]),
        with(
            sis(&[
                student("s1", "Ada Love", "ada@x.org"),
                student("s2", "Bea Boot", "bea@x.org"),
            ]),
            |settings| settings.merge_key = MergeKey::EmailExact,
        ),
    ];
    tenant.run(&sources);
    assert_eq!(
        explained(&tenant, &sources, "s1"),
        ["d1 same email but for letter case: merge-key is email-exact, and letter case differs"]
    );
    assert_eq!(
        explained(&tenant, &sources, "s2"),
        Vec::<String>::new(),
        "s2 is d2"
    );
    let never = (tenant.origin(SIS, "s2"), tenant.user("d2").key);
    tenant.decisions.never.push(never);
    assert_eq!(
        explained(&tenant, &sources, "s2"),
        ["d2 same email: an administrator ruled it out (never-match)"]
    );
}

#[test]
fn t40_every_link_says_its_rule_and_evidence() {
    let mut tenant = Tenant::default();
    tenant.run(&[
        directory(&[entry("d1", "Ada Love", "Ada@X.org")]),
        sis(&[teacher("t1", "Ada Love", "ada@x.org")]),
    ]);
    let link = tenant.link(SIS, "t1").expect("a link");
    assert_eq!(link.rule.name(), "email");
    assert_eq!(link.evidence.as_deref(), Some("ada@x.org"));
    assert_eq!(link.since, RunKey(1));
    assert_eq!(tenant.rule(DIRECTORY, "d1"), Some("created"));
}

#[test]
fn nobody_is_near_a_record_that_is_not_there() {
    let tenant = Tenant::default();
    assert_eq!(explained(&tenant, &[sis(&[])], "s1"), Vec::<String>::new());
    assert_eq!(explained(&tenant, &[], "s1"), Vec::<String>::new());
}
