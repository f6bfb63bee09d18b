//! The matching core alone, in memory: limit orders and cancels in one window, and bids over a busy calendar.

use std::time::{Duration, Instant};

use clap::Args;

use super::{Failure, Options, per_second, print, push_latencies};
use crate::cli::output::Summary;
use crate::engine::matching::Book;
use crate::engine::matching::cover::PlainCost;
use crate::engine::matching::workload::{self, NOW};

/// Measures the matching core.
#[derive(Debug, Args)]
pub struct Match {
    /// Limit orders, and as many cancels, of the plain flow.
    #[arg(long, default_value_t = 1_000_000)]
    orders: u64,
    /// Orders that rest in the plain flow.
    #[arg(long, default_value_t = 1_000)]
    resting: usize,
    /// Listings of the calendar flow.
    #[arg(long, default_value_t = 100_000)]
    listings: u64,
    /// Bids of the calendar flow.
    #[arg(long, default_value_t = 20_000)]
    bids: usize,
}

/// Runs the command.
pub fn run(options: &Options, bench: &Match) -> Result<(), Failure> {
    let mut summary = Summary::default();
    plain(bench, &mut summary);
    calendar(bench, &mut summary);
    print(options, &summary)
}

/// Once as fast as it goes, for the rate; once with each operation timed, for the latencies.
fn plain(bench: &Match, summary: &mut Summary) {
    let steps = || workload::plain_flow(bench.orders, bench.resting, 7).collect::<Vec<_>>();
    let mut book = Book::new();
    let flow = steps();
    let count = u64::try_from(flow.len()).unwrap_or(0);
    let began = Instant::now();
    let parts: usize = flow.into_iter().map(|step| workload::play(&mut book, step)).sum();
    let took = began.elapsed();
    let mut book = Book::new();
    let mut times = Vec::with_capacity(2_000_000);
    for step in steps() {
        let began = Instant::now();
        workload::play(&mut book, step);
        times.push(began.elapsed());
    }
    summary.push("plain flow: operations", count);
    summary.push("  operations per second", per_second(count, took));
    summary.push("  parts matched", parts);
    push_latencies(summary, times);
}

fn calendar(bench: &Match, summary: &mut Summary) {
    let mut flow = workload::calendar_flow(bench.listings, 7);
    let mut book = flow.book();
    let bids: Vec<_> = (0..bench.bids).map(|_| flow.bid()).collect();
    let mut found: usize = 0;
    let times: Vec<Duration> = bids
        .iter()
        .map(|bid| {
            let began = Instant::now();
            found += usize::from(book.best_cover(bid, NOW, &PlainCost).is_some());
            began.elapsed()
        })
        .collect();
    summary.push("calendar flow: listings", bench.listings);
    summary.push("  bids", bench.bids);
    summary.push("  covers found", found);
    push_latencies(summary, times);
}
