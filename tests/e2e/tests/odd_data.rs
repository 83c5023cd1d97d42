//! JSON as vendors really write it. What can be understood is understood, and
//! gives the roster that the standard's spelling gives.

use std::collections::BTreeMap;

use e2e::{School, Sis, accounted, codes, small, tally};
use fake_sis::{
    Behaviour, Booleans, Dates, Dialect, Enums, Envelopes, Fault, FaultKind, Ids, References,
    Version,
};
use serde_json::Value;

fn speaking(dialect: Dialect) -> Behaviour {
    Behaviour {
        dialect,
        ..Behaviour::default()
    }
}

fn read(behaviour: Behaviour, version: Version) -> (School, Value) {
    let school = School::prepare(Sis::serve(small(), behaviour));
    let endpoint = school.sis.endpoint_of(version);
    school.add_at(&endpoint, &["--set", "page-size=500"]).ok();
    let report = accounted(school.sync());
    (school, report)
}

fn roster(behaviour: Behaviour, version: Version) -> BTreeMap<String, Vec<String>> {
    read(behaviour, version).0.platform.roster()
}

/// None of the dialects is an obstacle, in either version.
#[track_caller]
fn are_understood(dialects: &[Dialect]) {
    for version in [Version::V1p1, Version::V1p2] {
        let expected = roster(Behaviour::default(), version);
        for dialect in dialects {
            let found = roster(speaking(dialect.clone()), version);
            assert_eq!(found, expected, "{version:?} {dialect:?}");
        }
    }
}

#[track_caller]
fn is_understood(dialect: &Dialect) {
    are_understood(std::slice::from_ref(dialect));
}

#[test]
fn booleans_may_be_text_or_numbers() {
    let ways = [
        Booleans::Native,
        Booleans::Text,
        Booleans::UpperText,
        Booleans::Number,
        Booleans::NumberText,
    ];
    are_understood(&ways.map(|booleans| Dialect {
        booleans,
        ..Dialect::default()
    }));
}

#[test]
fn references_may_be_bare_or_wrongly_typed() {
    let ways = [References::Bare, References::WrongType, References::IdOnly];
    are_understood(&ways.map(|references| Dialect {
        references,
        ..Dialect::default()
    }));
}

#[test]
fn nulls_and_blanks_say_nothing() {
    is_understood(&Dialect {
        nulls: true,
        ..Dialect::default()
    });
}

#[test]
fn blanks_around_ids_are_not_part_of_them() {
    is_understood(&Dialect {
        ids: Ids::Padded,
        ..Dialect::default()
    });
}

#[test]
fn enumerations_may_be_in_capitals() {
    is_understood(&Dialect {
        enums: Enums::Capitals,
        ..Dialect::default()
    });
}

#[test]
fn keys_may_be_named_as_addressed_and_single_records_stand_alone() {
    is_understood(&Dialect {
        envelopes: Envelopes::AsAddressed,
        single_without_list: true,
        periods_as_text: true,
        vendor_properties: true,
        ..Dialect::default()
    });
}

#[test]
fn passwords_and_birth_dates_leave_no_trace() {
    is_understood(&Dialect {
        personal_data: true,
        ..Dialect::default()
    });
}

#[test]
fn a_byte_order_mark_and_a_wrong_content_type_are_overlooked() {
    let expected = roster(Behaviour::default(), Version::V1p2);
    let kinds = [
        FaultKind::ByteOrderMark,
        FaultKind::ContentType("text/plain".to_owned()),
        FaultKind::ContentType(String::new()),
        FaultKind::WarningBeside,
    ];
    for kind in kinds {
        let behaviour = Behaviour {
            faults: vec![Fault::always(kind.clone())],
            ..Behaviour::default()
        };
        assert_eq!(roster(behaviour, Version::V1p2), expected, "{kind:?}");
    }
}

#[test]
fn ids_may_be_numbers() {
    let (_, report) = read(
        speaking(Dialect {
            ids: Ids::Number,
            ..Dialect::default()
        }),
        Version::V1p2,
    );
    let (_, expected) = read(Behaviour::default(), Version::V1p2);
    assert_eq!(report["counts"], expected["counts"]);
}

#[test]
fn references_that_say_nothing_are_named_row_by_row() {
    let (school, report) = read(
        speaking(Dialect {
            references: References::Empty,
            ..Dialect::default()
        }),
        Version::V1p2,
    );
    let [received, imported, _, failed] = tally(&report, "enrollments");
    assert_eq!((imported, failed), (0, received));
    let findings = school.platform.findings(&report);
    let about = findings
        .iter()
        .filter(|finding| finding["entity"] == "enrollments" && finding["severity"] == "error");
    assert_eq!(about.count() as u64, received);
}

#[test]
fn unknown_values_and_dates_are_findings_and_stop_nothing() {
    let dialect = Dialect {
        enums: Enums::Unknown,
        dates: Dates::Mixed,
        ..Dialect::default()
    };
    let (school, report) = read(speaking(dialect), Version::V1p2);
    assert!(report["findings"]["warning"].as_u64() > Some(0));
    let found = codes(&school.platform.findings(&report));
    assert!(found.contains(&"invalid-date".to_owned()), "{found:?}");
}
