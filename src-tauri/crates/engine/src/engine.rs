//! The engine: one running server with everything that belongs to it, as the app and the command line hold it.

mod controlled;
mod error;
mod upkeep;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use time::OffsetDateTime;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::activity::{Activity, CommandId};
use crate::audit::{Act, AuditEvent, AuditTrail};
use crate::authentication::Authentication;
use crate::ceiling::Ceiling;
use crate::clock::{Clock, MachineTime, TimeSource, whole_millis};
use crate::command::Resources;
use crate::context::Context;
use crate::control;
use crate::data_dir::DataDir;
use crate::files::Files;
use crate::history::History;
use crate::images::Images;
use crate::limits::Limits;
use crate::notifications::{Audience, Board};
use crate::preferences::Preferences;
use crate::protocol::{NotificationEvent, SessionEnd};
use crate::server::{self, Connections, Door};
use crate::session::{Sessions, token_hash};
use crate::shell::Shells;
use crate::store::{Found, Store, StoreError};
use crate::tls::Certificate;
use crate::token_store::{Token, TokenError, TokenStore, TokenStoreKind};
use crate::watches::Watches;

pub use error::StartError;

/// Who kills by what the engine itself offers.
const HOLDER: &str = "the tray";

/// How to start an engine.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address to listen on; loopback unless the user says otherwise.
    pub bind: IpAddr,
    /// The port; 0 picks a free one.
    pub port: u16,
    /// The folder for certificate, control socket and lock; made with mode 0700 where it is missing.
    pub data_dir: PathBuf,
    /// Where the pairing token is kept.
    pub token_store: TokenStoreKind,
    /// A shell to use in place of the user's login shell.
    pub shell: Option<PathBuf>,
    /// Origins that may connect besides the engine's own pages, as `scheme://host[:port]`.
    pub origins: Vec<String>,
    /// The bounds.
    pub limits: Limits,
    /// Where the time comes from.
    pub time: Arc<dyn TimeSource>,
}

impl Settings {
    /// The default port.
    pub const PORT: u16 = 7867;

    /// Loopback, the default port, the keychain and the user's login shell, with everything kept in `data_dir`.
    pub fn new(data_dir: PathBuf) -> Self {
        Self {
            bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: Self::PORT,
            data_dir,
            token_store: TokenStoreKind::Keychain,
            shell: None,
            origins: Vec::new(),
            limits: Limits::default(),
            time: Arc::new(MachineTime::default()),
        }
    }
}

/// A running engine.
pub struct Engine {
    address: SocketAddr,
    certificate: Certificate,
    context: Arc<Context>,
    store: TokenStore,
    accepting: Mutex<Vec<JoinHandle<()>>>,
    stop_asked: watch::Sender<bool>,
    /// Held for as long as the engine uses the folder.
    _data_dir: DataDir,
}

impl Engine {
    /// Takes the data folder, reads or makes token and certificate, and listens.
    ///
    /// # Errors
    /// One sentence: the port is taken (and by whom), the folder cannot be used, another Porthole uses it, the token
    /// cannot be read, or the shell cannot be started. Nothing is left half-made.
    pub async fn start(settings: Settings) -> Result<Arc<Self>, StartError> {
        let limits = Arc::new(settings.limits);
        let data_dir = DataDir::take(&settings.data_dir)?;
        let wanted = SocketAddr::new(settings.bind, settings.port);
        let not_listening = |error| StartError::not_listening(wanted, error);
        let listeners = server::listen(wanted).await.map_err(not_listening)?;
        let address = listeners[0].local_addr().map_err(not_listening)?;
        let store = TokenStore::open(settings.token_store, data_dir.path(), limits.keychain);
        let token = store.load_or_make().await?;
        let certificate = Certificate::load_or_make(data_dir.path(), settings.bind)?;
        let control = control::listen(data_dir.path())?;
        let runtime_dir = data_dir.make_runtime_dir()?;
        let shells = Shells::start(settings.shell, &runtime_dir, &limits).await?;
        let shells = Arc::new(shells);
        let activity = Activity::default();
        let board = Board::new(limits.notices);
        let clock = Clock::new(settings.time);
        let kept = take_over(&data_dir, &token, &limits, &clock).await?;
        let files = Arc::new(Files::new(shells.home(), data_dir.path().join("uploads"), &limits));
        let images = Images::new(Arc::clone(&limits));
        let context = Arc::new(Context {
            authentication: Authentication::new(token, Arc::clone(&limits)),
            sessions: Sessions::new(
                Arc::clone(&shells),
                &runtime_dir,
                Resources {
                    ceiling: Arc::new(Ceiling::new(limits.output_memory)),
                    limits: Arc::clone(&limits),
                    files: Arc::clone(&files),
                    images: images.clone(),
                    clock: clock.clone(),
                },
                activity.clone(),
                board.clone(),
                kept.0.clone(),
                kept.1,
            ),
            preferences: Preferences::load(kept.0.clone(), board.clone(), Arc::clone(&limits)).await,
            board,
            history: History::new(kept.0.clone(), Arc::clone(&shells), Arc::clone(&limits)),
            store: kept.0,
            files,
            images,
            watches: Watches::new(Arc::clone(&limits)),
            shells,
            clock,
            activity,
            connections: Connections::default(),
            door: Door::new(&settings.origins),
            places: Arc::new(Semaphore::new(limits.connections)),
            downloads: Arc::new(Semaphore::new(limits.downloads)),
            waiting: Arc::new(Semaphore::new(limits.unauthenticated_connections)),
            stopping: watch::Sender::new(false),
            limits,
        });
        let tls = TlsAcceptor::from(certificate.server_config()?);
        let mut accepting: Vec<_> = listeners
            .into_iter()
            .map(|listener| tokio::spawn(server::accept(listener, tls.clone(), Arc::clone(&context))))
            .collect();
        accepting.extend(upkeep::start(&context));
        context.store.note(Act::new(AuditEvent::Started).with(env!("CARGO_PKG_VERSION")));
        let engine = Arc::new(Self {
            address,
            certificate,
            context,
            store,
            accepting: Mutex::new(accepting),
            stop_asked: watch::Sender::new(false),
            _data_dir: data_dir,
        });
        let stopping = engine.context.stopping.subscribe();
        engine.accepting().push(control::serve(control, Arc::downgrade(&engine), stopping));
        Ok(engine)
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The web terminal's address, for example `https://127.0.0.1:7867/`.
    pub fn page_url(&self) -> String {
        format!("https://{}/", self.address)
    }

    /// The websocket's address, for example `wss://127.0.0.1:7867/`.
    pub fn socket_url(&self) -> String {
        format!("wss://{}/", self.address)
    }

    /// The certificate's fingerprint: `sha256:` and 64 hexadecimal digits.
    pub fn fingerprint(&self) -> &str {
        self.certificate.fingerprint()
    }

    /// The certificate as PEM of the authority that signed this engine's own, and nothing else: what a browser or a
    /// system is given that shall trust it.
    pub fn ca_pem(&self) -> &str {
        self.certificate.ca_pem()
    }

    /// The pairing token.
    pub fn token(&self) -> Token {
        self.context.authentication.token()
    }

    /// Makes a new pairing token and keeps it. Every connection is closed and every session ended: whoever came in by
    /// the former token has to pair again.
    ///
    /// # Errors
    /// The store refused the new token; the former one stays in force.
    pub async fn rotate_token(&self) -> Result<Token, TokenError> {
        self.rotate_token_for(HOLDER).await
    }

    async fn rotate_token_for(&self, by: &str) -> Result<Token, TokenError> {
        let token = self.store.rotate().await?;
        self.context.store.note(Act::new(AuditEvent::TokenRotated).by(by));
        self.context.authentication.replace(token.clone());
        self.context.board.notify(Audience::Everybody, NotificationEvent::TokenRotated);
        self.context.sessions.tell_end(SessionEnd::TokenRotated);
        self.context.connections.hang_up_all();
        self.context.sessions.end_all().await;
        if let Err(error) = self.context.store.void_sessions(token_hash(token.reveal())).await {
            // The next start sees that the token is another one, and voids them then.
            tracing::warn!("{error}");
        }
        Ok(token)
    }

    /// Who is connected and what runs.
    pub fn activity(&self) -> &Activity {
        &self.context.activity
    }

    /// Ends a running command for who holds the engine: TERM, then KILL after the grace. False when no such command
    /// runs.
    pub fn kill(&self, command: CommandId) -> bool {
        self.kill_for(command, HOLDER)
    }

    /// Ends every running command of every session and says how many there were.
    pub fn kill_everything(&self) -> usize {
        self.kill_everything_for(HOLDER)
    }

    fn kill_for(&self, command: CommandId, by: &str) -> bool {
        let session = self.context.sessions.numbered(command.session);
        session.is_some_and(|session| session.kill(command.server_id, by))
    }

    fn kill_everything_for(&self, by: &str) -> usize {
        self.context.sessions.all().iter().map(|session| session.kill_everything(by)).sum()
    }

    /// Closes a client's connection; its session stays. False when there is no such client.
    pub fn disconnect(&self, client: u64) -> bool {
        self.disconnect_for(client, HOLDER)
    }

    fn disconnect_for(&self, client: u64, by: &str) -> bool {
        let known = self.activity().snapshot().clients.into_iter().find(|known| known.id == client);
        let is_there = self.context.connections.hang_up(client);
        if let Some(known) = known.filter(|_| is_there) {
            let act = Act::new(AuditEvent::Disconnected).by(by).in_session(known.session);
            self.context.store.note(Act { address: Some(known.address), ..act }.with(known.name));
        }
        is_there
    }

    /// Who came in, was turned away, ended or changed something: the newest entries, at most `limit`, and the clients
    /// that were in at some time.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn audit(&self, limit: usize) -> Result<AuditTrail, StoreError> {
        self.context.store.audit(limit).await
    }

    /// Returns once somebody asked over the control socket that this engine be stopped. Whoever started it then calls
    /// [`Engine::stop`].
    pub async fn stop_asked(&self) {
        // The sender is the engine's own, so this fails no earlier than the engine is gone.
        let _ = self.stop_asked.subscribe().wait_for(|asked| *asked).await;
    }

    /// Ends commands, closes connections and stops listening; returns when all of that is done.
    pub async fn stop(&self) {
        self.context.board.notify(Audience::Everybody, NotificationEvent::EngineStopping);
        self.context.stopping.send_replace(true);
        let accepting = std::mem::take(&mut *self.accepting());
        for task in accepting {
            let _ = task.await;
        }
        self.context.sessions.end_all().await;
        self.context.shells.stop().await;
        self.context.store.note(Act::new(AuditEvent::Stopped));
        self.context.store.close().await;
    }

    fn accepting(&self) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.accepting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens the store and takes over what an earlier engine left in it.
async fn take_over(
    data_dir: &DataDir,
    token: &Token,
    limits: &Arc<Limits>,
    clock: &Clock,
) -> Result<(Store, Found), StoreError> {
    let store = Store::open(data_dir.path(), limits, clock.clone())?;
    if let Ok(Some(seen)) = store.last_alive().await {
        clock.go_on_from(seen, limits.absence);
    }
    let oldest = clock.now() - whole_millis(limits.detached_session);
    let found = store.take_over(token_hash(token.reveal()), oldest, limits.sessions).await;
    let found = found.unwrap_or_else(|error| {
        tracing::warn!("Earlier sessions are not given back: {error}");
        // Above every number that may be in the file.
        let last_number = OffsetDateTime::now_utc().unix_timestamp().unsigned_abs();
        Found { last_number, ..Found::default() }
    });
    Ok((store, found))
}
