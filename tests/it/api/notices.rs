//! Public notices: whoever objects need not fear the applicant.

use serde_json::{Value, json};

use super::client::Client;
use super::evidence::another_authority;
use super::stand::{Stand, hours_ahead, open_programme};
use crate::harness::for_each_backend;

const REASON: &str = "they have no cards";

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value}")).to_owned()
}

/// Puts an application of the second tenant under notice; its identifier and its programme's.
fn under_notice(stand: &Stand) -> (String, String) {
    let mut rules = super::day::programme("noticed");
    rules["review_chain"] = json!([{"kind": "formal"}]);
    rules["notice_working_days"] = json!(5);
    let programme = open_programme(stand, &rules);
    let this_year: i32 = hours_ahead(0).to_string()[..4].parse().unwrap();
    for year in [this_year, this_year + 1] {
        let calendar = json!({"year": year, "holidays": [], "workdays": []});
        stand.person("operator1").post("/v1/calendars", &calendar).must(200);
    }
    let wanted = json!({"amount": "10.00", "purpose": "to train"});
    let path = format!("/v1/programmes/{programme}/applications");
    let made = stand.person("tenant2").post(&path, &wanted).must(201).json();
    let application = text(&made["id"]);
    let issuer = stand.person("issuer1");
    let path = format!("/v1/applications/{application}");
    issuer
        .post(&format!("{path}/review"), &json!({"verdict": "pass"}))
        .must(200);
    issuer.post(&format!("{path}/publish"), &json!({})).must(200);
    (application, programme)
}

/// What somebody reads of an application, in each place where it is told.
fn told(client: &Client, (application, programme): (&str, &str)) -> Vec<Value> {
    let one = client.get(&format!("/v1/applications/{application}")).must(200).json();
    let lists = [
        "/v1/applications".to_owned(),
        format!("/v1/programmes/{programme}/applications"),
    ];
    let of_list = |path: &String| client.get(path).must(200).json()["items"][0].clone();
    std::iter::once(one).chain(lists.iter().map(of_list)).collect()
}

#[test]
fn the_applicant_learns_why_somebody_objects_and_not_who() {
    for_each_backend(|database| {
        let stand = Stand::new(database);
        another_authority(&stand);
        let (application, programme) = under_notice(&stand);
        let path = format!("/v1/applications/{application}");
        let objector = stand.person("tenant1");
        let me = objector.get("/v1/me").must(200).json();
        let (org, user) = (text(&me["org"]), text(&me["id"]));
        let answer = objector
            .post(&format!("{path}/object"), &json!({"reason": REASON}))
            .must(200);
        assert!(!answer.text.contains("to train"), "{answer:?}");
        for name in ["issuer1", "auditor1", "operator1"] {
            for shown in told(&stand.person(name), (&application, &programme)) {
                let objection = &shown["objections"][0];
                assert_eq!(objection["reason"], REASON, "{shown} to {name}");
                assert_eq!(
                    (&objection["org"], &objection["user"]),
                    (&json!(org), &json!(user)),
                    "{name}"
                );
            }
        }
        let applicant = stand.person("tenant2");
        for shown in told(&applicant, (&application, &programme)) {
            assert_eq!(shown["objections"][0]["reason"], REASON, "{shown}");
            let all = shown.to_string();
            assert!(!all.contains(&org) && !all.contains(&user), "{all}");
        }
        for name in ["tenant1", "elsewhere1"] {
            stand.person(name).get(&path).must(404);
        }
        let notices = stand.nobody().get("/v1/public-notices").must(200);
        assert_eq!(notices.json()["items"][0]["objected"], true);
        assert!(
            !notices.text.contains(&org) && !notices.text.contains(REASON),
            "{notices:?}"
        );
        // The office is told who it was when it resolves the objection, the applicant's own answers never say it.
        let resolve = json!({"upheld": false, "reason": "we have looked"});
        let resolved = stand
            .person("issuer2")
            .post(&format!("{path}/resolve"), &resolve)
            .must(200)
            .json();
        assert_eq!(resolved["objections"][0]["org"], json!(org));
        let withdrawn = applicant.post(&format!("{path}/withdraw"), &json!({})).must(200);
        assert_eq!(withdrawn.json()["objections"][0]["reason"], REASON);
        assert!(
            !withdrawn.text.contains(&org) && !withdrawn.text.contains(&user),
            "{withdrawn:?}"
        );
    });
}
