//! Reads secrets from a file or an environment variable. A secret is never an
//! argument: arguments are seen by every process of the machine and stay in the
//! shell's history.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use secrecy::SecretString;

use crate::failure::Failure;

/// No secret of a SIS is longer, a private key included.
const MAX_BYTES: u64 = 64 * 1024;

/// Where the client secret is.
#[derive(Debug, Clone, Default, Args)]
#[group(multiple = false)]
pub(crate) struct SecretArgs {
    /// File that holds the client secret (or token, or password); a line break
    /// at its end is not part of it. Stored sealed and never shown again.
    #[arg(long, value_name = "FILE")]
    client_secret_file: Option<PathBuf>,
    /// Environment variable that holds the client secret.
    #[arg(long, value_name = "VAR")]
    client_secret_env: Option<String>,
}

impl SecretArgs {
    /// Whether one is named.
    pub(crate) fn is_given(&self) -> bool {
        self.client_secret_file.is_some() || self.client_secret_env.is_some()
    }

    /// The secret, if one is named.
    pub(crate) fn read(&self) -> Result<Option<SecretString>, Failure> {
        if let Some(file) = &self.client_secret_file {
            return from_file(file).map(Some);
        }
        match &self.client_secret_env {
            Some(variable) => from_environment(variable).map(Some),
            None => Ok(None),
        }
    }
}

fn from_file(file: &Path) -> Result<SecretString, Failure> {
    let unreadable = |cause: String| {
        Failure::usage(
            "secret-unreadable",
            format!(
                "the client secret could not be read from {}: {cause}",
                file.display()
            ),
            "Name a text file that holds the secret alone and that this account may read.",
        )
    };
    let mut bytes = Vec::new();
    std::fs::File::open(file)
        .and_then(|open| open.take(MAX_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|error| unreadable(error.to_string()))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(unreadable("it is larger than 64 KiB".to_owned()));
    }
    let content =
        String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8 text".to_owned()))?;
    let secret = trimmed(&content);
    if secret.is_empty() {
        return Err(unreadable("it is empty".to_owned()));
    }
    Ok(SecretString::from(secret))
}

fn from_environment(variable: &str) -> Result<SecretString, Failure> {
    let value = std::env::var(variable).unwrap_or_default();
    let secret = trimmed(&value);
    if secret.is_empty() {
        // Its name is not repeated: somebody may have given the secret itself.
        return Err(Failure::usage(
            "secret-unreadable",
            "the environment variable that --client-secret-env names is not set, is empty or is not UTF-8",
            "Give the variable's name, set it to the client secret, or use --client-secret-file.",
        ));
    }
    Ok(SecretString::from(secret))
}

/// Without the line breaks that editors and `echo` put at the end; blanks may
/// be part of a secret.
fn trimmed(content: &str) -> &str {
    content.trim_end_matches(['\n', '\r'])
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn file(content: &[u8]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), content).expect("writable");
        file
    }

    #[test]
    fn only_the_line_break_at_the_end_is_cut() {
        let file = file(b" pass word \r\n");
        let secret = from_file(file.path()).expect("readable");
        assert_eq!(secret.expose_secret(), " pass word ");
    }

    #[test]
    fn says_which_file_and_why() {
        let missing = from_file(Path::new("/nowhere/secret.txt")).expect_err("no such file");
        assert!(missing.usage);
        assert!(
            missing.detail.contains("/nowhere/secret.txt"),
            "{missing:?}"
        );
        let empty = from_file(file(b"\n").path()).expect_err("empty");
        assert!(empty.detail.ends_with("it is empty"), "{empty:?}");
        let binary = from_file(file(&[0xff, 0xfe]).path()).expect_err("not text");
        assert!(
            binary.detail.ends_with("it is not UTF-8 text"),
            "{binary:?}"
        );
        let large = from_file(file(&vec![b'a'; 70_000]).path()).expect_err("too large");
        assert!(large.detail.ends_with("larger than 64 KiB"), "{large:?}");
    }

    #[test]
    fn a_secret_given_in_place_of_a_variable_is_not_repeated() {
        let failure = from_environment("hunter2-no-such-variable").expect_err("unset");
        assert!(failure.usage);
        assert!(!failure.detail.contains("hunter2"), "{failure:?}");
    }
}
