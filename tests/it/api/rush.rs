//! Eight at once on the last ¥1,000.00: of a pot, of an owner group's cap, of what claims are paid out of. Never a fen over.

use std::sync::Mutex;

use qiantang::app::verify::verify;
use qiantang::domain::uscc::Uscc;
use qiantang::store::{Reader, Url};
use serde_json::{Value, json};

use super::client::{Answer, Client, fresh_key};
use super::stand::{PASSWORD, Stand, both, hours_ahead, listing, open_programme};
use crate::harness::for_each_backend;

const AT_ONCE: usize = 8;
/// ¥1,000.00 in fen.
const LAST: i64 = 100_000;
const ISSUERS: (&str, &str) = ("issuer1", "issuer2");
const TENANT: &str = "org_0000000000003";

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value}")).to_owned()
}

fn fen(value: &Value) -> i64 {
    text(value).replace('.', "").parse().unwrap()
}

fn yuan(fen: i64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

/// A programme of ¥1,000.00, with what `more` says otherwise.
fn programme(stand: &Stand, code: &str, more: &Value) -> String {
    let mut rules = json!({"id": code, "pot": "1000.00", "rates": [{"rate_bps": 3000}],
        "valid_from": "2025-01-01T00:00:00Z", "valid_until": hours_ahead(20_000)});
    rules.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    open_programme(stand, &rules)
}

/// Lets eight threads do all of this, each with somebody of its own among `people`; each piece of work with what came of it.
fn rush<W: Send>(people: &[Client], work: Vec<W>, one: impl Fn(&Client, &W) -> Answer + Sync) -> Vec<(W, Answer)> {
    let (todo, done) = (Mutex::new(work), Mutex::new(Vec::new()));
    let start = std::sync::Barrier::new(AT_ONCE);
    std::thread::scope(|scope| {
        for place in 0..AT_ONCE {
            let client = &people[place % people.len()];
            let (todo, done, start, one) = (&todo, &done, &start, &one);
            scope.spawn(move || {
                start.wait();
                loop {
                    let Some(work) = todo.lock().unwrap().pop() else { break };
                    let answer = one(client, &work);
                    done.lock().unwrap().push((work, answer));
                }
            });
        }
    });
    done.into_inner().unwrap()
}

/// The journal gives the same books again, which balance, and every limit holds.
fn is_sound(stand: Stand, url: &Url) {
    drop(stand);
    let verdict = verify(&mut Reader::open(url).unwrap(), &mut |_, _| {}).unwrap();
    assert!(verdict.violations.is_empty(), "{:?}", verdict.violations);
    assert_eq!(verdict.state_hash, verdict.replayed_hash);
}

fn persons(stand: &Stand, name: &str) -> Vec<Client> {
    (0..AT_ONCE).map(|_| stand.person(name)).collect()
}

#[test]
fn grants_at_once_take_no_more_than_the_pot() {
    for_each_backend(|database| {
        let stand = Stand::new(database);
        let programme = programme(&stand, "hangzhou", &json!({}));
        // Odd amounts, of which twice as many are asked for as there is money.
        let amounts: Vec<i64> = (0..40).map(|number| 1_337 + 173 * number).collect();
        let asked = rush(&persons(&stand, "issuer1"), amounts, |client, amount| {
            let body = json!({"programme": programme, "org": TENANT, "amount": yuan(*amount)});
            client.post("/v1/grants", &body)
        });
        let asked: Vec<(i64, String)> = asked
            .into_iter()
            .map(|(amount, answer)| (amount, text(&answer.must(202).json()["approval"]["id"])))
            .collect();
        let decided = rush(&persons(&stand, "issuer2"), asked, |client, (_, approval)| {
            let path = format!("/v1/approvals/{approval}/approve");
            client.ask("POST", &path).key(&fresh_key()).send()
        });
        let (granted, refused): (Vec<_>, Vec<_>) = decided.into_iter().partition(|(_, answer)| answer.status == 200);
        let sum: i64 = granted.iter().map(|((amount, _), _)| amount).sum();
        assert!(sum <= LAST, "{sum} fen granted");
        assert!(granted.len() > 5 && refused.len() > 5, "both happen");
        for ((amount, _), answer) in &refused {
            let code = answer.code();
            assert!(
                *amount > LAST - sum,
                "{amount} fen were refused as {code}, {} are left",
                LAST - sum
            );
        }
        let vouchers = stand.person("tenant1").get("/v1/vouchers?limit=100").must(200).json();
        let held: i64 = vouchers["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|voucher| fen(&voucher["amount"]))
            .sum();
        assert_eq!(held, sum, "what holders have is what was granted");
        is_sound(stand, &database.url);
    });
}

/// Three tenants of one owner group, each with cash and a voucher of ¥5,000.00.
fn sisters(stand: &Stand, programme: &str) -> Vec<Client> {
    let operator = stand.person("operator1");
    let mut head = Value::Null;
    let mut people = Vec::new();
    for number in 1..=3 {
        let uscc = Uscc::from_stem(&format!("9133010000000050{number}")).unwrap();
        let body = json!({"name": format!("姊妹{number}"), "uscc": uscc, "kinds": ["tenant"], "owner": head});
        let org = operator.post("/v1/organisations", &body).must(201).json();
        let id = org["id"].clone();
        let name = format!("sister{number}");
        let user = json!({"org": id, "roles": ["tenant"], "email": format!("{name}@example.cn"), "name": name, "password": PASSWORD});
        operator.post("/v1/users", &user).must(201);
        let money = json!({"org": id, "amount": "50000.00", "bank_ref": name});
        both(stand, ("operator1", "operator2"), "/v1/deposits", &money);
        let voucher = json!({"programme": programme, "org": id, "amount": "5000.00"});
        both(stand, ISSUERS, "/v1/grants", &voucher);
        people.push(stand.person(&name));
        if head.is_null() {
            head = id;
        }
    }
    people
}

#[test]
fn bids_of_sisters_at_once_draw_no_more_than_their_cap() {
    for_each_backend(|database| {
        let stand = Stand::new(database);
        let more = json!({"pot": "90000.00", "cap_per_entity": "1000.00", "cap_period": "programme"});
        let programme = programme(&stand, "hangzhou", &more);
        let people = sisters(&stand, &programme);
        stand
            .person("provider1")
            .post("/v1/listings", &listing("7.130000"))
            .must(201);
        // 8 cards × 3 hours × 7.13 are 171.12, of which 51.33 are paid: 20 bids would reach the cap, 36 come.
        let bids = rush(&people, (0..36).collect(), |client, _: &i32| {
            let body = json!({"alternatives": [{"accelerator": "ascend-910b", "cards": 8, "hours": 3, "limit": "7.130000"}],
                "earliest": hours_ahead(0), "latest": hours_ahead(240)});
            client.post("/v1/bids", &body)
        });
        assert!(bids.iter().all(|(_, answer)| answer.status == 201), "{bids:?}");
        let bodies = bids.iter().map(|(_, answer)| answer.json());
        let fills = bodies.flat_map(|body| body["fills"].as_array().unwrap().clone());
        let subsidies: Vec<i64> = fills.map(|fill| fen(&fill["voucher"])).collect();
        let mut drawn = 0;
        for client in &people {
            let vouchers = client.get("/v1/vouchers").must(200).json();
            drawn += 500_000 - fen(&vouchers["items"][0]["available"]);
        }
        assert_eq!(subsidies.len(), 36);
        assert_eq!(subsidies.iter().sum::<i64>(), LAST, "to the fen: {subsidies:?}");
        assert_eq!(drawn, LAST);
        is_sound(stand, &database.url);
    });
}

#[test]
fn claims_at_once_promise_no_more_than_the_pot() {
    for_each_backend(|database| {
        let stand = Stand::new(database);
        let more = json!({"rate_base": "paid", "pay_mode": "reimburse"});
        let programme = programme(&stand, "qingdao", &more);
        let people: Vec<Client> = (0..AT_ONCE)
            .map(|place| stand.person(["tenant1", "tenant2"][place % 2]))
            .collect();
        let claims = rush(&people, (1..=24).collect(), |client, cards: &u32| {
            let paper = format!("%PDF-1.7 a contract of {cards} cards");
            let ask = client.ask("POST", "/v1/documents");
            let kept = ask.bytes("application/pdf", paper.as_bytes()).send().must(201).json();
            let paper = json!({"kind": "contract", "hash": kept["hash"], "size": kept["size"]});
            let contract = json!({"counterparty": "91110000802100433B", "domestic": true, "cards": cards,
                "from": "2025-03-01T00:00:00Z", "until": "2025-09-01T00:00:00Z", "signed_on": "2025-02-01T00:00:00Z",
                "hash": paper["hash"], "items": [{"item": "compute", "contract": "333.33", "incurred": "333.33", "paid": "333.33"}]});
            let body = json!({"programme": programme, "contract": contract, "documents": [paper]});
            client.post("/v1/claims", &body)
        });
        let (made, refused): (Vec<_>, Vec<_>) = claims.into_iter().partition(|(_, answer)| answer.status == 201);
        let amounts: Vec<i64> = made.iter().map(|(_, answer)| fen(&answer.json()["amount"])).collect();
        // Ten get 99.99, the eleventh the ten fen that are left.
        assert_eq!((amounts.len(), refused.len()), (11, 13), "{refused:?}");
        assert_eq!(amounts.iter().sum::<i64>(), LAST, "{amounts:?}");
        let ids: Vec<String> = made.iter().map(|(_, answer)| text(&answer.json()["id"])).collect();
        let asked = rush(&persons(&stand, "issuer1"), ids, |client, claim| {
            client.post(&format!("/v1/claims/{claim}/approve"), &json!({}))
        });
        let asked: Vec<String> = asked
            .iter()
            .map(|(_, answer)| text(&answer.json()["approval"]["id"]))
            .collect();
        let paid = rush(&persons(&stand, "issuer2"), asked, |client, approval| {
            let path = format!("/v1/approvals/{approval}/approve");
            client.ask("POST", &path).key(&fresh_key()).send()
        });
        assert!(paid.iter().all(|(_, answer)| answer.status == 200), "{paid:?}");
        is_sound(stand, &database.url);
    });
}
