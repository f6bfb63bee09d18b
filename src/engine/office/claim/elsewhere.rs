//! Contracts from elsewhere that are in truth leases of the exchange: of those vouchers may have paid already.

use super::refusal::ClaimRefusal;
use crate::domain::claim::NewClaim;
use crate::domain::contract::{Contract, ExternalContract, LeaseTerms};
use crate::domain::id::{ClaimId, LeaseId, OrgId, ProgrammeId};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::engine::event::Event;
use crate::engine::integrity::likeness::{self, Likeness, Terms, likeness};
use crate::engine::integrity::policy::IntegrityPolicy;
use crate::engine::limits;
use crate::engine::office::integrity::flag as flags;
use crate::engine::rejection::{FieldRule, Rejection, invalid};
use crate::engine::state::State;

/// Refuses a contract that is a lease between the same owner groups; the lease that it is merely like, if any. Leases that are not
/// closed are in memory, the others come with the command and are taken out of it here. Where nobody has looked for those, nothing
/// is compared.
pub(super) fn check(state: &State, org: OrgId, new: &mut NewClaim) -> Result<Option<LeaseId>, Rejection> {
    let Some(stored) = new.leases.take() else {
        return Ok(None);
    };
    if stored.len() > limits::LEASES_COMPARED_MAX {
        return Err(invalid(
            "/contract",
            FieldRule::TooMany,
            "was compared with more than 200 leases",
        ));
    }
    let Some(Contract::External(contract)) = &new.contract else {
        return Ok(None);
    };
    let Some(&counterparty) = state.org_by_uscc.get(&contract.counterparty) else {
        return Ok(None);
    };
    let groups = (state.group_of(org), state.group_of(counterparty));
    let is_theirs = |tenant, provider| (state.group_of(tenant), state.group_of(provider)) == groups;
    let closed = stored.iter().filter(|lease| is_theirs(lease.tenant, lease.provider));
    let closed = closed.filter_map(|lease| Some((alike(contract, lease)?, lease.lease)));
    let open = state.leases.values();
    let open = open.filter(|lease| is_theirs(lease.fill.tenant, lease.fill.provider));
    let open = open.filter_map(|lease| {
        let fill = &lease.fill;
        let site = state.catalogue.site(fill.site);
        let accelerator = state.catalogue.accelerator(fill.accelerator);
        let terms = Terms {
            site: site.map(|site| &site.code),
            accelerator: accelerator.map(|accelerator| &accelerator.code),
            cards: fill.cards,
            from: fill.window.from().timestamp(),
            until: lease.ends.timestamp(),
        };
        Some((likeness(&of(contract), &terms)?, fill.lease))
    });
    match closed.chain(open).min() {
        Some((Likeness::Same, lease)) => Err(ClaimRefusal::IsLease(lease).into()),
        Some((Likeness::Similar, lease)) => Ok(Some(lease)),
        None => Ok(None),
    }
}

fn of(contract: &ExternalContract) -> Terms<'_> {
    Terms {
        site: contract.site.as_ref(),
        accelerator: contract.accelerator.as_ref(),
        cards: contract.cards,
        from: contract.from,
        until: contract.until,
    }
}

fn alike(contract: &ExternalContract, lease: &LeaseTerms) -> Option<Likeness> {
    let terms = Terms {
        site: Some(&lease.site),
        accelerator: Some(&lease.accelerator),
        cards: lease.cards,
        from: lease.from,
        until: lease.until,
    };
    likeness(&of(contract), &terms)
}

/// Flags a claim whose contract is like a lease: nothing is paid before somebody has looked.
pub(super) fn flag(
    state: &mut State,
    events: &mut Vec<Event>,
    ((claim, programme, org, amount), lease): ((ClaimId, ProgrammeId, OrgId, Money), LeaseId),
    at: Timestamp,
) {
    let found = likeness::report(
        (claim, lease),
        (programme, org),
        (Likeness::Similar, amount),
        &IntegrityPolicy::default(),
    );
    flags::notice(state, events, found, at);
}
