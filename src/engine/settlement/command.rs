//! What can be asked of settlement beyond settling: to go on, to close a period, to correct what is closed, and which fees there are.

use serde::{Deserialize, Serialize};

use super::{correction, fees, period, run};
use crate::domain::fees::{FeeSchedule, VatChange};
use crate::domain::id::{LeaseId, SettlementId};
use crate::domain::settlement::NewCorrection;
use crate::domain::time::Timestamp;
use crate::domain::user::Role;
use crate::engine::event::Event;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// What can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettlementCommand {
    /// Go on with the settlement that is not over.
    ContinueSettlement {
        /// Which one.
        run: SettlementId,
        /// From where on; at another place it is refused, so that nothing happens twice.
        from: LeaseId,
        /// How many leases at most.
        most: u32,
    },
    /// Close the months up to an instant: nothing is booked or counted before it any more.
    ClosePeriod {
        /// The first instant of a month in Asia/Shanghai.
        until: Timestamp,
    },
    /// Count card-seconds that are wrong in a closed period.
    CorrectUsage(NewCorrection),
    /// Put other fees into force from an instant on.
    SetFees(FeeSchedule),
    /// Put another rate of the VAT contained in fees into force from an instant on.
    SetVat(VatChange),
}

impl SettlementCommand {
    /// Its name in the journal.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ContinueSettlement { .. } => "continue_settlement",
            Self::ClosePeriod { .. } => "close_period",
            Self::CorrectUsage(_) => "correct_usage",
            Self::SetFees(_) => "set_fees",
            Self::SetVat(_) => "set_vat",
        }
    }

    /// Which role decides on it as the second person; none: no second person is needed.
    pub fn decided_by(&self) -> Option<Role> {
        match self {
            Self::ContinueSettlement { .. } => None,
            Self::ClosePeriod { .. } | Self::CorrectUsage(_) | Self::SetFees(_) | Self::SetVat(_) => {
                Some(Role::Operator)
            }
        }
    }
}

/// What is checked when two people are to decide on it; it changes nothing.
pub fn check(state: &State, command: &SettlementCommand, at: Timestamp) -> Result<(), Rejection> {
    match command {
        SettlementCommand::ContinueSettlement { .. } => Err(Rejection::NotForApproval(command.kind())),
        SettlementCommand::ClosePeriod { until } => period::check(state, *until, at),
        SettlementCommand::CorrectUsage(asked) => correction::check(state, asked, at),
        SettlementCommand::SetFees(schedule) => fees::check(schedule, at),
        SettlementCommand::SetVat(change) => fees::check_vat(*change, at),
    }
}

/// Does it.
pub fn apply(
    state: &mut State,
    events: &mut Vec<Event>,
    command: SettlementCommand,
    at: Timestamp,
) -> Result<(), Rejection> {
    match command {
        SettlementCommand::ContinueSettlement { run, from, most } => run::go_on(state, events, (run, from, most), at),
        SettlementCommand::ClosePeriod { until } => period::close(state, events, until, at),
        SettlementCommand::CorrectUsage(asked) => correction::make(state, events, asked, at),
        SettlementCommand::SetFees(schedule) => fees::set(state, events, schedule, at),
        SettlementCommand::SetVat(change) => fees::set_vat(state, events, change, at),
    }
}
