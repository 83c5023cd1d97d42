//! Doors for the fuzz targets in `fuzz/`, to what is not public. No part of the
//! API: it may change at any time.

use http::{Method, Uri};

use crate::egress::{Denied, Grant, Origin};
use crate::manifest::{Setting, check_value};

/// What the policy makes of a request: the origin and the address that would
/// be asked, or none.
pub fn request(grant: &Grant, method: &str, uri: &str) -> Option<(Origin, String)> {
    let method: Method = method.parse().ok()?;
    let uri: Uri = uri.parse().ok()?;
    let target = grant.check(&method, &uri).ok()?;
    Some((target.origin, target.uri.to_string()))
}

/// A setting's value in its one form.
pub fn setting_value(setting: &Setting, given: &str) -> Option<String> {
    check_value(setting, given).ok()
}

/// Whether an operator's policy denies a host.
pub fn denies(denied: &Denied, host: &str) -> bool {
    denied.host(host).is_some()
}
