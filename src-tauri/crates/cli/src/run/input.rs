//! What is typed or piped here, carried to the command one answered piece at a time.

use std::io::Read;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::time::sleep;

use super::link::Sender;
use super::message;

/// Bytes of one piece; the engine takes frames of 1 MiB, and JSON may write a byte as six.
const PIECE: usize = 64 << 10;
/// Pause before a piece is offered again to a program that does not read.
const AGAIN: Duration = Duration::from_millis(50);

/// The carrying of standard input to one command.
pub(super) struct Input {
    answered: watch::Sender<(u64, bool)>,
    closed: Arc<Notify>,
}

impl Input {
    /// Starts to carry; on a `terminal` the end of input means nothing. Why it cannot go on is told to `unreadable`.
    pub(super) fn start(
        sender: Sender,
        server_id: u64,
        terminal: bool,
        unreadable: oneshot::Sender<&'static str>,
    ) -> Self {
        let answered = watch::Sender::new((0, true));
        let closed = Arc::new(Notify::new());
        let (pieces, waiting) = mpsc::channel(1);
        thread::spawn(move || {
            if let Err(reason) = read(&pieces) {
                // Nobody waits for it any more once the command has ended.
                let _ = unreadable.send(reason);
            }
        });
        let carrier = Carrier { sender, server_id, answered: answered.subscribe(), sent: 0 };
        let until = Arc::clone(&closed);
        tokio::spawn(async move {
            tokio::select! {
                () = carrier.carry(waiting, terminal) => {}
                () = until.notified() => {}
            }
        });
        Self { answered, closed }
    }

    /// Tells that the engine took the piece of that number, or had no room for it.
    pub(super) fn answered(&self, client_id: u64, taken: bool) {
        self.answered.send_replace((client_id, taken));
    }

    /// Stops carrying: the command takes nothing any more.
    pub(super) fn close(&self) {
        self.closed.notify_one();
    }
}

/// A piece of input, or its end. A channel that closes without an end was broken off.
type Piece = Option<String>;

/// Reads until the end, in pieces of whole characters.
fn read(pieces: &mpsc::Sender<Piece>) -> Result<(), &'static str> {
    let mut stdin = std::io::stdin().lock();
    let mut buffer = vec![0; PIECE];
    let mut kept = 0;
    loop {
        let count = match stdin.read(&mut buffer[kept..]) {
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => 0,
        };
        let whole = whole_characters(&buffer[..kept + count], count == 0).ok_or(
            "Standard input is not UTF-8 text, and other input cannot be carried to the command yet",
        )?;
        let length = whole.len();
        let gone = length > 0 && pieces.blocking_send(Some(whole.to_owned())).is_err();
        if gone || count == 0 {
            // Where the carrier is gone, the command takes nothing any more.
            let _ = pieces.blocking_send(None);
            return Ok(());
        }
        buffer.copy_within(length..kept + count, 0);
        kept = kept + count - length;
    }
}

/// The text up to a character that is not complete yet; none where it is no text.
fn whole_characters(bytes: &[u8], last: bool) -> Option<&str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) if error.error_len().is_some() || last => None,
        Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).ok(),
    }
}

struct Carrier {
    sender: Sender,
    server_id: u64,
    answered: watch::Receiver<(u64, bool)>,
    sent: u64,
}

impl Carrier {
    async fn carry(mut self, mut pieces: mpsc::Receiver<Piece>, terminal: bool) {
        while let Some(piece) = pieces.recv().await {
            let taken = match &piece {
                Some(text) => self.give(text, false).await,
                None => !terminal && self.give("", true).await,
            };
            if !taken {
                return;
            }
        }
    }

    /// Sends one piece until it is taken. False when the connection is closed.
    async fn give(&mut self, piece: &str, end: bool) -> bool {
        loop {
            self.sent += 1;
            let sent = self.sent;
            if self.sender.send(message::stdin(self.server_id, sent, piece, end)).await.is_err() {
                return false;
            }
            let Ok(answer) =
                self.answered.wait_for(|(client_id, _)| *client_id == sent).await.map(|answer| *answer)
            else {
                return false;
            };
            if answer.1 {
                return true;
            }
            sleep(AGAIN).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_is_not_cut_and_what_is_no_text_is_noticed() {
        let text = "aé".as_bytes();
        assert_eq!(whole_characters(text, false), Some("aé"));
        assert_eq!(whole_characters(&text[..2], false), Some("a"));
        assert_eq!(whole_characters(&text[..2], true), None);
        assert_eq!(whole_characters(b"a\xff", false), None);
    }
}
