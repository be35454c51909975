//! Protocol errors: a code for programs and a sentence for people.

use serde::Serialize;

/// What went wrong, for programs. Codes are never reused for another meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// The frame is not JSON.
    BadJson,
    /// A field is missing or has the wrong type.
    BadMessage,
    /// No message has that type.
    UnknownType,
    /// Something other than `authentication` came first.
    NotAuthenticated,
    /// The token is not this server's.
    WrongToken,
    /// The session token is unknown, ended, or another connection's.
    WrongSession,
    /// The stream has not come as far as the cursor, or has no message that ends there.
    BadCursor,
    /// The client came back on another connection, which has its stream now.
    Superseded,
    /// The client did not acknowledge what it was sent.
    Unacknowledged,
    /// `authentication` came twice on one connection.
    AlreadyAuthenticated,
    /// The feature that the message needs was not granted.
    FeatureMissing,
    /// The command's text cannot be run: empty, too long, or with a NUL.
    BadCommand,
    /// The cursor is outside the line, or within a character; or the line has a NUL.
    BadLine,
    /// A breakpoint names a pipe that the command does not have.
    NoSuchPipe,
    /// More breakpoints than a command may have.
    TooManyBreakpoints,
    /// A breakpoint's options are out of range, or one pipe has two.
    BadBreakpoint,
    /// The pipe is not tapped, or that run of it is over.
    NotTapped,
    /// No breakpoint captured what `stdinFrom` names.
    NoCapture,
    /// What `stdinFrom` names was not kept whole.
    CaptureCut,
    /// The client id was used for another text in this session.
    ClientIdReused,
    /// The session, or the server, runs as many commands as it may.
    TooManyCommands,
    /// The server keeps as many sessions as it may.
    TooManySessions,
    /// The system gave no random numbers, which names that nobody can guess are made of.
    NoRandomness,
    /// The shell could not be started.
    ShellFailed,
    /// The session has no command of that server id.
    UnknownCommand,
    /// The command has ended and takes nothing any more.
    CommandEnded,
    /// No signal has that number.
    BadSignal,
    /// The session has no process of that id.
    NoSuchProcess,
    /// The terminal size is out of range.
    BadSize,
    /// The program does not read its input and the queue for it is full.
    InputFull,
    /// Something is larger than the server takes.
    TooLarge,
    /// The server keeps as many of these as it may.
    TooMany,
    /// The client has no such watch.
    NoSuchWatch,
    /// A preference is of another type, or there is none of that name.
    BadPreference,
    /// There is no history file that can be read.
    NoHistory,
    /// What the server keeps can be neither read nor written.
    StoreFailed,
    /// No file or folder has that path.
    NoSuchFile,
    /// The system does not let the user do that with the file.
    NotPermitted,
    /// It is no regular file, or no folder, where one is needed.
    WrongKind,
    /// The name is taken, and `overwrite` was not said.
    FileExists,
    /// The disk has no room for that.
    DiskFull,
    /// As many uploads are on their way as may be.
    TooManyUploads,
    /// The session has no such upload.
    NoSuchUpload,
    /// A part of an upload lies beyond its end, or leaves too many gaps.
    BadRange,
    /// The upload is not whole.
    UploadIncomplete,
    /// The file system took longer than a request may.
    TooSlow,
    /// The system failed with the file for another reason.
    FileFailed,
    /// The server is about to end.
    Stopping,
}

impl Code {
    /// Its name, as programs get it.
    pub(crate) fn name(self) -> String {
        let value = serde_json::to_value(self).unwrap_or_default();
        value.as_str().unwrap_or_default().to_owned()
    }
}

/// One failure, as it is told to a client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ProtocolError {
    /// The code for programs.
    pub code: Code,
    /// One sentence for a person: what, why, and what to do.
    pub message: String,
}

impl ProtocolError {
    /// An error of `code` that tells a person `message`.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// The error of what needs a name that nobody can guess, while the system gives no random numbers.
    pub(crate) fn no_randomness() -> Self {
        Self::new(
            Code::NoRandomness,
            "The system gave no random numbers, which a name that nobody can guess is made of; try again.",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_random_numbers_are_told_as_what_they_are() {
        let error = ProtocolError::no_randomness();
        assert_eq!((error.code, error.code.name().as_str()), (Code::NoRandomness, "no-randomness"));
        assert!(error.message.contains("random numbers"), "{error}");
    }
}
