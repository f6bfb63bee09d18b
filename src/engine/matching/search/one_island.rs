//! All in one island.

use crate::domain::lease::IslandShare;
use crate::domain::time::Window;

use super::super::cover::CoverCost;
use super::super::fit::Islands;
use super::super::shelf::Stall;
use super::{Attempt, Look, Scratch, single};

/// One candidate a start and listing.
pub(super) fn search<C: CoverCost>(look: &Look<'_, C>, attempt: &Attempt<'_>, scratch: &mut Scratch) {
    single::search(look, attempt, scratch, Islands::Alone);
}

/// The island with the fewest free cards that suffice, the lowest index on ties.
pub(super) fn tightest(stall: &Stall, window: Window, cards: u32) -> Vec<IslandShare> {
    let suffice = stall.free_by_island(window).zip(0..).filter(|(free, _)| *free >= cards);
    suffice
        .min()
        .map(|(_, island)| IslandShare { island, cards })
        .into_iter()
        .collect()
}
