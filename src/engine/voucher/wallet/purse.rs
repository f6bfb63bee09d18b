//! Purses: what each programme's vouchers of a tenant may pay.

use std::ops::Range;

use crate::domain::account::AccountKey;
use crate::domain::bid::{Bid, VoucherPolicy};
use crate::domain::evaluation::RefusalReason;
use crate::domain::id::{OrgId, ProgrammeId, VoucherId};
use crate::domain::lease::VoucherDraw;
use crate::domain::money::{Money, Overflow};
use crate::domain::programme::funding::PayMode;
use crate::domain::programme::rate::ServiceItem;
use crate::domain::programme::{Programme, ProgrammeRules, ProgrammeState};
use crate::domain::time::Timestamp;
use crate::engine::office::integrity::conflict::conflict;
use crate::engine::office::recovery::is_banned;
use crate::engine::state::State;
use crate::engine::voucher::related::related_groups;
use crate::engine::voucher::{evaluate, reserved, spending};

/// A tenant's vouchers under one version of one programme, and what is known of both. It does not change while a bid is
/// looked at; what does is in [`Balances`].
#[derive(Debug)]
pub(super) struct Purse<'a> {
    pub programme: &'a Programme,
    /// The rules of the version that governs these vouchers.
    pub rules: &'a ProgrammeRules,
    /// Places of its vouchers among those of the wallet, in the order of burning.
    pub vouchers: Range<usize>,
    /// Place of its tally.
    pub slot: usize,
    /// Owner groups with which a fill carries no subsidy.
    pub related: Vec<OrgId>,
    /// Whether its rules ask for the list of providers.
    pub asks_for_list: bool,
    /// What the owner group has spent in the period.
    pub spent: Money,
    /// The period in which the entity's cap counts.
    pub period: i32,
    /// The cap of the entity, where it was lifted.
    pub lifted: Option<Money>,
    /// What was paid in before, where the programme pays out of that.
    pub paid_in: Option<Money>,
}

/// A voucher.
#[derive(Debug, Clone, Copy)]
pub(super) struct InPurse {
    pub id: VoucherId,
    pub valid_until: Timestamp,
}

/// What changes as parts are paid. Kept apart, so that the search can start over without asking for memory.
#[derive(Debug, Default, Clone)]
pub(super) struct Balances {
    /// What each voucher of the wallet has left.
    pub left: Vec<Money>,
    /// What counts against limits, by purse.
    pub tallies: Vec<Tally>,
    /// What the owner group has agreed in the calendar year.
    pub declared: Money,
}

/// What counts against the limits of a purse.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Tally {
    /// Drawn by the owner group in the period.
    pub drawn: Money,
    /// Promised of what was paid in.
    pub promised: Money,
}

/// A programme whose vouchers cannot pay now.
pub(super) type Blocked = (ProgrammeId, u32, RefusalReason);

/// All that the vouchers of a tenant can pay with.
#[derive(Debug, Default)]
pub(super) struct Purses<'a> {
    /// In the order of burning.
    pub purses: Vec<Purse<'a>>,
    pub vouchers: Vec<InPurse>,
    pub balances: Balances,
    pub blocked: Vec<Blocked>,
}

impl Balances {
    /// Becomes a copy of `other` in the same memory.
    pub fn copy(&mut self, other: &Balances) {
        self.left.clone_from(&other.left);
        self.tallies.clone_from(&other.tallies);
        self.declared = other.declared;
    }
}

impl Purse<'_> {
    /// What its vouchers have left.
    pub fn left(&self, balances: &Balances) -> Result<Money, Overflow> {
        let left = balances.left.get(self.vouchers.clone()).unwrap_or_default();
        Money::sum(left.iter().copied())
    }

    /// What counts against its limits.
    pub fn tally(&self, balances: &Balances) -> Tally {
        balances.tallies.get(self.slot).copied().unwrap_or_default()
    }

    /// The first voucher that covers `amount` alone.
    pub fn single(&self, balances: &Balances, amount: Money) -> Option<usize> {
        let covers = |place: &usize| balances.left.get(*place).is_some_and(|left| amount <= *left);
        self.vouchers.clone().find(covers)
    }

    /// Its place in the order of burning: that of its first voucher with something left.
    pub fn rank(&self, vouchers: &[InPurse], balances: &Balances) -> Option<(Timestamp, u32, VoucherId)> {
        let has_left = |place: &usize| balances.left.get(*place).is_some_and(|left| left.is_positive());
        let first = vouchers.get(self.vouchers.clone().find(has_left)?)?;
        Some((first.valid_until, self.rules.priority, first.id))
    }

    /// Takes an amount that was offered from its vouchers, in order, and counts it against the limits of all purses of the
    /// programme.
    pub fn take(
        &self,
        (purses, vouchers): (&[Purse<'_>], &[InPurse]),
        balances: &mut Balances,
        amount: Money,
        mut draws: Option<&mut Vec<VoucherDraw>>,
    ) -> Result<(), Overflow> {
        let mut missing = amount;
        let alone = if self.rules.divisible {
            None
        } else {
            self.single(balances, amount)
        };
        for place in self.vouchers.clone() {
            if alone.is_some_and(|alone| alone != place) {
                continue;
            }
            let (Some(left), Some(voucher)) = (balances.left.get_mut(place), vouchers.get(place)) else {
                continue;
            };
            let part = missing.min(*left);
            if part.is_positive() {
                *left = left.minus(part)?;
                missing = missing.minus(part)?;
                if let Some(draws) = &mut draws {
                    draws.push(VoucherDraw {
                        voucher: voucher.id,
                        amount: part,
                    });
                }
            }
        }
        for purse in purses.iter().filter(|purse| purse.programme.id == self.programme.id) {
            if let Some(tally) = balances.tallies.get_mut(purse.slot) {
                tally.promised = tally.promised.plus(amount)?;
                if purse.period == self.period {
                    tally.drawn = tally.drawn.plus(amount)?;
                }
            }
        }
        Ok(())
    }
}

/// Why none of a programme's vouchers can pay a new fill of `group` now, if so. What is reserved already is paid whatever
/// happens to the programme.
fn barred(
    state: &State,
    group: OrgId,
    (programme, rules): (&Programme, &ProgrammeRules),
    at: Timestamp,
) -> Option<RefusalReason> {
    // Who may not be granted may not pay either with what was granted before.
    if conflict(state, programme, group, at).is_some() {
        return Some(RefusalReason::RoleConflict);
    }
    if is_banned(state, group, programme.issuer, at).is_some() {
        return Some(RefusalReason::Banned);
    }
    match programme.state {
        ProgrammeState::Open => {}
        ProgrammeState::Draft
        | ProgrammeState::Approved
        | ProgrammeState::Closed
        | ProgrammeState::Reconciled
        | ProgrammeState::Rejected => return Some(RefusalReason::NotOpen),
    }
    if !rules.pay_mode.is_deducted() {
        return Some(RefusalReason::NotDeducted);
    }
    None
}

/// What a bid's tenant has, in the order of burning: soonest expiry, then the programme's priority, then the oldest.
pub(super) fn of<'a>(state: &'a State, bid: &Bid, at: Timestamp) -> Result<Purses<'a>, Overflow> {
    let mut found = Purses::default();
    let mut usable = usable(state, bid, (at, &mut found.blocked));
    if usable.is_empty() {
        return Ok(found);
    }
    usable.sort_by_key(|(_, rules, voucher, _)| (voucher.valid_until, rules.priority, voucher.id));
    while let Some(&(programme, rules, ..)) = usable.first() {
        let from = found.vouchers.len();
        usable.retain(|(other, version, voucher, left)| {
            let is_own = other.id == programme.id && version.version == rules.version;
            if is_own {
                found.vouchers.push(*voucher);
                found.balances.left.push(*left);
            }
            !is_own
        });
        let vouchers = from..found.vouchers.len();
        let slot = found.purses.len();
        let (purse, tally) = open(state, bid, (programme, rules), (vouchers, slot), at)?;
        found.purses.push(purse);
        found.balances.tallies.push(tally);
    }
    found.balances.declared = spending::declared(state, bid.group, at);
    Ok(found)
}

/// A voucher that can pay, with what it has left.
type Usable<'a> = (&'a Programme, &'a ProgrammeRules, InPurse, Money);

fn usable<'a>(state: &'a State, bid: &Bid, (at, blocked): (Timestamp, &mut Vec<Blocked>)) -> Vec<Usable<'a>> {
    let allowed = |id: &VoucherId| match &bid.voucher {
        VoucherPolicy::Auto => true,
        VoucherPolicy::None => false,
        VoucherPolicy::Named(named) => named.contains(id),
    };
    let ids = state.vouchers_of.get(&bid.tenant).into_iter().flatten();
    let mut usable = Vec::new();
    for id in ids.filter(|id| allowed(id)) {
        let voucher = state.vouchers.get(id);
        let Some(voucher) = voucher.filter(|voucher| voucher.valid_from <= at && at < voucher.valid_until) else {
            continue;
        };
        let programme = state.programmes.get(&voucher.programme);
        let Some((programme, rules)) =
            programme.and_then(|programme| Some((programme, programme.rules_of(voucher.version)?)))
        else {
            continue;
        };
        let left = state.ledger.balance(AccountKey::VoucherAvailable(*id));
        if !left.is_positive() {
            continue;
        }
        if let Some(reason) = barred(state, bid.group, (programme, rules), at) {
            let entry = (programme.id, rules.version, reason);
            if !blocked.contains(&entry) {
                blocked.push(entry);
            }
            continue;
        }
        let in_purse = InPurse {
            id: *id,
            valid_until: voucher.valid_until,
        };
        usable.push((programme, rules, in_purse, left));
    }
    usable
}

fn open<'a>(
    state: &'a State,
    bid: &Bid,
    (programme, rules): (&'a Programme, &'a ProgrammeRules),
    (vouchers, slot): (Range<usize>, usize),
    at: Timestamp,
) -> Result<(Purse<'a>, Tally), Overflow> {
    let period = evaluate::cap_period(rules, at);
    let drawn = state.drawn.get(&(programme.id, bid.group, period)).copied();
    let (paid_in, promised) = match rules.pay_mode {
        PayMode::Reserve => {
            let (paid_in, promised) = reserved::paid_in(state, programme.id);
            (Some(paid_in), promised)
        }
        PayMode::Deduct | PayMode::Reimburse | PayMode::Assessment => (None, Money::ZERO),
    };
    let provider = &rules.provider_rule;
    let by_facility = rules
        .rates
        .iter()
        .chain(rules.stacking.iter().flat_map(|rule| &rule.ceilings));
    let purse = Purse {
        programme,
        rules,
        vouchers,
        slot,
        related: related_groups(state, bid.group, &rules.related_party, at),
        asks_for_list: provider.listed
            || provider.item.is_some()
            || provider.capacity_min_p.is_some()
            || by_facility.into_iter().any(|row| row.when.facilities.is_some()),
        spent: match rules.min_spend {
            Some(_) => spending::spent(state, bid.group, rules, at)?,
            None => Money::ZERO,
        },
        period,
        lifted: state.cap_lifts.get(&(programme.id, bid.group)).copied(),
        paid_in,
    };
    let tally = Tally {
        drawn: drawn.unwrap_or_default(),
        promised,
    };
    Ok((purse, tally))
}

/// Whether a fill counts under a programme at all: what the exchange lets are accelerators.
pub(super) fn includes_computing(rules: &ProgrammeRules) -> bool {
    rules.included_items.contains(&ServiceItem::Compute)
}
