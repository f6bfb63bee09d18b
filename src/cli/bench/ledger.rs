//! Durable transfers, in batches or one by one, spread evenly or on one hot account; with account history.

use std::time::Duration;

use clap::Args;

use super::clients::{self, Load};
use super::{Extent, Failure, Options, empty_exchange, funded_orgs, per_second, print, push_latencies, request};
use crate::cli::draw::Draw;
use crate::cli::output::Summary;
use crate::domain::account::AccountKey;
use crate::domain::id::OrgId;
use crate::domain::money::Money;
use crate::domain::organisation::OrgKind;
use crate::engine::Command;

/// Measures the ledger.
#[derive(Debug, Args)]
pub struct Ledger {
    #[command(flatten)]
    extent: Extent,
    /// Transfers in one command; they commit or fail as one.
    #[arg(long, default_value_t = 1)]
    batch: usize,
    /// Accounts between which money moves.
    #[arg(long, default_value_t = 10_000)]
    accounts: u64,
    /// Every transfer touches one and the same account.
    #[arg(long)]
    hot: bool,
}

/// Runs the command.
pub fn run(options: &Options, bench: &Ledger) -> Result<(), Failure> {
    let exchange = empty_exchange(options)?;
    let handle = exchange.handle();
    let orgs = funded_orgs(
        &handle,
        bench.accounts.max(2),
        &[OrgKind::Tenant],
        Money::from_fen(1_000_000_000_000),
    )?;
    let mut draw = Draw::of(1, "bench", "ledger");
    let load = Load::For {
        clients: bench.extent.clients,
        time: Duration::from_secs(bench.extent.seconds),
    };
    let outcome = clients::run(&handle, load, |_| {
        let transfers = (0..bench.batch)
            .map(|_| transfer(&mut draw, &orgs, bench.hot))
            .collect();
        Some(request(Command::Post { transfers }))
    })?;
    exchange.shut_down();
    let transfers = outcome.accepted * u64::try_from(bench.batch).unwrap_or(0);
    let mut summary = Summary::default();
    summary.push("transfers", transfers);
    summary.push("transfers per second", per_second(transfers, outcome.took));
    summary.push("refused", outcome.refused);
    summary.push("clients", bench.extent.clients);
    summary.push("transfers in a command", bench.batch);
    summary.push("a command, from asking to the durable answer:", "");
    push_latencies(&mut summary, outcome.times);
    print(options, &summary)
}

fn transfer(draw: &mut Draw, orgs: &[OrgId], hot: bool) -> (AccountKey, AccountKey, Money) {
    let from = if hot { 0 } else { draw.index(orgs.len()) };
    let other = draw.index(orgs.len() - 1);
    let to = if other >= from { other + 1 } else { other };
    let amount = Money::from_fen(i64::from(draw.between(1, 100)));
    (AccountKey::Cash(orgs[from]), AccountKey::Cash(orgs[to]), amount)
}
