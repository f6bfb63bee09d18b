//! Transfers as the API shows them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::account::Unit;
use crate::domain::id::{AccountId, MovementId, TransferId};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::transfer::MovementKind;
use crate::store::load::Corrupt;
use crate::store::transfer::{TransferRow, about_of};

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
            business_ref: about_of(&row.about_kind, row.about)?.to_string(),
            booked_at: Timestamp::from_micros(row.booked_at),
            created_at: Timestamp::from_micros(row.created_at),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{BidId, ClaimId, LeaseId, OrgId, ProgrammeId, RecoveryId, TreasuryRequestId, VoucherId};
    use crate::domain::transfer::{BusinessRef, Movement, Transfer};
    use crate::store::Batch;

    #[test]
    fn whatever_a_movement_is_about_is_shown() {
        let transfer = Transfer {
            id: TransferId(1),
            debit: AccountId(1),
            credit: AccountId(2),
            unit: Unit::Cny,
            amount: Money::from_fen(1),
        };
        let mut batch = Batch::default();
        for about in [
            BusinessRef::Org(OrgId(1)),
            BusinessRef::Bid(BidId(1)),
            BusinessRef::Lease(LeaseId(1)),
            BusinessRef::Programme(ProgrammeId(1)),
            BusinessRef::Voucher(VoucherId(1)),
            BusinessRef::Recovery(RecoveryId(1)),
            BusinessRef::Claim(ClaimId(1)),
            BusinessRef::TreasuryRequest(TreasuryRequestId(1)),
        ] {
            let movement = Movement {
                id: MovementId(1),
                kind: MovementKind::Deposit,
                about,
                booked_at: Timestamp::from_micros(0),
                transfers: vec![transfer],
                opened: Vec::new(),
            };
            batch.add_movement(&movement, 1, Timestamp::from_micros(0));
        }
        let shown: Vec<String> = batch
            .transfers
            .iter()
            .map(|row| TransferView::of(row).unwrap().business_ref)
            .collect();
        let prefixes: Vec<&str> = shown.iter().map(|text| &text[..4]).collect();
        assert_eq!(
            prefixes,
            ["org_", "bid_", "lse_", "prg_", "vch_", "rec_", "clm_", "trq_"]
        );
    }
}
