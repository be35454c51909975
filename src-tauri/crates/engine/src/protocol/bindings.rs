//! The protocol in the words of others: TypeScript types for the page, a JSON Schema for everybody.
//!
//! Both files are in the repository; these tests fail where they say something else than the Rust types.
//! `UPDATE_EXPECTED=1` writes them anew.

use std::path::Path;
use std::{env, fs};

use schemars::generate::SchemaSettings;
use ts_rs::{Config, TS};

use super::*;

/// Compares with the file in the repository, or writes it.
fn check(file: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if env::var_os("UPDATE_EXPECTED").is_some() {
        fs::write(&path, made).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == made, "{file} is not what the types say; run the tests with UPDATE_EXPECTED=1");
}

#[test]
fn the_typescript_types_are_those_of_the_engine() {
    let config = Config::default().with_large_int("number");
    let mut made = String::from(
        "// The protocol's messages as the engine defines them. Generated from Rust by ts-rs; not edited by hand.\n",
    );
    macro_rules! declare {
        ($($name:ty),* $(,)?) => {
            $(made.push_str(&format!("\nexport {}\n", <$name as TS>::decl(&config)));)*
        };
    }
    declare!(
        Feature,
        Authenticate,
        ClientDescription,
        Cursor,
        RunCommand,
        BreakpointRequest,
        BreakpointOptions,
        BreakpointMode,
        Format,
        Streams,
        Size,
        StdinFrom,
        ClientUpdate,
        Ack,
        BreakpointAction,
        Request<ts_rs::Dummy>,
        PipesRequest,
        CompleteRequest,
        HistoryRequest,
        ImportRequest,
        ProcessesRequest,
        KillRequest,
        FilesRequest,
        FilePlace,
        FilePath,
        ListFolder,
        PrintedOf,
        ReadFile,
        ThumbnailOf,
        BeginUpload,
        UploadPart,
        FinishUpload,
        AbortUpload,
        ForgetRequest,
        NotesRequest,
        SetNoteRequest,
        DeleteNoteRequest,
        NotePlace,
        NotificationsRequest,
        NotificationKind,
        WatchRequest,
        UnwatchRequest,
        PreferencesRequest,
        SetPreferencesRequest,
        Preferences,
        Theme,
        ServerMessage,
        Answer<ts_rs::Dummy>,
        PipesAnswer,
        CompleteAnswer,
        Completion,
        CompletionKind,
        CompletionSource,
        HistoryAnswer,
        HistoryEntry,
        ImportAnswer,
        ProcessesAnswer,
        ProcessDescription,
        ProcessState,
        KillAnswer,
        FilesAnswer,
        FolderPage,
        FileDescription,
        FileEntry,
        LinkTarget,
        FileKind,
        FileRange,
        FileThumbnail,
        PrintedImage,
        DownloadTicket,
        UploadBegun,
        PartTaken,
        UploadAborted,
        ForgetAnswer,
        NotesAnswer,
        Note,
        NoteDeleted,
        NoteChange,
        NotificationsAnswer,
        Notification,
        NotificationEvent,
        SessionEnd,
        WatchAnswer,
        UnwatchAnswer,
        FolderChange,
        EntryChange,
        PreferencesAnswer,
        PreferencesChange,
        Missed,
        Outcome,
        AuthenticationAnswer,
        LimitsAnswer,
        StreamAnswer,
        CommandSummary,
        CommandAnswer,
        BreakpointAnswer,
        PipeDescription,
        Status,
        UpdateAnswer,
        Update,
        StageCount,
        StreamOrder,
        Output,
        BreakpointOutput,
        Chunk,
        ChunkStream,
        ScreenUpdate,
        ScreenLine,
        ScreenCursor,
        ErrorAnswer,
        Code,
    );
    check("../../../ui/src/protocol/generated.ts", &made);
}

#[test]
fn the_json_schema_is_that_of_the_engine() {
    let schema = |title: &str, schema: schemars::Schema| {
        let mut schema = schema;
        schema.insert("title".to_owned(), title.into());
        schema.to_value()
    };
    let generate = || SchemaSettings::draft2020_12().into_generator();
    let all = serde_json::json!({
        "client": schema("A message from the client", generate().into_root_schema_for::<ClientMessage>()),
        "server": schema("A message from the server", generate().into_root_schema_for::<ServerMessage>()),
    });
    check("protocol.schema.json", &(serde_json::to_string_pretty(&all).unwrap() + "\n"));
}
