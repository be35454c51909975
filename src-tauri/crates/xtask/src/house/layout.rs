//! Rules of a single file: how it opens, how long it is, its name, where it may be unsafe.

use super::Violation;
use super::source::Source;

/// About 300 lines fit one concept; from here on a file holds two.
const LONGEST: usize = 350;
/// Names that say nothing of what a file is about.
const EMPTY_NAMES: [&str; 5] = ["util", "helper", "manager", "service", "common"];
/// The modules that talk to the kernel, and the only ones that may switch `unsafe` on.
const KERNEL: [&str; 4] = [
    "src-tauri/crates/engine/src/shell/",
    "src-tauri/crates/engine/tests/",
    "src-tauri/crates/tap/",
    "src-tauri/crates/warden/",
];

/// A Rust file opens with one sentence about its concept.
pub(super) fn opening(source: &Source) -> Vec<Violation> {
    if !source.is_rust() || source.is_generated() || source.text.starts_with("//! ") {
        return Vec::new();
    }
    vec![source.violation(1, "open the file with one `//!` sentence that names its concept")]
}

/// A file is short, its tests not counted.
pub(super) fn length(source: &Source) -> Vec<Violation> {
    if source.is_test() || source.is_generated() {
        return Vec::new();
    }
    let length = source.product_lines().count();
    if length <= LONGEST {
        return Vec::new();
    }
    let message = format!("{length} lines, {LONGEST} at most: find the second concept and give it a file");
    vec![source.violation(LONGEST + 1, message)]
}

/// A file is named after what it is about.
pub(super) fn names(source: &Source) -> Vec<Violation> {
    let words = |part: &str| -> Vec<String> {
        let split = part.split(['.', '_', '-']);
        split.map(|word| word.to_lowercase().trim_end_matches('s').to_owned()).collect()
    };
    let parts = source.path.split('/').flat_map(words);
    parts
        .filter(|word| EMPTY_NAMES.contains(&word.as_str()))
        .map(|word| source.violation(1, format!("`{word}` in a name says nothing: name the concept")))
        .collect()
}

/// `unsafe` is switched on in the modules that talk to the kernel alone. That each block says why it is sound is
/// clippy's to check.
pub(super) fn unsafe_code(source: &Source) -> Vec<Violation> {
    if !source.is_rust() || KERNEL.iter().any(|kernel| source.path.starts_with(kernel)) {
        return Vec::new();
    }
    let switch =
        |line: &str| line.starts_with("#[allow(unsafe_code)") || line.starts_with("#![allow(unsafe_code)");
    let lines = source.text.lines().enumerate().filter(|(_, line)| switch(line.trim()));
    let message = "`unsafe` belongs to the modules that talk to the kernel";
    lines.map(|(index, _)| source.violation(index + 1, message)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source::new(path, text)
    }

    #[test]
    fn a_file_that_opens_with_code_is_named() {
        let violations = opening(&source("a.rs", "use std::fs;\n"));
        assert_eq!(violations.len(), 1);
        assert!(opening(&source("a.rs", "//! Files.\n")).is_empty());
        assert!(opening(&source("a.ts", "import x\n")).is_empty());
    }

    #[test]
    fn only_what_is_no_test_counts_for_the_length() {
        let lines = |count| "let a = 1;\n".repeat(count);
        assert!(length(&source("a.rs", &lines(350))).is_empty());
        assert_eq!(length(&source("a.rs", &lines(351))).len(), 1);
        let tested = lines(300) + "#[cfg(test)]\nmod tests {\n" + &lines(300) + "}\n";
        assert!(length(&source("a.rs", &tested)).is_empty());
        assert!(length(&source("engine/tests/a.rs", &lines(900))).is_empty());
        assert_eq!(length(&source("ui/src/a.svelte", &lines(351))).len(), 1);
    }

    #[test]
    fn empty_names_are_found_in_any_part_of_a_path() {
        for path in ["src/util.rs", "src/string_helpers.rs", "common/mod.rs", "SessionManager.ts"] {
            let found = !names(&source(path, "")).is_empty();
            // One word in camel case hides its parts.
            assert_eq!(found, path != "SessionManager.ts", "{path}");
        }
        assert!(names(&source("src/session/resume.rs", "")).is_empty());
    }

    #[test]
    fn unsafe_needs_its_place() {
        let switched_on = "//! Waits.\n#![allow(unsafe_code)]\n";
        assert_eq!(unsafe_code(&source("src-tauri/src/main.rs", switched_on)).len(), 1);
        assert!(unsafe_code(&source("src-tauri/crates/engine/src/shell/pty.rs", switched_on)).is_empty());
    }
}
