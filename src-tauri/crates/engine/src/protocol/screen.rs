//! Screen: what a program that moves over the whole terminal shows, row by row.

use serde::Serialize;

/// What changed of a command's screen, under `screens`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ScreenUpdate {
    /// Columns of the terminal.
    pub cols: usize,
    /// Rows that are shown: all on the alternate screen, else those that the program goes back to.
    pub rows: usize,
    /// Whether nothing of an earlier update stays: every row follows, in this update or the next ones.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(test, ts(optional, as = "Option<bool>"))]
    pub whole: bool,
    /// The rows that changed. Rows beyond `rows` are gone; new ones are blank until they are told.
    pub lines: Vec<ScreenLine>,
    /// The cursor.
    pub cursor: ScreenCursor,
    /// The title that the program set.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[cfg_attr(test, ts(optional, as = "Option<String>"))]
    pub title: String,
    /// Whether it is the alternate screen, of which nothing stays when the program leaves it.
    pub alternate: bool,
    /// The screen is left: it is to be taken away. What stays of it is in this update's ordinary output.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(test, ts(optional, as = "Option<bool>"))]
    pub closed: bool,
}

/// One row of a screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
pub struct ScreenLine {
    /// Its place from the top, from 0.
    pub row: usize,
    /// What it shows, in the command's format and without a line end.
    pub data: String,
}

/// Where the cursor of a screen is, from 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
pub struct ScreenCursor {
    /// Its row.
    pub row: usize,
    /// Its column.
    pub col: usize,
    /// Whether the program shows it.
    pub visible: bool,
}
