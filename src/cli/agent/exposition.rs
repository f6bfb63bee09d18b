//! The text format of Prometheus, version 0.0.4, as far as samples go; OpenMetrics differs in nothing that is read here.

/// A sample: the metric, its labels, its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample<'a> {
    /// The metric.
    pub name: &'a str,
    /// Name and value of each label.
    pub labels: Vec<(&'a str, String)>,
    /// The value.
    pub value: f64,
}

/// The text of an exporter breaks the format: it was not that of an exporter, or was cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {0} is no sample of Prometheus")]
pub struct NotASample(pub usize);

impl Sample<'_> {
    /// The value of a label.
    pub fn label(&self, name: &str) -> Option<&str> {
        let found = self.labels.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// The samples of a text, in order.
///
/// # Errors
/// The first line that is neither a sample nor a comment, and whether the last line was cut off.
pub fn samples(text: &str) -> Result<Vec<Sample<'_>>, NotASample> {
    let count = text.lines().count();
    if !text.is_empty() && !text.ends_with('\n') {
        return Err(NotASample(count));
    }
    let lines = text.lines().enumerate();
    let told = lines.filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    told.map(|(place, line)| sample(line.trim()).ok_or(NotASample(place + 1)))
        .collect()
}

fn sample(line: &str) -> Option<Sample<'_>> {
    let end = line.find(|letter: char| letter == '{' || letter.is_ascii_whitespace())?;
    let (name, rest) = line.split_at(end);
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == ':';
    if name.is_empty() || !name.chars().all(is_name) {
        return None;
    }
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(rest) => labels(rest)?,
        None => (Vec::new(), rest),
    };
    // A time may follow the value.
    let value = rest.split_ascii_whitespace().next()?;
    Some(Sample {
        name,
        labels,
        value: value.parse().ok()?,
    })
}

type Labels<'a> = Vec<(&'a str, String)>;

/// The labels, and what follows the closing brace.
fn labels(mut rest: &str) -> Option<(Labels<'_>, &str)> {
    let mut labels = Vec::new();
    loop {
        rest = rest.trim_start_matches([' ', ',']);
        if let Some(rest) = rest.strip_prefix('}') {
            return Some((labels, rest));
        }
        let (name, after) = rest.split_once('=')?;
        let (value, after) = quoted(after.trim_start().strip_prefix('"')?)?;
        labels.push((name.trim(), value));
        rest = after;
    }
}

/// A text up to its closing quotation mark, and what follows that.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((place, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, text.get(place + 1..)?)),
            '\\' => match letters.next()?.1 {
                'n' => value.push('\n'),
                other => value.push(other),
            },
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_read_as_the_format_says() {
        let text = "# HELP a What it is.\n# TYPE a gauge\na 1\na{b=\"c\",d=\"e \\\"f\\\" \\\\ }\"} 2.5e+03 1700000000000\n\n\
            a{ b=\"\" , } NaN\nx:y_z{} +Inf\n";
        let found = samples(text).unwrap();
        assert_eq!(found.len(), 4);
        assert_eq!((found[0].name, found[0].labels.len()), ("a", 0));
        assert_eq!(found[1].label("d"), Some("e \"f\" \\ }"));
        assert!(found[1].value > 2_499.0 && found[1].value < 2_501.0);
        assert!(found[2].value.is_nan() && found[2].label("b") == Some(""));
        assert!(found[3].value.is_infinite());
    }

    #[test]
    fn what_is_no_sample_is_named_by_its_line() {
        for (text, line) in [
            ("<html>\n", 1),
            ("a 1\na{b=\"c} 1\n", 2),
            ("a 1\na{b=\"c\"} one\n", 2),
            ("a 1\na\n", 2),
            ("a 1\na 2", 2),
        ] {
            assert_eq!(samples(text), Err(NotASample(line)), "{text:?}");
        }
        assert_eq!(samples(""), Ok(vec![]));
    }
}
