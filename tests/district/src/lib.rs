//! A generator of realistic school districts, for tests and measurements.
//!
//! A [`District`] is described by a [`Spec`] (seed, number of people, day) and
//! holds nothing but a plan of its schools: every record is a pure function of
//! the spec and the record's index. Any range of rows can therefore be made
//! without making the rest, twice the same, and with memory that does not grow
//! with the number of rows.
//!
//! ```
//! use district::{Collection, District, Spec};
//!
//! let district = District::new(Spec { people: 3_000, ..Spec::default() });
//! let last = district.len(Collection::Enrollments) - 1;
//! let enrollment = district.enrollment(last);
//! assert!(district.find(Collection::Users, enrollment.user.as_str()).is_some());
//! ```
//!
//! [`Night`] says how the same district looks some nights later, [`directory`]
//! is the platform's own list of people, and [`Answers`] says how many of them
//! should match.
//!
//! The crate knows OneRoster's terms and none of its formats: no JSON, no CSV,
//! no HTTP.
//!
//! [`directory`]: District::directory

mod answers;
mod calendar;
mod classes;
mod courses;
mod directory;
mod district;
mod enrollments;
mod gaps;
mod id;
mod names;
mod night;
mod people;
mod plan;
mod random;
mod record;
mod spec;
mod users;

pub use answers::Answers;
pub use directory::DirectoryRow;
pub use district::District;
pub use id::Id;
pub use night::{Night, Shrink};
pub use record::{
    AcademicSession, Class, ClassType, Collection, Course, Enrollment, Org, OrgType,
    RoleAssignment, RoleName, SessionType, Status, User, UserId,
};
pub use spec::{Shares, Spec};
