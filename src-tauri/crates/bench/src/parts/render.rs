//! Rendering: bytes of a terminal to HTML, beside the programs of Debian that do that.

use std::io::{Read, Write};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context, Result};
use engine::protocol::Format;
use engine::render::{Drawing, Form, Kind, Names, Renderer};

use crate::child::{processor_seconds, this_program_as};
use crate::coloured_log::{NAMES, coloured_log};
use crate::folder::Folder;
use crate::report::Row;
use crate::rounds::{Contender, Rounds};

/// Bytes of one push, as an update carries them.
const PIECE: usize = 64 << 10;
const LOG: usize = 50_000_000;
const ROUNDS: usize = 7;
/// Aims, in MB/s without links and with them; on a slow machine this many times the faster peer.
const PLAIN: f64 = 300.0;
const LINKED: f64 = 150.0;
const TIMES_PEER: f64 = 1.5;

const UNIT: &str = "MB/s";

/// MB per second of processor time: each contender is a process that reads the log from a file and writes to nowhere.
pub(super) fn measure(folder: &Folder) -> Result<Vec<Row>> {
    let file = folder.path().join("coloured.log");
    let log = coloured_log(LOG);
    std::fs::write(&file, &log).context("the log cannot be written")?;
    let megabytes = log.len() as f64 / 1e6;
    let speed = |command: Command| Ok(megabytes / processor_seconds(command, &file)?);
    let ours = |name: &'static str, form: &'static [&'static str]| {
        Contender::new(name, move || speed(this_program_as(&[&["renderer"], form].concat())?))
    };
    let peer = |name: &'static str| Contender::new(name, move || speed(Command::new(name)));
    let rounds = Rounds::run(
        ROUNDS,
        &mut [
            ours("plain", &["append"]),
            ours("linked", &["append", "links"]),
            ours("chunks", &["replace"]),
            ours("chunks, linked", &["replace", "links"]),
            ours("text", &["text"]),
            peer("ansi2html"),
            peer("aha"),
        ],
    )?;
    std::fs::remove_file(Path::new(&file))?;
    let row = |what: &str, name: &str| Row::new(what, rounds.median(name), UNIT);
    let judged = |what: &str, name: &str, aim: f64| {
        let median = rounds.median(name);
        let ratio = rounds.ratio(name, "ansi2html").min(rounds.ratio(name, "aha"));
        row(what, name)
            .beside("ansi2html", rounds.median("ansi2html"), UNIT)
            .beside("aha", rounds.median("aha"), UNIT)
            .note(format!("{ratio:.2} x the faster"))
            .aim(
                format!("{aim:.0} {UNIT}, or {TIMES_PEER} x the faster"),
                median >= aim || ratio >= TIMES_PEER,
            )
    };
    Ok(vec![
        judged("50 MB coloured log to HTML", "plain", PLAIN),
        judged("the same with links", "linked", LINKED),
        judged("under `chunks`", "chunks", PLAIN),
        judged("under `chunks`, with links", "chunks, linked", LINKED),
        row("to plain text", "text"),
    ])
}

/// Renders standard input to standard output.
pub(super) fn renderer(form: &[&str]) -> Result<()> {
    let format = if form.contains(&"text") { Format::Text } else { Format::Html };
    let drawing = if form.contains(&"replace") { Drawing::Replace } else { Drawing::Append };
    let names = || NAMES.map(|name| (name.to_owned(), Kind::File));
    let names = form.contains(&"links").then(|| Arc::new(Names::new(names())));
    let mut renderer = Renderer::new(Form { format, drawing, names });
    let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
    let mut piece = vec![0; PIECE];
    loop {
        let length = input.read(&mut piece)?;
        if length == 0 {
            break;
        }
        let fragment = renderer.push(&piece[..length]);
        output.write_all(fragment.data.as_bytes())?;
        output.write_all(fragment.line.as_bytes())?;
    }
    output.write_all(renderer.finish().data.as_bytes())?;
    Ok(())
}
