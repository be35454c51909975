//! Arguments: what can be typed after `porthole`.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use engine::activity::CommandId;
use engine::{DataDir, DataDirError, Settings, TokenStoreKind};

const EXAMPLES: &str = "\
Examples:
  porthole serve                  Serve on https://127.0.0.1:7867/
  porthole token                  Show the token that pairs a browser
  porthole run 'ls | grep png'    Run a command in the engine that serves

Exit codes:
  0  done
  1  it failed; the reason is on standard error
  2  the command line is wrong
  4  no Porthole is running

Environment:
  PORTHOLE_LOG  what to log to standard error, for example debug or engine=trace";

/// This machine's shell in a web terminal, with a window into every pipe.
#[derive(Debug, Parser)]
#[command(name = "porthole", version, after_help = EXAMPLES, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// The folder that keeps certificate, token file and control socket
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

impl Arguments {
    pub(crate) fn data_dir(&self) -> Result<PathBuf, DataDirError> {
        self.data_dir.clone().map_or_else(DataDir::default_path, Ok)
    }

    /// `--data-dir` as it has to be repeated to reach this engine; empty for the default folder.
    pub(crate) fn data_dir_option(&self) -> String {
        self.data_dir.as_ref().map(|folder| format!(" --data-dir '{}'", folder.display())).unwrap_or_default()
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve web terminals until it is ended
    #[command(after_help = "\
Examples:
  porthole serve
  porthole serve --port 0 --token-store file --json
  porthole serve --origin https://terminal.example.com

With --json the first line on standard output, once it listens, is
  {\"wss\": ..., \"https\": ..., \"token\": ..., \"fingerprint\": ..., \"pid\": ...}
It holds the token: do not let it reach a log.

Ctrl-C and SIGTERM end every command and close every connection, then exit with 0; a second Ctrl-C ends at once.")]
    Serve(Serve),
    /// Show the token that pairs a browser
    #[command(after_help = "\
Examples:
  porthole token
  porthole token --rotate")]
    Token {
        /// Make a new token; everything that came in by the former one is shut out
        #[arg(long)]
        rotate: bool,
    },
    /// Say where Porthole listens
    #[command(after_help = "\
Examples:
  porthole status
  porthole status --json

Exits with 4 where no Porthole is running.")]
    Status {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// List connected clients and their commands
    #[command(after_help = "\
Examples:
  porthole sessions
  porthole sessions --json")]
    Sessions {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Search what ran in any session
    #[command(after_help = "\
Examples:
  porthole history                       The newest commands
  porthole history 'docker run'          Those with this text in them
  porthole history --fuzzy gco           The best ones with these letters in this order
  porthole history --cwd . --exit-code 1
  porthole history --import              Take over your shell's own history, once

What begins with a space is not kept. `porthole forget` removes commands for good.")]
    History(History),
    /// List who came in or was turned away, and who ended or changed something
    #[command(after_help = "\
Examples:
  porthole audit
  porthole audit --clients      The clients that were in at some time
  porthole audit --json

What was typed is in `porthole history`. `porthole forget` takes nothing from this trail: it goes by age and number.")]
    Audit(Audit),
    /// Forget commands with their output, for good
    #[command(after_help = "\
Examples:
  porthole forget 812 813       The ids are those that `porthole history` lists
  porthole forget --session 3
  porthole forget --everything")]
    Forget(Forget),
    /// End running commands: TERM, then KILL
    #[command(after_help = "\
Examples:
  porthole kill 3.12    The ids are those that `porthole sessions` lists
  porthole kill --all")]
    Kill(Kill),
    /// Run a command in the engine that runs, from this folder
    #[command(after_help = "\
Examples:
  porthole run 'git log --oneline | head -3'
  porthole run 'ls | grep png' --breakpoint 0    Also show what enters the first pipe
  seq 9 | porthole run 'sort -r' > reversed

At a terminal the command has a terminal; otherwise it has pipes, and what it reads has to be UTF-8 text.
Ctrl-C reaches the command. What a breakpoint shows goes to standard error behind the pipe's number.
Exits with the command's exit code, or 255 where the command could not be run to its end.")]
    Run(Run),
    /// Print a completion script for a shell
    #[command(after_help = "\
Examples:
  porthole completions bash > ~/.local/share/bash-completion/completions/porthole
  porthole completions fish > ~/.config/fish/completions/porthole.fish")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// The port; 0 picks a free one
    #[arg(long, value_name = "N", default_value_t = Settings::PORT)]
    pub(crate) port: u16,
    /// The address to listen on
    #[arg(long, value_name = "ADDR", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub(crate) bind: IpAddr,
    /// Where the pairing token is kept
    #[arg(long, value_enum, default_value_t = TokenStore::Keychain)]
    pub(crate) token_store: TokenStore,
    /// The shell to use in place of your login shell
    #[arg(long, value_name = "PATH")]
    pub(crate) shell: Option<PathBuf>,
    /// A web page's origin that may connect, as https://host[:port]; may be repeated
    #[arg(long = "origin", value_name = "O")]
    pub(crate) origins: Vec<String>,
    /// MiB of output that all sessions keep in memory together; the oldest goes first
    #[arg(long, value_name = "MIB", default_value_t = 512, value_parser = clap::value_parser!(u64).range(16..=1 << 20))]
    pub(crate) output_memory: u64,
    /// Say where it listens as one line of JSON, with the token
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum TokenStore {
    /// The keychain of this system
    Keychain,
    /// A file that only you can read, in the data folder
    File,
    /// Nowhere: a new token at every start
    Memory,
}

impl From<TokenStore> for TokenStoreKind {
    fn from(store: TokenStore) -> Self {
        match store {
            TokenStore::Keychain => Self::Keychain,
            TokenStore::File => Self::File,
            TokenStore::Memory => Self::Memory,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct History {
    /// What the command has in it; case makes a difference where this has upper case
    #[arg(value_name = "TEXT", conflicts_with = "import")]
    pub(crate) query: Option<String>,
    /// Look for the letters in their order, and list the best matches first
    #[arg(long)]
    pub(crate) fuzzy: bool,
    /// List only the newest of commands with the same text
    #[arg(long)]
    pub(crate) distinct: bool,
    /// Only commands that started in this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) cwd: Option<PathBuf>,
    /// Only commands that ended with this code
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(crate) exit_code: Option<i32>,
    /// Only commands of the session of this number
    #[arg(long, value_name = "N")]
    pub(crate) session: Option<u64>,
    /// How many commands to list
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) limit: usize,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Take over the history of your shell, or this history file of bash, zsh or fish; a file only once
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    pub(crate) import: Option<Option<PathBuf>>,
}

#[derive(Debug, Args)]
pub(crate) struct Audit {
    /// How many entries to list, the newest ones
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) limit: usize,
    /// List clients in place of what happened
    #[arg(long)]
    pub(crate) clients: bool,
    /// Print JSON: the entries and the clients
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Forget {
    /// The commands, as `porthole history` lists them
    #[arg(value_name = "ID", required_unless_present_any = ["session", "everything"])]
    pub(crate) ids: Vec<u64>,
    /// Every command of the session of this number
    #[arg(long, value_name = "N", conflicts_with = "ids")]
    pub(crate) session: Option<u64>,
    /// Every command of every session, and what was taken over
    #[arg(long, conflicts_with_all = ["ids", "session"])]
    pub(crate) everything: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Kill {
    /// The commands, as `porthole sessions` lists them
    #[arg(value_name = "ID", required_unless_present = "all")]
    pub(crate) ids: Vec<CommandId>,
    /// End every command of every session
    #[arg(long, conflicts_with = "ids")]
    pub(crate) all: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The command, as typed to a shell
    #[arg(value_name = "CMD")]
    pub(crate) command: String,
    /// A pipe of the command to look into, counted from 0; may be repeated
    #[arg(long = "breakpoint", value_name = "N")]
    pub(crate) breakpoints: Vec<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_of_the_command_line_has_no_contradictions() {
        Arguments::command().debug_assert();
    }
}
