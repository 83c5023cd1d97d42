//! Sealing a secret at rest: XChaCha20-Poly1305 with a fresh random nonce, bound
//! to the owner it belongs to, so that a sealed secret copied to another row
//! does not open there.

use chacha20poly1305::aead::{Aead, Generate, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret, SecretString};

use crate::error::{Error, Result};
use crate::key::Keys;

const NONCE: usize = 24;

/// Seals a secret for an owner. The result is nonce and ciphertext.
pub(crate) fn seal(keys: &Keys, owner: &str, secret: &SecretString) -> Result<Vec<u8>> {
    let failed = |cause: &str| Error::Key {
        from: "the store".to_owned(),
        cause: cause.to_owned(),
        remedy: "try again",
    };
    let nonce = XNonce::try_generate().map_err(|_| failed("the system gives no random bytes"))?;
    let sealed = cipher(keys)
        .encrypt(
            &nonce,
            Payload {
                msg: secret.expose_secret().as_bytes(),
                aad: owner.as_bytes(),
            },
        )
        .map_err(|_| failed("the secret is too long to seal"))?;
    Ok([nonce.as_slice(), &sealed].concat())
}

/// Opens what [`seal`] made for the same owner.
pub(crate) fn open(keys: &Keys, owner: &str, sealed: &[u8]) -> Result<SecretString> {
    let failed = || Error::Sealed {
        what: format!("the secret of {owner}"),
    };
    let (nonce, sealed) = sealed.split_at_checked(NONCE).ok_or_else(failed)?;
    let nonce = XNonce::try_from(nonce).map_err(|_| failed())?;
    let plain = cipher(keys)
        .decrypt(
            &nonce,
            Payload {
                msg: sealed,
                aad: owner.as_bytes(),
            },
        )
        .map_err(|_| failed())?;
    String::from_utf8(plain)
        .map(SecretString::from)
        .map_err(|_| failed())
}

fn cipher(keys: &Keys) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(keys.seal.expose_secret().into())
}
