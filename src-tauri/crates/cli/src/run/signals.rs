//! Signals that reach `porthole run`, passed on to the command.

use anyhow::{Context, Result};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

use super::link::Sender;
use super::{message, terminal};

/// Passes signals on. A second TERM or HUP is for `porthole run` itself: the exit code is then sent to `given_up`.
pub(super) fn pass_on(sender: Sender, server_id: u64, given_up: mpsc::Sender<u8>) -> Result<()> {
    for kind in [SignalKind::interrupt(), SignalKind::quit()] {
        let mut received = listen(kind)?;
        let sender = sender.clone();
        tokio::spawn(async move {
            while received.recv().await.is_some() {
                let _ = sender.send(message::signal(server_id, kind.as_raw_value())).await;
            }
        });
    }
    for kind in [SignalKind::terminate(), SignalKind::hangup()] {
        let mut received = listen(kind)?;
        let (sender, given_up) = (sender.clone(), given_up.clone());
        tokio::spawn(async move {
            received.recv().await;
            let _ = sender.send(message::signal(server_id, kind.as_raw_value())).await;
            received.recv().await;
            let code = u8::try_from(128 + kind.as_raw_value()).unwrap_or(u8::MAX);
            let _ = given_up.send(code).await;
        });
    }
    let mut resized = listen(SignalKind::window_change())?;
    tokio::spawn(async move {
        while resized.recv().await.is_some() {
            if let Some(size) = terminal::size() {
                let _ = sender.send(message::resize(server_id, size)).await;
            }
        }
    });
    Ok(())
}

fn listen(kind: SignalKind) -> Result<Signal> {
    signal(kind).context("Signals cannot be received")
}
