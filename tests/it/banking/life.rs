//! From a deposit to money in the provider's bank account, over HTTP, on both databases.

use qiantang::app::verify::verify;
use qiantang::domain::id::{OrgId, PayoutId};
use qiantang::engine::state_hash::{StateHash, state_hash};
use qiantang::store::{self, Reader, Url};
use serde_json::{Value, json};

use super::files::{entry, message};
use crate::api::client::{Answer, Client, fresh_key};
use crate::api::stand::{Stand, both, hours_ahead};
use crate::harness::for_each_backend;

const OPERATORS: (&str, &str) = ("operator1", "operator2");
const PROVIDER: &str = "org_0000000000001";
const TENANT: &str = "org_0000000000003";
const CUSTODY: &str = "1202021009900000001";
const CAMT: &str = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08";

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value}")).to_owned()
}

fn account(number: &str) -> Value {
    json!({"holder": "=智算中心甲", "number": number, "cnaps": "102331002017", "bank": "中国工商银行杭州分行"})
}

fn stored(url: &Url) -> StateHash {
    state_hash(&store::state::load(&mut Reader::open(url).unwrap()).unwrap()).unwrap()
}

fn is_sound(url: &Url) {
    let verdict = verify(&mut Reader::open(url).unwrap(), &mut |_, _| {}).unwrap();
    assert!(verdict.violations.is_empty(), "{:?}", verdict.violations);
}

fn balance(client: &Client, kind: &str, org: Option<&str>) -> String {
    let path = format!(
        "/v1/accounts?kind={kind}{}",
        org.map_or(String::new(), |org| format!("&org={org}"))
    );
    let found = client.get(&path).must(200).json();
    found["items"][0]["balance"].as_str().unwrap_or("0.00").to_owned()
}

fn import(client: &Client, media_type: &str, text: &str) -> Answer {
    let ask = client.ask("POST", "/v1/bank-statements").key(&fresh_key());
    ask.bytes(media_type, text.as_bytes()).send()
}

/// The statement of that number, from an opening to a closing balance.
fn statement(number: u32, (opening, closing): (&str, &str), entries: &[String]) -> String {
    message(CAMT, (&format!("S{number}"), opening, closing), &entries.concat())
}

/// Settles the lease that has been delivered for a day, and lets its earnings become payable.
fn settled(stand: &mut Stand) {
    let provider = stand.person("provider1");
    let lease = provider.get("/v1/leases").must(200).json()["items"][0].clone();
    let event = json!({"specversion": "1.0", "id": "1", "source": "/dc", "type": "qiantang.usage.v1",
        "data": {"lease": lease["id"], "from": lease["from"], "until": lease["until"], "cards_up": 8,
            "card_seconds": 8 * 24 * 3_600}});
    provider.post("/v1/usage", &event).must(200);
    let until = json!({"until": lease["until"]});
    stand.person("operator1").post("/v1/settlements", &until).must(200);
    stand.person("operator1").get("/v1/due-payouts").must(200);
}

#[test]
fn a_fill_ends_as_money_in_a_bank_account() {
    for_each_backend(|database| {
        let mut stand = Stand::aged(database);
        let terms = json!({"dispute_hours": 0, "alone_max": "1000.00"});
        both(&stand, OPERATORS, "/v1/terms", &terms);
        settled(&mut stand);
        // What is due at that instant happens with the next command.
        stand.let_time_pass(hours_ahead(1));
        let (operator, provider, tenant) = (
            stand.person("operator1"),
            stand.person("provider1"),
            stand.person("tenant1"),
        );

        // The platform's account, with what was paid in before; then the provider's and the tenant's.
        let mut custody = account(CUSTODY);
        custody["opening"] = json!("200000000.00");
        both(&stand, OPERATORS, "/v1/custody-accounts", &custody);
        for (person, org, number) in [
            ("provider1", PROVIDER, "6222000000000001"),
            ("tenant1", TENANT, "6222000000000002"),
        ] {
            let path = format!("/v1/organisations/{org}/bank-account");
            let own = stand.person(person);
            let asked = own
                .ask("PUT", &path)
                .key(&fresh_key())
                .json(&account(number))
                .send()
                .must(202)
                .json();
            let approval = format!("/v1/approvals/{}/approve", text(&asked["approval"]["id"]));
            operator.ask("POST", &approval).key(&fresh_key()).send().must(200);
            let other = format!("/v1/organisations/{}/bank-account", OrgId(2));
            own.ask("PUT", &other)
                .key(&fresh_key())
                .json(&account(number))
                .send()
                .must(404);
            own.get(&other).must(404);
        }
        let path = format!("/v1/organisations/{PROVIDER}/bank-account");
        let seen = |client: &Client| client.get(&path).must(200).json()["payout"]["account"]["number"].clone();
        assert_eq!(seen(&provider), "6222000000000001");
        assert_eq!(seen(&operator), "6222000000000001");
        let auditor = stand.person("auditor1");
        assert_eq!(seen(&auditor), "************0001");
        let approvals = auditor.get("/v1/approvals").must(200).text;
        assert!(!approvals.contains("6222000000000001") && approvals.contains("************0001"));
        let own = provider.get(&path).must(200).json();
        assert_eq!(own["deposit_reference"], format!("QT-{PROVIDER}"));

        // Little is withdrawn alone, much with an operator's consent.
        let little = tenant.post("/v1/withdrawals", &json!({"amount": "999.00"})).must(201);
        assert!(little.header("location").unwrap().starts_with("/v1/withdrawals/wdr_"));
        let much = tenant
            .post("/v1/withdrawals", &json!({"amount": "1000.01"}))
            .must(202)
            .json();
        let rejected = format!("/v1/approvals/{}/reject", text(&much["approval"]["id"]));
        operator.post(&rejected, &json!({"reason": "not now"})).must(200);

        // A batch: asked for, agreed on as it stands, sent.
        let due = operator.get("/v1/due-payouts").must(200).json();
        let lines = &due["lines"];
        assert_eq!(
            (&lines[0]["amount"], &lines[1]["amount"]),
            (&json!("1536.00"), &json!("999.00")),
            "{due}"
        );
        let asked = operator.post("/v1/payout-batches", &json!({})).must(202).json();
        assert_eq!(
            asked["approval"]["command"]["banking"]["approve_payout_batch"]["lines"],
            *lines
        );
        let approve = format!("/v1/approvals/{}/approve", text(&asked["approval"]["id"]));
        assert_eq!(
            operator.ask("POST", &approve).key(&fresh_key()).send().must(403).code(),
            "same_person"
        );
        let second = stand.person("operator2");
        let agreed = second.ask("POST", &approve).key(&fresh_key()).send().must(200).json();
        let batch = format!("/v1/payout-batches/{}", text(&agreed["result"]["id"]));
        operator.get(&format!("{batch}/file")).must(404);
        let key = fresh_key();
        let submit = format!("{batch}/submit");
        let sent = operator.ask("POST", &submit).key(&key).send().must(200);
        assert_eq!(operator.ask("POST", &submit).key(&key).send().must(200).text, sent.text);
        assert_eq!(
            operator.ask("POST", &submit).key(&fresh_key()).send().must(409).code(),
            "batch_not_in_state"
        );
        assert_eq!(
            operator.post("/v1/payout-batches", &json!({})).must(409).code(),
            "nothing_due"
        );
        assert_eq!(balance(&operator, "payout_in_flight", None), "2535.00");

        let (paid, returned) = files_are_right(&operator, &batch);
        statements_settle((&stand, &operator), (paid, returned));
        assert_eq!(operator.get(&batch).must(200).json()["state"], "settled");
        assert_eq!(
            provider.get(&format!("/v1/payouts/{paid}")).must(200).json()["state"],
            "paid"
        );
        tenant.get(&format!("/v1/payouts/{paid}")).must(404);
        assert_eq!(
            tenant.get(&format!("/v1/payouts/{returned}")).must(200).json()["state"],
            "returned"
        );
        let masked = auditor.get(&format!("/v1/payouts/{paid}")).must(200).json();
        assert_eq!(masked["line"]["account"]["number"], "************0001");

        is_sound(&database.url);
        let before = stored(&database.url);
        stand.restart();
        assert_eq!(stored(&database.url), before);
    });
}

/// The file for the bank is read back: its two payouts.
fn files_are_right(operator: &Client, batch: &str) -> (PayoutId, PayoutId) {
    let file = operator.get(&format!("{batch}/file?format=pain.001")).must(200);
    assert_eq!(file.text, operator.get(&format!("{batch}/file")).must(200).text);
    let root = qiantang::app::banking::xml::read(&file.text).unwrap();
    assert_eq!(
        root.attribute("xmlns"),
        Some("urn:iso:std:iso:20022:tech:xsd:pain.001.001.09")
    );
    let message = root.find("CstmrCdtTrfInitn").unwrap();
    for head in ["GrpHdr", "PmtInf"] {
        assert_eq!(message.text_of(&format!("{head}/NbOfTxs")), Some("2"));
        assert_eq!(message.text_of(&format!("{head}/CtrlSum")), Some("2535.00"));
    }
    let one = message.find("PmtInf").unwrap();
    assert_eq!(one.text_of("DbtrAcct/Id/Othr/Id"), Some(CUSTODY));
    let payments: Vec<_> = one.all("CdtTrfTxInf").collect();
    let amounts: Vec<_> = payments.iter().map(|payment| payment.text_of("Amt/InstdAmt")).collect();
    assert_eq!(amounts, [Some("1536.00"), Some("999.00")]);
    assert_eq!(payments[0].find("Amt/InstdAmt").unwrap().attribute("Ccy"), Some("CNY"));
    assert_eq!(payments[0].text_of("CdtrAcct/Id/Othr/Id"), Some("6222000000000001"));
    assert_eq!(
        payments[0].text_of("CdtrAgt/FinInstnId/ClrSysMmbId/MmbId"),
        Some("102331002017")
    );
    assert_eq!(payments[0].text_of("Cdtr/Nm"), Some("=智算中心甲"));
    let csv = operator.get(&format!("{batch}/file?format=csv")).must(200);
    assert!(csv.header("content-type").unwrap().starts_with("text/csv"));
    let first = csv.text.lines().nth(1).unwrap();
    assert!(
        first.contains(",'=智算中心甲,'6222000000000001,'102331002017,"),
        "{first}"
    );
    let id = |place: usize| payments[place].text_of("PmtId/EndToEndId").unwrap().parse().unwrap();
    (id(0), id(1))
}

/// The bank pays one, sends one back, brings a deposit and something that nobody knows.
fn statements_settle((stand, operator): (&Stand, &Client), (paid, returned): (PayoutId, PayoutId)) {
    let of = |id: PayoutId| format!("<Refs><EndToEndId>{id}</EndToEndId></Refs>");
    let said = |text: &str| format!("<RmtInf><Ustrd>{text}</Ustrd></RmtInf>");
    let entries = [
        entry(("B1", "1536.00", "DBIT"), &of(paid)),
        entry(("B2", "999.00", "DBIT"), &of(returned)),
        entry(
            ("B3", "999.00", "CRDT"),
            &format!("{}<RtrInf><Rsn><Cd>AC01</Cd></Rsn></RtrInf>", of(returned)),
        ),
        entry(("B4", "500.00", "CRDT"), &said(&format!("QT-{TENANT}"))),
        entry(("B5", "77.00", "CRDT"), &said("谁的？")),
    ];
    let whole = statement(1, ("200000000.00", "199999041.00"), &entries);
    let before = balance(operator, "cash", Some(TENANT));
    // Refused as a whole: nothing has happened.
    for (from, to, status, code) in [
        (">199999041.00<", ">199999041.01<", 422, "statement_unequal"),
        (
            ">1202021009900000001<",
            ">1202021009900000009<",
            422,
            "unknown_own_account",
        ),
        ("Ccy=\"CNY\">77.00", "Ccy=\"HKD\">77.00", 422, "invalid"),
        ("</Document>", "", 422, "invalid"),
    ] {
        let refused = import(operator, "application/xml", &whole.replace(from, to));
        assert_eq!(refused.must(status).code(), code, "{to}");
    }
    import(operator, "application/json", "{}").must(415);
    import(&stand.person("auditor1"), "application/xml", &whole).must(403);
    assert_eq!(balance(operator, "cash", Some(TENANT)), before);

    let answer = import(operator, "application/xml; charset=utf-8", &whole).must(201);
    let path = answer.header("location").unwrap().to_owned();
    let imported = answer.json();
    assert_eq!((&imported["entries"], &imported["suspended"]), (&json!(5), &json!(1)));
    let found: Vec<&Value> = imported["matched"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["match"]["is"])
        .collect();
    assert_eq!(found, ["paid", "paid", "returned", "deposit", "suspense"]);
    let kept = operator.get(&format!("{path}/entries?limit=2")).must(200).json();
    assert_eq!(kept["items"][1]["entry"]["reference"], "B2");
    assert!(kept["next_cursor"].is_string());
    assert_eq!(
        import(operator, "application/xml", &whole).must(409).code(),
        "statement_imported"
    );

    // What one person may not do alone waits for another.
    let large = [entry(("C1", "1000.01", "CRDT"), &said(&format!("QT-{TENANT}")))];
    let next = statement(2, ("199999041.00", "200000041.01"), &large);
    let asked = import(operator, "application/xml", &next).must(202).json();
    let approve = format!("/v1/approvals/{}/approve", text(&asked["approval"]["id"]));
    stand
        .person("operator2")
        .ask("POST", &approve)
        .key(&fresh_key())
        .send()
        .must(200);

    let list = operator.get("/v1/suspense?state=open").must(200).json();
    let item = &list["items"][0];
    assert_eq!(
        (&item["entry"]["reference"], &item["reason"]),
        (&json!("B5"), &json!("unknown"))
    );
    let path = format!("/v1/suspense/{}/resolve", text(&item["id"]));
    both(
        stand,
        OPERATORS,
        &path,
        &json!({"target": {"org": TENANT}, "note": "they rang us"}),
    );
    assert!(
        operator.get("/v1/suspense?state=open").must(200).json()["items"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    let fen = |amount: &str| amount.replace('.', "").parse::<i64>().unwrap();
    let gained = fen(&balance(operator, "cash", Some(TENANT))) - fen(&before);
    assert_eq!(gained, 99_900 + 50_000 + 100_001 + 7_700);
    assert_eq!(balance(operator, "bank", None), "200000041.01");
    let report = operator.get("/v1/reports/bank-reconciliation").must(200).json();
    assert_eq!(
        (&report["statements"], &report["bank"], &report["unexplained"]),
        (&json!("200000041.01"), &json!("200000041.01"), &json!("0.00"))
    );
    stand
        .person("provider1")
        .get("/v1/reports/bank-reconciliation")
        .must(404);
}
