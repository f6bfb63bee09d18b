//! Transfers as the API shows them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::account::Unit;
use crate::domain::id::{
    AccountId, BidId, ClaimId, LeaseId, MovementId, OrgId, ProgrammeId, TransferId, TreasuryRequestId, VoucherId,
};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::transfer::MovementKind;
use crate::store::load::Corrupt;
use crate::store::transfer::TransferRow;

/// A transfer of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TransferView {
    /// The transfer.
    pub id: TransferId,
    /// The movement that it is a part of.
    pub movement: MovementId,
    /// The business event.
    pub kind: MovementKind,
    /// The account debited.
    pub debit: AccountId,
    /// The account credited.
    pub credit: AccountId,
    /// What both count.
    pub unit: Unit,
    /// How much; more than zero.
    pub amount: Money,
    /// The organisation, bid, lease, programme or voucher that it is about.
    pub business_ref: String,
    /// When it counts.
    pub booked_at: Timestamp,
    /// When it was written.
    pub created_at: Timestamp,
}

impl TransferView {
    /// What is shown of a row.
    ///
    /// # Errors
    /// The row is about something that there is not.
    pub fn of(row: &TransferRow) -> Result<TransferView, Corrupt> {
        Ok(TransferView {
            id: TransferId(row.seq.cast_unsigned()),
            movement: MovementId(row.movement.cast_unsigned()),
            kind: row.kind.0,
            debit: AccountId(row.debit.cast_unsigned()),
            credit: AccountId(row.credit.cast_unsigned()),
            unit: row.unit.0,
            amount: Money::from_fen(row.amount),
            business_ref: business_ref(row)?,
            booked_at: Timestamp::from_micros(row.booked_at),
            created_at: Timestamp::from_micros(row.created_at),
        })
    }
}

fn business_ref(row: &TransferRow) -> Result<String, Corrupt> {
    let id = row.about.cast_unsigned();
    Ok(match row.about_kind.as_str() {
        "org" => OrgId(id).to_string(),
        "bid" => BidId(id).to_string(),
        "lease" => LeaseId(id).to_string(),
        "programme" => ProgrammeId(id).to_string(),
        "voucher" => VoucherId(id).to_string(),
        "claim" => ClaimId(id).to_string(),
        "treasury_request" => TreasuryRequestId(id).to_string(),
        other => return Err(Corrupt::new("transfer.about_kind", other)),
    })
}
