//! Quotes as the API shows them.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::app::bid::{self, BidBody};
use crate::app::replica::Replica;
use crate::app::view::evaluation::EvaluationView;
use crate::domain::code::Code;
use crate::domain::id::{ListingId, OrgId};
use crate::domain::money::{Money, Price};
use crate::domain::time::Timestamp;
use crate::engine::matching::Obstacle;
use crate::engine::quote::{Quote, Subject};
use crate::engine::state::Catalogue;
use crate::engine::{Rejection, State};

/// What placing a bid would bring about now. Nothing is promised: another may come first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QuoteView {
    /// Whether something would be filled at once.
    pub feasible: bool,
    /// The body that can be posted to place the bid.
    pub bid: BidBody,
    /// What would be filled at once.
    pub fills: Vec<QuotedFillView>,
    /// Whether there would be still more fills than are shown.
    pub more_fills: bool,
    /// Σ charge of the fills.
    pub charge: Money,
    /// Σ of what vouchers pay.
    pub voucher: Money,
    /// Charge − voucher.
    pub net: Money,
    /// The fee, apart from the charge.
    pub fee: Money,
    /// What the bid needs on hold to be placed.
    pub hold: Money,
    /// What cash lacks for that; null where it suffices.
    pub missing: Option<Money>,
    /// Why nothing would be filled, by alternative; and that cash is missing, which stops the bid and not the quote.
    pub reasons: Vec<ReasonView>,
    /// What is left out and why; the first fifty.
    pub excluded: Vec<ExclusionView>,
    /// What would be before the bid if it rested; empty where it would not rest.
    pub rests_behind: Vec<BehindView>,
}

/// A fill that a bid would get.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct QuotedFillView {
    /// Whose cards.
    pub listing: ListingId,
    /// Which alternative of the bid.
    pub alternative: usize,
    /// How many cards.
    pub cards: u32,
    /// From when.
    pub start: Timestamp,
    /// Until when.
    pub end: Timestamp,
    /// At which price.
    pub price: Price,
    /// What that costs.
    pub charge: Money,
    /// What vouchers pay of it.
    pub voucher: Money,
    /// How that was found; null where no programme pays.
    pub evaluation: Option<EvaluationView>,
    /// Why the programmes of other vouchers pay nothing, in the order in which they were asked; those after the one that pays
    /// are not asked.
    pub refused: Vec<EvaluationView>,
    /// What the tenant pays of it.
    pub net: Money,
    /// The fee, apart from the charge.
    pub fee: Money,
}

/// Why an alternative cannot be filled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReasonView {
    /// Which alternative; null: the whole bid.
    pub alternative: Option<usize>,
    /// Stable.
    pub code: &'static str,
    /// In words, with the numbers.
    pub detail: String,
}

/// What is left out: an accelerator or a listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExclusionView {
    /// The accelerator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accelerator: Option<Code>,
    /// The listing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listing: Option<ListingId>,
    /// Stable.
    pub code: &'static str,
    /// In words, with the numbers.
    pub detail: String,
}

/// Bids that new supply would meet first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct BehindView {
    /// Of which accelerator.
    pub accelerator: Code,
    /// The bid's highest limit for it.
    pub limit: Price,
    /// How many bids offer at least as much; counted up to 10,000.
    pub bids: usize,
}

/// What placing the bid of this body would bring about now, without a trace.
///
/// # Errors
/// Those of placing the bid, but for missing cash.
pub fn quote(replica: &Replica, tenant: OrgId, body: Value) -> Result<QuoteView, Rejection> {
    let (body, new) = bid::read(body)?;
    let quote = replica.quote(tenant, new)?;
    replica.read(|state| view(state, body, &quote))
}

fn view(state: &State, bid: BidBody, quote: &Quote) -> Result<QuoteView, Rejection> {
    let fills = fills(quote);
    let sum = |of: fn(&QuotedFillView) -> Money| Money::sum(fills.iter().map(of));
    let (charge, voucher) = (sum(|fill| fill.charge)?, sum(|fill| fill.voucher)?);
    let (net, fee) = (sum(|fill| fill.net)?, sum(|fill| fill.fee)?);
    let reason = |(alternative, obstacle): &(Option<usize>, Obstacle)| ReasonView {
        alternative: *alternative,
        code: obstacle.code(),
        detail: obstacle.to_string(),
    };
    let catalogue = &state.catalogue;
    let behind = quote.rests_behind.iter().filter_map(|(accelerator, limit, bids)| {
        Some(BehindView {
            accelerator: catalogue.accelerator(*accelerator)?.code.clone(),
            limit: *limit,
            bids: *bids,
        })
    });
    Ok(QuoteView {
        feasible: !fills.is_empty(),
        bid,
        more_fills: quote.is_cut,
        charge,
        voucher,
        net,
        fee,
        hold: quote.hold,
        missing: quote.missing,
        reasons: quote.reasons.iter().map(reason).collect(),
        excluded: exclusions(catalogue, quote),
        rests_behind: behind.collect(),
        fills,
    })
}

fn fills(quote: &Quote) -> Vec<QuotedFillView> {
    let covers = quote.covers.iter().flat_map(|paid| {
        let parts = paid.cover.parts.iter().zip(&paid.parts);
        parts.map(|(part, (charge, payment))| QuotedFillView {
            listing: part.listing,
            alternative: paid.cover.alternative,
            cards: part.cards,
            start: paid.cover.window.from().timestamp(),
            end: paid.cover.window.until().timestamp(),
            price: part.price,
            charge: charge.charge,
            voucher: payment.voucher,
            evaluation: payment.evaluation.as_ref().map(EvaluationView::of),
            refused: payment.refusals.iter().map(EvaluationView::of).collect(),
            net: payment.net,
            fee: payment.fee,
        })
    });
    covers.collect()
}

fn exclusions(catalogue: &Catalogue, quote: &Quote) -> Vec<ExclusionView> {
    let exclusions = quote.excluded.iter().map(|(subject, obstacle)| {
        let (accelerator, listing) = match subject {
            Subject::Accelerator(id) => (catalogue.accelerator(*id).map(|model| model.code.clone()), None),
            Subject::Listing(id) => (None, Some(*id)),
        };
        ExclusionView {
            accelerator,
            listing,
            code: obstacle.code(),
            detail: obstacle.to_string(),
        }
    });
    exclusions.collect()
}
