//! What a fish told: whole words, with descriptions.

use std::collections::HashSet;
use std::path::Path;

use super::bash::kind_of;
use super::candidates::Candidates;
use super::line::{Place, Quote};
use super::told::Told;
use super::typed::{Typed, shown};
use super::word::said;
use crate::protocol::{Completion, CompletionKind};

/// Adds what was told of the word.
pub(super) fn gather(found: &mut Candidates<'_>, typed: &Typed<'_>, told: &Told<'_>, folder: &Path) {
    let names = |section: &str| told.all(section).collect::<HashSet<_>>();
    let (functions, builtins, aliases) = (names("function"), names("builtin"), names("alias"));
    let beginning = typed.beginning.as_deref().unwrap_or_default();
    let mut there = found.names_in(folder, beginning);
    // A tab in a name looks like the one before a description.
    there.retain(|name, _| name.contains(&b'\t'));
    for line in told.all("completions") {
        if found.is_full() {
            break;
        }
        let mut parts = line.splitn(2, |byte| *byte == b'\t');
        let (Some(word), description) = (parts.next(), parts.next()) else { continue };
        let mut text = written(word, typed);
        let says = said(typed.kind, &text, 0..text.len(), None, &[], true);
        let name = says.text().unwrap_or_else(|| word.to_vec());
        if name.starts_with(b"__porthole") || name.starts_with(b"$__porthole") {
            continue;
        }
        if there.keys().any(|whole| is_torn(whole, &name, description)) {
            continue;
        }
        let kind = match typed.line.place {
            Place::Variable(_) => CompletionKind::Variable,
            _ if word.ends_with(b"/") => CompletionKind::Folder,
            Place::Command if aliases.contains(name.as_slice()) => CompletionKind::Alias,
            Place::Command if builtins.contains(name.as_slice()) => CompletionKind::Builtin,
            Place::Command if functions.contains(name.as_slice()) => CompletionKind::Function,
            Place::Command => CompletionKind::Command,
            Place::User => CompletionKind::User,
            _ => kind_of(found.kind_at(&name), word),
        };
        let open = word.ends_with(b"/") || word.ends_with(b"=") || kind == CompletionKind::Variable;
        if let Some(quote) = typed.line.quote.filter(|quote| typed.rest.starts_with(quote.closing())) {
            text.truncate(text.strip_suffix(quote.closing()).map_or(text.len(), str::len));
        }
        found.add(Completion {
            text,
            display: display(&name, kind),
            kind,
            description: description.map(shown).filter(|description| !description.is_empty()),
            open,
        });
    }
    if !matches!(typed.line.place, Place::Argument | Place::File) {
        return;
    }
    for (name, is_folder) in there {
        let kind = if is_folder { CompletionKind::Folder } else { CompletionKind::File };
        typed.named(&name, kind, false).into_iter().for_each(|completion| found.add(completion));
    }
}

/// Whether that is a part of the name, up to its first tab.
fn is_torn(whole: &[u8], path: &[u8], description: Option<&[u8]>) -> bool {
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    description.is_some() && whole.strip_prefix(name).is_some_and(|rest| rest.starts_with(b"\t"))
}

/// The name behind the last slash.
fn display(name: &[u8], kind: CompletionKind) -> String {
    if !matches!(kind, CompletionKind::File | CompletionKind::Folder) {
        return shown(name);
    }
    let end = name.len() - usize::from(name.ends_with(b"/"));
    let begin = name[..end].iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
    shown(&name[begin..])
}

/// A word that fish told, with every byte that is no text written as fish reads it.
fn written(word: &[u8], typed: &Typed<'_>) -> String {
    let quote = typed.line.quote.map_or("", Quote::closing_text);
    let mut text = String::new();
    for chunk in word.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("{quote}\\X{byte:02x}{quote}"));
        }
    }
    text
}
