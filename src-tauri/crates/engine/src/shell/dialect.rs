//! Dialects: how each shell is started as a driver, and how a command is put to it.

use super::ShellKind;
use std::ffi::OsString;
use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Text that a shell reads byte by byte is put into a file above this length.
const LONG: usize = 4096;

/// What is typed to a fish that shows a prompt. The space keeps it out of the history.
pub(super) const AT_PROMPT: &[u8] = b" __porthole_loop\r";

/// Where a command's stdin, stdout and stderr go, when not to the session's terminals.
#[derive(Debug, Clone, Default)]
pub(super) struct Redirections {
    pub(super) stdin: Option<String>,
    pub(super) stdout: Option<String>,
    pub(super) stderr: Option<String>,
}

impl Redirections {
    /// Written after a command.
    fn written(&self) -> String {
        let mut text = String::new();
        for (operator, path) in [("<", &self.stdin), (">", &self.stdout), ("2>", &self.stderr)] {
            if let Some(path) = path {
                // Writing to a String does not fail.
                let _ = write!(text, " {operator}{path}");
            }
        }
        text
    }
}

/// The arguments of a driver whose files are in `folder`; `plain` leaves out the user's own configuration.
pub(super) fn arguments(kind: ShellKind, folder: &Path, plain: bool) -> Vec<OsString> {
    let file = |name: &str| folder.join(name).into_os_string();
    match kind {
        ShellKind::Bash => vec!["--rcfile".into(), file("driver"), "-i".into()],
        ShellKind::Zsh if plain => vec!["-if".into(), file("commands")],
        ShellKind::Zsh => vec!["-il".into(), file("commands")],
        ShellKind::Fish => {
            let mut source = OsString::from("source ");
            source.push(file("driver"));
            let start = if plain { "-iN" } else { "-il" };
            vec![start.into(), "-C".into(), source]
        }
        ShellKind::Posix => vec!["-i".into(), file("commands")],
    }
}

/// The driver's script.
pub(super) fn script(kind: ShellKind, folder: &Path, plain: bool) -> String {
    let script = match kind {
        ShellKind::Bash => include_str!("scripts/driver.bash"),
        ShellKind::Zsh => include_str!("scripts/driver.zsh"),
        ShellKind::Fish => include_str!("scripts/driver.fish"),
        ShellKind::Posix => include_str!("scripts/driver.sh"),
    };
    let path = |name: &str| quoted(kind, &folder.join(name).to_string_lossy());
    script
        .replace("@COMMANDS@", &path("commands"))
        .replace("@REPORTS@", &path("reports"))
        .replace("@PLAIN@", if plain { "1" } else { "0" })
}

/// What is written to the FIFO before the driver is ready.
pub(super) fn opening(kind: ShellKind, folder: &Path) -> Vec<u8> {
    match kind {
        ShellKind::Bash | ShellKind::Fish => Vec::new(),
        ShellKind::Zsh | ShellKind::Posix => {
            format!(". {}\n", quoted(kind, &folder.join("driver").to_string_lossy())).into_bytes()
        }
    }
}

/// A command: what is written to the FIFO, and what is written once the shell says that the command has begun.
pub(super) struct Written {
    pub(super) at_once: Vec<u8>,
    pub(super) once_begun: Option<&'static [u8]>,
    /// Text for a file named `text`, which the driver reads.
    pub(super) file: Option<String>,
}

/// Puts a command to the driver; its end is reported under `id`.
pub(super) fn command(
    kind: ShellKind,
    folder: &Path,
    id: u64,
    text: &str,
    redirections: &Redirections,
) -> Written {
    let to = redirections.written();
    let mut once_begun = None;
    let at_once = match kind {
        ShellKind::Bash => return bash_command(folder, id, text, &to),
        ShellKind::Fish => {
            let text = quoted(kind, &format!("{text}\n__porthole_note $status $pipestatus"));
            // For what the text starts and fish does not redirect with it.
            let stderr = redirections.stderr.as_deref().unwrap_or_default();
            format!(
                "set -g __porthole_id {id}; set -g __porthole_pipes; set -g __porthole_stderr {stderr}; \
                 __porthole_back; eval {text}{to}\0"
            )
        }
        ShellKind::Zsh => {
            let text = quoted(kind, text);
            let run = if to.is_empty() {
                "__porthole_run".to_owned()
            } else {
                format!(
                    "{{ builtin eval \"$__porthole_text\"{to} }} always {{ TRY_BLOCK_ERROR=0 TRY_BLOCK_INTERRUPT=0 }}"
                )
            };
            format!(
                "{{ __porthole_id={id}; (( __porthole_trace )) && builtin set -x; __porthole_ready {text} }} \
                 2>/dev/null\n{run}\n{{ __porthole_end \"$@\"; builtin unsetopt xtrace }} 2>/dev/null\n"
            )
        }
        ShellKind::Posix => {
            // An interrupt makes such a shell forget what it has read ahead, so the line that reports the end may
            // only be written once the command's own line was read.
            once_begun = Some(b"{ __porthole_end \"$@\"; } 2>/dev/null\n".as_slice());
            let text = quoted(kind, &format!("{{ __porthole_back; }} 2>/dev/null; {text}"));
            format!("{{ __porthole_id={id}; __porthole_begin; }} 2>/dev/null; command eval {text}{to}\n")
        }
    };
    Written { at_once: at_once.into_bytes(), once_begun, file: None }
}

fn bash_command(folder: &Path, id: u64, text: &str, to: &str) -> Written {
    // A shell that reads lines leaves such a text out itself, where it is told to.
    let history = if text.len() <= LONG && !text.starts_with(' ') {
        format!("\\builtin history -s -- {}; ", quoted(ShellKind::Bash, text))
    } else {
        String::new()
    };
    let mut text = if to.is_empty() {
        text.to_owned()
    } else {
        format!("\\builtin eval {}{to}", quoted(ShellKind::Bash, text))
    };
    // eval forgets the statuses of a pipeline, so they are noted within; not where a here-document may be open.
    if !text.contains("<<") && !text.ends_with('\\') {
        text.push_str("\n{ __porthole_note \"$?\" \"${PIPESTATUS[@]}\" && :; } 2>/dev/null");
    }
    // The text begins a line of its own: what cannot be parsed must not take the first line with it.
    let snippet = format!(
        "{{ __porthole_id={id} __porthole_pipes=; {history}[[ $__porthole_trace = 0 ]] || \\builtin set -x; \
         __porthole_back && :; }} 2>/dev/null\n{text}"
    );
    if snippet.len() <= LONG {
        let at_once = format!("{snippet}\0").into_bytes();
        return Written { at_once, once_begun: None, file: None };
    }
    let path = quoted(ShellKind::Bash, &folder.join("text").to_string_lossy());
    let at_once = format!(
        "IFS= \\builtin read -r -d '' __porthole_text <{path}; \\builtin eval \"$__porthole_text\"\0"
    );
    Written { at_once: at_once.into_bytes(), once_begun: None, file: Some(snippet) }
}

/// Code of the engine's own: no end is reported, and the session's status stays.
pub(super) fn plain_operation(kind: ShellKind, code: &str) -> Vec<u8> {
    match kind {
        ShellKind::Bash | ShellKind::Fish => format!("{code}\0").into_bytes(),
        ShellKind::Zsh | ShellKind::Posix => format!("{code}\n").into_bytes(),
    }
}

/// The same, written together with the command that it precedes: fish loses what is in its FIFO behind a first thing.
pub(super) fn before_a_command(kind: ShellKind, code: &str) -> Vec<u8> {
    match kind {
        ShellKind::Fish => format!("{code}; ").into_bytes(),
        _ => plain_operation(kind, code),
    }
}

/// Code of the engine's own; the shell tells when it is done.
pub(super) fn operation(kind: ShellKind, code: &str, number: u64) -> Vec<u8> {
    let done = format!("printf '\\0\\0o\\0=%s\\0.\\0\\0' {number}");
    match kind {
        ShellKind::Bash => {
            format!("{{ {code}; \\builtin {done} >\"$__porthole_reports\"; }} 2>/dev/null\0").into_bytes()
        }
        ShellKind::Fish => format!("{code}; builtin {done} >$__porthole_reports\0").into_bytes(),
        ShellKind::Zsh => {
            format!("{{ {code}; builtin {done} >$__porthole_reports }} 2>/dev/null\n").into_bytes()
        }
        ShellKind::Posix => {
            format!("{{ {code}; {done} >\"$__porthole_reports\"; }} 2>/dev/null\n").into_bytes()
        }
    }
}

/// Code that runs what was written to a file.
pub(super) fn run_file(kind: ShellKind, file: &Path) -> String {
    let file = quoted(kind, &file.to_string_lossy());
    match kind {
        ShellKind::Fish => format!("source {file} >/dev/null 2>&1"),
        ShellKind::Posix => format!("command . {file} >/dev/null"),
        ShellKind::Bash => format!("\\builtin source {file} >/dev/null"),
        ShellKind::Zsh => format!("builtin source {file} >/dev/null"),
    }
}

/// Code that puts the shell's own stderr elsewhere for good. fish cannot; there each command is redirected.
pub(super) fn stderr_to(path: &str) -> String {
    format!("exec 2>{path}")
}

/// Code that ends the shell and leaves its background jobs alone.
pub(super) fn leave(kind: ShellKind) -> &'static str {
    match kind {
        ShellKind::Bash => "\\builtin disown -a; \\builtin exit",
        ShellKind::Zsh => "setopt nohup nocheckjobs; builtin exit",
        ShellKind::Fish => "disown (jobs -p); builtin exit",
        ShellKind::Posix => "exit",
    }
}

/// A word that the shell takes letter by letter.
pub(super) fn quoted(kind: ShellKind, text: &str) -> String {
    match kind {
        ShellKind::Fish => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
        _ => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

/// The bytes of a path as a working directory may have any.
pub(super) fn path_of(bytes: &[u8]) -> std::path::PathBuf {
    std::ffi::OsStr::from_bytes(bytes).into()
}
