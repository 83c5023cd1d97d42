//! Going through a scenario.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use district::{District, Spec};
use serde_json::Value;

use crate::check::{self, Differences};
use crate::files;
use crate::scenario::{Scenario, Step};
use crate::variables::Variables;
use crate::world::World;

/// The folder in which generated CSV files lie.
const GENERATED: &str = "generated";

/// Plays the case of that folder name.
///
/// # Panics
/// With every difference of the first step that differs; steps build on each
/// other, so what follows would say nothing.
pub fn run(case: &str) {
    let folder = cases().join(case);
    let file = folder.join("scenario.toml");
    let text = fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("{} cannot be read: {error}", file.display()));
    let scenario: Scenario = toml::from_str(&text)
        .unwrap_or_else(|error| panic!("{} is no scenario: {error}", file.display()));
    let variants = match scenario.variants.as_slice() {
        [] => vec![BTreeMap::new()],
        variants => variants.to_vec(),
    };
    let mut first: Option<World> = None;
    for variant in &variants {
        let world = play(case, &folder, &scenario, variant);
        let Some(first) = &mut first else {
            first = Some(world);
            continue;
        };
        compare_kept(case, variant, first, &world);
    }
}

/// Rosters that two variants kept under one name are the same.
fn compare_kept(case: &str, variant: &BTreeMap<String, String>, first: &World, other: &World) {
    let mut differences = Differences::default();
    for (name, kept) in &first.kept {
        if let Some(found) = other.kept.get(name) {
            let what = format!("`{name}` as in the first variant");
            check::compare(&what, kept, found, &mut differences);
        }
    }
    let found = differences.0.join("\n  ");
    assert!(found.is_empty(), "{case}, variant {variant:?}:\n  {found}");
}

fn play(
    case: &str,
    folder: &Path,
    scenario: &Scenario,
    variant: &BTreeMap<String, String>,
) -> World {
    let mut variables = Variables::default();
    for (name, value) in variant {
        variables.set(name, value);
    }
    let mut world = World::new(variables);
    let own = world.folder();
    files::copy_loose(folder, &own, &world.variables);
    if let Some(people) = scenario.generate {
        generate(people, &own, &world.variables);
    }
    for (number, step) in scenario.steps.iter().enumerate() {
        let differences = take(step, folder, &mut world);
        if !differences.0.is_empty() {
            let variant = match variant.is_empty() {
                true => String::new(),
                false => format!(", variant {variant:?}"),
            };
            panic!(
                "{case}{variant}: {}\nstep {} ({}):\n  {}\nwhy it must be so: {}",
                scenario.title,
                number + 1,
                about(step),
                differences.0.join("\n  "),
                scenario.why.trim()
            );
        }
    }
    world
}

/// What a step is about, for a message.
fn about(step: &Step) -> String {
    let parts = [
        step.title.as_deref(),
        step.run.as_deref(),
        step.connect.as_deref(),
    ];
    let parts: Vec<&str> = parts.into_iter().flatten().collect();
    parts.join("; ")
}

fn take(step: &Step, case: &Path, world: &mut World) -> Differences {
    let mut differences = Differences::default();
    for (name, folder) in &step.serve {
        let own = world.folder();
        let folder = match folder.as_str() {
            GENERATED => own.join(GENERATED),
            folder => files::night(case, &world.variables.fill(folder), &own, &world.variables),
        };
        world.serve(name, &folder);
    }
    if let Some(name) = &step.connect {
        let answer = world.connect(&world.variables.fill(name), &step.set);
        if step.run.is_some() {
            answer.ok();
        } else {
            check::answer(step, &answer, &world.variables, &mut differences);
        }
    }
    if let Some(line) = &step.run {
        let answer = world.command(line);
        check::answer(step, &answer, &world.variables, &mut differences);
        let json = serde_json::from_str::<Value>(&answer.stdout).unwrap_or(Value::Null);
        if let Some(run) = json["run"].as_u64() {
            world.variables.set("run", run.to_string());
            if let Some(name) = &step.name {
                world.variables.set(name, run.to_string());
            }
            check::accounts(&json, world, &mut differences);
        }
    }
    check::state(step, world, &mut differences);
    differences
}

/// Writes a district of that size.
fn generate(people: u32, to: &Path, variables: &Variables) {
    let district = District::new(Spec {
        people,
        ..Spec::default()
    });
    let folder = to.join(GENERATED);
    fs::create_dir_all(&folder).expect("a folder is made");
    fake_sis::write_csv(&district, &folder).expect("the district is written");
    let directory = to.join("generated.csv");
    fs::write(&directory, e2e::directory_csv(&district)).expect("the directory is written");
    if variables.get("rows") == Some("reversed") {
        let entries = fs::read_dir(&folder).expect("a folder");
        let mut written: Vec<PathBuf> = entries
            .map(|entry| entry.expect("an entry").path())
            .collect();
        written.push(directory);
        for path in written {
            let text = fs::read_to_string(&path).expect("the file is UTF-8");
            fs::write(&path, files::reversed(&text)).expect("a file is written");
        }
    }
}

/// The folder of all cases.
pub fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases")
}

/// The names of all cases there are, sorted.
pub fn listed() -> Vec<String> {
    let entries = fs::read_dir(cases()).expect("the folder of cases is there");
    let folders = entries.map(|entry| entry.expect("an entry").path());
    let mut names: Vec<String> = folders
        .filter(|path| path.join("scenario.toml").is_file())
        .map(|path| {
            path.file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}
