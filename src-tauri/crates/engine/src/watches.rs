//! Watches: folders whose changes clients are told of, a few at a time.

mod pending;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use notify::{ErrorKind, Event, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;

use crate::files::{FileError, told};
use crate::limits::Limits;
use crate::notifications::{Inbox, Presence};
use crate::protocol::{Code, NotificationEvent, ProtocolError, UnwatchAnswer, WatchAnswer};
use pending::Pending;

/// The watches of all clients.
pub(crate) struct Watches(Arc<Shared>);

struct Shared {
    limits: Arc<Limits>,
    /// Made with the first watch. One at a time changes what it watches.
    watcher: Mutex<Option<RecommendedWatcher>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    last: u64,
    watches: HashMap<u64, Arc<Watch>>,
}

struct Watch {
    number: u64,
    session: u64,
    folder: PathBuf,
    client: Presence,
    pending: Mutex<Pending>,
    news: Notify,
}

impl Watches {
    pub(crate) fn new(limits: Arc<Limits>) -> Self {
        Self(Arc::new(Shared { limits, watcher: Mutex::default(), state: Mutex::default() }))
    }

    /// Tells a client of a session what changes in a folder from now on, until it is gone, or ends the watch.
    /// The folder has no symbolic link in it. To be called where a thread may wait.
    ///
    /// # Errors
    /// It is no folder, may not be read, or there are as many watches as may be.
    pub(crate) fn begin(
        &self,
        folder: PathBuf,
        session: u64,
        inbox: &Inbox,
    ) -> Result<WatchAnswer, ProtocolError> {
        // Watching needs no more than a look at the folder where the system has no events of its own.
        std::fs::read_dir(&folder).map_err(|error| FileError::of(&folder, error))?;
        let (number, watch) = self.0.add(folder.clone(), session, inbox.presence())?;
        let path = told(folder.as_os_str());
        if let Err(error) = self.0.start(&folder) {
            self.0.end(number);
            return Err(self.refusal(&folder, error));
        }
        tokio::spawn(tell(Arc::downgrade(&self.0), watch));
        Ok(WatchAnswer { watch: number, path })
    }

    /// Ends a watch of a client. To be called where a thread may wait.
    ///
    /// # Errors
    /// The client has no such watch.
    pub(crate) fn end(&self, number: u64, inbox: &Inbox) -> Result<UnwatchAnswer, ProtocolError> {
        let own = self.0.state().watches.get(&number).is_some_and(|watch| watch.client.is(inbox));
        if own {
            self.0.end(number);
            return Ok(UnwatchAnswer { watch: number });
        }
        let message = format!("You have no watch {number}: it has ended, or is another client's.");
        Err(ProtocolError::new(Code::NoSuchWatch, message))
    }

    fn refusal(&self, folder: &Path, error: notify::Error) -> ProtocolError {
        match error.kind {
            ErrorKind::Io(error) => FileError::of(folder, error).into(),
            ErrorKind::PathNotFound => FileError::Missing(folder.to_owned()).into(),
            ErrorKind::MaxFilesWatch => ProtocolError::new(
                Code::TooMany,
                "The system watches as many folders as it may; end some watches first, or raise its limit.",
            ),
            _ => ProtocolError::new(Code::FileFailed, format!("The folder cannot be watched: {error}.")),
        }
    }
}

impl Shared {
    fn add(
        &self,
        folder: PathBuf,
        session: u64,
        client: Presence,
    ) -> Result<(u64, Arc<Watch>), ProtocolError> {
        let mut state = self.state();
        let own = state.watches.values().filter(|watch| watch.client == client).count();
        let (most, of_all) = (self.limits.watches_a_client, self.limits.watches);
        if own >= most || state.watches.len() >= of_all {
            let message = format!(
                "A client watches at most {most} folders, and all together {of_all}; end a watch first."
            );
            return Err(ProtocolError::new(Code::TooMany, message));
        }
        state.last += 1;
        let number = state.last;
        let pending = Mutex::new(Pending::new(self.limits.watch_names));
        let watch = Arc::new(Watch { number, session, folder, client, pending, news: Notify::new() });
        state.watches.insert(number, Arc::clone(&watch));
        Ok((number, watch))
    }

    /// Has the system tell of a folder, also where it does so already.
    fn start(self: &Arc<Self>, folder: &Path) -> notify::Result<()> {
        let mut watcher = lock(&self.watcher);
        if watcher.is_none() {
            let shared = Arc::downgrade(self);
            *watcher = Some(notify::recommended_watcher(move |event| {
                if let Some(shared) = shared.upgrade() {
                    shared.take(event);
                }
            })?);
        }
        watcher.as_mut().map_or(Ok(()), |watcher| watcher.watch(folder, RecursiveMode::NonRecursive))
    }

    fn end(&self, number: u64) {
        // Held from the look to the change, so that a watch that begins meanwhile is not left without events.
        let mut watcher = lock(&self.watcher);
        let mut state = self.state();
        let Some(ended) = state.watches.remove(&number) else { return };
        ended.news.notify_one();
        let is_last = !state.watches.values().any(|watch| watch.folder == ended.folder);
        drop(state);
        if let Some(watcher) = watcher.as_mut().filter(|_| is_last) {
            // A folder that is gone is not watched any more.
            let _ = watcher.unwatch(&ended.folder);
        }
    }

    fn take(&self, event: notify::Result<Event>) {
        let state = self.state();
        for watch in state.watches.values() {
            let mut pending = lock(&watch.pending);
            let is_news = match &event {
                Ok(event) => pending.take(event, &watch.folder),
                Err(_) => pending.overflow(),
            };
            if is_news {
                watch.news.notify_one();
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// Tells a client of a watch's changes, those of a short while together, until either is gone.
async fn tell(shared: Weak<Shared>, watch: Arc<Watch>) {
    let mut client = watch.client.clone();
    loop {
        tokio::select! {
            () = watch.news.notified() => {}
            () = client.gone() => break,
        }
        let Some(pause) = shared.upgrade().map(|shared| shared.limits.watch_pause) else { return };
        tokio::time::sleep(pause).await;
        let is_over =
            shared.upgrade().is_none_or(|shared| !shared.state().watches.contains_key(&watch.number));
        if is_over {
            return;
        }
        let told = lock(&watch.pending).tell();
        let Some(news) = told else { continue };
        let gone = news.gone;
        client.notify(NotificationEvent::FolderChanged {
            session: watch.session,
            watch: watch.number,
            path: told_path(&watch.folder),
            changes: news.changes,
            more: news.more,
            gone,
        });
        if gone {
            break;
        }
    }
    if let Some(shared) = shared.upgrade() {
        let number = watch.number;
        let _ = tokio::task::spawn_blocking(move || shared.end(number)).await;
    }
}

fn told_path(folder: &Path) -> crate::protocol::FilePath {
    told(folder.as_os_str())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
