//! Tables of the market: files that an accountant can read, played on the engine through the bodies that clients send.
//!
//! A file is a list of cases. What stands before the first `case NAME` happens in each of them. Every line says one thing
//! (see `say.rs`) or expects one (see `expect.rs`). Hours count from the start of December 2026 in UTC; `b1.2` is the
//! lease of the second fill of bid `b1`.
//!
//! Nothing goes unseen: a refusal or a fill that no line expects is a failure. After every line the invariants hold, and
//! the balances are the sums of their transfers; a refused command leaves the state as it was.

mod desk;
mod expect;
mod say;
mod words;

use std::fs;
use std::path::Path;

use desk::Desk;
use words::Words;

/// A line with its number.
type Line<'a> = (usize, &'a str);

#[test]
fn every_case_comes_out_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/cases");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let (mut played, mut failures) = (0, Vec::new());
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        for (case, lines) in cases(&text) {
            played += 1;
            if let Err((number, line, why)) = play(&lines) {
                failures.push(format!("{name}:{number}: {case}\n    {line}\n    {why}"));
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {played} cases:\n{}",
        failures.len(),
        failures.join("\n")
    );
    assert!(played > 0);
}

/// The cases of a file: name and lines, those before the first case in front.
fn cases(text: &str) -> Vec<(&str, Vec<Line<'_>>)> {
    let mut before = Vec::new();
    let mut cases: Vec<(&str, Vec<Line<'_>>)> = Vec::new();
    for (number, line) in (1..).zip(text.lines().map(str::trim)) {
        if let Some(name) = line.strip_prefix("case ") {
            cases.push((name, before.clone()));
        } else if let Some((_, lines)) = cases.last_mut() {
            lines.push((number, line));
        } else {
            before.push((number, line));
        }
    }
    cases
}

fn play(lines: &[Line<'_>]) -> Result<(), (usize, String, String)> {
    let mut desk = Desk::new();
    let mut last = (0, "");
    for &(number, line) in lines {
        let said = step(&mut desk, line);
        said.map_err(|why| (number, line.to_owned(), why))?;
        last = (number, line);
    }
    match desk.unexpected() {
        Some(left) => Err((
            last.0,
            last.1.to_owned(),
            format!("at the end nobody expected that {left}"),
        )),
        None => Ok(()),
    }
}

fn step(desk: &mut Desk, line: &str) -> Result<(), String> {
    let mut words = Words::of(line);
    let Some(verb) = words.peek() else { return Ok(()) };
    words.next("the verb")?;
    match verb {
        "expect" => expect::expect(desk, &mut words),
        "raw" => say::raw(desk, line),
        verb => say::say(desk, verb, &mut words).unwrap_or_else(|| Err(format!("there is no verb {verb:?}"))),
    }
}
