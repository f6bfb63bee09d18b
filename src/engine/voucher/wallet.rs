//! A tenant's vouchers, as one bid may use them.

use std::collections::BTreeMap;

use super::evaluate::{self, Case, Deal, SoFar};
use super::related::related_groups;
use crate::domain::account::AccountKey;
use crate::domain::bid::{Alternative, Bid, VoucherPolicy};
use crate::domain::entity::EntityFacts;
use crate::domain::id::{OrgId, ProgrammeId, VoucherId};
use crate::domain::lease::VoucherDraw;
use crate::domain::money::{Money, Overflow};
use crate::domain::organisation::Organisation;
use crate::domain::programme::Programme;
use crate::domain::programme::eligibility::RelatedParty;
use crate::domain::rate::BasisPoints;
use crate::domain::rounding::{self, Rounding};
use crate::domain::time::Timestamp;
use crate::engine::matching::cover::{CoverCost, PartCharge, SubsidyBound};
use crate::engine::state::{Catalogue, State};

/// One programme's vouchers of the tenant, in burn order.
#[derive(Debug, Clone)]
struct Purse<'a> {
    programme: &'a Programme,
    vouchers: Vec<InPurse>,
    /// What the entity's cap leaves.
    cap_left: Option<Money>,
}

/// A voucher that has something left.
#[derive(Debug, Clone, Copy)]
struct InPurse {
    id: VoucherId,
    valid_until: Timestamp,
    left: Money,
}

impl Purse<'_> {
    /// Its place in the order of burning: that of its first voucher.
    fn rank(&self) -> Option<(Timestamp, u32, VoucherId)> {
        let first = self.vouchers.first()?;
        Some((first.valid_until, self.programme.rules.priority, first.id))
    }

    fn left(&self) -> Money {
        let sum = self
            .vouchers
            .iter()
            .fold(0_i64, |sum, voucher| sum.saturating_add(voucher.left.fen()));
        let sum = Money::from_fen(sum);
        self.cap_left.map_or(sum, |cap| cap.min(sum))
    }

    /// Takes `amount`, which is at most what is left, from the vouchers in order.
    fn take(&mut self, amount: Money) -> Result<Vec<VoucherDraw>, Overflow> {
        let mut draws = Vec::new();
        let mut missing = amount;
        for voucher in &mut self.vouchers {
            let part = missing.min(voucher.left);
            if part.is_positive() {
                voucher.left = voucher.left.minus(part)?;
                missing = missing.minus(part)?;
                draws.push(VoucherDraw {
                    voucher: voucher.id,
                    amount: part,
                });
            }
        }
        if let Some(cap) = &mut self.cap_left {
            *cap = cap.minus(amount)?;
        }
        Ok(draws)
    }
}

/// An entity of which nothing is known.
static UNKNOWN: EntityFacts = EntityFacts::NOTHING;

/// The vouchers and the cash with which a bid pays. Programmes burn in the order of their first voucher: soonest
/// expiry, then the programme's priority, then the oldest voucher. At most one programme pays of one part.
#[derive(Debug)]
pub struct Wallet<'a> {
    catalogue: &'a Catalogue,
    purses: Vec<Purse<'a>>,
    /// Owner groups with a member that was declared related to a member of the tenant's.
    related: Vec<OrgId>,
    orgs: &'a BTreeMap<OrgId, Organisation>,
    /// What the bid can spend: its hold and the tenant's free cash.
    budget: Money,
    tenant_fee: BasisPoints,
    entity: &'a EntityFacts,
    at: Timestamp,
}

/// What a part costs after vouchers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartPayment {
    /// What vouchers pay.
    pub voucher: Money,
    /// Which ones.
    pub draws: Vec<VoucherDraw>,
    /// Of which programme.
    pub programme: Option<ProgrammeId>,
    /// Charge − voucher.
    pub net: Money,
    /// The tenant's fee on the charge.
    pub fee: Money,
}

impl<'a> Wallet<'a> {
    /// The wallet of a bid at an instant.
    pub fn of(state: &'a State, bid: &Bid, at: Timestamp) -> Wallet<'a> {
        let purses = purses(state, bid, at);
        let cash = state.ledger.balance(AccountKey::Cash(bid.tenant));
        Wallet {
            catalogue: &state.catalogue,
            related: if purses.is_empty() {
                Vec::new()
            } else {
                related_groups(state, bid.group, &RelatedParty::default(), at)
            },
            orgs: &state.orgs,
            purses,
            budget: Money::from_fen(bid.held.fen().saturating_add(cash.fen())),
            tenant_fee: state.terms.tenant_fee_bps,
            entity: state.facts.get(&bid.tenant).unwrap_or(&UNKNOWN),
            at,
        }
    }

    /// The same with a budget of at least `amount`.
    pub fn with_at_least(self, amount: Money) -> Wallet<'a> {
        let budget = self.budget.max(amount);
        Wallet { budget, ..self }
    }

    /// The wallet after these payments: what [`Wallet::of`] gives once they are posted.
    pub fn spend<'p>(&mut self, payments: impl IntoIterator<Item = &'p PartPayment>) -> Result<(), Overflow> {
        for payment in payments {
            self.budget = self.budget.minus(payment.net)?.minus(payment.fee)?;
            let paid = |purse: &&mut Purse<'a>| payment.programme == Some(purse.programme.id);
            if let Some(purse) = self.purses.iter_mut().find(paid) {
                purse.take(payment.voucher)?;
            }
        }
        for purse in &mut self.purses {
            purse.vouchers.retain(|voucher| voucher.left.is_positive());
        }
        self.purses.retain(|purse| !purse.vouchers.is_empty());
        self.purses.sort_by_key(Purse::rank);
        Ok(())
    }

    /// Pays the parts of a cover in order; what a part takes is gone for the next one.
    pub fn pay(&self, alternative: &Alternative, parts: &[PartCharge]) -> Result<Vec<PartPayment>, Overflow> {
        let mut purses = self.purses.clone();
        parts
            .iter()
            .map(|part| self.pay_part(&mut purses, alternative, part))
            .collect()
    }

    fn pay_part(
        &self,
        purses: &mut [Purse<'_>],
        alternative: &Alternative,
        part: &PartCharge,
    ) -> Result<PartPayment, Overflow> {
        let fee = rounding::share(part.charge, self.tenant_fee, Rounding::HalfUp)?;
        for purse in purses.iter_mut().filter(|_| !self.is_related(part.provider)) {
            let subsidy = self.subsidy(purse, alternative, part)?.min(purse.left());
            if subsidy.is_positive() {
                let draws = purse.take(subsidy)?;
                let net = part.charge.minus(subsidy)?;
                return Ok(PartPayment {
                    voucher: subsidy,
                    draws,
                    programme: Some(purse.programme.id),
                    net,
                    fee,
                });
            }
        }
        Ok(PartPayment {
            voucher: Money::ZERO,
            draws: Vec::new(),
            programme: None,
            net: part.charge,
            fee,
        })
    }

    fn subsidy(&self, purse: &Purse<'_>, alternative: &Alternative, part: &PartCharge) -> Result<Money, Overflow> {
        let accelerator = self.catalogue.accelerator(alternative.accelerator);
        let Some((accelerator, site)) = accelerator.zip(self.catalogue.site(part.site)) else {
            return Ok(Money::ZERO);
        };
        let rules = &purse.programme.rules;
        let deal = Deal {
            accelerator: Some(accelerator),
            site: Some(&site.code),
            purpose: None,
            provider: &[],
            reference: self.catalogue.reference_price(alternative.accelerator),
            terms: Some((part.price, part.cards, alternative.hours)),
            base: part.charge,
            contract: part.charge,
            vat: BasisPoints(600),
            at: self.at,
        };
        let case = Case {
            rules,
            rates: &rules.rates,
            entity: self.entity,
            uscc: None,
            deal,
            so_far: SoFar::default(),
        };
        evaluate::evaluate(&case, &mut ())
    }

    fn is_related(&self, provider: OrgId) -> bool {
        let group = self.orgs.get(&provider).map_or(provider, |org| org.group);
        self.related.contains(&group)
    }
}

impl CoverCost for Wallet<'_> {
    fn net(&self, alternative: &Alternative, parts: &[PartCharge]) -> Option<Money> {
        if self.purses.is_empty() {
            let (mut net, mut fee) = (Money::ZERO, Money::ZERO);
            for part in parts {
                net = net.plus(part.charge).ok()?;
                fee = fee
                    .plus(rounding::share(part.charge, self.tenant_fee, Rounding::HalfUp).ok()?)
                    .ok()?;
            }
            return (net.plus(fee).ok()? <= self.budget).then_some(net);
        }
        let payments = self.pay(alternative, parts).ok()?;
        let net = Money::sum(payments.iter().map(|payment| payment.net)).ok()?;
        let fee = Money::sum(payments.iter().map(|payment| payment.fee)).ok()?;
        (net.plus(fee).ok()? <= self.budget).then_some(net)
    }

    fn subsidy_bound(&self, alternative: &Alternative) -> SubsidyBound {
        let accelerator = self.catalogue.accelerator(alternative.accelerator);
        let rates = self.purses.iter().filter(|_| accelerator.is_some());
        let rates = rates.flat_map(|purse| purse.programme.rules.rates.iter().map(|row| row.rate_bps));
        let rate = rates.max().unwrap_or(BasisPoints(0));
        let amount = self
            .purses
            .iter()
            .fold(0_i64, |sum, purse| sum.saturating_add(purse.left().fen()));
        SubsidyBound {
            rate,
            amount: Money::from_fen(amount),
        }
    }
}

fn purses<'a>(state: &'a State, bid: &Bid, at: Timestamp) -> Vec<Purse<'a>> {
    let allowed = |id: &VoucherId| match &bid.voucher {
        VoucherPolicy::Auto => true,
        VoucherPolicy::None => false,
        VoucherPolicy::Named(named) => named.contains(id),
    };
    let mut usable = Vec::new();
    for id in state
        .vouchers_of
        .get(&bid.tenant)
        .into_iter()
        .flatten()
        .filter(|id| allowed(id))
    {
        let voucher = state
            .vouchers
            .get(id)
            .filter(|voucher| voucher.valid_from <= at && at < voucher.valid_until);
        let found = voucher.and_then(|voucher| Some((voucher, state.programmes.get(&voucher.programme)?)));
        let Some((voucher, programme)) = found else { continue };
        let available = state.ledger.balance(AccountKey::VoucherAvailable(*id));
        if available.is_positive() {
            let in_purse = InPurse {
                id: *id,
                valid_until: voucher.valid_until,
                left: available,
            };
            usable.push((programme, in_purse));
        }
    }
    usable.sort_by_key(|(programme, voucher)| (voucher.valid_until, programme.rules.priority, voucher.id));
    let mut purses: Vec<Purse<'a>> = Vec::new();
    for (programme, voucher) in usable {
        match purses.iter_mut().find(|purse| purse.programme.id == programme.id) {
            Some(purse) => purse.vouchers.push(voucher),
            None => {
                let cap_left = cap_left(state, programme, bid.tenant, at);
                purses.push(Purse {
                    programme,
                    vouchers: vec![voucher],
                    cap_left,
                });
            }
        }
    }
    purses
}

fn cap_left(state: &State, programme: &Programme, tenant: OrgId, at: Timestamp) -> Option<Money> {
    let cap = programme.rules.cap_per_entity?;
    let period = evaluate::cap_period(&programme.rules, at);
    let drawn = state
        .drawn
        .get(&(programme.id, tenant, period))
        .copied()
        .unwrap_or_default();
    Some(cap.minus(drawn).unwrap_or_default().max(Money::ZERO))
}
