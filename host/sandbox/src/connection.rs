//! From what an operator set to a connection: which settings the adapter gets,
//! how the host authenticates, what may be asked of whom. Pure, so that saving
//! an integration and running one come to the same result.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::admission::Inspection;
use crate::egress::{Credentials, Grant, OAuth1Method, Origin};
use crate::manifest::{Manifest, Preset, Scheme, check_value};

mod oauth2;

pub use oauth2::host_settings;

/// What an operator approved when installing an adapter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    /// The adapter's digest; another file needs another approval.
    pub digest: String,
    /// Entries of the manifest's `http.hosts`.
    pub hosts: Vec<String>,
    /// Entries of the manifest's `http.methods`.
    pub methods: Vec<String>,
}

impl Approval {
    /// Everything that the adapter's manifest asks for.
    pub fn everything(inspection: &Inspection) -> Approval {
        Approval {
            digest: inspection.digest.clone(),
            hosts: inspection.manifest.http.hosts.clone(),
            methods: inspection.manifest.http.methods.clone(),
        }
    }
}

/// What an operator set for one integration.
#[derive(Debug, Clone, Default)]
pub struct ConnectionSettings {
    /// The integration's name, for remedies.
    pub integration: String,
    /// The SIS's address.
    pub endpoint: String,
    /// Where to get tokens, if not where the manifest says.
    pub token_url: Option<String>,
    /// The scheme, if not the manifest's default.
    pub auth: Option<Scheme>,
    /// OAuth client id or consumer key; user for `basic`.
    pub client_id: Option<String>,
    /// OAuth client secret or consumer secret; password for `basic`, the token
    /// for `bearer`.
    pub client_secret: Option<SecretString>,
    /// Values set by key. Keys that neither the manifest nor `sis` name are
    /// somebody else's and ignored,
    /// but for those of [`host_settings`].
    pub settings: BTreeMap<String, String>,
    /// The SIS is in a private network.
    pub allow_private_network: bool,
    /// The SIS has no encryption.
    pub allow_insecure_http: bool,
}

/// What the adapter gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// The endpoint without a trailing slash.
    pub endpoint: String,
    /// Declared settings that have a value.
    pub settings: Vec<(String, String)>,
}

/// Where the files of an integration are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePlace {
    /// `host:port`.
    pub server: String,
    /// The path as the server spells it; empty: where the login ends up.
    pub path: String,
}

/// A connection with everything that reading through it needs.
#[derive(Debug, Clone)]
pub struct Connected {
    /// What the adapter gets.
    pub connection: Connection,
    /// What the host keeps to itself.
    pub credentials: Credentials,
    /// What may be asked of whom.
    pub grant: Grant,
    /// How the host authenticates.
    pub scheme: Scheme,
    /// Where the files are that the adapter reads, if it reads files.
    pub files: Option<FilePlace>,
}

/// Why settings make no connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct ConnectError {
    code: &'static str,
    detail: String,
}

impl ConnectError {
    /// The stable code in kebab case.
    pub fn code(&self) -> &'static str {
        self.code
    }
}

fn wrong<T>(code: &'static str, detail: impl Into<String>) -> Result<T, ConnectError> {
    Err(ConnectError {
        code,
        detail: detail.into(),
    })
}

/// Makes a connection of settings.
///
/// # Errors
/// The first setting that is missing or unusable, with what to do about it.
pub fn connect(
    manifest: &Manifest,
    approval: &Approval,
    given: &ConnectionSettings,
) -> Result<Connected, ConnectError> {
    let (endpoint, origin, files) = match &manifest.files {
        Some(_) => files_endpoint(given)?,
        None => {
            let (endpoint, origin) = endpoint(given)?;
            (endpoint, origin, None)
        }
    };
    let sis = given.settings.get("sis").map(String::as_str);
    let preset = manifest.preset(sis);
    if let (Some(sis), None) = (sis, preset) {
        let known: Vec<_> = manifest.presets.iter().map(|p| p.id.as_str()).collect();
        return wrong(
            "invalid-setting",
            format!(
                "`sis` is `{sis}`, and the adapter knows {}.",
                known.join(", ")
            ),
        );
    }
    let settings = settings(manifest, preset, given)?;
    let scheme = scheme(manifest, preset, given)?;
    if scheme != Scheme::OAuth2ClientCredentials
        && let Some((key, _)) = given
            .settings
            .iter()
            .find(|(key, value)| key.starts_with("oauth2-") && !value.is_empty())
    {
        return wrong(
            "invalid-setting",
            format!(
                "The setting `{key}` is about OAuth 2.0, and this integration uses `{scheme}`. Empty it with `--set {key}=`, or give `--auth oauth2-client-credentials`."
            ),
        );
    }
    let credentials = credentials(
        manifest, preset, given, scheme, &endpoint, &origin, &settings,
    )?;
    let tokens = match &credentials {
        Credentials::OAuth2(client) => client
            .token_urls
            .iter()
            .filter_map(|u| Origin::of(u).ok())
            .collect(),
        _ => Vec::new(),
    };
    let grant = Grant::new(
        manifest,
        approval,
        &given.integration,
        origin,
        tokens,
        given.allow_private_network,
        given.allow_insecure_http,
    )
    .map_err(|detail| ConnectError {
        code: "bad-manifest",
        detail,
    })?;
    Ok(Connected {
        connection: Connection { endpoint, settings },
        credentials,
        grant,
        scheme,
        files,
    })
}

/// `sftp://host[:port]/path`. A path that begins with `/~/` begins where the
/// login ends up.
fn files_endpoint(
    given: &ConnectionSettings,
) -> Result<(String, Origin, Option<FilePlace>), ConnectError> {
    let text = given.endpoint.trim();
    let unusable = |why: &str| ConnectError {
        code: "invalid-endpoint",
        detail: format!(
            "The endpoint `{text}` is unusable: {why}. It must look like `sftp://sftp.example.org/exports`."
        ),
    };
    let url = Url::parse(text).map_err(|e| unusable(&e.to_string()))?;
    let origin = Origin::of_sftp(&url).map_err(|why| unusable(&why))?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(unusable("it has a query or a fragment"));
    }
    let path = percent_encoding::percent_decode_str(url.path())
        .decode_utf8()
        .ok()
        .filter(|path| !path.contains(char::is_control))
        .ok_or_else(|| unusable("its path is no text"))?;
    let path = path.strip_prefix("/~/").unwrap_or(&path).to_owned();
    let place = FilePlace {
        server: format!("{}:{}", origin.host, origin.port),
        path,
    };
    Ok((text.to_owned(), origin, Some(place)))
}

fn endpoint(given: &ConnectionSettings) -> Result<(String, Origin), ConnectError> {
    let text = given.endpoint.trim().trim_end_matches('/');
    let unusable = |why: &str| ConnectError {
        code: "invalid-endpoint",
        detail: format!(
            "The endpoint `{text}` is unusable: {why}. It must look like `https://sis.example.org/ims/oneroster`."
        ),
    };
    let url = Url::parse(text).map_err(|e| unusable(&e.to_string()))?;
    let origin = Origin::of(&url).map_err(|why| unusable(&why))?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(unusable("it has a query or a fragment"));
    }
    insecure(&origin, given)?;
    Ok((text.to_owned(), origin))
}

fn insecure(origin: &Origin, given: &ConnectionSettings) -> Result<(), ConnectError> {
    if origin.scheme == "https" || given.allow_insecure_http {
        return Ok(());
    }
    wrong(
        "insecure-http",
        format!(
            "`{origin}` is not encrypted: anyone on the way could read names and credentials. Use https, or allow it with `homeroom integration edit {} --allow-insecure-http`.",
            given.integration
        ),
    )
}

fn settings(
    manifest: &Manifest,
    preset: Option<&Preset>,
    given: &ConnectionSettings,
) -> Result<Vec<(String, String)>, ConnectError> {
    let mut settings = Vec::new();
    for setting in &manifest.settings {
        let key = &setting.key;
        let value = given
            .settings
            .get(key)
            .or_else(|| preset.and_then(|p| p.settings.get(key)))
            .or(setting.default.as_ref());
        match value {
            Some(value) => match check_value(setting, value) {
                Ok(value) => settings.push((key.clone(), value)),
                Err(why) => {
                    return wrong(
                        "invalid-setting",
                        format!("The setting `{key}` is unusable: {why}."),
                    );
                }
            },
            None if setting.required => {
                return wrong(
                    "missing-setting",
                    format!(
                        "The setting `{key}` ({}) is required. Set it with `--set {key}=VALUE`.",
                        setting.label
                    ),
                );
            }
            None => {}
        }
    }
    Ok(settings)
}

fn scheme(
    manifest: &Manifest,
    preset: Option<&Preset>,
    given: &ConnectionSettings,
) -> Result<Scheme, ConnectError> {
    let auth = &manifest.auth;
    if let Some(asked) = given.auth {
        if !auth.schemes.contains(&asked) {
            let known: Vec<_> = auth.schemes.iter().map(|s| s.name()).collect();
            return wrong(
                "unsupported-auth",
                format!(
                    "The adapter does not know `{asked}`; it knows {}.",
                    known.join(", ")
                ),
            );
        }
        return Ok(asked);
    }
    if let Some(scheme) = preset.and_then(|p| p.auth) {
        return Ok(scheme);
    }
    let preset_tells = preset.is_some_and(|p| p.token_urls.is_some());
    match auth.default_without_token_url {
        Some(scheme) if given.token_url.is_none() && !preset_tells => Ok(scheme),
        _ => Ok(auth.default),
    }
}

fn credentials(
    manifest: &Manifest,
    preset: Option<&Preset>,
    given: &ConnectionSettings,
    scheme: Scheme,
    endpoint: &str,
    origin: &Origin,
    settings: &[(String, String)],
) -> Result<Credentials, ConnectError> {
    let id = || match given.client_id.as_deref().filter(|id| !id.is_empty()) {
        Some(id) => Ok(id.to_owned()),
        None => wrong(
            "missing-credentials",
            format!("`{scheme}` needs a client id. Give it with `--client-id`."),
        ),
    };
    let secret = || match &given.client_secret {
        Some(secret) => Ok(secret.clone()),
        None => wrong(
            "missing-credentials",
            format!(
                "`{scheme}` needs a secret. Give it with `--client-secret-file` or `--client-secret-env`."
            ),
        ),
    };
    Ok(match scheme {
        // The login of a server with files is none of a request.
        Scheme::None | Scheme::SftpPassword | Scheme::SftpKey => Credentials::None,
        Scheme::Bearer => Credentials::Bearer(secret()?),
        Scheme::Basic => Credentials::Basic {
            user: id()?,
            password: secret()?,
        },
        Scheme::OAuth1HmacSha1 => Credentials::OAuth1 {
            key: id()?,
            secret: secret()?,
            method: OAuth1Method::HmacSha1,
        },
        Scheme::OAuth1HmacSha256 => Credentials::OAuth1 {
            key: id()?,
            secret: secret()?,
            method: OAuth1Method::HmacSha256,
        },
        Scheme::OAuth2ClientCredentials => Credentials::OAuth2(oauth2::client(
            manifest,
            preset,
            given,
            (endpoint, origin),
            settings,
            id()?,
            secret()?,
        )?),
    })
}

#[cfg(test)]
mod tests;
