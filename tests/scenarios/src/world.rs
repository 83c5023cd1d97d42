//! The installation of a scenario and the SIS's that it is connected to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use e2e::{Answer, Platform};
use fake_sis::{Behaviour, FakeSis, OAuth2, Source, Version};

use crate::commands::words;
use crate::variables::Variables;

/// An installation, its SIS's, and what is known of its runs.
pub(crate) struct World {
    pub(crate) platform: Platform,
    pub(crate) variables: Variables,
    servers: BTreeMap<String, FakeSis>,
    /// Rosters that were kept, by name.
    pub(crate) kept: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

impl World {
    /// An installation with the OneRoster adapter.
    pub(crate) fn new(mut variables: Variables) -> Self {
        variables.set("client-id", OAuth2::default().client_id);
        let platform = Platform::new();
        platform.install_oneroster();
        World {
            platform,
            variables,
            servers: BTreeMap::new(),
            kept: BTreeMap::new(),
        }
    }

    /// The folder in which commands run.
    pub(crate) fn folder(&self) -> PathBuf {
        self.platform.folder().to_path_buf()
    }

    /// The SIS of that name serves the folder from now on.
    pub(crate) fn serve(&mut self, name: &str, folder: &Path) {
        let source = Source::csv(folder).expect("the folder is a OneRoster bundle");
        if let Some(server) = self.servers.get(name) {
            server.set_source(source);
            return;
        }
        let server = FakeSis::spawn(source, Behaviour::default()).expect("the fake SIS starts");
        let endpoint = format!("{name}.endpoint");
        self.variables.set(&endpoint, server.base_url());
        let versioned = format!("{name}.versioned");
        self.variables
            .set(&versioned, server.roster_url(Version::V1p2));
        let token_url = format!("{name}.token-url");
        self.variables.set(&token_url, server.token_url());
        self.servers.insert(name.to_owned(), server);
    }

    /// Adds the SIS as an integration of its own name.
    pub(crate) fn connect(&self, name: &str, settings: &BTreeMap<String, String>) -> Answer {
        let server = self.servers.get(name);
        let server = server.unwrap_or_else(|| panic!("no SIS `{name}` is served"));
        let credentials = OAuth2::default();
        let secret = self.platform.file("secret", &credentials.client_secret);
        let (endpoint, token_url) = (server.base_url(), server.token_url());
        let mut arguments = vec!["integration", "add", "--name", name];
        arguments.extend(["--adapter", "oneroster", "--endpoint", &endpoint]);
        arguments.extend(["--token-url", &token_url]);
        arguments.extend(["--client-id", &credentials.client_id]);
        arguments.extend(["--client-secret-file", &secret, "--json"]);
        arguments.extend(["--allow-insecure-http", "--allow-private-network"]);
        let pairs: Vec<String> = settings
            .iter()
            .map(|(key, value)| format!("{key}={}", self.variables.fill(value)))
            .collect();
        for pair in &pairs {
            arguments.extend(["--set", pair]);
        }
        self.platform.run(arguments)
    }

    /// Runs a command line; `--json` is added.
    pub(crate) fn command(&self, line: &str) -> Answer {
        let mut words = words(&self.variables.fill(line));
        words.push("--json".to_owned());
        self.platform.run(words)
    }
}
