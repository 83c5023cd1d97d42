//! Numbers, durations and sentences for people, and text from outside made
//! harmless for a terminal.

use std::borrow::Cow;
use std::fmt::Write;

use unicode_width::UnicodeWidthStr;

/// The width that sentences are broken at.
const WIDTH: usize = 88;

/// A count with thousands separators: `1,204`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A count with its noun: `1 row`, `2 rows`, `no rows`.
pub(crate) fn counted(number: u64, one: &str, many: &str) -> String {
    match number {
        0 => format!("no {many}"),
        1 => format!("1 {one}"),
        _ => format!("{} {many}", count(number)),
    }
}

/// A duration given in seconds: `12 ms`, `0.4 s`, `41 s`, `3 min 12 s`, `2 h 5 min`.
pub(crate) fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "?".to_owned();
    }
    if seconds < 0.0995 {
        return format!("{:.0} ms", seconds * 1000.0);
    }
    if seconds < 9.95 {
        return format!("{seconds:.1} s");
    }
    let whole = seconds.round() as u64;
    match whole {
        0..60 => format!("{whole} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", count(whole / 3600), whole % 3600 / 60),
    }
}

/// A size: `812 bytes`, `1.2 MB` (of 1,000,000 bytes).
pub(crate) fn bytes(number: u64) -> String {
    let units = [(1e9, "GB"), (1e6, "MB"), (1e3, "kB")];
    let number_f = number as f64;
    match units.into_iter().find(|(unit, _)| number_f >= *unit) {
        Some((unit, name)) => format!("{:.1} {name}", number_f / unit),
        None => counted(number, "byte", "bytes"),
    }
}

/// The text as a terminal can show it without being steered by it: control
/// characters, line breaks and characters that turn the direction of writing
/// are shown as `\u{…}`.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if !text.contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut cleaned = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_harmful(c) {
            // Writing to a string cannot fail.
            let _ = write!(cleaned, "{}", c.escape_unicode());
        } else {
            cleaned.push(c);
        }
    }
    Cow::Owned(cleaned)
}

/// The same for text of several lines, which stay.
pub(crate) fn clean_lines(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(clean).collect();
    lines.join("\n")
}

fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c,
            // Marks, embeddings, overrides and isolates of direction.
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // Line and paragraph separators, the byte order mark, tags.
            | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// A paragraph of cleaned text, broken at blanks, every line indented. The
/// text's own line breaks begin new lines. Ends with a line break.
pub(crate) fn paragraph(text: &str, indent: usize) -> String {
    let mut told = String::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        wrap(&mut told, &clean(line), indent);
    }
    told
}

/// A paragraph with a mark such as `- ` or `1. ` before its first line, and the
/// others standing under that line's text.
pub(crate) fn item(mark: &str, text: &str, indent: usize) -> String {
    let under = indent + mark.width();
    let told = paragraph(text, under);
    match told.get(under..) {
        Some(rest) => format!("{:indent$}{mark}{rest}", ""),
        None => told,
    }
}

fn wrap(told: &mut String, line: &str, indent: usize) {
    let mut column = 0;
    for word in line.split_whitespace() {
        let width = word.width();
        if column > 0 && column + 1 + width > WIDTH {
            told.push('\n');
            column = 0;
        }
        if column == 0 {
            told.extend(std::iter::repeat_n(' ', indent));
            column = indent;
        } else {
            told.push(' ');
            column += 1;
        }
        told.push_str(word);
        column += width;
    }
    told.push('\n');
}

/// The text as a sentence: a capital letter where it begins with an ordinary
/// word, and a full stop.
pub(crate) fn sentence(text: &str) -> String {
    let text = text.trim();
    let first = text.split_whitespace().next().unwrap_or_default();
    let ordinary = !first.is_empty() && first.chars().all(|c| c.is_ascii_lowercase());
    let mut told = String::with_capacity(text.len() + 1);
    if ordinary {
        told.push(text.as_bytes()[0].to_ascii_uppercase().into());
        told.push_str(&text[1..]);
    } else {
        told.push_str(text);
    }
    if !told.is_empty() && !told.ends_with(['.', '!', '?', ':', ')', '`']) {
        told.push('.');
    }
    told
}

/// A person's name from its parts, cleaned; empty if there are none.
pub(crate) fn name(given: Option<&str>, family: Option<&str>) -> String {
    let parts: Vec<_> = [given, family].into_iter().flatten().map(clean).collect();
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_read_well() {
        let written: Vec<_> = [0, 7, 999, 1000, 123_456, 8_000_000].map(count).into();
        assert_eq!(written, ["0", "7", "999", "1,000", "123,456", "8,000,000"]);
        assert_eq!(counted(0, "class", "classes"), "no classes");
        assert_eq!(counted(1, "class", "classes"), "1 class");
        assert_eq!(counted(2, "class", "classes"), "2 classes");
    }

    #[test]
    fn durations_and_sizes_read_well() {
        let written: Vec<_> = [0.0416, 0.44, 9.97, 59.6, 192.0, 7500.0, f64::NAN]
            .map(duration)
            .into();
        assert_eq!(
            written,
            [
                "42 ms",
                "0.4 s",
                "10 s",
                "1 min 0 s",
                "3 min 12 s",
                "2 h 5 min",
                "?"
            ]
        );
        assert_eq!(bytes(1), "1 byte");
        assert_eq!(bytes(41_200_000), "41.2 MB");
    }

    #[test]
    fn control_and_bidi_characters_cannot_steer_a_terminal() {
        assert_eq!(clean("Zoë O’Brien 王"), "Zoë O’Brien 王");
        assert_eq!(clean("a\u{1b}[31mb"), "a\\u{1b}[31mb");
        assert_eq!(clean("a\u{202e}txt.exe"), "a\\u{202e}txt.exe");
        assert_eq!(clean("a\nb\u{9b}c\u{2028}"), "a\\u{a}b\\u{9b}c\\u{2028}");
        assert_eq!(clean_lines("a\nb\u{7}"), "a\nb\\u{7}");
    }

    #[test]
    fn sentences_begin_and_end() {
        assert_eq!(
            sentence("school S3 stays as it was"),
            "School S3 stays as it was."
        );
        assert_eq!(
            sentence("https://a.example answered 500"),
            "https://a.example answered 500."
        );
        assert_eq!(
            sentence("s3-school has no classes."),
            "s3-school has no classes."
        );
        assert_eq!(sentence(""), "");
    }

    #[test]
    fn paragraphs_break_at_blanks() {
        let long = "word ".repeat(30);
        let told = paragraph(&long, 4);
        assert!(
            told.lines()
                .all(|line| line.len() <= WIDTH && line.starts_with("    word"))
        );
        assert_eq!(told.matches("word").count(), 30);
        assert_eq!(paragraph("one\n\ntwo", 2), "  one\n  two\n");
        assert_eq!(item("- ", "one\ntwo", 2), "  - one\n    two\n");
        assert_eq!(item("- ", "", 2), "");
    }
}
