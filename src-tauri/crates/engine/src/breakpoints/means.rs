//! Means: by what calls of the system streams of stages are taken and moved on.

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// What Linux has beyond POSIX: the files of other processes in /proc, tee(2) and splice(2), word of who opens a file.
    Linux,
    /// FIFOs, read(2), write(2) and poll(2). Pipes of fish cannot be tapped by these alone, a stage's stderr is not captured where it
    /// is a terminal, and the descriptor by which a stage's stdout is handed over is closed for the stage.
    Posix,
}

impl Means {
    /// The best that this system has.
    pub const HERE: Self = if cfg!(target_os = "linux") { Self::Linux } else { Self::Posix };
}
