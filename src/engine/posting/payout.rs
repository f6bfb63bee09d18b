//! payout: provider.payable → payout_in_flight on submit; withdraw: org.cash → payout_in_flight; refund: suspense → payout_in_flight;
//! settle_payout: payout_in_flight → bank when the statement shows it; return_payout: back the same way

use crate::domain::account::AccountKey;
use crate::domain::banking::payout::{Payout, PayoutState};
use crate::domain::id::{OrgId, SuspenseId};
use crate::domain::time::Timestamp;
use crate::domain::transfer::{BusinessRef, MovementKind};
use crate::engine::event::Event;
use crate::engine::ledger::Leg;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// What a payout pays out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// What was earned.
    Earnings,
    /// Cash.
    Cash,
    /// Money of nobody known.
    Suspense(SuspenseId),
}

/// How it is seen that the bank has paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// A statement names it.
    Statement,
    /// A statement shows it without naming it, so that it was booked against suspense.
    Suspense,
}

/// Posts that it is sent.
pub fn send(
    state: &mut State,
    events: &mut Vec<Event>,
    (payout, source): (&Payout, Source),
    at: Timestamp,
) -> Result<(), Rejection> {
    let kind = match source {
        Source::Earnings => MovementKind::Payout,
        Source::Cash => MovementKind::Withdraw,
        Source::Suspense(_) => MovementKind::Refund,
    };
    let about = BusinessRef::Payout(payout.id);
    super::post(state, events, (kind, about, at), &out(payout, source)?)
}

fn out(payout: &Payout, source: Source) -> Result<Vec<Leg>, Rejection> {
    let line = &payout.line;
    let flight = AccountKey::PayoutInFlight;
    let org = |org: Option<OrgId>| org.ok_or(Rejection::Fault("a payout to nobody"));
    Ok(match source {
        Source::Earnings => {
            let org = org(line.org)?;
            vec![
                super::leg(AccountKey::PayableCash(org), flight, line.from_cash),
                super::leg(AccountKey::PayableProgramme(org), flight, line.from_programme),
            ]
        }
        Source::Cash => vec![super::leg(AccountKey::Cash(org(line.org)?), flight, line.amount)],
        Source::Suspense(_) => vec![super::leg(AccountKey::Suspense, flight, line.amount)],
    })
}

/// Posts that the bank has paid it.
pub fn settle(
    state: &mut State,
    events: &mut Vec<Event>,
    (payout, seen): (&Payout, Seen),
    at: Timestamp,
) -> Result<(), Rejection> {
    let from = match seen {
        Seen::Statement => AccountKey::Bank,
        Seen::Suspense => AccountKey::Suspense,
    };
    let legs = [super::leg(AccountKey::PayoutInFlight, from, payout.line.amount)];
    let about = BusinessRef::Payout(payout.id);
    super::post(state, events, (MovementKind::SettlePayout, about, at), &legs)
}

/// Posts that it came back: where it was paid already it is in `bank` again, and in any case where it was before it was sent.
pub fn give_back(
    state: &mut State,
    events: &mut Vec<Event>,
    (payout, source): (&Payout, Source),
    at: Timestamp,
) -> Result<(), Rejection> {
    let mut legs = Vec::with_capacity(3);
    match payout.state {
        PayoutState::Paid => {
            legs.push(super::leg(
                AccountKey::Bank,
                AccountKey::PayoutInFlight,
                payout.line.amount,
            ));
        }
        PayoutState::InFlight => {}
        PayoutState::Returned => return Err(Rejection::Fault("a payout comes back twice")),
    }
    let back = out(payout, source)?.into_iter();
    legs.extend(back.map(|leg| super::leg(leg.credit, leg.debit, leg.amount)));
    let about = BusinessRef::Payout(payout.id);
    super::post(state, events, (MovementKind::ReturnPayout, about, at), &legs)
}
