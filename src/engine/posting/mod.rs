//! The movements of LEDGER.md, one file each: a function from a business event to the legs of its movement.

pub mod appropriate;
pub mod assess;
pub mod claim;
pub mod close_lease;
pub mod collect;
pub mod correct;
pub mod credit;
pub mod deposit;
pub mod expire_voucher;
pub mod fill;
pub mod fund_reserve;
pub mod grant;
pub mod hold;
pub mod lapse_pot;
pub mod payout;
pub mod penalty;
pub mod receive_treasury;
pub mod recover;
pub mod release_earnings;
pub mod release_escrow;
pub mod remit_treasury;
pub mod revoke_voucher;
pub mod settle;
pub mod succeed;
pub mod suspense;
pub mod take_back_pot;

use super::banking::funding;
use super::event::Event;
use super::ledger::{Leg, PostError, Posted, Posting};
use super::rejection::Rejection;
use super::state::State;
use crate::domain::account::AccountKey;
use crate::domain::lease::Fill;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::transfer::{BusinessRef, MovementKind};

/// A leg.
pub fn leg(debit: AccountKey, credit: AccountKey, amount: Money) -> Leg {
    Leg { debit, credit, amount }
}

/// The legs by which a fill binds what vouchers pay of it.
fn reserve(fill: &Fill) -> impl Iterator<Item = Leg> {
    fill.draws.iter().map(|draw| {
        leg(
            AccountKey::VoucherAvailable(draw.voucher),
            AccountKey::VoucherReserved(draw.voucher),
            draw.amount,
        )
    })
}

/// The legs that pour amounts from `sources` into `targets`, both in order; their sums must be equal. A target below zero is a source
/// that comes before all others.
fn pour(sources: &[(AccountKey, Money)], targets: &[(AccountKey, Money)]) -> Result<Vec<Leg>, Rejection> {
    let mut left = Vec::with_capacity(sources.len() + targets.len());
    for &(key, amount) in targets.iter().filter(|(_, amount)| *amount < Money::ZERO) {
        left.push((key, Money::ZERO.minus(amount)?));
    }
    left.extend(sources.iter().filter(|(_, amount)| amount.is_positive()));
    let mut left = left.into_iter();
    let mut legs = Vec::new();
    let (mut source, mut there) = (None, Money::ZERO);
    for &(target, amount) in targets.iter().filter(|(_, amount)| amount.is_positive()) {
        let mut wanted = amount;
        while wanted.is_positive() {
            if !there.is_positive() {
                let next = left
                    .next()
                    .ok_or(Rejection::Fault("a posting has more targets than sources"))?;
                (source, there) = (Some(next.0), next.1);
            }
            let part = wanted.min(there);
            (wanted, there) = (wanted.minus(part)?, there.minus(part)?);
            legs.extend(source.map(|source| leg(source, target, part)));
        }
    }
    if there.is_positive() || left.next().is_some() {
        return Err(Rejection::Fault("a posting has more sources than targets"));
    }
    Ok(legs)
}

/// Posts what the engine has made sure can be posted; a refusal here is a defect.
fn post(
    state: &mut State,
    events: &mut Vec<Event>,
    (kind, about, booked_at): (MovementKind, BusinessRef, Timestamp),
    legs: &[Leg],
) -> Result<(), Rejection> {
    if booked_at < state.closed_until {
        return Err(Rejection::Fault("a posting is booked in a closed period"));
    }
    let posting = Posting {
        kind,
        about,
        booked_at,
        legs,
    };
    let owed = funding::before(state, legs)?;
    let posted = state.ledger.post(posting).map_err(|error| match error {
        PostError::Floor(_) => Rejection::Fault("a posting would overdraw an account"),
        PostError::Mismatch => Rejection::Fault("a posting mixes units"),
        PostError::Overflow => Rejection::Fault("a posting leaves the range"),
    })?;
    let unfunded = funding::follow(state, owed, legs)?;
    events.extend(posted.map(|posted| Event::Posted(Posted { unfunded, ..posted })));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{OrgId, ProgrammeId};

    #[test]
    fn amounts_are_poured_in_order_and_odd_fen_go_back_first() {
        let (cash, debt) = (AccountKey::Cash(OrgId(1)), AccountKey::Debt(OrgId(1)));
        let payer = |payer| AccountKey::TreasuryReceivable(ProgrammeId(1), payer);
        let fen = Money::from_fen;
        let targets = [(payer(0), fen(-1)), (payer(1), fen(61)), (payer(2), fen(40))];
        let legs = pour(&[(cash, fen(70)), (debt, fen(30))], &targets).unwrap();
        let expected = [
            leg(payer(0), payer(1), fen(1)),
            leg(cash, payer(1), fen(60)),
            leg(cash, payer(2), fen(10)),
            leg(debt, payer(2), fen(30)),
        ];
        assert_eq!(legs, expected);
        assert!(pour(&[(cash, fen(101))], &targets).is_err());
        assert!(pour(&[(cash, fen(99))], &targets).is_err());
        assert_eq!(pour(&[], &[(payer(0), fen(0))]), Ok(vec![]));
    }
}
