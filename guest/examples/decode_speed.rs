//! How fast a page of users is decoded: the toolkit's tolerant decoding into the
//! contract's records, against serde's derive into plain structs of `String`s.
//!
//! ```text
//! cargo run --release -p homeroom-sdk --example decode_speed [USERS]
//! ```

#![allow(dead_code, reason = "the plain structs are only filled")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use homeroom_sdk::http::Response;
use homeroom_sdk::{Collection, oneroster, testing};
use serde::Deserialize;

#[derive(Deserialize)]
struct PlainPage {
    users: Vec<PlainUser>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PlainUser {
    sourced_id: String,
    status: String,
    date_last_modified: String,
    enabled_user: bool,
    username: Option<String>,
    user_ids: Vec<PlainUserId>,
    given_name: String,
    family_name: String,
    middle_name: Option<String>,
    identifier: Option<String>,
    email: Option<String>,
    sms: Option<String>,
    phone: Option<String>,
    roles: Vec<PlainRole>,
    primary_org: Option<PlainRef>,
    agents: Vec<PlainRef>,
    grades: Vec<String>,
}

#[derive(Deserialize)]
struct PlainUserId {
    #[serde(rename = "type")]
    id_type: String,
    identifier: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PlainRole {
    role_type: String,
    role: String,
    org: PlainRef,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PlainRef {
    sourced_id: String,
}

fn page(users: usize) -> String {
    let rows: Vec<String> = (0..users).map(user).collect();
    format!(r#"{{"users":[{}]}}"#, rows.join(","))
}

/// A user as a 1.2 server writes one, about 900 bytes.
fn user(n: usize) -> String {
    let id = |kind: usize| {
        format!(
            "{:08x}-{kind:04x}-4000-8000-{n:012x}",
            n.wrapping_mul(2_654_435_761)
        )
    };
    let reference = |kind: &str, id: String| {
        format!(
            r#"{{"href":"https://sis.example.org/ims/oneroster/rostering/v1p2/{kind}s/{id}","sourcedId":"{id}","type":"{kind}"}}"#
        )
    };
    format!(
        r#"{{"sourcedId":"{}","status":"active","dateLastModified":"2026-08-{:02}T07:30:00.000Z","enabledUser":true,"username":"user{n}","userIds":[{{"type":"LDAP","identifier":"ldap{n}"}}],"givenName":"Given{}","familyName":"Family{}","middleName":null,"identifier":"{:07}","email":"user{n}@school.example.org","sms":"","phone":null,"roles":[{{"roleType":"primary","role":"student","org":{}}}],"primaryOrg":{},"agents":[{}],"grades":["{:02}"]}}"#,
        id(1),
        n % 28 + 1,
        n % 997,
        n % 1499,
        n,
        reference("org", id(n % 40 + 10)),
        reference("org", id(n % 40 + 10)),
        reference("user", id(2)),
        n % 13,
    )
}

/// The best of several rounds, since everything else only adds to it.
fn best(rounds: u32, mut work: impl FnMut()) -> Duration {
    (0..rounds)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .min()
        .unwrap_or_default()
}

fn main() {
    let users = std::env::args()
        .nth(1)
        .and_then(|text| text.parse().ok())
        .unwrap_or(5000);
    let response: Response = testing::json(200, &page(users));
    let plain = best(30, || {
        let page: Result<PlainPage, _> = serde_json::from_slice(&response.body);
        black_box(page.map(|page| page.users.len()).unwrap_or_default());
    });
    let tolerant = best(30, || {
        let page = oneroster::decode(Collection::Users, &response);
        black_box(page.map(|page| page.received).unwrap_or_default());
    });
    let per_second = |time: Duration| users as f64 / time.as_secs_f64();
    println!("{users} users, {} bytes", response.body.len());
    println!(
        "plain derive into Strings: {plain:?}, {:.0} users/s",
        per_second(plain)
    );
    println!(
        "tolerant into the contract: {tolerant:?}, {:.0} users/s",
        per_second(tolerant)
    );
    println!(
        "tolerant / plain: {:.2}",
        tolerant.as_secs_f64() / plain.as_secs_f64()
    );
}
