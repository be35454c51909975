//! Takes into the engine what is built beside it.

#[path = "build/pages.rs"]
mod pages;
#[path = "build/programs.rs"]
mod programs;

use std::path::PathBuf;
use std::{env, io};

fn main() -> io::Result<()> {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    programs::build(&["tap", "warden"], &out)?;
    pages::write(&pages::ui_folder(), &out)
}
