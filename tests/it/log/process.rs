//! The programs of those who do not trust us.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use super::http::{keys, seal};
use crate::api::stand::{Stand, listing};
use crate::harness::TestDatabase;
use crate::harness::binary::{run, run_well};

#[test]
fn a_kept_proof_is_checked_offline_with_the_key_alone() {
    let database = TestDatabase::sqlite();
    let stand = Stand::with(&database, &[("log_checkpoint_seconds", "0")]);
    let opened = stand
        .person("provider1")
        .post("/v1/listings", &listing("9.000000"))
        .must(201);
    let receipt = opened.json()["receipt"].clone();
    seal(&stand);
    let path = format!("/v1/audit/proofs/receipt?seq={}", receipt["seq"]);
    let kept = stand.person("provider1").get(&path).must(200).text;
    let key = keys(&stand)[0].to_string();
    drop(stand);
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let place = folder.path().join(name);
        std::fs::write(&place, text).unwrap();
        place.display().to_string()
    };
    let (proof, answer) = (write("my.tlog-proof", &kept), write("answer.json", &opened.text));
    let leaf = receipt["leaf"].as_str().unwrap();
    let said = run_well(&["log", "verify-proof", &proof, "--key", &key, "--receipt", &answer]);
    assert!(said.contains("is in the log qiantang.local/log"), "{said}");
    run_well(&["log", "verify-proof", &proof, "--key", &key, "--leaf", leaf]);
    let check = |proof: &str, key: &str, leaf: &str| run(&["log", "verify-proof", proof, "--key", key, "--leaf", leaf]);
    let other = "00".repeat(32);
    assert_eq!(check(&proof, &key, &other).code, Some(1));
    let changed = write("changed", &kept.replacen("index ", "index 1", 1));
    assert_eq!(check(&changed, &key, leaf).code, Some(1));
    let (text, last) = kept.trim_end().rsplit_once(' ').unwrap();
    let forged = write(
        "forged",
        &format!("{text} {}\n", last.replacen(char::is_alphabetic, "Z", 9)),
    );
    assert_eq!(check(&forged, &key, leaf).code, Some(1));
    let cut = write("cut", &kept[..kept.len() / 3]);
    assert_eq!(check(&cut, &key, leaf).code, Some(3));
    assert_eq!(check(&proof, "no key", leaf).code, Some(3));
}

#[test]
fn the_witness_is_a_process_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).display().to_string();
    let (keys, key, state) = (place("keys"), place("witness.key"), place("state.json"));
    let log = run_well(&["log", "rotate", "--keys", &keys, "--origin", "city.example/log"]);
    let arguments = [
        "witness",
        "--listen",
        "127.0.0.1:0",
        "--key",
        &key,
        "--state",
        &state,
        "--log",
        log.trim(),
    ];
    let mut child = Command::new(env!("CARGO_BIN_EXE_qiantang"))
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut said)
        .unwrap();
    let (vkey, url) = said.trim().split_once(' ').unwrap();
    assert!(vkey.starts_with("witness.local+"), "{said}");
    let ask = |body: &str| {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let answer = agent.post(format!("{url}/add-checkpoint")).send(body).unwrap();
        answer.status().as_u16()
    };
    assert_eq!(ask("nonsense"), 400);
    assert_eq!(
        ask("old 0\n\nother.example\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n\u{2014} a AAAAAAAA\n"),
        404
    );
    assert_eq!(
        ask("old 0\n\ncity.example/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n\u{2014} a AAAAAAAA\n"),
        403
    );
    child.kill().unwrap();
    child.wait().unwrap();
}
