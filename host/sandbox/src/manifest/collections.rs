//! The contract's spelling of collections (`academic-sessions`), which is not
//! OneRoster's (`academicSessions`).

use homeroom_roster::record::Collection;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

fn name(collection: Collection) -> &'static str {
    match collection {
        Collection::AcademicSessions => "academic-sessions",
        other => other.name(),
    }
}

pub(super) fn serialize<S: Serializer>(
    list: &[Collection],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    list.iter()
        .map(|c| name(*c))
        .collect::<Vec<_>>()
        .serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<Collection>, D::Error> {
    let names = Vec::<String>::deserialize(deserializer)?;
    names
        .iter()
        .map(|text| {
            Collection::ALL
                .into_iter()
                .find(|c| name(*c) == text)
                .ok_or_else(|| D::Error::custom(format!("`{text}` is no collection")))
        })
        .collect()
}
