//! A desktop session of the test's own: virtual display, private bus, unlocked keyring, and a home folder to throw away.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use zbus::Connection;
use zbus::fdo::DBusProxy;
use zbus::names::BusName;

use crate::within;

const NEEDED: [&str; 4] = ["Xvfb", "dbus-daemon", "gnome-keyring-daemon", "WebKitWebDriver"];

/// A process with everything that it starts, ended with this value.
pub(crate) struct Group(Child);

impl Group {
    /// Starts `command` as the head of a process group of its own.
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(
            command
                .process_group(0)
                .kill_on_drop(true)
                .spawn()
                .unwrap_or_else(|error| panic!("{command:?}: {error}")),
        )
    }

    /// The process.
    pub(crate) fn process(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(pid) = self.0.id().and_then(|pid| rustix::process::Pid::from_raw(pid.cast_signed())) {
            let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
        }
    }
}

/// Fields end in this order: programs before what they are connected to.
pub(crate) struct Session {
    /// The session's bus.
    pub(crate) bus: Connection,
    /// The number of the display, as in `DISPLAY`.
    pub(crate) display: String,
    bus_address: String,
    _keyring: Group,
    _daemon: Group,
    _server: Group,
    root: TempDir,
}

impl Session {
    /// Starts display, bus and keyring.
    pub(crate) async fn start() -> Self {
        let root = tempfile::Builder::new().prefix("porthole-desktop-").tempdir().unwrap();
        for folder in ["home", "run", "bin"] {
            std::fs::create_dir(root.path().join(folder)).unwrap();
        }
        let private = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(root.path().join("run"), private).unwrap();
        require(&NEEDED);
        let (server, display) = start_display().await;
        let (daemon, bus_address) = start_bus(root.path()).await;
        let bus =
            within("the bus", zbus::connection::Builder::address(bus_address.as_str()).unwrap().build())
                .await
                .unwrap();
        let keyring = start_keyring(root.path(), &bus_address, &bus).await;
        Self { bus, display, bus_address, _keyring: keyring, _daemon: daemon, _server: server, root }
    }

    /// A folder of the session's own; gone with it.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// `program` with the session's surroundings.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        surround(&mut command, self.root.path(), &self.bus_address);
        command.env("DISPLAY", &self.display);
        command
    }

    /// Puts a shell script into the session's `PATH`, before all others.
    pub(crate) fn program(&self, name: &str, script: &str) {
        let path = self.folder("bin").join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}

fn require(programs: &[&str]) {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = |program: &&str| std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    let missing: Vec<_> = programs.iter().copied().filter(|program| !found(program)).collect();
    assert!(
        missing.is_empty(),
        "The desktop test needs {}; `cargo xtask test` installs what it needs.",
        missing.join(", ")
    );
}

fn surround(command: &mut Command, root: &Path, bus_address: &str) {
    let path = std::env::var("PATH").unwrap_or_default();
    command
        .env("PATH", format!("{}:{path}", root.join("bin").display()))
        .env("HOME", root.join("home"))
        .env("XDG_RUNTIME_DIR", root.join("run"))
        .env("DBUS_SESSION_BUS_ADDRESS", bus_address)
        .env("LANG", "C.UTF-8")
        // No settings daemon and no accessibility bus is in this session.
        .env("GSETTINGS_BACKEND", "memory")
        .env("NO_AT_BRIDGE", "1");
    for foreign in [
        "WAYLAND_DISPLAY",
        "DISPLAY",
        "XAUTHORITY",
        "XDG_DATA_HOME",
        "XDG_CONFIG_HOME",
        "XDG_CACHE_HOME",
        "XDG_CURRENT_DESKTOP",
    ] {
        command.env_remove(foreign);
    }
    for own in ["PORTHOLE_DATA_DIR", "PORTHOLE_PORT", "PORTHOLE_TOKEN_STORE"] {
        command.env_remove(own);
    }
}

async fn start_display() -> (Group, String) {
    let mut server = Group::start(
        Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null()),
    );
    let number = first_line("Xvfb's number", server.process().stdout.take().unwrap()).await;
    (server, format!(":{number}"))
}

async fn start_bus(root: &Path) -> (Group, String) {
    let config = root.join("bus.conf");
    // No service folder: nothing of the machine that runs the test is started.
    let text = format!(
        r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:dir={}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy></busconfig>"#,
        root.join("run").display()
    );
    std::fs::write(&config, text).unwrap();
    let mut daemon = Group::start(
        Command::new("dbus-daemon")
            .arg(format!("--config-file={}", config.display()))
            .args(["--nofork", "--print-address=1"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null()),
    );
    let address = first_line("the bus's address", daemon.process().stdout.take().unwrap()).await;
    (daemon, address)
}

async fn start_keyring(root: &Path, bus_address: &str, bus: &Connection) -> Group {
    let mut password = tempfile::tempfile_in(root).unwrap();
    password.write_all(b"a password").unwrap();
    std::io::Seek::rewind(&mut password).unwrap();
    let mut command = Command::new("gnome-keyring-daemon");
    command.args(["--unlock", "--components=secrets", "--foreground"]);
    surround(&mut command, root, bus_address);
    let keyring = Group::start(command.stdin(password).stdout(Stdio::null()).stderr(Stdio::null()));
    wait_for_owner(bus, "org.freedesktop.secrets").await;
    keyring
}

/// Waits until somebody owns `name` on the bus.
async fn wait_for_owner(bus: &Connection, name: &'static str) {
    use futures_util::StreamExt as _;
    let proxy = DBusProxy::new(bus).await.unwrap();
    let mut changes = proxy.receive_name_owner_changed_with_args(&[(0, name)]).await.unwrap();
    if proxy.name_has_owner(BusName::try_from(name).unwrap()).await.unwrap() {
        return;
    }
    within(name, changes.next()).await;
}

async fn first_line(what: &str, stream: impl AsyncRead + Unpin) -> String {
    let mut line = String::new();
    within(what, BufReader::new(stream).read_line(&mut line)).await.unwrap();
    assert!(!line.is_empty(), "{what} was not told");
    line.trim().to_owned()
}
