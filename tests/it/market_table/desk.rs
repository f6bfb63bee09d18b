//! The exchange of one case: an engine, a clock, and the names that the case gives to things.

use std::collections::BTreeMap;
use std::fmt::Display;

use qiantang::app::problem::Problem;
use qiantang::app::verb::{self, VerbError};
use qiantang::domain::bid::BidState;
use qiantang::domain::id::{BidId, LeaseId, ListingId, OrgId};
use qiantang::domain::lease::Fill;
use qiantang::domain::time::Timestamp;
use qiantang::domain::usage::UsageRefusal;
use qiantang::engine::event::LeaseSettlement;
use qiantang::engine::state_hash::{StateHash, state_hash};
use qiantang::engine::{self, Command, Event, State};
use serde_json::Value;

use crate::witness::Witness;

/// Hour 0 of every case.
const ORIGIN: &str = "2026-12-01T00:00:00Z";

/// What came of the last command.
#[derive(Default)]
pub struct Outcome {
    /// The refusal, until a line expects it.
    pub refused: Option<Problem>,
    /// The fills, in order, until lines expect them.
    pub fills: Vec<Fill>,
    pub settled: Vec<LeaseSettlement>,
    pub accepted: usize,
    pub duplicates: usize,
    pub unusable: Vec<UsageRefusal>,
}

pub struct Desk {
    pub state: State,
    pub now: Timestamp,
    pub witness: Witness,
    pub last: Outcome,
    names: BTreeMap<String, String>,
    fills_of: BTreeMap<BidId, u32>,
    pub orgs: u64,
    pub reports: u64,
}

/// An instant so many minutes after hour 0.
pub fn minute(minutes: i64) -> Timestamp {
    let origin: Timestamp = ORIGIN.parse().unwrap();
    Timestamp::from_micros(origin.micros() + minutes * 60_000_000)
}

impl Desk {
    pub fn new() -> Desk {
        Desk {
            state: State::default(),
            now: minute(0),
            witness: Witness::default(),
            last: Outcome::default(),
            names: BTreeMap::new(),
            fills_of: BTreeMap::new(),
            orgs: 0,
            reports: 0,
        }
    }

    /// The identifier that `name` stands for.
    pub fn id(&self, name: &str) -> Result<&str, String> {
        self.names
            .get(name)
            .map(String::as_str)
            .ok_or(format!("nothing is named {name}"))
    }

    /// The typed identifier that `name` stands for.
    pub fn typed<T: std::str::FromStr>(&self, name: &str) -> Result<T, String> {
        self.id(name)?
            .parse()
            .map_err(|_| format!("{name} is a thing of another kind"))
    }

    /// What the case calls an identifier.
    pub fn name_of(&self, id: &str) -> &str {
        let found = self.names.iter().find(|(_, known)| *known == id);
        found.map_or("?", |(name, _)| name)
    }

    fn name(&mut self, name: &str, id: impl Display) {
        self.names.insert(name.to_owned(), id.to_string());
    }

    /// What nothing has looked at yet of the last command.
    pub fn unexpected(&self) -> Option<String> {
        if let Some(problem) = &self.last.refused {
            return Some(format!("it was refused: {} {}", problem.code, problem.detail));
        }
        let fill = self.last.fills.first()?;
        Some(format!(
            "it filled {} cards of {} at {}",
            fill.cards, fill.listing, fill.price
        ))
    }

    /// Gives a command, as a flow does: what is due happens first. `name` is what it makes.
    pub fn say(&mut self, verb: &str, caller: Option<&str>, body: Value, name: Option<&str>) -> Result<(), String> {
        if let Some(left) = self.unexpected() {
            return Err(format!("of the command before nobody expected that {left}"));
        }
        let caller: Option<OrgId> = caller.map(|caller| self.typed(caller)).transpose()?;
        self.last = Outcome::default();
        if engine::is_due(&self.state, self.now) {
            let events = engine::apply(&mut self.state, Command::Tick, self.now);
            self.see(&events.map_err(|error| format!("the clock's tick: {error}"))?)?;
        }
        let before = self.hash();
        let refused = match verb::command(verb, caller, body) {
            Ok(command) => match engine::apply(&mut self.state, command, self.now) {
                Ok(events) => {
                    self.see(&events)?;
                    self.note(&events, name);
                    None
                }
                Err(rejection) => Some(rejection),
            },
            Err(VerbError::Refused(rejection)) => Some(rejection),
            Err(error) => return Err(error.to_string()),
        };
        if let Some(rejection) = refused {
            if before != self.hash() {
                return Err(format!("a refused command changed the state: {rejection}"));
            }
            self.last.refused = Some(Problem::from(&rejection));
        }
        self.witness.check(&self.state)
    }

    pub fn hash(&self) -> StateHash {
        state_hash(&self.state).unwrap()
    }

    fn see(&mut self, events: &[Event]) -> Result<(), String> {
        self.witness.see(events)?;
        self.witness.check(&self.state)
    }

    fn note(&mut self, events: &[Event], name: Option<&str>) {
        let mut made = None;
        for event in events {
            match event {
                Event::OrgRegistered(org) => made = made.or(Some(org.id.to_string())),
                Event::ListingOpened(image) => made = made.or(Some(image.listing.id.to_string())),
                Event::BidPlaced(image) => made = made.or(Some(image.bid.id.to_string())),
                Event::ProgrammeOpened(programme) => made = made.or(Some(programme.id.to_string())),
                Event::VoucherGranted(voucher) => made = made.or(Some(voucher.id.to_string())),
                Event::Filled(fill) => self.last.fills.push((**fill).clone()),
                Event::LeaseSettled(settlement) => self.last.settled.push(settlement.clone()),
                Event::UsageAccepted(_) => self.last.accepted += 1,
                Event::UsageRefused { duplicates, refused } => {
                    self.last.duplicates = *duplicates;
                    self.last.unusable.clone_from(refused);
                }
                Event::UsageTaken(taken) => {
                    self.last.accepted += taken.accepted;
                    self.last.duplicates = taken.duplicates;
                    self.last.unusable.clone_from(&taken.refused);
                }
                Event::ListingChanged(_)
                | Event::UsageStepped(_)
                | Event::UsageKeyChanged(_)
                | Event::DisputeChanged(_)
                | Event::SettlementChanged(_)
                | Event::PeriodClosed { .. }
                | Event::UsageCorrected(_)
                | Event::FeesSet(_)
                | Event::VatSet(_)
                | Event::BidChanged(_)
                | Event::LeaseChanged(_)
                | Event::LeaseChangeSet(_)
                | Event::AccessKeySet(_)
                | Event::Posted(_)
                | Event::VoucherExpired { .. }
                | Event::EntityDrawn { .. }
                | Event::ProgrammeChanged(_)
                | Event::VoucherChanged(_)
                | Event::VoucherExpiring(_)
                | Event::CapLifted { .. }
                | Event::CalendarSet(_)
                | Event::ApplicationChanged(_)
                | Event::ClaimChanged(_)
                | Event::Evaluated { .. }
                | Event::EntitySpent { .. }
                | Event::ProviderListed { .. }
                | Event::RecoveryMade(_)
                | Event::FactsAttested { .. }
                | Event::PowerReported(_)
                | Event::RelationChanged(_)
                | Event::FlagChanged(_)
                | Event::OutageChanged(_)
                | Event::LeaseProbed { .. }
                | Event::TreasuryRequestChanged(_)
                | Event::EarningsPending { .. }
                | Event::Banking(_)
                | Event::UserRegistered(_)
                | Event::UserChanged(_)
                | Event::Proposed(_)
                | Event::ApprovalDecided(_) => {}
            }
        }
        if let (Some(name), Some(id)) = (name, made) {
            self.name(name, id);
        }
        for fill in self.last.fills.clone() {
            let number = self.fills_of.entry(fill.bid).or_default();
            *number += 1;
            let bid = self.names.iter().find(|(_, id)| **id == fill.bid.to_string());
            if let Some(lease) = bid.map(|(bid, _)| format!("{bid}.{number}")) {
                self.name(&lease, fill.lease);
            }
        }
    }

    /// Where a bid, listing or lease stands.
    pub fn stands(&self, name: &str) -> Result<String, String> {
        let text = if let Ok(bid) = self.typed::<BidId>(name) {
            serde_json::to_value(self.witness.bids.get(&bid).map(|(_, state)| state))
        } else if let Ok(listing) = self.typed::<ListingId>(name) {
            serde_json::to_value(self.witness.listings.get(&listing).map(|(_, state)| state))
        } else {
            let lease = self.typed::<LeaseId>(name)?;
            serde_json::to_value(self.witness.leases.get(&lease).map(|(_, state)| state))
        };
        Ok(text.unwrap().as_str().unwrap_or("unknown").to_owned())
    }

    /// Cards filled and money held of a bid.
    pub fn bid(&self, name: &str) -> Result<(u32, String, BidState), String> {
        let (bid, state) = self.witness.bids.get(&self.typed(name)?).ok_or("no such bid")?;
        Ok((bid.filled_cards, bid.held.to_string(), *state))
    }
}
