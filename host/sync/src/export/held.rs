//! Which role a user has at which org, which of them is the primary one, and
//! which org is: the rows of `roles.csv`, and `primaryOrgSourcedId`.
//!
//! What sources say is written as it is: a role at one org is no role at
//! another. Decided here is only what they leave open:
//! - A role that names no org is left out if another source says where the user
//!   has it. If none of the user's roles names an org, each is held at all
//!   their orgs. Else a guardian's is held at the orgs of their students, and
//!   any other, or that of a guardian without students, at the primary org.
//! - Of a user of whom no assignment is known, no role names an org.
//! - One role of a user at an org is primary, as the standard has it: of those
//!   that a source marks, or of all if none is marked, the first of
//!   [`vocabulary::BY_IMPORTANCE`]. A role that names the org comes before one
//!   that does not.
//! - If no source calls an org primary, it is that of the foremost role, by the
//!   same rule over all orgs and then by the orgs' ids, if that role names one;
//!   or the only org there is.

use homeroom_roster::record::Role;
use homeroom_roster::state::{OrgKey, User};

use super::bundle::Bundle;
use super::vocabulary;

/// One role of a user at one org.
pub(super) struct Held<'b> {
    pub(super) org_id: &'b str,
    /// The role as 1.2 calls it there.
    pub(super) name: &'static str,
    org: OrgKey,
    role: Role,
    /// A source says that it is primary.
    marked: bool,
    /// No source says where.
    assumed: bool,
}

impl Held<'_> {
    fn importance(&self) -> usize {
        let mut roles = vocabulary::BY_IMPORTANCE.iter();
        roles.position(|role| *role == self.role).unwrap_or(0)
    }

    /// The lower, the sooner it is a primary role.
    fn rank(&self) -> (bool, bool, usize) {
        (self.assumed, !self.marked, self.importance())
    }
}

fn sort(held: &mut [Held<'_>]) {
    held.sort_by(|a, b| (a.org_id, a.importance()).cmp(&(b.org_id, b.importance())));
}

impl Bundle<'_> {
    /// The roles of a user at orgs that are exported, by org and importance.
    pub(super) fn held(&self, user: &User) -> Vec<Held<'_>> {
        let said = user.assignments.as_slice();
        let mut held: Vec<Held<'_>> = said
            .iter()
            .filter_map(|one| self.at(one.org?, one.role, one.primary, false))
            .collect();
        sort(&mut held);
        let unplaced = said.iter().filter(|one| one.org.is_none());
        let mut unplaced: Vec<(Role, bool)> = unplaced.map(|one| (one.role, one.primary)).collect();
        if said.is_empty() {
            unplaced.extend(user.roles.iter().map(|role| (role, false)));
        }
        unplaced.retain(|(role, _)| held.iter().all(|one| one.role != *role));
        let placed = held.len();
        for (role, marked) in unplaced {
            let orgs = self.orgs_without(user, role, &held[..placed]);
            held.extend(
                orgs.into_iter()
                    .filter_map(|org| self.at(org, role, marked, true)),
            );
        }
        sort(&mut held);
        // 1.2 has one word for what may have been two of 1.1.
        held.dedup_by(|other, one| {
            let same = (one.org, one.name) == (other.org, other.name);
            if same {
                one.marked |= other.marked;
                one.assumed &= other.assumed;
            }
            same
        });
        held
    }

    /// Whether a role is the primary one at its org.
    pub(super) fn is_primary(&self, held: &[Held<'_>], place: usize) -> bool {
        let Some(one) = held.get(place) else {
            return false;
        };
        let beside = (0..held.len()).filter(|other| held[*other].org == one.org);
        beside.min_by_key(|other| held[*other].rank()) == Some(place)
    }

    /// The place of the foremost of a user's roles.
    fn foremost(&self, user: &User, held: &[Held<'_>]) -> Option<usize> {
        let rank = |one: &Held<'_>| {
            let (assumed, unmarked, importance) = one.rank();
            let elsewhere = user.primary_org != Some(one.org);
            (assumed, unmarked, elsewhere, importance)
        };
        // Of equal ones the first, by the org's id.
        (0..held.len()).min_by_key(|place| rank(&held[*place]))
    }

    /// The user's primary org.
    pub(super) fn primary_org(&self, user: &User) -> Option<&str> {
        if let Some(org) = user.primary_org.and_then(|org| self.org(org)) {
            return Some(org);
        }
        let held = self.held(user);
        let primary = self.foremost(user, &held).map(|place| &held[place]);
        match (primary, self.active_orgs(user).as_slice()) {
            (Some(primary), _) if !primary.assumed => Some(primary.org_id),
            (_, [only]) => self.org(*only),
            _ => None,
        }
    }

    /// The role at that org, if the org is exported.
    fn at(&self, org: OrgKey, role: Role, marked: bool, assumed: bool) -> Option<Held<'_>> {
        let position = self.orgs.get(org.0)?;
        let org_type = vocabulary::org_type(&self.roster.orgs[position].org_type);
        Some(Held {
            org_id: self.org_ids.at(position),
            name: vocabulary::role(role, &org_type),
            org,
            role,
            marked,
            assumed,
        })
    }

    /// Where a user has a role that names no org, beside those that do.
    fn orgs_without(&self, user: &User, role: Role, placed: &[Held<'_>]) -> Vec<OrgKey> {
        let Some(primary) = self.foremost(user, placed) else {
            return self.role_orgs(user);
        };
        if role.is_guardian() {
            let students = self.agents(user.key);
            let orgs: Vec<OrgKey> = students
                .flat_map(|student| self.active_orgs(student))
                .collect();
            if !orgs.is_empty() {
                return orgs;
            }
        }
        let called = user.primary_org.filter(|org| self.orgs.has(org.0));
        vec![called.unwrap_or(placed[primary].org)]
    }
}
