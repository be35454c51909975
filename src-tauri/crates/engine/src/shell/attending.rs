//! Attending: what is done for a driver beside its commands. Their programs are looked for while they run, and the shell
//! is asked for what they may have changed when it rests. One task does it for all of them, and sleeps through most of
//! what they do: each one for itself would wake with every report.

use super::driver::Driver;
use super::lock;
use super::session::Session;
use super::witness::Witness;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until};

/// When a command's programs are looked for, after its start: not in the way of one that has just come to run, which takes
/// a processor. Later they are looked for when something is typed or sent.
const LOOKS: [Duration; 4] = [
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(32),
    Duration::from_millis(128),
];

/// How long a shell has nothing to do before it is asked for its state after a command that left that alone.
const REST: Duration = Duration::from_millis(20);

/// How much longer it has nothing to do before it is asked for definitions that a command may have changed unseen.
const IDLE: Duration = Duration::from_millis(100);

/// A shell that never rests so long is asked for them all the same, between two commands, after this time.
const RESTLESS: Duration = Duration::from_secs(1);

/// What wakes the task: it comes with each command, and with the end of the driver.
#[derive(Default)]
pub(super) struct Attended {
    begun: Arc<Notify>,
}

impl Attended {
    /// Tells that a command begins.
    pub(super) fn note_command(&self) {
        self.begun.notify_one();
    }
}

impl Drop for Attended {
    fn drop(&mut self) {
        self.begun.notify_one();
    }
}

/// Stays with a driver of a session until that is gone.
pub(super) fn attend(session: Weak<Session>, driver: &Arc<Driver>) {
    let begun = Arc::clone(&driver.attended.begun);
    let driver = Arc::downgrade(driver);
    tokio::spawn(async move {
        loop {
            begun.notified().await;
            let Some(attended) = driver.upgrade() else { return };
            attended.attend_until_rested().await;
            drop(attended);
            if let Some(session) = session.upgrade() {
                session.refresh_completer().await;
            }
        }
    });
}

impl Driver {
    /// Looks for the programs of the newest command, and of those that come meanwhile, until the shell has rested.
    async fn attend_until_rested(&self) {
        let mut looked = Instant::now();
        loop {
            if looked.elapsed() >= RESTLESS && !self.is_busy() {
                self.look_for_definitions().await;
                looked = Instant::now();
            }
            let newest = self.newest();
            if !self.look_while_running(&newest).await {
                continue;
            }
            sleep(REST).await;
            if !self.is_newest(&newest) {
                continue;
            }
            self.ask_when_rested(newest.id);
            sleep(IDLE).await;
            if self.is_newest(&newest) {
                return self.look_for_definitions().await;
            }
        }
    }

    /// Looks for the programs of a command until it has ended. False where another has begun since.
    async fn look_while_running(&self, newest: &Newest) -> bool {
        for look in LOOKS {
            sleep_until(newest.began + look).await;
            if !self.is_newest(newest) {
                return false;
            }
            if !self.is_busy() {
                return true;
            }
            newest.witness.look(self);
        }
        self.idle().await;
        self.is_newest(newest)
    }

    fn newest(&self) -> Newest {
        let state = lock(&self.state);
        Newest { id: state.running, began: state.started.into(), witness: Arc::clone(&state.witness) }
    }

    fn is_newest(&self, newest: &Newest) -> bool {
        lock(&self.state).running == newest.id
    }
}

/// The newest command of a driver.
struct Newest {
    id: u64,
    began: Instant,
    witness: Arc<Witness>,
}
