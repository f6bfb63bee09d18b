//! A replay is killed (SIGKILL) again and again, wherever it happens to be. Then another process takes the database over, finds
//! it in order, and finds every command in it that was answered before.
//!
//! This shows what a process leaves behind, not what a disk does when the power fails.

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

use qiantang::store::command::CommandRow;
use qiantang::store::load::LoadError;
use qiantang::store::{Reader, audit};

use super::harness::TestDatabase;
use super::harness::binary::{demo, run, run_well, start, verify};

/// Two days of the demonstration market: what stands before trade, trade, two meter readings and two settlements.
const LINES: usize = 598;
const KILLS_SQLITE: u32 = 50;
const KILLS_POSTGRESQL: u32 = 12;
/// SIGKILL.
const KILLED: i32 = 9;

#[test]
fn what_was_answered_outlives_a_kill_on_sqlite() {
    kill_again_and_again(&TestDatabase::sqlite(), KILLS_SQLITE);
}

#[test]
fn what_was_answered_outlives_a_kill_on_postgresql() {
    kill_again_and_again(&TestDatabase::postgresql(), KILLS_POSTGRESQL);
}

fn kill_again_and_again(database: &TestDatabase, kills: u32) {
    let folder = tempfile::tempdir().unwrap();
    let flow = demo(folder.path(), LINES);
    let results = folder.path().join("results.jsonl");
    let place = database.place();
    let arguments = |out: &Path| {
        let (flow, out) = (flow.display().to_string(), out.display().to_string());
        [
            "replay",
            &flow,
            "--fresh",
            "--quiet",
            "--out",
            &out,
            "--database",
            &place,
        ]
        .map(str::to_owned)
    };
    let began = Instant::now();
    run_well(&arguments(&results));
    let whole = Whole {
        results: complete_lines(&results),
        commands: commands(database),
        takes: began.elapsed(),
    };
    let mut draw = Draw::new();
    let (mut killed, mut answered, mut rounds) = (0, 0, 0);
    while killed < kills {
        rounds += 1;
        assert!(rounds < 4 * kills, "the replay ends before it can be killed");
        // The process makes its own file, so that the lines that are waited for are its own.
        let _ = fs::remove_file(&results);
        let mut replay = start(&arguments(&results));
        wait_for_the_moment(&mut draw, &whole, &results);
        killed += u32::from(kill(&mut replay));
        answered += check(database, &results, &whole);
    }
    eprintln!("{killed} kills; {answered} answers were given before them, none is lost");
    assert!(answered > 0, "no kill came after an answer");
    // It goes on from there.
    run_well(&["seed", "--quiet", "--database", &place]);
    verify(&place);
}

/// What a replay that nobody kills leaves.
struct Whole {
    results: Vec<String>,
    commands: Vec<CommandRow>,
    takes: Duration,
}

/// Waits until so many answers are there and a little longer, or for some time from the start.
fn wait_for_the_moment(draw: &mut Draw, whole: &Whole, results: &Path) {
    let began = Instant::now();
    let takes = u64::try_from(whole.takes.as_micros()).unwrap();
    if draw.below(4) == 0 {
        std::thread::sleep(Duration::from_micros(draw.below(takes)));
        return;
    }
    let lines = usize::try_from(draw.below(u64::try_from(whole.results.len()).unwrap())).unwrap();
    while complete_lines(results).len() < lines && began.elapsed() < 4 * whole.takes {
        std::thread::sleep(Duration::from_micros(200));
    }
    std::thread::sleep(Duration::from_micros(draw.below(8_000)));
}

/// Whether it was killed, and had not ended by itself.
fn kill(replay: &mut Child) -> bool {
    replay.kill().unwrap();
    let status = replay.wait().unwrap();
    assert!(status.success() || status.signal() == Some(KILLED), "{status}");
    !status.success()
}

/// How many answers had been given.
fn check(database: &TestDatabase, results: &Path, whole: &Whole) -> usize {
    let place = database.place();
    // Takes the writer's lock, and makes the tables where the kill came before them.
    let free = run(&["migrate", "--quiet", "--database", &place]);
    assert_eq!(free.code, Some(0), "{}", free.complained);
    verify(&place);
    let recorded = commands(database);
    let answers = complete_lines(results);
    assert!(
        recorded == whole.commands[..recorded.len()],
        "the commands are not those of the flow"
    );
    assert!(
        answers == whole.results[..answers.len()],
        "the answers are not those of the flow"
    );
    every_answer_is_recorded(&answers, &recorded);
    answers.len()
}

fn every_answer_is_recorded(answers: &[String], recorded: &[CommandRow]) {
    let by_flow = |row: &&CommandRow| !["clock", "meter"].contains(&row.actor.as_str());
    let mut rows = recorded.iter().filter(by_flow);
    let mut batches = 0;
    for answer in answers {
        let line: serde_json::Value = serde_json::from_str(answer).unwrap();
        if line.get("end").is_some() {
            continue;
        }
        if let Some(some) = line["ok"].get("batches") {
            // A meter reading stands for the reports it made.
            batches += usize::try_from(some.as_u64().unwrap()).unwrap();
            continue;
        }
        let row = rows.next().unwrap_or_else(|| panic!("not recorded: {answer}"));
        let outcome = if row.accepted { "ok" } else { "problem" };
        let ending = format!("\"{outcome}\":{}}}", row.answer);
        assert!(answer.ends_with(&ending), "{answer}\nis recorded as\n{}", row.answer);
    }
    let reports = |row: &&CommandRow| row.actor == "meter" && row.kind == "report_usage";
    assert!(batches <= recorded.iter().filter(reports).count());
}

/// The lines that were written to the end.
fn complete_lines(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().map(str::to_owned).collect()
}

fn commands(database: &TestDatabase) -> Vec<CommandRow> {
    let mut rows = Vec::new();
    let mut reader = Reader::open(&database.url).unwrap();
    audit::each_command(&mut reader, |row| {
        rows.push(row);
        Ok::<(), LoadError>(())
    })
    .unwrap();
    rows
}

/// splitmix64. The seed is printed; moments are the machine's all the same, so that it repeats a run only nearly.
struct Draw(u64);

impl Draw {
    fn new() -> Draw {
        let given = std::env::var("QIANTANG_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| RandomState::new().hash_one(0));
        eprintln!("QIANTANG_SEED={seed}");
        Draw(seed)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound.max(1)
    }
}
