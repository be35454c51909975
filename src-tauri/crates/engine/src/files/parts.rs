//! Parts: which bytes of a file have come, in whatever order they come.

/// Gaps between parts that are remembered; a client that sends in about the right order has few.
const MOST: usize = 64;

/// Ranges that neither overlap nor touch, in order.
#[derive(Debug, Default)]
pub(super) struct Parts(Vec<(u64, u64)>);

impl Parts {
    /// Adds the bytes from `begin` to before `end`. False where that would leave too many gaps.
    pub(super) fn add(&mut self, begin: u64, end: u64) -> bool {
        if begin == end {
            return true;
        }
        let first = self.0.partition_point(|part| part.1 < begin);
        let after = self.0.partition_point(|part| part.0 <= end);
        let (mut begin, mut end) = (begin, end);
        if let Some(touched) = self.0.get(first..after)
            && let (Some(front), Some(back)) = (touched.first(), touched.last())
        {
            begin = begin.min(front.0);
            end = end.max(back.1);
        } else if self.0.len() >= MOST {
            return false;
        }
        self.0.splice(first..after, [(begin, end)]);
        true
    }

    /// How many bytes have come.
    pub(super) fn count(&self) -> u64 {
        self.0.iter().map(|(begin, end)| end - begin).sum()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_came_is_counted_once(parts in prop::collection::vec((0u64..200, 0u64..40), 0..60)) {
            let mut came = Parts::default();
            let mut bytes = [false; 240];
            for (begin, length) in parts {
                prop_assert!(came.add(begin, begin + length));
                bytes[begin as usize..(begin + length) as usize].fill(true);
                prop_assert_eq!(came.count(), bytes.iter().filter(|byte| **byte).count() as u64);
                prop_assert!(came.0.windows(2).all(|two| two[0].1 < two[1].0), "{:?}", came);
            }
        }
    }

    #[test]
    fn gaps_are_bounded_and_can_be_filled() {
        let mut came = Parts::default();
        for number in 0..MOST as u64 {
            assert!(came.add(number * 2, number * 2 + 1));
        }
        assert!(!came.add(1000, 1001));
        assert!(came.add(1, 2));
        assert!(came.add(1000, 1001));
    }
}
