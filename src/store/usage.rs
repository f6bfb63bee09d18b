//! Usage: every step of the metering of leases, in the order in which they were taken. Nothing is changed afterwards.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use serde::{Deserialize, Serialize};

use super::column::{Named, row};
use super::connection::Reader;
use super::load::{Corrupt, LoadError, PAGE};
use super::schema::usage_report;
use crate::domain::id::{DisputeId, LeaseId};
use crate::domain::metering::{Mark, Metering, Outcome, Step, Taken};
use crate::domain::time::Timestamp;
use crate::domain::usage::{EventName, ReportKey, Said, Signed, UsageEvent};
use crate::engine::event::{AcceptedUsage, SteppedUsage, TakenUsage};
use crate::on;

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UsageKind {
    /// A report of a span.
    Span,
    /// A reading of a counter.
    Counter,
    /// A correction of a report.
    Correction,
    /// A withdrawal of a report.
    Withdrawal,
    /// The tenant has accepted.
    Acceptance,
    /// A dispute holds card-seconds back.
    Hold,
    /// A dispute is over.
    Release,
}

row! {
    /// A step of the metering of a lease.
    pub struct UsageReportRow in usage_report by (seq) {
        /// Its place in the order of all steps.
        pub seq: i64,
        /// The command that brought it.
        pub command_seq: i64,
        /// Who reports; empty where no event brought it.
        pub source: String,
        /// The event's own identifier.
        pub source_id: String,
        /// Which lease.
        pub lease: i64,
        /// From when, in microseconds: of a counter since the reading before, as far as it was known then.
        pub from_at: i64,
        /// Until when, in microseconds.
        pub until_at: i64,
        /// Cards that were up.
        pub cards_up: i64,
        /// Card-seconds as they were said: of a counter since its start.
        pub card_seconds: i64,
        /// What it is.
        pub kind: Named<UsageKind>,
        /// When the counter began, or when what a dispute holds back was used up, in microseconds.
        pub started_at: Option<i64>,
        /// By how many card-seconds what is metered has grown; none: by all that were said.
        pub counts: Option<i64>,
        /// When it was taken, in microseconds; 0 where that was not kept.
        pub taken_at: i64,
        /// From when on it counts as accepted, in microseconds.
        pub accepted_at: i64,
        /// What else it says, in JSON.
        pub detail: Option<String>,
    }
}

/// What few rows say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// The report that is corrected or withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<EventName>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// By whom it was signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Signed>,
}

/// Where a row stands.
#[derive(Debug, Clone, Copy)]
struct At {
    seq: u64,
    command_seq: i64,
    taken: Taken,
    outcome: Outcome,
}

impl At {
    fn row(self, lease: LeaseId, (source, source_id): (&str, &str), kind: UsageKind) -> UsageReportRow {
        UsageReportRow {
            seq: self.seq.cast_signed(),
            command_seq: self.command_seq,
            source: source.to_owned(),
            source_id: source_id.to_owned(),
            lease: lease.0.cast_signed(),
            from_at: self.outcome.span.0.micros(),
            until_at: self.outcome.span.1.micros(),
            cards_up: 0,
            card_seconds: 0,
            kind: Named(kind),
            started_at: None,
            counts: Some(self.outcome.counts),
            taken_at: self.taken.at.micros(),
            accepted_at: self.taken.deadline.micros(),
            detail: None,
        }
    }

    fn event(self, event: &UsageEvent) -> UsageReportRow {
        let name = (event.source.as_str(), event.id.as_str());
        let row = |kind| self.row(event.lease, name, kind);
        let detail = |of: Option<&EventName>, reason: Option<&str>| {
            if of.is_none() && event.signed.is_none() {
                return None;
            }
            let detail = Detail {
                of: of.cloned(),
                reason: reason.map(str::to_owned),
                signed: event.signed.clone(),
            };
            // Texts always have a JSON form.
            serde_json::to_string(&detail).ok()
        };
        match &event.said {
            Said::Span {
                cards_up, card_seconds, ..
            } => UsageReportRow {
                cards_up: i64::from(*cards_up),
                card_seconds: *card_seconds,
                counts: None,
                detail: detail(None, None),
                ..row(UsageKind::Span)
            },
            Said::Counter {
                started_at,
                at,
                cards_up,
                card_seconds,
            } => UsageReportRow {
                until_at: at.micros(),
                cards_up: i64::from(*cards_up),
                card_seconds: *card_seconds,
                started_at: Some(started_at.micros()),
                detail: detail(None, None),
                ..row(UsageKind::Counter)
            },
            Said::Correction {
                corrects,
                cards_up,
                card_seconds,
                reason,
            } => UsageReportRow {
                cards_up: i64::from(*cards_up),
                card_seconds: *card_seconds,
                detail: detail(Some(corrects), Some(reason)),
                ..row(UsageKind::Correction)
            },
            Said::Withdrawal { withdraws, reason } => UsageReportRow {
                detail: detail(Some(withdraws), Some(reason)),
                ..row(UsageKind::Withdrawal)
            },
        }
    }
}

impl UsageReportRow {
    /// The row of a report that was accepted.
    pub fn new(usage: &AcceptedUsage, command_seq: i64) -> UsageReportRow {
        let at = At {
            seq: usage.place,
            command_seq,
            taken: usage.taken,
            outcome: usage.outcome,
        };
        let report = &usage.report;
        UsageReportRow {
            from_at: report.from.micros(),
            until_at: report.until.micros(),
            cards_up: i64::from(report.cards_up),
            card_seconds: report.card_seconds,
            counts: None,
            ..at.row(report.lease, (&report.source, &report.id), UsageKind::Span)
        }
    }

    /// The rows of a batch of events.
    pub fn of_batch(batch: &TakenUsage, command_seq: i64) -> impl Iterator<Item = UsageReportRow> {
        (batch.first..).zip(&batch.rows).filter_map(move |(seq, row)| {
            let at = At {
                seq,
                command_seq,
                taken: batch.taken,
                outcome: row.outcome,
            };
            batch.events.get(row.place).map(|event| at.event(event))
        })
    }

    /// The row of a step that no event brought.
    pub fn of_step(stepped: &SteppedUsage, command_seq: i64) -> UsageReportRow {
        let at = At {
            seq: stepped.place,
            command_seq,
            taken: stepped.taken,
            outcome: stepped.outcome,
        };
        let row = |kind| at.row(stepped.lease, ("", &stepped.name), kind);
        match stepped.step {
            Step::Acceptance { until } => UsageReportRow {
                from_at: until.micros(),
                until_at: until.micros(),
                ..row(UsageKind::Acceptance)
            },
            Step::Hold {
                counts_at,
                card_seconds,
                ..
            } => UsageReportRow {
                started_at: Some(counts_at.micros()),
                card_seconds,
                ..row(UsageKind::Hold)
            },
            Step::Release { card_seconds, .. } => UsageReportRow {
                card_seconds,
                ..row(UsageKind::Release)
            },
            // These come with events only; their rows say all that there is.
            Step::Span { card_seconds, .. } | Step::Reading { card_seconds, .. } => UsageReportRow {
                card_seconds,
                ..row(UsageKind::Span)
            },
            Step::Correction { card_seconds, .. } => UsageReportRow {
                card_seconds,
                ..row(UsageKind::Correction)
            },
            Step::Withdrawal { .. } => row(UsageKind::Withdrawal),
        }
    }

    /// What else the row says.
    ///
    /// # Errors
    /// It holds something impossible.
    pub fn detail(&self) -> Result<Detail, Corrupt> {
        let Some(text) = &self.detail else {
            return Ok(Detail::default());
        };
        serde_json::from_str(text)
            .map_err(|error| Corrupt::new("usage_report.detail", &format!("{}: {error}", self.seq)))
    }

    /// By how many card-seconds what is metered has grown.
    pub fn counts(&self) -> i64 {
        self.counts.unwrap_or(self.card_seconds)
    }

    fn dispute(&self) -> Result<DisputeId, Corrupt> {
        let name = self.source_id.split('/').next().unwrap_or_default();
        name.parse()
            .map_err(|_| Corrupt::new("usage_report.source_id", &self.source_id))
    }

    fn other(&self) -> Result<ReportKey, Corrupt> {
        let of = self.detail()?.of;
        of.map(|name| name.key())
            .ok_or_else(|| Corrupt::new("usage_report.detail", &self.seq.to_string()))
    }

    /// The step that it is.
    ///
    /// # Errors
    /// It holds something impossible.
    pub fn step(&self) -> Result<StoredStep, Corrupt> {
        let at = Timestamp::from_micros;
        let (from, until, card_seconds) = (at(self.from_at), at(self.until_at), self.card_seconds);
        let started_at = self.started_at.map(at);
        let missing = || Corrupt::new("usage_report.started_at", &self.seq.to_string());
        let step = match self.kind.0 {
            UsageKind::Span => Step::Span {
                from,
                until,
                card_seconds,
            },
            UsageKind::Counter => Step::Reading {
                started_at: started_at.ok_or_else(missing)?,
                at: until,
                card_seconds,
            },
            UsageKind::Correction => Step::Correction {
                of: self.other()?,
                card_seconds,
            },
            UsageKind::Withdrawal => Step::Withdrawal { of: self.other()? },
            UsageKind::Acceptance => Step::Acceptance { until },
            UsageKind::Hold => Step::Hold {
                dispute: self.dispute()?,
                from,
                until,
                counts_at: started_at.ok_or_else(missing)?,
                card_seconds,
            },
            UsageKind::Release => Step::Release {
                dispute: self.dispute()?,
                card_seconds,
            },
        };
        Ok(StoredStep {
            place: self.seq.cast_unsigned(),
            lease: LeaseId(self.lease.cast_unsigned()),
            key: ReportKey::of(&self.source, &self.source_id),
            step,
            taken: Taken {
                at: at(self.taken_at),
                deadline: at(self.accepted_at),
            },
        })
    }
}

/// A step as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredStep {
    /// Its place in the order of all steps.
    pub place: u64,
    /// Which lease.
    pub lease: LeaseId,
    /// Its key.
    pub key: ReportKey,
    /// The step.
    pub step: Step,
    /// When it was taken.
    pub taken: Taken,
}

/// Metering in the making: steps come in their order, and are counted where settlements have counted them.
#[derive(Debug)]
pub struct Rebuilt {
    metering: Metering,
    mark: Mark,
    is_counted: bool,
}

impl Rebuilt {
    /// Nothing yet, and up to where settlements have counted.
    pub fn new(mark: Mark) -> Rebuilt {
        Rebuilt {
            metering: Metering::default(),
            mark,
            is_counted: false,
        }
    }

    /// Takes the next step.
    pub fn take(&mut self, step: &StoredStep) {
        if step.place >= self.mark.place {
            self.count();
        }
        self.metering.take(step.key, step.step, step.taken);
    }

    fn count(&mut self) {
        if !self.is_counted {
            self.is_counted = true;
            self.metering.count(self.mark);
        }
    }

    /// After the last step.
    pub fn done(mut self) -> Metering {
        self.count();
        self.metering
    }
}

/// Hands the steps of leases that are not closed to `take`, in the order in which they came.
pub fn load_live(reader: &mut Reader, mut take: impl FnMut(StoredStep)) -> Result<(), LoadError> {
    let mut after = -1;
    loop {
        let query = usage_report::table
            .filter(usage_report::seq.gt(after))
            .filter(sql::<Bool>(
                "usage_report.lease IN (SELECT id FROM lease WHERE lease.state <> 'closed')",
            ))
            .order(usage_report::seq)
            .limit(PAGE)
            .select(UsageReportRow::columns());
        let page: Vec<UsageReportRow> = on!(reader, connection => query.load(connection))?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.seq;
        for row in page {
            take(row.step()?);
        }
    }
}
