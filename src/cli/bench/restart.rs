//! Opening a database with a large market: time and memory.

use std::time::Instant;

use clap::Args;

use super::stock::{self, Stock};
use super::{Failure, Options, empty_exchange, funded_orgs, must_all, print};
use crate::app::clock::{Clock, system_now};
use crate::cli::database;
use crate::cli::draw::Draw;
use crate::cli::output::Summary;
use crate::domain::bid::NewAlternative;
use crate::domain::id::OrgId;
use crate::domain::money::{Money, Price};
use crate::domain::organisation::OrgKind;
use crate::engine::{Command, State};

/// Measures a restart. The measurement is made by a process of its own, on the database that this one fills.
#[derive(Debug, Args)]
pub struct Restart {
    /// Open listings.
    #[arg(long, default_value_t = 100_000)]
    listings: u32,
    /// Resting bids.
    #[arg(long, default_value_t = 1_000_000)]
    bids: u32,
    /// Programmes.
    #[arg(long, default_value_t = 0)]
    programmes: u64,
    /// Vouchers of these programmes that can still pay.
    #[arg(long, default_value_t = 0, requires = "programmes")]
    vouchers: u64,
    /// Measures the database as it is.
    #[arg(long)]
    as_it_is: bool,
}

/// Runs the command.
pub fn run(options: &Options, bench: &Restart) -> Result<(), Failure> {
    if bench.as_it_is {
        return measure(options);
    }
    fill(options, bench)?;
    let unusable = |error: std::io::Error| Failure::Argument(format!("a process of its own: {error}"));
    let program = std::env::current_exe().map_err(unusable)?;
    let arguments = ["--database", &options.database, "bench", "restart", "--as-it-is"];
    let status = std::process::Command::new(program)
        .args(arguments)
        .status()
        .map_err(unusable)?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::Argument(format!("the measuring process ended with {status}")))
    }
}

fn measure(options: &Options) -> Result<(), Failure> {
    let began = Instant::now();
    let exchange = database::exchange(options, Clock::System)?;
    let took = began.elapsed();
    let counts = |state: &State| {
        let (listings, bids) = (state.book.listings().count(), state.book.bids().count());
        (listings, bids, state.programmes.len(), state.vouchers.len())
    };
    let (listings, bids, programmes, vouchers) = exchange.handle().inspect(counts)?;
    let mut summary = Summary::default();
    summary.push("open listings", listings);
    summary.push("resting bids", bids);
    summary.push("programmes", programmes);
    summary.push("vouchers", vouchers);
    summary.push("opened in", format!("{took:?}"));
    summary.push("resident, MiB", resident_mib("VmRSS:").unwrap_or_default());
    exchange.shut_down();
    print(options, &summary)
}

/// What Linux says of this process's memory, by the name of the line.
pub(super) fn resident_mib(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with(name))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1_024)
}

fn fill(options: &Options, bench: &Restart) -> Result<(), Failure> {
    let exchange = empty_exchange(options)?;
    let handle = exchange.handle();
    let stock = Stock::open(&handle, usize::MAX, system_now().hour_ceil())?;
    let providers = funded_orgs(&handle, 200, &[OrgKind::Provider], Money::ZERO)?;
    let tenants = funded_orgs(&handle, 1_000, &[OrgKind::Tenant], Money::from_fen(100_000_000_000_000))?;
    stock.grant(&handle, &tenants, (bench.programmes, bench.vouchers))?;
    let mut draw = Draw::of(1, "bench", "restart");
    let listing = |draw: &mut Draw| {
        let ask = Price::from_micros(i64::from(draw.between(1_000, 2_000)) * 10_000);
        let terms = (draw.weighted([(8, 1), (2, 2)]), ask);
        stock.listing(draw, &providers, terms)
    };
    must_all(
        &handle,
        (0..bench.listings).map(|_| listing(&mut draw)).collect::<Vec<_>>(),
    )?;
    // In slices: a million commands need not be in memory at once.
    for first in (0..bench.bids).step_by(50_000) {
        let slice = first..bench.bids.min(first + 50_000);
        must_all(&handle, slice.map(|_| bid(&mut draw, &stock, &tenants)))?;
    }
    exchange.shut_down();
    Ok(())
}

/// A bid below every ask, so that it rests.
fn bid(draw: &mut Draw, stock: &Stock, tenants: &[OrgId]) -> Command {
    let hours = draw.between(1, 24);
    let alternative = |draw: &mut Draw| NewAlternative {
        accelerator: stock.accelerator(draw),
        cards: draw.between(1, 16),
        hours,
        limit: Price::from_micros(i64::from(draw.between(100, 900)) * 10_000),
    };
    let alternatives = (0..draw.between(1, 3)).map(|_| alternative(draw)).collect();
    let window = (
        stock.start.plus(draw.below(1_000)),
        stock.start.plus(1_100 + draw.below(500)),
    );
    let tenant = tenants[draw.index(tenants.len())];
    Command::PlaceBid {
        tenant,
        bid: stock::bid(alternatives, window),
    }
}
