//! All statements of a month: every party's, each as a file for spreadsheets.

use std::time::{Duration, Instant};

use clap::Args;

use super::clients::{self, Load};
use super::restart::resident_mib;
use super::stock::{self, Stock};
use super::{Failure, Options, empty_exchange, funded_orgs, must_all, print, request};
use crate::app::clock::system_now;
use crate::app::exchange::Handle;
use crate::app::report::{Report, ReportError, papers};
use crate::cli::draw::Draw;
use crate::cli::output::Summary;
use crate::cli::{database, replay};
use crate::domain::bid::NewAlternative;
use crate::domain::id::OrgId;
use crate::domain::money::{Money, Price};
use crate::domain::month::Month;
use crate::domain::organisation::OrgKind;
use crate::domain::rate::BasisPoints;
use crate::domain::terms::Terms;
use crate::domain::time::Timestamp;
use crate::engine::Command;
use crate::engine::report::Period;
use crate::engine::report::statement::StatementReport;
use crate::store::report;

/// Measures the statements of a month. A market is let, metered and settled for a month first, which takes longer than they do.
#[derive(Debug, Args)]
pub struct Statements {
    /// Leases of the month.
    #[arg(long, default_value_t = 100_000)]
    leases: u32,
    /// Tenants that take them; a fifth have a voucher.
    #[arg(long, default_value_t = 500)]
    tenants: u64,
    /// Settlements in the month.
    #[arg(long, default_value_t = 4)]
    settlements: u32,
    /// Measures the database as it is.
    #[arg(long)]
    as_it_is: bool,
}

/// Hours that are let: less than any month has.
const LET_HOURS: u32 = 27 * 24;

/// Runs the command.
pub fn run(options: &Options, bench: &Statements) -> Result<(), Failure> {
    let month = Month::of(system_now()).and_then(|month| Month::of(month.until()));
    let month = month.ok_or_else(|| Failure::Argument("the clock is beyond the years that are counted".to_owned()))?;
    if !bench.as_it_is {
        fill(options, bench, month)?;
    }
    measure(options, month)
}

fn fill(options: &Options, bench: &Statements, month: Month) -> Result<(), Failure> {
    let exchange = empty_exchange(options)?;
    let handle = exchange.handle();
    let stock = Stock::open(&handle, 12, month.from().hour_ceil())?;
    let fees = Terms {
        tenant_fee_bps: BasisPoints(50),
        provider_fee_bps: BasisPoints(100),
        ..Terms::default()
    };
    must_all(&handle, [Command::SetTerms(fees)])?;
    let providers = funded_orgs(&handle, 50, &[OrgKind::Provider], Money::ZERO)?;
    let cash = Money::from_fen(100_000_000_000_000);
    let tenants = funded_orgs(&handle, bench.tenants, &[OrgKind::Tenant], cash)?;
    stock.grant(&handle, &tenants, (1, bench.tenants / 5))?;
    let mut draw = Draw::of(1, "bench", "statements");
    let listing = |draw: &mut Draw| {
        let price = Price::from_micros(i64::from(draw.between(800, 1_200)) * 10_000);
        let islands = draw.between(8, 32);
        stock.listing(draw, &providers, (islands, price))
    };
    let listings = bench.leases.div_ceil(20);
    must_all(&handle, (0..listings).map(|_| listing(&mut draw)).collect::<Vec<_>>())?;
    // In slices: so many commands need not be in memory at once.
    for first in (0..bench.leases).step_by(20_000) {
        let slice = first..bench.leases.min(first + 20_000);
        let bids = slice.map(|_| bid(&mut draw, &stock, &tenants));
        give(&handle, bids.collect(), month.from())?;
    }
    for number in 1..=bench.settlements {
        let until = month.from().plus_hours(LET_HOURS * number / bench.settlements);
        let reports = replay::meter::reports(&handle, until)?;
        let reports = reports
            .into_iter()
            .map(|(provider, reports)| Command::ReportUsage { provider, reports });
        give(&handle, reports.collect(), until)?;
        give(&handle, vec![Command::Settle { until, most: None }], until)?;
    }
    exchange.shut_down();
    Ok(())
}

/// A bid of 1 to 4 cards for up to a week, for all or none.
fn bid(draw: &mut Draw, stock: &Stock, tenants: &[OrgId]) -> Command {
    let hours = draw.between(1, 7 * 24);
    let earliest = stock.start.plus(draw.below(LET_HOURS - hours));
    let alternative = NewAlternative {
        accelerator: stock.accelerator(draw),
        cards: draw.between(1, 4),
        hours,
        limit: Price::from_micros(13_000_000),
    };
    let bid = stock::bid(vec![alternative], (earliest, earliest.plus(hours)));
    let tenant = tenants[draw.index(tenants.len())];
    Command::PlaceBid { tenant, bid }
}

/// Gives commands at an instant that is still to come; bids that nothing fits may be refused or rest.
fn give(handle: &Handle, commands: Vec<Command>, at: Timestamp) -> Result<(), Failure> {
    let mut waiting = commands.into_iter();
    clients::run(handle, Load::Each { clients: 1_024 }, |_| {
        waiting.next().map(|command| request(command).at(at))
    })?;
    Ok(())
}

/// What was made.
#[derive(Debug, Default)]
struct Made {
    statements: u64,
    lines: usize,
    leases: usize,
    bytes: usize,
    rendering: Duration,
}

fn measure(options: &Options, month: Month) -> Result<(), Failure> {
    let mut reader = database::reader(options)?;
    reader.hold_still()?;
    let period = Period {
        from: Some(month.from()),
        until: Some(month.until()),
    };
    let began = Instant::now();
    let (names, parties) = (report::names(&mut reader)?, papers::parties(&mut reader)?);
    let mut made = Made::default();
    let every = papers::every(&mut reader, period, |books| {
        let began = Instant::now();
        made.statements += 1;
        made.lines += books.accounts.iter().map(|one| one.lines.len()).sum::<usize>();
        made.leases += books.leases.len();
        let who = parties.named(books.party);
        let statement = StatementReport::new(books, (who.name, who.uscc), &names)?;
        made.bytes += Report::Statement(Box::new(statement)).csv().len();
        made.rendering += began.elapsed();
        Ok(())
    });
    every.map_err(|error| match error {
        ReportError::Load(error) => Failure::Load(error),
        ReportError::Overflow(error) => Failure::Overflow(error),
        other => Failure::Argument(other.to_string()),
    })?;
    let took = began.elapsed();
    let mut summary = Summary::default();
    summary.push("month", month);
    summary.push("statements", made.statements);
    summary.push("leases on them", made.leases);
    summary.push("lines on them", made.lines);
    summary.push("MB of text", made.bytes / 1_000_000);
    summary.push("made in", format!("{took:?}"));
    summary.push("  of which written as text", format!("{:?}", made.rendering));
    summary.push("resident at most, MiB", resident_mib("VmHWM:").unwrap_or_default());
    print(options, &summary)
}
