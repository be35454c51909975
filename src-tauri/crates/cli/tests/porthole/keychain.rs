//! A real D-Bus and a real keyring, and those that are missing, locked, or never answer.

use std::fs;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tempfile::TempDir;

use crate::process::{Ended, PATIENCE, Serving, finished, porthole};

/// A D-Bus of its own that can start nothing by itself, so that no keyring comes but the one that a test starts.
struct Bus {
    home: TempDir,
    _daemon: Ended,
}

impl Bus {
    fn start() -> Self {
        let home = TempDir::new().unwrap();
        let path = home.path().join("bus");
        let config = home.path().join("bus.conf");
        let text = format!(
            "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\" \
             \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n\
             <busconfig><type>session</type><listen>unix:path={}</listen><policy context=\"default\">\
             <allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/>\
             </policy></busconfig>",
            path.display()
        );
        fs::write(&config, text).unwrap();
        let daemon = Command::new("dbus-daemon")
            .arg(format!("--config-file={}", config.display()))
            .args(["--nofork", "--nopidfile"])
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon, of Debian's package dbus-daemon");
        let bus = Self { home, _daemon: Ended(daemon) };
        until(|| path.exists());
        bus
    }

    fn address(&self) -> String {
        format!("unix:path={}", self.home.path().join("bus").display())
    }

    fn on_it(&self, command: &mut Command) {
        command
            .env("DBUS_SESSION_BUS_ADDRESS", self.address())
            .env("XDG_RUNTIME_DIR", self.home.path())
            .env("HOME", self.home.path());
    }

    /// Starts a keyring, unlocked with a password if one is given.
    fn keyring(&self, password: Option<&str>) -> Ended {
        let mut command = Command::new("gnome-keyring-daemon");
        command.env_remove("XDG_DATA_HOME").env_remove("DISPLAY");
        self.on_it(command.args(["--components=secrets", "--foreground"]));
        if password.is_some() {
            command.arg("--unlock");
        }
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut daemon = Ended(command.spawn().expect("gnome-keyring-daemon, of the package gnome-keyring"));
        let mut stdin = daemon.0.stdin.take().unwrap();
        std::io::Write::write_all(&mut stdin, password.unwrap_or_default().as_bytes()).unwrap();
        drop(stdin);
        until(|| self.secrets_are_served());
        daemon
    }

    fn secrets_are_served(&self) -> bool {
        let mut send = Command::new("dbus-send");
        send.env("DBUS_SESSION_BUS_ADDRESS", self.address()).args([
            "--session",
            "--print-reply=literal",
            "--dest=org.freedesktop.DBus",
            "/",
            "org.freedesktop.DBus.NameHasOwner",
            "string:org.freedesktop.secrets",
        ]);
        String::from_utf8_lossy(&send.output().expect("dbus-send, of the package dbus-bin").stdout)
            .contains("true")
    }

    fn data_dir(&self) -> PathBuf {
        self.home.path().join("data")
    }

    fn serve(&self) -> Command {
        let mut command = porthole(self.home.path());
        self.on_it(command.args(["serve", "--port", "0", "--json", "--data-dir"]).arg(self.data_dir()));
        command
    }

    fn serving(&self) -> Serving {
        Serving::spawn(&mut self.serve(), TempDir::new().unwrap())
    }

    /// The sentence with which `serve` fails.
    fn refusal(&self) -> String {
        let (code, stdout, stderr) = finished(&mut self.serve());
        assert_eq!((code, stdout.as_str()), (1, ""), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(stderr.contains("--token-store file"), "{stderr}");
        stderr
    }
}

fn until(is_so: impl Fn() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < PATIENCE, "it has to come");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn the_token_is_kept_in_the_keychain_and_nowhere_in_the_data_folder() {
    let bus = Bus::start();
    let _keyring = bus.keyring(Some("password"));
    let first = bus.serving();
    let token = first.first_line["token"].as_str().unwrap().to_owned();
    first.signal(Signal::TERM);
    assert_eq!(first.ended().0, Some(0));

    let again = bus.serving();
    assert_eq!(again.first_line["token"], token.as_str());
    let mut rotate = porthole(bus.home.path());
    rotate.args(["token", "--rotate", "--data-dir"]).arg(bus.data_dir());
    let (code, rotated, stderr) = finished(&mut rotate);
    assert_eq!(code, 0, "{stderr}");
    assert_ne!(rotated.trim_end(), token);
    again.signal(Signal::TERM);
    assert_eq!(again.ended().0, Some(0));
    assert_eq!(bus.serving().first_line["token"], rotated.trim_end());

    for entry in fs::read_dir(bus.data_dir()).unwrap() {
        let content = fs::read(entry.unwrap().path()).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&content).contains("ph1_"));
    }
}

#[test]
fn a_bus_without_a_keychain_is_said_with_what_to_do() {
    let bus = Bus::start();
    assert!(bus.refusal().contains("No keychain can be reached"));
}

#[test]
fn no_bus_at_all_is_said_with_what_to_do() {
    let home = TempDir::new().unwrap();
    let mut command = porthole(home.path());
    command.env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", home.path().join("none").display()));
    let (code, _, stderr) = finished(command.args(["serve", "--port", "0", "--json"]));
    assert_eq!(code, 1);
    assert!(
        stderr.contains("No keychain can be reached") && stderr.contains("--token-store file"),
        "{stderr}"
    );
    assert!(!home.path().join(".local/share/porthole/token").exists());
}

#[test]
fn a_locked_keychain_is_said_with_what_to_do() {
    let bus = Bus::start();
    // Makes the keyring that is locked afterwards.
    let unlocked = bus.keyring(Some("password"));
    let first = bus.serving();
    first.signal(Signal::TERM);
    assert_eq!(first.ended().0, Some(0));
    drop(unlocked);
    until(|| !bus.secrets_are_served());
    let _locked = bus.keyring(None);
    assert!(bus.refusal().contains("locked"));
}

#[test]
fn a_keychain_that_never_answers_does_not_hold_up_the_start_for_ever() {
    let home = TempDir::new().unwrap();
    let path = home.path().join("silent");
    let listener = UnixListener::bind(&path).unwrap();
    thread::spawn(move || {
        let mut silent = Vec::new();
        while let Ok((stream, _)) = listener.accept() {
            silent.push(stream);
        }
    });
    let mut command = porthole(home.path());
    command.env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", path.display()));
    let (code, _, stderr) = finished(command.args(["serve", "--port", "0", "--json"]));
    assert_eq!(code, 1);
    assert!(stderr.contains("did not answer") && stderr.contains("--token-store file"), "{stderr}");
}
