//! Matching: whether a text has in it what is looked for, and how well.

use memchr::memmem::Finder;

use crate::store::Look;

/// Characters of a text that are ranked; what comes after them is not looked at letter by letter.
const RANKED: usize = 512;

// How much a letter is worth that is found, by where it stands, and what letters between cost.
const FOUND: i64 = 20;
const FIRST: i64 = 14;
const WORD: i64 = 10;
const HUMP: i64 = 8;
const DIGIT: i64 = 5;
const NEXT: i64 = 12;
const GAP: i64 = 5;
const WIDER: i64 = 1;
const NEVER: i64 = i64::MIN / 2;

/// What is looked for.
pub(super) enum Matching {
    /// Anything.
    Everything,
    /// A text that has this in it.
    Substring { finder: Finder<'static>, exact_case: bool, folded: Vec<u8> },
    /// A text that has the letters of each word in their order.
    Fuzzy { words: Vec<Vec<char>>, exact_case: bool, table: Table },
}

/// What ranking works with.
#[derive(Default)]
pub(super) struct Table {
    text: Vec<char>,
    /// What a letter is worth beyond being found.
    worth: Vec<i64>,
    /// By place in the text: the best way to find the word's letters so far with the last of them there, and with the
    /// last of them further to the left.
    there: Vec<i64>,
    before: Vec<i64>,
}

impl Matching {
    /// Case makes a difference where the query has upper case.
    pub(super) fn new(query: &str, fuzzy: bool) -> Self {
        let exact_case = query.chars().any(char::is_uppercase);
        let words = || query.split_whitespace().map(|word| word.chars().collect()).collect::<Vec<_>>();
        match fuzzy {
            _ if query.trim().is_empty() => Self::Everything,
            true => Self::Fuzzy { words: words(), exact_case, table: Table::default() },
            false => Self::Substring {
                finder: Finder::new(query.as_bytes()).into_owned(),
                exact_case,
                folded: Vec::new(),
            },
        }
    }

    /// Looks at a text.
    pub(super) fn look(&mut self, text: &str) -> Look {
        match self {
            Self::Everything => Look { score: Some(0), work: 0 },
            Self::Substring { finder, exact_case, folded } => {
                let found = if *exact_case {
                    finder.find(text.as_bytes())
                } else {
                    fold(text, folded);
                    finder.find(folded)
                };
                Look { score: found.map(|_| 0), work: text.len() as u64 }
            }
            Self::Fuzzy { words, exact_case, table } => {
                let mut look = Look { score: Some(0), work: text.len() as u64 };
                if !words.iter().all(|word| has_in_order(text, word, *exact_case)) {
                    return Look { score: None, ..look };
                }
                table.take(text, *exact_case);
                for word in words {
                    look.work += (word.len() * table.text.len()) as u64;
                    // Letters that come late in a long text are found and worth nothing.
                    look.score = look.score.map(|score| score + table.score(word).unwrap_or_default());
                }
                look
            }
        }
    }
}

fn fold(text: &str, folded: &mut Vec<u8>) {
    folded.clear();
    if text.is_ascii() {
        folded.extend(text.bytes().map(|byte| byte.to_ascii_lowercase()));
    } else {
        folded.extend_from_slice(text.to_lowercase().as_bytes());
    }
}

fn lower(letter: char) -> char {
    if letter.is_ascii() {
        letter.to_ascii_lowercase()
    } else {
        letter.to_lowercase().next().unwrap_or(letter)
    }
}

fn has_in_order(text: &str, word: &[char], exact_case: bool) -> bool {
    let mut letters = text.chars().map(|letter| if exact_case { letter } else { lower(letter) });
    word.iter().all(|wanted| letters.any(|letter| letter == *wanted))
}

impl Table {
    fn take(&mut self, text: &str, exact_case: bool) {
        self.text.clear();
        self.worth.clear();
        let mut former = ' ';
        for letter in text.chars().take(RANKED) {
            self.worth.push(worth(former, letter));
            self.text.push(if exact_case { letter } else { lower(letter) });
            former = letter;
        }
    }

    /// How well the best way scores to find the letters of a word in their order.
    fn score(&mut self, word: &[char]) -> Option<i64> {
        let length = self.text.len();
        self.there.clear();
        self.there.resize(length, NEVER);
        self.before.clear();
        self.before.resize(length, NEVER);
        for (index, wanted) in word.iter().enumerate() {
            // What the letter before this one came to, at the place to the left.
            let (mut there_left, mut before_left) = (NEVER, NEVER);
            let (mut last, mut gap) = (NEVER, NEVER);
            for at in 0..length {
                let (former_there, former_before) = (self.there[at], self.before[at]);
                gap = (gap - WIDER).max(last - GAP);
                last = NEVER;
                if self.text[at] == *wanted {
                    let worth = self.worth[at];
                    last = if index == 0 {
                        FOUND + 2 * worth
                    } else {
                        FOUND + (there_left + worth.max(NEXT)).max(before_left + worth)
                    };
                }
                (self.there[at], self.before[at]) = (last, gap);
                (there_left, before_left) = (former_there, former_before);
            }
        }
        self.there.iter().copied().max().filter(|best| *best > 0)
    }
}

/// What a letter is worth by what stands before it.
fn worth(former: char, letter: char) -> i64 {
    if former.is_whitespace() {
        FIRST
    } else if !former.is_alphanumeric() && letter.is_alphanumeric() {
        WORD
    } else if former.is_lowercase() && letter.is_uppercase() {
        HUMP
    } else if !former.is_numeric() && letter.is_numeric() {
        DIGIT
    } else {
        0
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn score(query: &str, text: &str) -> Option<i64> {
        Matching::new(query, true).look(text).score
    }

    fn has(query: &str, text: &str) -> bool {
        Matching::new(query, false).look(text).score.is_some()
    }

    #[test]
    fn a_substring_is_found_as_it_is_and_case_counts_only_where_there_is_upper_case() {
        assert!(has("git c", "cd x; git commit") && has("ls -l", "LS -LA") && has("é|ü", "É|Ü"));
        assert!(has("PATH", "echo $PATH") && !has("PATH", "echo path") && !has("gt", "git"));
        assert!(has("", "anything") && has("%' OR 1=1 --", "echo \"%' OR 1=1 --\"") && !has("%", "echo"));
    }

    #[test]
    fn the_letters_of_every_word_are_found_in_their_order() {
        assert!(
            score("gco", "git checkout main").is_some() && score("main git", "git checkout main").is_some()
        );
        assert!(score("ocg", "git checkout main").is_none() && score("git x", "git checkout").is_none());
        assert!(score("Gco", "git checkout").is_none());
    }

    #[test]
    fn the_beginnings_of_words_and_letters_that_stand_together_are_better() {
        let better = |query, good, bad| {
            let (good_score, bad_score) = (score(query, good).unwrap(), score(query, bad).unwrap());
            assert!(good_score > bad_score, "{query}: {good} {good_score}, {bad} {bad_score}");
        };
        better("gco", "git checkout", "logic of ocean");
        better("dps", "docker ps", "adapts");
        better("test", "cargo test", "cat ./the-best");
        better("foo", "cat src/foo.rs", "fish only once");
        better("ct", "cargo test", "cat");
        better("mk", "make", "cat some.kind");
        better("hs", "historySearch", "hiss");
    }

    #[test]
    fn the_best_way_counts_not_the_first() {
        assert_eq!(score("test", "t e s t test"), score("test", "x x x x test"));
    }

    #[test]
    fn work_is_counted_and_a_long_text_is_ranked_by_its_beginning_alone() {
        let long = "a".repeat(100_000);
        let look = Matching::new("aaaa", true).look(&long);
        assert!(look.score.is_some() && look.work < 100_000 + 4 * RANKED as u64 + 1);
        assert!(Matching::new("ab", true).look(&(long + "b")).score.is_some());
    }
}
