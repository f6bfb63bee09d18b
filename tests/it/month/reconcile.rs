//! Statements held against the ledger and against what the bank itself says is in the account.

use std::collections::{BTreeMap, BTreeSet};

use qiantang::app::report::{self, Name, Report, ReportError, Scope, papers};
use qiantang::domain::account::{AccountKey, Owner, Side, Unit};
use qiantang::domain::id::{AccountId, LeaseId, OrgId, VoucherId};
use qiantang::domain::month::Month;
use qiantang::domain::recovery::RecoveryKind;
use qiantang::engine::report::Period;
use qiantang::engine::report::fact::TransferFact;
use qiantang::engine::report::statement::Party;
use qiantang::store::{Reader, Url, account, office, organisation, report as stored, voucher};

/// By party and kind of account, in fen.
type Held = BTreeMap<(Party, &'static str), i64>;

/// What was held against each other.
#[derive(Debug, Default)]
pub struct Reconciled {
    pub months: usize,
    pub statements: u64,
    pub lines: u64,
    pub transfers: usize,
    /// In fen: in the account by the bank's own books, and by the ledger.
    pub bank: [i64; 2],
    /// In fen: what organisations have or are owed, fees and VAT, what treasuries and organisations owe.
    pub owed: [i64; 3],
    /// Recoveries, credits, and credits for outages.
    pub taken_back: [usize; 3],
}

struct Ledger {
    keys: BTreeMap<AccountId, AccountKey>,
    now: BTreeMap<AccountKey, i64>,
    tenants: BTreeMap<LeaseId, OrgId>,
    holders: BTreeMap<VoucherId, OrgId>,
    transfers: Vec<TransferFact>,
}

impl Ledger {
    fn read(reader: &mut Reader) -> Ledger {
        let mut ledger = Ledger {
            keys: BTreeMap::new(),
            now: BTreeMap::new(),
            tenants: BTreeMap::new(),
            holders: BTreeMap::new(),
            transfers: Vec::new(),
        };
        account::load_all(reader, |account| {
            ledger.keys.insert(account.id, account.key);
            ledger.now.insert(account.key, account.balance.fen());
        })
        .unwrap();
        stored::leases::<ReportError>(reader, |lease| {
            ledger.tenants.insert(lease.id, lease.tenant);
            Ok(())
        })
        .unwrap();
        let vouchers = voucher::load_all(reader).unwrap();
        ledger
            .holders
            .extend(vouchers.iter().map(|voucher| (voucher.id, voucher.org)));
        stored::transfers::<ReportError>(reader, |transfer| {
            ledger.transfers.push(transfer);
            Ok(())
        })
        .unwrap();
        ledger
    }

    fn party(&self, key: AccountKey) -> Option<Party> {
        match key.owner() {
            Owner::Platform => Some(Party::Platform),
            Owner::Org(org) => Some(Party::Org(org)),
            Owner::Lease(lease) => Some(Party::Org(self.tenants[&lease])),
            Owner::Voucher(voucher) => Some(Party::Org(self.holders[&voucher])),
            Owner::Programme(_) => None,
        }
    }

    /// What everybody held at the end of each month, added up from the transfers.
    fn at_ends(&self, months: &[Month]) -> Vec<Held> {
        let mut held = Held::new();
        let mut transfers = self.transfers.iter().peekable();
        let ends = months.iter().map(|month| {
            while let Some(one) = transfers.next_if(|one| one.booked_at < month.until()) {
                for (id, side) in [(one.debit, Side::Debit), (one.credit, Side::Credit)] {
                    let key = self.keys[&id];
                    if let Some(party) = self.party(key) {
                        let fen = one.amount.fen();
                        *held.entry((party, key.kind())).or_default() += if key.normal() == side { fen } else { -fen };
                    }
                }
            }
            held.clone()
        });
        ends.collect()
    }

    fn months(&self) -> Vec<Month> {
        let of = |one: Option<&TransferFact>| Month::of(one.unwrap().booked_at.month_start()).unwrap();
        let mut months = vec![of(self.transfers.first())];
        let last = of(self.transfers.last());
        while *months.last().unwrap() != last {
            months.push(Month::of(months.last().unwrap().until()).unwrap());
        }
        months
    }
}

/// Holds everything against everything, `bank` being what the bank has in the account.
pub fn reconcile(url: &Url, bank: i64) -> Reconciled {
    let reader = &mut Reader::open(url).unwrap();
    let ledger = Ledger::read(reader);
    let months = ledger.months();
    let orgs = organisation::load_all(reader).unwrap();
    let mut parties: BTreeSet<Party> = orgs.iter().map(|org| Party::Org(org.id)).collect();
    parties.insert(Party::Platform);
    let mut found = Reconciled {
        months: months.len(),
        transfers: ledger.transfers.len(),
        ..Reconciled::default()
    };
    let mut before = Held::new();
    for (month, expected) in months.iter().zip(ledger.at_ends(&months)) {
        let period = Period {
            from: Some(month.from()),
            until: Some(month.until()),
        };
        let mut closings = Held::new();
        for &party in &parties {
            let books = papers::books(reader, (period, party), true).unwrap();
            found.statements += 1;
            for one in &books.accounts {
                let place = format!("{party:?} {} {month:?}", one.account);
                let opening = before.get(&(party, one.account)).copied().unwrap_or_default();
                assert_eq!(one.opening.fen(), opening, "{place} opens as the last one closed");
                let lines = one.lines.iter().map(|line| {
                    if line.came {
                        line.amount.fen()
                    } else {
                        -line.amount.fen()
                    }
                });
                assert_eq!(
                    opening + lines.sum::<i64>(),
                    one.closing.fen(),
                    "{place}: opening and lines"
                );
                found.lines += u64::try_from(one.lines.len()).unwrap();
                closings.insert((party, one.account), one.closing.fen());
            }
        }
        let some = |held: Held| held.into_iter().filter(|(_, fen)| *fen != 0).collect::<Held>();
        assert_eq!(
            some(closings.clone()),
            some(expected),
            "{month:?}: statements and transfers"
        );
        before = closings;
    }
    let recoveries = office::load_recoveries(reader).unwrap();
    for recovery in recoveries {
        found.taken_back[match recovery.kind {
            RecoveryKind::Clawback { .. } => 0,
            RecoveryKind::Credit { sla: None, .. } => 1,
            RecoveryKind::Credit { sla: Some(_), .. } => 2,
        }] += 1;
    }
    against_trial_balance(reader, &ledger, &before);
    against_bank(reader, &ledger, bank, &mut found);
    found
}

/// All statements together are the trial balance, but for what is a programme's.
fn against_trial_balance(reader: &mut Reader, ledger: &Ledger, closings: &Held) {
    let report = report::run(reader, Name::TrialBalance, Scope::default()).unwrap();
    let Report::TrialBalance(balance) = report else {
        panic!("asked for the trial balance")
    };
    assert_eq!(balance.contradictions(), 0, "{balance:?}");
    let stated: BTreeMap<&str, (bool, Side)> = ledger
        .now
        .keys()
        .map(|key| (key.kind(), (ledger.party(*key).is_some(), key.normal())))
        .collect();
    let mut compared = 0;
    for row in &balance.accounts {
        let Some((true, side)) = stated.get(row.kind) else {
            continue;
        };
        let sum: i64 = closings
            .iter()
            .filter(|((_, kind), _)| *kind == row.kind)
            .map(|(_, fen)| fen)
            .sum();
        let net = row.debit_fen - row.credit_fen;
        let net = if *side == Side::Debit { net } else { -net };
        assert_eq!(
            i128::from(sum),
            net,
            "{}: all statements and the trial balance",
            row.kind
        );
        compared += 1;
    }
    assert!(compared >= 10, "{compared} kinds of accounts");
}

/// What the bank has is what the ledger has as `bank`, which is what is owed to all less what is owed by some.
fn against_bank(reader: &mut Reader, ledger: &Ledger, bank: i64, found: &mut Reconciled) {
    let report = report::run(reader, Name::BankReconciliation, Scope::default()).unwrap();
    let Report::BankReconciliation(report) = report else {
        panic!("asked for the bank reconciliation")
    };
    let nothing = [
        report.difference,
        report.awaited,
        report.from_before,
        report.unexplained,
        report.in_flight,
    ];
    assert_eq!(nothing.map(|amount| amount.fen()), [0; 5], "{report:?}");
    assert_eq!([report.statements, report.bank].map(|amount| amount.fen()), [bank; 2]);
    let own = ledger
        .now
        .iter()
        .filter(|(key, _)| key.unit() == Unit::Cny && **key != AccountKey::Bank);
    let mut owed = [0; 3];
    for (key, fen) in own {
        match (key.owner(), key.normal()) {
            (_, Side::Debit) => owed[2] += fen,
            (Owner::Platform, Side::Credit) => owed[1] += fen,
            (_, Side::Credit) => owed[0] += fen,
        }
    }
    assert_eq!(
        bank,
        owed[0] + owed[1] - owed[2],
        "in the bank is what is owed: {owed:?}"
    );
    found.bank = [bank, ledger.now[&AccountKey::Bank]];
    found.owed = owed;
}
