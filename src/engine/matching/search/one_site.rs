//! All in one site: each allowed site's listings in price order by themselves.

use super::super::cover::CoverCost;
use super::{Attempt, Look, Scratch, gather};

/// One candidate a start and site.
pub(super) fn search<C: CoverCost>(look: &Look<'_, C>, attempt: &Attempt<'_>, scratch: &mut Scratch) {
    for at in 0..scratch.shelves.len() {
        scratch.walk.begin(attempt, look.bid.seq, &scratch.shelves[at..=at], 1);
        gather::search(look, attempt, scratch);
    }
}
