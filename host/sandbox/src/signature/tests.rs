//! Every byte counts, and nothing but a strict signature does.

use super::*;

fn file() -> Vec<u8> {
    wat::parse_str(r#"(component (core module (func)) (core module (memory 1)))"#)
        .expect("a component")
}

fn why(file: &[u8]) -> String {
    match Signature::of(file) {
        Signature::Broken { why } => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_signed_is_known() {
    let key = SecretKey::generate();
    assert_eq!(Signature::of(&file()), Signature::None);
    let signed = key.sign(&file()).expect("signed");
    assert_eq!(Signature::of(&signed).key(), Some(&key.public()));
    wasmparser::validate(&signed).expect("a signed component is a component");
    // Signing again replaces.
    let other = SecretKey::generate();
    let again = other.sign(&signed).expect("signed");
    assert_eq!(again.len(), signed.len());
    assert_eq!(Signature::of(&again).key(), Some(&other.public()));
    assert_eq!(
        other.sign(&file()).expect("signed"),
        again,
        "the first left no trace"
    );
}

#[test]
fn any_changed_byte_breaks_it() {
    let signed = SecretKey::generate().sign(&file()).expect("signed");
    for at in 0..signed.len() {
        let mut changed = signed.clone();
        changed[at] ^= 1;
        assert_eq!(Signature::of(&changed).key(), None, "byte {at}");
    }
    for end in 0..signed.len() {
        assert_eq!(Signature::of(&signed[..end]).key(), None, "{end} bytes");
    }
}

#[test]
fn nothing_may_follow_it() {
    let key = SecretKey::generate();
    let signed = key.sign(&file()).expect("signed");
    // An empty custom section named `x`.
    let longer = [signed.as_slice(), &[0, 2, 1, b'x']].concat();
    assert_eq!(why(&longer), "something was put behind it");
    assert!(
        key.sign(&longer).is_err(),
        "not even its own holder signs that"
    );
    let twice = [signed.as_slice(), &signed[file().len()..]].concat();
    assert_eq!(why(&twice), "something was put behind it");
}

/// A signature that anyone can make: the key is the neutral element, for which
/// `R = identity, s = 0` satisfies the plain equation for every message.
#[test]
fn a_key_that_fits_every_message_vouches_for_nothing() {
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let mut content = vec![VERSION];
    content.extend_from_slice(&neutral);
    content.extend_from_slice(&neutral);
    content.extend_from_slice(&[0; 32]);
    let mut section = vec![SIGNATURE_SECTION.len() as u8];
    section.extend_from_slice(SIGNATURE_SECTION.as_bytes());
    section.extend_from_slice(&content);
    let forged = [file().as_slice(), &[0, section.len() as u8], &section].concat();

    let key = VerifyingKey::from_bytes(&neutral).expect("a point");
    let signature = Ed25519::from_slice(&content[33..]).expect("a signature");
    let message = message(&file());
    ed25519_dalek::Verifier::verify(&key, &message, &signature).expect("a lax check takes it");
    assert_eq!(why(&forged), "the file is not what was signed");
    let text = PublicKey(neutral).to_string();
    assert!(PublicKey::parse(&text).is_err(), "nobody can pin it");
}

#[test]
fn keys_travel_as_text() {
    let key = SecretKey::generate();
    let text = key.to_text();
    assert_eq!(
        SecretKey::parse(&format!("{}\n", *text))
            .expect("a key")
            .public(),
        key.public()
    );
    assert_eq!(
        PublicKey::parse(&key.public().to_string()),
        Ok(key.public())
    );
    assert!(!format!("{key:?}").contains(&text[PUBLIC.len() + 7..]));
    for bad in ["", "ed25519:", "ed25519:00", &text, "rsa:00", "ed25519:+0"] {
        assert!(PublicKey::parse(bad).is_err(), "{bad}");
    }
    assert!(SecretKey::parse(&key.public().to_string()).is_err());
}
