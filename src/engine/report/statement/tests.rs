//! A tenant's month, line by line.

use super::*;
use crate::domain::id::BidId;
use crate::domain::time::Hour;

const TENANT: OrgId = OrgId(1);

fn booked(transfer: u64, kind: MovementKind, (debit, credit): (AccountKey, AccountKey), fen: i64) -> Booked {
    let lease = matches!(kind, MovementKind::Settle | MovementKind::CloseLease).then_some(LeaseId(7));
    Booked {
        transfer: TransferId(transfer),
        movement: MovementId(transfer),
        kind,
        about: lease.map_or(BusinessRef::Bid(BidId(1)), BusinessRef::Lease),
        lease,
        booked_at: Hour(i32::try_from(transfer).unwrap()).timestamp(),
        debit,
        credit,
        amount: Money::from_fen(fen),
    }
}

/// Two escrows are one account of the statement; what comes after the period is taken off what is held now.
#[test]
fn openings_are_what_is_held_now_less_what_was_booked_since() {
    let period = Period {
        from: Some(Hour(1).timestamp()),
        until: Some(Hour(5).timestamp()),
    };
    let (cash, held) = (AccountKey::Cash(TENANT), AccountKey::Held(TENANT));
    let escrow = AccountKey::Escrow(LeaseId(7));
    let pending = AccountKey::PendingCash(OrgId(2));
    let mut fold = Statement::new(period, Party::Org(TENANT), true);
    for (key, fen) in [
        (cash, 60),
        (held, 0),
        (escrow, 0),
        (AccountKey::Escrow(LeaseId(8)), 25),
        (AccountKey::Debt(TENANT), 0),
    ] {
        fold.add_balance(key, Money::from_fen(fen)).unwrap();
    }
    for (transfer, kind, accounts, fen, owned) in [
        (1, MovementKind::HoldBid, (cash, held), 40, (true, true)),
        (2, MovementKind::Settle, (escrow, pending), 30, (true, false)),
        (
            3,
            MovementKind::Settle,
            (escrow, AccountKey::FeeRevenue),
            2,
            (true, false),
        ),
        (4, MovementKind::CloseLease, (escrow, cash), 8, (true, true)),
        (5, MovementKind::ReleaseBid, (held, cash), 40, (true, true)),
    ] {
        fold.add(&booked(transfer, kind, accounts, fen), owned).unwrap();
    }
    assert_eq!(fold.lines(), 6);
    let books = fold.finish(|_| None).unwrap();
    let shown: Vec<_> = books
        .accounts
        .iter()
        .map(|one| {
            let balances: Vec<i64> = one.lines.iter().map(|line| line.balance.fen()).collect();
            (one.account, one.opening.fen(), one.closing.fen(), balances)
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("cash", 52, 20, vec![12, 20]),
            ("held", 0, 40, vec![40]),
            ("escrow", 65, 25, vec![35, 33, 25]),
        ]
    );
}
