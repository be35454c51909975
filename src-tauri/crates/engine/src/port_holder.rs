//! Port holder: the process that already listens where an engine wants to.

use std::fmt;
use std::net::SocketAddr;

/// A process that listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortHolder {
    /// Its program's name.
    pub name: String,
    /// Its process id.
    pub pid: u32,
}

impl fmt::Display for PortHolder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} (process {})", self.name, self.pid)
    }
}

impl PortHolder {
    /// The process that keeps `address` from being listened on; none where the system does not tell, as it does not of
    /// another user's process.
    pub(crate) fn of(address: SocketAddr) -> Option<Self> {
        #[cfg(target_os = "linux")]
        let holder = linux::holder(address);
        #[cfg(not(target_os = "linux"))]
        let holder = {
            let _ = address;
            None
        };
        holder
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

    use super::PortHolder;

    /// The state of a listening socket in /proc/net/tcp.
    const LISTEN: &str = "0A";

    pub(super) fn holder(address: SocketAddr) -> Option<PortHolder> {
        let tables =
            ["/proc/net/tcp", "/proc/net/tcp6"].map(|table| fs::read_to_string(table).unwrap_or_default());
        let inode = tables.iter().flat_map(|table| table.lines().skip(1)).find_map(|line| {
            let (local, inode) = listening(line)?;
            // An engine listens on both loopback addresses, so either one may be what is taken.
            let loopback = local.ip().is_loopback() && address.ip().is_loopback();
            let either = local.ip().is_unspecified() || address.ip().is_unspecified();
            let overlaps = local.ip() == address.ip() || loopback || either;
            (local.port() == address.port() && overlaps).then_some(inode)
        })?;
        process_with(&format!("socket:[{inode}]"))
    }

    /// Address and inode of a line of /proc/net/tcp, if its socket listens.
    fn listening(line: &str) -> Option<(SocketAddr, &str)> {
        let mut fields = line.split_ascii_whitespace().skip(1);
        let local = socket_address(fields.next()?)?;
        let state = fields.nth(1)?;
        let inode = fields.nth(5)?;
        (state == LISTEN).then_some((local, inode))
    }

    /// `0100007F:1EBB`: words in the machine's byte order, then the port.
    fn socket_address(text: &str) -> Option<SocketAddr> {
        let (address, port) = text.split_once(':')?;
        let word =
            |at: usize| Some(u32::from_str_radix(address.get(at * 8..at * 8 + 8)?, 16).ok()?.to_ne_bytes());
        let address = match address.len() {
            8 => IpAddr::V4(Ipv4Addr::from(word(0)?)),
            32 => {
                let words = [word(0)?, word(1)?, word(2)?, word(3)?].concat();
                IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(words).ok()?)).to_canonical()
            }
            _ => return None,
        };
        Some(SocketAddr::new(address, u16::from_str_radix(port, 16).ok()?))
    }

    fn process_with(open: &str) -> Option<PortHolder> {
        fs::read_dir("/proc").ok()?.flatten().find_map(|process| {
            let pid = process.file_name().to_str()?.parse().ok()?;
            let mut descriptors = fs::read_dir(process.path().join("fd")).ok()?.flatten();
            descriptors.find(|descriptor| {
                fs::read_link(descriptor.path()).is_ok_and(|target| target.as_os_str() == open)
            })?;
            let name = fs::read_to_string(process.path().join("comm")).ok()?.trim_end().to_owned();
            Some(PortHolder { name, pid })
        })
    }

    #[cfg(test)]
    #[allow(clippy::unwrap_used)]
    mod tests {
        use super::*;
        use std::net::TcpListener;

        #[test]
        fn the_process_that_listens_is_found() {
            for bind in ["127.0.0.1:0", "0.0.0.0:0"] {
                let listener = TcpListener::bind(bind).unwrap();
                let wanted = SocketAddr::from(([127, 0, 0, 1], listener.local_addr().unwrap().port()));
                assert_eq!(holder(wanted).unwrap().pid, std::process::id());
                drop(listener);
                assert_eq!(holder(wanted), None);
            }
        }

        #[test]
        fn addresses_of_both_families_are_read() {
            let read = |text| socket_address(text).map(|address| address.to_string());
            assert_eq!(read("0100007F:1EBB").as_deref(), Some("127.0.0.1:7867"));
            assert_eq!(read("00000000000000000000000001000000:1EBB").as_deref(), Some("[::1]:7867"));
            assert_eq!(read("0000000000000000FFFF00000100007F:1EBB").as_deref(), Some("127.0.0.1:7867"));
            for broken in ["", "7F:1", "0100007F", "0100007F:x", "é00007F:1EBB"] {
                assert_eq!(read(broken), None);
            }
        }
    }
}
