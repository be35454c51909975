//! Told: what a shell that stands by has told, taken apart.

/// Sections of what a shell told: two NULs, a name, and what follows.
pub(super) struct Told<'a> {
    sections: Vec<Section<'a>>,
}

/// A section.
#[derive(Default)]
pub(super) struct Section<'a> {
    name: &'a [u8],
    /// What was told one by one.
    pub(super) items: Vec<&'a [u8]>,
    /// What was told as lines.
    lines: &'a [u8],
}

impl<'a> Section<'a> {
    /// Items and lines.
    pub(super) fn all(&self) -> impl Iterator<Item = &'a [u8]> {
        let lines = self.lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        self.items.iter().copied().chain(lines)
    }
}

impl<'a> Told<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let (mut sections, mut begins): (Vec<Section<'a>>, _) = (Vec::new(), false);
        for token in bytes.split(|byte| *byte == 0) {
            if token.is_empty() {
                begins = true;
            } else if std::mem::take(&mut begins) {
                sections.push(Section { name: token, ..Section::default() });
            } else if let Some(section) = sections.last_mut() {
                match token.strip_prefix(b"=") {
                    Some(item) => section.items.push(item),
                    None => section.lines = token,
                }
            }
        }
        Self { sections }
    }

    /// Whether the shell came to its end, so that nothing is missing.
    pub(super) fn is_whole(&self) -> bool {
        self.sections.last().is_some_and(|section| section.name == b"end")
    }

    /// The sections of that name, in their order.
    pub(super) fn named(&self, name: &str) -> impl Iterator<Item = &Section<'a>> {
        self.sections.iter().filter(move |section| section.name == name.as_bytes())
    }

    /// Everything in the sections of that name.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.named(name).flat_map(Section::all)
    }

    /// The first item of a section.
    pub(super) fn first(&self, name: &str) -> Option<&'a [u8]> {
        self.named(name).next()?.items.first().copied()
    }

    /// The section behind the one at `index`, and all sections.
    pub(super) fn sections(&self) -> impl Iterator<Item = (&'a [u8], &Section<'a>)> {
        self.sections.iter().map(|section| (section.name, section))
    }
}
