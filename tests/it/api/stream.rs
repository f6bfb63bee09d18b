//! The stream of trades and depth, read from a plain socket.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::client::Client;
use super::stand::{Stand, bid, listing};
use crate::harness::for_each_backend;

/// An event.
#[derive(Debug, Clone, PartialEq)]
struct Event {
    id: String,
    kind: String,
    data: Value,
}

/// A reader of the stream.
struct Listener {
    socket: TcpStream,
    text: String,
}

impl Listener {
    fn open(client: &Client, query: &str, last: Option<&str>) -> Listener {
        let mut socket = TcpStream::connect(client.address()).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let last = last.map_or_else(String::new, |id| format!("last-event-id: {id}\r\n"));
        let request = format!("GET /v1/market/stream{query} HTTP/1.1\r\nhost: a\r\n{last}\r\n");
        socket.write_all(request.as_bytes()).unwrap();
        let mut listener = Listener {
            socket,
            text: String::new(),
        };
        // Whoever has the first line is subscribed.
        listener.until(|text| text.contains("retry: ") || text.contains("event: gap"));
        listener
    }

    fn read(&mut self) -> usize {
        let mut buffer = [0; 16_384];
        let read = self.socket.read(&mut buffer).unwrap();
        self.text.push_str(&String::from_utf8_lossy(&buffer[..read]));
        read
    }

    fn until(&mut self, is_enough: impl Fn(&str) -> bool) {
        while !is_enough(&self.text) {
            assert!(self.read() > 0, "it ended: {}", self.text);
        }
    }

    /// Events so far; chunks begin and end with them.
    fn events(&self) -> Vec<Event> {
        let mut events = Vec::new();
        for piece in self.text.replace("\r\n", "\n").split("\n\n") {
            let field = |name: &str| {
                piece
                    .lines()
                    .find_map(|line| line.strip_prefix(name))
                    .map(str::to_owned)
            };
            if let (Some(id), Some(kind), Some(data)) = (field("id: "), field("event: "), field("data: ")) {
                let data = serde_json::from_str(&data).unwrap();
                events.push(Event { id, kind, data });
            }
        }
        events
    }

    /// Events, once there are so many of a kind.
    fn wait(&mut self, kind: &str, count: usize) -> Vec<Event> {
        let of_kind = |events: &[Event]| events.iter().filter(|event| event.kind == kind).count();
        while of_kind(&self.events()) < count {
            assert!(self.read() > 0, "it ended: {}", self.text);
        }
        self.events()
    }
}

fn trades(events: &[Event]) -> Vec<String> {
    let trades = events.iter().filter(|event| event.kind == "trade");
    trades
        .map(|trade| trade.data["id"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn trades_and_depth_arrive_and_whoever_resumes_gets_exactly_the_rest() {
    for_each_backend(|database| {
        let stand = Stand::new(database);
        let (nobody, tenant) = (stand.nobody(), stand.person("tenant1"));
        stand
            .person("provider1")
            .post("/v1/listings", &listing("9.000000"))
            .must(201);
        let mut listener = Listener::open(&nobody, "?accelerator=ascend-910b&site=hangzhou", None);
        let mut elsewhere = Listener::open(&nobody, "?accelerator=nvidia-h20", None);
        let fill = || {
            let placed = tenant.post("/v1/bids", &bid("10.000000")).must(201).json();
            placed["fills"][0]["id"].as_str().unwrap().to_owned()
        };
        let filled: Vec<String> = (0..5).map(|_| fill()).collect();
        let seen = listener.wait("trade", 5);
        assert_eq!(trades(&seen), filled);
        let seen = if seen.iter().any(|event| event.kind == "depth") {
            seen
        } else {
            listener.wait("depth", 1)
        };
        let depth = seen.iter().rfind(|event| event.kind == "depth").unwrap();
        assert_eq!(depth.data["accelerator"], "ascend-910b");
        assert!(listener.text.starts_with("HTTP/1.1 200 "), "{}", listener.text);
        for header in ["text/event-stream", "x-accel-buffering: no", "cache-control: no-store"] {
            assert!(listener.text.contains(header), "{}", listener.text);
        }
        drop(listener);

        // After the second trade come the third to the fifth, and what is new.
        let second = seen.iter().filter(|event| event.kind == "trade").nth(1).unwrap();
        let later = fill();
        let mut resumed = Listener::open(&nobody, "?accelerator=ascend-910b", Some(&second.id));
        let rest = resumed.wait("trade", 4);
        let mut expected = filled[2..].to_vec();
        expected.push(later);
        assert_eq!(trades(&rest), expected);
        assert!(rest.iter().all(|event| event.kind != "gap"), "{rest:?}");

        for unknown in ["999999.1", "0.1", "nonsense"] {
            let mut lost = Listener::open(&nobody, "", Some(unknown));
            assert_eq!(lost.wait("gap", 1)[0].kind, "gap", "{unknown}");
        }
        elsewhere.socket.set_nonblocking(true).unwrap();
        let mut byte = [0];
        let nothing = elsewhere.socket.read(&mut byte).map_err(|error| error.kind());
        assert_eq!(
            nothing,
            Err(std::io::ErrorKind::WouldBlock),
            "other products are not its affair"
        );
    });
}

#[test]
fn whoever_does_not_read_holds_up_nobody() {
    let stand = Stand::on_sqlite(&[("stream_readers_max", "30")]);
    let (nobody, tenant) = (stand.nobody(), stand.person("tenant1"));
    stand
        .person("provider1")
        .post("/v1/listings", &listing("9.000000"))
        .must(201);
    let slow: Vec<Listener> = (0..30).map(|_| Listener::open(&nobody, "", None)).collect();
    let full = nobody.get("/v1/market/stream").must(503);
    assert_eq!(
        (full.code().as_str(), full.header("retry-after")),
        ("unavailable", Some("5"))
    );
    let mut wanted = bid("10.000000");
    wanted["alternatives"][0]["hours"] = json!(1);
    let mut times: Vec<Duration> = (0..60)
        .map(|_| {
            let started = Instant::now();
            tenant.post("/v1/bids", &wanted).must(201);
            started.elapsed()
        })
        .collect();
    times.sort();
    assert!(times[30] < Duration::from_millis(500), "{times:?}");
    drop(slow);
    // Their places are free again.
    let since = Instant::now();
    loop {
        let head = nobody.ask("HEAD", "/v1/market/stream").send();
        if head.status == 200 {
            break;
        }
        tenant.post("/v1/bids", &wanted).must(201);
        assert!(since.elapsed() < Duration::from_secs(20), "{head:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn an_address_has_so_many_readers() {
    let stand = Stand::on_sqlite(&[("stream_readers_per_address", "2")]);
    let nobody = stand.nobody();
    let mut held: Vec<Listener> = (0..2).map(|_| Listener::open(&nobody, "", None)).collect();
    let full = nobody.get("/v1/market/stream").must(429);
    assert_eq!(
        (full.code().as_str(), full.header("retry-after")),
        ("too_many_requests", Some("5"))
    );
    nobody.get("/v1/market/trades").must(200);
    held.pop();
    let since = Instant::now();
    let tenant = stand.person("tenant1");
    while nobody.ask("HEAD", "/v1/market/stream").send().status != 200 {
        // Who has gone is noticed when something is sent.
        let _ = tenant.post("/v1/bids", &bid("10.000000"));
        assert!(since.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn whoever_listens_is_let_go_when_the_service_stops_and_open_requests_are_answered() {
    for_each_backend(|database| {
        let mut stand = Stand::new(database);
        let tenant = stand.person("tenant1");
        stand
            .person("provider1")
            .post("/v1/listings", &listing("9.000000"))
            .must(201);
        let mut listener = Listener::open(&stand.nobody(), "", None);
        // A request whose body is still on its way.
        let body = bid("10.000000").to_string();
        let mut half = tenant.begin_bid("half", &body, 20);
        std::thread::sleep(Duration::from_millis(200));
        let rest = body.as_bytes()[20..].to_vec();
        let answered = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(300));
            half.write_all(&rest).unwrap();
            let mut answer = String::new();
            let _ = half.read_to_string(&mut answer);
            answer
        });
        let since = Instant::now();
        stand.restart();
        assert!(since.elapsed() < Duration::from_secs(15), "{:?}", since.elapsed());
        let answer = answered.join().unwrap();
        assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
        while listener.read() > 0 {}
        assert!(
            listener.text.ends_with("0\r\n\r\n"),
            "it ends as a whole: {}",
            listener.text
        );
        // What was answered is there.
        let page = stand.person("tenant1").get("/v1/bids").must(200).json();
        assert_eq!(page["items"].as_array().unwrap().len(), 1);
    });
}
