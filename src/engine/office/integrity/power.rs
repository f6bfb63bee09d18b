//! Electricity that providers report.

use crate::domain::code::Code;
use crate::domain::id::OrgId;
use crate::domain::organisation::OrgKind;
use crate::domain::power::{Energy, PowerReading};
use crate::domain::time::Timestamp;
use crate::engine::event::Event;
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection};
use crate::engine::state::State;

/// A reading as it is reported.
#[derive(Debug, Clone)]
pub struct NewReading {
    /// Whose meter.
    pub provider: OrgId,
    /// Where.
    pub site: Code,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// How much.
    pub energy: Energy,
}

/// Notes what a meter has counted. The readings of one meter come in their order and never of one instant twice.
pub fn report(state: &mut State, events: &mut Vec<Event>, new: NewReading, at: Timestamp) -> Result<(), Rejection> {
    let mut errors = FieldErrors::default();
    let is_provider = state
        .orgs
        .get(&new.provider)
        .is_some_and(|org| org.is(OrgKind::Provider));
    errors.require(is_provider, "/provider", FieldRule::NotEligible, "is no provider");
    errors.require(
        new.from < new.until,
        "/until",
        FieldRule::Reversed,
        "must come after from",
    );
    errors.require(new.until <= at, "/until", FieldRule::Future, "lies in the future");
    let site = state.catalogue.site_id(&new.site);
    let last = site.and_then(|site| state.power_until.get(&(new.provider, site)).copied());
    errors.require(site.is_some(), "/site", FieldRule::Unknown, "names no site");
    errors.require(
        last.is_none_or(|last| last <= new.from),
        "/from",
        FieldRule::Taken,
        "comes before the end of the last reading of this meter",
    );
    errors.check()?;
    let Some(site) = site else {
        return Err(Rejection::Fault("a site that was there is gone"));
    };
    state.power_until.insert((new.provider, site), new.until);
    events.push(Event::PowerReported(PowerReading {
        provider: new.provider,
        site,
        from: new.from,
        until: new.until,
        energy: new.energy,
    }));
    Ok(())
}
