//! Secrets never appear: not in the data folder, not in output, not in logs,
//! and not in what a hostile server makes of them.

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use e2e::{Answer, NAME, School, Sis, answer};
use fake_sis::{Behaviour, Dialect, Fault, FaultKind, Resource};

/// Runs the command with every log switched on.
fn loudly(school: &School, arguments: &[&str]) -> Answer {
    let mut command = school.platform.command(arguments);
    command
        .env("HOMEROOM_LOG", "trace")
        .env("RUST_LOG", "trace");
    answer(&mut command)
}

/// Every file below the folder in which `search` finds something.
fn files_with(folder: &Path, search: &dyn Fn(&[u8]) -> Option<String>, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files_with(&path, search, found);
            continue;
        }
        let bytes = fs::read(&path).expect("the file can be read");
        if let Some(text) = search(&bytes) {
            found.push(format!("{text} in {}", path.display()));
        }
    }
}

/// The first of the texts that is in these bytes.
fn one_of<'a>(texts: &'a [String]) -> impl Fn(&[u8]) -> Option<String> + 'a {
    move |bytes: &[u8]| {
        let inside = |text: &&String| {
            let mut windows = bytes.windows(text.len());
            windows.any(|window| window == text.as_bytes())
        };
        texts.iter().find(inside).cloned()
    }
}

/// A token of the fake SIS in these bytes: `fake-` and 32 hexadecimal digits.
fn token(bytes: &[u8]) -> Option<String> {
    let prefix = b"fake-";
    let length = prefix.len() + 32;
    let is_token = |window: &&[u8]| {
        window.starts_with(prefix) && window[prefix.len()..].iter().all(u8::is_ascii_hexdigit)
    };
    let found = bytes.windows(length).find(is_token)?;
    Some(String::from_utf8_lossy(found).into_owned())
}

/// Everything a person may do with an integration, and what it printed.
fn everything(school: &School) -> Vec<Answer> {
    let secret = school.platform.file("secret", school.sis.client_secret());
    let mut answers = vec![
        loudly(school, &["integration", "show", NAME]),
        loudly(school, &["integration", "show", NAME, "--json"]),
        loudly(school, &["integration", "list", "--json"]),
        loudly(school, &["integration", "test", NAME, "--json"]),
        loudly(
            school,
            &[
                "integration",
                "edit",
                NAME,
                "--client-secret-file",
                &secret,
                "--json",
            ],
        ),
        loudly(school, &["sync", NAME]),
        loudly(school, &["sync", NAME, "--preview", "--json"]),
    ];
    for run in school.platform.runs() {
        let run = run["run"].to_string();
        answers.push(loudly(school, &["run", "show", &run, "--json"]));
        answers.push(loudly(school, &["run", "log", &run]));
        answers.push(loudly(school, &["run", "log", &run, "--json"]));
        answers.push(loudly(school, &["run", "findings", &run, "--json"]));
    }
    answers
}

/// What must not be seen: the secret, what HTTP Basic makes of it, any token.
fn secret_in(school: &School) -> impl Fn(&[u8]) -> Option<String> {
    let secret = school.sis.client_secret();
    let pair = format!("{}:{secret}", school.sis.client_id());
    let texts = vec![secret.to_owned(), STANDARD.encode(pair)];
    move |bytes: &[u8]| one_of(&texts)(bytes).or_else(|| token(bytes))
}

#[track_caller]
fn stays_hidden(school: &School) {
    let answers = everything(school);
    assert!(
        school.sis.counters().token_requests > 1,
        "the secret was used"
    );
    let secret = secret_in(school);
    for answer in &answers {
        let found = secret(answer.text().as_bytes());
        assert_eq!(found, None, "in the output of `{}`", answer.command);
    }
    let mut found = Vec::new();
    files_with(&school.platform.data(), &secret, &mut found);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn the_search_would_find_them() {
    let school = School::connect(Sis::start());
    let secret = secret_in(&school);
    for text in [
        "x fake-sis-secret",
        "aG9tZXJvb206ZmFrZS1zaXMtc2VjcmV0",
        "Bearer fake-0123456789abcdef0123456789abcdef\n",
    ] {
        assert!(secret(text.as_bytes()).is_some(), "{text}");
    }
    let mut found = Vec::new();
    files_with(school.platform.folder(), &secret, &mut found);
    assert_eq!(
        found.len(),
        1,
        "the file that the command was given: {found:?}"
    );
}

#[test]
fn of_a_good_server() {
    stays_hidden(&School::connect(Sis::start()));
}

#[test]
fn of_a_server_that_sends_them_back() {
    let school = School::connect(Sis::start());
    school.sis.behave(Behaviour {
        faults: vec![Fault::on(Resource::Users, FaultKind::CredentialEcho)],
        ..Behaviour::default()
    });
    stays_hidden(&school);
}

#[test]
fn passwords_and_birth_dates_of_people_are_not_kept() {
    let school = School::connect(Sis::behaving(Behaviour {
        dialect: Dialect {
            personal_data: true,
            ..Dialect::default()
        },
        ..Behaviour::default()
    }));
    loudly(&school, &["sync", NAME, "--json"]).ok();
    let theirs = ["correct horse battery staple", "2011-11-11"].map(str::to_owned);
    let mut found = Vec::new();
    files_with(&school.platform.data(), &one_of(&theirs), &mut found);
    assert!(found.is_empty(), "{found:?}");
}
