//! How much a tap costs; run by hand in release: `cargo test --release --test breakpoints_speed -- --ignored --nocapture`.

#![allow(clippy::unwrap_used)]

#[path = "breakpoints/shell.rs"]
mod shell;

use std::time::{Duration, Instant};

use engine::Limits;
use shell::{finish, prepare, runtime, start};

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn what_a_tap_costs() {
    let (runtime, folder) = (runtime(), tempfile::tempdir().unwrap());
    let big = folder.path().join("big");
    std::fs::write(&big, vec![b'x'; 1 << 30]).unwrap();
    for (shell, text, pairs) in
        [("bash", "cat big | wc -c", 9), ("bash", "echo a | cat", 200), ("sh", "echo a | cat", 200)]
    {
        let (mut plain, mut tapped, mut prepared, mut ratios) = (vec![], vec![], vec![], vec![]);
        for _ in 0..pairs {
            let begin = Instant::now();
            let child = start(shell, text, b"", folder.path());
            tokio::task::spawn_blocking(move || finish(child)).await.unwrap();
            let untapped = begin.elapsed();
            let begin = Instant::now();
            let (rewritten, taps, _) = prepare(shell, text, &[0], runtime.path()).await;
            prepared.push(begin.elapsed());
            let child = start(shell, &rewritten, b"", folder.path());
            tokio::task::spawn_blocking(move || finish(child)).await.unwrap();
            taps.settle(&Limits::default()).await;
            let _ = taps.finish();
            ratios.push(begin.elapsed().as_secs_f64() / untapped.as_secs_f64());
            plain.push(untapped);
            tapped.push(begin.elapsed());
        }
        ratios.sort_by(f64::total_cmp);
        println!(
            "{shell}: {text}: untapped {:?}, tapped {:?} (of it prepared in {:?}), ratio {:.2}",
            median(plain),
            median(tapped),
            median(prepared),
            ratios[ratios.len() / 2],
        );
    }
}
