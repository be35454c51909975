//! The modules that a Rust source names: its `use` declarations and the paths in its code.

use super::source::Source;

/// Every path of two or more segments in the source's product code, with its line; groups are spelled out
/// (`use a::{b, c}` names `a::b` and `a::c`), `self` and `super` are resolved against `module`, the path of the
/// source's own module in its crate.
pub(super) fn paths(source: &Source, module: &[&str]) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut declaration = String::new();
    let mut begin = 0;
    for (line, text) in source.product_lines() {
        let code = text.split("//").next().unwrap_or_default().trim();
        if declaration.is_empty() {
            let Some(tree) = used(code) else {
                found.extend(inline(code).into_iter().map(|path| (line, path)));
                continue;
            };
            begin = line;
            declaration.push_str(tree);
        } else {
            declaration.push_str(code);
        }
        if let Some(tree) = declaration.strip_suffix(';') {
            let mut leaves = Vec::new();
            spell_out("", tree, &mut leaves);
            found.extend(leaves.into_iter().map(|path| (begin, path)));
            declaration.clear();
        }
    }
    found.into_iter().map(|(line, path)| (line, resolved(&path, module))).collect()
}

/// The tree of a `use` declaration that begins on this line.
fn used(code: &str) -> Option<&str> {
    let rest = match code.split_once("use ") {
        Some((before, rest)) if before.is_empty() || before.starts_with("pub") => rest,
        _ => return None,
    };
    Some(rest)
}

/// Writes the leaves of a `use` tree: `a::{b, c::{d}}` gives `a::b` and `a::c::d`.
fn spell_out(prefix: &str, tree: &str, leaves: &mut Vec<String>) {
    let tree = tree.trim();
    let Some(open) = tree.find('{') else {
        let name = tree.split(" as ").next().unwrap_or_default().trim();
        if !name.is_empty() {
            leaves.push(format!("{prefix}{name}"));
        }
        return;
    };
    let prefix = format!("{prefix}{}", &tree[..open]);
    let inside = tree[open + 1..].strip_suffix('}').unwrap_or(&tree[open + 1..]);
    let mut depth = 0;
    let mut start = 0;
    for (at, letter) in inside.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                spell_out(&prefix, &inside[start..at], leaves);
                start = at + 1;
            }
            _ => {}
        }
    }
    spell_out(&prefix, &inside[start..], leaves);
}

/// The paths with `::` that stand in a line of code.
fn inline(code: &str) -> Vec<String> {
    let in_a_path = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
    let words = code.split(|letter| !in_a_path(letter));
    let paths = words.filter(|word| word.contains("::"));
    paths.map(|path| path.trim_matches(':').to_owned()).collect()
}

fn resolved(path: &str, module: &[&str]) -> String {
    let mut segments: Vec<&str> = path.split("::").collect();
    let mut home = module.to_vec();
    match segments[0] {
        "self" => {
            segments.remove(0);
        }
        "super" => {
            while segments.first() == Some(&"super") {
                segments.remove(0);
                home.pop();
            }
        }
        _ => return path.to_owned(),
    }
    let mut whole = vec!["crate"];
    whole.extend(home);
    whole.extend(segments);
    whole.join("::")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str, module: &[&str]) -> Vec<String> {
        let source = Source::new("a.rs", text);
        paths(&source, module).into_iter().map(|path| path.1).collect()
    }

    #[test]
    fn groups_are_spelled_out_over_several_lines() {
        let text = "use std::{\n    fs::{self, File},\n    net as n, // why\n};\n";
        assert_eq!(named(text, &[]), ["std::fs::self", "std::fs::File", "std::net"]);
    }

    #[test]
    fn relative_paths_are_resolved() {
        let module = ["shell", "pty"];
        assert_eq!(named("use super::driver::Driver;\n", &module), ["crate::shell::driver::Driver"]);
        assert_eq!(named("pub(crate) use super::super::session::A;\n", &module), ["crate::session::A"]);
        assert_eq!(named("use self::open::B;\n", &module), ["crate::shell::pty::open::B"]);
    }

    #[test]
    fn paths_in_code_count_and_those_in_comments_do_not() {
        let text = "fn a() -> std::io::Result<()> { crate::session::b() } // tokio::spawn\n";
        assert_eq!(named(text, &[]), ["std::io::Result", "crate::session::b"]);
    }
}
