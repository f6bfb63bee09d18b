//! How fast the store appends durably and loads: `cargo bench --bench store -- [sqlite|postgresql]… [transfers|market|load]…`.
//!
//! - `transfers`: batches of 8,000 transfers between 10,000 accounts, with account histories and the balances they touch.
//! - `market`: batches of 400 bids (20,000 a second at 50 commits a second), each with its command, event, two alternatives,
//!   hold and balances; the latency of a commit is what counts.
//! - `load`: all live bids of a market of a million.

#[path = "../tests/it/harness/postgresql.rs"]
mod postgresql;

use std::time::{Duration, Instant};

use qiantang::domain::account::{AccountKey, Unit};
use qiantang::domain::bid::{Alternative, Bid, BidState, FillRule, Placement, Purpose, TimeInForce, VoucherPolicy};
use qiantang::domain::id::{AcceleratorId, AccountId, BidId, MovementId, OrgId, Seq, TransferId};
use qiantang::domain::money::{Money, Price};
use qiantang::domain::time::{Hour, Timestamp};
use qiantang::domain::transfer::{BusinessRef, Movement, MovementKind, Transfer};
use qiantang::engine::ledger::Account;
use qiantang::store::command::CommandRow;
use qiantang::store::journal::JournalRow;
use qiantang::store::{Batch, Reader, Url, Writer, bid, migrate};

const AT: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let asked: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wants = |names: &[&str], name: &str| {
        !asked.iter().any(|word| names.contains(&word.as_str())) || asked.iter().any(|word| word == name)
    };
    let back_ends = ["sqlite", "postgresql"];
    let works = ["transfers", "market", "load"];
    let folder = tempfile::tempdir_in(std::env::var("BENCH_DIR").unwrap_or_else(|_| ".".to_owned()))?;
    let settings = "-c shared_buffers=1GB -c max_wal_size=8GB -c checkpoint_timeout=15min -c wal_compression=on";
    let server = wants(&back_ends, "postgresql").then(|| postgresql::TempPostgres::start(settings));
    for back_end in back_ends.into_iter().filter(|name| wants(&back_ends, name)) {
        for work in works.into_iter().filter(|name| wants(&works, name)) {
            let url = match &server {
                Some(server) if back_end == "postgresql" => Url::Postgresql(server.create_database()),
                Some(_) | None => Url::Sqlite(folder.path().join(format!("{work}.db"))),
            };
            migrate(&url)?;
            let mut writer = Writer::open(&url, "bench", AT)?;
            match work {
                "transfers" => transfers(back_end, &mut writer)?,
                "market" => market(back_end, &mut writer)?,
                _ => load(back_end, &mut writer, &url)?,
            }
        }
    }
    Ok(())
}

/// A number from the environment.
fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(otherwise)
}

/// The same numbers in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// Balances as an engine would keep them.
struct Ledger {
    accounts: Vec<(Money, u64)>,
    next: u64,
    batch: u64,
}

impl Ledger {
    fn new(accounts: u64) -> Ledger {
        Ledger {
            accounts: (0..accounts).map(|_| (Money::ZERO, 0)).collect(),
            next: 1,
            batch: 0,
        }
    }

    fn post(&mut self, batch: &mut Batch, debit: u64, credit: u64, touched: &mut Vec<u64>) -> Result<(), Failure> {
        let amount = Money::from_fen(100);
        let (id, seq) = (TransferId(self.next), self.next.cast_signed());
        self.next += 1;
        let movement = Movement {
            id: MovementId(id.0),
            kind: MovementKind::HoldBid,
            about: BusinessRef::Bid(BidId(id.0)),
            booked_at: AT,
            transfers: vec![Transfer {
                id,
                debit: AccountId(debit),
                credit: AccountId(credit),
                unit: Unit::Cny,
                amount,
            }],
            opened: Vec::new(),
        };
        batch.add_movement(&movement, seq, AT);
        for account in [debit, credit] {
            let place = usize::try_from(account)?;
            let (balance, last_batch) = &mut self.accounts[place];
            *balance = if account == debit {
                balance.minus(amount)?
            } else {
                balance.plus(amount)?
            };
            if *last_batch != self.batch {
                *last_batch = self.batch;
                touched.push(account);
            }
        }
        Ok(())
    }

    fn touched(&mut self, batch: &mut Batch, touched: &mut Vec<u64>) -> Result<(), Failure> {
        for account in touched.drain(..) {
            let (balance, _) = self.accounts[usize::try_from(account)?];
            let account = Account {
                id: AccountId(account),
                key: AccountKey::Cash(OrgId(account)),
                balance,
            };
            batch.accounts.push((&account).into());
        }
        Ok(())
    }
}

fn transfers(back_end: &str, writer: &mut Writer) -> Result<(), Failure> {
    let (count, accounts, size) = (
        number("TRANSFERS", 1_600_000),
        number("ACCOUNTS", 10_000),
        number("BATCH", 8_000),
    );
    let mut ledger = Ledger::new(accounts);
    let mut random = Random(88_172_645_463_325_252);
    let mut times = Vec::new();
    let mut touched = Vec::new();
    while ledger.next <= count {
        let mut batch = Batch::default();
        ledger.batch += 1;
        for _ in 0..size {
            let debit = random.below(accounts);
            let credit = (debit + 1 + random.below(accounts - 1)) % accounts;
            ledger.post(&mut batch, debit, credit, &mut touched)?;
        }
        ledger.touched(&mut batch, &mut touched)?;
        let start = Instant::now();
        writer.commit(&batch)?;
        times.push(start.elapsed());
    }
    report(
        &format!("{back_end} transfers, batches of {size}, {accounts} accounts"),
        ledger.next - 1,
        &mut times,
    );
    Ok(())
}

fn a_bid(id: u64, random: &mut Random) -> Bid {
    let mut alternative = |accelerator| Alternative {
        accelerator: AcceleratorId(accelerator),
        cards: 64,
        hours: 168,
        limit: Price::from_micros(9_000_000 + random.below(4_000_000).cast_signed()),
    };
    let alternatives = vec![alternative(1), alternative(2)];
    Bid {
        id: BidId(id),
        seq: Seq(id),
        tenant: OrgId(random.below(2_000)),
        group: OrgId(1),
        alternatives,
        earliest: Hour(500_000),
        latest: Hour(500_720),
        fill: FillRule::Partial { min_cards: 8 },
        placement: Placement::OneSite,
        sites: None,
        domestic_only: false,
        max_fault_rate: None,
        tif: TimeInForce::Gtc,
        voucher: VoucherPolicy::Auto,
        purpose: Some(Purpose::Finetune),
        filled_cards: 0,
        bound: None,
        held: Money::from_fen(12_345_600),
    }
}

fn add_bid(batch: &mut Batch, bid: &Bid) -> Result<(), Failure> {
    let seq = bid.id.0.cast_signed();
    batch.commands.push(CommandRow {
        seq,
        org: Some(bid.tenant.0.cast_signed()),
        key: Some(format!("key-{seq:032}")),
        body_hash: Some(vec![7; 32]),
        actor: "usr_0000000000001".to_owned(),
        kind: "bid".to_owned(),
        at: AT.micros(),
        accepted: true,
        answer: serde_json::to_string(bid)?,
    });
    batch.journal.push(JournalRow {
        seq,
        command_seq: seq,
        kind: "bid_placed".to_owned(),
        body: serde_json::to_vec(bid)?,
    });
    batch.add_bid(bid, BidState::Open, AT);
    Ok(())
}

fn market(back_end: &str, writer: &mut Writer) -> Result<(), Failure> {
    let (count, size) = (number("BIDS", 400_000), number("BIDS_A_BATCH", 400));
    let mut ledger = Ledger::new(4_000);
    let mut random = Random(88_172_645_463_325_252);
    let mut times = Vec::new();
    let mut touched = Vec::new();
    while ledger.next <= count {
        let mut batch = Batch::default();
        ledger.batch += 1;
        for _ in 0..size {
            let bid = a_bid(ledger.next, &mut random);
            add_bid(&mut batch, &bid)?;
            ledger.post(&mut batch, 2 * bid.tenant.0, 2 * bid.tenant.0 + 1, &mut touched)?;
        }
        ledger.touched(&mut batch, &mut touched)?;
        let start = Instant::now();
        writer.commit(&batch)?;
        times.push(start.elapsed());
    }
    report(
        &format!("{back_end} market, batches of {size}"),
        ledger.next - 1,
        &mut times,
    );
    Ok(())
}

fn load(back_end: &str, writer: &mut Writer, url: &Url) -> Result<(), Failure> {
    let count = number("LIVE_BIDS", 1_000_000);
    let mut random = Random(88_172_645_463_325_252);
    let mut batch = Batch::default();
    for id in 1..=count {
        batch.add_bid(&a_bid(id, &mut random), BidState::Open, AT);
        if id % 20_000 == 0 || id == count {
            writer.commit(&batch)?;
            batch.clear();
        }
    }
    let start = Instant::now();
    let mut bids = Vec::new();
    bid::load_live(&mut Reader::open(url)?, |bid| bids.push(bid))?;
    println!(
        "{back_end} load: {} live bids in {} ms",
        bids.len(),
        start.elapsed().as_millis()
    );
    Ok(())
}

fn report(what: &str, count: u64, times: &mut [Duration]) {
    let total: Duration = times.iter().sum();
    let rate = u128::from(count) * 1_000_000 / total.as_micros().max(1);
    times.sort();
    let at = |share: usize| times[(times.len() * share / 1000).min(times.len() - 1)].as_micros();
    let (p50, p99, last) = (at(500), at(990), at(1000));
    println!("{what}: {rate}/s in commits; commit p50 {p50} µs, p99 {p99} µs, max {last} µs");
}
