//! Roles that exclude each other under a programme.

use crate::domain::id::{OrgId, ProgrammeId};
use crate::domain::programme::Programme;
use crate::domain::programme::eligibility::RoleConflict;
use crate::domain::provider_list::ListedProvider;
use crate::domain::time::Timestamp;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// Why somebody may not take a role under a programme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// Somebody of the same owner group is listed as a provider, and so cannot receive.
    #[error(
        "{provider} of the same owner group is listed as a provider of {programme}, which lets no provider receive"
    )]
    Provides {
        /// Under which programme.
        programme: ProgrammeId,
        /// Who is listed.
        provider: OrgId,
    },
    /// Somebody of the same owner group receives, and so none of them can provide.
    #[error("{recipient} of the same owner group receives under {programme}, which lets nobody be on both sides")]
    Receives {
        /// Under which programme.
        programme: ProgrammeId,
        /// Who receives.
        recipient: OrgId,
    },
}

/// Why `org` may not be granted vouchers of a programme or claim under it, if it may not. Owner groups count as one. Where nobody
/// may ever be on both sides, places in the list that have ended count too.
pub fn conflict(state: &State, programme: &Programme, org: OrgId, at: Timestamp) -> Option<Conflict> {
    let counts = |place: &ListedProvider| match programme.rules.role_conflict {
        RoleConflict::None => false,
        RoleConflict::ProviderCannotClaim => place.counts_at(at),
        // A place that was ended when it began never was one.
        RoleConflict::OneSideOnly => place.from <= at && place.until.is_none_or(|until| place.from < until),
    };
    match programme.rules.role_conflict {
        RoleConflict::None => return None,
        RoleConflict::ProviderCannotClaim | RoleConflict::OneSideOnly => {}
    }
    let group = state.group_of(org);
    let of_programme = (programme.id, OrgId(0))..=(programme.id, OrgId(u64::MAX));
    let mut listed = state.provider_lists.range(of_programme);
    listed
        .find(|((_, provider), places)| state.group_of(*provider) == group && places.iter().any(counts))
        .map(|((_, provider), _)| Conflict::Provides {
            programme: programme.id,
            provider: *provider,
        })
}

/// Why `org` may not be listed as a provider of a programme, if it may not.
pub fn listing_conflict(state: &State, programme: &Programme, org: OrgId) -> Option<Conflict> {
    match programme.rules.role_conflict {
        RoleConflict::None | RoleConflict::ProviderCannotClaim => return None,
        RoleConflict::OneSideOnly => {}
    }
    let group = state.group_of(org);
    let holders = state.vouchers.values().map(|voucher| (voucher.programme, voucher.org));
    let claimants = state.claims.values().map(|claim| (claim.programme, claim.org));
    let mut recipients = holders.chain(claimants).filter(|(of, _)| *of == programme.id);
    recipients
        .find(|(_, recipient)| state.group_of(*recipient) == group)
        .map(|(_, recipient)| Conflict::Receives {
            programme: programme.id,
            recipient,
        })
}

/// Refuses what conflicts.
pub fn require_none(conflict: Option<Conflict>) -> Result<(), Rejection> {
    conflict.map_or(Ok(()), |conflict| Err(Rejection::RoleConflict(conflict)))
}
