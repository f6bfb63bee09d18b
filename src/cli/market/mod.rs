//! Makes a market out of cards and requests for them: what a trace does not say is drawn from a seed.
//!
//! `supply` turns nodes into listings, `demand` requests into bids, `funding` bids into deposits and vouchers.

mod demand;
mod funding;
mod setting;
mod supply;

pub use self::supply::scaled;
use super::flow::body::{Body, Cancel, Org, Until};
use super::flow::line::Line;
use super::seeds::Seeds;
use crate::domain::bid::Purpose;
use crate::domain::code::Code;
use crate::domain::money::Overflow;
use crate::domain::programme::ProgrammeRules;
use crate::domain::rate::BasisPoints;
use crate::domain::terms::Terms;
use crate::domain::time::{Hour, Timestamp};

/// Longest lease in hours: what runs longer is let month by month.
pub const LEASE_HOURS_MAX: u32 = 720;

/// Settlements fall on midnight in Hangzhou, 16:00 UTC.
const SETTLEMENT_HOUR_UTC: i32 = 16;

/// Cards on one interconnect, as a provider would rack them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What they are.
    pub accelerator: Code,
    /// How many.
    pub cards: u32,
    /// Nodes of one row stand at one provider and site.
    pub row: u32,
}

/// How much a request can wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// A service: hardly at all.
    Tight,
    /// A job that somebody is waiting for.
    Usual,
    /// Best effort.
    Loose,
    /// Only if cards become cheap: for many days.
    Bargain,
}

/// Somebody wants cards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Tells it from all others; draws for it come from this.
    pub key: String,
    /// When it is known.
    pub at: Timestamp,
    /// Hours from then until it can start: it is booked ahead.
    pub lead_hours: u32,
    /// Index of who wants them among the tenants.
    pub tenant: usize,
    /// How many.
    pub cards: u32,
    /// For how long; 1 to [`LEASE_HOURS_MAX`].
    pub hours: u32,
    /// Which models would do; none named: what is cheap and common.
    pub wishes: Vec<Code>,
    /// Only domestic cards.
    pub domestic_only: bool,
    /// How much it can wait.
    pub urgency: Urgency,
    /// What for.
    pub purpose: Purpose,
}

/// What a market is made of.
#[derive(Debug, Clone)]
pub struct Ingredients {
    /// What everything else is drawn from.
    pub seed: u64,
    /// The first instant.
    pub start: Timestamp,
    /// The cards.
    pub nodes: Vec<Node>,
    /// Who lets them, with their names in the flow.
    pub providers: Vec<(String, Org)>,
    /// Who wants them, with their names in the flow.
    pub tenants: Vec<(String, Org)>,
    /// The requests, in any order.
    pub requests: Vec<Request>,
    /// Whose vouchers are granted.
    pub programmes: Vec<ProgrammeRules>,
    /// Where the flow breaks off; none: everything ends in it.
    pub present: Option<Present>,
}

/// A market that goes on after its flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Present {
    /// The last instant of the flow.
    pub at: Timestamp,
    /// Until when cards are on offer at the latest.
    pub offered_until: Hour,
}

/// What a flow holds, in figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// Listings.
    pub listings: u64,
    /// Their cards.
    pub cards: u64,
    /// Their card-hours.
    pub card_hours_offered: u64,
    /// Bids.
    pub bids: u64,
    /// Their card-hours.
    pub card_hours_asked: u64,
    /// Deposits.
    pub deposits: u64,
    /// Vouchers.
    pub grants: u64,
}

/// The fees and other terms of a made-up market.
pub fn terms() -> Terms {
    Terms {
        tenant_fee_bps: BasisPoints(50),
        provider_fee_bps: BasisPoints(100),
        ..Terms::default()
    }
}

/// The market as a flow, in order.
pub fn flow(seeds: &Seeds, ingredients: &Ingredients) -> Result<(Vec<Line<Body>>, Figures), Overflow> {
    let orders = demand::orders(seeds, ingredients);
    let start = ingredients.start.hour_ceil();
    let end = match ingredients.present {
        Some(present) => present.offered_until,
        None => last_settlement(start, orders.iter().map(|order| order.bid.latest).max()),
    };
    let offers = supply::offers(seeds, ingredients, start, end);
    let deposits = funding::deposits(ingredients, &orders)?;
    let grants = funding::grants(ingredients, &orders)?;

    let figures = Figures {
        listings: count(offers.len()),
        cards: offers.iter().map(supply::Offer::cards).sum(),
        card_hours_offered: offers.iter().map(supply::Offer::card_hours).sum(),
        bids: count(orders.len()),
        card_hours_asked: orders.iter().map(demand::Order::card_hours).sum(),
        deposits: count(deposits.len()),
        grants: count(grants.len()),
    };

    let mut later = settlements(start, end);
    later.extend(deposits);
    later.extend(offers.into_iter().enumerate().map(|(index, offer)| {
        Line::new(offer.at, Body::Listing(offer.listing))
            .named(format!("l{}", index + 1))
            .said_by(offer.provider)
    }));
    later.extend(bids_and_cancels(ingredients, orders));
    // Stable: at one instant settlements go first, then money, then supply, then demand.
    later.sort_by_key(|line| line.at);

    let mut lines = setting::lines(seeds, ingredients, grants);
    lines.append(&mut later);
    match ingredients.present {
        Some(present) => break_off(&mut lines, present),
        None => lines.extend(closing(end)),
    }
    Ok((lines, figures))
}

/// What comes later is left to those who trade then. What was delivered so far is reported.
fn break_off(lines: &mut Vec<Line<Body>>, present: Present) {
    lines.retain(|line| line.at <= present.at);
    let until = present.at.hour_floor().timestamp();
    lines.push(Line::new(present.at, Body::Meter(Until { until })));
}

fn bids_and_cancels(ingredients: &Ingredients, orders: Vec<demand::Order>) -> impl Iterator<Item = Line<Body>> {
    orders.into_iter().enumerate().flat_map(|(index, order)| {
        let name = format!("b{}", index + 1);
        let tenant = &ingredients.tenants[order.tenant].0;
        let cancel = order
            .cancelled_at
            .map(|at| Line::new(at, Body::Cancel(Cancel { bid: name.clone() })).said_by(tenant));
        let bid = Line::new(order.at, Body::Bid(order.bid)).named(name).said_by(tenant);
        std::iter::once(bid).chain(cancel)
    })
}

/// The first settlement at or after everything has ended.
fn last_settlement(start: Hour, latest: Option<Hour>) -> Hour {
    let latest = latest.unwrap_or(start).max(start.plus(1));
    let past = (latest.0 - SETTLEMENT_HOUR_UTC).rem_euclid(24);
    if past == 0 { latest } else { Hour(latest.0 + 24 - past) }
}

/// Every day what was delivered is reported and settled.
fn settlements(start: Hour, end: Hour) -> Vec<Line<Body>> {
    let first = last_settlement(start, None);
    (first.0..=end.0)
        .step_by(24)
        .flat_map(|hour| metered_and_settled(Hour(hour)))
        .collect()
}

fn metered_and_settled(hour: Hour) -> [Line<Body>; 2] {
    let until = Until {
        until: hour.timestamp(),
    };
    [
        Line::new(until.until, Body::Meter(until)),
        Line::new(until.until, Body::Settle(until)),
    ]
}

/// Once nothing can be reported or disputed any more, leases close and all earnings are free.
fn closing(end: Hour) -> [Line<Body>; 2] {
    let terms = terms();
    metered_and_settled(end.plus(terms.usage_grace_hours + terms.dispute_hours + 24))
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
