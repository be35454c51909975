//! Restoring: functions that a tapped command has defined get the bodies that its text gives them.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Call;
use crate::breakpoints::scanner::{Dialect, Pipe};

/// Whether a tap in a function can be taken out of it again.
pub(super) fn is_possible(text: &str, pipe: &Pipe, dialect: Dialect) -> bool {
    let name_of = if dialect == Dialect::Fish { fish_name } else { name };
    // A POSIX shell cannot tell what a function is.
    dialect != Dialect::Sh
        && !pipe.definitions.is_empty()
        && pipe.definitions.iter().all(|definition| name_of(&text[definition.clone()]).is_some())
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
        if dialect == Dialect::Fish {
            let name = fish_name(definition)?;
            let marks = locations.iter().map(|location| format!("{} O {location} ", call.folder));
            let tests = marks.map(|mark| {
                format!(
                    "string match -q -- '*{}*' (functions -- {name} 2>/dev/null)",
                    mark.replace('\'', "\\'")
                )
            });
            let tests: Vec<String> = tests.collect();
            return Some(format!("if {}\n{definition}\nend\n", tests.join("; or ")));
        }
        let name = name(definition)?;
        let body = match dialect {
            Dialect::Zsh => format!("functions -- {name}"),
            _ => format!("declare -f -- {name}"),
        };
        let marks = locations.iter().map(|location| format!("{} o {location} ", call.folder));
        let marks: Vec<String> = marks.map(|mark| format!("*'{}'*", mark.replace('\'', "'\\''"))).collect();
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

/// The name of the function that a text of fish defines, where nothing but the text tells what it is: not the variables that it
/// inherits, nor the events that it waits for.
fn fish_name(definition: &str) -> Option<&str> {
    let header = definition.strip_prefix("function")?.split(['\n', ';']).next()?;
    let mut words = header.split_whitespace();
    let name = words.next()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
    let is_plain = name.chars().all(plain) && !name.starts_with('-');
    // A description may be anything: it is not looked for where it ends.
    let options = ["-a", "--argument-names", "-S", "--no-scope-shadowing", "-w", "--wraps"];
    let told = words
        .all(|word| if word.starts_with('-') { options.contains(&word) } else { word.chars().all(plain) });
    (is_plain && told).then_some(name)
}
