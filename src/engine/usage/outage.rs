//! What usage that was taken says of outages: card-seconds that are missing in the time of a report.

use crate::domain::id::LeaseId;
use crate::domain::lease::Lease;
use crate::domain::metering::{Entry, Step};
use crate::domain::time::Timestamp;
use crate::domain::usage::ReportKey;
use crate::engine::event::Event;
use crate::engine::sla;
use crate::engine::state::State;

/// Tells it, after a step was taken. Most reports are of new time and in full, and nothing is to be done for them.
pub(super) fn tell(
    state: &mut State,
    events: &mut Vec<Event>,
    (id, key, step): (LeaseId, ReportKey, Step),
    at: Timestamp,
) {
    let Some(lease) = state.leases.get(&id) else {
        return;
    };
    let Some(entry) = lease.metering.changed_by(key).copied() else {
        return;
    };
    let is_new = match step {
        Step::Span { .. } => true,
        Step::Reading { started_at, at, .. } => {
            let register = lease.metering.register(started_at);
            register.is_some_and(|register| register.last == at)
        }
        Step::Correction { .. } | Step::Withdrawal { .. } => false,
        Step::Acceptance { .. } | Step::Hold { .. } | Step::Release { .. } => return,
    };
    if is_new && !is_short(lease, &entry) {
        return;
    }
    // Where a counter was read again or a reading has changed, the reading after it stands for another part.
    let next = (!is_new)
        .then(|| lease.metering.report_after(entry.until).copied())
        .flatten();
    for entry in [Some(entry), next].into_iter().flatten() {
        if entry.is_report() {
            let said = sla::usage::Said {
                lease: id,
                key: entry.key,
                span: (entry.from, entry.until),
                card_seconds: entry.card_seconds,
            };
            sla::usage::note(state, events, said, at);
        } else {
            sla::usage::gone(state, events, (id, entry.key));
        }
    }
}

fn is_short(lease: &Lease, entry: &Entry) -> bool {
    entry.card_seconds < sla::measure::card_seconds(lease.fill.cards, (entry.from, entry.until))
}
