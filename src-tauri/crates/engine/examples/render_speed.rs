//! Renders standard input, which is read whole first, and says how fast (Linux only): `render_speed [html|text|raw] [NAME...] < log`.
//!
//! Names are taken as entries of the working directory, so that links are looked for.

use engine::protocol::Format;
use engine::render::{Drawing, Form, Kind, Names, Renderer};
use std::io::Read;
use std::sync::Arc;

/// Bytes of one push, as an update carries them.
const PIECE: usize = 64 << 10;

/// Time that this thread had a processor for, so that a busy machine does not count.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let format = match arguments.next().as_deref() {
        Some("text") => Format::Text,
        Some("raw") => Format::Raw,
        _ => Format::Html,
    };
    let names: Vec<_> = arguments.map(|name| (name, Kind::File)).collect();
    let names = (!names.is_empty()).then(|| Arc::new(Names::new(names)));
    let mut input = Vec::new();
    std::io::stdin().read_to_end(&mut input)?;

    for drawing in [Drawing::Replace, Drawing::Append] {
        let mut best = f64::MAX;
        let mut output = 0;
        for _ in 0..5 {
            let mut renderer = Renderer::new(Form { format, drawing, names: names.clone() });
            let start = cpu_seconds();
            output = input.chunks(PIECE).map(|piece| renderer.push(piece).data.len()).sum();
            output += renderer.finish().data.len();
            best = best.min(cpu_seconds() - start);
        }
        let megabytes = input.len() as f64 / 1e6;
        println!(
            "{drawing:?}: {megabytes:.1} MB to {:.1} MB, {:.0} MB/s",
            output as f64 / 1e6,
            megabytes / best
        );
    }
    Ok(())
}
