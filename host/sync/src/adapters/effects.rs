//! What approving a version of an adapter means for the integrations that use
//! the adapter.

use std::sync::Arc;

use homeroom_sandbox::{Approval, Inspection};

use super::Approved;
use crate::error::Result;
use crate::homeroom::Homeroom;
use crate::policy::Policy;
use crate::views::Effect;

/// Tenants are databases of their own; a host with more of them than this does
/// not open all for a list.
const MOST_TENANTS: usize = 200;

impl Homeroom {
    /// Each integration with the adapter of that id, and what it would say to
    /// this version. `None`: there are too many tenants to look.
    pub(super) async fn effects(
        &self,
        inspection: &Inspection,
        policy: Arc<Policy>,
    ) -> Result<Option<Vec<Effect>>> {
        let tenants = self.store().tenants().await?;
        if tenants.len() > MOST_TENANTS {
            return Ok(None);
        }
        let approved = Approved {
            inspection: inspection.clone(),
            approval: Approval::everything(inspection),
            policy,
        };
        let mut effects = Vec::new();
        for tenant in tenants {
            let office = self.tenant(&tenant).await?;
            for found in office.using(&inspection.manifest.id).await? {
                let secret = office.tenant.secret(found.row.key).await?;
                let name = &found.row.name;
                let connected = found
                    .connection
                    .connect(name, &approved, &found.read, secret);
                effects.push(Effect {
                    tenant: tenant.clone(),
                    integration: name.clone(),
                    problem: connected.err().map(|error| error.to_string()),
                });
            }
        }
        Ok(Some(effects))
    }
}
