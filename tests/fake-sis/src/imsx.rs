//! Error objects of OneRoster 1.1 and 1.2.

use crate::Version;

/// Why a request cannot be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) status: u16,
    /// The minor code in 1.1 and in 1.2.
    minor: (&'static str, &'static str),
    description: String,
}

impl Problem {
    pub(crate) fn new(status: u16, description: impl Into<String>) -> Self {
        let minor = match status {
            400 => ("invalid data", "invaliddata"),
            401 => ("unauthorized", "unauthorisedrequest"),
            403 => ("forbidden", "forbidden"),
            404 => ("unknown object", "unknownobject"),
            429 => ("server_busy", "server_busy"),
            _ => ("internal_server_error", "internal_server_error"),
        };
        Problem {
            status,
            minor,
            description: description.into(),
        }
    }

    pub(crate) fn invalid_data(description: String) -> Self {
        Problem::new(400, description)
    }

    pub(crate) fn invalid_filter(description: String) -> Self {
        Problem {
            minor: ("invalid_filter_field", "invalid_filter_field"),
            ..Problem::new(400, description)
        }
    }

    /// An unknown name in `fields`: 200 in 1.1, 400 in 1.2.
    pub(crate) fn invalid_selection(version: Version, name: &str) -> Self {
        let status = match version {
            Version::V1p1 => 200,
            Version::V1p2 => 400,
        };
        Problem {
            status,
            minor: ("invalid_selection_field", "invalid_selection_field"),
            description: format!("there is no field `{name}`"),
        }
    }

    pub(crate) fn body(&self, version: Version) -> Vec<u8> {
        let minor = match version {
            Version::V1p1 => self.minor.0,
            Version::V1p2 => self.minor.1,
        };
        let warning = self.status == 200;
        let status = serde_json::json!({
            "imsx_codeMajor": if warning { "success" } else { "failure" },
            "imsx_severity": if warning { "warning" } else { "error" },
            "imsx_description": self.description,
            "imsx_CodeMinor": {
                "imsx_codeMinorField": [{
                    "imsx_codeMinorFieldName": "TargetEndSystem",
                    "imsx_codeMinorFieldValue": minor,
                }]
            }
        });
        let object = match version {
            Version::V1p1 => serde_json::json!({ "statusInfoSet": [status] }),
            Version::V1p2 => status,
        };
        object.to_string().into_bytes()
    }
}
