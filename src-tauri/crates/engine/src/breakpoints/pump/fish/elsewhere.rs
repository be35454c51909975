//! On systems that do not tell what another process has open there is nothing to be done for fish: no pipe of it is tapped, and
//! none of these ever is.

use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use super::super::gate::Gates;
use super::super::request::Request;
use crate::breakpoints::store::{Key, Store};

pub(crate) enum Openings {}

impl Openings {
    pub(crate) fn new(_: &Path, _: &[usize]) -> Result<Self, Errno> {
        Err(Errno::NOTSUP)
    }

    pub(crate) fn descriptor(&self) -> BorrowedFd<'_> {
        match *self {}
    }

    pub(crate) fn watch(&self, _: &Path) -> Option<i32> {
        match *self {}
    }

    pub(crate) fn marked(&self, _: i32) -> Option<usize> {
        match *self {}
    }

    pub(crate) fn take(&self) -> Vec<i32> {
        match *self {}
    }
}

pub(crate) struct Launch {
    pub(crate) key: Key,
    pub(crate) path: PathBuf,
    pub(crate) guard: OwnedFd,
    never: Upstream,
}

pub(crate) struct Launched {
    pub(crate) source: OwnedFd,
    pub(crate) target: Option<OwnedFd>,
    pub(crate) upstream: Upstream,
}

impl Launch {
    pub(crate) fn prepare(_: &Request, _: OwnedFd, _: &Path, _: &Store, _: &Gates) -> Option<Self> {
        None
    }

    pub(crate) fn begin(&self) -> Option<Launched> {
        match self.never {}
    }

    pub(crate) fn fail(self, _: &Store, _: &Gates) {
        match self.never {}
    }

    pub(crate) fn end(self, _: &Store, _: &Gates) {
        match self.never {}
    }
}

pub(crate) enum Upstream {}

impl Upstream {
    pub(crate) fn runs_before_the_next(&self) -> bool {
        match *self {}
    }

    pub(crate) fn has_opened(&self) -> bool {
        match *self {}
    }
}

pub(crate) enum Backlog {}

impl Backlog {
    pub(crate) fn new() -> Option<Self> {
        None
    }

    pub(crate) fn push(&mut self, _: &[u8]) -> bool {
        match *self {}
    }

    pub(crate) fn take(&mut self, _: &mut [u8]) -> usize {
        match *self {}
    }
}
