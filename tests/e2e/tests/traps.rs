//! What the tests of traps share: rows written in short, and lists in short.

/// A user with these properties beside an id and a name.
pub(crate) fn user(id: &str, more: &str) -> String {
    format!(
        r#"{{"sourcedId":"{id}","givenName":"N","familyName":"N","roles":[{{"role":"student","org":{{"sourcedId":"s1"}}}}],{more}}}"#
    )
}

/// Rows as what writes them takes them.
pub(crate) fn texts(rows: &[String]) -> Vec<&str> {
    rows.iter().map(String::as_str).collect()
}

/// Whether one of the findings begins like this.
pub(crate) fn has(found: &[String], wanted: &str) -> bool {
    found.iter().any(|finding| finding.starts_with(wanted))
}
