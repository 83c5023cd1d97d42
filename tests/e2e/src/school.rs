//! A district's SIS and the platform that is connected to it.

use serde_json::Value;

use crate::{Answer, Platform, Sis};

/// The name of the integration in every test.
pub const NAME: &str = "sis";

/// A platform with the district's directory, the OneRoster adapter and an
/// integration.
pub struct School {
    /// The platform.
    pub platform: Platform,
    /// The SIS.
    pub sis: Sis,
}

impl School {
    /// Connects a new platform to the SIS.
    pub fn connect(sis: Sis) -> Self {
        Self::connect_with(sis, &[])
    }

    /// The same, with further arguments for `integration add`.
    pub fn connect_with(sis: Sis, more: &[&str]) -> Self {
        let school = Self::prepare(sis);
        school.add(more).ok();
        school
    }

    /// A platform with a directory and an adapter, not yet connected.
    pub fn prepare(sis: Sis) -> Self {
        let directory = sis.directory();
        Self::prepare_with(sis, &directory)
    }

    /// The same, with this directory file.
    pub fn prepare_with(sis: Sis, directory: &str) -> Self {
        let platform = Platform::new();
        platform.install_oneroster();
        platform.import_directory(directory).ok();
        School { platform, sis }
    }

    /// `integration add` with the SIS's endpoint and credentials.
    pub fn add(&self, more: &[&str]) -> Answer {
        let endpoint = self.sis.endpoint();
        self.add_at(&endpoint, more)
    }

    /// The same with another endpoint.
    pub fn add_at(&self, endpoint: &str, more: &[&str]) -> Answer {
        let mut arguments = vec!["--allow-insecure-http", "--allow-private-network"];
        arguments.extend(more);
        self.add_strictly(endpoint, &arguments)
    }

    /// The same, with nothing allowed.
    pub fn add_strictly(&self, endpoint: &str, more: &[&str]) -> Answer {
        let secret = self.platform.file("secret", self.sis.client_secret());
        let mut arguments = vec!["integration", "add", "--name", NAME];
        arguments.extend(["--adapter", "oneroster", "--endpoint", endpoint]);
        let token_url = self.sis.token_url();
        arguments.extend(["--token-url", &token_url]);
        arguments.extend(["--client-id", self.sis.client_id()]);
        arguments.extend(["--client-secret-file", &secret, "--json"]);
        arguments.extend(more);
        self.platform.run(arguments)
    }

    /// `integration edit` with these arguments.
    pub fn edit(&self, more: &[&str]) -> Answer {
        let mut arguments = vec!["integration", "edit", NAME, "--json"];
        arguments.extend(more);
        self.platform.run(arguments)
    }

    /// A sync that must succeed; its report.
    #[track_caller]
    pub fn sync(&self) -> Value {
        self.platform.sync(NAME, &[]).ok().json()
    }

    /// A sync that must fail; its report.
    #[track_caller]
    pub fn failing_sync(&self) -> Value {
        self.platform.sync(NAME, &[]).ends_with(1).json()
    }
}
