use super::*;

fn server(name: &str) -> Origin {
    Origin::parse(&format!("https://{name}.example.org")).expect("an origin")
}

fn folder() -> (tempfile::TempDir, PaceFolder, PaceFolder) {
    let data = tempfile::tempdir().expect("a folder");
    let (one, other) = (PaceFolder::of(data.path()), PaceFolder::of(data.path()));
    (data, one, other)
}

/// The record as JSON.
fn record(keeper: &PaceFolder, server: &Origin) -> serde_json::Value {
    let mut seen = PaceRecord::default();
    assert!(
        keeper
            .change(server, &mut |record| seen = *record)
            .expect("kept")
    );
    serde_json::to_value(seen).expect("JSON")
}

fn set(keeper: &PaceFolder, server: &Origin, json: serde_json::Value) {
    let wanted: PaceRecord = serde_json::from_value(json).expect("a record");
    let changed = keeper.change(server, &mut |record| *record = wanted);
    assert!(changed.expect("kept"));
}

#[test]
fn a_spot_is_had_once_and_free_again() {
    let (_data, one, other) = folder();
    let (a, b) = (server("a"), server("b"));
    let place = PaceSpot::Place(3);
    let held = one.try_take(&a, place).expect("kept");
    assert!(held.is_some());
    assert!(other.try_take(&a, place).expect("kept").is_none());
    assert!(one.try_take(&a, place).expect("kept").is_none());
    for free in [PaceSpot::Place(2), PaceSpot::Door(3)] {
        assert!(other.try_take(&a, free).expect("kept").is_some());
    }
    assert!(other.try_take(&b, place).expect("kept").is_some());
    drop(held);
    assert!(other.try_take(&a, place).expect("kept").is_some());
}

#[test]
fn what_one_writes_the_other_reads() {
    let (_data, one, other) = folder();
    let (a, b) = (server("a"), server("b"));
    set(
        &one,
        &a,
        serde_json::json!({ "level": 7, "pause": 123_456_789 }),
    );
    assert_eq!(record(&other, &a)["level"], 7);
    assert_eq!(record(&other, &b)["level"], 0);
    // A shorter one leaves nothing of a longer one behind.
    set(&other, &a, serde_json::json!({ "level": 1 }));
    assert_eq!(record(&one, &a)["pause"], 0);
}

#[test]
fn nobody_changes_a_record_at_the_same_time() {
    let (_data, one, other) = folder();
    let a = server("a");
    let mut second = None;
    let first = one.change(&a, &mut |_| {
        second = Some(other.change(&a, &mut |_| panic!("it is being changed")));
    });
    assert!(first.expect("kept"));
    assert!(!second.expect("tried").expect("kept"));
}

#[test]
fn a_damaged_record_says_nothing() {
    let (data, one, _) = folder();
    let a = server("a");
    set(&one, &a, serde_json::json!({ "level": 3 }));
    let file = data.path().join("pace").join(hashed(&a)).join("record");
    let long = vec![b'['; 3_000_000];
    for damage in [
        &b""[..],
        b"{",
        b"{\"level\":3}x",
        b"\0\xff\0",
        b"[1,2,3]",
        b"{\"level\":-1}",
        &long,
    ] {
        fs::write(&file, damage).expect("written");
        assert_eq!(record(&one, &a)["level"], 0);
        set(&one, &a, serde_json::json!({ "level": 3 }));
        assert_eq!(record(&one, &a)["level"], 3, "it is whole again");
    }
}

#[test]
fn a_calm_server_costs_no_writing() {
    let (data, one, _) = folder();
    let a = server("a");
    record(&one, &a);
    let file = data.path().join("pace").join(hashed(&a)).join("record");
    assert_eq!(fs::metadata(file).expect("a file").len(), 0);
}

#[test]
fn a_place_where_nothing_can_be_kept_is_an_error() {
    let data = tempfile::tempdir().expect("a folder");
    fs::write(data.path().join("pace"), "in the way").expect("written");
    let keeper = PaceFolder::of(data.path());
    let a = server("a");
    assert!(keeper.try_take(&a, PaceSpot::Place(0)).is_err());
    assert!(keeper.change(&a, &mut |_| {}).is_err());
}

#[test]
fn servers_that_nobody_asks_are_forgotten_and_others_are_not() {
    let (data, one, other) = folder();
    let a = server("a");
    let held = one.try_take(&a, PaceSpot::Place(0)).expect("kept");
    set(&one, &a, serde_json::json!({ "level": 3 }));
    let now = SystemTime::now();
    one.clean(now).expect("cleaned");
    assert_eq!(record(&one, &a)["level"], 3);

    let later = now + KEPT + Duration::from_secs(60);
    one.clean(later).expect("cleaned");
    // What somebody has is still had.
    assert!(
        other
            .try_take(&a, PaceSpot::Place(0))
            .expect("kept")
            .is_none()
    );
    assert_eq!(record(&other, &a)["level"], 0);
    drop(held);
    fs::write(data.path().join("pace").join("stray"), "").expect("written");
    one.clean(later).expect("cleaned");
    assert!(!data.path().join("pace").join(hashed(&a)).exists());
    assert!(
        other
            .try_take(&a, PaceSpot::Place(0))
            .expect("kept")
            .is_some()
    );
}
