//! Market data over HTTP: open to everybody, the same as what the market then does.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::client::Client;
use super::stand::{Stand, bid, listing};
use crate::harness::for_each_backend;

/// Reads a stream until it says `word`; what came until then.
fn listen(client: &Client, path: &str, last: Option<&str>, word: &str) -> String {
    let mut stream = TcpStream::connect(client.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let last = last.map_or_else(String::new, |id| format!("last-event-id: {id}\r\n"));
    write!(stream, "GET {path} HTTP/1.1\r\nhost: here\r\n{last}\r\n").unwrap();
    let mut text = String::new();
    let mut buffer = [0; 4_096];
    while !text.contains(word) {
        let read = stream.read(&mut buffer).unwrap();
        assert!(read > 0, "it ended without {word:?}: {text}");
        text.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
    }
    text
}

#[test]
fn what_is_shown_is_what_happens() {
    for_each_backend(|database| {
        let stand = Stand::new(database);
        let nobody = stand.nobody();
        let offered = stand
            .person("provider1")
            .post("/v1/listings", &listing("9.000000"))
            .must(201)
            .json();
        let depth = "/v1/market/depth?accelerator=ascend-910b&site=hangzhou&levels=3";
        let since = Instant::now();
        let shown = loop {
            let answer = nobody.get(depth).must(200);
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            let shown = answer.json();
            if shown["asks"] != json!([]) {
                break shown;
            }
            assert!(since.elapsed() < Duration::from_secs(5), "{shown}");
        };
        assert_eq!(
            shown["asks"],
            json!([{"price": "9.000000", "cards": 128, "card_hours": 128 * 720, "listings": 1}])
        );
        let id = offered["id"].as_str().unwrap();
        let tenant = stand.person("tenant1");
        let calendar = tenant.get(&format!("/v1/listings/{id}/calendar")).must(200).json();
        assert_eq!(calendar[0]["free_cards"], 128);
        stand
            .person("provider2")
            .get(&format!("/v1/listings/{id}/calendar"))
            .must(404);

        let wanted = bid("10.000000");
        let quoted = tenant.ask("POST", "/v1/quotes").json(&wanted).send().must(200).json();
        assert_eq!((&quoted["feasible"], &quoted["reasons"]), (&json!(true), &json!([])));
        let placed = tenant.post("/v1/bids", &quoted["bid"]).must(201).json();
        let mut filled = placed["fills"].clone();
        for fill in filled.as_array_mut().unwrap() {
            let fill = fill.as_object_mut().unwrap();
            fill.remove("id");
            fill.remove("lease");
        }
        let mut promised = quoted["fills"].clone();
        for fill in promised.as_array_mut().unwrap() {
            // A quote says besides why vouchers pay what they pay: there are none here.
            let fill = fill.as_object_mut().unwrap();
            assert_eq!(fill.remove("evaluation"), Some(Value::Null));
            assert_eq!(fill.remove("refused"), Some(json!([])));
        }
        assert_eq!(promised, filled);
        let dear = tenant
            .ask("POST", "/v1/quotes")
            .json(&bid("8.000000"))
            .send()
            .must(200)
            .json();
        assert_eq!(
            (&dear["feasible"], &dear["reasons"][0]["code"]),
            (&json!(false), &json!("all_dearer_than_limit"))
        );
        let wrong = tenant
            .ask("POST", "/v1/quotes")
            .json(&bid("0.000000"))
            .send()
            .must(422)
            .json();
        assert_eq!(wrong["errors"][0]["pointer"], "/alternatives/0/limit");
        stand
            .person("provider1")
            .ask("POST", "/v1/quotes")
            .json(&wanted)
            .send()
            .must(403);

        // What came before the service started is not kept; all since then is.
        let trade = listen(&nobody, "/v1/market/stream", Some("0.1"), "event: gap");
        assert!(
            trade.contains("text/event-stream") && trade.contains("no-store"),
            "{trade}"
        );
        let start = shown["seq"].as_i64().unwrap() + 1;
        let path = "/v1/market/stream?accelerator=ascend-910b";
        let stream = listen(&nobody, path, Some(&format!("{start}.0")), "event: depth");
        let found = stream.split("event: trade\ndata: ").nth(1).unwrap();
        let trade: Value = serde_json::from_str(found.lines().next().unwrap()).unwrap();
        assert_eq!((&trade["id"], &trade["cards"]), (&placed["fills"][0]["id"], &json!(8)));
        for path in [
            "/v1/market/depth?accelerator=none",
            "/v1/market/depth?accelerator=nvidia-h20&levels=0",
            "/v1/market/stream?site=none",
        ] {
            assert_eq!(nobody.get(path).must(422).code(), "invalid", "{path}");
        }
        nobody
            .get("/v1/market/depth?accelerator=nvidia-h20&colour=red")
            .must(400);
        nobody.ask("POST", "/v1/quotes").json(&wanted).send().must(401);
    });
}
