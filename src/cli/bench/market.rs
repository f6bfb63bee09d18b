//! Whole bids, durable: command, bid, hold, fill, lease, postings and journal, each with an idempotency key.

use std::time::Duration;

use clap::Args;
use sha2::{Digest, Sha256};

use super::clients::{self, Load};
use super::{
    Extent, Failure, Options, empty_exchange, funded_orgs, must_all, per_second, print, push_latencies, request,
};
use crate::app::clock::system_now;
use crate::app::request::{IdempotencyKey, Request};
use crate::cli::draw::Draw;
use crate::cli::output::Summary;
use crate::cli::seeds::Seeds;
use crate::domain::bid::{FillRule, NewAlternative, NewBid, Placement, TimeInForce, VoucherPolicy};
use crate::domain::code::Code;
use crate::domain::id::OrgId;
use crate::domain::listing::{ListingMode, NewListing, Sla};
use crate::domain::money::{Money, Price};
use crate::domain::organisation::OrgKind;
use crate::domain::rate::Fraction;
use crate::domain::time::Hour;
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
}

/// Runs the command.
pub fn run(options: &Options, bench: &Market) -> Result<(), Failure> {
    let exchange = empty_exchange(options)?;
    let handle = exchange.handle();
    let seeds = Seeds::load()?;
    must_all(
        &handle,
        seeds.accelerators.iter().cloned().map(Command::DefineAccelerator),
    )?;
    must_all(&handle, seeds.sites.iter().cloned().map(Command::DefineSite))?;
    let providers = funded_orgs(&handle, 50, &[OrgKind::Provider], Money::ZERO)?;
    let tenants = funded_orgs(
        &handle,
        bench.tenants,
        &[OrgKind::Tenant],
        Money::from_fen(100_000_000_000_000),
    )?;
    let start = system_now().hour_ceil();
    let mut draw = Draw::of(1, "bench", "market");
    let mut world = World {
        seeds: &seeds,
        start,
        tenants: &tenants,
        bids: 0,
    };
    let listings: Vec<Command> = (0..bench.listings)
        .map(|_| world.listing(&mut draw, &providers))
        .collect();
    must_all(&handle, listings)?;
    let load = Load::For {
        clients: bench.extent.clients,
        time: Duration::from_secs(bench.extent.seconds),
    };
    let outcome = clients::run(&handle, load, |_| Some(world.bid(&mut draw)))?;
    let fills = handle.inspect(|state| state.counters.fill - 1)?;
    exchange.shut_down();
    let mut summary = Summary::default();
    summary.push("bids", outcome.accepted);
    summary.push("bids per second", per_second(outcome.accepted, outcome.took));
    summary.push("refused", outcome.refused);
    summary.push("fills", fills);
    summary.push("clients", bench.extent.clients);
    summary.push("a bid, from asking to the durable answer:", "");
    push_latencies(&mut summary, outcome.times);
    print(options, &summary)
}

struct World<'a> {
    seeds: &'a Seeds,
    start: Hour,
    tenants: &'a [OrgId],
    bids: u64,
}

impl World<'_> {
    fn accelerator(&self, draw: &mut Draw) -> Code {
        self.seeds.accelerators[draw.index(12)].code.clone()
    }

    fn listing(&self, draw: &mut Draw, providers: &[OrgId]) -> Command {
        let listing = NewListing {
            site: self.seeds.sites[draw.index(self.seeds.sites.len())].code.clone(),
            accelerator: self.accelerator(draw),
            islands: draw.between(1, 8),
            cards_per_island: 8,
            from: self.start,
            until: self.start.plus(90 * 24),
            ask: Price::from_micros(i64::from(draw.between(800, 1_200)) * 10_000),
            lot_cards: 1,
            min_hours: 1,
            max_hours: 90 * 24,
            mode: ListingMode::Book,
            sla: Sla {
                max_fault_rate: Fraction::from_ppm(1_000),
                credit_rate: Fraction::from_ppm(1_000_000),
            },
            maintenance: Vec::new(),
        };
        Command::OpenListing {
            provider: providers[draw.index(providers.len())],
            listing,
        }
    }

    fn bid(&mut self, draw: &mut Draw) -> Request {
        let hours = draw.between(1, 24);
        let earliest = self.start.plus(draw.below(60 * 24));
        let bid = NewBid {
            alternatives: vec![NewAlternative {
                accelerator: self.accelerator(draw),
                cards: draw.between(1, 4),
                hours,
                limit: Price::from_micros(13_000_000),
            }],
            earliest,
            latest: earliest.plus(hours + draw.below(3 * 24)),
            fill: FillRule::AllOrNone,
            placement: Placement::Any,
            sites: None,
            domestic_only: false,
            max_fault_rate: None,
            tif: TimeInForce::Gtc,
            voucher: VoucherPolicy::Auto,
            purpose: None,
        };
        let tenant = self.tenants[draw.index(self.tenants.len())];
        self.bids += 1;
        let key = format!("bid-{:012}", self.bids);
        let body_hash = Sha256::digest(key.as_bytes()).into();
        let key = Some(IdempotencyKey { key, body_hash });
        Request {
            org: Some(tenant),
            key,
            ..request(Command::PlaceBid { tenant, bid })
        }
    }
}
