//! Recordings as files: damaged and foreign ones are told apart, none takes the
//! place of another file, and nobody else may read one.

use std::fs;
use std::path::Path;

use e2e::{NAME, School, Sis};

use super::{path, recorded};

#[test]
fn files_that_are_no_good_are_refused_and_told_apart() {
    let (platform, file) = recorded(School::connect(Sis::start()));
    let bytes = fs::read(&file).expect("there");
    let refused = |name: &str, bytes: &[u8]| {
        let file = path(&platform, name);
        fs::write(&file, bytes).expect("written");
        for command in [&["recording", "show", &file][..], &["replay", &file]] {
            let mut arguments = command.to_vec();
            arguments.push("--json");
            let failure = platform.run(arguments).ends_with(2).json();
            assert!(
                failure["detail"].as_str().expect("a detail").contains(name),
                "{failure}"
            );
            assert_eq!(failure["status"], "failed");
            let code = failure["code"].as_str().expect("a code").to_owned();
            if command[0] == "replay" {
                return code;
            }
        }
        String::new()
    };
    let mut damaged = bytes.clone();
    damaged[bytes.len() / 2] ^= 0x20;
    assert_eq!(refused("damaged.rec", &damaged), "recording-damaged");
    let mut newer = bytes.clone();
    newer[16] = 9;
    assert_eq!(refused("newer.rec", &newer), "recording-newer");
    assert_eq!(refused("foreign.rec", b"{\"log\":{}}"), "recording-foreign");
    let missing = platform
        .run(["replay", "nowhere.rec", "--json"])
        .ends_with(2)
        .json();
    assert_eq!(missing["code"], "recording-unreadable");

    // An adapter that is not there, or is none.
    let none = path(&platform, "foreign.rec");
    platform
        .run(["replay", &file, "--adapter", "nobody"])
        .ends_with(2);
    platform
        .run(["replay", &file, "--adapter", &none])
        .ends_with(2);
}

#[test]
fn nothing_is_overwritten_and_others_may_not_read() {
    let school = School::connect(Sis::start());
    let file = school.platform.file("mine", "something of mine");
    let refused = school
        .platform
        .sync(NAME, &["--record", &file])
        .ends_with(2)
        .json();
    assert_eq!(refused["code"], "recording-exists");
    assert_eq!(
        fs::read_to_string(&file).expect("there"),
        "something of mine"
    );
    assert!(
        school
            .platform
            .runs()
            .iter()
            .all(|run| run["kind"] != "sync"),
        "no run began"
    );
    // A sync that never begins leaves no file.
    let never = path(&school.platform, "never.rec");
    school
        .platform
        .sync("nobody", &["--record", &never])
        .ends_with(2);
    assert!(!Path::new(&never).exists());

    let (platform, file) = recorded(school);
    let har = path(&platform, "run.har");
    platform.run(["recording", "export-har", &file, &har]).ok();
    platform
        .run(["recording", "export-har", &file, &har])
        .ends_with(2);
    #[cfg(unix)]
    for file in [&file, &har] {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(file).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}
