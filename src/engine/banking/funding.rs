//! What treasuries have not paid yet of what providers have earned: such money is not paid out.
//!
//! For each programme and provider the state keeps how much of the subsidy that was settled is not funded. All of a programme
//! together are what its treasuries owe (receivables above zero), at any time: that is the invariant. What a movement changes of
//! those receivables is given to the provider whose earnings it moves; what no provider's earnings go with (a receipt, a recovery
//! from a tenant) is spread over all that are not funded, in proportion, by largest remainder. Subsidies that go to tenants are
//! nobody's here.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::event::BankingEvent;
use crate::domain::account::AccountKey;
use crate::domain::id::{OrgId, ProgrammeId};
use crate::domain::money::{Money, Overflow};
use crate::domain::rounding;
use crate::engine::event::Event;
use crate::engine::ledger::Leg;
use crate::engine::state::State;

/// Who has what is no provider's.
pub const NOBODY: OrgId = OrgId(0);

/// What the treasuries of the programmes that some legs touch owe before these are posted.
pub(in crate::engine) struct Before(BTreeMap<ProgrammeId, Money>);

fn programme_of(key: AccountKey) -> Option<ProgrammeId> {
    match key {
        AccountKey::TreasuryReceivable(programme, _) => Some(programme),
        _ => None,
    }
}

/// Looks at what is owed before legs are posted.
pub(in crate::engine) fn before(state: &State, legs: &[Leg]) -> Result<Before, Overflow> {
    let mut owed = BTreeMap::new();
    for leg in legs.iter().filter(|leg| leg.amount != Money::ZERO) {
        for programme in [leg.debit, leg.credit].into_iter().filter_map(programme_of) {
            if let Entry::Vacant(entry) = owed.entry(programme) {
                entry.insert(self::owed(state, programme)?);
            }
        }
    }
    Ok(Before(owed))
}

/// What the treasuries of a programme owe; what one of them has paid too much does not count against another.
pub fn owed(state: &State, programme: ProgrammeId) -> Result<Money, Overflow> {
    let payers = state.programmes.get(&programme).map_or(1, |known| {
        let versions = std::iter::once(&known.rules).chain(&known.earlier);
        let most = versions.map(|rules| rules.co_funding.len()).max();
        most.unwrap_or_default().max(1)
    });
    let payers = u8::try_from(payers).unwrap_or(u8::MAX);
    let of_payer = (0..payers).map(|payer| {
        let key = AccountKey::TreasuryReceivable(programme, payer);
        state.ledger.balance(key).max(Money::ZERO)
    });
    Money::sum(of_payer)
}

/// Follows legs that were posted.
pub(in crate::engine) fn follow(
    state: &mut State,
    events: &mut Vec<Event>,
    before: Before,
    legs: &[Leg],
) -> Result<(), Overflow> {
    for (programme, was) in before.0 {
        let change = owed(state, programme)?.minus(was)?;
        if change == Money::ZERO {
            continue;
        }
        let provider = provider_of(legs, programme);
        if change.is_positive() {
            add(state, events, (programme, provider.unwrap_or(NOBODY)), change)?;
            continue;
        }
        let mut less = Money::ZERO.minus(change)?;
        if let Some(provider) = provider {
            let own = unfunded(state, (programme, provider)).min(less);
            add(state, events, (programme, provider), Money::ZERO.minus(own)?)?;
            less = less.minus(own)?;
        }
        spread(state, events, programme, less)?;
    }
    Ok(())
}

/// The provider whose earnings the legs of a programme move.
fn provider_of(legs: &[Leg], programme: ProgrammeId) -> Option<OrgId> {
    legs.iter().find_map(|leg| {
        let other = if programme_of(leg.debit) == Some(programme) {
            leg.credit
        } else if programme_of(leg.credit) == Some(programme) {
            leg.debit
        } else {
            return None;
        };
        match other {
            AccountKey::PendingProgramme(org) | AccountKey::PayableProgramme(org) | AccountKey::Collateral(org) => {
                Some(org)
            }
            _ => None,
        }
    })
}

/// What is not funded of one provider under one programme.
pub fn unfunded(state: &State, key: (ProgrammeId, OrgId)) -> Money {
    state.banking.unfunded.get(&key).copied().unwrap_or_default()
}

fn add(state: &mut State, events: &mut Vec<Event>, key: (ProgrammeId, OrgId), more: Money) -> Result<(), Overflow> {
    let now = unfunded(state, key).plus(more)?;
    if now == Money::ZERO {
        state.banking.unfunded.remove(&key);
    } else {
        state.banking.unfunded.insert(key, now);
    }
    if more != Money::ZERO {
        let (programme, org) = key;
        events.push(Event::Banking(Box::new(BankingEvent::FundingChanged {
            programme,
            org,
            unfunded: now,
        })));
    }
    Ok(())
}

/// Takes `less` off all that is not funded under a programme, in proportion.
fn spread(state: &mut State, events: &mut Vec<Event>, programme: ProgrammeId, less: Money) -> Result<(), Overflow> {
    if !less.is_positive() {
        return Ok(());
    }
    let shares: Vec<(OrgId, Money)> = of_programme(state, programme).collect();
    let weights: Vec<Money> = shares.iter().map(|(_, share)| *share).collect();
    let parts = rounding::split_by_amounts(less, &weights)?;
    for ((org, _), part) in shares.into_iter().zip(parts) {
        add(state, events, (programme, org), Money::ZERO.minus(part)?)?;
    }
    Ok(())
}

/// What is not funded under a programme, by provider.
pub fn of_programme(state: &State, programme: ProgrammeId) -> impl Iterator<Item = (OrgId, Money)> {
    let range = (programme, OrgId(0))..=(programme, OrgId(u64::MAX));
    let rows = state.banking.unfunded.range(range);
    rows.map(|((_, org), amount)| (*org, *amount))
}

/// What is not funded of a provider's earnings, under all programmes.
pub fn unfunded_of(state: &State, org: OrgId) -> Result<Money, Overflow> {
    let rows = state.banking.unfunded.iter();
    let own = rows.filter(|((_, whose), _)| *whose == org);
    Money::sum(own.map(|(_, amount)| *amount))
}

/// What of a provider's `payable_programme` can be paid out. What treasuries have paid is taken to be the oldest, so that what is
/// not funded is what is still disputable, and only the rest of it holds back what is payable.
pub fn free(state: &State, org: OrgId) -> Result<Money, Overflow> {
    let payable = state.ledger.balance(AccountKey::PayableProgramme(org));
    let pending = state.ledger.balance(AccountKey::PendingProgramme(org));
    let funded = payable.plus(pending)?.minus(unfunded_of(state, org)?)?;
    Ok(funded.max(Money::ZERO).min(payable))
}
