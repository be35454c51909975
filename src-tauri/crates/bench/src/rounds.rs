//! Rounds: contenders measured in turns, so that what else the machine does falls on all of them.

use std::time::Duration;

use anyhow::Result;

/// One of those that are compared. `run` measures it once.
pub(crate) struct Contender<'a> {
    pub(crate) name: &'static str,
    pub(crate) run: Box<dyn FnMut() -> Result<f64> + 'a>,
}

impl<'a> Contender<'a> {
    pub(crate) fn new(name: &'static str, run: impl FnMut() -> Result<f64> + 'a) -> Self {
        Self { name, run: Box::new(run) }
    }
}

/// What was measured: a value for each contender and round.
pub(crate) struct Rounds {
    names: Vec<&'static str>,
    values: Vec<Vec<f64>>,
}

impl Rounds {
    /// Runs every contender `count` times: once in each round, in a direction that changes with each. A round that is
    /// not counted goes before.
    pub(crate) fn run(count: usize, contenders: &mut [Contender<'_>]) -> Result<Self> {
        Self::run_rested(count, Duration::ZERO, contenders)
    }

    /// The same with a rest before each is run.
    pub(crate) fn run_rested(count: usize, rest: Duration, contenders: &mut [Contender<'_>]) -> Result<Self> {
        let names = contenders.iter().map(|contender| contender.name).collect();
        let mut values = vec![Vec::new(); contenders.len()];
        for round in 0..=count {
            let mut order: Vec<usize> = (0..contenders.len()).collect();
            if round % 2 == 1 {
                order.reverse();
            }
            for index in order {
                std::thread::sleep(rest);
                let value = (contenders[index].run)()?;
                if round > 0 {
                    values[index].push(value);
                }
            }
        }
        Ok(Self { names, values })
    }

    /// The median of one contender.
    pub(crate) fn median(&self, name: &str) -> f64 {
        median(self.of(name).to_vec())
    }

    /// The value of one contender that `percent` of its rounds do not exceed.
    pub(crate) fn percentile(&self, name: &str, percent: f64) -> f64 {
        percentile(self.of(name).to_vec(), percent)
    }

    /// The median of the quotients of two contenders, round by round.
    pub(crate) fn ratio(&self, of: &str, to: &str) -> f64 {
        let pairs = self.of(of).iter().zip(self.of(to));
        median(pairs.map(|(of, to)| of / to).collect())
    }

    /// The median of the differences of two contenders, round by round.
    pub(crate) fn difference(&self, of: &str, from: &str) -> f64 {
        let pairs = self.of(of).iter().zip(self.of(from));
        median(pairs.map(|(of, from)| of - from).collect())
    }

    /// Whether a contender of that name took part.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.names.contains(&name)
    }

    /// Nothing for one that did not take part.
    fn of(&self, name: &str) -> &[f64] {
        let index = self.names.iter().position(|known| *known == name);
        index.map_or(&[], |index| &self.values[index])
    }
}

/// The value in the middle; 0 of nothing.
pub(crate) fn median(values: Vec<f64>) -> f64 {
    percentile(values, 50.0)
}

/// The value that `percent` of all do not exceed; 0 of nothing.
pub(crate) fn percentile(mut values: Vec<f64>, percent: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    let index = (last as f64 * percent / 100.0).round() as usize;
    values.get(index).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::cell::RefCell;

    #[test]
    fn contenders_take_turns_and_the_first_round_does_not_count() {
        let order = RefCell::new(String::new());
        let runs = RefCell::new(0.0);
        let run = |name: &'static str| {
            let (order, runs) = (&order, &runs);
            Contender::new(name, move || {
                order.borrow_mut().push_str(name);
                *runs.borrow_mut() += 1.0;
                Ok(*runs.borrow())
            })
        };
        let rounds = Rounds::run(2, &mut [run("a"), run("b")]).unwrap();
        assert_eq!(*order.borrow(), "abbaab");
        assert_eq!(rounds.of("a"), [4.0, 5.0]);
        assert_eq!(rounds.of("b"), [3.0, 6.0]);
        assert!(rounds.has("a") && !rounds.has("c"));
    }

    #[test]
    fn ratios_are_those_of_pairs() {
        let values = vec![vec![2.0, 40.0, 6.0], vec![1.0, 10.0, 2.0]];
        let rounds = Rounds { names: vec!["a", "b"], values };
        assert_eq!(rounds.ratio("a", "b"), 3.0);
        assert_eq!(rounds.difference("a", "b"), 4.0);
        assert_eq!(rounds.median("a"), 6.0);
    }

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let values: Vec<f64> = (0..=200).map(f64::from).collect();
        assert_eq!(percentile(values.clone(), 99.0), 198.0);
        assert_eq!(percentile(values, 50.0), 100.0);
        assert_eq!(percentile(Vec::new(), 50.0), 0.0);
    }
}
