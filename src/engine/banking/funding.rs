//! What treasuries have not paid yet of what providers have earned: such money is not paid out.
//!
//! For each programme and provider the state keeps how much of the subsidy that was settled is not funded. All of a programme
//! together are what its treasuries owe (receivables above zero), at any time: that is the invariant. What a movement changes of
//! those receivables is given to the provider whose earnings it moves; what no provider's earnings go with (a receipt, a recovery
//! from a tenant) is spread over all that are not funded, in proportion, by largest remainder. Subsidies that go to tenants are
//! nobody's here. All of it follows from the transfers, so that no leaf of the journal says it: see [`Recount`].

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::domain::account::AccountKey;
use crate::domain::id::{OrgId, ProgrammeId};
use crate::domain::money::{Money, Overflow};
use crate::domain::rounding;
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

/// What of a programme's subsidies is not funded of one provider's earnings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unfunded {
    /// The programme.
    pub programme: ProgrammeId,
    /// Whose earnings; [`NOBODY`] has what is no provider's.
    pub org: OrgId,
    /// In all.
    pub amount: Money,
}

/// Follows legs that were posted, and says what is not funded where that has changed.
pub(in crate::engine) fn follow(state: &mut State, before: Before, legs: &[Leg]) -> Result<Vec<Unfunded>, Overflow> {
    let mut changed = Vec::new();
    for (programme, was) in before.0 {
        let change = owed(state, programme)?.minus(was)?;
        let provider = provider_of(legs, programme);
        let mut shares = Shares {
            all: &mut state.banking.unfunded,
            changed: &mut changed,
        };
        shares.follow((programme, provider), change)?;
    }
    Ok(changed)
}

/// The provider whose earnings the legs of a programme move.
fn provider_of(legs: &[Leg], programme: ProgrammeId) -> Option<OrgId> {
    legs.iter().filter(|leg| leg.amount != Money::ZERO).find_map(|leg| {
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

/// What is not funded, and which of it has changed.
struct Shares<'a> {
    all: &'a mut BTreeMap<(ProgrammeId, OrgId), Money>,
    changed: &'a mut Vec<Unfunded>,
}

impl Shares<'_> {
    /// The treasuries of a programme owe so much more (below zero: less), by a movement of a provider's earnings or of nobody's.
    fn follow(&mut self, (programme, provider): (ProgrammeId, Option<OrgId>), change: Money) -> Result<(), Overflow> {
        if change.is_positive() {
            return self.add((programme, provider.unwrap_or(NOBODY)), change);
        }
        let mut less = Money::ZERO.minus(change)?;
        if let Some(provider) = provider {
            let key = (programme, provider);
            let own = self.all.get(&key).copied().unwrap_or_default().min(less);
            self.add(key, Money::ZERO.minus(own)?)?;
            less = less.minus(own)?;
        }
        self.spread(programme, less)
    }

    fn add(&mut self, key: (ProgrammeId, OrgId), more: Money) -> Result<(), Overflow> {
        if more == Money::ZERO {
            return Ok(());
        }
        let amount = self.all.get(&key).copied().unwrap_or_default().plus(more)?;
        if amount == Money::ZERO {
            self.all.remove(&key);
        } else {
            self.all.insert(key, amount);
        }
        let (programme, org) = key;
        self.changed.push(Unfunded { programme, org, amount });
        Ok(())
    }

    /// Takes `less` off all that is not funded under a programme, in proportion.
    fn spread(&mut self, programme: ProgrammeId, less: Money) -> Result<(), Overflow> {
        if !less.is_positive() {
            return Ok(());
        }
        let shares: Vec<(OrgId, Money)> = within(self.all, programme).collect();
        let weights: Vec<Money> = shares.iter().map(|(_, share)| *share).collect();
        let parts = rounding::split_by_amounts(less, &weights)?;
        for ((org, _), part) in shares.into_iter().zip(parts) {
            self.add((programme, org), Money::ZERO.minus(part)?)?;
        }
        Ok(())
    }
}

fn within(all: &BTreeMap<(ProgrammeId, OrgId), Money>, programme: ProgrammeId) -> impl Iterator<Item = (OrgId, Money)> {
    let rows = all.range((programme, OrgId(0))..=(programme, OrgId(u64::MAX)));
    rows.map(|((_, org), amount)| (*org, *amount))
}

/// What is not funded under a programme, by provider.
pub fn of_programme(state: &State, programme: ProgrammeId) -> impl Iterator<Item = (OrgId, Money)> {
    within(&state.banking.unfunded, programme)
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

/// Finds what is not funded out of the transfers alone: for databases of before it was kept.
#[derive(Debug, Default)]
pub struct Recount {
    receivable: BTreeMap<(ProgrammeId, u8), Money>,
    unfunded: BTreeMap<(ProgrammeId, OrgId), Money>,
}

impl Recount {
    /// Follows the transfers of one movement; movements come in their order. Only transfers of receivables count.
    pub fn follow(&mut self, transfers: &[Leg]) -> Result<(), Overflow> {
        let mut before = BTreeMap::new();
        for leg in transfers {
            for (key, debited) in [(leg.debit, true), (leg.credit, false)] {
                let AccountKey::TreasuryReceivable(programme, payer) = key else {
                    continue;
                };
                if let Entry::Vacant(entry) = before.entry(programme) {
                    entry.insert(self.owed(programme)?);
                }
                let balance = self.receivable.entry((programme, payer)).or_default();
                *balance = if debited {
                    balance.plus(leg.amount)?
                } else {
                    balance.minus(leg.amount)?
                };
            }
        }
        for (programme, was) in before {
            let change = self.owed(programme)?.minus(was)?;
            let provider = provider_of(transfers, programme);
            let mut shares = Shares {
                all: &mut self.unfunded,
                changed: &mut Vec::new(),
            };
            shares.follow((programme, provider), change)?;
        }
        Ok(())
    }

    fn owed(&self, programme: ProgrammeId) -> Result<Money, Overflow> {
        let payers = self.receivable.range((programme, 0)..=(programme, u8::MAX));
        Money::sum(payers.map(|(_, balance)| (*balance).max(Money::ZERO)))
    }

    /// What is not funded after all of them.
    pub fn found(self) -> Vec<Unfunded> {
        let rows = self.unfunded.into_iter();
        rows.map(|((programme, org), amount)| Unfunded { programme, org, amount })
            .collect()
    }
}
