//! Who signed an adapter, whom the host trusts, and that an adapter stays with
//! its publisher.

use std::fs;

use e2e::made::{self, MANIFEST};
use e2e::{Answer, Platform};

/// Makes a key; its file and its public half.
fn key(platform: &Platform, name: &str) -> (String, String) {
    let file = platform
        .folder()
        .join(name)
        .to_str()
        .expect("UTF-8")
        .to_owned();
    let made = platform
        .run(["adapter", "keygen", &file, "--json"])
        .ok()
        .json();
    let public = made["publicKey"].as_str().expect("a key").to_owned();
    (file, public)
}

/// An adapter of that version, signed with the key of that file.
fn signed(platform: &Platform, version: &str, key: &str) -> String {
    let file = made::tiny(&MANIFEST.replace("1.0.0", version));
    let file = platform.bytes(&format!("{version}.wasm"), &file);
    platform.run(["adapter", "sign", &file, "--key", key]).ok();
    file
}

fn install(platform: &Platform, file: &str, more: &[&str]) -> Answer {
    let mut arguments = vec!["adapter", "install", file, "--approve", "--json"];
    arguments.extend(more);
    platform.run(arguments)
}

#[test]
fn a_signature_is_checked_against_a_key() {
    let platform = Platform::new();
    let (ours, public) = key(&platform, "ours");
    let (_, theirs) = key(&platform, "theirs");
    let plain = platform.bytes("plain.wasm", &made::tiny(MANIFEST));
    let unsigned = platform.run([
        "adapter",
        "verify",
        &plain,
        "--publisher-key",
        &public,
        "--json",
    ]);
    assert_eq!(unsigned.ends_with(1).json()["code"], "not-signed");

    let file = signed(&platform, "1.0.0", &ours);
    platform
        .run(["adapter", "verify", &file, "--publisher-key", &public])
        .ok();
    let other = platform.run([
        "adapter",
        "verify",
        &file,
        "--publisher-key",
        &theirs,
        "--json",
    ]);
    assert_eq!(other.ends_with(1).json()["code"], "other-publisher");
    let nonsense = platform.run(["adapter", "verify", &file, "--publisher-key", "ed25519:00"]);
    nonsense.ends_with(2);

    // The manifest is signed with the rest.
    let mut bytes = fs::read(&file).expect("the file");
    let at = bytes
        .windows(5)
        .position(|w| w == b"Tests")
        .expect("the vendor");
    bytes[at] = b'Q';
    let changed = platform.bytes("changed.wasm", &bytes);
    let broken = platform.run([
        "adapter",
        "verify",
        &changed,
        "--publisher-key",
        &public,
        "--json",
    ]);
    assert_eq!(broken.ends_with(1).json()["code"], "bad-signature");
    let refused = install(&platform, &changed, &[]).ends_with(1);
    assert_eq!(refused.json()["code"], "bad-signature");
    let page = platform.run(["adapter", "inspect", &changed]).ends_with(1);
    assert!(page.stdout.contains("does not hold"), "{}", page.stdout);
}

#[test]
fn the_secret_half_stays_with_its_owner() {
    let platform = Platform::new();
    let (file, public) = key(&platform, "ours");
    let secret = fs::read_to_string(&file).expect("the key");
    let (_, digits) = secret.trim().split_once(':').expect("a key");
    let again = platform.run(["adapter", "keygen", &file]).ends_with(1);
    assert_eq!(
        fs::read_to_string(&file).expect("the key"),
        secret,
        "it is not overwritten"
    );
    assert!(!again.text().contains(digits));
    assert!(!public.contains(digits));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&file).expect("a file").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{mode:o}");
    }
    let adapter = signed(&platform, "1.0.0", &file);
    let bytes = fs::read(&adapter).expect("the file");
    assert!(!bytes.windows(digits.len()).any(|w| w == digits.as_bytes()));
}

#[test]
fn an_adapter_stays_with_the_publisher_that_signed_it() {
    let platform = Platform::new();
    let (acme, acme_public) = key(&platform, "acme");
    let (evil, evil_public) = key(&platform, "evil");
    platform
        .run(["adapter", "trust", "acme", &acme_public])
        .ok();
    let first = install(&platform, &signed(&platform, "1.0.0", &acme), &[])
        .ok()
        .json();
    assert_eq!(first["publisher"], "acme");

    let unsigned = made::tiny(&MANIFEST.replace("1.0.0", "1.1.0"));
    let unsigned = platform.bytes("unsigned.wasm", &unsigned);
    let by_nobody = install(&platform, &unsigned, &[]).ends_with(1);
    assert_eq!(by_nobody.json()["code"], "other-publisher");
    let by_unknown = install(&platform, &signed(&platform, "1.2.0", &evil), &[]).ends_with(1);
    assert_eq!(by_unknown.json()["code"], "other-publisher");
    // Not even one that is trusted for adapters of its own.
    platform
        .run(["adapter", "trust", "evil", &evil_public])
        .ok();
    let by_another = install(&platform, &signed(&platform, "1.2.0", &evil), &[]).ends_with(1);
    assert_eq!(by_another.json()["code"], "other-publisher");

    // A publisher may change its key: the name is what counts.
    let (next, next_public) = key(&platform, "next");
    platform
        .run(["adapter", "trust", "acme", &next_public])
        .ok();
    install(&platform, &signed(&platform, "1.3.0", &next), &[]).ok();
    // And the operator has the last word.
    let file = signed(&platform, "1.4.0", &evil);
    let said = install(&platform, &file, &["--allow-other-publisher"])
        .ok()
        .json();
    assert_eq!(said["publisher"], "evil");
    let about = said["difference"]["about"].to_string();
    assert!(
        about.contains(&evil_public) && about.contains(&next_public),
        "{about}"
    );
}

#[test]
fn trust_ends_when_it_is_taken_back() {
    let platform = Platform::new();
    let (acme, public) = key(&platform, "acme");
    let file = signed(&platform, "1.0.0", &acme);
    let verify = || platform.run(["adapter", "verify", &file, "--json"]);
    assert_eq!(verify().ends_with(1).json()["code"], "other-publisher");
    platform.run(["adapter", "trust", "acme", &public]).ok();
    assert_eq!(verify().ok().json()["publisher"], "acme");
    let all = platform
        .run(["adapter", "publishers", "--json"])
        .ok()
        .json();
    assert_eq!(all, serde_json::json!([{ "name": "acme", "key": public }]));
    let taken = platform
        .run(["adapter", "trust", "other", &public, "--json"])
        .ends_with(2);
    assert_eq!(taken.json()["code"], "key-taken");

    let policy = platform.file("policy.toml", "require-signatures = true\n");
    install(&platform, &file, &["--policy", &policy]).ok();
    platform.run(["adapter", "untrust", "acme"]).ok();
    platform.run(["adapter", "untrust", "acme"]).ends_with(2);
    assert_eq!(verify().ends_with(1).json()["code"], "other-publisher");
    let refused = install(&platform, &file, &["--policy", &policy]).ends_with(1);
    assert_eq!(refused.json()["code"], "denied-by-policy");
}
