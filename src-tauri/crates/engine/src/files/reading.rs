//! Reading: ranges of regular files, and of nothing that could wait, end the machine's peace or never end.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;

use super::FileError;
use super::entry::kind;

/// Opens a regular file for reading, by a link too.
///
/// What else has a name is refused before it is opened, since opening can have an effect of its own: a FIFO waits, a
/// tape rewinds. Should it take the file's place in between, it is opened without waiting and refused then.
///
/// # Errors
/// It is not there, not allowed, no regular file, or made by the kernel while it is read.
pub(crate) fn open(path: &Path) -> Result<(File, Metadata), FileError> {
    let failed = |error| FileError::of(path, error);
    check(path, &fs::metadata(path).map_err(failed)?)?;
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let file =
        OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    check(path, &metadata)?;
    if is_made_by_the_kernel(&file) {
        return Err(FileError::MadeByTheKernel(path.to_owned()));
    }
    Ok((file, metadata))
}

fn check(path: &Path, metadata: &Metadata) -> Result<(), FileError> {
    if metadata.is_file() {
        return Ok(());
    }
    Err(FileError::NotAFile(path.to_owned(), kind(metadata.file_type())))
}

/// Reads at most `length` bytes; fewer only where the file ends.
pub(crate) fn read_at(file: &File, offset: u64, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    let mut filled = 0;
    while filled < length {
        match file.read_at(&mut bytes[filled..], offset.saturating_add(filled as u64)) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

/// File systems whose files the kernel makes while they are read. Their size says nothing, and some of them wait for
/// something to happen (`/proc/kmsg`) or make it happen.
#[cfg(target_os = "linux")]
fn is_made_by_the_kernel(file: &File) -> bool {
    const MAGIC: [u32; 14] = [
        0x0000_9fa0, // proc
        0x6265_6572, // sysfs
        0x7472_6163, // tracefs
        0x6462_6720, // debugfs
        0x0027_e0eb, // cgroup
        0x6367_7270, // cgroup2
        0x7363_6673, // securityfs
        0xcafe_4a11, // bpf
        0x6265_6570, // configfs
        0xf97c_ff8c, // selinuxfs
        0x4341_5d53, // smackfs
        0x6573_5543, // fusectl
        0x4249_4e4d, // binfmt_misc
        0x1980_0202, // mqueue
    ];
    // The type's width differs between processors; the numbers have 32 bits.
    rustix::fs::fstatfs(file).is_ok_and(|system| MAGIC.contains(&(system.f_type as u32)))
}

#[cfg(not(target_os = "linux"))]
fn is_made_by_the_kernel(_: &File) -> bool {
    false
}
