//! Answering: which of a raw command's clients answers what the program asks its terminal.
//!
//! All of them draw what it prints, on terminals that would all answer. Each byte is given to one of them to answer; to the
//! others it is replay.

use super::Command;

/// Who answers, and up to which position questions were given to somebody.
#[derive(Debug, Default)]
pub(super) struct Answering {
    by: Option<u64>,
    given: u64,
}

impl Answering {
    /// How far a follower may read from a position on before that changes, and whether it answers what it reads. Where
    /// nobody does, the first that reads does from now on.
    pub(super) fn part(&mut self, follower: u64, from: u64, until: Option<u64>) -> (Option<u64>, bool) {
        if *self.by.get_or_insert(follower) != follower {
            return (until, false);
        }
        if from < self.given {
            return (Some(until.map_or(self.given, |until| until.min(self.given))), false);
        }
        (until, true)
    }

    /// Everything before a position was given to somebody.
    pub(super) fn gave(&mut self, position: u64) {
        self.given = self.given.max(position);
    }

    /// A follower has left.
    pub(super) fn leave(&mut self, follower: u64) {
        self.by = self.by.filter(|by| *by != follower);
    }
}

impl Command {
    /// From now on this follower answers: its client started the command, or has typed for it.
    pub(crate) fn answer_by(&self, follower: u64) {
        self.lock().answering.by = Some(follower);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_one_followers_to_answer_at_the_most() {
        let mut answering = Answering::default();
        assert_eq!(answering.part(1, 0, None), (None, true));
        answering.gave(10);
        assert_eq!(answering.part(2, 0, Some(4)), (Some(4), false));
        answering.by = Some(2);
        assert_eq!(answering.part(1, 10, None), (None, false));
        assert_eq!(answering.part(2, 4, None), (Some(10), false));
        assert_eq!(answering.part(2, 10, None), (None, true));
        answering.leave(1);
        assert_eq!(answering.part(1, 10, None), (None, false));
        answering.leave(2);
        assert_eq!(answering.part(1, 10, None), (None, true));
    }
}
