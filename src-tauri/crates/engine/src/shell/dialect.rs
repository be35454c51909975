//! Dialects: how each shell is started as a driver, and how a command is put to it.

mod bash;
mod fish;
mod zsh;

use super::ShellKind;
use std::ffi::OsString;
use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// What is typed to a fish that shows a prompt. The space keeps it out of the history.
pub(super) const AT_PROMPT: &[u8] = b" eval $__porthole_loop\r";

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
            // Not by `source`: the messages of commands would name the file.
            let mut source = OsString::from("read -z __porthole_text <");
            source.push(quoted(kind, &file("driver").to_string_lossy()));
            source.push("; eval $__porthole_text");
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
        .replace("@FOLDER@", &quoted(kind, &folder.to_string_lossy()))
        .replace("@BEGIN@", &quoted(kind, zsh::BEGIN))
        .replace("@PLAIN@", if plain { "1" } else { "0" })
}

/// What a driver that stands by for completions reads; it tells them in the file `completions` of its folder.
pub(super) fn completion_script(kind: ShellKind, folder: &Path) -> String {
    let script = match kind {
        ShellKind::Bash => include_str!("scripts/complete.bash"),
        ShellKind::Zsh => include_str!("scripts/complete.zsh"),
        ShellKind::Fish => include_str!("scripts/complete.fish"),
        ShellKind::Posix => include_str!("scripts/complete.sh"),
    };
    let path = |path: &Path| quoted(kind, &path.to_string_lossy());
    // Every zsh of the engine shares what its completion system has found.
    let dump = folder.parent().unwrap_or(folder).join("zcompdump");
    script.replace("@FILE@", &path(&folder.join("completions"))).replace("@DUMP@", &path(&dump))
}

/// What is written to the FIFO before the driver is ready.
pub(super) fn opening(kind: ShellKind, folder: &Path) -> Vec<u8> {
    match kind {
        ShellKind::Bash | ShellKind::Fish => Vec::new(),
        ShellKind::Zsh => {
            let driver = quoted(kind, &folder.join("driver").to_string_lossy());
            // In its own language, whatever the rc files chose. What is set then begins the shell's own messages.
            format!(
                "__porthole_read() {{\nbuiltin emulate -L zsh\n. {driver}\n}}\n__porthole_read\n0=zsh\n{}",
                zsh::END
            )
            .into_bytes()
        }
        ShellKind::Posix => {
            format!(". {}\n", quoted(kind, &folder.join("driver").to_string_lossy())).into_bytes()
        }
    }
}

/// What is put to a driver.
pub(super) struct Written {
    /// For the FIFO.
    pub(super) at_once: Vec<u8>,
    /// For the FIFO, once the shell says that the command has begun.
    pub(super) once_begun: Option<&'static [u8]>,
    /// For the file of a bash, before anything else.
    pub(super) file: Option<Vec<u8>>,
}

impl Written {
    fn to_fifo(bytes: String) -> Self {
        Self { at_once: bytes.into_bytes(), once_begun: None, file: None }
    }
}

/// A pipeline with these statuses, so that the next command finds them; nothing where there is only one.
fn pipeline(statuses: &[i32]) -> String {
    if statuses.len() < 2 {
        return String::new();
    }
    let stages: Vec<_> = statuses.iter().map(|status| format!("__porthole_exit {status}")).collect();
    stages.join(" | ")
}

/// How a command is put to a driver.
pub(super) struct Put<'a> {
    /// Under which its end is reported.
    pub(super) id: u64,
    /// Where it is a pipeline of plain words and nothing precedes it, the first ones of its stages: the shell then looks at
    /// what they stand for, and says with the end whether that left its state alone.
    pub(super) plain: Vec<&'a str>,
    /// Code of the engine's own, which comes first.
    pub(super) before: &'a str,
    /// Those of the former pipeline, where the command looks at them.
    pub(super) statuses: &'a [i32],
}

/// Puts a command to the driver.
pub(super) fn command(kind: ShellKind, put: &Put<'_>, text: &str, redirections: &Redirections) -> Written {
    match kind {
        ShellKind::Bash => bash::command(put, text, redirections),
        ShellKind::Fish => fish::command(put, text, redirections),
        ShellKind::Zsh => Written::to_fifo(zsh::command(put, text, redirections)),
        ShellKind::Posix => {
            let &Put { id, before, .. } = put;
            let to = redirections.written();
            let text = quoted(kind, &format!("{{ __porthole_back; }} 2>/dev/null; {text}"));
            let begin = format!("{{ __porthole_id={id}; __porthole_begin; }} 2>/dev/null");
            let mut written = Written::to_fifo(format!("{before}\n{begin}; command eval {text}{to}\n"));
            // An interrupt makes such a shell forget what it has read ahead, so the line that reports the end may
            // only be written once the command's own line was read.
            written.once_begun = Some(b"{ __porthole_end; } 2>/dev/null\n");
            written
        }
    }
}

/// What is written to the FIFO of a shell that has told an end, before anything else, for the state of the session after
/// that. One that told it unasked would go on with it on the very processor of whoever its report of the end has woken.
pub(super) fn ask_for_state(kind: ShellKind) -> &'static [u8] {
    match kind {
        ShellKind::Bash | ShellKind::Fish => b"s",
        ShellKind::Zsh => zsh::STATE.as_bytes(),
        ShellKind::Posix => b"{ __porthole_save \"$@\"; } 2>/dev/null\n",
    }
}

/// Code of the engine's own; no end is reported, and the session's status stays. The shell tells when it is done.
pub(super) fn operation(kind: ShellKind, code: &str, number: u64) -> Written {
    let done = format!("printf '\\0\\0o\\0=%s\\0.\\0\\0' {number}");
    match kind {
        ShellKind::Bash => {
            let code = format!("{{ {code}; \\builtin {done} >\"$__porthole_reports\"; }} >/dev/null 2>&1");
            bash::code(&code)
        }
        ShellKind::Fish => fish::code(&format!("{code}; builtin {done} >$__porthole_reports")),
        ShellKind::Zsh => Written::to_fifo(format!(
            "{{ {code}; __porthole_quietly __porthole_operated {number}; }} 2>/dev/null\n"
        )),
        ShellKind::Posix => {
            Written::to_fifo(format!("{{ {code}; {done} >\"$__porthole_reports\"; }} 2>/dev/null\n"))
        }
    }
}

/// Code that runs what was written to a file.
pub(super) fn run_file(kind: ShellKind, file: &Path) -> String {
    let file = quoted(kind, &file.to_string_lossy());
    match kind {
        ShellKind::Fish => format!("builtin source {file} >/dev/null 2>&1"),
        ShellKind::Posix => format!("command . {file} >/dev/null"),
        ShellKind::Bash => format!("\\builtin source {file} >/dev/null"),
        ShellKind::Zsh => format!("builtin source {file} >/dev/null"),
    }
}

/// Code that puts the shell's own stderr elsewhere for good. fish cannot; there each command is redirected.
pub(super) fn stderr_to(path: &str) -> String {
    format!("exec 2>{path}")
}

/// Ends the shell and leaves its background jobs alone; what is to be done at the end of the session (traps, handlers,
/// a .zlogout) is not done yet.
pub(super) fn leave(kind: ShellKind) -> Written {
    match kind {
        ShellKind::Bash => bash::code("\\builtin trap - EXIT; \\builtin disown -a; \\builtin exit"),
        ShellKind::Zsh => Written::to_fifo(
            // Without `rcs` there is no .zlogout.
            "{ builtin trap - EXIT; zshexit_functions=(); builtin unset 'functions[zshexit]'; } 2>/dev/null\n\
             builtin setopt nohup nocheckjobs norcs; builtin exit\n"
                .to_owned(),
        ),
        ShellKind::Fish => fish::code(
            "for __porthole_name in (functions --handlers-type generic | string replace -rf '^fish_exit ' ''); \
             functions -e -- $__porthole_name; end; disown (jobs -p) 2>/dev/null; builtin exit",
        ),
        ShellKind::Posix => Written::to_fifo("trap - EXIT; exit\n".to_owned()),
    }
}

/// A word that the shell takes letter by letter.
pub(crate) fn quoted(kind: ShellKind, text: &str) -> String {
    match kind {
        ShellKind::Fish => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
        _ => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

/// The bytes of a path as a working directory may have any.
pub(super) fn path_of(bytes: &[u8]) -> std::path::PathBuf {
    std::ffi::OsStr::from_bytes(bytes).into()
}
