//! History: what ran, kept as it happens.

mod recording;

pub(crate) use recording::Recording;
