//! The fake SIS of a test: a generated district, or a folder of CSV files, over
//! real HTTP on a free port of loopback.

use std::path::Path;

use district::{District, Spec};
use fake_sis::{Behaviour, Counters, FakeSis, LoggedRequest, OAuth2, Source, Version};

/// A running SIS. It stops when this is dropped.
pub struct Sis {
    server: FakeSis,
    district: District,
    credentials: OAuth2,
}

impl Sis {
    /// A good SIS with a district of 600 people.
    pub fn start() -> Self {
        Self::behaving(Behaviour::default())
    }

    /// The same district, served as `behaviour` says.
    pub fn behaving(behaviour: Behaviour) -> Self {
        Self::serve(small(), behaviour)
    }

    /// The district of `spec`, served as `behaviour` says.
    pub fn serve(spec: Spec, behaviour: Behaviour) -> Self {
        let source = Source::district(spec.clone());
        Self::with(source, District::new(spec), behaviour)
    }

    /// A folder of OneRoster CSV files, with the directory of a small district
    /// that has nothing to do with it.
    pub fn serve_folder(folder: &Path) -> Self {
        let source = Source::csv(folder).expect("the folder is a OneRoster bundle");
        Self::with(source, District::new(small()), Behaviour::default())
    }

    fn with(source: Source, district: District, behaviour: Behaviour) -> Self {
        let server = FakeSis::spawn(source, behaviour).expect("the fake SIS starts");
        Sis {
            server,
            district,
            credentials: OAuth2::default(),
        }
    }

    /// The district it serves.
    pub fn district(&self) -> &District {
        &self.district
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// The endpoint without a versioned path.
    pub fn endpoint(&self) -> String {
        self.server.base_url()
    }

    /// The endpoint with the path of a version.
    pub fn endpoint_of(&self, version: Version) -> String {
        self.server.roster_url(version)
    }

    /// The address of the token endpoint.
    pub fn token_url(&self) -> String {
        self.server.token_url()
    }

    /// The client id that the SIS knows.
    pub fn client_id(&self) -> &str {
        &self.credentials.client_id
    }

    /// Its secret.
    pub fn client_secret(&self) -> &str {
        &self.credentials.client_secret
    }

    /// The platform's directory as a CSV file.
    pub fn directory(&self) -> String {
        directory_csv(&self.district)
    }

    /// What the server has counted since it started or since the last
    /// [`Sis::forget`].
    pub fn counters(&self) -> Counters {
        self.server.counters()
    }

    /// Every request since then.
    pub fn log(&self) -> Vec<LoggedRequest> {
        self.server.requests()
    }

    /// Counts from zero again.
    pub fn forget(&self) {
        self.server.clear_log();
    }

    /// Behaves otherwise from the next request on.
    pub fn behave(&self, behaviour: Behaviour) {
        self.server.set_behaviour(behaviour);
    }

    /// Serves another district, such as a later night of the same one.
    pub fn turn_to(&mut self, spec: Spec) {
        self.server.set_source(Source::district(spec.clone()));
        self.district = District::new(spec);
    }
}

/// The district of most tests: large enough for two schools, small enough to
/// be read in no time.
pub fn small() -> Spec {
    Spec {
        people: 600,
        ..Spec::default()
    }
}

/// A district's directory as a CSV file.
pub fn directory_csv(district: &District) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record(district::DirectoryRow::HEADER)
        .expect("writing to memory");
    for row in district.directory() {
        writer
            .write_record(row.values())
            .expect("writing to memory");
    }
    let bytes = writer.into_inner().expect("writing to memory");
    String::from_utf8(bytes).expect("names are UTF-8")
}
