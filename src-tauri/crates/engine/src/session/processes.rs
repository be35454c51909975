//! Processes: what the commands of a session have started and what still runs of it.

use std::collections::HashMap;
use std::sync::Arc;

use time::OffsetDateTime;

use super::Session;
use crate::command::{signal_number, timestamp};
use crate::protocol::{Code, KillRequest, ProcessDescription, ProcessState, ProcessesAnswer, ProtocolError};
use crate::shell::{self, Owner, Process, ShellError};

impl Session {
    /// What runs in the session: of one command, or of all.
    ///
    /// # Errors
    /// The session has no such command.
    pub(crate) async fn processes(
        self: &Arc<Self>,
        server_id: Option<u64>,
    ) -> Result<ProcessesAnswer, ProtocolError> {
        if let Some(server_id) = server_id {
            self.known_command(server_id)?;
        }
        let session = Arc::clone(self);
        // The system's files on processes are read one by one.
        let found = tokio::task::spawn_blocking(move || {
            session.shell.get().map(|shell| shell.processes(session.limits.process_command_line))
        });
        let found = found.await.ok().flatten().unwrap_or_default();
        let commands = self.owners();
        let described = found.into_iter().map(|process| describe(process, &commands));
        let mut processes: Vec<_> =
            described.filter(|process| server_id.is_none() || process.server_id == server_id).collect();
        let total = processes.len();
        processes.truncate(self.limits.processes);
        Ok(ProcessesAnswer { processes, total })
    }

    /// Sends a signal to one process of the session.
    ///
    /// # Errors
    /// The number is no signal, the session has no such process, or the system refuses.
    pub(crate) async fn signal_process(self: &Arc<Self>, request: KillRequest) -> Result<(), ProtocolError> {
        let number = signal_number(request.signal.unwrap_or(libc::SIGTERM.into()))?;
        let none = || {
            let message = format!("No process {} runs in this session; it may have ended.", request.pid);
            ProtocolError::new(Code::NoSuchProcess, message)
        };
        let pid = i32::try_from(request.pid).map_err(|_| none())?;
        let session = Arc::clone(self);
        let sent = tokio::task::spawn_blocking(move || {
            session.shell.get().map(|shell| shell.signal_process(pid, request.started, number))
        });
        match sent.await.ok().flatten() {
            Some(Ok(())) => Ok(()),
            None | Some(Err(ShellError::NoProcess(_))) => Err(none()),
            Some(Err(error)) => Err(ProtocolError::new(Code::NotPermitted, error.to_string())),
        }
    }

    fn owners(&self) -> HashMap<Owner, u64> {
        let state = self.lock();
        let commands = state.commands.values();
        commands.filter_map(|command| Some((command.owner()?, command.plan.server_id))).collect()
    }
}

fn describe(process: Process, commands: &HashMap<Owner, u64>) -> ProcessDescription {
    ProcessDescription {
        pid: process.pid,
        parent: process.parent,
        group: process.group,
        started: process.started,
        since: timestamp(OffsetDateTime::from(process.since)),
        name: process.name,
        command_line: process.command_line,
        state: match process.state {
            shell::ProcessState::Running => ProcessState::Running,
            shell::ProcessState::Sleeping => ProcessState::Sleeping,
            shell::ProcessState::Blocked => ProcessState::Blocked,
            shell::ProcessState::Stopped => ProcessState::Stopped,
        },
        server_id: process.owner.and_then(|owner| commands.get(&owner).copied()),
    }
}
