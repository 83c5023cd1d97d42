//! What is served: a generated district or a folder of CSV files.

use std::path::Path;

use anyhow::Result;
use district::{Collection, District, Spec};

use crate::CsvFolder;
use crate::of_csv::with_csv_row;
use crate::of_district::with_district_row;
use crate::row::Row;

/// Where the records come from.
#[derive(Debug, Clone)]
pub enum Source {
    /// A generated district; rows are made when they are asked for.
    District(Box<District>),
    /// A OneRoster CSV folder, in memory.
    Csv(Box<CsvFolder>),
}

impl From<District> for Source {
    fn from(district: District) -> Self {
        Source::District(Box::new(district))
    }
}

impl Source {
    /// The district of `spec`.
    pub fn district(spec: Spec) -> Self {
        District::new(spec).into()
    }

    /// The OneRoster 1.1 or 1.2 CSV files in `folder`.
    ///
    /// # Errors
    /// When a file cannot be read as CSV, or lacks a column every row needs.
    pub fn csv(folder: &Path) -> Result<Self> {
        Ok(Source::Csv(Box::new(CsvFolder::read(folder)?)))
    }

    /// How many records a collection has.
    pub fn len(&self, collection: Collection) -> usize {
        match self {
            Source::District(district) => district.len(collection),
            Source::Csv(folder) => folder.len(collection),
        }
    }

    /// Gives the record at `index` to `work`.
    pub(crate) fn with_row<T>(
        &self,
        collection: Collection,
        index: usize,
        work: impl FnOnce(Row<'_>) -> T,
    ) -> T {
        match self {
            Source::District(district) => with_district_row(district, collection, index, work),
            Source::Csv(folder) => with_csv_row(folder, collection, index, work),
        }
    }

    /// The index of the record with that id.
    pub(crate) fn find(&self, collection: Collection, id: &str) -> Option<usize> {
        match self {
            Source::District(district) => district.find(collection, id),
            Source::Csv(folder) => folder.find(collection, id),
        }
    }
}
