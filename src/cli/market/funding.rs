//! Deposits and vouchers, sized by what the bids will need.

use std::collections::BTreeMap;

use super::super::draw::Draw;
use super::super::flow::body::{Body, Deposit, Grant};
use super::super::flow::line::Line;
use super::demand::Order;
use super::setting::programme_name;
use super::{Ingredients, terms};
use crate::domain::money::{Money, Overflow};
use crate::domain::rate::BasisPoints;
use crate::domain::rounding::{Rounding, charge_for_hours, share};

const WEEK_SECONDS: i64 = 7 * 24 * 3_600;
/// Deposits and vouchers come in whole thousands of yuan.
const THOUSAND_YUAN_FEN: i64 = 100_000;
/// What a tenant pays in of what its bids of the week need, if all were to stand at once: less is enough, since what one bid
/// does not use comes back before the next.
const USUAL_WEEK: BasisPoints = BasisPoints(6_000);
/// The same in a week in which money is short.
const SHORT_WEEK: BasisPoints = BasisPoints(1_000);
/// In a week out of this many it is.
const SHORT_ONE_WEEK_IN: u32 = 12;

/// Each week every tenant pays in what its bids of the week will need; in some weeks, much less.
pub(super) fn deposits(ingredients: &Ingredients, orders: &[Order]) -> Result<Vec<Line<Body>>, Overflow> {
    let mut needed: BTreeMap<(i64, usize), Money> = BTreeMap::new();
    for order in orders {
        let week = order.at.seconds_since(ingredients.start).div_euclid(WEEK_SECONDS);
        let sum = needed.entry((week, order.tenant)).or_default();
        *sum = sum.plus(hold(order)?)?;
    }
    let mut lines = Vec::with_capacity(needed.len());
    for ((week, tenant), amount) in needed {
        let name = &ingredients.tenants[tenant].0;
        let bank_ref = format!("SYN-{week:03}-{name}");
        let short = Draw::of(ingredients.seed, "deposit", &bank_ref).below(SHORT_ONE_WEEK_IN) == 0;
        let amount = share(amount, if short { SHORT_WEEK } else { USUAL_WEEK }, Rounding::HalfUp)?;
        let hours = u32::try_from(week * WEEK_SECONDS / 3_600).map_err(|_| Overflow)?;
        let deposit = Deposit {
            amount: whole_thousands(amount)?,
            bank_ref,
        };
        let line = Line::new(ingredients.start.plus_hours(hours), Body::Deposit(deposit));
        lines.push(line.named(format!("d{}", lines.len() + 1)).said_by(name));
    }
    Ok(lines)
}

/// Most tenants get a voucher for about a sixth of what they will ask for, as far as caps and pots go.
pub(super) fn grants(ingredients: &Ingredients, orders: &[Order]) -> Result<Vec<Grant>, Overflow> {
    let mut needed: BTreeMap<usize, Money> = BTreeMap::new();
    for order in orders {
        let sum = needed.entry(order.tenant).or_default();
        *sum = sum.plus(hold(order)?)?;
    }
    let mut grants = Vec::new();
    for (index, rules) in ingredients.programmes.iter().enumerate() {
        let mut left = rules.pot;
        for (&tenant, &amount) in &needed {
            let name = &ingredients.tenants[tenant].0;
            let programme = programme_name(index);
            let mut draw = Draw::of(ingredients.seed, "grant", &format!("{programme}/{name}"));
            let granted = draw.chance(80);
            let rate = BasisPoints(draw.between(1_000, 2_200));
            let wished = whole_thousands(share(amount, rate, Rounding::HalfUp)?)?;
            let amount = wished.min(rules.cap_per_entity.unwrap_or(wished)).min(left);
            if granted && amount.is_positive() {
                left = left.minus(amount)?;
                grants.push(Grant {
                    programme,
                    org: name.clone(),
                    amount,
                });
            }
        }
    }
    Ok(grants)
}

/// Limit × cards × hours and fee of the dearest alternative.
fn hold(order: &Order) -> Result<Money, Overflow> {
    let mut dearest = Money::ZERO;
    for alternative in &order.bid.alternatives {
        let charge = charge_for_hours(alternative.limit, alternative.cards, alternative.hours)?;
        dearest = dearest.max(charge.plus(share(charge, terms().tenant_fee_bps, Rounding::HalfUp)?)?);
    }
    Ok(dearest)
}

fn whole_thousands(amount: Money) -> Result<Money, Overflow> {
    let thousands = amount.fen().checked_add(THOUSAND_YUAN_FEN - 1).ok_or(Overflow)? / THOUSAND_YUAN_FEN;
    thousands
        .checked_mul(THOUSAND_YUAN_FEN)
        .map(Money::from_fen)
        .ok_or(Overflow)
}
