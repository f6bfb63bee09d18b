//! What came of usage, as events carry it.

use serde::{Serialize, Serializer};

use crate::domain::id::LeaseId;
use crate::domain::metering::{Outcome, Step, Taken};
use crate::domain::usage::{UsageEvents, UsageRefusal, UsageReport};

/// A usage report that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedUsage {
    /// Its place among all that were accepted.
    pub place: u64,
    /// The report.
    pub report: UsageReport,
    /// When it was taken.
    pub taken: Taken,
    /// What it has changed.
    pub outcome: Outcome,
}

impl Serialize for AcceptedUsage {
    /// The leaf is the report.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.report.serialize(serializer)
    }
}

/// One event of a batch that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakenEvent {
    /// Its place among the events of the command.
    pub place: usize,
    /// What it has changed.
    pub outcome: Outcome,
}

/// What came of a batch of usage events: one leaf for all of them, which leaves out what the command's own leaf says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TakenUsage {
    /// The place of the first that was taken; the others follow in their order.
    pub first: u64,
    /// How many were taken.
    pub accepted: usize,
    /// How many were known already.
    pub duplicates: usize,
    /// Which were refused, in the order of the batch.
    pub refused: Vec<UsageRefusal>,
    /// When they were taken.
    #[serde(skip)]
    pub taken: Taken,
    /// Those that were taken.
    #[serde(skip)]
    pub rows: Vec<TakenEvent>,
    /// All events of the command.
    #[serde(skip)]
    pub events: UsageEvents,
}

/// A step in the metering of a lease that no event of a provider has brought: acceptance, and what disputes hold back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SteppedUsage {
    /// Its place among all that were taken.
    pub place: u64,
    /// The lease.
    pub lease: LeaseId,
    /// Its own name; unique.
    pub name: String,
    /// By how many card-seconds what is metered of the lease has grown.
    pub counts: i64,
    /// The step.
    #[serde(skip)]
    pub step: Step,
    /// When it was taken.
    #[serde(skip)]
    pub taken: Taken,
    /// What it has changed.
    #[serde(skip)]
    pub outcome: Outcome,
}
