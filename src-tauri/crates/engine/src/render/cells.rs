//! Cells: a line that a program went back over, one element a column.

use super::sgr::{Color, Style};

/// One column. A wide character holds its column and an empty one after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    /// The character, or [`Cell::REST`].
    character: char,
    style: Style,
    /// Combining marks.
    marks: Option<Box<str>>,
}

impl Cell {
    /// Stands in the second column of a wide character.
    const REST: char = '\0';

    fn new(character: char, style: Style) -> Self {
        Self { character, style, marks: None }
    }
}

/// The columns of a line. The caller bounds the columns that it names.
#[derive(Debug, Clone, Default)]
pub(super) struct Cells(Vec<Cell>);

impl Cells {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Writes a character of `width` 1 or 2 at `column`; says whether what was there differed.
    pub(super) fn put(&mut self, column: usize, character: char, width: usize, style: Style) -> bool {
        self.pad(column);
        let new = Cell::new(character, style);
        if self.0.get(column) == Some(&new) {
            return false;
        }
        self.pad(column + width);
        self.part(column);
        self.part(column + width);
        self.0[column] = new;
        if width == 2 {
            self.0[column + 1] = Cell::new(Cell::REST, style);
        }
        true
    }

    /// Adds a combining mark to the character before `column`; says whether there was one with room for it.
    pub(super) fn combine(&mut self, column: usize, mark: char) -> bool {
        let Some(before) = self.0.get_mut(..column) else {
            return false;
        };
        let Some(cell) = before.iter_mut().rev().find(|cell| cell.character != Cell::REST) else {
            return false;
        };
        let mut marks = cell.marks.take().map_or_else(String::new, String::from);
        let room = marks.chars().count() < super::line::MARKS;
        if room {
            marks.push(mark);
        }
        cell.marks = Some(marks.into_boxed_str());
        room
    }

    /// Erases `from..to`. What then ends the line is gone, unless `style` has a background.
    pub(super) fn erase(&mut self, from: usize, to: usize, style: Style) {
        let to = to.min(self.len());
        if from >= to {
            return;
        }
        self.part(from);
        self.part(to);
        if to == self.len() && style.background == Color::DEFAULT {
            self.0.truncate(from);
        } else {
            self.0[from..to].fill(Cell::new(' ', style.erased()));
        }
    }

    /// Removes `count` columns at `column`.
    pub(super) fn delete(&mut self, column: usize, count: usize) {
        if column < self.len() {
            let end = (column + count).min(self.len());
            self.part(column);
            self.part(end);
            self.0.drain(column..end);
        }
    }

    /// Inserts `count` blank columns at `column`; what is moved beyond `limit` is gone.
    pub(super) fn insert(&mut self, column: usize, count: usize, style: Style, limit: usize) {
        if column >= self.len() {
            return;
        }
        let count = count.min(limit.saturating_sub(column));
        self.part(column);
        let blank = Cell::new(' ', style.erased());
        self.0.splice(column..column, std::iter::repeat_n(blank, count));
        if self.len() > limit {
            self.part(limit);
            self.0.truncate(limit);
        }
    }

    /// Makes the line at least `columns` long.
    pub(super) fn pad(&mut self, columns: usize) {
        if self.len() < columns {
            self.0.resize(columns, Cell::new(' ', Style::default()));
        }
    }

    /// Calls `each` for every character with its column, its style and its marks.
    pub(super) fn for_each(&self, mut each: impl FnMut(usize, char, Style, &str)) {
        for (column, cell) in self.0.iter().enumerate() {
            if cell.character != Cell::REST {
                each(column, cell.character, cell.style, cell.marks.as_deref().unwrap_or_default());
            }
        }
    }

    /// A wide character that `column` would cut becomes two blanks.
    fn part(&mut self, column: usize) {
        if self.0.get(column).is_some_and(|cell| cell.character == Cell::REST) {
            for cell in &mut self.0[column - 1..=column] {
                *cell = Cell::new(' ', cell.style);
            }
        }
    }
}
