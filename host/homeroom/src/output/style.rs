//! How text looks: colour where a terminal shows it, and local times.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Colour and time zone of the output.
#[derive(Debug, Clone)]
pub(crate) struct Style {
    colour: bool,
    zone: TimeZone,
}

impl Style {
    /// With colour or without, in that zone.
    pub(crate) fn new(colour: bool, zone: TimeZone) -> Self {
        Style { colour, zone }
    }

    /// Without colour, in UTC.
    #[cfg(test)]
    pub(crate) fn plain() -> Self {
        Style::new(false, TimeZone::UTC)
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    /// A heading.
    pub(crate) fn strong(&self, text: &str) -> String {
        self.paint("1", text)
    }

    /// What is less important.
    pub(crate) fn faint(&self, text: &str) -> String {
        self.paint("2", text)
    }

    /// What went well.
    pub(crate) fn good(&self, text: &str) -> String {
        self.paint("1;32", text)
    }

    /// What wants attention.
    pub(crate) fn attention(&self, text: &str) -> String {
        self.paint("1;33", text)
    }

    /// What went wrong.
    pub(crate) fn bad(&self, text: &str) -> String {
        self.paint("1;31", text)
    }

    /// An RFC 3339 time in the reader's zone, to the second; the text as it is
    /// if it is none.
    pub(crate) fn time(&self, rfc3339: &str) -> String {
        match rfc3339.parse::<Timestamp>() {
            Ok(time) => time
                .to_zoned(self.zone.clone())
                .strftime("%Y-%m-%d %H:%M:%S")
                .to_string(),
            Err(_) => super::text::clean(rfc3339).into_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_only_where_asked() {
        assert_eq!(Style::plain().bad("failed"), "failed");
        let coloured = Style::new(true, TimeZone::UTC).bad("failed");
        assert_eq!(coloured, "\u{1b}[1;31mfailed\u{1b}[0m");
    }

    #[test]
    fn times_are_the_readers() {
        let auckland = TimeZone::get("Pacific/Auckland").expect("a zone");
        let style = Style::new(false, auckland);
        assert_eq!(style.time("2026-01-05T18:00:00Z"), "2026-01-06 07:00:00");
        assert_eq!(style.time("yesterday"), "yesterday");
    }
}
