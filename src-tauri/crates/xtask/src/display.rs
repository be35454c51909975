//! Whether a window can be shown here.

use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

/// Whether a display answers: always on macOS, elsewhere a Wayland or X server that the environment names.
pub(crate) fn reachable() -> bool {
    if cfg!(target_os = "macos") {
        return true;
    }
    wayland_socket().is_some_and(|path| UnixStream::connect(path).is_ok())
        || std::env::var("DISPLAY")
            .ok()
            .and_then(|name| x_display(&name))
            .is_some_and(|display| display.answers())
}

fn wayland_socket() -> Option<PathBuf> {
    let name = PathBuf::from(std::env::var_os("WAYLAND_DISPLAY").filter(|name| !name.is_empty())?);
    if name.is_absolute() {
        return Some(name);
    }
    Some(PathBuf::from(std::env::var_os("XDG_RUNTIME_DIR")?).join(name))
}

/// An X display's address: `:0` or `host:10.0`.
#[derive(Debug, PartialEq, Eq)]
struct XDisplay {
    host: Option<String>,
    number: u16,
}

fn x_display(name: &str) -> Option<XDisplay> {
    let (host, rest) = name.rsplit_once(':')?;
    let number = rest.split('.').next()?.parse().ok()?;
    let host = (!matches!(host, "" | "unix")).then(|| host.to_owned());
    Some(XDisplay { host, number })
}

impl XDisplay {
    fn answers(&self) -> bool {
        match &self.host {
            Some(host) => self.answers_by_tcp(host),
            None => self.answers_by_socket(),
        }
    }

    fn answers_by_tcp(&self, host: &str) -> bool {
        let Some(port) = self.number.checked_add(6000) else {
            return false;
        };
        let connects =
            |address: SocketAddr| TcpStream::connect_timeout(&address, Duration::from_secs(2)).is_ok();
        (host, port).to_socket_addrs().is_ok_and(|mut addresses| addresses.any(connects))
    }

    fn answers_by_socket(&self) -> bool {
        let path = format!("/tmp/.X11-unix/X{}", self.number);
        UnixStream::connect(&path).is_ok() || connects_to_abstract(&path)
    }
}

#[cfg(target_os = "linux")]
fn connects_to_abstract(path: &str) -> bool {
    use std::os::linux::net::SocketAddrExt;
    std::os::unix::net::SocketAddr::from_abstract_name(path)
        .is_ok_and(|address| UnixStream::connect_addr(&address).is_ok())
}

#[cfg(not(target_os = "linux"))]
fn connects_to_abstract(_path: &str) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_names_are_read_with_and_without_a_host() {
        let display = |host: Option<&str>, number| {
            let host = host.map(str::to_owned);
            Some(XDisplay { host, number })
        };
        assert_eq!(x_display(":0"), display(None, 0));
        assert_eq!(x_display("unix:7.1"), display(None, 7));
        assert_eq!(x_display("localhost:10.0"), display(Some("localhost"), 10));
        assert_eq!(x_display("[::1]:2"), display(Some("[::1]"), 2));
    }

    #[test]
    fn what_is_no_display_name_is_no_display() {
        for name in ["", "0", ":", ":x", ":99999999"] {
            assert_eq!(x_display(name), None, "{name}");
        }
    }

    #[test]
    fn a_display_that_nobody_serves_does_not_answer() {
        let display = XDisplay { host: None, number: 61234 };
        assert!(!display.answers());
    }
}
