//! Reconciling, from the sources' records to the roster. Tests named `t…` and
//! `trap…` answer the field's known cases, one each.

#![allow(
    unreachable_pub,
    reason = "helpers are shared by the modules of this test"
)]

mod accounting;
mod assignments;
mod chains;
mod classes;
mod districts;
mod drawn;
mod explaining;
mod guardians;
mod matching_email;
mod matching_ids;
mod merging;
mod people;
mod properties;
mod schools;
mod sources;
mod support;
