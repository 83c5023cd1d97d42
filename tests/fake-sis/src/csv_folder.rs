//! A folder of OneRoster CSV files, 1.1 or 1.2, in memory.
//!
//! Column order does not matter; a byte order mark, any line ending, columns
//! nobody knows and missing files (empty collections) are all right. What a
//! cell says is served as it is: repairing data is not this module's business.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use anyhow::{Context, Result, bail};
use csv::StringRecord;
use district::Collection;

use crate::csv_people::CsvUser;

/// The six collections of a CSV folder.
#[derive(Debug, Clone, Default)]
pub struct CsvFolder {
    pub(crate) orgs: Vec<Record>,
    pub(crate) sessions: Vec<Record>,
    pub(crate) courses: Vec<Record>,
    pub(crate) classes: Vec<Record>,
    pub(crate) users: Vec<CsvUser>,
    pub(crate) enrollments: Vec<Record>,
    places: HashMap<(Collection, String), usize>,
}

/// One row with its cells by column, and the ids of records that name it as
/// their parent.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    columns: std::sync::Arc<Columns>,
    cells: StringRecord,
    pub(crate) metadata: Vec<(String, String)>,
    pub(crate) children: Vec<String>,
}

/// The columns of a file.
#[derive(Debug)]
pub(crate) struct Columns {
    places: HashMap<String, usize>,
    /// Columns `metadata.x`, as (x, place).
    metadata: Vec<(String, usize)>,
}

impl Record {
    /// The cell of that column; empty where there is none.
    pub(crate) fn cell(&self, column: &str) -> &str {
        let place = self.columns.places.get(column);
        place.and_then(|&n| self.cells.get(n)).unwrap_or_default()
    }

    /// The cell, unless it is empty.
    pub(crate) fn value(&self, column: &str) -> Option<&str> {
        Some(self.cell(column)).filter(|cell| !cell.is_empty())
    }

    /// The values of a cell that holds a list.
    pub(crate) fn list(&self, column: &str) -> Vec<&str> {
        let values = self.cell(column).split(',').map(str::trim);
        values.filter(|value| !value.is_empty()).collect()
    }
}

impl CsvFolder {
    /// Reads the files of `folder`.
    ///
    /// # Errors
    /// When there is no file of OneRoster in it, or one cannot be read.
    pub fn read(folder: &Path) -> Result<Self> {
        let file = |name: &str| read_file(folder, name);
        let (orgs, sessions) = (file("orgs")?, file("academicSessions")?);
        let (users, roles) = (file("users")?, file("roles")?);
        if orgs.is_none() && users.is_none() {
            bail!(
                "{} holds neither orgs.csv nor users.csv; give the folder of the CSV files",
                folder.display()
            );
        }
        let mut read = CsvFolder {
            orgs: with_children(orgs.unwrap_or_default()),
            sessions: with_children(sessions.unwrap_or_default()),
            courses: file("courses")?.unwrap_or_default(),
            classes: file("classes")?.unwrap_or_default(),
            users: CsvUser::join(users.unwrap_or_default(), &roles.unwrap_or_default()),
            enrollments: file("enrollments")?.unwrap_or_default(),
            places: HashMap::new(),
        };
        for collection in Collection::ALL {
            for index in 0..read.len(collection) {
                let id = read.id(collection, index).to_owned();
                read.places.entry((collection, id)).or_insert(index);
            }
        }
        Ok(read)
    }

    pub(crate) fn len(&self, collection: Collection) -> usize {
        match collection {
            Collection::Orgs => self.orgs.len(),
            Collection::AcademicSessions => self.sessions.len(),
            Collection::Courses => self.courses.len(),
            Collection::Classes => self.classes.len(),
            Collection::Users => self.users.len(),
            Collection::Enrollments => self.enrollments.len(),
        }
    }

    fn id(&self, collection: Collection, index: usize) -> &str {
        let record = match collection {
            Collection::Orgs => &self.orgs[index],
            Collection::AcademicSessions => &self.sessions[index],
            Collection::Courses => &self.courses[index],
            Collection::Classes => &self.classes[index],
            Collection::Users => &self.users[index].record,
            Collection::Enrollments => &self.enrollments[index],
        };
        record.cell("sourcedId")
    }

    pub(crate) fn find(&self, collection: Collection, id: &str) -> Option<usize> {
        self.places.get(&(collection, id.to_owned())).copied()
    }
}

/// The rows of `<name>.csv`; none if there is no such file.
fn read_file(folder: &Path, name: &str) -> Result<Option<Vec<Record>>> {
    let path = folder.join(format!("{name}.csv"));
    if !path.exists() {
        return Ok(None);
    }
    let file = File::open(&path).with_context(|| format!("cannot open {}", path.display()))?;
    let rows = read_rows(BufReader::new(file));
    let rows = rows.with_context(|| format!("{} is no CSV file we can read", path.display()))?;
    Ok(Some(rows))
}

fn read_rows(input: impl Read) -> Result<Vec<Record>> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(input);
    let columns = std::sync::Arc::new(Columns::of(reader.headers()?));
    let mut rows = Vec::new();
    for cells in reader.into_records() {
        let cells = cells?;
        if cells.iter().all(str::is_empty) {
            continue;
        }
        let metadata = columns.metadata.iter().filter_map(|(name, place)| {
            let value = cells.get(*place).filter(|value| !value.is_empty())?;
            Some((name.clone(), value.to_owned()))
        });
        rows.push(Record {
            metadata: metadata.collect(),
            columns: columns.clone(),
            cells,
            children: Vec::new(),
        });
    }
    Ok(rows)
}

impl Columns {
    fn of(header: &StringRecord) -> Self {
        let names = header
            .iter()
            .map(|name| name.trim_start_matches('\u{feff}').trim());
        let places: HashMap<String, usize> = names
            .enumerate()
            .map(|(place, name)| (name.to_owned(), place))
            .collect();
        let mut metadata: Vec<(String, usize)> = places
            .iter()
            .filter_map(|(name, &place)| Some((name.strip_prefix("metadata.")?.to_owned(), place)))
            .collect();
        metadata.sort_by_key(|&(_, place)| place);
        Columns { places, metadata }
    }
}

fn with_children(mut rows: Vec<Record>) -> Vec<Record> {
    let mut children: HashMap<String, Vec<String>> = HashMap::new();
    for row in &rows {
        if let Some(parent) = row.value("parentSourcedId") {
            let id = row.cell("sourcedId").to_owned();
            children.entry(parent.to_owned()).or_default().push(id);
        }
    }
    for row in &mut rows {
        let id = row.cell("sourcedId").to_owned();
        row.children = children.get(&id).cloned().unwrap_or_default();
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_files_are_read() {
        let text = "\u{feff}status,sourcedId,metadata.city,ext_x\r\n\"active\",\"1\",\"Köln\"\r\n\r\n,2,,y,more\r\n";
        let rows = read_rows(text.as_bytes()).expect("a CSV file");
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].value("status"), Some("active"));
        assert_eq!(rows[0].metadata, [("city".to_owned(), "Köln".to_owned())]);
        assert_eq!(rows[1].cell("sourcedId"), "2");
        assert_eq!(rows[1].value("status"), None);
        assert_eq!(rows[1].cell("nothing"), "");
    }
}
