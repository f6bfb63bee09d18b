//! Reviews: stage by stage, so many people in each, nobody twice.

use super::{after_review, governing, misplaced, move_to, open, require_unconcerned};
use crate::domain::application::{Application, ApplicationState, Review, ReviewVerdict, Reviewed};
use crate::domain::id::{ApplicationId, OrgId, UserId};
use crate::domain::money::Money;
use crate::domain::programme::process::{ReviewKind, ReviewStage};
use crate::domain::programme::{Programme, ProgrammeRules};
use crate::domain::time::Timestamp;
use crate::domain::user::Role;
use crate::engine::event::Event;
use crate::engine::limits;
use crate::engine::office::people;
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection};
use crate::engine::state::State;

/// Best score.
const SCORE_MAX: u8 = 100;

/// What a reviewer says.
#[derive(Debug, Clone)]
pub struct Opinion {
    /// What was found.
    pub verdict: ReviewVerdict,
    /// How good it is.
    pub score: Option<u8>,
    /// How much of it is right.
    pub amount: Option<Money>,
    /// Why.
    pub note: String,
}

/// The stages of a programme's review; where none is said, one person of the issuer looks.
pub fn chain(rules: &ProgrammeRules) -> Vec<ReviewStage> {
    if rules.review_chain.is_empty() {
        vec![ReviewStage {
            kind: ReviewKind::Formal,
            authority: None,
            people: 1,
        }]
    } else {
        rules.review_chain.clone()
    }
}

/// Whose people review a stage: its authority where that acts on the exchange, else the issuer.
fn authority(state: &State, programme: &Programme, (rules, stage): (&ProgrammeRules, &ReviewStage)) -> Option<OrgId> {
    let named = stage
        .authority
        .and_then(|index| rules.authorities.get(usize::from(index)));
    let code = named.and_then(|authority| authority.uscc);
    let registered = code.and_then(|code| state.org_by_uscc.get(&code)).copied();
    registered.or(programme.issuer)
}

/// Where an application stands in its reviews.
fn place(application: &Application) -> Result<(u8, u8), Rejection> {
    match application.state {
        ApplicationState::Submitted => Ok((0, 0)),
        ApplicationState::InReview { stage, passes } => Ok((stage, passes)),
        ApplicationState::Returned
        | ApplicationState::Reviewed { .. }
        | ApplicationState::Published { .. }
        | ApplicationState::Objected { .. }
        | ApplicationState::Cleared { .. }
        | ApplicationState::Granted { .. }
        | ApplicationState::Rejected { .. }
        | ApplicationState::Withdrawn => Err(misplaced(application)),
    }
}

/// Takes what a reviewer says.
pub fn review(
    state: &mut State,
    events: &mut Vec<Event>,
    (id, application, opinion): (UserId, ApplicationId, Opinion),
    at: Timestamp,
) -> Result<(), Rejection> {
    let known = open(state, application)?;
    let (programme, rules) = governing(state, known)?;
    let user = people::acting(state, id, Role::Issuer)?;
    let (stage, passes) = place(known)?;
    let chain = chain(rules);
    let looked_at = chain.get(usize::from(stage));
    let looked_at = looked_at.ok_or(Rejection::Fault("a review beyond the last stage"))?;
    people::require_issuer(user, authority(state, programme, (rules, looked_at)))?;
    require_unconcerned(state, user, known)?;
    let in_round = |review: &&Review| review.round == known.round;
    if known.reviews.iter().filter(in_round).any(|review| review.user == id) {
        return Err(Rejection::ReviewedAlready(id));
    }
    check(known, &opinion)?;
    let mut reviewed = known.clone();
    reviewed.reviews.push(Review {
        user: id,
        stage,
        round: known.round,
        verdict: opinion.verdict,
        score: opinion.score,
        amount: opinion.amount,
        note: opinion.note.clone(),
        at,
    });
    let next = match opinion.verdict {
        ReviewVerdict::Fail => ApplicationState::Rejected { reason: opinion.note },
        ReviewVerdict::Return => ApplicationState::Returned,
        ReviewVerdict::Pass => {
            let passes = passes.saturating_add(1);
            if passes < looked_at.people {
                ApplicationState::InReview { stage, passes }
            } else if usize::from(stage) + 1 < chain.len() {
                ApplicationState::InReview {
                    stage: stage.saturating_add(1),
                    passes: 0,
                }
            } else {
                after_review(rules, found(&reviewed))
            }
        }
    };
    move_to(state, events, reviewed, next);
    Ok(())
}

fn check(application: &Application, opinion: &Opinion) -> Result<(), Rejection> {
    let mut errors = FieldErrors::default();
    match opinion.verdict {
        ReviewVerdict::Pass => limits::note(&mut errors, "/note", &opinion.note),
        ReviewVerdict::Fail | ReviewVerdict::Return => limits::reason(&mut errors, "/note", &opinion.note),
    }
    let fits = opinion.score.is_none_or(|score| score <= SCORE_MAX);
    errors.require(fits, "/score", FieldRule::TooLarge, "must be at most 100");
    if let Some(amount) = opinion.amount {
        limits::amount(&mut errors, "/amount", amount);
        let asked = application.request.amount;
        if amount > asked {
            errors.add(
                "/amount",
                FieldRule::Exceeds,
                format!("is more than the {asked} CNY asked for"),
            );
        }
    }
    errors.check()?;
    if application.reviews.len() >= limits::REVIEWS_MAX {
        return Err(Rejection::Limit("an application has at most 64 reviews"));
    }
    Ok(())
}

/// The least amount that anybody in the last round found right, and the mean of their scores.
fn found(application: &Application) -> Reviewed {
    let in_round = || {
        let reviews = application.reviews.iter();
        reviews.filter(|review| review.round == application.round)
    };
    let amount = in_round().filter_map(|review| review.amount).min();
    let scores: Vec<u32> = in_round().filter_map(|review| review.score.map(u32::from)).collect();
    let count = u32::try_from(scores.len()).unwrap_or(u32::MAX);
    let mean = scores.iter().sum::<u32>().checked_div(count);
    Reviewed {
        amount: amount.unwrap_or(application.request.amount),
        score: mean.and_then(|mean| u8::try_from(mean).ok()),
    }
}
