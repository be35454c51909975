//! The floor for a command in a session: the same interactive shell on a terminal of its own, alone.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command};
use std::time::Instant;

use anyhow::{Result, ensure};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::folder::Folder;
use crate::porthole::{create_home, found};
use crate::pty::Pty;

/// No command that is measured takes as long.
const PATIENCE: Timespec = Timespec { tv_sec: 10, tv_nsec: 0 };

/// A shell that takes commands from a FIFO and tells the end of each through another, which is the least that whoever
/// puts commands to a shell has to do. It has job control, a terminal and the configuration that the shell of a session
/// has read; it saves nothing and restores nothing.
pub(crate) struct Alone {
    process: Child,
    commands: File,
    reports: File,
    /// What follows a command's text.
    after: &'static str,
}

impl Alone {
    /// Starts one and waits until it is at its first prompt; `name` tells its files from those of others.
    pub(crate) fn start(shell: &str, folder: &Folder, name: &str) -> Result<Self> {
        let folder = folder.path().join(name);
        create_home(&folder)?;
        let (commands, reports, script) =
            (folder.join("commands"), folder.join("reports"), folder.join("script"));
        for fifo in [&commands, &reports] {
            rustix::fs::mkfifoat(rustix::fs::CWD, fifo, rustix::fs::Mode::RWXU)?;
        }
        let Way { text, arguments, opening, after } = Way::of(shell, &commands, &reports, &script);
        std::fs::write(&script, text)?;
        let open = |path: &Path| OpenOptions::new().read(true).write(true).open(path);
        let (commands, reports) = (open(&commands)?, open(&reports)?);
        let mut command = Command::new("setsid");
        command.arg("--ctty").arg(found(shell)?).args(arguments);
        command.env("HOME", &folder).env("TERM", "xterm-256color");
        command.env_remove("XDG_CONFIG_HOME").env_remove("XDG_DATA_HOME");
        let (master, process) = Pty::open()?.start(command)?;
        std::thread::spawn(move || drain(&master));
        let mut alone = Self { process, commands, reports, after };
        alone.commands.write_all(opening.as_bytes())?;
        alone.wait()?;
        Ok(alone)
    }

    /// Milliseconds until the shell tells the end of a command.
    pub(crate) fn run(&mut self, text: &str) -> Result<f64> {
        let begin = Instant::now();
        self.commands.write_all(format!("{text}{}", self.after).as_bytes())?;
        self.wait()?;
        Ok(begin.elapsed().as_secs_f64() * 1e3)
    }

    fn wait(&mut self) -> Result<()> {
        let mut ready = [PollFd::new(&self.reports, PollFlags::IN)];
        ensure!(poll(&mut ready, Some(&PATIENCE))? == 1, "the shell alone does not tell an end");
        let mut report = [0; 64];
        let length = self.reports.read(&mut report)?;
        ensure!(report[..length] == *b".", "the shell alone told {:?}", &report[..length]);
        Ok(())
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Takes what is printed on a terminal, as whoever shows it has to.
fn drain(master: &OwnedFd) {
    let mut piece = [0; 4096];
    while rustix::io::read(master, &mut piece).is_ok_and(|length| length > 0) {}
}

/// How a shell is brought to do that.
struct Way {
    /// Its script, and its arguments.
    text: String,
    arguments: Vec<String>,
    /// What is written to it before the first command.
    opening: String,
    after: &'static str,
}

impl Way {
    fn of(shell: &str, commands: &Path, reports: &Path, script: &Path) -> Self {
        let (commands, reports, script) = (commands.display(), reports.display(), script.display());
        let by_prompt = |text: String, arguments: &[&str]| {
            let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
            Self { text, arguments, opening: String::new(), after: "\0" }
        };
        match shell {
            "bash" => by_prompt(
                format!(
                    "if [ -r /etc/profile ]; then . /etc/profile; fi\n\
                     next() {{ printf . >{reports}; IFS= read -r -d '' text <{commands}; }}\n\
                     PROMPT_COMMAND='while next; do eval \"$text\"; done'\n"
                ),
                &["--rcfile", &script.to_string(), "-i"],
            ),
            "fish" => by_prompt(
                format!(
                    "function fish_prompt; end\nstatus job-control full\nwhile true\nbuiltin printf . >{reports}\n\
                     read -gz text <{commands}\neval $text\nend\n"
                ),
                &["-il", "-C", &format!("source {script}")],
            ),
            // These read the FIFO as their script.
            _ => Self {
                text: format!("PS1=\nfinish() {{ printf . >{reports}; }}\nfinish\n"),
                arguments: vec![if shell == "zsh" { "-il" } else { "-i" }.to_owned(), commands.to_string()],
                opening: format!(". {script}\n"),
                after: "\nfinish\n",
            },
        }
    }
}
