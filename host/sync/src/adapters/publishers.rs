//! The publishers whose signatures count on this host.

use homeroom_sandbox::PublicKey;

use crate::error::{Error, Result};
use crate::homeroom::{Homeroom, check_name};
use crate::views::PublisherView;

impl Homeroom {
    /// Trusts a publisher's key. A publisher may have several keys, so that one
    /// can be replaced by the next.
    ///
    /// # Errors
    /// If the name or the key is none, or the key is another publisher's.
    pub async fn publisher_trust(&self, name: &str, key: &str) -> Result<PublisherView> {
        check_name("publisher", name)?;
        let key = PublicKey::parse(key)
            .map_err(|why| {
                Error::usage(
                    "invalid-key",
                    format!(
                        "the publisher's key is unusable: {why}; `homeroom adapter keygen` \
                         prints such a key for its holder to hand out"
                    ),
                )
            })?
            .to_string();
        let known = self.store().publishers().await?;
        if let Some(other) = known.iter().find(|row| row.key == key && row.name != name) {
            return Err(Error::usage(
                "key-taken",
                format!(
                    "this key is trusted as that of {}; end that with \
                     `homeroom adapter untrust {}` first",
                    other.name, other.name
                ),
            ));
        }
        self.store().trust_publisher(name, &key).await?;
        Ok(PublisherView {
            name: name.to_owned(),
            key,
        })
    }

    /// Trusts none of a publisher's keys any more, and says how many there
    /// were. What was approved stays approved; what is installed next is signed
    /// by nobody known.
    ///
    /// # Errors
    /// If there is no such publisher.
    pub async fn publisher_untrust(&self, name: &str) -> Result<u64> {
        match self.store().untrust_publisher(name).await? {
            0 => Err(Error::usage(
                "unknown-publisher",
                format!(
                    "no publisher \"{name}\" is trusted; `homeroom adapter publishers` shows \
                     those that are"
                ),
            )),
            keys => Ok(keys),
        }
    }

    /// All trusted keys, by name.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn publishers(&self) -> Result<Vec<PublisherView>> {
        let rows = self.store().publishers().await?;
        Ok(rows
            .into_iter()
            .map(|row| PublisherView {
                name: row.name,
                key: row.key,
            })
            .collect())
    }
}
