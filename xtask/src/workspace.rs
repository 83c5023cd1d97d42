//! Where things are: the workspace's root, its target folder, its plugins. All
//! of it comes from `cargo metadata`, so that a target folder set elsewhere is
//! honoured.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::tools;

/// The workspace.
pub(crate) struct Workspace {
    /// The folder of the root `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// Cargo's target folder.
    pub(crate) target: PathBuf,
    packages: Vec<Package>,
}

/// A vendor adapter's crate.
pub(crate) struct Plugin {
    /// The adapter's id, from its `adapter.toml`.
    pub(crate) id: String,
    /// The crate's name.
    pub(crate) package: String,
    /// The name of the file that cargo makes, without `.wasm`.
    pub(crate) library: String,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    target_directory: PathBuf,
    workspace_root: PathBuf,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    crate_types: Vec<String>,
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Manifest {
    id: String,
}

impl Workspace {
    /// Asks cargo.
    pub(crate) fn find() -> Result<Self> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut command = tools::cargo(here);
        command.args(["metadata", "--format-version", "1", "--no-deps"]);
        let metadata: Metadata = serde_json::from_str(&tools::output(&mut command)?)
            .context("`cargo metadata` answered something unexpected")?;
        Ok(Workspace {
            root: metadata.workspace_root,
            target: metadata.target_directory,
            packages: metadata.packages,
        })
    }

    /// The adapters as built: `<target>/adapters`.
    pub(crate) fn adapters(&self) -> PathBuf {
        self.target.join("adapters")
    }

    /// A binary of the workspace, built with `profile` (`debug`, `release`).
    pub(crate) fn binary(&self, profile: &str, name: &str) -> PathBuf {
        let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        self.target.join(profile).join(file)
    }

    /// Every crate in a folder of `plugins/`, sorted by folder.
    pub(crate) fn plugins(&self) -> Result<Vec<Plugin>> {
        let folder = self.root.join("plugins");
        let mut plugins = Vec::new();
        let entries = std::fs::read_dir(&folder)
            .with_context(|| format!("{} cannot be read", folder.display()))?;
        let mut manifests = entries
            .map(|entry| Ok(entry?.path().join("Cargo.toml")))
            .collect::<Result<Vec<_>>>()?;
        manifests.sort();
        for manifest in manifests.into_iter().filter(|path| path.is_file()) {
            let Some(package) = self.packages.iter().find(|p| p.manifest_path == manifest) else {
                bail!(
                    "{} is not a member of the workspace; add its folder to `members` in {}",
                    manifest.display(),
                    self.root.join("Cargo.toml").display()
                );
            };
            plugins.push(package.plugin()?);
        }
        if plugins.is_empty() {
            bail!("there is no adapter in {}", folder.display());
        }
        Ok(plugins)
    }

    /// The names of the packages with a target of this kind (`bench`, `bin`).
    pub(crate) fn packages_with(&self, kind: &str) -> Vec<String> {
        let has = |package: &&Package| {
            let mut kinds = package.targets.iter().flat_map(|target| &target.kind);
            kinds.any(|found| found == kind)
        };
        let mut names: Vec<String> = self
            .packages
            .iter()
            .filter(has)
            .map(|package| package.name.clone())
            .collect();
        names.sort();
        names
    }
}

impl Package {
    fn plugin(&self) -> Result<Plugin> {
        let path = self.manifest_path.with_file_name("adapter.toml");
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("every adapter has a manifest, and {} has none", self.name))?;
        let manifest: Manifest =
            toml::from_str(&text).with_context(|| format!("{} is unusable", path.display()))?;
        let library = self
            .targets
            .iter()
            .find(|target| target.crate_types.iter().any(|kind| kind == "cdylib"))
            .with_context(|| {
                format!(
                    "{} makes no component; add `crate-type = [\"cdylib\"]` to its [lib]",
                    self.name
                )
            })?;
        Ok(Plugin {
            id: manifest.id,
            package: self.name.clone(),
            library: library.name.replace('-', "_"),
        })
    }
}
