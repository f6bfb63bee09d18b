//! The program itself, as its users run it.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// A command of the program, with nothing of the surroundings that would change what it does.
fn command<S: AsRef<OsStr>>(arguments: &[S]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_qiantang"));
    command
        .args(arguments)
        .env_remove("RUST_LOG")
        .env_remove("QIANTANG_DATABASE");
    command
}

/// What came of a command.
pub struct Ended {
    /// The exit code; none where it was killed.
    pub code: Option<i32>,
    /// What it printed.
    pub said: String,
    /// What it complained of.
    pub complained: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Ended {
        Ended {
            code: output.status.code(),
            said: String::from_utf8_lossy(&output.stdout).into_owned(),
            complained: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// Runs a command to its end.
pub fn run<S: AsRef<OsStr>>(arguments: &[S]) -> Ended {
    command(arguments).output().expect("the program runs").into()
}

/// Runs a command that reads `input` to its end.
pub fn run_with_input<S: AsRef<OsStr>>(arguments: &[S], input: &str) -> Ended {
    let mut child = command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut stdin = child.stdin.take().expect("it was piped");
    stdin.write_all(input.as_bytes()).expect("the program reads");
    drop(stdin);
    child.wait_with_output().expect("the program runs").into()
}

/// Runs a command that must end with 0; what it printed.
pub fn run_well<S: AsRef<OsStr>>(arguments: &[S]) -> String {
    let ended = run(arguments);
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.said, ended.complained);
    ended.said
}

/// Starts a command that goes on beside the test.
pub fn start<S: AsRef<OsStr>>(arguments: &[S]) -> Child {
    command(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts")
}

/// `verify` finds nothing wrong.
pub fn verify(database: &str) {
    let verdict = run_well(&["verify", "--quiet", "--format", "json", "--database", database]);
    let verdict: serde_json::Value = serde_json::from_str(&verdict).expect("verify prints JSON");
    assert_eq!(verdict["violations"], serde_json::json!([]), "{verdict}");
}

/// The first `lines` lines of the demonstration market, as a file in `folder`.
pub fn demo(folder: &Path, lines: usize) -> PathBuf {
    let whole = run_well(&["demo", "--quiet"]);
    let path = folder.join("demo.jsonl");
    let part: Vec<&str> = whole.lines().take(lines).collect();
    std::fs::write(&path, part.join("\n") + "\n").expect("a file can be written");
    path
}
