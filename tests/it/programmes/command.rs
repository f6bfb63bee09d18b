//! `qiantang programme check` as people and programs see it.

use std::fs;

use serde_json::{Value, json};

use super::{file, shipped};
use crate::harness::binary::{run, run_well};

#[test]
fn a_sound_file_is_explained_in_both_languages_and_tried() {
    for path in shipped() {
        let path = path.to_str().unwrap();
        let both = run_well(&["programme", "check", path]);
        for said in [
            "资金总额",
            "The pot is",
            "试算",
            "Tried on examples",
            "【未核实】",
            "[not verified]",
            "/rates/0",
        ] {
            assert!(both.contains(said), "{path}: {said}");
        }
        let zh = run_well(&["programme", "check", path, "--lang", "zh"]);
        assert!(zh.contains("资金总额") && !zh.contains("The pot is"), "{path}");
    }
}

#[test]
fn programs_read_every_parameter_with_its_source_and_every_step() {
    for path in shipped() {
        let told = run_well(&["programme", "check", path.to_str().unwrap(), "--json"]);
        let told: Value = serde_json::from_str(&told).unwrap();
        let rules = told["rules"].as_array().unwrap();
        for field in file(&path)
            .as_object()
            .unwrap()
            .keys()
            .filter(|field| *field != "provenance")
        {
            let said = rules.iter().find(|said| {
                let pointer = said["pointer"].as_str().unwrap();
                pointer.split('/').nth(1) == Some(field)
            });
            let said = said.unwrap_or_else(|| panic!("{}: {field}", path.display()));
            assert!(
                !said["sources"].as_array().unwrap().is_empty(),
                "{}: {field}",
                path.display()
            );
            for words in [&said["zh"], &said["en"]] {
                let bare = format!("{field}: ");
                assert!(!words.as_str().unwrap().starts_with(&bare), "{words}");
            }
        }
        let examples = told["examples"].as_array().unwrap();
        assert!((2..=12).contains(&examples.len()), "{}", examples.len());
        assert!(
            examples
                .iter()
                .all(|example| !example["steps"].as_array().unwrap().is_empty())
        );
        assert!(
            examples.iter().any(|example| example["subsidy"] != "0.00"),
            "{}",
            path.display()
        );
    }
}

#[test]
fn all_that_is_wrong_with_a_file_is_said_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.json");
    let rules = json!({
        "id": "city", "pot": "1000.00", "pott": 1, "cap_per_entity": "1000.01",
        "rates": [{ "rate_bps": 3000 }, { "when": { "domestic": true }, "rate_bps": 10001 }],
        "windows": { "apply": [{ "until": "2026-05-01T00:00:00Z" }, { "until": "2026-03-01T00:00:00Z" }] },
        "valid_from": "2026-01-01T00:00:00Z"
    });
    fs::write(&path, rules.to_string()).unwrap();
    let place = path.to_str().unwrap();
    let expected = [
        "/cap_per_entity",
        "/pott",
        "/rates/1",
        "/rates/1/rate_bps",
        "/valid_until",
        "/windows/apply/1",
    ];
    let ended = run(&["programme", "check", place]);
    assert_eq!(ended.code, Some(2));
    assert!(
        ended.complained.contains("refused with 6 errors"),
        "{}",
        ended.complained
    );
    let ended = run(&["programme", "check", place, "--format", "json"]);
    assert_eq!(ended.code, Some(2));
    let told: Value = serde_json::from_str(&ended.said).unwrap();
    let mut pointers: Vec<&str> = told["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].as_str().unwrap())
        .collect();
    pointers.sort_unstable();
    assert_eq!(pointers, expected);
}

#[test]
fn what_is_no_rule_file_cannot_be_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.json");
    fs::write(&path, "{").unwrap();
    assert_eq!(run(&["programme", "check", path.to_str().unwrap()]).code, Some(3));
    assert_eq!(run(&["programme", "check", "/nowhere/city.json"]).code, Some(3));
    fs::write(&path, "[]").unwrap();
    assert_eq!(run(&["programme", "check", path.to_str().unwrap()]).code, Some(2));
}
