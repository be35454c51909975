//! Rewriting fish, which opens its redirections itself: the first of them tells the pump that the stage is about to start, the
//! second makes fish wait until the pump has got hold of the pipe.
//!
//! Nothing but redirections is put in: which stages fish runs itself, in which order, and what it holds in memory meanwhile, stays
//! as it was, and so do `$status` and `$pipestatus`.

use super::Call;
use crate::breakpoints::scanner::{Dialect, Pipe, PipeOperator};

/// Gives the helper the stderr of a pipeline that is in no block. A substitution of fish does not inherit what the shell that
/// evaluates the text redirects: that says so in a variable.
const STDERR: &str = "3>>(test -n \"$__porthole_stderr\"; and echo $__porthole_stderr; or echo /dev/stderr)";

/// Why a pipe of fish cannot be tapped, if so.
pub(super) fn obstacle(pipe: &Pipe) -> Option<&'static str> {
    if pipe.redirects_stdout && pipe.operator != PipeOperator::FishErr {
        return Some("the stage writes to a file and not into the pipe");
    }
    if pipe.redirects_stderr && pipe.operator != PipeOperator::Out {
        return Some("the stage writes its stderr to a file and not into the pipe");
    }
    None
}

/// What a tap of the pipe does not show, if so.
pub(super) fn unseen(pipe: &Pipe) -> Option<&'static str> {
    if pipe.operator != PipeOperator::Out {
        // It flows through the pipe.
        return None;
    }
    if pipe.redirects_stderr {
        return Some("the stage's errors are not shown: it redirects them itself");
    }
    pipe.in_block.then_some("the stage's errors are not shown: where those of a block go, only fish knows")
}

/// What stands before the stage's own redirections, which may refer to what it has by the pipe.
pub(super) fn redirections(pipe: &Pipe, location: usize, call: &Call<'_>) -> String {
    let marker = call.marker(location);
    let out = call.word(Dialect::Fish, 'O', location);
    match pipe.operator {
        PipeOperator::FishErr => format!(" 2>{marker} 2>{out} "),
        PipeOperator::FishOutAndErr => format!(" >{marker} >{out} 2>&1 "),
        _ if unseen(pipe).is_some() => format!(" >{marker} >{out} "),
        _ => {
            let err = call.word(Dialect::Fish, 'e', location);
            let stderr = if pipe.depth == 0 { STDERR } else { "3>&2" };
            format!(" >{marker} >{out} 2>{} {stderr}) ", err.trim_end_matches(')'))
        }
    }
}
