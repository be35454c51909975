//! Awaiting: whether a command waits for a line to be typed, each time anew.

use super::Command;
use crate::shell::Awaited;

/// A wait that was seen, told apart from others by what was printed and typed before it.
pub(super) struct Wait {
    printed: u64,
    typed: u64,
    told: bool,
}

impl Command {
    /// Looks whether the command waits for input since the last look at least, and was not seen to before. To be called
    /// where a thread may wait.
    pub(crate) fn awaits_anew(&self) -> Option<Awaited> {
        let levers = self.any_levers().filter(|_| !self.has_ended())?;
        let typed = levers.input.typed();
        let awaited = levers.control.awaited().filter(|_| levers.input.is_empty());
        let mut state = self.lock();
        let printed = state.log.end();
        let Some(awaited) = awaited else {
            state.wait = None;
            return None;
        };
        match &mut state.wait {
            Some(wait) if (wait.printed, wait.typed) == (printed, typed) => {
                (!std::mem::replace(&mut wait.told, true)).then_some(awaited)
            }
            wait => {
                *wait = Some(Wait { printed, typed, told: false });
                None
            }
        }
    }
}
