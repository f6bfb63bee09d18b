//! All from one listing, in whichever of its islands.

use super::super::cover::CoverCost;
use super::super::fit::Islands;
use super::{Attempt, Look, Scratch, single};

/// One candidate a start and listing.
pub(super) fn search<C: CoverCost>(look: &Look<'_, C>, attempt: &Attempt<'_>, scratch: &mut Scratch) {
    single::search(look, attempt, scratch, Islands::Together);
}
