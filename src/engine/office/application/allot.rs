//! Grants of applications: one by one in their order, or all at once where the programme shares a pot that is short.

use super::{misplaced, move_to, open};
use crate::domain::account::AccountKey;
use crate::domain::application::{Application, ApplicationState, Reviewed};
use crate::domain::flag::Subject;
use crate::domain::id::{ApplicationId, OrgId, ProgrammeId};
use crate::domain::money::{Money, Overflow};
use crate::domain::plan::{Plan, PlanDigest};
use crate::domain::programme::limit::Allocation;
use crate::domain::programme::{Programme, ProgrammeState};
use crate::domain::time::Timestamp;
use crate::domain::voucher::Voucher;
use crate::engine::event::Event;
use crate::engine::limits;
use crate::engine::office::integrity::flag;
use crate::engine::office::people;
use crate::engine::office::plan as plans;
use crate::engine::office::sharing;
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection, invalid};
use crate::engine::state::State;
use crate::engine::voucher::grant as voucher;

/// Most applications that are granted at once.
const ALLOCATED_MAX: usize = 20_000;

/// An application that can be granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// Which one.
    pub id: ApplicationId,
    /// What it may get at most.
    pub due: Money,
    /// How good the reviewers found it.
    pub score: Option<u8>,
}

fn cleared(application: &Application) -> Option<Reviewed> {
    match application.state {
        ApplicationState::Cleared { reviewed } => Some(reviewed),
        ApplicationState::Submitted
        | ApplicationState::InReview { .. }
        | ApplicationState::Returned
        | ApplicationState::Reviewed { .. }
        | ApplicationState::Published { .. }
        | ApplicationState::Objected { .. }
        | ApplicationState::Granted { .. }
        | ApplicationState::Rejected { .. }
        | ApplicationState::Withdrawn => None,
    }
}

/// All that can be granted under a programme, in the order of applying.
fn candidates(state: &State, programme: &Programme, at: Timestamp) -> Vec<Candidate> {
    let of_programme = state
        .applications
        .values()
        .filter(|known| known.programme == programme.id);
    let entitled = of_programme.filter(|known| {
        // Who is not eligible any more stands in nobody's way.
        let mut errors = FieldErrors::default();
        voucher::eligible(state, &mut errors, (programme, known.org), at);
        errors.check().is_ok() && voucher::require_admitted(state, programme, known.org, at).is_ok()
    });
    let candidate = |known: &Application| {
        let reviewed = cleared(known)?;
        Some(Candidate {
            id: known.id,
            due: reviewed.amount,
            score: reviewed.score,
        })
    };
    entitled.filter_map(candidate).collect()
}

/// The voucher that would be granted for an application.
pub fn check_grant(state: &State, (id, amount): (ApplicationId, Money), at: Timestamp) -> Result<Voucher, Rejection> {
    let application = open(state, id)?;
    let reviewed = cleared(application).ok_or_else(|| misplaced(application))?;
    let programme = people::programme(state, application.programme)?;
    let mut errors = FieldErrors::default();
    if amount > reviewed.amount {
        let detail = format!("is more than the {} CNY that the reviews found right", reviewed.amount);
        errors.add("/amount", FieldRule::Exceeds, detail);
    }
    errors.check()?;
    match programme.rules.allocation_when_short {
        Allocation::FirstCome => require_turn(state, programme, (id, amount), at)?,
        Allocation::ProRata | Allocation::Ranked => {
            let detail = "is of a programme that shares its pot among all: allocate it";
            return Err(invalid("/application", FieldRule::NotEligible, detail));
        }
    }
    linked(state, (application, amount), at)
}

/// Those who came before and can be granted come first, unless the pot suffices for them as well.
fn require_turn(
    state: &State,
    programme: &Programme,
    (id, amount): (ApplicationId, Money),
    at: Timestamp,
) -> Result<(), Rejection> {
    let pot = state.ledger.balance(AccountKey::Pot(programme.id));
    let before: Vec<Candidate> = candidates(state, programme, at)
        .into_iter()
        .filter(|candidate| candidate.id < id)
        .collect();
    let due = Money::sum(before.iter().map(|candidate| candidate.due))?;
    match before.first() {
        Some(first) if due.plus(amount)? > pot => Err(Rejection::EarlierApplication(first.id)),
        Some(_) | None => Ok(()),
    }
}

/// Refuses to grant while a flag on the application is not resolved.
fn require_free(state: &State, programme: ProgrammeId, (id, org): (ApplicationId, OrgId)) -> Result<(), Rejection> {
    match flag::holds_any(state, (programme, org), &[Subject::Application(id)]) {
        None => Ok(()),
        Some(flag) => Err(Rejection::ApplicationHeld { application: id, flag }),
    }
}

fn linked(state: &State, (application, amount): (&Application, Money), at: Timestamp) -> Result<Voucher, Rejection> {
    require_free(state, application.programme, (application.id, application.org))?;
    let voucher = voucher::check_grant(state, (application.programme, application.org, amount), at)?;
    Ok(Voucher {
        application: Some(application.id),
        ..voucher
    })
}

/// Grants an application.
pub fn grant(
    state: &mut State,
    events: &mut Vec<Event>,
    (id, amount): (ApplicationId, Money),
    at: Timestamp,
) -> Result<(), Rejection> {
    let granted = check_grant(state, (id, amount), at)?;
    make(state, events, (id, granted), at)
}

fn make(
    state: &mut State,
    events: &mut Vec<Event>,
    (id, granted): (ApplicationId, Voucher),
    at: Timestamp,
) -> Result<(), Rejection> {
    let application = open(state, id)?.clone();
    let next = ApplicationState::Granted {
        voucher: granted.id,
        amount: granted.amount,
    };
    move_to(state, events, application, next);
    voucher::make(state, events, granted, at).map_err(Rejection::after_change)
}

/// What each candidate would get, in the order of applying, without those who would get nothing.
pub fn plan(state: &State, id: ProgrammeId, at: Timestamp) -> Result<Vec<(ApplicationId, Money)>, Rejection> {
    let programme = people::programme(state, id)?;
    voucher::require_state(programme, ProgrammeState::Open)?;
    if at >= programme.rules.valid_until {
        return Err(invalid("/programme", FieldRule::Past, "has ended"));
    }
    let rules = &programme.rules;
    if rules.allocation_when_short == Allocation::FirstCome {
        let detail = "grants its applications one by one, in their order";
        return Err(invalid("/programme", FieldRule::NotEligible, detail));
    }
    let candidates = candidates(state, programme, at);
    if candidates.is_empty() {
        return Err(invalid(
            "/programme",
            FieldRule::Empty,
            "has no application that can be granted",
        ));
    }
    if candidates.len() > ALLOCATED_MAX {
        return Err(Rejection::Limit("at most 20000 applications are granted at once"));
    }
    // One that is held back might turn out to be right: nothing is shared before that is known.
    for candidate in &candidates {
        let application = open(state, candidate.id)?;
        require_free(state, id, (application.id, application.org))?;
    }
    let pot = state.ledger.balance(AccountKey::Pot(id));
    let mut shares = shares(&candidates, pot, (rules.allocation_when_short, rules.divisible))?;
    shares.retain(|(_, share)| share.is_positive());
    if shares.is_empty() {
        return Err(invalid(
            "/programme",
            FieldRule::Exceeds,
            "has nothing left in its pot that can be shared",
        ));
    }
    Ok(shares)
}

/// What an allocation would grant now, by what tells it apart.
///
/// # Errors
/// Those of the allocation.
pub fn digest(state: &State, id: ProgrammeId, at: Timestamp) -> Result<PlanDigest, Rejection> {
    digest_of(&plan(state, id, at)?)
}

fn digest_of(plan: &[(ApplicationId, Money)]) -> Result<PlanDigest, Rejection> {
    plans::digest(plan.iter().map(|(id, amount)| (id.to_string(), *amount)))
}

/// Shares a pot among candidates, whatever their order. Ranked, the best score comes first, and among equal ones who applied
/// first; see [`sharing::share`].
pub fn shares(
    candidates: &[Candidate],
    pot: Money,
    (rule, divisible): (Allocation, bool),
) -> Result<Vec<(ApplicationId, Money)>, Overflow> {
    let mut candidates = candidates.to_vec();
    match rule {
        Allocation::FirstCome | Allocation::ProRata => candidates.sort_by_key(|candidate| candidate.id),
        Allocation::Ranked => {
            candidates.sort_by_key(|candidate| (std::cmp::Reverse(candidate.score), candidate.id));
        }
    }
    let due: Vec<Money> = candidates.iter().map(|candidate| candidate.due).collect();
    let parts = sharing::share(&due, pot, (rule, divisible))?;
    let mut shares: Vec<_> = candidates.iter().map(|candidate| candidate.id).zip(parts).collect();
    shares.sort_by_key(|(id, _)| *id);
    Ok(shares)
}

/// Shares the pot among all that can be granted.
pub fn allocate(
    state: &mut State,
    events: &mut Vec<Event>,
    (programme, agreed): (ProgrammeId, Plan),
    at: Timestamp,
) -> Result<(), Rejection> {
    let plan = plan(state, programme, at)?;
    plans::require_same(agreed, digest_of(&plan)?)?;
    for (_, amount) in &plan {
        let mut errors = FieldErrors::default();
        limits::amount(&mut errors, "/amount", *amount);
        errors.check()?;
    }
    for (id, amount) in plan {
        let application = open(state, id).map_err(Rejection::after_change)?;
        let granted = linked(state, (application, amount), at).map_err(Rejection::after_change)?;
        make(state, events, (id, granted), at).map_err(Rejection::after_change)?;
    }
    Ok(())
}
