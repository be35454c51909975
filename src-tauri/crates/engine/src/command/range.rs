//! Range: what the number of a signal and the size of a terminal may be.

use crate::limits::Limits;
use crate::protocol::{Code, ProtocolError, Size};

/// Refuses what is no signal.
pub(crate) fn signal_number(number: i64) -> Result<i32, ProtocolError> {
    let number = i32::try_from(number).ok().filter(|number| (1..=64).contains(number));
    number.ok_or_else(|| {
        ProtocolError::new(
            Code::BadSignal,
            "Signals have the numbers 1 to 64; for example 2 interrupts and 15 terminates.",
        )
    })
}

/// Refuses a terminal size that no program can draw on.
pub(crate) fn check_size(size: Size, limits: &Limits) -> Result<(), ProtocolError> {
    let range = 1..=limits.terminal_size;
    if range.contains(&size.cols) && range.contains(&size.rows) {
        return Ok(());
    }
    Err(ProtocolError::new(
        Code::BadSize,
        format!("A terminal has 1 to {} columns and rows.", limits.terminal_size),
    ))
}
