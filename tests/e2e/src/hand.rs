//! A SIS whose records a test writes by hand, to the letter, and the platform
//! that is connected to it: [`Hand`] is what is written, [`Place`] where it runs.

use std::collections::BTreeMap;

use fake_sis::{Behaviour, FakeSis, LoggedRequest, OAuth2, Resource, Source, Version, Written};
use serde_json::Value;

use crate::{Answer, NAME, Platform};

/// The platform's people unless a test says otherwise.
const DIRECTORY: &str = "id,email,givenName,familyName,username,role\n\
    1,ada@x.org,Ada,Young,ada,student\n\
    2,tom@x.org,Tom,Teach,tom,teacher\n";

/// What is written. The start is a school (`s1`) with a term (`t1`), a course
/// (`c1`), a class (`k1`), a student (`u1`, Ada Young) and a teacher (`u2`, Tom
/// Teach), both in the class.
#[derive(Debug, Clone)]
pub struct Hand {
    rows: BTreeMap<&'static str, (Resource, Written)>,
    behaviour: Behaviour,
    adapter: &'static str,
    version: Option<Version>,
    directory: String,
    arguments: Vec<String>,
}

impl Default for Hand {
    fn default() -> Self {
        Self::new()
    }
}

impl Hand {
    /// The start.
    pub fn new() -> Self {
        let start = Hand {
            rows: BTreeMap::new(),
            behaviour: Behaviour::default(),
            adapter: "oneroster",
            version: Some(Version::V1p2),
            directory: DIRECTORY.to_owned(),
            arguments: Vec::new(),
        };
        start
            .rows(
                Resource::Orgs,
                &[r#"{"sourcedId":"s1","name":"Oak School","type":"school"}"#],
            )
            .rows(
                Resource::AcademicSessions,
                &[
                    r#"{"sourcedId":"t1","title":"Term","type":"term","schoolYear":"2026","startDate":"2000-01-01","endDate":"2099-12-31"}"#,
                ],
            )
            .rows(
                Resource::Courses,
                &[r#"{"sourcedId":"c1","title":"Mathematics","courseCode":"MA","org":{"sourcedId":"s1"}}"#],
            )
            .rows(
                Resource::Classes,
                &[
                    r#"{"sourcedId":"k1","title":"Mathematics 1","course":{"sourcedId":"c1"},"school":{"sourcedId":"s1"},"terms":[{"sourcedId":"t1"}]}"#,
                ],
            )
            .rows(
                Resource::Users,
                &[
                    &student("u1", "Ada", "Young", "ada@x.org"),
                    r#"{"sourcedId":"u2","givenName":"Tom","familyName":"Teach","email":"tom@x.org","enabledUser":"true","roles":[{"roleType":"primary","role":"teacher","org":{"sourcedId":"s1"}}]}"#,
                ],
            )
            .rows(
                Resource::Enrollments,
                &[
                    &enrollment("e1", "u1", "student"),
                    &enrollment("e2", "u2", "teacher"),
                ],
            )
    }

    /// These rows of a list, and no others.
    pub fn rows(mut self, resource: Resource, rows: &[&str]) -> Self {
        let written = Written {
            resource,
            envelope: None,
            rows: rows.iter().map(|row| (*row).to_owned()).collect(),
        };
        self.rows.insert(resource.name(), (resource, written));
        self
    }

    /// These rows of a list after those that are there.
    pub fn also(mut self, resource: Resource, rows: &[&str]) -> Self {
        if let Some((_, written)) = self.rows.get_mut(resource.name()) {
            written
                .rows
                .extend(rows.iter().map(|row| (*row).to_owned()));
        }
        self
    }

    /// Another key for a list.
    pub fn under(mut self, resource: Resource, envelope: &str) -> Self {
        if let Some((_, written)) = self.rows.get_mut(resource.name()) {
            written.envelope = Some(envelope.to_owned());
        }
        self
    }

    /// The server behaves like this; its lists stay those written here.
    pub fn behaving(mut self, behaviour: Behaviour) -> Self {
        self.behaviour = behaviour;
        self
    }

    /// Read with another adapter.
    pub fn adapter(mut self, adapter: &'static str) -> Self {
        self.adapter = adapter;
        self
    }

    /// Read in this version; none: the endpoint does not say.
    pub fn version(mut self, version: Option<Version>) -> Self {
        self.version = version;
        self
    }

    /// More people of the platform, as lines `id,email,given,family,username,role`.
    pub fn people(mut self, lines: &[&str]) -> Self {
        for line in lines {
            self.directory.push_str(line);
            self.directory.push('\n');
        }
        self
    }

    /// A setting, `key=value`.
    pub fn set(self, pair: &str) -> Self {
        self.with(&["--set", pair])
    }

    /// Arguments for `integration add`. Without `--auth` it is told the fake
    /// SIS's token URL; with `--token-url` or `--auth` that is left out.
    pub fn with(mut self, arguments: &[&str]) -> Self {
        self.arguments
            .extend(arguments.iter().map(|text| (*text).to_owned()));
        self
    }

    fn served(&self) -> Behaviour {
        let mut behaviour = self.behaviour.clone();
        behaviour.written = self.rows.values().map(|(_, w)| w.clone()).collect();
        behaviour
    }

    /// A server, and a platform with the adapter and the directory, not yet
    /// connected.
    #[track_caller]
    pub fn prepare(self) -> Place {
        let source = Source::district(district::Spec {
            people: 30,
            ..Default::default()
        });
        let server = FakeSis::spawn(source, self.served()).expect("the fake SIS starts");
        let platform = Platform::new();
        platform.install(self.adapter);
        platform.import_directory(&self.directory).ok();
        Place {
            platform,
            server,
            hand: self,
        }
    }

    /// The same, connected.
    #[track_caller]
    pub fn connect(self) -> Place {
        let place = self.prepare();
        place.add().ok();
        place
    }
}

/// A hand-written SIS and a platform.
pub struct Place {
    /// The platform.
    pub platform: Platform,
    /// The server.
    pub server: FakeSis,
    hand: Hand,
}

impl Place {
    /// The endpoint that `integration add` is given.
    pub fn endpoint(&self) -> String {
        match self.hand.version {
            Some(version) => self.server.roster_url(version),
            None => self.server.base_url(),
        }
    }

    /// `integration add`.
    pub fn add(&self) -> Answer {
        let own = |name: &str| self.hand.arguments.iter().any(|a| a == name);
        let secret = self
            .platform
            .file("secret", &OAuth2::default().client_secret);
        let (endpoint, token_url) = (self.endpoint(), self.server.token_url());
        let client_id = OAuth2::default().client_id;
        let mut arguments = vec!["integration", "add", "--name", NAME, "--json"];
        arguments.extend(["--adapter", self.hand.adapter]);
        arguments.extend(["--allow-insecure-http", "--allow-private-network"]);
        for (name, value) in [
            ("--endpoint", &endpoint),
            ("--client-id", &client_id),
            ("--client-secret-file", &secret),
        ] {
            if !own(name) {
                arguments.extend([name, value]);
            }
        }
        if !own("--token-url") && !own("--auth") && self.hand.adapter == "oneroster" {
            arguments.extend(["--token-url", &token_url]);
        }
        arguments.extend(self.hand.arguments.iter().map(String::as_str));
        self.platform.run(arguments)
    }

    /// `integration edit`.
    pub fn edit(&self, more: &[&str]) -> Answer {
        let mut arguments = vec!["integration", "edit", NAME, "--json"];
        arguments.extend(more);
        self.platform.run(arguments)
    }

    /// `integration test`.
    pub fn test(&self) -> Answer {
        self.platform.run(["integration", "test", NAME, "--json"])
    }

    /// A sync that must end with this code; its report.
    #[track_caller]
    pub fn sync_ending(&self, code: i32) -> Value {
        self.platform.sync(NAME, &[]).ends_with(code).json()
    }

    /// A sync that must succeed; its report. What was received is accounted
    /// for.
    #[track_caller]
    pub fn sync(&self) -> Value {
        crate::accounted(self.sync_ending(0))
    }

    /// The server serves other rows of a list from now on.
    pub fn turn(&mut self, resource: Resource, rows: &[&str]) {
        self.hand = self.hand.clone().rows(resource, rows);
        self.server.set_behaviour(self.hand.served());
    }

    /// The server behaves otherwise from now on; its lists stay.
    pub fn behave(&mut self, behaviour: Behaviour) {
        self.hand = self.hand.clone().behaving(behaviour);
        self.server.set_behaviour(self.hand.served());
    }

    /// Every request since the start or the last `clear_log`.
    pub fn log(&self) -> Vec<LoggedRequest> {
        self.server.requests()
    }

    /// The findings of this run as `code entity/sourcedId field`, with `-` for
    /// what a finding does not say; sorted.
    pub fn findings(&self, report: &Value) -> Vec<String> {
        let text = |finding: &Value, name: &str| {
            let value = finding[name].as_str();
            value.filter(|v| !v.is_empty()).unwrap_or("-").to_owned()
        };
        let mut told: Vec<String> = self
            .platform
            .findings(report)
            .iter()
            .map(|finding| {
                let [code, entity, id, field] =
                    ["code", "entity", "sourcedId", "field"].map(|name| text(finding, name));
                format!("{code} {entity}/{id} {field}")
            })
            .collect();
        told.sort();
        told
    }

    /// Users of the platform who are linked with the SIS, as `email: sourcedId …`.
    pub fn links(&self) -> Vec<String> {
        let mut all = Vec::new();
        for user in self.platform.users() {
            let links = user["links"].as_array().expect("links");
            let mut ids: Vec<&str> = links
                .iter()
                .filter(|link| link["provider"] == NAME)
                .filter_map(|link| link["sourcedId"].as_str())
                .collect();
            ids.sort_unstable();
            if !ids.is_empty() {
                let email = user["email"].as_str().unwrap_or("-");
                all.push(format!("{email}: {}", ids.join(" ")));
            }
        }
        all.sort();
        all
    }

    /// Who of the SIS is no user, as `sourcedId reason`.
    pub fn unmatched(&self) -> Vec<String> {
        let mut all: Vec<String> = self
            .platform
            .unmatched()
            .iter()
            .map(|person| {
                let text = |name: &str| person[name].as_str().unwrap_or("-");
                format!("{} {}", text("sourcedId"), text("reason"))
            })
            .collect();
        all.sort();
        all
    }
}

/// A student of the school `s1`, as 1.2 writes one.
pub fn student(id: &str, given: &str, family: &str, email: &str) -> String {
    format!(
        r#"{{"sourcedId":"{id}","givenName":"{given}","familyName":"{family}","email":"{email}","enabledUser":"true","roles":[{{"roleType":"primary","role":"student","org":{{"sourcedId":"s1"}}}}]}}"#
    )
}

/// A place in the class `k1`.
pub fn enrollment(id: &str, user: &str, role: &str) -> String {
    format!(
        r#"{{"sourcedId":"{id}","user":{{"sourcedId":"{user}"}},"class":{{"sourcedId":"k1"}},"school":{{"sourcedId":"s1"}},"role":"{role}"}}"#
    )
}
