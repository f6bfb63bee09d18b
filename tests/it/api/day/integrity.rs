//! What is known of organisations, and what looks wrong.

use qiantang::domain::time::Timestamp;
use serde_json::{Value, json};

use super::{Day, text};
use crate::api::stand::hours_ahead;

/// After a day of trading: tenant1 turns out to belong to provider1, of whom it bought with a voucher.
pub fn looks_back(day: &Day) {
    let long_ago = Timestamp::from_micros(hours_ahead(0).micros() - 900 * 3_600_000_000);
    let (tenant, provider) = ("org_0000000000003", "org_0000000000001");
    let facts = json!({"kind": "firm", "area": "330106"});
    day.post(
        "operator1",
        &format!("/v1/organisations/{tenant}/facts"),
        facts.clone(),
        200,
    );
    assert_eq!(
        day.get("tenant1", &format!("/v1/organisations/{tenant}"))["facts"],
        facts
    );
    let programme = text(&day.get("issuer1", "/v1/programmes")["items"][0]["id"]);
    let providers = format!("/v1/programmes/{programme}/providers");
    let place = json!({"org": provider, "batch": "1", "items": ["compute"], "from": long_ago});
    day.post("issuer1", &providers, place, 200);
    let end = json!({"org": provider, "at": hours_ahead(1)});
    day.post("issuer1", &format!("{providers}/delist"), end, 200);
    assert_eq!(day.get("tenant1", &providers)[0]["org"], provider);
    let relation = json!({"a": provider, "b": tenant, "kind": "ownership", "share_bps": 6_000, "from": long_ago});
    let relation = day.post("operator1", "/v1/related-parties", relation, 200);
    let reading = json!({"site": "hangzhou", "from": long_ago, "until": hours_ahead(0).min(long_ago.plus_hours(1)), "kwh": "1.000"});
    day.post("provider1", "/v1/power-readings", reading, 200);
    let raised = day.post("operator1", "/v1/flags/scan", Value::Null, 200);
    assert_ne!(raised["count"], 0);
    let flags = day.get("auditor1", "/v1/flags?rule=related_party");
    let path = format!("/v1/flags/{}", text(&flags["items"][0]["id"]));
    assert_eq!(day.get("issuer1", &path), flags["items"][0]);
    let verdict = json!({"verdict": "dismissed", "reason": "of no weight"});
    let resolved = day.post("auditor1", &format!("{path}/resolve"), verdict, 200);
    assert_eq!(resolved["state"], "dismissed");
    let ended = format!("/v1/related-parties/{}/end", text(&relation["id"]));
    day.post("operator1", &ended, json!({"until": hours_ahead(2)}), 200);
    let relations = day.get("auditor1", "/v1/related-parties");
    assert_eq!(relations["items"][0]["until"], json!(hours_ahead(2)));
}
