//! Usage reports: each is accepted, known already, or refused by itself.

use super::event::{AcceptedUsage, Event, UsageRefusal};
use super::limits;
use super::rejection::{FieldErrors, FieldRule, Rejection};
use super::state::State;
use crate::domain::id::OrgId;
use crate::domain::lease::{Lease, LeaseState};
use crate::domain::time::Timestamp;
use crate::domain::usage::{ReportKey, UsageReport, UsageSpan};

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
                let (place, settlement) = (state.counters.report, state.counters.settlement);
                state.counters.report += 1;
                events.push(Event::UsageAccepted(AcceptedUsage {
                    place,
                    settlement,
                    report,
                }));
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

enum Verdict {
    Accepted,
    Duplicate,
    Refused(&'static str, &'static str),
}

fn accept(state: &mut State, provider: OrgId, report: &UsageReport, at: Timestamp) -> Verdict {
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
    let key = report.key();
    let Err(place) = lease.reports.binary_search(&key) else {
        return Verdict::Duplicate;
    };
    match check(lease, report, at) {
        Ok(()) => {
            record(lease, (place, key), report);
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
    let overlaps = lease
        .covered
        .iter()
        .any(|&(from, until)| report.from < until && from < report.until);
    require(!overlaps, "overlaps", "the time was reported already")
}

/// Notes a report that was accepted before, with whether it was settled since.
pub fn restore(lease: &mut Lease, report: &UsageReport, is_settled: bool) {
    let key = report.key();
    let (Ok(place) | Err(place)) = lease.reports.binary_search(&key);
    record(lease, (place, key), report);
    if is_settled {
        lease.unsettled.retain(|span| span.from != report.from);
    }
}

fn record(lease: &mut Lease, (place, key): (usize, ReportKey), report: &UsageReport) {
    lease.reports.insert(place, key);
    let span = UsageSpan {
        from: report.from,
        until: report.until,
        card_seconds: report.card_seconds,
    };
    let place = lease.unsettled.partition_point(|known| known.from < span.from);
    lease.unsettled.insert(place, span);
    cover(&mut lease.covered, (report.from, report.until));
    debug_assert!(lease.state != LeaseState::Closed, "closed leases are not in memory");
}

/// Adds a span that overlaps none, merging it with its neighbours where they touch.
pub fn cover(covered: &mut Vec<(Timestamp, Timestamp)>, span: (Timestamp, Timestamp)) {
    let place = covered.partition_point(|known| known.0 < span.0);
    covered.insert(place, span);
    if covered.get(place + 1).is_some_and(|next| next.0 == span.1) {
        covered[place].1 = covered.remove(place + 1).1;
    }
    if place > 0 && covered[place - 1].1 == span.0 {
        covered[place - 1].1 = covered.remove(place).1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn touching_spans_merge() {
        let at = Timestamp::from_micros;
        let mut covered = Vec::new();
        for (from, until) in [(4, 6), (0, 2), (8, 9), (2, 4)] {
            cover(&mut covered, (at(from), at(until)));
        }
        assert_eq!(covered, [(at(0), at(6)), (at(8), at(9))]);
    }
}
