//! Which entries of a folder make up the set. Pure.

use crate::error::{FetchError, Kind, Result, shown};

/// A file name with at most one `*` for any characters; letter case does not
/// count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamePattern(String);

impl NamePattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// A phrase, if it is none.
    pub fn parse(text: &str) -> std::result::Result<Self, String> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-*".contains(c);
        if text.is_empty() || text.len() > 64 || !text.chars().all(plain) {
            return Err("it must be a file name of letters, digits, dots and hyphens".to_owned());
        }
        if text.matches('*').count() > 1 {
            return Err("it has more than one `*`".to_owned());
        }
        Ok(Self(text.to_ascii_lowercase()))
    }

    fn matches(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        match self.0.split_once('*') {
            None => name == self.0,
            Some((begin, end)) => {
                name.len() >= begin.len() + end.len()
                    && name.starts_with(begin)
                    && name.ends_with(end)
            }
        }
    }
}

/// Which files are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted(pub Vec<NamePattern>);

impl Wanted {
    /// Whether a file of this name is wanted. What systems hide, and what
    /// editors leave behind, is not.
    pub(crate) fn wants(&self, name: &str) -> bool {
        !is_hidden(name) && self.0.iter().any(|pattern| pattern.matches(name))
    }
}

pub(crate) fn is_hidden(name: &str) -> bool {
    name.starts_with(['.', '~']) || name == "__MACOSX"
}

pub(crate) fn is_zip(name: &str) -> bool {
    !is_hidden(name) && name.to_lowercase().ends_with(".zip")
}

/// What a folder's files mean.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Choice<T> {
    /// These are the set.
    Files(Vec<T>),
    /// The set is in this zip.
    Zip(T),
}

/// Chooses among a folder's files: those that are wanted, or the one zip.
pub(crate) fn choose<T>(
    entries: Vec<T>,
    name: impl Fn(&T) -> &str,
    wanted: &Wanted,
    place: &str,
) -> Result<Choice<T>> {
    let seen = entries.len();
    let (files, others): (Vec<T>, Vec<T>) = entries
        .into_iter()
        .partition(|entry| wanted.wants(name(entry)));
    let mut zips: Vec<T> = others
        .into_iter()
        .filter(|entry| is_zip(name(entry)))
        .collect();
    if let (Some(file), Some(zip)) = (files.first(), zips.first()) {
        // Whichever were taken, an export that goes into the other would be
        // passed over night after night, and nobody would notice.
        return Err(FetchError::new(
            Kind::FilesAmbiguous,
            format!(
                "{place} has both CSV files, such as `{}`, and the zip `{}`, and it cannot be told which hold the export",
                shown(name(file)),
                shown(name(zip))
            ),
        )
        .with_remedy("Move away what is not of the export, or name the zip in the path."));
    }
    if !files.is_empty() {
        return Ok(Choice::Files(files));
    }
    match zips.len() {
        1 => Ok(Choice::Zip(zips.remove(0))),
        0 => Err(FetchError::new(
            Kind::FilesMissing,
            format!("{place} has {seen} files, and none of them is wanted: the adapter reads CSV files or one zip of them"),
        )),
        several => Err(FetchError::new(
            Kind::FilesAmbiguous,
            format!(
                "{place} has {several} zips, `{}` and `{}` among them, and it cannot be told which one is meant",
                shown(name(&zips[0])),
                shown(name(&zips[1]))
            ),
        )
        .with_remedy("Name the zip in the path, or leave one there.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn csv() -> Wanted {
        Wanted(vec![NamePattern::parse("*.csv").expect("a pattern")])
    }

    #[test]
    fn names_match_in_any_letter_case() {
        for (name, expected) in [
            ("users.csv", true),
            ("Users.CSV", true),
            (".csv", false),
            ("._users.csv", false),
            ("~$users.csv", false),
            ("users.csv.part", false),
            ("users.xlsx", false),
        ] {
            assert_eq!(csv().wants(name), expected, "{name}");
        }
        assert!(NamePattern::parse("../*").is_err());
        assert!(NamePattern::parse("*a*").is_err());
    }

    #[test]
    fn files_or_one_zip_are_a_set_and_both_are_none() {
        let choose = |names: &[&'static str]| choose(names.to_vec(), |name| name, &csv(), "here");
        assert_eq!(
            choose(&[".a.zip", "users.csv", "notes.txt"]).ok(),
            Some(Choice::Files(vec!["users.csv"]))
        );
        assert_eq!(choose(&["a.zip"]).ok(), Some(Choice::Zip("a.zip")));
        let kind = |names: &[&'static str]| choose(names).expect_err("no choice").kind();
        assert_eq!(kind(&["a.zip", "b.zip"]), Kind::FilesAmbiguous);
        let both = choose(&["notes.txt", "a.zip", "users.csv"]).expect_err("no choice");
        assert_eq!(both.kind(), Kind::FilesAmbiguous);
        let said = both.to_string();
        assert!(
            said.contains("`users.csv`") && said.contains("`a.zip`"),
            "{said}"
        );
        assert_eq!(kind(&["a.txt"]), Kind::FilesMissing);
        assert_eq!(kind(&[]), Kind::FilesMissing);
    }
}
