//! What a reviewer reads about an adapter, word by word.

use homeroom_sandbox::Manifest;
use homeroom_sync::views::{AdapterPage, InstallReport};

use super::{installed, page};
use crate::hints::Hints;
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

fn example() -> AdapterPage {
    let manifest = Manifest::parse(MANIFEST).expect("a manifest");
    serde_json::from_value(serde_json::json!({
        "digest": "sha256:00ff",
        "size": 204_800,
        "signature": { "state": "none" },
        "refused": [],
        "manifest": manifest,
        "contract": "homeroom:sis@0.1.0",
        "imports": [
            { "name": "homeroom:sis/log@0.1.0", "class": "granted" },
            { "name": "wasi:cli/environment@0.2.6", "class": "inert" },
            { "name": "wasi:http/outgoing-handler@0.2.6", "class": "granted" },
        ],
        "exports": ["homeroom:sis/adapter@0.1.0"],
        "shape": {
            "modules": 1, "components": 1, "functions": 812, "codeBytes": 190_000,
            "blockDepth": 9, "loopDepth": 3,
        },
        "sections": [{ "name": "homeroom:manifest", "bytes": 900, "depth": 1 }],
        "toolchain": [{ "role": "language", "name": "Rust", "version": "" }],
        "dependencies": {
            "state": "listed",
            "packages": [
                { "name": "cc", "version": "1.2.0", "source": "crates.io", "build": true },
                { "name": "serde", "version": "1.0.0", "source": "crates.io", "build": false },
            ],
        },
        "standing": { "state": "waiting" },
    }))
    .expect("a page")
}

#[test]
fn the_review_page() {
    insta::assert_snapshot!(page(&example(), &Style::plain()), @r#"
    Example \u{202e}SIS 1.2.3 (example) by Example Ltd
      Reads Example.

    The file
      may run    no, not approved yet
      signed by  nobody
      digest     sha256:00ff
      size       204.8 kB
      contract   homeroom:sis@0.1.0
      contents   1 module, 812 functions, 190.0 kB of code

    What it asks to reach over HTTP, and gets once approved
      hosts        the integration's endpoint; https://*.example.org
      methods      GET
      approved     nothing
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

    What it is made of, by its own word
      built with
      language    Rust

      Libraries: 1, and 1 that only helped to build it. The list is the vendor's word.
        serde 1.0.0 (crates.io)

      custom section          size  where
      homeroom:manifest  900 bytes  1 deep in it

    What the SIS's administrator does first
      1. Make a key.
      2. Copy it.
    "#);
}

#[test]
fn a_file_that_is_refused() {
    let mut refused = example();
    refused.standing = None;
    refused.examination.manifest = None;
    refused.examination.contract = None;
    refused.examination.imports.truncate(0);
    refused.examination.sections.truncate(0);
    refused.examination.toolchain.truncate(0);
    refused.examination.dependencies = homeroom_sandbox::Dependencies::Unknown;
    refused.examination.refused = vec![homeroom_sandbox::Refusal {
        code: "no-manifest".to_owned(),
        detail: "There is no manifest. Build it anew.".to_owned(),
    }];
    insta::assert_snapshot!(page(&refused, &Style::plain()), @r#"
    A component that does not say what it is.

    It cannot be installed here
      - There is no manifest. Build it anew.

    The file
      may run    not installed
      signed by  nobody
      digest     sha256:00ff
      size       204.8 kB
      contract   none that this host supports
      contents   1 module, 812 functions, 190.0 kB of code

    Imports that work, within policy and limits
      none

    Imports that are there but do nothing (no files, no sockets, no environment)
      none

    What it is made of, by its own word
      Built with: it does not say.
      Libraries: no list is embedded. Which libraries are in it, and whether they have known faults,
      cannot be known from the file; ask its vendor for one built with `cargo auditable`.
    "#);
}

#[test]
fn an_upgrade_that_asks_for_more() {
    let adapter = |version: &str, state: &str| {
        serde_json::json!({
            "id": "example", "version": version, "name": "Example", "vendor": "Example Ltd",
            "digest": format!("sha256:{version}"), "approved": state != "waiting",
            "state": state, "publisher": null, "inspection": null,
        })
    };
    let mut report = adapter("1.3.0", "waiting");
    report["previous"] = adapter("1.2.3", "runs");
    report["difference"] = serde_json::json!({
        "beyond": [{ "what": "hosts", "old": null, "new": "https://collector.example.net" }],
        "otherwise": [{ "what": "requests at once", "old": "8", "new": "4" }],
        "about": [{ "what": "version", "old": "1.2.3", "new": "1.3.0" }],
    });
    report["integrations"] = serde_json::json!([
        { "tenant": "north", "integration": "sis", "problem": null },
        { "tenant": "south", "integration": "sis", "problem": "The setting x is required." },
    ]);
    let report: InstallReport = serde_json::from_value(report).expect("a report");
    insta::assert_snapshot!(installed(&report, &Style::plain(), &Hints::default()), @r#"
    Example 1.3.0 compared with 1.2.3, which runs

    It asks for more
         what   old  new
      +  hosts       https://collector.example.net

    It asks for less, or otherwise
         what              old  new
      ~  requests at once  8    4

    The files differ in
         what     old    new
      ~  version  1.2.3  1.3.0

    Those who use it
      integration  what it means
      north/sis    stays with 1.2.3, and would run with 1.3.0
      south/sis    could not run with 1.3.0: The setting x is required.

    example 1.3.0 is installed and may not run yet; 1.2.3 runs on. To approve it: homeroom adapter approve sha256:1.3.0
    "#);
}
