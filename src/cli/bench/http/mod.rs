//! The whole service, over HTTP, in a process of its own beside the load generator.

mod connection;
mod load;
mod process;
mod setting;

use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use sha2::{Digest, Sha256};

use self::connection::request;
use self::load::{Outcome, Stream};
use self::process::Process;
use self::setting::Setting;
use super::{Failure, Options, per_second, print, push_latencies};
use crate::cli::draw::Draw;
use crate::cli::output::Summary;
use crate::domain::text::hex;

/// Measures the service: durable bids, depth, single bids, all of them at once, and idle readers of the stream.
#[derive(Debug, Args)]
pub struct Http {
    /// Connections that each wait for their answer before they ask again.
    #[arg(long, default_value_t = 256)]
    connections: usize,
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Idle readers of the stream.
    #[arg(long, default_value_t = 10_000)]
    stream_readers: usize,
    /// Open listings, of 8 to 64 cards for 90 days.
    #[arg(long, default_value_t = 10_000)]
    listings: u32,
    /// Tenants that bid.
    #[arg(long, default_value_t = 64)]
    tenants: u64,
}

/// Runs the command.
pub fn run(options: &Options, bench: &Http) -> Result<(), Failure> {
    let setting = Setting::make(options, bench)?;
    let process = Process::start(options)?;
    let address = process.address;
    let tokens = setting.log_in(address)?;
    let time = Duration::from_secs(bench.seconds);
    let mut summary = Summary::default();
    summary.push("connections", bench.connections);

    let bids = || bids(&setting, &tokens);
    let placed = one(address, time, Stream::of(bench.connections, 201, bids()))?;
    push(&mut summary, "durable bids a second", placed)?;
    let depth = || depth(&setting);
    push(
        &mut summary,
        "reads of depth a second",
        one(address, time, Stream::of(bench.connections, 200, depth()))?,
    )?;
    let single = || single(&setting, &tokens);
    push(
        &mut summary,
        "reads of a bid a second",
        one(address, time, Stream::of(bench.connections, 200, single()))?,
    )?;

    let few = bench.connections / 4;
    let streams = vec![
        Stream::of(few, 201, bids()),
        Stream::of(few, 200, depth()),
        Stream::of(few, 200, single()),
    ];
    let names = [
        "all at once: durable bids a second",
        "all at once: reads of depth a second",
        "all at once: reads of a bid a second",
    ];
    for (name, outcome) in names.into_iter().zip(load(address, time, streams)?) {
        push(&mut summary, name, outcome)?;
    }
    readers(&mut summary, bench, &process)?;
    drop(process);
    print(options, &summary)
}

type Requests = Box<dyn FnMut() -> Vec<u8>>;

impl Stream {
    fn of(connections: usize, status: u16, next: Requests) -> Stream {
        Stream {
            connections,
            status,
            next,
        }
    }
}

fn load(address: SocketAddr, time: Duration, streams: Vec<Stream>) -> Result<Vec<Outcome>, Failure> {
    load::run(address, time, streams).map_err(|error| Failure::Argument(format!("the load generator: {error}")))
}

fn one(address: SocketAddr, time: Duration, stream: Stream) -> Result<Outcome, Failure> {
    Ok(load(address, time, vec![stream])?
        .into_iter()
        .next()
        .unwrap_or_default())
}

/// Adds a measurement; an answer of another status spoils it.
fn push(summary: &mut Summary, name: &'static str, outcome: Outcome) -> Result<(), Failure> {
    if let Some(other) = outcome.other {
        let body = String::from_utf8_lossy(&other.body).into_owned();
        return Err(Failure::Refused(format!(
            "{} requests were answered otherwise, the first with {}: {body}",
            outcome.others, other.status
        )));
    }
    let count = u64::try_from(outcome.times.len()).unwrap_or(u64::MAX);
    summary.push(name, per_second(count, outcome.took));
    push_latencies(summary, outcome.times);
    Ok(())
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

/// Bids of 1 to 4 cards for 1 to 24 hours with up to three days of play, each under a key of its own.
fn bids(setting: &Setting, tokens: &[String]) -> Requests {
    let (mut draw, tokens) = (Draw::of(1, "bench", "http"), tokens.to_vec());
    let stock = setting.clone();
    let mut number = 0_u64;
    let run = std::process::id();
    Box::new(move || {
        number += 1;
        let body = stock.bid(&mut draw);
        let key = Sha256::digest(format!("{run} {number} {body}"));
        let key = hex(&key[..16]);
        let token = bearer(&tokens[draw.index(tokens.len())]);
        let headers = [("authorization", token.as_str()), ("idempotency-key", key.as_str())];
        request("POST", "/v1/bids", &headers, &body)
    })
}

/// Depth of one accelerator at all sites.
fn depth(setting: &Setting) -> Requests {
    let (mut draw, stock) = (Draw::of(2, "bench", "http"), setting.clone());
    Box::new(move || {
        let path = format!("/v1/market/depth?accelerator={}", stock.accelerator(&mut draw));
        request("GET", &path, &[], "")
    })
}

/// Bids that stood before, each asked for by its tenant.
fn single(setting: &Setting, tokens: &[String]) -> Requests {
    let (mut draw, tokens) = (Draw::of(3, "bench", "http"), tokens.to_vec());
    let bids = setting.bids.clone();
    Box::new(move || {
        let (tenant, bid) = bids[draw.index(bids.len())];
        let token = bearer(&tokens[tenant]);
        request(
            "GET",
            &format!("/v1/bids/{bid}"),
            &[("authorization", token.as_str())],
            "",
        )
    })
}

/// Readers of the stream that wait for what does not come: how much memory each takes.
fn readers(summary: &mut Summary, bench: &Http, process: &Process) -> Result<(), Failure> {
    let before = process.memory_kib()?;
    let held = load::hold(process.address, bench.stream_readers);
    let held = held.map_err(|error| Failure::Argument(format!("the readers of the stream: {error}")))?;
    let after = process.memory_kib()?;
    summary.push("idle readers of the stream", held.count());
    summary.push("  memory of the service before, MiB", before / 1_024);
    summary.push("  with them, MiB", after / 1_024);
    drop(held);
    Ok(())
}
