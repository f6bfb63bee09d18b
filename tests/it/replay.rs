//! `qiantang replay` on flows that are right, wrong, and cut off.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use qiantang::store::Url;
use serde_json::{Value, json};

use crate::harness::{TestDatabase, for_each_empty};

/// A day of a market: line 9 is refused.
fn flow() -> Vec<Value> {
    let at = |hour: u32| format!("2026-12-01T{hour:02}:00:00Z");
    let line = |hour: u32, verb: &str, body: Value| json!({"at": at(hour), "do": verb, "body": body});
    let with = |mut line: Value, fields: &[(&str, &str)]| {
        fields.iter().for_each(|(key, value)| line[*key] = json!(value));
        line
    };
    let org = |stem: &str, kind: &str| {
        let uscc = qiantang::domain::uscc::Uscc::from_stem(stem).unwrap();
        json!({"name": kind, "uscc": uscc, "kinds": [kind]})
    };
    let bid = |cards: u32| {
        json!({"alternatives": [{"accelerator": "ascend", "cards": cards, "hours": 2, "limit": "10"}],
            "earliest": at(1), "latest": at(20)})
    };
    let usage = json!([{"id": "1", "source": "meter", "type": "qiantang.usage.v1", "data": {
        "lease": "lse_0000000000001", "from": at(1), "until": at(3), "cards_up": 4, "card_seconds": 28_800}}]);
    vec![
        line(
            0,
            "accelerator",
            json!({"code": "ascend", "vendor": "v", "model": "m", "domestic": true, "memory_gb": 64,
            "fp16_dense_gflops": null, "cards_per_node": 8}),
        ),
        line(
            0,
            "site",
            json!({"code": "hangzhou", "name_zh": "杭州", "region": "east"}),
        ),
        with(line(0, "org", org("91330100MA0000001", "provider")), &[("ref", "p")]),
        with(line(0, "org", org("91330100MA0000002", "tenant")), &[("ref", "t")]),
        with(
            line(0, "deposit", json!({"amount": "100.00", "bank_ref": "x"})),
            &[("as", "t")],
        ),
        with(
            line(
                0,
                "listing",
                json!({"site": "hangzhou", "accelerator": "ascend", "cards_per_island": 8,
                "from": at(0), "until": at(23), "ask": "9.5"}),
            ),
            &[("as", "p"), ("ref", "l")],
        ),
        with(line(1, "bid", bid(4)), &[("as", "t"), ("ref", "b")]),
        with(line(3, "usage", usage), &[("as", "p")]),
        with(line(3, "bid", bid(9)), &[("as", "t"), ("ref", "c")]),
        line(3, "settle", json!({"until": at(3)})),
    ]
}

fn text(lines: &[Value]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// Replays a flow from an empty database; what was written.
fn replay(url: &Url, folder: &Path, flow: &[u8]) -> (Output, String) {
    fs::write(folder.join("flow.jsonl"), flow).unwrap();
    // Printed, an address keeps its secrets to itself.
    let address = match url {
        Url::Sqlite(path) => path.display().to_string(),
        Url::Postgresql(address) => address.clone(),
    };
    let output = Command::new(env!("CARGO_BIN_EXE_qiantang"))
        .args([
            "replay",
            "flow.jsonl",
            "--quiet",
            "--fresh",
            "--out",
            "results.jsonl",
            "--database",
        ])
        .arg(address)
        .current_dir(folder)
        .env_remove("RUST_LOG")
        .output()
        .unwrap();
    let results = fs::read_to_string(folder.join("results.jsonl")).unwrap_or_default();
    (output, results)
}

fn results(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_flow_gives_the_same_bytes_on_every_database() {
    let mut seen = None;
    for_each_empty(|database| {
        let folder = tempfile::tempdir().unwrap();
        let (output, text) = replay(&database.url, folder.path(), text(&flow()).as_bytes());
        assert!(output.status.success(), "{output:?}");
        let (again, same) = replay(
            &database.url,
            folder.path(),
            crate::replay::text(&flow()).trim_end().as_bytes(),
        );
        assert!(again.status.success(), "the last line needs no line break: {again:?}");
        assert_eq!(text, same);
        seen.get_or_insert_with(|| text.clone());
        assert_eq!(seen.as_ref(), Some(&text));
        let lines = results(&text);
        let filled = &lines[6]["ok"]["fills"][0];
        assert_eq!(
            (&filled["charge"], &filled["price"]),
            (&json!("76.00"), &json!("9.500000"))
        );
        let problem = &lines[8];
        assert_eq!((&problem["line"], &problem["ref"]), (&json!(9), &json!("c")));
        assert_eq!(problem["problem"]["code"], "insufficient_cash");
        let end = &lines[10]["end"];
        for (key, value) in [
            ("commands", json!(10)),
            ("accepted", json!(9)),
            ("refused", json!(1)),
            ("fills", json!(1)),
            ("leases", json!(1)),
            ("card_hours", json!(8)),
            ("matched", json!("76.00")),
            ("settled", json!("76.00")),
            ("voucher", json!("0.00")),
            ("trial_balance", json!("0.00")),
        ] {
            assert_eq!(end[key], value, "{key}");
        }
        assert_eq!(end["state_hash"].as_str().map(str::len), Some(64));
    });
}

#[test]
fn a_line_that_cannot_be_read_stops_the_replay_with_its_number() {
    let good = text(&flow()[..5]);
    let whole = flow()[5].to_string();
    let cut = whole.char_indices().nth(60).unwrap().0;
    let mut unknown_verb = flow()[5].clone();
    unknown_verb["do"] = json!("list");
    let mut without_caller = flow()[5].clone();
    without_caller.as_object_mut().unwrap().remove("as");
    let mut without_time = flow()[5].clone();
    without_time.as_object_mut().unwrap().remove("at");
    let mut with_more = flow()[5].clone();
    with_more["colour"] = json!("red");
    let bad: Vec<Vec<u8>> = vec![
        whole.as_bytes()[..cut].to_vec(),
        b"{".to_vec(),
        b"listing l p\n".to_vec(),
        b"[]\n".to_vec(),
        b"\xff\xfe\n".to_vec(),
        format!("{whole} {whole}\n").into_bytes(),
        format!("{unknown_verb}\n").into_bytes(),
        format!("{without_caller}\n").into_bytes(),
        format!("{without_time}\n").into_bytes(),
        format!("{with_more}\n").into_bytes(),
    ];
    let database = TestDatabase::sqlite();
    for line in bad {
        let folder = tempfile::tempdir().unwrap();
        let flow = [good.as_bytes(), &line, text(&self::flow()[5..]).as_bytes()].concat();
        let (output, text) = replay(&database.url, folder.path(), &flow);
        let (said, line) = (String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&line));
        assert_eq!(output.status.code(), Some(3), "{line}: {said}");
        assert!(said.contains("line 6") || said.contains(":6"), "{line}: {said}");
        let told = results(&text);
        let ok = told.iter().filter(|line| line.get("ok").is_some()).count();
        assert_eq!(ok, 5, "what came before is told: {text}");
    }
}

#[test]
fn what_is_refused_is_a_result_and_so_is_what_hangs_on_it() {
    let database = TestDatabase::sqlite();
    let folder = tempfile::tempdir().unwrap();
    let mut lines = flow();
    // The tenant cannot be registered: its code is the provider's.
    lines[3]["body"]["uscc"] = lines[2]["body"]["uscc"].clone();
    lines.push(json!({"at": "2026-12-01T04:00:00Z", "do": "cancel", "as": "t", "body": {"bid": "b"}}));
    lines.push(json!({"at": "2026-12-01T03:00:00Z", "do": "tick", "body": {}}));
    lines.push(json!({"at": "2026-12-01T05:00:00Z", "do": "withdraw", "as": "p", "body": {"listing": "l"}}));
    let (output, text) = replay(&database.url, folder.path(), text(&lines).as_bytes());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told = results(&text);
    let refused: Vec<i64> = told
        .iter()
        .filter(|line| line.get("problem").is_some())
        .map(|line| line["line"].as_i64().unwrap())
        .collect();
    assert_eq!(refused, [4, 5, 7, 9, 11], "{text}");
    assert_eq!(told.last().unwrap()["end"]["refused"], 5);
}
