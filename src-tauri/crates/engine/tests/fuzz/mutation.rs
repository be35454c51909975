//! Mutation: inputs made of known ones, tried for as long as a test run has time, or as `PORTHOLE_FUZZ_SECONDS` says.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Bytes of an input at the most.
const LONGEST: usize = 2048;

/// How long to try: the seconds of the environment, or else `default`.
pub(crate) fn budget(default: Duration) -> Duration {
    let seconds = std::env::var("PORTHOLE_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    seconds.map_or(default, Duration::from_secs)
}

/// Calls `check` with inputs made of `corpus` and `tokens` until the time is over. Prints the input that makes it panic.
pub(crate) fn run(default: Duration, corpus: &[Vec<u8>], tokens: &[&[u8]], check: impl Fn(&[u8])) {
    let (begin, budget) = (Instant::now(), budget(default));
    let seed = SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| since.as_nanos() as u64 | 1);
    let mut random = Random(seed);
    let mut tried = 0;
    while begin.elapsed() < budget {
        let input = Shown(mutated(corpus, tokens, &mut random));
        check(&input.0);
        tried += 1;
    }
    println!("{tried} inputs");
}

/// An input that is printed where it makes the test fail.
struct Shown(Vec<u8>);

impl Drop for Shown {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("The input was b\"{}\"", self.0.escape_ascii());
        }
    }
}

/// Numbers that look random: xorshift, 64 bits.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Below `end`, which counts as 1 where it is 0.
    fn below(&mut self, end: usize) -> usize {
        (self.next() >> 11) as usize % end.max(1)
    }

    /// A range within `0..len`, rather a short one.
    fn range(&mut self, len: usize) -> std::ops::Range<usize> {
        let start = self.below(len + 1);
        let longest = 1 << self.below(8);
        start..len.min(start + self.below(longest + 1))
    }
}

fn mutated(corpus: &[Vec<u8>], tokens: &[&[u8]], random: &mut Random) -> Vec<u8> {
    let known = &corpus[random.below(corpus.len())];
    // A window of it: what is long would hide what matters.
    let start = random.below(known.len());
    let length = 1 << random.below(11);
    let mut bytes: Vec<u8> = known.iter().skip(start).take(length).copied().collect();
    for _ in 0..=random.below(8) {
        let at = random.range(bytes.len());
        let new = match random.below(8) {
            0 => vec![random.next() as u8],
            1 => vec![0x20 + random.below(0x5f) as u8; random.below(3)],
            2 => bytes[random.range(bytes.len())].to_vec(),
            3 => {
                let other = &corpus[random.below(corpus.len())];
                other[random.range(other.len())].to_vec()
            }
            4 => tokens[random.below(tokens.len())].repeat(1 + random.below(3)),
            _ => tokens[random.below(tokens.len())].to_vec(),
        };
        // Put in as often as put in place of something.
        let at = if random.below(2) == 0 { at.start..at.start } else { at };
        bytes.splice(at, new);
    }
    bytes.truncate(LONGEST);
    bytes
}
