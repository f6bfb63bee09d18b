//! Deciding on claims: paid, refused, or taken back.

use super::refusal::ClaimRefusal;
use super::submit;
use crate::domain::account::AccountKey;
use crate::domain::claim::{Claim, ClaimState};
use crate::domain::id::{ClaimId, OrgId, ProgrammeId, UserId};
use crate::domain::money::Money;
use crate::domain::programme::ProgrammeState;
use crate::domain::time::Timestamp;
use crate::domain::user::Role;
use crate::engine::event::Event;
use crate::engine::limits;
use crate::engine::posting::{self, expire_voucher};
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection};
use crate::engine::settlement;
use crate::engine::state::State;

/// The claim that could be paid.
pub(super) fn check_approve(state: &State, id: ClaimId) -> Result<&Claim, Rejection> {
    let claim = state.claims.get(&id).ok_or(ClaimRefusal::NotFound(id))?;
    if claim.state != ClaimState::Submitted {
        return Err(ClaimRefusal::Decided(id).into());
    }
    let programme = state.programmes.get(&claim.programme);
    let programme = programme.ok_or(Rejection::Fault("a claim without a programme"))?;
    match programme.state {
        // What is reserved is still paid after the end.
        ProgrammeState::Open | ProgrammeState::Closed => {}
        ProgrammeState::Draft | ProgrammeState::Approved | ProgrammeState::Reconciled | ProgrammeState::Rejected => {
            return Err(ClaimRefusal::NotOpen(programme.id).into());
        }
    }
    // What is followed must still stand.
    if let Some(followed) = claim.matches {
        let stands = |other: &&Claim| other.state == ClaimState::Approved && other.recovered < other.amount;
        let found = state.claims.get(&followed).filter(stands);
        found.ok_or(ClaimRefusal::NotMatched(followed))?;
    }
    Ok(claim)
}

/// Pays a claim.
pub(super) fn approve(state: &mut State, events: &mut Vec<Event>, id: ClaimId, at: Timestamp) -> Result<(), Rejection> {
    let mut claim = check_approve(state, id)?.clone();
    let parts = parts(state, claim.programme, (Money::ZERO, claim.amount))?;
    posting::claim::pay(state, events, (&claim, &parts), at)?;
    claim.state = ClaimState::Approved;
    claim.parts = parts;
    claim.decided_at = Some(at);
    super::change(state, events, claim);
    Ok(())
}

/// What each treasury owes more when a programme redeems `amount` more, `ahead` of which is not posted yet.
pub(super) fn parts(
    state: &State,
    programme: ProgrammeId,
    (ahead, amount): (Money, Money),
) -> Result<Vec<Money>, Rejection> {
    let found = state.programmes.get(&programme);
    let found = found.ok_or(Rejection::Fault("a claim without a programme"))?;
    let was = state.ledger.balance(AccountKey::Redeemed(programme)).plus(ahead)?;
    Ok(settlement::payer_parts(&found.rules, (was, was.plus(amount)?))?)
}

/// Refuses a claim; what was reserved for it is free again.
pub(super) fn reject(
    state: &mut State,
    events: &mut Vec<Event>,
    (user, id, reason): (UserId, ClaimId, String),
    at: Timestamp,
) -> Result<(), Rejection> {
    let mut claim = state.claims.get(&id).ok_or(ClaimRefusal::NotFound(id))?.clone();
    require_issuer(state, user, &claim)?;
    let mut errors = FieldErrors::default();
    let said = !reason.trim().is_empty();
    errors.require(said, "/reason", FieldRule::Empty, "is needed to reject");
    limits::note(&mut errors, "/reason", &reason);
    errors.check()?;
    claim.rejected_by = Some(user);
    claim.reason = Some(reason);
    give_back(state, events, (claim, ClaimState::Rejected), at)
}

/// The user may act for the programme's issuer.
fn require_issuer(state: &State, id: UserId, claim: &Claim) -> Result<(), Rejection> {
    let user = state.users.get(&id).ok_or(Rejection::UserNotFound(id))?;
    if !user.active {
        return Err(Rejection::UserInactive(id));
    }
    let role = Role::Issuer;
    if !user.is(role) {
        return Err(Rejection::RoleMissing { user: id, role });
    }
    let issuer = state
        .programmes
        .get(&claim.programme)
        .and_then(|programme| programme.issuer);
    if issuer.is_none_or(|issuer| issuer == user.profile.org) {
        Ok(())
    } else {
        Err(ClaimRefusal::NotFound(claim.id).into())
    }
}

/// Takes a claim back.
pub(super) fn withdraw(
    state: &mut State,
    events: &mut Vec<Event>,
    (org, id): (OrgId, ClaimId),
    at: Timestamp,
) -> Result<(), Rejection> {
    let claim = state.claims.get(&id).filter(|claim| claim.org == org);
    let claim = claim.ok_or(ClaimRefusal::NotFound(id))?.clone();
    give_back(state, events, (claim, ClaimState::Withdrawn), at)
}

/// Ends a claim that is not decided: everything goes back to where it came from.
fn give_back(
    state: &mut State,
    events: &mut Vec<Event>,
    (mut claim, end): (Claim, ClaimState),
    at: Timestamp,
) -> Result<(), Rejection> {
    match claim.state {
        ClaimState::Submitted | ClaimState::Declared => {}
        ClaimState::Approved | ClaimState::Rejected | ClaimState::Withdrawn => {
            return Err(ClaimRefusal::Decided(claim.id).into());
        }
    }
    let homes = homes(state, &claim, at)?;
    submit::draw(state, events, (&claim, Money::ZERO.minus(claim.amount)?)).map_err(Rejection::after_change)?;
    posting::claim::release(state, events, (&claim, &homes), at)?;
    claim.state = end;
    claim.decided_at = Some(at);
    super::change(state, events, claim);
    Ok(())
}

/// Where each draw goes back to: a voucher that was made for the claim alone was the pot's, one that has expired gives up what
/// comes back to it.
fn homes(state: &State, claim: &Claim, at: Timestamp) -> Result<Vec<AccountKey>, Rejection> {
    let home = |id| {
        let fault = Rejection::Fault("a draw on no voucher");
        let voucher = state.vouchers.get(&id).ok_or_else(|| fault.clone())?;
        let programme = state.programmes.get(&voucher.programme).ok_or(fault)?;
        Ok(if claim.own_voucher {
            AccountKey::Pot(voucher.programme)
        } else if voucher.valid_until > at {
            AccountKey::VoucherAvailable(id)
        } else {
            expire_voucher::target(programme.id, programme.rules.on_expiry)
        })
    };
    claim.draws.iter().map(|draw| home(draw.voucher)).collect()
}
