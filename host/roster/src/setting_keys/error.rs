//! What can be wrong with a setting, said so that the reader can mend it.

/// Why a setting was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingError {
    /// No setting of the host has this key; the adapter may have one.
    #[error("there is no setting `{key}`{}", did_you_mean(.suggestion))]
    Unknown {
        /// The key as given.
        key: String,
        /// The key that looks most like it, if one does.
        suggestion: Option<&'static str>,
    },
    /// The key does not accept the value.
    #[error("{key}: `{value}` {problem}; accepted: {accepted}")]
    Invalid {
        /// The key.
        key: &'static str,
        /// The value as given, cut where it is long.
        value: String,
        /// What is wrong with it, as the end of a sentence.
        problem: String,
        /// What the key accepts.
        accepted: String,
    },
    /// Each value is fine by itself; together, or with this adapter or these
    /// other providers, they are not.
    #[error("{key}: {problem}. {remedy}")]
    Conflict {
        /// The key to change.
        key: &'static str,
        /// What does not go together.
        problem: String,
        /// What to do.
        remedy: String,
    },
}

impl SettingError {
    /// The key it is about.
    pub fn key(&self) -> &str {
        match self {
            SettingError::Unknown { key, .. } => key,
            SettingError::Invalid { key, .. } | SettingError::Conflict { key, .. } => key,
        }
    }

    /// Whether the key is not one of the host's.
    pub fn is_unknown(&self) -> bool {
        matches!(self, SettingError::Unknown { .. })
    }
}

/// The second half of the message for an unknown key.
fn did_you_mean(suggestion: &Option<&'static str>) -> String {
    match suggestion {
        Some(key) => format!("; did you mean `{key}`?"),
        None => "; `homeroom integration add --help` lists the settings".to_owned(),
    }
}

/// The candidate that looks most like `key`, if any is near enough to be a
/// slip: at most a third of its letters differ. Letter case, and `_` for `-`,
/// do not count.
pub fn nearest<'a>(key: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // No key is longer than 64; a longer word is not a slip of one.
    if key.len() > 64 {
        return None;
    }
    let key: Vec<char> = key.to_lowercase().replace('_', "-").chars().collect();
    candidates
        .map(|candidate| (distance(&key, candidate), candidate))
        .min()
        .filter(|(distance, candidate)| *distance <= (candidate.chars().count() / 3).max(1))
        .map(|(_, candidate)| candidate)
}

/// How many letters must be added, dropped or replaced to get from one word to
/// the other (Levenshtein distance).
fn distance(word: &[char], other: &str) -> usize {
    let mut row: Vec<usize> = (0..=word.len()).collect();
    for (line, letter) in other.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for column in 0..word.len() {
            let replaced = diagonal + usize::from(word[column] != letter);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[word.len()]
}
