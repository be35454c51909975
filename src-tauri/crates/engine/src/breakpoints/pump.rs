//! The pump: a thread that moves what tapped stages write on to where it was to go, and captures it on the way.
//!
//! It asks for no more than the next stage takes, so that back-pressure is what it was. When the next stage has ended the
//! tapped one is cut off as the pipe itself would have done.

mod channel;
mod copying;
mod fish;
mod flow;
mod gate;
mod process;
mod request;
mod sink;
#[cfg(target_os = "linux")]
mod splicing;
mod terminal;

use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use self::channel::Channel;
use self::fish::{Launch, Openings};
pub use self::gate::{Action, GateError, Gates};
use self::process::Process;
use self::request::{Request, Wanted};
use super::means::Means;
use super::store::Store;

/// Helpers that have connected and not said what they want, at the most.
const VISITORS: usize = 64;
/// Stages that fish has asked for and not begun, at the most: where it fails in between, it never does.
const LAUNCHES: usize = 64;
/// How often it looks how much waits in a pipe that is held.
const MEASURE: Duration = Duration::from_millis(200);

/// The running pump; dropped, it takes no new stages, and its thread ends with the last stage that it serves.
pub(super) struct Pump {
    /// Its end of life is the closing of this.
    _life: PipeWriter,
}

impl Pump {
    /// Listens in `folder`, which it removes at its end.
    ///
    /// A shell that asks before it makes its pipes is watched for when it makes those of the locations in `late`.
    pub(super) fn start(
        folder: PathBuf,
        store: Arc<Store>,
        gates: Arc<Gates>,
        (means, late): (Means, Option<&[usize]>),
    ) -> io::Result<Self> {
        let listener = UnixListener::bind(folder.join("s"))?;
        listener.set_nonblocking(true)?;
        let openings = late.map(|locations| Openings::new(&folder, locations)).transpose()?;
        let (life, _life) = io::pipe()?;
        let mut worker = Worker {
            folder,
            store,
            gates,
            means,
            listener: Some(listener),
            life,
            openings,
            visitors: Vec::new(),
            launches: Vec::new(),
            channels: Vec::new(),
            processes: Vec::new(),
            made: 0,
        };
        std::thread::Builder::new().name("taps".to_owned()).spawn(move || worker.run())?;
        Ok(Self { _life })
    }
}

struct Worker {
    folder: PathBuf,
    store: Arc<Store>,
    gates: Arc<Gates>,
    means: Means,
    /// Nothing once the command has ended.
    listener: Option<UnixListener>,
    life: PipeReader,
    openings: Option<Openings>,
    visitors: Vec<OwnedFd>,
    /// In fish: stages that are to start.
    launches: Vec<Launch>,
    channels: Vec<Channel>,
    /// Of the stages, as long as it is not known how they ended.
    processes: Vec<Process>,
    /// FIFOs made so far.
    made: u64,
}

impl Worker {
    fn run(&mut self) {
        while self.listener.is_some() || !self.channels.is_empty() {
            if let Err(error) = self.turn() {
                tracing::warn!(%error, "the taps of a command ended early");
                break;
            }
        }
        for channel in self.channels.drain(..) {
            channel.end(&self.store, &self.gates);
        }
        for process in self.processes.drain(..) {
            self.store.exit(process.location, process.run, None);
        }
        // Whoever removes the runtime folder may have been faster.
        let _ = std::fs::remove_dir_all(&self.folder);
    }

    /// Waits until something can be done, and does it.
    fn turn(&mut self) -> io::Result<()> {
        let mut waits = Vec::with_capacity(4 + self.visitors.len() + 3 * self.channels.len());
        if let Some(listener) = &self.listener {
            waits.push(PollFd::new(&self.life, PollFlags::IN));
            waits.push(PollFd::new(listener, PollFlags::IN));
        }
        waits.push(PollFd::from_borrowed_fd(self.gates.bell(), PollFlags::IN));
        if let Some(openings) = &self.openings {
            waits.push(PollFd::from_borrowed_fd(openings.descriptor(), PollFlags::IN));
        }
        waits.extend(self.visitors.iter().map(|visitor| PollFd::new(visitor, PollFlags::IN)));
        for channel in &self.channels {
            channel.waits(&mut waits);
        }
        // Whether a process hangs up is told unasked.
        let none = PollFlags::empty();
        waits.extend(
            self.processes.iter().map(|process| PollFd::from_borrowed_fd(process.descriptor(), none)),
        );
        let measure = self.channels.iter().any(Channel::is_to_be_measured).then_some(MEASURE);
        let pause = self.channels.iter().filter_map(Channel::next_look).chain(measure).min();
        match poll(&mut waits, pause.and_then(|pause| Timespec::try_from(pause).ok()).as_ref()) {
            Err(Errno::INTR) => return Ok(()),
            result => result?,
        };
        let mut ready = waits.iter().map(PollFd::revents).collect::<Vec<_>>().into_iter();
        drop(waits);
        let mut next = || ready.next().unwrap_or(PollFlags::empty());
        let (ended, calling) = match self.listener {
            Some(_) => (next(), next()),
            None => (PollFlags::empty(), PollFlags::empty()),
        };
        let rung = !next().is_empty();
        let opened = self.openings.as_ref().filter(|_| !next().is_empty()).map(Openings::take);
        let talking: Vec<bool> = self.visitors.iter().map(|_| !next().is_empty()).collect();
        // What a stage complains of comes before the end of its output: the next stage may end the command.
        let events: Vec<_> = self.channels.iter().map(|channel| channel.ready(&mut next)).collect();
        let exited: Vec<bool> = self.processes.iter().map(|_| !next().is_empty()).collect();
        let opened = opened.unwrap_or_default();
        for watch in &opened {
            self.channels.iter_mut().for_each(|channel| channel.was_opened(*watch));
        }
        if rung {
            self.gates.heard();
            self.channels.iter_mut().for_each(Channel::gate_moved);
        }
        let mut order: Vec<usize> = (0..self.channels.len()).collect();
        order.sort_by_key(|index| self.channels[*index].is_output());
        let mut done = vec![false; self.channels.len()];
        for index in order {
            done[index] = self.channels[index].advance(events[index], &self.store, &self.gates);
        }
        self.retire(&done);
        self.bury(&exited);
        opened.into_iter().for_each(|watch| self.launch(watch));
        self.hear(&talking);
        if !calling.is_empty() {
            self.welcome()?;
        }
        if !ended.is_empty() {
            self.close();
        }
        Ok(())
    }

    fn retire(&mut self, done: &[bool]) {
        let channels = std::mem::take(&mut self.channels);
        for (channel, done) in channels.into_iter().zip(done) {
            if *done {
                channel.end(&self.store, &self.gates);
            } else {
                self.channels.push(channel);
            }
        }
    }

    /// Tells how processes ended.
    fn bury(&mut self, exited: &[bool]) {
        let processes = std::mem::take(&mut self.processes);
        for (process, exited) in processes.into_iter().zip(exited) {
            if *exited {
                self.store.exit(process.location, process.run, process.status());
            } else {
                self.processes.push(process);
            }
        }
    }

    fn welcome(&mut self) -> io::Result<()> {
        let Some(listener) = &self.listener else { return Ok(()) };
        while self.visitors.len() < VISITORS {
            let error = match listener.accept() {
                Ok((visitor, _)) => {
                    visitor.set_nonblocking(true)?;
                    self.visitors.push(visitor.into());
                    continue;
                }
                Err(error) => error,
            };
            match Errno::from_io_error(&error) {
                Some(Errno::AGAIN) => break,
                // Out of descriptors: the helper is let go and the stage runs untapped.
                Some(Errno::MFILE | Errno::NFILE) => {
                    self.listener = None;
                    break;
                }
                Some(Errno::CONNABORTED) => {}
                _ => return Err(error),
            }
        }
        Ok(())
    }

    fn hear(&mut self, talking: &[bool]) {
        let visitors = std::mem::take(&mut self.visitors);
        for (visitor, talks) in visitors.into_iter().zip(talking) {
            if !talks {
                self.visitors.push(visitor);
                continue;
            }
            // A helper that is let go without an answer names the stage's own stream: the stage runs untapped.
            let Some(request) = Request::receive(&visitor) else { continue };
            self.made += 1;
            let path = self.folder.join(self.made.to_string());
            self.serve(request, visitor, &path);
        }
    }

    fn serve(&mut self, request: Request, visitor: OwnedFd, path: &Path) {
        if request.wanted == Wanted::FishOutput {
            self.launches.extend(Launch::prepare(&request, visitor, path, &self.store, &self.gates));
            if self.launches.len() > LAUNCHES {
                self.launches.remove(0).end(&self.store, &self.gates);
            }
            return;
        }
        let openings = (self.means, self.openings.as_ref());
        let Request { wanted, location, stage, .. } = request;
        let channel = Channel::open(request, visitor, path, openings, &self.store, &self.gates);
        // What asks for a stream of fish is fish itself.
        if let Some(run) = channel.as_ref().map(Channel::run).filter(|_| wanted == Wanted::Stdout)
            && let Some(process) = Process::watch(location, run, stage)
        {
            self.store.watch();
            self.processes.push(process);
        }
        self.channels.extend(channel);
    }

    /// fish is about to start the stage of the marker that was opened.
    fn launch(&mut self, watch: i32) {
        let Some(openings) = &self.openings else { return };
        let Some(location) = openings.marked(watch) else { return };
        // Between a stage's question and its start fish may start others of the same pipe: those of a function in an argument.
        if let Some(index) = self.launches.iter().rposition(|launch| launch.key.location == location) {
            let launch = self.launches.remove(index);
            self.channels.extend(Channel::launch(launch, openings, &self.store, &self.gates));
        }
    }

    /// The command has ended: no stage is tapped any more.
    fn close(&mut self) {
        self.listener = None;
        self.visitors.clear();
        // What fish has not begun by now it never will.
        for launch in self.launches.drain(..) {
            launch.end(&self.store, &self.gates);
        }
        let _ = std::fs::remove_file(self.folder.join("s"));
    }
}
