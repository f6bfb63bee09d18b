//! Whole bids, durable: command, bid, hold, fill, lease, postings and journal, each with an idempotency key.

use std::time::Duration;

use clap::Args;
use sha2::{Digest, Sha256};

use super::clients::{self, Load};
use super::stock::{self, Stock};
use super::{
    Extent, Failure, Options, empty_exchange, funded_orgs, must_all, per_second, print, push_latencies, request,
};
use crate::app::clock::system_now;
use crate::app::request::{IdempotencyKey, Request};
use crate::cli::draw::Draw;
use crate::cli::output::Summary;
use crate::domain::bid::NewAlternative;
use crate::domain::id::OrgId;
use crate::domain::money::{Money, Price};
use crate::domain::organisation::OrgKind;
use crate::engine::Command;

/// Measures the market.
#[derive(Debug, Args)]
pub struct Market {
    #[command(flatten)]
    extent: Extent,
    /// Open listings, of 8 to 64 cards for 90 days.
    #[arg(long, default_value_t = 10_000)]
    listings: u32,
    /// Tenants that bid.
    #[arg(long, default_value_t = 200)]
    tenants: u64,
    /// Vouchers of each tenant, each of another programme.
    #[arg(long, default_value_t = 0)]
    vouchers: u64,
}

/// Runs the command.
pub fn run(options: &Options, bench: &Market) -> Result<(), Failure> {
    let exchange = empty_exchange(options)?;
    let handle = exchange.handle();
    let stock = Stock::open(&handle, 12, system_now().hour_ceil())?;
    let providers = funded_orgs(&handle, 50, &[OrgKind::Provider], Money::ZERO)?;
    let tenants = funded_orgs(
        &handle,
        bench.tenants,
        &[OrgKind::Tenant],
        Money::from_fen(100_000_000_000_000),
    )?;
    let vouchers = bench.tenants.saturating_mul(bench.vouchers);
    stock.grant(&handle, &tenants, (bench.vouchers, vouchers))?;
    let mut draw = Draw::of(1, "bench", "market");
    let listing = |draw: &mut Draw| {
        let terms = (
            draw.between(1, 8),
            Price::from_micros(i64::from(draw.between(800, 1_200)) * 10_000),
        );
        stock.listing(draw, &providers, terms)
    };
    must_all(
        &handle,
        (0..bench.listings).map(|_| listing(&mut draw)).collect::<Vec<_>>(),
    )?;
    let mut bids = 0;
    let load = Load::For {
        clients: bench.extent.clients,
        time: Duration::from_secs(bench.extent.seconds),
    };
    let outcome = clients::run(&handle, load, |_| {
        bids += 1;
        Some(bid(&mut draw, &stock, (&tenants, bids)))
    })?;
    let (fills, reserved) = handle.inspect(|state| {
        let reserved = Money::sum(state.reserved_of.values().copied());
        (state.counters.fill - 1, reserved.unwrap_or_default())
    })?;
    exchange.shut_down();
    let mut summary = Summary::default();
    summary.push("bids", outcome.accepted);
    summary.push("bids per second", per_second(outcome.accepted, outcome.took));
    summary.push("refused", outcome.refused);
    summary.push("fills", fills);
    summary.push("paid by vouchers, CNY", reserved);
    summary.push("clients", bench.extent.clients);
    summary.push("a bid, from asking to the durable answer:", "");
    push_latencies(&mut summary, outcome.times);
    print(options, &summary)
}

/// A bid of 1 to 4 cards for 1 to 24 hours with up to 3 days of play, with an idempotency key of its own.
fn bid(draw: &mut Draw, stock: &Stock, (tenants, number): (&[OrgId], u64)) -> Request {
    let hours = draw.between(1, 24);
    let earliest = stock.start.plus(draw.below(60 * 24));
    let latest = earliest.plus(hours + draw.below(3 * 24));
    let (accelerator, cards, limit) = (
        stock.accelerator(draw),
        draw.between(1, 4),
        Price::from_micros(13_000_000),
    );
    let bid = stock::bid(
        vec![NewAlternative {
            accelerator,
            cards,
            hours,
            limit,
        }],
        (earliest, latest),
    );
    let tenant = tenants[draw.index(tenants.len())];
    let key = format!("bid-{number:012}");
    let body_hash = Sha256::digest(key.as_bytes()).into();
    let key = Some(IdempotencyKey { key, body_hash });
    Request {
        org: Some(tenant),
        key,
        ..request(Command::PlaceBid { tenant, bid })
    }
}
