//! Bids as the API shows them.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::body;
use crate::domain::bid::{
    Alternative, Bid, FillRule, NewAlternative, NewBid, Placement, Purpose, TimeInForce, VoucherPolicy,
};
use crate::domain::code::Code;
use crate::domain::id::{BidId, OrgId, VoucherId};
use crate::domain::money::Price;
use crate::domain::rate::Fraction;
use crate::domain::time::Timestamp;
use crate::domain::version::Version;
use crate::engine::command::BidChange;
use crate::engine::rejection::{FieldErrors, FieldRule};
use crate::engine::{Command, Rejection};
use crate::store::load::Corrupt;
use crate::store::read::catalogue::Codes;

/// The body of `POST /v1/bids`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BidBody {
    alternatives: Vec<AlternativeBody>,
    earliest: Timestamp,
    latest: Timestamp,
    #[serde(default = "all_or_none")]
    fill: FillName,
    #[serde(default)]
    min_cards: Option<u32>,
    #[serde(default = "any")]
    placement: Placement,
    #[serde(default)]
    sites: Option<Vec<Code>>,
    #[serde(default)]
    domestic_only: bool,
    #[serde(default)]
    max_fault_rate: Option<Fraction>,
    #[serde(default = "gtc")]
    tif: TifName,
    #[serde(default)]
    expires_at: Option<Timestamp>,
    #[serde(default = "auto")]
    voucher: VoucherBody,
    #[serde(default)]
    purpose: Option<Purpose>,
}

/// One of the things that a bid would take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AlternativeBody {
    accelerator: Code,
    cards: u32,
    hours: u32,
    limit: Price,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum FillName {
    AllOrNone,
    Partial,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum TifName {
    Gtc,
    Gtd,
    Ioc,
    Fok,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum VoucherName {
    Auto,
    None,
}

/// `"auto"`, `"none"`, or a list of vouchers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged, expecting = "must be \"auto\", \"none\" or a list of voucher ids")]
enum VoucherBody {
    Name(VoucherName),
    Named(Vec<VoucherId>),
}

fn all_or_none() -> FillName {
    FillName::AllOrNone
}

fn any() -> Placement {
    Placement::Any
}

fn gtc() -> TifName {
    TifName::Gtc
}

fn auto() -> VoucherBody {
    VoucherBody::Name(VoucherName::Auto)
}

impl BidBody {
    fn bid(self) -> Result<NewBid, Rejection> {
        let mut errors = FieldErrors::default();
        let earliest = body::hour(&mut errors, "/earliest", self.earliest);
        let latest = body::hour(&mut errors, "/latest", self.latest);
        let fill = match (self.fill, self.min_cards) {
            (FillName::AllOrNone, None) => FillRule::AllOrNone,
            (FillName::AllOrNone, Some(_)) => {
                errors.add("/min_cards", FieldRule::Fixed, "goes with \"fill\": \"partial\" only");
                FillRule::AllOrNone
            }
            (FillName::Partial, min_cards) => FillRule::Partial {
                min_cards: min_cards.unwrap_or(1),
            },
        };
        let tif = match (self.tif, self.expires_at) {
            (TifName::Gtd, Some(expires_at)) => TimeInForce::Gtd { expires_at },
            (TifName::Gtd, None) => {
                errors.add("/expires_at", FieldRule::Empty, "is needed with \"tif\": \"gtd\"");
                TimeInForce::Gtc
            }
            (TifName::Gtc | TifName::Ioc | TifName::Fok, Some(_)) => {
                errors.add("/expires_at", FieldRule::Fixed, "goes with \"tif\": \"gtd\" only");
                TimeInForce::Gtc
            }
            (TifName::Gtc, None) => TimeInForce::Gtc,
            (TifName::Ioc, None) => TimeInForce::Ioc,
            (TifName::Fok, None) => TimeInForce::Fok,
        };
        errors.check()?;
        let alternative = |body: AlternativeBody| NewAlternative {
            accelerator: body.accelerator,
            cards: body.cards,
            hours: body.hours,
            limit: body.limit,
        };
        Ok(NewBid {
            alternatives: self.alternatives.into_iter().map(alternative).collect(),
            earliest,
            latest,
            fill,
            placement: self.placement,
            sites: self.sites,
            domestic_only: self.domestic_only,
            max_fault_rate: self.max_fault_rate,
            tif,
            voucher: match self.voucher {
                VoucherBody::Name(VoucherName::Auto) => VoucherPolicy::Auto,
                VoucherBody::Name(VoucherName::None) => VoucherPolicy::None,
                VoucherBody::Named(named) => VoucherPolicy::Named(named),
            },
            purpose: self.purpose,
        })
    }
}

impl BidBody {
    /// The body that a bid came with, as far as it was not amended.
    ///
    /// # Errors
    /// `codes` does not know its accelerators or sites.
    pub fn of(bid: &Bid, codes: &Codes) -> Result<BidBody, Corrupt> {
        let alternative = |one: &Alternative| {
            Ok(AlternativeBody {
                accelerator: codes.accelerator(one.accelerator)?,
                cards: one.cards,
                hours: one.hours,
                limit: one.limit,
            })
        };
        let (fill, min_cards) = match bid.fill {
            FillRule::AllOrNone => (FillName::AllOrNone, None),
            FillRule::Partial { min_cards } => (FillName::Partial, Some(min_cards)),
        };
        let (tif, expires_at) = match bid.tif {
            TimeInForce::Gtc => (TifName::Gtc, None),
            TimeInForce::Gtd { expires_at } => (TifName::Gtd, Some(expires_at)),
            TimeInForce::Ioc => (TifName::Ioc, None),
            TimeInForce::Fok => (TifName::Fok, None),
        };
        let sites = bid.sites.as_ref().map(|sites| {
            let named = sites.iter().map(|site| codes.site(*site));
            named.collect::<Result<_, _>>()
        });
        Ok(BidBody {
            alternatives: bid
                .alternatives
                .iter()
                .map(alternative)
                .collect::<Result<_, Corrupt>>()?,
            earliest: bid.earliest.timestamp(),
            latest: bid.latest.timestamp(),
            fill,
            min_cards,
            placement: bid.placement,
            sites: sites.transpose()?,
            domestic_only: bid.domestic_only,
            max_fault_rate: bid.max_fault_rate,
            tif,
            expires_at,
            voucher: match &bid.voucher {
                VoucherPolicy::Auto => VoucherBody::Name(VoucherName::Auto),
                VoucherPolicy::None => VoucherBody::Name(VoucherName::None),
                VoucherPolicy::Named(named) => VoucherBody::Named(named.clone()),
            },
            purpose: bid.purpose,
        })
    }
}

/// The body of a bid, with what was left out, and the bid that it means.
pub fn read(body: Value) -> Result<(BidBody, NewBid), Rejection> {
    let body: BidBody = body::parse(body)?;
    let bid = body.clone().bid()?;
    Ok((body, bid))
}

/// `POST /v1/bids`.
pub fn place(tenant: OrgId, body: Value) -> Result<Command, Rejection> {
    let bid = body::parse::<BidBody>(body)?.bid()?;
    Ok(Command::PlaceBid { tenant, bid })
}

/// The body of `PATCH /v1/bids/{id}`; what is left out stays.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BidChangeBody {
    /// Cards, hours and limit of every alternative, in their order.
    alternatives: Option<Vec<AlternativeChange>>,
    earliest: Option<Timestamp>,
    latest: Option<Timestamp>,
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct AlternativeChange {
    cards: u32,
    hours: u32,
    limit: Price,
}

/// `PATCH /v1/bids/{id}`.
pub fn amend(tenant: OrgId, bid: BidId, body: Value, if_match: Option<Version>) -> Result<Command, Rejection> {
    let BidChangeBody {
        alternatives,
        earliest,
        latest,
    } = body::parse(body)?;
    let mut errors = FieldErrors::default();
    let earliest = earliest.map(|at| body::hour(&mut errors, "/earliest", at));
    let latest = latest.map(|at| body::hour(&mut errors, "/latest", at));
    errors.check()?;
    let terms = |change: AlternativeChange| (change.cards, change.hours, change.limit);
    let alternatives = alternatives.map(|changes| changes.into_iter().map(terms).collect());
    Ok(Command::AmendBid {
        tenant,
        bid,
        change: BidChange {
            alternatives,
            earliest,
            latest,
        },
        if_match,
    })
}
