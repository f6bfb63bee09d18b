//! Anywhere: every allowed site's listings in one price order.

use super::super::cover::CoverCost;
use super::{Attempt, Look, Scratch, gather};

/// One candidate a start.
pub(super) fn search<C: CoverCost>(look: &Look<'_, C>, attempt: &Attempt<'_>, scratch: &mut Scratch) {
    scratch.walk.begin(attempt, look.bid.seq, &scratch.shelves, 1);
    gather::search(look, attempt, scratch);
}
