//! Watch: where on the ordinary screen a program draws, and the rows that left it.

use avt::observer::{Observation, Observer};
use avt::{Line, Operation, ScreenKind, Terminal};

use super::row::{RowWriter, is_blank};
use crate::protocol::Format;

/// Follows the cursor of the ordinary screen from [`Watch::begin`] on.
pub(super) struct Watch {
    rows: RowWriter,
    /// The topmost row that the program went to; rows above it are finished.
    top: Option<usize>,
    scrolled: String,
    count: usize,
}

impl Watch {
    pub(super) fn new(format: Format) -> Self {
        Self { rows: RowWriter::new(format), top: None, scrolled: String::new(), count: 0 }
    }

    pub(super) fn begin(&mut self, row: usize) {
        self.top = Some(row);
    }

    pub(super) fn top(&self) -> usize {
        self.top.unwrap_or_default()
    }

    pub(super) fn take_scrolled(&mut self) -> (String, usize) {
        (std::mem::take(&mut self.scrolled), std::mem::take(&mut self.count))
    }

    /// How many rows from `top` on are shown: all on the alternate screen, else up to the last that is used.
    pub(super) fn shown_rows(&self, terminal: &Terminal, top: usize) -> usize {
        let (_, rows) = terminal.size();
        if terminal.active_screen_kind() == ScreenKind::Alternate {
            return rows;
        }
        let cursor = terminal.cursor();
        let used = terminal.screen().visible_lines().enumerate();
        let last = used.filter(|(_, line)| !is_blank(line)).map(|(row, _)| row).last();
        let at_cursor = if cursor.col > 0 || cursor.visible { cursor.row } else { 0 };
        (last.unwrap_or_default().max(at_cursor) + 1).saturating_sub(top)
    }
}

impl Observer for Watch {
    type Output = ();

    fn after(&mut self, context: &mut Observation<'_>, _: &Operation) {
        if let Some(top) = &mut self.top
            && context.terminal().active_screen_kind() == ScreenKind::Primary
        {
            *top = (*top).min(context.terminal().cursor().row);
        }
    }

    fn evicted(&mut self, _: &mut Observation<'_>, line: &Line) {
        match &mut self.top {
            None => {}
            Some(0) => {
                self.scrolled.push_str(self.rows.write(line));
                self.scrolled.push('\n');
                self.count += 1;
            }
            Some(top) => *top -= 1,
        }
    }

    fn end(&mut self, _: &mut Observation<'_>) {}
}
