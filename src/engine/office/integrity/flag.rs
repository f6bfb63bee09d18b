//! Flags: raised by a scan, resolved by people.

use std::collections::BTreeSet;

use crate::domain::claim::Claim;
use crate::domain::contract::Contract;
use crate::domain::flag::{Finding, Flag, FlagVerdict, Resolution, Subject};
use crate::domain::id::{FlagId, OrgId, ProgrammeId, UserId};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::user::{Role, User};
use crate::engine::event::Event;
use crate::engine::limits;
use crate::engine::office::claim::refusal::ClaimRefusal;
use crate::engine::office::people;
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection};
use crate::engine::state::State;

/// Raises a flag for each finding that is not known yet. What was resolved once is not raised again.
pub fn raise(
    state: &mut State,
    events: &mut Vec<Event>,
    findings: Vec<Finding>,
    at: Timestamp,
) -> Result<(), Rejection> {
    check(state, &findings)?;
    let mut fresh = Vec::new();
    {
        let mut known: BTreeSet<_> = state.flags.values().map(Flag::identity).collect();
        for (place, finding) in findings.iter().enumerate() {
            if known.insert(finding.identity()) {
                fresh.push(place);
            }
        }
    }
    if state.flags.len().saturating_add(fresh.len()) > limits::FLAGS_MAX {
        return Err(Rejection::Limit("at most 1000000 flags are kept"));
    }
    let mut fresh = fresh.into_iter().peekable();
    for (place, finding) in findings.into_iter().enumerate() {
        if fresh.next_if_eq(&place).is_some() {
            let id = FlagId(state.counters.flag);
            state.counters.flag += 1;
            let flag = Flag::raised((id, finding), at);
            put(state, events, flag);
        }
    }
    Ok(())
}

fn check(state: &State, findings: &[Finding]) -> Result<(), Rejection> {
    let mut errors = FieldErrors::default();
    let fits = findings.len() <= limits::FINDINGS_MAX;
    errors.require(
        fits,
        "/findings",
        FieldRule::TooMany,
        "must have at most 10000 findings",
    );
    for (index, finding) in findings.iter().enumerate() {
        let at = |field: &str| format!("/findings/{index}/{field}");
        if !state.programmes.contains_key(&finding.programme) {
            errors.add(at("programme"), FieldRule::Unknown, "names no programme");
        }
        if !state.orgs.contains_key(&finding.org) {
            errors.add(at("org"), FieldRule::Unknown, "names no organisation");
        }
        if finding.subjects.is_empty() {
            errors.add(at("subjects"), FieldRule::Empty, "must name something");
        }
        for (field, length) in [
            ("subjects", finding.subjects.len()),
            ("evidence", finding.evidence.len()),
        ] {
            if length > limits::EVIDENCE_MAX {
                errors.add(at(field), FieldRule::TooMany, "must have at most 64 entries");
            }
        }
        if finding.at_stake < Money::ZERO {
            errors.add(at("at_stake"), FieldRule::TooSmall, "must not be negative");
        }
        limits::text(&mut errors, &at("key"), &finding.key);
        limits::note(&mut errors, &at("text/zh"), &finding.text.zh);
        limits::note(&mut errors, &at("text/en"), &finding.text.en);
    }
    errors.check()
}

/// What a person says of a flag.
#[derive(Debug, Clone)]
pub struct Ruling {
    /// Who.
    pub user: UserId,
    /// Of which flag.
    pub flag: FlagId,
    /// How.
    pub verdict: FlagVerdict,
    /// Why.
    pub reason: String,
}

/// Resolves a flag: by a person of the programme's issuer, or by an auditor; never by somebody of an organisation that it names.
pub fn resolve(state: &mut State, events: &mut Vec<Event>, ruling: Ruling, at: Timestamp) -> Result<(), Rejection> {
    let user = people::active(state, ruling.user)?;
    let unknown = Rejection::FlagNotFound(ruling.flag);
    let mut flag = state.flags.get(&ruling.flag).cloned().ok_or(unknown)?;
    require_may(state, user, &flag)?;
    let mut errors = FieldErrors::default();
    errors.require(
        !ruling.reason.trim().is_empty(),
        "/reason",
        FieldRule::Empty,
        "must say why",
    );
    limits::note(&mut errors, "/reason", &ruling.reason);
    errors.check()?;
    if flag.resolution.is_some() {
        return Err(Rejection::FlagResolved(ruling.flag));
    }
    flag.state = ruling.verdict.state();
    flag.resolution = Some(Resolution {
        user: ruling.user,
        verdict: ruling.verdict,
        reason: ruling.reason,
        at,
    });
    put(state, events, flag);
    Ok(())
}

fn require_may(state: &State, user: &User, flag: &Flag) -> Result<(), Rejection> {
    let issuer = state
        .programmes
        .get(&flag.programme)
        .and_then(|programme| programme.issuer);
    let issues = user.is(Role::Issuer) && issuer.is_none_or(|issuer| issuer == user.profile.org);
    if !issues && !user.is(Role::Auditor) {
        return Err(if user.is(Role::Issuer) {
            Rejection::FlagNotFound(flag.id)
        } else {
            Rejection::RoleMissing {
                user: user.id,
                role: Role::Issuer,
            }
        });
    }
    let own = state.group_of(user.profile.org);
    let mut named = std::iter::once(flag.org).chain(flag.subjects.iter().filter_map(|subject| match subject {
        Subject::Org(org) => Some(*org),
        Subject::Lease(_) | Subject::Claim(_) | Subject::Application(_) | Subject::Programme(_) => None,
    }));
    if named.any(|org| state.group_of(org) == own) {
        return Err(Rejection::FlagConcerns {
            flag: flag.id,
            user: user.id,
        });
    }
    Ok(())
}

/// Stores a flag as it is now and tells it.
fn put(state: &mut State, events: &mut Vec<Event>, flag: Flag) {
    events.push(Event::FlagChanged(Box::new(flag.clone())));
    restore(state, flag);
}

/// Puts a flag among the others, and where it holds something back, into the index of that.
pub fn restore(state: &mut State, flag: Flag) {
    for &subject in &flag.subjects {
        if flag.holds() {
            state.holding.entry(subject).or_default().insert(flag.id);
        } else if let Some(ids) = state.holding.get_mut(&subject) {
            ids.remove(&flag.id);
            if ids.is_empty() {
                state.holding.remove(&subject);
            }
        }
    }
    state.flags.insert(flag.id, flag);
}

/// Raises a flag for what a command itself has found out; its key names what the command has made, so that it is the only one.
pub fn notice(state: &mut State, events: &mut Vec<Event>, finding: Finding, at: Timestamp) {
    let id = FlagId(state.counters.flag);
    state.counters.flag += 1;
    put(state, events, Flag::raised((id, finding), at));
}

/// The open flag that holds a thing back, if one does: the oldest.
pub fn holds(state: &State, subject: Subject) -> Option<FlagId> {
    state.holding.get(&subject)?.first().copied()
}

/// The open flag that holds back what an organisation would get under a programme: the oldest that names the organisation under
/// that programme, or one of `subjects`, such as the claim, its lease and whoever provides.
pub fn holds_any(state: &State, (programme, org): (ProgrammeId, OrgId), subjects: &[Subject]) -> Option<FlagId> {
    let of_programme = |id: &&FlagId| state.flags.get(id).is_some_and(|flag| flag.programme == programme);
    let holding = |subject: &Subject| {
        let ids = state.holding.get(subject)?;
        match subject {
            // What looks wrong with an organisation under one programme does not hold it back under another.
            Subject::Org(_) => ids.iter().find(of_programme).copied(),
            Subject::Lease(_) | Subject::Claim(_) | Subject::Application(_) | Subject::Programme(_) => {
                ids.first().copied()
            }
        }
    };
    let own = Subject::Org(org);
    subjects.iter().chain([&own]).filter_map(holding).min()
}

/// The open flag that holds a claim back: one on the claim, on its lease, or, under its programme, on either party.
pub fn holds_claim(state: &State, claim: &Claim) -> Option<FlagId> {
    let mut subjects = vec![Subject::Claim(claim.id)];
    let provider = match &claim.contract {
        Contract::Lease(lease) => {
            subjects.push(Subject::Lease(lease.lease));
            Some(lease.provider)
        }
        Contract::External(contract) => state.org_by_uscc.get(&contract.counterparty).copied(),
    };
    subjects.extend(provider.map(Subject::Org));
    holds_any(state, (claim.programme, claim.org), &subjects)
}

/// Refuses to pay a claim that is held back.
pub fn require_free(state: &State, claim: &Claim) -> Result<(), Rejection> {
    match holds_claim(state, claim) {
        None => Ok(()),
        Some(flag) => Err(ClaimRefusal::Held { claim: claim.id, flag }.into()),
    }
}
