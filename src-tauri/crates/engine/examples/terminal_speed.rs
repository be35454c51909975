//! How fast output comes through a session's streams: `terminal_speed [LINES] [ROUNDS]`, on a plain home.
//!
//! `seq` prints to a terminal, to one that does not turn line ends into CR LF, and to a pipe, in turn.

use engine::Limits;
use engine::protocol::{Size, Streams};
use engine::shell::{Event, Request, SessionShell, Shells};
use std::path::Path;
use std::time::Instant;

/// Runs a command to its end; gives the bytes that came, and megabytes a second.
async fn run(
    shell: &SessionShell,
    text: &str,
    streams: Streams,
) -> Result<(usize, f64), Box<dyn std::error::Error>> {
    let start = Instant::now();
    let mut running = shell.run(Request { text: text.into(), streams, size: Size::default() }).await?;
    let mut buffer = vec![0; 64 << 10];
    let mut bytes = 0;
    loop {
        match running.next(&mut buffer).await {
            Event::Output(_, count) => bytes += count,
            Event::Ended(_) => return Ok((bytes, bytes as f64 / 1e6 / start.elapsed().as_secs_f64())),
            Event::Closed => return Err("closed".into()),
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let lines: u64 = arguments.next().map_or(Ok(1_000_000), |lines| lines.parse())?;
    let rounds: usize = arguments.next().map_or(Ok(5), |rounds| rounds.parse())?;
    let folder = std::env::temp_dir().join(format!("terminal-speed-{}", std::process::id()));
    std::fs::create_dir(&folder)?;
    let shells = Shells::start(Some(Path::new("/bin/sh").to_owned()), &folder, &Limits::default()).await?;
    let shell = shells.session().await?;
    let kinds = [
        ("terminal", "stty onlcr", Streams::Exact),
        ("terminal without CR", "stty -onlcr", Streams::Exact),
        ("pipe", ":", Streams::Pipes),
    ];
    let mut speeds = vec![Vec::new(); kinds.len()];
    for _ in 0..rounds {
        for ((_, before, streams), speeds) in kinds.iter().zip(&mut speeds) {
            run(&shell, before, Streams::Exact).await?;
            speeds.push(run(&shell, &format!("seq 1 {lines}"), *streams).await?.1);
        }
    }
    for ((name, ..), speeds) in kinds.iter().zip(&mut speeds) {
        speeds.sort_by(f64::total_cmp);
        println!("{name:20} {:7.1} MB/s (middle of {rounds})", speeds[rounds / 2]);
    }
    shells.stop().await;
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
