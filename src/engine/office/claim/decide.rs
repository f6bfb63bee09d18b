//! Deciding on claims: paid, refused, or taken back.

use super::refusal::ClaimRefusal;
use super::submit;
use crate::domain::account::AccountKey;
use crate::domain::claim::{Claim, ClaimState};
use crate::domain::id::{ClaimId, OrgId, ProgrammeId, UserId};
use crate::domain::money::Money;
use crate::domain::programme::ProgrammeState;
use crate::domain::time::Timestamp;
use crate::engine::contract;
use crate::engine::event::Event;
use crate::engine::limits;
use crate::engine::office::integrity::flag;
use crate::engine::office::{people, recovery};
use crate::engine::posting::{self, expire_voucher};
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection};
use crate::engine::settlement;
use crate::engine::state::State;

/// The claim that could be paid.
pub(super) fn check_approve(state: &State, id: ClaimId, at: Timestamp) -> Result<&Claim, Rejection> {
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
    recovery::require_not_banned(state, claim.org, programme.issuer, at)?;
    flag::require_free(state, claim)?;
    // What is followed must still stand.
    if let Some(followed) = claim.matches {
        let refused = ClaimRefusal::NotMatched(followed);
        let other = state.claims.get(&followed).ok_or(refused)?;
        if other.state != ClaimState::Approved || !contract::left_of(state, other)?.is_positive() {
            return Err(refused.into());
        }
    }
    Ok(claim)
}

/// Pays a claim.
pub(super) fn approve(state: &mut State, events: &mut Vec<Event>, id: ClaimId, at: Timestamp) -> Result<(), Rejection> {
    let mut claim = check_approve(state, id, at)?.clone();
    let parts = parts(state, claim.programme, (Money::ZERO, claim.amount))?;
    posting::claim::pay(state, events, (&claim, &parts), at)?;
    // Who owes after a recovery pays that first.
    posting::collect::post(state, events, (claim.org, claim.amount), at).map_err(Rejection::after_change)?;
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
    people::issuing(state, user, people::programme(state, claim.programme)?)?;
    let mut errors = FieldErrors::default();
    let said = !reason.trim().is_empty();
    errors.require(said, "/reason", FieldRule::Empty, "is needed to reject");
    limits::note(&mut errors, "/reason", &reason);
    errors.check()?;
    claim.rejected_by = Some(user);
    claim.reason = Some(reason);
    give_back(state, events, (claim, ClaimState::Rejected), at)
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
pub(super) fn give_back(
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
pub(super) fn homes(state: &State, claim: &Claim, at: Timestamp) -> Result<Vec<AccountKey>, Rejection> {
    let home = |id| {
        let fault = Rejection::Fault("a draw on no voucher");
        let voucher = state.vouchers.get(&id).ok_or_else(|| fault.clone())?;
        let programme = state.programmes.get(&voucher.programme).ok_or(fault)?;
        Ok(if claim.own_voucher {
            AccountKey::Pot(voucher.programme)
        } else if voucher.is_live(at) {
            AccountKey::VoucherAvailable(id)
        } else {
            expire_voucher::target(voucher, programme)
        })
    };
    claim.draws.iter().map(|draw| home(draw.voucher)).collect()
}
