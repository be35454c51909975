//! Limits: every bound that the engine keeps, in one place.

mod store;

use std::time::Duration;

pub use store::StoreLimits;

/// Bytes after which a task that always has more to do gives way to others.
pub(crate) const UNBROKEN: usize = 128 << 10;

/// The bounds of one engine. [`Limits::default`] is what PROTOCOL.md states; tests lower single fields.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Time for the TLS handshake and the HTTP upgrade together.
    pub handshake: Duration,
    /// Time from the upgrade to a successful authentication.
    pub authentication: Duration,
    /// Connections that have not authenticated, at once.
    pub unauthenticated_connections: usize,
    /// Authenticated connections, at once.
    pub connections: usize,
    /// Bytes of one client frame before authentication.
    pub frame_before_authentication: usize,
    /// Bytes of one client frame after authentication.
    pub frame: usize,
    /// Wrong tokens a minute, over all clients, that are answered without a pause.
    pub wrong_tokens_a_minute: usize,
    /// The longest pause before a further wrong token is answered.
    pub wrong_token_pause: Duration,
    /// Sessions, attached or detached, at once.
    pub sessions: usize,
    /// How long a session without a client and without a running command is kept.
    pub detached_session: Duration,
    /// Time without an engine that counts between two of them at the most, whatever the system's clock says.
    pub absence: Duration,
    /// Interval at which sessions and uploads are looked for that nobody uses any more.
    pub rounds: Duration,
    /// Running commands of one session.
    pub commands_a_session: usize,
    /// Running commands of all sessions.
    pub commands: usize,
    /// Completed commands of one session whose output is kept.
    pub completed_commands: usize,
    /// Bytes of output of one session's completed commands that are kept.
    pub session_output: usize,
    /// Bytes of output that all sessions keep together in memory; the oldest goes first, whose ever it is.
    pub output_memory: u64,
    /// Names of the working directory that output may link to, and as many of other folders.
    pub linked_names: usize,
    /// Other folders that are looked into since a command's output speaks of them.
    pub linked_folders: usize,
    /// Time that looking into the working directory may take, or into the folders of one piece of output.
    pub listing: Duration,
    /// Pieces of work with files, of all clients, that go on at once.
    pub file_work: usize,
    /// Looks at files for completions, of all clients, that go on at once.
    pub file_looks: usize,
    /// Time for one piece of work with files, waiting for its turn included.
    pub file_patience: Duration,
    /// Bytes of a file that one request reads at the most.
    pub file_range: usize,
    /// Entries of a folder that one request tells at the most.
    pub folder_page: usize,
    /// Bytes of an uploaded file.
    pub upload_size: u64,
    /// Uploads of one session that are on their way at once.
    pub uploads_a_session: usize,
    /// Uploads of all sessions.
    pub uploads: usize,
    /// Time after which an upload of which nothing comes is dropped.
    pub upload_idle: Duration,
    /// Time for the disk to take in the end of an upload.
    pub upload_end: Duration,
    /// Time for which a download can begin after it was asked for.
    pub download_ticket: Duration,
    /// Downloads of all sessions that go on at once.
    pub downloads: usize,
    /// Time that a connection has for fetching pages, and in which some of a download has to be taken in.
    pub pages: Duration,
    /// Bytes of what a shell tells after a command of its state, and of its definitions; of longer ones the former are
    /// kept.
    pub shell_state: usize,
    /// Bytes of a command's text.
    pub command_text: usize,
    /// Bytes of a command's output that are kept for clients to come.
    pub output_ring: usize,
    /// Bytes of output that the slowest attached client may lag before the terminal is held back.
    pub output_window: usize,
    /// Bytes that are sent to a client of the feature `resume` before it has to acknowledge some.
    pub window: usize,
    /// Bytes that may wait for its acknowledgement, answers included, before it is let go.
    pub unacknowledged: usize,
    /// Streams of one session that are kept for clients to come back.
    pub detached_streams: usize,
    /// Time for a connection to give its stream to the one that its client came back on.
    pub handover: Duration,
    /// Bytes of raw output that one update carries at the most.
    pub update: usize,
    /// Bytes of text that output becomes in one update, after which the rest waits for the next one.
    pub rendered_update: usize,
    /// Bytes of output that one binary frame carries at the most.
    pub binary_frame: usize,
    /// Bytes of input that wait for a program which does not read.
    pub stdin_queue: usize,
    /// Requests of one connection that are worked on at once.
    pub requests: usize,
    /// Answers that wait for one client.
    pub answers: usize,
    /// Time for a client to take in one message before it is let go.
    pub send: Duration,
    /// Interval of pings.
    pub ping: Duration,
    /// Silence after which a connection counts as dead.
    pub silence: Duration,
    /// Time between TERM and KILL when a command is killed.
    pub kill_grace: Duration,
    /// Time for the keychain to answer.
    pub keychain: Duration,
    /// Columns or rows of a terminal, at the most.
    pub terminal_size: u16,
    /// Cells of a terminal whose screen is kept, at the most; a larger one is shown as lines.
    pub screen_cells: usize,
    /// Bytes of earlier output from which a screen is made.
    pub screen_prelude: usize,
    /// The shortest time between two frames of a screen.
    pub screen_frame: Duration,
    /// Bytes of an image that is decoded, at the most.
    pub image_bytes: usize,
    /// Bytes of images that commands print, of all sessions, that are collected or kept as they are.
    pub printed_images: usize,
    /// Bytes of a command's small pictures of what it printed.
    pub printed_pictures: usize,
    /// Time after which the beginning of what could be an image is output, where nothing follows.
    pub image_beginning: Duration,
    /// Pixels of an image that is decoded, at the most.
    pub image_pixels: u64,
    /// Pixels of one of its sides, at the most.
    pub image_side: u32,
    /// Bytes of memory that decoding an image may take.
    pub image_memory: u64,
    /// Images that are decoded at once.
    pub image_decodes: usize,
    /// Time for an image to get its turn and to be decoded.
    pub image_patience: Duration,
    /// Pixels of a side of a thumbnail, at the most.
    pub thumbnail_side: u32,
    /// Bytes of an encoded thumbnail, at the most.
    pub thumbnail_bytes: usize,
    /// Pixels of a side of a picture that a client asks for, at the most.
    pub picture_side: u32,
    /// Bytes of such a picture where it is larger than a thumbnail.
    pub picture_bytes: usize,
    /// Processes of a session that one answer lists.
    pub processes: usize,
    /// Bytes of a process's command line that are told.
    pub process_command_line: usize,
    /// Bytes of a command's newest output that the tray shows.
    pub activity_tail: usize,
    /// Breakpoints of one command.
    pub taps_a_command: usize,
    /// Bytes that a tap keeps of the beginning of each stream of a run where nothing else is asked for.
    pub tap_head: usize,
    /// Bytes that it keeps of the end where nothing else is asked for.
    pub tap_tail: usize,
    /// Bytes of either that can be asked for.
    pub tap_kept: usize,
    /// Lines that one step lets through a held pipe.
    pub tap_step: u64,
    /// Runs of one tapped pipe, the newest ones, of which something is kept.
    pub tap_runs: usize,
    /// Time for what a tapped pipe still holds to flow on after its command has ended.
    pub tap_settle: Duration,
    /// Time for a shell to check the text of a tapped command.
    pub tap_check: Duration,
    /// How the store works.
    pub store: StoreLimits,
    /// Bytes that the store keeps of the end of one command's output.
    pub stored_output_tail: usize,
    /// Bytes of output that the store keeps of all commands; the oldest goes first.
    pub stored_output: u64,
    /// Commands that the store keeps; the oldest go first.
    pub stored_commands: u64,
    /// Days for which the store keeps a command.
    pub stored_days: u32,
    /// Days for which the audit trail is kept, whatever is forgotten meanwhile.
    pub audit_days: u32,
    /// Time between two looks for what is kept too long.
    pub sweep: Duration,
    /// Bytes of a note.
    pub note: usize,
    /// Notes of one session.
    pub notes_a_session: usize,
    /// Bytes of the preferences that clients of one name keep for themselves.
    pub own_preferences: usize,
    /// Notices that wait for one client.
    pub notices: usize,
    /// Pause between two looks whether commands wait for input; a wait is told when it was seen twice.
    pub input_looks: Duration,
    /// Folders that one client watches.
    pub watches_a_client: usize,
    /// Folders that all clients watch.
    pub watches: usize,
    /// Time for which changes in a watched folder are gathered before they are told.
    pub watch_pause: Duration,
    /// Changed names of a watched folder that are told at once.
    pub watch_names: usize,
    /// Bytes of a query to the history.
    pub history_query: usize,
    /// Commands in one answer of the history.
    pub history_answer: usize,
    /// Bytes of text in one answer of the history; one command is given whatever its size.
    pub history_answer_bytes: usize,
    /// Work that one query may be, about in bytes that are looked at.
    pub history_work: u64,
    /// Bytes of a shell's history file that are read, the newest ones.
    pub import_file: u64,
    /// Time for a shell to say where it keeps its history.
    pub import_patience: Duration,
    /// Time for completions to be found; what a completion function still runs then is ended.
    pub completion: Duration,
    /// Bytes of a line whose word at the cursor is completed.
    pub completed_line: usize,
    /// Completions in one answer.
    pub completions: usize,
    /// Bytes of text in one answer of completions.
    pub completions_bytes: usize,
    /// Bytes that a shell may tell of completions.
    pub completions_told: u64,
    /// Time after which a shell that stands by for completions ends when none are asked for.
    pub completer_idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(5),
            authentication: Duration::from_secs(10),
            unauthenticated_connections: 16,
            connections: 64,
            frame_before_authentication: 4 << 10,
            frame: 1 << 20,
            wrong_tokens_a_minute: 5,
            wrong_token_pause: Duration::from_secs(8),
            sessions: 256,
            detached_session: Duration::from_secs(24 * 3600),
            absence: Duration::from_secs(30 * 24 * 3600),
            rounds: Duration::from_secs(60),
            commands_a_session: 16,
            commands: 64,
            completed_commands: 200,
            session_output: 64 << 20,
            output_memory: 512 << 20,
            linked_names: 10_000,
            linked_folders: 64,
            listing: Duration::from_millis(100),
            file_work: 8,
            file_looks: 4,
            file_patience: Duration::from_secs(10),
            file_range: 256 << 10,
            folder_page: 1000,
            upload_size: 16 << 30,
            uploads_a_session: 4,
            uploads: 16,
            upload_idle: Duration::from_secs(120),
            upload_end: Duration::from_secs(60),
            download_ticket: Duration::from_secs(60),
            downloads: 8,
            pages: Duration::from_secs(30),
            shell_state: 4 << 20,
            command_text: 256 << 10,
            output_ring: 8 << 20,
            output_window: 1 << 20,
            window: 1 << 20,
            unacknowledged: 4 << 20,
            detached_streams: 16,
            handover: Duration::from_secs(5),
            update: 64 << 10,
            rendered_update: 256 << 10,
            binary_frame: 256 << 10,
            stdin_queue: 4 << 20,
            requests: 8,
            answers: 64,
            send: Duration::from_secs(30),
            ping: Duration::from_secs(20),
            silence: Duration::from_secs(60),
            kill_grace: Duration::from_secs(2),
            keychain: Duration::from_secs(5),
            terminal_size: 4096,
            screen_cells: 128 << 10,
            screen_prelude: 64 << 10,
            screen_frame: Duration::from_millis(33),
            image_bytes: 20_000_000,
            printed_images: 64 << 20,
            printed_pictures: 4 << 20,
            image_beginning: Duration::from_millis(50),
            image_pixels: 50_000_000,
            image_side: 16_384,
            image_memory: 256 << 20,
            image_decodes: 2,
            image_patience: Duration::from_secs(10),
            thumbnail_side: 480,
            thumbnail_bytes: 48 << 10,
            picture_side: 1600,
            picture_bytes: 512 << 10,
            processes: 1000,
            process_command_line: 1 << 10,
            activity_tail: 512,
            taps_a_command: 10,
            tap_head: 1 << 20,
            tap_tail: 1 << 20,
            tap_kept: 16 << 20,
            tap_step: 1_000_000,
            tap_runs: 64,
            tap_settle: Duration::from_millis(250),
            tap_check: Duration::from_secs(2),
            store: StoreLimits::default(),
            stored_output_tail: 64 << 10,
            stored_output: 64 << 20,
            stored_commands: 100_000,
            stored_days: 365,
            audit_days: 365,
            sweep: Duration::from_secs(600),
            note: 16 << 10,
            notes_a_session: 1000,
            own_preferences: 64 << 10,
            notices: 256,
            input_looks: Duration::from_millis(500),
            watches_a_client: 16,
            watches: 256,
            watch_pause: Duration::from_millis(200),
            watch_names: 100,
            history_query: 1024,
            history_answer: 200,
            history_answer_bytes: 512 << 10,
            history_work: 64 << 20,
            import_file: 32 << 20,
            import_patience: Duration::from_secs(5),
            completion: Duration::from_millis(100),
            completed_line: 64 << 10,
            completions: 1000,
            completions_bytes: 256 << 10,
            completions_told: 8 << 20,
            completer_idle: Duration::from_secs(600),
        }
    }
}
