//! Plays a flow on the engine twice over: the second one a command behind, as what the first one met.

use proptest::prelude::*;
use qiantang::domain::bid::Bid;
use qiantang::domain::id::{AcceleratorId, BidId};
use qiantang::domain::lease::{Fill, IslandShare, LeaseState};
use qiantang::domain::money::Money;
use qiantang::domain::time::{Timestamp, Window};
use qiantang::engine::matching::cover::Cover;
use qiantang::engine::state_hash::{StateHash, state_hash};
use qiantang::engine::voucher::wallet::Wallet;
use qiantang::engine::{self, Command, Event, Rejection, State};

use super::flow::{HORIZON_HOURS, ORIGIN, Step, setting};
use crate::oracle::naive::NaiveBook;
use crate::witness::Witness;

/// What was played: commands with their instants, ticks among them.
pub type Played = Vec<(Timestamp, Command)>;

pub struct Player {
    pub state: State,
    before: State,
    witness: Witness,
    pub now: Timestamp,
    pub played: Played,
    pub accepted: usize,
    pub refused: usize,
    pub fills: usize,
}

pub fn hash(state: &State) -> StateHash {
    state_hash(state).unwrap()
}

type Checked = Result<(), TestCaseError>;

fn fail(command: &Command, why: impl std::fmt::Display) -> TestCaseError {
    TestCaseError::fail(format!("{command:?}: {why}"))
}

impl Player {
    /// After the setting.
    pub fn new() -> Result<Player, TestCaseError> {
        let mut player = Player {
            state: State::default(),
            before: State::default(),
            witness: Witness::default(),
            now: ORIGIN.timestamp(),
            played: Vec::new(),
            accepted: 0,
            refused: 0,
            fills: 0,
        };
        for command in setting() {
            player.apply(command)?;
        }
        assert_eq!(player.refused, 0, "the setting is valid");
        Ok(player)
    }

    pub fn play(steps: &[Step]) -> Result<Player, TestCaseError> {
        let mut player = Player::new()?;
        for step in steps {
            player.step(step)?;
        }
        Ok(player)
    }

    pub fn step(&mut self, step: &Step) -> Checked {
        self.now = Timestamp::from_micros(self.now.micros() + step.wait());
        if engine::is_due(&self.state, self.now) {
            self.apply(Command::Tick)?;
        }
        let command = step.command(&self.state, self.now);
        self.apply(command)
    }

    /// Gives a command to both, and checks all that can be checked.
    pub fn apply(&mut self, command: Command) -> Checked {
        let hash_before = hash(&self.state);
        prop_assert_eq!(hash_before, hash(&self.before), "both have met the same commands");
        let outcome = engine::apply(&mut self.state, command.clone(), self.now);
        match &outcome {
            Ok(events) => {
                self.accepted += 1;
                self.fills += fills(events).count();
                self.witness.see(events).map_err(|why| fail(&command, why))?;
                self.check_matches(&command, events)?;
            }
            Err(Rejection::Fault(why)) => return Err(fail(&command, format!("a fault: {why}"))),
            Err(Rejection::TickFirst) => return Err(fail(&command, "a tick was due")),
            Err(_) => {
                self.refused += 1;
                prop_assert_eq!(hash(&self.state), hash_before, "a refused command changed something");
            }
        }
        self.witness.check(&self.state).map_err(|why| fail(&command, why))?;
        let again = engine::apply(&mut self.before, command.clone(), self.now);
        prop_assert!(again == outcome, "the same command came out otherwise");
        self.played.push((self.now, command));
        Ok(())
    }

    fn check_matches(&self, command: &Command, events: &[Event]) -> Checked {
        let placed = events.iter().find_map(|event| match event {
            Event::BidPlaced(image) => Some(&image.bid),
            _ => None,
        });
        if let Some(bid) = placed {
            let bid = Bid {
                held: Money::ZERO,
                ..bid.clone()
            };
            let expected =
                self.naive()
                    .best_cover(&bid, self.now.hour_ceil(), &Wallet::of(&self.before, &bid, self.now)?);
            return first_cover(&bid, expected.as_ref(), events).map_err(|why| fail(command, why));
        }
        if let Some(Event::ListingOpened(image)) = events.first() {
            let mut naive = self.naive();
            naive.open(image.listing.clone());
            self.before.book.bids().for_each(|bid| naive.rest(bid.clone()));
            let order = naive.servable(image.listing.id, self.now.hour_ceil());
            let mut served: Vec<BidId> = fills(events).map(|fill| fill.bid).collect();
            served.dedup();
            let mut rest = order.iter();
            let in_order = served.iter().all(|bid| rest.any(|next| next == bid));
            prop_assert!(in_order, "served {:?}, by the rule {:?}", served, order);
            if let Some(bid) = order.first().and_then(|first| self.before.book.bid(*first)) {
                let wallet = Wallet::of(&self.before, bid, self.now)?;
                let expected = naive.best_cover(bid, self.now.hour_ceil(), &wallet);
                if expected.is_some() {
                    return first_cover(bid, expected.as_ref(), events).map_err(|why| fail(command, why));
                }
            }
        }
        Ok(())
    }

    /// The book before the command, rebuilt from listings and leases alone.
    fn naive(&self) -> NaiveBook {
        let horizon = Window::new(ORIGIN, ORIGIN.plus(HORIZON_HOURS)).unwrap();
        let mut naive = NaiveBook::new(horizon);
        for (number, accelerator) in (0..).zip(self.before.catalogue.accelerators()) {
            naive.add_accelerator(AcceleratorId(number), accelerator.domestic);
        }
        for listing in self.before.book.listings() {
            naive.open(listing.clone());
        }
        for lease in self.before.leases.values() {
            let live = lease.state != LeaseState::Ended && self.before.book.listing(lease.fill.listing).is_some();
            if let Some(window) = Window::new(lease.fill.window.from(), lease.ends).filter(|_| live) {
                assert!(
                    naive.occupy(lease.fill.listing, window, &lease.fill.islands),
                    "cards were free"
                );
            }
        }
        naive
    }
}

fn fills(events: &[Event]) -> impl Iterator<Item = &Fill> {
    events.iter().filter_map(|event| match event {
        Event::Filled(fill) => Some(&**fill),
        _ => None,
    })
}

/// Whether the first cover that a bid took is the one that the rule chooses.
fn first_cover(bid: &Bid, expected: Option<&Cover>, events: &[Event]) -> Result<(), String> {
    let all: Vec<&Fill> = fills(events).filter(|fill| fill.bid == bid.id).collect();
    let Some(cover) = expected else {
        return if all.is_empty() {
            Ok(())
        } else {
            Err(format!("took {all:?}, by the rule nothing"))
        };
    };
    let taken = all
        .get(..cover.parts.len())
        .ok_or(format!("took {all:?}, by the rule {cover:?}"))?;
    let net = Money::sum(taken.iter().map(|fill| fill.net)).unwrap();
    let same = taken.iter().zip(&cover.parts).all(|(fill, part)| {
        fill.listing == part.listing
            && fill.cards == part.cards
            && fill.islands == by_index(&part.islands)
            && fill.price == part.price
            && fill.window == cover.window
            && fill.alternative == cover.alternative
    });
    if same && net == cover.net {
        Ok(())
    } else {
        Err(format!("took {taken:?}, by the rule {cover:?}"))
    }
}

/// What is agreed is a set of islands, kept by index; the rule takes them in an order of its own.
fn by_index(islands: &[IslandShare]) -> Vec<IslandShare> {
    let mut islands = islands.to_vec();
    islands.sort_by_key(|share| share.island);
    islands
}
