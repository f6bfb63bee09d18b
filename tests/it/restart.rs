//! Wherever an exchange stops, what the next one reads is what the last one knew: a flow with every verb is cut after each of
//! its lines, and the state of the tables must be that of the journal.

use std::fs;

use super::harness::TestDatabase;
use super::harness::binary::{run_well, verify};

/// Two providers, two tenants, one programme. Listings of two islands of four cards; by the end every verb was used.
const FLOW: &str = r#"
{"at":"2026-12-01T00:00:00Z","do":"terms","body":{"tenant_fee_bps":50,"provider_fee_bps":100,"usage_grace_hours":2,"dispute_hours":3}}
{"at":"2026-12-01T00:00:00Z","do":"accelerator","body":{"code":"card","vendor":"V","model":"M","domestic":true,"memory_gb":64,"fp16_dense_gflops":1000,"cards_per_node":8}}
{"at":"2026-12-01T00:00:00Z","do":"site","body":{"code":"here","name_zh":"此","region":"Z"}}
{"at":"2026-12-01T00:00:00Z","do":"reference","body":{"accelerator":"card","price":"2.000000"}}
{"at":"2026-12-01T00:00:00Z","do":"org","ref":"p","body":{"name":"P","uscc":"91330100799655058B","kinds":["provider"]}}
{"at":"2026-12-01T00:00:00Z","do":"org","ref":"q","body":{"name":"Q","uscc":"9144030071526726XG","kinds":["provider"]}}
{"at":"2026-12-01T00:00:00Z","do":"org","ref":"t","body":{"name":"T","uscc":"914403001922038216","kinds":["tenant"]}}
{"at":"2026-12-01T00:00:00Z","do":"org","ref":"u","body":{"name":"U","uscc":"91110000802100433B","kinds":["tenant"],"owner":"q"}}
{"at":"2026-12-01T00:00:00Z","do":"related","body":{"a":"p","b":"u"}}
{"at":"2026-12-01T00:00:00Z","do":"related","body":{"a":"q","b":"t","kind":"ownership","share_bps":2000,"from":"2026-01-01T00:00:00Z","until":"2026-06-01T00:00:00Z","source":"register"}}
{"at":"2026-12-01T00:00:00Z","do":"facts","body":{"org":"t","kind":"firm","area":"330106","industries":["ai"]}}
{"at":"2026-12-01T00:00:00Z","do":"power","as":"p","body":{"site":"here","from":"2026-11-01T00:00:00Z","until":"2026-12-01T00:00:00Z","kwh":"1234.5"}}
{"at":"2026-12-01T00:00:00Z","do":"programme","ref":"g","body":{"id":"city","pot":"100.00","rates":[{"rate_bps":3333}],"cap_per_entity":"30.00","valid_from":"2026-01-01T00:00:00Z","valid_until":"2026-12-02T00:00:00Z","co_funding":[{"payer":"a","share_bps":3000},{"payer":"b","share_bps":7000}]}}
{"at":"2026-12-01T00:00:00Z","do":"list_provider","body":{"programme":"g","org":"p","batch":"1","items":["compute"],"from":"2026-01-01T00:00:00Z"}}
{"at":"2026-12-01T00:00:00Z","do":"delist_provider","body":{"programme":"g","org":"p","at":"2026-12-02T00:00:00Z"}}
{"at":"2026-12-01T00:00:00Z","do":"grant","ref":"v1","body":{"programme":"g","org":"t","amount":"5.00"}}
{"at":"2026-12-01T00:00:00Z","do":"grant","ref":"v2","body":{"programme":"g","org":"t","amount":"20.00"}}
{"at":"2026-12-01T00:00:00Z","do":"deposit","as":"t","body":{"amount":"500.00","bank_ref":"1"}}
{"at":"2026-12-01T00:00:00Z","do":"deposit","as":"u","body":{"amount":"500.00","bank_ref":"2"}}
{"at":"2026-12-01T00:10:00Z","do":"listing","ref":"l1","as":"p","body":{"site":"here","accelerator":"card","islands":2,"cards_per_island":4,"from":"2026-12-01T00:00:00Z","until":"2026-12-03T00:00:00Z","ask":"1.770000","maintenance":[{"from":"2026-12-02T20:00:00Z","until":"2026-12-02T21:00:00Z"},{"from":"2026-12-02T00:00:00Z","until":"2026-12-02T02:00:00Z"}]}}
{"at":"2026-12-01T00:10:00Z","do":"listing","ref":"l2","as":"q","body":{"site":"here","accelerator":"card","islands":2,"cards_per_island":4,"from":"2026-12-01T00:00:00Z","until":"2026-12-03T00:00:00Z","ask":"1.930000","max_hours":12}}
{"at":"2026-12-01T00:20:00Z","do":"bid","ref":"b1","as":"t","body":{"alternatives":[{"accelerator":"card","cards":3,"hours":3,"limit":"2.110000"}],"earliest":"2026-12-01T01:00:00Z","latest":"2026-12-01T09:00:00Z"}}
{"at":"2026-12-01T00:20:00Z","do":"bid","ref":"b2","as":"t","body":{"alternatives":[{"accelerator":"card","cards":9,"hours":5,"limit":"2.110000"}],"earliest":"2026-12-01T01:00:00Z","latest":"2026-12-01T06:00:00Z"}}
{"at":"2026-12-01T00:30:00Z","do":"bid","ref":"b3","as":"u","body":{"alternatives":[{"accelerator":"card","cards":40,"hours":4,"limit":"2.230000"},{"accelerator":"card","cards":2,"hours":5,"limit":"1.000000"}],"earliest":"2026-12-01T01:00:00Z","latest":"2026-12-01T08:00:00Z","fill":"partial","min_cards":2,"placement":"one_site","sites":["here"]}}
{"at":"2026-12-01T00:30:00Z","do":"bid","ref":"b4","as":"t","body":{"alternatives":[{"accelerator":"card","cards":16,"hours":20,"limit":"1.010000"}],"earliest":"2026-12-01T01:00:00Z","latest":"2026-12-02T00:00:00Z","voucher":["v1","v2"],"tif":"gtd","expires_at":"2026-12-01T12:00:00Z"}}
{"at":"2026-12-01T00:40:00Z","do":"amend","as":"t","body":{"bid":"b4","alternatives":[{"cards":12,"hours":20,"limit":"1.020000"}]}}
{"at":"2026-12-01T00:40:00Z","do":"amend","as":"t","body":{"bid":"b4","latest":"2026-12-01T23:00:00Z"}}
{"at":"2026-12-01T01:30:00Z","do":"amend_listing","as":"p","body":{"listing":"l1","islands":3,"ask":"1.500000"}}
{"at":"2026-12-01T01:40:00Z","do":"bid","ref":"b5","as":"t","body":{"alternatives":[{"accelerator":"card","cards":2,"hours":30,"limit":"1.600000"}],"earliest":"2026-12-01T02:00:00Z","latest":"2026-12-02T23:00:00Z","placement":"one_island"}}
{"at":"2026-12-01T02:10:00Z","do":"usage","as":"p","body":[{"id":"1","source":"m","type":"qiantang.usage.v1","data":{"lease":"b1","from":"2026-12-01T01:00:00Z","until":"2026-12-01T02:00:00Z","cards_up":3,"card_seconds":10801}},{"id":"2","source":"m","type":"qiantang.usage.v1","data":{"lease":"b1","from":"2026-12-01T01:00:00Z","until":"2026-12-01T02:00:00Z","cards_up":3,"card_seconds":10799}}]}
{"at":"2026-12-01T02:20:00Z","do":"settle","body":{"until":"2026-12-01T02:00:00Z"}}
{"at":"2026-12-01T02:30:00Z","do":"terminate","as":"t","body":{"lease":"b2"}}
{"at":"2026-12-01T02:40:00Z","do":"withdraw","as":"q","body":{"listing":"l2"}}
{"at":"2026-12-01T03:00:00Z","do":"terminate","as":"q","body":{"lease":"b2/2"}}
{"at":"2026-12-01T03:10:00Z","do":"cancel","as":"u","body":{"bid":"b3"}}
{"at":"2026-12-01T04:00:00Z","do":"meter","body":{"until":"2026-12-01T04:00:00Z"}}
{"at":"2026-12-01T04:30:00Z","do":"settle","body":{"until":"2026-12-01T04:00:00Z"}}
{"at":"2026-12-01T08:00:00Z","do":"tick","body":{}}
{"at":"2026-12-01T13:00:00Z","do":"settle","body":{"until":"2026-12-01T13:00:00Z"}}
{"at":"2026-12-02T01:00:00Z","do":"tick","body":{}}
{"at":"2026-12-03T03:00:00Z","do":"meter","body":{"until":"2026-12-03T03:00:00Z"}}
{"at":"2026-12-03T03:00:00Z","do":"settle","body":{"until":"2026-12-03T03:00:00Z"}}
{"at":"2026-12-04T00:00:00Z","do":"tick","body":{}}
{"at":"2026-12-04T00:00:00Z","do":"custody_account","body":{"holder":"O","number":"1202021009900000001","cnaps":"102331002017","bank":"B","opening":"1000.00"}}
{"at":"2026-12-04T00:00:00Z","do":"deposit","as":"t","body":{"amount":"7.00","bank_ref":"3"}}
{"at":"2026-12-04T00:00:00Z","do":"bank_account","as":"p","body":{"holder":"P","number":"6222000000000001","cnaps":"102331002017","bank":"B"}}
{"at":"2026-12-04T00:00:00Z","do":"bank_account","as":"t","body":{"holder":"T","number":"6222000000000002","cnaps":"102331002017","bank":"B"}}
{"at":"2026-12-04T00:00:00Z","do":"withdraw_cash","as":"t","body":{"amount":"5.00"}}
{"at":"2026-12-04T00:00:00Z","do":"payout","body":{}}
{"at":"2026-12-04T00:00:00Z","do":"bank_account","as":"p","body":{"holder":"P","number":"6222000000000003","cnaps":"102331002017","bank":"B"}}
{"at":"2026-12-05T00:00:00Z","do":"bank_statement","body":{"account":"1202021009900000001","statement":"1","opening":"1000.00","closing":"1010.00","closed_at":"2026-12-05T00:00:00Z","entries":[{"reference":"3","direction":"credit","amount":"7.00","booked_at":"2026-12-04T00:00:00Z"},{"reference":"4","direction":"debit","amount":"5.00","booked_at":"2026-12-04T00:00:00Z","end_to_end":"pay_0000000000002"},{"reference":"5","direction":"credit","amount":"5.00","booked_at":"2026-12-04T00:00:00Z","end_to_end":"pay_0000000000002"},{"reference":"6","direction":"credit","amount":"3.00","booked_at":"2026-12-04T00:00:00Z","remittance":"?"}]}}
{"at":"2026-12-05T00:00:00Z","do":"bank_statement","body":{"content":"statement,1202021009900000001,2,CNY,1010.00,1011.00,2026-12-05T00:00:00Z\nentry,7,credit,CNY,1.00,2026-12-05T00:00:00Z,,QT-org_0000000000003\n"}}
"#;

#[test]
fn what_is_read_is_what_was_left_after_each_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flow.jsonl");
    let lines: Vec<&str> = FLOW.trim().lines().collect();
    let database = TestDatabase::sqlite();
    let place = database.place();
    let out = folder.path().join("results.jsonl");
    for end in 1..=lines.len() {
        fs::write(&path, lines[..end].join("\n")).unwrap();
        let (flow, out) = (path.to_str().unwrap(), out.to_str().unwrap());
        run_well(&["replay", flow, "--fresh", "--quiet", "--out", out, "--database", &place]);
        eprintln!("after line {end}: {}", lines[end - 1]);
        verify(&place);
    }
    let results = fs::read_to_string(&out).unwrap();
    let refused: Vec<&str> = results.lines().filter(|line| line.contains("\"problem\":")).collect();
    assert!(
        refused.is_empty(),
        "every line should do something:\n{}",
        refused.join("\n")
    );
}
