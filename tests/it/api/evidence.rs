//! What stands beside the journal of applications and claims over HTTP: documents, and whom to call. Who sees it, and that it can
//! be erased.

use qiantang::app::verify::verify;
use qiantang::domain::uscc::Uscc;
use qiantang::store::{Reader, Url, sealed};
use serde_json::{Value, json};

use super::client::{Client, fresh_key};
use super::stand::{PASSWORD, Stand, both, hours_ahead, open_programme};
use crate::harness::{TestDatabase, for_each_backend};

const NAME: &str = "韩梅梅";
const PHONE: &str = "0571-12345678";
const EMAIL: &str = "hanmeimei@example.cn";

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value}")).to_owned()
}

fn contact() -> Value {
    json!({"name": NAME, "phone": PHONE, "email": EMAIL})
}

pub fn hand_in(client: &Client, content: &str) -> Value {
    let ask = client.ask("POST", "/v1/documents");
    let kept = ask.bytes("application/pdf", content.as_bytes()).send().must(201).json();
    json!({"kind": "licence", "hash": kept["hash"], "size": kept["size"], "name": "licence"})
}

fn request(documents: &Value) -> Value {
    json!({"amount": "10.00", "purpose": "to train", "documents": documents, "contact": contact()})
}

fn act(client: &Client, path: &str) -> super::client::Answer {
    client.ask("POST", path).key(&fresh_key()).send()
}

/// An authority of its own, with two people: `elsewhere1` and `elsewhere2`.
pub fn another_authority(stand: &Stand) {
    let operator = stand.person("operator1");
    let uscc = Uscc::from_stem("91330100000000098").unwrap();
    let org = json!({"name": "科技局", "uscc": uscc, "kinds": ["issuer"]});
    let org = operator.post("/v1/organisations", &org).must(201).json()["id"].clone();
    for name in ["elsewhere1", "elsewhere2"] {
        let user = json!({"org": org, "roles": ["issuer"], "email": format!("{name}@example.cn"), "name": name,
            "password": PASSWORD});
        let path = format!(
            "/v1/users/{}",
            text(&operator.post("/v1/users", &user).must(201).json()["id"])
        );
        let shown = operator.get(&path).must(200);
        let ask = operator
            .ask("PATCH", &path)
            .header("if-match", shown.header("etag").unwrap());
        let asked = ask.json(&json!({"active": true})).send().must(202).json();
        let approve = format!("/v1/approvals/{}/approve", text(&asked["approval"]["id"]));
        act(&stand.person("operator2"), &approve).must(200);
    }
}

#[test]
fn an_application_names_documents_that_are_there_as_they_were_handed_in() {
    for_each_backend(|database| {
        let stand = Stand::new(database);
        let programme = open_programme(&stand, &super::day::programme("papers"));
        let path = format!("/v1/programmes/{programme}/applications");
        let (tenant, other) = (stand.person("tenant1"), stand.person("tenant2"));
        let licence = hand_in(&tenant, "%PDF-1.7 a licence");
        let refused =
            |client: &Client, document: &Value| client.post(&path, &request(&json!([document]))).must(422).code();
        assert_eq!(refused(&other, &licence), "document_missing");
        let mut longer = licence.clone();
        longer["size"] = json!(19);
        assert_eq!(refused(&tenant, &longer), "document_altered");
        let made = tenant.post(&path, &request(&json!([licence]))).must(201).json();
        // Mending names documents anew.
        let application = format!("/v1/applications/{}", text(&made["id"]));
        let sent_back = json!({"verdict": "return", "note": "unreadable"});
        let review = format!("{application}/review");
        stand.person("issuer1").post(&review, &sent_back).must(200);
        let amend = format!("{application}/amend");
        let mended = tenant.post(&amend, &request(&json!([longer]))).must(422);
        assert_eq!(mended.code(), "document_altered");
        let hash = text(&licence["hash"]);
        let file = stand.documents().join("org_0000000000003").join(&hash[..2]).join(&hash);
        std::fs::write(&file, b"%PDF-1.7 a Licence").unwrap();
        assert_eq!(refused(&tenant, &licence), "document_altered");
        std::fs::remove_file(&file).unwrap();
        assert_eq!(refused(&tenant, &licence), "document_missing");
        let shown = tenant.get(&application).must(200).json();
        assert_eq!((&shown["state"], &shown["round"]), (&json!("returned"), &json!(0)));
    });
}

#[test]
fn evidence_is_for_its_owner_the_authority_concerned_and_auditors() {
    for_each_backend(|database| {
        let stand = Stand::new(database);
        another_authority(&stand);
        let programme = open_programme(&stand, &super::day::programme("papers"));
        let tenant = stand.person("tenant1");
        let licence = hand_in(&tenant, "%PDF-1.7 a licence");
        let applications = format!("/v1/programmes/{programme}/applications");
        let made = tenant.post(&applications, &request(&json!([licence]))).must(201);
        assert!(!made.text.contains(PHONE), "{made:?}");
        let application = format!("/v1/applications/{}", text(&made.json()["id"]));
        let document = format!("{application}/documents/{}", text(&licence["hash"]));
        for (name, status) in [
            ("tenant1", 200),
            ("issuer1", 200),
            ("auditor1", 200),
            ("tenant2", 404),
            ("elsewhere1", 404),
            ("operator1", 403),
            ("provider1", 403),
        ] {
            let answer = stand.person(name).get(&document).must(status);
            assert_eq!(answer.bytes == b"%PDF-1.7 a licence", status == 200, "{name}");
        }
        // What the application does not name is not there, whoever has it.
        let another = hand_in(&tenant, "%PDF-1.7 a diary");
        let unnamed = format!("{application}/documents/{}", text(&another["hash"]));
        stand.person("issuer1").get(&unnamed).must(404);
        stand
            .person("issuer1")
            .get(&format!("{application}/documents/x"))
            .must(404);
        for (name, status, is_told) in [
            ("tenant1", 200, true),
            ("issuer1", 200, true),
            ("auditor1", 200, true),
            ("operator1", 200, false),
            ("tenant2", 404, false),
            ("elsewhere1", 404, false),
        ] {
            let shown = stand.person(name).get(&application).must(status);
            assert_eq!(shown.text.contains(PHONE), is_told, "{name}: {shown:?}");
        }
        let listed = stand.person("issuer1").get(&applications).must(200);
        assert!(!listed.text.contains(PHONE), "{listed:?}");
    });
}

/// Whether the leaves of the journal have any of the contact; and the whole file of a database that is one.
fn is_found(stand: &Stand, url: &Url) -> bool {
    let mut cursor = String::new();
    let words = [NAME, PHONE, EMAIL];
    let auditor = stand.person("auditor1");
    loop {
        let page = auditor.get(&format!("/v1/audit/events?limit=200{cursor}")).must(200);
        if words.iter().any(|word| page.text.contains(word)) {
            return true;
        }
        match page.json()["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let Url::Sqlite(path) = url else { return false };
    let files = std::fs::read_dir(path.parent().unwrap()).unwrap();
    let files = files.map(|file| file.unwrap().path()).filter(|file| file.is_file());
    files.into_iter().any(|file| {
        let bytes = std::fs::read(file).unwrap();
        let has = |word: &&str| bytes.windows(word.len()).any(|window| window == word.as_bytes());
        words.iter().any(has)
    })
}

fn sealed_contact(database: &TestDatabase, application: &Value) -> bool {
    let hash = text(&application["request"]["contact"]).parse().unwrap();
    let found = sealed::find(&mut Reader::open(&database.url).unwrap(), hash).unwrap();
    found.is_some_and(|sealed| sealed.content.expose().contains(PHONE))
}

#[test]
fn whom_to_call_is_erased_for_good() {
    for_each_backend(|database| {
        let mut stand = Stand::new(database);
        let programme = open_programme(&stand, &super::day::programme("papers"));
        let tenant = stand.person("tenant1");
        let applications = format!("/v1/programmes/{programme}/applications");
        let apply = |key: &str, body: &Value| tenant.ask("POST", &applications).key(key).json(body).send();
        let mut wrong = request(&json!([]));
        wrong["contact"]["phone"] = json!("call me");
        let refused = apply("wrong", &wrong).must(422).json();
        assert_eq!(refused["errors"][0]["pointer"], "/contact/phone");
        let first = apply("first", &request(&json!([]))).must(201);
        let again = apply("first", &request(&json!([]))).must(201);
        assert_eq!(again.text, first.text, "a retry is answered as before");
        let mut other = request(&json!([]));
        other["amount"] = json!("11.00");
        assert_eq!(apply("first", &other).must(422).code(), "idempotency_key_reused");
        let second = apply("second", &request(&json!([]))).must(201).json();
        let first = first.json();
        assert_ne!(
            first["request"]["contact"], second["request"]["contact"],
            "each has a salt of its own"
        );
        assert!(sealed_contact(database, &first) && sealed_contact(database, &second));
        // The one is mended and says nobody; the other is decided, and erased then.
        let path = |application: &Value, step: &str| format!("/v1/applications/{}{step}", text(&application["id"]));
        let issuer = stand.person("issuer1");
        let sent_back = json!({"verdict": "return", "note": "too much"});
        issuer.post(&path(&first, "/review"), &sent_back).must(200);
        let mended = json!({"amount": "9.00", "purpose": "to train"});
        tenant.post(&path(&first, "/amend"), &mended).must(200);
        assert!(!sealed_contact(database, &first));
        act(&tenant, &path(&first, "/erase-contact")).must(422);
        act(&tenant, &path(&second, "/withdraw")).must(200);
        let erase = path(&second, "/erase-contact");
        act(&stand.person("tenant2"), &erase).must(404);
        act(&stand.person("auditor1"), &erase).must(403);
        act(&stand.person("operator1"), &erase).must(200);
        assert!(!sealed_contact(database, &second));
        stand.restart();
        assert!(!is_found(&stand, &database.url));
        let shown = stand.person("tenant1").get(&path(&second, "")).must(200).json();
        assert_eq!(
            (&shown["contact"], &shown["state"]),
            (&Value::Null, &json!("withdrawn"))
        );
        let verdict = verify(&mut Reader::open(&database.url).unwrap(), &mut |_, _| {}).unwrap();
        assert!(verdict.violations.is_empty(), "{:?}", verdict.violations);
    });
}

fn alerts(stand: &Stand, name: &str) -> Vec<Value> {
    let page = stand.person(name).get("/v1/alerts").must(200).json();
    page["items"].as_array().unwrap().clone()
}

#[test]
fn an_authority_sees_approvals_and_alerts_of_its_own_programmes() {
    for_each_backend(|database| {
        let mut stand = Stand::new(database);
        another_authority(&stand);
        let mut rules = super::day::programme("soon-over");
        rules["valid_until"] = json!(hours_ahead(200));
        rules["alert_days"] = json!([8]);
        let programme = open_programme(&stand, &rules);
        let grant = json!({"programme": programme, "org": "org_0000000000003", "amount": "100.00"});
        let asked = stand.person("issuer1").post("/v1/grants", &grant).must(202).json();
        let path = format!("/v1/approvals/{}", text(&asked["approval"]["id"]));
        stand.restart();
        let pending = |name: &str| {
            let page = stand.person(name).get("/v1/approvals?state=pending").must(200).json();
            page["items"].as_array().unwrap().len()
        };
        assert_eq!(
            ["issuer2", "auditor1", "elsewhere1", "operator1"].map(pending),
            [1, 1, 0, 0]
        );
        for (name, status) in [
            ("issuer2", 200),
            ("auditor1", 200),
            ("elsewhere1", 404),
            ("operator1", 404),
        ] {
            stand.person(name).get(&path).must(status);
        }
        act(&stand.person("elsewhere1"), &format!("{path}/approve")).must(403);
        act(&stand.person("issuer2"), &format!("{path}/approve")).must(200);
        assert_eq!(alerts(&stand, "tenant1"), [Value::Null; 0], "nothing is due");
        stand.let_time_pass(hours_ahead(9));
        let counted =
            ["tenant1", "issuer1", "auditor1", "tenant2", "elsewhere1"].map(|name| alerts(&stand, name).len());
        assert_eq!(counted, [1, 1, 1, 0, 0]);
        let told = alerts(&stand, "tenant1")[0].clone();
        let expected = [json!(programme), json!(8), json!("100.00"), json!(hours_ahead(200))];
        assert_eq!(
            ["programme", "days", "left", "valid_until"].map(|name| told[name].clone()),
            expected
        );
        stand.person("operator1").get("/v1/alerts").must(403);
        let revoke = format!("/v1/vouchers/{}/revoke", text(&told["voucher"]));
        both(
            &stand,
            ("issuer1", "issuer2"),
            &revoke,
            &json!({"reason": "not used as said"}),
        );
        assert_eq!(alerts(&stand, "tenant1"), [Value::Null; 0], "it cannot pay any more");
    });
}
