//! Events of the journal.

use utoipa::openapi::Object;

use super::{check_kind, one_of};
use crate::app::page::{Page, query};
use crate::app::readers::{PooledReader, ReadError};
use crate::app::view::event::EventView;
use crate::store::log;
use crate::store::read::journal;

/// The kinds of events: a command's own, and those of what it brought about.
pub const KINDS: [&str; 59] = [
    "command",
    "org_registered",
    "listing_opened",
    "listing_changed",
    "bid_placed",
    "bid_changed",
    "filled",
    "lease_changed",
    "lease_settled",
    "usage_accepted",
    "usage_refused",
    "usage_taken",
    "usage_stepped",
    "usage_key_changed",
    "dispute_changed",
    "posted",
    "programme_opened",
    "voucher_granted",
    "voucher_expired",
    "entity_drawn",
    "earnings_pending",
    "programme_changed",
    "voucher_changed",
    "voucher_expiring",
    "cap_lifted",
    "calendar_set",
    "application_changed",
    "claim_changed",
    "evaluated",
    "entity_spent",
    "recovery_made",
    "facts_attested",
    "provider_listed",
    "power_reported",
    "relation_changed",
    "flag_changed",
    "treasury_request_changed",
    "payout_account_changed",
    "custody_account_changed",
    "withdrawal_changed",
    "payout_batch_changed",
    "payout_changed",
    "statement_imported",
    "suspense_changed",
    "line_awaited",
    "line_seen",
    "settlement_changed",
    "period_closed",
    "usage_corrected",
    "fees_set",
    "vat_set",
    "outage_changed",
    "lease_probed",
    "user_registered",
    "user_changed",
    "lease_change_set",
    "access_key_set",
    "proposed",
    "approval_decided",
];

fn kinds() -> Object {
    one_of(&KINDS)
}

query! {
    /// Which events; the oldest first.
    pub struct EventQuery {
        /// Those of this kind.
        #[param(schema_with = kinds)]
        pub kind: Option<String>,
    }
}

/// A page of the journal.
///
/// # Errors
/// Those of the database; a kind that there is not.
pub fn page(pooled: &mut PooledReader, query: &EventQuery) -> Result<Page<EventView>, ReadError> {
    check_kind(query.kind.as_deref(), &KINDS)?;
    let found = journal::page(&mut pooled.reader, query.kind.as_deref(), query.page().oldest_first())?;
    let suite = log::suite(&mut pooled.reader)?;
    Page::of(found, |row| Ok(EventView::of(row, suite)?))
}
