//! Email addresses as matching keys.
//!
//! What sources write into an email field is brought into one form, and what is
//! no address is told apart from what is. Plus tags are kept, and dots but for
//! Gmail's: two addresses that differ in them may be two people.
//! Nothing here knows whose address it is.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};

/// An address that can serve as a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Email<'a> {
    /// As the source writes it, without what does not belong to it.
    pub(crate) written: Cow<'a, str>,
    /// For comparison to the letter: the domain in ASCII.
    pub(crate) exact: Cow<'a, str>,
    /// For comparison without regard to letter case.
    pub(crate) folded: Cow<'a, str>,
}

impl Email<'_> {
    /// Local part and domain of the folded form.
    pub(crate) fn parts(&self) -> (&str, &str) {
        self.folded.rsplit_once('@').unwrap_or_default()
    }
}

/// Why the text in an email field is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Problem {
    /// It is no address.
    Invalid,
    /// It says that there is none.
    Placeholder,
    /// It holds several addresses.
    Several,
    /// The source hides it.
    Masked,
}

/// Local parts that stand for "none". Short words that are names somewhere
/// (`na@`, `no@`) are not among them.
const PLACEHOLDERS: [&str; 18] = [
    "donotreply",
    "do-not-reply",
    "n/a",
    "no-email",
    "no-reply",
    "no.email",
    "no_email",
    "nobody",
    "noemail",
    "none",
    "noreply",
    "notavailable",
    "notprovided",
    "null",
    "tbd",
    "test",
    "unknown",
    "-",
];

/// Texts without `@`, or before a domain that is none, that stand for "none"
/// besides.
const WORDS: [&str; 4] = ["email", "na", "nil", "no"];

fn is_among(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// Domains of the one provider that delivers an address with and without dots
/// to one mailbox.
const DOTLESS: [&str; 2] = ["gmail.com", "googlemail.com"];

/// For comparison without regard to letter case, and at Gmail to dots.
fn fold<'a>(exact: &Cow<'a, str>) -> Cow<'a, str> {
    let folded = match exact.chars().any(char::is_uppercase) {
        true => Cow::Owned(exact.to_lowercase()),
        false => exact.clone(),
    };
    match folded.split_once('@') {
        Some((local, domain)) if local.contains('.') && DOTLESS.contains(&domain) => {
            Cow::Owned(format!("{}@{domain}", local.replace('.', "")))
        }
        _ => folded,
    }
}

/// Reads an email field that is not empty.
pub(crate) fn read(field: &str) -> Result<Email<'_>, Problem> {
    let text = tidy(field);
    if is_masked(&text) {
        return Err(Problem::Masked);
    }
    match text.matches('@').count() {
        1 => {}
        0 => {
            let word = text.trim_matches(['<', '>', '"', '\'']);
            let none = is_among(word, &PLACEHOLDERS) || is_among(word, &WORDS);
            return Err(if none {
                Problem::Placeholder
            } else {
                Problem::Invalid
            });
        }
        _ if text.contains([',', ';', ' ', '/', '|', '\t']) => return Err(Problem::Several),
        _ => return Err(Problem::Invalid),
    }
    let text = match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_end_matches('.')),
        Cow::Owned(text) => Cow::Owned(text.trim_end_matches('.').to_owned()),
    };
    let (local, domain) = text.split_once('@').unwrap_or_default();
    let no_domain = !domain.contains('.');
    if is_among(local, &PLACEHOLDERS) || (no_domain && is_among(local, &WORDS)) {
        return Err(Problem::Placeholder);
    }
    let odd = |c: char| {
        let mark = matches!(
            c,
            '<' | '>' | ',' | ';' | ':' | '"' | '(' | ')' | '[' | ']' | '\\'
        );
        mark || c.is_whitespace() || c.is_control()
    };
    if local.is_empty() || domain.is_empty() || text.contains(odd) {
        return Err(Problem::Invalid);
    }
    let exact = match domain.is_ascii() {
        true => text.clone(),
        false => match idna::domain_to_ascii(domain) {
            Ok(ascii) => Cow::Owned(format!("{local}@{ascii}")),
            Err(_) => return Err(Problem::Invalid),
        },
    };
    Ok(Email {
        written: text,
        folded: fold(&exact),
        exact,
    })
}

/// Without blanks around, characters of no width, `mailto:`, and with accents
/// composed.
fn tidy(field: &str) -> Cow<'_, str> {
    let text = match field.is_ascii() || (is_nfc(field) && !field.contains(invisible)) {
        true => Cow::Borrowed(field.trim()),
        false => {
            let visible: String = field.nfc().filter(|c| !invisible(*c)).collect();
            Cow::Owned(visible.trim().to_owned())
        }
    };
    let scheme = text.get(..7);
    match scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto:")) {
        true => Cow::Owned(text[7..].trim().to_owned()),
        false => text,
    }
}

/// Characters without width, which copying from documents brings along.
fn invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}')
}

/// Whether a value is hidden by the source, such as `****` or `xxxx@xxxx.xxx`.
pub(crate) fn is_masked(value: &str) -> bool {
    let mask = |c: char| matches!(c, '*' | '•' | 'x' | 'X' | '#');
    if !value.starts_with(mask) {
        return false;
    }
    let masks = value.chars().filter(|c| mask(*c)).count();
    masks >= 3 && value.chars().all(|c| mask(c) || "@.- ".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(field: &str) -> Result<String, Problem> {
        read(field).map(|email| email.folded.into_owned())
    }

    #[test]
    fn t01_letter_case_is_folded_and_kept_for_exact_comparison() {
        let email = read("Ada@X.org").expect("an address");
        assert_eq!(email.exact, "Ada@X.org");
        assert_eq!(email.folded, "ada@x.org");
    }

    #[test]
    fn t03_blanks_and_characters_of_no_width_are_dropped() {
        for field in [
            " ada@x.org ",
            "\u{200b}ada@x.org\u{feff}",
            "a\u{200d}da@x.org",
            "\u{a0}ada@x.org",
        ] {
            assert_eq!(folded(field).as_deref(), Ok("ada@x.org"), "{field:?}");
        }
    }

    #[test]
    fn t04_accents_and_domains_have_one_form() {
        let composed = folded("jos\u{e9}@x.org");
        assert_eq!(composed, folded("jose\u{301}@x.org"));
        assert_eq!(
            folded("ada@b\u{fc}cher.example").as_deref(),
            Ok("ada@xn--bcher-kva.example")
        );
        assert_eq!(
            folded("ada@BU\u{308}CHER.example"),
            folded("ada@xn--bcher-kva.example")
        );
        let email = read("ada@bu\u{308}cher.example").expect("an address");
        assert_eq!(email.written, "ada@b\u{fc}cher.example");
    }

    #[test]
    fn t05_plus_tags_are_kept() {
        assert_eq!(
            folded("ada+school@x.org").as_deref(),
            Ok("ada+school@x.org")
        );
    }

    #[test]
    fn t06_dots_count_everywhere_but_at_gmail() {
        assert_eq!(folded("A.da@gmail.com"), folded("ada@Gmail.com"));
        assert_ne!(folded("a.da@x.org"), folded("ada@x.org"));
    }

    #[test]
    fn short_words_are_names_before_a_domain() {
        assert_eq!(folded("Na@x.org").as_deref(), Ok("na@x.org"));
        assert_eq!(folded("na"), Err(Problem::Placeholder));
    }

    #[test]
    fn t09_placeholders_and_what_is_no_address_are_told_apart() {
        for field in [
            "n/a",
            "N/A",
            "none",
            "noemail@x.org",
            "NoEmail@x.org",
            "no@email",
            "unknown@x.org",
            "test@x.org",
            "-",
        ] {
            assert_eq!(folded(field), Err(Problem::Placeholder), "{field}");
        }
        for field in ["ada", "@x.org", "ada@", "ada x@x.org", "a@b@c"] {
            assert_eq!(folded(field), Err(Problem::Invalid), "{field}");
        }
        for field in ["a@x.org; b@x.org", "a@x.org,b@x.org", "a@x.org b@x.org"] {
            assert_eq!(folded(field), Err(Problem::Several), "{field}");
        }
    }

    #[test]
    fn mailto_is_stripped() {
        assert_eq!(folded("mailto:Ada@x.org").as_deref(), Ok("ada@x.org"));
    }

    #[test]
    fn masks_are_told_from_addresses() {
        for masked in ["****", "xxxx@xxxx.xxx", "***@***.***"] {
            assert!(is_masked(masked), "{masked}");
            assert_eq!(folded(masked), Err(Problem::Masked));
        }
        for plain in ["ada@x.org", "xx@y.org", "", "x"] {
            assert!(!is_masked(plain), "{plain}");
        }
    }
}
