//! Tapping: the breakpoints of a command that is about to run.

use std::path::Path;

use crate::breakpoints::{self, Availability, Breakpoint, BreakpointError, Dialect, Taps};
use crate::limits::Limits;
use crate::protocol::{
    BreakpointAnswer, BreakpointMode, BreakpointOptions, BreakpointRequest, Code, Outcome, PipeDescription,
    ProtocolError, RunCommand,
};
use crate::shell::{SessionShell, ShellKind};

/// A command with its taps in place.
pub(super) struct Tapping {
    /// What the shell is to run.
    pub(super) text: String,
    pub(super) taps: Option<Taps>,
    pub(super) breakpoints: Option<Vec<BreakpointAnswer>>,
    pub(super) pipes: Vec<PipeDescription>,
}

/// The dialect that a shell of this kind reads.
pub(super) fn dialect(kind: ShellKind) -> Dialect {
    match kind {
        ShellKind::Bash => Dialect::Bash,
        ShellKind::Zsh => Dialect::Zsh,
        ShellKind::Fish => Dialect::Fish,
        ShellKind::Posix => Dialect::Sh,
    }
}

/// Finds the command's pipes and taps those that the request names.
///
/// # Errors
/// A breakpoint on a pipe that is not there, or too many of them.
pub(super) async fn tap(
    request: &RunCommand,
    shell: &SessionShell,
    runtime_dir: &Path,
    limits: &Limits,
) -> Result<Tapping, ProtocolError> {
    let dialect = dialect(shell.kind());
    let pipes = describe(&request.command, dialect);
    let Some(asked) = &request.breakpoints else {
        return Ok(Tapping { text: request.command.clone(), taps: None, breakpoints: None, pipes });
    };
    let asked: Vec<Breakpoint> = asked.iter().map(breakpoint).collect();
    let prepared =
        Taps::prepare(&request.command, dialect, shell.program(), &asked, runtime_dir, limits).await;
    let (text, taps, available) = prepared.map_err(refusal)?;
    let tapped = available.iter().any(|answer| answer.unavailable.is_none());
    Ok(Tapping {
        text,
        taps: tapped.then_some(taps),
        breakpoints: Some(available.into_iter().map(answer).collect()),
        pipes,
    })
}

pub(super) fn describe(text: &str, dialect: Dialect) -> Vec<PipeDescription> {
    // Where the scanner refuses, no pipe is offered for a breakpoint.
    let pipes = breakpoints::scan(text, dialect).unwrap_or_default();
    let described = pipes.iter().enumerate().map(|(index, pipe)| PipeDescription {
        index,
        offset: pipe.offset,
        op: pipe.operator.as_str().to_owned(),
    });
    described.collect()
}

fn breakpoint(request: &BreakpointRequest) -> Breakpoint {
    let BreakpointOptions { location, mode, head, tail } = request.options();
    Breakpoint { location, held: mode == Some(BreakpointMode::Hold), head, tail }
}

fn answer(availability: Availability) -> BreakpointAnswer {
    let result = if availability.unavailable.is_none() { Outcome::Ok } else { Outcome::Error };
    let message = availability.unavailable.or_else(|| availability.unseen.map(str::to_owned));
    BreakpointAnswer { location: availability.location, result, message }
}

fn refusal(error: BreakpointError) -> ProtocolError {
    let code = match error {
        BreakpointError::NoSuchPipe { .. } => Code::NoSuchPipe,
        BreakpointError::TooMany { .. } => Code::TooManyBreakpoints,
        BreakpointError::Twice { .. } | BreakpointError::TooLong { .. } => Code::BadBreakpoint,
    };
    let message = error.to_string();
    // The error begins in lower case and has no full stop, as errors in Rust do.
    let mut letters = message.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    ProtocolError::new(code, format!("{}{}.", first.unwrap_or_default(), letters.as_str()))
}
