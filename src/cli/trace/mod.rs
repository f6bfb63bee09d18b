//! `qiantang trace`: public cluster traces as flows.

mod nodes;
mod openb;
mod philly;
mod table;

use std::path::PathBuf;

use clap::{Args, Subcommand};

pub use self::table::TraceError;
use super::Options;
use super::failure::Failure;
use super::market::{self, Ingredients, Node};
use super::output::{self, Summary};
use super::seeds::Seeds;
use crate::domain::organisation::OrgKind;
use crate::domain::time::Timestamp;

/// Where a trace's own time zero lies: 2026-12-01T00:00:00Z.
const START: Timestamp = Timestamp::from_micros(1_796_083_200_000_000);

const SYNTHESISED: &str = "\
What a trace does not say is drawn from --seed with splitmix64; same files and same seed give the same flow to the byte.
Synthesised: who provides (30 made-up organisations), at which of their two sites; asks (80-120 % of the reference price in
seeds/prices.csv, which is itself partly worked out or assumed); lots, shortest leases, promised fault rates; one listing in
ten opens late. Limits (90-130 % of the reference price by urgency, now and then 70-84 %), windows (from the next whole hour,
with slack by urgency), placement by cards (1 anywhere; 2-8 mostly one island; more one site), time in force, partial fills,
named sites, cancels. Deposits (weekly, 60 % of what the week's bids could hold at once; one week in twelve 10 %, so that some
bids are refused), vouchers of Hangzhou's programme for four tenants in five. Usage is reported and settled daily at 16:00 UTC,
midnight in Hangzhou; the replay reports it on behalf of the providers.
A trace's time zero becomes 2026-12-01T00:00:00Z. Run times are rounded up to whole hours, 1 to 720.";

const OPENB: &str = "\
Alibaba cluster-trace-gpu-v2023. Pods without cards are skipped and counted. A pod that asks for a part of a card gets a whole
one. A pod that was never scheduled has no run time: one hour. gpu_spec alternatives become alternatives of the bid; without
them, one to three neighbours in price among the common models on offer. Best-effort pods (qos BE) can wait, services (LS)
hardly; the trace names no users: pods fall to 40 made-up tenants by qos and name.";

const PHILLY: &str = "\
Microsoft Philly. Virtual clusters are the tenants. The trace names no card model: alternatives are one to three neighbours
in price among the common models of the node lists.";

/// Turns public cluster traces into flows.
#[derive(Debug, Subcommand)]
pub enum Trace {
    /// Alibaba cluster-trace-gpu-v2023: a node list and a pod list.
    #[command(long_about = format!("Turns Alibaba's node and pod lists into a flow.\n\n{OPENB}\n\n{SYNTHESISED}"))]
    Openb {
        #[command(flatten)]
        supply: Supply,
        /// The pod list.
        #[arg(long, value_name = "FILE")]
        pods: PathBuf,
    },
    /// Microsoft Philly: a job list, on any node list.
    #[command(long_about = format!("Turns Philly's jobs into a flow.\n\n{PHILLY}\n\n{SYNTHESISED}"))]
    Philly {
        #[command(flatten)]
        supply: Supply,
        /// The job list.
        #[arg(long, value_name = "FILE")]
        jobs: PathBuf,
    },
}

/// Where the cards come from and where the flow goes.
#[derive(Debug, Args)]
pub struct Supply {
    /// A node list: openb's (sn, …, gpu, model) or the 2026 trace's (gpu_model, gpu_capacity_num, …).
    #[arg(long, value_name = "FILE")]
    nodes: PathBuf,
    /// One more node list, of either kind.
    #[arg(long, value_name = "FILE")]
    extra_nodes: Vec<PathBuf>,
    /// How much of the node lists is on offer; the rest is taken to be in its owners' own use.
    #[arg(long, value_name = "PERCENT", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100))]
    offered: u32,
    #[command(flatten)]
    making: output::Making,
}

/// What was met while a trace was read.
#[derive(Debug, Clone, Copy, Default)]
struct TraceNotes {
    read: usize,
    without_cards: usize,
    fractional: usize,
    never_ran: usize,
    capped: usize,
}

/// Runs the command.
pub fn run(options: &Options, trace: &Trace) -> Result<(), Failure> {
    let seeds = Seeds::load()?;
    let (supply, tenants, requests, notes) = match trace {
        Trace::Openb { supply, pods } => {
            let tenants = seeds.organisations_of(OrgKind::Tenant);
            let (requests, notes) = openb::read(&seeds, pods, supply.making.seed, tenants.len())?;
            (supply, tenants, requests, notes)
        }
        Trace::Philly { supply, jobs } => {
            let philly = philly::read(jobs, supply.making.seed)?;
            (supply, philly.tenants, philly.requests, philly.notes)
        }
    };
    let ingredients = Ingredients {
        seed: supply.making.seed,
        start: START,
        nodes: nodes_on_offer(&seeds, supply)?,
        providers: seeds.organisations_of(OrgKind::Provider),
        tenants,
        requests,
        programmes: vec![seeds.city_programme.clone()],
        present: None,
    };
    let (lines, figures) = market::flow(&seeds, &ingredients)?;
    output::write_flow(&supply.making, &lines)?;
    let mut summary = Summary::of(figures, lines.len());
    summary.push("trace lines read", notes.read);
    summary.push("  skipped: no cards wanted", notes.without_cards);
    summary.push("  part of a card, made one card", notes.fractional);
    summary.push("  never scheduled, made one hour", notes.never_ran);
    summary.push("  longer than 720 hours, cut to that", notes.capped);
    summary.print(options);
    Ok(())
}

/// The share on offer, spread evenly over the lists.
fn nodes_on_offer(seeds: &Seeds, supply: &Supply) -> Result<Vec<Node>, TraceError> {
    let mut nodes = nodes::read(seeds, &supply.nodes)?;
    for path in &supply.extra_nodes {
        nodes.extend(nodes::read(seeds, path)?);
    }
    let mut share = 0;
    nodes.retain(|_| {
        share += supply.offered;
        let offered = share >= 100;
        share %= 100;
        offered
    });
    Ok(nodes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traces_start_where_the_help_says() {
        assert_eq!(START.to_string(), "2026-12-01T00:00:00Z");
    }
}
