//! A session with a known home, and commands that are run to their end.

use engine::Limits;
use engine::protocol::{Size, Streams};
use engine::shell::{Ending, Event, Request, Running, SessionShell, Shells, StreamKind};
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;
use tempfile::TempDir;

/// No command of these tests takes so long; a test that waits for nothing fails instead of hanging.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) const BASH: &str = "/bin/bash";
pub(crate) const ZSH: &str = "/usr/bin/zsh";
pub(crate) const FISH: &str = "/usr/bin/fish";
pub(crate) const DASH: &str = "/bin/dash";

/// The shells that are installed, of those given.
pub(crate) fn installed<'a>(shells: &[&'a str]) -> Vec<&'a str> {
    shells.iter().copied().filter(|shell| Path::new(shell).exists()).collect()
}

/// A session and what it lives in.
pub(crate) struct Session {
    pub(crate) shell: SessionShell,
    pub(crate) shells: Shells,
    /// Lives as long as the session.
    _folder: TempDir,
}

/// What a command printed, and its end.
#[derive(Debug)]
pub(crate) struct Printed {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) ending: Ending,
}

impl Session {
    pub(crate) async fn new(program: &str) -> Self {
        Self::with(program, &Limits::default()).await
    }

    pub(crate) async fn with(program: &str, limits: &Limits) -> Self {
        home();
        let folder = tempfile::tempdir().unwrap();
        let shells = Shells::start(Some(program.into()), folder.path(), limits).await.unwrap();
        let shell = shells.session().await.unwrap();
        Self { shell, shells, _folder: folder }
    }

    /// Runs a command on one terminal.
    pub(crate) async fn exact(&self, text: &str) -> Printed {
        self.run(text, Streams::Exact).await
    }

    pub(crate) async fn run(&self, text: &str, streams: Streams) -> Printed {
        finish(&mut self.begin(text, streams).await).await
    }

    /// Starts a command.
    pub(crate) async fn begin(&self, text: &str, streams: Streams) -> Running {
        let request = Request { text: text.into(), streams, size: Size::default() };
        tokio::time::timeout(PATIENCE, self.shell.run(request)).await.expect("it starts").unwrap()
    }

    /// Runs a command on one terminal and gives what it printed, with plain line ends.
    pub(crate) async fn says(&self, text: &str) -> String {
        self.exact(text).await.out.replace("\r\n", "\n")
    }
}

/// Reads a command until its end.
pub(crate) async fn finish(running: &mut Running) -> Printed {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut buffer = vec![0; 64 << 10];
    loop {
        let next = tokio::time::timeout(PATIENCE, running.next(&mut buffer)).await;
        let so_far = || String::from_utf8_lossy(&out).into_owned();
        match next.unwrap_or_else(|_| panic!("no end; it printed {:?}", so_far())) {
            Event::Output(StreamKind::Stdout, count) => out.extend_from_slice(&buffer[..count]),
            Event::Output(StreamKind::Stderr, count) => err.extend_from_slice(&buffer[..count]),
            Event::Ended(ending) => {
                let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
                return Printed { out: text(out), err: text(err), ending };
            }
            Event::Closed => panic!("closed without an end"),
        }
    }
}

/// Reads a command until it has printed a text; gives everything up to there.
pub(crate) async fn until(running: &mut Running, wanted: &str) -> String {
    let mut seen = Vec::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        let text = String::from_utf8_lossy(&seen).into_owned();
        if text.contains(wanted) {
            return text;
        }
        match tokio::time::timeout(PATIENCE, running.next(&mut buffer)).await {
            Ok(Event::Output(_, count)) => seen.extend_from_slice(&buffer[..count]),
            other => panic!("{other:?} instead of {wanted:?} after {text:?}"),
        }
    }
}

/// Gives the shells of this process an rc file in place of the one of that name.
pub(crate) fn rc_file(name: &str, text: &str) {
    std::fs::write(home().join(name), text).unwrap();
}

/// A home with rc files that are recognised by what they define, shared by the tests of this process.
#[allow(unsafe_code)]
fn home() -> &'static Path {
    static HOME: OnceLock<TempDir> = OnceLock::new();
    HOME.get_or_init(|| {
        let home = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = home.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        let posix = "alias from_rc='echo alias from rc'\nPS1='PROMPT> '\necho noise of the rc file\n";
        write(".bashrc", &format!("{posix}PROMPT_COMMAND='echo prompt command'\n"));
        write(".zshrc", posix);
        write(".config/fish/config.fish", "alias from_rc 'echo alias from rc'\necho noise\n");
        // SAFETY: set once, before any test of this process starts a shell.
        unsafe { std::env::set_var("HOME", home.path()) };
        home
    })
    .path()
}
