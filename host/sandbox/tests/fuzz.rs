//! The short run of the fuzz targets: seeded, bounded, on stable Rust. The
//! targets, and what they hold to, stand in `fuzz/`, where libFuzzer drives them
//! for longer.

#[allow(unreachable_pub, reason = "the file is a crate of its own in fuzz/")]
#[path = "../../../fuzz/src/lib.rs"]
mod targets;

use homeroom_roster::codec;
use homeroom_roster::record::{Lifecycle, Org};
use homeroom_sandbox::SecretKey;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt, SeedableRng};

/// Inputs that get far, from which others are made.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let texts = |texts: &[&str]| texts.iter().map(|t| t.as_bytes().to_vec()).collect();
    match target {
        "manifest" => vec![
            targets::MANIFEST.as_bytes().to_vec(),
            include_bytes!("../../../plugins/oneroster/adapter.toml").to_vec(),
        ],
        "admission" => vec![
            targets::echo(),
            wat::parse_str("(component)").expect("text"),
        ],
        "signature" => {
            let signed = SecretKey::generate()
                .sign(&targets::echo())
                .expect("signed");
            vec![signed, targets::echo()]
        }
        "egress" => texts(&[
            "GET https://sis.example.org/ims/oneroster/orgs?limit=5&offset=0",
            "POST https://a.b.example.net:443/x/%2e%2e/y",
            "GET https://evil.example.net./",
            "GET https://user:secret@sis.example.org/",
            "GET https://sis.example.org\\@evil.example.net/",
            "GET https://[::ffff:127.0.0.1]:443/",
            "GET http://0x7f.1/a/../b;c=d#e",
            "GET https://sis.example.org:0443//x",
            "DELETE /orgs",
        ]),
        "settings" => texts(&[
            "true",
            "1",
            "0x10",
            "99.5",
            "1e2",
            "inf",
            "NaN",
            "a",
            "plain text",
            "*.example.org",
            "192.0.2.1",
            "0300.0.2.1",
            "::1",
            "EXAMPLE.org.",
            "tru1e%2e",
        ]),
        "records" => {
            let mut bytes = Vec::new();
            for id in ["s-1", "s-2"] {
                let org = Org {
                    sourced_id: id,
                    name: "North",
                    lifecycle: Lifecycle {
                        deleted: false,
                        modified: Some(1_800_000_000_000),
                    },
                    org_type: "school",
                    identifier: Some("7"),
                    parent: None,
                    metadata: vec![("a", "b")],
                };
                codec::push(&mut bytes, &org).expect("plain data");
            }
            vec![bytes]
        }
        "page" => pages(),
        other => panic!("no corpus for {other}"),
    }
}

/// Memory images of good pages, from where the answer begins.
fn pages() -> Vec<Vec<u8>> {
    (0_u8..3)
        .flat_map(|which| {
            // List at 1036, rows received at 1044, one record at 1124.
            let mut memory = vec![0_u8; 400];
            let mut word = |at: usize, value: u32| {
                memory[at..at + 4].copy_from_slice(&value.to_le_bytes());
            };
            // The collection's case, as the contract lists them.
            word(8, [0, 4, 5][usize::from(which)]);
            word(12, 1124);
            word(16, 1);
            word(20, 1);
            word(100, 1324);
            word(104, 5);
            memory[300..305].copy_from_slice(b"id-01");
            let mut full = vec![which];
            full.extend_from_slice(&memory);
            [vec![which; 2], full]
        })
        .collect()
}

fn mutate(bytes: &mut Vec<u8>, corpus: &[Vec<u8>], random: &mut StdRng) {
    const ODD: [u8; 12] = [
        0, 1, 8, 0x20, b'%', b'.', b'/', b'@', b'\\', 0x7f, 0x80, 0xff,
    ];
    for _ in 0..random.random_range(1..=6) {
        let at = random.random_range(0..=bytes.len());
        match random.random_range(0..7) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.random_range(0..8),
            1 if at < bytes.len() => bytes[at] = *ODD.choose(random).unwrap_or(&0),
            2 => bytes.insert(at, *ODD.choose(random).unwrap_or(&0)),
            3 if at < bytes.len() => {
                bytes.remove(at);
            }
            4 => bytes.truncate(at),
            5 => {
                // A piece of another input, in the middle of this one.
                let Some(other) = corpus.choose(random).filter(|o| !o.is_empty()) else {
                    continue;
                };
                let from = random.random_range(0..other.len());
                let to = (from + random.random_range(1..=32)).min(other.len());
                bytes.splice(at..at, other[from..to].iter().copied());
            }
            _ if at + 4 <= bytes.len() => {
                let number = random.next_u32() >> random.random_range(0..32);
                bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
            }
            _ => {}
        }
    }
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

fn drive(name: &str, rounds: u64) {
    let (_, target) = targets::TARGETS
        .into_iter()
        .find(|(known, _)| *known == name)
        .expect("a target");
    let seed = number("HOMEROOM_FUZZ_SEED", 1);
    let rounds = number("HOMEROOM_FUZZ_ROUNDS", rounds);
    let mut random = StdRng::seed_from_u64(seed);
    let corpus = corpus(name);
    for input in &corpus {
        target(input);
    }
    for round in 0..rounds {
        let mut input = corpus.choose(&mut random).cloned().unwrap_or_default();
        mutate(&mut input, &corpus, &mut random);
        let held = std::panic::catch_unwind(|| target(&input));
        assert!(
            held.is_ok(),
            "{name}: HOMEROOM_FUZZ_SEED={seed}, round {round}: b\"{}\"",
            input.escape_ascii()
        );
    }
}

#[test]
fn manifest() {
    drive("manifest", 4_000);
}

#[test]
fn admission() {
    drive("admission", 4_000);
}

#[test]
fn signature() {
    drive("signature", 4_000);
}

#[test]
fn egress() {
    drive("egress", 50_000);
}

#[test]
fn settings() {
    drive("settings", 50_000);
}

#[test]
fn records() {
    drive("records", 50_000);
}

#[test]
fn page() {
    drive("page", 4_000);
}
