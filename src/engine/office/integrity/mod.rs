//! What is known of organisations and of how they are related, who may provide, and flags.

pub mod conflict;
pub mod facts;
pub mod flag;
pub mod power;
pub mod provider;
pub mod relation;
#[cfg(test)]
mod tests;

use self::flag::Ruling;
use self::power::NewReading;
use self::provider::Place;
use serde::{Deserialize, Serialize};

use crate::domain::code::Code;
use crate::domain::entity::EntityFacts;
use crate::domain::flag::{Finding, FlagVerdict};
use crate::domain::id::{FlagId, OrgId, ProgrammeId, RelationId, UserId};
use crate::domain::power::Energy;
use crate::domain::provider_list::ListedProvider;
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
    /// Put a provider into a programme's list.
    ListProvider {
        /// Who says so: a user of the programme's issuer; none in an operator's own script.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user: Option<UserId>,
        /// The programme.
        programme: ProgrammeId,
        /// The provider.
        org: OrgId,
        /// Its place.
        entry: ListedProvider,
    },
    /// End all places of a provider in a programme's list.
    DelistProvider {
        /// Who says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user: Option<UserId>,
        /// The programme.
        programme: ProgrammeId,
        /// The provider.
        org: OrgId,
        /// From when on.
        at: Timestamp,
    },
    /// Raise flags for what a scan has found.
    RaiseFlags {
        /// What it has found.
        findings: Vec<Finding>,
    },
    /// Say what was found out about a flag.
    ResolveFlag {
        /// Who says so.
        user: UserId,
        /// Which one.
        flag: FlagId,
        /// How it is.
        verdict: FlagVerdict,
        /// Why.
        reason: String,
    },
    /// Report what a provider's meter has counted.
    ReportPower {
        /// Whose meter.
        provider: OrgId,
        /// Where.
        site: Code,
        /// From when.
        from: Timestamp,
        /// Until when.
        until: Timestamp,
        /// How much.
        kwh: Energy,
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
            Self::ListProvider { .. } => "list_provider",
            Self::DelistProvider { .. } => "delist_provider",
            Self::RaiseFlags { .. } => "raise_flags",
            Self::ResolveFlag { .. } => "resolve_flag",
            Self::ReportPower { .. } => "report_power",
            Self::Relate(_) => "relate",
            Self::EndRelation { .. } => "end_relation",
        }
    }

    /// Which role decides on it as the second person; none: no second person is needed.
    pub fn decided_by(&self) -> Option<Role> {
        match self {
            Self::Attest { .. }
            | Self::ListProvider { .. }
            | Self::DelistProvider { .. }
            | Self::RaiseFlags { .. }
            | Self::ResolveFlag { .. }
            | Self::ReportPower { .. }
            | Self::Relate(_)
            | Self::EndRelation { .. } => None,
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
        IntegrityCommand::ListProvider {
            user,
            programme,
            org,
            entry,
        } => provider::list(state, events, (Place { user, programme, org }, entry)),
        IntegrityCommand::DelistProvider {
            user,
            programme,
            org,
            at: until,
        } => provider::delist(state, events, (Place { user, programme, org }, until), at),
        IntegrityCommand::RaiseFlags { findings } => flag::raise(state, events, findings, at),
        IntegrityCommand::ResolveFlag {
            user,
            flag,
            verdict,
            reason,
        } => {
            let ruling = Ruling {
                user,
                flag,
                verdict,
                reason,
            };
            flag::resolve(state, events, ruling, at)
        }
        IntegrityCommand::ReportPower {
            provider,
            site,
            from,
            until,
            kwh: energy,
        } => {
            let new = NewReading {
                provider,
                site,
                from,
                until,
                energy,
            };
            power::report(state, events, new, at)
        }
        IntegrityCommand::Relate(said) => relation::relate(state, events, said, at),
        IntegrityCommand::EndRelation { relation, until } => relation::end(state, events, (relation, until)),
    }
}
