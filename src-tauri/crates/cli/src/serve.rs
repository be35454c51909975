//! `porthole serve`: the engine without a desktop, until a signal ends it.

use std::sync::Arc;

use anyhow::{Context, Result};
use engine::{Engine, Settings};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::arguments::{Arguments, Serve};
use crate::stdout;

/// As a shell tells of a process that SIGINT ended.
const INTERRUPTED: u8 = 130;

pub(crate) async fn serve(serve: &Serve, arguments: &Arguments) -> Result<u8> {
    let mut settings = Settings::new(arguments.data_dir()?);
    settings.bind = serve.bind;
    settings.port = serve.port;
    settings.token_store = serve.token_store.into();
    settings.shell.clone_from(&serve.shell);
    settings.origins.clone_from(&serve.origins);
    settings.limits.output_memory = serve.output_memory << 20;
    let mut endings = Endings::listen()?;
    let engine = tokio::select! {
        started = Engine::start(settings) => started?,
        () = endings.next() => return Ok(INTERRUPTED),
    };
    let told = if serve.json { tell_program(&engine) } else { tell_person(&engine, serve, arguments) };
    if let Err(error) = told {
        engine.stop().await;
        return Err(error.context("Nobody could be told where Porthole listens"));
    }
    tokio::select! {
        () = endings.next() => {}
        () = engine.stop_asked() => {}
    }
    if !serve.json {
        eprintln!("Porthole is ending its commands and connections; Ctrl-C again ends it at once.");
    }
    tokio::select! {
        () = engine.stop() => Ok(0),
        () = endings.next() => Ok(INTERRUPTED),
    }
}

/// What a program that started this one reads first.
#[derive(serde::Serialize)]
struct Listening<'a> {
    wss: &'a str,
    https: &'a str,
    token: &'a str,
    fingerprint: &'a str,
    pid: u32,
}

fn tell_program(engine: &Engine) -> Result<()> {
    let token = engine.token();
    let line = Listening {
        wss: &engine.socket_url(),
        https: &engine.page_url(),
        token: token.reveal(),
        fingerprint: engine.fingerprint(),
        pid: std::process::id(),
    };
    let line = serde_json::to_string(&line)?;
    stdout::write(format!("{line}\n").as_bytes())
}

fn tell_person(engine: &Arc<Engine>, serve: &Serve, arguments: &Arguments) -> Result<()> {
    let page = engine.page_url();
    let fingerprint = engine.fingerprint();
    let option = arguments.data_dir_option();
    let text = format!(
        "Porthole is listening.\n\n\
         \x20 Web terminal  {page}\n\
         \x20 Websocket     {}\n\
         \x20 Fingerprint   {fingerprint}\n\n\
         What to do next:\n\
         \x20 1. Open {page} in a browser of this machine. It does not know the certificate yet:\n\
         \x20    look at its fingerprint, and go on if it is the one above.\n\
         \x20 2. In another terminal, `porthole token{option}` shows the token; paste it into the page.\n\n\
         Ctrl-C ends Porthole and every command that runs in it.\n",
        engine.socket_url()
    );
    if !serve.bind.is_loopback() {
        eprintln!("Other machines can reach {}: whoever gets hold of the token has your shell.", serve.bind);
    }
    stdout::write(text.as_bytes())
}

/// The signals that ask for an end.
struct Endings {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Endings {
    fn listen() -> Result<Self> {
        let listen = |kind| signal(kind).context("Signals cannot be received");
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            hang_up: listen(SignalKind::hangup())?,
        })
    }

    /// The next one.
    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }
}
