//! Times the book on its two standard flows: `cargo bench --bench matching [-- plain|calendar] [listings]`.

use std::time::{Duration, Instant};

use qiantang::engine::matching::Book;
use qiantang::engine::matching::cover::PlainCost;
use qiantang::engine::matching::workload::{self, NOW};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wants = |name: &str| words.is_empty() || words.iter().any(|word| word == name);
    let listings = words.iter().find_map(|word| word.parse().ok());
    if wants("plain") {
        plain();
    }
    if wants("calendar") {
        for listings in listings.map_or(vec![10_000, 100_000], |listings| vec![listings]) {
            calendar(listings);
        }
    }
    if wants("memory") {
        memory();
    }
}

fn plain() {
    for round in 0..3 {
        let mut book = Book::new();
        let steps: Vec<_> = workload::plain_flow(1_000_000, 1_000, 7 + round).collect();
        let (count, mut parts) = (steps.len(), 0);
        let (began, on_cpu) = (Instant::now(), on_cpu_nanos());
        for step in steps {
            parts += workload::play(&mut book, step);
        }
        let (took, on_cpu) = (began.elapsed().as_nanos(), on_cpu_nanos() - on_cpu);
        let steps: Vec<_> = workload::plain_flow(1_000_000, 1_000, 7 + round).collect();
        let mut book = Book::new();
        let mut times = Vec::with_capacity(count);
        for step in steps {
            let began = Instant::now();
            workload::play(&mut book, step);
            times.push(began.elapsed());
        }
        let per_second = |nanos: u128| u128::try_from(count).unwrap_or(0) * 1_000_000_000 / nanos.max(1);
        println!(
            "plain: {count} operations, {parts} parts, {}/s ({}/s of processor time); each: {}",
            per_second(took),
            per_second(on_cpu),
            quantiles(times)
        );
    }
}

fn calendar(listings: u64) {
    let mut flow = workload::calendar_flow(listings, 7);
    let cards: u32 = flow.listings.iter().map(|listing| listing.cards()).sum();
    let let_hours: u64 = flow
        .leases
        .iter()
        .map(|(_, window, shares)| u64::from(window.hours()) * u64::from(shares[0].cards))
        .sum();
    let percent = let_hours * 100 / (u64::from(cards) * 90 * 24);
    let began = Instant::now();
    let mut book = flow.book();
    println!(
        "calendar: {listings} listings, {cards} cards, {} leases, {percent} % let, opened in {:?}, resident {} MiB",
        flow.leases.len(),
        began.elapsed(),
        resident_mib()
    );
    let bids: Vec<_> = (0..20_000).map(|_| flow.bid()).collect();
    let mut times = Vec::new();
    let mut by_placement: Vec<(String, Vec<Duration>)> = Vec::new();
    let mut found = 0;
    for bid in &bids {
        let began = Instant::now();
        let cover = book.best_cover(bid, NOW, &PlainCost);
        let took = began.elapsed();
        times.push(took);
        found += usize::from(cover.is_some());
        let name = format!("{:?}", bid.placement);
        match by_placement.iter_mut().find(|(other, _)| *other == name) {
            Some((_, times)) => times.push(took),
            None => by_placement.push((name, vec![took])),
        }
    }
    println!("  all ({found} covered): {}", quantiles(times));
    for (name, times) in by_placement {
        println!("  {name}: {}", quantiles(times));
    }
}

fn memory() {
    let before = resident_mib();
    let mut flow = workload::calendar_flow(100_000, 7);
    let mut book = flow.book();
    flow.leases = Vec::new();
    flow.listings = Vec::new();
    for _ in 0..1_000_000 {
        book.rest(flow.bid());
    }
    println!(
        "memory: {} MiB with 100,000 listings and 1,000,000 resting bids, {before} before",
        resident_mib()
    );
}

fn quantiles(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |per_mille: usize| times[(times.len() - 1) * per_mille / 1_000];
    format!(
        "p50 {:?}, p90 {:?}, p99 {:?}, p99.9 {:?}, most {:?}",
        at(500),
        at(900),
        at(990),
        at(999),
        at(1_000)
    )
}

/// Time for which this thread had a processor: on a busy machine less than the time that passed.
fn on_cpu_nanos() -> u128 {
    let times = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let first = times.split_whitespace().next();
    first.and_then(|nanos| nanos.parse().ok()).unwrap_or(0)
}

fn resident_mib() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap_or_default()
        .to_owned();
    line.split_whitespace()
        .nth(1)
        .and_then(|kib| kib.parse::<usize>().ok())
        .unwrap_or(0)
        / 1024
}
