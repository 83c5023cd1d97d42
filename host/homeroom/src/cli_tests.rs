//! The command line that scripts rely on: every form of it is understood, and
//! what is wrong with one is told.

use clap::{CommandFactory, Parser};

use super::Cli;

/// Whether the line, split at blanks, is understood.
fn understood(line: &str) -> bool {
    Cli::try_parse_from(line.split(' ')).is_ok()
}

/// The usage error of a line that is not understood.
fn refused(line: &str) -> String {
    match Cli::try_parse_from(line.split(' ')) {
        Ok(cli) => panic!("{line} was understood as {cli:?}"),
        Err(error) => {
            assert_eq!(error.exit_code(), 2);
            error.to_string()
        }
    }
}

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn every_documented_form_is_understood() {
    for line in [
        "homeroom adapter install a.wasm",
        "homeroom adapter install a.wasm --approve",
        "homeroom adapter install a.wasm --approve --allow-downgrade --allow-other-publisher",
        "homeroom adapter approve oneroster",
        "homeroom adapter approve sha256:00 --allow-downgrade --allow-other-publisher",
        "homeroom adapter list --json",
        "homeroom adapter diff a.wasm oneroster --json",
        "homeroom adapter keygen key",
        "homeroom adapter sign a.wasm --key key --output b.wasm",
        "homeroom adapter verify a.wasm --publisher-key ed25519:00",
        "homeroom adapter trust acme ed25519:00",
        "homeroom adapter untrust acme",
        "homeroom adapter publishers --json",
        "homeroom --policy p.toml adapter list",
        "homeroom adapter inspect a.wasm",
        "homeroom directory import people.csv",
        "homeroom directory import people.csv --name ldap --merge-priority 90",
        "homeroom directory import people.csv --preview",
        "homeroom guardians import guardians.csv --integration n --preview",
        "homeroom integration add --name n --adapter oneroster --endpoint https://a.example",
        "homeroom integration add --name n --adapter a --endpoint u --token-url t --auth bearer \
         --client-id i --client-secret-file f --set sis=other --set parents=parent,guardian \
         --allow-private-network --allow-insecure-http",
        "homeroom integration add --name n --adapter a --endpoint u --client-secret-env SECRET",
        "homeroom integration list",
        "homeroom integration show n --json",
        "homeroom integration edit n --set limit-roles=",
        "homeroom integration edit n --allow-private-network",
        "homeroom integration edit n --allow-private-network=false --client-id x",
        "homeroom integration test n",
        "homeroom integration enable n",
        "homeroom integration disable n",
        "homeroom integration exclude-schools n S1 S2",
        "homeroom integration include-schools n S1",
        "homeroom integration reset n",
        "homeroom integration reset n --yes-i-understand",
        "homeroom integration delete n --yes-i-understand",
        "homeroom sync n",
        "homeroom sync n --preview --full --json",
        "homeroom --data /srv/data --tenant north --json sync n",
        "homeroom run list",
        "homeroom run show 3 --json",
        "homeroom run log 3",
        "homeroom run findings 3 --csv out.csv",
        "homeroom run changes 3 --kind user --school S1 --person zoe --csv out.csv",
        "homeroom run approve 3",
        "homeroom run discard 3",
        "homeroom run undo 3",
        "homeroom user list --unmatched --json",
        "homeroom user explain zoe@example.org",
        "homeroom user match u-1 riverside 77",
        "homeroom user unmatch riverside 77",
        "homeroom user never-match u-1 riverside 77",
        "homeroom user pin u-1 givenName Zoe",
        "homeroom user unpin u-1 givenName",
        "homeroom roster export out --tenant north",
    ] {
        assert!(understood(line), "{line}");
    }
}

#[test]
fn a_secret_is_never_an_argument() {
    let told = refused(
        "homeroom integration add --name n --adapter a --endpoint u --client-secret hunter2",
    );
    assert!(told.contains("--client-secret"), "{told}");
    let told =
        refused("homeroom integration edit n --client-secret-file f --client-secret-env VAR");
    assert!(told.contains("cannot be used with"), "{told}");
}

#[test]
fn usage_errors_say_what_is_wrong() {
    assert!(refused("homeroom run show three").contains("three"));
    assert!(refused("homeroom integration edit n --set parents").contains("KEY=VALUE"));
    assert!(refused("homeroom integration exclude-schools n").contains("ID"));
    assert!(refused("homeroom directory import f.csv --merge-priority 101").contains("101"));
    assert!(refused("homeroom run changes 3 --kind teacher").contains("enrollment"));
    assert!(refused("homeroom synch n").contains("sync"));
}

#[test]
fn settings_keep_equals_signs_and_may_be_empty() {
    let line = "homeroom integration edit n --set query=a=b --set limit-roles=";
    let cli = Cli::try_parse_from(line.split(' ')).expect("understood");
    let told = format!("{cli:?}");
    assert!(
        told.contains(r#"[("query", "a=b"), ("limit-roles", "")]"#),
        "{told}"
    );
}

#[test]
fn the_help_tells_exit_codes_and_settings() {
    let help = Cli::command().render_long_help().to_string();
    assert!(help.contains("3  partial"), "{help}");
    assert!(help.contains("HOMEROOM_DATA"), "{help}");
    let mut command = Cli::command();
    let add = command
        .find_subcommand_mut("integration")
        .and_then(|group| group.find_subcommand_mut("add"))
        .expect("integration add");
    let help = add.render_long_help().to_string();
    assert!(help.contains("deletion-threshold-percent"), "{help}");
}
