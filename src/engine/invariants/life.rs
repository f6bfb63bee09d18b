//! States of leases fit their time, and what is known of their lives fits their states.

use super::Findings;
use crate::domain::account::AccountKey;
use crate::domain::lease::{Lease, LeaseState};
use crate::domain::life::{HandOver, Trouble};
use crate::domain::money::Money;
use crate::engine::settlement;
use crate::engine::state::State;

/// 10: a lease stands where its hours, its hand-over and its trouble say; what it waits for lies ahead; a lease and the one that goes on
/// in its place know each other. 4: its escrow covers what can still be charged.
pub(super) fn check(state: &State, findings: &mut Findings) {
    for lease in state.leases.values() {
        let id = lease.id();
        findings.check(10, fits_time(state, lease), || {
            format!(
                "{id} is {} at {}, its hours are up to {}",
                lease.state.name(),
                state.now,
                lease.ends
            )
        });
        findings.check(10, fits_hand_over(lease), || {
            format!(
                "{id} is {} and its hand-over {:?}",
                lease.state.name(),
                lease.life().hand_over
            )
        });
        findings.check(10, fits_trouble(lease), || {
            format!(
                "{id} is {} and its trouble {:?}",
                lease.state.name(),
                lease.life().trouble
            )
        });
        let waits = lease.life().changes.iter().all(|request| request.until >= state.now);
        let numbered = lease
            .life()
            .changes
            .windows(2)
            .all(|pair| pair[0].number < pair[1].number);
        findings.check(10, waits && numbered, || {
            format!("{id}: a change waits too long, or out of turn")
        });
        let successor = lease.life().successor.and_then(|next| state.leases.get(&next));
        let linked = successor.is_none_or(|next| next.fill.origin.predecessor() == Some(id));
        findings.check(10, linked, || format!("{id}: the lease that goes on does not know it"));
        escrow_covers(state, lease, findings);
    }
}

fn fits_time(state: &State, lease: &Lease) -> bool {
    let started = lease.fill.window.from().timestamp() <= state.now;
    // What is due at this very instant happens with the next tick.
    let passed = lease.ends.timestamp() < state.now;
    match lease.state {
        LeaseState::Pending => match lease.life().hand_over {
            HandOver::Awaited { until } => !passed && state.now <= until,
            HandOver::NotAsked | HandOver::Given { .. } | HandOver::Accepted { .. } => !started,
        },
        LeaseState::Provisioned => match lease.life().hand_over {
            HandOver::Given { until, .. } => !passed && state.now <= until,
            HandOver::NotAsked | HandOver::Awaited { .. } | HandOver::Accepted { .. } => !started,
        },
        LeaseState::Active | LeaseState::Degraded | LeaseState::Suspended => started && !passed,
        LeaseState::Ended => lease.ends.timestamp() <= state.now,
        LeaseState::Closed => false,
    }
}

fn fits_hand_over(lease: &Lease) -> bool {
    match lease.life().hand_over {
        HandOver::NotAsked => lease.state != LeaseState::Provisioned,
        HandOver::Awaited { .. } => matches!(lease.state, LeaseState::Pending | LeaseState::Ended),
        HandOver::Given { .. } => matches!(lease.state, LeaseState::Provisioned | LeaseState::Ended),
        HandOver::Accepted { .. } => lease.state != LeaseState::Pending,
    }
}

fn fits_trouble(lease: &Lease) -> bool {
    match lease.life().trouble {
        None => !matches!(lease.state, LeaseState::Degraded | LeaseState::Suspended),
        Some(Trouble::Degraded { .. }) => lease.state == LeaseState::Degraded,
        Some(Trouble::Suspended { .. }) => lease.state == LeaseState::Suspended,
    }
}

/// What all of its hours come to, less what was settled of them, is there.
fn escrow_covers(state: &State, lease: &Lease, findings: &mut Findings) {
    let fill = &lease.fill;
    let hours = i64::from(lease.ends.since(fill.window.from()));
    let most = settlement::totals(fill, hours * 3_600 * i64::from(fill.cards));
    let settled = &lease.settled;
    let need = most.and_then(|most| {
        let cash = most.charge.minus(most.voucher)?.plus(most.tenant_fee)?;
        cash.minus(settled.charge.minus(settled.voucher)?)?
            .minus(settled.tenant_fee)
    });
    let escrow = state.ledger.balance(AccountKey::Escrow(lease.id()));
    let covered = need.is_ok_and(|need| need.max(Money::ZERO) <= escrow);
    findings.check(4, covered, || {
        format!("{}: escrow holds {escrow}, {need:?} can still be charged", lease.id())
    });
}
