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
