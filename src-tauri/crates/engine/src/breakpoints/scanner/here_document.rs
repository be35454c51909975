//! Here-documents: their delimiters, and the substitutions in their bodies.

use super::Refusal;
use super::cursor::Cursor;
use super::frame::{Kind, Word};
use super::posix::Machine;

/// A here-document whose body has not come yet.
#[derive(Debug)]
pub(super) struct HereDocument {
    delimiter: Vec<u8>,
    quoted: bool,
    strip: bool,
    /// Substitutions that enclose its operator.
    substitutions: usize,
}

impl Machine<'_, '_> {
    fn substitutions(&self) -> usize {
        self.frames.iter().filter(|frame| frame.kind == Kind::Substitution).count()
    }

    /// Whether the innermost substitution still waits for the body of a here-document.
    pub(super) fn has_own_here_documents(&self) -> bool {
        !self.here_documents.is_empty() && {
            let own = self.substitutions();
            self.here_documents.iter().any(|document| document.substitutions == own)
        }
    }

    /// Takes `word`, which ends at the cursor, as a delimiter.
    pub(super) fn expect_here_document(&mut self, word: &Word, strip: bool) -> Result<(), Refusal> {
        // bash 5.2 looks for the body in the wrong place after `((` that is no arithmetic.
        if !self.parentheses.is_empty() {
            return self.cursor.refuse("a here-document follows `((`");
        }
        let raw = &self.cursor.text[word.start..self.cursor.at];
        if raw.iter().any(|byte| b"$`\n(".contains(byte)) {
            return self.cursor.refuse("a here-document's delimiter is not a plain word");
        }
        let mut delimiter = Vec::with_capacity(raw.len());
        let mut quote = None;
        let mut bytes = raw.iter().copied().peekable();
        while let Some(byte) = bytes.next() {
            match (byte, quote) {
                (b'\'' | b'"', None) => quote = Some(byte),
                (_, Some(open)) if byte == open => quote = None,
                (b'\\', None) => delimiter.extend(bytes.next()),
                (b'\\', Some(b'"')) => {
                    return self.cursor.refuse("a here-document's delimiter is not a plain word");
                }
                _ => delimiter.push(byte),
            }
        }
        let quoted = raw.iter().any(|byte| b"'\"\\".contains(byte));
        let substitutions = self.substitutions();
        self.here_documents.push(HereDocument { delimiter, quoted, strip, substitutions });
        Ok(())
    }

    /// Reads the bodies that begin at the cursor.
    pub(super) fn read_here_documents(&mut self) -> Result<(), Refusal> {
        if self.here_documents.is_empty() {
            return Ok(());
        }
        let substitutions = self.substitutions();
        for document in std::mem::take(&mut self.here_documents) {
            if document.substitutions != substitutions {
                return self.cursor.refuse("a substitution spans lines before the body of a here-document");
            }
            self.read_here_document(&document)?;
        }
        Ok(())
    }

    fn read_here_document(&mut self, document: &HereDocument) -> Result<(), Refusal> {
        let start = self.cursor.at;
        loop {
            let line_start = self.cursor.at;
            if self.cursor.peek(0).is_none() {
                return Err(Refusal { offset: start, reason: "a here-document is not closed" });
            }
            let joined = self.skip_logical_line(document.quoted)?;
            let line = &self.cursor.text[line_start..self.cursor.at];
            let line = if document.strip { line.trim_ascii_start_tabs() } else { line };
            self.fuel.spend(line.len() + 1, line_start)?;
            let ends = line == document.delimiter;
            if joined && !ends && without_continuations(line) == document.delimiter {
                return self.cursor.refuse("a here-document's delimiter is broken over two lines");
            }
            if ends {
                self.read_body(start, line_start, document.quoted)?;
                // The newline after the delimiter is whitespace between commands.
                self.cursor.at = (self.cursor.at + 1).min(self.cursor.end);
                return Ok(());
            }
            self.cursor.at += 1;
        }
    }

    /// Moves to the end of a line and of those that a backslash joins to it; tells whether there were such.
    fn skip_logical_line(&mut self, quoted: bool) -> Result<bool, Refusal> {
        let start = self.cursor.at;
        let mut joined = false;
        loop {
            let line_start = self.cursor.at;
            self.cursor.skip_line();
            self.fuel.spend(self.cursor.at - line_start + 1, start)?;
            let line = &self.cursor.text[line_start..self.cursor.at];
            let backslashes = line.iter().rev().take_while(|byte| **byte == b'\\').count();
            if quoted || backslashes % 2 == 0 || self.cursor.peek(0).is_none() {
                return Ok(joined);
            }
            joined = true;
            self.cursor.at += 1;
        }
    }

    fn read_body(&mut self, start: usize, end: usize, quoted: bool) -> Result<(), Refusal> {
        if quoted {
            return Ok(());
        }
        let body = Cursor { text: self.cursor.text, at: start, end };
        let pipes = self.fragment(body, Kind::HereDocument)?;
        let depth = self.frames.len();
        self.pipes.extend(pipes.into_iter().map(|mut pipe| {
            pipe.depth += depth;
            pipe.in_here_document = true;
            pipe
        }));
        Ok(())
    }

    /// Takes one byte of an unquoted body.
    pub(super) fn here_document_text(&mut self, byte: u8) -> Result<(), Refusal> {
        match byte {
            b'\\' => self.skip_escaped(),
            b'$' => self.dollar(true),
            b'`' => self.backticks(true),
            _ => {
                self.cursor.at += 1;
                Ok(())
            }
        }
    }
}

trait Tabs {
    fn trim_ascii_start_tabs(&self) -> &Self;
}

impl Tabs for [u8] {
    fn trim_ascii_start_tabs(&self) -> &Self {
        let tabs = self.iter().take_while(|byte| **byte == b'\t').count();
        &self[tabs..]
    }
}

fn without_continuations(line: &[u8]) -> Vec<u8> {
    let mut joined = Vec::with_capacity(line.len());
    let mut bytes = line.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte == b'\\' && bytes.peek() == Some(&b'\n') {
            bytes.next();
        } else {
            joined.push(byte);
        }
    }
    joined
}
