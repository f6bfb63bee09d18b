//! What a settlement would post: the settlement itself, on a copy of what it needs.

use super::SettlementCommand;
use super::run::due;
use crate::domain::account::AccountKey;
use crate::domain::id::LeaseId;
use crate::domain::settlement::RunTotals;
use crate::domain::time::Timestamp;
use crate::domain::transfer::Movement;
use crate::engine::event::{Event, LeaseSettlement};
use crate::engine::rejection::Rejection;
use crate::engine::state::State;
use crate::engine::{self, Command};

/// Leases settled on the copy at once.
const AT_ONCE: u32 = 1_000;

/// What would be posted for one lease.
#[derive(Debug)]
pub struct Previewed {
    /// What would be told of it.
    pub settled: LeaseSettlement,
    /// The movements.
    pub movements: Vec<Movement>,
}

/// A copy of what a settlement up to an instant touches: the leases that are due and their accounts. It is small where little is due,
/// and cannot be used for anything else.
pub fn excerpt(state: &State, until: Timestamp, at: Timestamp) -> State {
    let due = due(state, (LeaseId(0), until), None, at).0;
    let leases = due.iter().filter_map(|id| Some((*id, state.leases.get(id)?.clone())));
    let is_needed = |key| match key {
        AccountKey::Escrow(lease) => due.binary_search(&lease).is_ok(),
        _ => true,
    };
    State {
        now: state.now,
        counters: state.counters,
        settled_until: state.settled_until,
        run: state.run.clone(),
        closed_until: state.closed_until,
        vat_changes: state.vat_changes.clone(),
        terms: state.terms,
        orgs: state.orgs.clone(),
        leases: leases.collect(),
        programmes: state.programmes.clone(),
        vouchers: state.vouchers.clone(),
        drawn: state.drawn.clone(),
        spent: state.spent.clone(),
        reserved_of: state.reserved_of.clone(),
        earnings: state.earnings.clone(),
        sla: state.sla.clone(),
        recovered: state.recovered.clone(),
        ledger: state.ledger.excerpt(is_needed),
        ..State::default()
    }
}

/// Settles an excerpt, and hands over what is posted for each lease, in their order.
///
/// # Errors
/// Those of settling.
pub fn preview(
    mut excerpt: State,
    until: Timestamp,
    at: Timestamp,
    mut each: impl FnMut(Previewed),
) -> Result<RunTotals, Rejection> {
    let mut command = Command::Settle {
        until,
        most: Some(AT_ONCE),
    };
    loop {
        let mut movements = Vec::new();
        let mut run = None;
        for event in engine::apply(&mut excerpt, command, at)? {
            match event {
                Event::Posted(posted) => movements.push(posted.movement),
                Event::LeaseSettled(settled) => each(Previewed {
                    settled,
                    movements: std::mem::take(&mut movements),
                }),
                Event::SettlementChanged(now) => run = Some(now),
                _ => {}
            }
        }
        let run = run.ok_or(Rejection::Fault("a settlement does not say how far it is"))?;
        let Some(from) = run.next else {
            return Ok(run.totals);
        };
        command = Command::Settlement(SettlementCommand::ContinueSettlement {
            run: run.id,
            from,
            most: AT_ONCE,
        });
    }
}
