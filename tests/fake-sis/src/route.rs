//! Which address means what: versions, resources, single records, nested lists.

use district::Collection;
use percent_encoding::percent_decode_str;

/// A version of the REST binding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Version {
    /// OneRoster 1.1.
    V1p1,
    /// OneRoster 1.2.
    V1p2,
}

impl Version {
    /// The standard path, such as `/ims/oneroster/v1p1`.
    pub fn path(self) -> &'static str {
        match self {
            Version::V1p1 => "/ims/oneroster/v1p1",
            Version::V1p2 => "/ims/oneroster/rostering/v1p2",
        }
    }
}

/// A list that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are the standard's")]
pub enum Resource {
    Orgs,
    Schools,
    AcademicSessions,
    Terms,
    GradingPeriods,
    Courses,
    Classes,
    Users,
    Students,
    Teachers,
    Enrollments,
    /// Known and never granted: the answer is 403.
    Demographics,
}

impl Resource {
    /// All of them.
    pub const ALL: [Resource; 12] = [
        Resource::Orgs,
        Resource::Schools,
        Resource::AcademicSessions,
        Resource::Terms,
        Resource::GradingPeriods,
        Resource::Courses,
        Resource::Classes,
        Resource::Users,
        Resource::Students,
        Resource::Teachers,
        Resource::Enrollments,
        Resource::Demographics,
    ];

    /// The name in an address, such as `academicSessions`.
    pub fn name(self) -> &'static str {
        match self {
            Resource::Orgs => "orgs",
            Resource::Schools => "schools",
            Resource::AcademicSessions => "academicSessions",
            Resource::Terms => "terms",
            Resource::GradingPeriods => "gradingPeriods",
            Resource::Courses => "courses",
            Resource::Classes => "classes",
            Resource::Users => "users",
            Resource::Students => "students",
            Resource::Teachers => "teachers",
            Resource::Enrollments => "enrollments",
            Resource::Demographics => "demographics",
        }
    }

    /// The resource of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.name() == name)
    }

    /// The collection its records are of; none for demographics.
    pub(crate) fn collection(self) -> Option<Collection> {
        Some(match self {
            Resource::Orgs | Resource::Schools => Collection::Orgs,
            Resource::AcademicSessions | Resource::Terms | Resource::GradingPeriods => {
                Collection::AcademicSessions
            }
            Resource::Courses => Collection::Courses,
            Resource::Classes => Collection::Classes,
            Resource::Users | Resource::Students | Resource::Teachers => Collection::Users,
            Resource::Enrollments => Collection::Enrollments,
            Resource::Demographics => return None,
        })
    }

    /// The key of the list in the standard's answer.
    pub(crate) fn envelope(self) -> &'static str {
        match self.collection() {
            Some(collection) => plural(collection),
            None => "demographics",
        }
    }

    /// The clause that all its records meet, as (field, value).
    pub(crate) fn clause(self) -> Option<(&'static str, &'static str)> {
        match self {
            Resource::Schools => Some(("type", "school")),
            Resource::Terms => Some(("type", "term")),
            Resource::GradingPeriods => Some(("type", "gradingPeriod")),
            Resource::Students => Some(("role", "student")),
            Resource::Teachers => Some(("role", "teacher")),
            _ => None,
        }
    }
}

/// The standard's name of a collection.
pub(crate) fn plural(collection: Collection) -> &'static str {
    match collection {
        Collection::Orgs => "orgs",
        Collection::AcademicSessions => "academicSessions",
        Collection::Courses => "courses",
        Collection::Classes => "classes",
        Collection::Users => "users",
        Collection::Enrollments => "enrollments",
    }
}

/// The standard's name of one record of a collection.
pub(crate) fn singular(collection: Collection) -> &'static str {
    match collection {
        Collection::Orgs => "org",
        Collection::AcademicSessions => "academicSession",
        Collection::Courses => "course",
        Collection::Classes => "class",
        Collection::Users => "user",
        Collection::Enrollments => "enrollment",
    }
}

/// What an address asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    Token,
    List {
        version: Version,
        resource: Resource,
        /// The school the list is narrowed to (`/schools/{id}/classes`).
        school: Option<String>,
    },
    Single {
        version: Version,
        resource: Resource,
        id: String,
    },
    /// Something else under a version's path.
    Unknown(Version),
    /// Nothing of ours.
    Elsewhere,
}

/// Reads the path of a request.
pub(crate) fn route(path: &str, base_path: &str, token_path: &str) -> Route {
    if path == token_path {
        return Route::Token;
    }
    let Some(rest) = path.strip_prefix(base_path) else {
        return Route::Elsewhere;
    };
    for version in [Version::V1p2, Version::V1p1] {
        if let Some(rest) = rest.strip_prefix(version.path()) {
            return under(version, rest);
        }
    }
    Route::Elsewhere
}

fn under(version: Version, rest: &str) -> Route {
    let parts: Vec<&str> = rest.trim_end_matches('/').split('/').skip(1).collect();
    let decoded = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
    let named = |name: &str| Resource::from_name(name);
    match parts[..] {
        [name] => match named(name) {
            Some(resource) => Route::List {
                version,
                resource,
                school: None,
            },
            None => Route::Unknown(version),
        },
        [name, id] => match named(name) {
            Some(resource) => Route::Single {
                version,
                resource,
                id: decoded(id),
            },
            None => Route::Unknown(version),
        },
        ["schools", id, name] => match named(name) {
            Some(
                resource @ (Resource::Classes
                | Resource::Enrollments
                | Resource::Students
                | Resource::Teachers),
            ) => Route::List {
                version,
                resource,
                school: Some(decoded(id)),
            },
            _ => Route::Unknown(version),
        },
        _ => Route::Unknown(version),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lead_to_resources() {
        let read = |path| route(path, "/api", "/oauth/token");
        assert_eq!(read("/oauth/token"), Route::Token);
        assert_eq!(
            read("/api/ims/oneroster/v1p1/students"),
            Route::List {
                version: Version::V1p1,
                resource: Resource::Students,
                school: None,
            }
        );
        assert_eq!(
            read("/api/ims/oneroster/rostering/v1p2/users/a%2Fb"),
            Route::Single {
                version: Version::V1p2,
                resource: Resource::Users,
                id: "a/b".to_owned(),
            }
        );
        assert_eq!(
            read("/api/ims/oneroster/rostering/v1p2/schools/7/classes"),
            Route::List {
                version: Version::V1p2,
                resource: Resource::Classes,
                school: Some("7".to_owned()),
            }
        );
        let unknown = read("/api/ims/oneroster/v1p1/lineItems");
        assert_eq!(unknown, Route::Unknown(Version::V1p1));
        assert_eq!(read("/ims/oneroster/v1p1/users"), Route::Elsewhere);
    }
}
