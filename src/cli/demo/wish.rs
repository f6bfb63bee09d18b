//! What a robot wishes for: bodies of bids and listings, with prices about the reference prices.

use serde_json::{Value, json};

use super::made_up::MODELS;
use crate::cli::draw::Draw;
use crate::cli::market::scaled;
use crate::cli::seeds::Seeds;
use crate::domain::accelerator::Accelerator;
use crate::domain::money::Price;
use crate::domain::time::Timestamp;

/// Something to post, and in words.
#[derive(Debug)]
pub struct Wish {
    /// The body.
    pub body: Value,
    /// The words.
    pub words: String,
}

fn model<'a>(draw: &mut Draw, seeds: &'a Seeds) -> (&'a Accelerator, Price) {
    let code = draw.weighted(MODELS);
    let known = seeds
        .accelerators
        .iter()
        .find(|accelerator| accelerator.code.as_str() == code);
    let accelerator = known.unwrap_or(&seeds.accelerators[0]);
    let price = seeds.prices.get(&accelerator.code).copied();
    (accelerator, price.unwrap_or(Price::from_micros(1_000_000)))
}

/// A small bid: six in ten at a price that is met, the others wait for a lower one.
pub fn bid(draw: &mut Draw, seeds: &Seeds, now: Timestamp) -> Wish {
    let (accelerator, price) = model(draw, seeds);
    let percent = if draw.chance(60) {
        draw.between(98, 118)
    } else {
        draw.between(72, 92)
    };
    let limit = scaled(price, percent);
    let cards = draw.weighted([(30, 1), (20, 2), (20, 4), (25, 8), (5, 16)]);
    let hours = draw.weighted([(20, 2), (25, 4), (25, 8), (20, 24), (10, 48)]);
    let lead = if draw.chance(40) { 0 } else { draw.between(1, 120) };
    let earliest = now.hour_ceil().plus(lead);
    let slack = draw.between(4, 48);
    let latest = earliest.plus(hours + slack);
    let tif = draw.weighted([(70, "gtc"), (15, "gtd"), (15, "ioc")]);
    let expires_at = (tif == "gtd").then(|| earliest.plus(slack).timestamp());
    let code = &accelerator.code;
    Wish {
        body: json!({
            "alternatives": [{"accelerator": code, "cards": cards, "hours": hours, "limit": limit}],
            "earliest": earliest, "latest": latest, "tif": tif, "expires_at": expires_at,
            "purpose": draw.weighted([(3, "inference"), (2, "finetune"), (1, "research")]),
        }),
        words: format!("{cards} {code} for {hours} h from {earliest} at {limit}"),
    }
}

/// Some islands of cards, for a day to two weeks.
pub fn listing(draw: &mut Draw, seeds: &Seeds, now: Timestamp) -> Wish {
    let (accelerator, price) = model(draw, seeds);
    let ask = scaled(price, draw.between(88, 112));
    let (islands, cards) = (draw.between(1, 4), accelerator.cards_per_node);
    let from = now.hour_ceil().plus(draw.below(24));
    let until = from.plus(draw.between(24, 336));
    let site = &seeds.sites[draw.index(seeds.sites.len())].code;
    let code = &accelerator.code;
    Wish {
        body: json!({
            "site": site, "accelerator": code, "islands": islands, "cards_per_island": cards,
            "from": from, "until": until, "ask": ask,
            "sla": {"max_fault_rate": "0.001", "credit_rate": "1.0"},
        }),
        words: format!("{islands} × {cards} {code} at {site} until {until} for {ask}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::verb;
    use crate::domain::id::OrgId;

    #[test]
    fn what_it_wishes_can_be_read_and_is_the_same_for_the_same_seed() {
        let seeds = Seeds::load().unwrap();
        let now: Timestamp = "2026-12-01T12:34:56Z".parse().unwrap();
        let wishes = |seed| {
            let mut draw = Draw::of(seed, "robot", "");
            (0..200)
                .map(|_| (bid(&mut draw, &seeds, now), listing(&mut draw, &seeds, now)))
                .collect::<Vec<_>>()
        };
        for (bid, listing) in wishes(1) {
            for (verb, wish) in [("bid", bid), ("listing", listing)] {
                let read = verb::command(verb, Some(OrgId(1)), wish.body.clone());
                assert!(read.is_ok(), "{}: {read:?}", wish.words);
            }
        }
        let words = |seed| {
            wishes(seed)
                .into_iter()
                .map(|(bid, _)| bid.words)
                .collect::<Vec<String>>()
        };
        assert_eq!(words(1), words(1));
        assert_ne!(words(1), words(2));
    }
}
