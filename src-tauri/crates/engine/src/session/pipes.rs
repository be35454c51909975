//! The pipes of a command that is about to run, and what becomes of each breakpoint on them.

use crate::breakpoints::{self, Dialect};
use crate::protocol::{BreakpointAnswer, Code, Outcome, PipeDescription, ProtocolError, RunCommand};
use crate::shell::ShellKind;

/// The command's pipes, and an honest answer for each requested breakpoint.
pub(super) fn check_breakpoints(
    request: &RunCommand,
    kind: ShellKind,
) -> Result<(Vec<PipeDescription>, Option<Vec<BreakpointAnswer>>), ProtocolError> {
    let dialect = match kind {
        ShellKind::Bash => Dialect::Bash,
        ShellKind::Zsh => Dialect::Zsh,
        ShellKind::Fish => Dialect::Fish,
        ShellKind::Posix => Dialect::Sh,
    };
    let scanned = breakpoints::scan(&request.command, dialect);
    let pipes: Vec<_> = scanned
        .iter()
        .flatten()
        .enumerate()
        .map(|(index, pipe)| PipeDescription {
            index,
            offset: pipe.offset,
            op: pipe.operator.as_str().to_owned(),
        })
        .collect();
    let Some(requested) = &request.breakpoints else {
        return Ok((pipes, None));
    };
    let answers = requested
        .iter()
        .map(|&location| {
            let message = match &scanned {
                Err(refusal) => refusal.to_string(),
                Ok(pipes) if location >= pipes.len() => {
                    return Err(no_such_pipe(location, pipes.len()));
                }
                Ok(_) => "Breakpoints are not available yet; the command runs without this one.".into(),
            };
            Ok(BreakpointAnswer { location, result: Outcome::Error, message: Some(message) })
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok((pipes, Some(answers)))
}

fn no_such_pipe(location: usize, pipes: usize) -> ProtocolError {
    let there = match pipes {
        0 => "has no pipe".to_owned(),
        1 => "has one pipe, number 0".to_owned(),
        _ => format!("has {pipes} pipes, numbers 0 to {}", pipes - 1),
    };
    ProtocolError::new(
        Code::NoSuchPipe,
        format!("There is no pipe {location} to break at: the command {there}."),
    )
}
