//! clawback: org.cash, then org.debt → treasury_receivable of each payer, or the programme's reserve (the subsidy), then →
//! treasury_fine (the fine); programme.redeemed → voucher.reserved → programme.recovered, what was burned last first

use crate::domain::account::AccountKey;
use crate::domain::id::{OrgId, ProgrammeId, RecoveryId};
use crate::domain::money::Money;
use crate::domain::recovery::TakenBack;
use crate::domain::time::Timestamp;
use crate::domain::transfer::{BusinessRef, MovementKind};
use crate::engine::event::Event;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// What one recovery moves.
#[derive(Debug, Clone)]
pub struct Due<'a> {
    /// Under which programme.
    pub programme: ProgrammeId,
    /// From whom.
    pub org: OrgId,
    /// What of the subsidy goes where.
    pub subsidy: Vec<(AccountKey, Money)>,
    /// The fine.
    pub fine: Money,
    /// What of both comes out of cash.
    pub from_cash: Money,
    /// What of both becomes a debt.
    pub owed: Money,
    /// The subsidy by voucher.
    pub parts: &'a [TakenBack],
}

/// Posts it.
pub fn post(
    state: &mut State,
    events: &mut Vec<Event>,
    (id, due): (RecoveryId, &Due<'_>),
    at: Timestamp,
) -> Result<(), Rejection> {
    let sources = [
        (AccountKey::Cash(due.org), due.from_cash),
        (AccountKey::Debt(due.org), due.owed),
    ];
    let mut targets = due.subsidy.clone();
    targets.push((AccountKey::TreasuryFine(due.programme), due.fine));
    let mut legs = super::pour(&sources, &targets)?;
    for part in due.parts {
        let reserved = AccountKey::VoucherReserved(part.voucher);
        legs.push(super::leg(AccountKey::Redeemed(due.programme), reserved, part.amount));
        legs.push(super::leg(reserved, AccountKey::Recovered(due.programme), part.amount));
    }
    super::post(
        state,
        events,
        (MovementKind::Recover, BusinessRef::Recovery(id), at),
        &legs,
    )
}
