//! Printed: the images that the commands of a session printed.

use std::sync::Arc;

use super::Session;
use crate::command::Picture;
use crate::protocol::{Code, ProtocolError};

impl Session {
    /// An image that a command printed, by its number.
    ///
    /// # Errors
    /// No such command, or it has no such image any more.
    pub(crate) fn picture(&self, server_id: u64, number: u64) -> Result<Arc<Picture>, ProtocolError> {
        self.known_command(server_id)?.picture_of(number).ok_or_else(|| {
            let message = format!("No image {number} of this command is kept.");
            ProtocolError::new(Code::NoSuchFile, message)
        })
    }
}
