//! `homeroom user list`: users, or people who are none, as text, JSON or CSV.

use std::path::{Path, PathBuf};

use clap::Args;
use homeroom_sync::views::LinkView;
use homeroom_sync::{Office, UnmatchedPeople, Users};

use crate::commands::{Context, Result};
use crate::exit::Exit;
use crate::output::csv::{CsvFile, unwritable};
use crate::output::{catalogue, table, text};

/// `homeroom user list`
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// People of a SIS who are no users of the platform, with the reason.
    #[arg(long)]
    unmatched: bool,
    /// Write them to a file for a spreadsheet; `-` is standard output. Cells
    /// that begin like a formula get a leading apostrophe.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
}

pub(super) async fn run(args: ListArgs, office: &Office, context: &mut Context) -> Result {
    match (args.unmatched, args.csv) {
        (false, None) => users(&office.users().await?, context),
        (true, None) => unmatched(&office.unmatched().await?, context),
        (false, Some(file)) => users_csv(&office.users().await?, &file, context),
        (true, Some(file)) => unmatched_csv(&office.unmatched().await?, &file, context),
    }
}

fn users(users: &Users, context: &mut Context) -> Result {
    if context.out.is_json() {
        let mut array = context.out.json_array();
        users.iter().try_for_each(|user| array.push(&user))?;
        array.end()?;
        return Ok(Exit::Succeeded);
    }
    if users.count() == 0 {
        let hint = context.hints.command("directory import FILE.csv");
        context.out.text(&format!(
            "There is no user yet. People come from a directory: {hint}\n"
        ))?;
        return Ok(Exit::Succeeded);
    }
    let style = context.out.style();
    let columns = ["id", "name", "email", "roles", "status", "matched by"].map(table::left);
    let rows = users.iter().map(|user| {
        vec![
            user.id,
            text::name(user.given_name.as_deref(), user.family_name.as_deref()),
            user.email.unwrap_or_default(),
            user.roles.join(","),
            user.status,
            links(&user.links),
        ]
    });
    table::write(&mut context.out, &style, 0, &columns, rows)?;
    let matched = users.iter().filter(|user| user.matched).count() as u64;
    let told = format!(
        "\n{}, {} matched with a SIS\n",
        text::counted(users.count() as u64, "user", "users"),
        text::count(matched)
    );
    context.out.text(&told)?;
    Ok(Exit::Succeeded)
}

fn links(links: &[LinkView]) -> String {
    let links: Vec<_> = links
        .iter()
        .map(|link| format!("{}/{} ({})", link.provider, link.sourced_id, link.rule))
        .collect();
    links.join(", ")
}

fn unmatched(people: &UnmatchedPeople, context: &mut Context) -> Result {
    if context.out.is_json() {
        let mut array = context.out.json_array();
        people.iter().try_for_each(|person| array.push(&person))?;
        array.end()?;
        return Ok(Exit::Succeeded);
    }
    if people.count() == 0 {
        context.out.text("Everybody is matched.\n")?;
        return Ok(Exit::Succeeded);
    }
    let style = context.out.style();
    let columns = ["provider", "record", "name", "email", "roles", "reason"].map(table::left);
    let rows = people.iter().map(|person| {
        vec![
            person.provider,
            person.sourced_id,
            text::name(person.given_name.as_deref(), person.family_name.as_deref()),
            person.email.unwrap_or_default(),
            person.roles.join(","),
            person.reason,
        ]
    });
    table::write(&mut context.out, &style, 0, &columns, rows)?;
    let people = text::counted(people.count() as u64, "person", "people");
    let hint = context.hints.command("user explain PROVIDER/RECORD");
    context.out.text(&format!(
        "\n{people} without a user. Why, and who it might be: {hint}\n"
    ))?;
    Ok(Exit::Succeeded)
}

fn users_csv(users: &Users, file: &Path, context: &mut Context) -> Result {
    let columns = [
        "id",
        "email",
        "givenName",
        "familyName",
        "roles",
        "status",
        "matched",
        "links",
    ];
    let mut csv = CsvFile::create(file, &columns)?;
    for user in users.iter() {
        let (roles, links) = (user.roles.join(","), links(&user.links));
        csv.row([
            &*user.id,
            user.email.as_deref().unwrap_or_default(),
            user.given_name.as_deref().unwrap_or_default(),
            user.family_name.as_deref().unwrap_or_default(),
            &roles,
            &user.status,
            if user.matched { "true" } else { "false" },
            &links,
        ])
        .map_err(|error| unwritable(file, &error))?;
    }
    let rows = csv.finish()?;
    context.tell_csv(file, rows, "user", "users")
}

fn unmatched_csv(people: &UnmatchedPeople, file: &Path, context: &mut Context) -> Result {
    let columns = [
        "provider",
        "sourcedId",
        "email",
        "givenName",
        "familyName",
        "roles",
        "reason",
        "remedy",
    ];
    let mut csv = CsvFile::create(file, &columns)?;
    for person in people.iter() {
        let roles = person.roles.join(",");
        csv.row([
            &*person.provider,
            &person.sourced_id,
            person.email.as_deref().unwrap_or_default(),
            person.given_name.as_deref().unwrap_or_default(),
            person.family_name.as_deref().unwrap_or_default(),
            &roles,
            &person.reason,
            catalogue::remedy(&person.reason).unwrap_or_default(),
        ])
        .map_err(|error| unwritable(file, &error))?;
    }
    let rows = csv.finish()?;
    context.tell_csv(file, rows, "person", "people")
}
