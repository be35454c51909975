//! Restoring: the code that gives one shell the state that another one told, where the two differ.

mod bash;
mod fish;
mod posix;
mod zsh;

pub(super) use fish::HANDLERS;

use super::ShellKind;
use super::saved::{Entries, Saved, is_among};
use std::sync::Arc;

/// The state of a session after a command.
#[derive(Debug, Clone, Default)]
pub(super) struct Snapshot {
    pub(super) state: Arc<Saved>,
    pub(super) definitions: Arc<Saved>,
    /// Commands that were run since the session began, for the shell's own list.
    pub(super) history: Vec<Arc<str>>,
    /// The last command's exit status.
    pub(super) status: i32,
}

impl Snapshot {
    /// The same for a shell that runs no commands: without the list of those, and without what signals and ends set off.
    pub(super) fn for_completions(self, kind: ShellKind) -> Self {
        let state = match kind {
            ShellKind::Bash => self.state.without(2, b"trap ").without(3, b""),
            ShellKind::Zsh => self.state.without(3, b""),
            ShellKind::Posix => self.state.without(4, b"trap "),
            ShellKind::Fish => return Self { history: Vec::new(), ..self },
        };
        let state = Arc::new(state);
        Self { state, history: Vec::new(), ..self }
    }
}

/// Code for a shell whose state is `own`, after which it has the state `wanted`.
pub(super) fn code(kind: ShellKind, wanted: &Snapshot, own: &Snapshot) -> Vec<u8> {
    let mut code = Code(Vec::new());
    match kind {
        ShellKind::Bash => bash::write(&mut code, wanted, own),
        ShellKind::Zsh => zsh::write(&mut code, wanted, own),
        ShellKind::Fish => fish::write(&mut code, wanted, own),
        ShellKind::Posix => posix::write(&mut code, wanted, own),
    }
    code.0
}

/// Code as it is written.
struct Code(Vec<u8>);

impl Code {
    /// Writes the parts as one line.
    fn line(&mut self, parts: &[&[u8]]) {
        parts.iter().for_each(|part| self.0.extend_from_slice(part));
        self.0.push(b'\n');
    }
}

/// How a set of variables came from another.
struct Changes<'a> {
    /// What is no more.
    gone: Vec<&'a [u8]>,
    /// What is new or different: its name, its definition, whether the name was there.
    set: Vec<(&'a [u8], &'a [u8], bool)>,
}

/// The changes between two lists of entries, without the names that belong to the shell itself.
fn changes<'a>(wanted: &Entries<'a>, own: &Entries<'a>, left_out: &[&str]) -> Changes<'a> {
    let meant = |name: &[u8]| !is_among(left_out, name);
    let gone = own.keys().filter(|name| meant(name) && !wanted.contains_key(*name)).copied().collect();
    let set = wanted
        .iter()
        .filter(|(name, entry)| meant(name) && own.get(*name) != Some(entry))
        .map(|(name, entry)| (*name, *entry, own.contains_key(name)))
        .collect();
    Changes { gone, set }
}
