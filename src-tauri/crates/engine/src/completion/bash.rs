//! What a bash told: commands, variables, and what completion functions have found.

use std::path::Path;

use super::candidates::Candidates;
use super::files::Wanted;
use super::line::Place;
use super::told::Told;
use super::typed::Typed;
use crate::protocol::CompletionKind;

/// Kinds of commands, by the names of their sections; the first one counts.
pub(super) const COMMANDS: [(&str, CompletionKind); 5] = [
    ("alias", CompletionKind::Alias),
    ("function", CompletionKind::Function),
    ("builtin", CompletionKind::Builtin),
    ("keyword", CompletionKind::Keyword),
    ("command", CompletionKind::Command),
];

/// Adds what was told of the word. `folder` is the one that is typed.
pub(super) fn gather(found: &mut Candidates<'_>, typed: &mut Typed<'_>, told: &Told<'_>, folder: &Path) {
    match typed.line.place {
        Place::Command => {
            for (section, kind) in COMMANDS {
                found.add_names(typed, told.all(section), kind);
            }
            found.sort();
        }
        Place::Variable(begins) => found.add_variables(typed, begins, told.all("variable")),
        Place::User => found.add_users(typed, told.all("user")),
        Place::Argument if told.named("current").next().is_some() => argument(found, typed, told, folder),
        Place::Argument => found.add_files(typed, folder, Wanted::Files),
        Place::File | Place::Nothing => {}
    }
}

fn argument(found: &mut Candidates<'_>, typed: &mut Typed<'_>, told: &Told<'_>, folder: &Path) {
    let options: Vec<_> = told.all("options").collect();
    let has = |name: &str| options.contains(&name.as_bytes());
    let mut folder = Some(folder.to_owned());
    // bash takes words apart as its COMP_WORDBREAKS says.
    let length = told.first("current").map_or(0, <[u8]>::len);
    let path = typed.text.len().saturating_sub(length).max(typed.line.word);
    if path != typed.path && typed.text.is_char_boundary(path) {
        typed.begin_path_at(path);
        folder = typed.folder(&found.around.cwd, &found.around.home);
    }
    let words = told.all("words").chain(told.all("lines"));
    if has("filenames") {
        let mut words: Vec<_> = words.collect();
        if !has("nosort") {
            words.sort_unstable();
        }
        files(found, typed, &words, folder.as_deref(), has("nospace"));
    } else {
        for word in words {
            if found.is_full() {
                break;
            }
            plain(found, typed, word, has("nospace"));
        }
    }
    if !has("nosort") {
        found.sort();
    }
    let Some(folder) = folder else { return };
    if found.found.is_empty() && (has("default") || has("bashdefault") || !has("specified")) {
        found.add_files(typed, &folder, Wanted::Files);
    } else if has("plusdirs") || found.found.is_empty() && has("dirnames") {
        found.add_files(typed, &folder, Wanted::Folders);
    }
}

/// Names of files, which may have been torn apart at their line ends.
fn files(
    found: &mut Candidates<'_>,
    typed: &Typed<'_>,
    words: &[&[u8]],
    folder: Option<&Path>,
    nospace: bool,
) {
    let written = typed.folder_as_written();
    let beginning = typed.beginning.as_deref().unwrap_or_default();
    let there = folder.map(|folder| found.names_in(folder, beginning)).unwrap_or_default();
    let is_torn = |name: &[u8]| name.contains(&b'\n');
    let torn: Vec<_> = there.keys().filter(|name| is_torn(name)).collect();
    let pieces: Vec<_> = torn.iter().flat_map(|name| name.split(|byte| *byte == b'\n')).collect();
    let mut is_missing = false;
    for word in words {
        if found.is_full() {
            return;
        }
        let word = word.strip_suffix(b"/").filter(|word| !word.is_empty()).unwrap_or(word);
        let Some(name) = word.strip_prefix(written.as_slice()).filter(|name| !name.is_empty()) else {
            elsewhere(found, typed, word, nospace);
            continue;
        };
        let kind = match there.get(name) {
            Some(true) => CompletionKind::Folder,
            Some(false) => CompletionKind::File,
            None if pieces.contains(&name) => {
                is_missing = true;
                continue;
            }
            None => match folder {
                Some(folder) => {
                    let path =
                        folder.join(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(name));
                    kind_of(found.kind_at(std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str())), name)
                }
                None => kind_of(None, name),
            },
        };
        typed.named(name, kind, nospace).into_iter().for_each(|completion| found.add(completion));
    }
    if is_missing {
        for name in torn {
            let is_folder = there.get(name).copied().unwrap_or_default();
            let kind = if is_folder { CompletionKind::Folder } else { CompletionKind::File };
            typed.named(name, kind, nospace).into_iter().for_each(|completion| found.add(completion));
        }
    }
}

/// A path that is none of the folder that is typed.
fn elsewhere(found: &mut Candidates<'_>, typed: &Typed<'_>, word: &[u8], nospace: bool) {
    let kind = kind_of(found.kind_at(word), word);
    let (tilde, rest) = match word.strip_prefix(b"~") {
        Some(rest) if typed.line.quote.is_none() => ("~", rest),
        _ => ("", word),
    };
    let quote = typed.line.quote;
    let open = nospace || kind == CompletionKind::Folder;
    let is_closed = quote.is_some_and(|quote| typed.rest.starts_with(quote.closing()));
    let closes = !open && !is_closed;
    let Some(mut text) = super::quoting::quoted(typed.kind, rest, quote, tilde.is_empty(), closes) else {
        return;
    };
    if kind == CompletionKind::Folder {
        text.push('/');
    }
    let before = &typed.text[typed.line.word..typed.path];
    let opening = quote.map_or("", super::line::Quote::opening);
    found.add(crate::protocol::Completion {
        text: format!("{before}{opening}{tilde}{text}"),
        display: super::typed::shown(word),
        kind,
        description: None,
        open,
    });
}

/// What is inserted as it is.
fn plain(found: &mut Candidates<'_>, typed: &Typed<'_>, word: &[u8], nospace: bool) {
    // Some functions end a word themselves.
    let ends = word.ends_with(b" ");
    let word = if ends { &word[..word.len() - 1] } else { word };
    let Ok(text) = std::str::from_utf8(word) else { return files(found, typed, &[word], None, nospace) };
    let kind = found.kind_at(word);
    let is_special = |letter: char| letter.is_ascii_control() || " \t\"'\\$`&|;<>()*?[#~{".contains(letter);
    if text.contains(is_special)
        && (kind.is_some() || text.contains(|letter: char| letter.is_ascii_control()))
    {
        return elsewhere(found, typed, word, nospace);
    }
    let open = !ends && (nospace || word.ends_with(b"/") || word.ends_with(b"="));
    found.add(typed.literal(text, kind_of(kind, word), open));
}

/// What is there, or what the word looks like.
pub(super) fn kind_of(there: Option<CompletionKind>, word: &[u8]) -> CompletionKind {
    there.unwrap_or(if word.starts_with(b"-") { CompletionKind::Option } else { CompletionKind::Other })
}
