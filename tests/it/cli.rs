//! The command line against databases and flows that are not as they should be, and two replays that are.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use qiantang::store::Url;
use serde_json::Value;

use super::harness::binary::{Ended, demo, run, run_well, start, verify};
use super::harness::{TestDatabase, for_each_backend, for_each_empty};

/// A market of one provider and one tenant; two listings of eight cards.
const MARKET: &str = r#"
{"at":"2026-12-01T00:00:00Z","do":"accelerator","body":{"code":"card","vendor":"V","model":"M","domestic":true,"memory_gb":64,"fp16_dense_gflops":1000,"cards_per_node":8}}
{"at":"2026-12-01T00:00:00Z","do":"site","body":{"code":"here","name_zh":"此","region":"Z"}}
{"at":"2026-12-01T00:00:00Z","do":"org","ref":"p","body":{"name":"P","uscc":"91330100799655058B","kinds":["provider"]}}
{"at":"2026-12-01T00:00:00Z","do":"org","ref":"t","body":{"name":"T","uscc":"914403001922038216","kinds":["tenant"]}}
{"at":"2026-12-01T00:00:00Z","do":"deposit","as":"t","body":{"amount":"1000.00","bank_ref":"r"}}
{"at":"2026-12-01T00:00:00Z","do":"listing","ref":"l1","as":"p","body":{"site":"here","accelerator":"card","cards_per_island":8,"from":"2026-12-01T00:00:00Z","until":"2026-12-03T00:00:00Z","ask":"1.000000"}}
{"at":"2026-12-01T00:00:00Z","do":"listing","ref":"l2","as":"p","body":{"site":"here","accelerator":"card","cards_per_island":8,"from":"2026-12-01T00:00:00Z","until":"2026-12-03T00:00:00Z","ask":"2.000000"}}
"#;

fn flow(folder: &Path, text: &str) -> String {
    let path = folder.join("flow.jsonl");
    fs::write(&path, text.trim_start()).unwrap();
    path.display().to_string()
}

fn replay(flow: &str, database: &str, more: &[&str]) -> Ended {
    run(&[&["replay", flow, "--quiet", "--database", database], more].concat())
}

/// Runs a command, written as in a shell, on a database.
fn on(database: &TestDatabase, arguments: &str) -> Ended {
    let mut words: Vec<&str> = arguments.split_whitespace().collect();
    let place = database.place();
    words.extend(["--database", &place]);
    run(&words)
}

fn results(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Runs SQL of the test's own.
fn execute(url: &Url, sql: &str) {
    match url {
        Url::Sqlite(path) => {
            let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
            connection.batch_execute(sql).unwrap();
        }
        Url::Postgresql(url) => PgConnection::establish(url).unwrap().batch_execute(sql).unwrap(),
    }
}

#[test]
fn an_unreadable_line_is_named_and_what_stands_before_it_counts() {
    let cases = [
        (r#"{"at":"2026-12-01T00:00:00Z","do":"tick","bo"#, "EOF while parsing"),
        ("no JSON", "expected ident"),
        (r#"{"do":"tick","body":{}}"#, "missing field `at`"),
        (
            r#"{"at":"2026-12-01 00:00","do":"tick","body":{}}"#,
            "is not an instant in RFC 3339",
        ),
        (
            r#"{"at":"2026-12-01T00:00:00Z","do":"tick","body":{},"who":1}"#,
            "unknown field `who`",
        ),
        (
            r#"{"at":"2026-12-01T00:00:00Z","do":"dance","body":{}}"#,
            "unknown verb \"dance\"",
        ),
        (
            r#"{"at":"2026-12-01T00:00:00Z","do":"bid","body":{}}"#,
            "the verb \"bid\" needs \"as\"",
        ),
        (
            r#"{"at":"2026-12-01T00:00:00Z","do":"meter","body":{}}"#,
            "missing field `until`",
        ),
    ];
    for (line, reason) in cases {
        let database = TestDatabase::sqlite();
        let folder = tempfile::tempdir().unwrap();
        let flow = flow(folder.path(), &format!("{MARKET}{line}"));
        let out = folder.path().join("results");
        let ended = replay(&flow, &database.place(), &["--out", out.to_str().unwrap()]);
        assert_eq!(ended.code, Some(3), "{line}: {}", ended.complained);
        let place = format!("qiantang: {flow}, line 8: ");
        assert!(ended.complained.starts_with(&place), "{}", ended.complained);
        assert!(ended.complained.contains(reason), "{}", ended.complained);
        let results = results(&out);
        assert_eq!(results.len(), 8, "seven answers and the totals");
        assert_eq!(results[7]["end"]["accepted"], 7);
        verify(&database.place());
        let again = replay(&flow, &database.place(), &[]);
        assert_eq!(again.code, Some(3), "it is the same the second time");
    }
}

#[test]
fn what_a_refused_organisation_says_is_refused() {
    let database = TestDatabase::sqlite();
    let folder = tempfile::tempdir().unwrap();
    let flow = flow(folder.path(), MARKET);
    let out = folder.path().join("results");
    for _ in 0..2 {
        let ended = replay(&flow, &database.place(), &["--out", out.to_str().unwrap()]);
        assert_eq!(ended.code, Some(0), "{}", ended.complained);
    }
    let results = results(&out);
    assert_eq!(results[7]["end"]["refused"], 7, "everything is there already");
    assert_eq!(results[5]["problem"]["errors"][0]["pointer"], "/as");
    verify(&database.place());
}

#[test]
fn a_flow_that_is_not_there_costs_no_database() {
    for_each_backend(|database| {
        let folder = tempfile::tempdir().unwrap();
        let whole = flow(folder.path(), MARKET);
        run_well(&["replay", &whole, "--quiet", "--database", &database.place()]);
        let ended = replay("/nowhere/flow.jsonl", &database.place(), &["--fresh"]);
        assert_eq!(ended.code, Some(3));
        assert!(ended.complained.contains("/nowhere/flow.jsonl"), "{}", ended.complained);
        let verdict = run_well(&["verify", "--quiet", "--format", "json", "--database", &database.place()]);
        let verdict: Value = serde_json::from_str(&verdict).unwrap();
        assert_eq!(verdict["commands"], 7);
    });
}

#[test]
fn a_foreign_database_is_never_emptied() {
    for_each_empty(|database| {
        execute(
            &database.url,
            "CREATE TABLE payroll (salary INTEGER); INSERT INTO payroll VALUES (7);",
        );
        let before = bytes(&database.url);
        let folder = tempfile::tempdir().unwrap();
        let flow = flow(folder.path(), MARKET);
        for arguments in [
            &format!("replay {flow} --fresh"),
            &format!("replay {flow}"),
            "migrate",
            "seed",
            "verify",
        ] {
            let ended = on(database, arguments);
            assert_eq!(ended.code, Some(4), "{arguments}: {}", ended.complained);
            assert!(ended.complained.contains("not one of qiantang"), "{}", ended.complained);
        }
        assert_eq!(bytes(&database.url), before);
        execute(&database.url, "UPDATE payroll SET salary = 8 WHERE salary = 7;");
    });
}

fn bytes(url: &Url) -> Option<Vec<u8>> {
    match url {
        Url::Sqlite(path) => Some(fs::read(path).unwrap()),
        Url::Postgresql(_) => None,
    }
}

#[test]
fn a_file_that_is_no_database_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let letter = folder.path().join("letter.txt");
    fs::write(&letter, "Dear all, ".repeat(1_000)).unwrap();
    let flow = flow(folder.path(), MARKET);
    for more in [vec!["--fresh"], vec![]] {
        let ended = replay(&flow, letter.to_str().unwrap(), &more);
        assert_eq!(ended.code, Some(4), "{}", ended.complained);
    }
    assert_eq!(fs::read_to_string(&letter).unwrap(), "Dear all, ".repeat(1_000));
}

#[test]
fn a_newer_database_is_refused() {
    for_each_backend(|database| {
        execute(&database.url, "UPDATE meta SET schema_version = 99;");
        let folder = tempfile::tempdir().unwrap();
        let flow = flow(folder.path(), MARKET);
        for arguments in [
            &format!("replay {flow}"),
            "migrate",
            "settle --until 2026-12-01T00:00:00Z",
            "report",
            "verify",
        ] {
            let ended = on(database, arguments);
            assert_eq!(ended.code, Some(4), "{arguments}: {}", ended.complained);
            let says = "the database has schema version 99";
            assert!(ended.complained.contains(says), "{}", ended.complained);
        }
    });
}

#[test]
fn a_database_whose_making_was_interrupted_is_made_to_the_end() {
    for_each_empty(|database| {
        let as_diesel_makes_it = "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, \
             run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);";
        execute(&database.url, as_diesel_makes_it);
        run_well(&["migrate", "--database", &database.place()]);
        verify(&database.place());
    });
}

#[test]
fn only_one_process_writes_and_anybody_verifies() {
    for_each_backend(|database| {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("flow");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let (pipe, out) = (pipe.to_str().unwrap(), folder.path().join("results"));
        let place = database.place();
        let out_name = out.to_str().unwrap();
        let mut first = start(&["replay", pipe, "--out", out_name, "--database", &place]);
        let mut lines = File::options().write(true).open(pipe).unwrap();
        // The results are made when the database is open.
        wait_until(|| out.exists());
        lines.write_all(MARKET.as_bytes()).unwrap();
        let holder = format!(
            "another process writes to this database: qiantang, process {}",
            first.id()
        );
        for arguments in ["migrate", "seed --quiet", "replay /dev/null --fresh --quiet"] {
            let ended = on(database, arguments);
            assert_eq!(ended.code, Some(4), "{arguments}: {}", ended.complained);
            assert!(ended.complained.contains(&holder), "{}", ended.complained);
        }
        verify(&place);
        drop(lines);
        assert!(first.wait().unwrap().success());
        assert_eq!(results(&out).len(), 8);
        run_well(&["seed", "--quiet", "--database", &place]);
        verify(&place);
    });
}

#[test]
fn what_is_verified_is_one_instant_of_an_exchange_that_runs() {
    for_each_backend(|database| {
        let folder = tempfile::tempdir().unwrap();
        let flow = demo(folder.path(), usize::MAX);
        let place = database.place();
        let mut replay = start(&["replay", flow.to_str().unwrap(), "--database", &place]);
        let mut beside = 0;
        while replay.try_wait().unwrap().is_none() {
            verify(&place);
            beside += 1;
        }
        eprintln!("verified {beside} times meanwhile");
        assert!(replay.wait().unwrap().success());
    });
}

fn wait_until(holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(30), "it takes too long");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_replay_is_reproducible_to_the_byte_on_either_database() {
    let folder = tempfile::tempdir().unwrap();
    let flow = demo(folder.path(), 800);
    let out = folder.path().join("results");
    let databases = [
        TestDatabase::sqlite(),
        TestDatabase::sqlite(),
        TestDatabase::postgresql(),
    ];
    let played = databases.each_ref().map(|database| {
        let (flow, out) = (flow.to_str().unwrap(), out.to_str().unwrap());
        run_well(&["replay", flow, "--quiet", "--out", out, "--database", &database.place()]);
        verify(&database.place());
        fs::read_to_string(out).unwrap()
    });
    assert!(played[0] == played[1], "two replays differ");
    assert!(played[0] == played[2], "SQLite and PostgreSQL differ");
    let end = results(&out).pop().unwrap();
    assert_eq!(end["end"]["trial_balance"], "0.00");
    assert_eq!(end["end"]["state_hash"].as_str().map(str::len), Some(64));
    // On the same databases, emptied first, it is the same once more.
    for database in &databases[1..] {
        let (flow, out) = (flow.to_str().unwrap(), out.to_str().unwrap());
        let ended = replay(flow, &database.place(), &["--fresh", "--out", out]);
        assert_eq!(ended.code, Some(0), "{}", ended.complained);
        assert!(fs::read_to_string(out).unwrap() == played[0]);
    }
}

#[test]
fn the_file_alone_is_whole_once_its_writer_has_ended() {
    let folder = tempfile::tempdir().unwrap();
    let flow = demo(folder.path(), 400);
    let (database, copy) = (folder.path().join("exchange.db"), folder.path().join("copy.db"));
    let ended = replay(flow.to_str().unwrap(), database.to_str().unwrap(), &[]);
    assert_eq!(ended.code, Some(0), "{}", ended.complained);
    fs::copy(&database, &copy).unwrap();
    let verdict = |path: &Path| {
        let place = path.to_str().unwrap();
        run_well(&["verify", "--quiet", "--format", "json", "--database", place])
    };
    assert_eq!(verdict(&copy), verdict(&database));
}

#[test]
fn usage_names_the_leases_of_a_bid_in_their_order() {
    let bid = r#"{"at":"2026-12-01T00:00:00Z","do":"bid","ref":"b1","as":"t","body":{"alternatives":[{"accelerator":"card","cards":12,"hours":2,"limit":"3.000000"}],"earliest":"2026-12-01T00:00:00Z","latest":"2026-12-01T02:00:00Z"}}"#;
    let usage = |id: &str, lease: &str, cards: u32| {
        format!(
            r#"{{"specversion":"1.0","id":"{id}","source":"m","type":"qiantang.usage.v1","data":{{"lease":"{lease}","from":"2026-12-01T00:00:00Z","until":"2026-12-01T02:00:00Z","cards_up":{cards},"card_seconds":{}}}}}"#,
            cards * 7_200
        )
    };
    let said = |body: &str| format!(r#"{{"at":"2026-12-01T02:00:00Z","do":"usage","as":"p","body":{body}}}"#);
    let both = said(&format!("[{},{}]", usage("1", "b1", 8), usage("2", "b1/2", 4)));
    let third = said(&usage("3", "b1/3", 4));
    let settle = r#"{"at":"2026-12-01T02:00:00Z","do":"settle","body":{"until":"2026-12-01T02:00:00Z"}}"#;
    let folder = tempfile::tempdir().unwrap();
    let flow = flow(folder.path(), &format!("{MARKET}{bid}\n{both}\n{third}\n{settle}\n"));
    let database = TestDatabase::sqlite();
    let out = folder.path().join("results");
    let ended = replay(&flow, &database.place(), &["--out", out.to_str().unwrap()]);
    assert_eq!(ended.code, Some(0), "{}", ended.complained);
    let results = results(&out);
    assert_eq!(results[7]["ok"]["fills"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        (&results[8]["ok"]["accepted"], &results[8]["ok"]["duplicates"]),
        (&2.into(), &0.into())
    );
    // There is no third lease: the name stays a name, which is no identifier.
    assert_eq!(results[9]["ok"]["rejected"][0]["code"], "malformed");
    // 8 cards at 1.00 and 4 at 2.00, two hours each.
    assert_eq!(results[10]["ok"]["totals"]["charge"], "32.00");
    assert_eq!(results[11]["end"]["settled"], "32.00");
    verify(&database.place());
}
