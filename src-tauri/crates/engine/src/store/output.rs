//! Kept output: the end of what a command printed, with the stream of each piece.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rusqlite::{Connection, OptionalExtension, params};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::shell::StreamKind;

/// Some bytes of one stream.
pub(crate) type Piece = (StreamKind, Vec<u8>);

/// The end of a command's output.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct KeptOutput {
    /// Bytes that the command printed in all.
    pub(crate) total: u64,
    /// The last of them.
    pub(crate) pieces: Vec<Piece>,
}

/// A piece in `streams`: one byte for the stream, four for the length.
const ENTRY: usize = 5;

impl KeptOutput {
    /// Bytes that are kept.
    pub(crate) fn size(&self) -> u64 {
        self.pieces.iter().map(|(_, bytes)| bytes.len() as u64).sum()
    }

    fn encoded(&self) -> (Vec<u8>, Vec<u8>) {
        let (mut streams, mut all) = (Vec::new(), Vec::new());
        for (stream, bytes) in &self.pieces {
            streams.push(u8::from(*stream == StreamKind::Stderr));
            streams.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
            all.extend_from_slice(bytes);
        }
        (streams, all)
    }

    fn decoded(total: u64, streams: &[u8], mut bytes: &[u8]) -> Self {
        let mut pieces = Vec::new();
        for entry in streams.chunks_exact(ENTRY) {
            let stream = if entry[0] == 0 { StreamKind::Stdout } else { StreamKind::Stderr };
            let length = entry[1..].try_into().map_or(0, u32::from_le_bytes) as usize;
            let (piece, rest) = bytes.split_at(length.min(bytes.len()));
            pieces.push((stream, piece.to_vec()));
            bytes = rest;
        }
        let output = Self { total, pieces };
        Self { total: total.max(output.size()), ..output }
    }
}

impl Serialize for KeptOutput {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (streams, bytes) = self.encoded();
        (self.total, STANDARD_NO_PAD.encode(streams), STANDARD_NO_PAD.encode(bytes)).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for KeptOutput {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (total, streams, bytes): (u64, String, String) = Deserialize::deserialize(deserializer)?;
        let bytes_of = |text: String| STANDARD_NO_PAD.decode(text).map_err(D::Error::custom);
        Ok(Self::decoded(total, &bytes_of(streams)?, &bytes_of(bytes)?))
    }
}

/// Keeps the output of a command; the oldest output of all makes room, so that no more than `limit` bytes are kept.
pub(super) fn keep(
    connection: &Connection,
    command: i64,
    output: &KeptOutput,
    limit: u64,
) -> rusqlite::Result<()> {
    let (streams, bytes) = output.encoded();
    connection.prepare_cached("DELETE FROM output WHERE command = ?1")?.execute([command])?;
    connection
        .prepare_cached(
            "INSERT INTO output (command, size, total, streams, bytes) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![command, bytes.len(), output.total.cast_signed(), streams, bytes])?;
    trim(connection, limit)
}

/// Drops the oldest output until no more than `limit` bytes are kept.
pub(super) fn trim(connection: &Connection, limit: u64) -> rusqlite::Result<()> {
    let mut kept = connection.prepare_cached("SELECT output_size FROM engine")?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let oldest = "DELETE FROM output WHERE command = (SELECT min(command) FROM output)";
    while kept.query_row([], |row| row.get::<_, i64>(0))? > limit {
        if connection.prepare_cached(oldest)?.execute([])? == 0 {
            break;
        }
    }
    Ok(())
}

/// What is kept of a command's output.
pub(super) fn of(connection: &Connection, command: i64) -> rusqlite::Result<Option<KeptOutput>> {
    connection
        .prepare_cached("SELECT total, streams, bytes FROM output WHERE command = ?1")?
        .query_row([command], |row| {
            let (streams, bytes): (Vec<u8>, Vec<u8>) = (row.get(1)?, row.get(2)?);
            Ok(KeptOutput::decoded(row.get::<_, i64>(0)?.cast_unsigned(), &streams, &bytes))
        })
        .optional()
}
