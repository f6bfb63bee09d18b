//! The trial balance as the API shows it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::account::Unit;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::engine::report::trial_balance::{KindBalance, TrialBalanceReport, UnitTotal};
use crate::store::load::{Corrupt, narrow};

/// What all accounts hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TrialBalanceView {
    /// At which instant; null: now.
    pub as_of: Option<Timestamp>,
    /// By unit and kind of account.
    pub accounts: Vec<KindView>,
    /// By unit.
    pub totals: Vec<TotalView>,
    /// Accounts whose balance is not what their transfers add up to; null for an instant in the past.
    pub accounts_differing: Option<u64>,
}

/// The accounts of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct KindView {
    /// What they count.
    pub unit: Unit,
    /// What they are for.
    pub kind: &'static str,
    /// How many there are.
    pub accounts: u64,
    /// Σ of those that stand on the debit side.
    pub debit: Money,
    /// Σ of those that stand on the credit side.
    pub credit: Money,
}

/// All accounts of one unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TotalView {
    /// What they count.
    pub unit: Unit,
    /// How many there are.
    pub accounts: u64,
    /// Σ of the debit side.
    pub debit: Money,
    /// Σ of the credit side.
    pub credit: Money,
    /// Whether the two are equal.
    pub equal: bool,
}

impl TrialBalanceView {
    /// What is shown of the report.
    ///
    /// # Errors
    /// Sums out of the range of money, which the ledger would not have taken.
    pub fn of(report: TrialBalanceReport, as_of: Option<Timestamp>) -> Result<TrialBalanceView, Corrupt> {
        let kind = |one: &KindBalance| {
            Ok(KindView {
                unit: one.unit,
                kind: one.kind,
                accounts: one.accounts,
                debit: money(one.debit_fen)?,
                credit: money(one.credit_fen)?,
            })
        };
        let total = |one: &UnitTotal| {
            Ok(TotalView {
                unit: one.unit,
                accounts: one.accounts,
                debit: money(one.debit_fen)?,
                credit: money(one.credit_fen)?,
                equal: one.equal,
            })
        };
        Ok(TrialBalanceView {
            as_of,
            accounts: report.accounts.iter().map(kind).collect::<Result<_, Corrupt>>()?,
            totals: report.totals.iter().map(total).collect::<Result<_, Corrupt>>()?,
            accounts_differing: report.accounts_differing,
        })
    }
}

fn money(fen: i128) -> Result<Money, Corrupt> {
    let fen = i64::try_from(fen).unwrap_or(i64::MIN);
    narrow::<u64>("transfer.amount", fen).map(|fen| Money::from_fen(fen.cast_signed()))
}
