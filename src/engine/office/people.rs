//! Who acts: people of the authority whose programme it is.

use crate::domain::id::{ApplicationId, OrgId, ProgrammeId, UserId, VoucherId};
use crate::domain::programme::Programme;
use crate::domain::user::{Role, User};
use crate::engine::Command;
use crate::engine::dispute::DisputeCommand;
use crate::engine::office::application::ApplicationCommand;
use crate::engine::office::claim::ClaimCommand;
use crate::engine::office::recovery::RecoveryCommand;
use crate::engine::office::voucher::VoucherCommand;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// A user who may act.
pub fn active(state: &State, id: UserId) -> Result<&User, Rejection> {
    let user = state.users.get(&id).ok_or(Rejection::UserNotFound(id))?;
    if user.active {
        Ok(user)
    } else {
        Err(Rejection::UserInactive(id))
    }
}

/// A user who may act as `role`.
pub fn acting(state: &State, id: UserId, role: Role) -> Result<&User, Rejection> {
    let user = active(state, id)?;
    if user.is(role) {
        Ok(user)
    } else {
        Err(Rejection::RoleMissing { user: id, role })
    }
}

/// A user who may act for the issuer of a programme; where it is nobody's in particular, any issuer's user.
pub fn issuing<'a>(state: &'a State, id: UserId, programme: &Programme) -> Result<&'a User, Rejection> {
    let user = acting(state, id, Role::Issuer)?;
    require_issuer(user, programme.issuer)?;
    Ok(user)
}

/// A programme for whose issuer a user acts; none: an operator's own script acts.
pub fn issuing_or_script(state: &State, user: Option<UserId>, id: ProgrammeId) -> Result<&Programme, Rejection> {
    let programme = programme(state, id)?;
    if let Some(user) = user {
        issuing(state, user, programme)?;
    }
    Ok(programme)
}

/// The user must act for that authority, if there is one.
pub fn require_issuer(user: &User, issuer: Option<OrgId>) -> Result<(), Rejection> {
    if issuer.is_none_or(|issuer| issuer == user.profile.org) {
        Ok(())
    } else {
        Err(Rejection::OtherIssuer(user.id))
    }
}

/// A programme.
pub fn programme(state: &State, id: ProgrammeId) -> Result<&Programme, Rejection> {
    state.programmes.get(&id).ok_or(Rejection::ProgrammeNotFound(id))
}

/// The programme that a command which two people decide on is about, if it is about one.
fn concerned(state: &State, command: &Command) -> Option<ProgrammeId> {
    let of_application = |id: &ApplicationId| state.applications.get(id).map(|known| known.programme);
    let of_voucher = |id: &VoucherId| state.vouchers.get(id).map(|known| known.programme);
    match command {
        Command::Grant { programme, .. } => Some(*programme),
        Command::Programme(command) => command.programme(),
        Command::Application(command) => command
            .programme()
            .or_else(|| command.application().as_ref().and_then(of_application)),
        Command::Voucher(command) => command
            .programme()
            .or_else(|| command.voucher().as_ref().and_then(of_voucher)),
        Command::Claim(command) => command.programme(state),
        Command::Recovery(command) => command.programme(state),
        // What is booked of a bank's statement is for operators to decide, whosever programme it is.
        Command::Treasury(_)
        // None of these needs a second person; each asks by itself who says it.
        | Command::Integrity(_)
        | Command::Banking(_)
        | Command::Usage(_)
        // Between a tenant and a provider, whosever vouchers pay.
        | Command::Dispute(_)
        | Command::Lease(_)
        | Command::Sla(_)
        | Command::OpenProgramme(_)
        | Command::Tick
        | Command::DefineAccelerator(_)
        | Command::DefineSite(_)
        | Command::SetTerms(_)
        | Command::SetReferencePrice { .. }
        | Command::RegisterOrg(_)
        | Command::RelateOrgs { .. }
        | Command::Deposit { .. }
        | Command::Post { .. }
        | Command::OpenListing { .. }
        | Command::WithdrawListing { .. }
        | Command::AmendListing { .. }
        | Command::PlaceBid { .. }
        | Command::CancelBid { .. }
        | Command::AmendBid { .. }
        | Command::ReportUsage { .. }
        | Command::Settle { .. }
        | Command::Settlement(_)
        | Command::EndLease { .. }
        | Command::RegisterUser(_)
        | Command::AmendUser { .. }
        | Command::Propose { .. }
        | Command::Decide { .. } => None,
    }
}

/// Whose programme a command that two people decide on is about: only that authority's people ask for it and decide on it.
pub fn issuer_of(state: &State, command: &Command) -> Option<OrgId> {
    let programme = concerned(state, command)?;
    state.programmes.get(&programme)?.issuer
}

/// Whether the owner group that a user acts for gets something by a command that two people of an issuer decide on.
pub fn benefits(state: &State, id: UserId, command: &Command) -> bool {
    let Some(user) = state.users.get(&id) else {
        return false;
    };
    let own = state.group_of(user.profile.org);
    let is_own = |org: OrgId| state.group_of(org) == own;
    match command {
        Command::Grant { org, .. } | Command::Voucher(VoucherCommand::LiftCap { org, .. }) => is_own(*org),
        Command::Voucher(VoucherCommand::Extend { voucher, .. }) => {
            state.vouchers.get(voucher).is_some_and(|voucher| is_own(voucher.org))
        }
        Command::Application(ApplicationCommand::Grant { application, .. }) => {
            let application = state.applications.get(application);
            application.is_some_and(|application| is_own(application.org))
        }
        Command::Application(ApplicationCommand::Allocate { programme, .. }) => {
            let mut applications = state.applications.values();
            applications.any(|application| application.programme == *programme && is_own(application.org))
        }
        Command::Claim(ClaimCommand::ApproveClaim { claim }) => {
            state.claims.get(claim).is_some_and(|claim| is_own(claim.org))
        }
        Command::Claim(ClaimCommand::Assess { entities, .. }) => entities.iter().copied().any(is_own),
        Command::Recovery(RecoveryCommand::LiftBan { recovery, .. }) => state
            .recoveries
            .get(recovery)
            .is_some_and(|recovery| is_own(recovery.org)),
        // Whoever is a party to a dispute, or of its owner group, does not judge it.
        Command::Dispute(DisputeCommand::Resolve { dispute, .. }) => {
            let dispute = state.disputes.get(dispute);
            dispute.is_some_and(|dispute| is_own(dispute.tenant) || is_own(dispute.provider))
        }
        Command::Voucher(VoucherCommand::Revoke { .. })
        | Command::Application(
            ApplicationCommand::Submit { .. }
            | ApplicationCommand::Amend { .. }
            | ApplicationCommand::Withdraw { .. }
            | ApplicationCommand::EraseContact { .. }
            | ApplicationCommand::Review { .. }
            | ApplicationCommand::Publish { .. }
            | ApplicationCommand::Object { .. }
            | ApplicationCommand::ResolveObjection { .. }
            | ApplicationCommand::Reject { .. }
            | ApplicationCommand::SetCalendar(_),
        )
        | Command::Claim(
            ClaimCommand::SubmitClaim { .. } | ClaimCommand::WithdrawClaim { .. } | ClaimCommand::RejectClaim { .. },
        )
        | Command::Recovery(RecoveryCommand::Recover(_) | RecoveryCommand::Credit(_))
        | Command::Programme(_)
        | Command::Treasury(_)
        | Command::Sla(_)
        | Command::Settlement(_)
        | Command::Integrity(_)
        | Command::OpenProgramme(_)
        | Command::Tick
        | Command::DefineAccelerator(_)
        | Command::DefineSite(_)
        | Command::SetTerms(_)
        | Command::SetReferencePrice { .. }
        | Command::RegisterOrg(_)
        | Command::RelateOrgs { .. }
        | Command::Deposit { .. }
        | Command::Post { .. }
        | Command::OpenListing { .. }
        | Command::WithdrawListing { .. }
        | Command::AmendListing { .. }
        | Command::PlaceBid { .. }
        | Command::CancelBid { .. }
        | Command::AmendBid { .. }
        | Command::ReportUsage { .. }
        | Command::Usage(_)
        | Command::Dispute(_)
        | Command::Settle { .. }
        | Command::EndLease { .. }
        | Command::Lease(_)
        | Command::RegisterUser(_)
        | Command::AmendUser { .. }
        | Command::Propose { .. }
        | Command::Banking(_)
        | Command::Decide { .. } => false,
    }
}
