//! Splitting a command line into words.

/// The words of a line: separated by blanks, but for blanks between double
/// quotes. Quotes may stand within a word; there are no escapes.
pub(crate) fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            c if c.is_whitespace() && !quoted => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn blanks_separate_but_for_quoted_ones() {
        assert_eq!(
            words("user pin a@x.org givenName \"Mary Ann\""),
            ["user", "pin", "a@x.org", "givenName", "Mary Ann"]
        );
        assert_eq!(words("  edit --set x=\"\" "), ["edit", "--set", "x="]);
    }
}
