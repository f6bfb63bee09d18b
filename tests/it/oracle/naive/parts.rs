//! What listings give: free cards, placements, islands.

use qiantang::domain::bid::{Alternative, Bid, Placement};
use qiantang::domain::id::SiteId;
use qiantang::domain::lease::IslandShare;
use qiantang::domain::listing::Listing;
use qiantang::domain::money::Price;
use qiantang::domain::time::Window;

use super::eligible::unfilled;
use super::{NaiveBook, Stand, index};

/// What one listing would give.
#[derive(Debug, Clone)]
pub(super) struct Gift<'a> {
    pub(super) listing: &'a Listing,
    pub(super) price: Price,
    pub(super) cards: u32,
    pub(super) islands: Vec<IslandShare>,
}

impl NaiveBook {
    /// "**Parts** at (a, s), wanting q cards (what is still unfilled of a.cards), by placement".
    pub(super) fn placements(&self, bid: &Bid, alternative: &Alternative, window: Window) -> Vec<Vec<Gift<'_>>> {
        let wanted = unfilled(bid, alternative);
        let eligible: Vec<&Stand> = self
            .stands
            .iter()
            .filter(|stand| self.eligible(stand, bid, alternative, window))
            .collect();
        match bid.placement {
            Placement::Any => vec![self.walk(&eligible, bid, alternative, window)],
            // "`one_site`: the same inside each single site; the site's result counts as one candidate cover each."
            Placement::OneSite => sites(&eligible)
                .into_iter()
                .map(|site| {
                    let inside: Vec<&Stand> = eligible
                        .iter()
                        .copied()
                        .filter(|stand| stand.listing.site == site)
                        .collect();
                    self.walk(&inside, bid, alternative, window)
                })
                .collect(),
            // "`one_listing`: each single listing is a candidate cover, giving the most whole lots ≤ q."
            Placement::OneListing => eligible
                .into_iter()
                .map(|stand| {
                    let cards = self.most_of_listing(stand, window, wanted);
                    vec![Gift {
                        listing: &stand.listing,
                        price: trade_price(&stand.listing, bid, alternative),
                        cards,
                        islands: self.spread(stand, window, cards),
                    }]
                })
                .collect(),
            // "`one_island`: each single listing is a candidate cover, giving the most whole lots ≤ q that one of its
            // islands can give alone."
            Placement::OneIsland => eligible
                .into_iter()
                .map(|stand| {
                    let cards = self.most_of_one_island(stand, window, wanted);
                    vec![Gift {
                        listing: &stand.listing,
                        price: trade_price(&stand.listing, bid, alternative),
                        cards,
                        islands: self.one_island(stand, window, cards),
                    }]
                })
                .collect(),
        }
    }

    /// "`any`: eligible listings in (trade price, seq) order; each gives the most whole lots that are free and still
    /// wanted, until q is reached."
    fn walk<'a>(&self, eligible: &[&'a Stand], bid: &Bid, alternative: &Alternative, window: Window) -> Vec<Gift<'a>> {
        let mut in_order = eligible.to_vec();
        in_order.sort_by_key(|stand| (trade_price(&stand.listing, bid, alternative), stand.listing.seq));
        let mut still_wanted = unfilled(bid, alternative);
        let mut gifts = Vec::new();
        for stand in in_order {
            let cards = self.most_of_listing(stand, window, still_wanted);
            if cards > 0 {
                still_wanted -= cards;
                gifts.push(Gift {
                    listing: &stand.listing,
                    price: trade_price(&stand.listing, bid, alternative),
                    cards,
                    islands: self.spread(stand, window, cards),
                });
            }
        }
        gifts
    }

    pub(super) fn most_of_listing(&self, stand: &Stand, window: Window, wanted: u32) -> u32 {
        most_whole_lots(&stand.listing, self.free_of_listing(stand, window).min(wanted))
    }

    pub(super) fn most_of_one_island(&self, stand: &Stand, window: Window, wanted: u32) -> u32 {
        (0..stand.listing.islands)
            .map(|island| {
                let free = self.free_of_island(stand, island, window);
                most_whole_lots(&stand.listing, free.min(wanted))
            })
            .max()
            .unwrap_or(0)
    }

    /// "`free(i, s, e)` of island i over `[s, e)` is the least, over the hours, of its cards minus the cards of leases
    /// on it."
    fn free_of_island(&self, stand: &Stand, island: u32, window: Window) -> u32 {
        self.hours_of(window)
            .map(|hour| stand.listing.cards_per_island - stand.leased[index(island)][hour])
            .min()
            .expect("a window is never empty")
    }

    /// "`free(l, s, e)` = Σ over islands."
    fn free_of_listing(&self, stand: &Stand, window: Window) -> u32 {
        (0..stand.listing.islands)
            .map(|island| self.free_of_island(stand, island, window))
            .sum()
    }

    /// "`one_island`: the island with the least free(i, s, e) that suffices, lowest index on ties."
    fn one_island(&self, stand: &Stand, window: Window, cards: u32) -> Vec<IslandShare> {
        (0..stand.listing.islands)
            .filter(|&island| self.free_of_island(stand, island, window) >= cards)
            .min_by_key(|&island| (self.free_of_island(stand, island, window), island))
            .map(|island| IslandShare { island, cards })
            .into_iter()
            .collect()
    }

    /// "Otherwise: islands in (free ascending, index) order, zero ones skipped, each giving what is free until the part
    /// is complete."
    fn spread(&self, stand: &Stand, window: Window, cards: u32) -> Vec<IslandShare> {
        let mut islands: Vec<(u32, u32)> = (0..stand.listing.islands)
            .map(|island| (self.free_of_island(stand, island, window), island))
            .collect();
        islands.sort_unstable();
        let mut missing = cards;
        let mut shares = Vec::new();
        for (free, island) in islands {
            let cards = free.min(missing);
            if cards > 0 {
                missing -= cards;
                shares.push(IslandShare { island, cards });
            }
        }
        assert_eq!(missing, 0, "a listing gives only what is free");
        shares
    }
}

/// "**Trade price** of a listing for b: its ask if the listing's seq is lower than the bid's, else a.limit. (Who stood
/// first sets the price.)"
fn trade_price(listing: &Listing, bid: &Bid, alternative: &Alternative) -> Price {
    if listing.seq < bid.seq {
        listing.ask
    } else {
        alternative.limit
    }
}

fn most_whole_lots(listing: &Listing, cards: u32) -> u32 {
    cards / listing.lot_cards * listing.lot_cards
}

fn sites(stands: &[&Stand]) -> Vec<SiteId> {
    let mut sites: Vec<SiteId> = stands.iter().map(|stand| stand.listing.site).collect();
    sites.sort_unstable();
    sites.dedup();
    sites
}
