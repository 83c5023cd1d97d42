//! Text as it may go on: within the contract's limits, without control
//! characters, and short where it stands in a finding. It does not know what
//! the text is of.

use std::borrow::Cow;

use super::field::Text;

/// A value that is shown in a finding is cut here.
const MOST_SHOWN: usize = 40;

/// A value as it may stand in a finding.
pub(super) fn shown(text: &str) -> Cow<'_, str> {
    if text.len() <= MOST_SHOWN && is_plain(text) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        text.chars()
            .filter(|c| !c.is_control())
            .take(MOST_SHOWN)
            .collect(),
    )
}

/// What was done to a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repair {
    Characters,
    Length,
}

/// What is left of a text.
pub(super) enum Cleaned {
    Nothing,
    Wrong,
    Text(String, Option<Repair>),
}

/// Trims a text, takes control characters out and cuts it to so many bytes.
pub(super) fn clean(text: Text<'_>, most: usize) -> Cleaned {
    let text = match text {
        Text::Absent => return Cleaned::Nothing,
        Text::Wrong => return Cleaned::Wrong,
        Text::Said(text) => text,
    };
    if text.len() <= most && is_plain(&text) {
        return Cleaned::Text(text.into_owned(), None);
    }
    let trimmed = text.trim_matches(|c: char| c.is_whitespace() || c.is_control());
    if trimmed.is_empty() {
        return Cleaned::Nothing;
    }
    let mut repair = None;
    let mut kept: String = if trimmed.chars().any(char::is_control) {
        repair = Some(Repair::Characters);
        trimmed.chars().filter(|c| !c.is_control()).collect()
    } else {
        trimmed.to_owned()
    };
    if kept.len() > most {
        repair = Some(Repair::Length);
        kept.truncate(kept.floor_char_boundary(most));
    }
    Cleaned::Text(kept, repair)
}

/// Whether `text` is what most text is: ASCII, printable, not blank at its ends.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else {
        return false;
    };
    *first != b' '
        && *last != b' '
        && bytes
            .iter()
            .fold(true, |plain, byte| plain & (byte.wrapping_sub(0x20) < 0x5f))
}
