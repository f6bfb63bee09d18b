//! What belongs to another organisation is not there: for every route with an identifier, from the description itself.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::client::{Answer, Client, fresh_key};
use super::described::document;
use super::stand::{Stand, bid, both, listing, open_programme};
use crate::harness::for_each_backend;

/// A thing that belongs to somebody.
struct Thing {
    id: String,
    /// The roles whose reach ends at their own organisation, with somebody of another one.
    others: Vec<&'static str>,
    /// Somebody to whom it belongs.
    owner: &'static str,
}

fn id(value: &Value) -> String {
    value["id"].as_str().unwrap().to_owned()
}

/// Whose these are is tried where they are made: `sla::service`, `webhooks::over_http`, `settlement`, `metering::over_http`.
const ELSEWHERE: [&str; 5] = ["OutageId", "WebhookId", "SettlementId", "DisputeId", "UsageKeyId"];

/// One thing of every noun, by the name of the identifier's schema; most of them tenant1's or provider1's.
fn things(stand: &Stand) -> Vec<(&'static str, Thing)> {
    let (provider, tenant) = (stand.person("provider1"), stand.person("tenant1"));
    let listing = provider.post("/v1/listings", &listing("9.000000")).must(201).json();
    let filled = tenant.post("/v1/bids", &bid("10.000000")).must(201).json();
    let open = tenant.post("/v1/bids", &bid("5.000000")).must(201).json();
    let rules = super::day::programme("2026-own");
    let programme = open_programme(stand, &rules);
    let wanted = json!({"amount": "1.00", "purpose": "own"});
    let path = format!("/v1/programmes/{programme}/applications");
    let application = tenant.post(&path, &wanted).must(201).json();
    let grant = json!({"programme": programme, "org": "org_0000000000003", "amount": "100.00"});
    let voucher = both(stand, ("issuer1", "issuer2"), "/v1/grants", &grant);
    // Before a flag holds back what the tenant is paid.
    let [withdrawal, payout, batch, statement, suspense] = banked(stand, &tenant);
    let (relation, flag) = related_and_flagged(stand, &tenant);
    let deposit = json!({"org": "org_0000000000003", "amount": "1.00", "bank_ref": "own"});
    let asked = stand
        .person("operator1")
        .post("/v1/deposits", &deposit)
        .must(202)
        .json();
    let [claim, recovery, request] = claimed(stand, &tenant);
    let document = tenant.ask("POST", "/v1/documents").bytes("text/plain", b"a document");
    let document = document.send().must(201).json()["hash"].as_str().unwrap().to_owned();
    let key = json!({"name": "own", "roles": ["tenant"]});
    let key = tenant.ask("POST", "/v1/api-keys").json(&key).send().must(201).json();
    let account = tenant.get("/v1/accounts?limit=1").must(200).json()["items"][0].clone();
    let transfer = tenant.get("/v1/transfers?limit=1").must(200).json()["items"][0].clone();
    let me = tenant.get("/v1/me").must(200).json();
    let session = tenant.get("/v1/auth/sessions").must(200).json()["items"][0].clone();
    let lease = filled["fills"][0]["lease"].as_str().unwrap().to_owned();
    let thing = |id, owner, others: &[&'static str]| Thing {
        id,
        owner,
        others: others.to_vec(),
    };
    vec![
        ("ListingId", thing(id(&listing), "provider1", &["provider2"])),
        ("BidId", thing(id(&open), "tenant1", &["tenant2"])),
        ("LeaseId", thing(lease, "tenant1", &["tenant2", "provider2"])),
        ("VoucherId", thing(id(&voucher["result"]), "tenant1", &["tenant2"])),
        ("ProgrammeId", thing(programme, "issuer1", &[])),
        ("ApplicationId", thing(id(&application), "tenant1", &["tenant2"])),
        // Who may look at approvals may look at those of the own role.
        ("ApprovalId", thing(id(&asked["approval"]), "operator2", &["issuer1"])),
        ("AccountId", thing(id(&account), "tenant1", &["tenant2", "provider2"])),
        ("TransferId", thing(id(&transfer), "tenant1", &["tenant2", "provider2"])),
        (
            "OrgId",
            thing("org_0000000000003".to_owned(), "tenant1", &["tenant2", "provider1"]),
        ),
        (
            "UserId",
            thing(id(&me), "tenant1", &["tenant2", "provider1", "issuer1"]),
        ),
        (
            "KeyId",
            thing(id(&key), "tenant1", &["tenant2", "provider1", "issuer1"]),
        ),
        (
            "SessionId",
            thing(id(&session), "tenant1", &["tenant2", "auditor1", "operator1"]),
        ),
        ("ClaimId", thing(claim, "tenant1", &["tenant2"])),
        ("RecoveryId", thing(recovery, "tenant1", &["tenant2"])),
        ("TreasuryRequestId", thing(request, "operator1", &[])),
        (
            "Fingerprint",
            thing(document, "tenant1", &["tenant2", "provider1", "issuer1"]),
        ),
        ("RelationId", thing(relation, "operator1", &[])),
        ("FlagId", thing(flag, "auditor1", &[])),
        ("WithdrawalId", thing(withdrawal, "tenant1", &["tenant2", "provider1"])),
        ("PayoutId", thing(payout, "tenant1", &["tenant2", "provider1"])),
        ("PayoutBatchId", thing(batch, "operator1", &[])),
        ("StatementId", thing(statement, "operator1", &[])),
        ("SuspenseId", thing(suspense, "operator1", &[])),
        // Reference data and the names of reports are everybody's.
        ("Code", thing("ascend-910b".to_owned(), "tenant1", &[])),
        ("ReportName", thing("tenant".to_owned(), "tenant1", &[])),
    ]
}

/// A claim that waits, what was taken back of another one, and a request to the treasury that owes it.
pub fn claimed(stand: &Stand, tenant: &Client) -> [String; 3] {
    let mut rules = super::day::programme("2026-claims");
    for (field, value) in [
        ("pay_mode", "reimburse"),
        ("rate_base", "paid"),
        ("valid_from", "2025-01-01T00:00:00Z"),
    ] {
        rules[field] = json!(value);
    }
    let programme = open_programme(stand, &rules);
    let claim = |cards: u32| {
        let content = format!("%PDF-1.7 a contract of {cards} cards");
        let ask = tenant.ask("POST", "/v1/documents");
        let kept = ask.bytes("application/pdf", content.as_bytes()).send().must(201).json();
        let contract = json!({"counterparty": "91110000802100433B", "domestic": true, "cards": cards,
            "from": "2025-03-01T00:00:00Z", "until": "2025-09-01T00:00:00Z", "signed_on": "2025-02-01T00:00:00Z",
            "hash": kept["hash"],
            "items": [{"item": "compute", "contract": "1000.00", "incurred": "1000.00", "paid": "1000.00"}]});
        let document = json!({"kind": "contract", "hash": kept["hash"], "size": kept["size"]});
        let body = json!({"programme": programme, "contract": contract, "documents": [document]});
        id(&tenant.post("/v1/claims", &body).must(201).json())
    };
    let (waits, paid) = (claim(8), claim(9));
    let issuers = ("issuer1", "issuer2");
    both(stand, issuers, &format!("/v1/claims/{paid}/approve"), &json!({}));
    let wanted = json!({"programme": programme, "amount": "10.00"});
    let request = stand
        .person("operator1")
        .post("/v1/treasury-requests", &wanted)
        .must(201)
        .json();
    let mistake = json!({"target": {"claim": paid}, "amount": "50.00", "reason": "error", "evidence": "counted twice"});
    let recovery = both(stand, issuers, "/v1/recoveries", &mistake);
    [waits, id(&recovery["result"]), id(&request)]
}

/// A withdrawal that waits, one that was sent with its batch, and a statement with something that nobody expected.
fn banked(stand: &Stand, tenant: &Client) -> [String; 5] {
    let operators = ("operator1", "operator2");
    let account = |number: &str| json!({"holder": "甲", "number": number, "cnaps": "102331002017", "bank": "工商银行"});
    let mut custody = account("1202021009900000001");
    custody["opening"] = json!("1000.00");
    both(stand, operators, "/v1/custody-accounts", &custody);
    let path = "/v1/organisations/org_0000000000003/bank-account";
    both(stand, ("tenant1", "operator1"), path, &account("6222000000000001"));
    let withdraw = || {
        let body = json!({"amount": "5.00"});
        both(stand, ("tenant1", "operator1"), "/v1/withdrawals", &body)["result"].clone()
    };
    withdraw();
    let batch = id(&both(stand, operators, "/v1/payout-batches", &json!({}))["result"]);
    let operator = stand.person("operator1");
    let path = format!("/v1/payout-batches/{batch}/submit");
    operator.ask("POST", &path).key(&fresh_key()).send().must(200);
    let payout = id(&tenant.get("/v1/payouts").must(200).json()["items"][0]);
    let file = "statement,1202021009900000001,S,CNY,1000.00,1001.00,2026-11-01T00:00:00Z\n\
                entry,R,credit,CNY,1.00,2026-11-01T00:00:00Z\n";
    let ask = operator.ask("POST", "/v1/bank-statements").key(&fresh_key());
    let statement = id(&ask.bytes("text/csv", file.as_bytes()).send().must(201).json());
    let suspense = id(&operator.get("/v1/suspense").must(200).json()["items"][0]);
    [id(&withdraw()), payout, batch, statement, suspense]
}

/// A relation that was dated back before a bid with a voucher, and the flag on that.
fn related_and_flagged(stand: &Stand, tenant: &Client) -> (String, String) {
    tenant.post("/v1/bids", &bid("10.000000")).must(201);
    let related = json!({"a": "org_0000000000001", "b": "org_0000000000003", "kind": "declared",
        "from": "2026-01-01T00:00:00Z"});
    let operator = stand.person("operator1");
    let relation = operator.post("/v1/related-parties", &related).must(200).json();
    let scan = operator.ask("POST", "/v1/flags/scan").key(&fresh_key());
    let raised = scan.send().must(200).json();
    (id(&relation), raised["raised"][0].as_str().unwrap().to_owned())
}

/// A route with an identifier.
struct Route<'a> {
    method: String,
    template: &'a str,
    noun: String,
    operation: &'a Value,
}

fn routes() -> Vec<Route<'static>> {
    let mut routes = Vec::new();
    for (template, item) in document()["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let in_path: Vec<&Value> = parameters.filter(|parameter| parameter["in"] == "path").collect();
            assert_eq!(in_path.len(), template.matches('{').count(), "{template}");
            if let [parameter] = in_path[..] {
                let noun = parameter["schema"]["$ref"]
                    .as_str()
                    .unwrap_or_else(|| panic!("{template}"));
                routes.push(Route {
                    method: method.to_uppercase(),
                    template,
                    noun: noun.rsplit('/').next().unwrap().to_owned(),
                    operation,
                });
            }
        }
    }
    routes
}

impl Route<'_> {
    fn send(&self, client: &Client, id: &str) -> Answer {
        let (start, end) = (self.template.find('{').unwrap(), self.template.find('}').unwrap());
        let path = format!("{}{id}{}", &self.template[..start], &self.template[end + 1..]);
        let mut ask = client.ask(&self.method, &path);
        if self.operation["x-idempotent"] == true {
            ask = ask.key(&fresh_key());
        }
        if self.operation["x-conditional"] == true {
            ask = ask.header("if-match", "\"0000000000000000\"");
        }
        // Bodies that would do, so that nothing but whose it is stands in the way.
        let body = match self.template {
            "/v1/approvals/{id}/reject" => json!({"reason": "no"}),
            "/v1/users/{id}/password" => json!({"password": "a password for tests"}),
            "/v1/listings/{id}" => json!({"ask": "8.000000"}),
            "/v1/applications/{id}/amend" => json!({"amount": "1.00", "purpose": "another's"}),
            "/v1/leases/{id}/changes" => json!({"kind": "end", "at": "2126-01-01T00:00:00Z"}),
            "/v1/leases/{id}/maintenance" => {
                json!({"from": "2126-01-01T00:00:00Z", "until": "2126-01-01T01:00:00Z", "reason": "no"})
            }
            "/v1/leases/{id}/usage/accept" => json!({"until": "2026-01-01T00:00:00Z"}),
            "/v1/leases/{id}/reclaim" => json!({"from": "2126-01-01T00:00:00Z"}),
            "/v1/leases/{id}/suspend" => json!({"because": "operator", "reason": "no"}),
            "/v1/leases/{id}/degrade" | "/v1/leases/{id}/refuse" => json!({"reason": "no"}),
            _ => json!({}),
        };
        if self.operation["requestBody"].is_null() {
            ask.send()
        } else {
            ask.json(&body).send()
        }
    }
}

fn without(answer: &Answer, id: &str) -> String {
    answer.text.replace(id, "…")
}

#[test]
fn what_belongs_to_another_is_told_as_if_it_did_not_exist() {
    for_each_backend(|database| {
        let stand = Stand::new(database);
        let things = things(&stand);
        let mut refused = 0;
        for route in routes() {
            let name = format!("{} {}", route.method, route.template);
            if ELSEWHERE.contains(&route.noun.as_str()) {
                continue;
            }
            let known = things.iter().find(|(noun, _)| *noun == route.noun);
            let (_, thing) = known.unwrap_or_else(|| panic!("{name}: whose is a {}?", route.noun));
            let roles = route.operation["x-roles"].as_object().unwrap();
            for other in &thing.others {
                let role = other.trim_end_matches(char::is_numeric);
                // What everybody of the role may see is not another's; what the role may not do at all is told in roles.rs.
                let is_own_only = roles.get(role).is_some_and(|scope| scope == "own");
                let is_of_role = route.noun == "ApprovalId" && roles.contains_key(role);
                if !is_own_only && !is_of_role {
                    continue;
                }
                let client = stand.person(other);
                let answer = route.send(&client, &thing.id);
                // To whom an approval is shown but not to decide upon is told that it is another role's.
                if route.noun == "ApprovalId" && route.method == "POST" {
                    assert!([403, 404].contains(&answer.status), "{name} as {other}: {answer:?}");
                    continue;
                }
                assert_eq!(answer.status, 404, "{name} as {other}: {answer:?}");
                let nothing = format!("{}_fffffffffffff", thing.id.split('_').next().unwrap());
                let of_nothing = route.send(&client, &nothing);
                assert_eq!(of_nothing.status, 404, "{name} as {other}: {of_nothing:?}");
                assert_eq!(without(&answer, &thing.id), without(&of_nothing, &nothing), "{name}");
                refused += 1;
            }
            if route.method == "GET" {
                // Sites have codes as well.
                let is_site = route.template.starts_with("/v1/sites/");
                let id = if is_site { "hangzhou" } else { thing.id.as_str() };
                let answer = route.send(&stand.person(thing.owner), id);
                // Nothing was handed over of this lease, so that there is no way into it.
                let own = if route.template.ends_with("/access") { 404 } else { 200 };
                assert_eq!(answer.status, own, "{name}: {answer:?}");
                for role in ["auditor", "operator"] {
                    if roles.get(role).is_some_and(|scope| scope == "all") {
                        let answer = route.send(&stand.person(&format!("{role}1")), id);
                        // Who sees everybody's statements must say whose.
                        let expected = if route.noun == "ReportName" { 400 } else { 200 };
                        assert_eq!(answer.status, expected, "{name} as {role}: {answer:?}");
                    }
                }
            }
        }
        assert!(refused >= 25, "{refused}");
        // Nothing of it has happened.
        let open = &things[1].1.id;
        let shown = stand
            .person("tenant1")
            .get(&format!("/v1/bids/{open}"))
            .must(200)
            .json();
        assert_eq!(shown["state"], "open");
        let offered = &things[0].1.id;
        let shown = stand
            .person("provider1")
            .get(&format!("/v1/listings/{offered}"))
            .must(200)
            .json();
        assert_eq!((&shown["state"], &shown["ask"]), (&json!("open"), &json!("9.000000")));
        a_withdrawn_listing_stays_its_providers(&stand, offered);
    });
}

fn a_withdrawn_listing_stays_its_providers(stand: &Stand, listing: &str) {
    let (own, other) = (stand.person("provider1"), stand.person("provider2"));
    own.ask("POST", &format!("/v1/listings/{listing}/withdraw"))
        .key(&fresh_key())
        .send()
        .must(200);
    let calendar = format!("/v1/listings/{listing}/calendar");
    // Calendars follow within moments.
    let since = Instant::now();
    while own.get(&calendar).must(200).json() != json!([]) {
        assert!(since.elapsed() < Duration::from_secs(5));
    }
    other.get(&calendar).must(404);
}

#[test]
fn lists_show_ones_own_and_everything_to_those_who_see_all() {
    for_each_backend(|database| {
        let stand = Stand::new(database);
        for number in [1, 2] {
            let provider = stand.person(&format!("provider{number}"));
            provider.post("/v1/listings", &listing("9.000000")).must(201);
            let tenant = stand.person(&format!("tenant{number}"));
            tenant.post("/v1/bids", &bid("10.000000")).must(201);
            let key = json!({"name": "a", "roles": ["tenant"]});
            tenant.ask("POST", "/v1/api-keys").json(&key).send().must(201);
        }
        let count = |name: &str, path: &str| {
            let page = stand.person(name).get(path).must(200).json();
            page["items"].as_array().unwrap().len()
        };
        for (path, of_one) in [
            ("/v1/listings", ["provider1", "provider2"]),
            ("/v1/bids", ["tenant1", "tenant2"]),
            ("/v1/leases", ["tenant1", "tenant2"]),
            ("/v1/transfers?limit=200", ["tenant1", "tenant2"]),
            ("/v1/accounts?limit=200", ["tenant1", "tenant2"]),
            ("/v1/organisations", ["tenant1", "tenant2"]),
            ("/v1/users", ["tenant1", "tenant2"]),
        ] {
            let [one, other] = of_one.map(|name| count(name, path));
            let all = count("auditor1", path);
            assert!(
                one > 0 && other > 0 && all >= one + other,
                "{path}: {one} + {other} of {all}"
            );
            assert_eq!(all, count("operator1", path), "{path}");
            let own = stand.person(of_one[0]).get(path).must(200).text;
            let others = stand.person(of_one[1]).get(path).must(200).json();
            if path != "/v1/transfers?limit=200" {
                for item in others["items"].as_array().unwrap() {
                    let id = item["id"].as_str().unwrap();
                    assert!(!own.contains(&format!("\"id\":\"{id}\"")), "{path}: {id}");
                }
            }
        }
        assert_eq!(
            (count("tenant1", "/v1/api-keys"), count("operator1", "/v1/api-keys")),
            (1, 2)
        );
        // A filter by somebody else finds nothing, rather than theirs.
        assert_eq!(count("provider1", "/v1/listings?provider=org_0000000000002"), 0);
        assert_eq!(count("tenant1", "/v1/accounts?org=org_0000000000004"), 0);
        // What tenants pay with is not shown to providers.
        let lease = stand.person("provider1").get("/v1/leases").must(200).json()["items"][0].clone();
        for field in ["voucher", "net", "fee", "bid"] {
            assert!(lease[field].is_null(), "{lease}");
        }
        let statement = |name: &str, report: &str, org: &str| {
            let path = format!("/v1/reports/{report}?org={org}");
            stand.person(name).get(&path).status
        };
        assert_eq!(statement("tenant1", "tenant", "org_0000000000003"), 200);
        assert_eq!(statement("tenant1", "tenant", "org_0000000000004"), 404);
        assert_eq!(statement("provider1", "provider", "org_0000000000002"), 404);
        assert_eq!(stand.person("tenant1").get("/v1/reports/market").status, 404);
        assert_eq!(statement("auditor1", "tenant", "org_0000000000004"), 200);
    });
}
