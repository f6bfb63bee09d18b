//! Whether it lives, whether it can work, and its figures.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use qiantang::store::Url;
use serde_json::json;

use super::stand::{Stand, bid, listing};
use crate::harness::{TestDatabase, for_each_backend};

fn execute(url: &Url, statement: &str) {
    match url {
        Url::Sqlite(path) => {
            let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
            connection
                .batch_execute(&format!("PRAGMA busy_timeout = 5000; {statement}"))
                .unwrap();
        }
        Url::Postgresql(url) => PgConnection::establish(url).unwrap().batch_execute(statement).unwrap(),
    }
}

#[test]
fn it_is_ready_only_while_it_is_the_writer() {
    for_each_backend(|database| {
        let stand = Stand::new(database);
        let nobody = stand.nobody();
        let healthy = json!({"status": "ok"});
        assert_eq!(nobody.get("/healthz").must(200).json(), healthy);
        assert_eq!(nobody.get("/readyz").must(200).json(), healthy);
        execute(
            &database.url,
            "UPDATE writer_lease SET epoch = epoch + 1, holder = 'another'",
        );
        let refused = nobody.get("/readyz").must(503);
        assert_eq!(refused.code(), "unavailable");
        assert!(refused.header("retry-after").is_some());
        assert!(!refused.text.contains("another'"), "{refused:?}");
        // It lives, and says no to writers rather than to lose what they write.
        nobody.get("/healthz").must(200);
        let answer = stand.nobody().get("/v1/market/depth?accelerator=ascend-910b");
        answer.must(200);
    });
}

#[test]
fn it_is_not_ready_where_the_database_is_gone() {
    let database = TestDatabase::postgresql();
    let stand = Stand::new(&database);
    let nobody = stand.nobody();
    nobody.get("/readyz").must(200);
    let Url::Postgresql(url) = &database.url else {
        panic!("not on PostgreSQL")
    };
    let name = url.split('/').nth(3).unwrap().split('?').next().unwrap();
    let elsewhere = Url::Postgresql(url.replace(&format!("/{name}?"), "/postgres?"));
    execute(&elsewhere, &format!("DROP DATABASE {name} WITH (FORCE)"));
    let refused = nobody.get("/readyz").must(503);
    assert_eq!(refused.code(), "unavailable");
    assert!(!refused.text.contains(name), "{refused:?}");
    nobody.get("/healthz").must(200);
}

#[test]
fn its_figures_follow_what_happens() {
    let stand = Stand::on_sqlite(&[]);
    let (provider, tenant) = (stand.person("provider1"), stand.person("tenant1"));
    provider.post("/v1/listings", &listing("9.000000")).must(201);
    tenant.post("/v1/bids", &bid("10.000000")).must(201);
    tenant.post("/v1/bids", &bid("1.000000")).must(201);
    tenant.get("/v1/bids/bid_0000000000001").must(200);
    let since = Instant::now();
    // The figures are those of the process: other tests may add to them.
    let wanted = [
        "http_request_seconds_bucket{method=\"POST\",route=\"/v1/bids\",status=\"201\",le=\"0.1\"}",
        "http_request_seconds_count{method=\"GET\",route=\"/v1/bids/{id}\",status=\"200\"}",
        "batch_commands_bucket",
        "commit_seconds_sum",
        "queue_commands ",
        "open_bids ",
        "fills_total ",
        "commands_total ",
    ];
    loop {
        let answer = stand.nobody().get("/metrics").must(200);
        assert_eq!(
            answer.header("content-type"),
            Some("text/plain; version=0.0.4; charset=utf-8")
        );
        let missing: Vec<&&str> = wanted.iter().filter(|figure| !answer.text.contains(**figure)).collect();
        if missing.is_empty() {
            assert!(!answer.text.contains("bid_0000000000001"), "routes, not paths");
            break;
        }
        assert!(since.elapsed() < Duration::from_secs(5), "{missing:?}\n{}", answer.text);
    }
}
