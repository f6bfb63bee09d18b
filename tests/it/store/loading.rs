//! Domain values come back from their rows as they went in.

use qiantang::domain::account::AccountKey;
use qiantang::domain::bid::{Bid, BidState};
use qiantang::domain::id::{AccountId, LeaseId, OrgId, ProgrammeId, VoucherId};
use qiantang::domain::lease::{Lease, LeaseState, Settled};
use qiantang::domain::life::HandOver;
use qiantang::domain::listing::{Listing, ListingState};
use qiantang::domain::metering::{Outcome, Step, Taken};
use qiantang::domain::money::Money;
use qiantang::domain::organisation::{NewOrganisation, OrgKind, Organisation};
use qiantang::domain::programme::{Programme, ProgrammeRules};
use qiantang::domain::terms::Terms;
use qiantang::domain::usage::UsageReport;
use qiantang::domain::uscc::Uscc;
use qiantang::domain::voucher::Voucher;
use qiantang::engine::event::AcceptedUsage;
use qiantang::engine::ledger::Account;
use qiantang::store::account::AccountRow;
use qiantang::store::counter::{self, CounterRow};
use qiantang::store::lease::LeaseRow;
use qiantang::store::programme::{EntityUseRow, ProgrammeRow};
use qiantang::store::reference::{self, TermsRow};
use qiantang::store::usage::StoredStep;
use qiantang::store::usage::UsageReportRow;
use qiantang::store::voucher::VoucherRow;
use qiantang::store::{Batch, CommitError, Reader, Url, bid, lease, listing, organisation, programme, usage, voucher};

use super::rows::{self, NOON, live_state, open, plain_bid};
use crate::harness::for_each_backend;

fn live_bids(url: &Url) -> Vec<Bid> {
    let mut bids = Vec::new();
    bid::load_live(&mut Reader::open(url).unwrap(), |bid| bids.push(bid)).unwrap();
    bids
}

fn open_listings(url: &Url) -> Vec<Listing> {
    listing::load_open(&mut Reader::open(url).unwrap()).unwrap()
}

fn live_leases(url: &Url) -> Vec<Lease> {
    let mut leases = Vec::new();
    lease::load_live(&mut Reader::open(url).unwrap(), |lease| leases.push(lease)).unwrap();
    leases
}

#[test]
fn live_bids_come_back() {
    for_each_backend(|database| {
        let mut writer = open(&database.url);
        let (full, plain, gone, mut later) = (rows::bid(1), plain_bid(2), rows::bid(3), plain_bid(4));
        let mut batch = Batch::default();
        for bid in [&full, &plain, &gone, &later] {
            batch.add_bid(bid, live_state(bid), NOON);
        }
        batch.change_bid(&gone, BidState::Cancelled);
        writer.commit(&batch).unwrap();
        assert_eq!(live_bids(&database.url), [full.clone(), plain.clone(), later.clone()]);
        batch.clear();
        batch.change_bid(&plain, BidState::Filled);
        later.held = Money::from_fen(77);
        later.alternatives[0].cards = 8;
        batch.change_bid(&later, BidState::Open);
        batch.amend_alternatives(&later);
        writer.commit(&batch).unwrap();
        assert_eq!(live_bids(&database.url), [full, later]);
    });
}

#[test]
fn open_listings_come_back() {
    for_each_backend(|database| {
        let mut writer = open(&database.url);
        let (mut first, gone, plain) = (
            rows::listing(1),
            rows::listing(2),
            Listing {
                maintenance: vec![],
                ..rows::listing(3)
            },
        );
        let mut batch = Batch::default();
        for listing in [&first, &gone, &plain] {
            batch.add_listing(listing, NOON);
        }
        writer.commit(&batch).unwrap();
        assert_eq!(
            open_listings(&database.url),
            [first.clone(), gone.clone(), plain.clone()]
        );
        batch.clear();
        batch.change_listing(&gone, ListingState::Withdrawn);
        first.ask = qiantang::domain::money::Price::from_micros(1);
        batch.change_listing(&first, ListingState::Open);
        writer.commit(&batch).unwrap();
        assert_eq!(open_listings(&database.url), [first, plain]);
    });
}

#[test]
fn live_leases_come_back_with_their_fills() {
    for_each_backend(|database| {
        let mut writer = open(&database.url);
        let leases = [1, 2, 3].map(|id| Lease::new(rows::fill(id)));
        let mut batch = Batch::default();
        for lease in &leases {
            batch.add_fill(&lease.fill);
            batch.leases.push(lease.into());
        }
        writer.commit(&batch).unwrap();
        assert_eq!(live_leases(&database.url), leases);
        batch.clear();
        let mut first = leases[0].clone();
        first.state = LeaseState::Active;
        first.ends = leases[0].fill.window.from().plus(7);
        first.settled = Settled {
            card_seconds: 3_600,
            charge: Money::from_fen(950),
            voucher: Money::from_fen(50),
            tenant_fee: Money::from_fen(10),
            provider_fee: Money::from_fen(20),
            vat: Money::from_fen(2),
        };
        let until = first.fill.at.plus_hours(3);
        first.change_life(|life| life.hand_over = HandOver::Awaited { until });
        let mut closed = leases[1].clone();
        closed.state = LeaseState::Closed;
        batch.leases = vec![LeaseRow::from(&first), LeaseRow::from(&closed)];
        writer.commit(&batch).unwrap();
        assert_eq!(live_leases(&database.url), [first, leases[2].clone()]);
    });
}

#[test]
fn every_kind_of_account_comes_back() {
    let (org, lease, programme, voucher) = (OrgId(1), LeaseId(2), ProgrammeId(3), VoucherId(4));
    for key in [
        AccountKey::Bank,
        AccountKey::FeeRevenue,
        AccountKey::VatPayable,
        AccountKey::PayoutInFlight,
        AccountKey::Suspense,
        AccountKey::Cash(org),
        AccountKey::Held(org),
        AccountKey::PendingCash(org),
        AccountKey::PendingProgramme(org),
        AccountKey::PayableCash(org),
        AccountKey::PayableProgramme(org),
        AccountKey::Collateral(org),
        AccountKey::Debt(org),
        AccountKey::Escrow(lease),
        AccountKey::TreasuryReceivable(programme, 255),
        AccountKey::Reserve(programme),
        AccountKey::Appropriation(programme),
        AccountKey::Pot(programme),
        AccountKey::Redeemed(programme),
        AccountKey::Recovered(programme),
        AccountKey::Lapsed(programme),
        AccountKey::VoucherAvailable(voucher),
        AccountKey::VoucherHeld(voucher),
        AccountKey::VoucherReserved(voucher),
    ] {
        let account = Account {
            id: AccountId(7),
            key,
            balance: Money::from_fen(-4),
        };
        assert_eq!(Account::try_from(&AccountRow::from(&account)), Ok(account));
    }
}

const RULES: &str = r#"{"id": "hangzhou-2025", "pot": "1000000.00", "rates": [{"rate_bps": 3000}],
    "valid_from": "2026-01-01T00:00:00Z", "valid_until": "2027-01-01T00:00:00Z"}"#;

#[test]
fn the_rest_of_the_state_comes_back() {
    for_each_backend(|database| {
        let mut writer = open(&database.url);
        let organisation = Organisation {
            id: OrgId(1),
            group: OrgId(1),
            profile: NewOrganisation {
                name: "杭州算力".to_owned(),
                uscc: Uscc::from_stem("91330100799655058").unwrap(),
                kinds: vec![OrgKind::Provider, OrgKind::Tenant],
                owner: None,
            },
        };
        let rules: ProgrammeRules = serde_json::from_str(RULES).unwrap();
        let programme = Programme::open(ProgrammeId(1), rules);
        let voucher = Voucher {
            id: VoucherId(1),
            programme: ProgrammeId(1),
            version: 1,
            org: OrgId(1),
            amount: Money::from_fen(100),
            valid_from: NOON,
            valid_until: NOON.plus_hours(1),
            application: None,
            ended: None,
        };
        let terms = Terms {
            collar_bps: qiantang::domain::rate::BasisPoints(3_000),
            ..Terms::default()
        };
        let mut batch = Batch::default();
        batch.organisations.push((&organisation).into());
        batch.programmes.push(ProgrammeRow::new(&programme, NOON));
        batch.vouchers.push(VoucherRow::new(&voucher));
        batch.entity_uses.push(EntityUseRow {
            programme: 1,
            org: 1,
            period: 2026,
            amount: 5,
        });
        batch.terms = vec![
            TermsRow::new(1, &Terms::default(), NOON),
            TermsRow::new(2, &terms, NOON),
        ];
        batch.counters.push(CounterRow {
            name: "listing".to_owned(),
            value: 1,
        });
        batch.counters.push(CounterRow {
            name: "listing".to_owned(),
            value: 2,
        });
        writer.commit(&batch).unwrap();
        let reader = &mut Reader::open(&database.url).unwrap();
        assert_eq!(organisation::load_all(reader).unwrap(), [organisation]);
        assert_eq!(programme::load_all(reader).unwrap(), [programme]);
        assert_eq!(programme::load_entity_uses(reader).unwrap(), batch.entity_uses);
        assert_eq!(voucher::load_all(reader).unwrap(), [voucher]);
        assert_eq!(reference::load_terms(reader).unwrap(), Some(terms));
        assert_eq!(counter::load_all(reader).unwrap(), batch.counters[1..]);
    });
}

#[test]
fn usage_of_live_leases_comes_back_in_the_order_in_which_it_came() {
    for_each_backend(|database| {
        let mut writer = open(&database.url);
        let reports = [(1, 3), (2, 1), (3, 2), (4, 1)].map(|(place, lease)| AcceptedUsage {
            place,
            taken: Taken {
                at: NOON.plus_hours(1),
                deadline: NOON.plus_hours(3),
            },
            outcome: Outcome::default(),
            report: UsageReport {
                source: "dcgm".to_owned(),
                id: format!("r{place}"),
                lease: LeaseId(lease),
                from: NOON,
                until: NOON.plus_hours(1),
                cards_up: 8,
                card_seconds: 28_800,
            },
        });
        let mut batch = Batch::default();
        for id in [1, 2, 3] {
            let mut lease = Lease::new(rows::fill(id));
            batch.add_fill(&lease.fill);
            if id == 2 {
                lease.state = LeaseState::Closed;
            }
            batch.leases.push(LeaseRow::from(&lease));
        }
        batch.usage_reports = reports.iter().map(|usage| UsageReportRow::new(usage, 5)).collect();
        writer.commit(&batch).unwrap();
        let mut found = Vec::new();
        let reader = &mut Reader::open(&database.url).unwrap();
        usage::load_live(reader, |usage| found.push(usage)).unwrap();
        let steps = [&reports[0], &reports[1], &reports[3]].map(|usage| StoredStep {
            place: usage.place,
            lease: usage.report.lease,
            key: usage.report.key(),
            step: Step::Span {
                from: NOON,
                until: NOON.plus_hours(1),
                card_seconds: 28_800,
            },
            taken: usage.taken,
        });
        assert_eq!(found, steps);
        let again = Batch {
            usage_reports: vec![UsageReportRow {
                seq: 2,
                ..UsageReportRow::new(&reports[0], 6)
            }],
            ..Batch::default()
        };
        assert!(matches!(writer.commit(&again), Err(CommitError::Refused(_))));
    });
}
