//! Rows and values that tests write.

use qiantang::domain::account::AccountKey;
use qiantang::domain::account::Unit;
use qiantang::domain::bid::{
    Alternative, Bid, BidState, Bound, FillRule, Placement, Purpose, TimeInForce, VoucherPolicy,
};
use qiantang::domain::id::{
    AcceleratorId, AccountId, BidId, FillId, LeaseId, ListingId, MovementId, OrgId, Seq, SiteId, TransferId, VoucherId,
};
use qiantang::domain::lease::{Fill, IslandShare, Origin, VoucherDraw};
use qiantang::domain::listing::{Listing, ListingMode, Sla};
use qiantang::domain::money::{Money, Price};
use qiantang::domain::rate::{BasisPoints, Fraction};
use qiantang::domain::time::{Hour, Timestamp, Window};
use qiantang::domain::transfer::{BusinessRef, Movement, MovementKind, Transfer};
use qiantang::engine::ledger::Account;
use qiantang::store::command::CommandRow;
use qiantang::store::journal::JournalRow;
use qiantang::store::{Batch, Url, Writer};

pub const NOON: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);

pub fn open(url: &Url) -> Writer {
    Writer::open(url, "a test", NOON).unwrap()
}

pub fn leaf(seq: i64) -> JournalRow {
    JournalRow {
        seq,
        command_seq: seq,
        kind: "test".to_owned(),
        body: format!("leaf {seq} 钱塘").into_bytes(),
    }
}

pub fn command(seq: i64, org: i64, key: Option<&str>) -> CommandRow {
    CommandRow {
        seq,
        org: Some(org),
        key: key.map(str::to_owned),
        body_hash: key.map(|_| vec![7; 32]),
        actor: "usr_1".to_owned(),
        kind: "bid".to_owned(),
        at: NOON.micros(),
        accepted: seq % 2 == 0,
        answer: r#"{"id": "bid_0000000000001"}"#.to_owned(),
    }
}

pub fn movement(first: u64, transfers: &[(u64, u64)]) -> Movement {
    let transfer = |(place, &(debit, credit)): (usize, &(u64, u64))| Transfer {
        id: TransferId(first + u64::try_from(place).unwrap()),
        debit: AccountId(debit),
        credit: AccountId(credit),
        unit: Unit::Cny,
        amount: Money::from_fen(100),
    };
    Movement {
        id: MovementId(first),
        kind: MovementKind::Deposit,
        about: BusinessRef::Org(OrgId(1)),
        booked_at: NOON,
        transfers: transfers.iter().enumerate().map(transfer).collect(),
        opened: Vec::new(),
    }
}

/// A batch of one movement.
pub fn transfers(first: u64, touched: &[(u64, u64)]) -> Batch {
    let mut batch = Batch::default();
    batch.add_movement(&movement(first, touched), 1, NOON);
    batch
}

pub fn account(id: u64, balance: i64) -> Account {
    Account {
        id: AccountId(id),
        key: AccountKey::Cash(OrgId(id)),
        balance: Money::from_fen(balance),
    }
}

pub fn bid(id: u64) -> Bid {
    let alternative = |cards| Alternative {
        accelerator: AcceleratorId(3),
        cards,
        hours: 24,
        limit: Price::from_micros(11_000_000),
    };
    Bid {
        id: BidId(id),
        seq: Seq(id + 100),
        tenant: OrgId(5),
        group: OrgId(4),
        alternatives: vec![alternative(64), alternative(32)],
        earliest: Hour(500_000),
        latest: Hour(500_100),
        fill: FillRule::Partial { min_cards: 8 },
        placement: Placement::OneSite,
        sites: Some(vec![SiteId(1), SiteId(2)]),
        domestic_only: true,
        max_fault_rate: Some(Fraction::from_ppm(1_000)),
        tif: TimeInForce::Gtd { expires_at: NOON },
        voucher: VoucherPolicy::Named(vec![VoucherId(9), VoucherId(8)]),
        purpose: Some(Purpose::Finetune),
        filled_cards: 8,
        bound: Some(Bound {
            alternative: 1,
            site: Some(SiteId(2)),
        }),
        held: Money::from_fen(1_234),
    }
}

/// A bid in which whatever can be left out is left out.
pub fn plain_bid(id: u64) -> Bid {
    Bid {
        fill: FillRule::AllOrNone,
        sites: None,
        max_fault_rate: None,
        tif: TimeInForce::Gtc,
        voucher: VoucherPolicy::Auto,
        purpose: None,
        filled_cards: 0,
        bound: None,
        ..bid(id)
    }
}

pub fn live_state(bid: &Bid) -> BidState {
    if bid.bound.is_some() {
        BidState::PartlyFilled
    } else {
        BidState::Open
    }
}

pub fn listing(id: u64) -> Listing {
    let window = |from, until| Window::new(Hour(from), Hour(until)).unwrap();
    Listing {
        id: ListingId(id),
        seq: Seq(id),
        provider: OrgId(2),
        group: OrgId(2),
        site: SiteId(1),
        accelerator: AcceleratorId(3),
        islands: 16,
        cards_per_island: 8,
        window: window(500_000, 502_000),
        ask: Price::from_micros(9_500_000),
        lot_cards: 8,
        min_hours: 1,
        max_hours: 2_160,
        mode: ListingMode::Book,
        sla: Sla {
            max_fault_rate: Fraction::from_ppm(1_000),
            credit_rate: Fraction::from_ppm(1_000_000),
        },
        maintenance: vec![window(500_010, 500_012), window(500_020, 500_022)],
    }
}

pub fn fill(id: u64) -> Fill {
    Fill {
        id: FillId(id),
        lease: LeaseId(id),
        bid: BidId(1),
        alternative: 1,
        tenant: OrgId(5),
        listing: ListingId(1),
        provider: OrgId(2),
        accelerator: AcceleratorId(3),
        site: SiteId(1),
        cards: 12,
        islands: vec![IslandShare { island: 0, cards: 8 }, IslandShare { island: 3, cards: 4 }],
        window: Window::new(Hour(500_000), Hour(500_024)).unwrap(),
        price: Price::from_micros(9_500_000),
        charge: Money::from_fen(273_600),
        voucher: Money::from_fen(73_600),
        draws: vec![
            VoucherDraw {
                voucher: VoucherId(9),
                amount: Money::from_fen(70_000),
            },
            VoucherDraw {
                voucher: VoucherId(2),
                amount: Money::from_fen(3_600),
            },
        ],
        net: Money::from_fen(200_000),
        fee: Money::from_fen(2_736),
        tenant_fee: BasisPoints(100),
        provider_fee: BasisPoints(200),
        vat: BasisPoints(600),
        at: NOON,
        origin: Origin::Match,
        sla: None,
    }
}
