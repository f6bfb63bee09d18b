//! Receipts, checkpoints and proofs over HTTP.

use qiantang::app::clock::system_now;
use qiantang::app::log::checkpoint::Checkpoint;
use qiantang::app::log::key::Verifier;
use qiantang::app::log::ring;
use qiantang::app::log::saved::{SavedProof, SavedProofError};
use qiantang::domain::log::{Hash, Suite, check_consistency, check_inclusion};
use qiantang::store::log::birth;
use serde_json::{Value, json};

use crate::api::stand::{Stand, bid, listing};
use crate::harness::{TestDatabase, for_each_backend};

pub fn hash(value: &Value) -> Hash {
    let text = value.as_str().unwrap();
    let byte = |place: usize| u8::from_str_radix(&text[place..place + 2], 16).unwrap();
    let bytes: Vec<u8> = (0..text.len()).step_by(2).map(byte).collect();
    bytes.try_into().unwrap()
}

pub fn keys(stand: &Stand) -> Vec<Verifier> {
    let log = stand.person("auditor1").get("/v1/audit/log").must(200).json();
    let keys = log["keys"].as_array().unwrap();
    keys.iter()
        .map(|key| key["key"].as_str().unwrap().parse().unwrap())
        .collect()
}

pub fn seal(stand: &Stand) -> Value {
    let auditor = stand.person("auditor1");
    auditor.ask("POST", "/v1/audit/checkpoints").send().must(200).json()
}

fn prove_a_bid(stand: &Stand) {
    stand
        .person("provider1")
        .post("/v1/listings", &listing("9.000000"))
        .must(201);
    let tenant = stand.person("tenant1");
    let placed = tenant.post("/v1/bids", &bid("9.000000")).must(201).json();
    let (seq, leaf) = (
        placed["receipt"]["seq"].as_u64().unwrap(),
        hash(&placed["receipt"]["leaf"]),
    );
    let path = format!("/v1/audit/proofs/receipt?seq={seq}");
    assert_eq!(tenant.get(&path).must(400).code(), "invalid_parameter");
    let sealed = seal(stand);
    assert!(sealed["size"].as_u64().unwrap() > seq);
    let keys = keys(stand);
    let kept = tenant.get(&path).must(200);
    assert_eq!(kept.header("content-type"), Some("text/plain; charset=utf-8"));
    let proof = SavedProof::parse(&kept.text).unwrap();
    assert_eq!((proof.index, proof.written()), (seq - 1, kept.text.clone()));
    let proved = proof.check(&leaf, &keys, &[]).unwrap();
    assert_eq!(proved.checkpoint.size, sealed["size"].as_u64().unwrap());
    let other = proof.check(&[7; 32], &keys, &[]).unwrap_err();
    assert!(matches!(other, SavedProofError::Disproved(_)), "{other}");
    let lease = placed["fills"][0]["lease"].as_str().unwrap();
    let filled = stand
        .person("provider1")
        .get(&format!("/v1/leases/{lease}"))
        .must(200)
        .json()["leaf"]
        .clone();
    let events = stand
        .person("auditor1")
        .get("/v1/audit/events?kind=filled")
        .must(200)
        .json();
    let event = events["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|event| event["seq"] == filled);
    let event = event.unwrap_or_else(|| panic!("{filled}: {events}"));
    assert!(event["body"].as_str().unwrap().contains(lease), "{event}");
    let path = format!("/v1/audit/proofs/inclusion?seq={filled}");
    assert_eq!(tenant.get(&path).must(200).json()["leaf"], event["leaf"]);
    let events = stand
        .person("auditor1")
        .get("/v1/audit/events?limit=1")
        .must(200)
        .json();
    assert_eq!(hash(&events["items"][0]["leaf"]).len(), 32);
}

#[test]
fn the_holder_of_a_receipt_proves_that_it_was_recorded() {
    for_each_backend(|database| prove_a_bid(&Stand::with(database, &[("log_checkpoint_seconds", "0")])));
}

#[test]
fn a_log_of_sm3_and_sm2_proves_as_well() {
    let database = TestDatabase::sqlite();
    qiantang::store::migrate(&database.url).unwrap();
    birth(&database.url, Suite::Sm3Sm2, system_now()).unwrap();
    let stand = Stand::with(&database, &[("log_suite", "sm3-sm2"), ("log_checkpoint_seconds", "0")]);
    prove_a_bid(&stand);
    assert_eq!(keys(&stand)[0].suite(), Some(Suite::Sm3Sm2));
}

#[test]
fn checkpoints_and_proofs_fit_together() {
    for_each_backend(|database| {
        let stand = Stand::with(database, &[("log_checkpoint_seconds", "0")]);
        let tenant = stand.person("tenant1");
        assert_eq!(tenant.get("/v1/audit/checkpoint").must(404).code(), "not_found");
        let first = seal(&stand);
        assert_eq!(seal(&stand), first, "nothing has happened");
        stand
            .person("provider1")
            .post("/v1/listings", &listing("9.000000"))
            .must(201);
        let second = seal(&stand);
        let (old, new) = (first["size"].as_u64().unwrap(), second["size"].as_u64().unwrap());
        assert!(old < new);
        let (keys, suite) = (keys(&stand), Suite::Sha256Ed25519);
        for (path, view) in [
            ("/v1/audit/checkpoint".to_owned(), &second),
            (format!("/v1/audit/checkpoint?size={old}"), &first),
        ] {
            let note = tenant.get(&path).must(200).text;
            assert_eq!(note, view["note"]);
            let (checkpoint, _, _) = Checkpoint::open(&note, &keys).unwrap();
            assert_eq!(
                (checkpoint.size, checkpoint.root),
                (view["size"].as_u64().unwrap(), hash(&view["root"]))
            );
            assert_eq!(checkpoint.origin, "qiantang.local/log");
        }
        let listed = tenant.get("/v1/audit/checkpoints").must(200).json();
        assert_eq!(listed["items"], json!([second, first]));
        let chain = tenant
            .get(&format!("/v1/audit/proofs/consistency?from={old}"))
            .must(200)
            .json();
        let proof: Vec<Hash> = chain["hashes"].as_array().unwrap().iter().map(hash).collect();
        let (one, other) = (hash(&first["root"]), hash(&second["root"]));
        assert_eq!(check_consistency(suite, (old, &one), (new, &other), &proof), Ok(()));
        let path = format!("/v1/audit/proofs/inclusion?seq=3&size={old}");
        let found = tenant.get(&path).must(200).json();
        let proof: Vec<Hash> = found["hashes"].as_array().unwrap().iter().map(hash).collect();
        assert_eq!(
            check_inclusion(suite, (2, &hash(&found["leaf"])), (old, &one), &proof),
            Ok(())
        );
        for wrong in [
            "inclusion?seq=0".to_owned(),
            format!("inclusion?seq={}", new + 1),
            "inclusion?seq=1&size=99999999".to_owned(),
            "consistency?from=5&to=4".to_owned(),
            "consistency?from=99999999".to_owned(),
            "receipt?seq=99999999".to_owned(),
            "receipt?seq=0".to_owned(),
        ] {
            let answer = tenant.get(&format!("/v1/audit/proofs/{wrong}")).must(400);
            assert_eq!(answer.code(), "invalid_parameter", "{wrong}");
        }
    });
}

#[test]
fn keys_rotate_with_an_overlap_and_stay_published() {
    let database = TestDatabase::sqlite();
    let mut stand = Stand::with(&database, &[("log_checkpoint_seconds", "0")]);
    let first = seal(&stand);
    let old = keys(&stand);
    let folder = stand.keys().with_file_name("log-keys");
    let log = ("qiantang.local/log", Suite::Sha256Ed25519);
    let new: Verifier = ring::rotate(&folder, log, system_now()).unwrap().parse().unwrap();
    let both = seal(&stand);
    assert_eq!(both["size"], first["size"], "the keys alone are a reason");
    let signatures = |view: &Value| view["note"].as_str().unwrap().matches('\u{2014}').count();
    assert_eq!((signatures(&first), signatures(&both)), (1, 2));
    let note = both["note"].as_str().unwrap();
    for trusted in [&old[..], std::slice::from_ref(&new)] {
        Checkpoint::open(note, trusted).unwrap();
    }
    assert_eq!(keys(&stand).len(), 2);
    stand.set("log_key_overlap_hours", "0");
    stand.restart();
    let alone = seal(&stand);
    assert_eq!(signatures(&alone), 1);
    Checkpoint::open(alone["note"].as_str().unwrap(), &[new]).unwrap();
    let log = stand.person("tenant1").get("/v1/audit/log").must(200).json();
    assert_eq!(log["keys"].as_array().unwrap().len(), 2, "{log}");
    assert!(log["keys"][0]["signs_until"].is_string(), "{log}");
    assert!(log["keys"][1]["signs_until"].is_null(), "{log}");
}

#[test]
fn another_name_or_other_algorithms_are_refused_at_the_start() {
    use qiantang::api::running::Running;
    use qiantang::api::settings::Settings;
    let database = TestDatabase::sqlite();
    let stand = Stand::with(&database, &[("log_checkpoint_seconds", "0")]);
    seal(&stand);
    let keys = stand.keys();
    drop(stand);
    for (name, value, expected) in [
        ("log_origin", "other.example/log", "is called \"qiantang.local/log\""),
        ("log_suite", "sm3-sm2", "is sha256-ed25519, not sm3-sm2"),
    ] {
        let other = tempfile::tempdir().unwrap();
        let place = other.path().join("keys").display().to_string();
        let given = [("listen", "127.0.0.1:0"), ("keys", &place), (name, value)];
        let given = given.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let settings = Settings::new(&given.into_iter().collect()).unwrap();
        let refused = Running::start(settings, &database.url, false).err().unwrap();
        assert!(refused.to_string().contains(expected), "{refused}");
    }
    assert!(!keys.exists());
}
