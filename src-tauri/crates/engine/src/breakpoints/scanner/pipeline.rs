//! Pipelines: which pipes of a text stand in one row.

use std::ops::Range;

use super::Pipe;

/// The pipes of the pipeline with which the text ends, where nothing can run after it but its own last command; else none.
pub(in crate::breakpoints) fn last_pipeline(text: &str, pipes: &[Pipe]) -> Range<usize> {
    let none = 0..0;
    let Some(last) = pipes.iter().rposition(is_outermost).filter(|last| last + 1 == pipes.len()) else {
        return none;
    };
    // Quotes and escapes are not looked into: what they may hide is refused.
    if text[pipes[last].operator_range().end..].trim().contains(|c| "\n;&|(){}`#".contains(c)) {
        return none;
    }
    let mut first = last;
    while first > 0 && is_outermost(&pipes[first - 1]) {
        let between = pipes[first - 1].operator_range().end..pipes[first].stage.start;
        if !text.get(between).is_some_and(|between| between.trim().is_empty()) {
            break;
        }
        first -= 1;
    }
    first..last + 1
}

fn is_outermost(pipe: &Pipe) -> bool {
    pipe.depth == 0 && !pipe.in_function && !pipe.in_here_document && pipe.backticks == 0
}

#[cfg(test)]
mod tests {
    use super::super::{Dialect, scan};
    use super::*;

    #[test]
    fn the_last_pipeline_is_known_where_nothing_runs_after_it() {
        for (text, last) in [
            ("a | b", 0..1),
            ("! a |& b | c 'x y'  ", 0..2),
            ("a | b; c | d |\n e", 1..3),
            ("a && b | c", 0..1),
            ("a | b && c", 0..0),
            ("a | b; c", 0..0),
            ("a | b &", 0..0),
            ("a | (b; c)", 0..0),
            ("a | b; { c | d; }", 0..0),
            ("for i in 1 2; do a | b; done", 0..0),
            ("a | b $(c | d)", 0..0),
            ("echo $(a | b) | c", 1..2),
            ("echo", 0..0),
        ] {
            let pipes = scan(text, Dialect::Bash).unwrap_or_default();
            assert_eq!(last_pipeline(text, &pipes), last, "{text}");
        }
    }
}
