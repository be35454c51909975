//! The warden's wire: frames on a unix stream socket, descriptors attached to a frame's first byte.

use std::mem::{size_of, zeroed};
use std::os::fd::RawFd;

/// A request as it came: its kind, its payload, its descriptors.
pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) payload: Vec<u8>,
    pub(crate) descriptors: Vec<RawFd>,
}

/// Reads one frame: kind (1 byte), length (4 bytes, little endian), payload. `None` when the peer is gone.
pub(crate) fn receive(socket: RawFd) -> Option<Frame> {
    let mut header = [0; 5];
    let mut descriptors = Vec::new();
    let first = receive_with_descriptors(socket, &mut header, &mut descriptors)?;
    read_exactly(socket, &mut header[first..])?;
    let length = u32::from_le_bytes([header[1], header[2], header[3], header[4]]) as usize;
    let mut payload = vec![0; length];
    read_exactly(socket, &mut payload)?;
    Some(Frame { kind: header[0], payload, descriptors })
}

fn receive_with_descriptors(socket: RawFd, buffer: &mut [u8], descriptors: &mut Vec<RawFd>) -> Option<usize> {
    let mut control = [0_u64; 16];
    // SAFETY: all-zero is a valid msghdr; the pointers set below are to live locals with their lengths.
    let mut message: libc::msghdr = unsafe { zeroed() };
    let mut part = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    message.msg_iov = &mut part;
    message.msg_iovlen = 1;
    message.msg_control = control.as_mut_ptr().cast();
    message.msg_controllen = size_of_val(&control) as _;
    let count = loop {
        // SAFETY: the message describes live buffers.
        let count = unsafe { libc::recvmsg(socket, &mut message, 0) };
        if count >= 0 || std::io::Error::last_os_error().raw_os_error() != Some(libc::EINTR) {
            break count;
        }
    };
    // SAFETY: the CMSG macros walk the control buffer that the kernel just filled.
    unsafe {
        let mut header = libc::CMSG_FIRSTHDR(&message);
        while !header.is_null() {
            if (*header).cmsg_level == libc::SOL_SOCKET && (*header).cmsg_type == libc::SCM_RIGHTS {
                let bytes = (*header).cmsg_len as usize - libc::CMSG_LEN(0) as usize;
                let data = libc::CMSG_DATA(header).cast::<RawFd>();
                for index in 0..bytes / size_of::<RawFd>() {
                    let descriptor = data.add(index).read_unaligned();
                    libc::fcntl(descriptor, libc::F_SETFD, libc::FD_CLOEXEC);
                    descriptors.push(descriptor);
                }
            }
            header = libc::CMSG_NXTHDR(&message, header);
        }
    }
    (count > 0).then_some(count as usize)
}

fn read_exactly(socket: RawFd, mut buffer: &mut [u8]) -> Option<()> {
    while !buffer.is_empty() {
        // SAFETY: the buffer is live and its length is passed with it.
        let count = unsafe { libc::read(socket, buffer.as_mut_ptr().cast(), buffer.len()) };
        match count {
            1.. => buffer = &mut buffer[count as usize..],
            0 => return None,
            _ if std::io::Error::last_os_error().raw_os_error() == Some(libc::EINTR) => {}
            _ => return None,
        }
    }
    Some(())
}

/// Sends one event: kind (1 byte) and two numbers (4 bytes each, little endian).
pub(crate) fn tell(socket: RawFd, kind: u8, first: i32, second: i32) {
    let mut event = [kind; 9];
    event[1..5].copy_from_slice(&first.to_le_bytes());
    event[5..].copy_from_slice(&second.to_le_bytes());
    // SAFETY: the buffer is live. A peer that is gone is noticed by the next read.
    unsafe { libc::write(socket, event.as_ptr().cast(), event.len()) };
}

/// Splits a payload into its parts: numbers and strings that end with NUL.
pub(crate) struct Parts<'a>(pub(crate) &'a [u8]);

impl<'a> Parts<'a> {
    /// The next number; 0 where the payload ends early.
    pub(crate) fn number(&mut self) -> u64 {
        let Some((bytes, rest)) = self.0.split_first_chunk() else { return 0 };
        self.0 = rest;
        u64::from_le_bytes(*bytes)
    }

    /// The next string, with its NUL; empty (one NUL) where the payload ends early.
    pub(crate) fn string(&mut self) -> &'a [u8] {
        let Some(end) = self.0.iter().position(|byte| *byte == 0) else { return b"\0" };
        let (string, rest) = self.0.split_at(end + 1);
        self.0 = rest;
        string
    }

    /// The next counted list of strings, each with its NUL.
    pub(crate) fn strings(&mut self) -> Vec<&'a [u8]> {
        let count = self.number().min(self.0.len() as u64);
        (0..count).map(|_| self.string()).collect()
    }
}
