//! What guards need to know of a source's records: how many there are, and for
//! one rare check the users' ids with their schools.

use crate::record::Collection;
use crate::source::SourceRecords;

/// Called with the `sourcedId` of a user and those of the user's orgs.
pub(super) type VisitUser<'v> = dyn FnMut(&str, &mut dyn Iterator<Item = &str>) + 'v;

/// A source's records, before scope.
pub(super) trait Arrived {
    /// How many usable records of the collection the source has, those with
    /// the status `tobedeleted` left out.
    fn live_count(&self, collection: Collection) -> usize;

    /// Every such user.
    fn each_live_user(&self, visit: &mut VisitUser<'_>);
}

impl Arrived for SourceRecords {
    fn live_count(&self, collection: Collection) -> usize {
        SourceRecords::live_count(self, collection)
    }

    fn each_live_user(&self, visit: &mut VisitUser<'_>) {
        SourceRecords::each_live_user(self, visit);
    }
}
