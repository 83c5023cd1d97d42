//! Where a collection is: the base paths of 1.1 and 1.2 under an endpoint that
//! was given with or without them.
//!
//! A base path is a path on the endpoint's own origin and nothing else, so that
//! neither a cursor nor a `Link` can lead anywhere else.

use crate::http::url::{Parts, mend};
use crate::settings::invalid;
use crate::{Collection, Failure};

const PATH_1_1: &str = "/ims/oneroster/v1p1";
const PATH_1_2: &str = "/ims/oneroster/rostering/v1p2";
/// Older ClassLink servers.
const PATH_LEARNING_DATA: &str = "/learningdata/v1";

/// The version of the standard that a setting asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// Whichever is found; 1.2 is tried first.
    Auto,
    V1_1,
    V1_2,
}

impl Version {
    pub(crate) const CHOICES: [&'static str; 3] = ["auto", "1.1", "1.2"];

    pub(crate) fn of(setting: &str) -> Self {
        match setting {
            "1.1" => Self::V1_1,
            "1.2" => Self::V1_2,
            _ => Self::Auto,
        }
    }
}

/// An endpoint taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    origin: String,
    /// The path as given, without a trailing slash, fit to send.
    path: String,
}

impl Endpoint {
    /// # Errors
    /// [`Failure::InvalidSetting`] for `endpoint`.
    pub(crate) fn of(endpoint: &str) -> Result<Self, Failure> {
        let parts = Parts::of(endpoint.trim()).ok_or_else(|| {
            invalid(
                "endpoint",
                "is no web address; write it as https://host/path, without a user name".to_owned(),
            )
        })?;
        if parts.query.is_some() {
            return Err(invalid(
                "endpoint",
                "must not hold a query (`?…`)".to_owned(),
            ));
        }
        Ok(Self {
            origin: parts.origin(),
            path: mend(parts.path.trim_end_matches('/')).into_owned(),
        })
    }

    /// The URL of a collection under `base`, one of the base paths.
    pub(crate) fn url(&self, base: &str, collection: Collection) -> String {
        format!("{}{base}/{}", self.origin, segment(collection))
    }

    /// The URL of a path with query on the endpoint's origin.
    pub(crate) fn on_origin(&self, path_with_query: &str) -> String {
        format!("{}{path_with_query}", self.origin)
    }

    /// The base paths to try, the likeliest first.
    pub(crate) fn bases(&self, version: Version) -> Vec<String> {
        let (prefix, suffix) = self.split();
        let under = |path: &str| format!("{prefix}{path}");
        let said = version_of(&suffix);
        match (said, version) {
            // The endpoint says where it is, and nothing asks for another.
            (Some(_), Version::Auto) => vec![self.path.clone()],
            (Some(said), wanted) if said == wanted => vec![self.path.clone()],
            (Some(_), Version::V1_1) => vec![under(PATH_1_1)],
            (Some(_), _) => vec![under(PATH_1_2)],
            (None, Version::V1_1) => vec![
                under(PATH_1_1),
                under(PATH_LEARNING_DATA),
                self.path.clone(),
            ],
            (None, Version::V1_2) => vec![under(PATH_1_2), self.path.clone()],
            (None, Version::Auto) => {
                vec![
                    under(PATH_1_2),
                    under(PATH_1_1),
                    under(PATH_LEARNING_DATA),
                    self.path.clone(),
                ]
            }
        }
    }

    /// The path before the versioned part, and that part in lower case. The last
    /// occurrence counts: Infinite Campus has the words twice.
    fn split(&self) -> (&str, String) {
        let lower = self.path.to_ascii_lowercase();
        for mark in ["/ims/oneroster", "/learningdata"] {
            if let Some(at) = lower.rfind(mark) {
                return (&self.path[..at], lower[at..].to_owned());
            }
        }
        (&self.path, String::new())
    }
}

/// The version that a base path names.
pub(crate) fn version_of(path: &str) -> Option<Version> {
    let last = path.rsplit('/').next().unwrap_or_default();
    if last.eq_ignore_ascii_case("v1p2") {
        return Some(Version::V1_2);
    }
    (last.eq_ignore_ascii_case("v1p1") || path.to_ascii_lowercase().ends_with(PATH_LEARNING_DATA))
        .then_some(Version::V1_1)
}

/// The last segment of a collection's path.
pub(crate) fn segment(collection: Collection) -> &'static str {
    match collection {
        Collection::Orgs => "orgs",
        Collection::AcademicSessions => "academicSessions",
        Collection::Courses => "courses",
        Collection::Classes => "classes",
        Collection::Users => "users",
        Collection::Enrollments => "enrollments",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bases(endpoint: &str, version: Version) -> Vec<String> {
        Endpoint::of(endpoint)
            .expect("a good endpoint")
            .bases(version)
    }

    #[test]
    fn an_endpoint_with_the_versioned_path_is_taken_at_its_word() {
        for path in [
            "/ims/oneroster/v1p1",
            "/ims/oneroster/rostering/v1p2",
            "/proxy/MoYPlyQWmG0%3D/ims/oneroster/v1p1",
            "/learningdata/v1",
            "/campus/api/oneroster/v1p2/app/ims/oneroster/rostering/v1p2",
        ] {
            let endpoint = format!("https://sis.example.org{path}/");
            assert_eq!(bases(&endpoint, Version::Auto), [path]);
        }
    }

    #[test]
    fn an_endpoint_without_it_tries_1_2_before_1_1() {
        assert_eq!(
            bases("https://sis.example.org/api/", Version::Auto),
            [
                "/api/ims/oneroster/rostering/v1p2",
                "/api/ims/oneroster/v1p1",
                "/api/learningdata/v1",
                "/api"
            ]
        );
        assert_eq!(
            bases("https://sis.example.org/ims/oneroster", Version::Auto)[0],
            PATH_1_2
        );
    }

    #[test]
    fn a_setting_overrules_the_path() {
        assert_eq!(
            bases("https://h/x/ims/oneroster/v1p1", Version::V1_2),
            ["/x/ims/oneroster/rostering/v1p2"]
        );
        assert_eq!(
            bases("https://h/ims/oneroster/rostering/v1p2", Version::V1_1),
            [PATH_1_1]
        );
        assert_eq!(bases("https://h", Version::V1_1)[0], PATH_1_1);
    }

    #[test]
    fn trap_07_an_escaped_application_id_is_not_escaped_again() {
        let endpoint = Endpoint::of("https://proxy.example.org/MoYPlyQWmG0%3D/ims/oneroster/v1p1")
            .expect("good");
        let base = &endpoint.bases(Version::Auto)[0];
        assert_eq!(
            endpoint.url(base, Collection::Users),
            "https://proxy.example.org/MoYPlyQWmG0%3D/ims/oneroster/v1p1/users"
        );
    }

    #[test]
    fn an_unusable_endpoint_is_named() {
        for endpoint in ["sis.example.org", "https://h/?app=1", "ftp://h"] {
            assert!(
                matches!(Endpoint::of(endpoint), Err(Failure::InvalidSetting((key, _))) if key == "endpoint")
            );
        }
    }
}
