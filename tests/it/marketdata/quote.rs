//! A quote against the bid itself.

use qiantang::domain::money::Money;
use qiantang::engine::quote::{Quote, quote};
use qiantang::engine::state_hash::state_hash;
use qiantang::engine::{self, Command, Event, Rejection, State};

use super::flows;

/// What is counted, so that the flows reach all of it.
#[derive(Debug, Default)]
struct Seen {
    filled: usize,
    in_several_covers: usize,
    with_voucher: usize,
    resting: usize,
    unaffordable: usize,
    refused: usize,
    codes: std::collections::BTreeSet<&'static str>,
}

#[test]
fn it_is_what_placing_the_bid_then_does_and_it_changes_nothing() {
    let mut seen = Seen::default();
    for (played, _) in flows(48, 200) {
        // One of the two is asked for quotes; that must never show.
        let (mut asked, mut plain) = (State::default(), State::default());
        let with_dear = played
            .into_iter()
            .flat_map(|(at, command)| [dear(&command), Some(command)].map(|one| (at, one)));
        for (at, command) in with_dear.filter_map(|(at, command)| Some((at, command?))) {
            if engine::is_due(&plain, at) {
                engine::apply(&mut asked, Command::Tick, at).unwrap();
                engine::apply(&mut plain, Command::Tick, at).unwrap();
            }
            let mut quoted = None;
            if let Command::PlaceBid { tenant, bid } = &command {
                let before = state_hash(&asked).unwrap();
                quoted = Some(quote(&mut asked, (*tenant, bid.clone()), at));
                assert_eq!(state_hash(&asked).unwrap(), before, "a quote changes nothing");
            }
            let outcome = engine::apply(&mut asked, command.clone(), at);
            assert_eq!(outcome, engine::apply(&mut plain, command, at));
            if let Some(quoted) = quoted {
                compare(&quoted, &outcome, &mut seen);
            }
        }
        assert_eq!(state_hash(&asked).unwrap(), state_hash(&plain).unwrap());
    }
    assert!(
        seen.filled > 100 && seen.in_several_covers > 5 && seen.with_voucher > 20,
        "{seen:?}"
    );
    assert!(
        seen.resting > 50 && seen.unaffordable > 10 && seen.refused > 10,
        "{seen:?}"
    );
    assert!(seen.codes.len() > 8, "{seen:?}");
}

/// Of some bids one for more cards than most can pay.
fn dear(command: &Command) -> Option<Command> {
    let Command::PlaceBid { tenant, bid } = command else {
        return None;
    };
    let mut bid = bid.clone();
    for alternative in &mut bid.alternatives {
        alternative.cards *= 40;
    }
    let tenant = *tenant;
    (bid.latest.0 % 4 == 0).then_some(Command::PlaceBid { tenant, bid })
}

fn compare(quoted: &Result<Quote, Rejection>, outcome: &Result<Vec<Event>, Rejection>, seen: &mut Seen) {
    let quote = match (quoted, outcome) {
        (Ok(quote), Err(Rejection::InsufficientCash { needed, missing, .. })) => {
            assert_eq!((quote.hold, quote.missing), (*needed, Some(*missing)));
            seen.unaffordable += 1;
            return;
        }
        (Ok(quote), Ok(_)) => quote,
        (Err(quoted), Err(placed)) => {
            assert_eq!(quoted, placed);
            seen.refused += 1;
            return;
        }
        (quoted, placed) => panic!("quoted {quoted:?}, then {placed:?}"),
    };
    let events = outcome.as_ref().unwrap();
    let fills = events.iter().filter_map(|event| match event {
        Event::Filled(fill) => Some(fill),
        _ => None,
    });
    let mut fills = fills.peekable();
    seen.filled += usize::from(fills.peek().is_some());
    assert_eq!(
        fills.peek().is_some(),
        quote.reasons.is_empty(),
        "there is a reason or a fill: {quote:?}"
    );
    for paid in &quote.covers {
        for (part, (charge, payment)) in paid.cover.parts.iter().zip(&paid.parts) {
            let fill = fills.next().unwrap();
            assert_eq!(
                (
                    part.listing,
                    part.cards,
                    part.price,
                    paid.cover.window,
                    paid.cover.alternative
                ),
                (fill.listing, fill.cards, fill.price, fill.window, fill.alternative)
            );
            assert_eq!(
                (charge.charge, payment.voucher, payment.net, payment.fee),
                (fill.charge, fill.voucher, fill.net, fill.fee)
            );
            assert_eq!(payment.draws, fill.draws);
            seen.with_voucher += usize::from(fill.voucher > Money::ZERO);
        }
    }
    assert_eq!(fills.next(), None, "nothing else is filled: {quote:?}");
    seen.in_several_covers += usize::from(quote.covers.len() > 1);
    let last = events.iter().rev().find_map(|event| match event {
        Event::BidPlaced(image) | Event::BidChanged(image) => Some(image),
        _ => None,
    });
    let image = last.unwrap();
    assert_eq!(
        (image.bid.filled_cards, image.bid.bound),
        (quote.bid.filled_cards, quote.bid.bound)
    );
    seen.resting += usize::from(!quote.rests_behind.is_empty());
    seen.codes
        .extend(quote.reasons.iter().map(|(_, obstacle)| obstacle.code()));
    seen.codes
        .extend(quote.excluded.iter().map(|(_, obstacle)| obstacle.code()));
}
