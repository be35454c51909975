//! What a zsh reads around a command.

use super::{Put, Redirections, pipeline, quoted};
use crate::shell::ShellKind;

/// A block of a zsh that goes on whatever it runs into: an interrupt or an error would else end the script, which is the
/// FIFO. The first form is for where the user's traps and traces may notice the end of the block, the second one has what
/// they could print go where the rest of it goes.
macro_rules! block {
    ($code:literal) => {
        concat!("{ ", $code, "; } always { { TRY_BLOCK_ERROR=0 TRY_BLOCK_INTERRUPT=0; } >/dev/null 2>&1; }\n")
    };
    ($code:literal, $to:literal) => {
        concat!("{ { ", $code, "; } always { TRY_BLOCK_ERROR=0 TRY_BLOCK_INTERRUPT=0; }; } ", $to, "\n")
    };
}

/// What a zsh reads after a command. Where nobody wants to know of prompts it takes no time for that.
pub(super) const END: &str = concat!(
    block!("__porthole_ended; builtin eval \"$__porthole_away\"; builtin unsetopt xtrace", ">/dev/null 2>&1"),
    "(( ! ${+functions[precmd]} && ! ${+precmd_functions} )) || ",
    block!("__porthole_precmd >/dev/null"),
    block!("__porthole_tell; __porthole_text=", "2>/dev/null"),
);

/// What a zsh reads when its state is asked for.
pub(super) const STATE: &str =
    block!("__porthole_quietly __porthole_save \"$@\"; __porthole_define= __porthole_id=", "2>/dev/null");

/// What a zsh reads before a command, once that is ready. It begins it itself where nothing may notice that.
pub(super) const BEGIN: &str = concat!(
    "(( ! ${+functions[__porthole_user_preexec]} && ! ${#__porthole_preexec_functions[@]} )) || ",
    block!("__porthole_preexec >/dev/null"),
    "{ builtin eval \"$__porthole_bring_back\"; (( __porthole_trace )) && builtin set -x; \
     __porthole_back && :; } >/dev/null 2>&1\n",
);

/// What it is given for a command.
pub(super) fn command(put: &Put<'_>, text: &str, redirections: &Redirections) -> String {
    let &Put { id, ref plain, before, statuses } = put;
    let text = quoted(ShellKind::Zsh, text);
    let to = redirections.written();
    if !plain.is_empty() && to.is_empty() {
        // A word may be a global alias.
        let plain = plain.iter().map(|word| quoted(ShellKind::Zsh, word)).collect::<Vec<_>>().join(" ");
        return format!("__porthole_id={id}; __porthole_ready_plain {text} {plain}\n__porthole_run\n{END}");
    }
    let ready = format!("{before}\n{{ __porthole_id={id}; __porthole_ready {text}");
    if to.is_empty() && statuses.is_empty() {
        return format!("{ready} 1; }} 2>/dev/null\n__porthole_run\n{END}");
    }
    let run = if to.is_empty() {
        "__porthole_run\n".to_owned()
    } else {
        block!("builtin eval \"$__porthole_text\"@TO@").replace("@TO@", &to)
    };
    let statuses = pipeline(statuses);
    format!("{ready}; }} 2>/dev/null\n{BEGIN}{statuses}\n{run}{END}")
}
