//! What Linux alone has, outside the code that is named as Linux's own.

use super::Violation;
use super::source::Source;

/// Where all code is for Linux.
const OWN: [&str; 5] = [
    "src-tauri/crates/engine/src/breakpoints/pump/fish/",
    "src-tauri/crates/engine/src/breakpoints/pump/splicing.rs",
    "src-tauri/crates/engine/src/shell/processes/kernel.rs",
    // Where they are told to, they look into /proc.
    "src-tauri/crates/tap/src/guard.rs",
    "src-tauri/crates/tap/src/main.rs",
];

/// Programs that run where they were built for.
const TOOLS: [&str; 3] =
    ["src-tauri/crates/bench/", "src-tauri/crates/xtask/", "src-tauri/crates/engine/examples/"];

/// Calls, constants and paths that no other system of ours has.
const LINUX: [&str; 28] = [
    "\"/proc",
    "\"/sys/",
    "NOSIGNAL",
    "CMSG_CLOEXEC",
    "O_PATH",
    "OFlags::PATH",
    "TMPFILE",
    "accept4",
    "accept_with",
    "cgroup",
    "ClockId::Boottime",
    "devpts",
    "epoll",
    "eventfd",
    "inotify",
    "linkat_empty",
    "memfd",
    "peercred",
    "pidfd",
    "pipe2",
    "pipe_with",
    "prctl",
    "setpipe_size",
    "signalfd",
    "splice(",
    "tee(",
    "tiocgptpeer",
    "unshare",
];

/// What Linux alone has stands behind a `cfg` for Linux, or in a file of Linux's own.
pub(super) fn elsewhere(source: &Source) -> Vec<Violation> {
    let is_among = |places: &[&str]| places.iter().any(|place| source.path.starts_with(place));
    if !source.is_rust() || source.is_test() || is_among(&OWN) || is_among(&TOOLS) {
        return Vec::new();
    }
    let mut found = Vec::new();
    // How far the item or statement is indented that a `cfg` for Linux stands before.
    let mut guarded: Option<usize> = None;
    for (number, line) in source.product_lines() {
        let code = line.trim_start();
        let indent = line.len() - code.len();
        if code.starts_with("#![cfg(target_os = \"linux\")]") {
            return Vec::new();
        }
        if code.is_empty() || code.starts_with("//") {
            continue;
        }
        if code.starts_with("#[cfg(target_os = \"linux\"") {
            guarded = Some(indent);
            continue;
        }
        let terms = LINUX.iter().filter(|term| guarded.is_none() && is_called(code, term));
        found.extend(terms.map(|term| {
            source.violation(
                number,
                format!("`{term}` is Linux's own: put it behind `#[cfg(target_os = \"linux\")]`, with another half"),
            )
        }));
        // As the formatter writes it, the last line of an item is indented like the first, and ends it.
        if guarded == Some(indent) && !code.starts_with("#[") && code.ends_with([';', '}', ',']) {
            guarded = None;
        }
    }
    found
}

/// Whether the term is there, and as a function's name is neither the end of a longer one nor a method's.
fn is_called(code: &str, term: &str) -> bool {
    let goes_on =
        |before: &str| before.ends_with(|letter: char| letter.is_ascii_alphabetic() || letter == '.');
    code.match_indices(term).any(|(at, _)| !term.ends_with('(') || !goes_on(&code[..at]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<usize> {
        elsewhere(&Source::new("src-tauri/crates/engine/src/a.rs", text))
            .iter()
            .map(|found| found.line)
            .collect()
    }

    #[test]
    fn what_linux_alone_has_is_found_where_nothing_guards_it() {
        let text = "fn a() {\n    std::fs::read(\"/proc/self/stat\");\n    // \"/proc is fine in a comment\n    rustix::pipe::tee(x);\n    guarantee(x);\n    list.splice(x);\n}\n";
        assert_eq!(lines(text), [2, 4]);
    }

    #[test]
    fn a_guard_reaches_to_the_end_of_what_it_stands_before() {
        let text = "#[cfg(target_os = \"linux\")]\n#[allow(x)]\nfn a(\n    x: i32,\n) {\n    pidfd_open(x);\n}\nfn b() {\n    #[cfg(target_os = \"linux\")]\n    pidfd_open(1);\n    pidfd_open(2);\n}\n";
        assert_eq!(lines(text), [11]);
        assert_eq!(lines("#![cfg(target_os = \"linux\")]\nfn a() { pidfd_open(1) }\n"), [0_usize; 0]);
    }

    #[test]
    fn tests_and_linux_s_own_files_may_have_it() {
        let text = "fn a() { pidfd_open(1) }\n";
        for path in ["src-tauri/crates/tap/src/main.rs", "src-tauri/crates/engine/tests/a.rs"] {
            assert!(elsewhere(&Source::new(path, text)).is_empty());
        }
    }
}
