//! A stage's own pipe among those that fish writes to while it waits to start the stage.
//!
//! It is the newest. fish makes the pipes of a pipeline in their order, each together with the stage before it, and starts the
//! stages in that order, but for one at the most, which it runs itself and puts off until all others are started. So of all pipes
//! that it made for the pipeline and has not closed by then none is newer: those after the stage are not made yet or, where the
//! stage was put off, are closed in fish. Open besides are the pipe of a stage that was put off, and those of stages that fish
//! ran itself and whose output a thread of fish still writes.
//!
//! Which of two pipes is newer, the kernel tells by their inodes when it took both numbers from the same block, which one
//! processor counts up. Else it follows from what becomes of the others: a thread writes to its pipe as soon as it runs, so
//! that, when all threads of fish sleep, what is empty is the stage's own or that of the stage that was put off. Of these two the
//! own one has its reading end in fish. The other one has that, too, only where it was made in the moment before: then the
//! descriptors of the own one are the higher ones.

use std::collections::HashSet;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::io::ioctl_fionread;

use super::pipe_end::{FileId, PipeEnd};

/// So many numbers of inodes in succession one processor takes at once (the kernel's `LAST_INO_BATCH`).
const BLOCK: u64 = 1024;
/// How long it waits for threads of fish that do not come to rest.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often it looks.
const LOOK: Duration = Duration::from_micros(200);

/// A pipe that may be the stage's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Candidate {
    file: FileId,
    writing: u32,
    /// The descriptor of its reading end, where fish has that.
    reading: Option<u32>,
    /// Nothing is in it.
    empty: bool,
}

/// The pipe, opened for writing; without a descriptor where its reader is gone.
pub(crate) struct OwnPipe {
    pub(crate) file: FileId,
    pub(crate) target: Option<OwnedFd>,
}

impl OwnPipe {
    /// That of the stage that `fish` waits to start. It was made after those that are `known`.
    pub(crate) fn find(fish: u32, known: &HashSet<FileId>) -> Option<Self> {
        let end = Instant::now() + PATIENCE;
        loop {
            let (candidates, mut targets) = look(fish, known);
            let late = Instant::now() > end;
            let at_rest = || late || (is_quiet(fish) && look(fish, known).0 == candidates);
            let own = certain(&candidates).or_else(|| at_rest().then(|| settled(&candidates)).flatten());
            if let Some(own) = own {
                return Some(Self { file: candidates[own].file, target: targets.swap_remove(own) });
            }
            if candidates.is_empty() || late {
                return None;
            }
            std::thread::sleep(LOOK);
        }
    }
}

/// The pipes that fish writes to now and did not before.
fn look(fish: u32, known: &HashSet<FileId>) -> (Vec<Candidate>, Vec<Option<OwnedFd>>) {
    let ends = PipeEnd::all_of(fish);
    let reading = |file: FileId| ends.iter().find(|end| !end.writes && end.file == file);
    let written = ends.iter().filter(|end| end.writes && end.anonymous && !known.contains(&end.file));
    let candidates = written.map(|end| {
        let target = end.open().ok();
        let empty = target.as_ref().is_none_or(|target| ioctl_fionread(target) == Ok(0));
        let reading = reading(end.file).map(|end| end.number);
        (Candidate { file: end.file, writing: end.number, reading, empty }, target)
    });
    candidates.unzip()
}

/// The newest by the numbers of the inodes, where these tell.
fn certain(candidates: &[Candidate]) -> Option<usize> {
    // Nothing was ever written to the stage's own.
    let empty = |index: &usize| candidates[*index].empty;
    let block = |index: usize| candidates[index].file.1.div_ceil(BLOCK);
    let newest = (0..candidates.len()).filter(empty).max_by_key(|index| candidates[*index].file.1)?;
    (0..candidates.len()).filter(empty).all(|other| block(other) == block(newest)).then_some(newest)
}

/// The newest where no thread of fish has anything to write.
fn settled(candidates: &[Candidate]) -> Option<usize> {
    let empty = (0..candidates.len()).filter(|index| candidates[*index].empty);
    empty.max_by_key(|index| {
        let Candidate { reading, writing, .. } = candidates[*index];
        (reading.is_some(), writing)
    })
}

/// Whether all threads of a process but its first one sleep.
fn is_quiet(process: u32) -> bool {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{process}/task")) else { return true };
    let first = process.to_string();
    threads.flatten().filter(|thread| thread.file_name() != first.as_str()).all(|thread| {
        // The state follows the name, in which anything may be.
        let Ok(stat) = std::fs::read_to_string(thread.path().join("stat")) else { return true };
        stat.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with('S'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pipe(inode: u64, writing: u32, reading: Option<u32>, empty: bool) -> Candidate {
        Candidate { file: (1, inode), writing, reading, empty }
    }

    #[test]
    fn numbers_of_one_block_tell_which_pipe_is_the_newest() {
        // That of the stage before, which was put off, and the stage's own; whatever descriptors they have.
        assert_eq!(certain(&[pipe(1026, 12, Some(11), true), pipe(1027, 14, Some(13), true)]), Some(1));
        assert_eq!(certain(&[pipe(1027, 12, Some(11), true), pipe(1026, 14, Some(13), true)]), Some(0));
        // The stage was put off: its pipe has no reading end in fish, that before it has one.
        assert_eq!(certain(&[pipe(2001, 12, Some(11), true), pipe(2007, 14, None, true)]), Some(1));
    }

    #[test]
    fn numbers_of_two_blocks_tell_nothing() {
        let pair = [pipe(1024, 12, Some(11), true), pipe(1025, 14, Some(13), true)];
        assert_eq!(certain(&pair), None);
        assert_eq!(settled(&pair), Some(1));
        assert_eq!(certain(&[pipe(9000, 12, None, true), pipe(100, 14, Some(11), true)]), None);
    }

    #[test]
    fn a_pipe_with_something_in_it_is_not_the_stages_own() {
        assert_eq!(certain(&[pipe(9000, 12, Some(11), false), pipe(100, 14, Some(13), true)]), Some(1));
        assert_eq!(settled(&[pipe(9000, 12, Some(11), false), pipe(100, 14, None, true)]), Some(1));
    }

    #[test]
    fn of_two_pipes_that_nobody_writes_to_the_own_one_has_its_reading_end_in_fish() {
        assert_eq!(settled(&[pipe(9000, 18, None, true), pipe(100, 14, Some(11), true)]), Some(1));
    }
}
