//! Usage from files.

use std::fs;

use qiantang::app::clock::system_now;
use qiantang::domain::time::Timestamp;
use serde_json::{Value, json};

use crate::api::stand::Stand;
use crate::harness::binary::{run, verify};
use crate::harness::for_each_backend;

/// The event of a minute of a lease, so many minutes ago.
fn event(lease: &str, minutes: i64) -> Value {
    let minute = system_now().hour_floor().timestamp().micros() - minutes * 60_000_000;
    let at = |micros| Timestamp::from_micros(micros);
    json!({"specversion": "1.0", "type": "qiantang.usage.v1", "source": "meter", "id": minutes.to_string(),
        "data": {"lease": lease, "from": at(minute), "until": at(minute + 60_000_000), "cards_up": 8, "card_seconds": 480}})
}

#[test]
fn a_file_is_imported_as_far_as_it_is_right_and_again_without_harm() {
    for_each_backend(|database| {
        let stand = Stand::renting(database);
        let leases = stand.person("provider1").get("/v1/leases").must(200).json();
        let lease = leases["items"][0]["id"].as_str().unwrap();
        drop(stand);
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name).display().to_string();
        let other = event("lse_0000000000zzz", 1);
        let mut kind = event(lease, 2);
        kind["type"] = json!("something.else");
        let mut greedy = event(lease, 3);
        greedy["data"]["cards_up"] = json!(9);
        let good: Vec<Value> = (4..50).map(|minutes| event(lease, minutes)).collect();
        let mut lines: Vec<String> = good.iter().map(Value::to_string).collect();
        lines.insert(1, "{\"half\":".to_owned());
        lines.insert(2, String::new());
        lines.extend([&other, &kind, &greedy, &good[0]].map(Value::to_string));
        fs::write(file("usage.jsonl"), lines.join("\n")).unwrap();
        let (place, rejected) = (database.place(), file("rejected.jsonl"));
        let import = |name: &str, more: &[&str]| {
            let path = file(name);
            let fixed = [
                "usage",
                "import",
                &path,
                "--database",
                &place,
                "--quiet",
                "--format",
                "json",
            ];
            run(&[&fixed, more].concat())
        };
        let ended = import("usage.jsonl", &["--rejected", &rejected]);
        assert_eq!(ended.code, Some(2), "{}", ended.complained);
        let told = ended.said.lines().last().unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(told).unwrap(),
            json!({"accepted": 46, "duplicates": 1, "refused": 4})
        );
        assert!(ended.said.contains("event 2: unreadable"), "{}", ended.said);
        let kept = fs::read_to_string(&rejected).unwrap();
        let kept: Vec<Value> = kept.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let mut codes: Vec<&str> = kept.iter().map(|line| line["code"].as_str().unwrap()).collect();
        codes.sort_unstable();
        assert_eq!(
            codes,
            ["lease_not_found", "too_many_cards", "unknown_type", "unreadable"]
        );
        assert!(kept.iter().any(|line| line["event"] == other));

        fs::write(file("usage.json"), Value::from(good).to_string()).unwrap();
        let again = import("usage.json", &[]);
        assert_eq!(
            (again.code, again.said.trim()),
            (Some(0), "{\"accepted\":0,\"duplicates\":46,\"refused\":0}")
        );
        fs::write(file("other.json"), Value::from(vec![event(lease, 55)]).to_string()).unwrap();
        let other = import("other.json", &["--as", "org_0000000000002"]);
        assert_eq!(other.code, Some(2));
        assert!(other.said.contains("lease_not_found"), "{}", other.said);
        assert_eq!(import("nowhere.json", &[]).code, Some(3));
        verify(&place);
    });
}
