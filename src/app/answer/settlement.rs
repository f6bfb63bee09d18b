//! What is answered to a part of a settlement, and to corrections.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Answer, DoneAnswer};
use crate::domain::id::{LeaseId, SettlementId};
use crate::domain::settlement::RunTotals;
use crate::domain::time::Timestamp;
use crate::engine::Event;

/// A settlement after a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RunAnswer {
    /// Its identifier.
    pub id: SettlementId,
    /// Up to when it settles.
    pub until: Timestamp,
    /// From which lease it goes on; null: it is over.
    pub next: Option<LeaseId>,
    /// What it has posted so far.
    pub totals: RunTotals,
}

pub(super) fn answer(events: &[Event]) -> Answer<'_> {
    let told = events.iter().rev().find_map(|event| match event {
        Event::SettlementChanged(run) => Some(Answer::Run(RunAnswer {
            id: run.id,
            until: run.until,
            next: run.next,
            totals: run.totals,
        })),
        Event::UsageCorrected(correction) => Some(Answer::Corrected(correction)),
        _ => None,
    });
    told.unwrap_or(Answer::Done(DoneAnswer {}))
}
