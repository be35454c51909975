//! Holding: what a client does to the flow through a tapped pipe of a command that runs.

use super::Command;
use crate::breakpoints::{Action, GateError};
use crate::protocol::{BreakpointAction, Code, ProtocolError};

impl Command {
    /// Lets the flow through a tapped pipe go on, wholly or by lines, or holds it; of one run, or of all.
    ///
    /// # Errors
    /// The command has ended, the pipe is not tapped, no such run flows, or the number of lines is out of range.
    pub(crate) fn hold(
        &self,
        location: usize,
        run: Option<u32>,
        action: BreakpointAction,
        lines: Option<i64>,
    ) -> Result<(), ProtocolError> {
        let levers = self.levers()?;
        let action = match action {
            BreakpointAction::Continue => Action::Continue,
            BreakpointAction::Hold => Action::Hold,
            BreakpointAction::Step => Action::Step(self.step(lines)?),
        };
        let Some(gates) = &levers.gates else { return Err(self.not_tapped(location)) };
        gates.act(location, run, action).map_err(|error| match error {
            GateError::NotTapped => self.not_tapped(location),
            GateError::NoSuchRun => ProtocolError::new(
                Code::NotTapped,
                format!(
                    "That run of pipe {location} of command {} is over or has not begun; leave \"run\" out to mean every run.",
                    self.plan.server_id
                ),
            ),
        })
    }

    fn step(&self, lines: Option<i64>) -> Result<u64, ProtocolError> {
        let limit = self.limits.tap_step;
        let lines = u64::try_from(lines.unwrap_or(1)).ok().filter(|lines| (1..=limit).contains(lines));
        lines.ok_or_else(|| {
            let message = format!("A step has 1 to {limit} \"lines\"; use \"continue\" to let all go on.");
            ProtocolError::new(Code::BadBreakpoint, message)
        })
    }

    fn not_tapped(&self, location: usize) -> ProtocolError {
        let (server_id, count) = (self.plan.server_id, self.plan.pipes.len());
        if location >= count {
            let message = format!("Command {server_id} has no pipe {location}; it has {count} of them.");
            return ProtocolError::new(Code::NoSuchPipe, message);
        }
        let message = format!(
            "Pipe {location} of command {server_id} is not tapped; send the command again with a breakpoint there."
        );
        ProtocolError::new(Code::NotTapped, message)
    }
}
