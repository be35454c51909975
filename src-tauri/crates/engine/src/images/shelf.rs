//! Shelf: images that commands printed, as they are, within one bound for all of them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Counts what is collected and kept. Invariant: `used` is the sum of all rooms, and at most `limit`.
#[derive(Debug)]
pub(super) struct Shelf {
    limit: usize,
    used: AtomicUsize,
    /// Oldest first.
    kept: Mutex<VecDeque<Weak<Original>>>,
}

/// Room on the shelf, which is given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Room {
    shelf: Arc<Shelf>,
    bytes: usize,
}

/// An image as it was printed, for as long as there is room.
#[derive(Debug)]
pub(crate) struct Original(Mutex<Option<(Arc<Vec<u8>>, Room)>>);

impl Original {
    /// The image's bytes, where they are still kept.
    pub(crate) fn bytes(&self) -> Option<Arc<Vec<u8>>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().map(|(bytes, _)| Arc::clone(bytes))
    }

    fn let_go(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

impl Shelf {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, used: AtomicUsize::new(0), kept: Mutex::default() }
    }

    pub(super) fn room(shelf: &Arc<Self>) -> Room {
        Room { shelf: Arc::clone(shelf), bytes: 0 }
    }

    pub(super) fn keep(&self, bytes: Arc<Vec<u8>>, room: Room) -> Arc<Original> {
        let original = Arc::new(Original(Mutex::new(Some((bytes, room)))));
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|one| one.strong_count() > 0);
        kept.push_back(Arc::downgrade(&original));
        original
    }

    /// Takes `more` bytes, from what is kept longest where nothing else is left.
    fn take(&self, more: usize) -> bool {
        // Held throughout, so that two who ask do not both count on what is free.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        while self.used.load(Ordering::Acquire).saturating_add(more) > self.limit {
            let Some(oldest) = kept.pop_front() else { return false };
            if let Some(oldest) = oldest.upgrade() {
                oldest.let_go();
            }
        }
        self.used.fetch_add(more, Ordering::AcqRel);
        true
    }
}

impl Room {
    /// Makes it so large; false where there is not as much, and then it is as it was.
    pub(crate) fn resize(&mut self, bytes: usize) -> bool {
        if bytes <= self.bytes {
            self.shelf.used.fetch_sub(self.bytes - bytes, Ordering::AcqRel);
        } else if !self.shelf.take(bytes - self.bytes) {
            return false;
        }
        self.bytes = bytes;
        true
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.shelf.used.fetch_sub(self.bytes, Ordering::AcqRel);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn kept(shelf: &Arc<Shelf>, bytes: usize) -> Option<Arc<Original>> {
        let mut room = Shelf::room(shelf);
        room.resize(bytes).then(|| shelf.keep(Arc::new(vec![0; bytes]), room))
    }

    #[test]
    fn the_oldest_image_makes_room_and_one_that_is_collected_does_not() {
        let shelf = Arc::new(Shelf::new(100));
        let (one, two) = (kept(&shelf, 40).unwrap(), kept(&shelf, 40).unwrap());
        let mut collected = Shelf::room(&shelf);
        assert!(collected.resize(50));
        assert_eq!((one.bytes(), two.bytes().unwrap().len()), (None, 40));
        assert!(!collected.resize(101));
        assert!(two.bytes().is_none());
        assert!(kept(&shelf, 51).is_none());
        drop(collected);
        assert!(kept(&shelf, 100).is_some());
        assert_eq!(shelf.used.load(Ordering::Acquire), 0);
    }
}
