//! Plays the lines of a flow into a running exchange, keeping many on their way at a time.

use std::collections::VecDeque;
use std::io::Write;

use crossbeam_channel::{Receiver, TryRecvError, bounded};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::meter;
use super::names::Names;
use crate::app::exchange::Handle;
use crate::app::problem::Problem;
use crate::app::request::{Reply, Request, SubmitError};
use crate::app::verb::{self, VerbError};
use crate::cli::Options;
use crate::cli::failure::Failure;
use crate::cli::flow::line::Line;
use crate::domain::account::Unit;
use crate::domain::id::LeaseId;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::engine::Command;
use crate::engine::rejection::{FieldRule, invalid};
use crate::engine::state_hash::state_hash;

/// Most commands on their way.
const ON_THEIR_WAY_MAX: usize = 4_096;

/// Why a line was not played.
pub(super) enum PlayError {
    /// It cannot be read.
    Unreadable(String),
    /// Something else failed.
    Failed(Failure),
}

impl<E: Into<Failure>> From<E> for PlayError {
    fn from(error: E) -> PlayError {
        PlayError::Failed(error.into())
    }
}

/// A command whose answer is still to come.
struct OnItsWay {
    line: usize,
    name: Option<String>,
    answer: Answer,
}

enum Answer {
    ToCome(Receiver<Result<Reply, SubmitError>>),
    Known(Box<Problem>),
}

/// Totals of a replay; amounts in CNY.
#[derive(Debug, Default, Serialize)]
pub struct End {
    commands: u64,
    accepted: u64,
    refused: u64,
    fills: u64,
    leases: u64,
    card_hours: u64,
    matched: Money,
    settled: Money,
    voucher: Money,
    trial_balance: Money,
    state_hash: String,
}

/// What the driver wants to know of an answer.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Told {
    id: Option<String>,
    fills: Vec<ToldFill>,
    totals: Option<ToldTotals>,
}

#[derive(Debug, Deserialize)]
struct ToldFill {
    #[serde(rename = "lease")]
    _lease: LeaseId,
    cards: u64,
    start: Timestamp,
    end: Timestamp,
    charge: Money,
}

#[derive(Debug, Deserialize)]
struct ToldTotals {
    charge: Money,
    voucher: Money,
}

pub(super) struct Driver {
    handle: Handle,
    results: Box<dyn Write>,
    names: Names,
    on_their_way: VecDeque<OnItsWay>,
    end: End,
}

impl Driver {
    pub(super) fn new(handle: Handle, results: Box<dyn Write>) -> Driver {
        let (names, on_their_way, end) = (Names::default(), VecDeque::new(), End::default());
        Driver {
            handle,
            results,
            names,
            on_their_way,
            end,
        }
    }

    /// A few words on how far it is.
    pub(super) fn said(&self) -> String {
        format!(
            "{} commands, {} fills, {} CNY matched",
            self.end.commands, self.end.fills, self.end.matched
        )
    }

    /// Plays one line.
    pub(super) fn play(&mut self, number: usize, line: Line) -> Result<(), PlayError> {
        let Line {
            at,
            verb,
            name,
            actor,
            mut body,
        } = line;
        if verb == "meter" {
            return self.meter(number, at, body);
        }
        if self.names.must_wait(actor.as_deref(), &body) {
            self.collect()?;
        }
        self.names.replace(&self.handle, &mut body)?;
        let org = match &actor {
            // The operator and the issuers of a flow need not be organisations.
            Some(actor) => self.names.org(actor),
            None => None,
        };
        self.end.commands += 1;
        let answer = match verb::command(&verb, org, body) {
            Ok(command) => {
                let actor = actor.unwrap_or_else(|| "flow".to_owned());
                Answer::ToCome(self.submit(Request {
                    org,
                    ..Request::new(&actor, command).at(at)
                })?)
            }
            Err(VerbError::Refused(rejection)) => Answer::Known(Box::new(Problem::from(&rejection))),
            // Whoever speaks may have been refused further up: that is a result as well.
            Err(VerbError::NeedsCaller(_)) if let Some(actor) = &actor => {
                let rejection = invalid("/as", FieldRule::Unknown, format!("names no organisation: {actor}"));
                Answer::Known(Box::new(Problem::from(&rejection)))
            }
            Err(error @ (VerbError::Unknown(_) | VerbError::NeedsCaller(_))) => {
                return Err(PlayError::Unreadable(error.to_string()));
            }
        };
        if let Some(name) = &name {
            self.names.expect(name);
        }
        self.on_their_way.push_back(OnItsWay {
            line: number,
            name,
            answer,
        });
        Ok(self.collect_to(ON_THEIR_WAY_MAX)?)
    }

    /// Hands a command in; where the exchange is busy, after what is on its way has been answered.
    fn submit(&mut self, request: Request) -> Result<Receiver<Result<Reply, SubmitError>>, Failure> {
        loop {
            let (sender, receiver) = bounded(1);
            let submitted = self.handle.submit(request.clone(), move |reply| {
                let _ = sender.send(reply);
            });
            match submitted {
                Ok(()) => return Ok(receiver),
                Err(SubmitError::Busy) if !self.on_their_way.is_empty() => self.collect()?,
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn meter(&mut self, number: usize, at: Timestamp, body: Value) -> Result<(), PlayError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Body {
            until: Timestamp,
        }
        let Body { until } =
            serde_json::from_value(body).map_err(|error| PlayError::Unreadable(format!("meter: {error}")))?;
        self.collect()?;
        // Leases start and end by the clock, so that it goes first.
        let tick = Request::new("meter", Command::Tick).at(at);
        self.handle.call(tick)?;
        let (mut reports, mut accepted) = (0, 0);
        for (provider, batch) in meter::reports(&self.handle, until)? {
            reports += batch.len();
            let command = Command::ReportUsage {
                provider,
                reports: batch,
            };
            let request = Request {
                org: Some(provider),
                ..Request::new("meter", command).at(at)
            };
            let reply = self.handle.call(request)?;
            accepted += usize::from(reply.accepted);
        }
        self.end.commands += 1;
        self.end.accepted += 1;
        self.write(&format!(
            r#"{{"line":{number},"ok":{{"reports":{reports},"batches":{accepted}}}}}"#
        ))?;
        Ok(self.results.flush().map_err(written)?)
    }

    /// Writes down all answers, waiting for those that are still to come.
    fn collect(&mut self) -> Result<(), Failure> {
        self.collect_to(0)
    }

    /// Writes down the answers that are there, and waits until at most `most` are still to come. What is durable stands in
    /// the results before anything is waited for, so that a replay that is killed has told what it knew.
    fn collect_to(&mut self, most: usize) -> Result<(), Failure> {
        let mut unflushed = false;
        while let Some(first) = self.on_their_way.front() {
            let answer = match &first.answer {
                Answer::Known(problem) => (false, to_json(problem)?),
                Answer::ToCome(receiver) => match receiver.try_recv() {
                    Ok(reply) => told(reply)?,
                    Err(TryRecvError::Empty) if self.on_their_way.len() <= most => break,
                    Err(TryRecvError::Empty) => {
                        if unflushed {
                            self.results.flush().map_err(written)?;
                            unflushed = false;
                        }
                        told(receiver.recv().map_err(|_| lost())?)?
                    }
                    Err(TryRecvError::Disconnected) => return Err(lost().into()),
                },
            };
            if let Some(OnItsWay { line, name, .. }) = self.on_their_way.pop_front() {
                self.answered(line, name, answer)?;
                unflushed = true;
            }
        }
        if unflushed {
            self.results.flush().map_err(written)?;
        }
        Ok(())
    }

    fn answered(&mut self, line: usize, name: Option<String>, (accepted, text): (bool, String)) -> Result<(), Failure> {
        self.note(name.as_deref(), accepted, &text);
        let name = name.map(|name| to_json(&name)).transpose()?;
        let name = name.map_or_else(String::new, |name| format!(r#""ref":{name},"#));
        let outcome = if accepted { "ok" } else { "problem" };
        self.write(&format!(r#"{{"line":{line},{name}"{outcome}":{text}}}"#))
    }

    fn note(&mut self, name: Option<&str>, accepted: bool, text: &str) {
        let told: Told = if accepted {
            serde_json::from_str(text).unwrap_or_default()
        } else {
            Told::default()
        };
        *(if accepted {
            &mut self.end.accepted
        } else {
            &mut self.end.refused
        }) += 1;
        for fill in &told.fills {
            self.end.fills += 1;
            self.end.leases += 1;
            self.end.card_hours += fill.cards * u64::from(fill.end.hour_floor().since(fill.start.hour_floor()));
            self.end.matched = self.end.matched.plus(fill.charge).unwrap_or_default();
        }
        if let Some(totals) = told.totals {
            self.end.settled = self.end.settled.plus(totals.charge).unwrap_or_default();
            self.end.voucher = self.end.voucher.plus(totals.voucher).unwrap_or_default();
        }
        if let Some(name) = name {
            self.names.resolve(name, told.id);
        }
    }

    fn write(&mut self, line: &str) -> Result<(), Failure> {
        writeln!(self.results, "{line}").map_err(written)
    }

    /// Waits for what is on its way, and writes the totals.
    pub(super) fn finish(&mut self) -> Result<End, Failure> {
        self.collect()?;
        let mut end = std::mem::take(&mut self.end);
        let (balance, hash) = self.handle.inspect(|state| {
            let off = [Unit::Cny, Unit::Cnyv].map(|unit| {
                let (debit, credit) = state.ledger.totals(unit);
                i64::try_from((debit - credit).abs()).unwrap_or(i64::MAX)
            });
            (
                off.iter().fold(0_i64, |sum, off| sum.saturating_add(*off)),
                state_hash(state),
            )
        })?;
        end.trial_balance = Money::from_fen(balance);
        end.state_hash = hash.map_err(|error| Failure::Argument(error.to_string()))?.to_string();
        let text = to_json(&end)?;
        self.write(&format!(r#"{{"end":{text}}}"#))?;
        self.results.flush().map_err(written)?;
        Ok(end)
    }
}

fn told(reply: Result<Reply, SubmitError>) -> Result<(bool, String), SubmitError> {
    reply.map(|reply| (reply.accepted, reply.answer))
}

fn lost() -> SubmitError {
    SubmitError::Stopped("it ended before it answered".to_owned())
}

fn written(source: std::io::Error) -> Failure {
    Failure::Write {
        place: "the results".to_owned(),
        source,
    }
}

fn to_json(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|error| Failure::Argument(error.to_string()))
}

/// Prints the totals.
pub fn print_end(options: &Options, end: &End) {
    let mut summary = crate::cli::output::Summary::default();
    summary.push("commands", end.commands);
    summary.push("  accepted", end.accepted);
    summary.push("  refused", end.refused);
    summary.push("fills", end.fills);
    summary.push("  card-hours let", end.card_hours);
    summary.push("matched, CNY", end.matched);
    summary.push("settled, CNY", end.settled);
    summary.push("  by vouchers, CNY", end.voucher);
    summary.push("trial balance, CNY", end.trial_balance);
    summary.push("state hash", &end.state_hash);
    summary.print(options);
}
