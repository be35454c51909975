//! The scanner and tree-sitter see the same pipes in the scripts of the machine that runs the tests.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use engine::breakpoints::{Dialect, Pipe, PipeOperator, scan};

/// Files that are looked at, and bytes of one, at the most.
const FILES: usize = 3000;
const SIZE: u64 = 256 << 10;

fn scripts() -> Vec<(PathBuf, Dialect, String)> {
    let mut folders = vec![
        PathBuf::from("/etc"),
        PathBuf::from("/usr/bin"),
        PathBuf::from("/usr/sbin"),
        PathBuf::from("/usr/lib"),
        PathBuf::from("/usr/share"),
    ];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        let mut entries: Vec<_> = entries.flatten().collect();
        entries.sort_by_key(std::fs::DirEntry::path);
        for entry in entries {
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() && entry.metadata().is_ok_and(|data| data.len() <= SIZE) {
                found.extend(script(&entry.path()));
            }
            if found.len() >= FILES {
                return found;
            }
        }
    }
    found
}

fn script(path: &Path) -> Option<(PathBuf, Dialect, String)> {
    use std::io::Read;
    let mut file = std::fs::File::open(path).ok()?;
    let extension = path.extension().and_then(|extension| extension.to_str());
    let mut head = [0; 64];
    let length = file.read(&mut head).ok()?;
    let first = head[..length].split(|byte| *byte == b'\n').next()?;
    let program = first.strip_prefix(b"#!").map(|line| String::from_utf8_lossy(line).into_owned());
    let program = program
        .as_deref()
        .and_then(|line| {
            line.split_whitespace().find_map(|word| word.rsplit('/').next().filter(|name| *name != "env"))
        })
        .unwrap_or_default();
    let dialect = match extension {
        Some("fish") => Dialect::Fish,
        Some("bash") => Dialect::Bash,
        _ => Dialect::of_program(program)?,
    };
    let text = std::fs::read_to_string(path).ok()?;
    Some((path.to_path_buf(), dialect, text))
}

fn line_of(text: &str, offset: usize) -> String {
    let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    let end = text[offset..].find('\n').map_or(text.len(), |at| offset + at);
    format!("{}: {}", text[..offset].matches('\n').count() + 1, &text[start..end])
}

/// The bars of tree-sitter's pipelines, or nothing where it cannot parse the text.
fn parsed(text: &str, dialect: Dialect) -> Option<Vec<usize>> {
    let mut parser = tree_sitter::Parser::new();
    match dialect {
        Dialect::Fish => parser.set_language(&tree_sitter_fish::language()).unwrap(),
        _ => parser.set_language(&tree_sitter_bash::LANGUAGE.into()).unwrap(),
    }
    let tree = parser.parse(text, None)?;
    let mut pipes = Vec::new();
    collect(tree.root_node(), &mut pipes);
    pipes.sort_unstable();
    (!tree.root_node().has_error()).then_some(pipes)
}

fn collect(node: tree_sitter::Node<'_>, pipes: &mut Vec<usize>) {
    let mut cursor = node.walk();
    for child in node.children(&mut cursor) {
        let bar = match child.kind() {
            "|" | "|&" => Some(child.start_byte()),
            "&|" => Some(child.end_byte() - 1),
            _ => None,
        };
        if matches!(node.kind(), "pipeline" | "pipe") {
            pipes.extend(bar);
        }
        collect(child, pipes);
    }
}

/// Whether tree-sitter is known to be wrong about the bar at `offset`, which only one of the two takes for a pipe.
fn known_mistake(text: &str, offset: usize, ours: &[Pipe]) -> bool {
    match ours.iter().find(|pipe| pipe.offset == offset) {
        // tree-sitter-fish does not know `2>|`; tree-sitter-bash takes "`(" for the beginning of a plain string.
        Some(pipe) => pipe.operator == PipeOperator::FishErr || pipe.backticks > 0,
        // tree-sitter-fish begins a quote anew after a quoted parenthesis that a substitution follows: `"("(f -- "|")`.
        None => text[..offset].ends_with('"') && text[offset + 1..].starts_with('"'),
    }
}

#[test]
fn tree_sitter_sees_the_same_pipes_in_the_scripts_of_this_machine() {
    let scripts = scripts();
    let mut compared = 0;
    let mut refused = Vec::new();
    let mut disagreements = Vec::new();
    for (path, dialect, text) in &scripts {
        let Some(theirs) = parsed(text, *dialect) else { continue };
        compared += 1;
        let ours = match scan(text, *dialect) {
            Ok(ours) => ours,
            Err(refusal) => {
                refused.push(format!(
                    "{}: {refusal}: {}",
                    path.display(),
                    line_of(text, refusal.offset.min(text.len()))
                ));
                continue;
            }
        };
        let more = ours.iter().map(|pipe| pipe.offset).filter(|offset| !theirs.contains(offset));
        let less = theirs.iter().copied().filter(|offset| ours.iter().all(|pipe| pipe.offset != *offset));
        for offset in more.chain(less).filter(|offset| !known_mistake(text, *offset, &ours)) {
            disagreements.push(format!("{dialect:?} {}:{}", path.display(), line_of(text, offset)));
        }
    }
    println!("{} scripts, {compared} compared, refused: {refused:#?}", scripts.len());
    assert!(refused.len() * 50 <= compared, "{refused:#?}");
    assert!(disagreements.is_empty(), "{disagreements:#?}");
}

/// Whether the shell itself takes `text` for complete and valid.
fn accepts(shell: &str, text: &str) -> bool {
    use std::io::Write;
    use std::process::{Command, Stdio};
    let mut child = Command::new(shell)
        .args(["-f", "-n", "/dev/stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // A shell that has found its error does not read on.
    let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
    child.wait().unwrap().success()
}

/// No parser of zsh is at hand but zsh. A bar is a pipe where two bars are an error and a semicolon is none.
#[test]
fn zsh_sees_the_same_pipes_in_its_own_functions() {
    if std::process::Command::new("zsh").arg("--version").output().is_err() {
        return;
    }
    let bars_to_try =
        std::env::var("PORTHOLE_ZSH_BARS").ok().and_then(|number| number.parse().ok()).unwrap_or(300);
    let mut texts = Vec::new();
    let mut folders = vec![PathBuf::from("/usr/share/zsh")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else if let Ok(text) = std::fs::read_to_string(entry.path()) {
                texts.push((entry.path(), text));
            }
        }
    }
    texts.sort();
    let (mut scanned, mut refused, mut tried, mut wrong) = (0, Vec::new(), 0, Vec::new());
    for (path, text) in &texts {
        let pipes = match scan(text, Dialect::Zsh) {
            Ok(pipes) => pipes,
            Err(refusal) => {
                refused.push(format!(
                    "{}: {refusal}: {}",
                    path.display(),
                    line_of(text, refusal.offset.min(text.len()))
                ));
                continue;
            }
        };
        scanned += 1;
        if tried >= bars_to_try || !accepts("zsh", text) {
            continue;
        }
        for (offset, _) in text.match_indices('|').take(12) {
            let pipe = pipes.iter().find(|pipe| pipe.offset == offset);
            let beside =
                text[..offset].ends_with(['\\', ';', '&', '|']) || text[offset + 1..].starts_with('|');
            if pipe.map_or(beside, |pipe| pipe.in_here_document || pipe.backticks > 0) {
                continue;
            }
            tried += 1;
            let end = pipe.map_or(offset + 1, |pipe| pipe.operator_range().end);
            let doubled = format!("{}| |{}", &text[..offset], &text[end..]);
            let separated = format!("{};{}", &text[..offset], &text[end..]);
            let is_pipe = !accepts("zsh", &doubled) && accepts("zsh", &separated);
            if is_pipe != pipe.is_some() {
                wrong.push(format!("{} is a pipe: {is_pipe}: {}", path.display(), line_of(text, offset)));
            }
        }
    }
    println!("{scanned} scanned, {tried} bars tried, {} refused {refused:#?}", refused.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
    // zsh's completion functions use its grammar to the last corner; what could be read in two ways is refused.
    assert!(refused.len() * 6 <= texts.len(), "{refused:#?}");
}
