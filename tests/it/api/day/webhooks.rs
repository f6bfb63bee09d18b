//! Webhooks; that they are sent is looked at elsewhere.

use serde_json::{Value, json};

use super::{Day, text};

pub(super) fn life(day: &Day) {
    let types = day.get("tenant1", "/v1/webhook-event-types");
    assert!(types["items"].as_array().unwrap().len() > 20);
    let new = json!({"url": "https://receiver.invalid/hooks", "events": ["bid.filled", "bid.placed"]});
    let made = day.post("tenant1", "/v1/webhooks", new, 201);
    let path = format!("/v1/webhooks/{}", text(&made["id"]));
    assert_eq!(
        day.post("tenant1", &format!("{path}/pause"), Value::Null, 200)["state"],
        "paused"
    );
    assert_eq!(day.get("tenant1", "/v1/webhooks")["items"][0]["id"], made["id"]);
    assert_eq!(day.get("tenant1", &path)["url"], "https://receiver.invalid/hooks");
    day.patch("tenant1", &path, json!({"description": "ours"}));
    let rotated = day.post("tenant1", &format!("{path}/rotate-secret"), Value::Null, 200);
    assert_ne!(rotated["secret"], made["secret"]);
    let queued = day.post("tenant1", &format!("{path}/ping"), Value::Null, 202);
    let messages = day.get("tenant1", &format!("{path}/messages?state=pending"));
    assert_eq!(messages["items"][0]["id"], queued["message"]);
    let again = json!({"since": "2026-01-01T00:00:00Z"});
    assert_eq!(day.post("tenant1", &format!("{path}/replay"), again, 202)["queued"], 0);
    assert_eq!(
        day.post("tenant1", &format!("{path}/resume"), Value::Null, 200)["state"],
        "active"
    );
    let removed = day.client("tenant1").ask("DELETE", &path).send();
    day.check("DELETE", &path, removed, 204);
}
