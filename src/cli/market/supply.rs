//! From nodes to listings.

use std::collections::BTreeMap;

use super::super::draw::Draw;
use super::super::flow::body::Listing;
use super::super::seeds::Seeds;
use super::{Ingredients, LEASE_HOURS_MAX, Present};
use crate::domain::code::Code;
use crate::domain::listing::{ListingMode, Sla};
use crate::domain::money::Price;
use crate::domain::rate::Fraction;
use crate::domain::time::{Hour, Timestamp};

/// A listing to be made.
#[derive(Debug, Clone)]
pub(super) struct Offer {
    pub(super) at: Timestamp,
    pub(super) provider: String,
    pub(super) listing: Listing,
}

impl Offer {
    pub(super) fn cards(&self) -> u64 {
        u64::from(self.listing.islands) * u64::from(self.listing.cards_per_island)
    }

    pub(super) fn card_hours(&self) -> u64 {
        self.cards() * u64::from(self.listing.until.since(self.listing.from))
    }
}

/// What lies together in one listing: nodes of a size and model that a provider has at a site.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Rack {
    provider: usize,
    site: Code,
    accelerator: Code,
    cards_per_island: u32,
}

/// When a listing is made, and for which hours.
struct Term {
    at: Timestamp,
    from: Hour,
    until: Hour,
}

/// One listing for each rack: most of them from the start until the end, in a market that goes on more various ones.
pub(super) fn offers(seeds: &Seeds, ingredients: &Ingredients, start: Hour, end: Hour) -> Vec<Offer> {
    let mut offers: Vec<Offer> = racks(seeds, ingredients)
        .into_iter()
        .filter_map(|(rack, islands)| offer(seeds, ingredients, &rack, islands, start, end))
        .collect();
    offers.sort_by_key(|offer| offer.at);
    offers
}

fn racks(seeds: &Seeds, ingredients: &Ingredients) -> BTreeMap<Rack, u32> {
    let mut racks = BTreeMap::new();
    if ingredients.providers.is_empty() || seeds.sites.is_empty() {
        return racks;
    }
    for node in &ingredients.nodes {
        let mut draw = Draw::of(ingredients.seed, "row", &node.row.to_string());
        // One row each, then the lesser of two draws: a few large providers and many small ones.
        let providers = ingredients.providers.len();
        let drawn = draw.index(providers).min(draw.index(providers));
        let provider = usize::try_from(node.row)
            .ok()
            .filter(|&row| row < providers)
            .unwrap_or(drawn);
        let homes = homes(seeds, ingredients, provider);
        let rack = Rack {
            provider,
            site: homes[draw.index(homes.len())].clone(),
            accelerator: node.accelerator.clone(),
            cards_per_island: node.cards,
        };
        *racks.entry(rack).or_default() += 1;
    }
    racks
}

/// The two sites of a provider; the first one of every third is in Hangzhou.
fn homes(seeds: &Seeds, ingredients: &Ingredients, provider: usize) -> [Code; 2] {
    let mut draw = Draw::of(ingredients.seed, "home", &ingredients.providers[provider].0);
    let mut any = || seeds.sites[draw.index(seeds.sites.len())].code.clone();
    let (first, second) = (any(), any());
    let home = seeds.sites.iter().find(|site| site.code.as_str() == "hangzhou");
    match home {
        Some(home) if provider.is_multiple_of(3) => [home.code.clone(), second],
        _ => [first, second],
    }
}

fn offer(seeds: &Seeds, ingredients: &Ingredients, rack: &Rack, islands: u32, start: Hour, end: Hour) -> Option<Offer> {
    let provider = ingredients.providers[rack.provider].0.clone();
    let key = format!(
        "{provider}/{}/{}/{}",
        rack.site, rack.accelerator, rack.cards_per_island
    );
    let mut draw = Draw::of(ingredients.seed, "listing", &key);
    let ask = scaled(*seeds.prices.get(&rack.accelerator)?, draw.between(80, 120));
    let term = match ingredients.present {
        None => whole_term(&mut draw, start, end),
        Some(present) => some_term(&mut Draw::of(ingredients.seed, "term", &key), start, present),
    };
    let max_fault_rate = draw.weighted([(3, 500), (5, 1_000), (2, 5_000)]);
    let whole_islands = rack.cards_per_island > 1 && draw.chance(15);
    Some(Offer {
        at: term.at,
        provider,
        listing: Listing {
            site: rack.site.clone(),
            accelerator: rack.accelerator.clone(),
            islands,
            cards_per_island: rack.cards_per_island,
            from: term.from,
            until: term.until,
            ask,
            lot_cards: if whole_islands { rack.cards_per_island } else { 1 },
            min_hours: draw.weighted([(8, 1), (1, 4), (1, 24)]),
            max_hours: LEASE_HOURS_MAX,
            mode: ListingMode::Book,
            sla: Sla {
                max_fault_rate: Fraction::from_ppm(max_fault_rate),
                credit_rate: Fraction::from_ppm(Fraction::WHOLE_PPM),
            },
        },
    })
}

/// One in ten opens late, all last until the end.
fn whole_term(draw: &mut Draw, start: Hour, end: Hour) -> Term {
    let late = if draw.chance(10) {
        draw.below(end.since(start) / 2)
    } else {
        0
    };
    let from = start.plus(late);
    Term {
        at: from.timestamp(),
        from,
        until: end,
    }
}

/// Half of them from the start, a third from some later hour, the rest from an hour to come; one in ten of the former is over
/// by now.
fn some_term(draw: &mut Draw, start: Hour, present: Present) -> Term {
    #[derive(Clone, Copy)]
    enum Opens {
        AtFirst,
        Since,
        ToCome,
    }
    let now = present.at.hour_floor();
    let past = now.since(start).max(1);
    let to_come = present.offered_until.since(now).max(2);
    let (listed, lead) = match draw.weighted([(50, Opens::AtFirst), (33, Opens::Since), (17, Opens::ToCome)]) {
        Opens::AtFirst => (0, 0),
        Opens::Since => (draw.below(past), draw.below(12)),
        Opens::ToCome => (draw.below(past), past + draw.below(to_come / 2)),
    };
    let at = start.plus(listed);
    let is_over = listed + lead + 24 < past && draw.chance(10);
    let until = if is_over {
        start.plus(draw.between(listed + lead + 24, past))
    } else {
        now.plus(draw.between(to_come / 2, to_come))
    };
    Term {
        at: at.timestamp(),
        from: at.plus(lead),
        until: until.max(at.plus(lead).plus(24)),
    }
}

/// So many percent of a price, in whole fen and at least one.
pub fn scaled(price: Price, percent: u32) -> Price {
    let fen = (price.micros() * i64::from(percent) + 500_000) / 1_000_000;
    Price::from_micros(fen.max(1) * 10_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_scale_to_whole_fen() {
        let scaled_text = |text: &str, percent| scaled(text.parse().unwrap(), percent).to_string();
        assert_eq!(scaled_text("6.01", 80), "4.810000", "4.808");
        assert_eq!(scaled_text("0.01", 10), "0.010000", "never free");
        assert_eq!(scaled_text("12", 120), "14.400000");
    }
}
