//! The outbox and those who send, without the service around them: time is what the test says it is.

use std::path::Path;

use qiantang::app::clock::{Clock, system_now};
use qiantang::app::exchange::Exchange;
use qiantang::app::permission::{Caller, ManageWebhooks, Permit, Reach};
use qiantang::app::readers::PooledReader;
use qiantang::app::request::Request;
use qiantang::app::verb;
use qiantang::app::webhook::body::{Replay, WebhookBody};
use qiantang::app::webhook::{Courier, MessageQuery, Targets, WebhookError, Webhooks, messages};
use qiantang::domain::id::{OrgId, SessionId, UserId, WebhookId};
use qiantang::domain::time::Timestamp;
use qiantang::domain::uscc::Uscc;
use qiantang::domain::user::Role;
use qiantang::domain::webhook::{BACK_OFF_SECONDS, EventType, MessageState, WebhookState};
use qiantang::store::read::{Slice, journal};
use qiantang::store::{Reader, webhook};
use serde_json::json;

use super::receiver::{Receiver, Reply};
use crate::harness::{TestDatabase, for_each_backend};

/// An exchange with two tenants, and somebody who acts for the first one.
struct Office<'a> {
    database: &'a TestDatabase,
    exchange: Exchange,
    webhooks: Webhooks,
    courier: Courier,
}

impl<'a> Office<'a> {
    fn open(database: &'a TestDatabase) -> Office<'a> {
        let exchange = Exchange::open(&database.url, "test", Clock::System).unwrap();
        let handle = exchange.handle();
        Office {
            webhooks: Webhooks::new(handle.clone(), Targets::Any),
            courier: Courier::new(handle, &database.url, Targets::Any, Path::new("/nowhere")),
            database,
            exchange,
        }
    }

    fn new(database: &'a TestDatabase) -> Office<'a> {
        let office = Office::open(database);
        for (number, name) in [(1, "租户甲"), (2, "租户乙")] {
            let uscc = Uscc::from_stem(&format!("91330100{number:09}")).unwrap();
            office.say("org", None, &json!({"name": name, "uscc": uscc, "kinds": ["tenant"]}));
        }
        office
    }

    fn say(&self, verb: &str, org: Option<OrgId>, body: &serde_json::Value) {
        let command = verb::command(verb, org, body.clone()).unwrap();
        let reply = self.exchange.handle().call(Request::new("test", command)).unwrap();
        assert!(reply.accepted, "{}", reply.answer);
    }

    fn deposit(&self, org: u64, amount: &str) {
        let bank_ref = format!("{org} {amount}");
        self.say(
            "deposit",
            Some(OrgId(org)),
            &json!({"amount": amount, "bank_ref": bank_ref}),
        );
    }

    /// Makes a webhook for deposits of the first tenant; its identifier and secret.
    fn webhook(&self, url: &str) -> (WebhookId, String) {
        let body = WebhookBody {
            url: url.to_owned(),
            events: vec![EventType::DepositBooked],
            description: "test".to_owned(),
        };
        let made = self.webhooks.make(&caller(1), body).unwrap();
        (made.webhook.id, made.secret.expose().to_owned())
    }

    fn state(&self, id: WebhookId) -> WebhookState {
        let found = self.webhooks.book().find(id, reach(1), system_now());
        found.unwrap().0.state
    }

    fn reader(&self) -> PooledReader {
        PooledReader::open(&self.database.url).unwrap()
    }

    /// Where the messages stand, the oldest first, each with the statuses of its attempts.
    fn messages(&self, id: WebhookId) -> Vec<(MessageState, Vec<Option<u16>>)> {
        let page = messages(&mut self.reader(), id, &MessageQuery::default()).unwrap();
        let shown = page.items.into_iter().rev();
        shown
            .map(|message| {
                let statuses = message.attempts.iter().map(|attempt| attempt.status);
                (message.state, statuses.collect())
            })
            .collect()
    }
}

fn caller(org: u64) -> Caller {
    Caller {
        user: UserId(1),
        org: OrgId(org),
        roles: vec![Role::Tenant],
        session: SessionId(1),
        key: None,
    }
}

fn reach(org: u64) -> Reach {
    Permit::<ManageWebhooks>::of(caller(org)).unwrap().reach()
}

fn amounts(receiver: &Receiver) -> Vec<String> {
    let amount = |got: &super::receiver::Got| got.json()["data"]["amounts"][0].as_str().unwrap().to_owned();
    receiver.got().iter().map(amount).collect()
}

#[test]
fn a_message_is_written_with_what_it_tells_of_and_sent_after_a_restart() {
    for_each_backend(|database| {
        let receiver = Receiver::new();
        let (id, secret) = {
            let office = Office::new(database);
            office.deposit(1, "1.00");
            let made = office.webhook(&receiver.url());
            // Nobody sends before the process ends.
            for amount in ["2.00", "3.00"] {
                office.deposit(1, amount);
            }
            office.deposit(2, "4.00");
            office.exchange.shut_down();
            made
        };
        assert!(receiver.got().is_empty());
        let office = Office::open(database);
        office.courier.run_at(system_now());
        assert_eq!(
            amounts(&receiver),
            ["2.00", "3.00"],
            "its own, since it was made, in order"
        );
        let pending = [
            (MessageState::Delivered, vec![Some(204)]),
            (MessageState::Delivered, vec![Some(204)]),
        ];
        assert_eq!(office.messages(id), pending);
        let got = receiver.got();
        assert!(got[0].is_signed_by(&secret));
        assert!(!got[0].is_signed_by("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
        let body = got[0].json();
        assert_eq!(body["type"], "deposit.booked");
        assert_eq!(body["data"]["kind"], "posted");
        // The journal has the event at that place.
        let seq = body["data"]["seq"].as_i64().unwrap();
        let slice = Slice { key: seq - 1, limit: 1 };
        let found = journal::page(&mut office.reader().reader, None, slice).unwrap();
        let leaf = &found.rows[0].0;
        assert_eq!((leaf.seq, leaf.kind.as_str()), (seq, "posted"));
        let movement = body["data"]["id"].as_str().unwrap();
        assert!(String::from_utf8_lossy(&leaf.body).contains(movement));
        office.exchange.shut_down();
        let office = Office::open(database);
        office.courier.run_at(system_now());
        assert_eq!(receiver.got().len(), 2, "what was delivered is not sent again");
    });
}

#[test]
fn what_is_not_taken_is_sent_again_in_its_order_and_given_up_in_the_end() {
    for_each_backend(|database| {
        let receiver = Receiver::new();
        let office = Office::new(database);
        let (id, _) = office.webhook(&receiver.url());
        receiver.then([Reply::Status(500), Reply::Status(301)]);
        office.deposit(1, "1.00");
        office.deposit(1, "2.00");
        let start = system_now();
        office.courier.run_at(start);
        assert_eq!(amounts(&receiver), ["1.00"], "the second waits for the first");
        office.courier.run_at(start.plus_seconds(4));
        assert_eq!(receiver.got().len(), 1, "not before five seconds");
        office.courier.run_at(start.plus_seconds(6));
        assert_eq!(receiver.got().len(), 2);
        let later = start.plus_seconds(6 + 331);
        office.courier.run_at(later);
        assert_eq!(amounts(&receiver), ["1.00", "1.00", "1.00", "2.00"]);
        let got = receiver.got();
        assert_eq!(
            (got[0].id(), got[1].id()),
            (got[2].id(), got[2].id()),
            "one identifier at every try"
        );
        assert_ne!(got[0].id(), got[3].id());

        receiver.always(Some(Reply::Status(503)));
        office.deposit(1, "3.00");
        let mut now = later;
        for seconds in BACK_OFF_SECONDS {
            office.courier.run_at(now);
            assert_eq!(office.state(id), WebhookState::Active);
            now = now.plus_seconds(seconds + seconds / 10 + 1);
        }
        office.courier.run_at(now);
        assert_eq!(office.messages(id)[2], (MessageState::Dead, vec![Some(503); 10]));
        assert_eq!(office.state(id), WebhookState::Disabled);

        receiver.always(None);
        office.deposit(1, "4.00");
        office.courier.run_at(now);
        assert_eq!(receiver.got().len(), 14, "nothing is sent until its owner says so");
        let mut reader = office.reader();
        office.webhooks.resume(&mut reader, reach(1), id).unwrap();
        office.courier.run_at(now);
        assert_eq!(amounts(&receiver)[14..], ["4.00"]);
        let wanted = Replay::Since(Timestamp::from_micros(0));
        let replayed = office.webhooks.replay(&mut reader, reach(1), (id, wanted)).unwrap();
        assert_eq!((replayed.queued, replayed.more_since), (4, None));
        office.courier.run_at(now);
        assert_eq!(amounts(&receiver)[15..], ["1.00", "2.00", "3.00", "4.00"]);
        assert_eq!(receiver.got()[15].id(), got[0].id(), "a replay is the same message");
    });
}

#[test]
fn the_owner_makes_a_line_hurry_and_another_cannot() {
    let database = TestDatabase::sqlite();
    qiantang::store::migrate(&database.url).unwrap();
    let receiver = Receiver::new();
    let office = Office::new(&database);
    let (id, _) = office.webhook(&receiver.url());
    receiver.then([Reply::Status(500)]);
    office.deposit(1, "1.00");
    let now = system_now();
    office.courier.run_at(now);
    let mut reader = office.reader();
    let refused = office.webhooks.resume(&mut reader, reach(2), id);
    assert!(matches!(refused, Err(WebhookError::NotFound)));
    let message = receiver.got()[0].id().parse().unwrap();
    let refused = office
        .webhooks
        .replay(&mut reader, reach(2), (id, Replay::Message(message)));
    assert!(matches!(refused, Err(WebhookError::NotFound)));
    office.webhooks.resume(&mut reader, reach(1), id).unwrap();
    office.courier.run_at(now);
    assert_eq!(receiver.got().len(), 2);
    office
        .webhooks
        .replay(&mut reader, reach(1), (id, Replay::Message(message)))
        .unwrap();
    office.courier.run_at(now);
    assert_eq!(receiver.got().len(), 3);
}

#[test]
fn whoever_is_gone_is_told_no_more_and_redirects_lead_nowhere() {
    for_each_backend(|database| {
        let (receiver, elsewhere) = (Receiver::new(), Receiver::new());
        let office = Office::new(database);
        let (id, _) = office.webhook(&receiver.url());
        receiver.then([Reply::Redirect(elsewhere.url()), Reply::Status(410)]);
        office.deposit(1, "1.00");
        let now = system_now();
        office.courier.run_at(now);
        office.courier.run_at(now.plus_seconds(10));
        assert_eq!(office.messages(id), [(MessageState::Dead, vec![Some(302), Some(410)])]);
        assert_eq!(office.state(id), WebhookState::Disabled);
        assert!(elsewhere.got().is_empty());
        office.deposit(1, "2.00");
        office.webhooks.delete(reach(1), id).unwrap();
        office.courier.run_at(now.plus_seconds(20));
        assert_eq!(receiver.got().len(), 2);
        office.exchange.shut_down();
        let office = Office::open(database);
        assert!(office.webhooks.book().list(reach(1), now).is_empty());
        office.deposit(1, "3.00");
        assert_eq!(office.messages(id).len(), 2, "nobody wants to know of it any more");
    });
}

#[test]
fn an_old_secret_signs_for_a_day_beside_the_new_one() {
    let database = TestDatabase::sqlite();
    qiantang::store::migrate(&database.url).unwrap();
    let receiver = Receiver::new();
    let office = Office::new(&database);
    let (id, old) = office.webhook(&receiver.url());
    let new = office.webhooks.rotate(reach(1), id).unwrap().secret.expose().to_owned();
    let now = system_now();
    for (amount, later, signed) in [("1.00", 0, true), ("2.00", 24 * 3_600, false)] {
        office.deposit(1, amount);
        office.courier.run_at(now.plus_seconds(later));
        let got = receiver.got().pop().unwrap();
        assert!(got.is_signed_by(&new));
        assert_eq!(got.is_signed_by(&old), signed, "{later} seconds later");
    }
}

#[test]
fn nobody_listens_and_nothing_is_written() {
    let database = TestDatabase::sqlite();
    qiantang::store::migrate(&database.url).unwrap();
    let receiver = Receiver::new();
    let office = Office::new(&database);
    office.deposit(1, "1.00");
    let (id, _) = office.webhook(&receiver.url());
    let mut reader = Reader::open(&database.url).unwrap();
    assert_eq!(webhook::head(&mut reader, id).unwrap(), None);
    office.webhooks.ping(reach(1), id).unwrap();
    let first = webhook::head(&mut reader, id).unwrap().unwrap();
    assert_eq!(
        (first.id.0, first.event),
        (1, EventType::Ping),
        "no number was given before"
    );
}

#[test]
fn an_organisation_has_a_limit_and_no_webhook_twice() {
    let database = TestDatabase::sqlite();
    qiantang::store::migrate(&database.url).unwrap();
    let office = Office::new(&database);
    let make = |org: u64, path: &str, events: Vec<EventType>| {
        let body = WebhookBody {
            url: format!("http://127.0.0.1/{path}"),
            events,
            description: String::new(),
        };
        office
            .webhooks
            .make(&caller(org), body)
            .map_err(|error| error.to_string())
    };
    let wanted = || vec![EventType::BidFilled];
    make(1, "0", wanted()).unwrap();
    assert!(make(1, "0", wanted()).unwrap_err().contains("/url"));
    assert!(make(1, "x", vec![]).unwrap_err().contains("/events"));
    assert!(
        make(1, "x", vec![EventType::EarningsPending])
            .unwrap_err()
            .contains("/events")
    );
    for path in 1..20 {
        make(1, &path.to_string(), wanted()).unwrap();
    }
    assert!(make(1, "20", wanted()).unwrap_err().contains("at most 20"));
    make(2, "0", wanted()).unwrap();
}
