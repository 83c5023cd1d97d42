//! What `integration add` and `integration edit` take.

use clap::Args;
use homeroom_roster::setting_keys;
use homeroom_sync::{IntegrationEdit, NewIntegration};

use crate::commands::Result;
use crate::failure::Failure;
use crate::secret::SecretArgs;

/// The setting keys, for `--help`.
pub(super) fn settings_help() -> String {
    format!(
        "Settings (--set KEY=VALUE):\n{}\nAn adapter may have settings of its own; \
         `homeroom adapter inspect ID` lists them.",
        setting_keys::help()
    )
}

/// `integration add`
#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    /// A name for it.
    #[arg(long, value_name = "N")]
    name: String,
    /// The adapter's id, as `adapter list` shows it.
    #[arg(long, value_name = "ID")]
    adapter: String,
    /// The SIS's address, with or without the versioned path.
    #[arg(long, value_name = "URL")]
    endpoint: String,
    /// Where OAuth 2.0 tokens are issued; left out: by the adapter's rule.
    #[arg(long, value_name = "URL")]
    token_url: Option<String>,
    /// How Homeroom proves who it is, such as oauth2-client-credentials,
    /// oauth1-hmac-sha256, bearer, basic or none; left out: the adapter's
    /// default.
    #[arg(long, value_name = "SCHEME")]
    auth: Option<String>,
    /// Client id, key or user name.
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    #[command(flatten)]
    secret: SecretArgs,
    /// A setting; may be given many times. See --help for the keys.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = key_value)]
    settings: Vec<(String, String)>,
    /// Fingerprint of the SFTP server's host key that is approved, such as
    /// SHA256:...; may be given many times. `integration test` shows what the
    /// server has.
    #[arg(long = "host-key", value_name = "FINGERPRINT")]
    host_keys: Vec<String>,
    /// Allow the endpoint to be at a private or loopback address.
    #[arg(long)]
    allow_private_network: bool,
    /// Allow the endpoint to be reached without TLS.
    #[arg(long)]
    allow_insecure_http: bool,
}

impl AddArgs {
    /// With the secret read.
    pub(super) fn read(self) -> Result<NewIntegration> {
        Ok(NewIntegration {
            client_secret: self.secret.read()?,
            name: self.name,
            adapter: self.adapter,
            endpoint: self.endpoint,
            token_url: self.token_url,
            auth: self.auth,
            client_id: self.client_id,
            settings: self.settings,
            host_keys: self.host_keys,
            allow_private_network: self.allow_private_network,
            allow_insecure_http: self.allow_insecure_http,
        })
    }
}

/// `integration edit`
#[derive(Debug, Args)]
pub(crate) struct EditArgs {
    /// The integration.
    #[arg(value_name = "N")]
    name: String,
    /// Another adapter; the next run reads everything.
    #[arg(long, value_name = "ID")]
    adapter: Option<String>,
    /// Another address; the next run reads everything.
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// Another token URL; an empty one returns to the adapter's rule.
    #[arg(long, value_name = "URL")]
    token_url: Option<String>,
    /// Another authentication scheme; an empty one returns to the adapter's
    /// default.
    #[arg(long, value_name = "SCHEME")]
    auth: Option<String>,
    /// Another client id.
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    #[command(flatten)]
    secret: SecretArgs,
    /// A setting; may be given many times. Others stay as they are.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = key_value)]
    settings: Vec<(String, String)>,
    /// Approve this fingerprint of the SFTP server's host key in place of those
    /// before; may be given many times. An empty one approves none.
    #[arg(long = "host-key", value_name = "FINGERPRINT")]
    host_keys: Vec<String>,
    /// Allow the endpoint to be at a private or loopback address; `=false`
    /// takes it back.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    allow_private_network: Option<bool>,
    /// Allow the endpoint to be reached without TLS; `=false` takes it back.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    allow_insecure_http: Option<bool>,
}

impl EditArgs {
    /// The integration's name and what changes, with the secret read.
    pub(super) fn read(self) -> Result<(String, IntegrationEdit)> {
        if !self.changes_something() {
            return Err(Failure::usage(
                "nothing-to-change",
                format!(
                    "{} would stay as it is: no option says what to change",
                    self.name
                ),
                "Give at least one; `homeroom integration edit --help` lists them.",
            ));
        }
        let edit = IntegrationEdit {
            client_secret: self.secret.read()?,
            adapter: self.adapter,
            endpoint: self.endpoint,
            token_url: self.token_url,
            auth: self.auth,
            client_id: self.client_id,
            settings: self.settings,
            host_keys: self.host_keys,
            allow_private_network: self.allow_private_network,
            allow_insecure_http: self.allow_insecure_http,
        };
        Ok((self.name, edit))
    }

    fn changes_something(&self) -> bool {
        let texts = [
            &self.adapter,
            &self.endpoint,
            &self.token_url,
            &self.auth,
            &self.client_id,
        ];
        texts.into_iter().any(Option::is_some)
            || self.secret.is_given()
            || !self.settings.is_empty()
            || !self.host_keys.is_empty()
            || self.allow_private_network.is_some()
            || self.allow_insecure_http.is_some()
    }
}

/// `KEY=VALUE`; the value may hold further equals signs and may be empty.
fn key_value(text: &str) -> std::result::Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => {
            Ok((key.trim().to_owned(), value.to_owned()))
        }
        _ => Err("expected KEY=VALUE, such as respect-enrolment-date=true".to_owned()),
    }
}
