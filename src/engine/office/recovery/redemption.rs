//! What was redeemed, by what and of which vouchers, and what of it is left to take back.

use std::borrow::Cow;

use crate::domain::claim::ClaimState;
use crate::domain::id::{ClaimId, LeaseId, OrgId, ProgrammeId, VoucherId};
use crate::domain::lease::VoucherDraw;
use crate::domain::money::{Money, Overflow};
use crate::domain::recovery::{ClosedLease, NamedLease, NamedTarget, Practice, RedeemedBy, TakenBack};
use crate::domain::time::Timestamp;
use crate::engine::rejection::{FieldRule, Rejection, invalid};
use crate::engine::state::State;
use crate::engine::voucher::evaluate;
use crate::engine::{limits, settlement};

/// What one lease or claim has redeemed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Redemption {
    pub by: RedeemedBy,
    /// When its vouchers were burned.
    pub at: Timestamp,
    /// The period in which it counts against the cap of the entity.
    pub period: i32,
    /// Redeemed of each voucher, in the order of burning.
    pub vouchers: Vec<(VoucherId, Money)>,
}

/// All that a target has redeemed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Redeemed {
    pub programme: ProgrammeId,
    /// The version of the programme's rules that governs it.
    pub version: u32,
    pub org: OrgId,
    /// In the order in which vouchers were burned.
    pub redemptions: Vec<Redemption>,
}

/// What a lease came to: as it stands in memory, or as was said of it where it is closed.
pub(super) fn lease<'a>(state: &State, named: &'a NamedLease) -> Result<Cow<'a, ClosedLease>, Rejection> {
    if let Some(live) = state.leases.get(&named.lease) {
        let fill = &live.fill;
        // What was reported too much and goes back with the next settlement cannot be given back twice.
        let sure = settlement::sure(live, 0)?;
        return Ok(Cow::Owned(ClosedLease {
            tenant: fill.tenant,
            provider: fill.provider,
            agreed_at: fill.at,
            charge: sure.charge,
            voucher: sure.voucher,
            draws: fill.draws.clone(),
            until: Some(live.ends.timestamp()),
        }));
    }
    if named.lease.0 == 0 || named.lease.0 >= state.counters.fill {
        return Err(Rejection::LeaseNotFound(named.lease));
    }
    let closed = named.closed.as_ref().ok_or_else(|| {
        let detail = "was closed since this was asked for: ask again";
        invalid("/target", FieldRule::Past, detail)
    })?;
    check_closed(state, closed)?;
    Ok(Cow::Borrowed(closed))
}

/// Whether what is said of a closed lease can be: the database is where it comes from, and the books of the exchange are what it
/// must fit.
fn check_closed(state: &State, closed: &ClosedLease) -> Result<(), Rejection> {
    let wrong = |detail: &str| Err(invalid("/target", FieldRule::Malformed, detail));
    let Ok(drawn) = Money::sum(closed.draws.iter().map(|draw| draw.amount)) else {
        return wrong("has draws beyond all counting");
    };
    let no_less_than_zero = closed.draws.iter().all(|draw| draw.amount >= Money::ZERO);
    let ordered = Money::ZERO <= closed.voucher && closed.voucher <= closed.charge && closed.voucher <= drawn;
    if !ordered || !no_less_than_zero {
        return wrong("has amounts that no lease can have");
    }
    if !state.orgs.contains_key(&closed.tenant) || !state.orgs.contains_key(&closed.provider) {
        return wrong("names parties that there are not");
    }
    let mut programme = None;
    for draw in &closed.draws {
        let fits = state.vouchers.get(&draw.voucher).is_some_and(|voucher| {
            let same = *programme.get_or_insert(voucher.programme) == voucher.programme;
            same && voucher.org == closed.tenant
        });
        if !fits {
            return wrong("draws on vouchers that its tenant has not");
        }
    }
    Ok(())
}

/// The draws of a lease, as far as they are known.
pub(super) fn draws<'a>(state: &'a State, named: &'a NamedLease) -> Option<&'a [VoucherDraw]> {
    match state.leases.get(&named.lease) {
        Some(live) => Some(&live.fill.draws),
        None => named.closed.as_ref().map(|closed| closed.draws.as_slice()),
    }
}

/// What a target has redeemed. What redeemed nothing is refused: there is nothing to take back.
pub(super) fn of(state: &State, (target, practice): (&NamedTarget, Practice)) -> Result<Redeemed, Rejection> {
    match target {
        NamedTarget::Lease(named) => whole(state, of_leases(state, std::slice::from_ref(named), None)?),
        NamedTarget::Voucher { voucher, leases } => {
            if !state.vouchers.contains_key(voucher) {
                let detail = format!("names no voucher: {voucher}");
                return Err(invalid("/target/voucher", FieldRule::Unknown, detail));
            }
            if leases.len() > limits::RECOVERED_LEASES_MAX {
                let detail = "has paid of more than 10000 leases: take them back one by one";
                return Err(invalid("/target/voucher", FieldRule::TooMany, detail));
            }
            let mut redemptions = of_leases(state, leases, Some(*voucher))?;
            match practice {
                Practice::First => {}
                Practice::Second => redemptions.extend(of_claims(state, *voucher)),
            }
            redemptions.sort_by_key(|redemption| redemption.at);
            whole(state, redemptions)
        }
        NamedTarget::Claim(claim) => of_claim(state, *claim),
    }
}

fn nothing() -> Rejection {
    invalid("/target", FieldRule::NotEligible, "has got no subsidy")
}

fn of_leases(state: &State, leases: &[NamedLease], only: Option<VoucherId>) -> Result<Vec<Redemption>, Rejection> {
    let mut redemptions = Vec::with_capacity(leases.len());
    let mut before = LeaseId(0);
    for named in leases {
        if named.lease <= before {
            return Err(invalid(
                "/target",
                FieldRule::Duplicate,
                "names leases twice or out of order",
            ));
        }
        before = named.lease;
        let lease = lease(state, named)?;
        let mut redemption = of_lease(state, named.lease, &lease)?;
        redemption
            .vouchers
            .retain(|(voucher, amount)| only.is_none_or(|only| only == *voucher) && amount.is_positive());
        redemptions.push(redemption);
    }
    redemptions.retain(|redemption| !redemption.vouchers.is_empty());
    Ok(redemptions)
}

/// What a voucher has paid of claims.
fn of_claims(state: &State, voucher: VoucherId) -> Vec<Redemption> {
    let Some(known) = state.vouchers.get(&voucher) else {
        return Vec::new();
    };
    let ids = state.contracts.of_group(known.programme, state.group_of(known.org));
    let claims = ids.iter().filter_map(|id| state.claims.get(id));
    let paid = claims.filter(|claim| claim.state == ClaimState::Approved);
    paid.filter_map(|claim| {
        let draw = claim.draws.iter().find(|draw| draw.voucher == voucher)?;
        Some(Redemption {
            by: RedeemedBy::Claim(claim.id),
            at: claim.created_at,
            period: claim.period,
            vouchers: vec![(draw.voucher, draw.amount)],
        })
    })
    .collect()
}

/// All redemptions of one target, which are of one organisation under one version of one programme.
fn whole(state: &State, redemptions: Vec<Redemption>) -> Result<Redeemed, Rejection> {
    let first = redemptions.first().and_then(|redemption| redemption.vouchers.first());
    let voucher = first
        .and_then(|(voucher, _)| state.vouchers.get(voucher))
        .ok_or_else(nothing)?;
    Ok(Redeemed {
        programme: voucher.programme,
        version: voucher.version,
        org: voucher.org,
        redemptions,
    })
}

fn of_lease(state: &State, id: LeaseId, lease: &ClosedLease) -> Result<Redemption, Rejection> {
    let used = settlement::redeemed_of(&lease.draws, lease.voucher)?;
    let vouchers = lease.draws.iter().map(|draw| draw.voucher).zip(used).collect();
    let voucher = lease.draws.first().and_then(|draw| state.vouchers.get(&draw.voucher));
    let rules = voucher.and_then(|voucher| {
        let programme = state.programmes.get(&voucher.programme)?;
        programme.rules_of(voucher.version)
    });
    Ok(Redemption {
        by: RedeemedBy::Lease(id),
        at: lease.agreed_at,
        period: rules.map_or(0, |rules| evaluate::cap_period(rules, lease.agreed_at)),
        vouchers,
    })
}

/// What a lease has redeemed, whatever memory says of it; none: vouchers have paid nothing.
pub(super) fn of_settled(state: &State, id: LeaseId, lease: &ClosedLease) -> Result<Option<Redeemed>, Rejection> {
    let voucher = lease.draws.first().and_then(|draw| state.vouchers.get(&draw.voucher));
    let Some(voucher) = voucher.filter(|_| lease.voucher.is_positive()) else {
        return Ok(None);
    };
    Ok(Some(Redeemed {
        programme: voucher.programme,
        version: voucher.version,
        org: voucher.org,
        redemptions: vec![of_lease(state, id, lease)?],
    }))
}

fn of_claim(state: &State, id: ClaimId) -> Result<Redeemed, Rejection> {
    let unknown = || invalid("/target/claim", FieldRule::Unknown, format!("names no claim: {id}"));
    let claim = state.claims.get(&id).ok_or_else(unknown)?;
    if claim.state != ClaimState::Approved || claim.draws.is_empty() {
        return Err(nothing());
    }
    let vouchers = claim.draws.iter().map(|draw| (draw.voucher, draw.amount));
    Ok(Redeemed {
        programme: claim.programme,
        version: claim.version,
        org: claim.org,
        redemptions: vec![Redemption {
            by: RedeemedBy::Claim(id),
            at: claim.created_at,
            period: claim.period,
            vouchers: vouchers.collect(),
        }],
    })
}

impl Redeemed {
    /// What is left to take back.
    pub fn left(&self, state: &State) -> Result<Money, Overflow> {
        let of_one = |redemption: &Redemption| {
            let left = redemption.vouchers.iter().map(|&(voucher, amount)| {
                let taken = state.recovered.taken(redemption.by, voucher);
                amount.minus(taken)
            });
            left.collect::<Result<Vec<Money>, Overflow>>().and_then(Money::sum)
        };
        let all = self.redemptions.iter().map(of_one);
        all.collect::<Result<Vec<Money>, Overflow>>().and_then(Money::sum)
    }

    /// What `amount` takes back of each redemption: the recorded order of burning reversed, so that what was burned last comes
    /// first. At most what is left.
    pub fn take(&self, state: &State, amount: Money) -> Result<Vec<(TakenBack, i32)>, Overflow> {
        let mut wanted = amount;
        let mut parts = Vec::new();
        for redemption in self.redemptions.iter().rev() {
            for &(voucher, redeemed) in redemption.vouchers.iter().rev() {
                let left = redeemed.minus(state.recovered.taken(redemption.by, voucher))?;
                let part = wanted.min(left);
                if part.is_positive() {
                    wanted = wanted.minus(part)?;
                    let taken = TakenBack {
                        by: redemption.by,
                        voucher,
                        amount: part,
                    };
                    parts.push((taken, redemption.period));
                }
            }
        }
        Ok(parts)
    }

    /// The owner group against whose caps it counts.
    pub fn group(&self, state: &State) -> OrgId {
        state.group_of(self.org)
    }
}

/// What of a lease's settled charge is left, after what was credited and taken back: what the tenant has paid, and what vouchers
/// have.
///
/// # Errors
/// Only where amounts are beyond what the exchange can count.
pub fn left_of_lease(
    state: &State,
    id: LeaseId,
    (charge, voucher): (Money, Money),
) -> Result<(Money, Money), Overflow> {
    let taken = state.recovered.taken_of(RedeemedBy::Lease(id))?;
    let cash = charge.minus(voucher)?.minus(state.recovered.cash(id))?;
    Ok((cash, voucher.minus(taken)?))
}
