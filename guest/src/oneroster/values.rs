//! Dates, instants, booleans and years out of text.
//!
//! Pure functions; none guesses. A day written so that its month is not certain
//! (`1/05/2023`) is not a date here.

use crate::roster::Date;

/// A calendar day: `2026-08-01`, `2026-8-1` or `20260801`, with or without a
/// time and a zone behind it. OneRoster means the day that is written, so the
/// zone is not applied.
pub(crate) fn date(text: &str) -> Option<Date> {
    let (day, rest) = leading_day(text)?;
    let time_follows =
        rest.starts_with(['T', 't', ' ']) && rest[1..].starts_with(|c: char| c.is_ascii_digit());
    (rest.is_empty() || time_follows).then_some(day)
}

fn leading_day(text: &str) -> Option<(Date, &str)> {
    let bytes = text.as_bytes();
    let year: u16 = number(text.get(..4)?)?;
    let (month, day, rest) = if bytes.get(4) == Some(&b'-') {
        let (month, rest) = one_or_two(&text[5..])?;
        let (day, rest) = one_or_two(rest.strip_prefix('-')?)?;
        (month, day, rest)
    } else {
        (
            number(text.get(4..6)?)?,
            number(text.get(6..8)?)?,
            &text[8..],
        )
    };
    let good = year > 0 && (1..=12).contains(&month) && day >= 1 && day <= days_in(year, month);
    good.then_some((Date { year, month, day }, rest))
}

fn one_or_two(text: &str) -> Option<(u8, &str)> {
    let digits = text.bytes().take(2).take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at(digits);
    Some((number(digits)?, rest))
}

/// Digits and nothing else: `parse` alone would let a sign through.
fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().ok()
    } else {
        None
    }
}

fn days_in(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 31,
    }
}

/// An instant, as milliseconds since 1970-01-01T00:00:00Z. Without a zone it is
/// taken as UTC, as the standard asks for; a day alone is its first instant.
pub(crate) fn timestamp(text: &str) -> Option<i64> {
    let (day, rest) = leading_day(text)?;
    let mut millis = days_since_1970(&day) * 86_400_000;
    if rest.is_empty() {
        return Some(millis);
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let end = rest
        .find(|c: char| !(c.is_ascii_digit() || c == ':' || c == '.' || c == ','))
        .unwrap_or(rest.len());
    let (time, zone) = rest.split_at(end);
    millis += time_of_day(time)?;
    millis -= zone_offset(zone.trim())?;
    Some(millis)
}

fn time_of_day(text: &str) -> Option<i64> {
    let (clock, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let mut parts = clock.split(':');
    let hours: i64 = number(parts.next()?.get(..2)?)?;
    let minutes: i64 = number(parts.next()?)?;
    let seconds: i64 = number(parts.next().unwrap_or("0"))?;
    if parts.next().is_some() || hours > 24 || minutes > 59 || seconds > 60 {
        return None;
    }
    let mut millis = 0;
    for place in 0..3 {
        let digit = fraction.as_bytes().get(place).copied().unwrap_or(b'0');
        millis = millis * 10 + i64::from(digit.checked_sub(b'0').filter(|digit| *digit < 10)?);
    }
    Some(((hours * 60 + minutes) * 60 + seconds) * 1000 + millis)
}

fn zone_offset(text: &str) -> Option<i64> {
    if text.is_empty() || text.eq_ignore_ascii_case("z") || text.eq_ignore_ascii_case("utc") {
        return Some(0);
    }
    let sign = match text.as_bytes()[0] {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: String = text[1..].chars().filter(|c| *c != ':').collect();
    let (hours, minutes): (i64, i64) = match digits.len() {
        2 => (number(&digits)?, 0),
        4 => (number(&digits[..2])?, number(&digits[2..])?),
        _ => return None,
    };
    (hours <= 18 && minutes <= 59).then_some(sign * (hours * 60 + minutes) * 60_000)
}

/// Seconds since 1970 of an HTTP date, `Sun, 06 Nov 1994 08:49:37 GMT`
/// (RFC 9110 section 5.6.7).
pub(crate) fn http_date(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let (_, rest) = text.trim().split_once(", ")?;
    let mut parts = rest.split(' ');
    let day = number(parts.next()?)?;
    let name = parts.next()?;
    let month = 1 + u8::try_from(MONTHS.iter().position(|month| *month == name)?).ok()?;
    let year = number(parts.next()?)?;
    let time = time_of_day(parts.next()?)? / 1000;
    let date = Date { year, month, day };
    (parts.next() == Some("GMT")).then(|| days_since_1970(&date) * 86_400 + time)
}

fn days_since_1970(date: &Date) -> i64 {
    // Counting years from March puts the leap day at the end of the year, so
    // that the days before a month follow one formula.
    let (year, month) = (i64::from(date.year), i64::from(date.month));
    let year_from_march = if month <= 2 { year - 1 } else { year };
    let month_from_march = (month + 9) % 12;
    let days_before_month = (153 * month_from_march + 2) / 5;
    let leap_days = year_from_march / 4 - year_from_march / 100 + year_from_march / 400;
    year_from_march * 365 + leap_days + days_before_month + i64::from(date.day) - 1 - 719_468
}

/// `millis` as the standard writes an instant, `2026-04-26T12:00:00.000Z`.
pub(crate) fn instant(millis: i64) -> String {
    let days = millis.div_euclid(86_400_000);
    let in_day = millis.rem_euclid(86_400_000);
    let (year, month, day) = day_of(days);
    let (hours, minutes) = (in_day / 3_600_000, in_day / 60_000 % 60);
    let (seconds, millis) = (in_day / 1000 % 60, in_day % 1000);
    format!("{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}.{millis:03}Z")
}

fn day_of(days_since_1970: i64) -> (i64, i64, i64) {
    let days = days_since_1970 + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

/// Yes or no, in each of the forms that are on the wire.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    const YES: [&str; 4] = ["true", "t", "1", "yes"];
    const NO: [&str; 4] = ["false", "f", "0", "no"];
    if YES.iter().any(|yes| text.eq_ignore_ascii_case(yes)) {
        return Some(true);
    }
    NO.iter()
        .any(|no| text.eq_ignore_ascii_case(no))
        .then_some(false)
}

/// The calendar year in which a school year ends: `2027`, or `2026-2027`, which
/// says it too.
pub(crate) fn school_year(text: &str) -> Option<u16> {
    let year = match text.split_once(['-', '/']) {
        None => number(text)?,
        Some((begin, end)) => {
            let (begin, end): (u16, u16) = (number(begin.trim())?, number(end.trim())?);
            (end == begin + 1).then_some(end)?
        }
    };
    (1900..=2200).contains(&year).then_some(year)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_http_date_is_an_instant() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(http_date(date), Some(784_111_777));
        assert_eq!(http_date("yesterday"), None);
        assert_eq!(http_date("Sun, 06 Nov 1994 08:49:37 CET"), None);
    }

    fn day(year: u16, month: u8, day: u8) -> Option<Date> {
        Some(Date { year, month, day })
    }

    #[test]
    fn trap_32_a_day_is_read_in_every_certain_form() {
        for text in [
            "2026-08-01",
            "2026-08-01T00:00:00Z",
            "2026-08-01T00:00:00.000+00:00",
            "2026-08-01T23:59:59-07:00",
            "2026-8-1",
            "20260801",
            "2026-08-01 18:25:43",
        ] {
            assert_eq!(date(text), day(2026, 8, 1), "{text}");
        }
        assert_eq!(date("2024-02-29"), day(2024, 2, 29));
    }

    #[test]
    fn trap_32_an_uncertain_day_is_not_guessed() {
        for text in [
            "1/05/2023",
            "05-01-2023",
            "2023-02-29",
            "2026-13-01",
            "2026-00-10",
            "0000-00-00",
            "2026",
            "2026-08",
            "2026-08-01x",
            "tomorrow",
            "+026-08-01",
            "2026-08-01T",
            "２０２６-08-01",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn an_instant_is_read_with_its_zone() {
        assert_eq!(timestamp("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(
            timestamp("2012-04-23T18:25:43.511Z"),
            Some(1_335_205_543_511)
        );
        assert_eq!(timestamp("2012-04-23 18:25:43"), Some(1_335_205_543_000));
        assert_eq!(
            timestamp("2012-04-23T20:25:43+0200"),
            Some(1_335_205_543_000)
        );
        assert_eq!(
            timestamp("2012-04-23T11:25:43.000-07:00"),
            Some(1_335_205_543_000)
        );
        assert_eq!(timestamp("2026-08-01"), Some(1_785_542_400_000));
        for text in [
            "",
            "soon",
            "2026-08-01T25:00:00Z",
            "2026-08-01T10",
            "2026-08-01T10:00:00 PST",
        ] {
            assert_eq!(timestamp(text), None, "{text}");
        }
    }

    #[test]
    fn an_instant_is_written_as_it_is_read() {
        for millis in [0, 1_335_205_543_511, -1, 951_782_400_000, 4_102_444_799_999] {
            assert_eq!(
                timestamp(&instant(millis)),
                Some(millis).filter(|m| *m >= -62_135_596_800_000)
            );
        }
        assert_eq!(instant(1_777_204_800_000), "2026-04-26T12:00:00.000Z");
    }

    #[test]
    fn a_school_year_is_the_year_it_ends() {
        assert_eq!(school_year("2027"), Some(2027));
        assert_eq!(school_year("2026-2027"), Some(2027));
        for text in ["26", "2026-27", "2026-2028", "twenty"] {
            assert_eq!(school_year(text), None, "{text}");
        }
    }
}
