//! Personal data beside the journal.

use qiantang::app::clock::Clock;
use qiantang::app::exchange::Exchange;
use qiantang::app::request::Request;
use qiantang::app::sealed::seal;
use qiantang::app::verb;
use qiantang::domain::id::OrgId;
use qiantang::domain::sealed::{Contact, Sealed};
use qiantang::domain::time::Timestamp;
use qiantang::store::{Reader, sealed};
use serde_json::json;

use crate::harness::{TestDatabase, for_each_backend};

fn noon() -> Timestamp {
    "2026-12-01T12:00:00Z".parse().unwrap()
}

fn li_lei() -> Contact {
    Contact {
        name: "李雷".to_owned(),
        phone: "0571-00000000".to_owned(),
        email: "lilei@example.cn".to_owned(),
    }
}

fn found(database: &TestDatabase, sealed: &Sealed) -> Option<Sealed> {
    sealed::find(&mut Reader::open(&database.url).unwrap(), sealed.hash).unwrap()
}

#[test]
fn sealed_content_is_written_with_its_command_or_not_at_all_and_can_be_erased() {
    for_each_backend(|database| {
        qiantang::store::migrate(&database.url).unwrap();
        let exchange = Exchange::open(&database.url, "a test", Clock::Given).unwrap();
        let handle = exchange.handle();
        let say = |code: &str| {
            let body = json!({"code": code, "name_zh": code, "region": "zhejiang"});
            Request::new("a test", verb::command("site", None, body).unwrap()).at(noon())
        };
        let (hash, kept) = seal(OrgId(1), &li_lei(), "/contact").unwrap();
        let (_, refused) = seal(OrgId(1), &li_lei(), "/contact").unwrap();
        let with = |code: &str, sealed: &Sealed| {
            let seals = vec![sealed.clone()];
            handle.call(Request { seals, ..say(code) }).unwrap().accepted
        };
        assert!(with("hangzhou", &kept));
        assert!(!with("hangzhou", &refused), "there is one already");
        assert_eq!(found(database, &kept), Some(kept.clone()));
        assert_eq!(found(database, &refused), None);
        let erases = vec![(hash, OrgId(1))];
        assert!(
            handle
                .call(Request {
                    erases,
                    ..say("ningbo")
                })
                .unwrap()
                .accepted
        );
        assert_eq!(found(database, &kept), None);
        exchange.shut_down();
    });
}
