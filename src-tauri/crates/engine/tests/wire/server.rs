//! A server of its own for each test: free port, empty data folder, token in memory, bash.

use std::os::unix::fs::DirBuilderExt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use engine::{Engine, Limits, Settings, TokenStoreKind};
use tempfile::TempDir;

use crate::client::TestClient;

pub(crate) struct TestServer {
    pub(crate) engine: Arc<Engine>,
    pub(crate) folder: TempDir,
    settings: Settings,
}

impl TestServer {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// A server whose settings the test changes first.
    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        empty_home();
        let folder = TempDir::new().unwrap();
        let mut settings = Settings::new(folder.path().join("data"));
        settings.port = 0;
        settings.token_store = TokenStoreKind::Memory;
        settings.shell = Some("/bin/bash".into());
        settings.limits = Limits {
            kill_grace: Duration::from_millis(300),
            // A busy machine is no file system that does not answer.
            listing: Duration::from_secs(20),
            ..Limits::default()
        };
        change(&mut settings);
        let engine = Engine::start(settings.clone()).await.unwrap();
        Self { engine, folder, settings }
    }

    /// Ends the engine in order and starts another one on the same folder.
    pub(crate) async fn restarted(self) -> Self {
        let Self { engine, folder, settings } = self;
        engine.stop().await;
        drop(engine);
        let engine = Engine::start(settings.clone()).await.unwrap();
        Self { engine, folder, settings }
    }

    /// A client that has said nothing yet.
    pub(crate) async fn connect(&self) -> TestClient {
        TestClient::connect(self.engine.address()).await
    }

    /// A client of the bare protocol that is in.
    pub(crate) async fn client(&self) -> TestClient {
        let mut client = self.connect().await;
        client.authenticate(&self.token(), &[]).await;
        client
    }

    /// A client with features that is in.
    pub(crate) async fn client_with(&self, features: &[&str]) -> TestClient {
        let mut client = self.connect().await;
        client.authenticate(&self.token(), features).await;
        client
    }

    /// Returns when nobody is connected.
    pub(crate) async fn until_left(&self) {
        self.until_clients(0).await;
    }

    /// Returns when so many clients are connected.
    pub(crate) async fn until_clients(&self, count: usize) {
        let mut changed = self.engine.activity().changed();
        while self.engine.activity().snapshot().clients.len() != count {
            changed.changed().await.unwrap();
        }
    }

    pub(crate) fn token(&self) -> String {
        self.engine.token().reveal().to_owned()
    }
}

/// Gives the shells of this process a home without rc files, so that no test depends on whose machine it runs on.
#[allow(unsafe_code)]
fn empty_home() {
    static HOME: OnceLock<TempDir> = OnceLock::new();
    HOME.get_or_init(|| {
        let home = TempDir::new().unwrap();
        // zsh asks a new user questions where it finds no file of its own.
        std::fs::write(home.path().join(".zshrc"), "").unwrap();
        let runtime = home.path().join("runtime");
        std::fs::DirBuilder::new().mode(0o700).create(&runtime).unwrap();
        // SAFETY: set once, before any test of this process starts a shell.
        unsafe { std::env::set_var("HOME", home.path()) };
        // SAFETY: as above.
        unsafe { std::env::set_var("XDG_RUNTIME_DIR", runtime) };
        home
    });
}
