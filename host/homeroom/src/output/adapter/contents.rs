//! What a file is made of, as far as it says: tools, libraries, custom
//! sections; and what of that cannot be known.

use homeroom_sandbox::{Dependencies, Examination};

use crate::output::style::Style;
use crate::output::{table, text};

/// More than these are counted and not listed; `--json` has them all.
const MOST_LINES: usize = 40;

pub(super) fn contents(examination: &Examination, style: &Style) -> String {
    let mut told = format!(
        "\n{}\n",
        style.strong("What it is made of, by its own word")
    );
    told.push_str(&tools(examination, style));
    told.push_str(&libraries(&examination.dependencies));
    told.push_str(&sections(examination, style));
    told
}

fn tools(examination: &Examination, style: &Style) -> String {
    if examination.toolchain.is_empty() {
        return "  Built with: it does not say.\n".to_owned();
    }
    let rows: Vec<_> = examination
        .toolchain
        .iter()
        .map(|tool| {
            [&tool.role, &tool.name, &tool.version]
                .map(|text| text::clean(text).into_owned())
                .to_vec()
        })
        .collect();
    let columns = ["built with", "", ""].map(table::left);
    format!("{}\n", table::render(style, 2, &columns, &rows))
}

fn libraries(dependencies: &Dependencies) -> String {
    let unknown = |why: &str| {
        format!(
            "  Libraries: {why}. Which libraries are in it, and whether they have known \
             faults,\n  cannot be known from the file; ask its vendor for one built with \
             `cargo auditable`.\n"
        )
    };
    let packages = match dependencies {
        Dependencies::Unknown => return unknown("no list is embedded"),
        Dependencies::Unreadable { why } => {
            return unknown(&format!(
                "the list in it cannot be read ({})",
                text::clean(why)
            ));
        }
        Dependencies::Listed { packages } => packages,
    };
    let inside: Vec<_> = packages.iter().filter(|p| !p.build).collect();
    let tools = packages.len() - inside.len();
    let mut told = format!(
        "  Libraries: {}, and {} that only helped to build it. The list is the vendor's word.\n",
        inside.len(),
        tools
    );
    for package in inside.iter().take(MOST_LINES) {
        told.push_str(&format!(
            "    {} {} ({})\n",
            text::clean(&package.name),
            text::clean(&package.version),
            text::clean(&package.source)
        ));
    }
    if let Some(more) = inside
        .len()
        .checked_sub(MOST_LINES)
        .filter(|more| *more > 0)
    {
        told.push_str(&format!("    … and {more} more; --json lists all\n"));
    }
    told
}

fn sections(examination: &Examination, style: &Style) -> String {
    if examination.sections.is_empty() {
        return String::new();
    }
    let rows: Vec<_> = examination
        .sections
        .iter()
        .take(MOST_LINES)
        .map(|section| {
            let place = match section.depth {
                0 => "in the file".to_owned(),
                depth => format!("{depth} deep in it"),
            };
            let name = text::clean(&section.name).into_owned();
            vec![name, text::bytes(section.bytes), place]
        })
        .collect();
    let columns = [
        table::left("custom section"),
        table::right("size"),
        table::left("where"),
    ];
    let mut told = format!("\n{}", table::render(style, 2, &columns, &rows));
    let more = examination.sections.len().saturating_sub(MOST_LINES);
    if more > 0 {
        told.push_str(&format!("  … and {more} more; --json lists all\n"));
    }
    told
}
