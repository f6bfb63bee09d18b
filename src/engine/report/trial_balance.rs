//! Trial balance: what every kind of account holds, out of the transfers alone, and whether that adds up.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::fact::TransferFact;
use super::figure::{Period, serialize_total};
use super::section::{Cell, Section};
use crate::domain::account::{AccountKey, Side, Unit};
use crate::domain::id::AccountId;
use crate::domain::transfer::MovementKind;
use crate::engine::ledger::Account;

/// The accounts of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KindBalance {
    /// What they count.
    pub unit: Unit,
    /// What they are for.
    pub kind: &'static str,
    /// How many there are.
    pub accounts: u64,
    /// Σ of those that stand on the debit side, in fen.
    #[serde(rename = "debit", serialize_with = "serialize_total")]
    pub debit_fen: i128,
    /// Σ of those that stand on the credit side, in fen.
    #[serde(rename = "credit", serialize_with = "serialize_total")]
    pub credit_fen: i128,
}

/// All accounts of one unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnitTotal {
    /// What they count.
    pub unit: Unit,
    /// How many there are.
    pub accounts: u64,
    /// Σ of the debit side, in fen.
    #[serde(rename = "debit", serialize_with = "serialize_total")]
    pub debit_fen: i128,
    /// Σ of the credit side, in fen.
    #[serde(rename = "credit", serialize_with = "serialize_total")]
    pub credit_fen: i128,
    /// Whether the two are equal.
    pub equal: bool,
}

/// What was booked in the period for one kind of business event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Booked {
    /// The business event.
    pub movement: MovementKind,
    /// In which unit.
    pub unit: Unit,
    /// Movements.
    pub movements: u64,
    /// Transfers.
    pub transfers: u64,
    /// Σ of their amounts, in fen.
    #[serde(rename = "amount", serialize_with = "serialize_total")]
    pub amount_fen: i128,
}

/// The report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrialBalanceReport {
    /// The period; balances are those at its end.
    pub period: Period,
    /// By unit and kind of account.
    pub accounts: Vec<KindBalance>,
    /// By unit.
    pub totals: Vec<UnitTotal>,
    /// Accounts whose balance is not what their transfers add up to; not known for an end in the past.
    pub accounts_differing: Option<u64>,
    /// What was booked in the period.
    pub booked: Vec<Booked>,
}

impl TrialBalanceReport {
    /// Units that do not add up, and accounts unlike their transfers.
    pub fn contradictions(&self) -> u64 {
        let unequal = self.totals.iter().map(|total| u64::from(!total.equal)).sum::<u64>();
        unequal + self.accounts_differing.unwrap_or(0)
    }

    /// As tables.
    pub fn sections(&self) -> Vec<Section> {
        let columns = &["unit", "account", "accounts", "debit", "credit"];
        let mut rows: Vec<Vec<Cell>> = Vec::new();
        for total in &self.totals {
            for kind in self.accounts.iter().filter(|kind| kind.unit == total.unit) {
                let name = Cell::from(kind.kind);
                rows.push(balance_row(
                    total.unit,
                    name,
                    kind.accounts,
                    (kind.debit_fen, kind.credit_fen),
                ));
            }
            let name = Cell::from(if total.equal {
                "total, equal"
            } else {
                "total, NOT EQUAL"
            });
            rows.push(balance_row(
                total.unit,
                name,
                total.accounts,
                (total.debit_fen, total.credit_fen),
            ));
        }
        if let Some(differing) = self.accounts_differing {
            rows.push(vec![
                Cell::None,
                "unlike their transfers".into(),
                differing.into(),
                Cell::None,
                Cell::None,
            ]);
        }
        let booked = self.booked.iter().map(|booked| {
            vec![
                unit_name(booked.unit).into(),
                movement_name(booked.movement).into(),
                booked.movements.into(),
                booked.transfers.into(),
                Cell::Total(booked.amount_fen),
            ]
        });
        vec![
            Section::new("trial balance", columns, rows),
            Section::new(
                "booked by movement",
                &["unit", "movement", "movements", "transfers", "amount"],
                booked,
            ),
        ]
    }
}

fn balance_row(unit: Unit, name: Cell, accounts: u64, (debit, credit): (i128, i128)) -> Vec<Cell> {
    vec![
        unit_name(unit).into(),
        name,
        accounts.into(),
        Cell::Total(debit),
        Cell::Total(credit),
    ]
}

/// What was booked of one kind so far.
#[derive(Debug, Default)]
struct Tally {
    last_movement: u64,
    movements: u64,
    transfers: u64,
    amount_fen: i128,
}

/// The fold.
#[derive(Debug)]
pub struct TrialBalance {
    period: Period,
    /// Debits − credits, by account.
    nets: FxHashMap<AccountId, i128>,
    accounts: Vec<Account>,
    booked: BTreeMap<(Unit, MovementKind), Tally>,
    units: FxHashMap<AccountId, Unit>,
}

impl TrialBalance {
    /// Of the accounts as they stand.
    pub fn new(period: Period, accounts: Vec<Account>) -> TrialBalance {
        let units = accounts
            .iter()
            .map(|account| (account.id, account.key.unit()))
            .collect();
        TrialBalance {
            period,
            nets: FxHashMap::default(),
            accounts,
            booked: BTreeMap::new(),
            units,
        }
    }

    /// Looks at a transfer; they come in the order of posting.
    pub fn add_transfer(&mut self, transfer: &TransferFact) {
        if !self.period.is_before_end(transfer.booked_at) {
            return;
        }
        let amount = i128::from(transfer.amount.fen());
        *self.nets.entry(transfer.debit).or_default() += amount;
        *self.nets.entry(transfer.credit).or_default() -= amount;
        if self.period.contains(transfer.booked_at)
            && let Some(&unit) = self.units.get(&transfer.debit)
        {
            let tally = self.booked.entry((unit, transfer.kind)).or_default();
            tally.movements += u64::from(tally.last_movement != transfer.movement);
            tally.last_movement = transfer.movement;
            tally.transfers += 1;
            tally.amount_fen += amount;
        }
    }

    /// The figures.
    pub fn finish(mut self) -> TrialBalanceReport {
        // In the order of the chart of accounts.
        self.accounts.sort_unstable_by_key(|account| account.key);
        let mut accounts: Vec<KindBalance> = Vec::new();
        let mut differing = 0;
        for account in &self.accounts {
            let posted = self.nets.get(&account.id);
            let net = posted.copied().unwrap_or_default();
            let balance = i128::from(account.balance.fen());
            let stored = match account.key.normal() {
                Side::Debit => balance,
                Side::Credit => -balance,
            };
            differing += u64::from(stored != net);
            // An account that nothing had touched by then did not exist.
            if posted.is_none() {
                continue;
            }
            let row = row_of(&mut accounts, account.key);
            row.accounts += 1;
            row.debit_fen += net.max(0);
            row.credit_fen += (-net).max(0);
        }
        let totals = [Unit::Cny, Unit::Cnyv].map(|unit| total(unit, &accounts));
        let booked = self.booked.into_iter();
        TrialBalanceReport {
            period: self.period,
            totals: totals.into_iter().filter(|total| total.accounts > 0).collect(),
            accounts,
            accounts_differing: self.period.until.is_none().then_some(differing),
            booked: booked
                .map(|((unit, movement), tally)| Booked {
                    movement,
                    unit,
                    movements: tally.movements,
                    transfers: tally.transfers,
                    amount_fen: tally.amount_fen,
                })
                .collect(),
        }
    }
}

/// The row of a kind: the last one, as they come in order.
fn row_of(rows: &mut Vec<KindBalance>, key: AccountKey) -> &mut KindBalance {
    if rows.last().is_none_or(|last| last.kind != key.kind()) {
        rows.push(KindBalance {
            unit: key.unit(),
            kind: key.kind(),
            accounts: 0,
            debit_fen: 0,
            credit_fen: 0,
        });
    }
    let last = rows.len() - 1;
    &mut rows[last]
}

fn total(unit: Unit, kinds: &[KindBalance]) -> UnitTotal {
    let of_unit = || kinds.iter().filter(|kind| kind.unit == unit);
    let debit_fen = of_unit().map(|kind| kind.debit_fen).sum();
    let credit_fen = of_unit().map(|kind| kind.credit_fen).sum();
    UnitTotal {
        unit,
        accounts: of_unit().map(|kind| kind.accounts).sum(),
        debit_fen,
        credit_fen,
        equal: debit_fen == credit_fen,
    }
}

fn unit_name(unit: Unit) -> &'static str {
    match unit {
        Unit::Cny => "CNY",
        Unit::Cnyv => "CNYV",
    }
}

/// A movement in words.
pub fn movement_name(kind: MovementKind) -> &'static str {
    match kind {
        MovementKind::Deposit => "deposit",
        MovementKind::HoldBid => "hold a bid",
        MovementKind::ReleaseBid => "release a bid",
        MovementKind::Fill => "fill",
        MovementKind::Settle => "settle usage",
        MovementKind::Correct => "correct a settlement",
        MovementKind::Release => "release earnings",
        MovementKind::CloseLease => "close a lease",
        MovementKind::Appropriate => "appropriate",
        MovementKind::Grant => "grant a voucher",
        MovementKind::ExpireVoucher => "expire a voucher",
        MovementKind::Recover => "take a subsidy back",
        MovementKind::Credit => "credit",
        MovementKind::Collect => "collect a debt",
        MovementKind::ReserveClaim => "reserve for a claim",
        MovementKind::ReleaseClaim => "release a claim",
        MovementKind::PayClaim => "pay a claim",
        MovementKind::Assess => "assess a year",
        MovementKind::FundReserve => "fund a reserve",
        MovementKind::ReturnReserve => "return a reserve",
        MovementKind::ReceiveTreasury => "treasury pays",
        MovementKind::RemitTreasury => "remit to a treasury",
        MovementKind::RevokeVoucher => "revoke a voucher",
        MovementKind::TakeBackPot => "take back a pot",
        MovementKind::LapsePot => "lapse a pot",
        MovementKind::Payout => "pay out earnings",
        MovementKind::Withdraw => "withdraw cash",
        MovementKind::Refund => "send back what was in suspense",
        MovementKind::SettlePayout => "payout paid by the bank",
        MovementKind::ReturnPayout => "payout come back",
        MovementKind::Suspend => "put into suspense",
        MovementKind::ResolveSuspense => "resolve suspense",
        MovementKind::Succeed => "go on in the place of a lease",
        MovementKind::ReleaseEscrow => "release escrow",
        MovementKind::Penalty => "penalty",
        MovementKind::Manual => "post by hand",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::OrgId;
    use crate::domain::money::Money;
    use crate::domain::time::{Hour, Timestamp};

    fn at(hour: i32) -> Timestamp {
        Hour(hour).timestamp()
    }

    fn account(id: u64, key: AccountKey, fen: i64) -> Account {
        Account {
            id: AccountId(id),
            key,
            balance: Money::from_fen(fen),
        }
    }

    fn transfer(movement: u64, (debit, credit): (u64, u64), fen: i64, hour: i32) -> TransferFact {
        TransferFact {
            movement,
            kind: if debit == 1 {
                MovementKind::Deposit
            } else {
                MovementKind::HoldBid
            },
            debit: AccountId(debit),
            credit: AccountId(credit),
            amount: Money::from_fen(fen),
            booked_at: at(hour),
        }
    }

    fn accounts() -> Vec<Account> {
        vec![
            account(1, AccountKey::Bank, 1_000),
            account(2, AccountKey::Cash(OrgId(1)), 300),
            account(3, AccountKey::Held(OrgId(1)), 200),
            account(4, AccountKey::Cash(OrgId(2)), 500),
        ]
    }

    fn report(period: Period, accounts: Vec<Account>) -> TrialBalanceReport {
        let mut fold = TrialBalance::new(period, accounts);
        fold.add_transfer(&transfer(1, (1, 2), 500, 1));
        fold.add_transfer(&transfer(2, (1, 4), 500, 2));
        fold.add_transfer(&transfer(3, (2, 3), 200, 3));
        fold.finish()
    }

    #[test]
    fn balances_come_from_the_transfers_and_add_up() {
        let report = report(Period::default(), accounts());
        let rows: Vec<_> = report
            .accounts
            .iter()
            .map(|kind| (kind.kind, kind.accounts, kind.debit_fen, kind.credit_fen))
            .collect();
        assert_eq!(rows, [("bank", 1, 1_000, 0), ("cash", 2, 0, 800), ("held", 1, 0, 200)]);
        assert_eq!(
            (report.totals[0].debit_fen, report.totals[0].credit_fen),
            (1_000, 1_000)
        );
        assert_eq!(report.accounts_differing, Some(0));
        assert_eq!(report.contradictions(), 0);
    }

    #[test]
    fn an_end_in_the_past_leaves_out_what_came_later() {
        let period = Period {
            from: Some(at(2)),
            until: Some(at(3)),
        };
        let report = report(period, accounts());
        let cash = report.accounts.iter().find(|kind| kind.kind == "cash").unwrap();
        assert_eq!((cash.credit_fen, report.accounts_differing), (1_000, None));
        let booked: Vec<_> = report
            .booked
            .iter()
            .map(|one| (one.movement, one.movements, one.amount_fen))
            .collect();
        assert_eq!(booked, [(MovementKind::Deposit, 1, 500)]);
        assert_eq!(report.contradictions(), 0);
    }

    #[test]
    fn a_balance_unlike_its_transfers_is_found() {
        let mut accounts = accounts();
        accounts[1].balance = Money::from_fen(301);
        let report = report(Period::default(), accounts);
        assert_eq!(report.accounts_differing, Some(1));
        assert_eq!(report.contradictions(), 1);
    }

    #[test]
    fn sums_beyond_any_account_are_exact_in_json() {
        let row = KindBalance {
            unit: Unit::Cny,
            kind: "cash",
            accounts: 2,
            debit_fen: 2 * i128::from(i64::MAX),
            credit_fen: -5,
        };
        assert_eq!(
            serde_json::to_string(&row).unwrap(),
            r#"{"unit":"CNY","kind":"cash","accounts":2,"debit":"184467440737095516.14","credit":"-0.05"}"#
        );
    }
}
