//! Linking: which files exist that a command's output names.

use std::sync::{Arc, Mutex, PoisonError};

use super::Command;
use crate::files::Files;
use crate::limits::Limits;
use crate::render::{Names, mentions};

/// What output may link to. It is known before the output is that speaks of it.
pub(super) struct Links {
    /// None where nothing is linked.
    files: Option<Arc<Files>>,
    names: Mutex<Option<Arc<Names>>>,
}

impl Links {
    pub(super) fn new(files: Option<Arc<Files>>) -> Self {
        Self { files, names: Mutex::new(None) }
    }

    fn set(&self, names: Names) -> Arc<Names> {
        let names = Arc::new(names);
        *self.names.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&names));
        names
    }
}

/// How much may still be looked at for one command.
pub(super) struct Looking {
    folders: usize,
    entries: usize,
    names: Option<Arc<Names>>,
}

impl Looking {
    pub(super) fn new(limits: &Limits) -> Self {
        Self { folders: limits.linked_folders, entries: limits.linked_names, names: None }
    }
}

impl Command {
    /// The names that output may link to, once there is output.
    pub(crate) fn names(&self) -> Option<Arc<Names>> {
        self.links.names.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Looks for what output names that is about to come: at the first of it in the working directory, then in the
    /// folders that it speaks of, as far as the limits go. A file system that does not answer costs the links, not the
    /// output.
    pub(super) async fn look_for_names(&self, looking: &mut Looking, output: &[u8]) {
        let Some(files) = &self.links.files else { return };
        if looking.names.is_none() {
            looking.names = Some(self.links.set(files.names(self.cwd.clone()).await));
        }
        let Some(names) = looking.names.as_ref().filter(|_| looking.folders > 0) else { return };
        let found = mentions(output, names, looking.folders);
        if found.is_empty() {
            return;
        }
        looking.folders -= found.len();
        let looked = files.look_into(Names::clone(names), self.cwd.clone(), found, looking.entries).await;
        match looked {
            Some((names, entries)) => {
                looking.entries -= entries;
                looking.names = Some(self.links.set(names));
            }
            None => looking.folders = 0,
        }
    }
}
