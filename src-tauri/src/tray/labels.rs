//! The words of the tray's menu.

use engine::protocol::Status;

use crate::bridge::State;

/// Characters of a command that the menu shows.
const COMMAND_SHOWN: usize = 48;

/// Whether it runs and where.
pub(super) fn state_line(state: &State) -> String {
    if state.running {
        format!("Running at {}", escape(state.address.trim_end_matches('/')))
    } else if state.error.is_some() {
        "Porthole could not start".into()
    } else {
        "Not running".into()
    }
}

/// How much is going on, or where to read what went wrong.
pub(super) fn counts_line(state: &State) -> String {
    if state.error.is_some() {
        return "The window says why".into();
    }
    if state.problem.is_some() {
        return "Something is wrong; the window says what".into();
    }
    let running = state.commands.iter().filter(|command| command.status == Status::Running).count();
    format!("{}, {}", counted(state.clients.len(), "client"), counted(running, "command"))
}

/// One line that names a command and what choosing it does.
pub(super) fn kill_label(command: &str) -> String {
    let mut plain = command
        .chars()
        .filter(|&letter| !turns_text(letter))
        .map(|letter| if letter.is_control() { ' ' } else { letter });
    let mut text: String = plain.by_ref().take(COMMAND_SHOWN).collect();
    if plain.next().is_some() {
        text.push('…');
    }
    format!("Kill: {}", escape(text.trim()))
}

fn counted(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

/// In a menu a single `&` marks the letter that the keyboard chooses.
fn escape(text: &str) -> String {
    text.replace('&', "&&")
}

/// Characters that change the direction of the text after them, and so could disguise a command.
fn turns_text(letter: char) -> bool {
    matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::Phase;

    #[test]
    fn a_command_is_one_short_line_with_its_ampersands() {
        assert_eq!(kill_label("sleep 1000"), "Kill: sleep 1000");
        assert_eq!(kill_label("a && b_c &"), "Kill: a &&&& b_c &&");
        assert_eq!(kill_label("one\ntwo\tthree"), "Kill: one two three");
        let long = kill_label(&"x".repeat(500));
        assert_eq!(long, format!("Kill: {}…", "x".repeat(COMMAND_SHOWN)));
    }

    #[test]
    fn a_command_cannot_turn_its_text_around() {
        assert_eq!(kill_label("echo \u{202e}fr mr"), "Kill: echo fr mr");
    }

    #[test]
    fn the_lines_say_where_it_runs_and_what_is_going_on() {
        let mut state = State::of(&Phase::Starting);
        assert_eq!(state_line(&state), "Not running");
        state.running = true;
        state.address = "https://localhost:7867/".into();
        assert_eq!(state_line(&state), "Running at https://localhost:7867");
        assert_eq!(counts_line(&state), "0 clients, 0 commands");
        state.problem = Some("The disk is full.".into());
        assert_eq!(counts_line(&state), "Something is wrong; the window says what");
    }

    #[test]
    fn a_failed_start_sends_the_reader_to_the_window() {
        let state = State::of(&Phase::Failed("Port 7867 is taken.".into()));
        assert_eq!(state_line(&state), "Porthole could not start");
        assert_eq!(counts_line(&state), "The window says why");
    }
}
