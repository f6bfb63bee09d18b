//! Books kept from the events alone, by rules of their own, against which the engine's state is held.

use std::collections::BTreeMap;

use qiantang::domain::account::{AccountKey, Side};
use qiantang::domain::claim::{Claim, ClaimState};
use qiantang::domain::contract::{Contract, ContractKey};
use qiantang::domain::entity::EntityFacts;
use qiantang::domain::id::{AccountId, ClaimId, LeaseId, OrgId, ProgrammeId, RecoveryId, VoucherId};
use qiantang::domain::lease::{Fill, Lease, LeaseState};
use qiantang::domain::programme::limit::CapPeriod;
use qiantang::domain::programme::rate::RateBase;
use qiantang::domain::programme::{Programme, ProgrammeRules};
use qiantang::domain::recovery::{Recovery, RecoveryKind, RedeemedBy};
use qiantang::domain::transfer::{Movement, MovementKind};
use qiantang::domain::voucher::Voucher;
use qiantang::engine::{Event, State};

type Told = Result<(), String>;

/// What a reader of the events knows; amounts in fen.
#[derive(Debug, Default)]
pub struct Books {
    keys: BTreeMap<AccountId, AccountKey>,
    /// On each account's normal side.
    balances: BTreeMap<AccountKey, i128>,
    pub programmes: BTreeMap<ProgrammeId, Programme>,
    groups: BTreeMap<OrgId, OrgId>,
    facts: BTreeMap<OrgId, EntityFacts>,
    lifts: BTreeMap<(ProgrammeId, OrgId), i128>,
    pub vouchers: BTreeMap<VoucherId, Voucher>,
    drawn: BTreeMap<(ProgrammeId, OrgId, i32), i128>,
    /// Leases as they are, the closed ones too.
    pub leases: BTreeMap<LeaseId, Lease>,
    pub claims: BTreeMap<ClaimId, Claim>,
    pub recoveries: BTreeMap<RecoveryId, Recovery>,
    taken: BTreeMap<RedeemedBy, i128>,
    taken_of: BTreeMap<(RedeemedBy, VoucherId), i128>,
    /// Cash and subsidy that credits gave back.
    credited: BTreeMap<LeaseId, (i128, i128)>,
}

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Told {
    if holds { Ok(()) } else { Err(what()) }
}

fn fen(amount: qiantang::domain::money::Money) -> i128 {
    i128::from(amount.fen())
}

impl Books {
    pub fn see(&mut self, events: &[Event]) -> Told {
        events.iter().try_for_each(|event| self.see_one(event))
    }

    fn see_one(&mut self, event: &Event) -> Told {
        match event {
            Event::Posted(posted) => return self.book(&posted.movement),
            Event::OrgRegistered(org) => {
                self.groups.insert(org.id, org.group);
            }
            Event::FactsAttested { org, facts } => {
                self.facts.insert(*org, (**facts).clone());
            }
            Event::ProgrammeOpened(programme) | Event::ProgrammeChanged(programme) => {
                self.programmes.insert(programme.id, (**programme).clone());
            }
            Event::CapLifted { programme, group, cap } => {
                self.lifts.insert((*programme, *group), fen(*cap));
            }
            Event::VoucherGranted(voucher) | Event::VoucherChanged(voucher) => {
                self.vouchers.insert(voucher.id, (**voucher).clone());
            }
            Event::Filled(fill) => return self.filled(fill),
            Event::LeaseChanged(lease) => return self.lease(lease),
            Event::LeaseSettled(settled) => return self.lease(&settled.image),
            Event::ClaimChanged(claim) => return self.claim(claim),
            Event::RecoveryMade(recovery) => return self.recovery(recovery),
            _ => {}
        }
        Ok(())
    }

    fn balance(&self, key: AccountKey) -> i128 {
        self.balances.get(&key).copied().unwrap_or_default()
    }

    /// Books a movement: no account falls below its floor, and what vouchers redeem is what programmes pay.
    fn book(&mut self, movement: &Movement) -> Told {
        self.keys.extend(movement.opened.iter().copied());
        let mut redeemed: BTreeMap<ProgrammeId, i128> = BTreeMap::new();
        let mut paid: BTreeMap<ProgrammeId, i128> = BTreeMap::new();
        for transfer in &movement.transfers {
            for (id, side) in [(transfer.debit, Side::Debit), (transfer.credit, Side::Credit)] {
                let key = *self.keys.get(&id).ok_or(format!("{id} was never opened"))?;
                let amount = if side == Side::Debit {
                    fen(transfer.amount)
                } else {
                    -fen(transfer.amount)
                };
                let balance = self.balances.entry(key).or_default();
                *balance += if key.normal() == Side::Debit { amount } else { -amount };
                ensure(key.may_be_negative() || *balance >= 0, || {
                    format!("{key:?} holds {balance} fen")
                })?;
                match key {
                    AccountKey::Redeemed(programme) => *redeemed.entry(programme).or_default() -= amount,
                    AccountKey::TreasuryReceivable(programme, _) | AccountKey::Reserve(programme) => {
                        *paid.entry(programme).or_default() += amount;
                    }
                    _ => {}
                }
            }
        }
        match movement.kind {
            MovementKind::FundReserve | MovementKind::ReturnReserve | MovementKind::ReceiveTreasury => Ok(()),
            kind => {
                paid.retain(|_, amount| *amount != 0);
                redeemed.retain(|_, amount| *amount != 0);
                ensure(paid == redeemed, || {
                    format!("{kind:?}: payers' parts {paid:?}, redeemed {redeemed:?}")
                })
            }
        }
    }

    fn group(&self, org: OrgId) -> OrgId {
        self.groups.get(&org).copied().unwrap_or(org)
    }

    fn rules(&self, programme: ProgrammeId, version: u32) -> &ProgrammeRules {
        self.programmes[&programme].rules_of(version).unwrap()
    }

    /// What an organisation may draw at most under a version of the rules.
    fn cap(&self, (programme, rules): (ProgrammeId, &ProgrammeRules), org: OrgId) -> Option<i128> {
        let nothing = EntityFacts::default();
        let facts = self.facts.get(&org).unwrap_or(&nothing);
        let row = rules.cap_rows.iter().find(|row| {
            let projects = row.projects.as_ref();
            let kinds = row.entity_kinds.as_ref();
            projects.is_none_or(|of| of.iter().any(|grade| facts.projects.contains(grade)))
                && kinds.is_none_or(|of| facts.kind.is_some_and(|kind| of.contains(&kind)))
        });
        let own = fen(row.map(|row| row.cap).or(rules.cap_per_entity)?);
        let lifted = self.lifts.get(&(programme, self.group(org))).copied();
        Some(own.max(lifted.unwrap_or_default()))
    }

    /// Draws more, or less, of a programme; more only within the cap.
    fn draw(&mut self, (programme, version): (ProgrammeId, u32), org: OrgId, (period, amount): (i32, i128)) -> Told {
        let cap = self.cap((programme, self.rules(programme, version)), org);
        let drawn = self.drawn.entry((programme, self.groups[&org], period)).or_default();
        *drawn += amount;
        let within = amount <= 0 || cap.is_none_or(|cap| *drawn <= cap);
        ensure(within && *drawn >= 0, || {
            format!("{org} has drawn {drawn} of {programme} in {period}, cap {cap:?}")
        })
    }

    /// The programme, version and period of a fill that vouchers pay.
    fn of_fill(&self, fill: &Fill) -> Option<((ProgrammeId, u32), i32)> {
        let voucher = &self.vouchers[&fill.draws.first()?.voucher];
        let period = match self.rules(voucher.programme, voucher.version).cap_period {
            CapPeriod::Programme => 0,
            CapPeriod::Year => fill.at.year(),
        };
        Some(((voucher.programme, voucher.version), period))
    }

    fn filled(&mut self, fill: &Fill) -> Told {
        self.leases.insert(fill.lease, Lease::new(fill.clone()));
        let Some((version, period)) = self.of_fill(fill) else {
            return ensure(fill.voucher.fen() == 0, || format!("{} has no draws", fill.id));
        };
        let rules = self.rules(version.0, version.1);
        let cap = rules.cap_per_contract.map(fen);
        ensure(cap.is_none_or(|cap| fen(fill.voucher) <= cap), || {
            format!("{}: over {cap:?}", fill.id)
        })?;
        let alike = fill.draws.iter().all(|draw| {
            let voucher = &self.vouchers[&draw.voucher];
            (voucher.programme, voucher.version, voucher.org) == (version.0, version.1, fill.tenant)
                && voucher.is_live(fill.at)
        });
        ensure(alike, || {
            format!("{}: vouchers of several programmes, or dead ones", fill.id)
        })?;
        let ceilings = rules
            .stacking
            .iter()
            .filter(|rule| rule.with.is_none())
            .flat_map(|rule| &rule.ceilings);
        let ceiling = ceilings
            .map(|row| fen(fill.charge) * i128::from(row.rate_bps.0) / 10_000)
            .max();
        ensure(ceiling.is_none_or(|most| fen(fill.voucher) <= most), || {
            format!("{}: over {ceiling:?}", fill.id)
        })?;
        self.draw(version, fill.tenant, (period, fen(fill.voucher)))
    }

    fn lease(&mut self, lease: &Lease) -> Told {
        let before = self.leases.insert(lease.id(), lease.clone());
        let was_open = before.is_none_or(|before| before.state != LeaseState::Closed);
        if lease.state != LeaseState::Closed || !was_open {
            return ensure(was_open, || format!("{} was closed before", lease.id()));
        }
        let escrow = self.balance(AccountKey::Escrow(lease.id()));
        ensure(escrow == 0, || {
            format!("{} is closed and has {escrow} fen in escrow", lease.id())
        })?;
        match self.of_fill(&lease.fill) {
            Some((version, period)) => {
                let unused = fen(lease.fill.voucher) - fen(lease.settled.voucher);
                self.draw(version, lease.fill.tenant, (period, -unused))
            }
            None => Ok(()),
        }
    }

    fn claim(&mut self, claim: &Claim) -> Told {
        let id = claim.id;
        let old = self.claims.insert(id, claim.clone());
        let before = old.as_ref().map(|claim| claim.state);
        let (version, amount) = ((claim.programme, claim.version), fen(claim.amount));
        if claim.state == ClaimState::Approved {
            let parts: i128 = claim.parts.iter().copied().map(fen).sum();
            ensure(parts == amount, || format!("{id}: parts {parts}, amount {amount}"))?;
        }
        let taken = self.taken.get(&RedeemedBy::Claim(id)).copied().unwrap_or_default();
        ensure(taken <= amount && fen(claim.recovered) == taken, || {
            format!("{id}: {taken} taken of {amount}")
        })?;
        match (before, claim.state) {
            (None, ClaimState::Declared) => self.within_paid(claim),
            (None, ClaimState::Submitted) | (Some(ClaimState::Declared), ClaimState::Approved) => {
                if before.is_none() {
                    self.within_paid(claim)?;
                }
                self.within_contract(claim)?;
                self.draw(version, claim.org, (claim.period, amount))
            }
            // A credit takes from who waits.
            (Some(ClaimState::Submitted), ClaimState::Submitted) => {
                let was = old.map_or(0, |claim| fen(claim.amount));
                ensure(amount < was, || format!("{id} waited for {was} and now for {amount}"))?;
                self.within_paid(claim)?;
                self.within_contract(claim)?;
                self.draw(version, claim.org, (claim.period, amount - was))
            }
            (Some(ClaimState::Declared), ClaimState::Declared) => self.within_paid(claim),
            (Some(ClaimState::Submitted), ClaimState::Rejected | ClaimState::Withdrawn) => {
                self.draw(version, claim.org, (claim.period, -amount))
            }
            (Some(ClaimState::Declared), ClaimState::Rejected | ClaimState::Withdrawn)
            | (Some(ClaimState::Submitted | ClaimState::Approved), ClaimState::Approved) => Ok(()),
            (before, now) => Err(format!("{id} went from {before:?} to {now:?}")),
        }
    }

    /// A claim is for no more than was paid, and kept.
    fn within_paid(&self, claim: &Claim) -> Told {
        let rules = self.rules(claim.programme, claim.version);
        let most: i128 = match &claim.contract {
            Contract::Lease(facts) => {
                let lease = &self.leases[&facts.lease];
                let (cash, subsidy) = self.credited.get(&facts.lease).copied().unwrap_or_default();
                let settled = fen(lease.settled.charge) - cash - subsidy;
                match rules.rate_base {
                    RateBase::Paid => fen(lease.settled.charge) - fen(lease.settled.voucher) - cash,
                    RateBase::Contract | RateBase::Incurred | RateBase::UsageFee => settled,
                }
            }
            Contract::External(external) => {
                let items = external
                    .items
                    .iter()
                    .filter(|item| rules.included_items.contains(&item.item));
                items.map(|item| fen(item.paid)).sum()
            }
        };
        ensure(fen(claim.base) <= most && claim.amount <= claim.base, || {
            format!(
                "{}: claims {} of {}, paid were {most} fen",
                claim.id, claim.amount, claim.base
            )
        })
    }

    /// A contract with all that it consists of: ceilings are shares of that.
    fn whole(&self, claim: &Claim) -> i128 {
        let rules = self.rules(claim.programme, claim.version);
        match &claim.contract {
            Contract::Lease(facts) => fen(facts.charge),
            Contract::External(external) => {
                let items = external.items.iter();
                let amounts = items.map(|item| match rules.rate_base {
                    RateBase::Contract => item.contract,
                    RateBase::Incurred | RateBase::UsageFee | RateBase::Paid => item.incurred,
                });
                amounts.map(fen).sum()
            }
        }
    }

    /// All that is paid of a claim's contract keeps within the caps and ceilings of all programmes that pay of it.
    fn within_contract(&self, claim: &Claim) -> Told {
        let key = claim.contract.key();
        let alike: Vec<&Claim> = self
            .claims
            .values()
            .filter(|other| other.contract.key() == key && other.state.is_live())
            .collect();
        let left = |claim: &Claim| {
            fen(claim.amount)
                - self
                    .taken
                    .get(&RedeemedBy::Claim(claim.id))
                    .copied()
                    .unwrap_or_default()
        };
        let mut together: i128 = alike.iter().map(|claim| left(claim)).sum();
        let mut base = alike.iter().map(|claim| self.whole(claim)).max().unwrap_or_default();
        if let ContractKey::Lease(id) = key {
            let settled = &self.leases[&id].settled;
            together += fen(settled.voucher) - self.taken.get(&RedeemedBy::Lease(id)).copied().unwrap_or_default();
            base = base.max(fen(settled.charge));
        }
        // What was taken back in full pays nothing any more, and asks for nothing.
        for of in alike.iter().filter(|claim| left(claim) > 0) {
            let rules = self.rules(of.programme, of.version);
            let own = alike
                .iter()
                .filter(|other| other.programme == of.programme)
                .map(|claim| left(claim));
            let own: i128 = own.sum();
            let cap = rules.cap_per_contract.map(fen);
            ensure(cap.is_none_or(|cap| own <= cap), || {
                format!("{}: {own} of one contract, cap {cap:?}", of.id)
            })?;
            for rule in rules.stacking.iter().filter(|rule| rule.with.is_none()) {
                let ceiling = rule
                    .ceilings
                    .iter()
                    .map(|row| base * i128::from(row.rate_bps.0) / 10_000)
                    .max();
                let within = ceiling.is_none_or(|most| together <= most);
                ensure(within, || {
                    format!("{}: {together} fen of one contract, ceiling {ceiling:?}", of.id)
                })?;
            }
        }
        Ok(())
    }

    fn recovery(&mut self, recovery: &Recovery) -> Told {
        let id = recovery.id;
        if self.recoveries.insert(id, recovery.clone()).is_some() {
            return Ok(());
        }
        let payers: i128 = recovery.by_payer.iter().copied().map(fen).sum();
        let whole = recovery.by_payer.is_empty() || payers == fen(recovery.amount);
        ensure(whole, || format!("{id}: payers {payers}, amount {}", recovery.amount))?;
        if let (RecoveryKind::Credit { cash, .. }, qiantang::domain::recovery::Target::Lease(lease)) =
            (&recovery.kind, recovery.target)
        {
            let credited = self.credited.entry(lease).or_default();
            *credited = (credited.0 + fen(*cash), credited.1 + fen(recovery.amount));
            let settled = &self.leases[&lease].settled;
            let paid = fen(settled.charge) - fen(settled.voucher);
            ensure(credited.0 <= paid, || {
                format!("{id}: credited {credited:?}, paid {paid}")
            })?;
        }
        for part in &recovery.parts {
            let amount = fen(part.amount);
            *self.taken.entry(part.by).or_default() += amount;
            *self.taken_of.entry((part.by, part.voucher)).or_default() += amount;
            let voucher = &self.vouchers[&part.voucher];
            let (redeemed, period, drawn) = match part.by {
                RedeemedBy::Lease(lease) => {
                    let lease = &self.leases[&lease];
                    let (_, period) = self.of_fill(&lease.fill).ok_or(format!("{id}: of no voucher"))?;
                    (fen(lease.settled.voucher), period, lease.fill.draws.clone())
                }
                RedeemedBy::Claim(claim) => {
                    let claim = &self.claims[&claim];
                    (fen(claim.amount), claim.period, claim.draws.clone())
                }
            };
            let of_voucher: i128 = drawn
                .iter()
                .filter(|draw| draw.voucher == part.voucher)
                .map(|draw| fen(draw.amount))
                .sum();
            let within = self.taken[&part.by] <= redeemed && self.taken_of[&(part.by, part.voucher)] <= of_voucher;
            ensure(within, || {
                format!("{id}: more is taken of {:?} than the {redeemed} redeemed", part.by)
            })?;
            let version = (voucher.programme, voucher.version);
            self.draw(version, voucher.org, (period, -amount))?;
        }
        Ok(())
    }

    /// Whether the state is what these books say, and no pot gave more than it has.
    pub fn check(&self, state: &State) -> Told {
        for (key, balance) in &self.balances {
            let kept = fen(state.ledger.balance(*key));
            ensure(kept == *balance, || {
                format!("{key:?} holds {kept} fen, its transfers come to {balance}")
            })?;
        }
        let drawn: BTreeMap<_, i128> = state.drawn.iter().map(|(key, drawn)| (*key, fen(*drawn))).collect();
        for (key, amount) in &self.drawn {
            let kept = drawn.get(key).copied().unwrap_or_default();
            ensure(kept == *amount, || {
                format!("{key:?}: drawn {kept}, by the events {amount}")
            })?;
        }
        let mut granted: BTreeMap<ProgrammeId, i128> = BTreeMap::new();
        for voucher in self.vouchers.values() {
            let id = voucher.id;
            let accounts = [
                AccountKey::VoucherAvailable(id),
                AccountKey::VoucherHeld(id),
                AccountKey::VoucherReserved(id),
            ];
            *granted.entry(voucher.programme).or_default() +=
                accounts.map(|key| self.balance(key)).iter().sum::<i128>();
        }
        for (id, programme) in &self.programmes {
            let spent = [
                AccountKey::Redeemed(*id),
                AccountKey::Recovered(*id),
                AccountKey::Lapsed(*id),
            ];
            let out =
                granted.get(id).copied().unwrap_or_default() + spent.map(|key| self.balance(key)).iter().sum::<i128>();
            let pot = fen(programme.rules.pot);
            ensure(out <= pot, || format!("{id}: {out} fen granted of a pot of {pot}"))?;
        }
        Ok(())
    }

    /// Nothing is held, in escrow or promised any more.
    pub fn nothing_is_left_open(&self) -> Told {
        for (key, balance) in &self.balances {
            let must_be_empty = matches!(
                key,
                AccountKey::Escrow(_)
                    | AccountKey::VoucherHeld(_)
                    | AccountKey::VoucherReserved(_)
                    | AccountKey::VoucherAvailable(_)
                    | AccountKey::Held(_)
            );
            ensure(!must_be_empty || *balance == 0, || {
                format!("{key:?} still holds {balance} fen")
            })?;
        }
        let open = self.leases.values().find(|lease| lease.state != LeaseState::Closed);
        ensure(open.is_none(), || format!("{open:?} is not closed"))
    }
}
