//! Witnesses: what they sign, and what they refuse.

use std::path::Path;
use std::time::{Duration, Instant};

use qiantang::api::witness::WitnessServer;
use qiantang::app::log::checkpoint::Checkpoint;
use qiantang::app::log::key::{KeyKind, Signer, Verifier};
use qiantang::app::log::note::{Note, Signature};
use qiantang::app::log::ring;
use qiantang::app::log::saved::{SavedProof, SavedProofError};
use qiantang::app::log::witness::{Refused, Witness};
use qiantang::domain::log::{Growth, Hash, Subtrees, Suite, consistency};
use qiantang::domain::text::base64;
use qiantang::domain::time::Timestamp;
use serde_json::Value;

use super::http::{hash, keys, seal};
use crate::api::stand::{Stand, bid, listing};
use crate::harness::TestDatabase;

const NOON: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);
const SUITE: Suite = Suite::Sha256Ed25519;
const LOG: &str = "test.example/log";

/// A log in memory: leaves that say which history they are of.
struct Story(Vec<String>);

impl Subtrees for Story {
    type Error = std::convert::Infallible;

    fn roots(&mut self, height: u32, first: u64, count: u64) -> Result<Vec<Hash>, Self::Error> {
        assert_eq!(height, 0);
        let leaves = self.0.iter().skip(usize::try_from(first).unwrap());
        let leaves = leaves.take(usize::try_from(count).unwrap());
        Ok(leaves.map(|leaf| SUITE.leaf(leaf.as_bytes())).collect())
    }
}

impl Story {
    fn new(name: &str, leaves: usize) -> Story {
        Story((0..leaves).map(|number| format!("{name} {number}")).collect())
    }

    fn root(&self, size: usize) -> Hash {
        let mut growth = Growth::new(SUITE);
        self.0[..size]
            .iter()
            .for_each(|leaf| growth.add(leaf.as_bytes(), &mut Vec::new()));
        growth.root()
    }

    fn note(&self, signer: &Signer, size: usize) -> String {
        let checkpoint = Checkpoint {
            origin: signer.verifier().name().to_owned(),
            size: u64::try_from(size).unwrap(),
            root: self.root(size),
        };
        Note::sign(checkpoint.text(), [signer], NOON).written()
    }

    fn letter(&mut self, signer: &Signer, old: usize, new: usize) -> String {
        let sizes = [old, new].map(|size| u64::try_from(size).unwrap());
        let proof = consistency(SUITE, self, sizes[0], sizes[1])
            .unwrap()
            .unwrap_or_default();
        let lines: String = proof.iter().map(|hash| base64(hash) + "\n").collect();
        format!("old {old}\n{lines}\n{}", self.note(signer, new))
    }
}

struct Town {
    folder: tempfile::TempDir,
    log: Signer,
}

impl Town {
    fn new() -> Town {
        let folder = tempfile::tempdir().unwrap();
        ring::write_new(
            &folder.path().join("witness.key"),
            "witness.example",
            KeyKind::Cosignature,
        )
        .unwrap();
        Town {
            folder,
            log: Signer::generate(LOG, KeyKind::Ed25519).unwrap(),
        }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn witness(&self) -> Witness {
        witness(self.folder.path(), vec![self.log.verifier().clone()])
    }
}

fn witness(folder: &Path, logs: Vec<Verifier>) -> Witness {
    let key = ring::read_key(&folder.join("witness.key")).unwrap();
    Witness::open(key, logs, &folder.join("witness.json")).unwrap()
}

#[test]
fn a_witness_signs_what_goes_on_from_what_it_has_signed() {
    let (town, mut story) = (Town::new(), Story::new("true", 100));
    let first = town.witness();
    for (old, new) in [(0, 7), (7, 7), (7, 64), (64, 100)] {
        let line = first.add_checkpoint(&story.letter(&town.log, old, new), NOON).unwrap();
        let signature = Signature::parse(&line).unwrap();
        let note = Note::parse(&story.note(&town.log, new)).unwrap();
        let signed = signature.check(first.verifier(), &note.text).unwrap();
        assert_eq!(signed.at_seconds, Some(1_790_000_000), "{old} to {new}");
    }
    // What it has signed it knows after a restart, too.
    drop(first);
    let again = town.witness();
    let conflict = again.add_checkpoint(&story.letter(&town.log, 0, 100), NOON);
    assert!(matches!(conflict, Err(Refused::Conflict(100))), "{conflict:?}");
    again.add_checkpoint(&story.letter(&town.log, 100, 100), NOON).unwrap();
}

#[test]
fn a_witness_refuses_another_past() {
    let (town, mut story, mut other) = (Town::new(), Story::new("true", 100), Story::new("forged", 100));
    let witness = town.witness();
    witness.add_checkpoint(&story.letter(&town.log, 0, 50), NOON).unwrap();
    let state = std::fs::read_to_string(town.path("witness.json")).unwrap();
    let forged = witness.add_checkpoint(&other.letter(&town.log, 50, 80), NOON);
    assert!(matches!(forged, Err(Refused::Inconsistent(_))), "{forged:?}");
    let same_size = witness.add_checkpoint(&other.letter(&town.log, 50, 50), NOON);
    assert!(matches!(same_size, Err(Refused::Conflict(50))), "{same_size:?}");
    let smaller = witness.add_checkpoint(&story.letter(&town.log, 20, 40), NOON);
    assert!(matches!(smaller, Err(Refused::Conflict(50))), "{smaller:?}");
    let anew = witness.add_checkpoint(&other.letter(&town.log, 0, 80), NOON);
    assert!(matches!(anew, Err(Refused::Conflict(50))), "{anew:?}");
    assert_eq!(std::fs::read_to_string(town.path("witness.json")).unwrap(), state);
}

#[test]
fn a_witness_refuses_what_is_not_signed_known_or_readable() {
    let (town, mut story) = (Town::new(), Story::new("true", 10));
    let witness = town.witness();
    let letter = story.letter(&town.log, 0, 10);
    let thief = Signer::generate(LOG, KeyKind::Ed25519).unwrap();
    let stranger = Signer::generate("other.example/log", KeyKind::Ed25519).unwrap();
    for (body, status) in [
        (story.letter(&thief, 0, 10), "no key of the log"),
        (letter.replace("\n10\n", "\n11\n"), "no key of the log"),
        (story.letter(&stranger, 0, 10), "no log that is witnessed"),
        (letter.replace("old 0", "old 00"), "the request must be"),
        (letter.replace("old 0", "old 11"), "the request must be"),
        (letter.replace("old 0\n", "old 0\nAAAA\n"), "the request must be"),
        (
            letter.replace("old 0\n", &format!("old 0\n{}\n", base64(&[1; 32]))),
            "the proof",
        ),
        (String::new(), "the request must be"),
    ] {
        let refused = witness.add_checkpoint(&body, NOON).unwrap_err().to_string();
        assert!(refused.contains(status), "{refused}: {body}");
    }
    witness.add_checkpoint(&letter, NOON).unwrap();
}

#[test]
fn two_witnesses_do_not_share_a_state() {
    let town = Town::new();
    let _first = town.witness();
    let key = ring::read_key(&town.path("witness.key")).unwrap();
    let second = Witness::open(key, vec![town.log.verifier().clone()], &town.path("witness.json"));
    assert!(second.is_err_and(|error| error.to_string().contains("another witness")));
}

/// Asks until it is so.
fn until<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "it never came");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn standing(stand: &Stand) -> Value {
    let log = stand.person("auditor1").get("/v1/audit/log").must(200).json();
    log["witnesses"][0].clone()
}

#[test]
fn a_witness_signs_what_the_exchange_seals_and_finds_a_forked_history() {
    let folder = tempfile::tempdir().unwrap();
    ring::write_new(
        &folder.path().join("witness.key"),
        "witness.example",
        KeyKind::Cosignature,
    )
    .unwrap();
    let log_keys = folder.path().join("log");
    let log = ("qiantang.local/log", SUITE);
    let log: Verifier = ring::rotate(&log_keys, log, NOON).unwrap().parse().unwrap();
    let witness = witness(folder.path(), vec![log]);
    let key = witness.verifier().clone();
    let server = WitnessServer::start(witness, "127.0.0.1:0".parse().unwrap(), false).unwrap();
    let address = format!("{key} http://{}", server.address());
    let place = log_keys.display().to_string();
    let settings = [
        ("log_keys", place.as_str()),
        ("log_witnesses", &address),
        ("log_checkpoint_seconds", "0"),
    ];
    let (one, other) = (TestDatabase::sqlite(), TestDatabase::sqlite());
    let stand = Stand::with(&one, &settings);
    stand
        .person("provider1")
        .post("/v1/listings", &listing("9.000000"))
        .must(201);
    let placed = stand
        .person("tenant1")
        .post("/v1/bids", &bid("9.000000"))
        .must(201)
        .json();
    seal(&stand);
    until(|| standing(&stand)["size"].as_u64());
    let path = format!("/v1/audit/proofs/receipt?seq={}", placed["receipt"]["seq"]);
    let kept = stand.person("tenant1").get(&path).must(200).text;
    let (proof, leaf) = (SavedProof::parse(&kept).unwrap(), hash(&placed["receipt"]["leaf"]));
    let proved = proof.check(&leaf, &keys(&stand), std::slice::from_ref(&key)).unwrap();
    assert_eq!(proved.witnesses[0].0, "witness.example");
    let another = Signer::generate("another.example", KeyKind::Cosignature).unwrap();
    let unwitnessed = proof.check(&leaf, &keys(&stand), &[another.verifier().clone()]);
    assert_eq!(
        unwitnessed,
        Err(SavedProofError::Unwitnessed("another.example".to_owned()))
    );
    let ready = stand.nobody().get("/readyz").must(200).json();
    assert!(ready["witnesses_failing"].is_null(), "{ready}");
    drop(stand);
    // The same log and keys with another history: signed as it should be, and not witnessed.
    let forked = Stand::with(&other, &settings);
    for _ in 0..3 {
        forked
            .person("provider1")
            .post("/v1/listings", &listing("8.000000"))
            .must(201);
    }
    seal(&forked);
    let failure = until(|| standing(&forked)["failure"].as_str().map(str::to_owned));
    assert!(failure.contains("signed"), "{failure}");
    let note = forked.person("auditor1").get("/v1/audit/checkpoint").must(200).text;
    assert_eq!(note.matches('\u{2014}').count(), 1);
    let ready = forked.nobody().get("/readyz").must(200).json();
    assert_eq!(
        ready["witnesses_failing"][0],
        key.to_string(),
        "trading goes on, and says so: {ready}"
    );
    drop(forked);
    server.stop().unwrap();
}
