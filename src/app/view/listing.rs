//! Listings as the API shows them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::app::listing::ListingBody;
use crate::domain::id::{ListingId, OrgId, Seq};
use crate::domain::listing::ListingState;
use crate::domain::time::Timestamp;
use crate::domain::version::Version;
use crate::store::load::Corrupt;
use crate::store::read::catalogue::Codes;
use crate::store::read::listing::StoredListing;

/// A listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ListingView {
    /// What a change must name; in the header, not in the body.
    #[serde(skip)]
    pub version: Version,
    /// The listing.
    pub id: ListingId,
    /// Who offers.
    pub provider: OrgId,
    /// Its place in the order of precedence.
    #[schema(value_type = u64)]
    pub seq: Seq,
    /// Where it stands in its life.
    pub state: ListingState,
    /// What is offered.
    #[serde(flatten)]
    pub body: ListingBody,
    /// When it was listed.
    pub created_at: Timestamp,
}

impl ListingView {
    /// What is shown of `stored`.
    ///
    /// # Errors
    /// `codes` does not know its accelerator or site.
    pub fn of(stored: &StoredListing, codes: &Codes) -> Result<ListingView, Corrupt> {
        let listing = &stored.listing;
        Ok(ListingView {
            version: listing.version(stored.state),
            id: listing.id,
            provider: listing.provider,
            seq: listing.seq,
            state: stored.state,
            body: ListingBody::of(listing, codes)?,
            created_at: stored.created_at,
        })
    }
}
