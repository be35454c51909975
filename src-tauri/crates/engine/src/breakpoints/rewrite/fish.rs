//! Rewriting fish, which opens its redirections itself, before it has made a pipe.
//!
//! What is tapped goes to the engine by one FIFO and comes to the next stage by another. A pipe has precedence over `<`, so that
//! the next stage is put into a block, and fish runs a block when the stages before it have been started (or, where they are
//! blocks themselves, have ended). What would wait for that is not tapped. `$status` and `$pipestatus` stay as they are.

use super::Call;
use crate::breakpoints::scanner::{Dialect, Pipe, PipeOperator};

/// Builtins that end without having read anything.
const PROMPT: &[&str] = &["true", "false", "echo", "printf", "test"];
/// Gives the helper the stderr of a pipeline that is in no block. A substitution of fish does not inherit what the shell that
/// evaluates the text redirects: that says so in a variable.
const STDERR: &str = "3>>(test -n \"$__porthole_stderr\"; and echo $__porthole_stderr; or echo /dev/stderr)";
/// Blocks that may go on for ever.
const LOOPS: &[&str] = &["while", "for", "if", "switch"];

/// Why a pipe of fish cannot be tapped, if so.
pub(super) fn obstacle(text: &str, pipe: &Pipe) -> Option<&'static str> {
    if pipe.in_function {
        return Some("the pipe is in a function, and fish would keep the function with its tap");
    }
    if pipe.redirects_stdout && pipe.operator != PipeOperator::FishErr {
        return Some("the stage writes to a file and not into the pipe");
    }
    if pipe.redirects_stderr && pipe.operator != PipeOperator::Out {
        return Some("the stage writes its stderr to a file and not into the pipe");
    }
    let Some(consumer) = &pipe.consumer else {
        return Some("the next stage does not read from the pipe");
    };
    if !text[pipe.operator_range().end..consumer.start].trim().is_empty() {
        return Some("the next stage begins with a keyword or a comment");
    }
    if pipe.feeds_on && !PROMPT.contains(&first_word(&text[consumer.clone()])) {
        return Some("only the last pipe of a pipeline can be tapped in fish");
    }
    if LOOPS.contains(&first_word(&text[pipe.stage.clone()])) {
        return Some("fish would run the loop to its end before the next stage");
    }
    None
}

fn first_word(stage: &str) -> &str {
    stage.split(|c: char| c.is_whitespace() || c == ';').next().unwrap_or_default()
}

/// What stands after a stage.
pub(super) fn output(pipe: &Pipe, location: usize, call: &Call<'_>) -> String {
    let out = call.word(Dialect::Fish, 'O', location);
    match pipe.operator {
        PipeOperator::FishErr => format!(" 2>{out}"),
        PipeOperator::FishOutAndErr => format!(" >{out} 2>&1"),
        // What a block's stderr is, only fish knows.
        _ if pipe.in_block || pipe.redirects_stderr => format!(" >{out}"),
        _ => {
            let err = call.word(Dialect::Fish, 'e', location);
            let stderr = if pipe.depth == 0 { STDERR } else { "3>&2" };
            format!(" >{out} 2>{} {stderr})", err.trim_end_matches(')'))
        }
    }
}
