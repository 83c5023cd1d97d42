//! What an adapter says about itself: the TOML in its custom section
//! `homeroom:manifest`. Unknown keys are refused, so that a typo is an error
//! and not a silent default. This module reads and checks; what a connection
//! makes of it is [`crate::connection`]'s.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

mod auth;
mod check;
mod collections;

pub use self::auth::{Auth, ClientAuth, OAuth2Manifest, Scheme, ScopeSet};
pub(crate) use check::value as check_value;

/// The contract that this host supports.
pub const CONTRACT: &str = "homeroom:sis@0.1.0";

/// An adapter's manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Manifest {
    /// Unique on a host: a letter, then up to 62 letters, digits and hyphens.
    pub id: String,
    /// For people, up to 64 characters.
    pub name: String,
    /// Semantic version.
    pub version: String,
    /// Who made it, up to 64 characters.
    pub vendor: String,
    /// The contract it was built for, such as `homeroom:sis@0.1.0`.
    pub contract: String,
    /// Plain text, up to 1,024 characters.
    #[serde(default)]
    pub description: Option<String>,
    /// What an administrator does at the SIS, step by step.
    #[serde(default)]
    pub setup: Vec<String>,
    /// How the source authenticates us.
    pub auth: Auth,
    /// Whom the adapter talks to. An adapter that gets files may talk to nobody.
    #[serde(default)]
    pub http: Http,
    /// Which files it gets, if it gets any.
    #[serde(default)]
    pub files: Option<Files>,
    /// What it reads.
    pub read: Read,
    /// What an operator may set.
    #[serde(default)]
    pub settings: Vec<Setting>,
    /// Known products with their defaults.
    #[serde(default)]
    pub presets: Vec<Preset>,
}

/// `[http]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Http {
    /// `{endpoint}`, `{token-url}` or literal origins; a leading `*.` label
    /// stands for one or more labels.
    pub hosts: Vec<String>,
    /// Methods the adapter uses.
    #[serde(default = "default_methods")]
    pub methods: Vec<String>,
}

impl Default for Http {
    fn default() -> Self {
        Http {
            hosts: Vec::new(),
            methods: default_methods(),
        }
    }
}

/// `[files]`: the host fetches files before a run and the adapter reads them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Files {
    /// Where they may come from.
    pub sources: Vec<FileOrigin>,
    /// Names with at most one `*`; the adapter sees no others.
    pub names: Vec<String>,
}

/// Where files may come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileOrigin {
    /// A server that speaks SFTP: the integration's endpoint.
    Sftp,
    /// A folder that an operator names for one run.
    Folder,
    /// A zip, on the server or named by an operator.
    Zip,
}

fn default_methods() -> Vec<String> {
    vec!["GET".to_owned()]
}

/// `[read]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Read {
    /// The collections it can read.
    #[serde(with = "collections")]
    pub collections: Vec<homeroom_roster::record::Collection>,
    /// Whether its pages may be of changes only: it honours `changed-since`, or
    /// its source sends nothing else.
    #[serde(default)]
    pub delta: bool,
    /// How many days may pass between two full reads, when the operator does
    /// not say; in between only changes are asked for. 0: each read is full.
    #[serde(default)]
    pub full_read_days: u32,
    /// Whether users may include guardians.
    #[serde(default)]
    pub guardians: bool,
    /// Records a page.
    #[serde(default)]
    pub page_size: PageSize,
    /// Pages in flight at once for one integration.
    #[serde(default = "default_concurrency")]
    pub concurrency: u16,
    /// Requests per second to one origin.
    #[serde(default)]
    pub rate: Option<f64>,
}

fn default_concurrency() -> u16 {
    1
}

/// Records a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PageSize {
    /// When the operator does not say.
    pub default: u32,
    /// The most that is asked for.
    pub max: u32,
}

impl Default for PageSize {
    fn default() -> Self {
        PageSize {
            default: 5000,
            max: 10_000,
        }
    }
}

/// `[[settings]]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Setting {
    /// The key for `--set`.
    pub key: String,
    /// For people.
    pub label: String,
    /// For people.
    #[serde(default)]
    pub help: String,
    /// What a value may be.
    #[serde(rename = "type")]
    pub kind: SettingType,
    /// The values of a choice.
    #[serde(default)]
    pub choices: Vec<Choice>,
    /// The value when nobody says; absent: the setting is left out.
    #[serde(default)]
    pub default: Option<String>,
    /// Whether there must be a value.
    #[serde(default)]
    pub required: bool,
    /// The least number.
    #[serde(default)]
    pub min: Option<f64>,
    /// The greatest number.
    #[serde(default)]
    pub max: Option<f64>,
}

/// What a setting's value may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SettingType {
    /// Any text.
    Text,
    /// `true` or `false`.
    Bool,
    /// A decimal number.
    Number,
    /// One of `choices`.
    Choice,
}

/// One value of a choice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Choice {
    /// What is set.
    pub value: String,
    /// For people.
    pub label: String,
}

/// `[[presets]]`: a known product. Chosen by the setting `sis`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Preset {
    /// The value of `sis`.
    pub id: String,
    /// For people.
    pub label: String,
    /// Instead of `auth.default`.
    #[serde(default)]
    pub auth: Option<Scheme>,
    /// Instead of `auth.oauth2.token-urls`.
    #[serde(default)]
    pub token_urls: Option<Vec<String>>,
    /// Instead of `auth.oauth2.client-auth`.
    #[serde(default)]
    pub client_auth: Option<Vec<ClientAuth>>,
    /// Instead of `auth.oauth2.scopes`.
    #[serde(default)]
    pub scopes: Option<Vec<ScopeSet>>,
    /// Instead of `auth.oauth2.cookie`.
    #[serde(default)]
    pub cookie: Option<bool>,
    /// Instead of `read.page-size`.
    #[serde(default)]
    pub page_size: Option<PageSize>,
    /// Instead of `read.concurrency`.
    #[serde(default)]
    pub concurrency: Option<u16>,
    /// Instead of `read.full-read-days`.
    #[serde(default)]
    pub full_read_days: Option<u32>,
    /// Instead of the settings' defaults.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// Instead of `read.guardians`.
    #[serde(default)]
    pub guardians: Option<bool>,
    /// Instead of the general steps, when not empty.
    #[serde(default)]
    pub setup: Vec<String>,
    /// What else is known of this product, for people.
    #[serde(default)]
    pub notes: Vec<String>,
}

impl Manifest {
    /// Reads and checks a manifest.
    ///
    /// # Errors
    /// A sentence that names the key and what is wrong with it.
    pub fn parse(text: &str) -> Result<Manifest, String> {
        let manifest: Manifest =
            toml::from_str(text).map_err(|e| e.to_string().trim().replace('\n', " "))?;
        check::check(&manifest)?;
        Ok(manifest)
    }

    /// The preset of that id, or the first.
    pub fn preset(&self, id: Option<&str>) -> Option<&Preset> {
        match id {
            Some(id) => self.presets.iter().find(|p| p.id == id),
            None => self.presets.first(),
        }
    }

    /// `[read]` with what the preset of that id says instead.
    pub fn read_from(&self, sis: Option<&str>) -> Read {
        let mut read = self.read.clone();
        if let Some(preset) = self.preset(sis) {
            read.guardians = preset.guardians.unwrap_or(read.guardians);
            read.page_size = preset.page_size.unwrap_or(read.page_size);
            read.concurrency = preset.concurrency.unwrap_or(read.concurrency);
            read.full_read_days = preset.full_read_days.unwrap_or(read.full_read_days);
        }
        read
    }

    /// What the SIS's administrator does, for the preset of that id.
    pub fn setup_for(&self, sis: Option<&str>) -> &[String] {
        match self.preset(sis) {
            Some(preset) if !preset.setup.is_empty() => &preset.setup,
            _ => &self.setup,
        }
    }
}
