//! Commands in the store: what is kept of one that ends, and one that an earlier engine ran.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use tokio::sync::{Notify, watch};

use super::answering::Answering;
use super::linking::Links;
use super::log::Log;
use super::pictures::Pictures;
use super::screens::Screens;
use super::tapped::Tapped;
use super::{Command, Ended, Plan, Position, Resources, State};
use crate::history::Recording;
use crate::protocol::Size;
use crate::shell::Ending;
use crate::store::{CommandEnd, KeptCommand, KeptOutput, millis, time_of};

impl Command {
    /// A command that ended in an engine before this one.
    pub(crate) fn restored(
        kept: KeptCommand,
        recording: Recording,
        resources: &Resources,
        news: watch::Sender<u64>,
    ) -> Arc<Self> {
        let limits = &resources.limits;
        let log = Log::of_the_end(kept.output.total, kept.output.pieces);
        let ended = Ended {
            at: time_of(kept.end.ended),
            // When its session was last used is kept with that.
            since: i64::MIN,
            duration_ms: kept.end.duration,
            ending: Ending {
                exit_code: kept.end.exit_code.unwrap_or(255),
                signal: kept.end.signal,
                cwd: PathBuf::from(kept.end.cwd),
                pipe_status: kept.end.pipe_status,
                background: 0,
            },
            lost: kept.end.lost,
            position: Position { output: log.end(), ..Position::default() },
        };
        let command = Arc::new(Self {
            plan: Plan {
                server_id: kept.server_id,
                begin: time_of(kept.began),
                client_id: kept.client_id,
                text: kept.text,
                format: kept.format,
                streams: kept.streams,
                size: Size::default(),
                breakpoints: None,
                pipes: Vec::new(),
            },
            began: Instant::now(),
            levers: Mutex::new(None),
            owner: None,
            state: Mutex::new(State {
                log,
                tapped: Tapped::new(limits),
                screens: Screens::new(kept.format, None, limits),
                pictures: Pictures::new(0),
                images: 0,
                cursors: HashMap::new(),
                answering: Answering::default(),
                captured: None,
                wait: None,
                ended: Some(ended),
                closed: true,
            }),
            share: resources.ceiling.share(),
            room: Notify::new(),
            news,
            limits: Arc::clone(limits),
            cwd: PathBuf::from(kept.cwd),
            links: Links::new(None),
            images: resources.images.clone(),
            clock: resources.clock.clone(),
            captures: None,
            recording,
            has_ended: AtomicBool::new(true),
            forgotten: AtomicBool::new(false),
            was_seen: kept.delivered,
        });
        command.note(&command.lock());
        resources.ceiling.join(&command);
        command
    }

    /// Keeps the end, before anybody learns of it.
    pub(super) async fn keep_end(&self, ended: &Ended) {
        if !self.recording.is_wanted() {
            return;
        }
        let end = CommandEnd {
            ended: millis(ended.at),
            exit_code: Some(ended.ending.exit_code),
            signal: ended.ending.signal,
            duration: ended.duration_ms,
            pipe_status: ended.ending.pipe_status.clone(),
            cwd: ended.ending.cwd.to_string_lossy().into_owned(),
            lost: false,
        };
        let output = {
            let state = self.lock();
            KeptOutput { total: state.log.end(), pieces: state.log.last(self.limits.stored_output_tail) }
        };
        self.recording.end(end, output).await;
    }

    /// Keeps what came after the end from what the command left behind.
    pub(super) async fn keep_late_output(&self) {
        let late = {
            let state = self.lock();
            state.ended.clone().filter(|ended| state.log.end() > ended.position.output)
        };
        if let Some(ended) = late {
            self.keep_end(&ended).await;
        }
    }
}
