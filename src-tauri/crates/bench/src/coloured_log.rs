//! The coloured log that renderers are measured with: the same bytes on every machine.

use std::fmt::Write as _;

/// Names that the log mentions, for links: the entries of the directory that the log's program would run in.
pub(crate) const NAMES: [&str; 12] = [
    "Cargo.toml",
    "Cargo.lock",
    "README.md",
    "src",
    "target",
    "server.rs",
    "session.rs",
    "report 2024.pdf",
    "data.csv",
    "logo.png",
    "Makefile",
    "tests",
];

const LEVELS: [(&str, &str); 4] =
    [("\x1b[32m", "INFO "), ("\x1b[34m", "DEBUG"), ("\x1b[33m", "WARN "), ("\x1b[1;31m", "ERROR")];
const TEXTS: [&str; 6] = [
    "request served from the cache",
    "connection <closed> by peer & forgotten",
    "größere Änderung übernommen → 3 Dateien",
    "retrying after a timeout of 250 ms",
    "see https://example.com/docs/retry?attempt=2&wait=1 for what this means",
    "\x1b[3mqueue drained\x1b[23m, nothing left to do",
];

/// At least `bytes` bytes of whole lines: mostly lines of a service's log, now and then a change to a file and a listing.
pub(crate) fn coloured_log(bytes: usize) -> String {
    let mut log = String::with_capacity(bytes + 4096);
    let mut random = 1u32;
    let mut line = 0u32;
    while log.len() < bytes {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let pick = (random >> 16) as usize;
        match line % 40 {
            37 => change(&mut log, pick),
            39 => listing(&mut log, pick),
            _ => entry(&mut log, line, pick),
        }
        line += 1;
    }
    log
}

fn entry(log: &mut String, line: u32, pick: usize) {
    let (colour, level) = LEVELS[[0, 0, 0, 1, 1, 2, 3, 0][pick % 8]];
    let (seconds, text) = (line / 10 % 60, TEXTS[pick / 8 % TEXTS.len()]);
    let milliseconds = pick % 1000;
    // Writing to a String cannot fail.
    let _ = writeln!(
        log,
        "\x1b[2m2024-05-17T08:31:{seconds:02}.{milliseconds:03}Z\x1b[0m {colour}{level}\x1b[0m \
         \x1b[38;5;{}mserver::session\x1b[0m {text} \x1b[2mid=\x1b[0m{line} \x1b[2mtook=\x1b[0m{}us",
        17 + pick % 200,
        pick % 9999
    );
}

fn change(log: &mut String, pick: usize) {
    let name = NAMES[pick % NAMES.len()];
    let _ = write!(
        log,
        "\x1b[1mdiff --git a/{name} b/{name}\x1b[m\n\x1b[36m@@ -{pick},7 +{pick},7 @@\x1b[m fn main() {{\n\
         \x1b[31m-    let old = \"{pick}\";\x1b[m\n\x1b[32m+    let new = Some(&{pick});\x1b[m\n     }}\n"
    );
}

fn listing(log: &mut String, pick: usize) {
    for name in NAMES.iter().cycle().skip(pick % NAMES.len()).take(4) {
        let _ = write!(log, "\x1b[0m\x1b[38;2;{};120;200m{name}\x1b[0m  ", pick % 256);
    }
    log.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_whole_lines_with_colours_and_names() {
        let log = coloured_log(100_000);
        assert!(log.len() >= 100_000 && log.len() < 104_096);
        assert!(log.ends_with('\n'));
        for part in ["\x1b[38;5;", "\x1b[38;2;", "diff --git", "https://", "README.md", "→"] {
            assert!(log.contains(part), "{part}");
        }
    }
}
