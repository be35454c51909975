//! Line: which word of which command the cursor of a line is in, and what is expected there.

mod reader;

use std::ops::Range;

use crate::shell::ShellKind;
use reader::{DEPTH, Frame, Inside, Reader};

/// What is expected where the cursor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The name of a command.
    Command,
    /// An argument of a command.
    Argument,
    /// The name of a file: behind a redirection, or as the value of a variable.
    File,
    /// The name of a variable, which begins there.
    Variable(usize),
    /// The name of a user, behind a tilde.
    User,
    /// Nothing that a shell could tell: a comment, arithmetic, the inside of an expansion.
    Nothing,
}

/// What the cursor is quoted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quote {
    /// `'`
    Single,
    /// `"`
    Double,
    /// `$'`
    Dollar,
}

impl Quote {
    /// What ends it.
    pub(super) fn closing(self) -> char {
        if self == Self::Double { '"' } else { '\'' }
    }

    /// The same as a text.
    pub(super) fn closing_text(self) -> &'static str {
        if self == Self::Double { "\"" } else { "'" }
    }

    /// What begins it.
    pub(super) fn opening(self) -> &'static str {
        match self {
            Self::Single => "'",
            Self::Double => "\"",
            Self::Dollar => "$'",
        }
    }
}

/// A line up to its cursor.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The words of the command before the one at the cursor, without assignments and redirections.
    pub(super) words: Vec<Range<usize>>,
    /// Where the word at the cursor begins; it may be empty.
    pub(super) word: usize,
    pub(super) place: Place,
    /// The quotes that are open at the cursor.
    pub(super) quote: Option<Quote>,
    /// What stands for the output of commands and the like, in all words.
    pub(super) opaque: Vec<Range<usize>>,
}

/// Reads a line up to its cursor, which is at the end of `text`.
pub(super) fn read(kind: ShellKind, text: &str) -> Line {
    let mut reader = Reader {
        text: text.as_bytes(),
        at: 0,
        fish: kind == ShellKind::Fish,
        frames: vec![Frame::new(Inside::Commands, None)],
        opaque: Vec::new(),
    };
    let mut is_comment = false;
    while reader.at < reader.text.len() && !is_comment && reader.frames.len() < DEPTH {
        is_comment = reader.step();
    }
    let is_lost = is_comment || reader.frames.len() >= DEPTH;
    line(reader, text, is_lost)
}

fn line(mut reader: Reader<'_>, text: &str, is_lost: bool) -> Line {
    let opaque = std::mem::take(&mut reader.opaque);
    let Some(top) = reader.frames.pop() else { unreachable!("the first frame is never taken off") };
    let mut word = top.word.unwrap_or(text.len());
    let mut place = match top.inside {
        Inside::Expansion => {
            let name = top.opened.map_or(0, |opened| opened + 2);
            let is_name = text[name..].bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            // The word is that around it.
            word = reader.frames.last().and_then(|frame| frame.word).unwrap_or(word);
            if is_name { Place::Variable(name) } else { Place::Nothing }
        }
        Inside::Pattern => Place::Nothing,
        _ if top.quote != Some(Quote::Single) && top.variable.is_some() => {
            Place::Variable(top.variable.unwrap_or_default())
        }
        _ if top.redirects || top.is_array => Place::File,
        _ if top.words.is_empty() => match value_of(&text.as_bytes()[word..]).filter(|_| !reader.fish) {
            Some(value) => {
                word += value;
                Place::File
            }
            None => Place::Command,
        },
        _ => Place::Argument,
    };
    let name = &text[word..];
    let is_user = name
        .strip_prefix('~')
        .is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-+".contains(&byte)));
    if is_user && top.quote.is_none() && matches!(place, Place::Command | Place::Argument | Place::File) {
        place = Place::User;
    }
    if is_lost {
        (word, place) = (text.len(), Place::Nothing);
    }
    // In an expansion within quotes those are open.
    let quote = match top.inside {
        Inside::Expansion => reader.frames.last().and_then(|frame| frame.quote),
        _ => top.quote,
    };
    Line { words: top.words, word, place, quote, opaque }
}

/// Where the value begins, if the word is an assignment.
fn value_of(word: &[u8]) -> Option<usize> {
    let equals = word.iter().position(|byte| *byte == b'=')?;
    let name = word[..equals].strip_suffix(b"+").unwrap_or(&word[..equals]);
    let begins = name.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_');
    (begins && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')).then_some(equals + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Place, word at the cursor, words before it, and the quotes that are open.
    fn read_as(kind: ShellKind, text: &str) -> (Place, &str, Vec<&str>, Option<Quote>) {
        let line = read(kind, text);
        let words = line.words.iter().map(|word| &text[word.clone()]).collect();
        (line.place, &text[line.word..], words, line.quote)
    }

    #[test]
    fn the_command_at_the_cursor_is_found_with_its_words() {
        use Place::{Argument, Command, File, Nothing, User, Variable};
        use Quote::{Dollar, Double, Single};
        for (text, place, word, words, quote) in [
            ("", Command, "", &[][..], None),
            ("l", Command, "l", &[], None),
            ("ls ", Argument, "", &["ls"], None),
            ("a; ls b", Argument, "b", &["ls"], None),
            ("a | ls b", Argument, "b", &["ls"], None),
            ("a |& b", Command, "b", &[], None),
            ("a && ls b c", Argument, "c", &["ls", "b"], None),
            ("a & b", Command, "b", &[], None),
            ("a\nb", Command, "b", &[], None),
            ("if tru", Command, "tru", &[], None),
            ("if true; then ls x", Argument, "x", &["ls"], None),
            ("X=1 Y=2 ls x", Argument, "x", &["ls"], None),
            ("X=fo", File, "fo", &[], None),
            ("ls X=fo", Argument, "X=fo", &["ls"], None),
            ("a=(x y", File, "y", &["x"], None),
            ("ls >x y", Argument, "y", &["ls"], None),
            ("ls > x", File, "x", &["ls"], None),
            ("ls 2>x", File, "x", &["ls"], None),
            ("ls &>x", File, "x", &["ls"], None),
            ("ls >|x", File, "x", &["ls"], None),
            ("cat <<<x", Argument, "x", &["cat"], None),
            ("ls 'a b", Argument, "'a b", &["ls"], Some(Single)),
            ("ls \"a b", Argument, "\"a b", &["ls"], Some(Double)),
            ("ls $'a b", Argument, "$'a b", &["ls"], Some(Dollar)),
            ("ls a\\ b", Argument, "a\\ b", &["ls"], None),
            ("ls 'a;b' c", Argument, "c", &["ls", "'a;b'"], None),
            ("echo $(ls x", Argument, "x", &["ls"], None),
            ("echo \"$(ls x", Argument, "x", &["ls"], None),
            ("echo `ls x", Argument, "x", &["ls"], None),
            ("echo $(ls) x", Argument, "x", &["echo", "$(ls)"], None),
            ("echo \"$(ls \")\")\" x", Argument, "x", &["echo", "\"$(ls \")\")\""], None),
            ("(cd x", Argument, "x", &["cd"], None),
            ("(cd x); l", Command, "l", &[], None),
            ("diff <(ls x", Argument, "x", &["ls"], None),
            ("f() { ls x", Argument, "x", &["ls"], None),
            ("ls # x", Nothing, "", &[], None),
            ("ls a#b", Argument, "a#b", &["ls"], None),
            ("ls ~ro", User, "~ro", &["ls"], None),
            ("ls ~ro/x", Argument, "~ro/x", &["ls"], None),
            ("echo $HO", Variable(6), "$HO", &["echo"], None),
            ("echo \"a $HO", Variable(9), "\"a $HO", &["echo"], Some(Double)),
            ("echo '$HO", Argument, "'$HO", &["echo"], Some(Single)),
            ("echo \\$HO", Argument, "\\$HO", &["echo"], None),
            ("echo ${HO", Variable(7), "${HO", &[], None),
            ("echo ${x:-a b", Nothing, "${x:-a b", &[], None),
            ("echo $((a + b", Nothing, "b", &[], None),
            ("echo $((1 + 2)) x", Argument, "x", &["echo", "$((1 + 2))"], None),
            ("case x in a) ls b", Argument, "b", &["ls"], None),
        ] {
            let read = read_as(ShellKind::Bash, text);
            assert_eq!((read.0, read.1, read.3), (place, word, quote), "{text}");
            assert!(read.2 == words || read.0 == Nothing || text.contains("${"), "{text}: {:?}", read.2);
        }
    }

    #[test]
    fn fish_has_parentheses_of_its_own() {
        let (place, word, words, _) = read_as(ShellKind::Fish, "echo (ls x");
        assert_eq!((place, word, words), (Place::Argument, "x", vec!["ls"]));
        let (place, word, words, _) = read_as(ShellKind::Fish, "echo a(ls)b 'it\\'s' x");
        assert_eq!((place, word, words), (Place::Argument, "x", vec!["echo", "a(ls)b", "'it\\'s'"]));
    }

    #[test]
    fn no_text_is_too_odd_at_any_cursor() {
        let odd = "a'b\"c`d$(e${f$((g<(h)#i;j&k|l>m\\n{o}~p=q ä\n";
        for kind in [ShellKind::Bash, ShellKind::Zsh, ShellKind::Fish, ShellKind::Posix] {
            for shift in 0..odd.len() {
                let Some(turned) = odd.get(shift..) else { continue };
                let text = format!("{turned}{odd}{turned}");
                for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
                    let line = read(kind, &text[..end]);
                    assert!(line.word <= end && text.is_char_boundary(line.word));
                    assert!(line.opaque.iter().all(|part| part.start < part.end && part.end <= end));
                }
            }
        }
    }
}
