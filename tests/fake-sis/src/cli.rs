//! The command line of `fake-sis`, and what it does.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Parser;
use district::{District, Shrink};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::cli_names::{
    AuthName, BooleansName, ClientAuthName, EnumsName, ExpiresInName, FilteringName, IdsName,
    LinksName, ReferencesName, SortingName,
};
use crate::csv_write::{write_csv, write_directory};
use crate::{FakeSis, Fault, Prebuild, Source, Version, fault_text};

/// A OneRoster server on 127.0.0.1 for trying adapters: a generated district or
/// your own CSV files, OneRoster 1.1 and 1.2, with faults on request.
///
/// It prints one line of JSON with its addresses and credentials, then serves
/// until it is stopped (Ctrl-C).
#[derive(Debug, Parser)]
#[command(name = "fake-sis", version, after_help = fault_text::HELP)]
#[allow(missing_docs, reason = "each field's doc is its help")]
pub struct Cli {
    /// People of the generated district (30 to millions)
    #[arg(long, default_value_t = 3_000, help_heading = "What is served")]
    pub people: u32,
    /// Seed of the generated district
    #[arg(long, default_value_t = 1, help_heading = "What is served")]
    pub seed: u64,
    /// A day in the school year of the generated district [default: this day]
    #[arg(long, value_name = "YYYY-MM-DD", help_heading = "What is served")]
    pub today: Option<Date>,
    /// One user record per role, as OneRoster 1.1 asks for
    #[arg(long, help_heading = "What is served")]
    pub split_roles: bool,
    /// A folder of OneRoster CSV files (1.1 or 1.2) instead of a district
    #[arg(long, value_name = "DIR", help_heading = "What is served")]
    pub csv: Option<PathBuf>,
    /// A later night: so many students have left
    #[arg(long, default_value_t = 0, help_heading = "What is served")]
    pub left: u32,
    /// A later night: those who left are there as `tobedeleted`
    #[arg(long, help_heading = "What is served")]
    pub leavers_as_tobedeleted: bool,
    /// A later night: so many students are new
    #[arg(long, default_value_t = 0, help_heading = "What is served")]
    pub joined: u32,
    /// A later night: so many students have another family name
    #[arg(long, default_value_t = 0, help_heading = "What is served")]
    pub renamed: u32,
    /// A later night: so many students have moved to another class
    #[arg(long, default_value_t = 0, help_heading = "What is served")]
    pub moved: u32,
    /// A later night: all ids of this school (0 is the first) are new
    #[arg(long, value_name = "SCHOOL", help_heading = "What is served")]
    pub rekeyed_school: Option<usize>,
    /// A later night: a school lost a share of its students, as SCHOOL:PERCENT
    #[arg(long, value_parser = shrink, value_name = "SCHOOL:PERCENT", help_heading = "What is served")]
    pub shrunk_school: Option<Shrink>,
    /// A later night: dateLastModified of what changed [default: the day, at midnight UTC]
    #[arg(long, value_name = "INSTANT", help_heading = "What is served")]
    pub changed_at: Option<Timestamp>,

    /// Port on 127.0.0.1; 0 is a free one
    #[arg(long, default_value_t = 0, help_heading = "Where")]
    pub port: u16,
    /// A path before the standard one, such as /api
    #[arg(long, default_value = "", help_heading = "Where")]
    pub base_path: String,
    /// The path of the token endpoint
    #[arg(long, default_value = "/token", help_heading = "Where")]
    pub token_path: String,
    /// Serve this version only
    #[arg(long, value_parser = version, value_name = "1.1|1.2", help_heading = "Where")]
    pub only: Option<Version>,
    /// Accepted for scripts: the addresses are always printed
    #[arg(long, help_heading = "Where")]
    pub print_url: bool,

    /// How clients prove who they are
    #[arg(
        long,
        value_enum,
        default_value = "oauth2",
        help_heading = "Authentication"
    )]
    pub auth: AuthName,
    /// Client id, or consumer key
    #[arg(long, default_value = "homeroom", help_heading = "Authentication")]
    pub client_id: String,
    /// Client secret, consumer secret, or bearer token
    #[arg(
        long,
        default_value = "fake-sis-secret",
        help_heading = "Authentication"
    )]
    pub client_secret: String,
    /// Where the token request must hold id and secret
    #[arg(
        long,
        value_enum,
        default_value = "any",
        help_heading = "Authentication"
    )]
    pub client_auth: ClientAuthName,
    /// The scope a token request must name
    #[arg(long, help_heading = "Authentication")]
    pub scope: Option<String>,
    /// Refuse a token request that names a scope
    #[arg(long, help_heading = "Authentication")]
    pub no_scope: bool,
    /// A field that a token request must have; may be given several times
    #[arg(
        long = "token-parameter",
        value_name = "NAME=VALUE",
        value_parser = pair,
        help_heading = "Authentication"
    )]
    pub token_parameters: Vec<(String, String)>,
    /// Seconds a token lives
    #[arg(long, default_value_t = 3600, help_heading = "Authentication")]
    pub token_seconds: u64,
    /// Requests a token is good for
    #[arg(long, value_name = "N", help_heading = "Authentication")]
    pub requests_per_token: Option<u32>,
    /// How `expires_in` is written
    #[arg(
        long,
        value_enum,
        default_value = "number",
        help_heading = "Authentication"
    )]
    pub expires_in: ExpiresInName,
    /// Refuse every token
    #[arg(long, help_heading = "Authentication")]
    pub refuse_all: bool,
    /// The token comes with a cookie that must come back
    #[arg(long, help_heading = "Authentication")]
    pub cookie: bool,
    /// The status of a refusal (401 or 403)
    #[arg(long, default_value_t = 401, help_heading = "Authentication")]
    pub refusal: u16,

    /// Rows of a page when the client does not say
    #[arg(long, default_value_t = 100, help_heading = "Pages")]
    pub default_limit: usize,
    /// Most rows of a page; more are silently not given
    #[arg(long, value_name = "N", help_heading = "Pages")]
    pub max_limit: Option<usize>,
    /// Ignore the client's limit
    #[arg(long, help_heading = "Pages")]
    pub ignore_limit: bool,
    /// No X-Total-Count
    #[arg(long, help_heading = "Pages")]
    pub no_total: bool,
    /// X-Total-Count is off by so many
    #[arg(
        long,
        value_name = "N",
        allow_hyphen_values = true,
        help_heading = "Pages"
    )]
    pub total_off: Option<i64>,
    /// What the Link header says
    #[arg(long, value_enum, default_value = "right", help_heading = "Pages")]
    pub links: LinksName,
    /// The origin for `--links other-origin`
    #[arg(long, default_value = "http://localhost", help_heading = "Pages")]
    pub link_origin: String,
    /// What `sort` does
    #[arg(long, value_enum, default_value = "right", help_heading = "Pages")]
    pub sorting: SortingName,
    /// What `filter` does
    #[arg(long, value_enum, default_value = "right", help_heading = "Pages")]
    pub filtering: FilteringName,
    /// Repeat a row after every so many
    #[arg(long, value_name = "N", help_heading = "Pages")]
    pub repeat_every: Option<usize>,
    /// Repeated rows have a newer dateLastModified
    #[arg(long, requires = "repeat_every", help_heading = "Pages")]
    pub repeat_newer: bool,
    /// Rows that come (or, negative, go) at the front of each list
    #[arg(
        long,
        value_name = "ROWS",
        allow_hyphen_values = true,
        help_heading = "Pages"
    )]
    pub shift: Option<i32>,
    /// Requests for a list before its rows shift
    #[arg(long, default_value_t = 1, help_heading = "Pages")]
    pub shift_after: u32,

    /// Spelling of booleans
    #[arg(long, value_enum, default_value = "standard", help_heading = "JSON")]
    pub booleans: BooleansName,
    /// Spelling of references
    #[arg(long, value_enum, default_value = "standard", help_heading = "JSON")]
    pub references: ReferencesName,
    /// Values of enumerations
    #[arg(long, value_enum, default_value = "standard", help_heading = "JSON")]
    pub enums: EnumsName,
    /// Spelling of sourcedIds
    #[arg(long, value_enum, default_value = "standard", help_heading = "JSON")]
    pub ids: IdsName,
    /// Dates in mixed forms
    #[arg(long, help_heading = "JSON")]
    pub mixed_dates: bool,
    /// Lists stand under the name in the address (`schools`, `students`, `terms`)
    #[arg(long, help_heading = "JSON")]
    pub odd_envelopes: bool,
    /// null for everything that is absent
    #[arg(long, help_heading = "JSON")]
    pub nulls: bool,
    /// A list of one record is the record without brackets
    #[arg(long, help_heading = "JSON")]
    pub single_without_list: bool,
    /// Users carry a password and a birth date
    #[arg(long, help_heading = "JSON")]
    pub personal_data: bool,
    /// Records carry properties nobody knows
    #[arg(long, help_heading = "JSON")]
    pub vendor_properties: bool,
    /// `periods` is one string
    #[arg(long, help_heading = "JSON")]
    pub periods_as_text: bool,
    /// Every Nth enrollment names a user who does not exist
    #[arg(long, value_name = "N", help_heading = "JSON")]
    pub dangling_every: Option<usize>,
    /// Every Nth record has no name or title
    #[arg(long, value_name = "N", help_heading = "JSON")]
    pub nameless_every: Option<usize>,

    /// Every Nth user's email is hidden by asterisks
    #[arg(long, value_name = "N", help_heading = "JSON")]
    pub masked_every: Option<usize>,

    /// Seconds that the server's clock is ahead
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 0,
        allow_hyphen_values = true,
        help_heading = "Time"
    )]
    pub clock: i64,
    /// Never compress
    #[arg(long, help_heading = "Time")]
    pub no_gzip: bool,
    /// Milliseconds before every answer
    #[arg(long, default_value_t = 0, help_heading = "Time")]
    pub latency: u64,
    /// Take so many requests a minute, and answer 429 to more
    #[arg(long, value_name = "N", help_heading = "Time")]
    pub requests_per_minute: Option<u32>,
    /// That 429 does not say when to come again
    #[arg(long, requires = "requests_per_minute", help_heading = "Time")]
    pub no_retry_after: bool,
    /// Make all pages of this size before serving
    #[arg(long, value_name = "PAGE_SIZE", help_heading = "Time")]
    pub prebuild: Option<usize>,
    /// The rest of the query the pages are made for
    #[arg(long, default_value = "", requires = "prebuild", help_heading = "Time")]
    pub prebuild_query: String,
    /// The version the pages are made for
    #[arg(long, value_parser = version, default_value = "1.2", help_heading = "Time")]
    pub prebuild_version: Version,
    /// Make the pages compressed
    #[arg(long, requires = "prebuild", help_heading = "Time")]
    pub prebuild_gzip: bool,
    /// Keep the pages in a temporary file instead of in memory
    #[arg(long, requires = "prebuild", help_heading = "Time")]
    pub prebuild_in_file: bool,

    /// Something that goes wrong; may be given several times (see below)
    #[arg(long = "fault", value_name = "FAULT", help_heading = "Faults")]
    pub faults: Vec<Fault>,

    /// Write the directory of the district (id,email,givenName,familyName,username,role) and stop
    #[arg(
        long,
        value_name = "FILE.csv",
        conflicts_with = "csv",
        help_heading = "Files"
    )]
    pub write_directory: Option<PathBuf>,
    /// Write the district as a OneRoster 1.2 CSV bundle and stop
    #[arg(
        long,
        value_name = "DIR",
        conflicts_with = "csv",
        help_heading = "Files"
    )]
    pub write_csv: Option<PathBuf>,
}

fn shrink(text: &str) -> Result<Shrink> {
    let (school, percent) = text.split_once(':').context("give SCHOOL:PERCENT")?;
    Ok(Shrink {
        school: school.parse()?,
        percent: percent.parse()?,
    })
}

fn pair(text: &str) -> Result<(String, String)> {
    let (name, value) = text.split_once('=').context("give NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn version(text: &str) -> Result<Version> {
    match text {
        "1.1" => Ok(Version::V1p1),
        "1.2" => Ok(Version::V1p2),
        _ => bail!("the versions are 1.1 and 1.2"),
    }
}

/// Does what the command line says: writes files, or serves until Ctrl-C.
///
/// # Errors
/// When a file cannot be read or written, or the port is taken.
pub fn run(cli: &Cli) -> Result<()> {
    if cli.write_directory.is_some() || cli.write_csv.is_some() {
        let district = District::new(cli.spec());
        if let Some(path) = &cli.write_directory {
            write_directory(&district, path)?;
        }
        if let Some(folder) = &cli.write_csv {
            write_csv(&district, folder)?;
        }
        return Ok(());
    }
    let source = match &cli.csv {
        Some(folder) => Source::csv(folder)?,
        None => Source::district(cli.spec()),
    };
    let sis = FakeSis::spawn_on(cli.port, source, cli.behaviour())?;
    if let Some(page_size) = cli.prebuild {
        sis.prebuild(&Prebuild {
            version: cli.prebuild_version,
            page_size,
            query: cli.prebuild_query.clone(),
            gzip: cli.prebuild_gzip,
            in_file: cli.prebuild_in_file,
            ..Prebuild::default()
        })?;
    }
    let line = serde_json::json!({
        "baseUrl": sis.base_url(),
        "oneRoster11": sis.roster_url(Version::V1p1),
        "oneRoster12": sis.roster_url(Version::V1p2),
        "tokenUrl": sis.token_url(),
        "clientId": cli.client_id,
        "clientSecret": cli.client_secret,
    });
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{line}")?;
    stdout.flush()?;
    // Ctrl-C ends the process, which is all there is to end.
    loop {
        std::thread::park();
    }
}
