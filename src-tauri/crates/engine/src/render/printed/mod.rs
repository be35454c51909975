//! Printed: images among the bytes that a program prints, whatever way these are cut.
//!
//! Found are PNG, JPEG, GIF and WebP as they are (`cat a.png`), where output or a line begins, and the inline images of
//! OSC 1337. Where a file ends is read from its own structure, so that what follows it is output again. A terminal has
//! turned every U+000A into CR and LF; that is undone, and a single LF without CR tells that there is nothing to undo.
//!
//! What only begins like an image is output. What breaks off within one is an image that is not shown, but for the text
//! at its end, which is what was printed after it.

mod asked;
mod candidate;
mod ends;
mod inline;
mod kind;
mod outcome;
mod raw;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use std::borrow::Cow;

pub use asked::Asked;
use candidate::{Candidate, OSC, candidate};
use inline::{Inline, Parts};
pub use kind::ImageKind;
pub use outcome::{Image, Missing};
use raw::Raw;

/// What is found in a stream, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found<'a> {
    /// Output that is no image.
    Output(Cow<'a, [u8]>),
    /// An image has ended.
    Image(Image),
}

/// Looks for the images of one stream.
///
/// Memory is bounded by the limit that it is made with, for an image that is on its way, and a few KiB.
#[derive(Debug)]
pub struct Scanner {
    limit: usize,
    /// No terminal has changed the stream.
    as_it_is: bool,
    state: State,
    /// What may be the beginning of an image, and waits for what follows.
    held: Vec<u8>,
    /// The next byte begins a line.
    begins_line: bool,
    /// An image has just ended; the end of its line belongs to it.
    after_image: bool,
    parts: Option<Parts>,
}

#[derive(Debug)]
enum State {
    Output,
    Raw(Box<Raw>),
    Inline(Box<Inline>),
}

/// What comes of one state's look at the input: where to go on, with what before it.
enum Next {
    /// The input is used up.
    Wait,
    /// On at an index of the input.
    At(usize),
    /// On with other bytes in place of those up to an index.
    Again(Vec<u8>, usize),
}

impl Scanner {
    /// Begins with a stream; collects images of at most `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            as_it_is: false,
            state: State::Output,
            held: Vec::new(),
            begins_line: true,
            after_image: false,
            parts: None,
        }
    }

    /// Begins with a stream through which no terminal has gone.
    pub fn of_bytes(limit: usize) -> Self {
        Self { as_it_is: true, ..Self::new(limit) }
    }

    /// Takes the next bytes, and gives what is known of them now.
    pub fn push<'a>(&mut self, bytes: &'a [u8]) -> Vec<Found<'a>> {
        let mut found = Vec::new();
        if bytes.is_empty() {
            return found;
        }
        if self.is_plain(bytes) {
            self.note_output(bytes);
            found.push(Found::Output(Cow::Borrowed(bytes)));
            return found;
        }
        let mut input = std::mem::take(&mut self.held);
        input.extend_from_slice(bytes);
        let mut at = 0;
        loop {
            let next = match &mut self.state {
                State::Output => self.in_output(&input, at, &mut found),
                State::Raw(_) => self.in_raw(&input, at, &mut found),
                State::Inline(_) => self.in_inline(&input, at, &mut found),
            };
            match next {
                Next::Wait => return found,
                Next::At(index) => at = index,
                Next::Again(mut before, index) => {
                    before.extend_from_slice(&input[index..]);
                    (input, at) = (before, 0);
                }
            }
        }
    }

    /// Whether something is held back that is no image yet, as a prompt that begins like one would be.
    pub fn is_waiting(&self) -> bool {
        match &self.state {
            State::Output => !self.held.is_empty(),
            State::Raw(raw) => !raw.is_certain(),
            State::Inline(inline) => !inline.is_certain(),
        }
    }

    /// Gives what is held back and is no image yet: nothing followed for a while.
    pub fn release(&mut self) -> Vec<u8> {
        let held = match &mut self.state {
            State::Raw(raw) if !raw.is_certain() => raw.printed(),
            State::Inline(inline) if !inline.is_certain() => inline.printed(),
            State::Output => std::mem::take(&mut self.held),
            _ => return Vec::new(),
        };
        self.state = State::Output;
        self.note_output(&held);
        held
    }

    /// The stream has ended, or something else takes it over: what is held back is output, and an image that is on its
    /// way is cut.
    pub fn finish(&mut self) -> Vec<Found<'static>> {
        let held = self.release();
        self.end(held)
    }

    /// What follows is not known, up to where the stream goes on: an image that is on its way is not kept.
    pub fn skip(&mut self) -> Vec<Found<'static>> {
        let held = self.release();
        self.let_go(Missing::NotKept);
        self.end(held)
    }

    fn end(&mut self, held: Vec<u8>) -> Vec<Found<'static>> {
        let mut found = Vec::new();
        let output = |found: &mut Vec<_>, bytes: Vec<u8>| {
            if !bytes.is_empty() {
                found.push(Found::Output(Cow::Owned(bytes)));
            }
        };
        output(&mut found, held);
        match std::mem::replace(&mut self.state, State::Output) {
            State::Output => {}
            State::Raw(raw) => {
                let (image, after) = raw.cut(self.begins_line);
                self.image(image, &mut found);
                self.note_output(&after);
                output(&mut found, after);
            }
            State::Inline(inline) => {
                if let Some(image) = inline.cut(self.begins_line) {
                    self.image(image, &mut found);
                }
            }
        }
        self.parts = None;
        found
    }

    /// Bytes that are collected now.
    pub fn collected(&self) -> usize {
        let state = match &self.state {
            State::Output => 0,
            State::Raw(raw) => raw.collected(),
            State::Inline(inline) => inline.collected(),
        };
        state + self.parts.as_ref().map_or(0, Parts::collected)
    }

    /// Lets go of what is collected; where the image ends is still looked for.
    pub fn abandon(&mut self) {
        self.let_go(Missing::TooMany);
    }

    fn let_go(&mut self, missing: Missing) {
        match &mut self.state {
            State::Output => {}
            State::Raw(raw) => raw.abandon(missing),
            State::Inline(inline) => inline.abandon(missing),
        }
        if let Some(parts) = &mut self.parts {
            parts.abandon(missing);
        }
    }

    /// Whether the bytes go by as they are.
    fn is_plain(&self, bytes: &[u8]) -> bool {
        let is_idle = matches!(self.state, State::Output) && self.held.is_empty() && !self.after_image;
        is_idle && candidate(bytes, 0, self.begins_line).is_none()
    }

    fn note_output(&mut self, bytes: &[u8]) {
        if let Some(last) = bytes.last() {
            self.begins_line = *last == b'\n';
            self.after_image = false;
        }
    }

    fn image(&mut self, image: Image, found: &mut Vec<Found<'_>>) {
        found.push(Found::Image(image));
        (self.begins_line, self.after_image) = (true, true);
    }

    fn output(&mut self, bytes: &[u8], found: &mut Vec<Found<'_>>) {
        if !bytes.is_empty() {
            self.note_output(bytes);
            found.push(Found::Output(Cow::Owned(bytes.to_vec())));
        }
    }

    fn in_output(&mut self, input: &[u8], mut at: usize, found: &mut Vec<Found<'_>>) -> Next {
        if self.after_image {
            match &input[at..] {
                [] => return Next::Wait,
                [b'\r'] => {
                    self.held = b"\r".to_vec();
                    return Next::Wait;
                }
                [b'\r', b'\n', ..] => at += 2,
                [b'\n', ..] => at += 1,
                _ => {}
            }
            self.after_image = false;
        }
        let Some((index, candidate)) = candidate(input, at, self.begins_line) else {
            self.output(&input[at..], found);
            return Next::Wait;
        };
        self.output(&input[at..index], found);
        match candidate {
            Candidate::Perhaps => {
                self.held = input[index..].to_vec();
                Next::Wait
            }
            Candidate::Raw(kind) => {
                self.state = State::Raw(Box::new(Raw::new(kind, self.as_it_is)));
                Next::At(index)
            }
            Candidate::Osc => {
                self.state = State::Inline(Box::default());
                Next::At(index + OSC.len())
            }
        }
    }

    fn in_raw(&mut self, input: &[u8], at: usize, found: &mut Vec<Found<'_>>) -> Next {
        let State::Raw(raw) = &mut self.state else { return Next::At(at) };
        let (step, taken) = raw.feed(&input[at..], self.limit);
        let at = at + taken;
        match step {
            raw::Step::More => return Next::Wait,
            raw::Step::AsItIs => return Next::Again(raw.begin_as_it_is(), at),
            raw::Step::End | raw::Step::Broken => {}
        }
        let State::Raw(mut raw) = std::mem::replace(&mut self.state, State::Output) else {
            return Next::At(at);
        };
        if matches!(step, raw::Step::End) {
            let image = raw.whole(self.begins_line);
            self.image(image, found);
            return Next::At(at);
        }
        if raw.is_certain() {
            let (image, after) = raw.cut(self.begins_line);
            self.image(image, found);
            return Next::Again(after, at);
        }
        self.is_output(raw.printed(), at, found)
    }

    fn in_inline(&mut self, input: &[u8], at: usize, found: &mut Vec<Found<'_>>) -> Next {
        let State::Inline(inline) = &mut self.state else { return Next::At(at) };
        let (step, taken) = inline.feed(&input[at..], self.limit);
        let at = at + taken;
        if matches!(step, inline::Step::More) {
            return Next::Wait;
        }
        let State::Inline(inline) = std::mem::replace(&mut self.state, State::Output) else {
            return Next::At(at);
        };
        match step {
            inline::Step::Foreign => self.is_output(inline.printed(), at, found),
            inline::Step::EscapeFollows | inline::Step::End | inline::Step::More => {
                if let Some(image) = inline.end(&mut self.parts, self.begins_line, self.limit) {
                    self.image(image, found);
                }
                match step {
                    inline::Step::EscapeFollows => Next::Again(b"\x1b".to_vec(), at),
                    _ => Next::At(at),
                }
            }
        }
    }

    /// What began like an image is none; within it one may begin.
    fn is_output(&mut self, mut printed: Vec<u8>, at: usize, found: &mut Vec<Found<'_>>) -> Next {
        let rest = printed.split_off(printed.len().min(1));
        self.output(&printed, found);
        Next::Again(rest, at)
    }
}
