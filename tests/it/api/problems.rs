//! Every refusal that is HTTP's own, by a real request.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use super::client::{Answer, Client, fresh_key};
use super::described::complaints;
use super::stand::{PASSWORD, Stand, bid, listing};

/// Sends bytes as they are; what comes back.
pub fn raw(client: &Client, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(client.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    // It may answer and close before all is sent.
    let _ = stream.write_all(request);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}

fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (status, code), "{answer:?}");
    let fixed = [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
        ("cache-control", "no-store"),
    ];
    for (name, value) in fixed {
        assert_eq!(answer.header(name), Some(value), "{answer:?}");
    }
    assert_eq!(answer.header("x-request-id").unwrap().len(), 32);
    assert_eq!(answer.header("access-control-allow-origin"), None);
}

#[test]
fn what_cannot_be_read_is_refused() {
    let stand = Stand::on_sqlite(&[("body_max_bytes", "2048")]);
    let tenant = stand.person("tenant1");
    let post = || tenant.ask("POST", "/v1/bids").key(&fresh_key());
    let json = "application/json";
    for (media_type, body, status, code) in [
        (json, &b"{"[..], 400, "unreadable"),
        (json, b"", 422, "invalid"),
        (json, b"\xff\xfe", 400, "unreadable"),
        (json, b"{} {}", 400, "unreadable"),
        ("text/plain", b"{}", 415, "unsupported_media_type"),
        ("application/jsonp", b"{}", 415, "unsupported_media_type"),
        (json, &[b' '; 2049], 413, "body_too_large"),
    ] {
        let answer = post().bytes(media_type, body).send();
        refused(&answer, status, code);
        assert_eq!(complaints("POST", "/v1/bids", &answer), [""; 0], "{answer:?}");
    }
    // The default of a nesting too deep for our reader.
    refused(
        &post().bytes(json, "[".repeat(1_000).as_bytes()).send(),
        400,
        "unreadable",
    );
    // Nobody knows beforehand how long it is.
    let piece = "7ff\r\n".to_owned() + &" ".repeat(0x7ff) + "\r\n";
    let head = format!(
        "POST /v1/bids HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {}\r\nidempotency-key: a\r\ncontent-type: {json}\r\n\
         transfer-encoding: chunked\r\nconnection: close\r\n\r\n",
        tenant.token()
    );
    let answer = raw(&tenant, (head + &piece + &piece + "0\r\n\r\n").as_bytes());
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("body_too_large"), "{answer}");
}

#[test]
fn headers_paths_and_methods_have_their_limits() {
    let stand = Stand::on_sqlite(&[("header_max_bytes", "2048")]);
    let (tenant, nobody) = (stand.person("tenant1"), stand.nobody());
    let long = "x".repeat(2048);
    refused(
        &nobody.ask("GET", "/healthz").header("x-a", &long).send(),
        431,
        "headers_too_large",
    );
    refused(&nobody.get("/v1/nothing"), 404, "not_found");
    refused(&nobody.get("/v1/bids/bid_0000000000001/cancel/twice"), 404, "not_found");
    for (method, path, allow) in [
        ("PUT", "/v1/bids", "GET, HEAD, POST"),
        ("GET", "/v1/bids/bid_0000000000001/cancel", "POST"),
        ("DELETE", "/v1/bids/bid_0000000000001", "GET, HEAD, PATCH"),
        ("OPTIONS", "/healthz", "GET, HEAD"),
    ] {
        let answer = nobody.ask(method, path).send();
        refused(&answer, 405, "method_not_allowed");
        assert_eq!(answer.header("allow"), Some(allow), "{method} {path}");
    }
    for wrong in [
        "limit=0",
        "limit=201",
        "limit=x",
        "cursor=x",
        "state=odd",
        "colour=red",
        "limit=1&limit=2",
    ] {
        refused(&tenant.get(&format!("/v1/bids?{wrong}")), 400, "invalid_parameter");
    }
    refused(&nobody.get("/v1/bids"), 401, "unauthenticated");
    assert_eq!(nobody.get("/v1/bids").header("www-authenticate"), Some("Bearer"));
    refused(&tenant.get("/v1/trial-balance"), 403, "forbidden");
}

#[test]
fn keys_and_tags_must_come_and_be_good() {
    let stand = Stand::on_sqlite(&[]);
    let provider = stand.person("provider1");
    let offered = provider.post("/v1/listings", &listing("9.000000")).must(201).json();
    let path = format!("/v1/listings/{}", offered["id"].as_str().unwrap());
    let missing = provider.ask("POST", "/v1/listings").json(&listing("9.000000")).send();
    refused(&missing, 400, "idempotency_key_missing");
    let long = "k".repeat(256);
    for key in ["", long.as_str(), "caf\u{e9}", "a\tb"] {
        let answer = provider
            .ask("POST", "/v1/listings")
            .key(key)
            .json(&listing("9.000000"))
            .send();
        refused(&answer, 400, "idempotency_key_missing");
    }
    let good = "k".repeat(255);
    provider
        .ask("POST", "/v1/listings")
        .key(&good)
        .json(&listing("9.000000"))
        .send()
        .must(201);

    let change = json!({"ask": "8.000000"});
    let amend = |tag: Option<&str>| {
        let ask = provider.ask("PATCH", &path).json(&change);
        match tag {
            Some(tag) => ask.header("if-match", tag).send(),
            None => ask.send(),
        }
    };
    refused(&amend(None), 428, "if_match_missing");
    for malformed in [
        "*",
        "\"\"",
        "\"short\"",
        "\"0123456789abcdeg\"",
        "\"0000000000000000\", \"0000000000000001\"",
    ] {
        refused(&amend(Some(malformed)), 400, "invalid_parameter");
    }
    let stale = amend(Some("\"0000000000000000\""));
    assert_eq!((stale.status, stale.code().as_str()), (412, "version_mismatch"));
    let tag = provider.get(&path).must(200).header("etag").unwrap().to_owned();
    amend(Some(&tag)).must(200);
}

fn pointers(answer: &Answer) -> Vec<(String, String)> {
    let problem = answer.json();
    let errors = problem["errors"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    errors
        .map(|error| (text(&error["pointer"]), text(&error["code"])))
        .collect()
}

#[test]
fn every_field_that_breaks_a_rule_is_named() {
    let stand = Stand::on_sqlite(&[]);
    let (provider, tenant) = (stand.person("provider1"), stand.person("tenant1"));
    let with = |mut body: Value, pointer: &str, value: Value| {
        match body.pointer_mut(pointer) {
            Some(field) => *field = value,
            None => body[&pointer[1..]] = value,
        }
        body
    };
    let offers = [
        ("/ask", json!("0.000000"), "too_small"),
        ("/ask", json!(9.5), "malformed"),
        ("/ask", json!("9,5"), "malformed"),
        ("/site", json!("nowhere"), "unknown"),
        ("/accelerator", json!("abacus"), "unknown"),
        ("/islands", json!(0), "too_small"),
        ("/islands", json!(10_001), "too_large"),
        ("/from", json!("2026-12-01T00:30:00Z"), "unaligned"),
        ("/until", json!("yesterday"), "malformed"),
        ("/colour", json!("red"), "malformed"),
        ("/sla", json!({"max_fault_rate": "0.1"}), "malformed"),
    ];
    for (pointer, value, code) in offers {
        let body = with(listing("9.000000"), pointer, value);
        let answer = provider.post("/v1/listings", &body).must(422);
        assert_eq!(answer.code(), "invalid");
        let found = pointers(&answer);
        let named = found
            .iter()
            .any(|(place, rule)| place.starts_with(pointer) && rule == code);
        assert!(named, "{pointer} {code}: {found:?}");
    }
    let bids = [
        ("/alternatives", json!([]), "empty"),
        ("/alternatives/0/cards", json!(0), "too_small"),
        ("/alternatives/0/cards", json!(-1), "malformed"),
        ("/alternatives/0/accelerator", json!("abacus"), "unknown"),
        ("/alternatives/0/limit", json!("1.0000001"), "malformed"),
        ("/fill", json!("some"), "malformed"),
        ("/min_cards", json!(8), "fixed"),
        ("/tif", json!("gtd"), "empty"),
        ("/voucher", json!("always"), "malformed"),
        ("/sites", json!(["nowhere"]), "unknown"),
    ];
    for (pointer, value, code) in bids {
        let mut body = bid("9.000000");
        if let Some(field) = body.pointer_mut(pointer) {
            *field = value;
        } else {
            body[&pointer[1..]] = value;
        }
        let answer = tenant.post("/v1/bids", &body).must(422);
        let found = pointers(&answer);
        let at = if code == "empty" && pointer == "/tif" {
            "/expires_at"
        } else {
            pointer
        };
        let named = found.iter().any(|(place, rule)| place.starts_with(at) && rule == code);
        assert!(named, "{pointer} {code}: {found:?}");
        assert_eq!(complaints("POST", "/v1/bids", &answer), [""; 0]);
    }
    // All of them at once, not one after the other.
    let body = with(with(listing("0.000000"), "/islands", json!(0)), "/lot_cards", json!(0));
    assert!(pointers(&provider.post("/v1/listings", &body).must(422)).len() >= 3);
}

#[test]
fn whoever_asks_too_often_is_told_when_to_come_again() {
    let again = |answer: &Answer| {
        refused(answer, 429, "too_many_requests");
        let seconds: u32 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=60).contains(&seconds), "{answer:?}");
    };
    let few = [("principal_per_second", "1"), ("principal_burst", "3")];
    let stand = Stand::on_sqlite(&few);
    let (one, other) = (stand.person("tenant1"), stand.person("tenant2"));
    let statuses: Vec<u16> = (0..5).map(|_| one.get("/v1/me").status).collect();
    assert_eq!(statuses[..3], [200, 200, 200]);
    assert!(statuses[3..].contains(&429), "{statuses:?}");
    again(
        &(0..3)
            .map(|_| one.get("/v1/me"))
            .find(|answer| answer.status == 429)
            .unwrap(),
    );
    other.get("/v1/me").must(200);
    drop(stand);

    let few = [("address_per_second", "1"), ("address_burst", "3")];
    let stand = Stand::on_sqlite(&few);
    let nobody = stand.nobody();
    let answers: Vec<Answer> = (0..5).map(|_| nobody.get("/healthz")).collect();
    again(answers.iter().find(|answer| answer.status == 429).unwrap());
    drop(stand);

    let stand = Stand::on_sqlite(&[("login_per_minute", "2")]);
    let statuses: Vec<u16> = (0..3).map(|_| stand.log_in("tenant1", PASSWORD).status).collect();
    assert_eq!(statuses, [200, 200, 429]);
    again(&stand.log_in("tenant1", PASSWORD));
    // What is limited is the log-in, nothing else.
    stand.nobody().get("/healthz").must(200);
    // Whoever pretends to come from elsewhere is not believed, unless through a proxy that is.
    let pretend = |stand: &Stand, from: &str| {
        let body = json!({"grant_type": "api_key", "api_key": "none"});
        let nobody = stand.nobody();
        nobody
            .ask("POST", "/v1/auth/token")
            .header("x-forwarded-for", from)
            .json(&body)
            .send()
            .status
    };
    assert_eq!(pretend(&stand, "203.0.113.7"), 429);
    drop(stand);
    let proxied = [("login_per_minute", "1"), ("trusted_proxies", "127.0.0.1")];
    let stand = Stand::on_sqlite(&proxied);
    let found = ["203.0.113.7", "203.0.113.7", "203.0.113.8"].map(|from| pretend(&stand, from));
    assert_eq!(found, [401, 429, 401]);
}

#[test]
fn browsers_from_elsewhere_are_let_in_where_the_settings_say_so() {
    let home = ("cors_origins", "https://console.example.cn");
    for (settings, is_known) in [(&[][..], false), (&[home][..], true)] {
        let stand = Stand::on_sqlite(settings);
        let nobody = stand.nobody();
        let from = |origin: &str| nobody.ask("GET", "/v1/bids").header("origin", origin).send();
        let known = from("https://console.example.cn");
        let allowed = known.header("access-control-allow-origin");
        assert_eq!(allowed, is_known.then_some("https://console.example.cn"));
        assert_eq!(known.header("access-control-allow-credentials"), None);
        assert_eq!(from("https://evil.example").header("access-control-allow-origin"), None);
        let first = nobody
            .ask("OPTIONS", "/v1/bids")
            .header("origin", "https://console.example.cn")
            .header("access-control-request-method", "POST")
            .send();
        assert_eq!(first.status, if is_known { 204 } else { 405 });
        let headers = first.header("access-control-allow-headers").unwrap_or_default();
        assert_eq!(headers.contains("idempotency-key"), is_known);
    }
}

#[test]
fn requests_have_identifiers_and_heads() {
    let stand = Stand::on_sqlite(&[]);
    let nobody = stand.nobody();
    let id = |brought: &str| {
        let answer = nobody.ask("GET", "/healthz").header("x-request-id", brought).send();
        answer.header("x-request-id").unwrap().to_owned()
    };
    assert_eq!(id("0b9ad3f0-4c7e.x_1"), "0b9ad3f0-4c7e.x_1");
    for harmful in ["short", "with space in it", &"x".repeat(65), "\"quoted-quoted\""] {
        assert_eq!(id(harmful).len(), 32, "{harmful}");
    }
    let got = nobody.get("/healthz").must(200);
    let head = nobody.ask("HEAD", "/healthz").send().must(200);
    assert_eq!(
        (head.header("content-type"), head.text.as_str()),
        (got.header("content-type"), "")
    );
    nobody.ask("HEAD", "/v1/bids").send().must(401);
    nobody.ask("HEAD", "/v1/nothing").send().must(404);
    nobody.ask("HEAD", "/v1/auth/token").send().must(405);
    // The stream has a head, too, and no end.
    nobody.ask("HEAD", "/v1/market/stream").send().must(200);
    let docs = nobody.get("/docs/").must(200);
    assert!(docs.text.contains("swagger"), "{docs:?}");
    assert_eq!(nobody.get("/docs").status, 308);
    assert_eq!(nobody.get("/openapi.json").must(200).json()["openapi"], "3.1.0");
}

#[test]
fn what_is_no_http_harms_nobody() {
    let stand = Stand::on_sqlite(&[]);
    let nobody = stand.nobody();
    let big = format!("GET / HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n", "y".repeat(200_000));
    for nonsense in [
        &b"\x16\x03\x01\x02\x00\x01\x00"[..],
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /v1/bids HTTP/1.1\r\nhost: a\r\ncontent-length: x\r\n\r\n",
        b"POST /v1/bids HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
        big.as_bytes(),
    ] {
        let answer = raw(&nobody, nonsense);
        assert!(
            !answer.starts_with("HTTP/1.1 2") && !answer.starts_with("HTTP/1.1 5"),
            "{answer}"
        );
    }
    nobody.get("/healthz").must(200);
}
