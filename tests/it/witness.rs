//! Keeps books of its own from the events alone, and compares the engine's state with them.

use std::collections::BTreeMap;

use qiantang::domain::account::{AccountKey, Side, Unit};
use qiantang::domain::approval::Verdict;
use qiantang::domain::bid::{Bid, BidState};
use qiantang::domain::id::{AccountId, ApprovalId, BidId, LeaseId, ListingId, UserId, VoucherId};
use qiantang::domain::lease::{Fill, Lease, LeaseState};
use qiantang::domain::listing::{Listing, ListingState};
use qiantang::domain::transfer::Movement;
use qiantang::domain::user::{Role, User};
use qiantang::engine::approval::{Approval, Decision};
use qiantang::engine::{Event, State, invariants};

/// What a reader of the events knows.
#[derive(Debug, Default)]
pub struct Witness {
    accounts: BTreeMap<AccountId, AccountKey>,
    /// Debits − credits, in fen.
    balances: BTreeMap<AccountId, i128>,
    /// Redeemed of each voucher, in fen.
    pub redeemed: BTreeMap<VoucherId, i128>,
    pub bids: BTreeMap<BidId, (Bid, BidState)>,
    pub listings: BTreeMap<ListingId, (Listing, ListingState)>,
    pub leases: BTreeMap<LeaseId, (Fill, LeaseState)>,
    /// Leased cards by listing, island and hour.
    leased: BTreeMap<(ListingId, u32, i32), u32>,
    ends: BTreeMap<LeaseId, i32>,
    users: BTreeMap<UserId, User>,
    waiting: BTreeMap<ApprovalId, Approval>,
}

impl Witness {
    /// Takes note of what happened.
    pub fn see(&mut self, events: &[Event]) -> Result<(), String> {
        events.iter().try_for_each(|event| self.see_one(event))
    }

    fn see_one(&mut self, event: &Event) -> Result<(), String> {
        match event {
            Event::Posted(posted) => self.book(&posted.movement),
            Event::ListingOpened(image) | Event::ListingChanged(image) => {
                let listing = (image.listing.clone(), image.state);
                self.listings.insert(listing.0.id, listing);
                Ok(())
            }
            Event::BidPlaced(image) | Event::BidChanged(image) => {
                let bid = (image.bid.clone(), image.state);
                self.bids.insert(bid.0.id, bid);
                Ok(())
            }
            Event::Filled(fill) => {
                let state = Lease::new((**fill).clone()).state;
                self.leases.insert(fill.lease, ((**fill).clone(), state));
                self.let_cards(fill)
            }
            Event::LeaseChanged(lease) => {
                self.lease(lease);
                Ok(())
            }
            Event::LeaseSettled(settlement) => {
                self.lease(&settlement.image);
                Ok(())
            }
            Event::UserRegistered(user) | Event::UserChanged(user) => {
                self.users.insert(user.id, (**user).clone());
                Ok(())
            }
            Event::Proposed(approval) => {
                self.may_act(approval.maker, approval.role)?;
                self.waiting.insert(approval.id, (**approval).clone());
                Ok(())
            }
            Event::ApprovalDecided(decision) => self.decided(decision),
            Event::OrgRegistered(_)
            | Event::Banking(_)
            | Event::LeaseChangeSet(_)
            | Event::AccessKeySet(_)
            | Event::UsageAccepted(_)
            | Event::UsageRefused { .. }
            | Event::UsageTaken(_)
            | Event::UsageStepped(_)
            | Event::UsageKeyChanged(_)
            | Event::DisputeChanged(_)
            | Event::SettlementChanged(_)
            | Event::PeriodClosed { .. }
            | Event::UsageCorrected(_)
            | Event::FeesSet(_)
            | Event::VatSet(_)
            | Event::ProgrammeOpened(_)
            | Event::VoucherGranted(_)
            | Event::VoucherExpired { .. }
            | Event::EntityDrawn { .. }
            | Event::ProgrammeChanged(_)
            | Event::VoucherChanged(_)
            | Event::VoucherExpiring(_)
            | Event::CapLifted { .. }
            | Event::CalendarSet(_)
            | Event::ApplicationChanged(_)
            | Event::ClaimChanged(_)
            | Event::Evaluated { .. }
            | Event::EntitySpent { .. }
            | Event::ProviderListed { .. }
            | Event::RecoveryMade(_)
            | Event::FactsAttested { .. }
            | Event::PowerReported(_)
            | Event::RelationChanged(_)
            | Event::FlagChanged(_)
            | Event::OutageChanged(_)
            | Event::LeaseProbed { .. }
            | Event::TreasuryRequestChanged(_)
            | Event::EarningsPending { .. } => Ok(()),
        }
    }

    fn may_act(&self, user: UserId, role: Role) -> Result<(), String> {
        let user = self.users.get(&user).ok_or(format!("{user} was never registered"))?;
        if user.active && user.profile.roles.contains(&role) {
            Ok(())
        } else {
            Err(format!("{} may not act as {role}", user.id))
        }
    }

    fn decided(&mut self, decision: &Decision) -> Result<(), String> {
        let approval = &decision.approval;
        if self.waiting.remove(&approval.id).as_ref() != Some(approval) {
            return Err(format!("{} is not what waits", approval.id));
        }
        if decision.checker == approval.maker {
            return Err(format!("{}: {} agrees with themselves", approval.id, approval.maker));
        }
        self.may_act(decision.checker, approval.role)?;
        match decision.verdict {
            Verdict::Approve => self.may_act(approval.maker, approval.role),
            Verdict::Reject => decision.reason.as_ref().map(|_| ()).ok_or("no reason".to_owned()),
        }
    }

    fn book(&mut self, movement: &Movement) -> Result<(), String> {
        self.accounts.extend(movement.opened.iter().copied());
        for transfer in &movement.transfers {
            let amount = i128::from(transfer.amount.fen());
            if amount <= 0 {
                return Err(format!("{}: a transfer of {}", transfer.id, transfer.amount));
            }
            let key = |id| self.accounts.get(&id).copied().ok_or(format!("{id} was never opened"));
            let (debit, credit) = (key(transfer.debit)?, key(transfer.credit)?);
            if debit.unit() != transfer.unit || credit.unit() != transfer.unit {
                return Err(format!("{}: units differ", transfer.id));
            }
            if let (AccountKey::VoucherReserved(voucher), AccountKey::Redeemed(_)) = (debit, credit) {
                *self.redeemed.entry(voucher).or_default() += amount;
            }
            *self.balances.entry(transfer.debit).or_default() += amount;
            *self.balances.entry(transfer.credit).or_default() -= amount;
        }
        Ok(())
    }

    fn let_cards(&mut self, fill: &Fill) -> Result<(), String> {
        self.ends.insert(fill.lease, fill.window.until().0);
        let cards = self
            .listings
            .get(&fill.listing)
            .map(|(listing, _)| listing.cards_per_island);
        let cards = cards.ok_or(format!("{} of a listing never seen", fill.id))?;
        let given: u32 = fill.islands.iter().map(|share| share.cards).sum();
        if given != fill.cards {
            return Err(format!("{}: islands give {given} of {} cards", fill.id, fill.cards));
        }
        for share in &fill.islands {
            for hour in fill.window.from().0..fill.window.until().0 {
                let leased = self.leased.entry((fill.listing, share.island, hour)).or_default();
                *leased += share.cards;
                if *leased > cards {
                    let (listing, island) = (fill.listing, share.island);
                    return Err(format!(
                        "{listing} island {island} hour {hour}: {leased} of {cards} cards let"
                    ));
                }
            }
        }
        Ok(())
    }

    fn lease(&mut self, lease: &Lease) {
        let before = self.ends.insert(lease.id(), lease.ends.0).unwrap_or(lease.ends.0);
        for share in &lease.fill.islands {
            for hour in lease.ends.0..before {
                if let Some(leased) = self.leased.get_mut(&(lease.fill.listing, share.island, hour)) {
                    *leased -= share.cards;
                }
            }
        }
        self.leases.insert(lease.id(), (lease.fill.clone(), lease.state));
    }

    /// Whether the state is what the events tell, and keeps the invariants.
    pub fn check(&self, state: &State) -> Result<(), String> {
        let findings = invariants::check(state);
        if let Some(broken) = findings.violations.first() {
            return Err(format!("invariant {}: {}", broken.invariant, broken.evidence));
        }
        self.trial_balance(state)?;
        for bid in state.book.bids() {
            if self.bids.get(&bid.id).map(|(seen, _)| seen) != Some(bid) {
                return Err(format!("{} rests otherwise than its events say", bid.id));
            }
        }
        for listing in state.book.listings() {
            if self.listings.get(&listing.id).map(|(seen, _)| seen) != Some(listing) {
                return Err(format!("{} is open otherwise than its events say", listing.id));
            }
        }
        if self.users != state.users || self.waiting != state.approvals {
            return Err("users or approvals are not what their events say".to_owned());
        }
        let live = |&&(_, state): &&(Fill, LeaseState)| state != LeaseState::Closed;
        let (told, kept) = (self.leases.values().filter(live).count(), state.leases.len());
        if told != kept {
            return Err(format!("{told} leases live by their events, {kept} in the state"));
        }
        Ok(())
    }

    /// Every balance is the sum of its transfers; per unit they add up to zero.
    pub fn trial_balance(&self, state: &State) -> Result<(), String> {
        let mut sums = BTreeMap::from([(Unit::Cny, 0), (Unit::Cnyv, 0)]);
        for (id, balance) in &self.balances {
            let key = self.accounts[id];
            *sums.entry(key.unit()).or_default() += balance;
            let kept = i128::from(state.ledger.balance(key).fen());
            let kept = if key.normal() == Side::Debit { kept } else { -kept };
            if kept != *balance {
                return Err(format!("{key:?} holds {kept} fen, its transfers come to {balance}"));
            }
        }
        match sums.into_iter().find(|(_, sum)| *sum != 0) {
            Some((unit, sum)) => Err(format!("{unit:?} is out of balance by {sum} fen")),
            None => Ok(()),
        }
    }
}
