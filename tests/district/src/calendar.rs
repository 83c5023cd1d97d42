//! Academic sessions: the school year that contains a day, its semesters, terms
//! and grading periods, and the year before.

use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};

use crate::{AcademicSession, Id, SessionType, Status};

/// The sessions of a district, parents before children.
#[derive(Debug, Clone)]
pub(crate) struct Calendar {
    pub(crate) sessions: Vec<AcademicSession>,
    /// The day the district is read.
    pub(crate) today: Date,
}

// Places in `sessions`.
pub(crate) const YEAR: usize = 0;
pub(crate) const SEMESTERS: [usize; 2] = [1, 2];
pub(crate) const TERMS: [usize; 4] = [3, 4, 5, 6];

impl Calendar {
    pub(crate) fn around(today: Date) -> Self {
        let (first, last) = school_year(today);
        let modified = midnight(first);
        let ends = last.year();
        let mut sessions = Vec::with_capacity(18);
        let mut add = |code: String, title: String, kind, (from, to): (Date, Date), parent| {
            sessions.push(AcademicSession {
                sourced_id: Id::new(&code),
                status: Status::Active,
                date_last_modified: modified,
                title,
                session_type: kind,
                start_date: from,
                end_date: to,
                parent,
                children: Vec::new(),
                school_year: ends,
            });
        };
        let year = Id::new(&format!("{ends}-SY"));
        add(
            format!("{ends}-SY"),
            format!("School Year {}", year_title(first, last)),
            SessionType::SchoolYear,
            (first, last),
            None,
        );
        let semesters = halves(first, last);
        for (n, &span) in semesters.iter().enumerate() {
            let name = if n == 0 { "First" } else { "Second" };
            add(
                format!("{ends}-S{}", n + 1),
                format!("{name} Semester"),
                SessionType::Semester,
                span,
                Some(year),
            );
        }
        let terms: Vec<(Date, Date)> = semesters.iter().flat_map(|&(a, b)| halves(a, b)).collect();
        for (n, &span) in terms.iter().enumerate() {
            add(
                format!("{ends}-T{}", n + 1),
                format!("Term {}", n + 1),
                SessionType::Term,
                span,
                Some(Id::new(&format!("{ends}-S{}", n / 2 + 1))),
            );
        }
        let periods = terms.iter().flat_map(|&(a, b)| halves(a, b));
        for (n, span) in periods.enumerate() {
            add(
                format!("{ends}-G{}", n + 1),
                format!("Grading Period {}", n + 1),
                SessionType::GradingPeriod,
                span,
                Some(Id::new(&format!("{ends}-T{}", n / 2 + 1))),
            );
        }
        add_last_year(&mut sessions, first, last);
        for n in 0..sessions.len() {
            let id = sessions[n].sourced_id;
            sessions[n].children = sessions
                .iter()
                .filter(|session| session.parent == Some(id))
                .map(|session| session.sourced_id)
                .collect();
        }
        Calendar { sessions, today }
    }

    /// First and last day of the sessions at these places.
    pub(crate) fn span(&self, places: &[usize]) -> (Date, Date) {
        let first = self.sessions[places[0]].start_date;
        let last = self.sessions[places[places.len() - 1]].end_date;
        (first, last)
    }
}

/// The school year around `today`: August to June, or, for a day in the
/// northern summer, January to December as in the south.
fn school_year(today: Date) -> (Date, Date) {
    let year = today.year();
    for begins in [year - 1, year] {
        let (first, last) = (date(begins, 8, 12), date(begins + 1, 6, 18));
        if first <= today && today <= last {
            return (first, last);
        }
    }
    (date(year, 1, 27), date(year, 12, 18))
}

fn year_title(first: Date, last: Date) -> String {
    if first.year() == last.year() {
        format!("{}", first.year())
    } else {
        format!("{}-{}", first.year(), last.year())
    }
}

/// Two halves without a gap.
fn halves(first: Date, last: Date) -> [(Date, Date); 2] {
    let days = (last - first).get_days();
    let middle = first.saturating_add((days / 2).days());
    [(first, middle), (middle.saturating_add(1.day()), last)]
}

/// The year before, with its semesters: over for everyone who respects dates.
fn add_last_year(sessions: &mut Vec<AcademicSession>, first: Date, last: Date) {
    let (first, last) = (
        first.saturating_sub(1.year()),
        last.saturating_sub(1.year()),
    );
    let ends = last.year();
    let modified = midnight(first);
    let year = Id::new(&format!("{ends}-SY"));
    let session = |code: String, title: String, kind, (from, to), parent| AcademicSession {
        sourced_id: Id::new(&code),
        status: Status::Active,
        date_last_modified: modified,
        title,
        session_type: kind,
        start_date: from,
        end_date: to,
        parent,
        children: Vec::new(),
        school_year: ends,
    };
    sessions.push(session(
        format!("{ends}-SY"),
        format!("School Year {}", year_title(first, last)),
        SessionType::SchoolYear,
        (first, last),
        None,
    ));
    for (n, span) in halves(first, last).into_iter().enumerate() {
        sessions.push(session(
            format!("{ends}-S{}", n + 1),
            format!("Semester {} of {}", n + 1, year_title(first, last)),
            SessionType::Semester,
            span,
            Some(year),
        ));
    }
}

/// The instant at which `day` begins in UTC.
pub(crate) fn midnight(day: Date) -> Timestamp {
    jiff::tz::Offset::UTC
        .to_timestamp(day.at(0, 0, 0, 0))
        .unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_is_in_a_year_a_semester_a_term_and_a_grading_period() {
        let mut day = date(2024, 1, 1);
        while day < date(2026, 1, 1) {
            let calendar = Calendar::around(day);
            let within =
                |session: &&AcademicSession| session.start_date <= day && day <= session.end_date;
            let kinds: Vec<SessionType> = calendar
                .sessions
                .iter()
                .filter(within)
                .map(|session| session.session_type)
                .collect();
            assert_eq!(
                kinds,
                [
                    SessionType::SchoolYear,
                    SessionType::Semester,
                    SessionType::Term,
                    SessionType::GradingPeriod
                ],
                "{day}"
            );
            day = day.saturating_add(1.day());
        }
    }

    #[test]
    fn children_lie_within_their_parents() {
        let calendar = Calendar::around(date(2026, 10, 14));
        for session in &calendar.sessions {
            for child in &session.children {
                let child = calendar
                    .sessions
                    .iter()
                    .find(|s| s.sourced_id == *child)
                    .expect("a child is a session");
                assert_eq!(child.parent, Some(session.sourced_id));
                assert!(session.start_date <= child.start_date);
                assert!(child.end_date <= session.end_date);
            }
        }
        assert_eq!(calendar.sessions[YEAR].children.len(), 2);
        assert_eq!(
            calendar.sessions[TERMS[3]].end_date,
            calendar.sessions[YEAR].end_date
        );
    }
}
