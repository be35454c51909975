//! Uploads: those of all sessions by number, bounded in number, size and patience.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::leftovers::Leftovers;
use super::upload::Upload;
use super::{FileError, Files, path};
use crate::limits::Limits;
use crate::protocol::{BeginUpload, FileDescription, FinishUpload, PartTaken, UploadBegun};

/// The uploads of all sessions.
pub(super) struct Uploads {
    leftovers: Arc<Leftovers>,
    places: Arc<Semaphore>,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    last: u64,
    uploads: HashMap<u64, Numbered>,
}

struct Numbered {
    session: u64,
    /// None while it begins.
    upload: Option<Arc<Upload>>,
    _place: OwnedSemaphorePermit,
}

/// The number of an upload that begins, given back unless it has begun.
struct Reserved<'a> {
    uploads: &'a Uploads,
    number: u64,
    begun: bool,
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        if !self.begun {
            self.uploads.forget(self.number);
        }
    }
}

impl Uploads {
    /// None yet.
    pub(super) fn new(leftovers: Leftovers, limits: &Limits) -> Self {
        let places = Arc::new(Semaphore::new(limits.uploads));
        Self { leftovers: Arc::new(leftovers), places, open: Mutex::default() }
    }

    /// What uploads of an engine that died have left.
    pub(super) fn leftovers(&self) -> Arc<Leftovers> {
        Arc::clone(&self.leftovers)
    }

    fn reserve(&self, session: u64, limit: usize) -> Result<Reserved<'_>, FileError> {
        let mut open = self.lock();
        // One whose end took longer than its client waited is over without anybody saying so.
        let is_over = |numbered: &Numbered| numbered.upload.as_ref().is_some_and(|upload| upload.is_over());
        open.uploads.retain(|_, numbered| !is_over(numbered));
        let own = open.uploads.values().filter(|numbered| numbered.session == session).count();
        if own >= limit {
            return Err(FileError::TooManyUploads(limit));
        }
        let all = || FileError::TooManyUploads(own);
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| all())?;
        open.last += 1;
        let number = open.last;
        open.uploads.insert(number, Numbered { session, upload: None, _place: place });
        Ok(Reserved { uploads: self, number, begun: false })
    }

    fn get(&self, session: u64, number: u64) -> Result<Arc<Upload>, FileError> {
        let open = self.lock();
        let numbered = open.uploads.get(&number).filter(|numbered| numbered.session == session);
        numbered.and_then(|numbered| numbered.upload.clone()).ok_or(FileError::NoUpload)
    }

    fn forget(&self, number: u64) {
        self.lock().uploads.remove(&number);
    }

    /// Takes those of which nothing has come since `oldest`.
    fn take_idle(&self, oldest: Instant) -> Vec<Numbered> {
        let idle = |upload: &Upload| upload.last().is_some_and(|last| last < oldest);
        let mut open = self.lock();
        let taken = open.uploads.extract_if(|_, numbered| numbered.upload.as_deref().is_some_and(idle));
        taken.map(|(_, numbered)| numbered).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Files {
    /// Begins an upload.
    ///
    /// # Errors
    /// It is too large, too many are on their way, the name is taken, the folder may not be written to, or the disk is
    /// too full.
    pub(crate) async fn begin_upload(
        &self,
        session: u64,
        path: PathBuf,
        ask: &BeginUpload,
    ) -> Result<UploadBegun, FileError> {
        let (size, overwrite) = (ask.size, ask.overwrite.unwrap_or_default());
        if size > self.limits.upload_size {
            return Err(FileError::TooLarge(self.limits.upload_size));
        }
        let mut reserved = self.uploads.reserve(session, self.limits.uploads_a_session)?;
        let leftovers = self.uploads.leftovers();
        let upload = self.work(move |_| Upload::begin(path, size, overwrite, &leftovers)).await?;
        let path = path::told(upload.path().as_os_str());
        if let Some(numbered) = self.uploads.lock().uploads.get_mut(&reserved.number) {
            numbered.upload = Some(Arc::new(upload));
        }
        reserved.begun = true;
        Ok(UploadBegun { upload: reserved.number, path })
    }

    /// Takes a part of an upload.
    ///
    /// # Errors
    /// There is no such upload, the part lies beyond its end, there are too many gaps, or the disk is full.
    pub(crate) async fn take_part(
        &self,
        session: u64,
        number: u64,
        offset: u64,
        bytes: impl AsRef<[u8]> + Send + 'static,
    ) -> Result<PartTaken, FileError> {
        let upload = self.uploads.get(session, number)?;
        let received = self.work(move |_| upload.write(offset, bytes.as_ref())).await?;
        Ok(PartTaken { upload: number, offset, received })
    }

    /// Gives an upload that is whole its name.
    ///
    /// # Errors
    /// There is no such upload, something is missing, the name is taken, or the system fails.
    pub(crate) async fn finish_upload(
        &self,
        session: u64,
        ask: &FinishUpload,
    ) -> Result<FileDescription, FileError> {
        let upload = self.uploads.get(session, ask.upload)?;
        let (path, overwrite) = (upload.path().to_owned(), ask.overwrite);
        let leftovers = self.uploads.leftovers();
        self.work_for(self.limits.upload_end, move |_| upload.finish(overwrite, &leftovers)).await?;
        self.uploads.forget(ask.upload);
        self.stat(path).await
    }

    /// Drops what has come of an upload.
    ///
    /// # Errors
    /// There is no such upload.
    pub(crate) async fn abort_upload(&self, session: u64, number: u64) -> Result<(), FileError> {
        let upload = self.uploads.get(session, number)?;
        self.uploads.forget(number);
        self.work(move |_| {
            upload.abort();
            Ok(())
        })
        .await
    }

    /// Drops the uploads that nobody goes on with.
    pub(crate) async fn drop_idle_uploads(&self) {
        let oldest = Instant::now().checked_sub(self.limits.upload_idle);
        let idle = oldest.map(|oldest| self.uploads.take_idle(oldest)).unwrap_or_default();
        let drop_them = move |_| {
            drop(idle);
            Ok(())
        };
        // A file system that is away lets go of them later.
        let _ = self.work(drop_them).await;
    }
}
