//! Reimbursement of a lease and of a contract from elsewhere, and a yearly assessment.

use serde_json::{Value, json};

use super::is_sound;
use crate::api::client::{Client, fresh_key};
use crate::api::stand::{Stand, both, hours_ahead};
use crate::harness::for_each_backend;

const ISSUERS: (&str, &str) = ("issuer1", "issuer2");
const OPERATORS: (&str, &str) = ("operator1", "operator2");
const TENANT: &str = "org_0000000000003";

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value}")).to_owned()
}

/// Opens a programme that pays 30 % of what was paid, with what `more` says otherwise.
fn programme(stand: &Stand, code: &str, more: Value) -> String {
    let mut rules = json!({"id": code, "pot": "100000.00", "rates": [{"rate_bps": 3000}], "rate_base": "paid",
        "pay_mode": "reimburse", "valid_from": "2025-01-01T00:00:00Z", "valid_until": hours_ahead(20_000)});
    let more = more.as_object().unwrap().clone();
    rules.as_object_mut().unwrap().extend(more);
    let (maker, checker) = (stand.person(ISSUERS.0), stand.person(ISSUERS.1));
    let drafted = maker.post("/v1/programmes", &rules).must(201).json();
    let id = text(&drafted["id"]);
    for (person, step) in [(checker, "approve"), (maker, "open")] {
        let path = format!("/v1/programmes/{id}/{step}");
        person.ask("POST", &path).key(&fresh_key()).send().must(200);
    }
    id
}

/// Hands a document in and names it.
fn document(client: &Client, kind: &str, content: &[u8]) -> Value {
    let ask = client.ask("POST", "/v1/documents");
    let kept = ask.bytes("application/pdf", content).send().must(201).json();
    json!({"kind": kind, "hash": kept["hash"], "size": kept["size"]})
}

fn cash(client: &Client) -> String {
    let accounts = client.get("/v1/accounts").must(200).json();
    let items = accounts["items"].as_array().unwrap().iter();
    let mut found = items.filter(|account| account["kind"] == "cash");
    found.next().map(|account| text(&account["balance"])).unwrap()
}

/// Reports all usage of the lease that is over, and settles it: 8 cards × 24 hours × 8.00 = 1,536.00.
fn settle(stand: &Stand) -> String {
    let provider = stand.person("provider1");
    let leases = provider.get("/v1/leases").must(200).json();
    let lease = &leases["items"][0];
    let event = json!({"specversion": "1.0", "id": "1", "source": "/dc", "type": "qiantang.usage.v1",
        "data": {"lease": lease["id"], "from": lease["from"], "until": lease["until"], "cards_up": 8,
            "card_seconds": 8 * 24 * 3_600}});
    provider.post("/v1/usage", &event).must(200);
    let until = json!({"until": lease["until"]});
    stand.person("operator1").post("/v1/settlements", &until).must(200);
    text(&lease["id"])
}

#[test]
fn a_lease_that_was_paid_is_reimbursed_and_the_treasuries_pay() {
    for_each_backend(|database| {
        let mut stand = Stand::aged(database);
        let halves = json!([{"payer": "province", "share_bps": 5000}, {"payer": "city", "share_bps": 5000}]);
        let programme = programme(
            &stand,
            "henan",
            json!({"co_funding": halves, "evidence": [{"kind": "invoice", "with": "claim"}]}),
        );
        let (tenant, other) = (stand.person("tenant1"), stand.person("tenant2"));
        let leases = tenant.get("/v1/leases").must(200).json();
        let lease = text(&leases["items"][0]["id"]);
        let invoice = document(&tenant, "invoice", b"%PDF-1.7 an invoice of 1,536.00");
        let body =
            |documents: Value| json!({"programme": programme, "contract": {"lease": lease}, "documents": documents});
        let refused = |client: &Client, documents: Value, status: u16| {
            client.post("/v1/claims", &body(documents)).must(status).code()
        };
        assert_eq!(refused(&tenant, json!([invoice]), 409), "lease_not_closed");
        settle(&stand);
        let before = cash(&tenant);
        assert_eq!(refused(&tenant, json!([]), 422), "evidence_missing");
        let mut altered = invoice.clone();
        altered["size"] = json!(7);
        assert_eq!(refused(&tenant, json!([altered]), 422), "document_altered");
        assert_eq!(refused(&other, json!([]), 404), "lease_not_found");
        assert_eq!(refused(&other, json!([invoice]), 422), "document_missing");
        let mut greedy = body(json!([invoice]));
        greedy["amount"] = json!("1536.01");
        assert_eq!(tenant.post("/v1/claims", &greedy).must(422).code(), "claim_over_paid");

        let made = tenant.post("/v1/claims", &body(json!([invoice]))).must(201);
        let claim = made.json();
        let path = format!("/v1/claims/{}", text(&claim["id"]));
        assert_eq!(made.header("location"), Some(path.as_str()));
        assert_eq!(
            (&claim["state"], &claim["base"], &claim["amount"]),
            (&json!("submitted"), &json!("1536.00"), &json!("460.80"))
        );
        assert_eq!(
            tenant.post("/v1/claims", &body(json!([invoice]))).must(409).code(),
            "duplicate_claim"
        );
        other.get(&path).must(404);
        both(&stand, ISSUERS, &format!("{path}/approve"), &json!({}));
        let paid = tenant.get(&path).must(200).json();
        assert_eq!(
            (&paid["state"], &paid["parts"]),
            (&json!("approved"), &json!(["230.40", "230.40"]))
        );
        let fen = |amount: &str| amount.replace('.', "").parse::<i64>().unwrap();
        assert_eq!(fen(&cash(&tenant)) - fen(&before), 46_080);

        let operator = stand.person("operator1");
        let asked = json!({"programme": programme, "payer": 1, "amount": "230.40"});
        let request = operator.post("/v1/treasury-requests", &asked).must(201).json();
        assert_eq!(
            operator.post("/v1/treasury-requests", &asked).must(422).code(),
            "invalid"
        );
        let receipts = format!("/v1/treasury-requests/{}/receipts", text(&request["id"]));
        for (amount, bank_ref) in [("200.00", "T-1"), ("30.40", "T-2")] {
            both(
                &stand,
                OPERATORS,
                &receipts,
                &json!({"amount": amount, "bank_ref": bank_ref}),
            );
        }
        let overview = operator
            .get(&format!("/v1/programmes/{programme}/treasury"))
            .must(200)
            .json();
        let payer = |payer: u8, name: &str, owed: &str, received: &str| json!({"payer": payer, "name": name, "owed": owed, "asked": "0.00", "received": received});
        assert_eq!(
            overview["payers"],
            json!([
                payer(0, "province", "230.40", "0.00"),
                payer(1, "city", "0.00", "230.40")
            ])
        );
        // What was paid is paid after a restart, too.
        stand.restart();
        assert_eq!(stand.person("tenant1").get(&path).must(200).json(), paid);
        drop(stand);
        is_sound(&database.url);
    });
}

/// A contract of 2025 with somebody from elsewhere, of which so much was paid.
fn contract(cards: u32, paid: &str, hash: &Value) -> Value {
    json!({"counterparty": "91110000802100433B", "domestic": true, "cards": cards, "from": "2025-03-01T00:00:00Z",
        "until": "2025-09-01T00:00:00Z", "signed_on": "2025-02-01T00:00:00Z", "hash": hash,
        "items": [{"item": "compute", "contract": paid, "incurred": paid, "paid": paid}]})
}

#[test]
fn what_was_declared_in_a_year_is_assessed_as_a_whole() {
    for_each_backend(|database| {
        let mut stand = Stand::new(database);
        // Half up to 500,000.00 a year, 30 % above.
        let programme = programme(
            &stand,
            "hangzhou",
            json!({"pay_mode": "assessment", "pot": "250000.00", "rate_base": "incurred",
                "rates": [{"when": {"declared_total_up_to": "500000.00"}, "rate_bps": 5000}, {"rate_bps": 3000}]}),
        );
        let tenant = stand.person("tenant1");
        for (cards, paid) in [(8, "300000.00"), (16, "300000.01")] {
            let paper = document(&tenant, "contract", format!("%PDF-1.7 {cards} cards").as_bytes());
            let contract = contract(cards, paid, &paper["hash"]);
            let body = json!({"programme": programme, "contract": contract, "documents": [paper]});
            let claim = tenant.post("/v1/claims", &body).must(201).json();
            assert_eq!((&claim["state"], &claim["year"]), (&json!("declared"), &json!(2025)));
        }
        let path = format!("/v1/programmes/{programme}/assess");
        let issuer = stand.person("issuer1");
        let early = json!({"year": 2099, "entities": [TENANT]});
        assert_eq!(issuer.post(&path, &early).must(422).code(), "invalid");
        let before = cash(&tenant);
        both(&stand, ISSUERS, &path, &json!({"year": 2025, "entities": [TENANT]}));
        let fen = |amount: &str| amount.replace('.', "").parse::<i64>().unwrap();
        // 90,000.00 and 90,000.003, each cut off to the fen.
        assert_eq!(fen(&cash(&tenant)) - fen(&before), 18_000_000);
        let claims = tenant.get("/v1/claims?state=approved").must(200).json();
        let amounts: Vec<String> = claims["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|claim| text(&claim["amount"]))
            .collect();
        assert_eq!(amounts, ["90000.00", "90000.00"]);
        stand.restart();
        drop(stand);
        is_sound(&database.url);
    });
}

#[test]
fn a_claim_that_is_refused_or_taken_back_can_be_made_again() {
    let stand = Stand::on_sqlite(&[]);
    let programme = programme(&stand, "beijing", json!({}));
    let (tenant, issuer) = (stand.person("tenant1"), stand.person("issuer1"));
    let paper = document(&tenant, "contract", b"%PDF-1.7 a contract");
    let body =
        json!({"programme": programme, "contract": contract(8, "1000.00", &paper["hash"]), "documents": [paper]});
    let path = |claim: &Value| format!("/v1/claims/{}", text(&claim["id"]));
    let first = tenant.post("/v1/claims", &body).must(201).json();
    let rejected = issuer
        .post(&format!("{}/reject", path(&first)), &json!({"reason": "unreadable"}))
        .must(200)
        .json();
    assert_eq!(
        (&rejected["state"], &rejected["reason"]),
        (&json!("rejected"), &json!("unreadable"))
    );
    let second = tenant.post("/v1/claims", &body).must(201).json();
    let withdraw = format!("{}/withdraw", path(&second));
    stand
        .person("tenant2")
        .ask("POST", &withdraw)
        .key(&fresh_key())
        .send()
        .must(404);
    let withdrawn = tenant.ask("POST", &withdraw).key(&fresh_key()).send().must(200).json();
    assert_eq!(withdrawn["state"], "withdrawn");
    tenant.post("/v1/claims", &body).must(201);
    let mut wrong = body.clone();
    wrong["contract"]["cards"] = json!("many");
    let refused = tenant.post("/v1/claims", &wrong).must(422).json();
    assert_eq!(refused["errors"][0]["pointer"], "/contract/cards");
}

#[test]
fn what_was_paid_of_a_claim_is_taken_back_with_a_fine_and_a_ban() {
    for_each_backend(|database| {
        let mut stand = Stand::new(database);
        let clawback = json!({"reasons": ["fraud"], "fine_min_bps": 1000, "fine_max_bps": 5000, "ban_months": 12});
        let programme = programme(
            &stand,
            "ningbo",
            json!({"clawback": clawback, "cap_per_entity": "300.00"}),
        );
        let tenant = stand.person("tenant1");
        let claimed = |client: &Client, cards: u32| {
            let paper = document(client, "contract", format!("%PDF-1.7 {cards} cards").as_bytes());
            let contract = contract(cards, "1000.00", &paper["hash"]);
            let body = json!({"programme": programme, "contract": contract, "documents": [paper]});
            client.post("/v1/claims", &body)
        };
        let before = cash(&tenant);
        let claim = text(&claimed(&tenant, 8).must(201).json()["id"]);
        let path = format!("/v1/claims/{claim}");
        both(&stand, ISSUERS, &format!("{path}/approve"), &json!({}));
        claimed(&tenant, 16).must(422);
        let take = |amount: Value, reason: &str, fine: u32| {
            json!({"target": {"claim": claim}, "amount": amount, "reason": reason, "fine_bps": fine,
                "evidence": "the invoice is of another contract"})
        };
        let issuer = stand.person("issuer1");
        for (body, pointer) in [
            (take(json!("300.01"), "fraud", 1_000), "/amount"),
            (take(Value::Null, "fraud", 999), "/fine_bps"),
            (take(Value::Null, "misuse", 1_000), "/reason"),
        ] {
            let refused = issuer.post("/v1/recoveries", &body).must(422).json();
            assert_eq!(refused["errors"][0]["pointer"], pointer);
        }
        both(&stand, ISSUERS, "/v1/recoveries", &take(json!("100.00"), "error", 0));
        let room = claimed(&tenant, 16).must(201).json();
        assert_eq!(room["amount"], "100.00", "what the cap has room for again");
        both(&stand, ISSUERS, "/v1/recoveries", &take(Value::Null, "fraud", 1_000));
        let taken = tenant.get(&path).must(200).json();
        assert_eq!(
            (&taken["amount"], &taken["recovered"]),
            (&json!("300.00"), &json!("300.00"))
        );
        let fen = |amount: &str| amount.replace('.', "").parse::<i64>().unwrap();
        assert_eq!(fen(&cash(&tenant)) - fen(&before), -2_000, "a tenth of the 200.00");
        assert_eq!(claimed(&tenant, 24).must(422).code(), "banned");
        let refused = issuer.post(&format!("/v1/claims/{}/approve", text(&room["id"])), &json!({}));
        assert_eq!(refused.must(422).code(), "banned");
        stand.restart();
        let tenant = stand.person("tenant1");
        assert_eq!(tenant.get(&path).must(200).json(), taken);
        assert_eq!(claimed(&tenant, 32).must(422).code(), "banned");
        drop(stand);
        is_sound(&database.url);
    });
}
