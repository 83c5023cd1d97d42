//! Installing a vendor's file, and approving one. Both show what the file asks
//! for beyond what runs now; neither goes back to an older version, or takes a
//! file of another publisher, unless that was said.

use homeroom_sandbox::{Approval, Difference, Inspection};
use homeroom_store::{AdapterRow, NewAdapter};
use semver::Version;

use super::{json, runs, view};
use crate::error::{Error, Result};
use crate::homeroom::Homeroom;
use crate::views::InstallReport;

/// What an operator says about a file beyond its name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct InstallOptions {
    /// Let it run, with all that its manifest asks for.
    pub approve: bool,
    /// Even if it is older than what runs now.
    pub allow_downgrade: bool,
    /// Even if it is not signed by the publisher that signed what was
    /// installed before.
    pub allow_other_publisher: bool,
}

impl Homeroom {
    /// Installs a vendor's file. Nothing of it is run. Without `approve` it is
    /// kept, and what was approved before runs on.
    ///
    /// # Errors
    /// If the file is no adapter, asks for what this host does not offer, is
    /// against the operator's policy, or is a step back that was not asked for.
    pub async fn adapter_install(
        &self,
        component: Vec<u8>,
        options: InstallOptions,
    ) -> Result<InstallReport> {
        let inspection = homeroom_sandbox::inspect(&component)?;
        let publisher = self.publisher_of(inspection.signature.key()).await?;
        let policy = self.policy().await?;
        policy.check(&inspection, publisher.as_deref())?;
        let rows = self.store().adapters().await?;
        same_publisher(&inspection, publisher.as_deref(), &rows, options)?;
        if options.approve {
            no_step_back(&inspection, &rows, options)?;
        }
        // Compiling now tells at install time, not at night, that it compiles.
        let (sandbox, _) = self.engine().await?;
        let fingerprint = sandbox.fingerprint();
        let code = self
            .store()
            .compiled(&inspection.digest, &fingerprint)
            .await?;
        if code.is_none() {
            self.compile(&inspection.digest, component.clone()).await?;
        }
        let value = json(&inspection);
        let approval = options
            .approve
            .then(|| json(&Approval::everything(&inspection)));
        self.store()
            .install_adapter(&NewAdapter {
                digest: &inspection.digest,
                id: &inspection.manifest.id,
                version: &inspection.manifest.version,
                bytes: &component,
                inspection: &value,
                approval: approval.as_ref(),
                publisher: publisher.as_deref(),
            })
            .await?;
        self.report(&inspection, &rows).await
    }

    /// Approves an installed file: by its digest, or by an adapter's id the
    /// version of it that was installed last and waits.
    ///
    /// # Errors
    /// If there is none that waits, it is against the operator's policy, or is
    /// a step back that was not asked for.
    pub async fn adapter_approve(
        &self,
        what: &str,
        options: InstallOptions,
    ) -> Result<InstallReport> {
        let row = self.adapter_row(what).await?;
        let rows = self.store().adapters().await?;
        let current = runs(&row.id, &rows);
        let chosen = match what == row.digest {
            true => Some(&row),
            // The newest first; what was approved and replaced waits for nothing.
            false => rows
                .iter()
                .find(|other| other.id == row.id && other.approval.is_none())
                .filter(|other| current.is_none_or(|c| c.installed <= other.installed)),
        };
        let Some(chosen) = chosen else {
            return Err(Error::usage(
                "nothing-to-approve",
                format!(
                    "{} {} is approved, and no newer version of it waits; \
                     `homeroom adapter list` shows what is installed, by digest",
                    row.id, row.version
                ),
            ));
        };
        // The bytes decide, not what was noted about them.
        let bytes = self.store().adapter_bytes(&chosen.digest).await?;
        let inspection = homeroom_sandbox::inspect(&bytes)?;
        let publisher = self.publisher_of(inspection.signature.key()).await?;
        let policy = self.policy().await?;
        policy.check(&inspection, publisher.as_deref())?;
        let others: Vec<_> = rows
            .iter()
            .filter(|other| other.digest != chosen.digest)
            .cloned()
            .collect();
        same_publisher(&inspection, publisher.as_deref(), &others, options)?;
        no_step_back(&inspection, &rows, options)?;
        let approval = json(&Approval::everything(&inspection));
        self.store()
            .approve_adapter(&chosen.digest, &approval)
            .await?;
        self.report(&inspection, &rows).await
    }

    /// The difference between two adapters, each a file's bytes.
    ///
    /// # Errors
    /// If one of them is no component at all.
    pub fn adapter_difference(old: &[u8], new: &[u8]) -> Result<Difference> {
        let old = homeroom_sandbox::examine(old)?;
        let new = homeroom_sandbox::examine(new)?;
        Ok(Difference::between(&old, &new))
    }

    /// An installed adapter's file, by id or digest.
    ///
    /// # Errors
    /// If there is none, or it was altered.
    pub async fn adapter_file(&self, id: &str) -> Result<Vec<u8>> {
        let row = self.adapter_row(id).await?;
        Ok(self.store().adapter_bytes(&row.digest).await?)
    }

    /// What became of a file, compared with what ran `before`.
    async fn report(
        &self,
        inspection: &Inspection,
        before: &[AdapterRow],
    ) -> Result<InstallReport> {
        let rows = self.store().adapters().await?;
        let row = rows
            .iter()
            .find(|row| row.digest == inspection.digest)
            .ok_or_else(|| Error::refused("internal", "the adapter is gone; install it again"))?;
        let previous =
            runs(&row.id, before).filter(|previous| previous.digest != inspection.digest);
        let difference = match previous {
            Some(previous) => {
                let old = self.store().adapter_bytes(&previous.digest).await?;
                let new = self.store().adapter_bytes(&row.digest).await?;
                Some(Homeroom::adapter_difference(&old, &new)?)
            }
            None => None,
        };
        let policy = self.policy().await?;
        Ok(InstallReport {
            adapter: view(row, &rows)?,
            previous: previous.map(|previous| view(previous, &rows)).transpose()?,
            difference,
            integrations: self.effects(inspection, policy).await?,
        })
    }
}

/// An adapter stays with the publisher that signed it first.
fn same_publisher(
    inspection: &Inspection,
    publisher: Option<&str>,
    rows: &[AdapterRow],
    options: InstallOptions,
) -> Result<()> {
    let id = &inspection.manifest.id;
    // What runs binds whatever comes next; before anything runs, what was
    // installed last does.
    let bound = match runs(id, rows) {
        Some(current) => current.publisher.as_deref(),
        None => rows
            .iter()
            .filter(|row| row.id == *id && row.digest != inspection.digest)
            .find_map(|row| row.publisher.as_deref()),
    };
    let Some(bound) = bound.filter(|bound| publisher != Some(bound)) else {
        return Ok(());
    };
    if options.allow_other_publisher {
        return Ok(());
    }
    let by = match (publisher, inspection.signature.key()) {
        (Some(other), _) => other.to_owned(),
        (None, Some(key)) => format!("an unknown key ({key})"),
        (None, None) => "nobody".to_owned(),
    };
    Err(Error::refused(
        "other-publisher",
        format!(
            "{id} {} is signed by {by}, and the version installed before was signed by {bound}; get a \
             file that {bound} signed, or say that the change is meant with \
             --allow-other-publisher",
            inspection.manifest.version
        ),
    ))
}

/// What runs is not replaced by something older.
fn no_step_back(
    inspection: &Inspection,
    rows: &[AdapterRow],
    options: InstallOptions,
) -> Result<()> {
    let (id, version) = (&inspection.manifest.id, &inspection.manifest.version);
    let Some(current) = runs(id, rows).filter(|row| row.digest != inspection.digest) else {
        return Ok(());
    };
    let (is, would_be) = (parse_version(&current.version), parse_version(version));
    let known = rows.iter().find(|row| row.digest == inspection.digest);
    let older_file = known.is_some_and(|row| row.installed < current.installed);
    let back = would_be < is || (would_be == is && older_file);
    if !back || options.allow_downgrade {
        return Ok(());
    }
    Err(Error::refused(
        "downgrade",
        format!(
            "{id} {version} is older than {}, which runs; going back brings back its faults. \
             If that is meant, say so with --allow-downgrade",
            current.version
        ),
    ))
}

/// Manifests have three numbers; a few that were admitted are not quite what
/// semver asks for, and are then compared by their numbers.
fn parse_version(text: &str) -> Version {
    Version::parse(text).unwrap_or_else(|_| {
        let core = text.split(['-', '+']).next().unwrap_or_default();
        let mut numbers = core.split('.').map(|n| n.parse().unwrap_or(0));
        let mut next = || numbers.next().unwrap_or(0);
        Version::new(next(), next(), next())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_as_semver_says() {
        let ordered = [
            "0.9.9",
            "1.0.0-rc.1",
            "1.0.0-rc.2",
            "1.0.0",
            "01.0.1",
            "1.2.0",
            "1.10.0",
        ];
        for pair in ordered.windows(2) {
            assert!(parse_version(pair[0]) < parse_version(pair[1]), "{pair:?}");
        }
    }
}
