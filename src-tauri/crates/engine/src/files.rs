//! Files: the user's files, with the user's own rights.

mod downloads;
mod entry;
mod error;
mod leftovers;
mod linking;
mod listing;
mod parts;
mod path;
mod reading;
mod tickets;
mod upload;
mod uploads;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tokio::sync::Semaphore;
use tokio::time::timeout_at;

use crate::limits::Limits;
use crate::protocol::{FileDescription, FilePath, FileRange, FolderPage, ListFolder, ReadFile};
pub(crate) use error::FileError;
use leftovers::Leftovers;
pub(crate) use path::told;
pub(crate) use reading::open;
pub(crate) use tickets::Ticket;
use tickets::Tickets;
use uploads::Uploads;

/// The work with files of all connections: off the threads that serve sockets, and not more of it at once than may be.
pub(crate) struct Files {
    home: Arc<Path>,
    limits: Arc<Limits>,
    places: Arc<Semaphore>,
    /// Places for looks that a person waits for with a key held down; uploads do not take them.
    looks: Arc<Semaphore>,
    uploads: Uploads,
    tickets: Tickets,
}

impl Files {
    /// For the user whose home that is. What uploads of an engine before this one have left is removed, by the notes in
    /// `notes`.
    pub(crate) fn new(home: &Path, notes: PathBuf, limits: &Arc<Limits>) -> Self {
        let places = Arc::new(Semaphore::new(limits.file_work));
        let uploads = Uploads::new(Leftovers::new(notes), limits);
        let leftovers = uploads.leftovers();
        tokio::task::spawn_blocking(move || leftovers.remove());
        Self {
            home: home.into(),
            limits: Arc::clone(limits),
            places,
            looks: Arc::new(Semaphore::new(limits.file_looks)),
            uploads,
            tickets: Tickets::new(limits.download_ticket),
        }
    }

    /// The absolute path that a client means which is in `folder`.
    ///
    /// # Errors
    /// It has a NUL, or is no base64.
    pub(crate) fn resolve(&self, path: &FilePath, folder: &Path) -> Result<PathBuf, FileError> {
        path::resolve(path, folder, &self.home)
    }

    /// A page of what a folder holds.
    ///
    /// # Errors
    /// It is no folder, cannot be read, or takes too long.
    pub(crate) async fn list(&self, folder: PathBuf, ask: &ListFolder) -> Result<FolderPage, FileError> {
        let most = self.limits.folder_page;
        let page = listing::Page {
            hidden: ask.hidden.unwrap_or_default(),
            after: ask.after.as_ref().map(path::bytes).transpose()?.map(path::name),
            limit: ask.limit.unwrap_or(most).clamp(1, most),
        };
        self.work(move |deadline| listing::list(&folder, &page, deadline)).await
    }

    /// What is at a path; a link itself.
    ///
    /// # Errors
    /// Nothing is there, it cannot be reached, or that takes too long.
    pub(crate) async fn stat(&self, path: PathBuf) -> Result<FileDescription, FileError> {
        self.work(move |_| {
            let name = path.file_name().unwrap_or(path.as_os_str());
            let entry = entry::describe(&path, name)?;
            Ok(FileDescription { path: path::told(path.as_os_str()), entry })
        })
        .await
    }

    /// The folder at a path, with no symbolic link in its name.
    ///
    /// # Errors
    /// Nothing is there, or it cannot be reached.
    pub(crate) fn real(path: &Path) -> Result<PathBuf, FileError> {
        path.canonicalize().map_err(|error| FileError::of(path, error))
    }

    /// A range of a regular file: what to tell of it, and its bytes.
    ///
    /// # Errors
    /// It is no regular file, cannot be read, or takes too long.
    pub(crate) async fn read(
        &self,
        path: PathBuf,
        ask: &ReadFile,
    ) -> Result<(FileRange, Vec<u8>), FileError> {
        let most = self.limits.file_range;
        let length = ask.length.and_then(|length| usize::try_from(length).ok()).unwrap_or(most).min(most);
        let offset = ask.offset.unwrap_or_default();
        self.work(move |_| {
            let (file, metadata) = reading::open(&path)?;
            // The kernel takes no place beyond 2^63.
            let length = if offset < metadata.len() { length } else { 0 };
            let bytes =
                reading::read_at(&file, offset, length).map_err(|error| FileError::of(&path, error))?;
            let range = FileRange {
                path: path::told(path.as_os_str()),
                offset,
                length: bytes.len() as u64,
                data: None,
                end: offset.saturating_add(bytes.len() as u64) >= metadata.len(),
                size: metadata.len(),
                modified: entry::modified(&metadata),
            };
            Ok((range, bytes))
        })
        .await
    }

    /// Does something with files in a thread that may wait. Where it outlasts the patience it keeps its place until it
    /// comes back, so that a file system which is away takes no more threads than there are places.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(Instant) -> Result<T, FileError> + Send + 'static,
    ) -> Result<T, FileError> {
        self.work_for(self.limits.file_patience, work).await
    }

    /// Looks at files for somebody who does not wait for long; other work is not in the way.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        patience: Duration,
        look: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let place = Arc::clone(&self.looks).acquire_owned();
        let looked = async {
            let place = place.await.ok()?;
            let looking = tokio::task::spawn_blocking(move || {
                let _place = place;
                look()
            });
            looking.await.ok()
        };
        tokio::time::timeout(patience, looked).await.ok().flatten()
    }

    async fn work_for<T: Send + 'static>(
        &self,
        patience: Duration,
        work: impl FnOnce(Instant) -> Result<T, FileError> + Send + 'static,
    ) -> Result<T, FileError> {
        let deadline = Instant::now() + patience;
        let places = Arc::clone(&self.places);
        let worked = async move {
            let place = places.acquire_owned().await.map_err(|_| FileError::TooSlow)?;
            let working = tokio::task::spawn_blocking(move || {
                let _place = place;
                work(deadline)
            });
            working.await.map_err(|_| FileError::TooSlow)?
        };
        timeout_at(deadline.into(), worked).await.map_err(|_| FileError::TooSlow)?
    }
}

/// The bytes that a text of a message stands for.
///
/// # Errors
/// It is no base64.
pub(crate) fn bytes_of(data: &str) -> Result<Vec<u8>, FileError> {
    BASE64_STANDARD.decode(data).map_err(|_| FileError::NoBase64)
}

/// Bytes as text of a message.
pub(crate) fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}
