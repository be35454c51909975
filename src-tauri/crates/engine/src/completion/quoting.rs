//! Quoting: a name written so that a shell reads just that name.

use super::line::Quote;
use crate::shell::ShellKind;

/// A name as it continues a word in the quotes `quote`, which are closed behind it where `closes`. `is_beginning`: the word
/// begins with it. Nothing where this shell has no way to write it.
pub(super) fn quoted(
    kind: ShellKind,
    name: &[u8],
    quote: Option<Quote>,
    is_beginning: bool,
    closes: bool,
) -> Option<String> {
    let mut written = String::new();
    for chunk in name.utf8_chunks() {
        for letter in chunk.valid().chars() {
            let begins = is_beginning && written.is_empty();
            write(&mut written, kind, letter, quote, begins);
        }
        for byte in chunk.invalid() {
            write_byte(&mut written, kind, *byte, quote)?;
        }
    }
    if closes && let Some(quote) = quote {
        written.push(quote.closing());
    }
    Some(written)
}

fn write(written: &mut String, kind: ShellKind, letter: char, quote: Option<Quote>, begins: bool) {
    let fish = kind == ShellKind::Fish;
    match quote {
        Some(Quote::Dollar) if letter.is_ascii_control() => write_code(written, letter),
        Some(Quote::Dollar) if matches!(letter, '\'' | '\\') => written.extend(['\\', letter]),
        Some(Quote::Single | Quote::Double) if letter.is_ascii_control() && kind != ShellKind::Posix => {
            outside(written, quote, |written| write_control(written, fish, letter));
        }
        Some(Quote::Single) if fish && matches!(letter, '\'' | '\\') => written.extend(['\\', letter]),
        Some(Quote::Single) if letter == '\'' => written.push_str("'\\''"),
        Some(Quote::Double) if matches!(letter, '"' | '\\' | '$') => written.extend(['\\', letter]),
        Some(Quote::Double) if letter == '`' && !fish => written.push_str("\\`"),
        Some(_) => written.push(letter),
        None if letter.is_ascii_control() && kind == ShellKind::Posix => written.extend(['\'', letter, '\'']),
        None if letter.is_ascii_control() => write_control(written, fish, letter),
        None => {
            let is_plain = letter.is_alphanumeric() || !letter.is_ascii();
            let is_safe = is_plain || "_-./,+@%:".contains(letter);
            // Within a word it means nothing to most shells, and names of copies end with it.
            let is_tilde = letter == '~' && !begins && matches!(kind, ShellKind::Bash | ShellKind::Posix);
            if !(is_safe || is_tilde && !written.ends_with(':')) {
                written.push('\\');
            }
            written.push(letter);
        }
    }
}

/// Something that cannot stand within quotes: they are left for it.
fn outside(written: &mut String, quote: Option<Quote>, write: impl FnOnce(&mut String)) {
    let Some(quote) = quote else { return write(written) };
    written.push(quote.closing());
    write(written);
    written.push_str(quote.opening());
}

fn write_control(written: &mut String, fish: bool, letter: char) {
    if fish {
        return write_code(written, letter);
    }
    written.push_str("$'");
    write_code(written, letter);
    written.push('\'');
}

/// A control character by its code.
fn write_code(written: &mut String, letter: char) {
    match letter {
        '\n' => written.push_str("\\n"),
        '\t' => written.push_str("\\t"),
        letter => written.push_str(&format!("\\x{:02x}", u32::from(letter))),
    }
}

fn write_byte(written: &mut String, kind: ShellKind, byte: u8, quote: Option<Quote>) -> Option<()> {
    match kind {
        ShellKind::Posix => return None,
        _ if quote == Some(Quote::Dollar) => written.push_str(&format!("\\x{byte:02x}")),
        ShellKind::Fish => outside(written, quote, |written| written.push_str(&format!("\\X{byte:02x}"))),
        _ => outside(written, quote, |written| written.push_str(&format!("$'\\x{byte:02x}'"))),
    }
    Some(())
}
