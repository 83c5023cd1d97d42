//! One file per collection: the properties of a row, and how a record of the
//! contract comes out of them.

mod academic_session;
mod class;
mod course;
mod enrollment;
mod org;
mod user;

pub(crate) use academic_session::AcademicSessionRow;
pub(crate) use class::ClassRow;
pub(crate) use course::CourseRow;
pub(crate) use enrollment::EnrollmentRow;
pub(crate) use org::OrgRow;
pub(crate) use user::{RoleRow, UserIdRow, UserRow};
