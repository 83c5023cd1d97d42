//! Integrations as they are kept: found by name or by adapter, read back from
//! their rows, and saved.

use homeroom_roster::setting_keys::ReadSettings;
use homeroom_roster::settings::ProviderKind;
use homeroom_store::{ProviderRow, ProviderState};

use crate::connection::StoredConnection;
use crate::error::{Error, Result};
use crate::homeroom::Office;

/// An integration, read back from its row.
pub(crate) struct Integration {
    pub(crate) row: ProviderRow,
    pub(crate) connection: StoredConnection,
    pub(crate) read: ReadSettings,
}

impl Integration {
    pub(super) fn of(row: ProviderRow) -> Result<Self> {
        let damaged = |error: serde_json::Error| {
            Error::refused(
                "damaged",
                format!(
                    "the stored settings of \"{}\" cannot be read ({error}); \
                 restore a backup, or delete the integration and add it again",
                    row.name
                ),
            )
        };
        let connection = serde_json::from_value(row.connection.clone()).map_err(damaged)?;
        let read = serde_json::from_value(row.read.clone()).map_err(damaged)?;
        Ok(Integration {
            row,
            connection,
            read,
        })
    }
}

impl Office {
    pub(crate) async fn find_integration(&self, name: &str) -> Result<Integration> {
        let row = self.tenant.provider(name).await?;
        if row.kind != ProviderKind::Sis {
            return Err(Error::usage(
                "not-an-integration",
                match row.kind {
                    ProviderKind::Guardians(_) => format!(
                        "\"{name}\" is a file of guardians; it is read with \
                         `homeroom guardians import`"
                    ),
                    _ => format!(
                        "\"{name}\" is a directory; it is read with `homeroom directory import`"
                    ),
                },
            ));
        }
        Integration::of(row)
    }

    pub(super) async fn save(&self, found: &Integration) -> Result<()> {
        let identity = found.connection.identity();
        Ok(self
            .tenant
            .save_provider(&found.row, Some(&identity), None)
            .await?)
    }

    /// The integrations that use an adapter, by its id.
    pub(crate) async fn using(&self, adapter: &str) -> Result<Vec<Integration>> {
        let mut using = Vec::new();
        for row in self.tenant.providers().await? {
            if row.kind == ProviderKind::Sis && row.state != ProviderState::Deleted {
                let found = Integration::of(row)?;
                if found.connection.adapter == adapter {
                    using.push(found);
                }
            }
        }
        Ok(using)
    }
}
