use std::fs;
use std::path::Path;

use jsonwebtoken::{EncodingKey, encode};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::domain::id::{KeyId, OrgId, SessionId, UserId};
use crate::domain::user::Role;

const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_500_000);

fn caller() -> Caller {
    Caller {
        user: UserId(3),
        org: OrgId(7),
        roles: vec![Role::Tenant],
        session: SessionId(9),
        key: None,
    }
}

fn open(folder: &Path) -> Tokens {
    let settings = Settings {
        folder: folder.join("keys"),
        issuer: "https://hz.example.cn".to_owned(),
        audience: "qiantang".to_owned(),
        lifetime_seconds: LIFETIME_SECONDS,
    };
    Tokens::open(settings, NOW).unwrap()
}

/// Tokens, and their folder.
fn tokens() -> (Tokens, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (open(folder.path()), folder)
}

fn good_header(tokens: &Tokens) -> Header {
    header(tokens.ring().signing(NOW).unwrap().kid())
}

fn good_claims() -> Value {
    let issued_at = NOW.micros() / 1_000_000;
    json!({
        "iss": "https://hz.example.cn", "aud": "qiantang", "sub": "usr_0000000000003", "org": "org_0000000000007",
        "roles": ["tenant"], "sid": "ses_0000000000009", "exp": issued_at + 600, "nbf": issued_at, "iat": issued_at,
        "jti": "1",
    })
}

/// Signed with our own key, whatever it says.
fn signed(tokens: &Tokens, header: &Header, claims: &Value) -> String {
    encode(header, claims, tokens.ring().signing(NOW).unwrap().private()).unwrap()
}

fn part(value: &Value) -> String {
    base64url(value.to_string().as_bytes())
}

fn base64url(bytes: &[u8]) -> String {
    let text = crate::domain::text::base64(bytes).replace('+', "-").replace('/', "_");
    text.trim_end_matches('=').to_owned()
}

fn verdict(tokens: &Tokens, token: &str) -> Option<TokenError> {
    let first = tokens.verify(token, NOW).err();
    assert_eq!(tokens.verify(token, NOW).err(), first, "the cache says the same");
    first
}

#[test]
fn a_token_says_who_was_let_in() {
    let (tokens, _folder) = tokens();
    let token = tokens.issue(&caller(), NOW).unwrap();
    let claims = tokens.verify(token.expose(), NOW).unwrap();
    assert_eq!(
        (claims.sub.as_str(), claims.org, claims.sid, claims.exp - claims.iat),
        ("usr_0000000000003", OrgId(7), SessionId(9), 600)
    );
    let key = Some(KeyId(5));
    let machine = tokens.issue(&Caller { key, ..caller() }, NOW).unwrap();
    assert_eq!(tokens.verify(machine.expose(), NOW).unwrap().sub, "key_0000000000005");
    assert_ne!(
        tokens.issue(&caller(), NOW).unwrap(),
        token,
        "each has a number of its own"
    );
}

#[test]
fn times_are_checked_each_time() {
    let (tokens, _folder) = tokens();
    let token = tokens.issue(&caller(), NOW).unwrap();
    for (seconds, expected) in [
        (0, None),
        (-5, None),
        (-6, Some(TokenError::NotYet)),
        (604, None),
        (605, Some(TokenError::Expired)),
        (0, None),
    ] {
        let at = Timestamp::from_micros(NOW.micros() + seconds * 1_000_000);
        assert_eq!(tokens.verify(token.expose(), at).err(), expected, "after {seconds} s");
    }
}

#[test]
fn what_somebody_has_made_up_is_refused() {
    let (tokens, _folder) = tokens();
    let good = signed(&tokens, &good_header(&tokens), &good_claims());
    assert_eq!(verdict(&tokens, &good), None, "only what differs from this is wrong");
    let kid = good_header(&tokens).kid.unwrap();
    let parts: Vec<&str> = good.split('.').collect();
    let x = serde_json::to_value(tokens.jwks(NOW)).unwrap()["keys"][0]["x"].clone();
    let with = |change: &dyn Fn(&mut Header)| {
        let mut header = good_header(&tokens);
        change(&mut header);
        signed(&tokens, &header, &good_claims())
    };
    let raw = |header: Value| format!("{}.{}.{}", part(&header), parts[1], parts[2]);
    let hmac = {
        let mut header = good_header(&tokens);
        header.alg = Algorithm::HS256;
        encode(
            &header,
            &good_claims(),
            &EncodingKey::from_secret(x.as_str().unwrap().as_bytes()),
        )
        .unwrap()
    };
    let (other, _other_folder) = self::tokens();
    let strange = encode(
        &good_header(&tokens),
        &good_claims(),
        other.ring().signing(NOW).unwrap().private(),
    )
    .unwrap();
    let mut tampered = good_claims();
    tampered["roles"] = json!(["operator"]);
    let own_jwk = json!({"typ": TYPE, "alg": "EdDSA", "kid": kid, "jwk": {"kty": "OKP", "crv": "Ed25519", "x": x}});
    for (what, token, expected) in [
        (
            "alg none",
            raw(json!({"typ": TYPE, "alg": "none", "kid": kid})),
            TokenError::Foreign,
        ),
        (
            "alg none, unsigned",
            format!("{}.{}.", part(&json!({"alg": "none"})), parts[1]),
            TokenError::Foreign,
        ),
        ("the public key as a secret", hmac, TokenError::Foreign),
        (
            "typ JWT",
            with(&|header| header.typ = Some("JWT".to_owned())),
            TokenError::Foreign,
        ),
        ("no typ", with(&|header| header.typ = None), TokenError::Foreign),
        ("no kid", with(&|header| header.kid = None), TokenError::Foreign),
        (
            "another kid",
            with(&|header| header.kid = Some("x".to_owned())),
            TokenError::UnknownKey,
        ),
        (
            "jku",
            with(&|header| header.jku = Some("https://evil".to_owned())),
            TokenError::Foreign,
        ),
        (
            "x5u",
            with(&|header| header.x5u = Some("https://evil".to_owned())),
            TokenError::Foreign,
        ),
        (
            "x5c",
            with(&|header| header.x5c = Some(vec!["AA==".to_owned()])),
            TokenError::Foreign,
        ),
        (
            "crit",
            with(&|header| header.crit = Some(vec!["exp".to_owned()])),
            TokenError::Foreign,
        ),
        (
            "an unknown header",
            with(&|header| header.extras.insert("b64", false)),
            TokenError::Foreign,
        ),
        ("a key of its own", raw(own_jwk), TokenError::Foreign),
        ("signed by another key", strange, TokenError::Wrong),
        (
            "tampered claims",
            format!("{}.{}.{}", parts[0], part(&tampered), parts[2]),
            TokenError::Wrong,
        ),
        ("no signature", format!("{}.{}.", parts[0], parts[1]), TokenError::Wrong),
        ("one dot", format!("{}.{}", parts[0], parts[1]), TokenError::Foreign),
        ("three dots", format!("{good}.x"), TokenError::Foreign),
        ("empty", String::new(), TokenError::Foreign),
        ("no JSON", "a.b.c".to_owned(), TokenError::Foreign),
        ("huge", "a".repeat(TOKEN_BYTES_MAX + 1), TokenError::TooLong),
    ] {
        assert_eq!(verdict(&tokens, &token), Some(expected), "{what}");
    }
}

#[test]
fn every_claim_is_required_and_right() {
    let (tokens, _folder) = tokens();
    let now = NOW.micros() / 1_000_000;
    let verdict_of = |claims: &Value| verdict(&tokens, &signed(&tokens, &good_header(&tokens), claims));
    for claim in ["iss", "aud", "sub", "org", "roles", "sid", "exp", "nbf", "iat", "jti"] {
        let mut claims = good_claims();
        claims.as_object_mut().unwrap().remove(claim);
        assert_eq!(verdict_of(&claims), Some(TokenError::Wrong), "no {claim}");
    }
    for (claim, value, expected) in [
        ("iss", json!("https://evil.example"), TokenError::Wrong),
        ("aud", json!("somebody"), TokenError::Wrong),
        ("aud", json!(["qiantang", "somebody"]), TokenError::Wrong),
        ("jti", json!(""), TokenError::Wrong),
        ("exp", json!(now - 6), TokenError::Expired),
        ("exp", json!(now + 901), TokenError::Wrong),
        ("exp", json!("soon"), TokenError::Wrong),
        ("exp", json!(i64::MAX), TokenError::Wrong),
        ("nbf", json!(now + 6), TokenError::NotYet),
        ("iat", json!(now + 6), TokenError::NotYet),
        ("roles", json!(["root"]), TokenError::Wrong),
    ] {
        let mut claims = good_claims();
        claims[claim] = value.clone();
        assert_eq!(verdict_of(&claims), Some(expected), "{claim} = {value}");
    }
}

#[test]
fn a_new_key_takes_over_and_the_old_one_retires() {
    let (tokens, _folder) = tokens();
    let old = tokens.issue(&caller(), NOW).unwrap();
    let at = |seconds: u32| NOW.plus_seconds(seconds);
    tokens.rotate(at(1)).unwrap();
    let overlap = tokens.issue(&caller(), at(600)).unwrap();
    let kid = |token: &Secret| jsonwebtoken::decode_header(token.expose()).unwrap().kid;
    assert_eq!(kid(&overlap), kid(&old), "the new key waits until others know it");
    let new = tokens.issue(&caller(), at(601)).unwrap();
    assert_ne!(kid(&new), kid(&old));
    assert_eq!(tokens.verify(overlap.expose(), at(1199)).err(), None);
    assert_eq!(tokens.verify(new.expose(), at(601)).err(), None);
    // Whoever has stolen the old key can sign what it likes, for as long as the key counts.
    let ring = tokens.ring();
    let stolen = ring.verifying(&kid(&old).unwrap(), NOW).unwrap();
    let mut claims = good_claims();
    for claim in ["iat", "nbf"] {
        claims[claim] = json!(at(1500).micros() / 1_000_000);
    }
    claims["exp"] = json!(at(2000).micros() / 1_000_000);
    let forged = encode(&header(stolen.kid()), &claims, stolen.private()).unwrap();
    assert_eq!(tokens.verify(&forged, at(1500)).err(), None);
    assert_eq!(
        tokens.verify(&forged, at(1506)).err(),
        Some(TokenError::UnknownKey),
        "from the cache"
    );
    tokens.reload(at(1506)).unwrap();
    assert_eq!(tokens.verify(&forged, at(1506)).err(), Some(TokenError::UnknownKey));
    assert_eq!(
        (tokens.jwks(at(1505)).keys.len(), tokens.jwks(at(1506)).keys.len()),
        (2, 1)
    );
}

#[test]
fn a_removed_key_counts_no_more_after_reloading() {
    let (tokens, folder) = tokens();
    let token = tokens.issue(&caller(), NOW).unwrap();
    assert_eq!(verdict(&tokens, token.expose()), None);
    for entry in fs::read_dir(folder.path().join("keys")).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    tokens.reload(NOW).unwrap();
    assert_eq!(verdict(&tokens, token.expose()), Some(TokenError::UnknownKey));
}

#[test]
fn the_public_document_has_no_private_part() {
    let (tokens, _folder) = tokens();
    let document = serde_json::to_value(tokens.jwks(NOW)).unwrap();
    let key = document["keys"][0].as_object().unwrap();
    let names: Vec<&str> = key.keys().map(String::as_str).collect();
    assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x"]);
    assert_eq!(
        (&key["kty"], &key["crv"], &key["alg"]),
        (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA"))
    );
    let kid = key["kid"].as_str().unwrap();
    let canonical = format!(
        r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#,
        key["x"].as_str().unwrap()
    );
    assert_eq!(kid, base64url(&cache::digest(&canonical)), "RFC 7638");
    let printed = format!("{tokens:?}");
    assert!(printed.contains(kid) && !printed.contains("private"), "{printed}");
}

#[test]
fn the_cache_is_bounded_and_keeps_what_is_used() {
    let mut cache = Cache::default();
    let claims: Claims = serde_json::from_value(good_claims()).unwrap();
    let known = Known {
        claims: Arc::new(claims),
        retires_at: None,
    };
    let name = |number: usize| cache::digest(&number.to_string());
    let used = name(0);
    for number in 0..cache::GENERATION_MAX * 3 {
        cache.add(name(number), known.clone());
        assert!(number % 1000 != 0 || cache.find(&used).is_some(), "{number}");
    }
    assert!(cache.find(&name(1)).is_none());
    assert!(cache.len() <= 2 * cache::GENERATION_MAX);
}
