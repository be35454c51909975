//! Restoring: functions that a tapped command has defined get the bodies that its text gives them.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Call;
use crate::breakpoints::scanner::{Dialect, Pipe};

/// Whether a tap in a function can be taken out of it again.
pub(super) fn is_possible(text: &str, pipe: &Pipe, dialect: Dialect) -> bool {
    // A POSIX shell cannot tell what a function is.
    matches!(dialect, Dialect::Bash | Dialect::Zsh)
        && !pipe.definitions.is_empty()
        && pipe.definitions.iter().all(|definition| name(&text[definition.clone()]).is_some())
}

/// The text that does so in the same shell, once the command has ended; nothing where there is nothing to restore.
///
/// A function is restored when its body still holds one of the command's own taps: what the command itself, or another since,
/// has defined under that name is left alone.
pub(in crate::breakpoints) fn restore(
    text: &str,
    dialect: Dialect,
    pipes: &[Pipe],
    locations: &[usize],
    call: &Call<'_>,
) -> Option<String> {
    let mut marks: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
    for &location in locations {
        for Range { start, end } in &pipes[location].definitions {
            marks.entry((*start, *end)).or_default().push(location);
        }
    }
    let branches = marks.into_iter().filter_map(|((start, end), locations)| {
        let definition = &text[start..end];
        let name = name(definition)?;
        let body = match dialect {
            Dialect::Zsh => format!("functions -- {name}"),
            _ => format!("declare -f -- {name}"),
        };
        let marks: Vec<String> = locations
            .iter()
            .map(|location| format!("*'{} o {location} '*", call.folder.trim_matches('\'')))
            .collect();
        let marks = marks.join("|");
        Some(format!("case \"$({body} 2>/dev/null)\" in {marks}) {definition}\n;; esac\n"))
    });
    let restored: String = branches.collect();
    (!restored.is_empty()).then_some(restored)
}

/// The name of the function that is defined, where it is a plain one.
fn name(definition: &str) -> Option<&str> {
    let named = match definition.strip_prefix("function") {
        Some(rest) if rest.starts_with([' ', '\t']) => rest.trim_start(),
        _ => definition,
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
    let name = named.split(|c: char| !plain(c)).next().unwrap_or_default();
    let ends = named[name.len()..].starts_with([' ', '\t', '\n', '(']);
    (!name.is_empty() && !name.starts_with('-') && ends).then_some(name)
}
