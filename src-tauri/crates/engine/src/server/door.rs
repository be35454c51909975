//! The door: which hosts and origins a request may name.

use std::net::{IpAddr, SocketAddr};

use hyper::HeaderMap;
use hyper::header::{HOST, HeaderName, ORIGIN};

/// The origins of the tray's own window.
const TRAY: [&str; 2] = ["tauri://localhost", "http://tauri.localhost"];

/// The check before every request.
#[derive(Debug)]
pub(crate) struct Door {
    allowed_origins: Vec<String>,
}

/// Why a request is turned away: one sentence.
pub(crate) type TurnedAway = String;

impl Door {
    /// A door that is open to the engine's own pages, the tray, and these origins.
    pub(crate) fn new(allowed_origins: &[String]) -> Self {
        let normal = |origin: &String| origin.trim_end_matches('/').to_ascii_lowercase();
        Self { allowed_origins: allowed_origins.iter().map(normal).collect() }
    }

    /// Checks `Host` against the address that the connection came in by, which ends DNS rebinding.
    pub(crate) fn check_host(&self, headers: &HeaderMap, local: SocketAddr) -> Result<(), TurnedAway> {
        let host = only(headers, &HOST)?.ok_or("The request names no Host.")?;
        if own_hosts(local).iter().any(|own| own.eq_ignore_ascii_case(host)) {
            return Ok(());
        }
        Err(format!("Porthole is not reached under the name \"{}\".", shown(host)))
    }

    /// Checks `Origin`, and gives it. No Origin means no browser; such a client still has to authenticate.
    pub(crate) fn check_origin(
        &self,
        headers: &HeaderMap,
        local: SocketAddr,
    ) -> Result<Option<String>, TurnedAway> {
        let Some(origin) = only(headers, &ORIGIN)? else {
            return Ok(None);
        };
        let origin = origin.to_ascii_lowercase();
        let own = own_hosts(local).iter().any(|host| origin == format!("https://{host}"));
        if own || TRAY.contains(&origin.as_str()) || self.allowed_origins.contains(&origin) {
            return Ok(Some(origin));
        }
        Err(format!(
            "The origin \"{}\" may not connect; its owner can be let in with --origin.",
            shown(&origin)
        ))
    }
}

/// The values of `Host` under which a connection to `local` may come.
fn own_hosts(local: SocketAddr) -> Vec<String> {
    let port = local.port();
    let mut hosts = vec![local.to_string()];
    if local.ip().is_loopback() || is_mapped_loopback(local.ip()) {
        hosts.push(format!("localhost:{port}"));
        hosts.push(format!("127.0.0.1:{port}"));
        hosts.push(format!("[::1]:{port}"));
    }
    if port == 443 {
        let bare: Vec<_> = hosts.iter().map(|host| host.trim_end_matches(":443").to_owned()).collect();
        hosts.extend(bare);
    }
    hosts
}

fn is_mapped_loopback(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some_and(|v4| v4.is_loopback()))
}

/// The header's value where there is exactly one.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, TurnedAway> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(format!("The request has more than one {name}."));
    }
    value.to_str().map(Some).map_err(|_| format!("The request's {name} is not text."))
}

fn shown(value: &str) -> String {
    value.chars().take(100).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn local() -> SocketAddr {
        "127.0.0.1:7867".parse().unwrap()
    }

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn the_bound_address_and_localhost_are_the_only_hosts() {
        let door = Door::new(&[]);
        for host in ["127.0.0.1:7867", "localhost:7867", "LOCALHOST:7867", "[::1]:7867"] {
            assert!(door.check_host(&headers(&[("host", host)]), local()).is_ok(), "{host}");
        }
        for host in ["evil.example:7867", "localhost", "localhost:80", "127.0.0.1:7867.evil", ""] {
            assert!(door.check_host(&headers(&[("host", host)]), local()).is_err(), "{host}");
        }
        assert!(door.check_host(&headers(&[]), local()).is_err());
    }

    #[test]
    fn two_hosts_or_two_origins_are_turned_away() {
        let door = Door::new(&[]);
        let twice = headers(&[("host", "localhost:7867"), ("host", "localhost:7867")]);
        assert!(door.check_host(&twice, local()).is_err());
        let origin = "https://localhost:7867";
        let twice = headers(&[("origin", origin), ("origin", origin)]);
        assert!(door.check_origin(&twice, local()).is_err());
    }

    #[test]
    fn own_pages_the_tray_and_allowed_origins_come_in_and_others_do_not() {
        let door = Door::new(&["https://terminal.example/".into()]);
        let good = [
            "https://localhost:7867",
            "https://127.0.0.1:7867",
            "tauri://localhost",
            "https://terminal.example",
        ];
        for origin in good {
            let checked = door.check_origin(&headers(&[("origin", origin)]), local());
            assert_eq!(checked, Ok(Some(origin.to_owned())));
        }
        let bad = [
            "null",
            "http://localhost:7867",
            "https://localhost:7868",
            "https://terminal.example.evil",
            "https://terminal.example:8443",
        ];
        for origin in bad {
            assert!(door.check_origin(&headers(&[("origin", origin)]), local()).is_err(), "{origin}");
        }
        assert_eq!(door.check_origin(&headers(&[]), local()), Ok(None));
    }
}
