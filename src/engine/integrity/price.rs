//! Inflated prices: a subsidised price far above the reference price of its day, or above what others paid for the same model.

use std::collections::{BTreeMap, BTreeSet};

use super::fact::{Facts, FillFact};
use super::finding::{DAY_MICROS, evidence, finding};
use super::policy::IntegrityPolicy;
use crate::domain::flag::{Evidence, Finding, FlagAction, FlagRule, Subject};
use crate::domain::id::{AcceleratorId, OrgId};
use crate::domain::money::{Money, Price};
use crate::domain::rate::BasisPoints;
use crate::domain::rounding::{self, Rounding};

/// A model in a period of [`IntegrityPolicy::price_days`].
type Bucket = (AcceleratorId, i64);

/// Two owner groups that trade.
type Pair = (OrgId, OrgId);

/// The unrelated trades of a bucket, by price: whose, and how many card-hours.
type Trades = BTreeMap<Bucket, Vec<(Price, Pair, i128)>>;

/// Looks at every subsidised price.
pub fn find(facts: &Facts, policy: &IntegrityPolicy) -> Vec<Finding> {
    let trades = trades(facts, policy);
    let mut medians = BTreeMap::new();
    let mut found = Vec::new();
    for (fill, programme) in facts.subsidised() {
        let reference = facts.reference(fill.accelerator, fill.at);
        let bucket = bucket(fill, policy);
        let pair = (facts.group(fill.tenant), facts.group(fill.provider));
        let median = *medians
            .entry((bucket, pair))
            .or_insert_with(|| median(trades.get(&bucket).map(Vec::as_slice), pair, policy));
        let above = |price: Option<Price>| {
            let limit = scaled(price?, policy.price_bps);
            (limit < fill.price).then_some(limit)
        };
        let (reference, median) = (above(reference), above(median));
        let Some(limit) = reference.into_iter().chain(median).min() else {
            continue;
        };
        let text = (
            format!("补贴成交价{}元/卡时高于上限{}元", fill.price, limit),
            format!("the subsidised price of {} is above {}", fill.price, limit),
        );
        let line = |what: &str, limit: Option<Price>| limit.map(|limit| evidence(what, fill.price, limit));
        let numbers = [
            line("price_against_reference", reference),
            line("price_against_median", median),
        ];
        let numbers: Vec<Evidence> = numbers.into_iter().flatten().collect();
        found.push(Finding {
            subjects: vec![
                Subject::Lease(fill.lease),
                Subject::Org(fill.tenant),
                Subject::Org(fill.provider),
            ],
            evidence: numbers,
            at_stake: excess(fill, limit),
            ..finding(
                (FlagRule::PriceInflation, FlagAction::Hold),
                policy,
                (programme.id, fill.tenant),
                text,
            )
        });
    }
    found
}

fn bucket(fill: &FillFact, policy: &IntegrityPolicy) -> Bucket {
    let length = i64::from(policy.price_days.max(1)).saturating_mul(DAY_MICROS);
    (fill.accelerator, fill.at.micros().div_euclid(length))
}

/// Trades of parties that are not related, as far as that is known now and by the strictest rule of any programme.
fn trades(facts: &Facts, policy: &IntegrityPolicy) -> Trades {
    let rules: BTreeSet<BasisPoints> = facts
        .programmes
        .values()
        .map(|programme| programme.rules.related_party.ownership_bps)
        .collect();
    let strictest = facts
        .programmes
        .values()
        .find(|programme| Some(&programme.rules.related_party.ownership_bps) == rules.first());
    let mut trades = Trades::new();
    for fill in &facts.fills {
        let pair = (facts.group(fill.tenant), facts.group(fill.provider));
        let related = strictest.is_some_and(|programme| facts.related(programme, pair.0, fill.at).contains(&pair.1));
        if !related && pair.0 != pair.1 {
            let hours = i128::from(fill.until.seconds_since(fill.from).max(0)) * i128::from(fill.cards) / 3_600;
            let of_bucket = trades.entry(bucket(fill, policy)).or_default();
            of_bucket.push((fill.price, pair, hours));
        }
    }
    for of_bucket in trades.values_mut() {
        of_bucket.sort_unstable();
    }
    trades
}

/// The price at which half of the card-hours of all other pairs were cheaper; none where there are too few trades.
fn median(trades: Option<&[(Price, Pair, i128)]>, own: Pair, policy: &IntegrityPolicy) -> Option<Price> {
    let others = || trades.unwrap_or_default().iter().filter(|(_, pair, _)| *pair != own);
    if others().count() < policy.price_trades_min {
        return None;
    }
    let whole: i128 = others().map(|(_, _, hours)| hours).sum();
    let mut sum = 0;
    let half = others().find(|(_, _, hours)| {
        sum += hours;
        whole <= sum.saturating_mul(2)
    });
    half.map(|(price, ..)| *price)
}

fn scaled(price: Price, share: BasisPoints) -> Price {
    let micros = i128::from(price.micros()) * i128::from(share.0) / i128::from(BasisPoints::WHOLE.0);
    Price::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
}

/// The part of the subsidy that the price above the limit brought.
fn excess(fill: &FillFact, limit: Price) -> Money {
    let fair = rounding::proportion(fill.voucher, limit.micros(), fill.price.micros(), Rounding::Floor);
    fair.and_then(|fair| fill.voucher.minus(fair)).unwrap_or(fill.voucher)
}
