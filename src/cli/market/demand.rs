//! From requests to bids.

use std::collections::BTreeMap;

use super::super::draw::Draw;
use super::super::flow::body::{Bid, Fill, Tif, Voucher};
use super::super::seeds::Seeds;
use super::supply::scaled;
use super::{Ingredients, Request, Urgency};
use crate::domain::bid::{NewAlternative, Placement};
use crate::domain::code::Code;
use crate::domain::money::Price;
use crate::domain::rate::Fraction;
use crate::domain::time::Timestamp;

/// A model is common if one card in this many is of it.
const COMMON_ONE_IN: u64 = 50;
/// Alternatives of a request without wishes.
const ALTERNATIVES_MAX: usize = 3;

/// A bid to be made.
#[derive(Debug, Clone)]
pub(super) struct Order {
    pub(super) at: Timestamp,
    pub(super) tenant: usize,
    pub(super) bid: Bid,
    pub(super) cancelled_at: Option<Timestamp>,
}

impl Order {
    /// Of its largest alternative.
    pub(super) fn card_hours(&self) -> u64 {
        let of = |alternative: &NewAlternative| u64::from(alternative.cards) * u64::from(alternative.hours);
        self.bid.alternatives.iter().map(of).max().unwrap_or(0)
    }
}

/// A model on offer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Model {
    price: Price,
    accelerator: Code,
    cards: u64,
    largest_island: u32,
}

/// The requests as bids, in order of time.
pub(super) fn orders(seeds: &Seeds, ingredients: &Ingredients) -> Vec<Order> {
    let models = models(seeds, ingredients);
    let mut orders: Vec<Order> = ingredients
        .requests
        .iter()
        .filter_map(|request| order(seeds, ingredients, &models, request))
        .collect();
    orders.sort_by_key(|order| order.at);
    orders
}

/// What is on offer, cheapest first.
fn models(seeds: &Seeds, ingredients: &Ingredients) -> Vec<Model> {
    let mut of: BTreeMap<&Code, (u64, u32)> = BTreeMap::new();
    for node in &ingredients.nodes {
        let (cards, largest) = of.entry(&node.accelerator).or_default();
        *cards += u64::from(node.cards);
        *largest = (*largest).max(node.cards);
    }
    let mut models: Vec<Model> = of
        .into_iter()
        .filter_map(|(accelerator, (cards, largest_island))| {
            let price = *seeds.prices.get(accelerator)?;
            Some(Model {
                price,
                accelerator: accelerator.clone(),
                cards,
                largest_island,
            })
        })
        .collect();
    models.sort_unstable();
    models
}

fn order(seeds: &Seeds, ingredients: &Ingredients, models: &[Model], request: &Request) -> Option<Order> {
    let mut draw = Draw::of(ingredients.seed, "bid", &request.key);
    let placement = placement(&mut draw, request.cards);
    let wishes = if request.wishes.is_empty() {
        common_models(&mut draw, models, request.cards, placement)
    } else {
        request.wishes.clone()
    };
    let percent = limit_percent(&mut draw, request.urgency);
    let lowball = percent < 90;
    let alternatives: Vec<NewAlternative> = wishes
        .into_iter()
        .filter_map(|accelerator| {
            let limit = scaled(*seeds.prices.get(&accelerator)?, percent);
            Some(NewAlternative {
                accelerator,
                cards: request.cards,
                hours: request.hours,
                limit,
            })
        })
        .collect();
    if alternatives.is_empty() {
        return None;
    }

    let earliest = request.at.hour_ceil().plus(request.lead_hours);
    let slack = slack_hours(&mut draw, request.urgency);
    let tif = draw.weighted([(75, Tif::Gtc), (12, Tif::Gtd), (9, Tif::Ioc), (4, Tif::Fok)]);
    let in_parts = request.cards >= 4 && placement != Placement::OneIsland && draw.chance(40);
    let sites = draw.chance(12).then(|| some_sites(&mut draw, seeds));
    let max_fault_rate = draw.chance(6).then_some(Fraction::from_ppm(1_000));
    let voucher = if draw.chance(85) { Voucher::Auto } else { Voucher::None };
    // Who has bid low thinks better of it more often; most other bids are filled before that, so a cancel may be refused.
    let rests = matches!(tif, Tif::Gtc | Tif::Gtd) && slack > 0;
    let cancelled = rests && draw.chance(if lowball { 40 } else { 1 });
    let cancelled_at = cancelled.then(|| request.at.plus_hours(draw.between(1, slack.clamp(1, 12))));
    Some(Order {
        at: request.at,
        tenant: request.tenant,
        bid: Bid {
            alternatives,
            earliest,
            latest: earliest.plus(request.hours).plus(slack),
            fill: if in_parts { Fill::Partial } else { Fill::AllOrNone },
            min_cards: in_parts.then(|| (request.cards / 4).max(1)),
            placement,
            sites,
            domestic_only: request.domestic_only,
            max_fault_rate,
            tif,
            expires_at: (tif == Tif::Gtd).then(|| earliest.plus(slack.max(1)).timestamp()),
            voucher,
            purpose: Some(request.purpose),
        },
        cancelled_at,
    })
}

/// One card may stand anywhere; up to a node's worth wants one interconnect; more wants one site.
fn placement(draw: &mut Draw, cards: u32) -> Placement {
    match cards {
        0 | 1 => Placement::Any,
        2..=8 => draw.weighted([
            (75, Placement::OneIsland),
            (15, Placement::OneListing),
            (10, Placement::Any),
        ]),
        _ => draw.weighted([(80, Placement::OneSite), (20, Placement::OneListing)]),
    }
}

/// A few neighbours in price among the common models, mostly the cheapest ones.
fn common_models(draw: &mut Draw, models: &[Model], cards: u32, placement: Placement) -> Vec<Code> {
    let all: u64 = models.iter().map(|model| model.cards).sum();
    let fits = |model: &&Model| placement != Placement::OneIsland || model.largest_island >= cards;
    let common: Vec<&Model> = models
        .iter()
        .filter(|model| model.cards * COMMON_ONE_IN >= all && model.cards >= u64::from(cards))
        .filter(fits)
        .collect();
    let first = draw.index(common.len()).min(draw.index(common.len()));
    let taken = draw.between(1, 3);
    let neighbours = common
        .iter()
        .skip(first)
        .take(ALTERNATIVES_MAX.min(usize::try_from(taken).unwrap_or(1)));
    neighbours.map(|model| model.accelerator.clone()).collect()
}

/// The limit in percent of the reference price: about what asks spread over, and now and then a try at a bargain.
fn limit_percent(draw: &mut Draw, urgency: Urgency) -> u32 {
    let (lowballs, least, most) = match urgency {
        Urgency::Tight => (2, 100, 130),
        Urgency::Usual => (6, 94, 122),
        Urgency::Loose => (12, 90, 112),
        Urgency::Bargain => (80, 86, 95),
    };
    if draw.chance(lowballs) {
        draw.between(70, 84)
    } else {
        draw.between(least, most)
    }
}

fn slack_hours(draw: &mut Draw, urgency: Urgency) -> u32 {
    match urgency {
        Urgency::Tight => draw.between(0, 2),
        Urgency::Usual => draw.between(2, 24),
        Urgency::Loose => draw.between(12, 96),
        Urgency::Bargain => draw.between(96, 480),
    }
}

/// Three to six different sites, in the order of the reference data.
fn some_sites(draw: &mut Draw, seeds: &Seeds) -> Vec<Code> {
    let wanted = draw.between(3, 6);
    let mut indices: Vec<usize> = (0..wanted).map(|_| draw.index(seeds.sites.len())).collect();
    indices.sort_unstable();
    indices.dedup();
    indices
        .into_iter()
        .map(|index| seeds.sites[index].code.clone())
        .collect()
}
