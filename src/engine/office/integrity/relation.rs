//! Relations between organisations: noted, and ended.

use crate::domain::id::{OrgId, RelationId};
use crate::domain::rate::BasisPoints;
use crate::domain::relation::{NewRelation, Relation, RelationKind};
use crate::domain::time::Timestamp;
use crate::engine::event::Event;
use crate::engine::integrity::relation;
use crate::engine::limits;
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection, invalid};
use crate::engine::state::State;

/// Declares two organisations related from now on. Declared again it stays as it was.
pub fn declare(
    state: &mut State,
    events: &mut Vec<Event>,
    (a, b): (OrgId, OrgId),
    at: Timestamp,
) -> Result<(), Rejection> {
    let said = NewRelation {
        a: a.min(b),
        b: a.max(b),
        kind: RelationKind::Declared,
        from: at,
        until: None,
        source: String::new(),
    };
    check(state, &said)?;
    let group = state.group_of(said.a);
    match state.relations.standing(group, &said) {
        Some(standing) => events.push(Event::RelationChanged(Box::new(standing.clone()))),
        None => note(state, events, said, at),
    }
    Ok(())
}

/// Notes that two organisations are related.
pub fn relate(state: &mut State, events: &mut Vec<Event>, said: NewRelation, at: Timestamp) -> Result<(), Rejection> {
    check(state, &said)?;
    note(state, events, said, at);
    Ok(())
}

fn check(state: &State, said: &NewRelation) -> Result<(), Rejection> {
    let mut errors = FieldErrors::default();
    for (pointer, org) in [("/a", said.a), ("/b", said.b)] {
        errors.require(
            state.orgs.contains_key(&org),
            pointer,
            FieldRule::Unknown,
            "names no organisation",
        );
    }
    errors.require(said.a != said.b, "/b", FieldRule::Duplicate, "is the same organisation");
    if let RelationKind::Ownership { share_bps } = said.kind {
        errors.require(
            share_bps > BasisPoints(0),
            "/share_bps",
            FieldRule::TooSmall,
            "must be at least 1",
        );
        errors.require(
            share_bps <= BasisPoints::WHOLE,
            "/share_bps",
            FieldRule::TooLarge,
            "must be at most 10000",
        );
    }
    let forward = said.until.is_none_or(|until| said.from < until);
    errors.require(forward, "/until", FieldRule::Reversed, "must come after from");
    limits::text(&mut errors, "/source", &said.source);
    errors.check()?;
    if state.relations.edges().len() >= limits::RELATIONS_MAX {
        return Err(Rejection::Limit("at most 1000000 relations are kept"));
    }
    Ok(())
}

fn note(state: &mut State, events: &mut Vec<Event>, said: NewRelation, at: Timestamp) {
    let relation = Relation {
        id: state.relations.next_id(),
        said,
        recorded_at: at,
    };
    events.push(Event::RelationChanged(Box::new(relation.clone())));
    relation::restore(state, relation);
}

/// Notes when a relation ends. An end that is known can be corrected, but the relation itself stays.
pub fn end(state: &mut State, events: &mut Vec<Event>, (id, until): (RelationId, Timestamp)) -> Result<(), Rejection> {
    let found = state.relations.get(id).cloned();
    let mut relation = found.ok_or_else(|| invalid("/relation", FieldRule::Unknown, "names no relation"))?;
    let mut errors = FieldErrors::default();
    errors.require(
        relation.said.from <= until,
        "/until",
        FieldRule::Reversed,
        "comes before the relation began",
    );
    errors.check()?;
    relation.said.until = Some(until);
    events.push(Event::RelationChanged(Box::new(relation.clone())));
    relation::restore(state, relation);
    Ok(())
}
