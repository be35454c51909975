//! Context: what every connection of an engine shares.

use std::sync::Arc;

use tokio::sync::{Semaphore, watch};

use crate::activity::Activity;
use crate::authentication::Authentication;
use crate::clock::Clock;
use crate::files::Files;
use crate::history::History;
use crate::images::Images;
use crate::limits::Limits;
use crate::notifications::Board;
use crate::preferences::Preferences;
use crate::server::{Connections, Door};
use crate::session::Sessions;
use crate::shell::Shells;
use crate::store::Store;
use crate::watches::Watches;

/// What every connection shares.
pub(crate) struct Context {
    pub(crate) limits: Arc<Limits>,
    pub(crate) clock: Clock,
    pub(crate) activity: Activity,
    pub(crate) authentication: Authentication,
    pub(crate) sessions: Sessions,
    pub(crate) shells: Arc<Shells>,
    pub(crate) store: Store,
    pub(crate) board: Board,
    pub(crate) history: History,
    pub(crate) files: Arc<Files>,
    pub(crate) preferences: Preferences,
    pub(crate) images: Images,
    pub(crate) watches: Watches,
    pub(crate) connections: Connections,
    pub(crate) door: Door,
    /// Places for authenticated connections.
    pub(crate) places: Arc<Semaphore>,
    /// Places for downloads.
    pub(crate) downloads: Arc<Semaphore>,
    /// Places for connections that have not authenticated.
    pub(crate) waiting: Arc<Semaphore>,
    pub(crate) stopping: watch::Sender<bool>,
}
