//! Attacks on tokens, over HTTP.

use std::sync::Barrier;
use std::thread;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use qiantang::app::clock::system_now;
use qiantang::app::token::key_ring::KeyRing;
use serde_json::{Value, json};

use super::client::{Answer, Client, fresh_key};
use super::stand::{PASSWORD, Stand, bid};
use crate::harness::for_each_backend;

fn letters(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let number = group.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
        let number = number << (8 * (3 - group.len()));
        for place in 0..=group.len() {
            text.push(char::from(
                DIGITS[usize::try_from(number >> (18 - 6 * place) & 63).unwrap()],
            ));
        }
    }
    text
}

fn bytes(text: &str) -> Vec<u8> {
    let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut found = Vec::new();
    let (mut number, mut bits) = (0_usize, 0);
    for letter in text.chars() {
        number = (number << 6 | digits.find(letter).unwrap()) & 0xffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            found.push(u8::try_from(number >> bits & 255).unwrap());
        }
    }
    found
}

/// Header, claims and signature of a token.
fn parts(token: &str) -> (Value, Value, String) {
    let parts: Vec<&str> = token.split('.').collect();
    let read = |part: &str| serde_json::from_slice(&bytes(part)).unwrap();
    (read(parts[0]), read(parts[1]), parts[2].to_owned())
}

fn joined(header: &Value, claims: &Value, signature: &str) -> String {
    let part = |value: &Value| letters(value.to_string().as_bytes());
    format!("{}.{}.{signature}", part(header), part(claims))
}

/// The one key that signs, as whoever has stolen it would use it.
fn stolen(stand: &Stand) -> EncodingKey {
    let file = std::fs::read_dir(stand.keys()).unwrap().next().unwrap().unwrap();
    EncodingKey::from_ed_pem(&std::fs::read(file.path()).unwrap()).unwrap()
}

fn status_of(stand: &Stand, token: &str) -> (u16, String) {
    let answer = stand.nobody().with_token(token).get("/v1/me");
    let code = if answer.status == 200 {
        String::new()
    } else {
        answer.code()
    };
    (answer.status, code)
}

#[test]
fn no_token_is_believed_that_is_not_ours_as_it_is() {
    let stand = Stand::on_sqlite(&[]);
    let token = stand.person("tenant1").token().to_owned();
    let (header, claims, signature) = parts(&token);
    assert_eq!(
        joined(&header, &claims, &signature).len(),
        token.len(),
        "the test takes it apart rightly"
    );
    assert_eq!(status_of(&stand, &token).0, 200);
    let kid = header["kid"].as_str().unwrap().to_owned();
    let with = |value: &Value, name: &str, field: Value| {
        let mut value = value.clone();
        value[name] = field;
        value
    };
    let key = stolen(&stand);
    let signed = |header: &Header, claims: &Value| jsonwebtoken::encode(header, claims, &key).unwrap();
    let mut ours = Header::new(Algorithm::EdDSA);
    ours.typ = Some("at+jwt".to_owned());
    ours.kid = Some(kid.clone());
    assert_eq!(
        status_of(&stand, &signed(&ours, &claims)).0,
        200,
        "what is signed so is good"
    );

    let public = stand.nobody().get("/.well-known/jwks.json").must(200).json()["keys"][0]["x"].clone();
    let secret = EncodingKey::from_secret(public.as_str().unwrap().as_bytes());
    let secret_bytes = EncodingKey::from_secret(&bytes(public.as_str().unwrap()));
    let mut symmetric = ours.clone();
    symmetric.alg = Algorithm::HS256;
    let now = system_now().micros() / 1_000_000;
    let headed = |change: &dyn Fn(&mut Header)| {
        let mut header = ours.clone();
        change(&mut header);
        signed(&header, &claims)
    };
    let said = |name: &str, value: Value| signed(&ours, &with(&claims, name, value));
    let forged = [
        ("nothing", String::new()),
        ("no token", "abc".to_owned()),
        ("none", joined(&with(&header, "alg", json!("none")), &claims, "")),
        (
            "none with a signature",
            joined(&with(&header, "alg", json!("none")), &claims, &signature),
        ),
        ("another signature", joined(&header, &claims, &letters(&[7; 64]))),
        ("no signature", joined(&header, &claims, "")),
        (
            "a symmetric one",
            jsonwebtoken::encode(&symmetric, &claims, &secret).unwrap(),
        ),
        (
            "the same of bytes",
            jsonwebtoken::encode(&symmetric, &claims, &secret_bytes).unwrap(),
        ),
        (
            "tampered roles",
            joined(&header, &with(&claims, "roles", json!(["operator"])), &signature),
        ),
        (
            "tampered sub",
            joined(&header, &with(&claims, "sub", json!("usr_0000000000009")), &signature),
        ),
        ("an unknown kid", headed(&|header| header.kid = Some("x".to_owned()))),
        ("no kid", headed(&|header| header.kid = None)),
        (
            "a path as kid",
            headed(&|header| header.kid = Some("../../dev/null".to_owned())),
        ),
        ("typ JWT", headed(&|header| header.typ = Some("JWT".to_owned()))),
        ("no typ", headed(&|header| header.typ = None)),
        (
            "a jku",
            headed(&|header| header.jku = Some("https://evil.example/jwks".to_owned())),
        ),
        ("expired", said("exp", json!(now - 6))),
        ("not good yet", said("nbf", json!(now + 60))),
        ("of the future", said("iat", json!(now + 60))),
        ("good for a day", said("exp", json!(now + 86_400))),
        ("for others", said("aud", json!("others"))),
        ("for many", said("aud", json!(["qiantang", "others"]))),
        ("of others", said("iss", json!("https://evil.example"))),
        ("without exp", said("exp", Value::Null)),
        ("without jti", said("jti", json!(""))),
        ("of another session", said("sid", json!("ses_fffffffffffff"))),
        ("of somebody else", said("sub", json!("usr_0000000000004"))),
        ("for another organisation", said("org", json!("org_0000000000004"))),
        ("huge", format!("{token}{}", "A".repeat(4_096))),
    ];
    for (what, token) in forged {
        let (status, code) = status_of(&stand, &token);
        assert_eq!(status, 401, "{what}: {code}");
        let codes = ["invalid_token", "token_expired", "session_ended", "unauthenticated"];
        assert!(codes.contains(&code.as_str()), "{what}: {code}");
    }
    assert_eq!(status_of(&stand, &said("exp", json!(now - 6))).1, "token_expired");
    // Whoever holds the key cannot give roles either: those of now count.
    let promoted = stand.nobody().with_token(&said("roles", json!(["operator", "tenant"])));
    promoted.get("/v1/trial-balance").must(403);
    for wrong in ["Basic YTpi", "Bearer", "bearer  ", &format!("Token {token}")] {
        let answer = stand
            .nobody()
            .ask("GET", "/v1/me")
            .header("authorization", wrong)
            .send();
        assert_eq!(answer.must(401).header("www-authenticate"), Some("Bearer"), "{wrong}");
    }
}

fn tokens(stand: &Stand, name: &str) -> Value {
    stand.log_in(name, PASSWORD).must(200).json()
}

fn refresh(stand: &Stand, token: &Value) -> Answer {
    let body = json!({"grant_type": "refresh_token", "refresh_token": token});
    stand.nobody().ask("POST", "/v1/auth/token").json(&body).send()
}

fn good(stand: &Stand, tokens: &Value) -> bool {
    status_of(stand, tokens["access_token"].as_str().unwrap()).0 == 200
}

#[test]
fn a_refresh_token_is_good_once_and_a_second_use_ends_all_that_came_of_it() {
    for_each_backend(|database| {
        let stand = Stand::new(database);
        let first = tokens(&stand, "tenant1");
        assert_eq!(
            (&first["token_type"], &first["expires_in"]),
            (&json!("Bearer"), &json!(600))
        );
        let second = refresh(&stand, &first["refresh_token"]).must(200).json();
        let third = refresh(&stand, &second["refresh_token"]).must(200).json();
        assert!(
            good(&stand, &third) && good(&stand, &first),
            "a session's tokens stand until it ends"
        );
        let reused = refresh(&stand, &first["refresh_token"]).must(401);
        assert_eq!(reused.code(), "refresh_token_reused");
        for tokens in [&first, &second, &third] {
            assert!(!good(&stand, tokens));
            refresh(&stand, &tokens["refresh_token"]).must(401);
        }
        assert_eq!(
            refresh(&stand, &json!("nonsense")).must(401).code(),
            "invalid_refresh_token"
        );
        // An access token is no refresh token.
        refresh(&stand, &third["access_token"]).must(401);
    });
}

#[test]
fn of_many_refreshes_at_once_at_most_one_gets_tokens_and_they_do_not_last() {
    for_each_backend(|database| {
        let stand = Stand::new(database);
        let first = tokens(&stand, "tenant1");
        let barrier = Barrier::new(32);
        let answers: Vec<Answer> = thread::scope(|scope| {
            let asked: Vec<_> = (0..32)
                .map(|_| {
                    scope.spawn(|| {
                        barrier.wait();
                        refresh(&stand, &first["refresh_token"])
                    })
                })
                .collect();
            asked.into_iter().map(|answer| answer.join().unwrap()).collect()
        });
        let lucky: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 200).collect();
        assert_eq!(lucky.len(), 1);
        assert!(answers.iter().all(|answer| [200, 401].contains(&answer.status)));
        assert!(!good(&stand, &lucky[0].json()));
        refresh(&stand, &lucky[0].json()["refresh_token"]).must(401);
    });
}

/// A machine with a new API key: the key's identifier, its secret, and the machine's tokens.
fn machine(stand: &Stand, maker: &Client, role: &str) -> (String, String, Client) {
    let body = json!({"name": fresh_key(), "roles": [role]});
    let made = maker.ask("POST", "/v1/api-keys").json(&body).send().must(201).json();
    let (id, secret) = (made["id"].as_str().unwrap(), made["api_key"].as_str().unwrap());
    let shown = maker.get("/v1/api-keys").must(200).text;
    assert!(shown.contains(id) && !shown.contains(secret));
    let answer = by_key(stand, secret).must(200).json();
    let client = stand.nobody().with_token(answer["access_token"].as_str().unwrap());
    (id.to_owned(), secret.to_owned(), client)
}

fn by_key(stand: &Stand, secret: &str) -> Answer {
    let body = json!({"grant_type": "api_key", "api_key": secret});
    stand.nobody().ask("POST", "/v1/auth/token").json(&body).send()
}

#[test]
fn a_stolen_key_is_worth_nothing_once_it_is_revoked_and_a_machine_approves_nothing() {
    for_each_backend(|database| {
        let stand = Stand::new(database);
        let tenant = stand.person("tenant1");
        let (id, secret, thief) = machine(&stand, &tenant, "tenant");
        thief.get("/v1/bids").must(200);
        thief.post("/v1/bids", &bid("1.000000")).must(201);
        let revoke = format!("/v1/api-keys/{id}/revoke");
        stand.person("tenant2").ask("POST", &revoke).send().must(404);
        tenant.ask("POST", &revoke).send().must(200);
        assert_eq!(thief.get("/v1/bids").must(401).code(), "session_ended");
        assert_eq!(by_key(&stand, &secret).must(401).code(), "invalid_credentials");
        let body = json!({"name": "more", "roles": ["tenant", "operator"]});
        let more = tenant.ask("POST", "/v1/api-keys").json(&body).send();
        assert!([403, 422].contains(&more.status), "{more:?}");

        let deposit = json!({"org": "org_0000000000003", "amount": "1.00", "bank_ref": "r"});
        let asked = stand
            .person("operator1")
            .post("/v1/deposits", &deposit)
            .must(202)
            .json();
        let (_, _, robot) = machine(&stand, &stand.person("operator2"), "operator");
        let approve = format!("/v1/approvals/{}/approve", asked["approval"]["id"].as_str().unwrap());
        let refused = robot.ask("POST", &approve).key(&fresh_key()).send().must(403);
        assert_eq!(refused.code(), "person_needed");
        let same = stand
            .person("operator1")
            .ask("POST", &approve)
            .key(&fresh_key())
            .send()
            .must(403);
        assert_eq!(same.code(), "same_person");
        stand
            .person("operator2")
            .ask("POST", &approve)
            .key(&fresh_key())
            .send()
            .must(200);
        let twice = stand
            .person("operator2")
            .ask("POST", &approve)
            .key(&fresh_key())
            .send()
            .must(409);
        assert_eq!(twice.code(), "approval_decided");
    });
}

#[test]
fn who_is_stopped_or_changed_or_logged_out_is_that_at_once() {
    for_each_backend(|database| {
        let stand = Stand::new(database);
        let operator = stand.person("operator1");
        let (one, other) = (stand.person("tenant1"), stand.person("tenant1"));
        one.ask("POST", "/v1/auth/logout").send().must(204);
        assert_eq!(one.get("/v1/me").must(401).code(), "session_ended");
        let me = other.get("/v1/me").must(200);
        let path = format!("/v1/users/{}", me.json()["id"].as_str().unwrap());
        let tag = operator.get(&path).must(200).header("etag").unwrap().to_owned();
        let change = |tag: &str, body: Value| {
            let ask = operator.ask("PATCH", &path).header("if-match", tag);
            ask.json(&body).send()
        };
        change(&tag, json!({"active": false})).must(200);
        assert_eq!(other.get("/v1/me").must(401).code(), "session_ended");
        assert_eq!(
            stand.log_in("tenant1", PASSWORD).must(401).code(),
            "invalid_credentials"
        );
        assert_eq!(
            change(&tag, json!({"active": true})).must(412).code(),
            "version_mismatch"
        );

        let second = stand.person("operator2");
        let (_, _, robot) = machine(&stand, &second, "operator");
        let id = second.get("/v1/me").must(200).json()["id"].as_str().unwrap().to_owned();
        let ended = operator.ask("POST", &format!("/v1/users/{id}/end-sessions")).send();
        ended.must(204);
        second.get("/v1/me").must(401);
        let path = format!("/v1/users/{id}");
        let tag = operator.get(&path).must(200).header("etag").unwrap().to_owned();
        let stopped = json!({"active": false});
        operator
            .ask("PATCH", &path)
            .header("if-match", &tag)
            .json(&stopped)
            .send()
            .must(200);
        assert_eq!(robot.get("/v1/me").must(401).code(), "session_ended");
    });
}

#[test]
fn a_password_can_be_changed_and_guessing_is_locked_out() {
    let stand = Stand::on_sqlite(&[]);
    let (one, other) = (stand.person("tenant1"), stand.person("tenant1"));
    let change = |old: &str, new: &str| {
        let body = json!({"old": old, "new": new});
        one.ask("POST", "/v1/auth/password").json(&body).send()
    };
    assert_eq!(
        change("wrong wrong wrong", "another one for tests").must(403).code(),
        "wrong_password"
    );
    assert_eq!(change(PASSWORD, "short").must(422).code(), "invalid");
    change(PASSWORD, "another one for tests").must(204);
    one.get("/v1/me").must(200);
    assert_eq!(other.get("/v1/me").must(401).code(), "session_ended");
    stand.log_in("tenant1", "another one for tests").must(200);

    for name in ["tenant2", "nobody"] {
        let codes: Vec<(u16, String)> = (0..7)
            .map(|_| stand.log_in(name, "a guess of twelve"))
            .map(|answer| (answer.status, answer.code()))
            .collect();
        assert_eq!(codes[0], (401, "invalid_credentials".to_owned()), "{name}");
        assert_eq!(codes[6], (429, "locked".to_owned()), "{name}");
        let locked = stand.log_in(name, PASSWORD).must(429);
        let seconds: u32 = locked.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=3_600).contains(&seconds), "{seconds}");
    }
}

/// As if the two keys there are had been made so many minutes ago.
fn age_keys(stand: &Stand, older: i64, newer: i64) {
    let mut files: Vec<_> = std::fs::read_dir(stand.keys())
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let name = |minutes: i64| {
        let made = system_now().micros() - minutes * 60_000_000;
        stand.keys().join(format!("{made}.pem"))
    };
    std::fs::rename(&files[1], name(newer)).unwrap();
    std::fs::rename(&files[0], name(older)).unwrap();
}

#[test]
fn keys_are_rotated_while_both_are_known() {
    let mut stand = Stand::on_sqlite(&[]);
    let before = stand.person("tenant1").token().to_owned();
    let kids = |stand: &Stand| {
        let keys = stand.nobody().get("/.well-known/jwks.json").must(200).json();
        let keys = keys["keys"].as_array().unwrap().clone();
        assert!(
            keys.iter()
                .all(|key| key["kty"] == "OKP" && key["alg"] == "EdDSA" && key["d"].is_null())
        );
        keys.iter()
            .map(|key| key["kid"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let first = kids(&stand);
    assert_eq!((first.len(), &parts(&before).0["kid"]), (1, &json!(first[0])));
    // Made now: it is told, and does not sign yet.
    KeyRing::rotate(&stand.keys(), system_now()).unwrap();
    stand.restart();
    assert_eq!(kids(&stand).len(), 2);
    assert_eq!(parts(stand.person("tenant1").token()).0["kid"], first[0]);
    assert_eq!(status_of(&stand, &before).0, 200);
    // As if it had been made eleven minutes ago, the first one long before: it signs, and the first one still checks.
    age_keys(&stand, 60, 11);
    stand.restart();
    let after = stand.person("tenant1").token().to_owned();
    assert_ne!(parts(&after).0["kid"], first[0]);
    assert_eq!((status_of(&stand, &before).0, status_of(&stand, &after).0), (200, 200));
    // As if that had been an hour ago: the first one is retired, though its token is young.
    age_keys(&stand, 120, 60);
    stand.restart();
    assert_eq!(kids(&stand).len(), 1);
    assert_eq!(status_of(&stand, &before), (401, "invalid_token".to_owned()));
    assert_eq!(status_of(&stand, &after).0, 200);
}
