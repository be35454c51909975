//! The display: whether the app's window is on it, and closing it as a window manager does.

use std::sync::Arc;

use tokio::sync::watch;
use x11rb::connection::Connection as _;
use x11rb::errors::ReplyError;
use x11rb::protocol::xproto::{
    AtomEnum, ChangeWindowAttributesAux, ClientMessageEvent, ConnectionExt as _, EventMask, MapState, Window,
};
use x11rb::rust_connection::RustConnection;

use crate::session::Session;
use crate::within;

/// The windows of a session's display.
pub(crate) struct Display {
    server: Arc<RustConnection>,
    /// The app's window, while it can be seen.
    shown: watch::Receiver<Option<Window>>,
}

impl Display {
    /// Looks at the session's display until that is gone.
    pub(crate) fn of(session: &Session) -> Self {
        let (server, screen) = x11rb::connect(Some(&session.display)).unwrap();
        let root = server.setup().roots[screen].root;
        let told = ChangeWindowAttributesAux::new().event_mask(EventMask::SUBSTRUCTURE_NOTIFY);
        server.change_window_attributes(root, &told).unwrap().check().unwrap();
        let (sender, shown) = watch::channel(find(&server, root).unwrap());
        let server = Arc::new(server);
        let watching = Arc::clone(&server);
        // Ends with the display, which breaks the connection.
        std::thread::spawn(move || {
            while watching.wait_for_event().is_ok() {
                match find(&watching, root) {
                    Ok(found) => sender.send_if_modified(|shown| std::mem::replace(shown, found) != found),
                    Err(_) => continue,
                };
            }
        });
        Self { server, shown }
    }

    /// Waits until the app's window can be seen.
    pub(crate) async fn shows_window(&mut self) {
        within("the window to be shown", self.shown.wait_for(Option::is_some)).await.unwrap();
    }

    /// Waits until the app's window cannot be seen.
    pub(crate) async fn shows_no_window(&mut self) {
        within("the window to be hidden", self.shown.wait_for(Option::is_none)).await.unwrap();
    }

    /// Asks the app to close its window, as the button in the title bar does.
    pub(crate) fn close_window(&self) {
        let window = self.shown.borrow().expect("the window is shown");
        let atom =
            |name: &str| self.server.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom;
        let message = [atom("WM_DELETE_WINDOW"), x11rb::CURRENT_TIME, 0, 0, 0];
        let event = ClientMessageEvent::new(32, window, atom("WM_PROTOCOLS"), message);
        self.server.send_event(false, window, EventMask::NO_EVENT, event).unwrap().check().unwrap();
    }
}

fn find(server: &RustConnection, root: Window) -> Result<Option<Window>, ReplyError> {
    for window in server.query_tree(root)?.reply()?.children {
        // A window that is gone by now is none that is shown.
        let Ok(attributes) = server.get_window_attributes(window)?.reply() else { continue };
        let Ok(name) = server.get_property(false, window, AtomEnum::WM_NAME, AtomEnum::ANY, 0, 64)?.reply()
        else {
            continue;
        };
        if attributes.map_state == MapState::VIEWABLE && name.value == b"Porthole" {
            return Ok(Some(window));
        }
    }
    Ok(None)
}
