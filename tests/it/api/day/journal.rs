//! What is told of the journal.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Day, text};

/// Every receipt is found in the journal, and every leaf has the hash of its bytes.
pub(super) fn is_whole(day: &Day, receipts: &[Value]) {
    let mut leaves = BTreeMap::new();
    let mut cursor = String::new();
    loop {
        let page = day.get("auditor1", &format!("/v1/audit/events?limit=200{cursor}"));
        for event in page["items"].as_array().unwrap() {
            let mut hasher = Sha256::new();
            hasher.update([0]);
            hasher.update(text(&event["body"]));
            let hash: String = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(event["leaf"], hash);
            assert_eq!(event["seq"], leaves.len() + 1, "without gaps");
            leaves.insert(event["seq"].as_u64().unwrap(), (text(&event["kind"]), hash));
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    for answer in receipts {
        let receipt = &answer["receipt"];
        let (kind, leaf) = &leaves[&receipt["seq"].as_u64().unwrap()];
        assert_eq!((kind.as_str(), &receipt["leaf"]), ("command", &json!(leaf)));
    }
    assert!(
        !day.get("auditor1", "/v1/audit/events?kind=filled")["items"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}

/// Checkpoints and proofs of it.
pub(super) fn is_proved(day: &Day, receipts: &[Value]) {
    let sealed = day.post("auditor1", "/v1/audit/checkpoints", Value::Null, 200);
    let seq = receipts[0]["receipt"]["seq"].as_u64().unwrap();
    let log = day.get("tenant1", "/v1/audit/log");
    assert_eq!(
        (&log["sealed"], &log["suite"]),
        (&sealed["size"], &json!("sha256-ed25519"))
    );
    assert_eq!(day.get("provider1", "/v1/audit/checkpoints")["items"][0], sealed);
    let proof = day.get("tenant1", &format!("/v1/audit/proofs/inclusion?seq={seq}"));
    assert_eq!(
        (&proof["leaf"], &proof["root"]),
        (&receipts[0]["receipt"]["leaf"], &sealed["root"])
    );
    let proof = day.get("tenant1", &format!("/v1/audit/proofs/consistency?from={seq}"));
    assert_eq!(proof["to_root"], sealed["root"]);
    let kept = format!("/v1/audit/proofs/receipt?seq={seq}");
    for path in ["/v1/audit/checkpoint", &kept] {
        let answer = day.check("GET", path, day.client("tenant1").get(path), 200);
        assert!(answer.text.ends_with(&text(&sealed["note"])), "{answer:?}");
    }
}
