//! Several authorities on one exchange: each sees its own programmes' things, reviews its own stages, and counts whom it has invited.

use serde_json::{Value, json};

use super::client::Client;
use super::evidence::{another_authority, hand_in};
use super::ownership::claimed;
use super::stand::{Stand, both, hours_ahead, open_programme};
use crate::harness::for_each_backend;

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value}")).to_owned()
}

fn listed(client: &Client, path: &str) -> usize {
    client.get(path).must(200).json()["items"].as_array().unwrap().len()
}

#[test]
fn another_authority_sees_nothing_of_a_programme() {
    for_each_backend(|database| {
        let stand = Stand::new(database);
        another_authority(&stand);
        let [claim, recovery, _] = claimed(&stand, &stand.person("tenant1"));
        let programme = open_programme(&stand, &super::day::programme("granting"));
        let grant = json!({"programme": programme, "org": "org_0000000000003", "amount": "100.00"});
        let voucher = both(&stand, ("issuer1", "issuer2"), "/v1/grants", &grant);
        let voucher = text(&voucher["result"]["id"]);
        let things = [
            ("/v1/claims", claim),
            ("/v1/recoveries", recovery),
            ("/v1/vouchers", voucher.clone()),
        ];
        for (path, id) in &things {
            for (name, count) in [
                ("issuer1", true),
                ("auditor1", true),
                ("tenant1", true),
                ("elsewhere1", false),
            ] {
                let client = stand.person(name);
                assert_eq!(listed(&client, path) > 0, count, "{path} as {name}");
                let status = if count { 200 } else { 404 };
                client.get(&format!("{path}/{id}")).must(status);
                let of_tenant = format!("{path}?org=org_0000000000003");
                assert_eq!(listed(&client, &of_tenant) > 0, count, "{of_tenant} as {name}");
            }
            assert_eq!(listed(&stand.person("tenant2"), path), 0, "{path}");
        }
        let redemptions = format!("/v1/vouchers/{voucher}/redemptions");
        stand.person("elsewhere1").get(&redemptions).must(404);
        stand.person("issuer1").get(&redemptions).must(200);
    });
}

#[test]
fn another_authority_sees_nothing_of_what_treasuries_owe() {
    for_each_backend(|database| {
        let stand = Stand::new(database);
        another_authority(&stand);
        let [_, _, request] = claimed(&stand, &stand.person("tenant1"));
        let operator = stand.person("operator1");
        let shown = operator
            .get(&format!("/v1/treasury-requests/{request}"))
            .must(200)
            .json();
        let programme = text(&shown["programme"]);
        let of_programme = format!("/v1/treasury-requests?programme={programme}");
        let owed = format!("/v1/programmes/{programme}/treasury");
        for (name, is_seen) in [
            ("issuer1", true),
            ("auditor1", true),
            ("operator1", true),
            ("elsewhere1", false),
        ] {
            let client = stand.person(name);
            let status = if is_seen { 200 } else { 404 };
            client.get(&format!("/v1/treasury-requests/{request}")).must(status);
            client.get(&owed).must(status);
            for list in ["/v1/treasury-requests", &of_programme] {
                assert_eq!(listed(&client, list) > 0, is_seen, "{list} as {name}");
            }
            // The report by programme says what each treasury owes.
            let report = client.get("/v1/reports/vouchers").must(200).text;
            assert_eq!(report.contains(&programme), is_seen, "{report} as {name}");
            assert_eq!(report.contains("\"holders\":[]"), !is_seen, "{report} as {name}");
        }
        let asked = json!({"programme": programme, "amount": "1.00"});
        stand.person("issuer1").post("/v1/treasury-requests", &asked).must(403);
    });
}

#[test]
fn a_stage_of_another_authority_opens_the_evidence_while_it_lasts() {
    for_each_backend(|database| {
        let stand = Stand::new(database);
        another_authority(&stand);
        let mut rules = super::day::programme("stages");
        let code = qiantang::domain::uscc::Uscc::from_stem("91330100000000098").unwrap();
        rules["authorities"] = json!([{"name": "科技局", "uscc": code}]);
        rules["review_chain"] = json!([{"kind": "formal", "authority": 0}, {"kind": "finance"}]);
        let programme = open_programme(&stand, &rules);
        let tenant = stand.person("tenant1");
        let licence = hand_in(&tenant, "%PDF-1.7 a licence");
        let contact = json!({"name": "韩梅梅", "phone": "0571-12345678", "email": "hanmeimei@example.cn"});
        let wanted = json!({"amount": "10.00", "purpose": "to train", "documents": [licence], "contact": contact});
        let made = tenant.post(&format!("/v1/programmes/{programme}/applications"), &wanted);
        let application = format!("/v1/applications/{}", text(&made.must(201).json()["id"]));
        let document = format!("{application}/documents/{}", text(&licence["hash"]));
        let reviewer = stand.person("elsewhere1");
        reviewer.get(&document).must(200);
        assert!(reviewer.get(&application).must(200).text.contains("0571-12345678"));
        let pass = json!({"verdict": "pass", "note": "complete"});
        reviewer.post(&format!("{application}/review"), &pass).must(200);
        reviewer.get(&document).must(404);
        assert!(!reviewer.get(&application).must(200).text.contains("0571-12345678"));
        stand.person("issuer1").get(&document).must(200);
    });
}

#[test]
fn words_that_name_a_person_are_refused_and_recorded_nowhere() {
    for_each_backend(|database| {
        let stand = Stand::new(database);
        let programme = open_programme(&stand, &super::day::programme("words"));
        let path = format!("/v1/programmes/{programme}/applications");
        let tenant = stand.person("tenant1");
        let wanted = json!({"amount": "10.00", "purpose": "call 138-1234-5678"});
        let refused = tenant.post(&path, &wanted).must(422).json();
        assert_eq!(refused["errors"][0]["pointer"], "/purpose");
        assert_eq!(refused["errors"][0]["code"], "personal");
        let wanted = json!({"amount": "10.00", "purpose": "to train"});
        let made = tenant.post(&path, &wanted).must(201).json();
        let reject = format!("/v1/applications/{}/reject", text(&made["id"]));
        let reason = json!({"reason": "the card 11010519491231002X is another's"});
        let refused = stand.person("issuer1").post(&reject, &reason).must(422).json();
        assert_eq!(refused["errors"][0]["pointer"], "/reason");
        let events = stand.person("auditor1").get("/v1/audit/events?limit=200").must(200);
        assert!(!events.text.contains("11010519491231002X") && !events.text.contains("1234-5678"));
    });
}

#[test]
fn invitations_are_recorded_by_the_programmes_issuer() {
    for_each_backend(|database| {
        let stand = Stand::new(database);
        another_authority(&stand);
        let programme = open_programme(&stand, &super::day::programme("inviting"));
        let path = format!("/v1/programmes/{programme}/invitations");
        let invited = json!({"on": "2026-01-01T00:00:00Z", "organisations": 40});
        let refused = stand.person("elsewhere1").post(&path, &invited).must(403);
        assert_eq!(refused.code(), "other_issuer");
        let issuer = stand.person("issuer1");
        let late = json!({"on": hours_ahead(48), "organisations": 0});
        let refused = issuer.post(&path, &late).must(422).json();
        assert_eq!(refused["errors"].as_array().unwrap().len(), 2, "{refused}");
        let shown = issuer.post(&path, &invited).must(200).json();
        assert_eq!(shown["invitations"][0]["organisations"], 40, "{shown}");
    });
}
