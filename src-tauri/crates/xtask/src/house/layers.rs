//! Which modules of the engine may know which: the import rules of ARCHITECTURE.md.

use super::Violation;
use super::imports;
use super::source::Source;

const ENGINE: &str = "src-tauri/crates/engine/src/";

/// Modules that compute and nothing else.
const PURE: [&[&str]; 3] = [&["protocol"], &["render"], &["breakpoints", "scanner"]];
/// What computing does not need.
const OUTSIDE: [&str; 6] = ["tokio", "rustix", "std::fs", "std::net", "std::process", "std::env"];

/// Who must not know whom, from the outside in.
const DIRECTIONS: [(&[&str], &[&str]); 4] = [
    (&["connection"], &["server"]),
    (&["authentication", "session"], &["server", "connection"]),
    (
        &[
            "shell",
            "command",
            "update",
            "completion",
            "breakpoints",
            "render",
            "files",
            "images",
            "history",
            "notifications",
            "preferences",
            "store",
        ],
        &["server", "connection", "authentication", "session"],
    ),
    (
        &["activity", "protocol"],
        &[
            "server",
            "connection",
            "authentication",
            "session",
            "shell",
            "command",
            "update",
            "breakpoints",
            "render",
            "files",
            "images",
        ],
    ),
];

/// The messages of the protocol, and the only module that deals with them.
const MESSAGES: [&str; 2] = ["ClientMessage", "ServerMessage"];

/// `protocol`, `render` and the scanner of pipes do no input or output and know no runtime.
pub(super) fn pure_modules(source: &Source) -> Vec<Violation> {
    let Some(module) = module_of(source) else {
        return Vec::new();
    };
    if !PURE.iter().any(|pure| module.starts_with(pure)) {
        return Vec::new();
    }
    let named = imports::paths(source, &module).into_iter();
    named
        .filter(|(_, path)| OUTSIDE.iter().any(|outside| begins_with(path, outside)))
        .map(|(line, path)| {
            let pure = module[0];
            source.violation(line, format!("`{pure}` only computes: move what needs `{path}` to its caller"))
        })
        .collect()
}

/// Knowledge goes one way: server, connection, session, command; and below `connection` no message is named.
pub(super) fn direction(source: &Source) -> Vec<Violation> {
    let Some(module) = module_of(source) else {
        return Vec::new();
    };
    let Some(own) = module.first().copied() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (line, path) in imports::paths(source, &module) {
        let mut segments = path.split("::").skip_while(|segment| *segment == "crate");
        let other = segments.next().unwrap_or_default();
        let forbidden = |rule: &&(&[&str], &[&str])| rule.0.contains(&own) && rule.1.contains(&other);
        if path.starts_with("crate::") && DIRECTIONS.iter().any(|rule| forbidden(&rule)) {
            let message = format!("`{own}` must not know `{other}`: pass what it needs as an argument");
            found.push(source.violation(line, message));
        }
        let message = path.split("::").any(|segment| MESSAGES.contains(&segment));
        if message && !matches!(own, "protocol" | "connection" | "lib") {
            let message =
                format!("only `connection` names the protocol's messages, not `{own}`: use its own types");
            found.push(source.violation(line, message));
        }
    }
    found
}

/// The path of an engine source's module in its crate; `None` for other sources and for tests.
fn module_of(source: &Source) -> Option<Vec<&str>> {
    if source.is_test() {
        return None;
    }
    let path = source.path.strip_prefix(ENGINE)?.strip_suffix(".rs")?;
    let mut module: Vec<_> = path.split('/').collect();
    if module.last() == Some(&"mod") {
        module.pop();
    }
    Some(module)
}

fn begins_with(path: &str, start: &str) -> bool {
    path.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source::new(&format!("{ENGINE}{path}"), text)
    }

    #[test]
    fn a_pure_module_that_reads_files_is_named() {
        for path in ["render/html.rs", "protocol/mod.rs", "breakpoints/scanner.rs"] {
            assert_eq!(pure_modules(&source(path, "use std::{fmt, fs::File};\n")).len(), 1, "{path}");
            assert_eq!(pure_modules(&source(path, "fn a() { tokio::spawn(b) }\n")).len(), 1, "{path}");
            assert!(pure_modules(&source(path, "use std::fmt;\n")).is_empty(), "{path}");
        }
        assert!(pure_modules(&source("breakpoints/pump.rs", "use std::fs;\n")).is_empty());
    }

    #[test]
    fn the_tests_of_a_pure_module_may_read_files() {
        let text = "//! A.\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n";
        assert!(pure_modules(&source("render/html.rs", text)).is_empty());
    }

    #[test]
    fn knowledge_goes_inwards_only() {
        assert_eq!(direction(&source("shell/pty.rs", "use crate::session::Session;\n")).len(), 1);
        assert_eq!(direction(&source("session.rs", "fn a(b: &crate::connection::C) {}\n")).len(), 1);
        assert_eq!(direction(&source("activity.rs", "use super::shell::Shell;\n")).len(), 1);
        assert_eq!(direction(&source("activity/mod.rs", "use crate::shell::Shell;\n")).len(), 1);
        assert!(direction(&source("session.rs", "use crate::shell::Shell;\n")).is_empty());
        assert!(direction(&source("connection.rs", "use crate::session::Session;\n")).is_empty());
    }

    #[test]
    fn messages_stay_in_the_connection() {
        let text = "use crate::protocol::{Code, ServerMessage};\n";
        assert_eq!(direction(&source("session/resume.rs", text)).len(), 1);
        assert!(direction(&source("connection/answer.rs", text)).is_empty());
    }
}
