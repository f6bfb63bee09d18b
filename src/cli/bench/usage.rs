//! Usage events, durable: command, checks, metering, journal and rows; HTTP and the reading of JSON left out.

use std::time::Duration;

use clap::Args;

use super::clients::{self, Load};
use super::stock::{self, Stock};
use super::{Failure, Options, funded_orgs, must_all, per_second, print, push_latencies, request};
use crate::app::clock::{Clock, system_now};
use crate::app::exchange::Handle;
use crate::app::request::Request;
use crate::cli::database;
use crate::cli::draw::Draw;
use crate::cli::output::Summary;
use crate::domain::bid::NewAlternative;
use crate::domain::id::{LeaseId, OrgId};
use crate::domain::money::{Money, Price};
use crate::domain::organisation::OrgKind;
use crate::domain::time::Timestamp;
use crate::domain::usage::{Said, UsageEvent};
use crate::engine::Command;
use crate::engine::usage::UsageCommand;
use crate::store;

/// Hours of a lease.
const HOURS: u32 = 90 * 24;
/// Seconds of an event's span: what an agent that is in a hurry would report.
const SPAN_SECONDS: u32 = 10;

/// Measures how fast usage is taken.
#[derive(Debug, Args)]
pub struct Usage {
    /// Events of a batch.
    #[arg(long, default_value_t = 1_000)]
    batch: u32,
    /// Clients that each wait for their answer before they report again.
    #[arg(long, default_value_t = 4)]
    clients: usize,
    /// Seconds to measure.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Leases whose usage is reported in turn.
    #[arg(long, default_value_t = 1_000)]
    leases: u32,
    /// Reports all of it a second time.
    #[arg(long)]
    duplicates: bool,
}

/// Runs the command.
pub fn run(options: &Options, bench: &Usage) -> Result<(), Failure> {
    store::wipe(&database::url(options)?)?;
    let exchange = database::exchange(options, Clock::System)?;
    let handle = exchange.handle();
    let fleet = Fleet::rent(&handle, bench)?;
    let mut batches = 0;
    let load = Load::For {
        clients: bench.clients,
        time: Duration::from_secs(bench.seconds),
    };
    let outcome = clients::run(&handle, load, |_| {
        batches += 1;
        fleet.batch(batches - 1)
    })?;
    let events = outcome.accepted * u64::from(bench.batch);
    let taken = handle.inspect(|state| state.counters.report - 1)?;
    let mut summary = Summary::default();
    summary.push("events", taken);
    summary.push("events per second", per_second(taken, outcome.took));
    summary.push("refused or known", events.saturating_sub(taken));
    summary.push("events of a batch", bench.batch);
    summary.push("clients", bench.clients);
    summary.push("a batch, from asking to the durable answer:", "");
    push_latencies(&mut summary, outcome.times);
    if bench.duplicates {
        let mut again = 0;
        let load = Load::Each { clients: bench.clients };
        let outcome = clients::run(&handle, load, |_| {
            again += 1;
            (again <= batches).then(|| fleet.batch(again - 1)).flatten()
        })?;
        let events = outcome.accepted * u64::from(bench.batch);
        let more = handle.inspect(|state| state.counters.report - 1)? - taken;
        summary.push("duplicates", events - more);
        summary.push("duplicates per second", per_second(events, outcome.took));
    }
    exchange.shut_down();
    print(options, &summary)
}

/// Leases of one provider whose time is over, so that all of it can be reported.
struct Fleet {
    provider: OrgId,
    first: u64,
    leases: u32,
    start: Timestamp,
    now: Timestamp,
    events: u32,
}

impl Fleet {
    fn rent(handle: &Handle, bench: &Usage) -> Result<Fleet, Failure> {
        let start = system_now().hour_ceil();
        let at = |request: Request| request.at(start.timestamp());
        let stock = Stock::open(handle, 1, start)?;
        let provider = first_of(funded_orgs(handle, 1, &[OrgKind::Provider], Money::ZERO)?)?;
        let cash = Money::from_fen(100_000_000_000_000);
        let tenant = first_of(funded_orgs(handle, 1, &[OrgKind::Tenant], cash)?)?;
        let mut draw = Draw::of(1, "bench", "usage");
        let price = Price::from_micros(9_500_000);
        let accelerator = stock.accelerator(&mut draw);
        let listings = (0..bench.leases).map(|_| stock.listing(&mut draw, &[provider], (1, price)));
        must_all(handle, listings.collect::<Vec<_>>())?;
        for _ in 0..bench.leases {
            let alternative = NewAlternative {
                accelerator: accelerator.clone(),
                cards: 8,
                hours: HOURS,
                limit: price,
            };
            let bid = stock::bid(vec![alternative], (start, start.plus(HOURS)));
            handle.call(at(request(Command::PlaceBid { tenant, bid })))?;
        }
        let leases = handle.inspect(|state| state.counters.fill - 1)?;
        Ok(Fleet {
            provider,
            first: 1,
            leases: u32::try_from(leases).unwrap_or(u32::MAX).max(1),
            start: start.timestamp(),
            now: start.plus(HOURS).timestamp(),
            events: bench.batch,
        })
    }

    /// The batch of a number: the next span of one lease after the other.
    fn batch(&self, number: u32) -> Option<Request> {
        let first = number.checked_mul(self.events)?;
        let event = |number: u32| {
            let (lease, span) = (number % self.leases, number / self.leases);
            let from = self.start.plus_seconds(span.checked_mul(SPAN_SECONDS)?);
            Some(UsageEvent {
                source: format!("agent/rack-{}", lease / 16),
                id: format!("{lease}-{span}"),
                lease: LeaseId(self.first + u64::from(lease)),
                said: Said::Span {
                    from,
                    until: from.plus_seconds(SPAN_SECONDS),
                    cards_up: 8,
                    card_seconds: i64::from(8 * SPAN_SECONDS),
                },
                signed: None,
            })
        };
        let events: Option<Vec<UsageEvent>> = (first..first.checked_add(self.events)?).map(event).collect();
        let command = Command::Usage(UsageCommand::Report {
            provider: self.provider,
            events: events?.into(),
            refused: Vec::new(),
        });
        Some(request(command).at(self.now))
    }
}

fn first_of(orgs: Vec<OrgId>) -> Result<OrgId, Failure> {
    let mut orgs = orgs.into_iter();
    orgs.next()
        .ok_or_else(|| Failure::Argument("no organisation was registered".to_owned()))
}
