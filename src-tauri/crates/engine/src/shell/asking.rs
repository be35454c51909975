//! Asking: when a shell is asked for the state of its session, and which commands leave that as it was.

use super::ShellKind;
use super::descriptor::Watched;
use super::dialect;
use super::driver::Driver;
use super::lock;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How long a shell has nothing to do before it is asked for its state after a command that left that alone.
const REST: Duration = Duration::from_millis(20);

/// Builtins of every shell that change nothing.
const HARMLESS: [&str; 5] = [":", "echo", "false", "pwd", "true"];

/// Whether a text may change anything of the shell that runs it. A program that is called by its path may not, and some
/// builtins: with arguments in which no shell finds anything but words. A path alone may be a folder to go to.
pub(super) fn may_change(text: &str) -> bool {
    if !is_words(text) {
        return true;
    }
    match text.split_once(' ') {
        Some((program, _)) if program.contains('/') => program.contains('='),
        Some((program, _)) => !HARMLESS.contains(&program),
        None => !HARMLESS.contains(&text),
    }
}

/// Whether a text is a single line of words that have no meaning of their own to any shell.
pub(super) fn is_words(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_./-:,+@%= ".contains(&byte))
}

/// What is asked of one shell. It is asked at the end of each command that may have changed something, so that nothing is
/// lost if the next one ends the shell; after others when it rests, because telling it takes a shell longer than running
/// a builtin.
pub(super) struct Asking {
    kind: ShellKind,
    commands: Arc<Watched>,
    /// The newest command that changes nothing.
    harmless: AtomicU64,
    /// The newest command after which was asked.
    asked: AtomicU64,
}

impl Asking {
    pub(super) fn new(kind: ShellKind, commands: Arc<Watched>) -> Self {
        Self { kind, commands, harmless: AtomicU64::new(0), asked: AtomicU64::new(0) }
    }

    /// Notes a command that is about to be put to the shell; says whether that changes nothing.
    pub(super) fn note(&self, id: u64, text: &str) -> bool {
        let is_harmless = !may_change(text);
        if is_harmless {
            self.harmless.store(id, Ordering::Release);
        }
        is_harmless
    }

    /// What is to be called with each command that has ended.
    pub(super) fn asker(self: &Arc<Self>) -> impl Fn(u64) + Send + 'static {
        let asking = Arc::clone(self);
        move |id| asking.at_end(id)
    }

    /// Asks at the end of a command, unless that changed nothing.
    fn at_end(&self, id: u64) {
        if id == 0 || id != self.harmless.load(Ordering::Acquire) {
            self.ask(id);
        }
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
    /// Asks a shell for the state after its newest command once it rests, if nobody has.
    pub(super) async fn ask_when_rested(&self) {
        let id = lock(&self.state).running;
        if self.asking.asked_until(id) == id {
            return;
        }
        tokio::time::sleep(REST).await;
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
    use super::super::descriptor::{fifo, watch};
    use super::*;

    #[tokio::test]
    async fn a_shell_is_asked_at_the_end_of_what_may_have_changed_something_alone() {
        let folder = tempfile::tempdir().unwrap();
        let commands = Arc::new(watch(fifo(&folder.path().join("commands")).unwrap()).unwrap());
        let asking = Asking::new(ShellKind::Bash, Arc::clone(&commands));
        let mut asked = 0;
        let texts = [("x=1", 1), ("/bin/echo a", 1), ("echo b", 1), ("y=2", 4), ("echo c", 4)];
        for (id, (text, until)) in (1..).zip(texts) {
            assert_eq!(asking.note(id, text), until != id, "{text}");
            asking.at_end(id);
            assert_eq!(asking.asked_until(id), until, "{text}");
            asked += u64::from(until == id);
            assert_eq!(rustix::io::ioctl_fionread(commands.get_ref()).unwrap(), asked, "{text}");
        }
    }

    #[test]
    fn a_program_by_its_path_and_a_builtin_that_prints_change_nothing() {
        for text in [
            "/bin/echo hi",
            "./run.sh --all a=b",
            "../x/y -n 3",
            "echo",
            "echo hi there",
            "true",
            "pwd",
            ": a",
        ] {
            assert!(!may_change(text), "{text}");
        }
    }

    #[test]
    fn what_a_shell_may_take_for_more_than_words_may_change_it() {
        for text in [
            "x=1",
            "x=/bin/y z",
            "/tmp",
            "..",
            "cd /tmp",
            "ls",
            "echo ${x:=1}",
            "echo hi; x=1",
            "echo a\nx=1",
            "echo $((x++))",
            "echo `x`",
            "echo ~",
            "echo *",
            "echo a | read x",
            "echo a > b",
            "echo 'a'",
            "echo (x)",
            "echo {a,b}",
            "!!",
            " echo",
            "",
            "printf -v x y",
            "echoes",
        ] {
            assert!(may_change(text), "{text}");
        }
    }
}
