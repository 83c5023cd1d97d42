//! How an integration is connected: what the operator says, what is kept of it,
//! and what the sandbox makes of it.
//!
//! The secret is not among what is kept here; the store seals it.

use std::collections::BTreeMap;

use homeroom_roster::setting_keys::{self, ReadSettings, SettingError};
use homeroom_roster::settings::Settings;
use homeroom_sandbox::{
    Connected, ConnectionSettings, Inspection, Manifest, Pace, Read, Scheme, SettingType,
    host_settings,
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::adapters::Approved;
use crate::error::{Error, Result};

/// What is needed to add an integration.
#[derive(Debug, Clone, Default)]
pub struct NewIntegration {
    /// Its name, unique in the tenant.
    pub name: String,
    /// The adapter's id.
    pub adapter: String,
    /// The endpoint, with or without the versioned path.
    pub endpoint: String,
    /// The OAuth2 token URL; none: the adapter's own rule.
    pub token_url: Option<String>,
    /// The authentication scheme; none: the adapter's default.
    pub auth: Option<String>,
    /// Client id, key or user name.
    pub client_id: Option<String>,
    /// Client secret, token or password.
    pub client_secret: Option<SecretString>,
    /// Settings as (key, value).
    pub settings: Vec<(String, String)>,
    /// Approved fingerprints of the SFTP server's key.
    pub host_keys: Vec<String>,
    /// Allow private addresses for the endpoint.
    pub allow_private_network: bool,
    /// Allow plain HTTP for the endpoint.
    pub allow_insecure_http: bool,
}

/// What changes of an integration. `None` leaves it as it is.
#[derive(Debug, Clone, Default)]
pub struct IntegrationEdit {
    /// Another adapter.
    pub adapter: Option<String>,
    /// Another endpoint.
    pub endpoint: Option<String>,
    /// Another token URL; empty: the adapter's own rule.
    pub token_url: Option<String>,
    /// Another authentication scheme; empty: the adapter's default.
    pub auth: Option<String>,
    /// Another client id.
    pub client_id: Option<String>,
    /// Another secret.
    pub client_secret: Option<SecretString>,
    /// Settings as (key, value).
    pub settings: Vec<(String, String)>,
    /// Other approved fingerprints of the SFTP server's key, in place of all
    /// before; none: they stay. An empty one approves none any more.
    pub host_keys: Vec<String>,
    /// Allow private addresses for the endpoint.
    pub allow_private_network: Option<bool>,
    /// Allow plain HTTP for the endpoint.
    pub allow_insecure_http: Option<bool>,
}

/// What is kept of a connection.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StoredConnection {
    pub(crate) adapter: String,
    pub(crate) endpoint: String,
    pub(crate) token_url: Option<String>,
    pub(crate) auth: Option<String>,
    pub(crate) client_id: Option<String>,
    /// Settings that the adapter's manifest declares.
    #[serde(default)]
    pub(crate) adapter_settings: BTreeMap<String, String>,
    /// Approved fingerprints of the SFTP server's key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) host_keys: Vec<String>,
    pub(crate) allow_private_network: bool,
    pub(crate) allow_insecure_http: bool,
}

impl StoredConnection {
    /// Names the source, so that a deleted integration that is added again is
    /// known again.
    /// The endpoint may be given with or without the versioned path.
    pub(crate) fn identity(&self) -> String {
        let endpoint = self.endpoint.to_lowercase();
        let versioned = ["/ims/oneroster", "/learningdata"];
        let cut = versioned
            .iter()
            .filter_map(|path| endpoint.find(path))
            .min();
        let base = &endpoint[..cut.unwrap_or(endpoint.len())];
        format!("{}|{}", self.adapter, base.trim_end_matches('/'))
    }

    /// Brings together adapter, settings and secret, and checks them. This is
    /// both the validation at save and the first step of a run.
    pub(crate) fn connect(
        &self,
        integration: &str,
        approved: &Approved,
        read: &ReadSettings,
        secret: Option<SecretString>,
    ) -> Result<Connected> {
        let manifest = &approved.inspection.manifest;
        let mut settings = self.adapter_settings.clone();
        if let Some(sis) = &read.sis {
            settings.insert("sis".into(), sis.clone());
        }
        if manifest
            .settings
            .iter()
            .any(|setting| setting.key == "compatibility")
        {
            settings.insert("compatibility".into(), read.compatibility.to_string());
        }
        let auth = self.auth.as_deref().map(parse_scheme).transpose()?;
        let mut connected = homeroom_sandbox::connect(
            manifest,
            &approved.approval,
            &ConnectionSettings {
                integration: integration.to_owned(),
                endpoint: self.endpoint.clone(),
                token_url: self.token_url.clone(),
                auth,
                client_id: self.client_id.clone(),
                client_secret: secret,
                settings,
                allow_private_network: self.allow_private_network,
                allow_insecure_http: self.allow_insecure_http,
            },
        )?;
        connected.grant.deny(approved.policy.denied().clone());
        if let Some((origin, place)) = connected.grant.denied_origin() {
            return Err(Error::refused(
                "denied-by-policy",
                format!(
                    "{integration} would ask {origin}, which is denied by {place}; only whoever \
                     runs this host can take that line out"
                ),
            ));
        }
        Ok(connected)
    }
}

/// How hard the source may be asked: as the manifest says, or less if the
/// operator wants it so.
pub(crate) fn pace_of(manifest: &Read, settings: &ReadSettings) -> Pace {
    let own = Pace::of(manifest);
    let lower = |ours: u32| own.concurrency.min(ours.try_into().unwrap_or(u16::MAX));
    let rate = settings.requests_per_minute.map(|n| f64::from(n) / 60.0);
    Pace {
        concurrency: settings.concurrency.map_or(own.concurrency, lower).max(1),
        rate: match (own.rate, rate) {
            (Some(own), Some(ours)) => Some(own.min(ours)),
            (own, ours) => own.or(ours),
        },
        ..own
    }
}

fn parse_scheme(name: &str) -> Result<Scheme> {
    name.parse().map_err(|_| {
        Error::usage(
            "unknown-auth-scheme",
            format!(
                "\"{name}\" is no authentication scheme; give one of \
                 oauth2-client-credentials, oauth1-hmac-sha1, oauth1-hmac-sha256, bearer, \
                 basic, sftp-password, sftp-key, none"
            ),
        )
    })
}

/// Why the adapter, with the chosen preset, reads no guardians; none: it does.
pub(crate) fn without_guardians(manifest: &Manifest, read: &ReadSettings) -> Option<String> {
    let sis = read.sis.as_deref();
    if manifest.read_from(sis).guardians {
        return None;
    }
    let product = match manifest.preset(sis) {
        Some(preset) if preset.label != manifest.name => {
            format!("{} read by the adapter {}", preset.label, manifest.id)
        }
        _ => format!("the adapter {} ({})", manifest.id, manifest.name),
    };
    Some(format!(
        "{product} supplies no parents or guardians: this SIS does not hand them out over OneRoster"
    ))
}

/// Why only changes cannot be asked for, if the settings want it; none: they can,
/// or nobody wants it.
pub(crate) fn without_changes(manifest: &Manifest, read: &ReadSettings) -> Option<String> {
    let days = read.full_read_days.filter(|days| *days > 0)?;
    let why = if read.compatibility {
        "compatibility asks the server for plain pages without filters"
    } else if manifest.files.is_some() {
        "the adapter reads files, whose own manifest says whether they hold changes"
    } else if !manifest.read.delta {
        "the adapter cannot ask for changes only"
    } else {
        return None;
    };
    Some(format!(
        "full-read-days={days} does not go together with the rest: {why}; set full-read-days=0"
    ))
}

/// Applies `--set` pairs: to the core's settings, to reading, or to what the
/// adapter declares.
pub(crate) fn apply_settings(
    pairs: &[(String, String)],
    inspection: &Inspection,
    settings: &mut Settings,
    read: &mut ReadSettings,
    adapter: &mut BTreeMap<String, String>,
) -> Result<()> {
    let manifest = &inspection.manifest;
    for (key, value) in pairs {
        match setting_keys::apply(settings, read, key, value) {
            Ok(()) => {}
            Err(SettingError::Unknown { .. }) => {
                let hosts = host_settings(manifest);
                let mut all = manifest.settings.iter().chain(&hosts);
                let Some(declared) = all.find(|s| s.key == *key) else {
                    return Err(unknown_setting(key, manifest));
                };
                if value.is_empty() {
                    adapter.remove(key);
                } else {
                    let value = check_adapter_setting(declared, value)?;
                    adapter.insert(key.clone(), value);
                }
            }
            Err(error) => return Err(Error::usage("invalid-setting", error.to_string())),
        }
    }
    if let Some(sis) = &read.sis
        && !manifest.presets.iter().any(|preset| preset.id == *sis)
    {
        let known: Vec<_> = manifest.presets.iter().map(|p| p.id.as_str()).collect();
        return Err(Error::usage(
            "invalid-setting",
            format!(
                "setting sis: the adapter {} knows no SIS \"{sis}\"; it knows {}",
                manifest.id,
                if known.is_empty() {
                    "none".to_owned()
                } else {
                    known.join(", ")
                }
            ),
        ));
    }
    Ok(())
}

fn unknown_setting(key: &str, manifest: &Manifest) -> Error {
    let own = setting_keys::KEYS.iter().map(|doc| doc.key);
    let hosts = host_settings(manifest);
    let declared = manifest.settings.iter().chain(&hosts);
    let declared = declared.map(|setting| setting.key.as_str());
    let hint = match setting_keys::nearest(key, own.chain(declared)) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => "`homeroom integration add --help` lists the settings".to_owned(),
    };
    Error::usage(
        "unknown-setting",
        format!("there is no setting \"{key}\"; {hint}"),
    )
}

fn check_adapter_setting(setting: &homeroom_sandbox::Setting, value: &str) -> Result<String> {
    let refuse = |accepted: String| {
        Error::usage(
            "invalid-setting",
            format!(
                "setting {}: \"{value}\" is not accepted; give {accepted}",
                setting.key
            ),
        )
    };
    match setting.kind {
        SettingType::Text => Ok(value.to_owned()),
        SettingType::Bool => match value.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Ok("true".into()),
            "false" | "no" | "off" | "0" => Ok("false".into()),
            _ => Err(refuse("true or false".into())),
        },
        SettingType::Number => {
            let within = |number: f64| {
                setting.min.is_none_or(|min| number >= min)
                    && setting.max.is_none_or(|max| number <= max)
            };
            match value.parse::<f64>() {
                Ok(number) if within(number) => Ok(value.to_owned()),
                _ => Err(refuse(match (setting.min, setting.max) {
                    (Some(min), Some(max)) => format!("a number from {min} to {max}"),
                    (Some(min), None) => format!("a number of at least {min}"),
                    (None, Some(max)) => format!("a number of at most {max}"),
                    (None, None) => "a number".into(),
                })),
            }
        }
        SettingType::Choice => {
            if setting.choices.iter().any(|choice| choice.value == value) {
                Ok(value.to_owned())
            } else {
                let known: Vec<_> = setting.choices.iter().map(|c| c.value.as_str()).collect();
                Err(refuse(format!("one of {}", known.join(", "))))
            }
        }
    }
}
