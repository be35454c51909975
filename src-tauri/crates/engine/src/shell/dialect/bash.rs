//! What a bash reads: it would read a FIFO byte by byte, so what comes is in a file, and the FIFO tells that it is there.

use super::{Put, Redirections, Written};

/// The fields of that file, in this order.
#[derive(Default)]
struct Fields<'a> {
    /// The command's number; nothing for an operation.
    id: &'a str,
    /// The first words of the stages where the text is plain.
    plain: &'a str,
    /// Code that precedes it.
    before: &'a str,
    redirections: &'a str,
    text: &'a str,
}

impl Fields<'_> {
    fn written(&self) -> Written {
        let fields = [self.id, self.plain, self.before, self.redirections, self.text];
        let mut bytes = Vec::with_capacity(fields.iter().map(|field| field.len() + 1).sum());
        for field in fields {
            bytes.extend_from_slice(field.as_bytes());
            bytes.push(0);
        }
        Written { at_once: vec![0], once_begun: None, file: Some(bytes) }
    }
}

/// What it is given for a command.
pub(super) fn command(put: &Put<'_>, text: &str, redirections: &Redirections) -> Written {
    Fields {
        id: &put.id.to_string(),
        plain: &put.plain.join(" "),
        before: put.before,
        redirections: &redirections.written(),
        text,
    }
    .written()
}

/// Code of the engine's own.
pub(super) fn code(code: &str) -> Written {
    Fields { before: code, ..Fields::default() }.written()
}
