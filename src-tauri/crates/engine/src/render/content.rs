//! Content: what a line shows, as text with runs of style.

use super::sgr::Style;
use std::sync::Arc;

/// A stretch of text of one style: up to `end`, in bytes, from where the one before ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) end: usize,
    pub(super) style: Style,
}

/// Text of many styles.
#[derive(Debug, Clone, Default)]
pub(super) struct StyledText {
    pub(super) text: String,
    /// They cover the text.
    pub(super) runs: Vec<Run>,
    /// Bytes and runs at the beginning that stay.
    fixed: (usize, usize),
}

impl StyledText {
    pub(super) fn clear(&mut self) {
        self.fixed = (0, 0);
        self.clear_unfixed();
    }

    pub(super) fn clear_unfixed(&mut self) {
        self.text.truncate(self.fixed.0);
        self.runs.truncate(self.fixed.1);
    }

    /// What there is stays until [`Self::clear`].
    pub(super) fn fix(&mut self) {
        self.fixed = (self.text.len(), self.runs.len());
    }

    pub(super) fn push_str(&mut self, text: &str, style: Style) {
        self.text.push_str(text);
        self.extend(style);
    }

    pub(super) fn push(&mut self, character: char, style: Style) {
        self.text.push(character);
        self.extend(style);
    }

    fn extend(&mut self, style: Style) {
        let end = self.text.len();
        match self.runs[self.fixed.1..].last_mut() {
            Some(run) if run.style == style => run.end = end,
            _ => self.runs.push(Run { end, style }),
        }
    }

    /// The characters that are not fixed, with their styles.
    pub(super) fn unfixed(&self) -> impl Iterator<Item = (char, Style)> {
        let (bytes, runs) = self.fixed;
        let runs = &self.runs[runs..];
        let starts = std::iter::once(bytes).chain(runs.iter().map(|run| run.end));
        starts.zip(runs).flat_map(|(start, run)| self.text[start..run.end].chars().map(|c| (c, run.style)))
    }
}

/// What a line shows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Content<'a> {
    pub(super) text: &'a str,
    /// They cover the text.
    pub(super) runs: &'a [Run],
    /// The targets of hyperlinks; [`Style::link`] 1 is the first.
    pub(super) links: &'a [Arc<str>],
    /// The byte up to which a client that only appends has been sent it.
    pub(super) sent: usize,
}

impl Content<'_> {
    /// Whether nothing of it can be seen.
    pub(super) fn is_blank(&self) -> bool {
        self.text.bytes().all(|byte| byte == b' ') && self.runs.iter().all(|run| run.style.is_plain())
    }
}
