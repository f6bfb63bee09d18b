//! Agents sign, and who audits verifies it again.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use qiantang::app::usage::{is_signed_by, read};
use qiantang::domain::usage::UsageKey;
use qiantang::engine::usage::{UsageCommand, keys_of};
use qiantang::engine::{Command, Event, Rejection};
use serde_json::{Value, json};

use super::meter::{HOUR, at, correction, reading, span, town, withdrawal};
use crate::recovery::town::{PROVIDER, TENANT, Town};

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let number = group.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for place in 0..4 {
            if place <= group.len() {
                text.push(char::from(
                    DIGITS[usize::try_from(number >> (18 - 6 * place) & 63).unwrap()],
                ));
            } else {
                text.push('=');
            }
        }
    }
    text
}

fn agent(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
}

fn register(town: &mut Town, agent: &Ed25519KeyPair, required: bool) -> UsageKey {
    let events = town.say(Command::Usage(UsageCommand::AddKey {
        provider: PROVIDER,
        name: "rack 1".to_owned(),
        public_key: base64(agent.public_key().as_ref()),
        required,
    }));
    match events.unwrap().remove(0) {
        Event::UsageKeyChanged(key) => *key,
        other => panic!("{other:?}"),
    }
}

/// The event with a signature: of itself, or of what it would be otherwise.
fn signed(event: &Value, agent: &Ed25519KeyPair, key: &UsageKey) -> Value {
    let Command::Usage(UsageCommand::Report { events, .. }) = read(event.clone()).unwrap().command(PROVIDER, &[])
    else {
        panic!("must be a report");
    };
    let mut event = event.clone();
    event["agentkey"] = json!(key.id);
    event["signature"] = json!(base64(agent.sign(events[0].signed_text().as_bytes()).as_ref()));
    event
}

fn report(town: &mut Town, events: Vec<Value>) -> (usize, Vec<(usize, String)>) {
    let keys: Vec<UsageKey> = keys_of(&town.state, PROVIDER).cloned().collect();
    let command = read(Value::Array(events)).unwrap().command(PROVIDER, &keys);
    let said = town.say(command).unwrap();
    let Some(Event::UsageTaken(taken)) = said.first() else {
        panic!("{said:?}");
    };
    // What was taken with a signature bears it for ever.
    for row in &taken.rows {
        let event = &taken.events[row.place];
        if let Some(signed) = &event.signed {
            assert!(is_signed_by(event, signed, &keys));
        }
    }
    let refused = taken.refused.iter().map(|one| (one.index, one.code.to_string()));
    (taken.accepted, refused.collect())
}

#[test]
fn every_kind_of_event_may_be_signed_and_a_wrong_signature_is_refused_by_itself() {
    let mut town = town(0);
    let lease = town.rent(24);
    town.now = at(&town, lease, 12);
    let (one, other) = (agent(1), agent(2));
    let key = register(&mut town, &one, false);
    let hour = |town: &Town, id: &str, hour: u32| span(town, lease, id, (hour, hour + 1), HOUR);
    let mut forged = signed(&hour(&town, "5", 5), &one, &key);
    forged["data"]["card_seconds"] = json!(HOUR - 1);
    let mut unknown = signed(&hour(&town, "6", 6), &one, &key);
    unknown["agentkey"] = json!("uky_0000000000099");
    let mut half = hour(&town, "7", 7);
    half["agentkey"] = json!(key.id);
    let batch = vec![
        signed(&hour(&town, "0", 0), &one, &key),
        signed(&reading(&town, lease, "1", (1, 2), HOUR), &one, &key),
        signed(&correction(lease, "2", "0", 7), &one, &key),
        signed(&withdrawal(lease, "3", "1"), &one, &key),
        signed(&hour(&town, "4", 4), &other, &key),
        forged,
        unknown,
        half,
        hour(&town, "8", 8),
    ];
    let bad = |places: &[usize]| {
        places
            .iter()
            .map(|place| (*place, "bad_signature".to_owned()))
            .collect::<Vec<_>>()
    };
    assert_eq!(report(&mut town, batch), (5, bad(&[4, 5, 6, 7])));
    // From now on all must be signed; of a key that was revoked nothing is taken, and it requires nothing.
    let strict = register(&mut town, &other, true);
    let batch = vec![hour(&town, "9", 9), signed(&hour(&town, "10", 10), &other, &strict)];
    assert_eq!(
        report(&mut town, batch),
        (1, vec![(0, "signature_required".to_owned())])
    );
    let revoke = |provider| {
        Command::Usage(UsageCommand::RevokeKey {
            provider,
            key: strict.id,
        })
    };
    assert_eq!(town.say(revoke(TENANT)), Err(Rejection::UsageKeyNotFound(strict.id)));
    town.say(revoke(PROVIDER)).unwrap();
    assert_eq!(town.say(revoke(PROVIDER)), Err(Rejection::UsageKeyRevoked(strict.id)));
    let batch = vec![signed(&hour(&town, "11", 11), &other, &strict), hour(&town, "9", 9)];
    assert_eq!(report(&mut town, batch), (1, bad(&[0])));
    // The same key twice, and what is no key.
    for public_key in [base64(one.public_key().as_ref()), "c2hvcnQ=".to_owned(), "?".to_owned()] {
        let add = Command::Usage(UsageCommand::AddKey {
            provider: PROVIDER,
            name: "rack 2".to_owned(),
            public_key,
            required: false,
        });
        assert!(matches!(town.say(add), Err(Rejection::Invalid(errors)) if errors[0].pointer == "/public_key"));
    }
}
