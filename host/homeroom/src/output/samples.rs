//! Reports of imagined runs, for the tests of what is shown about them.

use std::collections::BTreeMap;

use homeroom_roster::outcome::{Counts, Tally};
use homeroom_roster::plan::{ChangeCounts, PlanCounts};
use homeroom_roster::record::Collection;
use homeroom_sync::views::{FindingCounts, HoldView, PerCollection, Phases, RunReport, RunStatus};

/// A run that read and applied everything.
pub(super) fn succeeded() -> RunReport {
    let mut report = RunReport {
        run: 12,
        provider: "riverside".to_owned(),
        kind: "sync".to_owned(),
        preview: false,
        status: RunStatus::Succeeded,
        code: "ok".to_owned(),
        detail: String::new(),
        remedy: String::new(),
        counts: Counts {
            matched_students: 31_204,
            matched_teachers: 1_988,
            matched_guardians: 0,
            unmatched_users: 37,
            imported_classes: 4_120,
            imported_enrollments: 212_944,
        },
        received: PerCollection::default(),
        imported: PerCollection::default(),
        skipped: PerCollection::default(),
        failed: PerCollection::default(),
        findings: FindingCounts {
            fatal: 0,
            error: 12,
            warning: 1,
            info: 1_100,
        },
        finding_codes: BTreeMap::from([
            ("x-vendor-oddity".to_owned(), 1),
            ("missing-reference".to_owned(), 12),
        ]),
        changes: PlanCounts {
            users: ChangeCounts {
                create: 31_204,
                update: 1_988,
                archive: 0,
                restore: 3,
            },
            enrollments: ChangeCounts {
                create: 212_944,
                ..ChangeCounts::default()
            },
            ..PlanCounts::default()
        },
        holds: Vec::new(),
        incomplete_schools: Vec::new(),
        incomplete_details: Vec::new(),
        requests: 88,
        bytes: 41_200_000,
        started: "2026-01-05T18:00:00Z".to_owned(),
        seconds: 41.2,
        phases: Phases {
            read: 30.1,
            sandbox: 8.0,
            load: 1.0,
            plan: 4.0,
            commit: 6.1,
        },
        peak_sandbox_memory: 18_000_000,
        delta: None,
        dropped: Vec::new(),
        usage: None,
    };
    let tally = |received, skipped, failed| Tally {
        received,
        imported: received - skipped - failed,
        skipped,
        failed,
    };
    report.set_tally(Collection::Orgs, tally(41, 0, 0));
    report.set_tally(Collection::Classes, tally(4_120, 0, 0));
    report.set_tally(Collection::Users, tally(33_229, 25, 0));
    report.set_tally(Collection::Enrollments, tally(214_031, 1_075, 12));
    report
}

/// A second run over the same data.
pub(super) fn unchanged() -> RunReport {
    RunReport {
        run: 13,
        counts: Counts {
            unmatched_users: 0,
            ..succeeded().counts
        },
        changes: PlanCounts::default(),
        findings: FindingCounts::default(),
        finding_codes: BTreeMap::new(),
        ..succeeded()
    }
}

/// A run that left two schools as they were.
pub(super) fn partial() -> RunReport {
    RunReport {
        status: RunStatus::Partial,
        code: "school-incomplete".to_owned(),
        detail: "2 schools sent no enrolments.".to_owned(),
        remedy: "Ask the district to complete them, or leave them out of the sync.".to_owned(),
        incomplete_schools: vec!["S 3".to_owned(), "S9".to_owned()],
        incomplete_details: vec![
            "School East (S 3): it has no classes, but had 31.".to_owned(),
            "School West (S9): none of its 12 classes has a teacher.".to_owned(),
        ],
        ..succeeded()
    }
}

/// A run whose token was refused.
pub(super) fn failed() -> RunReport {
    RunReport {
        status: RunStatus::Failed,
        code: "token-refused".to_owned(),
        detail: "https://sis.example.org/token answered 401 with \u{1b}[31minvalid_client"
            .to_owned(),
        remedy: "Check the client id and the client secret with the district, and set them with \
                 `homeroom integration edit riverside`."
            .to_owned(),
        counts: Counts::default(),
        received: PerCollection::default(),
        imported: PerCollection::default(),
        skipped: PerCollection::default(),
        failed: PerCollection::default(),
        findings: FindingCounts {
            fatal: 1,
            ..FindingCounts::default()
        },
        finding_codes: BTreeMap::from([("x-token-refused".to_owned(), 1)]),
        changes: PlanCounts::default(),
        requests: 2,
        bytes: 31,
        seconds: 0.8,
        ..succeeded()
    }
}

/// A run that would archive too much.
pub(super) fn held() -> RunReport {
    RunReport {
        status: RunStatus::Held,
        code: "deletion-threshold".to_owned(),
        detail: "812 of 900 students would be archived".to_owned(),
        remedy: "Look at it with homeroom run changes RUN.".to_owned(),
        holds: vec![
            HoldView {
                code: "deletion-threshold".to_owned(),
                school: None,
                detail: "1,420 of 33,229 users (4.3 %) would be archived; the threshold is 2 %."
                    .to_owned(),
            },
            HoldView {
                code: "deletion-threshold".to_owned(),
                school: Some("S3".to_owned()),
                detail: "812 of 900 students (90.2 %) would be archived; the threshold is 20 %."
                    .to_owned(),
            },
        ],
        changes: PlanCounts {
            users: ChangeCounts {
                archive: 1_420,
                ..ChangeCounts::default()
            },
            ..PlanCounts::default()
        },
        findings: FindingCounts::default(),
        finding_codes: BTreeMap::new(),
        ..succeeded()
    }
}
