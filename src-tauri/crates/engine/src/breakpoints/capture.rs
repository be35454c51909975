//! A capture: the head and the tail of one stream, with the number of bytes between them.

/// What a capture has kept. The stream was `head`, `dropped` bytes, `tail`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// The first bytes.
    pub head: Vec<u8>,
    /// The last bytes that are not in the head.
    pub tail: Vec<u8>,
    /// Bytes between the two that were not kept.
    pub dropped: u64,
}

/// Bytes that are read at once into the head.
#[cfg(any(test, target_os = "linux"))]
const BLOCK: usize = 64 << 10;

/// The bounded memory of one stream.
#[derive(Debug)]
pub(super) struct Capture {
    head: Vec<u8>,
    head_limit: usize,
    /// A ring: the byte at stream offset `o` (from the end of the head) is at `o % tail_limit`.
    tail: Vec<u8>,
    tail_limit: usize,
    total: u64,
    /// Bytes that the taker has been told, or that it has missed.
    told: u64,
    /// News of it waits for the taker.
    pub(super) queued: bool,
}

/// What the taker gets next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    Bytes(usize),
    Lost(u64),
    Nothing,
}

impl Capture {
    pub(super) fn new(head_limit: usize, tail_limit: usize) -> Self {
        Self { head: Vec::new(), head_limit, tail: Vec::new(), tail_limit, total: 0, told: 0, queued: false }
    }

    /// Bytes that have flowed.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// Bytes of memory that it takes.
    pub(super) fn weight(&self) -> u64 {
        (self.head.capacity() + self.tail.capacity()) as u64
    }

    /// Lets go of what is kept, and keeps nothing of what comes, but the number of bytes.
    pub(super) fn give_up(&mut self) {
        (self.head, self.head_limit) = (Vec::new(), 0);
        (self.tail, self.tail_limit) = (Vec::new(), 0);
    }

    /// Bytes that the taker has not been told.
    pub(super) fn untold(&self) -> u64 {
        self.total - self.told
    }

    pub(super) fn push(&mut self, mut bytes: &[u8]) {
        self.total += bytes.len() as u64;
        let room = self.head_limit.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..room]);
        bytes = &bytes[room..];
        // Only what the ring can hold is copied, at the place where it would have come to lie.
        let skipped = bytes.len().saturating_sub(self.tail_limit);
        let mut offset = self.past_head() - bytes.len() as u64 + skipped as u64;
        bytes = &bytes[skipped..];
        while !bytes.is_empty() {
            // Something is left only where the ring holds something.
            let at = self.place(offset);
            let length = bytes.len().min(self.tail_limit - at);
            if self.tail.len() < at + length {
                self.tail.resize(at + length, 0);
            }
            self.tail[at..at + length].copy_from_slice(&bytes[..length]);
            bytes = &bytes[length..];
            offset += length as u64;
        }
    }

    /// Takes up to `length` bytes from `read`, which fills a part of what it is given, straight to where they are kept.
    /// Gives how many came.
    #[cfg(any(test, target_os = "linux"))]
    pub(super) fn fill(&mut self, length: usize, read: &mut dyn FnMut(&mut [u8]) -> usize) -> usize {
        if self.head.len() < self.head_limit || self.tail_limit < BLOCK {
            let mut block = vec![0; length.min(BLOCK)];
            let read = read(&mut block);
            self.push(&block[..read]);
            return read;
        }
        if self.tail.len() < self.tail_limit {
            self.tail.resize(self.tail_limit, 0);
        }
        let at = self.place(self.past_head());
        let end = self.tail_limit.min(at + length);
        let read = read(&mut self.tail[at..end]);
        self.total += read as u64;
        read
    }

    /// Bytes of the stream beyond the head.
    fn past_head(&self) -> u64 {
        self.total - self.head.len() as u64
    }

    fn place(&self, offset: u64) -> usize {
        let length = self.tail_limit.max(1) as u64;
        usize::try_from(offset % length).expect("a remainder is less than its divisor")
    }

    /// Bytes between the head and what the ring holds.
    fn dropped(&self) -> u64 {
        self.past_head().saturating_sub(self.tail_limit as u64)
    }

    /// Gives the taker what follows what it has, as far as it is kept.
    pub(super) fn take(&mut self, buffer: &mut [u8]) -> Taken {
        let head = self.head.len() as u64;
        if self.told < head {
            let at = usize::try_from(self.told).expect("an offset in the head is a size");
            let length = (self.head.len() - at).min(buffer.len());
            buffer[..length].copy_from_slice(&self.head[at..at + length]);
            self.told += length as u64;
            return Taken::Bytes(length);
        }
        let missed = (head + self.dropped()).saturating_sub(self.told);
        if missed > 0 {
            self.told += missed;
            return Taken::Lost(missed);
        }
        let left = usize::try_from(self.untold()).expect("what the ring holds is a size");
        let at = self.place(self.told - head);
        let length = left.min(buffer.len()).min(self.tail_limit - at);
        buffer[..length].copy_from_slice(&self.tail[at..at + length]);
        self.told += length as u64;
        if length == 0 { Taken::Nothing } else { Taken::Bytes(length) }
    }

    pub(super) fn kept(&self) -> Kept {
        let dropped = self.dropped();
        let mut tail = self.tail.clone();
        if dropped > 0 {
            tail.rotate_left(self.place(dropped));
        } else {
            tail.truncate(usize::try_from(self.past_head()).expect("what the ring holds is a size"));
        }
        Kept { head: self.head.clone(), tail, dropped }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(length: usize) -> Vec<u8> {
        (0..length).map(|index| (index % 251) as u8).collect()
    }

    #[test]
    fn the_head_the_tail_and_the_count_between_add_up_to_the_stream() {
        for length in [0, 1, 9, 10, 11, 25, 26, 27, 100, 1000] {
            for chunk in [1, 3, 7, 16, 17, 40, 1000] {
                let bytes = stream(length);
                let mut capture = Capture::new(10, 16);
                for part in bytes.chunks(chunk) {
                    capture.push(part);
                }
                let mut filled = Capture::new(10, 16);
                let mut rest = &bytes[..];
                while !rest.is_empty() {
                    let mut read = |buffer: &mut [u8]| std::io::Read::read(&mut rest, buffer).unwrap_or(0);
                    filled.fill(chunk, &mut read);
                }
                let kept = capture.kept();
                assert_eq!(filled.kept(), kept);
                assert_eq!(kept.head, bytes[..length.min(10)]);
                assert_eq!(kept.tail, bytes[length.saturating_sub(16).max(length.min(10))..]);
                assert_eq!(kept.head.len() as u64 + kept.dropped + kept.tail.len() as u64, length as u64);
            }
        }
    }

    #[test]
    fn a_taker_that_keeps_up_gets_every_byte() {
        let bytes = stream(1000);
        let mut capture = Capture::new(10, 16);
        let (mut taken, mut buffer) = (Vec::new(), [0; 5]);
        for part in bytes.chunks(11) {
            capture.push(part);
            while let Taken::Bytes(length) = capture.take(&mut buffer) {
                taken.extend_from_slice(&buffer[..length]);
            }
        }
        assert_eq!(taken, bytes);
    }

    #[test]
    fn one_that_was_given_up_keeps_nothing_and_counts_on() {
        let mut capture = Capture::new(10, 16);
        capture.push(&stream(40));
        let mut buffer = [0; 4];
        assert_eq!(capture.take(&mut buffer), Taken::Bytes(4));
        capture.give_up();
        assert_eq!(capture.weight(), 0);
        assert_eq!(capture.take(&mut buffer), Taken::Lost(36));
        let mut rest = &stream(30)[..];
        let mut read = |buffer: &mut [u8]| std::io::Read::read(&mut rest, buffer).unwrap_or(0);
        assert_eq!(capture.fill(30, &mut read), 30);
        assert_eq!((capture.total(), capture.weight()), (70, 0));
        assert_eq!(capture.take(&mut buffer), Taken::Lost(30));
        assert_eq!(capture.take(&mut buffer), Taken::Nothing);
        assert_eq!(capture.kept(), Kept { dropped: 70, ..Kept::default() });
    }

    #[test]
    fn a_slow_taker_is_told_how_much_it_missed() {
        let mut capture = Capture::new(10, 16);
        capture.push(&stream(100));
        let mut buffer = [0; 64];
        assert_eq!(capture.take(&mut buffer), Taken::Bytes(10));
        assert_eq!(capture.take(&mut buffer), Taken::Lost(74));
        let mut left = 0;
        while let Taken::Bytes(length) = capture.take(&mut buffer) {
            left += length;
        }
        assert_eq!(left, 16);
    }
}
