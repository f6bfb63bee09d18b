//! What goes back when a lease comes to less than was settled of it, to the fen.

use qiantang::domain::account::AccountKey;
use qiantang::domain::transfer::MovementKind;
use qiantang::engine::{Command, Event};
use serde_json::json;

use super::meter::{HOUR, at, correction, money, report, span, taken, town};
use crate::recovery::town::{PROVIDER, live};

/// One lease settles an hour; the other one two, of which one is turned back: every account stands as if each had settled one.
#[test]
fn less_usage_turns_back_exactly_what_it_had_come_to() {
    let mut town = town(1);
    let (one, other) = (town.rent(24), town.rent(24));
    town.now = at(&town, one, 2);
    for (lease, id) in [(one, "a"), (other, "b")] {
        let whole = span(&town, lease, id, (0, 2), 2 * HOUR);
        taken(&mut town, vec![whole]);
    }
    let before = money(&town, one);
    taken(&mut town, vec![correction(one, "c", "a", HOUR)]);
    town.settle();
    assert_eq!(before[1..], [0; 8]);
    // Now the other one: settled in full, and turned back.
    taken(&mut town, vec![correction(other, "d", "b", HOUR)]);
    town.settle();
    let (mine, theirs) = (&town.state.leases[&one], &town.state.leases[&other]);
    assert_eq!(mine.settled, theirs.settled);
    assert_eq!(
        town.fen(AccountKey::Escrow(one)),
        town.fen(AccountKey::Escrow(other)),
        "what was turned back is what was never settled"
    );
    let twice = money(&town, one);
    // Fees of 0.27 and 0.53, of which 0.05 are VAT, twice.
    assert_eq!(twice[7..], [2 * (27 + 53 - 5), 2 * 5]);
    // 26.72 less the voucher's third, less the provider's fee of 0.53, twice.
    assert_eq!((twice[1], twice[2]), (2 * (1_781 - 53), 2 * 891));
    assert_eq!(twice[3..7], [0, 0, 0, 0]);
}

#[test]
fn the_movement_goes_the_other_way_in_one_piece() {
    let mut town = town(1);
    let lease = town.rent(24);
    town.now = at(&town, lease, 1);
    let whole = span(&town, lease, "a", (0, 1), HOUR);
    taken(&mut town, vec![whole]);
    town.settle();
    taken(&mut town, vec![correction(lease, "b", "a", 0)]);
    let until = town.now;
    let events = town.say(Command::Settle { until, most: None }).unwrap();
    let posted: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Posted(posted) => Some(&posted.movement),
            _ => None,
        })
        .collect();
    assert_eq!(posted.len(), 1);
    assert_eq!(posted[0].kind, MovementKind::Correct);
    let key = |id| {
        let accounts = town.state.ledger.accounts();
        accounts.into_iter().find(|account| account.id == id).unwrap().key
    };
    let told: Vec<String> = posted[0]
        .transfers
        .iter()
        .map(|transfer| {
            let (debit, credit) = (key(transfer.debit).kind(), key(transfer.credit).kind());
            format!("{debit} → {credit} {}", transfer.amount)
        })
        .collect();
    // 8 card-hours at 3.34: 26.72; the voucher pays 8.91, split 60.01 : 19.99 : 20.00; fees 0.27 and 0.53 with 0.05 of VAT.
    let expected = [
        "vat_payable → fee_revenue 0.05",
        "fee_revenue → escrow 0.27",
        "fee_revenue → pending_cash 0.53",
        "pending_cash → escrow 17.81",
        "pending_programme → treasury_receivable 5.35",
        "pending_programme → treasury_receivable 1.78",
        "pending_programme → treasury_receivable 1.78",
        "redeemed → voucher_reserved 8.91",
    ];
    assert_eq!(told, expected);
    assert_eq!(money(&town, lease)[1..], [0; 8]);
    assert_eq!(town.receivables(), [0, 0, 0]);
    assert!(town.state.earnings.is_empty(), "nothing becomes payable of it");
}

#[test]
fn what_was_paid_out_already_comes_out_of_what_is_there_and_the_rest_is_owed() {
    let mut town = town(1);
    let lease = town.rent(24);
    town.now = at(&town, lease, 1);
    let whole = span(&town, lease, "a", (0, 1), HOUR);
    taken(&mut town, vec![whole]);
    town.settle();
    // The dispute window of three days is long over; all but a yuan was paid out.
    town.now = town.now.plus_hours(22);
    town.now = town.now.plus_hours(60);
    town.verb(None, "tick", json!({}));
    let cash = town.fen(AccountKey::PayableCash(PROVIDER));
    assert_eq!(cash, 1_781 - 53);
    let amount = qiantang::domain::money::Money::from_fen(cash - 100);
    town.say(Command::Post {
        transfers: vec![(AccountKey::PayableCash(PROVIDER), AccountKey::Bank, amount)],
    })
    .unwrap();
    taken(&mut town, vec![correction(lease, "b", "a", 0)]);
    town.settle();
    let after = money(&town, lease);
    assert_eq!((after[3], after[4]), (0, 0));
    assert_eq!(after[6], cash - 100, "the provider owes it");
}

#[test]
fn what_was_credited_cannot_go_back_twice() {
    let mut town = town(1);
    let lease = town.rent(24);
    town.now = at(&town, lease, 1);
    let whole = span(&town, lease, "a", (0, 1), HOUR);
    taken(&mut town, vec![whole]);
    town.settle();
    town.credit(&live(lease), 2_000).unwrap();
    let gone = vec![(0, "given_back".to_owned())];
    assert_eq!(report(&mut town, vec![correction(lease, "b", "a", 0)]), (0, 0, gone));
    taken(&mut town, vec![correction(lease, "b", "a", HOUR * 9 / 10)]);
    // Before that is settled, no more can be credited than will be left: 24.05 less 20.00.
    assert!(town.credit(&live(lease), 406).is_err());
    town.credit(&live(lease), 405).unwrap();
    town.settle();
}
