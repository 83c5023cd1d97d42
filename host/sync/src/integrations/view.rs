//! An integration as it is shown.

use homeroom_roster::setting_keys;

use super::Integration;
use crate::error::Result;
use crate::homeroom::Office;
use crate::views::IntegrationView;

impl Office {
    pub(super) async fn integration_view(&self, found: Integration) -> Result<IntegrationView> {
        let Integration {
            row,
            connection,
            read,
        } = found;
        // A view shows what there is, also where the adapter is gone or the
        // connection cannot be made any more.
        let approved = self.homeroom.approved(&connection.adapter).await.ok();
        let auth = match (&connection.auth, &approved) {
            (Some(auth), _) => auth.clone(),
            (None, None) => String::new(),
            (None, Some(approved)) => {
                let secret = self.tenant.secret(row.key).await?;
                let connected = connection.connect(&row.name, approved, &read, secret);
                connected
                    .map(|connected| connected.scheme.to_string())
                    .unwrap_or_default()
            }
        };
        let mut settings: std::collections::BTreeMap<_, _> =
            setting_keys::all(&row.settings, &read)
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect();
        settings.extend(connection.adapter_settings);
        let manifest = approved
            .as_ref()
            .map(|approved| &approved.inspection.manifest);
        let sis = read.sis.as_deref();
        let setup = manifest.map_or_else(Vec::new, |m| m.setup_for(sis).to_vec());
        let preset = manifest.and_then(|m| m.preset(sis));
        let known_of_sis = preset.map_or_else(Vec::new, |preset| preset.notes.clone());
        let last = self.tenant.runs(Some(row.key), 1).await?.into_iter().next();
        let last_run = match last {
            Some(run) => Some(self.summary(&run).await?),
            None => None,
        };
        Ok(IntegrationView {
            name: row.name,
            state: row.state.to_string(),
            adapter: connection.adapter,
            adapter_version: approved.map(|approved| approved.inspection.manifest.version.clone()),
            endpoint: connection.endpoint,
            token_url: connection.token_url,
            auth,
            client_id: connection.client_id,
            host_keys: connection.host_keys,
            secret_set: row.secret_set,
            settings,
            excluded_schools: row.settings.excluded_schools,
            allow_private_network: connection.allow_private_network,
            allow_insecure_http: connection.allow_insecure_http,
            last_run,
            next_run: None,
            setup,
            known: known_of_sis,
        })
    }
}
