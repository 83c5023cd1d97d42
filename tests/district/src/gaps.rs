//! Rows that are gone: from the place of a row that is left to its place among
//! all rows, and back, without a table of all rows.

/// Ranges that are missing from a numbered list.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Gaps {
    /// (first missing row, missing rows before it, rows missing here), sorted.
    ranges: Vec<(u64, u64, u64)>,
    total: u64,
}

impl Gaps {
    /// From `(start, length)` ranges in any order. They must not overlap.
    pub(crate) fn new(mut ranges: Vec<(u64, u64)>) -> Self {
        ranges.sort_unstable();
        let mut total = 0;
        let ranges = ranges
            .into_iter()
            .map(|(start, length)| {
                let before = total;
                total += length;
                (start, before, length)
            })
            .collect();
        Gaps { ranges, total }
    }

    /// How many rows are missing.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// The row at `place` among those that are left, counted among all.
    pub(crate) fn row_at(&self, place: u64) -> u64 {
        let passed = self
            .ranges
            .partition_point(|&(start, before, _)| start - before <= place);
        match passed.checked_sub(1) {
            None => place,
            Some(last) => {
                let (_, before, length) = self.ranges[last];
                place + before + length
            }
        }
    }

    /// The place of `row` among those that are left; none if it is missing.
    pub(crate) fn place_of(&self, row: u64) -> Option<u64> {
        let passed = self.ranges.partition_point(|&(start, _, _)| start <= row);
        match passed.checked_sub(1) {
            None => Some(row),
            Some(last) => {
                let (start, before, length) = self.ranges[last];
                (row >= start + length).then(|| row - before - length)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_rows_are_inverse() {
        let gaps = Gaps::new(vec![(7, 1), (0, 2), (3, 2), (5, 1)]);
        let left: Vec<u64> = (0..12)
            .filter(|&row| gaps.place_of(row).is_some())
            .collect();
        assert_eq!(left, [2, 6, 8, 9, 10, 11]);
        for (place, &row) in left.iter().enumerate() {
            assert_eq!(gaps.row_at(place as u64), row);
            assert_eq!(gaps.place_of(row), Some(place as u64));
        }
        assert_eq!(gaps.total(), 6);
    }
}
