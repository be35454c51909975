//! What must hold for any text that is scanned for pipes.

use engine::breakpoints::{Dialect, Pipe, scan};

const DIALECTS: [Dialect; 4] = [Dialect::Bash, Dialect::Sh, Dialect::Zsh, Dialect::Fish];

/// Scans the text in every dialect, and half of it, as a person may have typed so far.
///
/// # Panics
/// Where something does not hold.
pub(crate) fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let half: String = text.chars().take(text.chars().count() / 2).collect();
    for dialect in DIALECTS {
        for text in [&text[..], &half] {
            if let Ok(pipes) = scan(text, dialect) {
                check_pipes(text, &pipes);
            }
        }
    }
}

fn check_pipes(text: &str, pipes: &[Pipe]) {
    for pipe in pipes {
        let operator = pipe.operator_range();
        assert_eq!(text.get(operator.clone()), Some(pipe.operator.as_str()), "{text:?}");
        let stage = text.get(pipe.stage.clone()).unwrap_or_else(|| panic!("{text:?}: {pipe:?}"));
        assert!(!stage.is_empty() && !stage.starts_with([' ', '\t', '\n']), "{text:?}: {pipe:?}");
        assert!(pipe.stage.end <= operator.start, "{text:?}: {pipe:?}");
        let between = &text[pipe.stage.end..operator.start];
        // fish takes all of these for blanks.
        let is_blank = |c| " \t\r\x0b\x0c\\\n".contains(c);
        assert!(between.chars().all(is_blank) || text.contains('#'), "{text:?}: {pipe:?}");
    }
    for pair in pipes.windows(2) {
        assert!(pair[0].offset < pair[1].offset, "{text:?}: {pair:?}");
    }
    for (index, one) in pipes.iter().enumerate() {
        for other in &pipes[index + 1..] {
            let (a, b) = (&one.stage, &other.stage);
            let disjoint = a.end <= b.start || b.end <= a.start;
            let nested = a.start >= b.start && a.end <= b.end || b.start >= a.start && b.end <= a.end;
            assert!(disjoint || nested, "{text:?}: {one:?} {other:?}");
        }
    }
}
