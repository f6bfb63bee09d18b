//! The words of a line.

use qiantang::domain::time::Timestamp;
use serde_json::{Value, json};

use super::desk::minute;

/// The words of a line, taken one by one; what is left at the end is an error.
pub struct Words<'a> {
    words: Vec<&'a str>,
}

impl<'a> Words<'a> {
    /// `#` starts a remark.
    pub fn of(line: &'a str) -> Words<'a> {
        let line = line.split('#').next().unwrap_or_default();
        let mut words: Vec<&str> = line.split_whitespace().collect();
        words.reverse();
        Words { words }
    }

    pub fn peek(&self) -> Option<&'a str> {
        self.words.last().copied()
    }

    pub fn next(&mut self, what: &str) -> Result<&'a str, String> {
        self.words.pop().ok_or(format!("{what} is missing"))
    }

    pub fn end(&self) -> Result<(), String> {
        self.peek()
            .map_or(Ok(()), |word| Err(format!("{word:?} is one word too many")))
    }

    /// All that is left, as `key=value` or as a word alone.
    pub fn settings(&mut self) -> Vec<(&'a str, Option<&'a str>)> {
        let words = std::mem::take(&mut self.words);
        let split = |word: &'a str| match word.split_once('=') {
            Some((key, value)) => (key, Some(value)),
            None => (word, None),
        };
        words.into_iter().rev().map(split).collect()
    }

    /// `@price`
    pub fn price(&mut self) -> Result<&'a str, String> {
        let word = self.next("@price")?;
        word.strip_prefix('@').ok_or(format!("{word:?} should be @price"))
    }

    /// `[from,until)`
    pub fn interval(&mut self) -> Result<(Timestamp, Timestamp), String> {
        interval(self.next("[from,until)")?)
    }
}

/// `[from,until)` in hours.
pub fn interval(word: &str) -> Result<(Timestamp, Timestamp), String> {
    let inside = word.strip_prefix('[').and_then(|word| word.strip_suffix(')'));
    let (from, until) = inside
        .and_then(|inside| inside.split_once(','))
        .ok_or(format!("{word:?} should be [from,until)"))?;
    Ok((instant(from)?, instant(until)?))
}

/// Hours since hour 0, as `5` or `5:30`; or a full instant.
pub fn instant(word: &str) -> Result<Timestamp, String> {
    if word.contains('T') {
        return word.parse().map_err(|error| format!("{word}: {error}"));
    }
    let (hours, minutes) = word.split_once(':').unwrap_or((word, "0"));
    let number = |text: &str| text.parse::<i64>().map_err(|error| format!("{word:?}: {error}"));
    Ok(minute(number(hours)? * 60 + number(minutes)?))
}

/// A number where the word is one, else a text: so that a case can say nonsense.
pub fn number(word: &str) -> Value {
    word.parse::<i64>().map_or_else(|_| json!(word), |number| json!(number))
}

/// `a,b,c`
pub fn list(word: &str) -> Vec<&str> {
    word.split(',').collect()
}
