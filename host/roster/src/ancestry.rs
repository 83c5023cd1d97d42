//! Records that name a parent: what ancestors hand down, and which records are
//! their own ancestors.
//!
//! A source may send a chain of a hundred thousand orgs, or a circle, so every
//! record is visited once. The module knows nothing of what the records are.

/// How far a walk has come with a record.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    /// On the path that is being walked.
    Walked,
    Done,
}

/// By record: whether following the parents leads back to it.
pub(crate) fn circular(count: usize, parent: impl Fn(u32) -> Option<u32>) -> Vec<bool> {
    let mut circular = vec![false; count];
    walk(count, parent, |path, circle, _| {
        for record in &path[circle..] {
            circular[*record as usize] = true;
        }
    });
    circular
}

/// By record: whether `own` holds of it or of an ancestor. In a circle everyone
/// is everyone's ancestor.
pub(crate) fn inherited(
    count: usize,
    parent: impl Fn(u32) -> Option<u32>,
    own: impl Fn(u32) -> bool,
) -> Vec<bool> {
    let mut inherited = vec![false; count];
    walk(count, parent, |path, circle, next| {
        let (below, round) = path.split_at(circle);
        let mut holds = match next {
            Some(next) => inherited[next as usize],
            None => round.iter().any(|record| own(*record)),
        };
        for record in round {
            inherited[*record as usize] = holds;
        }
        for record in below.iter().rev() {
            holds |= own(*record);
            inherited[*record as usize] = holds;
        }
    });
    inherited
}

/// Cuts the records into paths, each from a record upwards, and hands over each
/// path, the place at which its circle begins (its length if it has none), and
/// the record of an earlier path in which it ends, if it does.
fn walk(
    count: usize,
    parent: impl Fn(u32) -> Option<u32>,
    mut take: impl FnMut(&[u32], usize, Option<u32>),
) {
    let mut states = vec![State::New; count];
    let mut path = Vec::new();
    for first in 0..count as u32 {
        path.clear();
        let mut at = Some(first);
        let next = loop {
            let here = at.filter(|record| (*record as usize) < count);
            let Some(record) = here else { break None };
            if states[record as usize] != State::New {
                break Some(record);
            }
            states[record as usize] = State::Walked;
            path.push(record);
            at = parent(record);
        };
        let closes = next.filter(|next| states[*next as usize] == State::Walked);
        let circle = closes.and_then(|next| path.iter().position(|record| *record == next));
        let ends = next.filter(|_| closes.is_none());
        take(&path, circle.unwrap_or(path.len()), ends);
        for record in &path {
            states[*record as usize] = State::Done;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same, by following every record's parents on its own.
    fn slowly(parents: &[Option<u32>], own: &[bool]) -> (Vec<bool>, Vec<bool>) {
        let up = |record: u32| {
            let first = parents[record as usize];
            std::iter::successors(first, |at| parents[*at as usize]).take(parents.len())
        };
        let all = 0..parents.len() as u32;
        let circular = all.clone().map(|one| up(one).any(|above| above == one));
        let holds = |one: u32| own[one as usize] || up(one).any(|above| own[above as usize]);
        (circular.collect(), all.map(holds).collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn one_pass_says_what_following_everyone_says(
            records in prop::collection::vec((prop::option::weighted(0.8, 0..12u32), any::<bool>()), 12),
            few in prop::bool::weighted(0.8),
        ) {
            let parents: Vec<Option<u32>> = records.iter().map(|(parent, _)| *parent).collect();
            let own: Vec<bool> = records.iter().enumerate()
                .map(|(at, (_, own))| *own && (!few || at < 2)).collect();
            let count = parents.len();
            let parent = |one: u32| parents[one as usize];
            let expected = slowly(&parents, &own);
            prop_assert_eq!(circular(count, parent), expected.0);
            prop_assert_eq!(inherited(count, parent, |one| own[one as usize]), expected.1);
        }
    }
}
