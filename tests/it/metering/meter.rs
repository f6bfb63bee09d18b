//! A provider's meter in a small town.

use qiantang::domain::account::AccountKey;
use qiantang::domain::id::{DisputeId, LeaseId};
use qiantang::domain::time::Timestamp;
use qiantang::engine::dispute::DisputeCommand;
use qiantang::engine::{Command, Event, Rejection};
use serde_json::{Value, json};

use crate::recovery::town::{PROVIDER, Setting, TENANT, Town};

/// Card-seconds of eight cards in an hour.
pub const HOUR: i64 = 8 * 3_600;

/// A town where usage counts as accepted after so many hours.
pub fn town(acceptance_hours: u32) -> Town {
    let mut town = Town::new(&Setting::default());
    if acceptance_hours > 0 {
        town.verb(
            None,
            "terms",
            json!({"acceptance_hours": acceptance_hours, "tenant_fee_bps": 100, "provider_fee_bps": 200}),
        );
    }
    town
}

/// An instant of a lease, in hours since its start.
pub fn at(town: &Town, lease: LeaseId, hours: u32) -> Timestamp {
    town.state.leases[&lease].fill.window.from().plus(hours).timestamp()
}

/// An event of the meter.
pub fn event(id: &str, kind: &str, data: Value) -> Value {
    json!({"specversion": "1.0", "id": id, "source": "meter", "type": format!("qiantang.usage.{kind}v1"), "data": data})
}

/// A report of hours of a lease.
pub fn span(town: &Town, lease: LeaseId, id: &str, (from, until): (u32, u32), card_seconds: i64) -> Value {
    let (from, until) = (at(town, lease, from), at(town, lease, until));
    let data = json!({"lease": lease, "from": from, "until": until, "cards_up": 8, "card_seconds": card_seconds});
    event(id, "", data)
}

/// A reading of a counter.
pub fn reading(town: &Town, lease: LeaseId, id: &str, (started, read): (u32, u32), card_seconds: i64) -> Value {
    let (started_at, at) = (at(town, lease, started), at(town, lease, read));
    let data = json!({"lease": lease, "started_at": started_at, "at": at, "cards_up": 8, "card_seconds": card_seconds});
    event(id, "counter.", data)
}

/// A correction of another event.
pub fn correction(lease: LeaseId, id: &str, of: &str, card_seconds: i64) -> Value {
    let data = json!({"lease": lease, "corrects": {"source": "meter", "id": of}, "cards_up": 8,
        "card_seconds": card_seconds, "reason": "counted wrong"});
    event(id, "correction.", data)
}

/// A withdrawal of another event.
pub fn withdrawal(lease: LeaseId, id: &str, of: &str) -> Value {
    let data = json!({"lease": lease, "withdraws": {"source": "meter", "id": of}, "reason": "never ran"});
    event(id, "withdrawal.", data)
}

/// What came of a batch: accepted, duplicates, and the places and codes of what was refused.
pub type Told = (usize, usize, Vec<(usize, String)>);

pub fn report(town: &mut Town, events: Vec<Value>) -> Told {
    let events = town.verb(Some(PROVIDER), "usage", Value::Array(events));
    let Some(Event::UsageTaken(taken)) = events.first() else {
        panic!("must tell what came of it: {events:?}");
    };
    let refused = taken.refused.iter().map(|one| (one.index, one.code.to_string()));
    (taken.accepted, taken.duplicates, refused.collect())
}

/// Reports what must be taken.
pub fn taken(town: &mut Town, events: Vec<Value>) {
    let count = events.len();
    assert_eq!(report(town, events), (count, 0, vec![]));
}

/// The dispute of some hours of a lease.
pub fn dispute(
    town: &mut Town,
    lease: LeaseId,
    (from, until): (u32, u32),
    card_seconds: i64,
) -> Result<DisputeId, Rejection> {
    let (from, until) = (at(town, lease, from), at(town, lease, until));
    let body =
        json!({"lease": lease, "from": from, "until": until, "card_seconds": card_seconds, "reason": "half were down"});
    let command = qiantang::app::verb::command("dispute", Some(TENANT), body).unwrap();
    let events = town.say(command)?;
    let id = events.iter().find_map(|event| match event {
        Event::DisputeChanged(dispute) => Some(dispute.id),
        _ => None,
    });
    Ok(id.unwrap())
}

pub fn resolve(town: &mut Town, dispute: DisputeId, card_seconds: i64) -> Result<Vec<Event>, Rejection> {
    town.say(Command::Dispute(DisputeCommand::Resolve {
        dispute,
        card_seconds,
        reason: "the logs say so".to_owned(),
    }))
}

/// All money that matters of a lease: escrow, pending by cash and programme, payable by both, collateral, debt, fees, VAT.
pub fn money(town: &Town, lease: LeaseId) -> [i64; 9] {
    [
        AccountKey::Escrow(lease),
        AccountKey::PendingCash(PROVIDER),
        AccountKey::PendingProgramme(PROVIDER),
        AccountKey::PayableCash(PROVIDER),
        AccountKey::PayableProgramme(PROVIDER),
        AccountKey::Collateral(PROVIDER),
        AccountKey::Debt(PROVIDER),
        AccountKey::FeeRevenue,
        AccountKey::VatPayable,
    ]
    .map(|key| town.fen(key))
}
