//! What a session adds to the time of a command: `shell_overhead [COUNT] [SHELL...]`, on a plain home.
//!
//! Each command runs once through a session and once in a bare shell of the same kind, in turn. The bare shell is an
//! interactive one on a terminal of its own, too, that takes commands from a FIFO at its prompt and tells their ends
//! through another; it saves nothing and restores nothing.

use engine::Limits;
use engine::protocol::{Size, Streams};
use engine::shell::{Event, Request, SessionShell, Shells};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const TEXTS: [&str; 3] = [":", "echo hi", "/bin/true"];

/// A bare shell, and the engine's place in it.
struct Bare {
    child: Child,
    commands: File,
    reports: File,
    after: &'static str,
}

impl Bare {
    fn start(shell: &Path, folder: &Path) -> io::Result<Self> {
        let kind = shell.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        std::fs::create_dir(folder)?;
        let (commands, reports, script) =
            (folder.join("commands"), folder.join("reports"), folder.join("script"));
        for fifo in [&commands, &reports] {
            Command::new("mkfifo").arg(fifo).status()?;
        }
        let (to, from) = (commands.display(), reports.display());
        let file = script.display();
        // The script, the arguments, what is written first, what is written after each command.
        let (text, arguments, opening, after) = match kind {
            "bash" => (
                format!(
                    "next() {{ printf '%s\\0' \"$1\" \"$2\" \"$PWD\" >{from}; IFS= read -r -d '' text <{to}; }}\n\
                     PROMPT_COMMAND='while next \"$?\" \"${{PIPESTATUS[*]}}\"; do eval \"$text\"; done'\n"
                ),
                vec!["--rcfile".into(), format!("{file}"), "-i".into()],
                String::new(),
                "\0",
            ),
            "zsh" => (
                format!("finish() {{ print -rn -- $?$'\\0'$pipestatus$'\\0'$PWD$'\\0' >{from} }}\nfinish\n"),
                vec!["-i".into(), format!("{to}")],
                format!(". {file}\n"),
                "\nfinish\n",
            ),
            "fish" => (
                format!(
                    "function fish_prompt; end\nstatus job-control full\nfunction next\n\
                     printf '%s\\0' $argv[1] \"$argv[2..]\" $PWD >{from}\nread -gz text <{to}\nend\n\
                     next 0 0\nwhile true\neval $text\nnext $status $pipestatus\nend\n"
                ),
                vec!["-i".into(), "-C".into(), format!("source {file}")],
                String::new(),
                "\0",
            ),
            _ => (
                format!("PS1=\nfinish() {{ printf '%s\\0' $? 0 \"$PWD\" >{from}; }}\nfinish\n"),
                vec!["-i".into(), format!("{to}")],
                format!(". {file}\n"),
                "\nfinish\n",
            ),
        };
        std::fs::write(&script, text)?;
        let open = |path| OpenOptions::new().read(true).write(true).open(path);
        let (commands, reports) = (open(&commands)?, open(&reports)?);
        let terminal = terminal()?;
        let mut command = Command::new("setsid");
        command.arg("--ctty").arg(shell).args(arguments);
        command.stdin(terminal.try_clone()?).stdout(terminal.try_clone()?).stderr(Stdio::from(terminal));
        let mut bare = Self { child: command.spawn()?, commands, reports, after };
        bare.commands.write_all(opening.as_bytes())?;
        bare.wait()?;
        Ok(bare)
    }

    /// Waits for an end: three fields, each with its NUL.
    fn wait(&mut self) -> io::Result<()> {
        let mut buffer = [0; 4096];
        let mut fields = 0;
        while fields < 3 {
            let count = self.reports.read(&mut buffer)?;
            fields += buffer[..count].iter().filter(|byte| **byte == 0).count();
        }
        Ok(())
    }

    fn run(&mut self, text: &str) -> io::Result<Duration> {
        let start = Instant::now();
        self.commands.write_all(format!("{text}{}", self.after).as_bytes())?;
        self.wait()?;
        Ok(start.elapsed())
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A new terminal's end for programs; a thread takes what they print.
fn terminal() -> io::Result<OwnedFd> {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let name = ptsname(&master, Vec::new())?;
    let slave = OpenOptions::new().read(true).write(true).open(name.to_string_lossy().as_ref())?;
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while rustix::io::read(&master, &mut buffer).is_ok_and(|count| count > 0) {}
    });
    Ok(slave.into())
}

async fn in_session(shell: &SessionShell, text: &str) -> Result<Duration, Box<dyn std::error::Error>> {
    let start = Instant::now();
    let request = Request { text: text.into(), streams: Streams::Exact, size: Size::default() };
    let mut running = shell.run(request).await?;
    let mut buffer = [0; 4096];
    while !matches!(running.next(&mut buffer).await, Event::Ended(_)) {}
    Ok(start.elapsed())
}

/// The middle and the 95th of a hundred.
fn middle_and_high(times: &mut [Duration]) -> (f64, f64) {
    times.sort();
    let at = |part: usize| times[times.len() * part / 100].as_secs_f64() * 1e3;
    (at(50), at(95))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let count = arguments.next().map_or(Ok(300), |count| count.parse())?;
    let mut shells: Vec<String> = arguments.collect();
    if shells.is_empty() {
        shells = ["/bin/bash", "/usr/bin/zsh", "/usr/bin/fish", "/bin/dash"].map(String::from).into();
    }
    let folder = std::env::temp_dir().join(format!("shell-overhead-{}", std::process::id()));
    std::fs::create_dir(&folder)?;
    println!("milliseconds a command, p50 (p95), {count} of each in turn");
    for shell in shells.iter().map(Path::new).filter(|shell| shell.exists()) {
        let folder = folder.join(shell.file_name().unwrap_or_default());
        std::fs::create_dir(&folder)?;
        let all = Shells::start(Some(shell.to_owned()), &folder, &Limits::default()).await?;
        let session = all.session().await?;
        let mut bare = Bare::start(shell, &folder.join("bare"))?;
        for text in TEXTS {
            let (mut with, mut without) = (Vec::new(), Vec::new());
            for _ in 0..count {
                without.push(bare.run(text)?);
                with.push(in_session(&session, text).await?);
            }
            let ((bare_50, bare_95), (session_50, session_95)) =
                (middle_and_high(&mut without), middle_and_high(&mut with));
            println!(
                "{:14} {text:10} bare {bare_50:.3} ({bare_95:.3})  session {session_50:.3} ({session_95:.3})  \
                 overhead {:.3}",
                shell.display(),
                session_50 - bare_50
            );
        }
        all.stop().await;
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
