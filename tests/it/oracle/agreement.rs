//! The random markets, played on both matchers.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use qiantang::domain::bid::{Bid, Placement};
use qiantang::engine::matching::Book;
use qiantang::engine::matching::cover::Cover;

use super::market::{DEEP, EVEN, Market, OPEN, SMALL, WIDE, horizon, market};
use super::naive::NaiveBook;
use super::play::{Answer, Said, play};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn small_markets_trade_by_the_rule(market in market(SMALL)) {
        agree(&market)?;
    }

    #[test]
    fn open_markets_trade_by_the_rule(market in market(OPEN)) {
        agree(&market)?;
    }

    #[test]
    fn even_markets_trade_by_the_rule(market in market(EVEN)) {
        agree(&market)?;
    }

    #[test]
    fn wide_markets_trade_by_the_rule(market in market(WIDE)) {
        agree(&market)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: ProptestConfig::default().cases.div_ceil(64),
        failure_persistence: None,
        max_shrink_iters: 200,
        ..ProptestConfig::default()
    })]

    #[test]
    fn deep_markets_trade_by_the_rule(market in market(DEEP)) {
        agree(&market)?;
    }
}

#[test]
fn random_markets_reach_every_part_of_the_rule() {
    let mut runner = TestRunner::deterministic();
    let mut answers = Vec::new();
    for scale in [SMALL, OPEN, EVEN, WIDE] {
        for _ in 0..100 {
            let market = market(scale)
                .new_tree(&mut runner)
                .expect("nothing is filtered")
                .current();
            answers.extend(naively(&market));
        }
    }
    let covers: Vec<(&Bid, &Cover)> = answers
        .iter()
        .filter_map(|answer| match &answer.said {
            Said::Chose(bid, Some(cover)) => Some((&**bid, cover)),
            Said::Chose(_, None) | Said::MayServe(..) | Said::Closed(_) | Said::Took(_) | Said::Let(_) => None,
        })
        .collect();
    let cards = |cover: &Cover| cover.parts.iter().map(|part| part.cards).sum::<u32>();
    let seen = |what: &str, of: &dyn Fn(&Bid, &Cover) -> bool| {
        let count = covers.iter().filter(|(bid, cover)| of(bid, cover)).count();
        assert!(count >= 20, "{what}: only {count} of {} covers", covers.len());
    };
    for placement in [
        Placement::Any,
        Placement::OneSite,
        Placement::OneListing,
        Placement::OneIsland,
    ] {
        seen(&format!("{placement:?}"), &|bid, _| bid.placement == placement);
    }
    seen("in part", &|bid, cover| {
        cards(cover) < bid.alternatives[cover.alternative].cards
    });
    seen("after a first fill", &|bid, _| bid.bound.is_some());
    seen("several parts", &|_, cover| cover.parts.len() > 1);
    seen("several islands", &|_, cover| {
        cover.parts.iter().any(|part| part.islands.len() > 1)
    });
    seen("a later alternative", &|_, cover| cover.alternative > 0);
    seen("a later start", &|bid, cover| cover.window.from() > bid.earliest);
    seen("nothing to pay", &|_, cover| cover.net.fen() == 0);
    let offered = answers
        .iter()
        .filter(|answer| matches!(&answer.said, Said::MayServe(_, bids) if bids.len() > 1))
        .count();
    assert!(offered >= 20, "only {offered} times did new supply meet several bids");
}

/// Both matchers give the same answers in the same order.
fn agree(market: &Market) -> Result<(), TestCaseError> {
    let by_the_rule = naively(market);
    let by_the_book = play(market, &mut Book::new());
    for (rule, book) in by_the_rule.iter().zip(&by_the_book) {
        prop_assert_eq!(rule, book, "left: the rule; right: the book");
    }
    prop_assert_eq!(by_the_rule.len(), by_the_book.len());
    Ok(())
}

fn naively(market: &Market) -> Vec<Answer> {
    play(market, &mut NaiveBook::new(horizon()))
}
