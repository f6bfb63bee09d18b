//! Bids as the API shows them.

use serde::Serialize;
use utoipa::ToSchema;

use super::fill::FillView;
use crate::app::bid::BidBody;
use crate::domain::bid::BidState;
use crate::domain::id::{BidId, OrgId, Seq};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::version::Version;
use crate::store::load::Corrupt;
use crate::store::read::bid::StoredBid;
use crate::store::read::catalogue::Codes;

/// A bid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct BidView {
    /// What a change must name; in the header, not in the body.
    #[serde(skip)]
    pub version: Version,
    /// The bid.
    pub id: BidId,
    /// Who bids.
    pub tenant: OrgId,
    /// Its place in the order of precedence.
    #[schema(value_type = u64)]
    pub seq: Seq,
    /// Where it stands in its life.
    pub state: BidState,
    /// What is wanted.
    #[serde(flatten)]
    pub body: BidBody,
    /// Cards filled so far.
    pub filled_cards: u32,
    /// Money on hold.
    pub held: Money,
    /// When it was placed.
    pub created_at: Timestamp,
    /// What it was given.
    pub fills: Vec<FillView>,
}

impl BidView {
    /// What is shown of `stored`.
    ///
    /// # Errors
    /// `codes` does not know its accelerators or sites.
    pub fn of(stored: &StoredBid, codes: &Codes) -> Result<BidView, Corrupt> {
        let bid = &stored.bid;
        Ok(BidView {
            version: bid.version(stored.state),
            id: bid.id,
            tenant: bid.tenant,
            seq: bid.seq,
            state: stored.state,
            body: BidBody::of(bid, codes)?,
            filled_cards: bid.filled_cards,
            held: bid.held,
            created_at: stored.created_at,
            fills: stored.fills.iter().map(FillView::of).collect(),
        })
    }
}
