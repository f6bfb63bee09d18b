//! What an event must be so that it is taken.

use super::key::Signing;
use super::period_closed;
use crate::domain::id::OrgId;
use crate::domain::lease::Lease;
use crate::domain::metering::{Entry, Step, Unnamed};
use crate::domain::recovery::RedeemedBy;
use crate::domain::time::Timestamp;
use crate::domain::usage::{ReportKey, Said, UsageEvent, UsageReport};
use crate::engine::limits;
use crate::engine::settlement;
use crate::engine::state::State;

/// Why an event is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// It was taken before.
    Duplicate,
    /// It breaks a rule: its code, and the rule in words.
    Rule(&'static str, &'static str),
}

type Checked = Result<(), Refused>;

fn require(holds: bool, code: &'static str, detail: &'static str) -> Checked {
    if holds {
        Ok(())
    } else {
        Err(Refused::Rule(code, detail))
    }
}

/// A span of time, with what is said of it.
#[derive(Clone, Copy)]
struct Span {
    from: Timestamp,
    until: Timestamp,
    cards_up: u32,
    card_seconds: i64,
}

fn lease_of(state: &State, provider: OrgId, id: crate::domain::id::LeaseId) -> Result<&Lease, Refused> {
    let lease = state.leases.get(&id).filter(|lease| lease.fill.provider == provider);
    lease.ok_or(Refused::Rule(
        "lease_not_found",
        "there is no open lease of this provider with that id",
    ))
}

fn named(source: &str, id: &str) -> Checked {
    let fits = |text: &str| (1..=limits::NAME_MAX).contains(&text.len()) && limits::is_plain(text);
    require(
        fits(source) && fits(id),
        "malformed",
        "source and id must have 1 to 200 characters, none of them a control character",
    )
}

/// A plain report, as it was checked before cards that were up counted.
pub(super) fn report(
    state: &State,
    (provider, key): (OrgId, ReportKey),
    report: &UsageReport,
    at: Timestamp,
) -> Result<Step, Refused> {
    let lease = lease_of(state, provider, report.lease)?;
    if lease.metering.is_known(key) {
        return Err(Refused::Duplicate);
    }
    named(&report.source, &report.id)?;
    let span = Span {
        from: report.from,
        until: report.until,
        cards_up: report.cards_up,
        card_seconds: report.card_seconds,
    };
    time(state, lease, (span.from, span.until), at)?;
    cards(lease, span.cards_up)?;
    card_seconds(
        span,
        lease.fill.cards,
        "card_seconds must be between 0 and cards × seconds",
    )?;
    free(lease, (span.from, span.until))?;
    Ok(Step::Span {
        from: span.from,
        until: span.until,
        card_seconds: span.card_seconds,
    })
}

/// An event of a provider.
pub(super) fn event(
    state: &State,
    (provider, key, signing): (OrgId, ReportKey, &Signing),
    event: &UsageEvent,
    at: Timestamp,
) -> Result<Step, Refused> {
    let lease = lease_of(state, provider, event.lease)?;
    if lease.metering.is_known(key) {
        return Err(Refused::Duplicate);
    }
    named(&event.source, &event.id)?;
    signing.check(event.signed.as_ref())?;
    match &event.said {
        Said::Span {
            from,
            until,
            cards_up,
            card_seconds: delivered,
        } => {
            let span = Span {
                from: *from,
                until: *until,
                cards_up: *cards_up,
                card_seconds: *delivered,
            };
            time(state, lease, (*from, *until), at)?;
            cards(lease, *cards_up)?;
            card_seconds(span, *cards_up, OVER_CARDS_UP)?;
            free(lease, (*from, *until))?;
        }
        Said::Counter {
            started_at,
            at: read_at,
            cards_up,
            card_seconds: value,
        } => {
            time(state, lease, (*started_at, *read_at), at)?;
            let span = Span {
                from: *started_at,
                until: *read_at,
                cards_up: *cards_up,
                card_seconds: *value,
            };
            reading(lease, span, None)?;
        }
        Said::Correction {
            corrects,
            cards_up,
            card_seconds: value,
            reason,
        } => {
            said_why(reason)?;
            let entry = *entry_of(state, lease, corrects.key())?;
            correction(state, lease, entry, (*cards_up, *value))?;
        }
        Said::Withdrawal { withdraws, reason } => {
            said_why(reason)?;
            let entry = *entry_of(state, lease, withdraws.key())?;
            let is_kept_by_next = lease
                .metering
                .register_of(&entry)
                .is_some_and(|register| entry.until < register.last);
            let less = if is_kept_by_next { 0 } else { entry.card_seconds };
            lowered(state, lease, (&entry, less))?;
        }
    }
    Ok(event.step())
}

const OVER_CARDS_UP: &str = "card_seconds must be between 0 and cards_up × seconds";

fn time(state: &State, lease: &Lease, (from, until): (Timestamp, Timestamp), at: Timestamp) -> Checked {
    require(from < until, "reversed", "until must come after from")?;
    let inside = lease.fill.window.from().timestamp() <= from && until <= lease.ends.timestamp();
    require(inside, "outside_lease", "from and until must lie inside the lease")?;
    let there = lease.delivered_from().is_some_and(|there| there <= from);
    require(
        there,
        "not_handed_over",
        "from must not lie before the hand-over of the lease",
    )?;
    require(until <= at, "future", "until must not lie in the future")?;
    require(
        !period_closed(state, until),
        "period_closed",
        "the period in which it ended is closed",
    )
}

fn cards(lease: &Lease, cards_up: u32) -> Checked {
    require(
        cards_up <= lease.fill.cards,
        "too_many_cards",
        "cards_up must be at most the cards of the lease",
    )
}

/// At most what so many cards have whole seconds.
fn card_seconds(span: Span, cards: u32, detail: &'static str) -> Checked {
    let most = span.until.seconds_since(span.from).saturating_mul(i64::from(cards));
    let fits = (0..=most).contains(&span.card_seconds);
    require(fits, "too_many_card_seconds", detail)
}

fn free(lease: &Lease, span: (Timestamp, Timestamp)) -> Checked {
    let overlaps = lease.metering.overlaps(span);
    require(!overlaps, "overlaps", "the time was reported already")
}

/// A reading of a counter, `from` its start; it may take the place of that of an entry.
fn reading(lease: &Lease, span: Span, but: Option<&Entry>) -> Checked {
    cards(lease, span.cards_up)?;
    let around = lease.metering.around(span.from, span.until, but);
    let around = around.ok_or(Refused::Rule(
        "overlaps",
        "the counter was read at this instant already",
    ))?;
    let (before, after) = (around.before, around.after);
    let grows = before.1 <= span.card_seconds && after.is_none_or(|after| span.card_seconds <= after.1);
    require(
        grows,
        "counter_backwards",
        "card_seconds must not lie below an earlier reading of the same counter, nor above a later one",
    )?;
    let part = |(from, before): (Timestamp, i64), (until, then): (Timestamp, i64), cards: u32| {
        // Counters cut fractions off, so that two of them may lie up to one card-second further apart than they should.
        let micros = i128::from(until.micros()) - i128::from(from.micros());
        let most = (micros * i128::from(cards) + 999_999) / 1_000_000;
        i128::from(then) - i128::from(before) <= most
    };
    let this = (span.until, span.card_seconds);
    let fits = part(before, this, span.cards_up) && after.is_none_or(|after| part(this, after, lease.fill.cards));
    require(
        fits,
        "too_many_card_seconds",
        "card_seconds must grow by at most cards_up × seconds between two readings",
    )?;
    card_seconds(
        span,
        lease.fill.cards,
        "card_seconds must be at most cards × seconds since the start",
    )?;
    // What lies between two readings is reported already, by the later one.
    if after.is_some() || but.is_some() {
        return Ok(());
    }
    free(lease, (before.0, span.until))
}

fn said_why(reason: &str) -> Checked {
    let fits = !reason.trim().is_empty() && reason.chars().count() <= limits::NOTE_MAX && limits::is_plain(reason);
    require(
        fits,
        "malformed",
        "reason must have 1 to 500 characters, none of them a control character",
    )
}

/// The report that an event names, if it may be changed.
fn entry_of<'a>(state: &State, lease: &'a Lease, key: ReportKey) -> Result<&'a Entry, Refused> {
    let entry = lease.metering.named(key).map_err(|unnamed| match unnamed {
        Unnamed::Unknown => Refused::Rule("unknown_report", "there is no such report of this lease, or not yet"),
        Unnamed::Changed => Refused::Rule("already_corrected", "the last correction of the report must be named"),
        Unnamed::Withdrawn => Refused::Rule("withdrawn", "the report was withdrawn"),
    })?;
    require(
        !period_closed(state, entry.until),
        "period_closed",
        "the period in which it ended is closed",
    )?;
    let disputed = lease.metering.is_disputed_in((entry.from, entry.until));
    require(
        !disputed,
        "disputed",
        "the report is disputed, or a dispute has decided it",
    )?;
    Ok(entry)
}

fn correction(state: &State, lease: &Lease, entry: Entry, (cards_up, value): (u32, i64)) -> Checked {
    cards(lease, cards_up)?;
    let span = |from| Span {
        from,
        until: entry.until,
        cards_up,
        card_seconds: value,
    };
    let less = match lease.metering.register_of(&entry) {
        Some(register) => {
            reading(lease, span(register.started_at), Some(&entry))?;
            if entry.until < register.last {
                0
            } else {
                register.total.saturating_sub(value)
            }
        }
        None => {
            card_seconds(span(entry.from), cards_up, OVER_CARDS_UP)?;
            entry.card_seconds.saturating_sub(value)
        }
    };
    lowered(state, lease, (&entry, less))
}

/// What was settled may become less only as far as it was not given or taken back otherwise.
fn lowered(state: &State, lease: &Lease, (entry, less): (&Entry, i64)) -> Checked {
    let is_settled = entry.until <= lease.metering.mark.until;
    let fits = less <= 0 || !is_settled || may_lower(state, lease, less);
    require(
        fits,
        "given_back",
        "more was credited or taken back of the lease than would be left of it",
    )
}

/// Whether so many card-seconds less may be settled of a lease: what credits and recoveries took back of it must stay below what it
/// comes to, in cash and of each voucher.
pub fn may_lower(state: &State, lease: &Lease, less: i64) -> bool {
    let (id, fill) = (lease.id(), &lease.fill);
    let fits = || {
        let left = settlement::sure(lease, less).ok()?;
        let cash = left.charge.minus(left.voucher).ok()?;
        let redeemed = settlement::redeemed(fill, left.voucher).ok()?;
        let by = RedeemedBy::Lease(id);
        let of_each = fill
            .draws
            .iter()
            .zip(redeemed)
            .all(|(draw, redeemed)| state.recovered.taken(by, draw.voucher) <= redeemed);
        Some(of_each && state.recovered.cash(id) <= cash)
    };
    fits().unwrap_or(false)
}
