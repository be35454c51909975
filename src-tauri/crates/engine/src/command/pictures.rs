//! Pictures: what a command printed as images, by their places in its log.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use super::Command;
use crate::images::{Original, Thumbnail};

/// A small picture of an image that a command printed.
#[derive(Debug)]
pub(crate) struct Picture {
    pub(crate) thumbnail: Thumbnail,
    pub(crate) original: Arc<Original>,
    /// What it is, as the log has it.
    pub(crate) words: String,
    /// Pixels in a row and rows in which it is to be shown, where the program asked for a size.
    pub(crate) asked: Option<(u32, u32)>,
}

/// A picture in place of a stretch of the log.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    /// Its number among the images of its command, from 0.
    pub(crate) number: u64,
    from: u64,
    to: u64,
    pub(crate) picture: Arc<Picture>,
}

/// The newest pictures of one log of a command.
#[derive(Debug)]
pub(super) struct Pictures {
    placed: VecDeque<Placed>,
    bytes: usize,
    limit: usize,
}

/// How a reading goes on at a position.
pub(super) enum Ahead {
    /// Bytes without a picture; up to the next one where it is known.
    Bytes(Option<u64>),
    /// A picture in place of so many bytes.
    Picture(Placed, u64),
}

impl Pictures {
    /// Keeps pictures of about `limit` bytes altogether.
    pub(super) fn new(limit: usize) -> Self {
        Self { placed: VecDeque::new(), bytes: 0, limit }
    }

    /// Adds one in place of a stretch behind all others, with a number above theirs.
    pub(super) fn add(&mut self, number: u64, place: Range<u64>, picture: Picture) {
        self.bytes += picture.thumbnail.bytes.len();
        let Range { start: from, end: to } = place;
        self.placed.push_back(Placed { number, from, to, picture: Arc::new(picture) });
        while self.bytes > self.limit
            && let Some(oldest) = self.placed.pop_front()
        {
            self.bytes -= oldest.picture.thumbnail.bytes.len();
        }
    }

    /// What comes at a position of the log.
    pub(super) fn ahead(&self, position: u64) -> Ahead {
        let next = self.placed.partition_point(|placed| placed.from < position);
        match self.placed.get(next) {
            Some(placed) if placed.from == position => {
                Ahead::Picture(placed.clone(), placed.to - placed.from)
            }
            Some(placed) => Ahead::Bytes(Some(placed.from - position)),
            None => Ahead::Bytes(None),
        }
    }

    /// The picture of a number, where it is kept.
    pub(super) fn get(&self, number: u64) -> Option<Arc<Picture>> {
        let at = self.placed.binary_search_by_key(&number, |placed| placed.number).ok()?;
        Some(Arc::clone(&self.placed[at].picture))
    }

    /// Bytes that are kept, but for the images themselves.
    pub(super) fn kept(&self) -> u64 {
        self.bytes as u64
    }

    /// Lets go of those before a position.
    pub(super) fn forget(&mut self, position: u64) {
        while let Some(oldest) = self.placed.front()
            && oldest.from < position
        {
            self.bytes -= oldest.picture.thumbnail.bytes.len();
            self.placed.pop_front();
        }
    }

    /// Lets go of all.
    pub(super) fn clear(&mut self) {
        self.placed.clear();
        self.bytes = 0;
    }
}

impl Command {
    /// An image that it printed, or that flowed through a tapped pipe of it, by its number, where its picture is kept.
    pub(crate) fn picture_of(&self, number: u64) -> Option<Arc<Picture>> {
        let state = self.lock();
        state.pictures.get(number).or_else(|| state.tapped.pictures.get(number))
    }
}
