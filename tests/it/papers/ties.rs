//! Whatever happened, statements tie to the ledger to the fen: held against sums over all transfers, made in another way.

use std::collections::{BTreeMap, BTreeSet};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use qiantang::app::report::{ReportError, papers};
use qiantang::domain::account::{AccountKey, Side};
use qiantang::domain::id::{AccountId, LeaseId, OrgId, VoucherId};
use qiantang::domain::money::Money;
use qiantang::domain::month::Month;
use qiantang::domain::time::Timestamp;
use qiantang::engine::Command;
use qiantang::engine::report::Period;
use qiantang::engine::report::fact::{LeaseFact, TransferFact};
use qiantang::engine::report::focus::{self, Known};
use qiantang::engine::report::invoice::{Parties, invoices};
use qiantang::engine::report::statement::{Books, Party};
use qiantang::store::{Reader, Url, account, reference, report, voucher};

use super::tell;
use crate::harness::for_each_backend;
use crate::properties::flow::steps;
use crate::properties::player::Player;
use crate::recovery::town::{Setting, Town};
use crate::storm::play::Storm;

/// All that the ledger holds, and whose it is.
struct Everything {
    keys: BTreeMap<AccountId, (AccountKey, Option<Party>)>,
    transfers: Vec<TransferFact>,
    leases: BTreeMap<LeaseId, LeaseFact>,
    now: BTreeMap<AccountId, Money>,
}

impl Everything {
    fn read(reader: &mut Reader) -> Everything {
        let mut leases = BTreeMap::new();
        report::leases::<ReportError>(reader, |lease| {
            leases.insert(lease.id, lease);
            Ok(())
        })
        .unwrap();
        let holders: BTreeMap<VoucherId, OrgId> = voucher::load_all(reader)
            .unwrap()
            .iter()
            .map(|voucher| (voucher.id, voucher.org))
            .collect();
        let mut transfers = Vec::new();
        report::transfers::<ReportError>(reader, |transfer| {
            transfers.push(transfer);
            Ok(())
        })
        .unwrap();
        let (mut keys, mut now) = (BTreeMap::new(), BTreeMap::new());
        account::load_all(reader, |account| {
            let party = match account.key {
                AccountKey::Escrow(lease) => Some(Party::Org(leases[&lease].tenant)),
                AccountKey::VoucherAvailable(id) | AccountKey::VoucherHeld(id) | AccountKey::VoucherReserved(id) => {
                    Some(Party::Org(holders[&id]))
                }
                AccountKey::Cash(org)
                | AccountKey::Held(org)
                | AccountKey::PendingCash(org)
                | AccountKey::PendingProgramme(org)
                | AccountKey::PayableCash(org)
                | AccountKey::PayableProgramme(org)
                | AccountKey::Collateral(org)
                | AccountKey::Debt(org) => Some(Party::Org(org)),
                AccountKey::Bank
                | AccountKey::FeeRevenue
                | AccountKey::VatPayable
                | AccountKey::PayoutInFlight
                | AccountKey::Suspense => Some(Party::Platform),
                _ => None,
            };
            keys.insert(account.id, (account.key, party));
            now.insert(account.id, account.balance);
        })
        .unwrap();
        Everything {
            keys,
            transfers,
            leases,
            now,
        }
    }

    fn parties(&self) -> BTreeSet<Party> {
        self.keys.values().filter_map(|(_, party)| *party).collect()
    }

    /// What a party's accounts of a kind held before an instant, and in the whole.
    fn held(&self, party: Party, kind: &str, before: Option<Timestamp>) -> i64 {
        let own = |id: AccountId| {
            let (key, owner) = self.keys[&id];
            (owner == Some(party) && key.kind() == kind).then_some(key)
        };
        let counted = self
            .transfers
            .iter()
            .filter(|one| before.is_none_or(|before| one.booked_at < before));
        let mut held = 0;
        for one in counted {
            for (id, side) in [(one.debit, Side::Debit), (one.credit, Side::Credit)] {
                if let Some(key) = own(id) {
                    held += if key.normal() == side {
                        one.amount.fen()
                    } else {
                        -one.amount.fen()
                    };
                }
            }
        }
        held
    }
}

/// Everything about one party's books that must hold.
fn check(everything: &Everything, books: &Books) {
    let Period { from, until } = books.period;
    for one in &books.accounts {
        let place = format!("{:?} {} {:?}", books.party, one.account, books.period);
        let opening = from.map_or(0, |from| everything.held(books.party, one.account, Some(from)));
        assert_eq!(one.opening.fen(), opening, "{place}");
        assert_eq!(
            one.closing.fen(),
            everything.held(books.party, one.account, until),
            "{place}"
        );
        let mut balance = one.opening.fen();
        for line in &one.lines {
            assert!(books.period.contains(line.booked_at), "{place}");
            balance += if line.came {
                line.amount.fen()
            } else {
                -line.amount.fen()
            };
            assert_eq!(line.balance.fen(), balance, "{place}: {line:?}");
        }
        assert_eq!(one.closing.fen(), balance, "{place}");
        assert_eq!(
            one.closing.fen() - one.opening.fen(),
            one.came.fen() - one.went.fen(),
            "{place}"
        );
    }
    if until.is_none() {
        let mut stored: BTreeMap<&str, i64> = BTreeMap::new();
        for (id, (key, _)) in everything
            .keys
            .iter()
            .filter(|(_, (_, party))| *party == Some(books.party))
        {
            *stored.entry(key.kind()).or_default() += everything.now[id].fen();
        }
        let shown: BTreeMap<&str, i64> = books
            .accounts
            .iter()
            .map(|one| (one.account, one.closing.fen()))
            .collect();
        stored.retain(|kind, fen| *fen != 0 || shown.contains_key(kind));
        assert_eq!(shown, stored, "{:?}", books.party);
    }
}

/// Of the whole time: what leases came to is what was settled of them.
fn check_leases(everything: &Everything, books: &Books) {
    for book in &books.leases {
        let (fill, sums) = (&book.lease.fill, &book.sums);
        let settled = &everything.leases[&fill.lease].settled;
        if books.party == Party::Platform {
            assert_eq!(
                [sums.tenant_fee, sums.provider_fee, sums.vat],
                [settled.tenant_fee, settled.provider_fee, settled.vat]
            );
        } else {
            assert_eq!(
                (sums.charge().unwrap(), sums.voucher),
                (settled.charge, settled.voucher),
                "{fill:?}"
            );
            let (fee, agreed) = if books.party == Party::Org(fill.tenant) {
                (sums.tenant_fee, settled.tenant_fee)
            } else {
                (sums.provider_fee, settled.provider_fee)
            };
            assert_eq!(fee, agreed);
        }
    }
    let settled = everything
        .leases
        .values()
        .filter(|lease| lease.settled.charge.is_positive());
    let own = settled.filter(|lease| [lease.tenant, lease.provider].map(Party::Org).contains(&books.party));
    let expected: BTreeSet<LeaseId> = own.map(|lease| lease.id).collect();
    let shown: BTreeSet<LeaseId> = books.leases.iter().map(|book| book.lease.fill.lease).collect();
    if books.party != Party::Platform {
        assert!(expected.is_subset(&shown), "{expected:?} {shown:?}");
    }
}

/// Invoices and exports are the same money once more.
fn check_papers(books: &Books, parties: &Parties, reader: &mut Reader) {
    let Some(month) = books.period.from.and_then(Month::of) else {
        return;
    };
    let report = invoices(books, month, parties).unwrap();
    let (mut issued, mut received) = (0, 0);
    for invoice in &report.invoices {
        let sum = |part: fn(&qiantang::engine::report::invoice::InvoiceLine) -> Money| {
            invoice.lines.iter().map(|line| part(line).fen()).sum::<i64>()
        };
        assert_eq!(
            [sum(|line| line.amount), sum(|line| line.vat), sum(|line| line.total)],
            [invoice.amount, invoice.vat, invoice.total].map(Money::fen)
        );
        assert_eq!(invoice.amount.fen() + invoice.vat.fen(), invoice.total.fen());
        assert_eq!(invoice.corrects.is_some(), invoice.total < Money::ZERO, "{invoice:?}");
        for line in &invoice.lines {
            // Quantity in 10⁻⁴ × price in 10⁻¹⁰ CNY is the amount in fen to the nearest one.
            let product = line.quantity * line.price;
            let fen = (product.abs() + 500_000_000_000) / 1_000_000_000_000;
            assert_eq!(i64::try_from(fen).unwrap(), line.amount.fen().abs(), "{line:?}");
        }
        let side = if invoice.seller.party == books.party {
            &mut issued
        } else {
            &mut received
        };
        *side += invoice.total.fen();
    }
    let numbers: BTreeSet<&String> = report.invoices.iter().map(|invoice| &invoice.number).collect();
    assert_eq!(numbers.len(), report.invoices.len(), "each number is there once");
    let (mut sold, mut bought) = (0, 0);
    for book in &books.leases {
        let charge = book.sums.charge().unwrap().fen() - book.sums.credit().unwrap().fen();
        let (tenant, provider) = (Party::Org(book.lease.fill.tenant), Party::Org(book.lease.fill.provider));
        if books.party == provider {
            sold += charge;
            bought += book.sums.provider_fee.fen();
        } else if books.party == tenant {
            bought += charge + book.sums.tenant_fee.fen();
        } else {
            sold += book.sums.tenant_fee.fen() + book.sums.provider_fee.fen();
        }
    }
    assert_eq!((issued, received), (sold, bought), "{:?}", books.party);
    if let Some(rounding) = report.vat_rounding {
        let lines: usize = report.invoices.iter().map(|invoice| invoice.lines.len()).sum();
        assert!(usize::try_from(rounding.fen().abs()).unwrap() <= lines, "{rounding}");
    }
    if let Party::Org(org) = books.party {
        let known = Known {
            parties,
            names: &report::names(reader).unwrap(),
            sites: &reference::load_sites(reader).unwrap(),
        };
        let exported = focus::focus(books, (org, month), known).unwrap();
        let own = books.leases.iter().filter(|book| book.lease.fill.tenant == org);
        let cost = own.map(|book| {
            let sums = &book.sums;
            sums.cash.fen() + sums.tenant_fee.fen() + sums.penalty.fen() - sums.credit_cash.fen()
        });
        assert_eq!(exported.billed_cost.fen(), cost.sum::<i64>(), "{org}");
    }
}

/// Statements of a market, of the whole time and of its parts.
fn look_at(url: &Url) -> usize {
    let reader = &mut Reader::open(url).unwrap();
    let everything = Everything::read(reader);
    let parties = papers::parties(reader).unwrap();
    let booked: Vec<Timestamp> = everything.transfers.iter().map(|one| one.booked_at).collect();
    assert!(
        booked.is_sorted(),
        "bookings never go back in time: periods are ranges of transfers"
    );
    let at = |part: usize| booked.get(booked.len() * part / 4).copied();
    let period = |from, until| Period { from, until };
    let mut statements = 0;
    for period in [
        Period::default(),
        period(None, at(2)),
        period(at(1), at(3)),
        period(at(2), None),
        period(at(3).map(|at| Timestamp::from_micros(at.micros() + 1)), None),
    ] {
        let mut alone: BTreeMap<Party, Books> = BTreeMap::new();
        for party in everything.parties() {
            let books = papers::books(reader, (period, party), true).unwrap();
            check(&everything, &books);
            if period == Period::default() {
                check_leases(&everything, &books);
            }
            check_papers(&books, &parties, reader);
            alone.insert(party, books);
        }
        papers::every(reader, period, |books| {
            statements += 1;
            assert_eq!(Some(&books), alone.get(&books.party), "{:?}", books.party);
            alone.remove(&books.party);
            Ok(())
        })
        .unwrap();
        for books in alone.values() {
            assert!(
                books.accounts.iter().all(|one| one.lines.is_empty()),
                "{:?}",
                books.party
            );
        }
    }
    statements
}

fn on_both(said: &[(Timestamp, Command)]) {
    for_each_backend(|database| {
        tell(&database.url, said);
        let statements = look_at(&database.url);
        assert!(statements >= 8, "{statements}");
    });
}

#[test]
fn statements_of_random_markets_tie_to_the_ledger() {
    let mut runner = TestRunner::deterministic();
    for _ in 0..2 {
        let steps = steps(150).new_tree(&mut runner).unwrap().current();
        on_both(&Player::play(&steps).unwrap().played);
    }
}

#[test]
fn statements_after_a_storm_tie_to_the_ledger() {
    let mut storm = Storm::new(2_026, 1_000);
    storm.blow(700);
    on_both(&storm.said);
}

/// A lease that is credited in the month after it ended is a correction of that month, in the open one.
#[test]
fn credits_are_red_invoices_and_are_shown_as_corrections() {
    let mut town = Town::new(&Setting::default());
    let lease = town.finished();
    let charged = lease.closed.as_ref().unwrap().charge;
    town.now = "2027-01-10T00:00:00Z".parse().unwrap();
    town.credit(&lease, 10_000).unwrap();
    on_both(&town.said);
    for_each_backend(|database| {
        tell(&database.url, &town.said);
        let reader = &mut Reader::open(&database.url).unwrap();
        let parties = papers::parties(reader).unwrap();
        let books = |reader: &mut Reader, month: Month, org: u64| {
            let period = Period {
                from: Some(month.from()),
                until: Some(month.until()),
            };
            papers::books(reader, (period, Party::Org(OrgId(org))), true).unwrap()
        };
        let (december, january): (Month, Month) = ("2026-12".parse().unwrap(), "2027-01".parse().unwrap());
        for org in [1, 2] {
            let blue = invoices(&books(reader, december, org), december, &parties).unwrap();
            let corrected = books(reader, january, org);
            let lines = corrected.accounts.iter().flat_map(|one| &one.lines);
            assert!(
                lines.clone().count() > 0
                    && lines
                        .clone()
                        .all(|line| line.earlier == (line.lease == Some(lease.lease)))
            );
            let red = invoices(&corrected, january, &parties).unwrap();
            let [blue, red] = [&blue, &red].map(|report| &report.invoices[0]);
            assert_eq!((blue.total, red.total.fen()), (charged, -10_000), "as {org}");
            assert_eq!(
                (blue.number.as_str(), red.number.as_str(), red.corrects.as_deref()),
                (
                    "202612-000001-000002-C",
                    "202701-000001-000002-CR202612",
                    Some("202612-000001-000002-C")
                )
            );
        }
    });
}
