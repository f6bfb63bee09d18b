//! Questions: by noun, one thing by its identifier or a page of a list, as far as the asker may see.
//!
//! What belongs to another organisation is not there. An error is one of the database or of the question, never a "no".

pub mod accelerators;
pub mod accounts;
pub mod approvals;
pub mod bids;
pub mod events;
pub mod leases;
pub mod listings;
pub mod organisations;
pub mod prices;
pub mod programmes;
pub mod readiness;
pub mod reports;
pub mod sites;
pub mod terms;
pub mod transfers;
pub mod vouchers;

use crate::app::permission::Reach;
use crate::domain::id::OrgId;

/// Whose things a list has.
enum Whose {
    /// Everybody's.
    All,
    /// Those of one organisation.
    Of(OrgId),
    /// Nobody's: what is asked for is another's.
    Nobody,
}

/// `wanted` as far as `reach` goes.
fn whose(reach: Reach, wanted: Option<OrgId>) -> Whose {
    match (reach.limit(), wanted) {
        (None, None) => Whose::All,
        (Some(own), None) => Whose::Of(own),
        (_, Some(wanted)) if reach.covers(wanted) => Whose::Of(wanted),
        (_, Some(_)) => Whose::Nobody,
    }
}

impl Whose {
    /// The one organisation, all, or an early end for what is nobody's.
    fn limit(self) -> Option<Option<OrgId>> {
        match self {
            Whose::All => Some(None),
            Whose::Of(org) => Some(Some(org)),
            Whose::Nobody => None,
        }
    }
}
