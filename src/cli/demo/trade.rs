//! `qiantang demo trade`: a robot that keeps a made-up market moving, over the public API.

use std::fmt;
use std::time::{Duration, Instant};

use clap::Args;
use crossbeam_channel::{Receiver, RecvTimeoutError};
use serde_json::Value;

use super::desk::{self, Answer, Desk, DeskError};
use super::interrupt::interrupts;
use super::wish;
use crate::app::clock::system_now;
use crate::cli::draw::Draw;
use crate::cli::failure::Failure;
use crate::cli::output;
use crate::cli::seeds::{DemoUser, Seeds};
use crate::domain::organisation::OrgKind;

/// How long the robot waits for the service before it gives up.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it looks meanwhile.
const LOOK_AGAIN: Duration = Duration::from_millis(250);
/// A tenant cancels where it has more bids waiting, and a provider withdraws where it has more listings.
const FEW: usize = 3;
const MANY: usize = 30;

/// Trades as the made-up users of `seed --demo`: lists, bids, asks, cancels, withdraws, until it is interrupted.
#[derive(Debug, Args)]
pub struct Trade {
    /// The service.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// What the robot's acts are drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Milliseconds between two acts, on average.
    #[arg(long, default_value_t = 1_500, value_name = "MS", value_parser = clap::value_parser!(u32).range(1..=3_600_000))]
    pace: u32,
    /// Ends after so many acts.
    #[arg(long, value_name = "COUNT")]
    acts: Option<u64>,
}

/// Runs the robot.
pub fn run(trade: &Trade) -> Result<(), Failure> {
    let seeds = Seeds::load()?;
    let interrupts = interrupts().map_err(|error| Failure::Argument(format!("signals: {error}")))?;
    if !wait_for(&trade.url, &interrupts)? {
        return Ok(());
    }
    let mut robot = Robot::new(trade, &seeds);
    output::say(&format!("trading at {}; an interrupt ends it", trade.url))?;
    let ended = robot.trade(trade, &interrupts);
    robot.leave();
    ended
}

/// Whether the service is there; not if the process was told to end.
fn wait_for(url: &str, interrupts: &Receiver<()>) -> Result<bool, Failure> {
    let since = Instant::now();
    while !desk::is_ready(url) {
        if since.elapsed() > PATIENCE {
            return Err(Failure::Argument(format!("--url: nobody answers at {url}")));
        }
        if interrupts.recv_timeout(LOOK_AGAIN) != Err(RecvTimeoutError::Timeout) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A user, and what it has standing in the market, the oldest first.
struct Trader {
    desk: Desk,
    standing: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Bid,
    Ask,
    Cancel,
    List,
    Withdraw,
}

struct Robot<'a> {
    seeds: &'a Seeds,
    draw: Draw,
    tenants: Vec<Trader>,
    providers: Vec<Trader>,
    /// Tells this run's idempotency keys from all others.
    run: i64,
    acts: u64,
}

impl Robot<'_> {
    fn new<'a>(trade: &Trade, seeds: &'a Seeds) -> Robot<'a> {
        let trader = |user: &DemoUser| Trader {
            desk: Desk::new(trade.url.trim_end_matches('/'), &user.email, &user.password),
            standing: Vec::new(),
        };
        let of = |role: OrgKind| {
            seeds
                .users
                .iter()
                .filter(|user| user.role == role)
                .map(trader)
                .collect()
        };
        Robot {
            seeds,
            draw: Draw::of(trade.seed, "robot", ""),
            tenants: of(OrgKind::Tenant),
            providers: of(OrgKind::Provider),
            run: system_now().micros(),
            acts: 0,
        }
    }

    /// Acts until it is told to end, has acted often enough, or nobody has answered for a while.
    fn trade(&mut self, trade: &Trade, interrupts: &Receiver<()>) -> Result<(), Failure> {
        let mut answered = Instant::now();
        while trade.acts.is_none_or(|acts| self.acts < acts) {
            match self.act() {
                Ok(said) => {
                    answered = Instant::now();
                    output::say(&said)?;
                }
                Err(DeskError::Silent(reason)) if answered.elapsed() < PATIENCE => output::say(&reason)?,
                Err(error @ DeskError::Silent(_)) => return Err(Failure::Argument(error.to_string())),
                // Somebody has changed that password, or stopped that user. The others go on.
                Err(error @ DeskError::Outside { .. }) if self.is_manned() => output::say(&error.to_string())?,
                Err(error @ DeskError::Outside { .. }) => return Err(Failure::Refused(error.to_string())),
            }
            let pause = trade.pace / 2 + self.draw.below(trade.pace);
            if interrupts.recv_timeout(Duration::from_millis(pause.into())) != Err(RecvTimeoutError::Timeout) {
                return output::say("ended");
            }
        }
        Ok(())
    }

    /// Whether there is somebody left on both sides of the market.
    fn is_manned(&self) -> bool {
        !self.tenants.is_empty() && !self.providers.is_empty()
    }

    fn leave(&mut self) {
        for trader in self.tenants.iter_mut().chain(&mut self.providers) {
            trader.desk.leave();
        }
    }

    /// One act; what it was and what came of it.
    fn act(&mut self) -> Result<String, DeskError> {
        self.acts += 1;
        let key = format!("robot-{}-{}", self.run, self.acts);
        let drawn = self.draw.weighted([
            (52, Act::Bid),
            (8, Act::Ask),
            (18, Act::Cancel),
            (14, Act::List),
            (8, Act::Withdraw),
        ]);
        let traders = match drawn {
            Act::Bid | Act::Ask | Act::Cancel => &mut self.tenants,
            Act::List | Act::Withdraw => &mut self.providers,
        };
        let place = self.draw.index(traders.len());
        let Some(trader) = traders.get_mut(place) else {
            return Err(DeskError::Silent("there is no made-up user".to_owned()));
        };
        let standing = trader.standing.len();
        let act = match drawn {
            Act::Cancel if standing <= FEW => Act::Bid,
            Act::Bid if standing > MANY => Act::Cancel,
            Act::Withdraw if standing <= FEW => Act::List,
            Act::List if standing > MANY => Act::Withdraw,
            Act::Bid | Act::Ask | Act::Cancel | Act::List | Act::Withdraw => drawn,
        };
        let (draw, seeds, now) = (&mut self.draw, self.seeds, system_now());
        let outcome = match act {
            Act::Bid => trader.bid(&wish::bid(draw, seeds, now), &key),
            Act::Ask => trader.ask(&wish::bid(draw, seeds, now), &key),
            Act::List => trader.list(&wish::listing(draw, seeds, now), &key),
            Act::Cancel => trader.take_back(draw, ("cancels", "bids", "cancel"), &key),
            Act::Withdraw => trader.take_back(draw, ("withdraws", "listings", "withdraw"), &key),
        };
        if let Err(DeskError::Outside { .. }) = outcome {
            traders.remove(place);
        }
        outcome
    }
}

/// Money in a field of an answer.
struct Yuan<'a>(&'a Value);

impl fmt::Display for Yuan<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} CNY", self.0.as_str().unwrap_or("?"))
    }
}

/// What is said of a refusal, which is nothing to stop at; otherwise what `tell` says.
fn told(answer: &Answer, tell: impl FnOnce(&Value) -> String) -> String {
    match answer {
        Answer::Accepted(body) => tell(body),
        Answer::Refused { code, detail, .. } => format!("refused, {code}: {detail}"),
    }
}

fn fills(body: &Value) -> &[Value] {
    body["fills"].as_array().map_or(&[], Vec::as_slice)
}

impl Trader {
    fn bid(&mut self, wish: &wish::Wish, key: &str) -> Result<String, DeskError> {
        let answer = self.desk.post("/v1/bids", &wish.body, key)?;
        let outcome = told(&answer, |bid| {
            let (state, id) = (bid["state"].as_str(), bid["id"].as_str().unwrap_or_default());
            if matches!(state, Some("open" | "partly_filled")) {
                self.standing.push(id.to_owned());
            }
            let cards = bid["filled_cards"].as_u64().unwrap_or(0);
            match fills(bid) {
                [] => format!("{id} {}", state.unwrap_or("?")),
                [fill] => format!("{id} filled, {cards} for {}", Yuan(&fill["charge"])),
                [_, ..] => format!("{id} filled, {cards} in {} parts", fills(bid).len()),
            }
        });
        Ok(format!("{} bids for {}: {outcome}", self.desk.name(), wish.words))
    }

    fn ask(&mut self, wish: &wish::Wish, key: &str) -> Result<String, DeskError> {
        let answer = self.desk.post("/v1/quotes", &wish.body, key)?;
        let outcome = told(&answer, |quote| match quote["feasible"].as_bool() {
            Some(true) => format!("{}, vouchers pay {}", Yuan(&quote["charge"]), Yuan(&quote["voucher"])),
            Some(false) | None => "not to be had".to_owned(),
        });
        Ok(format!("{} asks for {}: {outcome}", self.desk.name(), wish.words))
    }

    fn list(&mut self, wish: &wish::Wish, key: &str) -> Result<String, DeskError> {
        let answer = self.desk.post("/v1/listings", &wish.body, key)?;
        let outcome = told(&answer, |listing| {
            let id = listing["id"].as_str().unwrap_or_default();
            self.standing.push(id.to_owned());
            match fills(listing).len() {
                0 => format!("{id} open"),
                count => format!("{id} open, taken of at once: {count} times"),
            }
        });
        Ok(format!("{} lists {}: {outcome}", self.desk.name(), wish.words))
    }

    /// Takes back something that stands; it may be gone by now.
    fn take_back(
        &mut self,
        draw: &mut Draw,
        (says, noun, verb): (&str, &str, &str),
        key: &str,
    ) -> Result<String, DeskError> {
        let id = self.standing.remove(draw.index(self.standing.len()));
        let path = format!("/v1/{noun}/{id}/{verb}");
        let answer = self.desk.post(&path, &serde_json::json!({}), key)?;
        let outcome = told(&answer, |body| body["state"].as_str().unwrap_or("done").to_owned());
        Ok(format!("{} {says} {id}: {outcome}", self.desk.name()))
    }
}
