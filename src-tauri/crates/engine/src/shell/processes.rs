//! Processes: what runs below the shells of a session, and which command started it.

#[cfg(target_os = "linux")]
mod kernel;
#[cfg(any(test, not(target_os = "linux")))]
mod listing;

#[cfg(target_os = "linux")]
use super::ShellKind;
use super::driver::Driver;
use super::{ShellError, lock};
#[cfg(target_os = "linux")]
use kernel::signal;
#[cfg(target_os = "linux")]
pub(super) use kernel::{Children, below, children_of, cwd_of};
#[cfg(not(target_os = "linux"))]
pub(super) use listing::cwd_of;
#[cfg(not(target_os = "linux"))]
use listing::{below, signal};
use std::collections::HashMap;
use std::time::SystemTime;

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProcessState {
    /// It runs, or waits for a processor.
    Running,
    /// It waits for something.
    Sleeping,
    /// It waits for a device, and heeds no signal before that.
    Blocked,
    /// A signal stopped it.
    Stopped,
}

/// A process below a shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its process id.
    pub pid: i32,
    /// That of its parent.
    pub parent: i32,
    /// Its process group.
    pub group: i32,
    /// Together with the process id it names the process for good.
    pub started: u64,
    /// When it was started.
    pub since: SystemTime,
    /// The name of its program.
    pub name: String,
    /// Its arguments, with blanks between; cut at the limit.
    pub command_line: String,
    /// What it does.
    pub state: ProcessState,
    /// The command that started it, where that can be told.
    pub owner: Option<Owner>,
}

impl Process {
    /// What names it for good.
    pub(super) fn key(&self) -> (i32, u64) {
        (self.pid, self.started)
    }

    /// Sends a signal to it, and to no other that has got its id meanwhile where the system can tell.
    pub(super) fn signal(&self, number: i32) -> std::io::Result<()> {
        signal(self, number)
    }
}

/// Names a command among those of all shells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Owner {
    pub(super) driver: u64,
    pub(super) command: u64,
}

/// Which command of a driver started what runs below it. Told at the borders between commands, when nothing but the
/// newest command can have started what is new.
#[derive(Debug, Default)]
pub(super) struct Owners {
    commands: HashMap<(i32, u64), u64>,
    /// The newest command that had ended when somebody looked; 0 when only the rc files were read.
    settled: Option<u64>,
}

impl Owners {
    /// Ascribes what is new: to the command of its parent or of its process group, or else to the newest one. What is
    /// gone is forgotten. Parents come before their children in `found`.
    pub(super) fn settle(&mut self, found: &[Process], newest: u64) {
        let former = std::mem::take(&mut self.commands);
        let mut by_pid = HashMap::new();
        for process in found {
            let key = process.key();
            let known = former.get(&key).or_else(|| by_pid.get(&process.parent));
            let known = known.or_else(|| by_pid.get(&process.group)).copied().unwrap_or(newest);
            by_pid.insert(process.pid, known);
            self.commands.insert(key, known);
        }
    }

    fn of(&self, process: &Process) -> Option<u64> {
        self.commands.get(&process.key()).copied()
    }
}

impl Driver {
    /// Everything below the driver but the shell itself; `line` bytes of each command line.
    pub(super) fn processes(&self, line: usize) -> Vec<Process> {
        let shell = self.pid().as_raw_nonzero().get();
        // Invariant: looked at while nobody else looks, and only then the newest command is asked for. What ran before
        // that command is known by then, for it is looked for before a command begins.
        let mut owners = lock(&self.owners);
        let mut found = below(self.keeper().pid(), line);
        found.retain(|process| process.pid != shell);
        let newest = lock(&self.state).running;
        owners.settle(&found, newest);
        for process in &mut found {
            // A driver's first command has the number 1.
            let command = owners.of(process).filter(|command| *command > 0);
            process.owner = command.map(|command| Owner { driver: self.number, command });
        }
        found
    }

    /// How many processes a command left that has just ended.
    ///
    /// Where that takes a look at every process of the system, nobody looks.
    pub(super) fn left_by(&self, command: u64) -> usize {
        if !cfg!(target_os = "linux") {
            return 0;
        }
        {
            let mut owners = lock(&self.owners);
            if self.is_alone() {
                owners.commands.clear();
                owners.settled = Some(command);
                return 0;
            }
        }
        let own = Owner { driver: self.number, command };
        let count = self.processes(0).iter().filter(|process| process.owner == Some(own)).count();
        lock(&self.owners).settled = Some(command);
        count
    }

    /// Whether nothing runs below the driver but the shell itself, which is what most commands leave; false where that is
    /// not seen at once.
    fn is_alone(&self) -> bool {
        #[cfg(target_os = "linux")]
        if self.kind != ShellKind::Fish {
            // These have one thread, so that one list has all their children.
            let [of_keeper, of_shell] = &self.children;
            let shell = self.pid().as_raw_nonzero().get();
            return of_keeper.are_just(Some(shell)) && of_shell.are_just(None);
        }
        false
    }

    /// Before a command begins: notes what the ones before have left. Where nothing was left when the last one's end was
    /// looked at, nobody looks again.
    pub(super) fn settle_owners(&self) {
        let newest = lock(&self.state).running;
        let is_settled = {
            let owners = lock(&self.owners);
            owners.settled >= Some(newest) && owners.commands.is_empty()
        };
        if !is_settled {
            self.left_by(newest);
        }
    }

    /// Sends a signal to one process below the driver; `None` where it has none of that name.
    pub(super) fn signal_process(
        &self,
        pid: i32,
        started: Option<u64>,
        number: i32,
    ) -> Option<Result<(), ShellError>> {
        let same = |process: &Process| started.is_none_or(|started| process.started == started);
        let process = self.processes(0).into_iter().find(|process| process.pid == pid && same(process))?;
        Some(process.signal(number).map_err(|error| match error.raw_os_error() {
            Some(libc::ESRCH) => ShellError::NoProcess(pid),
            _ => ShellError::Process { pid, source: error },
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(pid: i32, parent: i32, group: i32) -> Process {
        Process {
            pid,
            parent,
            group,
            started: 1,
            since: SystemTime::UNIX_EPOCH,
            name: String::new(),
            command_line: String::new(),
            state: ProcessState::Running,
            owner: None,
        }
    }

    #[test]
    fn what_is_new_belongs_to_the_newest_command_unless_its_family_is_older() {
        let mut owners = Owners::default();
        let first = [process(10, 2, 10), process(11, 10, 10)];
        owners.settle(&first, 1);
        let orphan = process(12, 1, 10);
        let child = process(13, 11, 13);
        let second = process(20, 2, 20);
        owners
            .settle(&[first[0].clone(), first[1].clone(), orphan.clone(), child.clone(), second.clone()], 2);
        let commands = [&first[0], &first[1], &orphan, &child, &second].map(|process| owners.of(process));
        assert_eq!(commands, [Some(1), Some(1), Some(1), Some(1), Some(2)]);
    }

    #[test]
    fn a_process_with_the_id_of_one_that_is_gone_is_another_process() {
        let mut owners = Owners::default();
        owners.settle(&[process(10, 2, 10)], 1);
        let again = Process { started: 2, ..process(10, 2, 10) };
        owners.settle(std::slice::from_ref(&again), 2);
        assert_eq!((owners.of(&again), owners.of(&process(10, 2, 10))), (Some(2), None));
    }
}
