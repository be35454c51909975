//! Candidate: where an image may begin, at the speed of a search.

use memchr::memmem;

use super::ImageKind;

/// How an OSC 1337 begins.
pub(super) const OSC: &[u8] = b"\x1b]1337;";

/// How files begin, as far as they are looked for.
const MAGIC: [(&[u8], ImageKind); 4] = [
    (b"\x89PNG", ImageKind::Png),
    (b"\xff\xd8\xff", ImageKind::Jpeg),
    (b"GIF8", ImageKind::Gif),
    (b"RIFF", ImageKind::WebP),
];

/// What begins at a place, or could.
#[derive(Debug, Clone, Copy)]
pub(super) enum Candidate {
    Raw(ImageKind),
    Osc,
    /// The input ends with the beginning of one.
    Perhaps,
}

/// The first place from `at` on where an image may begin.
pub(super) fn candidate(input: &[u8], at: usize, begins_line: bool) -> Option<(usize, Candidate)> {
    let is_start = |index: usize| if index == at { begins_line } else { input[index - 1] == b'\n' };
    let mut first = memmem::find(&input[at..], OSC).map(|index| (at + index, Candidate::Osc));
    for (magic, kind) in MAGIC {
        let reach = first.map_or(input.len(), |(index, _)| (index + magic.len()).min(input.len()));
        let mut places = memmem::find_iter(&input[at..reach], magic).map(|index| at + index);
        if let Some(index) = places.find(|index| is_start(*index))
            && first.is_none_or(|(other, _)| index < other)
        {
            first = Some((index, Candidate::Raw(kind)));
        }
    }
    let tail = input.len().saturating_sub(OSC.len() - 1).max(at);
    let perhaps = (tail..input.len()).find(|index| {
        let rest = &input[*index..];
        let begins = |(magic, _): &(&[u8], _)| magic.len() > rest.len() && magic.starts_with(rest);
        OSC.len() > rest.len() && OSC.starts_with(rest) || is_start(*index) && MAGIC.iter().any(begins)
    });
    match (first, perhaps) {
        (Some((index, found)), Some(perhaps)) if index < perhaps => Some((index, found)),
        (_, Some(perhaps)) => Some((perhaps, Candidate::Perhaps)),
        (first, None) => first,
    }
}
