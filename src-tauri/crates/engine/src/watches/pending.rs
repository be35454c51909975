//! Pending: what changed in a watched folder and was not told yet, one change a name.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use notify::event::{ModifyKind, RenameMode};
use notify::{Event, EventKind};

use crate::files::told;
use crate::protocol::{EntryChange, FolderChange};

/// See the module.
pub(super) struct Pending {
    /// Names that are told at once.
    most: usize,
    changes: BTreeMap<OsString, EntryChange>,
    more: bool,
    gone: bool,
}

/// What is told at once.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct News {
    pub(super) changes: Vec<FolderChange>,
    /// There were more changes than are told: the folder has to be looked at.
    pub(super) more: bool,
    /// The folder itself is gone.
    pub(super) gone: bool,
}

impl Pending {
    pub(super) fn new(most: usize) -> Self {
        Self { most, changes: BTreeMap::new(), more: false, gone: false }
    }

    /// Takes what an event says of a folder. True where that is news.
    pub(super) fn take(&mut self, event: &Event, folder: &Path) -> bool {
        if event.need_rescan() {
            return self.overflow();
        }
        let mut is_news = false;
        for (index, path) in event.paths.iter().enumerate() {
            let Some(change) = change_of(event.kind, index) else { continue };
            if path == folder {
                self.gone |= change == EntryChange::Removed;
                is_news |= self.gone;
            } else if path.parent() == Some(folder)
                && let Some(name) = path.file_name()
            {
                self.add(name.to_owned(), change);
                is_news = true;
            }
        }
        is_news
    }

    /// Some events were lost.
    pub(super) fn overflow(&mut self) -> bool {
        !std::mem::replace(&mut self.more, true)
    }

    fn add(&mut self, name: OsString, change: EntryChange) {
        use EntryChange::{Changed, Created, Removed};
        let change = match (self.changes.get(&name), change) {
            (Some(Created), Changed) => Created,
            (Some(Removed), Created) => Changed,
            (None, _) if self.changes.len() >= self.most => {
                self.more = true;
                return;
            }
            (_, change) => change,
        };
        self.changes.insert(name, change);
    }

    /// Gives what is to be told, if anything is.
    pub(super) fn tell(&mut self) -> Option<News> {
        let changes = std::mem::take(&mut self.changes).into_iter();
        let changes: Vec<_> =
            changes.map(|(name, change)| FolderChange { name: told(&name), change }).collect();
        let news = News { changes, more: std::mem::take(&mut self.more), gone: self.gone };
        (!news.changes.is_empty() || news.more || news.gone).then_some(news)
    }
}

/// What an event means for the path of that index in it.
fn change_of(kind: EventKind, index: usize) -> Option<EntryChange> {
    match kind {
        EventKind::Create(_) => Some(EntryChange::Created),
        EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(RenameMode::From)) => {
            Some(EntryChange::Removed)
        }
        EventKind::Modify(ModifyKind::Name(RenameMode::To)) => Some(EntryChange::Created),
        // Both names together: each of them came alone before.
        EventKind::Modify(ModifyKind::Name(RenameMode::Both)) => (cfg!(not(target_os = "linux")))
            .then_some(if index == 0 { EntryChange::Removed } else { EntryChange::Created }),
        EventKind::Modify(_) | EventKind::Any | EventKind::Other => Some(EntryChange::Changed),
        EventKind::Access(_) => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use notify::event::{CreateKind, DataChange, RemoveKind};

    fn event(kind: EventKind, path: &str) -> Event {
        Event::new(kind).add_path(path.into())
    }

    fn told_of(pending: &mut Pending) -> Vec<(String, EntryChange)> {
        let news = pending.tell().unwrap();
        news.changes.iter().map(|one| (format!("{:?}", one.name), one.change)).collect()
    }

    #[test]
    fn changes_of_one_name_become_one() {
        let mut pending = Pending::new(10);
        let folder = Path::new("/f");
        let (create, remove) = (EventKind::Create(CreateKind::File), EventKind::Remove(RemoveKind::File));
        let change = EventKind::Modify(ModifyKind::Data(DataChange::Any));
        for (kind, path) in [
            (create, "/f/new"),
            (change, "/f/new"),
            (change, "/f/old"),
            (change, "/f/old"),
            (remove, "/f/replaced"),
            (create, "/f/replaced"),
            (remove, "/f/gone"),
            (create, "/f/deeper/x"),
        ] {
            pending.take(&event(kind, path), folder);
        }
        let text = |name: &str| format!("Text({name:?})");
        assert_eq!(
            told_of(&mut pending),
            [
                (text("gone"), EntryChange::Removed),
                (text("new"), EntryChange::Created),
                (text("old"), EntryChange::Changed),
                (text("replaced"), EntryChange::Changed),
            ]
        );
        assert_eq!(pending.tell(), None);
    }

    #[test]
    fn more_names_than_are_told_at_once_are_told_of_as_more() {
        let mut pending = Pending::new(3);
        for number in 0..1000 {
            let path = format!("/f/{number}");
            pending.take(&event(EventKind::Create(CreateKind::File), &path), Path::new("/f"));
        }
        let news = pending.tell().unwrap();
        assert_eq!((news.changes.len(), news.more, news.gone), (3, true, false));
        assert!(pending.overflow() && !pending.overflow());
        assert!(pending.tell().unwrap().more);
    }
}
