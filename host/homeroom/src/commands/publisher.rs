//! Signatures: what a publisher does with a key, and whose keys a host trusts.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use homeroom_sandbox::{PublicKey, SecretKey, Signature};
use serde_json::json;

use super::adapter::MOST_BYTES;
use super::{Context, Result, read_file};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{table, text};

/// A key file is one short line.
const MOST_KEY_BYTES: u64 = 4096;

/// The part of `homeroom adapter …` that is about signatures.
#[derive(Debug, Subcommand)]
pub(crate) enum PublisherCommand {
    /// Make a key to sign adapters with, and print its public half.
    Keygen {
        /// Where to keep the secret half; must not exist yet.
        #[arg(value_name = "KEYFILE")]
        file: PathBuf,
    },
    /// Sign an adapter: every byte of it, the manifest included.
    ///
    /// The signature becomes the file's last section. Signing again replaces it.
    Sign {
        /// The adapter.
        file: PathBuf,
        /// The key that `adapter keygen` made.
        #[arg(long, value_name = "KEYFILE")]
        key: PathBuf,
        /// Where to write the signed adapter [default: FILE itself].
        #[arg(long, value_name = "OUT")]
        output: Option<PathBuf>,
    },
    /// Check who signed an adapter.
    ///
    /// Without --publisher-key, it must be one of the publishers that this host
    /// trusts.
    Verify {
        /// The adapter.
        file: PathBuf,
        /// The public key that must have signed it.
        #[arg(long, value_name = "KEY")]
        publisher_key: Option<String>,
    },
    /// Trust a publisher's key.
    Trust {
        /// Whose it is, in your words.
        name: String,
        /// The public key, `ed25519:…`.
        key: String,
    },
    /// Trust none of a publisher's keys any more.
    Untrust {
        /// The name that it was trusted under.
        name: String,
    },
    /// List the publishers that are trusted.
    Publishers,
}

pub(super) async fn run(command: PublisherCommand, context: &mut Context) -> Result {
    match command {
        PublisherCommand::Keygen { file } => keygen(&file, context),
        PublisherCommand::Sign { file, key, output } => {
            sign(&file, &key, output.as_deref().unwrap_or(&file), context)
        }
        PublisherCommand::Verify {
            file,
            publisher_key,
        } => verify(&file, publisher_key.as_deref(), context).await,
        PublisherCommand::Trust { name, key } => {
            let homeroom = context.homeroom().await?;
            let trusted = homeroom.publisher_trust(&name, &key).await?;
            let line = format!("Adapters signed by {} count as {}'s.\n", trusted.key, name);
            context.out.show(&trusted, |_| line)?;
            Ok(Exit::Succeeded)
        }
        PublisherCommand::Untrust { name } => {
            let keys = context.homeroom().await?.publisher_untrust(&name).await?;
            let keys = text::counted(keys, "key", "keys");
            context.note(&format!(
                "{keys} of {name} are trusted no more; what was approved runs on"
            ))
        }
        PublisherCommand::Publishers => {
            let all = context.homeroom().await?.publishers().await?;
            context.out.show(&all, |style| match all.as_slice() {
                [] => "No publisher is trusted.\n".to_owned(),
                _ => {
                    let rows: Vec<_> = all
                        .iter()
                        .map(|p| vec![p.name.clone(), p.key.clone()])
                        .collect();
                    table::render(style, 0, &["name", "key"].map(table::left), &rows)
                }
            })?;
            Ok(Exit::Succeeded)
        }
    }
}

fn keygen(file: &Path, context: &mut Context) -> Result {
    let key = SecretKey::generate();
    write_secret(file, &key).map_err(|error| {
        Failure::new(
            "key-not-written",
            format!(
                "the key could not be written to {}: {error}",
                file.display()
            ),
            "Name a file that does not exist yet, in a folder that this account may write.",
        )
    })?;
    let public = key.public().to_string();
    let object = json!({ "file": file, "publicKey": public });
    let name = file.to_string_lossy();
    let told = format!(
        "The secret key is in {}: keep it safe, whoever has it signs in your name.\n\
         The public key, for those who are to trust you:\n{public}\n",
        text::clean(&name)
    );
    context.out.show(&object, |_| told)?;
    Ok(Exit::Succeeded)
}

fn write_secret(file: &Path, key: &SecretKey) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut open = options.open(file)?;
    open.write_all(key.to_text().as_bytes())?;
    open.write_all(b"\n")?;
    open.sync_all()
}

fn sign(file: &Path, key: &Path, output: &Path, context: &mut Context) -> Result {
    let secret = read_file(key, "the key", MOST_KEY_BYTES)?;
    let secret = std::str::from_utf8(&secret)
        .map_err(|_| "it is no text".to_owned())
        .and_then(SecretKey::parse)
        .map_err(|why| {
            Failure::usage(
                "invalid-key",
                format!("{} holds no secret key: {why}", key.display()),
                "Name the file that `homeroom adapter keygen` made.",
            )
        })?;
    let component = read_file(file, "the adapter", MOST_BYTES)?;
    // What no host would take is not worth a signature.
    let page = homeroom_sync::Homeroom::examine_file(&component)?;
    let broken = |code: &str| code == "bad-signature";
    if let Some(refusal) = page.examination.refused.iter().find(|r| !broken(&r.code)) {
        return Err(Failure::new(&refusal.code, refusal.detail.clone(), ""));
    }
    let unsigned = |why: String| {
        Failure::new(
            "not-signed",
            format!("{} could not be signed: {why}", file.display()),
            "Build the adapter anew and sign that.",
        )
    };
    let signed = secret.sign(&component).map_err(unsigned)?;
    write_whole(output, &signed).map_err(|error| {
        Failure::new(
            "output",
            format!("{} could not be written: {error}", output.display()),
            "Name a file in a folder that this account may write.",
        )
    })?;
    let public = secret.public().to_string();
    let page = homeroom_sync::Homeroom::examine_file(&signed)?;
    let object = json!({ "file": output, "publicKey": public, "digest": page.examination.digest });
    let name = output.to_string_lossy();
    let told = format!(
        "{} is signed by {public}.\nIts digest is {}.\n",
        text::clean(&name),
        page.examination.digest
    );
    context.out.show(&object, |_| told)?;
    Ok(Exit::Succeeded)
}

/// The old file or the new one, never half of it.
fn write_whole(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut draft = file.as_os_str().to_owned();
    draft.push(".signing");
    let draft = PathBuf::from(draft);
    std::fs::write(&draft, bytes)
        .and_then(|()| std::fs::rename(&draft, file))
        .inspect_err(|_| {
            // The draft is of no use; the first error counts.
            std::fs::remove_file(&draft).ok();
        })
}

async fn verify(file: &Path, key: Option<&str>, context: &mut Context) -> Result {
    let component = read_file(file, "the adapter", MOST_BYTES)?;
    let shown = file.display();
    let signed_by = match Signature::of(&component) {
        Signature::Valid { key } => key,
        Signature::None => {
            return Err(Failure::new(
                "not-signed",
                format!("{shown} is not signed"),
                "Get a signed file from its vendor.",
            ));
        }
        Signature::Broken { why } => {
            return Err(Failure::new(
                "bad-signature",
                format!("the signature of {shown} does not hold: {why}"),
                "The file was altered on its way, or signed wrongly: get it again from its vendor.",
            ));
        }
    };
    let publisher = match key {
        Some(expected) => {
            let expected = PublicKey::parse(expected).map_err(|why| {
                Failure::usage(
                    "invalid-key",
                    format!("the publisher's key is unusable: {why}"),
                    "Give the key as its holder published it.",
                )
            })?;
            if expected != signed_by {
                return Err(other(&shown, &signed_by, &expected.to_string()));
            }
            None
        }
        None => {
            let trusted = match context.homeroom_if_any().await? {
                Some(homeroom) => homeroom.publishers().await?,
                None => Vec::new(),
            };
            let text = signed_by.to_string();
            let known = trusted.into_iter().find(|p| p.key == text);
            match known {
                Some(publisher) => Some(publisher.name),
                None => return Err(other(&shown, &signed_by, "anyone whom this host trusts")),
            }
        }
    };
    let object = json!({ "file": file, "publicKey": signed_by, "publisher": publisher });
    let by = match &publisher {
        Some(name) => format!("{} ({signed_by})", text::clean(name)),
        None => signed_by.to_string(),
    };
    let name = file.to_string_lossy();
    let told = format!(
        "{} is signed by {by}, every byte of it.\n",
        text::clean(&name)
    );
    context.out.show(&object, |_| told)?;
    Ok(Exit::Succeeded)
}

fn other(file: &std::path::Display<'_>, signed_by: &PublicKey, expected: &str) -> Failure {
    Failure::new(
        "other-publisher",
        format!("{file} is signed by {signed_by}, and not by {expected}"),
        "Do not install it unless you know why; ask its vendor for the key it signs with.",
    )
}
