//! Standard output for people and programs, whose reader may go away at any time.

use std::io::{self, Write};

use anyhow::Result;

/// Writes all of it now.
pub(crate) fn write(bytes: &[u8]) -> Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes)?;
    Ok(stdout.flush()?)
}

/// Prints a value as indented JSON and a line end.
pub(crate) fn write_json(value: &impl serde::Serialize) -> Result<()> {
    write(format!("{}\n", serde_json::to_string_pretty(value)?).as_bytes())
}

/// Whether a failure is only that nobody reads any more, as in `porthole sessions | head -1`.
pub(crate) fn reader_is_gone(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref::<io::Error>(), Some(error) if error.kind() == io::ErrorKind::BrokenPipe)
}

/// A text of somebody else's in one line, without anything that a terminal would obey.
pub(crate) fn shown(text: &str, limit: usize) -> String {
    let mut shown: String = text
        .chars()
        .take(limit)
        .map(|c| if c.is_control() || is_bidi_control(c) { '\u{fffd}' } else { c })
        .collect();
    if text.chars().nth(limit).is_some() {
        shown.push('…');
    }
    shown
}

fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Columns that are as wide as their widest cell, two blanks apart.
pub(crate) fn table<const N: usize>(head: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let rows: Vec<[String; N]> = std::iter::once(head.map(str::to_owned)).chain(rows).collect();
    let mut text = String::new();
    for row in &rows {
        for (column, cell) in row.iter().enumerate() {
            if column + 1 == N {
                text += cell;
                continue;
            }
            let width = rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
            text += cell;
            text.extend(std::iter::repeat_n(' ', width - cell.chars().count() + 2));
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_s_text_cannot_steer_the_terminal_that_lists_it() {
        assert_eq!(shown("a\u{1b}[2Jb\nc\u{202e}d", 99), "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d");
        assert_eq!(shown("äöü", 2), "äö…");
        assert_eq!(shown("äöü", 3), "äöü");
    }

    #[test]
    fn columns_line_up() {
        let rows = [["1".to_owned(), "é".to_owned(), "x".to_owned()], ["22".into(), "bb".into(), "y".into()]];
        assert_eq!(table(["A", "B", "C"], rows.into_iter()), "A   B   C\n1   é   x\n22  bb  y\n");
    }
}
