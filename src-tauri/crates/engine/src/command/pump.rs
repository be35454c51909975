//! The pump: takes the events of a command's shell and of its taps into its logs.

use std::pin::Pin;
use std::sync::atomic::Ordering;

use super::linking::Looking;
use super::printing::Printing;
use super::{Command, Ended, Position};
use crate::breakpoints::{TapEvent, Taps};
use crate::limits::UNBROKEN;
use crate::shell::{Ending, Event, Running, StreamKind};

/// Bytes of late output that are taken at once: every session that rests has this much waiting for it.
const LATE: usize = 4 << 10;

/// The run of a text of the engine's own in the session's shell.
pub(crate) type Restoring = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Command {
    /// Takes the events of the shell and of the taps until the command and what it left behind are gone.
    ///
    /// `restore` runs a text in the session's shell, before the end is told; `on_output` is called after each piece of output; `on_end` once, before anybody can read the end.
    pub(crate) async fn pump(
        &self,
        mut running: Running,
        mut taps: Option<Taps>,
        restore: impl FnOnce(String) -> Restoring,
        on_output: impl Fn(),
        on_end: impl FnOnce(&Ended),
    ) {
        let mut buffer = vec![0; self.limits.update];
        let mut tap_buffer = vec![0; if taps.is_some() { self.limits.update } else { 0 }];
        let (mut on_end, mut restore) = (Some(on_end), Some(restore));
        let mut looking = Looking::new(&self.limits);
        let mut printing = Printing::new(self.plan.format, self.plan.streams, &self.images, &self.limits);
        let mut taken = 0;
        loop {
            if taken >= UNBROKEN {
                taken = 0;
                tokio::task::yield_now().await;
            }
            let event = tokio::select! {
                event = self.next(&mut running, &mut buffer) => event,
                tap = next_tap(&mut taps, &mut tap_buffer) => {
                    if let TapEvent::Output { length, .. } = tap {
                        taken += length;
                        self.look_for_names(&mut looking, &tap_buffer[..length]).await;
                    }
                    self.take_tap(&mut printing, tap, &tap_buffer).await;
                    self.share.ceiling().enforce();
                    self.tell();
                    continue;
                }
                () = printing.due() => {
                    self.release_output(&mut printing, &mut looking).await;
                    self.tell();
                    continue;
                }
            };
            match event {
                Event::Output(stream, length) => {
                    taken += length;
                    self.take_output(&mut printing, &mut looking, stream, &buffer[..length]).await;
                    self.share.ceiling().enforce();
                    on_output();
                }
                Event::Ended(ending) => {
                    self.finish_output(&mut printing, &mut looking).await;
                    let statuses = &ending.pipe_status;
                    let kept = self.take_last_taps(&mut taps, &mut printing, &mut tap_buffer, statuses).await;
                    if let (Some(text), Some(restore)) = (kept, restore.take()) {
                        restore(format!("{text}\n(exit {})", ending.exit_code)).await;
                    }
                    self.end(ending, &mut on_end).await;
                    (buffer, tap_buffer) = (vec![0; LATE], Vec::new());
                }
                Event::Closed => {
                    self.finish_output(&mut printing, &mut looking).await;
                    if !self.has_ended() {
                        self.end(Ending::lost(self.cwd.clone()), &mut on_end).await;
                    }
                    self.keep_late_output().await;
                    self.close();
                    return self.tell();
                }
            }
            self.tell();
        }
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Acquire)
    }

    /// The shell's next event, once there is room for what it may bring.
    async fn next(&self, running: &mut Running, buffer: &mut [u8]) -> Event {
        self.wait_for_room().await;
        running.next(buffer).await
    }

    /// What flowed through the tapped pipes before the end is told before the end.
    /// Gives what takes the taps out of functions that the command defined.
    async fn take_last_taps(
        &self,
        taps: &mut Option<Taps>,
        printing: &mut Printing,
        buffer: &mut [u8],
        statuses: &[i32],
    ) -> Option<String> {
        let mut taps = taps.take()?;
        taps.settle(&self.limits).await;
        while let Some(event) = taps.try_next(buffer) {
            self.take_tap(printing, event, buffer).await;
        }
        self.finish_taps(printing, None).await;
        let last = taps.last_pipeline();
        if statuses.len() == last.len() + 1 {
            self.lock().tapped.conclude(last, statuses);
        }
        let restore = taps.restore().map(str::to_owned);
        drop(taps);
        let mut state = self.lock();
        self.note_captures(&mut state);
        self.note(&state);
        restore
    }

    fn close(&self) {
        let mut state = self.lock();
        let end = state.log.end();
        state.screens.leave(end);
        state.closed = true;
        self.note(&state);
        drop(state);
        self.drop_levers();
    }

    pub(super) fn append(&self, stream: StreamKind, bytes: &[u8]) {
        let state = &mut *self.lock();
        let at = state.log.end();
        state.log.append(stream, bytes, self.share.ceiling().moment());
        if stream == StreamKind::Stdout {
            state.screens.take(&state.log, at, bytes);
        }
        self.note(state);
    }

    pub(super) fn tell(&self) {
        self.news.send_modify(|version| *version += 1);
    }

    async fn end(&self, ending: Ending, on_end: &mut Option<impl FnOnce(&Ended)>) {
        let position = {
            let mut state = self.lock();
            let output = state.log.end();
            state.screens.leave(output);
            Position { output, taps: state.tapped.log.end(), ..Position::default() }
        };
        let ended = Ended {
            at: self.clock.shown(),
            since: self.clock.now(),
            duration_ms: u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX),
            position,
            ending,
            lost: false,
        };
        // Nobody learns of an end that a crash could undo.
        self.keep_end(&ended).await;
        if let Some(on_end) = on_end.take() {
            on_end(&ended);
        }
        let mut state = self.lock();
        state.ended = Some(ended);
        self.has_ended.store(true, Ordering::Release);
    }

    async fn wait_for_room(&self) {
        loop {
            let mut notified = std::pin::pin!(self.room.notified());
            // Registered before the look, so that no advance between look and wait is missed.
            notified.as_mut().enable();
            let full = {
                let state = self.lock();
                state.slowest().is_some_and(|cursor| {
                    state.log.end() - cursor.max(state.log.start()) >= self.limits.output_window as u64
                })
            };
            if !full {
                return;
            }
            notified.await;
        }
    }
}

/// The next event of the taps; never, where there are none.
async fn next_tap(taps: &mut Option<Taps>, buffer: &mut [u8]) -> TapEvent {
    match taps {
        Some(taps) => taps.next(buffer).await,
        None => std::future::pending().await,
    }
}
