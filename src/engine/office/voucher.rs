//! Vouchers after their grant: revoked, extended; caps lifted.

use serde::{Deserialize, Serialize};

use super::people;
use crate::domain::id::{OrgId, ProgrammeId, VoucherId};
use crate::domain::money::Money;
use crate::domain::programme::ProgrammeState;
use crate::domain::time::Timestamp;
use crate::domain::user::Role;
use crate::domain::voucher::{Voucher, VoucherEnd};
use crate::engine::event::Event;
use crate::engine::limits;
use crate::engine::posting;
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection, invalid};
use crate::engine::state::State;
use crate::engine::voucher::{evaluate, grant};

/// What can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VoucherCommand {
    /// Take back what is available. What leases have reserved stays theirs.
    Revoke {
        /// Which one.
        voucher: VoucherId,
        /// Why.
        reason: String,
    },
    /// Let it pay for longer.
    Extend {
        /// Which one.
        voucher: VoucherId,
        /// Until when.
        until: Timestamp,
    },
    /// Lift the cap of an owner group.
    LiftCap {
        /// Of which programme.
        programme: ProgrammeId,
        /// For the owner group of which organisation.
        org: OrgId,
        /// The cap from now on.
        cap: Money,
    },
}

impl VoucherCommand {
    /// Its name in the journal.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Revoke { .. } => "revoke_voucher",
            Self::Extend { .. } => "extend_voucher",
            Self::LiftCap { .. } => "lift_cap",
        }
    }

    /// Which role decides on it as the second person; none: no second person is needed.
    pub fn decided_by(&self) -> Option<Role> {
        match self {
            Self::Revoke { .. } | Self::Extend { .. } | Self::LiftCap { .. } => Some(Role::Issuer),
        }
    }

    /// The programme that it names.
    pub fn programme(&self) -> Option<ProgrammeId> {
        match self {
            Self::LiftCap { programme, .. } => Some(*programme),
            Self::Revoke { .. } | Self::Extend { .. } => None,
        }
    }

    /// The voucher that it names.
    pub fn voucher(&self) -> Option<VoucherId> {
        match self {
            Self::Revoke { voucher, .. } | Self::Extend { voucher, .. } => Some(*voucher),
            Self::LiftCap { .. } => None,
        }
    }
}

/// What is checked when two people are to decide on it; it changes nothing.
pub fn check(state: &State, command: &VoucherCommand, at: Timestamp) -> Result<(), Rejection> {
    match command {
        VoucherCommand::Revoke { voucher, reason } => {
            let mut errors = FieldErrors::default();
            limits::reason(&mut errors, "/reason", reason);
            errors.check()?;
            live(state, *voucher, at).map(|_| ())
        }
        VoucherCommand::Extend { voucher, until } => check_extension(state, (*voucher, *until), at).map(|_| ()),
        VoucherCommand::LiftCap { programme, org, cap } => check_lift(state, (*programme, *org, *cap)).map(|_| ()),
    }
}

/// Does it.
pub fn apply(
    state: &mut State,
    events: &mut Vec<Event>,
    command: VoucherCommand,
    at: Timestamp,
) -> Result<(), Rejection> {
    check(state, &command, at)?;
    match command {
        VoucherCommand::Revoke { voucher, .. } => end(state, events, (voucher, VoucherEnd::Revoked), at),
        VoucherCommand::Extend { voucher, until } => {
            let known = check_extension(state, (voucher, until), at)?.clone();
            grant::clear_timers(state, &known);
            let extended = Voucher {
                valid_until: until,
                ..known
            };
            grant::set_timers(state, &extended, at);
            events.push(Event::VoucherChanged(Box::new(extended.clone())));
            state.vouchers.insert(voucher, extended);
            Ok(())
        }
        VoucherCommand::LiftCap { programme, org, cap } => {
            let group = check_lift(state, (programme, org, cap))?;
            events.push(Event::CapLifted { programme, group, cap });
            state.cap_lifts.insert((programme, group), cap);
            Ok(())
        }
    }
}

/// A voucher that can still pay.
fn live(state: &State, id: VoucherId, at: Timestamp) -> Result<&Voucher, Rejection> {
    let voucher = state.vouchers.get(&id).ok_or(Rejection::VoucherNotFound(id))?;
    if voucher.is_live(at) {
        Ok(voucher)
    } else {
        Err(Rejection::VoucherNotLive(id))
    }
}

fn check_extension(state: &State, (id, until): (VoucherId, Timestamp), at: Timestamp) -> Result<&Voucher, Rejection> {
    let voucher = live(state, id, at)?;
    let programme = people::programme(state, voucher.programme)?;
    grant::require_state(programme, ProgrammeState::Open)?;
    let mut errors = FieldErrors::default();
    if until <= voucher.valid_until {
        let detail = format!("must come after {}, when the voucher expires now", voucher.valid_until);
        errors.add("/until", FieldRule::TooSmall, detail);
    }
    let last = programme.rules.valid_until;
    if until > last {
        let detail = format!("must not come after {last}, when the programme's last vouchers expire");
        errors.add("/until", FieldRule::TooLarge, detail);
    }
    errors.check()?;
    Ok(voucher)
}

/// The owner group whose cap could be lifted.
fn check_lift(state: &State, (id, org, cap): (ProgrammeId, OrgId, Money)) -> Result<OrgId, Rejection> {
    let programme = people::programme(state, id)?;
    grant::require_state(programme, ProgrammeState::Open)?;
    if !programme.rules.cap_exception {
        let detail = "does not let caps be lifted: cap_exception is false";
        return Err(invalid("/programme", FieldRule::NotEligible, detail));
    }
    let unknown = || invalid("/org", FieldRule::Unknown, format!("names no organisation: {org}"));
    let group = state.orgs.get(&org).ok_or_else(unknown)?.group;
    let mut errors = FieldErrors::default();
    limits::amount(&mut errors, "/cap", cap);
    let lifted = state.cap_lifts.get(&(id, group)).copied();
    let facts = state.facts_of(org);
    let in_force = evaluate::cap_in_force(&programme.rules, facts, lifted).map(|(_, cap)| cap);
    if in_force.is_none_or(|known| cap <= known) {
        let known = in_force.map_or("none".to_owned(), |known| format!("{known} CNY"));
        errors.add(
            "/cap",
            FieldRule::TooSmall,
            format!("must be more than the cap in force: {known}"),
        );
    }
    errors.check()?;
    Ok(group)
}

/// Ends a live voucher before its time: what is available goes back to the pot, what leases have reserved stays theirs.
pub fn end(
    state: &mut State,
    events: &mut Vec<Event>,
    (id, why): (VoucherId, VoucherEnd),
    at: Timestamp,
) -> Result<(), Rejection> {
    let known = live(state, id, at)?.clone();
    grant::clear_timers(state, &known);
    if let Some(ids) = state.vouchers_of.get_mut(&known.org) {
        ids.retain(|other| *other != id);
    }
    let ended = Voucher {
        ended: Some(why),
        ..known
    };
    events.push(Event::VoucherChanged(Box::new(ended.clone())));
    state.vouchers.insert(id, ended.clone());
    posting::revoke_voucher::post(state, events, &ended, at)
}
