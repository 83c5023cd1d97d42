//! The people of a file as pages of user records, with what is to be said of
//! them. It does not know where they come from.

use homeroom_roster::codec;
use homeroom_roster::record::{Collection, Extent, Lifecycle, User};
use homeroom_store::{PageFinding, StagedPage};
use serde_json::Value;

/// Rows a page.
const PAGE_ROWS: u32 = 5_000;

/// Pages while they are filled. There is one at least.
pub(crate) struct UserPages {
    full: Vec<StagedPage>,
    page: StagedPage,
}

impl UserPages {
    pub(crate) fn new() -> Self {
        UserPages {
            full: Vec::new(),
            page: page(0),
        }
    }

    /// Takes a user. If the record cannot be kept, it is left out for the
    /// reason that `left_out` makes of the cause.
    pub(crate) fn push(&mut self, user: &User<'_>, left_out: impl FnOnce(String) -> PageFinding) {
        let page = self.next_row();
        match codec::push(&mut page.records, user) {
            Ok(()) => page.count += 1,
            Err(error) => page.findings.push(left_out(error.to_string())),
        }
    }

    /// Counts a row that is left out.
    pub(crate) fn left_out(&mut self, finding: PageFinding) {
        self.next_row().findings.push(finding);
    }

    /// Says something that is not about a row of its own.
    pub(crate) fn note(&mut self, finding: PageFinding) {
        self.page.findings.push(finding);
    }

    pub(crate) fn finish(mut self) -> Vec<StagedPage> {
        self.full.push(self.page);
        self.full
    }

    /// The page with room for one more row, which is counted.
    fn next_row(&mut self) -> &mut StagedPage {
        if self.page.received >= PAGE_ROWS {
            let next = page(self.full.len() + 1);
            self.full.push(std::mem::replace(&mut self.page, next));
        }
        self.page.received += 1;
        &mut self.page
    }
}

/// A user of whom only the id is known.
pub(crate) fn user(id: &str) -> User<'_> {
    User {
        sourced_id: id,
        lifecycle: Lifecycle::default(),
        enabled: true,
        username: None,
        user_ids: Vec::new(),
        given_name: None,
        family_name: None,
        middle_name: None,
        preferred_given_name: None,
        preferred_family_name: None,
        identifier: None,
        user_master_identifier: None,
        email: None,
        sms: None,
        phone: None,
        language: None,
        roles: Vec::new(),
        primary_org: None,
        agents: Vec::new(),
        grades: Vec::new(),
        metadata: Vec::new(),
    }
}

/// A cell's text, if there is any.
pub(crate) fn some(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

fn page(number: usize) -> StagedPage {
    StagedPage {
        collection: Collection::Users,
        cursor: (number > 0).then(|| number.to_string()),
        next: Vec::new(),
        records: Vec::new(),
        count: 0,
        received: 0,
        total: None,
        findings: Vec::new(),
        extent: Extent::Whole,
        storage_writes: Vec::new(),
        stats: Value::Null,
    }
}
