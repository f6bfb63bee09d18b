//! Settlements, periods, corrections and fees.

use qiantang::app::clock::system_now;
use qiantang::domain::time::Timestamp;
use serde_json::{Value, json};

use super::{Day, text};

/// What a settlement has posted can be asked for; the month before last is closed; fees change in tiers.
pub(super) fn settled(day: &Day, settled: &Value) {
    let path = format!("/v1/settlements/{}", text(&settled["id"]));
    let shown = day.get("auditor1", &path);
    assert_eq!(
        (&shown["ended_at"], &shown["totals"]),
        (&settled["ended_at"], &settled["totals"])
    );
    assert_eq!(day.get("operator1", "/v1/settlements")["items"][0], shown);
    assert_eq!(
        day.get("operator1", &format!("{path}/leases"))["items"],
        settled["leases"]
    );
    let long_ago = Timestamp::from_micros(system_now().micros() - 40 * 86_400 * 1_000_000).month_start();
    day.both("operator", "/v1/periods/close", json!({"until": long_ago}));
    let periods = day.get("tenant1", "/v1/periods");
    assert_eq!(periods["items"][0]["until"], json!(long_ago));
    let closed = json!({"lease": settled["leases"][0]["lease"], "from": long_ago, "until": long_ago, "card_seconds": 1,
        "corrects": "1", "reason": "a mistake"});
    assert_eq!(
        day.post("operator1", "/v1/corrections", closed, 409)["code"],
        "lease_ended"
    );
    assert_eq!(day.get("auditor1", "/v1/corrections")["items"], json!([]));
    let from = system_now().hour_ceil().plus(9_000).timestamp();
    let tiers = json!([{"from_volume": "0.00", "bps": 50}, {"from_volume": "100000.00", "bps": 30}]);
    day.both(
        "operator",
        "/v1/fees",
        json!({"from": from, "tenant": tiers, "provider": tiers}),
    );
    day.both("operator", "/v1/fees/vat", json!({"from": from, "vat_bps": 600}));
    let fees = day.get("tenant1", "/v1/fees");
    assert_eq!(
        (&fees["schedules"][0]["tenant"], &fees["vat"][0]["vat_bps"]),
        (&tiers, &json!(600))
    );
}
