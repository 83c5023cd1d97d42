//! Reading and writing single values: words, numbers and comma lists.
//!
//! Errors here are the end of a sentence that begins with the value, such as
//! "is not a whole number".

use crate::record::Role;
use crate::state::Roles;

/// A value as an error shows it: cut where long, control characters escaped.
pub(super) fn shown(value: &str) -> String {
    const LONGEST: usize = 64;
    let mut text: String = value.escape_debug().take(LONGEST).collect();
    if value.escape_debug().count() > LONGEST {
        text.push('…');
    }
    text
}

/// `true` or `false`, and other common ways to say it.
pub(super) fn boolean(value: &str) -> Result<bool, String> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Ok(true),
        "false" | "no" | "off" | "0" => Ok(false),
        _ => Err("is neither true nor false".to_owned()),
    }
}

/// A whole number from `least` to `most`.
pub(super) fn number(value: &str, least: u32, most: u32) -> Result<u32, String> {
    if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("is not a whole number".to_owned());
    }
    // Digits only, so that what cannot be parsed is too large.
    match value.parse::<u32>() {
        Ok(number) if number < least => Err("is too small".to_owned()),
        Ok(number) if number <= most => Ok(number),
        _ => Err("is too large".to_owned()),
    }
}

/// As [`number`]; nothing for an empty value.
pub(super) fn optional_number(value: &str, least: u32, most: u32) -> Result<Option<u32>, String> {
    match value {
        "" => Ok(None),
        value => number(value, least, most).map(Some),
    }
}

/// The elements of a comma list, trimmed, without empty ones.
fn elements(value: &str) -> impl Iterator<Item = &str> {
    value
        .split(',')
        .map(str::trim)
        .filter(|element| !element.is_empty())
}

/// A sorted list of texts, each once.
pub(super) fn texts(value: &str) -> Result<Vec<String>, String> {
    let mut texts: Vec<String> = elements(value).map(str::to_owned).collect();
    texts.sort();
    texts.dedup();
    Ok(texts)
}

/// A sorted list of email domains, lower-cased, each once; a leading `@` is
/// dropped.
pub(super) fn domains(value: &str) -> Result<Vec<String>, String> {
    let mut domains = Vec::new();
    for element in elements(value) {
        let domain = element.strip_prefix('@').unwrap_or(element).to_lowercase();
        let is_label = |label: &str| {
            !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        };
        if !domain.split('.').all(is_label) {
            return Err(format!(
                "has `{}`, which is not a domain",
                shown(element).replace('`', "'")
            ));
        }
        domains.push(domain);
    }
    domains.sort();
    domains.dedup();
    Ok(domains)
}

/// A set of roles out of `allowed`.
pub(super) fn roles(value: &str, allowed: &[Role]) -> Result<Roles, String> {
    elements(value)
        .map(|element| {
            allowed
                .iter()
                .copied()
                .find(|role| role.name().eq_ignore_ascii_case(element))
                .ok_or_else(|| {
                    format!(
                        "has `{}`, which is not one of them",
                        shown(element).replace('`', "'")
                    )
                })
        })
        .collect()
}

/// A set of roles as a comma list.
pub(super) fn written_roles(roles: Roles) -> String {
    let names: Vec<&str> = roles.iter().map(Role::name).collect();
    names.join(",")
}

/// An optional number as text; nothing is empty.
pub(super) fn written_number(number: Option<u32>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

/// The choice of that name.
pub(super) fn choice<T: Copy>(value: &str, choices: &[(&str, T)]) -> Result<T, String> {
    choices
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(value))
        .map(|(_, choice)| *choice)
        .ok_or_else(|| "is not one of them".to_owned())
}

/// The name of a choice.
pub(super) fn written_choice<T: PartialEq>(value: T, choices: &[(&'static str, T)]) -> String {
    choices
        .iter()
        .find(|(_, choice)| *choice == value)
        .map(|(name, _)| (*name).to_owned())
        .unwrap_or_default()
}
