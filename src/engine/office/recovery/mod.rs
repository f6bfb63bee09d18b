//! Subsidies taken back, with fines and bans; credits, by which a part of what was settled goes back to those who paid it.

mod ban;
pub mod books;
mod clawback;
mod credit;
mod redemption;
pub mod sla;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::ban::{Banned, is_banned, require_not_banned};
pub use self::redemption::left_of_lease;
use crate::domain::id::{LeaseId, OrgId, ProgrammeId, RecoveryId, VoucherId};
use crate::domain::money::{Money, Overflow};
use crate::domain::recovery::{NamedTarget, NewCredit, NewRecovery, Recovery, RecoveryKind, RedeemedBy, Target};
use crate::domain::time::Timestamp;
use crate::domain::user::Role;
use crate::engine::event::Event;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// What can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecoveryCommand {
    /// Take a subsidy back.
    Recover(NewRecovery),
    /// Give back a part of what was settled.
    Credit(NewCredit),
    /// Let somebody take part again before the ban ends.
    LiftBan {
        /// The recovery that banned.
        recovery: RecoveryId,
        /// Why.
        reason: String,
    },
}

impl RecoveryCommand {
    /// Its name in the journal.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Recover(_) => "recover",
            Self::Credit(_) => "credit",
            Self::LiftBan { .. } => "lift_ban",
        }
    }

    /// Which role decides on it as the second person; none: no second person is needed.
    pub fn decided_by(&self) -> Option<Role> {
        match self {
            Self::Recover(_) | Self::LiftBan { .. } => Some(Role::Issuer),
            Self::Credit(_) => Some(Role::Operator),
        }
    }

    /// The programme that it is about, if it can be told.
    pub fn programme(&self, state: &State) -> Option<ProgrammeId> {
        let of_voucher = |voucher: &VoucherId| state.vouchers.get(voucher).map(|known| known.programme);
        match self {
            Self::Recover(new) => match &new.target {
                NamedTarget::Lease(named) => redemption::draws(state, named)?
                    .first()
                    .and_then(|draw| of_voucher(&draw.voucher)),
                NamedTarget::Claim(claim) => state.claims.get(claim).map(|claim| claim.programme),
                NamedTarget::Voucher { voucher, .. } => of_voucher(voucher),
            },
            // The operator gives a provider's money back; nobody's programme is asked.
            Self::Credit(_) => None,
            Self::LiftBan { recovery, .. } => state.recoveries.get(recovery)?.programme,
        }
    }
}

/// What recoveries come to. It follows from them and is rebuilt with them.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// What was taken back of each voucher's redemption, by what had redeemed it.
    taken: BTreeMap<(RedeemedBy, VoucherId), Money>,
    /// What tenants got back of what they had paid for a lease.
    cash: BTreeMap<LeaseId, Money>,
    /// What programmes got back by credits of what they had paid for a lease.
    subsidy: BTreeMap<LeaseId, Money>,
    /// What the schedules of leases gave back for outages: in all, and of it to programmes.
    sla: BTreeMap<LeaseId, (Money, Money)>,
    /// Bans that were not lifted, those too that have ended: until when, by owner group and issuer.
    bans: BTreeMap<(OrgId, Option<OrgId>), BTreeMap<RecoveryId, Timestamp>>,
}

impl Recovered {
    /// What was taken back of a voucher's redemption.
    pub fn taken(&self, by: RedeemedBy, voucher: VoucherId) -> Money {
        self.taken.get(&(by, voucher)).copied().unwrap_or_default()
    }

    /// What was taken back of all that something had redeemed.
    ///
    /// # Errors
    /// Only where amounts are beyond what the exchange can count.
    pub fn taken_of(&self, by: RedeemedBy) -> Result<Money, Overflow> {
        let from = (by, VoucherId(0));
        let parts = self.taken.range(from..=(by, VoucherId(u64::MAX)));
        Money::sum(parts.map(|(_, amount)| *amount))
    }

    /// What a tenant got back of what it had paid for a lease.
    pub fn cash(&self, lease: LeaseId) -> Money {
        self.cash.get(&lease).copied().unwrap_or_default()
    }

    /// What programmes got back by credits of what they had paid for a lease; [`Recovered::taken_of`] counts it, too.
    pub fn credited_subsidy(&self, lease: LeaseId) -> Money {
        self.subsidy.get(&lease).copied().unwrap_or_default()
    }

    /// What a lease's schedule gave back for outages.
    pub fn sla(&self, lease: LeaseId) -> Money {
        self.sla.get(&lease).copied().unwrap_or_default().0
    }

    /// Of which to programmes.
    pub fn sla_subsidy(&self, lease: LeaseId) -> Money {
        self.sla.get(&lease).copied().unwrap_or_default().1
    }

    fn count(&mut self, recovery: &Recovery) -> Result<(), Overflow> {
        for part in &recovery.parts {
            let taken = self.taken.entry((part.by, part.voucher)).or_default();
            *taken = taken.plus(part.amount)?;
        }
        match (&recovery.kind, recovery.target) {
            (RecoveryKind::Credit { cash, sla, .. }, Target::Lease(lease)) => {
                let credited = self.cash.entry(lease).or_default();
                *credited = credited.plus(*cash)?;
                let credited = self.subsidy.entry(lease).or_default();
                *credited = credited.plus(recovery.amount)?;
                if sla.is_some() {
                    let (all, subsidy) = self.sla.entry(lease).or_default();
                    *all = all.plus(*cash)?.plus(recovery.amount)?;
                    *subsidy = subsidy.plus(recovery.amount)?;
                }
            }
            (RecoveryKind::Credit { .. } | RecoveryKind::Clawback { .. }, _) => {}
        }
        if let Some(ban) = recovery.ban() {
            let bans = self.bans.entry((ban.group, ban.issuer)).or_default();
            bans.insert(recovery.id, ban.until);
        }
        Ok(())
    }
}

/// Puts a recovery among the others and counts it.
pub fn restore(state: &mut State, recovery: Recovery) {
    // What is stored was counted when it was made: it cannot be out of range.
    let _ = state.recovered.count(&recovery);
    state.recoveries.insert(recovery.id, recovery);
}

/// What is checked when two people are to decide on it; it changes nothing.
pub fn check(state: &State, command: &RecoveryCommand, at: Timestamp) -> Result<(), Rejection> {
    match command {
        RecoveryCommand::Recover(new) => clawback::plan(state, new, at).map(|_| ()),
        RecoveryCommand::Credit(new) => credit::plan(state, new, at).map(|_| ()),
        RecoveryCommand::LiftBan { recovery, reason } => ban::check_lift(state, (*recovery, reason)).map(|_| ()),
    }
}

/// Does it.
pub fn apply(
    state: &mut State,
    events: &mut Vec<Event>,
    command: RecoveryCommand,
    at: Timestamp,
) -> Result<(), Rejection> {
    match command {
        RecoveryCommand::Recover(new) => clawback::apply(state, events, &new, at),
        RecoveryCommand::Credit(new) => credit::apply(state, events, &new, at),
        RecoveryCommand::LiftBan { recovery, reason } => ban::lift(state, events, (recovery, reason)),
    }
}

/// Notes a recovery that was posted.
fn made(state: &mut State, events: &mut Vec<Event>, recovery: Recovery) -> Result<(), Rejection> {
    state.counters.recovery += 1;
    state.recovered.count(&recovery)?;
    events.push(Event::RecoveryMade(Box::new(recovery.clone())));
    state.recoveries.insert(recovery.id, recovery);
    Ok(())
}
