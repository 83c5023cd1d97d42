//! Pages made before they are asked for, so that a measurement measures the
//! reader and not this server.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, anyhow};
use bytes::Bytes;

use crate::page::{Ask, effective_limit, page};
use crate::query::Query;
use crate::reply::gzip;
use crate::selection::World;
use crate::server::ReadyPage;
use crate::{Behaviour, Resource, Version};

/// Which pages are to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prebuild {
    /// For this version.
    pub version: Version,
    /// Rows of a page; the reader must ask for the same `limit`.
    pub page_size: usize,
    /// The rest of the reader's query, such as `sort=sourcedId&orderBy=asc`.
    pub query: String,
    /// The lists. Default: the six collections.
    pub resources: Vec<Resource>,
    /// Compressed, and sent so to whoever accepts gzip. False: not compressed.
    pub gzip: bool,
    /// Kept in a temporary file instead of in memory.
    pub in_file: bool,
}

impl Default for Prebuild {
    fn default() -> Self {
        Prebuild {
            version: Version::V1p2,
            page_size: 5_000,
            query: String::new(),
            resources: vec![
                Resource::Orgs,
                Resource::AcademicSessions,
                Resource::Courses,
                Resource::Classes,
                Resource::Users,
                Resource::Enrollments,
            ],
            gzip: false,
            in_file: false,
        }
    }
}

/// Pages that have been made.
pub(crate) struct Prebuilt {
    version: Version,
    /// The query but for the offset.
    query: Query,
    gzip: bool,
    pages: HashMap<(Resource, usize), Stored>,
    /// Where bodies lie that are not in memory.
    file: Option<Mutex<File>>,
}

struct Stored {
    body: Place,
    total: usize,
    returned: usize,
}

enum Place {
    Memory(Bytes),
    File { start: u64, length: usize },
}

impl Prebuilt {
    /// Makes the pages. `base`: the address of the version.
    pub(crate) fn make(
        world: &World,
        behaviour: &Behaviour,
        base: &str,
        wanted: &Prebuild,
    ) -> Result<Self> {
        let refused = |_| anyhow!("the query `{}` would be refused", wanted.query);
        let mut query = Query::read(&wanted.query).map_err(refused)?;
        query.limit = Some(wanted.page_size);
        query.offset = 0;
        let mut file = match wanted.in_file {
            true => Some(tempfile::tempfile().context("cannot make a temporary file")?),
            false => None,
        };
        let mut pages = HashMap::new();
        let mut written = 0;
        for &resource in &wanted.resources {
            let mut ask = Ask {
                version: wanted.version,
                resource,
                school: None,
                query: query.clone(),
            };
            loop {
                let made = page(world, behaviour, base, &ask, 0).map_err(refused)?;
                let offset = ask.query.offset;
                ask.query.offset += effective_limit(behaviour, &query);
                let done = ask.query.offset > made.total;
                let bytes = match wanted.gzip {
                    true => gzip(&made.body),
                    false => made.body,
                };
                let length = bytes.len();
                let body = match &mut file {
                    None => Place::Memory(bytes.into()),
                    Some(file) => {
                        file.write_all(&bytes).context("cannot write the pages")?;
                        Place::File {
                            start: written,
                            length,
                        }
                    }
                };
                written += length as u64;
                let stored = Stored {
                    body,
                    total: made.total,
                    returned: made.returned,
                };
                pages.insert((resource, offset), stored);
                if done {
                    break;
                }
            }
        }
        Ok(Prebuilt {
            version: wanted.version,
            query,
            gzip: wanted.gzip,
            pages,
            file: file.map(Mutex::new),
        })
    }

    /// The page, if it was made for such a request.
    pub(crate) fn page(&self, behaviour: &Behaviour, ask: &Ask, gzip: bool) -> Option<ReadyPage> {
        let asked = Query {
            offset: 0,
            limit: Some(effective_limit(behaviour, &ask.query)),
            ..ask.query.clone()
        };
        let mine = Query {
            limit: Some(effective_limit(behaviour, &self.query)),
            ..self.query.clone()
        };
        let fits = ask.version == self.version
            && ask.school.is_none()
            && behaviour.shift.is_none()
            && (gzip || !self.gzip)
            && asked == mine;
        if !fits {
            return None;
        }
        let stored = self.pages.get(&(ask.resource, ask.query.offset))?;
        let body = match stored.body {
            Place::Memory(ref body) => body.clone(),
            Place::File { start, length } => self.read(start, length).ok()?,
        };
        Some(ReadyPage {
            body,
            gzipped: self.gzip,
            total: stored.total,
            returned: stored.returned,
        })
    }

    fn read(&self, start: u64, length: usize) -> std::io::Result<Bytes> {
        let Some(file) = &self.file else {
            return Err(std::io::ErrorKind::NotFound.into());
        };
        let mut body = vec![0; length];
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut body)?;
        Ok(body.into())
    }
}
