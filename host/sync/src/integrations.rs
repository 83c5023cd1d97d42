//! Integrations of a tenant: add, list, show, edit, test, enable, reset,
//! delete, exclude schools. What is wrong is refused at save, with the field.

use std::sync::Arc;

use homeroom_roster::setting_keys::{self, ReadSettings, SettingError};
use homeroom_roster::settings::{ProviderKind, Settings};
use homeroom_sandbox::recording::Recorder;
use homeroom_sandbox::{Adapter, Connected, FileSource, Observer, Pace, Session, SessionConfig};
use homeroom_store::{NewProvider, ProviderRow, ProviderState};
use jiff::Timestamp;

use crate::adapters::Approved;
use crate::connection::{
    IntegrationEdit, NewIntegration, StoredConnection, apply_settings, without_changes,
    without_guardians,
};
use crate::error::{Error, Result};
use crate::files::{Fetched, host_keys};
use crate::homeroom::{Office, check_name};
use crate::views::IntegrationView;

mod stored;
mod view;

pub(crate) use self::stored::Integration;

/// What a session gets beside its adapter.
pub(crate) struct Given {
    pub(crate) connected: Connected,
    pub(crate) started: Timestamp,
    /// The set of files, for adapters that read files.
    pub(crate) files: Option<Arc<Fetched>>,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) pace: Pace,
    /// Where every call goes on record.
    pub(crate) recorder: Option<Recorder>,
}

impl Office {
    /// Adds an integration as a draft: it can be previewed and synced by hand,
    /// and is not scheduled until it is enabled.
    ///
    /// # Errors
    /// If a field is wrong (the error names it), the name is taken or the
    /// adapter is not approved.
    pub async fn integration_add(&self, new: NewIntegration) -> Result<IntegrationView> {
        check_name("integration", &new.name)?;
        let approved = self.homeroom.approved(&new.adapter).await?;
        let _edit = self.tenant.lock_providers().await?;
        let others = self.priorities(None).await?;
        let mut settings = Settings::default();
        let mut read = ReadSettings::default();
        settings.merge_priority = setting_keys::free_priority(&others).ok_or_else(|| {
            Error::usage(
                "merge-priority",
                "all merge priorities from 1 to 100 are taken; delete a provider first",
            )
        })?;
        let mut connection = StoredConnection {
            adapter: new.adapter.clone(),
            endpoint: new.endpoint.trim().to_owned(),
            token_url: non_empty(new.token_url),
            auth: non_empty(new.auth),
            client_id: non_empty(new.client_id),
            host_keys: host_keys(&new.host_keys)?,
            allow_private_network: new.allow_private_network,
            allow_insecure_http: new.allow_insecure_http,
            ..StoredConnection::default()
        };
        apply_settings(
            &new.settings,
            &approved.inspection,
            &mut settings,
            &mut read,
            &mut connection.adapter_settings,
        )?;
        validate(&settings, &read, &approved, &others)?;
        connection.connect(&new.name, &approved, &read, new.client_secret.clone())?;
        self.tenant
            .add_provider(&NewProvider {
                name: new.name.clone(),
                kind: ProviderKind::Sis,
                state: ProviderState::Draft,
                settings,
                read: to_json(&read),
                connection: to_json(&connection),
                identity: Some(connection.identity()),
                secret: new.client_secret,
            })
            .await?;
        self.integration(&new.name).await
    }

    /// Changes an integration; it takes effect at the next run. Another
    /// endpoint or adapter makes that run a full one, and forgets what the
    /// adapter had stored. A secret that is not given stays.
    ///
    /// # Errors
    /// As [`Office::integration_add`].
    pub async fn integration_edit(
        &self,
        name: &str,
        edit: IntegrationEdit,
    ) -> Result<IntegrationView> {
        let _edit = self.tenant.lock_providers().await?;
        let Integration {
            mut row,
            mut connection,
            mut read,
        } = self.find_integration(name).await?;
        if let Some(adapter) = edit.adapter {
            connection.adapter = adapter;
        }
        if let Some(endpoint) = edit.endpoint {
            connection.endpoint = endpoint.trim().to_owned();
        }
        if let Some(token_url) = edit.token_url {
            connection.token_url = non_empty(Some(token_url));
        }
        if let Some(auth) = edit.auth {
            connection.auth = non_empty(Some(auth));
        }
        if let Some(client_id) = edit.client_id {
            connection.client_id = non_empty(Some(client_id));
        }
        if !edit.host_keys.is_empty() {
            connection.host_keys = host_keys(&edit.host_keys)?;
        }
        if let Some(allow) = edit.allow_private_network {
            connection.allow_private_network = allow;
        }
        if let Some(allow) = edit.allow_insecure_http {
            connection.allow_insecure_http = allow;
        }
        let approved = self.homeroom.approved(&connection.adapter).await?;
        apply_settings(
            &edit.settings,
            &approved.inspection,
            &mut row.settings,
            &mut read,
            &mut connection.adapter_settings,
        )?;
        let others = self.priorities(Some(&row)).await?;
        validate(&row.settings, &read, &approved, &others)?;
        let secret = match &edit.client_secret {
            Some(secret) => Some(secret.clone()),
            None => self.tenant.secret(row.key).await?,
        };
        connection.connect(name, &approved, &read, secret)?;
        row.read = to_json(&read);
        row.connection = to_json(&connection);
        let identity = connection.identity();
        self.tenant
            .save_provider(&row, Some(&identity), edit.client_secret.as_ref())
            .await?;
        self.integration(name).await
    }

    /// All integrations.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn integrations(&self) -> Result<Vec<IntegrationView>> {
        let mut views = Vec::new();
        for row in self.tenant.providers().await? {
            if row.kind == ProviderKind::Sis && row.state != ProviderState::Deleted {
                views.push(self.integration_view(Integration::of(row)?).await?);
            }
        }
        Ok(views)
    }

    /// One integration.
    ///
    /// # Errors
    /// If there is none of that name.
    pub async fn integration(&self, name: &str) -> Result<IntegrationView> {
        let found = self.find_integration(name).await?;
        self.integration_view(found).await
    }

    /// Enables or disables an integration. A draft becomes enabled, an enabled
    /// one disabled.
    ///
    /// # Errors
    /// If there is none of that name.
    pub async fn set_enabled(&self, name: &str, enabled: bool) -> Result<IntegrationView> {
        let _edit = self.tenant.lock_providers().await?;
        let mut found = self.find_integration(name).await?;
        found.row.state = if enabled {
            ProviderState::Enabled
        } else {
            ProviderState::Disabled
        };
        self.save(&found).await?;
        self.integration_view(found).await
    }

    /// Leaves schools out from the next run on.
    ///
    /// # Errors
    /// If there is no integration of that name.
    pub async fn exclude_schools(&self, name: &str, ids: Vec<String>) -> Result<IntegrationView> {
        let _edit = self.tenant.lock_providers().await?;
        let mut found = self.find_integration(name).await?;
        let excluded = &mut found.row.settings.excluded_schools;
        excluded.extend(ids.into_iter().map(|id| id.trim().to_owned()));
        excluded.retain(|id| !id.is_empty());
        excluded.sort();
        excluded.dedup();
        self.save(&found).await?;
        self.integration_view(found).await
    }

    /// Takes schools in again from the next run on.
    ///
    /// # Errors
    /// If there is no integration of that name, or a school was not excluded.
    pub async fn include_schools(&self, name: &str, ids: Vec<String>) -> Result<IntegrationView> {
        let _edit = self.tenant.lock_providers().await?;
        let mut found = self.find_integration(name).await?;
        let excluded = &mut found.row.settings.excluded_schools;
        for id in &ids {
            let Some(at) = excluded.iter().position(|excluded| excluded == id.trim()) else {
                return Err(Error::usage(
                    "school-not-excluded",
                    format!(
                        "school \"{id}\" is not excluded from {name}; \
                         `homeroom integration show {name}` lists those that are"
                    ),
                ));
            };
            excluded.remove(at);
        }
        self.save(&found).await?;
        self.integration_view(found).await
    }

    /// Forgets when the integration last ran, so that the next run reads
    /// everything. Nothing that was imported is touched.
    ///
    /// # Errors
    /// If there is none of that name, or it runs now.
    pub async fn reset(&self, name: &str) -> Result<()> {
        let _edit = self.tenant.lock_providers().await?;
        let found = self.find_integration(name).await?;
        let _lock = self.tenant.try_lock_provider(found.row.key).await?;
        Ok(self.tenant.reset_provider(found.row.key).await?)
    }

    /// Deletes the integration. Everything it imported stays as it is; updates
    /// stop. Adding the same source again takes its records up again.
    ///
    /// # Errors
    /// If there is none of that name, or it runs now.
    pub async fn delete(&self, name: &str) -> Result<()> {
        let _edit = self.tenant.lock_providers().await?;
        let found = self.find_integration(name).await?;
        let _lock = self.tenant.try_lock_provider(found.row.key).await?;
        Ok(self.tenant.delete_provider(found.row.key).await?)
    }

    /// Names and priorities of the tenant's other providers.
    pub(crate) async fn priorities(&self, but: Option<&ProviderRow>) -> Result<Vec<(String, u8)>> {
        let rows = self.tenant.providers().await?;
        Ok(rows
            .into_iter()
            .filter(|row| row.state != ProviderState::Deleted)
            .filter(|row| but.is_none_or(|but| but.key != row.key))
            .map(|row| (row.name, row.settings.merge_priority))
            .collect())
    }

    /// The adapter's session for a run, or for a test. Tokens and connections
    /// are shared with other sessions of the same integration.
    pub(crate) async fn session(
        &self,
        row: &ProviderRow,
        adapter: &Adapter,
        given: Given,
    ) -> Result<Session> {
        let Given {
            connected,
            started,
            files,
            observer,
            pace,
            recorder,
        } = given;
        let (_, egress) = self.homeroom.engine().await?;
        let config = SessionConfig {
            integration: format!("{}/{}", self.tenant.name(), row.name),
            connected,
            started,
            storage: self.tenant.adapter_storage(row.key).await?,
            files: files.map(|files| files as Arc<dyn FileSource>),
            observer,
            pace,
            egress: egress.clone(),
        };
        Ok(match recorder {
            Some(recorder) => Session::recorded(adapter, config, recorder),
            None => Session::new(adapter, config),
        })
    }
}

fn validate(
    settings: &Settings,
    read: &ReadSettings,
    approved: &Approved,
    others: &[(String, u8)],
) -> Result<()> {
    let without = without_guardians(&approved.inspection.manifest, read);
    if let Some(why) = without_changes(&approved.inspection.manifest, read) {
        return Err(Error::usage("invalid-setting", why));
    }
    setting_keys::validate(settings, without.is_none(), others).map_err(|mut errors| {
        for error in &mut errors {
            if let (SettingError::Conflict { key, problem, .. }, Some(why)) = (error, &without)
                && *key == "parents"
            {
                problem.clone_from(why);
            }
        }
        let all: Vec<_> = errors.iter().map(ToString::to_string).collect();
        Error::usage("invalid-setting", all.join("\n"))
    })
}

fn non_empty(value: Option<String>) -> Option<String> {
    value
        .map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
}

pub(crate) fn to_json<T: serde::Serialize>(value: &T) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or(serde_json::Value::Null)
}
