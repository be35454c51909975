//! Word: what a word of a line says once the shell has read its quotes.

use std::ops::Range;

use super::line::Quote;
use crate::shell::ShellKind;

/// A part of what a word says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// These bytes.
    Text(Vec<u8>),
    /// The value of a variable.
    Variable(String),
    /// The home of a user: of this one, where the name is empty.
    Home(String),
    /// What nobody knows who does not run something.
    Unknown,
}

/// What a word says, and how it is quoted where it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) pieces: Vec<Piece>,
    pub(super) quote: Option<Quote>,
}

impl Said {
    /// The bytes, where nothing in it has to be asked for.
    pub(super) fn text(&self) -> Option<Vec<u8>> {
        let mut text = Vec::new();
        for piece in &self.pieces {
            let Piece::Text(bytes) = piece else { return None };
            text.extend_from_slice(bytes);
        }
        Some(text)
    }
}

/// Reads the part `range` of a line, which begins in the quotes `quote`. `opaque` are the parts of the line that stand for
/// something else. A tilde counts where `is_beginning`.
pub(super) fn said(
    kind: ShellKind,
    line: &str,
    range: Range<usize>,
    quote: Option<Quote>,
    opaque: &[Range<usize>],
    is_beginning: bool,
) -> Said {
    let mut reading = Reading {
        fish: kind == ShellKind::Fish,
        text: line,
        at: range.start,
        end: range.end,
        quote,
        pieces: Vec::new(),
    };
    if is_beginning && quote.is_none() {
        reading.tilde();
    }
    while reading.at < reading.end {
        match opaque.iter().find(|part| part.contains(&reading.at)) {
            Some(part) if !is_plain_variable(&line[part.clone()]) => {
                reading.at = part.end;
                reading.pieces.push(Piece::Unknown);
            }
            _ => reading.step(),
        }
    }
    Said { quote: reading.quote, pieces: reading.pieces }
}

/// Whether this is `${NAME}` and no more.
pub(super) fn is_plain_variable(text: &str) -> bool {
    let name = text.strip_prefix("${").and_then(|text| text.strip_suffix('}')).unwrap_or_default();
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

struct Reading<'a> {
    fish: bool,
    text: &'a str,
    at: usize,
    end: usize,
    quote: Option<Quote>,
    pieces: Vec<Piece>,
}

impl Reading<'_> {
    fn push(&mut self, bytes: &[u8]) {
        match self.pieces.last_mut() {
            Some(Piece::Text(text)) => text.extend_from_slice(bytes),
            _ => self.pieces.push(Piece::Text(bytes.to_vec())),
        }
    }

    fn tilde(&mut self) {
        let Some(rest) = self.text[self.at..self.end].strip_prefix('~') else { return };
        let name = rest.split('/').next().unwrap_or_default();
        if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-+".contains(&byte)) {
            self.at += 1 + name.len();
            self.pieces.push(Piece::Home(name.to_owned()));
        }
    }

    fn step(&mut self) {
        let letter = self.text[self.at..self.end].chars().next().unwrap_or_default();
        let next = self.text[self.at + letter.len_utf8()..self.end].chars().next();
        match (self.quote, letter) {
            (Some(quote), letter) if letter == quote.closing() => self.quote = None,
            (None, '\'') => self.quote = Some(Quote::Single),
            (None, '"') => self.quote = Some(Quote::Double),
            (None, '$') if next == Some('\'') && !self.fish => {
                self.quote = Some(Quote::Dollar);
                self.at += 1;
            }
            (None | Some(Quote::Double), '$') => return self.variable(),
            (Some(Quote::Dollar), '\\') => return self.escaped(),
            (None, '\\') if self.fish && next.is_some_and(|next| next.is_ascii_alphanumeric()) => {
                return self.escaped();
            }
            (_, '\\') if self.is_escape(next) => {
                if let Some(next) = next
                    && !(next == '\n' && self.quote != Some(Quote::Single))
                {
                    self.push(next.encode_utf8(&mut [0; 4]).as_bytes());
                }
                self.at += next.map_or(0, char::len_utf8);
            }
            // Words with these stand for several, or for what is there.
            (None, '*' | '?' | '[' | '{') => self.pieces.push(Piece::Unknown),
            (_, letter) => self.push(letter.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        self.at += letter.len_utf8();
    }

    /// Whether a backslash takes away the meaning of what follows.
    fn is_escape(&self, next: Option<char>) -> bool {
        match self.quote {
            None => true,
            Some(Quote::Single) => self.fish && matches!(next, Some('\'' | '\\')),
            Some(Quote::Double) if self.fish => matches!(next, Some('"' | '\\' | '$' | '\n')),
            Some(_) => matches!(next, Some('"' | '\\' | '$' | '`' | '\n')),
        }
    }

    fn variable(&mut self) {
        let rest = &self.text[self.at + 1..self.end];
        let (open, rest) = rest.strip_prefix('{').filter(|_| !self.fish).map_or((0, rest), |rest| (1, rest));
        let length = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        let name = &rest[..length];
        let is_closed = open == 0 || rest[length..].starts_with('}');
        self.at += 1;
        if name.is_empty() && open == 0 {
            return self.push(b"$");
        }
        let is_plain =
            is_closed && name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
        self.pieces.push(if is_plain { Piece::Variable(name.to_owned()) } else { Piece::Unknown });
        self.at += open + length + if is_closed { open } else { 0 };
    }

    /// A backslash with a letter, as `$'...'` and fish know them.
    fn escaped(&mut self) {
        let rest = &self.text[self.at + 1..self.end];
        let Some(letter) = rest.chars().next() else {
            self.at = self.end;
            return;
        };
        let (digits, radix) = match letter {
            'x' | 'X' => (2, 16),
            'u' => (4, 16),
            'U' => (8, 16),
            '0'..='7' => (3, 8),
            _ => (0, 0),
        };
        self.at += 1 + letter.len_utf8();
        if radix == 0 {
            let byte = match letter {
                'a' => 7,
                'b' => 8,
                'e' | 'E' => 27,
                'f' => 12,
                'n' => 10,
                'r' => 13,
                't' => 9,
                'v' => 11,
                other => return self.push(other.encode_utf8(&mut [0; 4]).as_bytes()),
            };
            return self.push(&[byte]);
        }
        let number = if radix == 8 { rest } else { &rest[1..] };
        let number: String = number.chars().take(digits).take_while(|digit| digit.is_digit(radix)).collect();
        self.at += number.len() - usize::from(radix == 8);
        let value = u32::from_str_radix(&number, radix).unwrap_or_default();
        match (letter, u8::try_from(value)) {
            ('u' | 'U', _) => {
                let letter = char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER);
                self.push(letter.encode_utf8(&mut [0; 4]).as_bytes());
            }
            (_, Ok(byte)) => self.push(&[byte]),
            (_, Err(_)) => {}
        }
    }
}
