//! An OAuth 2.0 client of manifest, preset and operator. Token URL, scopes, the
//! way the client shows itself, further form fields and cookies are independent:
//! what the operator says wins, then the preset, then the manifest.

use std::collections::BTreeMap;

use secrecy::SecretString;
use url::Url;

use super::{ConnectError, ConnectionSettings, insecure, wrong};
use crate::egress::{OAuth2, Origin};
use crate::manifest::{
    Choice, ClientAuth, Manifest, OAuth2Manifest, Preset, ScopeSet, Setting, SettingType,
};

const SCOPE: &str = "oauth2-scope";
const CLIENT_AUTH: &str = "oauth2-client-auth";
const PARAMETERS: &str = "oauth2-parameters";
const COOKIE: &str = "oauth2-cookie";

/// The settings that the host itself adds to those of an adapter: how tokens
/// are asked for. None where the adapter knows no OAuth 2.0. No adapter sees
/// their values.
pub fn host_settings(manifest: &Manifest) -> Vec<Setting> {
    if manifest.auth.oauth2.is_none() {
        return Vec::new();
    }
    let choice = |value: &str, label: &str| Choice {
        value: value.to_owned(),
        label: label.to_owned(),
    };
    let setting = |key: &str, kind, label: &str, help: &str| Setting {
        key: key.to_owned(),
        label: label.to_owned(),
        help: help.to_owned(),
        kind,
        choices: Vec::new(),
        default: None,
        required: false,
        min: None,
        max: None,
    };
    let mut all = vec![
        setting(
            SCOPE,
            SettingType::Text,
            "Scope of tokens",
            "Scopes separated by blanks; none leaves the parameter out. For tokens of their own by collection: users=SCOPE; enrollments=SCOPE; *=SCOPE. Left out: as the preset says, and what the SIS takes is found by trying.",
        ),
        setting(
            CLIENT_AUTH,
            SettingType::Choice,
            "Where id and secret go in a token request",
            "Left out: found by trying.",
        ),
        setting(
            PARAMETERS,
            SettingType::Text,
            "Further fields of a token request",
            "A comma list, such as audience=roster,appName=homeroom.",
        ),
        setting(
            COOKIE,
            SettingType::Bool,
            "Send cookies that came with a token",
            "For a SIS that keeps a session beside the token, such as Synergy.",
        ),
    ];
    all[1].choices = vec![
        choice("basic", "In the header (HTTP Basic)"),
        choice("body", "In the form"),
        choice("query", "In the address"),
    ];
    all
}

/// The client that these settings make.
pub(super) fn client(
    manifest: &Manifest,
    preset: Option<&Preset>,
    given: &ConnectionSettings,
    (endpoint, origin): (&str, &Origin),
    settings: &[(String, String)],
    client_id: String,
    client_secret: SecretString,
) -> Result<OAuth2, ConnectError> {
    let Some(oauth2) = &manifest.auth.oauth2 else {
        return wrong(
            "unsupported-auth",
            "The manifest does not say how to get tokens.",
        );
    };
    let templates = preset
        .and_then(|p| p.token_urls.as_ref())
        .unwrap_or(&oauth2.token_urls);
    let said = |key: &str| {
        let value = given.settings.get(key).map(|text| text.trim());
        value.filter(|text| !text.is_empty())
    };
    let sets = preset
        .and_then(|p| p.scopes.as_ref())
        .unwrap_or(&oauth2.scopes);
    let (scopes, scopes_of) = match said(SCOPE) {
        Some(text) => said_scopes(text)?,
        None => (fitting(sets, settings), BTreeMap::new()),
    };
    Ok(OAuth2 {
        token_urls: token_urls(given, templates, endpoint, origin)?,
        client_id,
        client_secret,
        scopes,
        scopes_of,
        client_auth: client_auth(oauth2, preset, said(CLIENT_AUTH))?,
        parameters: parameters(oauth2, said(PARAMETERS))?,
        cookie: cookie(oauth2, preset, said(COOKIE))?,
    })
}

fn unusable<T>(key: &str, why: String) -> Result<T, ConnectError> {
    wrong(
        "invalid-setting",
        format!("The setting `{key}` is unusable: {why}."),
    )
}

/// The operator's token URL, or those of the manifest that are on the
/// endpoint's own origin: a secret is never sent to a host that nobody named.
fn token_urls(
    given: &ConnectionSettings,
    templates: &[String],
    endpoint: &str,
    origin: &Origin,
) -> Result<Vec<Url>, ConnectError> {
    if let Some(text) = &given.token_url {
        let unusable = |why: String| ConnectError {
            code: "invalid-token-url",
            detail: format!("The token URL `{text}` is unusable: {why}."),
        };
        let url = Url::parse(text.trim()).map_err(|e| unusable(e.to_string()))?;
        insecure(&Origin::of(&url).map_err(unusable)?, given)?;
        return Ok(vec![url]);
    }
    let base = ["/ims/oneroster", "/learningdata"]
        .iter()
        .filter_map(|mark| endpoint.find(mark))
        .min()
        .map_or(endpoint, |at| &endpoint[..at]);
    let mut urls = Vec::new();
    for template in templates {
        let text = template
            .replace("{endpoint-origin}", &origin.to_string())
            .replace("{endpoint-base}", base)
            .replace("{endpoint}", endpoint);
        if let Ok(url) = Url::parse(&text)
            && Origin::of(&url).is_ok_and(|o| o == *origin)
            && !urls.contains(&url)
        {
            urls.push(url);
        }
    }
    if urls.is_empty() {
        return wrong(
            "missing-token-url",
            "Where to get tokens is not known. Give it with `--token-url`.",
        );
    }
    Ok(urls)
}

/// The manifest's scopes whose conditions hold.
fn fitting(sets: &[ScopeSet], settings: &[(String, String)]) -> Vec<Option<String>> {
    let holds = |(key, wanted): (&String, &String)| {
        let value = settings.iter().find(|(name, _)| name == key);
        value.is_some_and(|(_, value)| value == wanted)
    };
    let mut scopes: Vec<_> = sets
        .iter()
        .filter(|set| set.when.iter().all(holds))
        .map(|set| (!set.values.is_empty()).then(|| set.values.join(" ")))
        .collect();
    if scopes.is_empty() {
        scopes.push(None);
    }
    scopes
}

type Scopes = (Vec<Option<String>>, BTreeMap<String, String>);

/// `SCOPE SCOPE`, `none`, or `users=SCOPE; *=SCOPE`.
fn said_scopes(text: &str) -> Result<Scopes, ConnectError> {
    if text.eq_ignore_ascii_case("none") {
        return Ok((vec![None], BTreeMap::new()));
    }
    let is_name = |name: &str| name == "*" || name.bytes().all(|b| b.is_ascii_alphabetic());
    let by_collection = text
        .split_once('=')
        .is_some_and(|(name, _)| is_name(name.trim()));
    if !by_collection {
        return Ok((vec![Some(text.to_owned())], BTreeMap::new()));
    }
    let mut all = None;
    let mut some = BTreeMap::new();
    for part in text.split(';').map(str::trim).filter(|p| !p.is_empty()) {
        match part.split_once('=') {
            Some((name, scope)) if is_name(name.trim()) && !scope.trim().is_empty() => {
                let scope = scope.trim().to_owned();
                match name.trim() {
                    "*" => all = Some(scope),
                    name => {
                        some.insert(name.to_owned(), scope);
                    }
                }
            }
            _ => {
                let why = format!("`{part}` is not of the form collection=scope");
                return unusable(SCOPE, why);
            }
        }
    }
    Ok((vec![all], some))
}

fn client_auth(
    oauth2: &OAuth2Manifest,
    preset: Option<&Preset>,
    said: Option<&str>,
) -> Result<Vec<ClientAuth>, ConnectError> {
    Ok(match said {
        Some("basic") => vec![ClientAuth::Basic],
        Some("body") => vec![ClientAuth::Body],
        Some("query") => vec![ClientAuth::Query],
        Some(other) => {
            let why = format!("`{other}` is none of basic, body, query");
            return unusable(CLIENT_AUTH, why);
        }
        None => preset
            .and_then(|p| p.client_auth.clone())
            .unwrap_or_else(|| oauth2.client_auth.clone()),
    })
}

fn parameters(
    oauth2: &OAuth2Manifest,
    said: Option<&str>,
) -> Result<BTreeMap<String, String>, ConnectError> {
    const OWN: [&str; 4] = ["grant_type", "client_id", "client_secret", "scope"];
    let mut all = oauth2.parameters.clone();
    for part in said.unwrap_or_default().split(',').map(str::trim) {
        match part.split_once('=') {
            _ if part.is_empty() => {}
            Some((name, value)) if !name.trim().is_empty() && !OWN.contains(&name.trim()) => {
                all.insert(name.trim().to_owned(), value.trim().to_owned());
            }
            Some((name, _)) => {
                let why = format!("`{}` is a field that the host fills in itself", name.trim());
                return unusable(PARAMETERS, why);
            }
            None => {
                let why = format!("`{part}` is not of the form name=value");
                return unusable(PARAMETERS, why);
            }
        }
    }
    Ok(all)
}

fn cookie(
    oauth2: &OAuth2Manifest,
    preset: Option<&Preset>,
    said: Option<&str>,
) -> Result<bool, ConnectError> {
    match said {
        None => Ok(preset.and_then(|p| p.cookie).unwrap_or(oauth2.cookie)),
        Some("true" | "yes" | "1") => Ok(true),
        Some("false" | "no" | "0") => Ok(false),
        Some(other) => unusable(COOKIE, format!("`{other}` is neither true nor false")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_for_all_or_by_collection() {
        let read = |text: &str| said_scopes(text).map(|(all, some)| (all, some.len()));
        let one = |text: &str| Some(text.to_owned());
        assert_eq!(read("none"), Ok((vec![None], 0)));
        assert_eq!(read("a b"), Ok((vec![one("a b")], 0)));
        assert_eq!(
            read("https://purl.example.org/scope/a?x=1"),
            Ok((vec![one("https://purl.example.org/scope/a?x=1")], 0))
        );
        assert_eq!(read("users=u v; *=all;"), Ok((vec![one("all")], 1)));
        assert_eq!(read("users=u"), Ok((vec![None], 1)));
        assert!(read("users=u; nonsense").is_err());
    }
}
