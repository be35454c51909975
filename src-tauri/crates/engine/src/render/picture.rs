//! Picture: an image among output, as an `img` that holds it or names it.

use std::fmt::Write;

use super::html::escape_attribute;

/// What `src` may begin with.
const DATA: [&str; 2] = ["data:image/png;base64,", "data:image/jpeg;base64,"];

/// An image that a command printed, as a client is to show it.
#[derive(Debug, Clone, Copy)]
pub struct Picture<'a> {
    /// It as a `data:` address of a PNG or JPEG. Any other address is left out.
    pub src: Option<&'a str>,
    /// Its number among the images of its command, for a client that can ask for it.
    pub number: Option<u64>,
    /// Pixels in a row, as it is shown.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// What it is, in words.
    pub alt: &'a str,
}

impl Picture<'_> {
    /// Writes the element.
    pub(super) fn write(&self, out: &mut String) {
        out.push_str("<img");
        if let Some(src) = self.src.filter(|src| is_picture(src)) {
            let _ = write!(out, " src=\"{src}\"");
        }
        if let Some(number) = self.number {
            let _ = write!(out, " data-image=\"{number}\"");
        }
        let _ = write!(out, " width=\"{}\" height=\"{}\" alt=\"", self.width, self.height);
        escape_attribute(out, self.alt);
        out.push_str("\">");
    }
}

fn is_picture(src: &str) -> bool {
    let data = DATA.iter().find_map(|start| src.strip_prefix(start));
    data.is_some_and(|data| data.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)))
}
