//! Defining: whether a command defines functions, aliases and the like, and the code that has them told.
//!
//! They are many in a shell with a rich configuration, so they are told only where they may have changed: at once where
//! the text shows it, else when the shell has nothing to do.

use super::ShellKind;
use super::dialect::quoted;

/// Words that define, or read what may.
const DEFINING: [&str; 18] = [
    "function",
    "functions",
    "unfunction",
    "source",
    "eval",
    "unset",
    "autoload",
    "complete",
    "compdef",
    "zstyle",
    "alias",
    "unalias",
    "funcsave",
    "abbr",
    "export",
    "declare",
    "typeset",
    "readonly",
];

/// Words after which a command begins.
const BEFORE_A_COMMAND: [&str; 14] = [
    "!", "and", "begin", "builtin", "command", "do", "elif", "else", "if", "not", "or", "then", "time",
    "while",
];

/// Whether a text may define something itself, from its words. Any other may do so in what it runs.
pub(super) fn defines(text: &str) -> bool {
    let mut words = text.split(|letter: char| letter.is_whitespace() || ";&|(){}`'\"\\".contains(letter));
    text.contains("()") || reads_by_dot(text) || words.any(|word| DEFINING.contains(&word))
}

/// Whether a text reads a file by a `.`: where a command begins, because elsewhere it is the working directory.
fn reads_by_dot(text: &str) -> bool {
    let mut commands = text.split([';', '&', '|', '(', ')', '{', '}', '`', '\n']);
    commands.any(|command| {
        let mut words = command.split_whitespace();
        words.find(|word| !BEFORE_A_COMMAND.contains(word) && !word.contains('=')) == Some(".")
    })
}

/// Code before a command, after which the shell tells its definitions.
pub(super) fn will_define(kind: ShellKind, text: &str) -> String {
    match kind {
        ShellKind::Bash | ShellKind::Zsh => "__porthole_define=1; ".to_owned(),
        // There is nothing to tell.
        ShellKind::Posix => String::new(),
        ShellKind::Fish => {
            let words = text.split(|letter: char| letter.is_whitespace() || ";&|()".contains(letter));
            let mut code = "set -ga __porthole_define 1".to_owned();
            for word in words.filter(|word| !word.is_empty() && word.len() <= 64).take(200) {
                code.push(' ');
                code.push_str(&quoted(kind, word));
            }
            code.push_str("; ");
            code
        }
    }
}

/// Code that tells the definitions, as they are after a command.
pub(super) fn define(kind: ShellKind, id: u64) -> String {
    match kind {
        ShellKind::Bash => format!("__porthole_define {id}"),
        ShellKind::Zsh => format!("__porthole_quietly __porthole_define {id}"),
        ShellKind::Fish => format!("__porthole_define {id} >$__porthole_reports"),
        ShellKind::Posix => ":".to_owned(),
    }
}

/// Functions of the user's fish that are called before a command, after it, and before a prompt: code that calls the
/// first and notes the others. `handlers` is what `functions --handlers-type generic` prints. What they print to stdout
/// belongs to a prompt, which is not shown. fish would emit the events at a prompt only.
pub(super) fn hooks(handlers: &[u8], text: &str) -> String {
    let handlers = String::from_utf8_lossy(handlers);
    let of = |event: &str| -> Vec<String> {
        let lines = handlers.lines().filter_map(|line| line.strip_prefix(event)?.strip_prefix(' '));
        let own = lines.filter(|name| !name.starts_with("__fish_") && !name.starts_with("__porthole"));
        own.map(|name| quoted(ShellKind::Fish, name)).collect()
    };
    let (before, after, prompt) = (of("fish_preexec"), of("fish_postexec"), of("fish_prompt"));
    if before.is_empty() && after.is_empty() && prompt.is_empty() {
        return String::new();
    }
    let text = quoted(ShellKind::Fish, text);
    let mut code = format!(
        "set -g __porthole_line {text}; set -g __porthole_postexec {}; set -g __porthole_at_prompt {}; ",
        after.join(" "),
        prompt.join(" ")
    );
    for name in before {
        code.push_str(&format!("__porthole_back; {name} {text} >/dev/null; "));
    }
    code
}

#[cfg(test)]
mod tests {
    use super::defines;

    #[test]
    fn a_dot_reads_a_file_where_a_command_begins() {
        for text in
            [". file", "cd x && . ./y", "if true; then . y; fi", "x=1 . y", "{ . y; }", "! . y", "a\n. y"]
        {
            assert!(defines(text), "{text}");
        }
    }

    #[test]
    fn a_dot_elsewhere_is_the_working_directory() {
        for text in
            ["cd .", "git add .", "find . -name x | grep -r y .", "echo '. x'", "ls ./.", "..", "a=. b"]
        {
            assert!(!defines(text), "{text}");
        }
    }
}
