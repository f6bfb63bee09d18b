//! Outages that usage tells of: card-seconds that are missing in a span for which the provider has reported. A span for which nothing
//! was reported is unknown and no outage.

use super::books;
use super::measure::card_seconds;
use super::{answer_by, measures};
use crate::domain::id::{LeaseId, OutageId};
use crate::domain::outage::{Outage, OutageCause, OutageSource, OutageState};
use crate::domain::time::Timestamp;
use crate::domain::usage::ReportKey;
use crate::engine::event::Event;
use crate::engine::state::State;

/// What a report of usage says now, whether it is new or was corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// Of which lease.
    pub lease: LeaseId,
    /// The report.
    pub key: ReportKey,
    /// Its span.
    pub span: (Timestamp, Timestamp),
    /// Card-seconds delivered in it.
    pub card_seconds: i64,
}

/// Takes up what a report says: an outage where card-seconds are missing, none any more where they are not.
pub fn note(state: &mut State, events: &mut Vec<Event>, said: Said, at: Timestamp) {
    let Some(lease) = state.leases.get(&said.lease) else {
        return;
    };
    let fill = &lease.fill;
    let missing = card_seconds(fill.cards, said.span).saturating_sub(said.card_seconds);
    let known = state.sla.of_report(said.lease, said.key).cloned();
    match known {
        Some(outage) if missing <= 0 => withdraw(state, events, outage),
        Some(outage) => {
            let again = match outage.state {
                OutageState::Withdrawn => (OutageState::Claimed, answer_by(state, at)),
                OutageState::Claimed
                | OutageState::Confirmed
                | OutageState::Contested
                | OutageState::Upheld
                | OutageState::Dismissed => (outage.state, outage.answer_by),
            };
            let changed = Outage {
                cards_down: down(missing, said.span, fill.cards),
                card_seconds: Some(missing),
                state: again.0,
                answer_by: again.1,
                ..outage.clone()
            };
            if changed != outage {
                books::change(state, events, changed);
            }
        }
        None if missing <= 0 || !measures(state) => {}
        None => {
            let outage = Outage {
                id: OutageId(state.counters.outage),
                lease: said.lease,
                tenant: fill.tenant,
                provider: fill.provider,
                from: said.span.0,
                until: Some(said.span.1),
                cards_down: down(missing, said.span, fill.cards),
                card_seconds: Some(missing),
                cause: OutageCause::Provider,
                source: OutageSource::Usage,
                state: OutageState::Claimed,
                answer_by: answer_by(state, at),
                note: String::new(),
                objection: None,
                decision: None,
                report: Some(said.key),
                created_at: at,
            };
            state.counters.outage += 1;
            books::change(state, events, outage);
        }
    }
}

/// A report was taken back: what it said is not known any more.
pub fn gone(state: &mut State, events: &mut Vec<Event>, (lease, key): (LeaseId, ReportKey)) {
    if let Some(outage) = state.sla.of_report(lease, key).cloned() {
        withdraw(state, events, outage);
    }
}

fn withdraw(state: &mut State, events: &mut Vec<Event>, outage: Outage) {
    if outage.state != OutageState::Withdrawn {
        let withdrawn = OutageState::Withdrawn;
        books::change(
            state,
            events,
            Outage {
                state: withdrawn,
                ..outage
            },
        );
    }
}

/// At least so many cards were down for so many card-seconds to be missing.
fn down(missing: i64, (from, until): (Timestamp, Timestamp), cards: u32) -> u32 {
    let seconds = until.seconds_since(from).max(1);
    let down = missing.saturating_add(seconds - 1) / seconds;
    u32::try_from(down).unwrap_or(cards).clamp(1, cards)
}
