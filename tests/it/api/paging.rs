//! Pages that stay put while things are added, tags, and changes of what was seen.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::client::Client;
use super::stand::{Stand, bid, listing};
use crate::harness::for_each_backend;

fn ids(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap().iter();
    items.map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

/// All pages of a list; `between` happens after each.
fn walk(client: &Client, path: &str, mut between: impl FnMut()) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = client.get(&format!("{path}{cursor}")).must(200).json();
        pages.push(ids(&page));
        assert!(pages.len() < 100, "it does not end");
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => {
                assert!(page["next_cursor"].is_null());
                return pages;
            }
        }
        between();
    }
}

#[test]
fn a_cursor_neither_skips_nor_repeats_while_bids_are_placed() {
    for_each_backend(|database| {
        let stand = Stand::new(database);
        let tenant = stand.person("tenant1");
        let place = || tenant.post("/v1/bids", &bid("1.000000")).must(201).json();
        let mut first: Vec<String> = (0..7).map(|_| place()["id"].as_str().unwrap().to_owned()).collect();
        first.reverse();
        let mut placed = 0;
        let pages = walk(&tenant, "/v1/bids?limit=3", || {
            place();
            placed += 1;
        });
        assert_eq!(placed, 2);
        assert_eq!(pages.concat(), first, "what was there, newest first, and nothing new");
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 1]);
        assert_eq!(walk(&tenant, "/v1/bids?limit=9", || ()).concat().len(), 9);
        // Cancelled ones are found by their state, open ones are all the others.
        let cancel = format!("/v1/bids/{}/cancel", first[0]);
        tenant.ask("POST", &cancel).key("cancel").send().must(200);
        let of = |state: &str| walk(&tenant, &format!("/v1/bids?limit=4&state={state}"), || ()).concat();
        assert_eq!(of("cancelled"), [first[0].clone()]);
        let (open, all) = (of("open"), walk(&tenant, "/v1/bids?limit=200", || ()).concat());
        let differ: BTreeSet<&String> = all.iter().filter(|id| !open.contains(id)).collect();
        assert_eq!(differ, BTreeSet::from([&first[0]]));
        assert_eq!(
            walk(&tenant, "/v1/bids?limit=4&accelerator=nvidia-h20", || ()).concat(),
            [""; 0]
        );
        // Oldest first, and what is added comes at the end.
        let auditor = stand.person("auditor1");
        let page = auditor.get("/v1/audit/events?limit=5").must(200).json();
        place();
        let next = page["next_cursor"].as_str().unwrap();
        let next = auditor
            .get(&format!("/v1/audit/events?limit=5&cursor={next}"))
            .must(200)
            .json();
        let seqs = [&page, &next].map(|page| {
            let items = page["items"].as_array().unwrap().iter();
            items.map(|item| item["seq"].as_i64().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(seqs.concat(), (1..=10).collect::<Vec<i64>>());
        let users = walk_users(&stand.person("operator1"));
        assert_eq!(users.len(), 10);
    });
}

fn walk_users(operator: &Client) -> BTreeSet<String> {
    walk(operator, "/v1/users?limit=3", || ())
        .concat()
        .into_iter()
        .collect()
}

#[test]
fn a_tag_stands_as_long_as_the_thing_does() {
    for_each_backend(|database| {
        let stand = Stand::new(database);
        let (provider, tenant) = (stand.person("provider1"), stand.person("tenant1"));
        let offered = provider.post("/v1/listings", &listing("9.000000")).must(201).json();
        let path = format!("/v1/listings/{}", offered["id"].as_str().unwrap());
        let shown = provider.get(&path).must(200);
        let tag = shown.header("etag").unwrap().to_owned();
        assert_eq!(shown.header("cache-control"), Some("private, no-cache"));
        assert_eq!(
            tenant.get(&path).must(200).header("etag"),
            Some(tag.as_str()),
            "the same for all who see the same"
        );
        let known = |tag: &str| provider.ask("GET", &path).header("if-none-match", tag).send();
        for same in [tag.as_str(), "*", &format!("W/{tag}"), &format!("\"x\", {tag}")] {
            let answer = known(same).must(304);
            assert_eq!((answer.text.as_str(), answer.header("etag")), ("", Some(tag.as_str())));
        }
        known("\"0000000000000000\"").must(200);
        let amend = |client: &Client, tag: &str, body: Value| {
            let ask = client.ask("PATCH", &path).header("if-match", tag);
            ask.json(&body).send()
        };
        let body = json!({"ask": "8.500000"});
        let changed = amend(&provider, &tag, body.clone()).must(200).json();
        assert!(changed["receipt"]["seq"].as_i64().unwrap() > offered["receipt"]["seq"].as_i64().unwrap());
        let fresh = known(&tag).must(200);
        assert_ne!(fresh.header("etag"), Some(tag.as_str()));
        assert_eq!(
            amend(&provider, &tag, body.clone()).must(412).code(),
            "version_mismatch"
        );
        // Whose it is not learns nothing of whether the tag is right.
        amend(&stand.person("provider2"), fresh.header("etag").unwrap(), body).must(404);

        // A bid, too; with a key the retry of a change is harmless.
        let placed = tenant.post("/v1/bids", &bid("1.000000")).must(201).json();
        let path = format!("/v1/bids/{}", placed["id"].as_str().unwrap());
        let tag = tenant.get(&path).must(200).header("etag").unwrap().to_owned();
        let again = || {
            let limits = json!({"alternatives": [{"cards": 8, "hours": 24, "limit": "0.900000"}]});
            let ask = tenant.ask("PATCH", &path).header("if-match", &tag).key("change");
            ask.json(&limits).send()
        };
        let first = again();
        let second = again();
        assert_eq!((first.status, &first.text), (second.status, &second.text));
        assert_eq!(second.header("idempotency-replayed"), Some("true"), "{first:?}");
    });
}
