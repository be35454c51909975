//! Ceiling: how much output all sessions keep together, and which of it goes first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// The moment of what keeps nothing.
const NEVER: u64 = u64::MAX;

/// Where less is dropped than this part of the ceiling, it would be reached again at once.
const SLACK: u64 = 16;

/// What all commands and streams of an engine may keep of output.
pub(crate) struct Ceiling {
    /// Bytes.
    most: u64,
    kept: AtomicU64,
    moment: AtomicU64,
    keepers: Mutex<Keepers>,
}

#[derive(Default)]
struct Keepers {
    all: Vec<Weak<dyn Keeper>>,
    /// The number of them at which those are looked for that are gone.
    look_at: usize,
}

/// Something that keeps output.
pub(crate) trait Keeper: Send + Sync {
    /// What it keeps.
    fn share(&self) -> &Share;

    /// Lets go of the oldest piece that the need reaches, and notes in its share what is left. False where it has none
    /// to give.
    fn drop_oldest(&self, need: Need) -> bool;
}

/// What may be let go, from what is missed least to what is missed most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Need {
    /// What no connected client waits for.
    Spare,
    /// Also what connected clients were sent and have not acknowledged: missed where their connection is lost.
    Replay,
    /// Also what they were not sent yet, and what the breakpoints of running commands hold.
    Everything,
}

/// What one keeper has, as far as the ceiling cares.
pub(crate) struct Share {
    ceiling: Arc<Ceiling>,
    kept: AtomicU64,
    oldest: AtomicU64,
}

impl Ceiling {
    /// A ceiling of so many bytes.
    pub(crate) fn new(most: u64) -> Self {
        Self { most, kept: AtomicU64::new(0), moment: AtomicU64::new(1), keepers: Mutex::default() }
    }

    /// A moment that is later than every one before it. 0 is before them all.
    pub(crate) fn moment(&self) -> u64 {
        self.moment.fetch_add(1, Ordering::Relaxed)
    }

    /// The share of a keeper that is about to be made.
    pub(crate) fn share(self: &Arc<Self>) -> Share {
        Share { ceiling: Arc::clone(self), kept: AtomicU64::new(0), oldest: AtomicU64::new(NEVER) }
    }

    /// Takes a keeper in, which can be asked to let go from now on.
    pub(crate) fn join<K: Keeper + 'static>(&self, keeper: &Arc<K>) {
        let keeper: Weak<K> = Arc::downgrade(keeper);
        let mut keepers = self.keepers.lock().unwrap_or_else(PoisonError::into_inner);
        keepers.all.push(keeper);
        if keepers.all.len() >= keepers.look_at {
            keepers.all.retain(|keeper| keeper.strong_count() > 0);
            keepers.look_at = (2 * keepers.all.len()).max(64);
        }
    }

    /// Drops the oldest output of all where there is more than may be. The caller holds no lock of a keeper.
    pub(crate) fn enforce(&self) {
        if self.is_above(self.most) {
            self.drop_down_to(self.most - self.most / SLACK, Need::Spare);
        }
        for need in [Need::Replay, Need::Everything] {
            if self.is_above(self.most) {
                self.drop_down_to(self.most, need);
            }
        }
    }

    fn is_above(&self, bytes: u64) -> bool {
        self.kept.load(Ordering::Acquire) > bytes
    }

    fn drop_down_to(&self, bytes: u64, need: Need) {
        let keepers: Vec<Arc<dyn Keeper>> = {
            let keepers = self.keepers.lock().unwrap_or_else(PoisonError::into_inner);
            keepers.all.iter().filter_map(Weak::upgrade).collect()
        };
        let oldest = |keeper: &Arc<dyn Keeper>| keeper.share().oldest.load(Ordering::Acquire);
        let known = keepers.iter().enumerate().map(|(index, keeper)| Reverse((oldest(keeper), index)));
        let mut queue: BinaryHeap<_> = known.filter(|Reverse((moment, _))| *moment < NEVER).collect();
        while self.is_above(bytes)
            && let Some(Reverse((_, index))) = queue.pop()
        {
            let keeper = &keepers[index];
            if keeper.drop_oldest(need) && oldest(keeper) < NEVER {
                queue.push(Reverse((oldest(keeper), index)));
            }
        }
    }
}

impl Share {
    /// The ceiling that it is a part of.
    pub(crate) fn ceiling(&self) -> &Ceiling {
        &self.ceiling
    }

    /// Bytes that are kept.
    pub(crate) fn kept(&self) -> u64 {
        self.kept.load(Ordering::Acquire)
    }

    /// Notes that so many bytes are kept, and from which moment the oldest of them are.
    pub(crate) fn set(&self, kept: u64, oldest: Option<u64>) {
        self.oldest.store(oldest.unwrap_or(NEVER), Ordering::Release);
        let before = self.kept.swap(kept, Ordering::AcqRel);
        // One after the other: the sum of all shares is never below zero.
        self.ceiling.kept.fetch_add(kept, Ordering::AcqRel);
        self.ceiling.kept.fetch_sub(before, Ordering::AcqRel);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.ceiling.kept.fetch_sub(*self.kept.get_mut(), Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keeps pieces of 10 bytes, which are the moments from which they are.
    struct Pieces {
        share: Share,
        pieces: Mutex<Vec<u64>>,
        spared: u64,
        /// What it takes to get what is spared.
        until: Need,
    }

    impl Pieces {
        fn of(ceiling: &Arc<Ceiling>, pieces: &[u64], spared: u64) -> Arc<Self> {
            Self::sparing(ceiling, pieces, spared, Need::Everything)
        }

        fn sparing(ceiling: &Arc<Ceiling>, pieces: &[u64], spared: u64, until: Need) -> Arc<Self> {
            let pieces = Mutex::new(pieces.to_vec());
            let made = Arc::new(Self { share: ceiling.share(), pieces, spared, until });
            made.note();
            ceiling.join(&made);
            made
        }

        fn note(&self) {
            let pieces = self.pieces.lock().unwrap_or_else(PoisonError::into_inner);
            self.share.set(10 * pieces.len() as u64, pieces.first().copied());
        }

        fn left(&self) -> Vec<u64> {
            self.pieces.lock().unwrap_or_else(PoisonError::into_inner).clone()
        }
    }

    impl Keeper for Pieces {
        fn share(&self) -> &Share {
            &self.share
        }

        fn drop_oldest(&self, need: Need) -> bool {
            let mut pieces = self.pieces.lock().unwrap_or_else(PoisonError::into_inner);
            if pieces.is_empty() || (pieces[0] >= self.spared && need < self.until) {
                return false;
            }
            pieces.remove(0);
            drop(pieces);
            self.note();
            true
        }
    }

    #[test]
    fn the_oldest_goes_first_whose_ever_it_is() {
        let ceiling = Arc::new(Ceiling::new(50));
        let a = Pieces::of(&ceiling, &[1, 4, 7], NEVER);
        let b = Pieces::of(&ceiling, &[2, 3, 9], NEVER);
        let c = Pieces::of(&ceiling, &[0], NEVER);
        ceiling.enforce();
        assert_eq!((a.left(), b.left(), c.left()), (vec![4, 7], vec![3, 9], vec![]));
    }

    #[test]
    fn what_a_client_has_not_got_goes_last_and_only_as_far_as_it_must() {
        let ceiling = Arc::new(Ceiling::new(50));
        let unread = Pieces::of(&ceiling, &[1, 2, 3, 4, 5, 6, 7], 1);
        let read = Pieces::of(&ceiling, &[8, 9], NEVER);
        ceiling.enforce();
        assert_eq!((unread.left(), read.left()), (vec![3, 4, 5, 6, 7], vec![]));
    }

    #[test]
    fn what_was_sent_goes_before_what_was_not_however_old_that_is() {
        let ceiling = Arc::new(Ceiling::new(50));
        let unsent = Pieces::sparing(&ceiling, &[1, 2, 3], 1, Need::Everything);
        let sent = Pieces::sparing(&ceiling, &[4, 5, 6], 4, Need::Replay);
        let spare = Pieces::of(&ceiling, &[7], NEVER);
        ceiling.enforce();
        assert_eq!((unsent.left(), sent.left(), spare.left()), (vec![1, 2, 3], vec![5, 6], vec![]));
    }

    #[test]
    fn what_is_gone_counts_no_more() {
        let ceiling = Arc::new(Ceiling::new(50));
        for _ in 0..1000 {
            drop(Pieces::of(&ceiling, &[1, 2, 3], NEVER));
        }
        let last = Pieces::of(&ceiling, &[1, 2, 3], NEVER);
        ceiling.enforce();
        assert_eq!(last.left(), [1, 2, 3]);
        assert!(ceiling.keepers.lock().map(|keepers| keepers.all.len() < 200).unwrap_or(false));
    }
}
