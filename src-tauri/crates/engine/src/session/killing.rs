//! Killing: the end of one command of a session, or of all, and who wanted it.

use std::sync::Arc;

use super::Session;
use crate::command::Command;

/// What a kill begins with.
const SIGTERM: i32 = 15;

impl Session {
    /// Ends one running command for somebody. False when no such command runs.
    pub(crate) fn kill(&self, server_id: u64, by: &str) -> bool {
        let running = self.command(server_id).filter(|command| !command.has_ended());
        if let Some(command) = &running {
            self.tell_killed(command, SIGTERM, by);
            command.kill();
        }
        running.is_some()
    }

    /// Ends every running command for somebody and says how many there were.
    pub(crate) fn kill_everything(&self, by: &str) -> usize {
        let commands: Vec<_> = self.lock().commands.values().cloned().collect();
        let running = commands.iter().filter(|command| !command.has_ended());
        let kill = |command: &Arc<Command>| {
            self.tell_killed(command, SIGTERM, by);
            command.kill();
        };
        running.map(kill).count()
    }
}
