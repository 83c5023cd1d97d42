//! `homeroom run changes`: what a run changed or would change, row by row.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use homeroom_sync::{ChangeFilter, ChangeView, Office};

use crate::commands::{Context, Result};
use crate::exit::Exit;
use crate::output::csv::{CsvFile, unwritable};
use crate::output::style::Style;
use crate::output::text::{self, clean};

const COLUMNS: [&str; 8] = [
    "kind", "action", "id", "label", "school", "field", "before", "after",
];

/// The kinds of rows.
const KINDS: [&str; 8] = [
    "org",
    "session",
    "course",
    "user",
    "class",
    "enrollment",
    "guardian",
    "link",
];

/// What can happen to them.
const ACTIONS: [&str; 5] = ["create", "update", "archive", "restore", "remove"];

/// `homeroom run changes RUN`
#[derive(Debug, Args)]
pub(crate) struct ChangesArgs {
    /// The run's number.
    run: u32,
    /// Only changes of this kind.
    #[arg(long, value_parser = KINDS)]
    kind: Option<String>,
    /// Only what is made, changed, archived, restored or removed.
    #[arg(long, value_parser = ACTIONS)]
    action: Option<String>,
    /// Only changes that concern this school, by its sourcedId, before or after
    /// the change.
    #[arg(long, value_name = "ID")]
    school: Option<String>,
    /// Only changes that concern somebody whose id, name or email holds this
    /// text, or who has a record PROVIDER/SOURCED_ID that does, in any letter
    /// case; also classes and the like whose own id or name holds it.
    #[arg(long, value_name = "TEXT")]
    person: Option<String>,
    /// Write them to a file for a spreadsheet, one line a changed field; `-` is
    /// standard output. Cells that begin like a formula get a leading
    /// apostrophe.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
}

impl ChangesArgs {
    fn filter(&self) -> ChangeFilter {
        ChangeFilter {
            kind: self.kind.clone(),
            action: self.action.clone(),
            school: self.school.clone(),
            person: self.person.clone(),
        }
    }
}

pub(super) async fn run(args: ChangesArgs, office: &Office, context: &mut Context) -> Result {
    let filter = args.filter();
    if let Some(file) = &args.csv {
        let mut csv = CsvFile::create(file, &COLUMNS)?;
        let mut written = Ok(());
        office
            .run_changes(args.run, &filter, &mut |change| {
                if written.is_ok() {
                    written = csv_rows(&mut csv, &change);
                }
            })
            .await?;
        written.map_err(|error| unwritable(file, &error))?;
        let rows = csv.finish()?;
        return context.tell_csv(file, rows, "row", "rows");
    }
    if context.out.is_json() {
        let mut array = context.out.json_array();
        let mut written = Ok(());
        office
            .run_changes(args.run, &filter, &mut |change| {
                if written.is_ok() {
                    written = array.push(&change);
                }
            })
            .await?;
        written?;
        array.end()?;
        return Ok(Exit::Succeeded);
    }
    let (mut written, mut shown) = (Ok(()), 0_u64);
    let style = context.out.style();
    let out = &mut context.out;
    let total = office
        .run_changes(args.run, &filter, &mut |change| {
            if written.is_ok() {
                shown += 1;
                written = show(out, &style, &change);
            }
        })
        .await?;
    written?;
    if total == 0 {
        context.out.text("No changes.\n")?;
    } else if shown < total {
        let told = format!(
            "{} of {}\n",
            text::count(shown),
            text::counted(total, "change", "changes")
        );
        context.out.text(&told)?;
    }
    Ok(Exit::Succeeded)
}

fn show(out: &mut dyn Write, style: &Style, change: &ChangeView) -> io::Result<()> {
    let action = format!("{:8}", clean(&change.action));
    let action = match change.action.as_str() {
        "create" | "restore" => style.good(&action),
        "archive" | "remove" => style.bad(&action),
        _ => style.attention(&action),
    };
    let (kind, id, label) = (clean(&change.kind), clean(&change.id), clean(&change.label));
    let school = match &change.school {
        Some(school) => format!("  [{}]", clean(school)),
        None => String::new(),
    };
    writeln!(
        out,
        "{action}{kind:10}  {id}  {label}{}",
        style.faint(&school)
    )?;
    for field in &change.fields {
        let shown = |value: &str| match value {
            "" => "(nothing)".to_owned(),
            _ => format!("\"{}\"", clean(value)),
        };
        let (before, after) = (shown(&field.before), shown(&field.after));
        writeln!(
            out,
            "                    {}: {before} -> {after}",
            clean(&field.field)
        )?;
    }
    Ok(())
}

/// One row a changed field; one row for what comes or goes.
fn csv_rows(csv: &mut CsvFile, change: &ChangeView) -> std::result::Result<(), csv::Error> {
    let school = change.school.as_deref().unwrap_or_default();
    let begin = [
        &*change.kind,
        &change.action,
        &change.id,
        &change.label,
        school,
    ];
    if change.fields.is_empty() {
        return csv.row(begin.into_iter().chain([""; 3]));
    }
    for field in &change.fields {
        let end = [&*field.field, &field.before, &field.after];
        csv.row(begin.into_iter().chain(end))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use homeroom_sync::FieldChange;

    use super::*;

    fn change() -> ChangeView {
        ChangeView {
            kind: "user".to_owned(),
            action: "update".to_owned(),
            id: "u-7".to_owned(),
            label: "Zoë O\u{202e}Brien".to_owned(),
            school: Some("S1,S2".to_owned()),
            fields: vec![FieldChange {
                field: "email".to_owned(),
                before: String::new(),
                after: "=zoe@example.org".to_owned(),
            }],
        }
    }

    #[test]
    fn rows_are_harmless_on_a_terminal() {
        let mut shown = Vec::new();
        show(&mut shown, &Style::plain(), &change()).expect("memory");
        insta::assert_snapshot!(String::from_utf8(shown).expect("text"), @r#"
    update  user        u-7  Zoë O\u{202e}Brien  [S1,S2]
                        email: (nothing) -> "=zoe@example.org"
    "#);
    }

    #[test]
    fn rows_are_harmless_in_a_spreadsheet() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("changes.csv");
        let mut csv = CsvFile::create(&file, &COLUMNS).expect("writable");
        csv_rows(&mut csv, &change()).expect("written");
        csv_rows(
            &mut csv,
            &ChangeView {
                fields: Vec::new(),
                ..change()
            },
        )
        .expect("written");
        assert_eq!(csv.finish().expect("complete"), 2);
        let content = std::fs::read_to_string(&file).expect("there");
        let lines: Vec<_> = content.lines().collect();
        assert!(lines[1].ends_with(",email,,'=zoe@example.org"), "{content}");
        assert!(lines[2].ends_with("\"S1,S2\",,,"), "{content}");
    }
}
