//! `qiantang bench`: the standard measurements, on a database of their own.

mod clients;
mod http;
mod ledger;
mod log;
mod market;
mod matching;
mod restart;
mod settle;
mod statements;
mod stock;
mod usage;

use std::time::Duration;

use clap::{Args, Subcommand};

use super::failure::Failure;
use super::output::{self, Summary};
use super::{DEFAULT_DATABASE, Options, database};
use crate::app::clock::Clock;
use crate::app::exchange::{Exchange, Handle};
use crate::app::request::Request;
use crate::domain::id::OrgId;
use crate::domain::money::Money;
use crate::domain::organisation::{NewOrganisation, OrgKind};
use crate::domain::uscc::Uscc;
use crate::engine::Command;
use crate::store;

/// Measures this machine. What needs a database EMPTIES it first: var/bench.db unless another one is named.
#[derive(Debug, Subcommand)]
pub enum Bench {
    /// Durable transfers between accounts.
    Ledger(ledger::Ledger),
    /// Whole bids: hold, match, fill, lease, journal, durable.
    Market(market::Market),
    /// The matching core alone, in memory.
    Match(matching::Match),
    /// The whole service over HTTP, in a process of its own.
    Http(http::Http),
    /// How long a large market takes to open, and how much memory.
    Restart(restart::Restart),
    /// Usage events in batches.
    Usage(usage::Usage),
    /// How long it takes to settle very many leases, and how much memory.
    Settle(settle::Settle),
    /// Proofs from a large audit log.
    Log(log::Log),
    /// All statements of a month.
    Statements(statements::Statements),
}

/// How long and how wide a measurement is.
#[derive(Debug, Clone, Copy, Args)]
struct Extent {
    /// Clients that each wait for their answer before they ask again.
    #[arg(long, default_value_t = 1_024)]
    clients: usize,
    /// Seconds to measure.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

/// Runs the command.
pub fn run(options: &Options, bench: &Bench) -> Result<(), Failure> {
    // The database that everybody else uses by default must not be emptied by default.
    let database = match options.database.as_str() {
        DEFAULT_DATABASE => "var/bench.db".to_owned(),
        named => named.to_owned(),
    };
    let options = &Options { database, ..*options };
    match bench {
        Bench::Ledger(bench) => ledger::run(options, bench),
        Bench::Market(bench) => market::run(options, bench),
        Bench::Match(bench) => matching::run(options, bench),
        Bench::Http(bench) => http::run(options, bench),
        Bench::Restart(bench) => restart::run(options, bench),
        Bench::Usage(bench) => usage::run(options, bench),
        Bench::Settle(bench) => settle::run(options, bench),
        Bench::Log(bench) => log::run(options, bench),
        Bench::Statements(bench) => statements::run(options, bench),
    }
}

/// An exchange on an empty database.
fn empty_exchange(options: &Options) -> Result<Exchange, Failure> {
    store::wipe(&database::url(options)?)?;
    database::exchange(options, Clock::System)
}

fn request(command: Command) -> Request {
    Request::new("bench", command)
}

/// Gives many commands that must be accepted, without waiting for each.
fn must_all(handle: &Handle, commands: impl IntoIterator<Item = Command>) -> Result<(), Failure> {
    let commands: Vec<Command> = commands.into_iter().collect();
    let mut waiting = commands.into_iter();
    let refused = clients::run(handle, clients::Load::Each { clients: 1_024 }, |_| {
        waiting.next().map(request)
    })?
    .refused;
    if refused == 0 {
        Ok(())
    } else {
        Err(Failure::Refused(format!(
            "{refused} commands of the set-up were refused"
        )))
    }
}

/// Registers `count` organisations, the first with the identifier 1, and gives each this much cash.
fn funded_orgs(handle: &Handle, count: u64, kinds: &[OrgKind], cash: Money) -> Result<Vec<OrgId>, Failure> {
    let first = handle.inspect(|state| state.counters.org)?;
    let org = |number: u64| {
        let uscc =
            Uscc::from_stem(&format!("91000000{number:09}")).map_err(|error| Failure::Argument(error.to_string()))?;
        let name = format!("organisation {number}");
        Ok(Command::RegisterOrg(NewOrganisation {
            name,
            uscc,
            kinds: kinds.to_vec(),
            owner: None,
        }))
    };
    must_all(
        handle,
        (first..first + count).map(org).collect::<Result<Vec<_>, Failure>>()?,
    )?;
    let orgs: Vec<OrgId> = (first..first + count).map(OrgId).collect();
    if cash.is_positive() {
        let deposit = |&org: &OrgId| Command::Deposit {
            org,
            amount: cash,
            bank_ref: "bench".to_owned(),
        };
        must_all(handle, orgs.iter().map(deposit))?;
    }
    Ok(orgs)
}

/// Sorted durations at a quantile in thousandths.
fn quantile(sorted: &[Duration], per_mille: usize) -> Duration {
    let last = sorted.len().saturating_sub(1);
    sorted.get(last * per_mille / 1_000).copied().unwrap_or_default()
}

/// Adds rate and latencies of a measurement.
fn push_latencies(summary: &mut Summary, mut times: Vec<Duration>) {
    times.sort_unstable();
    for (name, per_mille) in [("  p50", 500), ("  p99", 990), ("  p99.9", 999), ("  most", 1_000)] {
        summary.push(name, format!("{:?}", quantile(&times, per_mille)));
    }
}

fn per_second(count: u64, took: Duration) -> u128 {
    u128::from(count) * 1_000_000 / took.as_micros().max(1)
}

/// Figures go to standard output: they are the result.
fn print(options: &Options, summary: &Summary) -> Result<(), Failure> {
    output::say(&summary.rendered(options.format))
}
