//! Downloads: files that are fetched whole by whoever has a ticket for them.

use std::fs::{File, Metadata};
use std::path::PathBuf;
use std::sync::Arc;

use super::tickets::Ticket;
use super::{FileError, Files, path, reading};
use crate::protocol::DownloadTicket;

impl Files {
    /// Where a regular file can be fetched for a while, by whoever knows the address.
    ///
    /// # Errors
    /// It is no regular file, cannot be read, or takes too long.
    pub(crate) async fn download(&self, session: u64, path: PathBuf) -> Result<DownloadTicket, FileError> {
        let (ticket, metadata) = self.work(move |_| Ticket::of(session, &path)).await?;
        Ok(DownloadTicket {
            path: path::told(ticket.path.as_os_str()),
            url: format!("{DOWNLOADS}{}", self.tickets.sign(&ticket)?),
            seconds: self.limits.download_ticket.as_secs(),
            size: metadata.len(),
        })
    }

    /// The ticket in a path of a URL, unless it was made up or is over. None of the inner where it is no such path.
    pub(crate) fn ticket(&self, path: &str) -> Option<Option<Ticket>> {
        path.strip_prefix(DOWNLOADS).map(|text| self.tickets.check(text))
    }

    /// Opens a ticket's file.
    ///
    /// # Errors
    /// It is not the file any more that the ticket is for, cannot be read, or takes too long.
    pub(crate) async fn open(&self, ticket: Ticket) -> Result<(Arc<File>, Metadata), FileError> {
        let (file, metadata) = self.work(move |_| ticket.open()).await?;
        Ok((Arc::new(file), metadata))
    }

    /// The next bytes of a file that is sent; none at its end.
    ///
    /// # Errors
    /// The system fails, or takes too long.
    pub(crate) async fn next_bytes(
        &self,
        file: &Arc<File>,
        offset: u64,
        length: usize,
    ) -> Result<Vec<u8>, FileError> {
        let file = Arc::clone(file);
        self.work(move |_| {
            reading::read_at(&file, offset, length).map_err(|error| FileError::of("".as_ref(), error))
        })
        .await
    }
}

/// What the path of every download begins with.
const DOWNLOADS: &str = "/download/";
