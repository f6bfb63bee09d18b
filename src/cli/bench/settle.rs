//! Settling very many active leases: time, and memory above that of the state.

use std::time::Instant;

use clap::Args;

use super::stock::{self, Stock};
use super::{Failure, Options, clients, empty_exchange, funded_orgs, per_second, print, request};
use crate::app::clock::system_now;
use crate::app::exchange::Handle;
use crate::app::settlement::{LEASES_AT_ONCE, Pace, SettleError, begin_at, drive};
use crate::cli::draw::Draw;
use crate::cli::output::Summary;
use crate::domain::bid::NewAlternative;
use crate::domain::code::Code;
use crate::domain::id::{LeaseId, OrgId};
use crate::domain::listing::NewListing;
use crate::domain::money::{Money, Price};
use crate::domain::organisation::OrgKind;
use crate::domain::rate::BasisPoints;
use crate::domain::terms::Terms;
use crate::domain::time::Timestamp;
use crate::domain::usage::UsageReport;
use crate::engine::Command;

/// Leases of one listing: each takes one of its cards for a day.
const LEASES_OF_LISTING: u64 = 50_000;
/// Reports of one command.
const REPORTS: u64 = 1_000;
/// Commands of a listing that are in memory at once.
const SLICE: u64 = 10_000;
const HOURS: u32 = 24;

/// Settles the first hour of leases of a day.
#[derive(Debug, Args)]
pub struct Settle {
    /// Active leases, each with an hour of usage that is not settled.
    #[arg(long, default_value_t = 1_000_000)]
    leases: u64,
}

/// Runs the command.
pub fn run(options: &Options, bench: &Settle) -> Result<(), Failure> {
    let exchange = empty_exchange(options)?;
    let handle = exchange.handle();
    let start = system_now().hour_ceil();
    let until = start.plus(1).timestamp();
    let stock = Stock::open(&handle, 1, start)?;
    let began = Instant::now();
    let leases = fill(&handle, &stock, bench.leases)?;
    report(&handle, leases, until)?;
    let prepared = began.elapsed();
    let before = Memory::now();
    Memory::forget_peak();
    let began = Instant::now();
    let reply = handle.call(request(begin_at(until)).at(until))?;
    let pace = Pace {
        at: Some(until),
        ..Pace::default()
    };
    let refused = |error: SettleError| Failure::Refused(error.to_string());
    if !reply.accepted {
        return Err(Failure::Refused(reply.answer));
    }
    drive(&handle, pace).map_err(refused)?;
    let took = began.elapsed();
    let after = Memory::now();
    let settled = handle.inspect(|state| {
        state
            .leases
            .values()
            .filter(|lease| lease.settled.card_seconds > 0)
            .count()
    })?;
    let mut summary = Summary::default();
    summary.push("leases settled", settled);
    summary.push("at once", LEASES_AT_ONCE);
    summary.push("prepared in", format!("{prepared:?}"));
    summary.push("settled in", format!("{took:?}"));
    summary.push("leases a second", per_second(bench.leases, took));
    summary.push("resident before, MiB", before.resident);
    summary.push("most above that, MiB", after.peak.saturating_sub(before.resident));
    exchange.shut_down();
    print(options, &summary)
}

/// What Linux says of this process, in MiB.
struct Memory {
    resident: u64,
    peak: u64,
}

impl Memory {
    fn now() -> Memory {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let figure = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name));
            let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
            kib.unwrap_or_default() / 1_024
        };
        Memory {
            resident: figure("VmRSS:"),
            peak: figure("VmHWM:"),
        }
    }

    /// The peak counts from now on.
    fn forget_peak() {
        let _ = std::fs::write("/proc/self/clear_refs", "5");
    }
}

/// The leases, by provider.
fn fill(handle: &Handle, stock: &Stock, leases: u64) -> Result<Vec<(OrgId, Vec<LeaseId>)>, Failure> {
    let terms = Terms {
        tenant_fee_bps: BasisPoints(50),
        provider_fee_bps: BasisPoints(100),
        ..Terms::default()
    };
    let at = stock.start.timestamp();
    give(handle, at, [Command::SetTerms(terms)])?;
    let listings = leases.div_ceil(LEASES_OF_LISTING);
    let providers = funded_orgs(handle, listings, &[OrgKind::Provider], Money::ZERO)?;
    let tenants = funded_orgs(handle, 1_000, &[OrgKind::Tenant], Money::from_fen(100_000_000_000_000))?;
    let mut draw = Draw::of(1, "bench", "settle");
    let accelerator = stock.accelerator(&mut draw);
    let mut opened = Vec::new();
    let mut left = leases;
    for provider in providers {
        let cards = left.min(LEASES_OF_LISTING);
        left -= cards;
        let first = handle.inspect(|state| state.counters.fill)?;
        let listing = one_island(stock, &accelerator, u32::try_from(cards).unwrap_or(u32::MAX));
        give(handle, at, [Command::OpenListing { provider, listing }])?;
        for slice in (0..cards).step_by(usize::try_from(SLICE).unwrap_or(usize::MAX)) {
            let bids = slice..cards.min(slice + SLICE);
            let commands = bids.zip(tenants.iter().cycle());
            give(
                handle,
                at,
                commands.map(|(_, &tenant)| bid(stock, &accelerator, tenant)),
            )?;
        }
        let next = handle.inspect(|state| state.counters.fill)?;
        opened.push((provider, (first..next).map(LeaseId).collect()));
    }
    Ok(opened)
}

fn one_island(stock: &Stock, accelerator: &Code, cards: u32) -> NewListing {
    NewListing {
        cards_per_island: cards,
        ..stock.plain_listing(accelerator.clone(), Price::from_micros(13_705_000))
    }
}

fn bid(stock: &Stock, accelerator: &Code, tenant: OrgId) -> Command {
    let alternative = NewAlternative {
        accelerator: accelerator.clone(),
        cards: 1,
        hours: HOURS,
        limit: Price::from_micros(14_000_000),
    };
    let window = (stock.start, stock.start.plus(HOURS));
    Command::PlaceBid {
        tenant,
        bid: stock::bid(vec![alternative], window),
    }
}

/// The first hour of each, reported.
fn report(handle: &Handle, leases: Vec<(OrgId, Vec<LeaseId>)>, until: Timestamp) -> Result<(), Failure> {
    let size = usize::try_from(REPORTS).unwrap_or(usize::MAX);
    let one = |lease: &LeaseId| UsageReport {
        source: "bench".to_owned(),
        id: lease.to_string(),
        lease: *lease,
        from: Timestamp::from_micros(until.micros() - 3_600_000_000),
        until,
        cards_up: 1,
        card_seconds: 3_599,
    };
    for (provider, leases) in leases {
        let commands = leases.chunks(size).map(|chunk| Command::ReportUsage {
            provider,
            reports: chunk.iter().map(one).collect(),
        });
        give(handle, until, commands)?;
    }
    Ok(())
}

/// Gives commands at an instant, all of which must be accepted.
fn give(handle: &Handle, at: Timestamp, commands: impl IntoIterator<Item = Command>) -> Result<(), Failure> {
    let commands: Vec<Command> = commands.into_iter().collect();
    let mut waiting = commands.into_iter();
    let told = clients::run(handle, clients::Load::Each { clients: 1_024 }, |_| {
        waiting.next().map(|command| request(command).at(at))
    })?;
    match told.refused {
        0 => Ok(()),
        refused => Err(Failure::Refused(format!(
            "{refused} commands of the set-up were refused"
        ))),
    }
}
