//! Proofs from a large log: how long they take, and how long its tree takes to open.

use std::time::{Duration, Instant};

use clap::Args;

use super::{Failure, Options, per_second, print, quantile};
use crate::app::clock::system_now;
use crate::app::log::view::{ConsistencyQuery, InclusionQuery, consistency, inclusion};
use crate::app::readers::{PooledReader, ReadError};
use crate::cli::database;
use crate::cli::draw::Draw;
use crate::cli::output::Summary;
use crate::store::journal::JournalRow;
use crate::store::{self, Batch, Writer, log};

/// Leaves of one commit.
const BATCH: i64 = 8_192;
/// How long the leaves of a market are, more or less, in bytes.
const LEAF_BYTES: usize = 300;

/// Measures proofs: each is made and checked, as the API does it.
#[derive(Debug, Args)]
pub struct Log {
    /// Leaves.
    #[arg(long, default_value_t = 10_000_000)]
    leaves: i64,
    /// Proofs of each kind.
    #[arg(long, default_value_t = 1_000)]
    proofs: u32,
    /// Measures the database as it is.
    #[arg(long)]
    as_it_is: bool,
}

/// Runs the command.
pub fn run(options: &Options, bench: &Log) -> Result<(), Failure> {
    let url = database::url(options)?;
    let mut summary = Summary::default();
    if !bench.as_it_is {
        store::wipe(&url)?;
        database::migrate(options)?;
        let began = Instant::now();
        fill(&mut Writer::open(&url, "bench", system_now())?, bench.leaves)?;
        let count = bench.leaves.unsigned_abs();
        summary.push("leaves written per second", per_second(count, began.elapsed()));
    }
    let began = Instant::now();
    let writer = Writer::open(&url, "bench", system_now())?;
    summary.push("opened in", format!("{:?}", began.elapsed()));
    drop(writer);
    let mut pooled = PooledReader::open(&url)?;
    let size = log::size(&mut pooled.reader)?;
    summary.push("leaves", size);
    let unread = |error: ReadError| Failure::Argument(error.to_string());
    let mut draw = Draw::of(1, "bench", "log");
    let mut any = |most: u64| draw.bits() % most.max(1) + 1;
    let (mut inclusions, mut consistencies) = (Vec::new(), Vec::new());
    for _ in 0..bench.proofs {
        let seq = any(size);
        let query = InclusionQuery { seq, size: Some(size) };
        inclusions.push(timed(|| inclusion(&mut pooled, &query).map_err(unread))?);
        let (from, to) = (any(size), Some(size));
        let query = ConsistencyQuery { from, to };
        consistencies.push(timed(|| consistency(&mut pooled, &query).map_err(unread))?);
    }
    summary.push("proofs of each kind", bench.proofs);
    push(
        &mut summary,
        ["inclusion, p50", "inclusion, p99", "inclusion, most"],
        inclusions,
    );
    push(
        &mut summary,
        ["consistency, p50", "consistency, p99", "consistency, most"],
        consistencies,
    );
    print(options, &summary)
}

fn push(summary: &mut Summary, names: [&'static str; 3], mut times: Vec<Duration>) {
    times.sort_unstable();
    for (name, per_mille) in names.into_iter().zip([500, 990, 1_000]) {
        summary.push(name, format!("{:?}", quantile(&times, per_mille)));
    }
}

fn timed<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<Duration, Failure> {
    let began = Instant::now();
    work()?;
    Ok(began.elapsed())
}

fn fill(writer: &mut Writer, leaves: i64) -> Result<(), Failure> {
    let mut next = 1;
    while next <= leaves {
        let last = leaves.min(next + BATCH - 1);
        let leaf = |seq: i64| JournalRow {
            seq,
            command_seq: seq,
            kind: "bench".to_owned(),
            body: format!("{seq:0LEAF_BYTES$}").into_bytes(),
        };
        let batch = Batch {
            journal: (next..=last).map(leaf).collect(),
            ..Batch::default()
        };
        writer
            .commit(&batch)
            .map_err(|error| Failure::Argument(error.to_string()))?;
        next = last + 1;
    }
    Ok(())
}
