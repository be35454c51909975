//! What a zsh told: commands, variables, and what its completion system would add.

use std::path::Path;

use super::bash::{COMMANDS, kind_of};
use super::candidates::Candidates;
use super::line::Place;
use super::quoting::quoted;
use super::told::{Section, Told};
use super::typed::{Typed, shown};
use super::word::said;
use crate::protocol::{Completion, CompletionKind};
use std::os::unix::ffi::OsStrExt;

/// Adds what was told of the word. `folder` is the one that is typed.
pub(super) fn gather(found: &mut Candidates<'_>, typed: &Typed<'_>, told: &Told<'_>, folder: &Path) {
    match typed.line.place {
        Place::Command => {
            for (section, kind) in COMMANDS {
                found.add_names(typed, told.all(section), kind);
            }
            found.sort();
        }
        Place::Variable(begins) => {
            found.add_variables(typed, begins, told.all("variable"));
            found.sort();
        }
        Place::Argument | Place::User => {
            let mut sections = told.sections().peekable();
            while let Some((name, section)) = sections.next() {
                if name == b"match" {
                    let shown = sections.next_if(|(name, _)| *name == b"shown").map(|(_, shown)| shown);
                    matches(found, typed, section, shown, folder);
                }
            }
        }
        Place::File | Place::Nothing => {}
    }
}

/// One call of `compadd`.
fn matches(
    found: &mut Candidates<'_>,
    typed: &Typed<'_>,
    section: &Section<'_>,
    descriptions: Option<&Section<'_>>,
    folder: &Path,
) {
    let [is_file, is_quoted, opening, before, behind, _, words @ ..] = section.items.as_slice() else {
        return;
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (is_file, is_quoted) = (*is_file == b"1", *is_quoted == b"1");
    let (before, mut behind) = (format!("{}{}", text(opening), text(before)), text(behind));
    let ends = behind.ends_with(' ');
    behind.truncate(behind.trim_end_matches(' ').len());
    for (index, word) in words.iter().enumerate() {
        if found.is_full() {
            return;
        }
        let quote = typed.line.quote;
        let written = if is_quoted {
            std::str::from_utf8(word).ok().map(str::to_owned)
        } else {
            quoted(typed.kind, word, quote, before.is_empty(), false)
        };
        let Some(written) = written else { continue };
        let mut text = format!("{before}{written}{behind}");
        let says = said(typed.kind, &text, 0..text.len(), None, &[], true);
        let there = if is_file { path_kind(found, typed, &text, folder) } else { None };
        let kind = kind_of(there, word);
        if kind == CompletionKind::Folder && !text.ends_with('/') {
            text.push('/');
        }
        let open = !ends && (text.ends_with('/') || text.ends_with('=') || text.ends_with(':'));
        let is_closed = quote.is_some_and(|quote| typed.rest.starts_with(quote.closing()));
        if !open
            && !is_closed
            && let Some(quote) = says.quote
        {
            text.push(quote.closing());
        }
        let mut display = match says.text().filter(|_| is_quoted) {
            Some(said) => {
                shown(said.rsplit(|byte| *byte == b'/').find(|part| !part.is_empty()).unwrap_or(&said))
            }
            None => shown(word),
        };
        if kind == CompletionKind::Folder {
            display.push('/');
        }
        let description = descriptions.and_then(|shown| shown.items.get(index));
        let description = description.and_then(|told| description_of(told, word));
        found.add(Completion { text, display, kind, description, open });
    }
}

/// What is at the path that a text would be.
fn path_kind(found: &Candidates<'_>, typed: &Typed<'_>, text: &str, folder: &Path) -> Option<CompletionKind> {
    let slash = text.rfind('/').map_or(0, |slash| slash + 1);
    let typed_folder = &typed.text[typed.line.word..];
    let typed_folder = &typed_folder[..typed_folder.rfind('/').map_or(0, |slash| slash + 1)];
    let quote = said(typed.kind, text, 0..slash, None, &[], true).quote;
    let name = said(typed.kind, text, slash..text.len(), quote, &[], false).text()?;
    if text[..slash] == *typed_folder || slash == 0 {
        let path = folder.join(std::ffi::OsStr::from_bytes(&name));
        return found.kind_at(path.as_os_str().as_bytes());
    }
    found.kind_at(&said(typed.kind, text, 0..text.len(), None, &[], false).text()?)
}

/// What is told beside a word, without the word.
fn description_of(told: &[u8], word: &[u8]) -> Option<String> {
    let rest = told.strip_prefix(word).unwrap_or(told).trim_ascii_start();
    let rest = rest.strip_prefix(b"-- ").unwrap_or(rest).trim_ascii();
    (!rest.is_empty() && rest != word).then(|| shown(rest))
}
