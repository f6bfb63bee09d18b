//! Usage reports: each is accepted, known already, or refused by itself.

use super::event::{AcceptedUsage, Event, UsageRefusal};
use super::limits;
use super::rejection::{FieldErrors, FieldRule, Rejection};
use super::sla;
use super::state::State;
use crate::domain::id::OrgId;
use crate::domain::lease::Lease;
use crate::domain::metering::Entry;
use crate::domain::time::Timestamp;
use crate::domain::usage::UsageReport;

/// Takes a batch of reports by a provider.
pub fn report(
    state: &mut State,
    events: &mut Vec<Event>,
    (provider, reports): (OrgId, Vec<UsageReport>),
    at: Timestamp,
) -> Result<(), Rejection> {
    let mut errors = FieldErrors::default();
    let few = reports.len() <= limits::REPORTS_MAX;
    errors.require(few, "", FieldRule::TooMany, "must be at most 10000 reports");
    errors.check()?;
    let mut duplicates = 0;
    let mut refused = Vec::new();
    for (index, report) in reports.into_iter().enumerate() {
        match accept(state, provider, &report, at) {
            Verdict::Accepted => {
                let place = state.counters.report;
                state.counters.report += 1;
                if is_short(state, &report) {
                    let said = sla::usage::Said {
                        lease: report.lease,
                        key: report.key(),
                        span: (report.from, report.until),
                        card_seconds: report.card_seconds,
                    };
                    sla::usage::note(state, events, said, at);
                }
                events.push(Event::UsageAccepted(AcceptedUsage { place, report }));
            }
            Verdict::Duplicate => duplicates += 1,
            Verdict::Refused(code, detail) => refused.push(UsageRefusal {
                index,
                code,
                detail: detail.to_owned(),
            }),
        }
    }
    if duplicates > 0 || !refused.is_empty() {
        events.push(Event::UsageRefused { duplicates, refused });
    }
    Ok(())
}

/// Whether card-seconds are missing in the span of a report; most reports are in full, and nothing more is to be done for them.
fn is_short(state: &State, report: &UsageReport) -> bool {
    let lease = state.leases.get(&report.lease);
    let span = (report.from, report.until);
    lease.is_some_and(|lease| report.card_seconds < sla::measure::card_seconds(lease.fill.cards, span))
}

enum Verdict {
    Accepted,
    Duplicate,
    Refused(&'static str, &'static str),
}

fn accept(state: &mut State, provider: OrgId, report: &UsageReport, at: Timestamp) -> Verdict {
    let closed_until = state.closed_until;
    let lease = state
        .leases
        .get_mut(&report.lease)
        .filter(|lease| lease.fill.provider == provider);
    let Some(lease) = lease else {
        return Verdict::Refused(
            "lease_not_found",
            "there is no open lease of this provider with that id",
        );
    };
    if lease.metering.find(report.key()).is_some() {
        return Verdict::Duplicate;
    }
    if report.from < closed_until {
        return Verdict::Refused("period_closed", "the period is closed: two people must correct it");
    }
    match check(lease, report, at) {
        Ok(()) => {
            record(lease, report, 0);
            Verdict::Accepted
        }
        Err((code, detail)) => Verdict::Refused(code, detail),
    }
}

fn check(lease: &Lease, report: &UsageReport, at: Timestamp) -> Result<(), (&'static str, &'static str)> {
    let require = |holds: bool, code, detail| if holds { Ok(()) } else { Err((code, detail)) };
    let named = |text: &str| (1..=limits::NAME_MAX).contains(&text.len()) && limits::is_plain(text);
    require(
        named(&report.source) && named(&report.id),
        "malformed",
        "source and id must have 1 to 200 characters, none of them a control character",
    )?;
    require(report.from < report.until, "reversed", "until must come after from")?;
    let inside = lease.fill.window.from().timestamp() <= report.from && report.until <= lease.ends.timestamp();
    require(inside, "outside_lease", "from and until must lie inside the lease")?;
    let there = lease.delivered_from().is_some_and(|there| there <= report.from);
    require(
        there,
        "not_handed_over",
        "from must not lie before the hand-over of the lease",
    )?;
    require(report.until <= at, "future", "until must not lie in the future")?;
    require(
        report.cards_up <= lease.fill.cards,
        "too_many_cards",
        "cards_up must be at most the cards of the lease",
    )?;
    let most = report
        .until
        .seconds_since(report.from)
        .saturating_mul(i64::from(lease.fill.cards));
    let fits = (0..=most).contains(&report.card_seconds);
    require(
        fits,
        "too_many_card_seconds",
        "card_seconds must be between 0 and cards × seconds",
    )?;
    let overlaps = lease.metering.overlaps((report.from, report.until));
    require(!overlaps, "overlaps", "the time was reported already")
}

/// Notes a report that was accepted before, at its place.
pub fn restore(lease: &mut Lease, (place, report): (u64, &UsageReport)) {
    let mark = lease.metering.mark;
    let is_counted = place < mark.place && report.until <= mark.until;
    let counted = if is_counted { report.card_seconds } else { 0 };
    record(lease, report, counted);
}

fn record(lease: &mut Lease, report: &UsageReport, counted: i64) {
    lease.metering.put(Entry {
        key: report.key(),
        from: report.from,
        until: report.until,
        card_seconds: report.card_seconds,
        counted,
    });
    lease.metering.cover((report.from, report.until));
}
