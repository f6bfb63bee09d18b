//! What is known of organisations and of how they are related, who may provide, and flags.

pub mod facts;
pub mod relation;

use serde::{Deserialize, Serialize};

use crate::domain::entity::EntityFacts;
use crate::domain::id::{OrgId, RelationId};
use crate::domain::relation::NewRelation;
use crate::domain::time::Timestamp;
use crate::domain::user::Role;
use crate::engine::event::Event;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// What can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntegrityCommand {
    /// Attest what is known of an organisation; it replaces what was attested before.
    Attest {
        /// Which one.
        org: OrgId,
        /// All that is known of it.
        facts: EntityFacts,
    },
    /// Note that two organisations are related.
    Relate(NewRelation),
    /// Note when a relation ends.
    EndRelation {
        /// Which one.
        relation: RelationId,
        /// When.
        until: Timestamp,
    },
}

impl IntegrityCommand {
    /// Its name in the journal.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Attest { .. } => "attest",
            Self::Relate(_) => "relate",
            Self::EndRelation { .. } => "end_relation",
        }
    }

    /// Which role decides on it as the second person; none: no second person is needed.
    pub fn decided_by(&self) -> Option<Role> {
        match self {
            Self::Attest { .. } | Self::Relate(_) | Self::EndRelation { .. } => None,
        }
    }
}

/// What is checked when two people are to decide on it; nothing here is for two people.
pub fn check(_state: &State, command: &IntegrityCommand, _at: Timestamp) -> Result<(), Rejection> {
    Err(Rejection::NotForApproval(command.kind()))
}

/// Does it.
pub fn apply(
    state: &mut State,
    events: &mut Vec<Event>,
    command: IntegrityCommand,
    at: Timestamp,
) -> Result<(), Rejection> {
    match command {
        IntegrityCommand::Attest { org, facts } => facts::attest(state, events, (org, facts), at),
        IntegrityCommand::Relate(said) => relation::relate(state, events, said, at),
        IntegrityCommand::EndRelation { relation, until } => relation::end(state, events, (relation, until)),
    }
}
