//! Killing: the end of everything that one command has started, and of nothing else.

use super::levers::Control;
use super::processes::Process;
use super::running::Command;
use rustix::process::{Pid, Signal, kill_process};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Time for the shell to tell the state before the command, when that is killed at once.
const STATE_GRACE: Duration = Duration::from_millis(500);

/// Time between KILL for a command's processes and KILL for a shell that does not come back from a loop of its own.
const SHELL_GRACE: Duration = Duration::from_millis(300);

/// The longest pause between two looks at what is left while programs tidy up.
const STEP: Duration = Duration::from_millis(50);

/// The pause between two rounds of KILL: what forks while it is killed is found in the next.
const ROUND: Duration = Duration::from_millis(5);

/// Processes that were asked to end, with the names that they had then.
type Asked = HashMap<(i32, u64), String>;

impl Control {
    /// Ends everything of the command, what it left in the background too: TERM, and KILL after the grace.
    ///
    /// What earlier and later commands of the session started goes on, but for a job that the command has brought to
    /// the foreground.
    pub fn kill(&self) {
        let control = self.clone();
        tokio::spawn(async move { control.end_everything().await });
    }

    async fn end_everything(&self) {
        let Command { driver, grace, witness, .. } = self.command();
        witness.note_signal(driver, Signal::TERM.as_raw());
        driver.saved_within(STATE_GRACE).await;
        if !self.ask_to_end(*grace).await {
            self.end_at_once().await;
        }
    }

    /// Asks all of it to end, each program once: to some a second TERM means that they are not to tidy up. Says
    /// whether nothing is left before `grace` is over.
    async fn ask_to_end(&self, grace: Duration) -> bool {
        let deadline = Instant::now() + grace;
        let mut asked = Asked::new();
        let mut is_first_time = true;
        let mut was_alone = false;
        loop {
            let found = self.processes().await;
            if found.is_empty() && self.has_ended() {
                return true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let unasked = self.unasked(&found, &mut asked, is_first_time, &mut was_alone);
            is_first_time = false;
            for process in &unasked {
                for signal in [Signal::TERM, Signal::CONT] {
                    // One that has ended meanwhile has heeded it.
                    let _ = process.signal(signal.as_raw());
                }
            }
            tokio::time::sleep(STEP.min(left)).await;
        }
    }

    /// Those that are to be asked now. What a program starts once it was asked is how it tidies up, and is left to it;
    /// what the shell starts then is the rest of a list, and the shell is interrupted.
    fn unasked<'a>(
        &self,
        found: &'a [Process],
        asked: &mut Asked,
        is_first_time: bool,
        was_alone: &mut bool,
    ) -> Vec<&'a Process> {
        let shell = self.command().driver.pid().as_raw_nonzero().get();
        let known = found.iter().filter(|process| asked.contains_key(&process.key()));
        let tidying: HashSet<i32> = known.map(|process| process.pid).collect();
        let mut unasked = Vec::new();
        let mut shell_goes_on = false;
        for process in found {
            let former_name = asked.insert(process.key(), process.name.clone());
            shell_goes_on |= former_name.is_none() && process.parent == shell && !is_first_time;
            // One that has become another program may have been the shell's copy when it was asked, which is deaf.
            if former_name.as_ref() != Some(&process.name) && !tidying.contains(&process.parent) {
                unasked.push(process);
            }
        }
        // An interactive shell heeds no TERM, but an INT ends the loop or the list that it is at. Its programs are not
        // meant, which would die of it before they are asked to end; one may be about to start at first.
        let is_alone = self.foreground_program().is_none() && !is_first_time;
        // One that is alone for a moment is about to tell the end, and the INT would be the next command's.
        if !self.has_ended() && (shell_goes_on || (is_alone && *was_alone)) {
            let _ = kill_process(self.command().driver.pid(), Signal::INT);
        }
        *was_alone = is_alone;
        unasked
    }

    /// KILL until nothing is left, and for the shell too if it does not come back then.
    async fn end_at_once(&self) {
        let deadline = Instant::now() + SHELL_GRACE;
        loop {
            let found = self.processes().await;
            if found.is_empty() && self.has_ended() {
                return;
            }
            if Instant::now() >= deadline {
                break;
            }
            for process in found {
                let _ = process.signal(Signal::KILL.as_raw());
            }
            tokio::time::sleep(ROUND).await;
        }
        if !self.has_ended() {
            let _ = kill_process(self.command().driver.pid(), Signal::KILL);
        }
    }

    /// What the command has started, and what it waits for in the foreground.
    async fn processes(&self) -> Vec<Process> {
        let foreground = self.foreground_program().map(|group| group.as_raw_nonzero().get());
        let foreground = foreground.filter(|_| !self.has_ended());
        let driver = Arc::clone(&self.command().driver);
        let owner = self.owner();
        let look = move || {
            let mut found = driver.processes(0);
            found.retain(|process| process.owner == Some(owner) || Some(process.group) == foreground);
            found
        };
        // Looking fails only where the runtime ends, and every process with it.
        tokio::task::spawn_blocking(look).await.unwrap_or_default()
    }

    /// The process group in the foreground of the terminal, where that is not the shell's own.
    pub(super) fn foreground_program(&self) -> Option<Pid> {
        let driver = &self.command().driver;
        let foreground = rustix::termios::tcgetpgrp(driver.terminal().get_ref()).ok()?;
        (foreground != driver.pid()).then_some(foreground)
    }
}
