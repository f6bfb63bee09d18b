//! Rates: which share of a charge is subsidised, by the first row whose condition holds.

use serde::{Deserialize, Serialize};

use crate::domain::bid::Purpose;
use crate::domain::code::Code;
use crate::domain::entity::{EntityKind, EntitySize, ProjectGrade};
use crate::domain::money::Money;
use crate::domain::rate::BasisPoints;
use crate::domain::time::Timestamp;

/// When a row of the rate table applies; what is not said does not matter.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RateCondition {
    /// The accelerator is (not) domestic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domestic: Option<bool>,
    /// The site is one of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sites: Option<Vec<Code>>,
    /// The provider stands in the programme's list in one of these classes of facility, such as `planned_centre`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facilities: Option<Vec<Code>>,
    /// The bid says one of these purposes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workloads: Option<Vec<Purpose>>,
    /// The entity is of one of these kinds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity_kinds: Option<Vec<EntityKind>>,
    /// The entity is of one of these sizes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity_sizes: Option<Vec<EntitySize>>,
    /// The entity was founded less than so many months before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity_age_below_months: Option<u32>,
    /// What the entity has declared in the year, this contract included, is at most this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared_total_up_to: Option<Money>,
    /// The entity has (not) a base model on file with the regulator (备案).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filed_model: Option<bool>,
    /// The entity carries a project of one of these grades.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub projects: Option<Vec<ProjectGrade>>,
    /// First instant at which the row is in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// First instant at which it is not any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// A row of the rate table; the first one whose condition holds counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RateRow {
    /// When it applies.
    #[serde(default)]
    pub when: RateCondition,
    /// The subsidised share.
    pub rate_bps: BasisPoints,
}

/// What happens where `declared_total_up_to` of a row lies inside a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ThresholdMode {
    /// The whole contract has the rate of the total with it.
    #[default]
    Cliff,
    /// What lies below the threshold has the row's rate, the rest that of the rows after it.
    Marginal,
}

/// Of which amount the rate is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RateBase {
    /// What was agreed.
    #[default]
    Contract,
    /// What of it was delivered and charged.
    Incurred,
    /// What of that the entity has paid itself.
    Paid,
    /// What was charged for use alone, by item.
    UsageFee,
}

/// What a contract on computing may consist of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServiceItem {
    /// Accelerators.
    Compute,
    /// Storage.
    Storage,
    /// Network.
    Network,
    /// Security services.
    Security,
    /// Adapting models to accelerators.
    Adaptation,
}

/// Whether subsidies are taken of prices with or without VAT.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaxBasis {
    /// With.
    #[default]
    Included,
    /// Without.
    Excluded,
}

/// A subsidy that follows the decision of another programme without a review of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpperMatch {
    /// The programmes that are followed.
    pub programmes: Vec<Code>,
    /// The rates that count instead of the programme's own.
    pub rates: Vec<RateRow>,
}
