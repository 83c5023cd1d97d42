//! The commands that the output tells people to type, so that they can be
//! copied as they stand.

use std::path::Path;

use crate::cli::Global;

/// Writes commands that reach the same data and tenant as this one did.
#[derive(Debug, Clone)]
pub(crate) struct Hints {
    prefix: String,
}

impl Hints {
    /// Hints for these options. What the environment already says is not
    /// repeated.
    pub(crate) fn new(global: &Global) -> Self {
        let from_environment =
            std::env::var_os("HOMEROOM_DATA").is_some_and(|data| Path::new(&data) == global.data);
        let mut hints = Hints::of(&global.data, &global.tenant, from_environment);
        let named = std::env::var_os("HOMEROOM_POLICY");
        if let Some(policy) = &global.policy
            && named.is_none_or(|named| Path::new(&named) != policy)
        {
            let policy = quote(&policy.to_string_lossy());
            hints.prefix.push_str(&format!(" --policy {policy}"));
        }
        hints
    }

    fn of(data: &Path, tenant: &str, from_environment: bool) -> Self {
        let mut prefix = String::from("homeroom");
        if !from_environment && data != Path::new("./homeroom-data") {
            prefix.push_str(" --data ");
            prefix.push_str(&quote(&data.to_string_lossy()));
        }
        if tenant != "default" {
            prefix.push_str(" --tenant ");
            prefix.push_str(&quote(tenant));
        }
        Hints { prefix }
    }

    /// The whole command: `arguments` are taken as they are.
    pub(crate) fn command(&self, arguments: &str) -> String {
        format!("{} {arguments}", self.prefix)
    }
}

impl Default for Hints {
    fn default() -> Self {
        Hints::of(Path::new("./homeroom-data"), "default", false)
    }
}

/// An argument as a POSIX shell takes it.
pub(crate) fn quote(argument: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:@%+,=".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        return argument.to_owned();
    }
    format!("'{}'", argument.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_reach_the_same_tenant() {
        let hints = Hints::of(Path::new("/srv/my data"), "north", false);
        assert_eq!(
            hints.command("run show 3"),
            "homeroom --data '/srv/my data' --tenant north run show 3"
        );
        let hints = Hints::of(Path::new("/srv/data"), "default", true);
        assert_eq!(hints.command("run list"), "homeroom run list");
    }

    #[test]
    fn quotes_what_a_shell_would_split_or_run() {
        assert_eq!(quote("riverside"), "riverside");
        assert_eq!(quote("River Side"), "'River Side'");
        assert_eq!(quote("O'Brien; rm"), r"'O'\''Brien; rm'");
        assert_eq!(quote(""), "''");
    }
}
