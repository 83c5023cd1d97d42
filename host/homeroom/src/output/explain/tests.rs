//! What `user explain` shows, word by word.

use homeroom_sync::views::{
    AttributeView, CandidateView, Explanation, LinkDetail, UnmatchedView, UserView,
};

use super::super::style::Style;
use super::render;
use crate::hints::Hints;

fn empty() -> Explanation {
    Explanation {
        user: None,
        unmatched: None,
        links: Vec::new(),
        attributes: Vec::new(),
        classes: Vec::new(),
        decisions: Vec::new(),
        candidates: Vec::new(),
    }
}

#[test]
fn a_matched_user() {
    let explanation = Explanation {
        user: Some(UserView {
            id: "u-7".to_owned(),
            email: Some("zoe@example.org".to_owned()),
            given_name: Some("Zoë".to_owned()),
            family_name: Some("O\u{202e}Brien".to_owned()),
            roles: vec!["student".to_owned()],
            status: "active".to_owned(),
            matched: true,
            links: Vec::new(),
        }),
        links: vec![LinkDetail {
            provider: "riverside".to_owned(),
            sourced_id: "77".to_owned(),
            rule: "email".to_owned(),
            evidence: Some("zoe@example.org".to_owned()),
            run: 3,
            since: Some("2026-01-05T18:00:00Z".to_owned()),
            present: false,
        }],
        attributes: vec![AttributeView {
            field: "givenName".to_owned(),
            value: "Zoë".to_owned(),
            source: "pinned".to_owned(),
        }],
        classes: vec![("Maths".to_owned(), "student".to_owned())],
        decisions: vec!["givenName is pinned".to_owned()],
        ..empty()
    };
    insta::assert_snapshot!(render(&explanation, &Style::plain(), &Hints::default()), @r#"
    Zoë O\u{202e}Brien <zoe@example.org>
      user u-7, active, student, matched with a SIS

    Links
      record        matched by               since
      riverside/77  email (zoe@example.org)  run 3 2026-01-05 18:00:00  the source no longer has it

    What is known
      field      value  from
      givenName  Zoë    pinned

    Classes
      class  as
      Maths  student

    Decided by hand
      givenName is pinned.
    "#);
}

#[test]
fn somebody_unmatched() {
    let explanation = Explanation {
        unmatched: Some(UnmatchedView {
            provider: "riverside".to_owned(),
            sourced_id: "78".to_owned(),
            email: None,
            given_name: Some("Ann".to_owned()),
            family_name: None,
            roles: Vec::new(),
            reason: "x-no-such-reason".to_owned(),
        }),
        candidates: vec![CandidateView {
            user: "u 9".to_owned(),
            email: Some("ann@example.org".to_owned()),
            given_name: Some("Ann".to_owned()),
            family_name: Some("Lee".to_owned()),
            likeness: "the same given name".to_owned(),
            refused: "names alone are no key".to_owned(),
        }],
        ..empty()
    };
    insta::assert_snapshot!(render(&explanation, &Style::plain(), &Hints::default()), @r#"
    Ann
      record 78 of riverside, no role, no user of the platform

    Why
      x-no-such-reason

    Who it might be
      user  who                        what is alike        why it was not taken
      u 9   Ann Lee <ann@example.org>  the same given name  names alone are no key

    Next
      if it is the same person  homeroom user match 'u 9' riverside 78
      if it never is            homeroom user never-match 'u 9' riverside 78
    "#);
}
