//! Progress: how far a driver has come, by what it has told.

use super::reports::Report;
use super::saved::Saved;
use std::collections::VecDeque;
use std::sync::Arc;

/// So many of the driver's own processes are remembered.
const OWN: usize = 64;

/// How far a driver has come.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress {
    /// The newest command that began, where the dialect tells.
    pub(super) begun: Option<u64>,
    /// The newest operation of the engine's own that is done.
    pub(super) operated: u64,
    /// The newest end.
    pub(super) end: Option<End>,
    /// The newest command that has ended and may have changed the state.
    pub(super) changed: u64,
    /// The command after which the shell has told its state last. It may have been too long to be kept.
    pub(super) saved: Option<u64>,
    /// Traps that come before the state that they are the last part of.
    pub(super) traps: Option<Vec<u8>>,
    /// The newest state.
    pub(super) state: Option<Arc<Saved>>,
    /// The newest definitions.
    pub(super) definitions: Option<Arc<Saved>>,
    /// Prompts that the shell showed though nobody asked for one.
    pub(super) prompts: u64,
    /// Processes that the driver started itself, for no command; the newest ones.
    pub(super) own: VecDeque<u64>,
    /// The wait status of the shell, once it ended. All that it told before was taken.
    pub(super) dead: Option<i32>,
}

impl Progress {
    /// Whether the command with this id has ended, or can no more end.
    pub(super) fn is_over(&self, id: u64) -> bool {
        self.dead.is_some() || self.end.as_ref().is_some_and(|end| end.id >= id)
    }

    /// Whether the state after the command with this id was told, or can no more be told.
    pub(super) fn is_saved(&self, id: u64) -> bool {
        self.dead.is_some() || self.saved.is_some_and(|saved| saved >= id)
    }

    /// Takes what the driver has told. A state that is in a file is taken once that is read.
    pub(super) fn take(&mut self, report: Report<'_>) {
        match report {
            Report::Begun(id) => self.begun = Some(id),
            Report::Operated(id) => self.operated = id,
            Report::Prompt => self.prompts += 1,
            Report::Own(process) => {
                if self.own.len() == OWN {
                    self.own.pop_front();
                }
                self.own.push_back(process);
            }
            Report::Ended { end, has_changed } => {
                if has_changed {
                    self.changed = end.id;
                }
                self.end = Some(end);
            }
            Report::State(id, parts) => {
                self.saved = Some(id);
                let traps = self.traps.take();
                let parts: Vec<&[u8]> = parts.into_iter().chain(traps.as_deref()).collect();
                self.state = Some(Arc::new(Saved::new(id, &parts)));
            }
            // What was kept before stays.
            Report::Lost(id) => self.saved = Some(id),
            Report::Traps(traps) => self.traps = Some(traps.to_vec()),
            Report::Definitions(id, parts) => self.definitions = Some(Arc::new(Saved::new(id, &parts))),
            Report::InFile(_) => {}
        }
    }
}

/// The end of a command.
#[derive(Debug, Clone)]
pub(super) struct End {
    pub(super) id: u64,
    pub(super) status: i32,
    pub(super) pipes: Vec<i32>,
    /// Empty when the shell does not know.
    pub(super) cwd: Vec<u8>,
}
