//! Files: what a client may ask about the user's files, and the answers.

use super::{
    AbortUpload, BeginUpload, FinishUpload, PartTaken, PrintedImage, PrintedOf, UploadAborted, UploadBegun,
    UploadPart,
};
use serde::{Deserialize, Serialize};

/// The payload of `files`: one thing to be done with a file or a folder.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum FilesRequest {
    /// What a folder holds, page by page.
    List(ListFolder),
    /// What one file or folder is.
    Stat(FilePlace),
    /// A range of a regular file's bytes.
    Read(ReadFile),
    /// A small picture of an image file.
    Thumbnail(ThumbnailOf),
    /// An image that a command printed.
    Image(PrintedOf),
    /// An address where a regular file can be fetched.
    Download(FilePlace),
    /// Begins an upload.
    Upload(BeginUpload),
    /// Bytes of an upload. Under `binary` they may come in a frame of kind 17 instead.
    Part(UploadPart),
    /// Gives an upload that is whole its name.
    Finish(FinishUpload),
    /// Drops what has come of an upload.
    Abort(AbortUpload),
}

/// Asks for a picture of a PNG, JPEG, GIF or WebP file; the first frame of a moving one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct ThumbnailOf {
    /// The file.
    #[serde(flatten)]
    pub place: FilePlace,
    /// The most pixels of its longer side; 480 where it is left out, 1,600 at the most.
    pub side: Option<u32>,
}

/// Names a file or a folder.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct FilePlace {
    /// Absolute, under the home as `~` or `~/...`, or relative to the session's directory.
    pub path: FilePath,
    /// A command of the session: the path is relative to the directory in which that one started.
    pub server_id: Option<u64>,
}

/// A path or a name: as text, or by its bytes where these are not UTF-8.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(untagged)]
pub enum FilePath {
    /// As text.
    Text(String),
    /// By its bytes.
    Bytes {
        /// The bytes in base64, with padding.
        base64: String,
    },
}

/// Asks for a page of a folder's entries, in the order of their names' bytes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct ListFolder {
    /// The folder.
    #[serde(flatten)]
    pub place: FilePlace,
    /// Whether names that begin with a dot are told, too.
    pub hidden: Option<bool>,
    /// Begin after this name: the `next` of the page before.
    pub after: Option<FilePath>,
    /// The most entries to tell; the server's own limit where it is left out or larger.
    pub limit: Option<usize>,
}

/// Asks for a range of a file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct ReadFile {
    /// The file.
    #[serde(flatten)]
    pub place: FilePlace,
    /// The first byte, from 0.
    pub offset: Option<u64>,
    /// The most bytes to read; the server's own limit where it is left out or larger.
    pub length: Option<u64>,
}

/// The answer to a `files` request, of the request's own `type`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum FilesAnswer {
    /// A page of entries.
    List(FolderPage),
    /// What the file is.
    Stat(FileDescription),
    /// Bytes of it.
    Read(FileRange),
    /// A picture of it.
    Thumbnail(FileThumbnail),
    /// The image, or a picture of it.
    Image(PrintedImage),
    /// The file can be fetched.
    Download(DownloadTicket),
    /// The upload has begun.
    Upload(UploadBegun),
    /// The bytes are taken.
    Part(PartTaken),
    /// The file is there.
    Finish(FileDescription),
    /// Nothing of the upload is left.
    Abort(UploadAborted),
}

/// A picture of an image file, drawn anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct FileThumbnail {
    /// The file's absolute path.
    pub path: FilePath,
    /// The image's own width in pixels, as it is to be looked at.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
    /// The file's size in bytes.
    pub size: u64,
    /// `PNG`, `JPEG`, `GIF` or `WebP`: what the file is, whatever its name says.
    pub format: String,
    /// `image/png` or `image/jpeg`: what the picture is.
    pub media_type: String,
    /// The picture in base64, with padding. Absent under `binary`: there it comes in a frame before this answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub data: Option<String>,
}

/// Where a file can be fetched with GET, by whoever knows the address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DownloadTicket {
    /// The file's absolute path.
    pub path: FilePath,
    /// The path of the address, under `https://` and the host and port of the websocket.
    pub url: String,
    /// For how long a download can begin.
    pub seconds: u64,
    /// The file's size in bytes.
    pub size: u64,
}

/// A page of a folder's entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct FolderPage {
    /// The folder's absolute path.
    pub path: FilePath,
    /// The entries, in the order of their names' bytes.
    pub entries: Vec<FileEntry>,
    /// Where the next page begins after; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub next: Option<FilePath>,
}

/// One file or folder by its path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct FileDescription {
    /// Its absolute path.
    pub path: FilePath,
    /// What it is.
    pub entry: FileEntry,
}

/// An entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct FileEntry {
    /// Its name; what is not UTF-8 in it as U+FFFD.
    pub name: String,
    /// The name's bytes in base64, where they are not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub base64: Option<String>,
    /// What kind of thing it is.
    pub kind: FileKind,
    /// Its size in bytes.
    pub size: u64,
    /// When its content last changed: RFC 3339, UTC, milliseconds. "" where that cannot be read.
    pub modified: String,
    /// Its permission bits, 0 to 0o7777.
    pub mode: u32,
    /// Of a symbolic link: where it leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub link: Option<LinkTarget>,
}

/// Where a symbolic link leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LinkTarget {
    /// The link's own text.
    pub to: FilePath,
    /// What is there in the end; absent where nothing is, or it cannot be reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub kind: Option<FileKind>,
    /// Its size in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub size: Option<u64>,
}

/// Kinds of what has a name in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum FileKind {
    /// A regular file.
    File,
    /// A folder.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
    /// A device.
    Device,
    /// Something that cannot be looked at; size and mode are 0.
    Unknown,
}

/// Bytes of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct FileRange {
    /// The file's absolute path.
    pub path: FilePath,
    /// Where the bytes begin in it.
    pub offset: u64,
    /// How many bytes there are.
    pub length: u64,
    /// The bytes in base64, with padding. Absent under `binary`: there they come in a frame before this answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub data: Option<String>,
    /// Whether the file ended with them.
    pub end: bool,
    /// The file's size in bytes, when it was read.
    pub size: u64,
    /// When its content last changed: RFC 3339, UTC, milliseconds. Ranges with different ones are of different contents.
    pub modified: String,
}
