//! The agent.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use qiantang::app::clock::system_now;
use qiantang::domain::time::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::api::stand::Stand;
use crate::harness::binary::{Ended, run};
use crate::harness::{TestDatabase, for_each_backend};

/// What a node with eight cards tells, one of which has fallen off its bus and one of which only had a faulty program.
const DCGM: &str = include_str!("dcgm.txt");

/// An exporter that tells a text; none: it has an error.
struct Exporter {
    address: SocketAddr,
    text: Arc<Mutex<Option<String>>>,
}

impl Exporter {
    fn new() -> Exporter {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let text: Arc<Mutex<Option<String>>> = Arc::default();
        let told = Arc::clone(&text);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
                let text = told.lock().unwrap().clone();
                let (status, text) = text.map_or((500, String::new()), |text| (200, text));
                let length = text.len();
                let head = format!("HTTP/1.1 {status} x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
                stream.write_all((head + &text).as_bytes()).unwrap();
            }
        });
        Exporter { address, text }
    }

    fn tells(&self, text: Option<&str>) {
        *self.text.lock().unwrap() = text.map(str::to_owned);
    }
}

/// A provider's node, and a service whose tenant has its cards now.
struct Node {
    folder: TempDir,
    exporter: Exporter,
    stand: Stand,
    lease: String,
    key: String,
}

impl Node {
    fn new(database: &TestDatabase) -> Node {
        let stand = Stand::renting(database);
        let provider = stand.person("provider1");
        let lease = provider.get("/v1/leases").must(200).json()["items"][0]["id"].clone();
        let key = json!({"name": "agent", "roles": ["provider"]});
        let key = provider.ask("POST", "/v1/api-keys").json(&key).send().must(201).json();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("api.key"), key["api_key"].as_str().unwrap()).unwrap();
        let place = folder.path().join("agent.pem").display().to_string();
        let made = run(&["agent", "key", "--out", &place]);
        assert_eq!(
            (made.code, made.said.trim().len()),
            (Some(0), 44),
            "{}",
            made.complained
        );
        let key = json!({"name": "node 7", "public_key": made.said.trim(), "required": true});
        let key = provider.post("/v1/usage-keys", &key).must(201).json();
        let node = Node {
            folder,
            exporter: Exporter::new(),
            lease: lease.as_str().unwrap().to_owned(),
            key: key["id"].as_str().unwrap().to_owned(),
            stand,
        };
        node.configure(&format!("http://{}", node.stand.nobody().address()), "");
        node
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn place(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    fn configure(&self, exchange: &str, more: &str) {
        let devices: Vec<String> = (0..8)
            .map(|card| format!("GPU-{card:08}-2c61-6f1b-1f3a-8d0f7a6b5c4{card}"))
            .collect();
        let (url, lease, key) = (self.exporter.address, &self.lease, &self.key);
        let config = format!(
            "exchange = {exchange:?}\napi_key_file = \"api.key\"\nsigning_key_file = \"agent.pem\"\nagent_key = {key:?}\n\
            source = \"agent/7\"\nspool = \"spool\"\n\n[[endpoints]]\nname = \"rack\"\nurl = \"http://{url}/metrics\"\n\
            exporter = \"dcgm\"\n\n[[leases]]\nlease = {lease:?}\nendpoint = \"rack\"\ndevices = {devices:?}\n{more}"
        );
        fs::write(self.path("agent.toml"), config).unwrap();
    }

    /// As if the cards had been seen so many seconds ago, all of them well.
    fn seen_before(&self, seconds: i64) {
        // The agent looks at whole seconds.
        let at = Timestamp::from_micros((system_now().micros() / 1_000_000 - seconds) * 1_000_000);
        let devices: Vec<String> = (0..8)
            .map(|card| format!("GPU-{card:08}-2c61-6f1b-1f3a-8d0f7a6b5c4{card}"))
            .collect();
        let memory = json!({"seen": {"rack": {"at": at, "well": devices}}, "until": {}});
        fs::create_dir_all(self.path("spool")).unwrap();
        fs::write(self.path("spool/memory.json"), memory.to_string()).unwrap();
    }

    fn round(&self) -> Ended {
        run(&["agent", "--once", "--config", &self.place("agent.toml")])
    }

    fn spooled(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.path("spool/events.jsonl")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// What the exchange knows of the lease's usage.
    fn reported(&self) -> Vec<Value> {
        let path = format!("/v1/leases/{}/usage", self.lease);
        let shown = self.stand.person("provider1").get(&path).must(200).json();
        shown["items"].as_array().unwrap().clone()
    }
}

#[test]
fn what_cards_deliver_is_reported_and_what_nobody_saw_is_not() {
    for_each_backend(|database| {
        let node = Node::new(database);
        // The exporter is down: unknown, not down.
        node.seen_before(60);
        node.exporter.tells(None);
        let ended = node.round();
        assert_eq!(ended.code, Some(0), "{}", ended.complained);
        assert!(
            ended.complained.contains("an exporter tells nothing"),
            "{}",
            ended.complained
        );
        // It is back: what was before the gap is not known.
        node.exporter.tells(Some(DCGM));
        assert_eq!(node.round().code, Some(0));
        assert_eq!(node.spooled(), [Value::Null; 0]);
        // Half of an answer is none.
        node.seen_before(60);
        node.exporter.tells(Some(&DCGM[..DCGM.len() / 2]));
        assert_eq!(node.round().code, Some(0));
        assert_eq!(node.spooled(), [Value::Null; 0]);
        // One of eight cards has failed since.
        node.seen_before(60);
        node.exporter.tells(Some(DCGM));
        let ended = node.round();
        assert_eq!(ended.code, Some(0), "{}", ended.complained);
        let events = node.spooled();
        assert_eq!(events.len(), 1);
        assert_eq!(events[0]["agentkey"], node.key.as_str());
        assert!(events[0]["signature"].is_string());
        let told = &events[0]["data"];
        let seconds = told["card_seconds"].as_i64().unwrap() / 7;
        assert!((60..=90).contains(&seconds), "{told}");
        let reported = node.reported();
        assert_eq!(reported.len(), 1);
        assert_eq!(
            (&reported[0]["cards_up"], &reported[0]["card_seconds"]),
            (&json!(7), &told["card_seconds"])
        );
        // An acknowledgement that was lost: the same event again does no harm.
        fs::remove_file(node.path("spool/sent")).unwrap();
        node.exporter.tells(None);
        let ended = node.round();
        assert_eq!(ended.code, Some(0), "{}", ended.complained);
        assert!(!node.path("spool/refused.jsonl").exists());
        assert_eq!(node.reported().len(), 1);
    });
}

#[test]
fn what_could_not_be_sent_is_sent_after_a_restart() {
    let database = TestDatabase::sqlite();
    let node = Node::new(&database);
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    node.configure(&format!("http://127.0.0.1:{port}"), "");
    node.seen_before(120);
    node.exporter.tells(Some(DCGM));
    let ended = node.round();
    assert_eq!(ended.code, Some(4), "{}", ended.complained);
    let waiting = node.spooled();
    assert_eq!(waiting.len(), 1);
    // Killed before it remembered: what waits is not reported once more.
    node.seen_before(121);
    assert_eq!(node.round().code, Some(4));
    let spooled = node.spooled();
    let from = &spooled.last().unwrap()["data"]["from"];
    assert!(
        spooled.len() == 1 || *from == waiting[0]["data"]["until"],
        "{spooled:?}"
    );
    node.configure(&format!("http://{}", node.stand.nobody().address()), "");
    node.exporter.tells(None);
    let ended = node.round();
    assert_eq!(ended.code, Some(0), "{}", ended.complained);
    assert_eq!(node.reported().len(), spooled.len());
    assert!(!node.path("spool/refused.jsonl").exists());
}

#[test]
fn what_the_exchange_refuses_is_kept_with_its_reason() {
    let database = TestDatabase::sqlite();
    let node = Node::new(&database);
    let exchange = format!("http://{}", node.stand.nobody().address());
    let foreign = "\n[[leases]]\nlease = \"lse_0000000000zzz\"\nendpoint = \"rack\"\n\
        devices = [\"GPU-00000000-2c61-6f1b-1f3a-8d0f7a6b5c40\"]\n";
    node.configure(&exchange, foreign);
    node.seen_before(60);
    node.exporter.tells(Some(DCGM));
    let ended = node.round();
    assert_eq!(ended.code, Some(2), "{}", ended.complained);
    assert!(ended.complained.contains("lease_not_found"), "{}", ended.complained);
    let kept = fs::read_to_string(node.path("spool/refused.jsonl")).unwrap();
    assert_eq!(kept.lines().count(), 1);
    assert!(kept.contains("lse_0000000000zzz"), "{kept}");
    assert_eq!(node.reported().len(), 1, "the other one counts");
    node.exporter.tells(None);
    assert_eq!(node.round().code, Some(0), "it is not sent again");
}

#[test]
fn a_wrong_configuration_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("agent.toml");
    let right = "exchange = \"http://127.0.0.1:1\"\napi_key_file = \"k\"\nsource = \"a\"\nspool = \"s\"\n";
    let endpoint = |exporter: &str| {
        format!("[[endpoints]]\nname = \"rack\"\nurl = \"http://127.0.0.1:1\"\nexporter = \"{exporter}\"\n")
    };
    let lease = "[[leases]]\nlease = \"lse_0000000000001\"\nendpoint = \"rack\"\ndevices = [\"a\"]\n";
    for (text, expected) in [
        (
            format!("{right}colour = \"red\"\nendpoints = []\nleases = []\n"),
            "colour",
        ),
        (format!("{right}{}leases = []\n", endpoint("none")), "leases"),
        (
            format!("{right}{}{lease}", endpoint("none")),
            "no exporter is called \"none\"",
        ),
        (
            format!("{right}endpoints = []\n{lease}"),
            "no endpoint is called \"rack\"",
        ),
        (format!("{right}{}{lease}{lease}", endpoint("dcgm")), "is there twice"),
        (
            format!("{right}interval_seconds = 0\nendpoints = []\nleases = []\n"),
            "interval_seconds",
        ),
        (format!("{right}{}{lease}", endpoint("dcgm")), "k: "),
    ] {
        fs::write(&file, &text).unwrap();
        let ended = run(&["agent", "--once", "--config", &file.display().to_string()]);
        assert_eq!(ended.code, Some(3), "{text}");
        assert!(ended.complained.contains(expected), "{expected}: {}", ended.complained);
    }
}
