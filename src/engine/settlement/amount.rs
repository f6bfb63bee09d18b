//! What card-seconds of a lease come to, and who pays which part of it.

use crate::domain::account::AccountKey;
use crate::domain::id::ProgrammeId;
use crate::domain::lease::{Fill, Lease, Settled, VatShare, VoucherDraw};
use crate::domain::money::{Money, Overflow};
use crate::domain::programme::ProgrammeRules;
use crate::domain::programme::funding::PayMode;
use crate::domain::rounding::{self, Rounding};
use crate::engine::posting;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// Everything that `card_seconds` of a lease come to.
pub fn totals(fill: &Fill, card_seconds: i64) -> Result<Settled, Overflow> {
    let charge = rounding::charge(fill.price, card_seconds)?;
    let voucher = match fill.charge {
        Money::ZERO => Money::ZERO,
        whole => rounding::proportion(fill.voucher, charge.fen(), whole.fen(), Rounding::HalfUp)?,
    };
    let (tenant_fee, provider_fee) = fees(fill, charge)?;
    let vat = rounding::contained_vat(tenant_fee.plus(provider_fee)?, fill.vat)?;
    Ok(Settled {
        card_seconds,
        charge,
        voucher,
        tenant_fee,
        provider_fee,
        vat,
    })
}

/// What is certain to stay settled of a lease where `less` card-seconds of what was reported do not count: what is settled, less what was
/// corrected, withdrawn or disputed since. What was reported more since, and is not settled yet, makes up for that and for nothing else.
///
/// # Errors
/// Only where amounts are beyond what the exchange can count.
pub fn sure(lease: &Lease, less: i64) -> Result<Settled, Overflow> {
    let due = lease.metering.due_by(lease.metering.mark.until).saturating_sub(less);
    totals(&lease.fill, lease.settled.card_seconds.saturating_add(due.min(0)))
}

fn fees(fill: &Fill, charge: Money) -> Result<(Money, Money), Overflow> {
    let tenant = rounding::share(charge, fill.tenant_fee, Rounding::HalfUp)?;
    let provider = rounding::share(charge, fill.provider_fee, Rounding::HalfUp)?;
    Ok((tenant, provider))
}

/// The same where the rate of VAT has changed since the lease was agreed: what was delivered before contains tax at the old rate,
/// the `shares` at theirs. Fees are cumulative, so that the fees of a share are the difference of two sums.
pub fn totals_with(fill: &Fill, shares: &[VatShare], card_seconds: i64) -> Result<Settled, Overflow> {
    let all = totals(fill, card_seconds)?;
    if shares.is_empty() {
        return Ok(all);
    }
    let later = shares
        .iter()
        .fold(0_i64, |sum, share| sum.saturating_add(share.card_seconds));
    let mut reached = card_seconds.saturating_sub(later);
    let fees_of = |card_seconds| {
        let (tenant, provider) = fees(fill, rounding::charge(fill.price, card_seconds)?)?;
        tenant.plus(provider)
    };
    let mut before = fees_of(reached)?;
    let mut vat = rounding::contained_vat(before, fill.vat)?;
    for share in shares {
        reached = reached.saturating_add(share.card_seconds);
        let after = fees_of(reached)?;
        vat = vat.plus(rounding::contained_vat(after.minus(before)?, share.vat)?)?;
        before = after;
    }
    Ok(Settled { vat, ..all })
}

/// What is to be posted to get from one cumulative amount to the next.
pub(super) fn due(
    state: &State,
    fill: &Fill,
    (before, total): (Settled, Settled),
) -> Result<posting::settle::Due, Rejection> {
    let charge = total.charge.minus(before.charge)?;
    let voucher = total.voucher.minus(before.voucher)?;
    let cash = charge.minus(voucher)?;
    let provider_fee = total.provider_fee.minus(before.provider_fee)?;
    // Out of what tenants paid as far as that goes: each source of earnings stays above zero at every step. Of what goes back the
    // same, with the sign turned.
    let provider_fee_cash = if charge < Money::ZERO {
        provider_fee.max(cash)
    } else {
        provider_fee.min(cash)
    };
    let redeemed_before = redeemed(fill, before.voucher)?;
    let redeemed_total = redeemed(fill, total.voucher)?;
    let mut due = posting::settle::Due {
        cash,
        tenant_fee: total.tenant_fee.minus(before.tenant_fee)?,
        provider_fee_cash,
        provider_fee_programme: provider_fee.minus(provider_fee_cash)?,
        vat: total.vat.minus(before.vat)?,
        ..posting::settle::Due::default()
    };
    let mut programme: Option<(ProgrammeId, &ProgrammeRules)> = None;
    for (draw, (was, now)) in fill.draws.iter().zip(redeemed_before.into_iter().zip(redeemed_total)) {
        let voucher = state.vouchers.get(&draw.voucher);
        let found = voucher.and_then(|voucher| state.programmes.get(&voucher.programme));
        let found = found.ok_or(Rejection::Fault("a draw on no voucher"))?;
        programme = Some((found.id, &found.rules));
        due.redeemed.push((found.id, draw.voucher, now.minus(was)?));
    }
    // All draws of one fill are of one programme (see the wallet), so that its payers share the whole subsidy. They share
    // what the programme has redeemed in all, not each lease's part: odd fen would otherwise always go to the first payer.
    if let Some((id, rules)) = programme {
        let was = state.ledger.balance(AccountKey::Redeemed(id));
        let now = was.plus(voucher)?;
        due.subsidy = sources(id, rules, (was, now))?;
    }
    Ok(due)
}

/// Out of which accounts a programme pays what it redeems more: those of its treasuries, or its reserve.
fn sources(
    id: ProgrammeId,
    rules: &ProgrammeRules,
    (was, now): (Money, Money),
) -> Result<Vec<(AccountKey, Money)>, Overflow> {
    if rules.pay_mode == PayMode::Reserve {
        return Ok(vec![(AccountKey::Reserve(id), now.minus(was)?)]);
    }
    let parts = payer_parts(rules, (was, now))?;
    let payers = (0_u8..).map(|payer| AccountKey::TreasuryReceivable(id, payer));
    Ok(payers.zip(parts).collect())
}

/// What each treasury owes more when what a programme has redeemed in all grows; single fen may go back.
pub fn payer_parts(rules: &ProgrammeRules, (was, now): (Money, Money)) -> Result<Vec<Money>, Overflow> {
    let (was, now) = (by_payer(rules, was)?, by_payer(rules, now)?);
    was.into_iter().zip(now).map(|(was, now)| now.minus(was)).collect()
}

/// What a programme has redeemed in all, split among its payers.
pub fn by_payer(rules: &ProgrammeRules, amount: Money) -> Result<Vec<Money>, Overflow> {
    if rules.co_funding.is_empty() {
        return Ok(vec![amount]);
    }
    let weights: Vec<u32> = rules.co_funding.iter().map(|funder| funder.share_bps.0).collect();
    rounding::split(amount, &weights)
}

/// How much of each draw of a fill is redeemed when `voucher` is redeemed in all: the first draw first.
pub fn redeemed(fill: &Fill, voucher: Money) -> Result<Vec<Money>, Overflow> {
    redeemed_of(&fill.draws, voucher)
}

/// The same of draws in their order.
pub fn redeemed_of(draws: &[VoucherDraw], voucher: Money) -> Result<Vec<Money>, Overflow> {
    let mut left = voucher;
    let mut parts = Vec::with_capacity(draws.len());
    for draw in draws {
        let part = left.min(draw.amount);
        left = left.minus(part)?;
        parts.push(part);
    }
    Ok(parts)
}
