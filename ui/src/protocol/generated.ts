// The protocol's messages as the engine defines them. Generated from Rust by ts-rs; not edited by hand.

export type Feature = "breakpoints" | "complete" | "details" | "files" | "format" | "chunks" | "resize" | "streams" | "binary" | "screens" | "history" | "notes" | "processes" | "notifications" | "preferences" | "resume" | "stdinFrom";

export type Authenticate = { 
/**
 * The pairing token.
 */
token?: string, 
/**
 * The session token of an earlier connection.
 */
sessionToken?: string, 
/**
 * Features that the client would like; unknown names are passed over.
 */
features?: Array<string>, 
/**
 * With the feature `resume`: where the client stands in the stream that it would like to go on with.
 */
resume?: Cursor, 
/**
 * With the feature `details`: the folder in which a session that begins is to be, an absolute path. Without it
 * that is the home folder. A session that is given back is where it was.
 */
cwd?: string, 
/**
 * What the client calls itself, for the tray.
 */
client?: ClientDescription, };

export type ClientDescription = { 
/**
 * Its name.
 */
name: string, 
/**
 * Its version.
 */
version?: string, };

export type Cursor = { 
/**
 * The stream, as an earlier authentication named it.
 */
stream: string, 
/**
 * The `seq` of the last message that the client has; 0 for none.
 */
seq: number, };

export type RunCommand = { 
/**
 * The text, as typed to the shell.
 */
command: string, 
/**
 * The client's own id. The same id with the same text runs only once.
 */
clientId?: number, 
/**
 * The pipes to tap.
 */
breakpoints?: Array<BreakpointRequest>, 
/**
 * With the feature `format`.
 */
format?: Format, 
/**
 * With the feature `streams`.
 */
streams?: Streams, 
/**
 * With the feature `resize`: the terminal's size at the start.
 */
size?: Size, 
/**
 * With the feature `stdinFrom`: feed the command with what a breakpoint captured.
 */
stdinFrom?: StdinFrom, };

export type BreakpointRequest = number | BreakpointOptions;

export type BreakpointOptions = { 
/**
 * The pipe's index.
 */
location: number, 
/**
 * Whether what flows is only shown or stops at this pipe; `watch` where it is left out.
 */
mode?: BreakpointMode, 
/**
 * Bytes to keep of the beginning of each stream of a run; 1 MiB where it is left out.
 */
head?: number, 
/**
 * Bytes to keep of the end; 1 MiB where it is left out.
 */
tail?: number, };

export type BreakpointMode = "watch" | "hold";

export type Format = "html" | "text" | "raw";

export type Streams = "split" | "exact" | "pipes";

export type Size = { 
/**
 * Columns.
 */
cols: number, 
/**
 * Rows.
 */
rows: number, };

export type StdinFrom = { 
/**
 * The command that had the breakpoint.
 */
serverId: number, 
/**
 * The pipe's index.
 */
location: number, 
/**
 * The run, from 0; the newest where it is left out.
 */
run?: number, 
/**
 * Take the beginning where not everything was kept.
 */
partial?: boolean, };

export type ClientUpdate = { "type": "stdin", 
/**
 * The command.
 */
serverId: number, 
/**
 * The client's own number for this input. Where it is given, success is answered too.
 */
clientId?: number, 
/**
 * The input since the last update.
 */
input: string, 
/**
 * With the feature `streams`: nothing follows, so that a program which reads a pipe sees its end. A terminal
 * has no such end; Ctrl-D is typed there.
 */
end?: boolean, } | { "type": "signal", 
/**
 * The command.
 */
serverId: number, 
/**
 * The signal's number, 1 to 64.
 */
signal: number, } | { "type": "resize", 
/**
 * The command.
 */
serverId: number, 
/**
 * Columns.
 */
cols: number, 
/**
 * Rows.
 */
rows: number, } | { "type": "breakpoint", 
/**
 * The command.
 */
serverId: number, 
/**
 * The client's own number for it. Where it is given, success is answered too.
 */
clientId?: number, 
/**
 * The pipe's index.
 */
location: number, 
/**
 * One run of it; every run, those to come too, where it is left out.
 */
run?: number, 
/**
 * What becomes of the flow.
 */
action: BreakpointAction, 
/**
 * With `step`: how many lines go on; 1 where it is left out.
 */
lines?: number, };

export type Ack = { 
/**
 * The `seq` of that message.
 */
seq: number, };

export type BreakpointAction = "continue" | "step" | "hold";

export type Request<T> = { 
/**
 * The client's own number for it, which the answer repeats. Answers may come in another order than requests.
 */
clientId?: number, } & T;

export type PipesRequest = { 
/**
 * The text, as it would be sent in `command`.
 */
command: string, };

export type CompleteRequest = { 
/**
 * The line, as it would be sent in `command`; at most 64 KiB.
 */
line: string, 
/**
 * Where the cursor is: bytes of the line, in UTF-8, before it.
 */
cursor: number, };

export type HistoryRequest = { 
/**
 * What the text has in it, at most 1,024 bytes. Upper and lower case differ only where it has upper case.
 */
query?: string, 
/**
 * Each word's letters need only come in this order, and the best match comes first.
 */
fuzzy?: boolean, 
/**
 * Only the newest of commands with the same text.
 */
distinct?: boolean, 
/**
 * Only commands that started in this folder.
 */
cwd?: string, 
/**
 * Only commands that ended with this code.
 */
exitCode?: number, 
/**
 * Only commands of this session.
 */
sessionOnly?: boolean, 
/**
 * Only older commands: the `before` of an earlier answer.
 */
before?: string, 
/**
 * How many; 50 where it is left out, 200 at the most.
 */
limit?: number, };

export type ImportRequest = { 
/**
 * A history file of bash, zsh or fish; the shell's own where it is left out.
 */
file?: string, };

export type ProcessesRequest = { 
/**
 * Only what this command started; everything where it is left out.
 */
serverId?: number, };

export type KillRequest = { 
/**
 * Its process id.
 */
pid: number, 
/**
 * Its `started`, so that no other process gets the signal which has its process id meanwhile.
 */
started?: number, 
/**
 * The signal's number, 1 to 64; 15 (TERM) where it is left out.
 */
signal?: number, };

export type FilesRequest = { "type": "list" } & ListFolder | { "type": "stat" } & FilePlace | { "type": "read" } & ReadFile | { "type": "thumbnail" } & ThumbnailOf | { "type": "image" } & PrintedOf | { "type": "download" } & FilePlace | { "type": "upload" } & BeginUpload | { "type": "part" } & UploadPart | { "type": "finish" } & FinishUpload | { "type": "abort" } & AbortUpload;

export type FilePlace = { 
/**
 * Absolute, under the home as `~` or `~/...`, or relative to the session's directory.
 */
path: FilePath, 
/**
 * A command of the session: the path is relative to the directory in which that one started.
 */
serverId?: number, };

export type FilePath = string | { 
/**
 * The bytes in base64, with padding.
 */
base64: string, };

export type ListFolder = { 
/**
 * Whether names that begin with a dot are told, too.
 */
hidden?: boolean, 
/**
 * Begin after this name: the `next` of the page before.
 */
after?: FilePath, 
/**
 * The most entries to tell; the server's own limit where it is left out or larger.
 */
limit?: number, 
/**
 * Absolute, under the home as `~` or `~/...`, or relative to the session's directory.
 */
path: FilePath, 
/**
 * A command of the session: the path is relative to the directory in which that one started.
 */
serverId?: number, };

export type PrintedOf = { 
/**
 * The command.
 */
serverId: number, 
/**
 * The `data-image` of the `img` in its output.
 */
image: number, 
/**
 * The most pixels of the picture's longer side; 480 where it is left out, 1,600 at the most.
 */
side?: number, 
/**
 * The first byte of the image as it was printed, from 0.
 */
offset?: number, 
/**
 * The most bytes of it; the server's own limit where it is left out or larger.
 */
length?: number, };

export type ReadFile = { 
/**
 * The first byte, from 0.
 */
offset?: number, 
/**
 * The most bytes to read; the server's own limit where it is left out or larger.
 */
length?: number, 
/**
 * Absolute, under the home as `~` or `~/...`, or relative to the session's directory.
 */
path: FilePath, 
/**
 * A command of the session: the path is relative to the directory in which that one started.
 */
serverId?: number, };

export type ThumbnailOf = { 
/**
 * The most pixels of its longer side; 480 where it is left out, 1,600 at the most.
 */
side?: number, 
/**
 * Absolute, under the home as `~` or `~/...`, or relative to the session's directory.
 */
path: FilePath, 
/**
 * A command of the session: the path is relative to the directory in which that one started.
 */
serverId?: number, };

export type BeginUpload = { 
/**
 * How many bytes it has.
 */
size: number, 
/**
 * Replace a regular file of that name, where there is one.
 */
overwrite?: boolean, 
/**
 * Absolute, under the home as `~` or `~/...`, or relative to the session's directory.
 */
path: FilePath, 
/**
 * A command of the session: the path is relative to the directory in which that one started.
 */
serverId?: number, };

export type UploadPart = { 
/**
 * The upload.
 */
upload: number, 
/**
 * Where the bytes begin in the file.
 */
offset: number, 
/**
 * The bytes in base64, with padding.
 */
data: string, };

export type FinishUpload = { 
/**
 * The upload.
 */
upload: number, 
/**
 * In place of what the upload began with.
 */
overwrite?: boolean, };

export type AbortUpload = { 
/**
 * The upload.
 */
upload: number, };

export type ForgetRequest = { 
/**
 * The numbers of commands in the history.
 */
ids?: Array<number>, 
/**
 * Commands of this session.
 */
serverIds?: Array<number>, 
/**
 * The number of a session: all of its commands.
 */
session?: number, 
/**
 * True: every command of every session, and what was taken over from the shell's history.
 */
everything?: boolean, };

export type NotesRequest = Record<symbol, never>;

export type SetNoteRequest = { 
/**
 * Its text, at most 16 KiB.
 */
text: string, 
/**
 * The command; the session itself where it is left out.
 */
serverId?: number, 
/**
 * The index of the command's pipe; the command itself where it is left out.
 */
location?: number, };

export type DeleteNoteRequest = { 
/**
 * The command; the session itself where it is left out.
 */
serverId?: number, 
/**
 * The index of the command's pipe; the command itself where it is left out.
 */
location?: number, };

export type NotePlace = { 
/**
 * The command; the session itself where it is left out.
 */
serverId?: number, 
/**
 * The index of the command's pipe; the command itself where it is left out.
 */
location?: number, };

export type NotificationsRequest = { 
/**
 * The kinds; none for silence.
 */
kinds: Array<NotificationKind>, 
/**
 * Of every session, not of this client's alone.
 */
everySession?: boolean, };

export type NotificationKind = "clientJoined" | "clientLeft" | "commandStarted" | "commandEnded" | "commandKilled" | "tokenRotated" | "sessionEnding" | "engineStopping" | "preferenceChanged" | "noteChanged" | "inputAwaited" | "commandsForgotten" | "folderChanged";

export type WatchRequest = { 
/**
 * Absolute, under the home as `~` or `~/...`, or relative to the session's directory.
 */
path: FilePath, 
/**
 * A command of the session: the path is relative to the directory in which that one started.
 */
serverId?: number, };

export type UnwatchRequest = { 
/**
 * The watch.
 */
watch: number, };

export type PreferencesRequest = Record<symbol, never>;

export type SetPreferencesRequest = { 
/**
 * By name; null puts a preference back to what it is by itself. What no preference is called is kept for clients of
 * this client's name, and null takes it away.
 */
values: Record<string, unknown>, };

export type Preferences = { 
/**
 * The colours.
 */
theme: Theme, 
/**
 * The family of the terminal's font; "" leaves that to the client.
 */
font: string, 
/**
 * The size of the terminal's font in pixels, 6 to 72.
 */
fontSize: number, 
/**
 * The form of output where a command does not say it.
 */
format: Format, 
/**
 * How streams are carried where a command does not say it.
 */
streams: Streams, 
/**
 * Whether names of files and addresses in output are links.
 */
links: boolean, 
/**
 * Whether images in output are shown.
 */
thumbnails: boolean, 
/**
 * Whether the end of a long command is shown outside the page.
 */
notifications: boolean, 
/**
 * From how many seconds on a command is a long one, 1 to 86,400.
 */
longCommand: number, 
/**
 * For how many days commands are kept, 1 to 3,650.
 */
retentionDays: number, 
/**
 * How many commands are kept, the newest ones, 1 to 1,000,000.
 */
retentionCommands: number, };

export type Theme = "system" | "light" | "dark";

export type ServerMessage = { "type": "authentication", "payload": AuthenticationAnswer } | { "type": "command", "payload": CommandAnswer } | { "type": "update", "payload": UpdateAnswer } | { "type": "ack", "payload": ErrorAnswer } | { "type": "pipes", "payload": Answer<PipesAnswer> } | { "type": "complete", "payload": Answer<CompleteAnswer> } | { "type": "history", "payload": Answer<HistoryAnswer> } | { "type": "importHistory", "payload": Answer<ImportAnswer> } | { "type": "processes", "payload": Answer<ProcessesAnswer> } | { "type": "kill", "payload": Answer<KillAnswer> } | { "type": "files", "payload": Answer<FilesAnswer> } | { "type": "forget", "payload": Answer<ForgetAnswer> } | { "type": "notes", "payload": Answer<NotesAnswer> } | { "type": "setNote", "payload": Answer<Note> } | { "type": "deleteNote", "payload": Answer<NoteDeleted> } | { "type": "notifications", "payload": Answer<NotificationsAnswer> } | { "type": "notification", "payload": Notification } | { "type": "watch", "payload": Answer<WatchAnswer> } | { "type": "unwatch", "payload": Answer<UnwatchAnswer> } | { "type": "preferences", "payload": Answer<PreferencesAnswer> } | { "type": "setPreferences", "payload": Answer<PreferencesChange> } | { "type": "preferencesChanged", "payload": PreferencesChange } | { "type": "noteChanged", "payload": NoteChange } | { "type": "missed", "payload": Missed } | { "type": "error", "payload": ErrorAnswer };

export type Answer<T> = { 
/**
 * Always `ok`.
 */
result: Outcome, 
/**
 * The number that the request had.
 */
clientId?: number, } & T | { 
/**
 * The number that the request had, if it could be read.
 */
clientId?: number, 
/**
 * Always `error`.
 */
result: Outcome, 
/**
 * The code for programs.
 */
code: Code, 
/**
 * One sentence for a person.
 */
message: string, };

export type PipesAnswer = { 
/**
 * Empty where there is none, or where the text cannot be read well enough for a breakpoint.
 */
pipes: Array<PipeDescription>, };

export type CompleteAnswer = { 
/**
 * Where what a completion replaces begins, in bytes of the line.
 */
from: number, 
/**
 * Where it ends: at the cursor.
 */
to: number, 
/**
 * The completions: in the shell's own order where that has one, else by name.
 */
completions: Array<Completion>, 
/**
 * Whether there are more than are told here.
 */
cut: boolean, 
/**
 * Who knew them.
 */
source: CompletionSource, 
/**
 * The shell was asked and did not tell in time; it may when it is asked again.
 */
late?: boolean, };

export type Completion = { 
/**
 * What replaces the range, quoted as the shell needs it.
 */
text: string, 
/**
 * What a list shows: the name alone, without quotes.
 */
display: string, 
/**
 * What it is.
 */
kind: CompletionKind, 
/**
 * The shell's own words on it.
 */
description?: string, 
/**
 * The word may go on, as that of a folder does: no blank is to follow.
 */
open?: boolean, };

export type CompletionKind = "file" | "folder" | "command" | "builtin" | "keyword" | "function" | "alias" | "variable" | "user" | "option" | "history" | "other";

export type CompletionSource = "shell" | "fallback";

export type HistoryAnswer = { 
/**
 * The number of the session that asks; 0 where none does.
 */
session: number, 
/**
 * The commands: newest first, or best first.
 */
commands: Array<HistoryEntry>, 
/**
 * Where older commands were not looked at: what to send as `before` to go on there.
 */
before?: string, };

export type HistoryEntry = { 
/**
 * Its number in the history, never used again.
 */
id: number, 
/**
 * Its text.
 */
command: string, 
/**
 * Where it started; not known of commands from the shell's own history.
 */
cwd?: string, 
/**
 * When it began: RFC 3339, UTC, milliseconds; "" where that is not known.
 */
begin: string, 
/**
 * When it ended, or "".
 */
end: string, 
/**
 * Its exit code, where it is known.
 */
exitCode?: number, 
/**
 * The number of its session; none for commands from the shell's own history.
 */
session?: number, 
/**
 * Its `serverId` in that session.
 */
serverId?: number, };

export type ImportAnswer = { 
/**
 * The file.
 */
file: string, 
/**
 * The commands that were taken over now; 0 where that was done before.
 */
imported: number, 
/**
 * Commands that were not: they begin with a space, ran here anyway, or are too long or too old.
 */
skipped: number, 
/**
 * When the file was taken over before: RFC 3339, UTC, milliseconds.
 */
before?: string, };

export type ProcessesAnswer = { 
/**
 * At most as many as the limit says.
 */
processes: Array<ProcessDescription>, 
/**
 * How many there are.
 */
total: number, };

export type ProcessDescription = { 
/**
 * Its process id.
 */
pid: number, 
/**
 * The process id of its parent.
 */
parent: number, 
/**
 * Its process group.
 */
group: number, 
/**
 * A number that no other process with the same process id has.
 */
started: number, 
/**
 * When it was started: RFC 3339, UTC, milliseconds.
 */
since: string, 
/**
 * The name of its program.
 */
name: string, 
/**
 * Its arguments with blanks between them, cut at the limit.
 */
commandLine: string, 
/**
 * What it does.
 */
state: ProcessState, 
/**
 * The command that started it, where that is known and the session still has it.
 */
serverId?: number, };

export type ProcessState = "running" | "sleeping" | "blocked" | "stopped";

export type KillAnswer = { 
/**
 * The process id.
 */
pid: number, };

export type FilesAnswer = { "type": "list" } & FolderPage | { "type": "stat" } & FileDescription | { "type": "read" } & FileRange | { "type": "thumbnail" } & FileThumbnail | { "type": "image" } & PrintedImage | { "type": "download" } & DownloadTicket | { "type": "upload" } & UploadBegun | { "type": "part" } & PartTaken | { "type": "finish" } & FileDescription | { "type": "abort" } & UploadAborted;

export type FolderPage = { 
/**
 * The folder's absolute path.
 */
path: FilePath, 
/**
 * The entries, in the order of their names' bytes.
 */
entries: Array<FileEntry>, 
/**
 * Where the next page begins after; absent on the last one.
 */
next?: FilePath, };

export type FileDescription = { 
/**
 * Its absolute path.
 */
path: FilePath, 
/**
 * What it is.
 */
entry: FileEntry, };

export type FileEntry = { 
/**
 * Its name; what is not UTF-8 in it as U+FFFD.
 */
name: string, 
/**
 * The name's bytes in base64, where they are not UTF-8.
 */
base64?: string, 
/**
 * What kind of thing it is.
 */
kind: FileKind, 
/**
 * Its size in bytes.
 */
size: number, 
/**
 * When its content last changed: RFC 3339, UTC, milliseconds. "" where that cannot be read.
 */
modified: string, 
/**
 * Its permission bits, 0 to 0o7777.
 */
mode: number, 
/**
 * Of a symbolic link: where it leads.
 */
link?: LinkTarget, };

export type LinkTarget = { 
/**
 * The link's own text.
 */
to: FilePath, 
/**
 * What is there in the end; absent where nothing is, or it cannot be reached.
 */
kind?: FileKind, 
/**
 * Its size in bytes.
 */
size?: number, };

export type FileKind = "file" | "directory" | "symlink" | "fifo" | "socket" | "device" | "unknown";

export type FileRange = { 
/**
 * The file's absolute path.
 */
path: FilePath, 
/**
 * Where the bytes begin in it.
 */
offset: number, 
/**
 * How many bytes there are.
 */
length: number, 
/**
 * The bytes in base64, with padding. Absent under `binary`: there they come in a frame before this answer.
 */
data?: string, 
/**
 * Whether the file ended with them.
 */
end: boolean, 
/**
 * The file's size in bytes, when it was read.
 */
size: number, 
/**
 * When its content last changed: RFC 3339, UTC, milliseconds. Ranges with different ones are of different contents.
 */
modified: string, };

export type FileThumbnail = { 
/**
 * The file's absolute path.
 */
path: FilePath, 
/**
 * The image's own width in pixels, as it is to be looked at.
 */
width: number, 
/**
 * Its height in pixels.
 */
height: number, 
/**
 * The file's size in bytes.
 */
size: number, 
/**
 * `PNG`, `JPEG`, `GIF` or `WebP`: what the file is, whatever its name says.
 */
format: string, 
/**
 * `image/png` or `image/jpeg`: what the picture is.
 */
mediaType: string, 
/**
 * The picture in base64, with padding. Absent under `binary`: there it comes in a frame before this answer.
 */
data?: string, };

export type PrintedImage = { 
/**
 * The command.
 */
serverId: number, 
/**
 * Its number among the images of the command.
 */
image: number, 
/**
 * The image's own width in pixels, as it is to be looked at.
 */
width: number, 
/**
 * Its height in pixels.
 */
height: number, 
/**
 * Bytes of the image as it was printed.
 */
size: number, 
/**
 * `PNG`, `JPEG`, `GIF` or `WebP`: what the image is.
 */
format: string, 
/**
 * What the bytes here are: `image/png` or `image/jpeg` of a picture, else what the image is.
 */
mediaType: string, 
/**
 * Where the bytes begin in the image; 0 for a picture.
 */
offset: number, 
/**
 * Whether nothing follows them.
 */
end: boolean, 
/**
 * The bytes in base64, with padding. Absent under `binary`: there they come in a frame before this answer.
 */
data?: string, };

export type DownloadTicket = { 
/**
 * The file's absolute path.
 */
path: FilePath, 
/**
 * The path of the address, under `https://` and the host and port of the websocket.
 */
url: string, 
/**
 * For how long a download can begin.
 */
seconds: number, 
/**
 * The file's size in bytes.
 */
size: number, };

export type UploadBegun = { 
/**
 * Its number.
 */
upload: number, 
/**
 * The absolute path that the file will have.
 */
path: FilePath, };

export type PartTaken = { 
/**
 * The upload.
 */
upload: number, 
/**
 * Where the bytes begin in the file.
 */
offset: number, 
/**
 * How many different bytes of the file have come so far.
 */
received: number, };

export type UploadAborted = { 
/**
 * The upload.
 */
upload: number, };

export type ForgetAnswer = { 
/**
 * Commands that were in the history.
 */
forgotten: number, };

export type NotesAnswer = { 
/**
 * That of the session, then those of its commands, oldest command first.
 */
notes: Array<Note>, };

export type Note = { 
/**
 * Its text.
 */
text: string, 
/**
 * When it was written: RFC 3339, UTC, milliseconds.
 */
changed: string, 
/**
 * The command; the session itself where it is left out.
 */
serverId?: number, 
/**
 * The index of the command's pipe; the command itself where it is left out.
 */
location?: number, };

export type NoteDeleted = { 
/**
 * Whether there was one.
 */
deleted: boolean, 
/**
 * The command; the session itself where it is left out.
 */
serverId?: number, 
/**
 * The index of the command's pipe; the command itself where it is left out.
 */
location?: number, };

export type NoteChange = { 
/**
 * Its text; none where it was taken away.
 */
text?: string, 
/**
 * When: RFC 3339, UTC, milliseconds.
 */
changed: string, 
/**
 * The command; the session itself where it is left out.
 */
serverId?: number, 
/**
 * The index of the command's pipe; the command itself where it is left out.
 */
location?: number, };

export type NotificationsAnswer = { 
/**
 * The kinds.
 */
kinds: Array<NotificationKind>, 
/**
 * Of every session, not of this client's alone.
 */
everySession: boolean, };

export type Notification = { 
/**
 * When: RFC 3339, UTC, milliseconds.
 */
time: string, } & ({ "kind": "clientJoined", 
/**
 * The number of the session.
 */
session: number, 
/**
 * What the client calls itself.
 */
client: string, } | { "kind": "clientLeft", 
/**
 * The number of the session.
 */
session: number, 
/**
 * What the client calls itself.
 */
client: string, } | { "kind": "commandStarted", 
/**
 * The number of its session.
 */
session: number, 
/**
 * Its `serverId`.
 */
serverId: number, 
/**
 * Its text.
 */
command: string, 
/**
 * What the client that sent it calls itself.
 */
client: string, } | { "kind": "commandEnded", 
/**
 * The number of its session.
 */
session: number, 
/**
 * Its `serverId`.
 */
serverId: number, 
/**
 * Its text.
 */
command: string, 
/**
 * Its exit code (128 + n when signal n ended it).
 */
exitCode: number, 
/**
 * The signal that ended it.
 */
signal?: number, 
/**
 * How long it ran.
 */
durationMs: number, } | { "kind": "commandKilled", 
/**
 * The number of its session.
 */
session: number, 
/**
 * Its `serverId`.
 */
serverId: number, 
/**
 * Its text.
 */
command: string, 
/**
 * The signal's number.
 */
signal: number, 
/**
 * Who did: what a client calls itself, `the tray` or `the command line`.
 */
by: string, } | { "kind": "tokenRotated" } | { "kind": "sessionEnding", 
/**
 * Its number.
 */
session: number, 
/**
 * Why.
 */
reason: SessionEnd, } | { "kind": "engineStopping" } | { "kind": "preferenceChanged", 
/**
 * The names of those that every client understands.
 */
names: Array<string>, } | { "kind": "noteChanged", 
/**
 * The number of the session.
 */
session: number, 
/**
 * The command, where it is on one.
 */
serverId?: number, 
/**
 * The pipe, where it is on one.
 */
location?: number, } | { "kind": "inputAwaited", 
/**
 * The number of its session.
 */
session: number, 
/**
 * Its `serverId`.
 */
serverId: number, 
/**
 * Its text.
 */
command: string, 
/**
 * What is typed is not shown, as a password.
 */
secret: boolean, } | { "kind": "commandsForgotten", 
/**
 * The number of their session; 0 for the shell's own history.
 */
session: number, 
/**
 * Their `serverId`s; of more than 1,000 the others follow. None where all of the session are meant.
 */
serverIds?: Array<number>, 
/**
 * Where all are meant: up to this `serverId`. None for the shell's own history.
 */
upTo?: number, 
/**
 * Not all up to there were forgotten: they were too many to name to a client that was away.
 */
more?: boolean, } | { "kind": "folderChanged", 
/**
 * The number of the client's session.
 */
session: number, 
/**
 * The watch.
 */
watch: number, 
/**
 * The folder.
 */
path: FilePath, 
/**
 * What changed, by name, one change each.
 */
changes: Array<FolderChange>, 
/**
 * More changed than is told: the folder has to be listed anew.
 */
more?: boolean, 
/**
 * The folder itself is gone, and so is the watch.
 */
gone?: boolean, });

export type NotificationEvent = { "kind": "clientJoined", 
/**
 * The number of the session.
 */
session: number, 
/**
 * What the client calls itself.
 */
client: string, } | { "kind": "clientLeft", 
/**
 * The number of the session.
 */
session: number, 
/**
 * What the client calls itself.
 */
client: string, } | { "kind": "commandStarted", 
/**
 * The number of its session.
 */
session: number, 
/**
 * Its `serverId`.
 */
serverId: number, 
/**
 * Its text.
 */
command: string, 
/**
 * What the client that sent it calls itself.
 */
client: string, } | { "kind": "commandEnded", 
/**
 * The number of its session.
 */
session: number, 
/**
 * Its `serverId`.
 */
serverId: number, 
/**
 * Its text.
 */
command: string, 
/**
 * Its exit code (128 + n when signal n ended it).
 */
exitCode: number, 
/**
 * The signal that ended it.
 */
signal?: number, 
/**
 * How long it ran.
 */
durationMs: number, } | { "kind": "commandKilled", 
/**
 * The number of its session.
 */
session: number, 
/**
 * Its `serverId`.
 */
serverId: number, 
/**
 * Its text.
 */
command: string, 
/**
 * The signal's number.
 */
signal: number, 
/**
 * Who did: what a client calls itself, `the tray` or `the command line`.
 */
by: string, } | { "kind": "tokenRotated" } | { "kind": "sessionEnding", 
/**
 * Its number.
 */
session: number, 
/**
 * Why.
 */
reason: SessionEnd, } | { "kind": "engineStopping" } | { "kind": "preferenceChanged", 
/**
 * The names of those that every client understands.
 */
names: Array<string>, } | { "kind": "noteChanged", 
/**
 * The number of the session.
 */
session: number, 
/**
 * The command, where it is on one.
 */
serverId?: number, 
/**
 * The pipe, where it is on one.
 */
location?: number, } | { "kind": "inputAwaited", 
/**
 * The number of its session.
 */
session: number, 
/**
 * Its `serverId`.
 */
serverId: number, 
/**
 * Its text.
 */
command: string, 
/**
 * What is typed is not shown, as a password.
 */
secret: boolean, } | { "kind": "commandsForgotten", 
/**
 * The number of their session; 0 for the shell's own history.
 */
session: number, 
/**
 * Their `serverId`s; of more than 1,000 the others follow. None where all of the session are meant.
 */
serverIds?: Array<number>, 
/**
 * Where all are meant: up to this `serverId`. None for the shell's own history.
 */
upTo?: number, 
/**
 * Not all up to there were forgotten: they were too many to name to a client that was away.
 */
more?: boolean, } | { "kind": "folderChanged", 
/**
 * The number of the client's session.
 */
session: number, 
/**
 * The watch.
 */
watch: number, 
/**
 * The folder.
 */
path: FilePath, 
/**
 * What changed, by name, one change each.
 */
changes: Array<FolderChange>, 
/**
 * More changed than is told: the folder has to be listed anew.
 */
more?: boolean, 
/**
 * The folder itself is gone, and so is the watch.
 */
gone?: boolean, };

export type SessionEnd = "idle" | "crowded" | "tokenRotated";

export type WatchAnswer = { 
/**
 * Names the watch, also in `folderChanged`.
 */
watch: number, 
/**
 * The folder: absolute, with no symbolic link in it.
 */
path: FilePath, };

export type UnwatchAnswer = { 
/**
 * The watch.
 */
watch: number, };

export type FolderChange = { 
/**
 * The entry.
 */
name: FilePath, 
/**
 * What became of it.
 */
change: EntryChange, };

export type EntryChange = "created" | "changed" | "removed";

export type PreferencesAnswer = { 
/**
 * Those that every client understands.
 */
values: Preferences, 
/**
 * Those that clients of this name keep for themselves.
 */
own: Record<string, unknown>, };

export type PreferencesChange = { 
/**
 * The new values of those that every client understands.
 */
values: Partial<Preferences>, 
/**
 * The new values of those that clients of this name keep for themselves; null where one is gone.
 */
own: Record<string, unknown>, };

export type Missed = { 
/**
 * The number of messages, which came before the one that follows.
 */
missed: number, };

export type Outcome = "ok" | "error";

export type AuthenticationAnswer = { 
/**
 * Always `ok`.
 */
result: Outcome, 
/**
 * Names this session in a later authentication. A secret, as the token is.
 */
sessionToken: string, 
/**
 * The session's commands, oldest first; only when a session was given back.
 */
commands?: Array<CommandSummary>, 
/**
 * Under `details`: the working directory in which the next command starts.
 */
cwd?: string, 
/**
 * The granted features; only where the client asked for some.
 */
features?: Array<Feature>, 
/**
 * Name and version of the server; only where the client asked for features.
 */
server?: string, 
/**
 * Under `resume`: the stream that this connection carries.
 */
resume?: StreamAnswer, 
/**
 * The limits that a client should know; only where it asked for features.
 */
limits?: LimitsAnswer, } | ErrorAnswer;

export type LimitsAnswer = { 
/**
 * Bytes of one frame from the client.
 */
frame: number, 
/**
 * Running commands of one session.
 */
commandsASession: number, 
/**
 * Bytes of a command's text.
 */
commandText: number, 
/**
 * Bytes that are sent under `resume` before an `ack` has to come.
 */
window: number, };

export type StreamAnswer = { 
/**
 * Names the stream in a later authentication.
 */
stream: string, 
/**
 * What is sent next follows this one.
 */
seq: number, 
/**
 * Whether the stream goes on where the client's cursor stands. If not, it is a new one, which begins with
 * everything that is kept of the session's output: the client lets go of what it had.
 */
resumed: boolean, 
/**
 * Bytes of messages between the cursor and what is sent next that are gone, since the client had acknowledged them.
 */
missing?: number, };

export type CommandSummary = { 
/**
 * The command's text.
 */
command: string, 
/**
 * The client's id for it, if it gave one.
 */
clientId?: number, 
/**
 * The server's id for it.
 */
serverId: number, 
/**
 * When it began: RFC 3339, UTC, milliseconds.
 */
begin: string, 
/**
 * When it ended, or "".
 */
end: string, 
/**
 * Whether it runs.
 */
status: Status, 
/**
 * Under `details`: the form of its output.
 */
format?: Format, 
/**
 * Under `details`: how its streams are carried.
 */
streams?: Streams, 
/**
 * Under `details`: its pipes.
 */
pipes?: Array<PipeDescription>, 
/**
 * Under `details`: what became of each requested breakpoint; only where some were requested.
 */
breakpoints?: Array<BreakpointAnswer>, 
/**
 * Under `details`, once it ended: its exit code (128 + n when signal n ended it).
 */
exitCode?: number, 
/**
 * Under `details`, once it ended: the signal that ended it.
 */
signal?: number, 
/**
 * Under `details`, once it ended: how long it ran.
 */
durationMs?: number, 
/**
 * Under `details`: the server died while it ran; how it ended is not known.
 */
lost?: boolean, };

export type CommandAnswer = { 
/**
 * Always `ok`.
 */
result: Outcome, 
/**
 * The command's text.
 */
command: string, 
/**
 * The client's id, if it gave one.
 */
clientId?: number, 
/**
 * The server's id: unique in the session, never used again.
 */
serverId: number, 
/**
 * What became of each requested breakpoint; only where some were requested.
 */
breakpoints?: Array<BreakpointAnswer>, 
/**
 * Under `preferences`, where the client has `format` and did not say it: the form of the output.
 */
format?: Format, 
/**
 * Under `preferences`, where the client has `streams` and did not say it: how streams are carried.
 */
streams?: Streams, 
/**
 * The command's pipes, under `details`.
 */
pipes?: Array<PipeDescription>, } | { 
/**
 * The command's text, if it could be read.
 */
command?: string, 
/**
 * The client's id, if it could be read.
 */
clientId?: number, 
/**
 * Always `error`.
 */
result: Outcome, 
/**
 * The code for programs.
 */
code: Code, 
/**
 * One sentence for a person.
 */
message: string, };

export type BreakpointAnswer = { 
/**
 * The pipe's index.
 */
location: number, 
/**
 * `ok` when the pipe is tapped; `error` when the command runs without this tap.
 */
result: Outcome, 
/**
 * Why it is not tapped, or what its tap does not show, and why.
 */
message?: string, };

export type PipeDescription = { 
/**
 * Its rank among the command's pipes, from 0: the `location` of a breakpoint.
 */
index: number, 
/**
 * Byte offset of the operator in the sent text.
 */
offset: number, 
/**
 * The operator as written: `|`, `|&`, and in fish `&|` or `2>|`.
 */
op: string, };

export type Status = "running" | "completed";

export type UpdateAnswer = Update | { 
/**
 * Always `ok`.
 */
result: Outcome, 
/**
 * The command that it was meant for.
 */
serverId: number, 
/**
 * The client's id.
 */
clientId: number, } | { 
/**
 * The command that it was meant for, if it could be read.
 */
serverId?: number, 
/**
 * The client's id, if it gave one.
 */
clientId?: number, 
/**
 * Always `error`.
 */
result: Outcome, 
/**
 * The code for programs.
 */
code: Code, 
/**
 * One sentence for a person.
 */
message: string, };

export type Update = { 
/**
 * The command's text.
 */
command: string, 
/**
 * The server's id for it.
 */
serverId: number, 
/**
 * What it printed since the last update.
 */
output: Output, 
/**
 * When it began: RFC 3339, UTC, milliseconds.
 */
begin: string, 
/**
 * When it ended, or "".
 */
end: string, 
/**
 * Whether it runs.
 */
status: Status, 
/**
 * Under `details`, once it ended: its exit code (128 + n when signal n ended it).
 */
exitCode?: number, 
/**
 * Under `details`, once it ended: the signal that ended it.
 */
signal?: number, 
/**
 * Under `details`, once it ended: the shell's working directory.
 */
cwd?: string, 
/**
 * Under `details`, once it ended: how long it ran.
 */
durationMs?: number, 
/**
 * Under `details`, once it ended: the exit status of every stage of its last pipeline, where the shell tells.
 */
pipeStatus?: Array<number>, 
/**
 * Under `details`, once it ended: how many processes it left in the background; absent where it left none.
 */
background?: number, 
/**
 * Under `details`: the server died while the command ran; how it ended is not known.
 */
lost?: boolean, 
/**
 * Under `details`: whether `combined` is in the order in which the bytes were written.
 */
order?: StreamOrder, 
/**
 * Under `details`: the stages before tapped pipes whose counts changed.
 */
stages?: Array<StageCount>, 
/**
 * Under `screens`, for a raw command: the output was printed before this connection came, or is for another client to answer. A
 * terminal that draws it must not answer what it asks.
 */
replay?: boolean, 
/**
 * Under `details`: bytes of output that were dropped before this update because nobody was connected.
 */
dropped?: number, };

export type StageCount = { 
/**
 * The pipe's index.
 */
location: number, 
/**
 * How often the shell had come by this pipe before, in loops for example.
 */
run: number, 
/**
 * Bytes that entered the pipe so far.
 */
bytes: number, 
/**
 * Bytes of the stage's stderr so far.
 */
stderrBytes: number, 
/**
 * Bytes a second into the pipe, from its first to its last byte.
 */
rate: number, 
/**
 * Bytes of both streams that were too fast to be shown.
 */
dropped: number, 
/**
 * Whether the stage has written its last byte.
 */
ended: boolean, 
/**
 * Whether the flow is held at this pipe.
 */
held?: boolean, 
/**
 * Bytes that wait there, those included that are in `bytes` and have not gone on.
 */
waiting?: number, 
/**
 * How the stage's process ended, 128 + n where signal n did it; where the kernel or the shell told it.
 */
status?: number, };

export type StreamOrder = "exact" | "approximate";

export type Output = { 
/**
 * stdout and stderr as they came.
 */
combined: string, 
/**
 * stdout, under the name that the specification's examples use.
 */
stdin: string, 
/**
 * stdout.
 */
stdout: string, 
/**
 * stderr.
 */
stderr: string, 
/**
 * What flowed through tapped pipes.
 */
breakpoints?: Array<BreakpointOutput>, 
/**
 * Under `screens`: what changed on the command's screen.
 */
screen?: ScreenUpdate, } | { 
/**
 * The chunks in order.
 */
chunks: Array<Chunk>, 
/**
 * Under `screens`: what changed on the command's screen.
 */
screen?: ScreenUpdate, };

export type BreakpointOutput = { 
/**
 * The pipe's index.
 */
location: number, 
/**
 * Under `details`: the run, from 0.
 */
run?: number, 
/**
 * stdout and stderr of the stage that feeds the pipe.
 */
combined: string, 
/**
 * What entered the pipe.
 */
stdout: string, 
/**
 * The feeding stage's stderr.
 */
stderr: string, };

export type Chunk = { 
/**
 * The stream.
 */
stream: ChunkStream, 
/**
 * The pipe's index, for what a breakpoint shows.
 */
location?: number, 
/**
 * The run, from 0, for what a breakpoint shows.
 */
run?: number, 
/**
 * Finished output, in the command's format.
 */
data: string, 
/**
 * The unfinished last line, which the next chunk of this stream replaces.
 */
line?: string, };

export type ChunkStream = "stdout" | "stderr";

export type ScreenUpdate = { 
/**
 * Columns of the terminal.
 */
cols: number, 
/**
 * Rows that are shown: all on the alternate screen, else those that the program goes back to.
 */
rows: number, 
/**
 * Whether nothing of an earlier update stays: every row follows, in this update or the next ones.
 */
whole?: boolean, 
/**
 * The rows that changed. Rows beyond `rows` are gone; new ones are blank until they are told.
 */
lines: Array<ScreenLine>, 
/**
 * The cursor.
 */
cursor: ScreenCursor, 
/**
 * The title that the program set.
 */
title?: string, 
/**
 * Whether it is the alternate screen, of which nothing stays when the program leaves it.
 */
alternate: boolean, 
/**
 * The screen is left: it is to be taken away. What stays of it is in this update's ordinary output.
 */
closed?: boolean, };

export type ScreenLine = { 
/**
 * Its place from the top, from 0.
 */
row: number, 
/**
 * What it shows, in the command's format and without a line end.
 */
data: string, };

export type ScreenCursor = { 
/**
 * Its row.
 */
row: number, 
/**
 * Its column.
 */
col: number, 
/**
 * Whether the program shows it.
 */
visible: boolean, };

export type ErrorAnswer = { 
/**
 * Always `error`.
 */
result: Outcome, 
/**
 * The code for programs.
 */
code: Code, 
/**
 * One sentence for a person.
 */
message: string, };

export type Code = "bad-json" | "bad-message" | "unknown-type" | "not-authenticated" | "wrong-token" | "wrong-session" | "bad-cursor" | "superseded" | "unacknowledged" | "already-authenticated" | "feature-missing" | "bad-command" | "bad-line" | "no-such-pipe" | "too-many-breakpoints" | "bad-breakpoint" | "not-tapped" | "no-capture" | "capture-cut" | "client-id-reused" | "too-many-commands" | "too-many-sessions" | "no-randomness" | "shell-failed" | "unknown-command" | "command-ended" | "bad-signal" | "no-such-process" | "bad-size" | "input-full" | "too-large" | "too-many" | "no-such-watch" | "bad-preference" | "no-history" | "store-failed" | "no-such-file" | "not-permitted" | "wrong-kind" | "file-exists" | "disk-full" | "too-many-uploads" | "no-such-upload" | "bad-range" | "upload-incomplete" | "too-slow" | "file-failed" | "stopping";
