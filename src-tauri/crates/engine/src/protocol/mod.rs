//! Protocol: every message of the websocket, both directions, as plain data.
//!
//! The reference for readers is PROTOCOL.md beside the crate. Nothing here does I/O.

mod authentication;
mod binary;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod bindings;
mod breakpoint;
mod client;
mod command;
mod complete;
mod envelope;
mod error;
mod feature;
mod files;
mod history;
mod images;
mod notes;
mod notifications;
mod pipes;
mod preferences;
mod processes;
mod request;
mod resume;
mod screen;
mod server;
mod update;
mod uploads;
mod watch;

pub use authentication::{Authenticate, AuthenticationAnswer, ClientDescription, LimitsAnswer};
pub use binary::{BINARY_HEADER, BinaryError, BinaryHeader, BinaryKind};
pub use breakpoint::{BreakpointAction, BreakpointMode, BreakpointOptions, BreakpointRequest};
pub use client::{ClientMessage, ClientUpdate};
pub use command::{
    BreakpointAnswer, CommandAnswer, CommandSummary, Format, PipeDescription, RunCommand, Size, StdinFrom,
    Streams,
};
pub use complete::{CompleteAnswer, CompleteRequest, Completion, CompletionKind, CompletionSource};
pub use envelope::{Envelope, Rejection};
pub use error::{Code, ProtocolError};
pub use feature::Feature;
pub(crate) use feature::Granted;
pub use files::{
    DownloadTicket, FileDescription, FileEntry, FileKind, FilePath, FilePlace, FileRange, FileThumbnail,
    FilesAnswer, FilesRequest, FolderPage, LinkTarget, ListFolder, ReadFile, ThumbnailOf,
};
pub use history::{
    ForgetAnswer, ForgetRequest, HistoryAnswer, HistoryEntry, HistoryRequest, ImportAnswer, ImportRequest,
};
pub use images::{PrintedImage, PrintedOf};
pub use notes::{
    DeleteNoteRequest, Note, NoteChange, NoteDeleted, NotePlace, NotesAnswer, NotesRequest, SetNoteRequest,
};
pub use notifications::{
    Notification, NotificationEvent, NotificationKind, NotificationsAnswer, NotificationsRequest, SessionEnd,
};
pub use pipes::{PipesAnswer, PipesRequest};
pub use preferences::{
    Preferences, PreferencesAnswer, PreferencesChange, PreferencesRequest, SetPreferencesRequest, Theme,
};
pub use processes::{
    KillAnswer, KillRequest, ProcessDescription, ProcessState, ProcessesAnswer, ProcessesRequest,
};
pub use request::{Answer, Request};
pub use resume::{Ack, Cursor, StreamAnswer};
pub use screen::{ScreenCursor, ScreenLine, ScreenUpdate};
pub use server::{ErrorAnswer, Missed, Outcome, ServerMessage, Status, UpdateAnswer};
pub use update::{BreakpointOutput, Chunk, ChunkStream, Output, StageCount, StreamOrder, Update};
pub use uploads::{
    AbortUpload, BeginUpload, FinishUpload, PartTaken, UploadAborted, UploadBegun, UploadPart,
};
pub use watch::{EntryChange, FolderChange, UnwatchAnswer, UnwatchRequest, WatchAnswer, WatchRequest};
