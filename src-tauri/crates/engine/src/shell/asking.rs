//! Asking: when a shell is asked for the state of its session.

use super::ShellKind;
use super::descriptor::Watched;
use super::dialect;
use super::driver::Driver;
use super::lock;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The first words of the stages of a text that is one pipeline of words which have no meaning of their own to any shell;
/// none of any other text. What they stand for (programs, which leave a shell's state alone, or something that may change
/// it) only the shell can tell.
pub(super) fn plain_stages(text: &str) -> Vec<&str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_./-:,+@%= ".contains(&byte);
    let mut first_words = Vec::new();
    for stage in text.split('|') {
        let first = stage.split(' ').find(|word| !word.is_empty()).unwrap_or_default();
        if first.is_empty() || first.contains('=') || !stage.bytes().all(is_plain) || text.starts_with(' ') {
            return Vec::new();
        }
        first_words.push(first);
    }
    first_words
}

/// What is asked of one shell. It is asked at the end of each command, so that nothing is lost if the next one ends the
/// shell; after one that left its state alone, as the shell says, when it rests, because telling it takes a shell longer
/// than running a builtin.
pub(super) struct Asking {
    kind: ShellKind,
    commands: Arc<Watched>,
    /// The newest command after which was asked.
    asked: AtomicU64,
}

impl Asking {
    pub(super) fn new(kind: ShellKind, commands: Arc<Watched>) -> Self {
        Self { kind, commands, asked: AtomicU64::new(0) }
    }

    /// What is to be called at the end of each command that may have changed the state.
    pub(super) fn asker(self: &Arc<Self>) -> impl Fn(u64) + Send + 'static {
        let asking = Arc::clone(self);
        move |id| asking.ask(id)
    }

    /// The newest command up to `id` after which was asked. The state after `id` is the one after that.
    pub(super) fn asked_until(&self, id: u64) -> u64 {
        id.min(self.asked.load(Ordering::Acquire))
    }

    fn ask(&self, id: u64) {
        self.asked.fetch_max(id, Ordering::AcqRel);
        // There is room: a shell that has told an end has read all that was put to it.
        let _ = rustix::io::write(self.commands.get_ref(), dialect::ask_for_state(self.kind));
    }
}

impl Driver {
    /// Asks a shell that rests for the state after a command, if nobody has.
    pub(super) fn ask_when_rested(&self, id: u64) {
        if self.asking.asked_until(id) == id {
            return;
        }
        // Whoever puts something to it now asks at the end of that, or comes here again.
        let Ok(_sending) = self.sending.try_lock() else { return };
        if lock(&self.state).running == id && !self.is_busy() && !self.is_dead() {
            self.asking.ask(id);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::plain_stages;

    #[test]
    fn a_command_of_words_that_no_shell_reads_anything_into_is_plain() {
        for text in ["/bin/echo hi", "./run.sh --all a=b", "../x/y -n 3", "echo", "ls -l", ": a", "%1", ".."]
        {
            assert_eq!(plain_stages(text), [text.split(' ').next().unwrap()], "{text}");
        }
        assert_eq!(plain_stages("ls -l | wc  |sort -r"), ["ls", "wc", "sort"]);
    }

    #[test]
    fn what_a_shell_may_take_for_more_than_words_is_not_plain() {
        for text in [
            "x=1",
            "x=/bin/y z",
            "echo ${x:=1}",
            "echo hi; x=1",
            "echo a\nx=1",
            "echo $((x++))",
            "echo `x`",
            "echo ~",
            "echo *",
            "ls || pwd",
            "ls |& wc",
            "ls | x=1",
            "ls |",
            "| ls",
            "ls | wc; cd x",
            "echo a > b",
            "echo 'a'",
            "echo (x)",
            "echo {a,b}",
            "!!",
            " echo",
            "",
        ] {
            assert!(plain_stages(text).is_empty(), "{text}");
        }
    }
}
