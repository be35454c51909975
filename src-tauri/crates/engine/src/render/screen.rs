//! Screen: what a program that moves over the whole terminal has drawn, as rows.
//!
//! A pure machine: bytes in, rows out. `avt` holds the grid; `feed` gives it nothing but text and the sequences that it
//! draws with, so that a query, a title or a size that a program asks for never reaches it.

mod feed;
mod row;
mod switch;
mod watch;

use avt::{ScreenKind, Terminal};

use super::parser::Parser;
use crate::protocol::Format;
use feed::Feed;
use row::RowWriter;
pub use switch::{Switch, Switches};
use watch::Watch;

/// A screen from its first byte on.
pub struct Screen {
    parser: Parser,
    feed: Feed,
    terminal: Terminal,
    watch: Watch,
    rows: RowWriter,
    /// The rows as they were drawn last, each with the version in which it changed.
    drawn: Vec<(u64, String)>,
    shown: Shown,
    version: u64,
    /// The version before which a client has to get every row.
    whole_since: u64,
    is_stale: bool,
}

/// What a frame tells beside its rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Shown {
    size: (usize, usize),
    cursor: Cursor,
    title: String,
    alternate: bool,
}

/// Where the cursor of a screen is, from 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cursor {
    /// Its row.
    pub row: usize,
    /// Its column; as many as there are columns where the next character begins a row.
    pub col: usize,
    /// Whether it is shown.
    pub visible: bool,
}

/// A row of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its place from the top, from 0.
    pub row: usize,
    /// What it shows, in the screen's format, without the blanks at its end.
    pub data: String,
}

/// What changed of a screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The version that it brings a client to.
    pub version: u64,
    /// Whether every row is in it.
    pub whole: bool,
    /// Columns of the terminal.
    pub cols: usize,
    /// Rows that are shown: all of the terminal on the alternate screen, else those that the program goes back to.
    pub rows: usize,
    /// The rows that changed.
    pub lines: Vec<Row>,
    /// The cursor.
    pub cursor: Cursor,
    /// The title that the program set, or "".
    pub title: String,
    /// Whether it is the alternate screen, of which nothing stays.
    pub alternate: bool,
}

impl Screen {
    /// An empty screen whose first frame has a version above `version`.
    ///
    /// # Panics
    /// Where a side is 0.
    pub fn new(format: Format, cols: u16, rows: u16, version: u64) -> Self {
        let (cols, rows) = (usize::from(cols), usize::from(rows));
        Self {
            parser: Parser::default(),
            feed: Feed::new(cols),
            terminal: Terminal::new(cols, rows).expect("a terminal has at least one column and row"),
            watch: Watch::new(format),
            rows: RowWriter::new(format),
            drawn: Vec::new(),
            shown: Shown::default(),
            version,
            whole_since: version,
            is_stale: true,
        }
    }

    /// Takes what the program wrote next. Rows that left the top are kept until [`take_scrolled`](Self::take_scrolled).
    pub fn push(&mut self, bytes: &[u8]) {
        self.parser.advance(bytes, &mut self.feed);
        let text = self.feed.take();
        self.terminal.feed_with(text.as_str(), &mut self.watch);
        self.feed.give_back(text);
        self.is_stale = true;
    }

    /// From now on rows above the cursor are finished output, and those that leave the top are kept.
    pub fn follow_from_cursor(&mut self) {
        self.watch.begin(self.terminal.cursor().row);
    }

    /// Changes the size, as the program's terminal did.
    pub fn resize(&mut self, cols: u16, rows: u16) {
        self.feed.resize(usize::from(cols));
        self.terminal.resize_with(usize::from(cols), usize::from(rows), &mut self.watch);
        self.is_stale = true;
    }

    /// The finished rows since the last call, each with a line end, and how many they are.
    pub fn take_scrolled(&mut self) -> (String, usize) {
        self.watch.take_scrolled()
    }

    /// Whether the cursor is at the beginning of a row, and no sequence or character waits for its end.
    pub fn is_between_lines(&self) -> bool {
        self.terminal.cursor().col == 0 && self.parser.is_settled()
    }

    /// Whether the beginning of a sequence waits for its end.
    pub fn is_in_sequence(&self) -> bool {
        self.parser.is_in_sequence()
    }

    /// Whether neither a sequence nor a character waits for its end.
    pub fn is_settled(&self) -> bool {
        self.parser.is_settled()
    }

    /// The version of the newest frame.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Rows of the terminal.
    pub fn height(&self) -> usize {
        self.terminal.size().1
    }

    /// What changed after `version`, where anything did.
    pub fn frame(&mut self, version: u64) -> Option<Frame> {
        self.refresh();
        if version >= self.version {
            return None;
        }
        let whole = version <= self.whole_since;
        let changed = self.drawn.iter().enumerate().filter(|(_, (changed, _))| whole || *changed > version);
        let lines = changed.map(|(row, (_, data))| Row { row, data: data.clone() }).collect();
        Some(Frame {
            version: self.version,
            whole,
            cols: self.shown.size.0,
            rows: self.drawn.len(),
            lines,
            cursor: self.shown.cursor,
            title: self.shown.title.clone(),
            alternate: self.shown.alternate,
        })
    }

    /// What stays when the screen is left: every row that is shown, each with a line end; "" where all are blank.
    pub fn remains(&mut self) -> String {
        self.refresh();
        let last = self.drawn.iter().rposition(|(_, row)| !row.is_empty()).map_or(0, |last| last + 1);
        self.drawn[..last].iter().flat_map(|(_, row)| [row.as_str(), "\n"]).collect()
    }

    /// What makes another terminal of this size show the same, in the same modes.
    pub fn repaint(&self) -> String {
        // The other terminal may have drawn anything before.
        format!("\x1bc{}{}", self.terminal.dump(), self.feed.settings())
    }

    /// Draws the rows anew where something may have changed.
    fn refresh(&mut self) {
        if !std::mem::take(&mut self.is_stale) {
            return;
        }
        let shown = self.now();
        let top = if shown.alternate { 0 } else { self.watch.top() };
        let next = self.version + 1;
        let mut changed = shown != self.shown;
        let mut count = 0;
        let screen = self.terminal.screen();
        let lines = screen.visible_lines().skip(top).take(self.watch.shown_rows(&self.terminal, top));
        for (row, line) in lines.enumerate() {
            let data = self.rows.write(line);
            match self.drawn.get_mut(row) {
                Some(drawn) if drawn.1 == data => {}
                Some(drawn) => (changed, *drawn) = (true, (next, data.to_owned())),
                None => {
                    changed = true;
                    self.drawn.push((next, data.to_owned()));
                }
            }
            count = row + 1;
        }
        changed |= self.drawn.len() != count;
        self.drawn.truncate(count);
        if shown.size != self.shown.size || shown.alternate != self.shown.alternate {
            self.whole_since = self.version;
        }
        if changed {
            self.version = next;
        }
        self.shown = shown;
    }

    fn now(&self) -> Shown {
        let cursor = self.terminal.cursor();
        let alternate = self.terminal.active_screen_kind() == ScreenKind::Alternate;
        let top = if alternate { 0 } else { self.watch.top() };
        Shown {
            size: self.terminal.size(),
            cursor: Cursor { row: cursor.row.saturating_sub(top), col: cursor.col, visible: cursor.visible },
            title: self.feed.title().to_owned(),
            alternate,
        }
    }
}
