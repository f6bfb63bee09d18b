//! Settlements, fees and periods as the API shows them.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::app::answer::Receipt;
use crate::domain::account::{AccountKey, Unit};
use crate::domain::fees::{FeeSchedule, VatChange};
use crate::domain::id::{AccountId, LeaseId, SettlementId};
use crate::domain::money::Money;
use crate::domain::settlement::RunTotals;
use crate::domain::time::Timestamp;
use crate::domain::transfer::MovementKind;
use crate::engine::event::LeaseSettlement;
use crate::engine::settlement::Previewed;
use crate::store::journal::JournalRow;
use crate::store::load::Corrupt;
use crate::store::settlement::{PeriodRow, SettlementRow};

/// A settlement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SettlementView {
    /// Its identifier.
    pub id: SettlementId,
    /// All usage accepted before a lease was reached that ended by here is settled.
    pub until: Timestamp,
    /// When it began.
    pub began_at: Timestamp,
    /// When it was over; null: it goes on by itself.
    pub ended_at: Option<Timestamp>,
    /// What it has posted so far.
    pub totals: RunTotals,
}

impl From<&SettlementRow> for SettlementView {
    fn from(row: &SettlementRow) -> SettlementView {
        let run = row.run();
        SettlementView {
            id: run.id,
            until: run.until,
            began_at: run.began_at,
            ended_at: row.ended_at.map(Timestamp::from_micros),
            totals: run.totals,
        }
    }
}

/// A settlement that was asked for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SettledRunView {
    /// The settlement.
    #[serde(flatten)]
    pub settlement: SettlementView,
    /// What was posted for each lease: the first two hundred.
    #[schema(value_type = Vec<LeaseSettlement>)]
    pub leases: Vec<serde_json::Value>,
    /// The place of its first command in the audit log.
    pub receipt: Receipt,
}

/// A settlement with its first leases.
#[derive(Debug, Clone, Serialize)]
pub struct WithLeases {
    /// The settlement.
    #[serde(flatten)]
    pub settlement: SettlementView,
    /// What was posted for each: the first two hundred.
    pub leases: Vec<serde_json::Value>,
}

impl WithLeases {
    /// The answer to whoever has asked for it.
    pub fn with(self, receipt: Receipt) -> SettledRunView {
        SettledRunView {
            settlement: self.settlement,
            leases: self.leases,
            receipt,
        }
    }
}

/// What a settlement posted for a lease, as the leaf says it.
///
/// # Errors
/// The leaf is not what it should be.
pub fn of_leaf(row: &JournalRow) -> Result<serde_json::Value, Corrupt> {
    let corrupt = || Corrupt::new("journal.body", &row.seq.to_string());
    let mut leaf: serde_json::Value = serde_json::from_slice(&row.body).map_err(|_| corrupt())?;
    leaf.get_mut("lease_settled")
        .map(serde_json::Value::take)
        .ok_or_else(corrupt)
}

/// A transfer that would be posted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PreviewedTransfer {
    /// The account debited.
    #[schema(value_type = Object)]
    pub debit: AccountKey,
    /// The account credited.
    #[schema(value_type = Object)]
    pub credit: AccountKey,
    /// What both count.
    pub unit: Unit,
    /// How much.
    pub amount: Money,
}

/// A movement that would be posted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PreviewedMovement {
    /// Which business event.
    pub kind: MovementKind,
    /// Its transfers, in order.
    pub transfers: Vec<PreviewedTransfer>,
}

/// What would be posted for a lease.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PreviewedView {
    /// What would be told of it.
    #[serde(flatten)]
    pub settled: LeaseSettlement,
    /// The movements.
    pub movements: Vec<PreviewedMovement>,
}

impl PreviewedView {
    /// With the accounts by what they are for.
    pub(crate) fn of(one: Previewed, keys: &BTreeMap<AccountId, AccountKey>) -> PreviewedView {
        let key = |id: AccountId| keys.get(&id).copied().unwrap_or(AccountKey::Suspense);
        let movements = one.movements.into_iter().map(|movement| PreviewedMovement {
            kind: movement.kind,
            transfers: movement
                .transfers
                .iter()
                .map(|transfer| PreviewedTransfer {
                    debit: key(transfer.debit),
                    credit: key(transfer.credit),
                    unit: transfer.unit,
                    amount: transfer.amount,
                })
                .collect(),
        });
        PreviewedView {
            movements: movements.collect(),
            settled: one.settled,
        }
    }
}

/// What a settlement would post now. Nothing is posted.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PreviewView {
    /// Up to when.
    pub until: Timestamp,
    /// In all.
    pub totals: RunTotals,
    /// By lease, in the order of their identifiers: two hundred.
    pub leases: Vec<PreviewedView>,
    /// What to give as `after` for the next two hundred; null: there are no more.
    pub next: Option<LeaseId>,
}

/// A closed period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PeriodView {
    /// Its first instant: the end of the one before; null: it is the first.
    pub from: Option<Timestamp>,
    /// The first instant after it. `GET /v1/trial-balance?as_of=` of it is the balance sheet as of the close.
    pub until: Timestamp,
    /// When it was closed.
    pub closed_at: Timestamp,
}

impl PeriodView {
    /// All of them, the oldest first.
    pub fn all(rows: &[PeriodRow]) -> Vec<PeriodView> {
        let starts = std::iter::once(None).chain(rows.iter().map(|row| Some(Timestamp::from_micros(row.until_at))));
        let periods = starts.zip(rows).map(|(from, row)| PeriodView {
            from,
            until: Timestamp::from_micros(row.until_at),
            closed_at: Timestamp::from_micros(row.closed_at),
        });
        periods.collect()
    }
}

/// Fees that were, are and will be in force; the terms say them where no schedule is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FeesView {
    /// Schedules, by their first instant.
    pub schedules: Vec<FeeSchedule>,
    /// Rates of the VAT contained in fees, by their first instant.
    pub vat: Vec<VatChange>,
}
