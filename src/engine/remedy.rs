//! What a provider gives back of what it has earned: out of which accounts, what becomes payable less by it, and where the entitlement of
//! vouchers goes that is not redeemed any more. Whatever goes back to those who paid shares it.

use crate::domain::account::AccountKey;
use crate::domain::id::{OrgId, ProgrammeId, VoucherId};
use crate::domain::money::{Money, Overflow};
use crate::domain::programme::funding::PayMode;
use crate::domain::time::Timestamp;
use crate::engine::event::Event;
use crate::engine::posting::expire_voucher;
use crate::engine::rejection::Rejection;
use crate::engine::settlement;
use crate::engine::state::State;
use crate::engine::timer::Due as Timer;

/// What is earned in the same movement and is not in the books yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Earned {
    /// Out of what tenants pay.
    pub cash: Money,
    /// Out of what programmes pay.
    pub programme: Money,
}

/// What a provider's accounts give of one source of its earnings, in order; the last one is what it owes from now on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Given {
    /// The accounts, with what each gives.
    pub from: Vec<(AccountKey, Money)>,
    /// Out of what is still disputable.
    pub pending: Money,
    /// Out of all but the debt.
    pub at_once: Money,
}

/// What a provider gives back to a tenant and to programmes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GivenBack {
    /// What goes to the tenant, out of which accounts.
    pub cash: Given,
    /// What goes to the programme, out of which accounts.
    pub subsidy: Given,
}

impl GivenBack {
    /// What comes out of earnings and collateral; the provider owes the rest.
    ///
    /// # Errors
    /// Only where amounts are beyond what the exchange can count.
    pub fn at_once(&self) -> Result<Money, Overflow> {
        self.cash.at_once.plus(self.subsidy.at_once)
    }
}

/// Takes `cash` and `subsidy` out of a provider's accounts: of what each source has pending, then payable, then out of the collateral;
/// it owes the rest. `earned` is what the same movement adds to what is pending before it takes.
///
/// # Errors
/// Only where amounts are beyond what the exchange can count.
pub fn give_back(
    state: &State,
    provider: OrgId,
    (cash, subsidy): (Money, Money),
    earned: Earned,
) -> Result<GivenBack, Rejection> {
    let balance = |key| state.ledger.balance(key);
    let debt = AccountKey::Debt(provider);
    let collateral = AccountKey::Collateral(provider);
    let (pending, payable) = (AccountKey::PendingCash(provider), AccountKey::PayableCash(provider));
    let of_cash = [
        (pending, balance(pending).plus(earned.cash)?),
        (payable, balance(payable)),
        (collateral, balance(collateral)),
    ];
    let cash = give((&of_cash, debt), cash)?;
    let used = cash.from.iter().find(|(key, _)| *key == collateral);
    let left = balance(collateral).minus(used.map_or(Money::ZERO, |(_, used)| *used))?;
    let pending = AccountKey::PendingProgramme(provider);
    let payable = AccountKey::PayableProgramme(provider);
    let of_subsidy = [
        (pending, balance(pending).plus(earned.programme)?),
        (payable, balance(payable)),
        (collateral, left),
    ];
    let subsidy = give((&of_subsidy, debt), subsidy)?;
    Ok(GivenBack { cash, subsidy })
}

/// Takes `wanted` out of what there is, the first account being what is pending.
fn give((there, debt): (&[(AccountKey, Money)], AccountKey), wanted: Money) -> Result<Given, Rejection> {
    let mut given = Given::default();
    let mut left = wanted;
    for &(key, there) in there {
        let part = left.min(there).max(Money::ZERO);
        if let AccountKey::PendingCash(_) | AccountKey::PendingProgramme(_) = key {
            given.pending = part;
        }
        left = left.minus(part)?;
        given.at_once = given.at_once.plus(part)?;
        given.from.push((key, part));
    }
    given.from.push((debt, left));
    Ok(given)
}

/// Entitlement that moves: from, through, to. What does not go back to its voucher passes through it all the same.
pub type Entitlement = (AccountKey, AccountKey, Option<AccountKey>, Money);

/// Where entitlement goes that is not redeemed any more: back to its voucher, or where that cannot pay any more, wherever its rest
/// has gone.
///
/// # Errors
/// [`Rejection::Fault`] where a voucher is unknown.
pub fn entitlement(
    state: &State,
    parts: impl IntoIterator<Item = (VoucherId, Money)>,
    at: Timestamp,
) -> Result<Vec<Entitlement>, Rejection> {
    let fault = || Rejection::Fault("a redemption of no voucher");
    let of_part = |(voucher, amount): (VoucherId, Money)| {
        let voucher = state.vouchers.get(&voucher).ok_or_else(fault)?;
        let programme = state.programmes.get(&voucher.programme).ok_or_else(fault)?;
        let redeemed = AccountKey::Redeemed(programme.id);
        Ok(if voucher.is_live(at) {
            (redeemed, AccountKey::VoucherAvailable(voucher.id), None, amount)
        } else {
            let target = expire_voucher::target(voucher, programme);
            (redeemed, AccountKey::VoucherReserved(voucher.id), Some(target), amount)
        })
    };
    parts.into_iter().map(of_part).collect()
}

/// Where a subsidy that is taken back goes: to the treasuries, each as much as it would owe less had it never been redeemed; or into
/// the reserve that it came from. `redeemed` is what the programme has redeemed in all before it is taken back.
///
/// # Errors
/// [`Rejection::Fault`] where the programme is unknown.
pub fn payers(
    state: &State,
    programme: ProgrammeId,
    (redeemed, amount): (Money, Money),
) -> Result<Vec<(AccountKey, Money)>, Rejection> {
    let known = state.programmes.get(&programme);
    let rules = &known.ok_or(Rejection::Fault("a voucher without a programme"))?.rules;
    if rules.pay_mode == PayMode::Reserve {
        return Ok(vec![(AccountKey::Reserve(programme), amount)]);
    }
    let parts = settlement::payer_parts(rules, (redeemed.minus(amount)?, redeemed))?;
    let accounts = (0_u8..).map(|payer| AccountKey::TreasuryReceivable(programme, payer));
    Ok(accounts.zip(parts).collect())
}

/// Takes what is given back out of what will become payable: out of what becomes so last.
///
/// # Errors
/// [`Rejection::Fault`] where less is to become payable than is taken.
pub fn lower_earnings(
    state: &mut State,
    events: &mut Vec<Event>,
    (org, mut cash, mut programme): (OrgId, Money, Money),
) -> Result<(), Rejection> {
    let lots = state.earnings.iter().rev().filter(|((_, whose), _)| *whose == org);
    let lots: Vec<_> = lots.map(|(key, earnings)| (*key, *earnings)).collect();
    for ((release_at, _), earnings) in lots {
        let (of_cash, of_programme) = (cash.min(earnings.0), programme.min(earnings.1));
        if of_cash == Money::ZERO && of_programme == Money::ZERO {
            continue;
        }
        (cash, programme) = (cash.minus(of_cash)?, programme.minus(of_programme)?);
        let left = (earnings.0.minus(of_cash)?, earnings.1.minus(of_programme)?);
        if left == (Money::ZERO, Money::ZERO) {
            state.earnings.remove(&(release_at, org));
            state.timers.clear(release_at, Timer::Earnings(org));
        } else {
            state.earnings.insert((release_at, org), left);
        }
        events.push(Event::EarningsPending {
            org,
            release_at,
            cash: left.0,
            programme: left.1,
        });
    }
    if cash == Money::ZERO && programme == Money::ZERO {
        Ok(())
    } else {
        Err(Rejection::Fault("what is pending is not what becomes payable"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_gives_what_is_pending_first_and_owes_what_is_missing() {
        let fen = Money::from_fen;
        let org = OrgId(1);
        let (pending, payable) = (AccountKey::PendingCash(org), AccountKey::PayableCash(org));
        let (collateral, debt) = (AccountKey::Collateral(org), AccountKey::Debt(org));
        let there = [(pending, fen(5)), (payable, fen(0)), (collateral, fen(3))];
        let given = give((&there, debt), fen(10)).unwrap();
        let expected = vec![
            (pending, fen(5)),
            (payable, fen(0)),
            (collateral, fen(3)),
            (debt, fen(2)),
        ];
        assert_eq!(given.from, expected);
        assert_eq!((given.pending, given.at_once), (fen(5), fen(8)));
        let given = give((&there, debt), fen(4)).unwrap();
        assert_eq!((given.pending, given.at_once), (fen(4), fen(4)));
    }

    #[test]
    fn what_the_same_movement_earns_is_given_first() {
        let (org, fen) = (OrgId(1), Money::from_fen);
        let earned = Earned {
            cash: fen(7),
            programme: fen(1),
        };
        let given = give_back(&State::default(), org, (fen(6), fen(2)), earned).unwrap();
        assert_eq!((given.cash.pending, given.cash.at_once), (fen(6), fen(6)));
        assert_eq!((given.subsidy.pending, given.subsidy.at_once), (fen(1), fen(1)));
        assert_eq!(given.subsidy.from.last(), Some(&(AccountKey::Debt(org), fen(1))));
    }
}
