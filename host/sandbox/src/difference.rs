//! What one version of an adapter asks for and another does not: what a
//! reviewer has to look at before an upgrade, the part that reaches further
//! first. Pure; it does not know which of the two is approved.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::admission::{Dependencies, Examination, ImportClass};
use crate::manifest::{Manifest, Preset, Setting};
use crate::signature::Signature;

/// The differences from one file to another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// What the new one asks for beyond the old: what has to be approved.
    pub beyond: Vec<Change>,
    /// What it asks for less, or otherwise, without reaching further.
    pub otherwise: Vec<Change>,
    /// What differs in the files themselves: version, size, signature, tools.
    pub about: Vec<Change>,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What it is about, such as `hosts`.
    pub what: String,
    /// The old value; none: there is only a new one.
    pub old: Option<String>,
    /// The new value; none: there was only an old one.
    pub new: Option<String>,
}

impl Difference {
    /// The differences from `old` to `new`.
    pub fn between(old: &Examination, new: &Examination) -> Difference {
        let mut difference = Difference::default();
        difference.imports(old, new);
        if let (Some(old), Some(new)) = (&old.manifest, &new.manifest) {
            difference.reach(old, new);
            difference.reading(old, new);
            difference.settings(old, new);
            difference.identity(old, new);
            difference.words(old, new);
        } else {
            let state = |m: &Option<Manifest>| if m.is_some() { "usable" } else { "unusable" };
            difference.beyond_if("manifest", state(&old.manifest), state(&new.manifest), true);
        }
        difference.files(old, new);
        difference
    }

    /// Whether both ask for the same.
    pub fn asks_the_same(&self) -> bool {
        self.beyond.is_empty() && self.otherwise.is_empty()
    }

    fn imports(&mut self, old: &Examination, new: &Examination) {
        let told = |examination: &Examination, class: ImportClass| -> Vec<String> {
            let of = examination.imports.iter().filter(|i| i.class == class);
            // A patch version of the same interface reaches no further.
            of.map(|i| match i.name.split_once("@0.2.") {
                Some((name, _)) => name.to_owned(),
                None => i.name.clone(),
            })
            .collect()
        };
        for (what, class) in [
            ("refused imports", ImportClass::Refused),
            ("imports that work", ImportClass::Granted),
            ("inert imports", ImportClass::Inert),
        ] {
            self.sets(what, told(old, class), told(new, class));
        }
    }

    fn reach(&mut self, old: &Manifest, new: &Manifest) {
        self.sets("hosts", old.http.hosts.clone(), new.http.hosts.clone());
        self.sets(
            "methods",
            old.http.methods.clone(),
            new.http.methods.clone(),
        );
        let schemes = |m: &Manifest| m.auth.schemes.iter().map(ToString::to_string).collect();
        self.sets("authentication", schemes(old), schemes(new));
        self.beyond_if(
            "default authentication",
            old.auth.default.name(),
            new.auth.default.name(),
            true,
        );
        let without = |m: &Manifest| {
            let scheme = m.auth.default_without_token_url;
            scheme.map_or("the default", |s| s.name())
        };
        self.beyond_if(
            "authentication without a token URL",
            without(old),
            without(new),
            true,
        );
        let oauth2 = |m: &Manifest| m.auth.oauth2.clone();
        let urls = |m: &Manifest| oauth2(m).map(|o| o.token_urls).unwrap_or_default();
        self.sets("token URLs", urls(old), urls(new));
        let ways = |m: &Manifest| -> Vec<String> {
            let ways = oauth2(m).map(|o| o.client_auth).unwrap_or_default();
            ways.iter().map(text).collect()
        };
        self.sets("ways to send the client's secret", ways(old), ways(new));
        let scopes = |m: &Manifest| -> Vec<String> {
            let sets = oauth2(m).map(|o| o.scopes).unwrap_or_default();
            sets.into_iter().flat_map(|set| set.values).collect()
        };
        self.sets("OAuth scopes", scopes(old), scopes(new));
    }

    fn reading(&mut self, old: &Manifest, new: &Manifest) {
        let (was, is) = (&old.read, &new.read);
        let names = |m: &Manifest| -> Vec<String> {
            let names = m.read.collections.iter();
            names.map(|c| c.name().to_owned()).collect()
        };
        self.sets("collections", names(old), names(new));
        self.beyond_if(
            "guardians",
            yes_no(was.guardians),
            yes_no(is.guardians),
            is.guardians,
        );
        self.beyond_if(
            "reads changes only",
            yes_no(was.delta),
            yes_no(is.delta),
            false,
        );
        self.beyond_if(
            "requests at once",
            &was.concurrency.to_string(),
            &is.concurrency.to_string(),
            is.concurrency > was.concurrency,
        );
        let rate = |rate: Option<f64>| rate.map_or("any number".to_owned(), |r| r.to_string());
        let faster = is.rate.unwrap_or(f64::MAX) > was.rate.unwrap_or(f64::MAX);
        self.beyond_if("requests a second", &rate(was.rate), &rate(is.rate), faster);
        let size = |m: &Manifest| {
            let size = m.read.page_size;
            format!("{}, at most {}", size.default, size.max)
        };
        let larger = is.page_size.max > was.page_size.max;
        self.beyond_if("page size", &size(old), &size(new), larger);
    }

    fn settings(&mut self, old: &Manifest, new: &Manifest) {
        let told = |m: &Manifest| -> BTreeMap<String, String> {
            let of = m.settings.iter();
            of.map(|s| (s.key.clone(), setting(s))).collect()
        };
        self.maps("setting", &told(old), &told(new));
        let told = |m: &Manifest| m.presets.iter().flat_map(aspects).collect();
        self.maps("preset", &told(old), &told(new));
    }

    /// What presets say to people reaches nowhere.
    fn words(&mut self, old: &Manifest, new: &Manifest) {
        let ids = |m: &Manifest| m.presets.iter().map(|p| p.id.clone()).collect();
        self.about_sets("presets", ids(old), ids(new));
        for is in &new.presets {
            let Some(was) = old.presets.iter().find(|was| was.id == is.id) else {
                continue;
            };
            let said =
                |p: &Preset| format!("{}: {} {}", p.label, p.setup.join(" "), p.notes.join(" "));
            self.about(&format!("words of preset {}", is.id), &said(was), &said(is));
        }
    }

    fn identity(&mut self, old: &Manifest, new: &Manifest) {
        self.about("id", &old.id, &new.id);
        self.about("name", &old.name, &new.name);
        self.about("vendor", &old.vendor, &new.vendor);
        self.about("version", &old.version, &new.version);
        self.beyond_if("contract", &old.contract, &new.contract, true);
        let none = String::new();
        let description = |m: &Manifest| m.description.clone().unwrap_or(none.clone());
        self.about("description", &description(old), &description(new));
        self.about("setup steps", &old.setup.join(" "), &new.setup.join(" "));
    }

    fn files(&mut self, old: &Examination, new: &Examination) {
        self.about("digest", &old.digest, &new.digest);
        self.about(
            "signed by",
            &signed(&old.signature),
            &signed(&new.signature),
        );
        self.about("bytes", &old.size.to_string(), &new.size.to_string());
        let code = |e: &Examination| {
            let shape = e.shape;
            format!("{} functions, {} bytes", shape.functions, shape.code_bytes)
        };
        self.about("code", &code(old), &code(new));
        let tools = |e: &Examination| -> Vec<String> {
            let of = e.toolchain.iter();
            of.map(|t| format!("{} {} {}", t.role, t.name, t.version))
                .collect()
        };
        self.about_sets("built with", tools(old), tools(new));
        let sections = |e: &Examination| -> Vec<String> {
            e.sections.iter().map(|s| s.name.clone()).collect()
        };
        self.about_sets("custom section", sections(old), sections(new));
        let libraries = |e: &Examination| match &e.dependencies {
            Dependencies::Listed { packages } => packages
                .iter()
                .filter(|p| !p.build)
                .map(|p| format!("{} {} ({})", p.name, p.version, p.source))
                .collect(),
            _ => Vec::new(),
        };
        self.about_sets("library", libraries(old), libraries(new));
    }

    fn sets(&mut self, what: &str, old: Vec<String>, new: Vec<String>) {
        let (old, new) = (as_set(old), as_set(new));
        for added in new.difference(&old) {
            self.beyond.push(change(what, None, Some(added)));
        }
        for removed in old.difference(&new) {
            self.otherwise.push(change(what, Some(removed), None));
        }
    }

    /// A new entry is something new to say yes to; so is an entry that says
    /// something else than before.
    fn maps(&mut self, what: &str, old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) {
        for (key, is) in new {
            let what = format!("{what} {key}");
            match old.get(key) {
                None => self.beyond.push(change(&what, None, Some(is))),
                Some(was) => self.beyond_if(&what, was, is, true),
            }
        }
        for (key, was) in old.iter().filter(|(key, _)| !new.contains_key(*key)) {
            let what = format!("{what} {key}");
            self.otherwise.push(change(&what, Some(was), None));
        }
    }

    fn beyond_if(&mut self, what: &str, old: &str, new: &str, further: bool) {
        if old == new {
            return;
        }
        let change = change(what, Some(old), Some(new));
        match further {
            true => self.beyond.push(change),
            false => self.otherwise.push(change),
        }
    }

    fn about(&mut self, what: &str, old: &str, new: &str) {
        if old != new {
            self.about.push(change(what, Some(old), Some(new)));
        }
    }

    fn about_sets(&mut self, what: &str, old: Vec<String>, new: Vec<String>) {
        let (old, new) = (as_set(old), as_set(new));
        for added in new.difference(&old) {
            self.about.push(change(what, None, Some(added)));
        }
        for removed in old.difference(&new) {
            self.about.push(change(what, Some(removed), None));
        }
    }
}

fn change(what: &str, old: Option<&str>, new: Option<&str>) -> Change {
    Change {
        what: what.to_owned(),
        old: old.map(str::to_owned),
        new: new.map(str::to_owned),
    }
}

fn as_set(list: Vec<String>) -> BTreeSet<String> {
    list.into_iter().collect()
}

fn yes_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

/// A manifest's value in one line.
/// What a preset changes, each under a name of its own, such as
/// `aeries token-urls`.
fn aspects(preset: &Preset) -> Vec<(String, String)> {
    const WORDS: [&str; 4] = ["id", "label", "setup", "notes"];
    let Ok(serde_json::Value::Object(all)) = serde_json::to_value(preset) else {
        return Vec::new();
    };
    let says_nothing = |value: &serde_json::Value| {
        value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty)
    };
    all.into_iter()
        .filter(|(key, value)| !WORDS.contains(&key.as_str()) && !says_nothing(value))
        .map(|(key, value)| (format!("{} {key}", preset.id), text(&value)))
        .collect()
}

fn text<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}

fn setting(setting: &Setting) -> String {
    let mut told = text(&setting.kind);
    if setting.required {
        told += ", required";
    }
    if let Some(default) = &setting.default {
        told += &format!(", default {default}");
    }
    if !setting.choices.is_empty() {
        let choices: Vec<_> = setting.choices.iter().map(|c| c.value.as_str()).collect();
        told += &format!(", one of {}", choices.join(", "));
    }
    if let Some(min) = setting.min {
        told += &format!(", from {min}");
    }
    if let Some(max) = setting.max {
        told += &format!(", to {max}");
    }
    told
}

fn signed(signature: &Signature) -> String {
    match signature {
        Signature::None => "nobody".to_owned(),
        Signature::Valid { key } => key.to_string(),
        Signature::Broken { why } => format!("a signature that does not hold ({why})"),
    }
}

#[cfg(test)]
mod tests;
