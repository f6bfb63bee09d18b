//! The voucher office over HTTP: programmes, applications and vouchers from their beginning to their end.

use serde_json::{Value, json};

use super::{Day, programme, text};

const PHONE: &str = "0571-00000000";

/// Drafted by one person of the authority, approved by another, opened.
pub fn open(day: &Day<'_>, rules: Value) -> String {
    let drafted = day.post("issuer1", "/v1/programmes", rules, 201);
    assert_eq!(
        (&drafted["state"], &drafted["issuer"]),
        (&json!("draft"), &json!("org_0000000000005"))
    );
    let id = text(&drafted["id"]);
    let step =
        |name: &str, step: &str, status| day.post(name, &format!("/v1/programmes/{id}/{step}"), Value::Null, status);
    let refused = step("issuer1", "approve", 403);
    assert_eq!(refused["code"], "same_person");
    assert_eq!(step("issuer1", "open", 409)["code"], "programme_not_in_state");
    assert_eq!(step("issuer2", "approve", 200)["state"], "approved");
    assert_eq!(step("issuer1", "open", 200)["state"], "open");
    id
}

fn rules(code: &str, change: Value) -> Value {
    let mut rules = programme(code);
    let Value::Object(change) = change else {
        panic!("{change}")
    };
    for (name, value) in change {
        rules[name] = value;
    }
    rules
}

fn apply(day: &Day<'_>, (tenant, programme): (&str, &str), amount: &str) -> String {
    let content = b"%PDF-1.7 a licence";
    let kept = day
        .client(tenant)
        .ask("POST", "/v1/documents")
        .bytes("application/pdf", content);
    let kept = day.check("POST", "/v1/documents", kept.send(), 201).json();
    let document = json!({"kind": "licence", "hash": kept["hash"], "size": kept["size"], "name": "licence"});
    let contact = json!({"name": "李雷", "phone": PHONE, "email": "lilei@example.cn"});
    let body = json!({"amount": amount, "purpose": "to train a model", "documents": [document], "contact": contact});
    let made = day.post(tenant, &format!("/v1/programmes/{programme}/applications"), body, 201);
    assert_eq!(made["state"], "submitted");
    assert!(!made.to_string().contains(PHONE), "{made}");
    text(&made["id"])
}

fn step(day: &Day<'_>, (name, application): (&str, &str), step: &str, body: Value) -> Value {
    day.post(name, &format!("/v1/applications/{application}/{step}"), body, 200)
}

/// The whole life.
pub fn life(day: &Day<'_>) {
    refused_drafts(day);
    under_notice(day);
    let programme = granted_one_by_one(day);
    shared(day);
    ended(day, &programme);
}

fn refused_drafts(day: &Day<'_>) {
    let drafted = day.post("issuer1", "/v1/programmes", programme("never"), 201);
    let path = format!("/v1/programmes/{}/reject", text(&drafted["id"]));
    let refused = day.post("issuer2", &path, json!({"reason": "no money"}), 200);
    assert_eq!(refused["state"], "rejected");
    let wrong = rules("wrong", json!({"pot": "-1.00", "rates": []}));
    assert_eq!(day.post("issuer1", "/v1/programmes", wrong, 422)["code"], "invalid");
}

/// The year of the test's clock and the one after it have a calendar; the notice is seen by everybody and ends by an objection.
fn under_notice(day: &Day<'_>) {
    let notice = json!({"notice_working_days": 5, "name": {"zh": "算力券", "en": "Compute vouchers"}});
    let programme = open(day, rules("noticed", notice));
    let application = apply(day, ("tenant2", &programme), "1000.00");
    let passed = step(
        day,
        ("issuer1", &application),
        "review",
        json!({"verdict": "pass", "score": 90}),
    );
    assert_eq!(passed["state"], "reviewed");
    let publish = format!("/v1/applications/{application}/publish");
    let missing = day.post("issuer1", &publish, Value::Null, 409);
    assert_eq!(missing["code"], "calendar_missing");
    let this_year: i32 = super::hours_ahead(0).to_string()[..4].parse().unwrap();
    for year in [this_year, this_year + 1] {
        let calendar = json!({"year": year, "holidays": [format!("{year}-01-01")], "workdays": []});
        day.post("operator1", "/v1/calendars", calendar, 200);
    }
    assert_eq!(day.get("tenant1", "/v1/calendars")[0]["year"], this_year);
    let published = day.post("issuer1", &publish, Value::Null, 200);
    assert_eq!(published["state"], "published");
    let path = "/v1/public-notices";
    let shown = day.check("GET", path, day.stand.nobody().get(path), 200);
    assert!(
        !shown.text.contains(PHONE) && !shown.text.contains("contact"),
        "{shown:?}"
    );
    let notice = shown.json()["items"][0].clone();
    let expected = [json!(application), json!("租户乙"), json!("1000.00"), json!(false)];
    let found = ["application", "org_name", "amount", "objected"].map(|name| notice[name].clone());
    assert_eq!(found, expected);
    step(
        day,
        ("tenant1", &application),
        "object",
        json!({"reason": "they have no cards"}),
    );
    let resolve = json!({"upheld": true, "reason": "it is so"});
    assert_eq!(
        step(day, ("issuer2", &application), "resolve", resolve)["state"],
        "rejected"
    );
    assert_eq!(day.stand.nobody().get(path).must(200).json()["items"], json!([]));
    let decided = day.post("issuer1", &publish, Value::Null, 409);
    assert_eq!(decided["code"], "application_decided");
}

/// Returned, mended, passed, granted; another is refused, another taken back. The voucher is extended and revoked.
fn granted_one_by_one(day: &Day<'_>) -> String {
    let change = json!({"validity_days": 2, "cap_exception": true});
    let programme = open(day, rules("by-order", change));
    let application = apply(day, ("tenant2", &programme), "1000.00");
    step(
        day,
        ("issuer1", &application),
        "review",
        json!({"verdict": "return", "note": "too much"}),
    );
    let path = format!("/v1/applications/{application}");
    let shown = day.get("issuer1", &path);
    assert_eq!(shown["contact"]["phone"], PHONE);
    let document = format!("{path}/documents/{}", text(&shown["request"]["documents"][0]["hash"]));
    day.check("GET", &document, day.client("issuer1").get(&document), 200);
    day.post("tenant2", &format!("{path}/erase-contact"), Value::Null, 200);
    assert_eq!(day.get("issuer1", &path)["contact"], Value::Null);
    let mended = json!({"amount": "800.00", "purpose": "to train a small model"});
    assert_eq!(
        step(day, ("tenant2", &application), "amend", mended)["state"],
        "submitted"
    );
    let passed = step(day, ("issuer2", &application), "review", json!({"verdict": "pass"}));
    assert_eq!(passed["state"], "cleared");
    let granted = day.both("issuer", &format!("{path}/grant"), json!({"amount": "700.00"}));
    assert_eq!(granted["standing"]["amount"], "700.00");
    assert_eq!(day.get("tenant2", &path)["state"], "granted");
    day.client("tenant1").get(&path).must(404);
    let voucher = text(&granted["standing"]["voucher"]);
    let voucher = format!("/v1/vouchers/{voucher}");
    assert_eq!(day.get("tenant2", &voucher)["application"], json!(application));
    let soon = format!(
        "/v1/vouchers?expires_before={}&programme={programme}",
        super::hours_ahead(49)
    );
    assert_eq!(day.get("tenant2", &soon)["items"].as_array().unwrap().len(), 1);
    day.both(
        "issuer",
        &format!("{voucher}/extend"),
        json!({"until": super::hours_ahead(480)}),
    );
    assert_eq!(day.get("tenant2", &soon)["items"], json!([]));
    day.both(
        "issuer",
        &format!("{voucher}/revoke"),
        json!({"reason": "not used as said"}),
    );
    assert_eq!(day.get("tenant2", &voucher)["state"], "revoked");
    let lift = json!({"org": "org_0000000000004", "cap": "600000.00"});
    day.both("issuer", &format!("/v1/programmes/{programme}/cap-lifts"), lift);
    let refused = apply(day, ("tenant2", &programme), "1.00");
    let refused = step(day, ("issuer1", &refused), "reject", json!({"reason": "too little"}));
    assert_eq!(refused["state"], "rejected");
    let taken_back = apply(day, ("tenant1", &programme), "1.00");
    let list = format!("/v1/programmes/{programme}/applications");
    assert_eq!(day.get("issuer1", &list)["items"].as_array().unwrap().len(), 3);
    assert_eq!(day.get("tenant1", &list)["items"].as_array().unwrap().len(), 1);
    let open = day.get("tenant1", "/v1/applications?state=submitted");
    assert_eq!(open["items"][0]["id"], json!(taken_back));
    assert_eq!(
        step(day, ("tenant1", &taken_back), "withdraw", Value::Null)["state"],
        "withdrawn"
    );
    programme
}

fn shared(day: &Day<'_>) {
    let change = json!({"pot": "1000.00", "cap_per_entity": null, "allocation_when_short": "pro_rata"});
    let programme = open(day, rules("shared", change));
    for (tenant, amount) in [("tenant1", "1500.00"), ("tenant2", "500.00")] {
        let application = apply(day, (tenant, &programme), amount);
        step(day, ("issuer1", &application), "review", json!({"verdict": "pass"}));
    }
    let allocated = day.both("issuer", &format!("/v1/programmes/{programme}/allocate"), Value::Null);
    let amounts: Vec<&Value> = allocated["granted"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["amount"])
        .collect();
    assert_eq!(amounts, ["750.00", "250.00"]);
}

fn ended(day: &Day<'_>, programme: &str) {
    let path = format!("/v1/programmes/{programme}");
    let mut next = day.get("issuer1", &path)["rules"].clone();
    next["version"] = json!(2);
    next["pot"] = json!("900.00");
    next["cap_per_entity"] = json!("900.00");
    day.both("issuer", &format!("{path}/revise"), next);
    let shown = day.get("tenant1", &path);
    assert_eq!((&shown["version"], &shown["pot"]), (&json!(2), &json!("900.00")));
    for (step, state) in [("close", "closed"), ("reconcile", "reconciled")] {
        let done = day.both("issuer", &format!("{path}/{step}"), Value::Null);
        assert_eq!(done["state"], state);
    }
    let shown = day.get("tenant1", &path);
    assert_eq!((&shown["pot"], &shown["lapsed"]), (&json!("0.00"), &json!("900.00")));
}
