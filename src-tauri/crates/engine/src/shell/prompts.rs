//! Prompts of a fish: it takes commands within one, and shows the next one where that loop is left.

use super::descriptor;
use super::dialect;
use super::driver::Driver;
use super::lock;
use super::progress::Progress;
use std::sync::Weak;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::watch;

impl Driver {
    /// Lets the shell draw the prompt that it is about to show, and begins its loop there again.
    pub(super) async fn answer_prompt(&self) {
        let _ = descriptor::write_all(&self.prompts, &[0]).await;
        let _ = descriptor::write_all(&self.terminal, dialect::AT_PROMPT).await;
    }
}

/// Begins the shell's loop again whenever it shows a prompt; what it draws is thrown away.
pub(super) async fn leave_prompts(driver: Weak<Driver>, mut progress: watch::Receiver<Progress>) {
    let mut seen = progress.borrow().prompts;
    loop {
        let wanted = progress.wait_for(|progress| progress.prompts > seen || progress.dead.is_some());
        let Ok((prompts, ends, dead)) = wanted
            .await
            .map(|progress| (progress.prompts, progress.end.as_ref().map(|end| end.id), progress.dead))
        else {
            return;
        };
        if dead.is_some() {
            return;
        }
        seen = prompts;
        let Some(driver) = driver.upgrade() else { return };
        // What the command printed before is its output still.
        let lease = lock(&driver.state).lease.clone();
        if let Some(lease) = lease {
            lease.keep();
        }
        driver.discarding.store(true, Ordering::Release);
        driver.answer_prompt().await;
        let back = progress
            .wait_for(|progress| progress.end.as_ref().map(|end| end.id) > ends || progress.dead.is_some());
        let _ = tokio::time::timeout(Duration::from_secs(1), back).await;
        let mut buffer = [0; 4096];
        while let Ok(1..) = rustix::io::read(driver.terminal.get_ref(), &mut buffer) {}
        driver.discarding.store(false, Ordering::Release);
    }
}
