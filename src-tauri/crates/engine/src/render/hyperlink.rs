//! Hyperlink: what OSC 8 asks for, if it is of a kind that a page may follow.

/// Reads an operating system command. None: it is not OSC 8. `Some(None)`: the hyperlink ends, or its
/// target is of a kind that is not allowed.
pub(super) fn parse(data: &[u8]) -> Option<Option<&str>> {
    let rest = data.strip_prefix(b"8;")?;
    let parameters = rest.iter().position(|byte| *byte == b';')?;
    let target = &rest[parameters + 1..];
    Some(std::str::from_utf8(target).ok().filter(|target| is_allowed(target)))
}

/// Whether `target` is an absolute address of http, https or mailto, in the characters that may be in one.
fn is_allowed(target: &str) -> bool {
    let has = |scheme: &str| {
        target.len() > scheme.len()
            && target.as_bytes()[..scheme.len()].eq_ignore_ascii_case(scheme.as_bytes())
    };
    target.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>".contains(&byte))
        && (has("https://") || has("http://") || has("mailto:"))
}
