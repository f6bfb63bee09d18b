//! What is known of organisations and of how they are related, as the API takes it.

pub mod scan;
pub mod watts;

use serde::Deserialize;
use serde_json::Value;

use super::body;
use crate::domain::code::Code;
use crate::domain::flag::FlagVerdict;
use crate::domain::id::{FlagId, OrgId, ProgrammeId, RelationId, UserId};
use crate::domain::power::Energy;
use crate::domain::programme::rate::ServiceItem;
use crate::domain::provider_list::ListedProvider;
use crate::domain::rate::BasisPoints;
use crate::domain::relation::{NewRelation, RelationKind};
use crate::domain::time::Timestamp;
use crate::engine::office::integrity::IntegrityCommand;
use crate::engine::rejection::{FieldRule, invalid};
use crate::engine::{Command, Rejection};

/// Attests what is known of an organisation; the body is all of it.
pub fn attest(org: OrgId, body: Value) -> Result<Command, Rejection> {
    let facts = body::parse(body)?;
    Ok(Command::Integrity(IntegrityCommand::Attest { org, facts }))
}

/// The body of `POST /v1/programmes/{id}/providers`: whose place, and the place.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProviderBody {
    org: OrgId,
    /// The batch in which it was published, such as `2026-1`.
    batch: String,
    /// For which items.
    items: Vec<ServiceItem>,
    /// The class of its facility, such as `planned_centre`.
    facility: Option<Code>,
    /// Its capacity in P (FP16 dense PFLOPS).
    capacity_p: Option<u32>,
    from: Timestamp,
    until: Option<Timestamp>,
}

/// Puts a provider into a programme's list, on the word of `user`.
pub fn list_provider(user: Option<UserId>, programme: ProgrammeId, body: Value) -> Result<Command, Rejection> {
    let body: ProviderBody = body::parse(body)?;
    Ok(Command::Integrity(IntegrityCommand::ListProvider {
        user,
        programme,
        org: body.org,
        entry: ListedProvider {
            batch: body.batch,
            items: body.items,
            facility: body.facility,
            capacity_p: body.capacity_p,
            from: body.from,
            until: body.until,
        },
    }))
}

/// The body of `POST /v1/programmes/{id}/providers/delist`: who leaves the list, and when.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DelistBody {
    org: OrgId,
    at: Timestamp,
}

/// Ends all places of a provider in a programme's list, on the word of `user`.
pub fn delist_provider(user: Option<UserId>, programme: ProgrammeId, body: Value) -> Result<Command, Rejection> {
    let DelistBody { org, at } = body::parse(body)?;
    Ok(Command::Integrity(IntegrityCommand::DelistProvider {
        user,
        programme,
        org,
        at,
    }))
}

/// The body of `POST /v1/flags/{id}/resolve`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ResolveFlagBody)]
pub struct ResolveBody {
    verdict: FlagVerdict,
    /// Why: 1 to 500 characters, without personal data, which could never be erased from the journal.
    #[schema(max_length = 500)]
    reason: String,
}

/// Resolves a flag on the word of `user`: `{"verdict", "reason"}`.
pub fn resolve(user: UserId, flag: FlagId, body: Value) -> Result<Command, Rejection> {
    let ResolveBody { verdict, reason } = body::parse(body)?;
    Ok(Command::Integrity(IntegrityCommand::ResolveFlag {
        user,
        flag,
        verdict,
        reason,
    }))
}

/// The body of `POST /v1/power-readings`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PowerBody {
    site: Code,
    from: Timestamp,
    until: Timestamp,
    /// What the meter has counted, in kWh.
    kwh: Energy,
}

/// Reports what a provider's meter has counted: `{"site", "from", "until", "kwh"}`.
pub fn power(provider: OrgId, body: Value) -> Result<Command, Rejection> {
    let PowerBody { site, from, until, kwh } = body::parse(body)?;
    Ok(Command::Integrity(IntegrityCommand::ReportPower {
        provider,
        site,
        from,
        until,
        kwh,
    }))
}

/// Why two organisations are related.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum KindWord {
    /// `a` holds a share of `b`.
    Ownership,
    /// The same legal representative.
    CommonLegalPerson,
    /// Declared, or found out.
    Declared,
}

/// The body of `POST /v1/related-parties`. With `a` and `b` alone they are declared related from now on.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RelatedBody {
    a: OrgId,
    b: OrgId,
    kind: Option<KindWord>,
    /// Of a holding: its share.
    share_bps: Option<BasisPoints>,
    /// From when; needed where a kind is said.
    from: Option<Timestamp>,
    until: Option<Timestamp>,
    source: Option<String>,
}

/// Relates two organisations: `{"a", "b", "kind", "share_bps", "from", "until", "source"}`.
pub fn related(body: Value) -> Result<Command, Rejection> {
    let body: RelatedBody = body::parse(body)?;
    let (a, b) = (body.a, body.b);
    let needs = |pointer: &str, why: &str| invalid(pointer, FieldRule::Empty, why);
    let kind = match (body.kind, body.share_bps) {
        (None, None) if body.from.is_none() && body.until.is_none() && body.source.is_none() => {
            return Ok(Command::RelateOrgs { a, b });
        }
        (None, _) => return Err(needs("/kind", "is needed with dates, shares and sources")),
        (Some(KindWord::Ownership), Some(share_bps)) => RelationKind::Ownership { share_bps },
        (Some(KindWord::Ownership), None) => return Err(needs("/share_bps", "is needed for a holding")),
        (Some(KindWord::CommonLegalPerson), None) => RelationKind::CommonLegalPerson,
        (Some(KindWord::Declared), None) => RelationKind::Declared,
        (Some(KindWord::CommonLegalPerson | KindWord::Declared), Some(_)) => {
            return Err(invalid("/share_bps", FieldRule::NotEligible, "is for holdings only"));
        }
    };
    let said = NewRelation {
        a,
        b,
        kind,
        from: body.from.ok_or_else(|| needs("/from", "is needed with a kind"))?,
        until: body.until,
        source: body.source.unwrap_or_default(),
    };
    Ok(Command::Integrity(IntegrityCommand::Relate(said)))
}

/// The body of `POST /v1/related-parties/{id}/end`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndRelationBody {
    until: Timestamp,
}

/// Notes when a relation ends: `{"until"}`.
pub fn end_relation(relation: RelationId, body: Value) -> Result<Command, Rejection> {
    let EndRelationBody { until } = body::parse(body)?;
    Ok(Command::Integrity(IntegrityCommand::EndRelation { relation, until }))
}
