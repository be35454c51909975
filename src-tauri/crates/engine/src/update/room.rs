//! Room: how much an update still takes, so that what the bytes of a program become stays bounded.

/// Bytes that a chunk or an entry costs besides its text.
const ENVELOPE: usize = 64;

/// The room that is left in one update, in bytes of rendered text.
pub(super) struct Room {
    left: usize,
}

impl Room {
    pub(super) fn new(limit: usize) -> Self {
        Self { left: limit }
    }

    /// What is left.
    pub(super) fn left(&self) -> usize {
        self.left
    }

    /// Fills it from the front of `pieces`, which keep what finds no room.
    ///
    /// `draw` takes bytes of a stream and the room there is, and gives how many it took, one at least, and how much text
    /// they became.
    pub(super) fn fill<S: Copy>(
        &mut self,
        pieces: &mut Vec<(S, Vec<u8>)>,
        mut draw: impl FnMut(S, &[u8], usize) -> (usize, usize),
    ) {
        let (mut whole, mut taken) = (0, 0);
        while let Some((stream, bytes)) = pieces.get(whole)
            && self.left > 0
        {
            let (more, text) = draw(*stream, &bytes[taken..], self.left);
            self.left = self.left.saturating_sub(text + ENVELOPE);
            taken += more;
            if taken >= bytes.len() {
                (whole, taken) = (whole + 1, 0);
            }
        }
        pieces.drain(..whole);
        if let Some((_, bytes)) = pieces.first_mut() {
            bytes.drain(..taken);
        }
    }

    /// Takes the lines from the front of `text` for which there is room, one at least, where each is sent in `copies`.
    pub(super) fn lines(&mut self, text: &mut String, copies: usize) -> String {
        let room = self.left / copies;
        let end = if text.len() <= room {
            text.len()
        } else {
            let within = text.as_bytes()[..room].iter().rposition(|byte| *byte == b'\n');
            let end = within.or_else(|| text.find('\n'));
            end.map_or(text.len(), |end| end + 1)
        };
        let rest = text.split_off(end);
        self.left = self.left.saturating_sub(copies * end);
        std::mem::replace(text, rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_drawn_in_order_until_the_room_is_used_up() {
        let mut pieces = vec![('a', vec![1; 3]), ('b', vec![2; 1000]), ('c', vec![3; 5])];
        let mut drawn = Vec::new();
        let mut updates = 0;
        while !pieces.is_empty() {
            updates += 1;
            Room::new(500).fill(&mut pieces, |stream, bytes, room| {
                let taken = bytes.len().min(room);
                drawn.extend(std::iter::repeat_n(stream, taken));
                (taken, taken)
            });
        }
        let expected = ["a".repeat(3), "b".repeat(1000), "c".repeat(5)].concat();
        assert_eq!(drawn.into_iter().collect::<String>(), expected);
        assert_eq!(updates, 3);
    }

    #[test]
    fn lines_stay_whole_and_one_always_goes() {
        let mut text = "one\ntwo\na long one\nend".to_owned();
        let mut take = |room| Room::new(room).lines(&mut text, 1);
        assert_eq!(take(9), "one\ntwo\n");
        assert_eq!(take(3), "a long one\n");
        assert_eq!(take(3), "end");
        assert_eq!(take(3), "");
    }
}
