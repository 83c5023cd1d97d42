//! `kill -9` at any moment: nothing that was applied is lost, nothing is half
//! applied, and the next sync goes on where the killed one stopped.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use e2e::{NAME, Running, School, Sis};
use fake_sis::Behaviour;

const IN_FLIGHT: usize = 2;
const SETTINGS: [&str; 4] = ["--set", "page-size=50", "--set", "concurrency=2"];

/// A server that gives time to strike.
fn slow() -> Behaviour {
    Behaviour {
        latency: Duration::from_millis(25),
        ..Behaviour::default()
    }
}

/// Waits until the server has got so many requests for pages of this sync, or
/// the sync has ended.
fn wait_for_pages(school: &School, pages: usize, sync: &mut Running) {
    let patience = Instant::now() + Duration::from_secs(60);
    while asked_pages(school).len() < pages && sync.is_at_work() {
        assert!(Instant::now() < patience, "the sync asks for nothing");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Path and query of every request for a page.
fn asked_pages(school: &School) -> Vec<String> {
    let requests = school.sis.log().into_iter();
    requests
        .filter(|request| request.query.contains("offset="))
        .map(|request| format!("{}?{}", request.path, request.query))
        .collect()
}

/// How many requests were for a page that had been asked for before.
fn repeated(pages: &[String]) -> usize {
    let mut times: HashMap<&String, usize> = HashMap::new();
    for page in pages {
        *times.entry(page).or_default() += 1;
    }
    times.values().map(|times| times - 1).sum()
}

#[test]
fn a_sync_killed_again_and_again_ends_as_an_undisturbed_one() {
    let calm = School::connect_with(Sis::start(), &SETTINGS);
    let expected = calm.sync();

    let school = School::connect_with(Sis::behaving(slow()), &SETTINGS);
    let before = school.platform.roster();
    let mut kills = 0;
    for turn in 1..=10 {
        let mut sync = school.platform.start(["sync", NAME, "--json"]);
        let seen = asked_pages(&school).len();
        wait_for_pages(&school, seen + turn, &mut sync);
        kills += usize::from(sync.kill());
        assert_eq!(school.platform.roster(), before, "after kill {turn}");
    }
    assert_eq!(kills, 10, "every sync was still at work when it was killed");

    let report = school.sync();
    assert_eq!(report["counts"], expected["counts"]);
    assert_eq!(report["received"], expected["received"]);
    assert_eq!(report["imported"], expected["imported"]);
    assert_eq!(school.platform.roster(), calm.platform.roster());
    assert_eq!(e2e::total_changes(&school.sync()), 0);
}

#[test]
fn pages_that_are_stored_are_not_fetched_again() {
    let school = School::connect_with(Sis::behaving(slow()), &SETTINGS);
    let mut sync = school.platform.start(["sync", NAME, "--json"]);
    wait_for_pages(&school, 40, &mut sync);
    assert!(sync.kill());
    let fetched = asked_pages(&school);

    school.sync();
    let all = asked_pages(&school);
    assert!(all.len() > fetched.len());
    // Only what was on its way when the sync died is asked for twice: requests
    // in flight, and pages received and not yet stored.
    let again = repeated(&all);
    assert!(
        again <= 4 * IN_FLIGHT,
        "{again} of {} pages again",
        fetched.len()
    );
}

#[test]
fn a_kill_while_the_roster_is_applied_leaves_all_or_nothing() {
    let calm = School::connect(Sis::start());
    let before = calm.platform.roster();
    calm.sync();
    let after = calm.platform.roster();

    // How long after the last answer the roster is applied is not known, so the
    // blow falls a little later each time, until a sync gets through.
    for turn in 0..40 {
        let school = School::connect(Sis::start());
        let mut sync = school.platform.start(["sync", NAME, "--json"]);
        let last_page = |school: &School| {
            let log = school.sis.log();
            log.iter()
                .any(|request| request.path.ends_with("/enrollments"))
        };
        while !last_page(&school) && sync.is_at_work() {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(turn * 25));
        let was_at_work = sync.kill();
        let found = school.platform.roster();
        assert!(
            found == before || found == after,
            "half applied, turn {turn}"
        );
        school.sync();
        assert_eq!(school.platform.roster(), after, "turn {turn}");
        if !was_at_work {
            return;
        }
    }
    panic!("no sync ended by itself");
}
