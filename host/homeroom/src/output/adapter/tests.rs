//! What a reviewer reads about an adapter, word by word.

use homeroom_sandbox::{Inspection, Manifest};

use super::page;
use crate::output::style::Style;

const MANIFEST: &str = r#"
id = "example"
name = "Example \u202eSIS"
version = "1.2.3"
vendor = "Example Ltd"
contract = "homeroom:sis@0.1.0"
description = "Reads Example."
setup = ["Make a key.", "Copy it."]

[auth]
schemes = ["bearer", "none"]
default = "bearer"

[http]
hosts = ["{endpoint}", "https://*.example.org"]

[read]
collections = ["orgs", "users"]
rate = 4.0

[[settings]]
key = "version"
label = "Version of the standard"
type = "choice"
choices = [{ value = "auto", label = "Find out" }, { value = "1.1", label = "1.1" }]
default = "auto"

[[presets]]
id = "other"
label = "Other"
"#;

fn inspection() -> Inspection {
    let manifest = Manifest::parse(MANIFEST).expect("a manifest");
    serde_json::from_value(serde_json::json!({
        "digest": "sha256:00ff",
        "size": 204_800,
        "manifest": manifest,
        "contract": "homeroom:sis@0.1.0",
        "imports": [
            { "name": "homeroom:sis/log@0.1.0", "class": "granted" },
            { "name": "wasi:cli/environment@0.2.6", "class": "inert" },
            { "name": "wasi:http/outgoing-handler@0.2.6", "class": "granted" },
        ],
        "shape": {
            "modules": 1, "components": 1, "functions": 812, "codeBytes": 190_000,
            "blockDepth": 9, "loopDepth": 3,
        },
    }))
    .expect("an inspection")
}

#[test]
fn the_review_page() {
    insta::assert_snapshot!(page(&inspection(), Some(false), &Style::plain()), @r#"
    Example \u{202e}SIS 1.2.3 (example) by Example Ltd
      Reads Example.

    The file
      may run   no, not approved yet
      digest    sha256:00ff
      size      204.8 kB
      contract  homeroom:sis@0.1.0
      contents  1 module, 812 functions, 190.0 kB of code

    What it asks to reach over HTTP, and gets once approved
      hosts        the integration's endpoint; https://*.example.org
      methods      GET
      credentials  bearer, none; Homeroom adds them, the adapter never sees them
      pace         at most 4 requests a second, 1 at once

    Imports that work, within policy and limits
      homeroom:sis/log@0.1.0
      wasi:http/outgoing-handler@0.2.6

    Imports that are there but do nothing (no files, no sockets, no environment)
      wasi:cli/environment@0.2.6

    What it reads
      collections   orgs, users
      guardians     no
      changes only  no
      page size     5,000, at most 10,000

    Settings of its own (--set KEY=VALUE)
      key      default  values     what it is
      version  auto     auto, 1.1  Version of the standard
      sis      other    other      Which SIS

    What the SIS's administrator does first
      1. Make a key.
      2. Copy it.
    "#);
}
