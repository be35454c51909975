//! Foreign histories: the files of bash, zsh and fish, as these shells write them.

use crate::store::Foreign;

/// The commands of a history file, oldest first; which shell wrote it shows in what it says.
pub(super) fn commands(file: &[u8]) -> Vec<Foreign> {
    let lines = || file.split(|byte| *byte == b'\n');
    let mut found = if lines().any(|line| line.starts_with(b"- cmd: ")) {
        fish(&String::from_utf8_lossy(file))
    } else if lines().any(|line| extended(&unmetafied(line)).is_some()) {
        zsh(file)
    } else {
        bash(&String::from_utf8_lossy(file))
    };
    found.retain(|command| !command.text.trim().is_empty());
    found
}

/// Whether a file can be the history of a shell. NULs alone say nothing: a loss of power leaves some in files.
pub(super) fn is_text(file: &[u8]) -> bool {
    let text = file.iter().filter(|byte| **byte != 0);
    let strange = |byte: &&u8| byte.is_ascii_control() && !b"\t\n\r\x1b".contains(byte);
    let (all, controls) = (text.clone().count(), text.filter(strange).count());
    file.is_empty() || all > 0 && controls * 20 <= all
}

/// bash: a line a command, or `#` and seconds before each; then a command may have several lines.
fn bash(file: &str) -> Vec<Foreign> {
    let stamp = |line: &str| {
        let digits = line.strip_prefix('#')?;
        let all = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse().ok().filter(|_| all)
    };
    let whole = file.lines().next().and_then(stamp).is_some();
    let (mut found, mut at, mut begun) = (Vec::<Foreign>::new(), None, false);
    for line in file.lines() {
        if let Some(time) = stamp(line) {
            (at, begun) = (Some(time), false);
        } else if whole && begun {
            if let Some(last) = found.last_mut() {
                last.text.push('\n');
                last.text.push_str(line);
            }
        } else {
            found.push(Foreign { text: line.to_owned(), at: at.take(), lasted: None });
            begun = true;
        }
    }
    found
}

/// zsh: `: seconds:duration;text`, or the text alone; a line that goes on ends with a backslash.
fn zsh(file: &[u8]) -> Vec<Foreign> {
    let mut found = Vec::new();
    let mut lines = file.split(|byte| *byte == b'\n');
    while let Some(line) = lines.next() {
        let mut bytes = line.to_vec();
        while bytes.ends_with(b"\\") {
            let Some(more) = lines.next() else { break };
            bytes.pop();
            bytes.push(b'\n');
            bytes.extend_from_slice(more);
        }
        let text = unmetafied(&bytes);
        found.push(match extended(&text) {
            Some((at, lasted, text)) => Foreign { text: text.to_owned(), at: Some(at), lasted: Some(lasted) },
            None => Foreign { text, at: None, lasted: None },
        });
    }
    found
}

fn extended(line: &str) -> Option<(i64, i64, &str)> {
    let (head, text) = line.strip_prefix(": ")?.split_once(';')?;
    let (at, lasted) = head.split_once(':')?;
    Some((at.trim().parse().ok()?, lasted.parse().ok()?, text))
}

/// zsh writes some bytes as 0x83 and the byte with its sixth bit turned.
fn unmetafied(bytes: &[u8]) -> String {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut bytes = bytes.iter();
    while let Some(byte) = bytes.next() {
        plain.push(match (byte, bytes.as_slice().first()) {
            (0x83, Some(turned)) => {
                bytes.next();
                turned ^ 0x20
            }
            _ => *byte,
        });
    }
    String::from_utf8_lossy(&plain).into_owned()
}

/// fish: `- cmd: text`, with `\n` and `\\` for line ends and backslashes, and `  when: seconds`.
fn fish(file: &str) -> Vec<Foreign> {
    let mut found = Vec::<Foreign>::new();
    for line in file.lines() {
        if let Some(text) = line.strip_prefix("- cmd: ") {
            found.push(Foreign { text: unescaped(text), at: None, lasted: None });
        } else if let (Some(when), Some(last)) = (line.strip_prefix("  when: "), found.last_mut()) {
            last.at = when.trim().parse().ok();
        }
    }
    found
}

fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('n') => plain.push('\n'),
                Some(other) => plain.push(other),
                None => plain.push('\\'),
            },
            letter => plain.push(letter),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(file: &str) -> Vec<(String, Option<i64>)> {
        commands(file.as_bytes()).into_iter().map(|command| (command.text, command.at)).collect()
    }

    fn of(text: &str, at: impl Into<Option<i64>>) -> (String, Option<i64>) {
        (text.to_owned(), at.into())
    }

    #[test]
    fn a_program_an_archive_and_nothing_but_nuls_are_no_text_and_a_history_with_some_nuls_is() {
        let mut state = 1_u32;
        let mut random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        let archive: Vec<u8> = (0..100_000).map(|_| random()).collect();
        assert!(!is_text(&archive));
        assert!(!is_text(&[0; 5000]));
        assert!(!is_text(&std::fs::read("/bin/sh").unwrap_or_else(|_| vec![0; 9])));
        assert!(is_text(b""));
        assert!(is_text("ls é\n\x1b[1mprintf\t\n".as_bytes()));
        assert!(is_text(&[&b"ls\ncd /\n"[..], &[0; 4096], b"pwd\n"].concat()));
    }

    #[test]
    fn bash_writes_a_line_a_command() {
        assert_eq!(texts("ls\n# no time\ncd /\n"), [of("ls", None), of("# no time", None), of("cd /", None)]);
    }

    #[test]
    fn bash_with_times_writes_commands_of_several_lines() {
        let file = "#1700000000\nfor x in 1 2\ndo echo $x\ndone\n#1700000005\nls\n";
        let several = of("for x in 1 2\ndo echo $x\ndone", 1_700_000_000);
        assert_eq!(texts(file), [several, of("ls", 1_700_000_005)]);
    }

    #[test]
    fn bash_that_began_without_times_has_a_line_a_command_to_the_end() {
        let file = "old\n#1700000000\nnew\nnewer\n";
        assert_eq!(texts(file), [of("old", None), of("new", 1_700_000_000), of("newer", None)]);
    }

    #[test]
    fn zsh_tells_begin_and_duration_and_goes_on_after_a_backslash() {
        let file = ": 1700000000:12;sleep 12\n: 1700000020:0;echo a\\\necho b; echo ;\nplain\n";
        let found = commands(file.as_bytes());
        assert_eq!(
            texts(file)[..2],
            [of("sleep 12", 1_700_000_000), of("echo a\necho b; echo ;", 1_700_000_020)]
        );
        assert_eq!((found[0].lasted, found[2].text.as_str()), (Some(12), "plain"));
    }

    #[test]
    fn zsh_turns_bytes_that_mean_something_to_it() {
        // U+2013 has the byte 0x93 and U+00A3 the byte 0xA3, of which zsh turns the first.
        let file = b": 1700000000:0;echo \xe2\x80\x83\xb3 \xc2\xa3\n";
        assert_eq!(commands(file)[0].text, "echo \u{2013} \u{a3}");
    }

    #[test]
    fn fish_escapes_line_ends_and_backslashes() {
        let file = "- cmd: echo a\\nprintf '\\\\n'\n  when: 1700000000\n  paths:\n    - a\n- cmd: ls\n";
        assert_eq!(texts(file), [of("echo a\nprintf '\\n'", 1_700_000_000), of("ls", None)]);
    }

    #[test]
    fn whatever_a_file_has_is_read_somehow() {
        for file in [&b""[..], b"\n\n", b"#", b"#99999999999999999999\nx", b": 1:;", b"- cmd: \\", b"\x83"] {
            commands(file);
        }
    }
}
