//! The report: rows with what was measured, beside what, the aim, and whether it was met.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};

use crate::Part;
use crate::machine::Machine;

/// One line of a table.
#[derive(Debug, Default)]
pub(crate) struct Row {
    what: String,
    ours: String,
    beside: Vec<String>,
    aim: Option<(String, bool)>,
}

impl Row {
    /// What was measured, and the value with its unit.
    pub(crate) fn new(what: impl Into<String>, value: f64, unit: &str) -> Self {
        Self { what: what.into(), ours: spelled(value, unit), ..Self::default() }
    }

    /// What else was measured in the same rounds.
    pub(crate) fn beside(mut self, name: &str, value: f64, unit: &str) -> Self {
        self.beside.push(format!("{name} {}", spelled(value, unit)));
        self
    }

    /// A remark beside the values.
    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.beside.push(note.into());
        self
    }

    /// What is aimed at, and whether it was reached.
    pub(crate) fn aim(mut self, aim: impl Into<String>, met: bool) -> Self {
        self.aim = Some((aim.into(), met));
        self
    }

    /// Whether the aim was met, where there is one.
    pub(crate) fn is_met(&self) -> bool {
        self.aim.as_ref().is_none_or(|(_, met)| *met)
    }

    fn cells(&self) -> [String; 5] {
        let (aim, verdict) = match &self.aim {
            Some((aim, met)) => (aim.clone(), if *met { "met" } else { "MISSED" }),
            None => (String::new(), ""),
        };
        let cells = [self.what.clone(), self.ours.clone(), self.beside.join("; "), aim, verdict.to_owned()];
        // Within a table a pipe ends a cell, also in code.
        cells.map(|cell| cell.replace('|', "\\|"))
    }
}

/// A value in its unit with about three digits.
pub(crate) fn spelled(value: f64, unit: &str) -> String {
    let size = value.abs();
    let digits = if size >= 100.0 {
        0
    } else if size >= 10.0 {
        1
    } else {
        2
    };
    format!("{value:.digits$} {unit}")
}

/// The rows as a Markdown table whose columns stand one under the other.
pub(crate) fn table(rows: &[Row]) -> String {
    let head = ["what", "Porthole", "beside", "aim", "verdict"].map(str::to_owned);
    let lines: Vec<[String; 5]> = std::iter::once(head).chain(rows.iter().map(Row::cells)).collect();
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; 5] = std::array::from_fn(width);
    let mut text = String::new();
    for (index, line) in lines.iter().enumerate() {
        for (cell, width) in line.iter().zip(widths) {
            // Writing to a String cannot fail.
            let _ = write!(text, "| {cell:<width$} ");
        }
        text.push_str("|\n");
        if index == 0 {
            text.push_str(&widths.map(|width| format!("|{}", "-".repeat(width + 2))).concat());
            text.push_str("|\n");
        }
    }
    text
}

/// Writes the results of one part into `folder`, in place of earlier ones.
pub(crate) fn write(folder: &Path, part: &Part, machine: &Machine, table: &str) -> Result<()> {
    let file = folder.join(part.name).with_extension("md");
    let text = format!(
        "# {}: {}\n\nWritten by `cargo xtask bench {}`. {machine}.\n\n{table}",
        part.name, part.about, part.name
    );
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&file, text))
        .with_context(|| format!("{} cannot be written", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_aim_stands_out() {
        let rows = [
            Row::new("a", 1234.5, "MB/s").beside("peer", 12.34, "MB/s").aim("more", true),
            Row::new("b", 0.123, "us").aim("less", false),
            Row::new("`c | d`", 1.0, "s"),
        ];
        let table = table(&rows);
        let lines: Vec<_> = table.lines().collect();
        assert_eq!(lines[2], "| a        | 1234 MB/s | peer 12.3 MB/s | more | met     |");
        assert!(lines[3].ends_with("| less | MISSED  |"), "{table}");
        assert!(lines[4].starts_with(r"| `c \| d` | 1.00 s "), "{table}");
        assert_eq!(rows.map(|row| row.is_met()), [true, false, true]);
    }
}
