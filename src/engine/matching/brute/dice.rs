//! Small books drawn from a seed, with coarse prices that tie and fine ones that round.

use crate::domain::bid::{Alternative, Bid, Bound, FillRule, Placement, TimeInForce, VoucherPolicy};
use crate::domain::id::{AcceleratorId, BidId, ListingId, OrgId, Seq, SiteId};
use crate::domain::listing::{Listing, ListingMode, Sla};
use crate::domain::money::{Money, Price};
use crate::domain::rate::{BasisPoints, Fraction};
use crate::domain::rounding::Rounding;
use crate::domain::time::{Hour, Timestamp, Window};

use super::naive::TestCost;

/// Small dice: deterministic draws from one seed.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, sides: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u32::try_from((z ^ (z >> 31)) % u64::from(sides)).unwrap()
    }

    pub(super) fn hour(&mut self, below: u32) -> i32 {
        i32::try_from(self.below(below)).unwrap()
    }

    pub(super) fn one_in(&mut self, chances: u32) -> bool {
        self.below(chances) == 0
    }

    /// Coarse prices tie often; fine ones round.
    pub(super) fn price(&mut self) -> Price {
        let coarse = i64::from(8 + self.below(4)) * 1_000_000;
        let fine = if self.one_in(3) {
            i64::from(self.below(30_000))
        } else {
            0
        };
        Price::from_micros(if self.one_in(8) { fine } else { coarse + fine })
    }

    pub(super) fn window(&mut self, within: u32) -> Window {
        let from = self.hour(within);
        Window::new(Hour(from), Hour(from).plus(1 + self.below(within))).unwrap()
    }

    pub(super) fn listing(&mut self, id: u64, seq: u64) -> Listing {
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

    pub(super) fn bid(&mut self, id: u64, seq: u64) -> Bid {
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

    pub(super) fn cost(&mut self) -> TestCost {
        let plain = self.one_in(2);
        TestCost {
            rate: BasisPoints(if plain { 0 } else { self.below(10_001) }),
            rounding: if self.one_in(2) {
                Rounding::Floor
            } else {
                Rounding::HalfUp
            },
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
