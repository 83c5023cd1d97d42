//! The standard's status objects, in all the forms they are sent in.
//!
//! 1.1 wraps them in `statusInfoSet` or `errors`, 1.2 sends them bare, servers
//! differ in letter case and in whether `imsx_CodeMinor` is text or an object,
//! and others send `{"error": …}`. All become one [`Status`]. Descriptions are
//! read over: they may repeat what was sent.

use std::borrow::Cow;

use super::field::Text;
use super::tree::Tree;
use crate::Failure;

/// A code longer than this is prose.
const MOST_CODE: usize = 48;
/// 1.1 writes some codes with blanks.
const KNOWN_WITH_BLANKS: [&str; 8] = [
    "unknownobject",
    "invaliddata",
    "serverbusy",
    "internalservererror",
    "notfound",
    "toomanyrequests",
    "invalidtoken",
    "serviceunavailable",
];

/// What a source says about its answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Status {
    major: Option<String>,
    severity: Option<String>,
    /// Codes in lower case without blanks, `_` and `-`.
    minor: Vec<String>,
    /// Whether a plain `error` stood there.
    plain_error: bool,
}

/// Whether a top-level property belongs to a status.
pub(crate) fn is_status_property(name: &str) -> bool {
    matches!(
        plain(name).as_str(),
        "codemajor"
            | "severity"
            | "codeminor"
            | "statusinfoset"
            | "statusinfo"
            | "errors"
            | "error"
            | "warnings"
            | "errorcode"
    )
}

/// `imsx_codeMinor`, `CodeMinor`, `code_minor`: one spelling.
fn plain(name: &str) -> String {
    let lower: String = name
        .chars()
        .filter(|c| !matches!(c, '_' | '-' | ' '))
        .collect::<String>()
        .to_ascii_lowercase();
    lower
        .strip_prefix("imsx")
        .map(str::to_owned)
        .unwrap_or(lower)
}

impl Status {
    /// The status in the object with these properties.
    pub(crate) fn of(properties: &[(Cow<'_, str>, Tree<'_>)]) -> Self {
        let mut status = Self::default();
        status.collect(properties);
        status
    }

    /// The status in the body of an answer that is no page, such as an error.
    pub(crate) fn of_body(body: &[u8]) -> Self {
        match serde_json::from_slice(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)) {
            Ok(Tree::Object(properties)) => Self::of(&properties),
            _ => Self::default(),
        }
    }

    // The parser bounds how deep a tree can be.
    fn collect(&mut self, properties: &[(Cow<'_, str>, Tree<'_>)]) {
        for (name, value) in properties {
            let name = plain(name);
            match (name.as_str(), value) {
                ("codemajor", Tree::Scalar(text)) => self.major = Some(plain(text.as_trimmed())),
                ("severity", Tree::Scalar(text)) => self.severity = Some(plain(text.as_trimmed())),
                ("error" | "errorcode", Tree::Scalar(text)) => {
                    self.plain_error |= !matches!(text.as_trimmed(), "" | "false" | "0");
                    self.add_code(text);
                }
                ("codeminor" | "codeminorfieldvalue" | "code", Tree::Scalar(text)) => {
                    self.add_code(text)
                }
                // `{"error":{…}}` is an error as `{"error":"…"}` is.
                ("error", nested @ Tree::Object(properties)) if !properties.is_empty() => {
                    self.plain_error = true;
                    self.collect_nested(nested);
                }
                (
                    "codeminor" | "codeminorfield" | "statusinfoset" | "statusinfo" | "errors"
                    | "error" | "warnings",
                    nested,
                ) => self.collect_nested(nested),
                _ => {}
            }
        }
    }

    fn collect_nested(&mut self, value: &Tree<'_>) {
        match value {
            Tree::Object(properties) => self.collect(properties),
            Tree::List(values) => values.iter().for_each(|value| self.collect_nested(value)),
            Tree::Scalar(_) => {}
        }
    }

    fn add_code(&mut self, text: &Text<'_>) {
        let text = text.as_trimmed();
        let code = plain(text);
        // Prose may hold a person's name; a code is one word.
        let is_word = text.len() <= MOST_CODE && !text.contains(char::is_whitespace)
            || KNOWN_WITH_BLANKS.contains(&code.as_str());
        let is_code = is_word && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if is_code
            && !code.is_empty()
            && !matches!(code.as_str(), "fullsuccess" | "true" | "false" | "0")
            && !self.minor.contains(&code)
        {
            self.minor.push(code);
        }
    }

    /// Whether the source says that it failed. A warning is not a failure.
    pub(crate) fn is_failure(&self) -> bool {
        match (self.major.as_deref(), self.severity.as_deref()) {
            (Some("failure" | "unsupported"), severity) => severity != Some("warning"),
            (_, Some("error")) => true,
            _ => self.plain_error,
        }
    }

    /// The codes, for a sentence.
    pub(crate) fn codes(&self) -> String {
        self.minor.join(", ")
    }

    /// Whether a warning was given.
    pub(crate) fn is_warning(&self) -> bool {
        !self.is_failure()
            && (self.severity.as_deref() == Some("warning") || !self.minor.is_empty())
    }

    /// The failure this status stands for, in an answer to a question for
    /// `what` whose HTTP status was `http`.
    pub(crate) fn failure(&self, what: &str, http: u16) -> Failure {
        let said = if self.minor.is_empty() {
            "no code".to_owned()
        } else {
            self.codes()
        };
        let text =
            format!("The SIS answered an error when asked for {what} (HTTP {http}, {said}).");
        self.kind(text.clone()).unwrap_or(Failure::Malformed(text))
    }

    /// `failure`, which an HTTP status stood for, made more exact by the codes
    /// that came with it.
    pub(crate) fn refine(&self, failure: Failure) -> Failure {
        let with_codes = |text: String| {
            if self.minor.is_empty() {
                return text;
            }
            format!("{} The SIS says: {}.", text, self.codes())
        };
        match failure {
            // libre and others answer 403 where the token is missing or bad.
            Failure::Forbidden(text) => match self.kind(with_codes(text.clone())) {
                Some(refined @ Failure::Unauthorised(_)) => refined,
                _ => Failure::Forbidden(with_codes(text)),
            },
            Failure::Unauthorised(text) => Failure::Unauthorised(with_codes(text)),
            Failure::NotFound(text) => Failure::NotFound(with_codes(text)),
            Failure::Unavailable(text) => Failure::Unavailable(with_codes(text)),
            Failure::Unsupported(text) => self
                .kind(with_codes(text.clone()))
                .unwrap_or_else(|| Failure::Unsupported(with_codes(text))),
            other => other,
        }
    }

    fn kind(&self, text: String) -> Option<Failure> {
        self.minor.iter().find_map(|code| {
            Some(match code.as_str() {
                "unauthorisedrequest"
                | "unauthorizedrequest"
                | "unauthorised"
                | "unauthorized"
                | "invalidtoken"
                | "expiredtoken" => Failure::Unauthorised(text.clone()),
                "forbidden" | "insufficientscope" | "accessdenied" => {
                    Failure::Forbidden(text.clone())
                }
                "unknownobject" | "notfound" => Failure::NotFound(text.clone()),
                "serverbusy" | "toomanyrequests" => Failure::RateLimited(None),
                "internalservererror" | "serviceunavailable" => Failure::Unavailable(text.clone()),
                "unsupported"
                | "invaliddata"
                | "invalidfilterfield"
                | "invalidselectionfield"
                | "invalidsortfield"
                | "invalidblankselectionfield" => Failure::Unsupported(text.clone()),
                _ => return None,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trap_26_each_form_of_an_error_is_the_same_error() {
        let bodies = [
            r#"{"imsx_codeMajor":"failure","imsx_severity":"error","imsx_description":"x","imsx_CodeMinor":{"imsx_codeMinorField":[{"imsx_codeMinorFieldName":"TargetEndSystem","imsx_codeMinorFieldValue":"unauthorisedrequest"}]}}"#,
            r#"{"imsx_codeMajor":"failure","imsx_severity":"error","imsx_CodeMinor":"unauthorisedrequest"}"#,
            r#"{"imsx_codeMajor":"failure","imsx_severity":"error","imsx_codeMinor":{"imsx_codeMinorField":[{"imsx_codeMinorFieldValue":"unauthorized"}]}}"#,
            r#"{"statusInfoSet":[{"imsx_codeMajor":"failure","imsx_severity":"error","imsx_codeMinor":"unauthorized"}]}"#,
            r#"{"errors":[{"imsx_codeMajor":"failure","imsx_severity":"error","imsx_CodeMinor":"unauthorized"}]}"#,
            r#"{"codeMajor":"failure","codeMinor":"unauthorized","severity":"error"}"#,
            r#"{"error":"invalid_token"}"#,
            r#"{"error":{"code":"UNAUTHORIZED","message":"token of Ann Smith"}}"#,
        ];
        for body in bodies {
            let status = Status::of_body(body.as_bytes());
            assert!(status.is_failure(), "{body}");
            let failure = status.failure("users", 200);
            assert!(
                matches!(&failure, Failure::Unauthorised(text) if !text.contains("Ann")),
                "{body}: {failure:?}"
            );
        }
    }

    #[test]
    fn trap_04_a_403_for_a_bad_token_is_about_the_credentials() {
        let status = Status::of_body(br#"{"codeMajor":"failure","codeMinor":"unauthorized"}"#);
        assert!(matches!(
            status.refine(Failure::Forbidden("x".to_owned())),
            Failure::Unauthorised(_)
        ));
        let none = Status::of_body(b"<html>Forbidden</html>");
        assert!(matches!(
            none.refine(Failure::Forbidden("x".to_owned())),
            Failure::Forbidden(_)
        ));
    }

    #[test]
    fn a_description_with_a_person_in_it_is_not_repeated() {
        let status = Status::of_body(br#"{"error":"Ann Smith was not found in table users"}"#);
        assert!(status.is_failure());
        assert_eq!(status.codes(), "");
    }

    #[test]
    fn trap_25_a_warning_is_no_failure() {
        let status = Status::of_body(
            br#"{"statusInfoSet":[{"imsx_codeMajor":"success","imsx_severity":"warning","imsx_codeMinor":"invalid_sort_field"}]}"#,
        );
        assert!(status.is_warning() && !status.is_failure());
        assert_eq!(status.codes(), "invalidsortfield");
    }
}
