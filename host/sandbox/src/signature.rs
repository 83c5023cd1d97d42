//! Who vouches for an adapter's file: an ed25519 signature in the last section
//! of the file, over every byte before it, the manifest included.
//!
//! The signature rides in the file, since one file is all that a vendor ships
//! and all that a host keeps. It must be the file's last section: whatever
//! comes behind it would be unsigned. This module knows which key signed, not
//! whose it is or whether anybody trusts it.

use ed25519_dalek::{Signature as Ed25519, Signer, SigningKey, VerifyingKey};
use secrecy::zeroize::Zeroizing;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The custom section that holds the signature.
pub const SIGNATURE_SECTION: &str = "homeroom:signature";

/// Says what is signed, so that a signature made for something else is none.
const CONTEXT: &[u8] = b"homeroom adapter signature 1\n";

/// The section's content: this byte, the public key, the signature.
const VERSION: u8 = 1;
const KEY: usize = 32;
const CONTENT: usize = 1 + KEY + 64;

const PUBLIC: &str = "ed25519:";
const SECRET: &str = "ed25519-secret:";

/// What a file's signature is worth.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Signature {
    /// Nobody signed.
    #[default]
    None,
    /// The holder of the key signed exactly this file.
    Valid {
        /// The key.
        key: PublicKey,
    },
    /// There is a signature, and it is not one of this file.
    Broken {
        /// What is wrong, as a phrase.
        why: String,
    },
}

impl Signature {
    /// Reads and checks the signature of a file.
    pub fn of(file: &[u8]) -> Signature {
        match read(file) {
            Ok(None) => Signature::None,
            Ok(Some(key)) => Signature::Valid { key },
            Err(why) => Signature::Broken {
                why: why.to_owned(),
            },
        }
    }

    /// The key that signed exactly this file.
    pub fn key(&self) -> Option<&PublicKey> {
        match self {
            Signature::Valid { key } => Some(key),
            _ => None,
        }
    }
}

/// A publisher's public key: `ed25519:` and 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey([u8; KEY]);

impl PublicKey {
    /// Reads a key.
    ///
    /// # Errors
    /// A phrase, if it is no key, or one that vouches for nothing because a
    /// signature of it fits many messages.
    pub fn parse(text: &str) -> Result<PublicKey, String> {
        let bytes = text
            .trim()
            .strip_prefix(PUBLIC)
            .and_then(from_hex)
            .ok_or_else(|| format!("it must be `{PUBLIC}` and 64 hexadecimal digits"))?;
        match VerifyingKey::from_bytes(&bytes) {
            Ok(key) if !key.is_weak() => Ok(PublicKey(bytes)),
            _ => Err("it is no usable ed25519 key".to_owned()),
        }
    }
}

impl TryFrom<String> for PublicKey {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        PublicKey::parse(&text)
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> String {
        key.to_string()
    }
}

impl std::fmt::Display for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(PUBLIC)?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A publisher's secret key. It is wiped from memory when dropped.
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// A new key.
    pub fn generate() -> SecretKey {
        let bytes = Zeroizing::new(rand::random::<[u8; KEY]>());
        SecretKey(SigningKey::from_bytes(&bytes))
    }

    /// Reads what [`SecretKey::to_text`] gave.
    ///
    /// # Errors
    /// A phrase, if it is no key.
    pub fn parse(text: &str) -> Result<SecretKey, String> {
        let bytes = text
            .trim()
            .strip_prefix(SECRET)
            .and_then(from_hex)
            .map(Zeroizing::new)
            .ok_or_else(|| format!("it must be `{SECRET}` and 64 hexadecimal digits"))?;
        Ok(SecretKey(SigningKey::from_bytes(&bytes)))
    }

    /// The key as text, for its holder's file.
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut text = String::from(SECRET);
        for byte in Zeroizing::new(self.0.to_bytes()).iter() {
            text.push_str(&format!("{byte:02x}"));
        }
        Zeroizing::new(text)
    }

    /// The key to hand out.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// The file with a signature over all of it. A signature that it had is
    /// replaced.
    ///
    /// # Errors
    /// A phrase, if the file has no sections to put one behind, or a signature
    /// in a place where none belongs.
    pub fn sign(&self, file: &[u8]) -> Result<Vec<u8>, String> {
        let signed = match find(file)? {
            Some(section) => &file[..section.begin],
            None => file,
        };
        let signature = self.0.sign(&message(signed));
        let mut content = vec![SIGNATURE_SECTION.len() as u8];
        content.extend_from_slice(SIGNATURE_SECTION.as_bytes());
        content.push(VERSION);
        content.extend_from_slice(self.0.verifying_key().as_bytes());
        content.extend_from_slice(&signature.to_bytes());
        // A section of under 128 bytes has its size in one.
        let head = [0, content.len() as u8];
        Ok([signed, &head, &content].concat())
    }
}

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretKey([redacted])")
    }
}

fn read(file: &[u8]) -> Result<Option<PublicKey>, &'static str> {
    let Some(section) = find(file)? else {
        return Ok(None);
    };
    let [VERSION, rest @ ..] = section.content else {
        return Err("it is of a version that this host does not know");
    };
    if section.content.len() != CONTENT {
        return Err("it has not the size of a signature");
    }
    let (key, signature) = rest.split_at(KEY);
    let key: [u8; KEY] = key.try_into().map_err(|_| "it holds no key")?;
    let signature = Ed25519::from_slice(signature).map_err(|_| "it holds no signature")?;
    let verifying = VerifyingKey::from_bytes(&key).map_err(|_| "it holds no key")?;
    // Strictly: one signature for a message, and no key that fits them all.
    verifying
        .verify_strict(&message(&file[..section.begin]), &signature)
        .map_err(|_| "the file is not what was signed")?;
    Ok(Some(PublicKey(key)))
}

fn message(signed: &[u8]) -> Vec<u8> {
    [CONTEXT, Sha256::digest(signed).as_slice()].concat()
}

struct Section<'a> {
    begin: usize,
    content: &'a [u8],
}

/// The signature's section, if there is one. A file that is cut off in the
/// middle of a section has none.
fn find(file: &[u8]) -> Result<Option<Section<'_>>, &'static str> {
    const HEADER: usize = 8;
    if file.len() < HEADER || !file.starts_with(b"\0asm") {
        return Err("the file is no WebAssembly component");
    }
    let mut found = None;
    let mut at = HEADER;
    while at < file.len() {
        let begin = at;
        let id = file[at];
        let Some((size, content)) = leb128(file, at + 1) else {
            return Err("the file's sections cannot be read");
        };
        let end = content.checked_add(size).filter(|end| *end <= file.len());
        let Some(end) = end else {
            return Err("the file's sections cannot be read");
        };
        if found.is_some() {
            return Err("something was put behind it");
        }
        if id == 0
            && let Some((length, name)) = leb128(file, content)
            && let Some(rest) = name.checked_add(length).filter(|rest| *rest <= end)
            && file.get(name..rest) == Some(SIGNATURE_SECTION.as_bytes())
        {
            found = Some(Section {
                begin,
                content: &file[rest..end],
            });
        }
        at = end;
    }
    Ok(found)
}

/// An unsigned LEB128 number of up to 32 bits, and where it ends.
fn leb128(bytes: &[u8], mut at: usize) -> Option<(usize, usize)> {
    let mut number = 0_u64;
    for shift in [0, 7, 14, 21, 28] {
        let byte = *bytes.get(at)?;
        at += 1;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some((usize::try_from(number).ok()?, at));
        }
    }
    None
}

fn from_hex(text: &str) -> Option<[u8; KEY]> {
    if text.len() != 2 * KEY || !text.bytes().all(|c| c.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; KEY];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests;
