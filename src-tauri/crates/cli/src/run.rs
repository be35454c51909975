//! `porthole run`: one command in the engine that runs, as if it had been started here.

mod input;
mod link;
mod message;
mod output;
mod signals;
mod terminal;

use std::path::Path;

use anyhow::{Context, Result, bail};
use engine::control::Client;
use rustix::process::Signal;
use rustix::termios::isatty;
use tokio::sync::{mpsc, oneshot};

use self::input::Input;
use self::link::Link;
use self::message::{Message, News};
use self::output::Printer;
use self::terminal::RawTerminal;
use crate::arguments::Run;

/// The `clientId` of the command.
const COMMAND: u64 = 1;

/// What the three standard streams here ask of the command's streams there.
#[derive(Clone, Copy)]
struct Streams {
    name: &'static str,
    terminal: bool,
}

impl Streams {
    fn fitting() -> Self {
        let terminal = isatty(std::io::stdin()) && isatty(std::io::stdout());
        let name = match (terminal, isatty(std::io::stderr())) {
            (false, _) => "pipes",
            (true, true) => "exact",
            (true, false) => "split",
        };
        Self { name, terminal }
    }
}

/// Runs the command to its end and gives its exit code.
pub(crate) async fn run(data_dir: &Path, run: &Run) -> Result<u8> {
    let mut engine = Client::connect(data_dir).await?;
    let status = engine.status().await?;
    let token = engine.token().await?;
    drop(engine);
    let authentication = message::authentication(&token, &this_folder()?);
    let mut link = Link::open(&status.wss, &status.fingerprint, authentication).await?;
    drop(token);
    let streams = Streams::fitting();
    let server_id = start(&mut link, run, streams).await?;

    let raw = if streams.terminal { RawTerminal::enter() } else { None };
    let sender = link.sender();
    let (unreadable, why) = oneshot::channel();
    let input = Input::start(sender.clone(), server_id, raw.is_some(), unreadable);
    let (given_up, mut gives_up) = mpsc::channel(1);
    signals::pass_on(sender, server_id, given_up)?;
    let ended = tokio::select! {
        ended = follow(&mut link, server_id, &input) => ended,
        Some(code) = gives_up.recv() => Ok(code),
        Ok(reason) = why => end(&mut link, server_id).await.and_then(|()| bail!(reason)),
    };
    // Before any error is printed: a raw terminal would show it askew.
    drop(raw);
    ended
}

/// Whoever runs a command expects it to run where they are.
fn this_folder() -> Result<String> {
    let folder = std::env::current_dir().context("This folder cannot be found")?;
    let folder = folder.into_os_string().into_string();
    folder.ok().context("This folder's name is not UTF-8, so the command cannot be run in it")
}

async fn start(link: &mut Link, run: &Run, streams: Streams) -> Result<u64> {
    let size = if streams.terminal { terminal::size() } else { None };
    link.sender().send(message::command(&run.command, COMMAND, streams.name, size, &run.breakpoints)).await?;
    started(link, COMMAND).await
}

/// The `serverId` of the command that was sent under that `clientId`.
async fn started(link: &mut Link, client_id: u64) -> Result<u64> {
    loop {
        match link.next().await? {
            Message::Started(started) if started.client_id == Some(client_id) => {
                for breakpoint in &started.breakpoints {
                    if let Some(reason) = &breakpoint.message {
                        eprintln!("porthole: breakpoint {}: {reason}", breakpoint.location);
                    }
                }
                return Ok(started.server_id);
            }
            Message::Refused(refused) => bail!(refused.message),
            _ => {}
        }
    }
}

/// Prints what the command prints until it ends, and gives its exit code.
async fn follow(link: &mut Link, server_id: u64, input: &Input) -> Result<u8> {
    let mut printer = Printer::default();
    loop {
        match link.next().await? {
            Message::News(news) if news.server_id == server_id => {
                printer.print(&news).await?;
                if news.ended() {
                    printer.finish().await?;
                    return exit_code(&news);
                }
            }
            Message::Taken(taken) => input.answered(taken.client_id, true),
            Message::Refused(refused) if refused.code == "input-full" => {
                input.answered(refused.client_id.unwrap_or_default(), false);
            }
            // Typed or signalled after its end: the end is on its way.
            Message::Refused(refused) if refused.code == "command-ended" => input.close(),
            Message::Refused(refused) => bail!(refused.message),
            _ => {}
        }
    }
}

/// Ends the command and waits until it has ended.
async fn end(link: &mut Link, server_id: u64) -> Result<()> {
    link.sender().send(message::signal(server_id, Signal::TERM.as_raw())).await?;
    loop {
        match link.next().await? {
            Message::News(news) if news.server_id == server_id && news.ended() => return Ok(()),
            _ => {}
        }
    }
}

fn exit_code(news: &News) -> Result<u8> {
    let code = news.exit_code.context("Porthole did not say how the command ended")?;
    u8::try_from(code).with_context(|| format!("The command ended with the exit code {code}"))
}
