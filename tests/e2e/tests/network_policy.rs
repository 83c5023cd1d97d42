//! Plain HTTP and private addresses are refused unless the operator allowed
//! them for this integration; the refusal names the flag.

use e2e::{School, Sis};

/// What adding, or the first sync, says without one of the two permissions.
fn refusal(allowed: &[&str]) -> String {
    let school = School::prepare(Sis::start());
    let endpoint = school.sis.endpoint();
    let added = school.add_strictly(&endpoint, allowed);
    let said = if added.code == Some(0) {
        school.platform.sync(e2e::NAME, &[]).ends_with(1).text()
    } else {
        added.text()
    };
    assert!(school.sis.log().is_empty(), "nothing was sent");
    said
}

#[test]
fn plain_http_needs_its_flag() {
    let said = refusal(&["--allow-private-network"]);
    assert!(said.contains("--allow-insecure-http"), "{said}");
}

#[test]
fn a_private_address_needs_its_flag() {
    let said = refusal(&["--allow-insecure-http"]);
    assert!(said.contains("--allow-private-network"), "{said}");
}

#[test]
fn both_flags_together_let_the_sync_through() {
    let school = School::prepare(Sis::start());
    let endpoint = school.sis.endpoint();
    let both = ["--allow-insecure-http", "--allow-private-network"];
    school.add_strictly(&endpoint, &both).ok();
    school.sync();
}

#[test]
fn a_name_that_leads_to_loopback_is_a_private_address_too() {
    let school = School::prepare(Sis::start());
    let endpoint = school.sis.endpoint().replace("127.0.0.1", "localhost");
    assert!(endpoint.contains("localhost"), "{endpoint}");
    let added = school.add_strictly(&endpoint, &["--allow-insecure-http"]);
    let said = if added.code == Some(0) {
        school.platform.sync(e2e::NAME, &[]).ends_with(1).text()
    } else {
        added.text()
    };
    assert!(said.contains("--allow-private-network"), "{said}");
    assert!(school.sis.log().is_empty(), "nothing was sent");
}
