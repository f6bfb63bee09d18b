//! Leases as the API shows them: each party sees the other and the charge; what the tenant pays it with is the tenant's affair.

use serde::Serialize;
use utoipa::ToSchema;

use super::evaluation::EvaluationView;
use super::life::LifeView;
use crate::app::permission::Reach;
use crate::domain::code::Code;
use crate::domain::evaluation::Evaluation;
use crate::domain::id::{BidId, FillId, LeaseId, ListingId, OrgId};
use crate::domain::lease::{LeaseState, Settled};
use crate::domain::life::access::AccessKey;
use crate::domain::life::close_code::CloseCode;
use crate::domain::listing::Sla;
use crate::domain::money::{Money, Price};
use crate::domain::outage::{Outage, OutageCause};
use crate::domain::time::Timestamp;
use crate::engine::report::{CardSeconds, Ratio};
use crate::engine::sla::measure::{Measured, Scale, measure};
use crate::store::load::Corrupt;
use crate::store::read::catalogue::Codes;
use crate::store::read::lease::StoredLease;

/// A lease. The bid, `voucher`, `net` and `fee` are shown to the tenant and to those who may see everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LeaseView {
    /// The lease.
    pub id: LeaseId,
    /// The fill that opened it.
    pub fill: FillId,
    /// The bid that was filled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bid: Option<BidId>,
    /// The listing that gives.
    pub listing: ListingId,
    /// Who takes the cards.
    pub tenant: OrgId,
    /// Who lets the cards.
    pub provider: OrgId,
    /// What they are.
    pub accelerator: Code,
    /// Where they stand.
    pub site: Code,
    /// How many.
    pub cards: u32,
    /// The first instant.
    pub from: Timestamp,
    /// The first instant after it, as agreed.
    pub until: Timestamp,
    /// The first instant after it, as it is now: earlier where it was ended early.
    pub ends: Timestamp,
    /// Price of a card-hour.
    pub price: Price,
    /// Where it stands in its life.
    pub state: LeaseState,
    /// Price × cards × hours.
    pub charge: Money,
    /// What vouchers pay of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voucher: Option<Money>,
    /// How that was found; only where one lease is shown and a voucher pays of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evaluation: Option<EvaluationView>,
    /// What the tenant pays of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub net: Option<Money>,
    /// The tenant's fee on top.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fee: Option<Money>,
    /// What has been settled of it.
    pub settled: SettledView,
    /// Up to when its usage is accepted: what was used later may still be disputed. Only where one lease is shown of which usage was
    /// reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted_until: Option<Timestamp>,
    /// What its listing promised when it was agreed; not there where the terms did not measure it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sla: Option<Sla>,
    /// How much of it was not there; only where one lease is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<FaultView>,
    /// The place in the audit log of the leaf that says that it was agreed; not there of leases from before that was kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leaf: Option<i64>,
    /// When it was agreed.
    pub created_at: Timestamp,
    /// The lease in whose place it goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub predecessor: Option<LeaseId>,
    /// Why it has ended, or will.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub close_code: Option<CloseCode>,
    /// Its life beyond its hours, where there is something to be said of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub life: Option<LifeView>,
    /// To whom the way in is to be encrypted; only where one lease is shown and its tenant has said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_key: Option<AccessKey>,
}

/// How much of a lease was not there, of what has passed of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FaultView {
    /// Unplanned: maintenance and what the tenant has caused left out.
    pub unavailable_card_seconds: i64,
    /// Cards × seconds that have passed.
    pub contracted_card_seconds: i64,
    /// One ÷ the other, with four decimals; null where nothing has passed.
    pub rate: Option<String>,
}

/// What has been settled of a lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SettledView {
    /// Card-seconds charged.
    pub card_seconds: i64,
    /// Their charge.
    pub charge: Money,
    /// Of which vouchers paid; not shown to the provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voucher: Option<Money>,
    /// The tenant's fee; not shown to the provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_fee: Option<Money>,
    /// The provider's fee; not shown to the tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_fee: Option<Money>,
}

/// Which sides of a lease somebody stands on.
#[derive(Debug, Clone, Copy)]
struct Sides {
    tenant: bool,
    provider: bool,
}

impl LeaseView {
    /// What is shown of `stored` to whoever has this reach.
    ///
    /// # Errors
    /// `codes` does not know its accelerator or site.
    pub fn of(stored: &StoredLease, codes: &Codes, reach: Reach) -> Result<LeaseView, Corrupt> {
        let fill = &stored.fill;
        let sides = Sides {
            tenant: reach.covers(fill.tenant),
            provider: reach.covers(fill.provider),
        };
        Ok(LeaseView {
            id: fill.lease,
            fill: fill.id,
            bid: (sides.tenant && fill.origin.is_match()).then_some(fill.bid),
            listing: fill.listing,
            tenant: fill.tenant,
            provider: fill.provider,
            accelerator: codes.accelerator(fill.accelerator)?,
            site: codes.site(fill.site)?,
            cards: fill.cards,
            from: fill.window.from().timestamp(),
            until: fill.window.until().timestamp(),
            ends: stored.ends.timestamp(),
            price: fill.price,
            state: stored.state,
            charge: fill.charge,
            voucher: sides.tenant.then_some(fill.voucher),
            evaluation: None,
            net: sides.tenant.then_some(fill.net),
            fee: sides.tenant.then_some(fill.fee),
            settled: SettledView::of(&stored.settled, sides),
            accepted_until: None,
            sla: fill.sla,
            fault: None,
            leaf: stored.leaf,
            created_at: fill.at,
            predecessor: fill.origin.predecessor(),
            close_code: close_code(stored),
            life: LifeView::of(&stored.life),
            access_key: None,
        })
    }
}

impl LeaseView {
    /// The same with how its subsidy was found, where the tenant's side is shown.
    #[must_use]
    pub fn explained(self, evaluation: Option<&Evaluation>) -> LeaseView {
        let shown = evaluation.filter(|_| self.voucher.is_some());
        LeaseView {
            evaluation: shown.map(EvaluationView::of),
            ..self
        }
    }
}

impl LeaseView {
    /// The same with how much of it was not there, as of `now`.
    #[must_use]
    pub fn measured(self, (stored, outages): (&StoredLease, &[Outage]), now: Timestamp) -> LeaseView {
        let span = (stored.fill.window.from().timestamp(), stored.ends.timestamp());
        let scale = Scale {
            cards: stored.fill.cards,
            lease: span,
            maintenance: &stored.life.maintenance,
            counts: OutageCause::is_fault,
        };
        let Measured {
            contracted,
            unavailable,
        } = measure(scale, outages, (span.0, now));
        let rate = Ratio::of_cards(CardSeconds(unavailable), CardSeconds(contracted));
        let fault = FaultView {
            unavailable_card_seconds: unavailable,
            contracted_card_seconds: contracted,
            rate: rate.fraction(),
        };
        LeaseView {
            fault: Some(fault),
            ..self
        }
    }
}

/// Of a lease that was ended without a word on whose fault it was there is none.
fn close_code(stored: &StoredLease) -> Option<CloseCode> {
    let ending = stored.life.ending.as_ref().map(|ending| ending.code);
    let expired = stored.state.is_over() && stored.ends == stored.fill.window.until();
    ending.or(expired.then_some(CloseCode::EXPIRED))
}

impl SettledView {
    fn of(settled: &Settled, sides: Sides) -> SettledView {
        SettledView {
            card_seconds: settled.card_seconds,
            charge: settled.charge,
            voucher: sides.tenant.then_some(settled.voucher),
            tenant_fee: sides.tenant.then_some(settled.tenant_fee),
            provider_fee: sides.provider.then_some(settled.provider_fee),
        }
    }
}
