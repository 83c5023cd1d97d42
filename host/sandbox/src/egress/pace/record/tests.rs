use super::*;

const SECOND: Micros = 1_000_000;
const NOW: Micros = 1_800_000_000 * SECOND;

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn refused(sent: Micros, asked: Option<Duration>) -> Busy {
    Busy {
        sent,
        asked,
        at_once: 8,
        first_wait: Duration::from_millis(250),
        chance: 1.0,
    }
}

/// Places that may be used, as the answers to those who have one tell.
fn places(record: &PaceRecord, now: Micros) -> usize {
    let may = |place| matches!(record.clone().turn(now, place, None), Turn::After(_));
    (0..MOST_AT_ONCE).filter(|place| may(*place)).count()
}

#[test]
fn a_rate_gives_one_turn_after_the_other() {
    let mut record = PaceRecord::default();
    let gap = Some(Duration::from_millis(600));
    let turns: Vec<_> = (0..4).map(|_| record.turn(NOW, 0, gap)).collect();
    let after = |millis| Turn::After(Duration::from_millis(millis));
    assert_eq!(turns, [after(0), after(600), after(1200), after(1800)]);
    // Turns that nobody took are not saved up.
    let later = NOW + 60 * SECOND;
    let turns = [record.turn(later, 0, gap), record.turn(later, 0, gap)];
    assert_eq!(turns, [after(0), after(600)]);
}

#[test]
fn a_minute_has_as_many_requests_as_the_rate_says() {
    let mut record = PaceRecord::default();
    let gap = Some(Duration::from_secs_f64(60.0 / 100.0));
    let (mut now, mut sent) = (NOW, 0);
    while now < NOW + 60 * SECOND {
        let Turn::After(wait) = record.turn(now, 0, gap) else {
            panic!("there is no pause");
        };
        now += of(wait);
        sent += u32::from(now < NOW + 60 * SECOND);
    }
    assert_eq!(sent, 100);
}

#[test]
fn without_a_rate_and_trouble_nothing_is_written() {
    let mut record = PaceRecord::default();
    assert_eq!(record.turn(NOW, 63, None), Turn::After(Duration::ZERO));
    record.answered(NOW, NOW - SECOND);
    assert_eq!(record, PaceRecord::default());
}

#[test]
fn everybody_pauses_as_the_server_asks() {
    let mut record = PaceRecord::default();
    record.busy(NOW, refused(NOW - SECOND, Some(seconds(30))));
    assert_eq!(record.turn(NOW, 0, None), Turn::Pause(seconds(30)));
    let later = NOW + 29 * SECOND;
    assert_eq!(record.turn(later, 0, None), Turn::Pause(seconds(1)));
    // Somebody who was asked for less does not shorten it.
    record.busy(later, refused(NOW - SECOND, Some(seconds(0))));
    assert_eq!(record.turn(later, 0, None), Turn::Pause(seconds(1)));
    let after = NOW + 30 * SECOND;
    assert_eq!(record.turn(after, 0, None), Turn::After(Duration::ZERO));
}

#[test]
fn the_pace_halves_with_each_round_and_comes_back_bit_by_bit() {
    let mut record = PaceRecord::default();
    let mut now = NOW;
    let mut seen = Vec::new();
    for _ in 0..4 {
        let sent = now;
        now += SECOND / 10;
        // All that were under way together are refused together.
        for _ in 0..8 {
            record.busy(now, refused(sent, Some(seconds(1))));
        }
        now += 5 * SECOND;
        seen.push(places(&record, now));
    }
    assert_eq!(seen, [4, 2, 1, 1]);
    assert!(!record.is_calm());
    let mut answers = 0;
    while !record.is_calm() {
        let sent = now;
        now += SECOND / 10;
        record.answered(now, sent);
        answers += 1;
        assert!(answers < 100, "it never recovers: {record:?}");
        let more = places(&record, now);
        assert!(more >= *seen.last().expect("one"), "it goes up only");
        seen.push(more);
    }
    assert_eq!(places(&record, now), usize::from(MOST_AT_ONCE));
    // Neither at once nor one place with each answer.
    assert!(seen.contains(&2) && seen.contains(&4), "{seen:?}");
    assert!(answers > 8, "{answers}");
}

#[test]
fn an_answer_to_an_earlier_request_is_no_sign_of_recovery() {
    let mut record = PaceRecord::default();
    record.busy(NOW, refused(NOW - SECOND, None));
    let before = record;
    record.answered(NOW + SECOND, NOW - SECOND);
    assert_eq!(record, before);
}

#[test]
fn a_server_that_says_nothing_gets_longer_and_longer_pauses() {
    let mut record = PaceRecord::default();
    let mut now = NOW;
    let mut waits = Vec::new();
    for _ in 0..12 {
        let sent = now;
        now += 1;
        record.busy(now, refused(sent, None));
        let Turn::Pause(wait) = record.turn(now, 0, None) else {
            panic!("a pause");
        };
        waits.push(wait.as_millis());
        now += of(wait);
    }
    assert_eq!(waits[..4], [250, 500, 1000, 2000]);
    assert_eq!(*waits.last().expect("a wait"), 60_000);
    // Chance takes up to half of it away.
    let mut other = PaceRecord::default();
    let busy = Busy {
        chance: 0.0,
        ..refused(NOW, None)
    };
    other.busy(NOW + 1, busy);
    let half = Turn::Pause(Duration::from_millis(125));
    assert_eq!(other.turn(NOW + 1, 0, None), half);
}

#[test]
fn what_was_long_ago_is_forgotten() {
    let mut record = PaceRecord::default();
    record.busy(NOW, refused(NOW - 1, Some(seconds(60))));
    let later = NOW + 3600 * SECOND;
    assert_eq!(record.turn(later, 60, None), Turn::After(Duration::ZERO));
    assert!(record.is_calm());
}

#[test]
fn a_clock_that_jumps_changes_no_pause_by_more_than_it_was() {
    let mut paused = PaceRecord::default();
    paused.busy(NOW, refused(NOW - 1, Some(seconds(30))));
    for hours in [1, 24, 24 * 365 * 30] {
        let back = NOW - hours * 3600 * SECOND;
        let mut record = paused;
        assert_eq!(record.turn(back, 0, None), Turn::Pause(seconds(30)));
        record.answered(back, back);
        assert_eq!(
            record.turn(back + 30 * SECOND, 0, None),
            Turn::After(Duration::ZERO)
        );
        let mut record = paused;
        let forward = NOW + hours * 3600 * SECOND;
        assert_eq!(record.turn(forward, 0, None), Turn::After(Duration::ZERO));
    }
}

#[test]
fn a_record_of_nonsense_never_holds_anybody_up() {
    let extremes = [Micros::MIN, -1, 0, 1, NOW, Micros::MAX];
    let counts = [f64::NAN, f64::INFINITY, -1.0, 0.0, 0.5, 1e300];
    for time in extremes {
        for count in counts {
            for level in [0, u32::MAX] {
                for which in 0..4 {
                    let mut record = PaceRecord {
                        seen: time,
                        at_once: count,
                        enough: count,
                        level,
                        good: level,
                        ..PaceRecord::default()
                    };
                    match which {
                        0 => record.next = time,
                        1 => record.pause = time,
                        2 => record.slowed = time,
                        _ => {}
                    }
                    let said = format!("{record:?}");
                    let mut now = NOW;
                    for _ in 0..4 {
                        let wait = match record.turn(now, 0, Some(seconds(1))) {
                            Turn::After(wait) | Turn::Pause(wait) => wait,
                            Turn::Crowded(_) => panic!("the first place is nobody's: {said}"),
                        };
                        assert!(wait <= LONGEST_PAUSE, "{wait:?}: {said}");
                        record.busy(now, refused(now, Some(Duration::MAX)));
                        now += of(LONGEST_PAUSE);
                        record.answered(now, now);
                    }
                }
            }
        }
    }
}
