//! The verb `meter`: usage of all leases, reported on their providers' behalf, with a few made-up outages.

use std::collections::BTreeMap;

use crate::app::exchange::Handle;
use crate::app::request::SubmitError;
use crate::cli::draw::Draw;
use crate::domain::id::{LeaseId, OrgId};
use crate::domain::lease::LeaseState;
use crate::domain::time::{Hour, Timestamp};
use crate::domain::usage::UsageReport;

/// One report in so many has an outage.
const OUTAGE_ONE_IN: u32 = 40;
/// Largest outage, in thousandths of the card-seconds of a report.
const OUTAGE_MOST: u32 = 50;
/// Most reports in one command.
const REPORTS_MAX: usize = 1_000;

/// What each lease still owes in reports, by provider and in batches: from where its reports end to `until` or its own end.
pub(in crate::cli) fn reports(
    handle: &Handle,
    until: Timestamp,
) -> Result<Vec<(OrgId, Vec<UsageReport>)>, SubmitError> {
    let spans = handle.inspect(move |state| {
        let mut spans: BTreeMap<OrgId, Vec<Span>> = BTreeMap::new();
        for lease in state.leases.values().filter(|lease| lease.state != LeaseState::Closed) {
            let from = lease
                .metering
                .covered()
                .last()
                .map_or(lease.fill.window.from().timestamp(), |(_, until)| *until);
            let until = until.hour_floor().min(lease.ends);
            if from < until.timestamp() {
                let span = Span {
                    lease: lease.id(),
                    from,
                    until,
                    cards: lease.fill.cards,
                };
                spans.entry(lease.fill.provider).or_default().push(span);
            }
        }
        spans
    })?;
    let mut batches = Vec::new();
    for (provider, spans) in spans {
        for some in spans.chunks(REPORTS_MAX) {
            batches.push((provider, some.iter().map(|span| report(provider, span)).collect()));
        }
    }
    Ok(batches)
}

struct Span {
    lease: LeaseId,
    from: Timestamp,
    until: Hour,
    cards: u32,
}

fn report(provider: OrgId, span: &Span) -> UsageReport {
    let until = span.until.timestamp();
    let full = until.seconds_since(span.from) * i64::from(span.cards);
    let id = format!("{}-{}", span.lease, span.until);
    let mut draw = Draw::of(0, "outage", &id);
    let lost = if draw.below(OUTAGE_ONE_IN) == 0 {
        i64::from(draw.between(1, OUTAGE_MOST))
    } else {
        0
    };
    UsageReport {
        source: format!("meter/{provider}"),
        id,
        lease: span.lease,
        from: span.from,
        until,
        cards_up: span.cards,
        card_seconds: full - full * lost / 1_000,
    }
}
