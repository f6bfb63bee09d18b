//! Feasible covers, their money, and the choice among them.

use std::cmp::Ordering;

use qiantang::domain::bid::{Alternative, Bid, FillRule, TimeInForce};
use qiantang::domain::id::Seq;
use qiantang::domain::money::{Money, Price};
use qiantang::domain::time::Window;
use qiantang::engine::matching::cover::{Cover, CoverCost, Part, PartCharge};

use super::parts::Gift;

/// A feasible cover with all that the choice looks at.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) cards: u32,
    pub(super) alternative_cards: u32,
    pub(super) seqs: Vec<Seq>,
    pub(super) cover: Cover,
}

/// "A cover is **feasible** if it brings all q cards, or, for `partial` that is not `fok`, at least min(min_cards, q)."
/// No cards are no cover.
pub(super) fn suffices(bid: &Bid, wanted: u32, cards: u32) -> bool {
    let in_part = match bid.fill {
        FillRule::AllOrNone => false,
        FillRule::Partial { min_cards } => bid.tif != TimeInForce::Fok && cards >= min_cards.min(wanted),
    };
    cards > 0 && (cards == wanted || in_part)
}

/// "**Money of a cover.** Each part is one fill and becomes one lease: charge = round_half_up(price × cards × hours) to
/// fen. … net = Σ charge − Σ voucher." The tenant's vouchers and cash answer for the second half.
pub(super) fn priced(
    (index, alternative): (usize, &Alternative),
    window: Window,
    gifts: &[Gift<'_>],
    cost: &impl CoverCost,
) -> Option<Candidate> {
    let charges: Vec<PartCharge> = gifts
        .iter()
        .map(|gift| PartCharge {
            provider: gift.listing.provider,
            site: gift.listing.site,
            price: gift.price,
            cards: gift.cards,
            charge: round_half_up(gift.price, gift.cards, alternative.hours),
        })
        .collect();
    let net = cost.net(alternative, &charges)?;
    let parts = gifts
        .iter()
        .map(|gift| Part {
            listing: gift.listing.id,
            provider: gift.listing.provider,
            site: gift.listing.site,
            price: gift.price,
            cards: gift.cards,
            islands: gift.islands.clone(),
        })
        .collect();
    let mut seqs: Vec<Seq> = gifts.iter().map(|gift| gift.listing.seq).collect();
    seqs.sort_unstable();
    Some(Candidate {
        cards: gifts.iter().map(|gift| gift.cards).sum(),
        alternative_cards: alternative.cards,
        seqs,
        cover: Cover {
            alternative: index,
            window,
            parts,
            net,
        },
    })
}

/// Which of two covers is chosen: the lesser.
pub(super) fn choice(one: &Candidate, other: &Candidate) -> Ordering {
    // "1. most cards, as a share of the alternative's cards (exact fractions; a full cover equals a full cover)"
    let one_share = u64::from(one.cards) * u64::from(other.alternative_cards);
    let other_share = u64::from(other.cards) * u64::from(one.alternative_cards);
    other_share
        .cmp(&one_share)
        // "2. lowest net"
        .then(one.cover.net.cmp(&other.cover.net))
        // "3. earliest start"
        .then(one.cover.window.from().cmp(&other.cover.window.from()))
        // "4. listing seqs of its parts, sorted ascending, compared lexicographically (oldest first)"
        .then(one.seqs.cmp(&other.seqs))
        // "5. lowest alternative index"
        .then(one.cover.alternative.cmp(&other.cover.alternative))
}

/// Micro-yuan are ten thousandths of a fen; half a fen and more goes up.
fn round_half_up(price: Price, cards: u32, hours: u32) -> Money {
    let micros = i128::from(price.micros()) * i128::from(cards) * i128::from(hours);
    let up = if micros % 10_000 >= 5_000 { 1 } else { 0 };
    Money::from_fen(i64::try_from(micros / 10_000 + up).expect("the tests trade small sums"))
}
