//! The book against the rule written out naively: every alternative, start, site and listing, hour by hour.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::domain::bid::{Alternative, Bid, Bound, FillRule, Placement, TimeInForce, VoucherPolicy};
use crate::domain::id::{AcceleratorId, BidId, ListingId, OrgId, Seq, SiteId};
use crate::domain::lease::IslandShare;
use crate::domain::listing::{Listing, ListingMode, Sla};
use crate::domain::money::{Money, Price};
use crate::domain::rate::{BasisPoints, Fraction};
use crate::domain::rounding::{Rounding, charge_for_hours, share};
use crate::domain::time::{Hour, Timestamp, Window};

use super::Book;
use super::cover::{Cover, CoverCost, Part, PartCharge, SubsidyBound};

/// A third accelerator is subsidised; one provider gets nothing; the pot and the cash are limited.
struct TestCost {
    rate: BasisPoints,
    pot: Money,
    excluded: OrgId,
    cash: Money,
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
        let shares = subsidised.map(|part| share(part.charge, self.rate(alternative), Rounding::HalfUp).unwrap());
        let net = charge.minus(Money::sum(shares).ok()?.min(self.pot)).ok()?;
        (net <= self.cash).then_some(net)
    }

    fn subsidy_bound(&self, alternative: &Alternative) -> SubsidyBound {
        SubsidyBound {
            rate: self.rate(alternative),
            amount: self.pot,
        }
    }
}

/// What is open and what is let, kept hour by hour.
#[derive(Default)]
struct Naive {
    listings: BTreeMap<ListingId, Listing>,
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

    fn by_island(&self, listing: &Listing, from: i32, hours: i32) -> Vec<u32> {
        (0..listing.islands)
            .map(|island| self.free(listing, island, from, hours))
            .collect()
    }

    fn shift(&mut self, id: ListingId, window: Window, shares: &[IslandShare], sign: i64) {
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

    fn best(&self, bid: &Bid, now: Hour, cost: &TestCost) -> Option<Cover> {
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

    fn servable(&self, listing: &Listing, resting: &[Bid], now: Hour) -> Vec<BidId> {
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

fn domestic(accelerator: AcceleratorId) -> bool {
    accelerator.0 != 1
}

/// Small dice: deterministic draws from one seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u32::try_from((z ^ (z >> 31)) % u64::from(sides)).unwrap()
    }

    fn hour(&mut self, below: u32) -> i32 {
        i32::try_from(self.below(below)).unwrap()
    }

    fn one_in(&mut self, chances: u32) -> bool {
        self.below(chances) == 0
    }

    /// Coarse prices tie often; fine ones round.
    fn price(&mut self) -> Price {
        let coarse = i64::from(8 + self.below(4)) * 1_000_000;
        let fine = if self.one_in(3) {
            i64::from(self.below(30_000))
        } else {
            0
        };
        Price::from_micros(if self.one_in(8) { fine } else { coarse + fine })
    }

    fn window(&mut self, within: u32) -> Window {
        let from = self.hour(within);
        Window::new(Hour(from), Hour(from).plus(1 + self.below(within))).unwrap()
    }

    fn listing(&mut self, id: u64, seq: u64) -> Listing {
        let maintenance = if self.one_in(4) {
            vec![self.window(20), self.window(20)]
        } else {
            Vec::new()
        };
        let group = OrgId(u64::from(self.below(5)));
        Listing {
            id: ListingId(id),
            seq: Seq(seq),
            provider: group,
            group,
            site: SiteId(u16::try_from(self.below(4)).unwrap()),
            accelerator: AcceleratorId(u16::try_from(self.below(3)).unwrap()),
            islands: 1 + self.below(3),
            cards_per_island: 1 + self.below(8),
            window: Window::new(Hour(self.hour(8)), Hour(12 + self.hour(30))).unwrap(),
            ask: self.price(),
            lot_cards: [1, 1, 2, 4][usize::try_from(self.below(4)).unwrap()],
            min_hours: self.below(4),
            max_hours: 3 + self.below(20),
            mode: if self.one_in(12) {
                ListingMode::Auction
            } else {
                ListingMode::Book
            },
            sla: Sla {
                max_fault_rate: Fraction::from_ppm(self.below(3)),
                credit_rate: Fraction::from_ppm(0),
            },
            maintenance,
        }
    }

    fn bid(&mut self, id: u64, seq: u64) -> Bid {
        let alternatives: Vec<Alternative> = (0..=self.below(3))
            .map(|_| {
                let most_cards = if self.one_in(3) { 24 } else { 6 };
                Alternative {
                    accelerator: AcceleratorId(u16::try_from(self.below(3)).unwrap()),
                    cards: 1 + self.below(most_cards),
                    hours: 1 + self.below(8),
                    limit: self.price(),
                }
            })
            .collect();
        let placements = [
            Placement::Any,
            Placement::OneSite,
            Placement::OneListing,
            Placement::OneIsland,
        ];
        let placement = placements[usize::try_from(self.below(4)).unwrap()];
        let partial = FillRule::Partial {
            min_cards: 1 + self.below(4),
        };
        let tifs = [TimeInForce::Gtc, TimeInForce::Ioc, TimeInForce::Fok];
        let gtd = TimeInForce::Gtd {
            expires_at: Timestamp::from_micros(0),
        };
        let bound = self.one_in(6).then(|| Bound {
            alternative: 0,
            site: (placement == Placement::OneSite).then_some(SiteId(1)),
        });
        let filled_cards = if bound.is_some() {
            self.below(alternatives[0].cards)
        } else {
            0
        };
        let sites = self
            .one_in(3)
            .then(|| (0..4).filter(|_| !self.one_in(3)).map(SiteId).collect());
        Bid {
            id: BidId(id),
            seq: Seq(seq),
            tenant: OrgId(9),
            group: OrgId(u64::from(self.below(9))),
            earliest: Hour(self.hour(12)),
            latest: Hour(14 + self.hour(30)),
            fill: if self.one_in(2) { FillRule::AllOrNone } else { partial },
            placement,
            sites,
            domestic_only: self.one_in(5),
            max_fault_rate: self.one_in(4).then(|| Fraction::from_ppm(self.below(3))),
            tif: tifs
                .get(usize::try_from(self.below(4)).unwrap())
                .copied()
                .unwrap_or(gtd),
            voucher: VoucherPolicy::Auto,
            purpose: None,
            filled_cards,
            bound,
            held: Money::ZERO,
            alternatives,
        }
    }

    fn cost(&mut self) -> TestCost {
        let plain = self.one_in(2);
        TestCost {
            rate: BasisPoints(if plain { 0 } else { self.below(10_001) }),
            pot: Money::from_fen(i64::from(self.below(40_000))),
            excluded: OrgId(u64::from(self.below(5))),
            cash: Money::from_fen(if self.one_in(4) {
                i64::from(self.below(60_000))
            } else {
                i64::MAX
            }),
        }
    }
}

/// Both books side by side.
struct Both {
    dice: Dice,
    book: Book,
    naive: Naive,
    leases: Vec<(ListingId, Window, Vec<IslandShare>)>,
    resting: Vec<Bid>,
    next: u64,
}

impl Both {
    fn new(seed: u64) -> Both {
        let mut book = Book::new();
        (0..3).for_each(|id| book.add_accelerator(AcceleratorId(id), domestic(AcceleratorId(id))));
        let (naive, leases, resting) = (Naive::default(), Vec::new(), Vec::new());
        Both {
            dice: Dice(seed),
            book,
            naive,
            leases,
            resting,
            next: 1,
        }
    }

    fn step(&mut self) -> Result<(), TestCaseError> {
        match self.dice.below(10) {
            0..=3 => {
                let listing = self.dice.listing(self.next, self.next);
                let (now, cost) = (Hour(self.dice.hour(16)), self.dice.cost());
                let mut without_cover = self.resting.clone();
                without_cover.retain(|bid| self.book.best_cover(bid, now, &cost).is_none());
                self.naive.listings.insert(listing.id, listing.clone());
                self.book.open(listing.clone());
                for bid in &without_cover {
                    let expected = self.book.best_cover(bid, now, &cost);
                    prop_assert_eq!(self.book.best_cover_after(listing.id, bid, now, &cost), expected);
                }
                self.meet(listing.id)?;
            }
            4 => self.close_or_replace()?,
            5 => {
                if !self.leases.is_empty() {
                    let count = u32::try_from(self.leases.len()).unwrap();
                    let (id, window, shares) = self
                        .leases
                        .swap_remove(usize::try_from(self.dice.below(count)).unwrap());
                    self.naive.shift(id, window, &shares, -1);
                    self.book.vacate(id, window, &shares).unwrap();
                    self.meet(id)?;
                }
            }
            _ => {
                let bid = self.dice.bid(self.next, self.next);
                let taken = self.look(&bid)?;
                if !taken {
                    self.book.rest(bid.clone());
                    self.resting.push(bid);
                }
            }
        }
        self.next += 1;
        Ok(())
    }

    fn close_or_replace(&mut self) -> Result<(), TestCaseError> {
        let ids: Vec<ListingId> = self.naive.listings.keys().copied().collect();
        let Some(count) = u32::try_from(ids.len()).ok().filter(|count| *count > 0) else {
            return Ok(());
        };
        let id = ids[usize::try_from(self.dice.below(count)).unwrap()];
        if self.dice.one_in(3) {
            prop_assert_eq!(self.book.close(id), self.naive.listings.remove(&id));
            self.leases.retain(|(other, _, _)| *other != id);
            return Ok(());
        }
        let mut listing = self.naive.listings[&id].clone();
        (listing.seq, listing.ask) = (Seq(self.next), self.dice.price());
        listing.islands += self.dice.below(2);
        listing.window = Window::new(listing.window.from(), listing.window.until().plus(self.dice.below(4))).unwrap();
        self.naive.listings.insert(id, listing.clone());
        self.book.replace(listing);
        self.meet(id)
    }

    /// A bid looks; if it finds something, that is let.
    fn look(&mut self, bid: &Bid) -> Result<bool, TestCaseError> {
        let (now, cost) = (Hour(self.dice.hour(16)), self.dice.cost());
        let cover = self.book.best_cover(bid, now, &cost);
        prop_assert_eq!(&cover, &self.naive.best(bid, now, &cost), "{:?}", bid);
        let Some(cover) = cover else { return Ok(false) };
        for part in cover.parts {
            self.naive.shift(part.listing, cover.window, &part.islands, 1);
            self.book.occupy(part.listing, cover.window, &part.islands).unwrap();
            self.leases.push((part.listing, cover.window, part.islands));
        }
        Ok(true)
    }

    /// New supply meets the resting bids.
    fn meet(&mut self, id: ListingId) -> Result<(), TestCaseError> {
        let now = Hour(self.dice.hour(16));
        let servable = self.book.servable(id, now);
        let listing = &self.naive.listings[&id];
        let expected = match listing.mode {
            ListingMode::Book => self.naive.servable(listing, &self.resting, now),
            ListingMode::Auction | ListingMode::Negotiated => Vec::new(),
        };
        prop_assert_eq!(&servable, &expected);
        for bid in servable {
            let at = self.resting.iter().position(|other| other.id == bid).unwrap();
            let looking = self.resting[at].clone();
            if self.look(&looking)? {
                self.resting.remove(at);
                prop_assert_eq!(self.book.take_bid(bid), Some(looking));
            }
        }
        Ok(())
    }

    fn check_free(&self) -> Result<(), TestCaseError> {
        for listing in self.naive.listings.values() {
            let mut hours = Vec::new();
            for (window, free) in self.book.free_steps(listing.id) {
                hours.extend((window.from().0..window.until().0).map(|hour| (hour, free)));
            }
            let expected = (listing.window.from().0..listing.window.until().0).map(|hour| {
                let now = Window::new(Hour(hour), Hour(hour + 1)).unwrap();
                let closed = listing.maintenance.iter().any(|closed| closed.overlaps(now));
                (
                    hour,
                    if closed {
                        0
                    } else {
                        self.naive.by_island(listing, hour, 1).into_iter().sum()
                    },
                )
            });
            prop_assert_eq!(hours, expected.collect::<Vec<_>>());
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn the_book_follows_the_rule(seed in any::<u64>()) {
        let mut both = Both::new(seed);
        for _ in 0..60 {
            both.step()?;
        }
        both.check_free()?;
    }
}
