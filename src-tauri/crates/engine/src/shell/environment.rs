//! The environment that a shell starts with: that of a login session, without the engine's own variables.

use super::account::Account;
use std::ffi::OsString;
use std::path::Path;

/// Variables of the desktop session that are handed on. Everything else is the shell's rc files' business: what
/// the engine was started with (settings, secrets, the variables of another terminal) stays with the engine.
const HANDED_ON: [&str; 31] = [
    "PATH",
    "LANG",
    "LANGUAGE",
    "TZ",
    "TMPDIR",
    "MAIL",
    "EDITOR",
    "VISUAL",
    "PAGER",
    "BROWSER",
    "DISPLAY",
    "XAUTHORITY",
    "WAYLAND_DISPLAY",
    "DESKTOP_SESSION",
    "DBUS_SESSION_BUS_ADDRESS",
    "SSH_AUTH_SOCK",
    "SSH_AGENT_PID",
    "GPG_AGENT_INFO",
    "GNOME_KEYRING_CONTROL",
    "http_proxy",
    "https_proxy",
    "ftp_proxy",
    "all_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "FTP_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "__CF_USER_TEXT_ENCODING",
    "ZDOTDIR",
];

/// Families of such variables.
const HANDED_ON_PREFIXES: [&str; 4] = ["LC_", "XDG_", "GTK_", "QT_"];

const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The variables of a new shell.
pub(super) fn of_a_login(account: &Account, shell: &Path) -> Vec<(OsString, OsString)> {
    let mut variables: Vec<(OsString, OsString)> = std::env::vars_os()
        .filter(|(name, _)| {
            name.to_str().is_some_and(|name| {
                HANDED_ON.contains(&name) || HANDED_ON_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
            })
        })
        .collect();
    if !variables.iter().any(|(name, _)| name == "PATH") {
        variables.push(("PATH".into(), DEFAULT_PATH.into()));
    }
    let own: [(&str, OsString); 6] = [
        ("HOME", account.home.clone().into()),
        ("USER", account.name.clone()),
        ("LOGNAME", account.name.clone()),
        ("SHELL", shell.into()),
        ("TERM", "xterm-256color".into()),
        ("COLORTERM", "truecolor".into()),
    ];
    variables.extend(own.map(|(name, value)| (name.into(), value)));
    variables
}
