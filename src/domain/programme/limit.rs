//! Limits: how much of a pot one entity, one contract and several programmes together may take.

use serde::{Deserialize, Serialize};

use crate::domain::code::Code;
use crate::domain::entity::{EntityKind, ProjectGrade};
use crate::domain::money::Money;
use crate::domain::programme::rate::RateRow;

/// Over which period an entity's cap, its minimum spend or a pot counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CapPeriod {
    /// The calendar year in Asia/Shanghai.
    Year,
    /// The whole life of the programme.
    Programme,
}

/// A cap for some entities; the first row that fits counts instead of the programme's general one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CapRow {
    /// The entity carries a project of one of these grades; none: it does not matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub projects: Option<Vec<ProjectGrade>>,
    /// The entity is of one of these kinds; none: it does not matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity_kinds: Option<Vec<EntityKind>>,
    /// Most that such an entity gets in a period.
    pub cap: Money,
}

/// A ceiling on what several programmes together pay of one contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Stacking {
    /// Together with these programmes; none: with all public money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<Vec<Code>>,
    /// The ceiling as a share of the contract, by the first row whose condition holds. A share of 0 forbids any other subsidy.
    pub ceilings: Vec<RateRow>,
}

/// How a pot that does not suffice is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Allocation {
    /// By the order of applying.
    #[default]
    FirstCome,
    /// Each the same share of what it is due.
    ProRata,
    /// By the score of the review, then by the order of applying.
    Ranked,
}
