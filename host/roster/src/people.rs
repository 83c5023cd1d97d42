//! Who is who inside one source.
//!
//! A source may hold several users for one human being: OneRoster 1.1 has one
//! per role, some servers one per school. This part finds which users of a
//! source are one person, and which emails can tell its people apart. It knows
//! no users of the platform and no other source.

pub(crate) mod email;
pub(crate) mod groups;
pub(crate) mod keys;
pub(crate) mod kinds;
pub(crate) mod names;
pub(crate) mod sharing;
