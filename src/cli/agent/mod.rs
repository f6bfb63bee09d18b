//! `qiantang agent`: looks at a provider's cards through Prometheus exporters and reports usage.
//!
//! Each round it looks at every endpoint ([`exposition`], [`exporter`]), makes events of what was delivered since the last look
//! ([`watch`]), signs them ([`sign`]), writes them down ([`spool`]), and sends what waits ([`post`]). Whatever fails is tried again next
//! round; what was not seen is not reported.

mod config;
mod exporter;
mod exposition;
mod post;
mod sign;
mod spool;
mod watch;

use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use self::config::{Config, Endpoint};
use self::post::{Answer, Lines, Rejected, Taken};
use self::sign::Signer;
use self::spool::{Spool, Waiting};
use self::watch::{Memory, Seen};
use super::failure::Failure;
use super::output;
use crate::app::clock::system_now;
use crate::app::request::SubmitError;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;

/// Reports usage: looks at cards through Prometheus exporters and sends signed events to an exchange.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Agent {
    /// What the agent does (TOML).
    #[arg(long, value_name = "FILE", required = true)]
    config: Option<PathBuf>,
    /// Looks once, sends what waits, and ends: for cron.
    #[arg(long)]
    once: bool,
    #[command(subcommand)]
    command: Option<AgentCommand>,
}

/// What else the agent does.
#[derive(Debug, Subcommand)]
enum AgentCommand {
    /// Makes a key that signs events, and prints its public half.
    Key(Key),
}

/// Where the key goes.
#[derive(Debug, Args)]
struct Key {
    /// The file of the key; it must not be there yet.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// The rule by which an exchange refuses what its clock has not reached: our clock is ahead, and later it is right.
const FUTURE: &str = "future";

/// Runs the command.
pub fn run(agent: &Agent) -> Result<(), Failure> {
    if let Some(AgentCommand::Key(key)) = &agent.command {
        return output::say(&sign::make(&key.out)?);
    }
    let needed = || Failure::Argument("--config is needed".to_owned());
    let config = Config::read(agent.config.as_ref().ok_or_else(needed)?)?;
    let mut watcher = Watcher::open(config)?;
    if agent.once {
        return watcher.round()?.end();
    }
    let interval = Duration::from_secs(u64::from(watcher.config.interval_seconds));
    loop {
        let started = Instant::now();
        watcher.round()?;
        std::thread::sleep(interval.saturating_sub(started.elapsed()));
    }
}

/// What came of a round.
#[derive(Debug, Default)]
struct Round {
    refused: usize,
    silent: Option<String>,
}

impl Round {
    fn end(self) -> Result<(), Failure> {
        match self {
            Round {
                silent: Some(reason), ..
            } => Err(SubmitError::NotRecorded(reason).into()),
            Round { refused: 0, .. } => Ok(()),
            Round { refused, .. } => Err(Failure::Refused(format!(
                "{refused} events were refused; see refused.jsonl"
            ))),
        }
    }
}

struct Watcher {
    config: Config,
    signer: Option<Signer>,
    lines: Lines,
    spool: Spool,
    memory: Memory,
    started: Instant,
}

impl Watcher {
    fn open(config: Config) -> Result<Watcher, Failure> {
        let wrong = |place: &PathBuf, reason: String| Failure::Argument(format!("{}: {reason}", place.display()));
        let file = &config.api_key_file;
        let api_key = std::fs::read_to_string(file).map_err(|error| wrong(file, error.to_string()))?;
        let lines = Lines::new(&config.exchange, Secret::new(api_key.trim()), &config.authorities);
        let signing = config.signing_key_file.as_ref();
        let signer = match (signing, config.agent_key.clone()) {
            (Some(file), Some(key)) => Some(Signer::read(file, key)?),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => {
                let needed = "signing_key_file and agent_key come together";
                return Err(Failure::Argument(needed.to_owned()));
            }
        };
        let mut spool = Spool::open(&config.spool).map_err(|error| wrong(&config.spool, error.to_string()))?;
        let mut memory = spool.memory();
        let waiting = spool
            .waiting()
            .map_err(|error| wrong(&config.spool, error.to_string()))?;
        for line in &waiting {
            // What waits was written by this program.
            let event: Value = serde_json::from_str(line).unwrap_or_default();
            let text = |name: &str| event["data"][name].as_str().unwrap_or_default().to_owned();
            let noted: Option<(_, Timestamp)> = text("lease").parse().ok().zip(text("until").parse().ok());
            if let Some((lease, until)) = noted {
                memory.note(lease, until);
            }
        }
        Ok(Watcher {
            config,
            signer,
            lines,
            spool,
            memory,
            started: Instant::now(),
        })
    }

    /// Looks at every endpoint, writes down what is to be reported, and sends what waits.
    fn round(&mut self) -> Result<Round, Failure> {
        let place = self.config.spool.display().to_string();
        let failed = |source: io::Error| Failure::Write {
            place: place.clone(),
            source,
        };
        let looks: Vec<(String, Option<Seen>)> = self
            .config
            .endpoints
            .iter()
            .map(|endpoint| (endpoint.name.clone(), self.look(endpoint)))
            .collect();
        let mut events = Vec::new();
        for (endpoint, seen) in looks {
            let leases = self.config.leases.iter().filter(|leased| leased.endpoint == endpoint);
            let told = (leases, self.config.gap(), self.config.source.as_str());
            let reports = self.memory.look(&endpoint, seen, told);
            events.extend(reports.iter().map(|report| sign::event(report, self.signer.as_ref())));
        }
        self.spool.append(&events).map_err(failed)?;
        self.spool.remember(&self.memory).map_err(failed)?;
        self.send().map_err(failed)
    }

    /// The cards that are there and well; none where that cannot be seen.
    fn look(&self, endpoint: &Endpoint) -> Option<Seen> {
        // Whole seconds: card-seconds are counted in these.
        let at = Timestamp::from_micros(system_now().micros().div_euclid(1_000_000) * 1_000_000);
        let passed = Some(self.started.elapsed());
        let name = &endpoint.name;
        let text = self.lines.metrics(&endpoint.url);
        let text = text
            .map_err(|error| tracing::warn!(endpoint = name, %error, "an exporter tells nothing"))
            .ok()?;
        let samples = exposition::samples(&text);
        let samples = samples
            .map_err(|error| tracing::warn!(endpoint = name, %error, "an exporter tells something else"))
            .ok()?;
        let exporter = self.config.exporters.get(&endpoint.exporter)?;
        let well = exporter.well(&samples);
        if well.is_none() {
            tracing::warn!(endpoint = name, metric = exporter.present, "an exporter shows no card");
        }
        well.map(|well| Seen { at, well, passed })
    }

    /// Sends what waits until there is no more, or no answer.
    fn send(&mut self) -> io::Result<Round> {
        let mut round = Round::default();
        while let Some(waiting) = self.spool.next()? {
            match self.lines.send(&waiting.lines) {
                Ok(Answer::Taken(taken)) => {
                    let Taken {
                        accepted, duplicates, ..
                    } = taken;
                    tracing::info!(accepted, duplicates, refused = taken.rejected.len(), "events were sent");
                    let is_early = self.keep(&waiting, &taken.rejected, &mut round)?;
                    self.spool.acknowledge(&waiting)?;
                    if is_early {
                        break;
                    }
                }
                Ok(Answer::Refused(detail)) => {
                    tracing::error!(
                        detail,
                        events = waiting.lines.len(),
                        "the exchange refuses events as a whole"
                    );
                    self.spool.keep_refused(&waiting.lines)?;
                    round.refused += waiting.lines.len();
                    self.spool.acknowledge(&waiting)?;
                }
                Err(error) => {
                    tracing::warn!(%error, "events wait: the exchange gives no answer");
                    round.silent = Some(error.to_string());
                    break;
                }
            }
        }
        Ok(round)
    }

    /// Keeps what was refused, with why; what came too early goes to the end of what waits. Says whether something did.
    fn keep(&mut self, waiting: &Waiting, rejected: &[Rejected], round: &mut Round) -> io::Result<bool> {
        let (early, wrong): (Vec<&Rejected>, Vec<&Rejected>) = rejected.iter().partition(|one| one.code == FUTURE);
        let line = |one: &Rejected| waiting.lines.get(one.index).cloned().unwrap_or_default();
        let mut kept = Vec::with_capacity(wrong.len());
        for one in wrong {
            let event = line(one);
            tracing::error!(code = one.code, detail = one.detail, event, "an event was refused");
            kept.push(json!({"code": one.code, "detail": one.detail, "event": event}).to_string());
        }
        round.refused += kept.len();
        if !kept.is_empty() {
            self.spool.keep_refused(&kept)?;
        }
        if !early.is_empty() {
            tracing::warn!(
                events = early.len(),
                "events are ahead of the exchange's clock: set ours"
            );
        }
        let early: Vec<String> = early.into_iter().map(line).collect();
        self.spool.append(&early)?;
        Ok(!early.is_empty())
    }
}
