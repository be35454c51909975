//! The pump: a thread that moves what tapped stages write on to where it was to go, and captures it on the way.
//!
//! It asks for no more than the next stage takes, so that back-pressure is what it was. When the next stage has ended the
//! tapped one is cut off as the pipe itself would have done.

mod channel;
mod flow;
mod request;
mod sink;
mod terminal;

use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::net::{
    AddressFamily, SocketAddrUnix, SocketFlags, SocketType, accept_with, bind, listen, socket_with,
};
use rustix::pipe::{PipeFlags, pipe_with};

use self::channel::Channel;
use self::request::Request;
use super::store::Store;

/// Helpers that have connected and not said what they want, at the most.
const VISITORS: usize = 64;

/// The running pump; dropped, it takes no new stages, and its thread ends with the last stage that it serves.
pub(super) struct Pump {
    /// Its end of life is the closing of this.
    _life: OwnedFd,
}

impl Pump {
    /// Listens in `folder`, which it removes at its end.
    pub(super) fn start(folder: PathBuf, store: Arc<Store>) -> io::Result<Self> {
        let listener = listen_in(&folder)?;
        let (life, _life) = pipe_with(PipeFlags::CLOEXEC)?;
        let mut worker = Worker {
            folder,
            store,
            listener: Some(listener),
            life,
            visitors: Vec::new(),
            channels: Vec::new(),
            made: 0,
        };
        std::thread::Builder::new().name("taps".to_owned()).spawn(move || worker.run())?;
        Ok(Self { _life })
    }
}

fn listen_in(folder: &Path) -> io::Result<OwnedFd> {
    let address = SocketAddrUnix::new(folder.join("s"))?;
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let listener = socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None)?;
    bind(&listener, &address)?;
    listen(&listener, 64)?;
    Ok(listener)
}

struct Worker {
    folder: PathBuf,
    store: Arc<Store>,
    /// Nothing once the command has ended.
    listener: Option<OwnedFd>,
    life: OwnedFd,
    visitors: Vec<OwnedFd>,
    channels: Vec<Channel>,
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
            channel.end(&self.store);
        }
        // Whoever removes the runtime folder may have been faster.
        let _ = std::fs::remove_dir_all(&self.folder);
    }

    /// Waits until something can be done, and does it.
    fn turn(&mut self) -> io::Result<()> {
        let mut waits = Vec::with_capacity(2 + self.visitors.len() + 3 * self.channels.len());
        if let Some(listener) = &self.listener {
            waits.push(PollFd::new(&self.life, PollFlags::IN));
            waits.push(PollFd::new(listener, PollFlags::IN));
        }
        waits.extend(self.visitors.iter().map(|visitor| PollFd::new(visitor, PollFlags::IN)));
        for channel in &self.channels {
            channel.waits(&mut waits);
        }
        match poll(&mut waits, None) {
            Err(rustix::io::Errno::INTR) => return Ok(()),
            result => result?,
        };
        let mut ready = waits.iter().map(PollFd::revents).collect::<Vec<_>>().into_iter();
        drop(waits);
        let mut next = || ready.next().unwrap_or(PollFlags::empty());
        let (ended, calling) = match self.listener {
            Some(_) => (next(), next()),
            None => (PollFlags::empty(), PollFlags::empty()),
        };
        let talking: Vec<bool> = self.visitors.iter().map(|_| !next().is_empty()).collect();
        // What a stage complains of comes before the end of its output: the next stage may end the command.
        let events: Vec<_> = self.channels.iter().map(|channel| channel.ready(&mut next)).collect();
        let mut order: Vec<usize> = (0..self.channels.len()).collect();
        order.sort_by_key(|index| self.channels[*index].is_output());
        let mut done = vec![false; self.channels.len()];
        for index in order {
            done[index] = self.channels[index].advance(events[index], &self.store);
        }
        self.retire(&done);
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
                channel.end(&self.store);
            } else {
                self.channels.push(channel);
            }
        }
    }

    fn welcome(&mut self) -> io::Result<()> {
        let Some(listener) = &self.listener else { return Ok(()) };
        while self.visitors.len() < VISITORS {
            match accept_with(listener, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK) {
                Ok(visitor) => self.visitors.push(visitor),
                Err(rustix::io::Errno::AGAIN) => break,
                // Out of descriptors: the helper is let go and the stage runs untapped.
                Err(rustix::io::Errno::MFILE | rustix::io::Errno::NFILE) => {
                    self.listener = None;
                    break;
                }
                Err(rustix::io::Errno::CONNABORTED | rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
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
            self.channels.extend(Channel::open(request, visitor, &path, &self.store));
        }
    }

    /// The command has ended: no stage is tapped any more.
    fn close(&mut self) {
        self.listener = None;
        self.visitors.clear();
        let _ = std::fs::remove_file(self.folder.join("s"));
    }
}
