//! Documents over HTTP.

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::api::client::{Answer, Client};
use crate::api::stand::Stand;
use crate::harness::for_each_backend;

const INVOICE: &[u8] = b"%PDF-1.7 an invoice of 1,000.00";
/// SHA-256 of it in base 64, as RFC 9530 writes digests.
const DIGEST: &str = "sha-256=:jjvPDcdI4iLKmVXlj1MbywRFjTHagUXrrU+c1KCOu7k=:";

fn hand_in(client: &Client, media_type: &str, content: &[u8]) -> Answer {
    client.ask("POST", "/v1/documents").bytes(media_type, content).send()
}

fn hash(content: &[u8]) -> String {
    let hash: [u8; 32] = Sha256::digest(content).into();
    qiantang::domain::text::hex(&hash)
}

#[test]
fn a_document_comes_back_as_it_was_handed_in_to_whoever_did_so() {
    for_each_backend(|database| {
        let mut stand = Stand::new(database);
        let tenant = stand.person("tenant1");
        let made = hand_in(&tenant, "application/pdf", INVOICE).must(201);
        let expected = json!({"hash": hash(INVOICE), "size": INVOICE.len(), "media_type": "application/pdf"});
        assert_eq!(made.json(), expected);
        let path = format!("/v1/documents/{}", hash(INVOICE));
        assert_eq!(made.header("location"), Some(path.as_str()));
        let again = hand_in(&tenant, "application/pdf; charset=x", INVOICE).must(201);
        assert_eq!(again.text, made.text);
        stand.restart();
        let found = stand.person("tenant1").get(&path).must(200);
        assert_eq!(found.bytes, INVOICE);
        assert_eq!(found.header("content-type"), Some("application/pdf"));
        assert_eq!(found.header("x-content-type-options"), Some("nosniff"));
        let name = format!("attachment; filename=\"{}.pdf\"", hash(INVOICE));
        assert_eq!(found.header("content-disposition"), Some(name.as_str()));
        for other in ["tenant2", "provider1", "issuer1"] {
            assert_eq!(stand.person(other).get(&path).must(404).code(), "not_found", "{other}");
        }
    });
}

#[test]
fn a_document_of_many_parts_is_not_mixed_up() {
    let stand = Stand::on_sqlite(&[]);
    let tenant = stand.person("tenant1");
    let lines: String = (0..200_000).map(|number| format!("{number},reading\n")).collect();
    let made = hand_in(&tenant, "text/csv", lines.as_bytes()).must(201);
    assert_eq!(made.json()["hash"], hash(lines.as_bytes()));
    let path = format!("/v1/documents/{}", hash(lines.as_bytes()));
    assert!(tenant.get(&path).must(200).bytes == lines.as_bytes());
}

#[test]
fn what_is_no_document_is_refused_and_nothing_is_kept() {
    let stand = Stand::on_sqlite(&[("document_max_bytes", "1024"), ("document_org_max_mib", "1")]);
    let tenant = stand.person("tenant1");
    let page = b"<html><script>alert(1)</script></html>";
    for (media_type, content, status, code) in [
        ("text/html", &page[..], 415, "unsupported_media_type"),
        ("application/pdf", page, 400, "invalid_parameter"),
        ("application/pdf", b"", 400, "unreadable"),
        ("text/plain", &[b'a'; 1_025], 413, "body_too_large"),
    ] {
        let refused = hand_in(&tenant, media_type, content).must(status);
        assert_eq!(refused.code(), code, "{media_type}");
        let path = format!("/v1/documents/{}", hash(content));
        tenant.get(&path).must(404);
    }
    let announced = |digest: &str| {
        let ask = tenant.ask("POST", "/v1/documents").bytes("application/pdf", INVOICE);
        ask.header("content-digest", digest).send()
    };
    announced(DIGEST).must(201);
    announced("md5=:AAAA:").must(201);
    let other = DIGEST.replace("jjvP", "jjvQ");
    assert_eq!(
        announced(&other).must(400).json()["errors"][0]["pointer"],
        "/Content-Digest"
    );
    announced("sha-256=:AAAA:").must(400);
    for auditor in ["auditor1", "operator1"] {
        let refused = hand_in(&stand.person(auditor), "application/pdf", INVOICE).must(403);
        assert_eq!(refused.code(), "forbidden");
    }
}

#[test]
fn an_organisation_hands_in_so_much_and_no_more() {
    let stand = Stand::on_sqlite(&[("document_org_max_mib", "1")]);
    let tenant = stand.person("tenant1");
    let large = |letter: u8| vec![letter; 600_000];
    hand_in(&tenant, "text/plain", &large(b'a')).must(201);
    let refused = hand_in(&tenant, "text/plain", &large(b'b')).must(422);
    assert_eq!(refused.code(), "limit");
    hand_in(&tenant, "text/plain", &large(b'a')).must(201);
    hand_in(&stand.person("tenant2"), "text/plain", &large(b'b')).must(201);
}
