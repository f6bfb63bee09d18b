//! The ledger's transfers.

use super::column::{Named, row};
use super::load::Corrupt;
use super::writer::Batch;
use crate::domain::account::Unit;
use crate::domain::id::{
    BidId, ClaimId, LeaseId, OrgId, PayoutId, ProgrammeId, RecoveryId, StatementId, SuspenseId, TreasuryRequestId,
    VoucherId,
};
use crate::domain::time::Timestamp;
use crate::domain::transfer::{BusinessRef, Movement, MovementKind};

row! {
    /// A transfer of the ledger.
    pub struct TransferRow in transfer by (seq) {
        /// Its identifier; without gaps from 1.
        pub seq: i64,
        /// The command that brought it about.
        pub command_seq: i64,
        /// The movement that it is a part of.
        pub movement: i64,
        /// The business event.
        pub kind: Named<MovementKind>,
        /// The account debited.
        pub debit: i64,
        /// The account credited.
        pub credit: i64,
        /// What both count.
        pub unit: Named<Unit>,
        /// In fen; more than zero.
        pub amount: i64,
        /// What the movement is about: which kind of thing.
        pub about_kind: String,
        /// And which one of them.
        pub about: i64,
        /// When it counts, in microseconds.
        pub booked_at: i64,
        /// When it was written, in microseconds.
        pub created_at: i64,
    }
}

impl Batch {
    /// Adds the transfers of `movement`, brought about by the command at place `command_seq`.
    pub fn add_movement(&mut self, movement: &Movement, command_seq: i64, created_at: Timestamp) {
        let (about_kind, about) = about_columns(movement.about);
        self.transfers
            .extend(movement.transfers.iter().map(|transfer| TransferRow {
                seq: transfer.id.0.cast_signed(),
                command_seq,
                movement: movement.id.0.cast_signed(),
                kind: Named(movement.kind),
                debit: transfer.debit.0.cast_signed(),
                credit: transfer.credit.0.cast_signed(),
                unit: Named(transfer.unit),
                amount: transfer.amount.fen(),
                about_kind: about_kind.to_owned(),
                about,
                booked_at: movement.booked_at.micros(),
                created_at: created_at.micros(),
            }));
    }
}

/// The two columns that hold `about`.
pub fn about_columns(about: BusinessRef) -> (&'static str, i64) {
    match about {
        BusinessRef::Org(id) => ("org", id.0.cast_signed()),
        BusinessRef::Bid(id) => ("bid", id.0.cast_signed()),
        BusinessRef::Lease(id) => ("lease", id.0.cast_signed()),
        BusinessRef::Programme(id) => ("programme", id.0.cast_signed()),
        BusinessRef::Voucher(id) => ("voucher", id.0.cast_signed()),
        BusinessRef::Recovery(id) => ("recovery", id.0.cast_signed()),
        BusinessRef::Claim(id) => ("claim", id.0.cast_signed()),
        BusinessRef::TreasuryRequest(id) => ("treasury_request", id.0.cast_signed()),
        BusinessRef::Payout(id) => ("payout", id.0.cast_signed()),
        BusinessRef::Statement(id) => ("statement", id.0.cast_signed()),
        BusinessRef::Suspense(id) => ("suspense", id.0.cast_signed()),
    }
}

/// What the two columns are about: the reverse of [`about_columns`].
///
/// # Errors
/// There is nothing of this kind.
pub fn about_of(kind: &str, id: i64) -> Result<BusinessRef, Corrupt> {
    let id = id.cast_unsigned();
    Ok(match kind {
        "org" => BusinessRef::Org(OrgId(id)),
        "bid" => BusinessRef::Bid(BidId(id)),
        "lease" => BusinessRef::Lease(LeaseId(id)),
        "programme" => BusinessRef::Programme(ProgrammeId(id)),
        "voucher" => BusinessRef::Voucher(VoucherId(id)),
        "recovery" => BusinessRef::Recovery(RecoveryId(id)),
        "claim" => BusinessRef::Claim(ClaimId(id)),
        "treasury_request" => BusinessRef::TreasuryRequest(TreasuryRequestId(id)),
        "payout" => BusinessRef::Payout(PayoutId(id)),
        "statement" => BusinessRef::Statement(StatementId(id)),
        "suspense" => BusinessRef::Suspense(SuspenseId(id)),
        other => return Err(Corrupt::new("transfer.about_kind", other)),
    })
}
