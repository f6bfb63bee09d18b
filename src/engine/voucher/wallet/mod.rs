//! A tenant's vouchers, as one bid may use them.

mod purse;

use std::cell::RefCell;
use std::collections::BTreeMap;

use self::purse::{Balances, Blocked, InPurse, Purse};
use super::evaluate::{self, Case, Deal, SoFar, Trace};
use crate::domain::account::AccountKey;
use crate::domain::bid::{Alternative, Bid, Purpose};
use crate::domain::entity::EntityFacts;
use crate::domain::evaluation::{Cap, Evaluation, RefusalReason, Step};
use crate::domain::id::{OrgId, ProgrammeId};
use crate::domain::lease::VoucherDraw;
use crate::domain::money::{Money, Overflow};
use crate::domain::organisation::Organisation;
use crate::domain::provider_list::ListedProvider;
use crate::domain::rate::BasisPoints;
use crate::domain::rounding::{self, Rounding};
use crate::domain::terms::Terms;
use crate::domain::time::Timestamp;
use crate::domain::uscc::Uscc;
use crate::engine::matching::cover::{CoverCost, PartCharge, SubsidyBound};
use crate::engine::settlement::fees;
use crate::engine::state::{Catalogue, State};

/// The vouchers and the cash with which a bid pays. Programmes burn in the order of their first voucher: soonest
/// expiry, then the programme's priority, then the oldest voucher. At most one programme pays of one part.
#[derive(Debug)]
pub struct Wallet<'a> {
    catalogue: &'a Catalogue,
    purses: Vec<Purse<'a>>,
    vouchers: Vec<InPurse>,
    balances: Balances,
    /// For the search, which tries many covers and keeps none.
    scratch: RefCell<Balances>,
    /// Programmes whose vouchers cannot pay now.
    blocked: Vec<Blocked>,
    /// Whether payments say why programmes pay nothing.
    explains: bool,
    orgs: &'a BTreeMap<OrgId, Organisation>,
    lists: &'a BTreeMap<(ProgrammeId, OrgId), Vec<ListedProvider>>,
    /// What the bid can spend: its hold and the tenant's free cash.
    budget: Money,
    terms: Terms,
    entity: &'a EntityFacts,
    uscc: Option<Uscc>,
    purpose: Option<Purpose>,
    at: Timestamp,
}

/// What a part costs after vouchers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartPayment {
    /// What vouchers pay.
    pub voucher: Money,
    /// Which ones.
    pub draws: Vec<VoucherDraw>,
    /// How the programme that pays found it; none: no programme pays.
    pub evaluation: Option<Evaluation>,
    /// Why the programmes before it pay nothing; only where a quote asks.
    pub refusals: Vec<Evaluation>,
    /// Charge − voucher.
    pub net: Money,
    /// The tenant's fee on the charge.
    pub fee: Money,
}

impl<'a> Wallet<'a> {
    /// The wallet of a bid at an instant.
    ///
    /// # Errors
    /// Only where amounts are beyond what the exchange can count.
    pub fn of(state: &'a State, bid: &Bid, at: Timestamp) -> Result<Wallet<'a>, Overflow> {
        let found = purse::of(state, bid, at)?;
        let cash = state.ledger.balance(AccountKey::Cash(bid.tenant));
        Ok(Wallet {
            catalogue: &state.catalogue,
            purses: found.purses,
            vouchers: found.vouchers,
            balances: found.balances,
            scratch: RefCell::default(),
            blocked: found.blocked,
            explains: false,
            orgs: &state.orgs,
            lists: &state.provider_lists,
            budget: Money::from_fen(bid.held.fen().saturating_add(cash.fen())),
            terms: Terms {
                tenant_fee_bps: fees::tenant_rate(state, bid.tenant, at),
                vat_bps: fees::vat_rate(state, at),
                ..state.terms
            },
            entity: state.facts_of(bid.tenant),
            uscc: state.orgs.get(&bid.tenant).map(|org| org.profile.uscc),
            purpose: bid.purpose,
            at,
        })
    }

    /// The same with a budget of at least `amount`.
    pub fn with_at_least(self, amount: Money) -> Wallet<'a> {
        let budget = self.budget.max(amount);
        Wallet { budget, ..self }
    }

    /// The same, whose payments also say why programmes pay nothing.
    pub fn explaining(self) -> Wallet<'a> {
        Wallet { explains: true, ..self }
    }

    /// The wallet after these payments: what [`Wallet::of`] gives once they are posted.
    ///
    /// # Errors
    /// Only where amounts are beyond what the exchange can count.
    pub fn spend<'p>(&mut self, payments: impl IntoIterator<Item = &'p PartPayment>) -> Result<(), Overflow> {
        for payment in payments {
            self.budget = self.budget.minus(payment.net)?.minus(payment.fee)?;
            let charge = payment.net.plus(payment.voucher)?;
            self.balances.declared = self.balances.declared.plus(charge)?;
            let Some(evaluation) = &payment.evaluation else {
                continue;
            };
            let paid = |purse: &&Purse<'_>| {
                purse.programme.id == evaluation.programme && purse.rules.version == evaluation.version
            };
            if let Some(purse) = self.purses.iter().find(paid) {
                let all = (self.purses.as_slice(), self.vouchers.as_slice());
                purse.take(all, &mut self.balances, payment.voucher, None)?;
            }
        }
        let (vouchers, balances) = (&self.vouchers, &self.balances);
        self.purses.retain(|purse| purse.rank(vouchers, balances).is_some());
        self.purses.sort_by_key(|purse| purse.rank(vouchers, balances));
        Ok(())
    }

    /// Pays the parts of a cover in order; what a part takes is gone for the next one.
    ///
    /// # Errors
    /// Only where amounts are beyond what the exchange can count.
    pub fn pay(&self, alternative: &Alternative, parts: &[PartCharge]) -> Result<Vec<PartPayment>, Overflow> {
        let mut balances = self.balances.clone();
        parts
            .iter()
            .map(|part| self.pay_part(&mut balances, alternative, part))
            .collect()
    }

    fn fee(&self, charge: Money) -> Result<Money, Overflow> {
        rounding::share(charge, self.terms.tenant_fee_bps, Rounding::HalfUp)
    }

    fn pay_part(
        &self,
        balances: &mut Balances,
        alternative: &Alternative,
        part: &PartCharge,
    ) -> Result<PartPayment, Overflow> {
        let mut payment = PartPayment {
            voucher: Money::ZERO,
            draws: Vec::new(),
            evaluation: None,
            refusals: Vec::new(),
            net: part.charge,
            fee: self.fee(part.charge)?,
        };
        if self.explains {
            payment
                .refusals
                .extend(self.blocked.iter().map(|(programme, version, reason)| Evaluation {
                    programme: *programme,
                    version: *version,
                    steps: vec![Step::Refused { reason: *reason }],
                }));
        }
        for purse in &self.purses {
            let mut steps: Vec<Step> = Vec::new();
            let amount = self.offer(purse, balances, (alternative, part), &mut steps)?;
            let evaluation = Evaluation {
                programme: purse.programme.id,
                version: purse.rules.version,
                steps,
            };
            if amount.is_positive() {
                purse.take(
                    (&self.purses, &self.vouchers),
                    balances,
                    amount,
                    Some(&mut payment.draws),
                )?;
                payment.voucher = amount;
                payment.net = part.charge.minus(amount)?;
                payment.evaluation = Some(evaluation);
                break;
            }
            if self.explains {
                payment.refusals.push(evaluation);
            }
        }
        balances.declared = balances.declared.plus(part.charge)?;
        Ok(payment)
    }

    /// What vouchers pay of a part in the search, which wants no draws and no words.
    fn subsidy(
        &self,
        balances: &mut Balances,
        alternative: &Alternative,
        part: &PartCharge,
    ) -> Result<Money, Overflow> {
        for purse in &self.purses {
            let amount = self.offer(purse, balances, (alternative, part), &mut ())?;
            if amount.is_positive() {
                purse.take((&self.purses, &self.vouchers), balances, amount, None)?;
                balances.declared = balances.declared.plus(part.charge)?;
                return Ok(amount);
            }
        }
        balances.declared = balances.declared.plus(part.charge)?;
        Ok(Money::ZERO)
    }

    /// What a purse would pay of a part.
    fn offer(
        &self,
        purse: &Purse<'_>,
        balances: &Balances,
        (alternative, part): (&Alternative, &PartCharge),
        trace: &mut impl Trace,
    ) -> Result<Money, Overflow> {
        let left = purse.left(balances)?;
        if !left.is_positive() {
            return Ok(Money::ZERO);
        }
        if !purse.related.is_empty() && purse.related.contains(&self.group_of(part.provider)) {
            return Ok(evaluate::refused(RefusalReason::RelatedParty, trace));
        }
        let case = self.case(purse, balances, (alternative, part));
        let mut amount = evaluate::evaluate(&case, trace)?;
        if !amount.is_positive() {
            return Ok(amount);
        }
        if let Some(limit) = purse.paid_in {
            let used = purse.tally(balances).promised;
            amount = evaluate::cut(amount, (Cap::Reserve, limit, used), trace)?;
        }
        if purse.rules.divisible {
            evaluate::cut(amount, (Cap::Voucher, left, Money::ZERO), trace)
        } else if purse.single(balances, amount).is_some() {
            Ok(amount)
        } else {
            Ok(evaluate::refused(RefusalReason::Indivisible, trace))
        }
    }

    fn case<'c>(
        &'c self,
        purse: &'c Purse<'_>,
        balances: &Balances,
        (alternative, part): (&Alternative, &PartCharge),
    ) -> Case<'c> {
        let base = if purse::includes_computing(purse.rules) {
            part.charge
        } else {
            Money::ZERO
        };
        let listed = purse
            .asks_for_list
            .then(|| self.lists.get(&(purse.programme.id, part.provider)));
        let deal = Deal {
            accelerator: self.catalogue.accelerator(alternative.accelerator),
            site: self.catalogue.site(part.site).map(|site| &site.code),
            purpose: self.purpose,
            provider: listed.flatten().map_or(&[], Vec::as_slice),
            reference: self.catalogue.reference_price(alternative.accelerator),
            terms: Some((part.price, part.cards, alternative.hours)),
            base,
            contract: part.charge,
            all: part.charge,
            vat: self.terms.vat_bps,
            at: self.at,
        };
        Case {
            rules: purse.rules,
            rates: &purse.rules.rates,
            entity: self.entity,
            uscc: self.uscc,
            deal,
            so_far: SoFar {
                spent: purse.spent,
                declared: balances.declared,
                drawn: purse.tally(balances).drawn,
                of_contract: Money::ZERO,
                others: &[],
                lifted: purse.lifted,
            },
        }
    }

    fn group_of(&self, org: OrgId) -> OrgId {
        self.orgs.get(&org).map_or(org, |known| known.group)
    }

    /// The highest rate of a purse for a model, and most that it can pay.
    fn bound(&self, purse: &Purse<'_>, alternative: &Alternative) -> Result<(BasisPoints, Money), Overflow> {
        let Some(accelerator) = self.catalogue.accelerator(alternative.accelerator) else {
            return Ok((BasisPoints(0), Money::ZERO));
        };
        let nothing = Deal {
            accelerator: Some(accelerator),
            site: None,
            purpose: self.purpose,
            provider: &[],
            reference: None,
            terms: None,
            base: Money::ZERO,
            contract: Money::ZERO,
            all: Money::ZERO,
            vat: self.terms.vat_bps,
            at: self.at,
        };
        let case = Case {
            rules: purse.rules,
            rates: &purse.rules.rates,
            entity: self.entity,
            uscc: self.uscc,
            deal: nothing,
            so_far: SoFar::default(),
        };
        let tally = purse.tally(&self.balances);
        let cap = evaluate::cap_in_force(purse.rules, self.entity, purse.lifted);
        let mut most = purse.left(&self.balances)?;
        let limits = [
            cap.map(|(_, cap)| (cap, tally.drawn)),
            purse.paid_in.map(|paid_in| (paid_in, tally.promised)),
        ];
        for (limit, used) in limits.into_iter().flatten() {
            most = most.min(limit.minus(used)?.max(Money::ZERO));
        }
        Ok((evaluate::highest_rate(&case, accelerator), most))
    }

    fn net_and_fee(&self, alternative: &Alternative, parts: &[PartCharge]) -> Result<(Money, Money), Overflow> {
        let (mut net, mut fee) = (Money::ZERO, Money::ZERO);
        let mut balances = self.scratch.take();
        if !self.purses.is_empty() {
            balances.copy(&self.balances);
        }
        for part in parts {
            let subsidy = if self.purses.is_empty() {
                Money::ZERO
            } else {
                self.subsidy(&mut balances, alternative, part)?
            };
            net = net.plus(part.charge.minus(subsidy)?)?;
            fee = fee.plus(self.fee(part.charge)?)?;
        }
        self.scratch.replace(balances);
        Ok((net, fee))
    }
}

impl CoverCost for Wallet<'_> {
    fn net(&self, alternative: &Alternative, parts: &[PartCharge]) -> Option<Money> {
        let (net, fee) = self.net_and_fee(alternative, parts).ok()?;
        (net.plus(fee).ok()? <= self.budget).then_some(net)
    }

    fn subsidy_bound(&self, alternative: &Alternative) -> SubsidyBound {
        let mut bound = SubsidyBound {
            rate: BasisPoints(0),
            rounding: Rounding::Floor,
            amount: Money::ZERO,
        };
        for purse in &self.purses {
            // What cannot be counted bounds nothing.
            let (rate, amount) = self
                .bound(purse, alternative)
                .unwrap_or((BasisPoints::WHOLE, Money::from_fen(i64::MAX)));
            bound.rate = bound.rate.max(rate);
            if purse.rules.rounding == Rounding::HalfUp {
                bound.rounding = Rounding::HalfUp;
            }
            bound.amount = Money::from_fen(bound.amount.fen().saturating_add(amount.fen()));
        }
        bound
    }
}
