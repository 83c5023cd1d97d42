//! What a user is, from all the records that are this user.
//!
//! Every source's records stay what they are; a user is computed from them
//! anew each time. Each attribute is taken from the source with the highest
//! priority that has a value for it: a source that says nothing does not empty
//! what another says. A value that an administrator pinned stands above all.
//! Who is which user is settled before; what happens to classes is not known
//! here.

mod attributes;
mod places;
mod status;
mod users;

pub(crate) use status::Standing;
pub(crate) use users::{Merge, Merged};
