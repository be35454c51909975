//! The account: who runs the engine, and which shell is theirs, from the system's user database.
#![allow(unsafe_code)]

use super::ShellError;
use std::ffi::{CStr, OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// What the user database says about the user that runs the engine.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) name: OsString,
    pub(super) home: PathBuf,
    pub(super) shell: PathBuf,
}

impl Account {
    /// Looks the account up; the environment's `HOME`, `USER` and `SHELL` fill in what is missing.
    pub(super) fn of_this_process() -> Result<Self, ShellError> {
        let entry = entry_of(rustix::process::getuid().as_raw());
        let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let (name, home, shell) = entry.unwrap_or_default();
        let or = |value: OsString, name: &str| {
            if value.is_empty() { variable(name).unwrap_or_default() } else { value }
        };
        let home = variable("HOME").unwrap_or(home);
        if home.is_empty() {
            return Err(ShellError::NoHome);
        }
        let mut shell = or(shell, "SHELL");
        if shell.is_empty() {
            shell = "/bin/sh".into();
        }
        Ok(Self { name: or(name, "USER"), home: home.into(), shell: shell.into() })
    }
}

/// Name, home and shell of a user; `None` where the database does not know the user.
fn entry_of(uid: libc::uid_t) -> Option<(OsString, OsString, OsString)> {
    let mut buffer = vec![0 as libc::c_char; 16 << 10];
    let mut found = std::ptr::null_mut();
    // SAFETY: an all-zero passwd (null pointers, zero ids) is a valid value of this plain C struct.
    let mut entry: libc::passwd = unsafe { std::mem::zeroed() };
    // SAFETY: every pointer is to a live local; the buffer's length is passed with it.
    let error = unsafe { libc::getpwuid_r(uid, &mut entry, buffer.as_mut_ptr(), buffer.len(), &mut found) };
    if error != 0 || found.is_null() {
        return None;
    }
    let text = |pointer: *const libc::c_char| {
        if pointer.is_null() {
            return OsString::new();
        }
        // SAFETY: getpwuid_r left a C string inside `buffer`, which is still alive.
        OsStr::from_bytes(unsafe { CStr::from_ptr(pointer) }.to_bytes()).to_owned()
    };
    Some((text(entry.pw_name), text(entry.pw_dir), text(entry.pw_shell)))
}
