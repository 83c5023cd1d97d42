//! What a file says beyond what it asks for: custom sections, the tools that
//! built it, the libraries in it. All of it is the maker's word; nothing here
//! decides whether a file is admitted.

use std::collections::BTreeSet;
use std::io::Read;

use flate2::read::ZlibDecoder;
use serde::{Deserialize, Serialize};
use wasmparser::{BinaryReader, CustomSectionReader, ProducersSectionReader};

/// The list of libraries that `cargo auditable` embeds, as zlib-packed JSON.
const AUDITABLE_SECTION: &str = ".dep-v0";

/// A page shows no more than these, and a hostile file may have millions.
const MOST_SECTIONS: usize = 256;
const MOST_TOOLS: usize = 64;
const MOST_DEPENDENCIES: usize = 4096;
const MOST_AUDITABLE_BYTES: u64 = 8 * 1024 * 1024;
const MOST_NAME: usize = 128;

/// A custom section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// Its name, cut where it is very long.
    pub name: String,
    /// Size of its content in bytes.
    pub bytes: u64,
    /// How deep inside nested modules and components; 0 is the file itself.
    pub depth: u32,
}

/// A tool that says it took part in building the file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tool {
    /// `language`, `sdk` or `processed-by`.
    pub role: String,
    /// Such as `rustc`.
    pub name: String,
    /// Its version, where it says one.
    pub version: String,
}

/// A library that the file says it holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Dependency {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Where it came from, such as `crates.io` or `local`.
    pub source: String,
    /// Whether it only took part in building, and is not in the file.
    pub build: bool,
}

/// The libraries that a file is made of, as far as it says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Dependencies {
    /// No list is embedded: what the file is made of cannot be known from it.
    #[default]
    Unknown,
    /// There is a list that cannot be read.
    Unreadable {
        /// Why not, as a phrase.
        why: String,
    },
    /// The list that is embedded.
    Listed {
        /// Sorted by name.
        packages: Vec<Dependency>,
    },
}

/// Collects as the file is walked through.
#[derive(Default)]
pub(super) struct Extras {
    sections: Vec<Section>,
    tools: BTreeSet<Tool>,
    auditable: Option<Vec<u8>>,
    /// There are two lists, so that neither says what the file is made of.
    twice: bool,
}

impl Extras {
    pub(super) fn note(&mut self, section: &CustomSectionReader<'_>, depth: u32) {
        let data = section.data();
        if self.sections.len() < MOST_SECTIONS {
            self.sections.push(Section {
                name: cut(section.name()),
                bytes: data.len() as u64,
                depth,
            });
        }
        match section.name() {
            "producers" => self.producers(section),
            AUDITABLE_SECTION if self.auditable.is_some() => self.twice = true,
            AUDITABLE_SECTION => self.auditable = Some(data.to_vec()),
            _ => {}
        }
    }

    /// What cannot be read is left out: the section is a courtesy.
    fn producers(&mut self, section: &CustomSectionReader<'_>) {
        let reader = BinaryReader::new(section.data(), section.data_offset());
        let Ok(fields) = ProducersSectionReader::new(reader) else {
            return;
        };
        for field in fields.into_iter().map_while(Result::ok) {
            for value in field.values.into_iter().map_while(Result::ok) {
                if self.tools.len() >= MOST_TOOLS {
                    return;
                }
                self.tools.insert(Tool {
                    role: cut(field.name),
                    name: cut(value.name),
                    version: cut(value.version),
                });
            }
        }
    }

    pub(super) fn finish(self) -> (Vec<Section>, Vec<Tool>, Dependencies) {
        let dependencies = match (self.auditable, self.twice) {
            (None, _) => Dependencies::Unknown,
            (Some(_), true) => Dependencies::Unreadable {
                why: "there are several".to_owned(),
            },
            (Some(packed), false) => match unpack(&packed) {
                Ok(packages) => Dependencies::Listed { packages },
                Err(why) => Dependencies::Unreadable { why },
            },
        };
        (
            self.sections,
            self.tools.into_iter().collect(),
            dependencies,
        )
    }
}

#[derive(Deserialize)]
struct Auditable {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    kind: Option<String>,
}

fn unpack(packed: &[u8]) -> Result<Vec<Dependency>, String> {
    let mut json = Vec::new();
    ZlibDecoder::new(packed)
        .take(MOST_AUDITABLE_BYTES + 1)
        .read_to_end(&mut json)
        .map_err(|_| "it is not packed as it should be".to_owned())?;
    if json.len() as u64 > MOST_AUDITABLE_BYTES {
        return Err(format!("it has over {MOST_AUDITABLE_BYTES} bytes"));
    }
    let list: Auditable =
        serde_json::from_slice(&json).map_err(|e| format!("it is not as it should be ({e})"))?;
    if list.packages.len() > MOST_DEPENDENCIES {
        return Err(format!("it names over {MOST_DEPENDENCIES} packages"));
    }
    let mut packages: Vec<_> = list
        .packages
        .into_iter()
        .map(|package| Dependency {
            name: cut(&package.name),
            version: cut(&package.version),
            source: cut(&package.source),
            build: package.kind.as_deref() == Some("build"),
        })
        .collect();
    packages.sort();
    Ok(packages)
}

fn cut(text: &str) -> String {
    text.chars().take(MOST_NAME).collect()
}
