//! Summary: a command as it is told to who comes to its session.

use time::OffsetDateTime;

use super::Command;
use crate::protocol::{CommandSummary, Status};

impl Command {
    /// What an authentication tells of it; with the details of its end where those were asked for.
    pub(crate) fn summary(&self, details: bool) -> CommandSummary {
        let ended = self.ended();
        let known = ended.as_ref().filter(|ended| details && !ended.lost).map(|ended| &ended.ending);
        CommandSummary {
            command: self.plan.text.clone(),
            client_id: self.plan.client_id,
            server_id: self.plan.server_id,
            begin: self.begin(),
            end: ended.as_ref().map_or_else(String::new, |ended| timestamp(ended.at)),
            status: if ended.is_some() { Status::Completed } else { Status::Running },
            format: details.then_some(self.plan.format),
            streams: details.then_some(self.plan.streams),
            pipes: details.then(|| self.plan.pipes.clone()),
            breakpoints: self.plan.breakpoints.clone().filter(|_| details),
            exit_code: known.map(|ending| ending.exit_code),
            signal: known.and_then(|ending| ending.signal),
            duration_ms: ended.as_ref().filter(|ended| details && !ended.lost).map(|ended| ended.duration_ms),
            lost: ended.as_ref().filter(|ended| details && ended.lost).map(|_| true),
        }
    }
}

/// RFC 3339 in UTC with milliseconds.
pub(crate) fn timestamp(at: OffsetDateTime) -> String {
    let (date, time) = (at.date(), at.time());
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        date.year(),
        u8::from(date.month()),
        date.day(),
        time.hour(),
        time.minute(),
        time.second(),
        time.millisecond()
    )
}
