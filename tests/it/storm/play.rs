//! Plays commands on the engine and holds it against the books.

use std::collections::BTreeMap;

use qiantang::domain::approval::Verdict;
use qiantang::domain::plan::Plan;
use qiantang::domain::programme::funding::ClaimsFrom;
use qiantang::domain::time::Timestamp;
use qiantang::engine::office::application::ApplicationCommand;
use qiantang::engine::office::claim::ClaimCommand;
use qiantang::engine::state_hash::state_hash;
use qiantang::engine::{self, Command, Rejection, State, invariants};

use super::books::Books;
use super::dice::Dice;
use super::setting::{self, ORIGIN};

/// A city in the storm.
pub struct Storm {
    pub state: State,
    pub now: Timestamp,
    pub books: Books,
    pub dice: Dice,
    /// Accepted and refused, by kind of command; what two people agree to counts as itself, too.
    pub kinds: BTreeMap<&'static str, (u32, u32)>,
    /// What was said, ticks among it.
    pub said: Vec<(Timestamp, Command)>,
    /// A number that was never used.
    pub fresh: u64,
    /// The last refusal.
    refusal: Option<Rejection>,
    /// After how many commands everything is looked at.
    every: usize,
}

impl Storm {
    pub fn new(seed: u64, every: usize) -> Storm {
        let mut storm = Storm {
            state: State::default(),
            now: ORIGIN.timestamp(),
            books: Books::default(),
            dice: Dice(seed),
            kinds: BTreeMap::new(),
            said: Vec::new(),
            fresh: 0,
            refusal: None,
            every,
        };
        for command in setting::commands() {
            assert!(storm.say(command), "the setting is valid: {:?}", storm.refusal);
        }
        storm.kinds.clear();
        storm
    }

    /// So many commands by chance.
    pub fn blow(&mut self, commands: usize) {
        for _ in 0..commands {
            self.pass_time();
            let command = self.command();
            self.say(command);
        }
        self.look();
    }

    fn pass_time(&mut self) {
        let minutes = match self.dice.below(20) {
            0..=13 => 0,
            14..=17 => self.dice.below(30),
            18 => self.dice.below(90),
            _ => 60,
        };
        let minutes = if self.dice.once_in(400) { 60 * 24 } else { minutes };
        self.now = Timestamp::from_micros(self.now.micros() + i64::try_from(minutes).unwrap() * 60_000_000);
    }

    /// Gives a command; whether it was accepted. A refused one must have changed nothing.
    pub fn say(&mut self, command: Command) -> bool {
        if engine::is_due(&self.state, self.now) && command != Command::Tick {
            assert!(self.say(Command::Tick));
        }
        let sampled = self.said.len().is_multiple_of(2 * self.every - 1);
        let before = sampled.then(|| state_hash(&self.state).unwrap());
        self.said.push((self.now, command.clone()));
        let agreed = match &command {
            Command::Decide {
                approval,
                verdict: Verdict::Approve,
                ..
            } => self.state.approvals.get(approval),
            _ => None,
        };
        let agreed = agreed.map(|approval| &*approval.command);
        let special = self.special(agreed.unwrap_or(&command));
        let agreed = agreed.map(Command::kind);
        let outcome = engine::apply(&mut self.state, command.clone(), self.now);
        for kind in agreed.into_iter().chain(special).chain([command.kind()]) {
            let counts = self.kinds.entry(kind).or_default();
            match outcome {
                Ok(_) => counts.0 += 1,
                Err(_) => counts.1 += 1,
            }
        }
        let place = self.said.len();
        let accepted = outcome.is_ok();
        match outcome {
            Ok(events) => {
                let told = self.books.see(&events);
                assert_eq!(told, Ok(()), "after command {place}, {command:?}");
            }
            Err(Rejection::Fault(_) | Rejection::TickFirst | Rejection::ClockWentBack { .. }) => {
                panic!("command {place}, {command:?}: {outcome:?}")
            }
            Err(refusal) => {
                self.refusal = Some(refusal);
                let after = before.is_some().then(|| state_hash(&self.state).unwrap());
                assert_eq!(
                    before, after,
                    "command {place} was refused and changed something: {command:?}"
                );
            }
        }
        if place.is_multiple_of(self.every) {
            self.look();
        }
        accepted
    }

    /// What a command is counted as beside its kind: a claim that the pot pays, and what is bound to amounts that two people saw.
    fn special(&self, command: &Command) -> Option<&'static str> {
        match command {
            Command::Claim(ClaimCommand::ApproveClaim { claim }) => {
                let claim = self.state.claims.get(claim)?;
                let rules = self.state.programmes.get(&claim.programme)?.rules_of(claim.version)?;
                (rules.claims_from == Some(ClaimsFrom::Pot)).then_some("approve_of_pot")
            }
            Command::Claim(ClaimCommand::Assess {
                plan: Plan::Bound(_), ..
            }) => Some("assess_as_bound"),
            Command::Application(ApplicationCommand::Allocate {
                plan: Plan::Bound(_), ..
            }) => Some("allocate_as_bound"),
            _ => None,
        }
    }

    /// Looks at everything.
    pub fn look(&self) {
        let place = self.said.len();
        let last = self.said.last();
        assert_eq!(
            invariants::check(&self.state).violations,
            [],
            "after command {place}, {last:?}"
        );
        assert_eq!(self.books.check(&self.state), Ok(()), "after command {place}, {last:?}");
    }
}
