//! From rows to the figures of the market.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::{
    AcceleratorFigures, BidFigures, CommandFigures, DomesticFigures, MarketReport, PartyFigures, RefusalFigures,
    Volumes, WaitFigures,
};
use crate::domain::bid::BidState;
use crate::domain::id::{AcceleratorId, BidId, LeaseId, ListingId, OrgId};
use crate::domain::lease::LeaseState;
use crate::domain::money::{Money, Overflow, Price};
use crate::domain::time::{Hour, Timestamp};
use crate::engine::report::bump;
use crate::engine::report::fact::{BidFact, CommandFact, LeaseFact, ListingFact, Names, Refusal, UsageFact};
use crate::engine::report::figure::{CardSeconds, END_OF_TIME, Measure, Period, Ratio, Span, average_price};

/// Rows of the tables of tenants and providers.
const PARTIES_SHOWN: usize = 10;

/// What was counted of one accelerator.
#[derive(Debug, Default)]
struct OfAccelerator {
    listings: u64,
    fills: u64,
    volumes: Volumes,
    offered_so_far: CardSeconds,
    let_so_far: CardSeconds,
    /// Σ price × card-hours.
    weighted_micros: i128,
    price_min: Option<Price>,
    price_max: Option<Price>,
}

#[derive(Debug, Default)]
struct OfParty {
    leases: u64,
    matched: CardSeconds,
    amount_matched: Money,
    amount_settled: Money,
    voucher_settled: Money,
}

#[derive(Debug, Default)]
struct Waits {
    to_fill: Vec<Span>,
    to_start: Vec<Span>,
    beyond_earliest: Vec<Span>,
}

/// The fold. Listings and bids come before leases, leases before usage.
#[derive(Debug)]
pub struct Market {
    period: Period,
    now: Timestamp,
    commands: BTreeMap<String, (u64, u64)>,
    refusals: BTreeMap<(String, Refusal), u64>,
    bids: BTreeMap<BidState, BidFigures>,
    /// When a bid was placed, and its earliest start.
    placed: FxHashMap<BidId, (Timestamp, Hour)>,
    /// When the free cards of a listing were no longer on offer.
    off_offer: FxHashMap<ListingId, Hour>,
    /// The accelerators of the leases matched in the period.
    matched: FxHashMap<LeaseId, AcceleratorId>,
    accelerators: BTreeMap<AcceleratorId, OfAccelerator>,
    waits: Waits,
    tenants: BTreeMap<OrgId, OfParty>,
    providers: BTreeMap<OrgId, OfParty>,
    closed: (CardSeconds, CardSeconds),
}

impl Market {
    /// Of a period, as it looks at `now`.
    pub fn new(period: Period, now: Timestamp) -> Market {
        Market {
            period,
            now,
            commands: BTreeMap::new(),
            refusals: BTreeMap::new(),
            bids: BTreeMap::new(),
            placed: FxHashMap::default(),
            off_offer: FxHashMap::default(),
            matched: FxHashMap::default(),
            accelerators: BTreeMap::new(),
            waits: Waits::default(),
            tenants: BTreeMap::new(),
            providers: BTreeMap::new(),
            closed: Default::default(),
        }
    }

    /// Looks at a command.
    pub fn add_command(&mut self, command: CommandFact) {
        if !self.period.contains(command.at) {
            return;
        }
        let (accepted, refused) = self.commands.entry(command.kind.clone()).or_default();
        match command.refusal {
            None => *accepted += 1,
            Some(refusal) => {
                *refused += 1;
                bump(&mut self.refusals, (command.kind, refusal));
            }
        }
    }

    /// Looks at a listing.
    pub fn add_listing(&mut self, listing: &ListingFact) {
        self.off_offer.insert(listing.id, listing.on_offer().1);
        let offered = listing.offered(&self.period, END_OF_TIME);
        let so_far = listing.offered(&self.period, self.now);
        let sums = self.accelerators.entry(listing.accelerator).or_default();
        sums.listings += u64::from(offered.0 > 0);
        sums.volumes.offered += offered;
        sums.offered_so_far += so_far;
    }

    /// Looks at a bid.
    pub fn add_bid(&mut self, bid: &BidFact) -> Result<(), Overflow> {
        self.placed.insert(bid.id, (bid.placed_at, bid.earliest));
        if !self.period.contains(bid.placed_at) {
            return Ok(());
        }
        let hours = i64::from(bid.asked.hours);
        let (asked, filled) = (
            CardSeconds::of_hours(bid.asked.cards, hours),
            CardSeconds::of_hours(bid.filled_cards, hours),
        );
        let sums = self.bids.entry(bid.state).or_insert(no_bids(bid.state));
        sums.bids += 1;
        sums.bids_with_fills += u64::from(bid.filled_cards > 0);
        sums.asked += asked;
        sums.filled += filled;
        sums.held = sums.held.plus(bid.held)?;
        let sums = self.accelerators.entry(bid.asked.accelerator).or_default();
        sums.volumes.asked += asked;
        Ok(())
    }

    /// Looks at a lease.
    pub fn add_lease(&mut self, lease: &LeaseFact) -> Result<(), Overflow> {
        self.add_occupation(lease);
        if !self.period.contains(lease.at) {
            return Ok(());
        }
        self.matched.insert(lease.id, lease.accelerator);
        let matched = lease.matched();
        let sums = self.accelerators.entry(lease.accelerator).or_default();
        if lease.origin.is_match() {
            sums.fills += 1;
            sums.weighted_micros += i128::from(lease.price.micros()) * i128::from(matched.0 / 3_600);
            sums.price_min = Some(sums.price_min.map_or(lease.price, |least| least.min(lease.price)));
            sums.price_max = sums.price_max.max(Some(lease.price));
        }
        add_volumes(&mut sums.volumes, lease)?;
        if lease.state == LeaseState::Closed {
            self.closed.0 += CardSeconds(lease.settled.card_seconds);
            self.closed.1 += matched;
        }
        for (parties, org) in [(&mut self.tenants, lease.tenant), (&mut self.providers, lease.provider)] {
            add_party(parties.entry(org).or_default(), lease)?;
        }
        if let Some((placed_at, earliest)) = self.placed.get(&lease.bid)
            && lease.origin.is_match()
        {
            let start = lease.window.from().timestamp();
            self.waits.to_fill.push(Span::between(*placed_at, lease.at));
            self.waits.to_start.push(Span::between(*placed_at, start));
            let wanted = earliest.timestamp().max(placed_at.hour_ceil().timestamp());
            self.waits.beyond_earliest.push(Span::between(wanted, start));
        }
        Ok(())
    }

    /// The cards that a lease took.
    fn add_occupation(&mut self, lease: &LeaseFact) {
        let off_offer = self.off_offer.get(&lease.listing).copied().unwrap_or(lease.ends);
        let sums = self.accelerators.entry(lease.accelerator).or_default();
        sums.let_so_far += lease.taken(&self.period, self.now);
        sums.volumes.offered += lease.taken_after(off_offer, &self.period, END_OF_TIME);
        sums.offered_so_far += lease.taken_after(off_offer, &self.period, self.now);
    }

    /// Looks at a usage report.
    pub fn add_usage(&mut self, usage: &UsageFact) {
        if let Some(accelerator) = self.matched.get(&usage.lease) {
            let sums = self.accelerators.entry(*accelerator).or_default();
            sums.volumes.delivered += CardSeconds(usage.card_seconds);
        }
    }

    /// The figures.
    pub fn finish(self, names: &Names) -> Result<MarketReport, Overflow> {
        let mut all = OfAccelerator::default();
        for one in self.accelerators.values() {
            all.volumes = plus(&all.volumes, &one.volumes)?;
            all.offered_so_far += one.offered_so_far;
            all.let_so_far += one.let_so_far;
        }
        let counts = |of: fn(&BidFigures) -> u64| self.bids.values().map(of).sum::<u64>();
        let (bids, any) = (counts(|one| one.bids), counts(|one| one.bids_with_fills));
        let full = self.bids.get(&BidState::Filled).map_or(0, |one| one.bids);
        let mut filled = CardSeconds::default();
        self.bids.values().for_each(|one| filled += one.filled);
        let accepted = self.commands.values().map(|(accepted, _)| accepted).sum();
        let refused = self.commands.values().map(|(_, refused)| refused).sum();
        let matched = all.volumes.amount_matched;
        Ok(MarketReport {
            period: self.period,
            now: self.now,
            commands_accepted: accepted,
            commands_refused: refused,
            fill_rate: Ratio::of_counts(full, bids),
            fill_rate_any: Ratio::of_counts(any, bids),
            fill_rate_card_hours: Ratio::of_cards(filled, all.volumes.asked),
            utilisation: Ratio::of_cards(all.let_so_far, all.offered_so_far),
            delivery_rate: Ratio::of_cards(self.closed.0, self.closed.1),
            volumes: all.volumes,
            commands: commands(self.commands),
            refusals: refusals(self.refusals),
            bids: self.bids.into_values().collect(),
            domestic: domestic(&self.accelerators, names),
            accelerators: self
                .accelerators
                .into_iter()
                .map(|(id, sums)| figures(id, sums, names))
                .collect(),
            waits: vec![
                WaitFigures::of("bid to fill", self.waits.to_fill),
                WaitFigures::of("bid to lease start", self.waits.to_start),
                WaitFigures::of("earliest start wished to lease start", self.waits.beyond_earliest),
            ],
            tenants: parties(self.tenants, matched, names),
            providers: parties(self.providers, matched, names),
        })
    }
}

fn no_bids(state: BidState) -> BidFigures {
    BidFigures {
        state,
        bids: 0,
        bids_with_fills: 0,
        asked: CardSeconds::default(),
        filled: CardSeconds::default(),
        held: Money::ZERO,
    }
}

fn add_volumes(sums: &mut Volumes, lease: &LeaseFact) -> Result<(), Overflow> {
    let settled = &lease.settled;
    let left = lease.charge.minus(settled.charge)?;
    let (open, unperformed) = match lease.state {
        LeaseState::Closed => (Money::ZERO, left),
        LeaseState::Pending
        | LeaseState::Provisioned
        | LeaseState::Active
        | LeaseState::Degraded
        | LeaseState::Suspended
        | LeaseState::Ended => (left, Money::ZERO),
    };
    let agreed = if lease.origin.is_match() {
        Volumes {
            matched: lease.matched(),
            amount_matched: lease.charge,
            voucher_matched: lease.voucher,
            ..Volumes::default()
        }
    } else {
        Volumes {
            changed: lease.matched(),
            amount_changed: lease.charge,
            voucher_changed: lease.voucher,
            ..Volumes::default()
        }
    };
    let of_lease = Volumes {
        settled: CardSeconds(settled.card_seconds),
        amount_settled: settled.charge,
        amount_open: open,
        amount_unperformed: unperformed,
        voucher_settled: settled.voucher,
        tenant_fees: settled.tenant_fee,
        provider_fees: settled.provider_fee,
        vat: settled.vat,
        ..agreed
    };
    *sums = plus(sums, &of_lease)?;
    Ok(())
}

fn plus(one: &Volumes, other: &Volumes) -> Result<Volumes, Overflow> {
    let cards = |mut sum: CardSeconds, more: CardSeconds| {
        sum += more;
        sum
    };
    Ok(Volumes {
        offered: cards(one.offered, other.offered),
        asked: cards(one.asked, other.asked),
        matched: cards(one.matched, other.matched),
        changed: cards(one.changed, other.changed),
        delivered: cards(one.delivered, other.delivered),
        settled: cards(one.settled, other.settled),
        amount_matched: one.amount_matched.plus(other.amount_matched)?,
        amount_changed: one.amount_changed.plus(other.amount_changed)?,
        amount_settled: one.amount_settled.plus(other.amount_settled)?,
        amount_open: one.amount_open.plus(other.amount_open)?,
        amount_unperformed: one.amount_unperformed.plus(other.amount_unperformed)?,
        voucher_matched: one.voucher_matched.plus(other.voucher_matched)?,
        voucher_changed: one.voucher_changed.plus(other.voucher_changed)?,
        voucher_settled: one.voucher_settled.plus(other.voucher_settled)?,
        tenant_fees: one.tenant_fees.plus(other.tenant_fees)?,
        provider_fees: one.provider_fees.plus(other.provider_fees)?,
        vat: one.vat.plus(other.vat)?,
    })
}

fn add_party(sums: &mut OfParty, lease: &LeaseFact) -> Result<(), Overflow> {
    sums.leases += 1;
    if lease.origin.is_match() {
        sums.matched += lease.matched();
        sums.amount_matched = sums.amount_matched.plus(lease.charge)?;
    }
    sums.amount_settled = sums.amount_settled.plus(lease.settled.charge)?;
    sums.voucher_settled = sums.voucher_settled.plus(lease.settled.voucher)?;
    Ok(())
}

fn commands(counts: BTreeMap<String, (u64, u64)>) -> Vec<CommandFigures> {
    counts
        .into_iter()
        .map(|(command, (accepted, refused))| CommandFigures {
            command,
            accepted,
            refused,
        })
        .collect()
}

/// The most frequent first.
fn refusals(counts: BTreeMap<(String, Refusal), u64>) -> Vec<RefusalFigures> {
    let mut rows: Vec<RefusalFigures> = counts
        .into_iter()
        .map(|(key, count)| RefusalFigures::new(key, count))
        .collect();
    rows.sort_by_key(|row| Reverse(row.count));
    rows
}

fn figures(id: AcceleratorId, sums: OfAccelerator, names: &Names) -> AcceleratorFigures {
    let average = average_price(sums.weighted_micros, i128::from(sums.volumes.matched.0 / 3_600));
    let reference = names.reference_prices.get(&id).copied();
    let to_reference = average
        .zip(reference)
        .map(|(part, whole)| Ratio::of_prices(part, whole));
    AcceleratorFigures {
        accelerator: names.code(id),
        domestic: names.accelerator(id).is_some_and(|one| one.domestic),
        listings: sums.listings,
        fills: sums.fills,
        volumes: sums.volumes,
        utilisation: Ratio::of_cards(sums.let_so_far, sums.offered_so_far),
        price_average: average,
        price_min: sums.price_min,
        price_max: sums.price_max,
        price_reference: reference,
        price_to_reference: to_reference.unwrap_or(Ratio::of_nothing(Measure::Price)),
    }
}

fn domestic(accelerators: &BTreeMap<AcceleratorId, OfAccelerator>, names: &Names) -> DomesticFigures {
    let mut figures = DomesticFigures {
        amount_settled: Ratio::of_nothing(Measure::Money),
        amount_matched: Ratio::of_nothing(Measure::Money),
        ..DomesticFigures::default()
    };
    for (id, sums) in accelerators {
        let model = names.accelerator(*id);
        let is_domestic = model.is_some_and(|model| model.domestic);
        let gflops = model.and_then(|model| model.fp16_dense_gflops);
        let volumes = &sums.volumes;
        let add = |ratio: &mut Ratio, amount: i128| {
            ratio.denominator += amount;
            ratio.numerator += if is_domestic { amount } else { 0 };
        };
        add(&mut figures.card_hours_matched, i128::from(volumes.matched.0));
        add(&mut figures.card_hours_settled, i128::from(volumes.settled.0));
        add(&mut figures.amount_matched, i128::from(volumes.amount_matched.fen()));
        add(&mut figures.amount_settled, i128::from(volumes.amount_settled.fen()));
        match gflops {
            Some(gflops) => {
                let p = |cards: CardSeconds| i128::from(cards.0) * i128::from(gflops);
                add(&mut figures.p_hours_matched, p(volumes.matched));
                add(&mut figures.p_hours_settled, p(volumes.settled));
            }
            None => figures.card_hours_without_fp16 += volumes.matched,
        }
    }
    figures
}

/// Those with the largest charges matched, the older one first on a tie.
fn parties(sums: BTreeMap<OrgId, OfParty>, all: Money, names: &Names) -> Vec<PartyFigures> {
    let mut rows: Vec<PartyFigures> = sums
        .into_iter()
        .map(|(org, sums)| PartyFigures {
            org,
            name: names.org(org),
            leases: sums.leases,
            matched: sums.matched,
            amount_matched: sums.amount_matched,
            amount_settled: sums.amount_settled,
            voucher_settled: sums.voucher_settled,
            share: Ratio::of_money(sums.amount_matched, all),
        })
        .collect();
    rows.sort_by_key(|row| Reverse(row.amount_matched));
    rows.truncate(PARTIES_SHOWN);
    rows
}
