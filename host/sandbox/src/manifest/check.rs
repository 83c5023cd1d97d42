//! The rules of a manifest that its types do not express.

use std::collections::HashSet;

use super::{Manifest, PageSize, Scheme, ScopeSet, Setting, SettingType};
use crate::egress::HostPattern;

type Checked = Result<(), String>;

pub(super) fn check(m: &Manifest) -> Checked {
    identifier("id", &m.id)?;
    text("name", &m.name, 64)?;
    text("vendor", &m.vendor, 64)?;
    version(&m.version)?;
    if let Some(description) = &m.description {
        text("description", description, 1024)?;
    }
    steps("setup", &m.setup)?;
    auth(m)?;
    http(m)?;
    files(m)?;
    read(m)?;
    settings(m)?;
    presets(m)
}

fn auth(m: &Manifest) -> Checked {
    let a = &m.auth;
    if a.schemes.is_empty() {
        return Err("auth.schemes is empty; name at least one scheme".into());
    }
    unique("auth.schemes", &a.schemes)?;
    for (key, scheme) in [
        ("auth.default", Some(a.default)),
        (
            "auth.default-without-token-url",
            a.default_without_token_url,
        ),
    ] {
        if let Some(scheme) = scheme
            && !a.schemes.contains(&scheme)
        {
            return Err(format!("{key} is `{scheme}`, which is not in auth.schemes"));
        }
    }
    let needs = a.schemes.contains(&Scheme::OAuth2ClientCredentials);
    match &a.oauth2 {
        None if needs => {
            Err("auth.oauth2 is missing, and auth.schemes has oauth2-client-credentials".into())
        }
        Some(_) if !needs => {
            Err("auth.oauth2 is given, but auth.schemes has no oauth2-client-credentials".into())
        }
        Some(oauth2) => {
            if oauth2.client_auth.is_empty() {
                return Err("auth.oauth2.client-auth is empty".into());
            }
            for (name, value) in &oauth2.parameters {
                text("auth.oauth2.parameters", name, 64)?;
                text(&format!("auth.oauth2.parameters.{name}"), value, 1024)?;
            }
            scopes(m, "auth.oauth2.scopes", &oauth2.scopes)
        }
        None => Ok(()),
    }
}

fn scopes(m: &Manifest, place: &str, sets: &[ScopeSet]) -> Checked {
    for set in sets {
        for scope in &set.values {
            if scope.is_empty() || scope.contains(char::is_whitespace) {
                return Err(format!("{place} has `{scope}`, which is no scope"));
            }
        }
        for key in set.when.keys() {
            declared(m, &format!("{place}.when"), key)?;
        }
    }
    Ok(())
}

fn http(m: &Manifest) -> Checked {
    if m.http.hosts.is_empty() && m.files.is_none() {
        return Err("http.hosts is empty; most adapters need `{endpoint}`".into());
    }
    for host in &m.http.hosts {
        HostPattern::parse(host).map_err(|why| format!("http.hosts has `{host}`: {why}"))?;
    }
    if m.http.methods.is_empty() {
        return Err("http.methods is empty".into());
    }
    for method in &m.http.methods {
        if !["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"].contains(&method.as_str()) {
            return Err(format!(
                "http.methods has `{method}`, which is not one of GET, HEAD, POST, PUT, PATCH, DELETE"
            ));
        }
    }
    Ok(())
}

fn files(m: &Manifest) -> Checked {
    let of_files = |scheme: &Scheme| matches!(scheme, Scheme::SftpPassword | Scheme::SftpKey);
    let Some(files) = &m.files else {
        return match m.auth.schemes.iter().find(|scheme| of_files(scheme)) {
            Some(scheme) => Err(format!(
                "auth.schemes has `{scheme}`, which belongs to adapters with a section [files]"
            )),
            None => Ok(()),
        };
    };
    let other = |scheme: &&Scheme| !of_files(scheme) && **scheme != Scheme::None;
    if let Some(scheme) = m.auth.schemes.iter().find(other) {
        return Err(format!(
            "auth.schemes has `{scheme}`; an adapter with a section [files] knows sftp-password, sftp-key and none"
        ));
    }
    if files.sources.is_empty() || files.names.is_empty() {
        return Err("files.sources and files.names must each have an entry".into());
    }
    unique("files.sources", &files.sources)?;
    unique("files.names", &files.names)?;
    if files.names.len() > 32 {
        return Err("files.names has more than 32 entries".into());
    }
    for name in &files.names {
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-*".contains(c);
        let good = (1..=64).contains(&name.len())
            && name.chars().all(plain)
            && name.matches('*').count() <= 1;
        if !good {
            return Err(format!(
                "files.names has `{name}`; it must be a file name with at most one `*`"
            ));
        }
    }
    Ok(())
}

fn read(m: &Manifest) -> Checked {
    let r = &m.read;
    if r.collections.is_empty() {
        return Err("read.collections is empty".into());
    }
    unique("read.collections", &r.collections)?;
    page_size("read.page-size", r.page_size)?;
    concurrency("read.concurrency", r.concurrency)?;
    full_read_days("read.full-read-days", r.delta, r.full_read_days)?;
    if r.rate.is_some_and(|rate| !(rate > 0.0 && rate.is_finite())) {
        return Err("read.rate must be above 0".into());
    }
    Ok(())
}

fn page_size(place: &str, size: PageSize) -> Checked {
    if size.default < 1 || size.default > size.max || size.max > 50_000 {
        return Err(format!("{place} must have 1 <= default <= max <= 50000"));
    }
    Ok(())
}

fn concurrency(place: &str, pages: u16) -> Checked {
    if !(1..=64).contains(&pages) {
        return Err(format!("{place} must be 1 to 64"));
    }
    Ok(())
}

fn full_read_days(place: &str, delta: bool, days: u32) -> Checked {
    if days > 0 && !delta {
        return Err(format!("{place} needs read.delta = true"));
    }
    if days > 90 {
        return Err(format!("{place} must be 0 to 90"));
    }
    Ok(())
}

fn settings(m: &Manifest) -> Checked {
    unique(
        "settings",
        &m.settings
            .iter()
            .map(|s| s.key.as_str())
            .collect::<Vec<_>>(),
    )?;
    for setting in &m.settings {
        let key = &setting.key;
        identifier("settings.key", key)?;
        if key.starts_with("oauth2-") || key == "sis" {
            return Err(format!("settings.{key}: this name is the host's own"));
        }
        text(&format!("settings.{key}.label"), &setting.label, 128)?;
        if (setting.kind == SettingType::Choice) == setting.choices.is_empty() {
            return Err(format!(
                "settings.{key}: `choices` belong to type \"choice\", and only there"
            ));
        }
        if setting.kind != SettingType::Number && (setting.min.is_some() || setting.max.is_some()) {
            return Err(format!(
                "settings.{key}: `min` and `max` belong to type \"number\""
            ));
        }
        if let Some(default) = &setting.default {
            value(setting, default).map_err(|why| format!("settings.{key}.default: {why}"))?;
        }
    }
    Ok(())
}

fn presets(m: &Manifest) -> Checked {
    unique(
        "presets",
        &m.presets.iter().map(|p| p.id.as_str()).collect::<Vec<_>>(),
    )?;
    for preset in &m.presets {
        let id = &preset.id;
        identifier("presets.id", id)?;
        text(&format!("presets.{id}.label"), &preset.label, 128)?;
        steps(&format!("presets.{id}.setup"), &preset.setup)?;
        steps(&format!("presets.{id}.notes"), &preset.notes)?;
        scopes(
            m,
            &format!("presets.{id}.scopes"),
            preset.scopes.as_deref().unwrap_or_default(),
        )?;
        if preset.client_auth.as_ref().is_some_and(Vec::is_empty) {
            return Err(format!("presets.{id}.client-auth is empty"));
        }
        if let Some(size) = preset.page_size {
            page_size(&format!("presets.{id}.page-size"), size)?;
        }
        if let Some(pages) = preset.concurrency {
            concurrency(&format!("presets.{id}.concurrency"), pages)?;
        }
        if let Some(days) = preset.full_read_days {
            let place = format!("presets.{id}.full-read-days");
            full_read_days(&place, m.read.delta, days)?;
        }
        if let Some(scheme) = preset.auth
            && !m.auth.schemes.contains(&scheme)
        {
            return Err(format!(
                "presets.{id}.auth is `{scheme}`, which is not in auth.schemes"
            ));
        }
        for (key, given) in &preset.settings {
            declared(m, &format!("presets.{id}.settings"), key)?;
            if let Some(setting) = m.settings.iter().find(|s| s.key == *key) {
                value(setting, given)
                    .map_err(|why| format!("presets.{id}.settings.{key}: {why}"))?;
            }
        }
    }
    Ok(())
}

/// Brings a setting's value into its one form, or says what is wrong.
pub(crate) fn value(setting: &Setting, given: &str) -> Result<String, String> {
    match setting.kind {
        SettingType::Text => {
            if given.len() > 4096 || given.chars().any(char::is_control) {
                return Err("it must be one line of at most 4096 bytes".into());
            }
            Ok(given.to_owned())
        }
        SettingType::Bool => match given {
            "true" | "yes" | "1" => Ok("true".into()),
            "false" | "no" | "0" => Ok("false".into()),
            _ => Err(format!("`{given}` is neither true nor false")),
        },
        SettingType::Number => {
            let number: f64 = given
                .parse()
                .map_err(|_| format!("`{given}` is no number"))?;
            let low = setting.min.is_some_and(|min| number < min);
            let high = setting.max.is_some_and(|max| number > max);
            if !number.is_finite() || low || high {
                return Err(format!("{given} is out of range"));
            }
            Ok(given.to_owned())
        }
        SettingType::Choice => {
            if setting.choices.iter().any(|c| c.value == given) {
                return Ok(given.to_owned());
            }
            let known: Vec<_> = setting.choices.iter().map(|c| c.value.as_str()).collect();
            Err(format!("`{given}` is none of {}", known.join(", ")))
        }
    }
}

fn declared(m: &Manifest, place: &str, key: &str) -> Checked {
    if m.settings.iter().any(|s| s.key == key) {
        return Ok(());
    }
    Err(format!(
        "{place} names the setting `{key}`, which [[settings]] does not declare"
    ))
}

fn identifier(key: &str, id: &str) -> Checked {
    let good = id.len() <= 63
        && id.starts_with(|c: char| c.is_ascii_lowercase())
        && id
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if good {
        return Ok(());
    }
    Err(format!(
        "{key} is `{id}`; it must be a small letter and up to 62 small letters, digits and hyphens"
    ))
}

fn text(key: &str, given: &str, most: usize) -> Checked {
    let length = given.chars().count();
    if length == 0 || length > most || given.chars().any(char::is_control) {
        return Err(format!("{key} must be one line of 1 to {most} characters"));
    }
    Ok(())
}

fn steps(key: &str, given: &[String]) -> Checked {
    if given.len() > 32 {
        return Err(format!("{key} has more than 32 steps"));
    }
    given.iter().try_for_each(|step| text(key, step, 1024))
}

fn version(given: &str) -> Checked {
    let core = given.split(['-', '+']).next().unwrap_or_default();
    let numbers: Vec<_> = core.split('.').collect();
    let good = given.len() <= 64
        && numbers.len() == 3
        && numbers
            .iter()
            .all(|n| !n.is_empty() && n.len() < 10 && n.bytes().all(|b| b.is_ascii_digit()))
        && given
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b".-+".contains(&b));
    if good {
        Ok(())
    } else {
        Err(format!("version is `{given}`; it must look like 1.2.3"))
    }
}

fn unique<T: std::hash::Hash + Eq>(key: &str, list: &[T]) -> Checked {
    let distinct: HashSet<&T> = list.iter().collect();
    if distinct.len() == list.len() {
        Ok(())
    } else {
        Err(format!("{key} repeats an entry"))
    }
}
