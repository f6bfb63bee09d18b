//! Outages as the API shows them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::id::{LeaseId, OrgId, OutageId};
use crate::domain::outage::{Outage, OutageCause, OutageSource, OutageState};
use crate::domain::time::Timestamp;

/// An outage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OutageView {
    /// Its identifier.
    pub id: OutageId,
    /// Of which lease.
    pub lease: LeaseId,
    /// Who has the cards.
    pub tenant: OrgId,
    /// Who lets them.
    pub provider: OrgId,
    /// Since when.
    pub from: Timestamp,
    /// Until when; not there: it is not over yet, and does not count until it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// How many cards were not there, the most at any instant.
    pub cards_down: u32,
    /// Card-seconds that are missing in its span, where usage says so; not there: those of `cards_down` over all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card_seconds: Option<i64>,
    /// Why.
    pub cause: OutageCause,
    /// Where it is known from.
    pub source: OutageSource,
    /// Where it stands.
    pub state: OutageState,
    /// Until when the other side can contest it, while it is claimed.
    pub answer_by: Timestamp,
    /// What was seen, in words.
    pub note: String,
    /// What the other side says against it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub objection: Option<String>,
    /// What the operator says of that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<String>,
    /// When it became known.
    pub created_at: Timestamp,
}

impl From<&Outage> for OutageView {
    fn from(outage: &Outage) -> OutageView {
        OutageView {
            id: outage.id,
            lease: outage.lease,
            tenant: outage.tenant,
            provider: outage.provider,
            from: outage.from,
            until: outage.until,
            cards_down: outage.cards_down,
            card_seconds: outage.card_seconds,
            cause: outage.cause,
            source: outage.source,
            state: outage.state,
            answer_by: outage.answer_by,
            note: outage.note.clone(),
            objection: outage.objection.clone(),
            decision: outage.decision.clone(),
            created_at: outage.created_at,
        }
    }
}
