//! The rule written out naively: every alternative, start, site and listing, hour by hour.

use std::collections::BTreeMap;

use crate::domain::bid::{Alternative, Bid, Placement};
use crate::domain::id::{AcceleratorId, BidId, ListingId, OrgId, Seq, SiteId};
use crate::domain::lease::IslandShare;
use crate::domain::listing::{Listing, ListingMode};
use crate::domain::money::{Money, Price};
use crate::domain::rate::BasisPoints;
use crate::domain::rounding::{Rounding, charge_for_hours, share};
use crate::domain::time::{Hour, Window};

use super::super::cover::{Cover, CoverCost, Part, PartCharge, SubsidyBound};

/// A third accelerator is subsidised; one provider gets nothing; the pot and the cash are limited.
pub(super) struct TestCost {
    pub(super) rate: BasisPoints,
    pub(super) rounding: Rounding,
    pub(super) pot: Money,
    pub(super) excluded: OrgId,
    pub(super) cash: Money,
}

impl TestCost {
    fn rate(&self, alternative: &Alternative) -> BasisPoints {
        if alternative.accelerator.0 == 0 {
            self.rate
        } else {
            BasisPoints(0)
        }
    }
}

impl CoverCost for TestCost {
    fn net(&self, alternative: &Alternative, parts: &[PartCharge]) -> Option<Money> {
        let charge = Money::sum(parts.iter().map(|part| part.charge)).ok()?;
        let subsidised = parts.iter().filter(|part| part.provider != self.excluded);
        let shares = subsidised.map(|part| share(part.charge, self.rate(alternative), self.rounding).unwrap());
        let net = charge.minus(Money::sum(shares).ok()?.min(self.pot)).ok()?;
        (net <= self.cash).then_some(net)
    }

    fn subsidy_bound(&self, alternative: &Alternative) -> SubsidyBound {
        SubsidyBound {
            rate: self.rate(alternative),
            rounding: self.rounding,
            amount: self.pot,
        }
    }
}

/// What is open and what is let, kept hour by hour.
#[derive(Default)]
pub(super) struct Naive {
    pub(super) listings: BTreeMap<ListingId, Listing>,
    taken: BTreeMap<(ListingId, u32, i32), u32>,
}

impl Naive {
    fn free(&self, listing: &Listing, island: u32, from: i32, hours: i32) -> u32 {
        let taken = |hour| self.taken.get(&(listing.id, island, hour)).copied().unwrap_or(0);
        (from..from + hours)
            .map(|hour| listing.cards_per_island - taken(hour))
            .min()
            .unwrap()
    }

    pub(super) fn by_island(&self, listing: &Listing, from: i32, hours: i32) -> Vec<u32> {
        (0..listing.islands)
            .map(|island| self.free(listing, island, from, hours))
            .collect()
    }

    pub(super) fn shift(&mut self, id: ListingId, window: Window, shares: &[IslandShare], sign: i64) {
        for share in shares {
            for hour in window.from().0..window.until().0 {
                let taken = self.taken.entry((id, share.island, hour)).or_default();
                *taken = u32::try_from(i64::from(*taken) + sign * i64::from(share.cards)).unwrap();
            }
        }
    }

    fn eligible(&self, bid: &Bid, alternative: &Alternative, listing: &Listing, start: i32) -> bool {
        let window = lease(alternative, start);
        let site = bid.sites.as_ref().is_none_or(|sites| sites.contains(&listing.site))
            && bid
                .bound
                .and_then(|bound| bound.site)
                .is_none_or(|site| site == listing.site);
        listing.mode == ListingMode::Book
            && listing.accelerator == alternative.accelerator
            && site
            && (!bid.domestic_only || domestic(listing.accelerator))
            && bid.max_fault_rate.is_none_or(|most| listing.sla.max_fault_rate <= most)
            && listing.window.contains(window)
            && !listing.maintenance.iter().any(|closed| closed.overlaps(window))
            && (listing.min_hours..=listing.max_hours).contains(&alternative.hours)
            && listing.ask <= alternative.limit
            && listing.group != bid.group
    }

    /// What a listing gives of `wanted` cards.
    fn lots(&self, bid: &Bid, alternative: &Alternative, listing: &Listing, start: i32, wanted: u32) -> u32 {
        if !self.eligible(bid, alternative, listing, start) {
            return 0;
        }
        let free = self.by_island(listing, start, i32::try_from(alternative.hours).unwrap());
        let free = match bid.placement {
            Placement::OneIsland => free.into_iter().max().unwrap(),
            Placement::Any | Placement::OneSite | Placement::OneListing => free.into_iter().sum(),
        };
        free.min(wanted) / listing.lot_cards * listing.lot_cards
    }

    fn candidates(&self, bid: &Bid, alternative: &Alternative, start: i32) -> Vec<Vec<(ListingId, u32, Price)>> {
        let price = |l: &Listing| if l.seq < bid.seq { l.ask } else { alternative.limit };
        let mut order: Vec<&Listing> = self.listings.values().collect();
        order.sort_by_key(|listing| (price(listing), listing.seq));
        let gather = |site: Option<SiteId>| {
            let mut left = bid.wanted(alternative);
            let mut parts = Vec::new();
            for listing in order
                .iter()
                .filter(|listing| site.is_none_or(|site| site == listing.site))
            {
                let cards = self.lots(bid, alternative, listing, start, left);
                left -= cards;
                if cards > 0 {
                    parts.push((listing.id, cards, price(listing)));
                }
            }
            parts
        };
        match bid.placement {
            Placement::Any => vec![gather(None)],
            Placement::OneSite => (0..4).map(|site| gather(Some(SiteId(site)))).collect(),
            Placement::OneListing | Placement::OneIsland => order
                .iter()
                .map(|l| {
                    vec![(
                        l.id,
                        self.lots(bid, alternative, l, start, bid.wanted(alternative)),
                        price(l),
                    )]
                })
                .collect(),
        }
    }

    pub(super) fn best(&self, bid: &Bid, now: Hour, cost: &TestCost) -> Option<Cover> {
        let mut best = None;
        for (index, alternative) in bid.live_alternatives() {
            let hours = i32::try_from(alternative.hours).unwrap();
            for start in bid.earliest.max(now).0..=bid.latest.0 - hours {
                for parts in self.candidates(bid, alternative, start) {
                    let cards: u32 = parts.iter().map(|(_, cards, _)| cards).sum();
                    if cards == 0 || cards < bid.needed(alternative) {
                        continue;
                    }
                    let parts: Vec<Part> = parts
                        .iter()
                        .map(|part| self.part(bid, alternative, start, *part))
                        .collect();
                    let charges: Vec<PartCharge> = parts.iter().map(|part| charge(part, alternative)).collect();
                    let Some(net) = cost.net(alternative, &charges) else {
                        continue;
                    };
                    let mut seqs: Vec<Seq> = parts.iter().map(|part| self.listings[&part.listing].seq).collect();
                    seqs.sort();
                    // Shares as a fraction of the product of all alternatives' cards, negated: most first.
                    let whole: u64 = bid.alternatives.iter().map(|other| u64::from(other.cards)).product();
                    let share = u64::MAX - whole / u64::from(alternative.cards) * u64::from(cards);
                    let rank = (share, net, start, seqs, index);
                    let cover = Cover {
                        alternative: index,
                        window: lease(alternative, start),
                        parts,
                        net,
                    };
                    if best.as_ref().is_none_or(|(other, _)| rank < *other) {
                        best = Some((rank, cover));
                    }
                }
            }
        }
        best.map(|(_, cover)| cover)
    }

    fn part(&self, bid: &Bid, a: &Alternative, start: i32, (id, cards, price): (ListingId, u32, Price)) -> Part {
        let listing = &self.listings[&id];
        let free = self.by_island(listing, start, i32::try_from(a.hours).unwrap());
        let mut order: Vec<(u32, u32)> = free.into_iter().zip(0..).collect();
        order.sort();
        let mut islands = Vec::new();
        if bid.placement == Placement::OneIsland {
            let island = order.iter().find(|(free, _)| *free >= cards).unwrap().1;
            islands.push(IslandShare { island, cards });
        } else {
            let mut left = cards;
            for (free, island) in order {
                let given = free.min(left);
                left -= given;
                if given > 0 {
                    islands.push(IslandShare { island, cards: given });
                }
            }
        }
        Part {
            listing: id,
            provider: listing.provider,
            site: listing.site,
            price,
            cards,
            islands,
        }
    }

    pub(super) fn servable(&self, listing: &Listing, resting: &[Bid], now: Hour) -> Vec<BidId> {
        let mut found: Vec<(std::cmp::Reverse<Price>, Seq, BidId)> = Vec::new();
        for bid in resting {
            let alike = || {
                bid.live_alternatives()
                    .filter(|(_, a)| a.accelerator == listing.accelerator)
            };
            let serves = alike().any(|(_, a)| {
                let starts = bid.earliest.max(now).0..=bid.latest.0 - i32::try_from(a.hours).unwrap();
                let least = match bid.placement {
                    Placement::Any | Placement::OneSite => 1,
                    Placement::OneListing | Placement::OneIsland => bid.needed(a).max(1),
                };
                starts
                    .into_iter()
                    .any(|start| self.lots(bid, a, listing, start, bid.wanted(a)) >= least)
            });
            if serves {
                let limit = alike().map(|(_, a)| a.limit).max().unwrap();
                found.push((std::cmp::Reverse(limit), bid.seq, bid.id));
            }
        }
        found.sort();
        found.into_iter().map(|(_, _, id)| id).collect()
    }
}

fn lease(alternative: &Alternative, start: i32) -> Window {
    Window::new(Hour(start), Hour(start).plus(alternative.hours)).unwrap()
}

fn charge(part: &Part, alternative: &Alternative) -> PartCharge {
    PartCharge {
        provider: part.provider,
        site: part.site,
        price: part.price,
        cards: part.cards,
        charge: charge_for_hours(part.price, part.cards, alternative.hours).unwrap(),
    }
}

pub(super) fn domestic(accelerator: AcceleratorId) -> bool {
    accelerator.0 != 1
}
