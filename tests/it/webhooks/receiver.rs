//! Somebody who receives webhooks: a server on this machine that remembers what it got and answers as it was told.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use qiantang::domain::text::{base64, base64_bytes};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A request that came.
#[derive(Debug, Clone)]
pub struct Got {
    headers: BTreeMap<String, String>,
    /// The body, to the byte.
    pub body: String,
}

/// How a request is answered.
#[derive(Debug, Clone)]
pub enum Reply {
    /// With a status.
    Status(u16),
    /// With a status and a place to go to.
    Redirect(String),
    /// Never, as long as the receiver lives.
    Silence,
}

#[derive(Default)]
struct Shared {
    got: Vec<Got>,
    script: VecDeque<Reply>,
    otherwise: Option<Reply>,
    kept: Vec<TcpStream>,
}

/// A server. It ends with the test.
pub struct Receiver {
    address: SocketAddr,
    shared: Arc<(Mutex<Shared>, Condvar)>,
}

impl Receiver {
    /// One that takes everything.
    pub fn new() -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared: Arc<(Mutex<Shared>, Condvar)> = Arc::default();
        let told = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let told = Arc::clone(&told);
                let stream = stream.unwrap();
                std::thread::spawn(move || serve(stream, &told));
            }
        });
        Receiver { address, shared }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://{}/hooks", self.address)
    }

    /// Answers the next requests so, one after the other.
    pub fn then(&self, replies: impl IntoIterator<Item = Reply>) {
        self.shared.0.lock().unwrap().script.extend(replies);
    }

    /// Answers so from now on; none: takes everything.
    pub fn always(&self, reply: Option<Reply>) {
        self.shared.0.lock().unwrap().otherwise = reply;
    }

    /// All that came so far.
    pub fn got(&self) -> Vec<Got> {
        self.shared.0.lock().unwrap().got.clone()
    }

    /// Waits until so many have come.
    pub fn wait(&self, count: usize) -> Vec<Got> {
        let shared = self.shared.0.lock().unwrap();
        let few = |shared: &mut Shared| shared.got.len() < count;
        let (shared, ended) = self.shared.1.wait_timeout_while(shared, PATIENCE, few).unwrap();
        assert!(!ended.timed_out(), "{} of {count} came", shared.got.len());
        shared.got.clone()
    }

    /// Lets go of those who wait for an answer.
    pub fn hang_up(&self) {
        self.shared.0.lock().unwrap().kept.clear();
    }
}

fn serve(stream: TcpStream, shared: &(Mutex<Shared>, Condvar)) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    // Whoever connects and says nothing is of no interest.
    if reader.read_line(&mut line).unwrap_or(0) == 0 {
        return;
    }
    assert!(line.starts_with("POST /hooks "), "{line}");
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let mut body = vec![0; headers["content-length"].parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    let body = String::from_utf8(body).unwrap();
    let mut locked = shared.0.lock().unwrap();
    locked.got.push(Got { headers, body });
    let reply = locked.script.pop_front().or_else(|| locked.otherwise.clone());
    let mut stream = stream;
    match reply.unwrap_or(Reply::Status(204)) {
        Reply::Silence => locked.kept.push(stream),
        Reply::Status(status) => answer(&mut stream, status, ""),
        Reply::Redirect(place) => answer(&mut stream, 302, &format!("location: {place}\r\n")),
    }
    drop(locked);
    shared.1.notify_all();
}

fn answer(stream: &mut TcpStream, status: u16, header: &str) {
    let text = format!("HTTP/1.1 {status} x\r\nconnection: close\r\ncontent-length: 0\r\n{header}\r\n");
    let _ = stream.write_all(text.as_bytes());
}

impl Got {
    /// A header.
    pub fn header(&self, name: &str) -> &str {
        &self.headers[name]
    }

    /// What is deduplicated by.
    pub fn id(&self) -> &str {
        self.header("webhook-id")
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The type of what happened.
    pub fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }

    /// Whether one of its signatures is made with a secret, computed as a receiver would.
    pub fn is_signed_by(&self, secret: &str) -> bool {
        let content = format!("{}.{}.{}", self.id(), self.header("webhook-timestamp"), self.body);
        let expected = signature(secret, &content);
        self.header("webhook-signature")
            .split(' ')
            .any(|found| found == expected)
    }
}

/// HMAC-SHA256 as RFC 2104 writes it down, apart from the library that the exchange uses.
fn signature(secret: &str, content: &str) -> String {
    let mut key = base64_bytes(secret.strip_prefix("whsec_").unwrap()).unwrap();
    assert!(key.len() <= 64);
    key.resize(64, 0);
    let padded = |with: u8| key.iter().map(|byte| byte ^ with).collect::<Vec<u8>>();
    let inner = Sha256::new()
        .chain_update(padded(0x36))
        .chain_update(content)
        .finalize();
    let outer = Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize();
    format!("v1,{}", base64(&outer))
}

#[test]
fn the_receiver_checks_signatures_as_the_specification_does() {
    let content = "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}";
    assert_eq!(
        signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", content),
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    );
}
