//! The clipboard, for the pairing token.

use std::sync::{Mutex, PoisonError};

use engine::Token;

/// The system's clipboard. On X11 what was copied lives only as long as this value, so the app keeps it.
#[derive(Default)]
pub(crate) struct Clipboard(Mutex<Option<arboard::Clipboard>>);

impl Clipboard {
    /// Copies the token, and asks clipboard histories to leave it out. May block: not for the main thread.
    ///
    /// # Errors
    /// There is no clipboard, or it refuses; one sentence for a person.
    pub(crate) fn copy(&self, token: &Token) -> Result<(), String> {
        self.try_copy(token).map_err(|error| {
            format!("The token could not be copied ({error}); show it in the window and copy it by hand.")
        })
    }

    fn try_copy(&self, token: &Token) -> Result<(), arboard::Error> {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if slot.is_none() {
            *slot = Some(arboard::Clipboard::new()?);
        }
        let Some(clipboard) = slot.as_mut() else {
            return Err(arboard::Error::ClipboardNotSupported);
        };
        let copied = without_history(clipboard.set()).text(token.reveal());
        if copied.is_err() {
            // A broken connection to the window system is made anew the next time.
            *slot = None;
        }
        copied
    }
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
fn without_history(set: arboard::Set<'_>) -> arboard::Set<'_> {
    #[cfg(target_os = "macos")]
    use arboard::SetExtApple as _;
    #[cfg(target_os = "linux")]
    use arboard::SetExtLinux as _;
    set.exclude_from_history()
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn without_history(set: arboard::Set<'_>) -> arboard::Set<'_> {
    set
}
