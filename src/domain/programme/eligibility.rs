//! Eligibility: whom a programme is for, from whom it may be bought, and which roles exclude each other.

use serde::{Deserialize, Serialize};

use super::rate::ServiceItem;
use crate::domain::code::Code;
use crate::domain::entity::{EntityKind, EntitySize};
use crate::domain::rate::BasisPoints;

/// Who may be granted vouchers. What is not said does not matter; what is said must be known of the entity and hold.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EligibleEntity {
    /// Of one of these kinds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kinds: Option<Vec<EntityKind>>,
    /// Of one of these sizes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sizes: Option<Vec<EntitySize>>,
    /// Its social credit code begins with one of these, such as `91` for firms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uscc_prefixes: Option<Vec<String>>,
    /// Registered in a division whose code (GB/T 2260) begins with one of these, such as `3301`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub areas: Option<Vec<String>>,
    /// In one of these industries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub industries: Option<Vec<Code>>,
    /// Founded at least so many months before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_min_months: Option<u32>,
    /// Founded less than so many months before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_below_months: Option<u32>,
    /// Without a record of breaking the law or trust for so many years.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clean_years: Option<u32>,
}

/// From which providers may be bought.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProviderRule {
    /// They must stand in the programme's list, for the service item and on the day of the contract.
    #[serde(default)]
    pub listed: bool,
    /// They must be listed for this item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<ServiceItem>,
    /// Least capacity in P (FP16 dense PFLOPS) that the list must say of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity_min_p: Option<u32>,
}

/// When two organisations are related, beyond being of one owner group: a fill between them carries no subsidy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RelatedParty {
    /// Holdings of at least this share relate; smaller ones do not.
    pub ownership_bps: BasisPoints,
}

impl Default for RelatedParty {
    fn default() -> RelatedParty {
        RelatedParty {
            ownership_bps: BasisPoints(2_500),
        }
    }
}

/// Which roles exclude each other under a programme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoleConflict {
    /// None.
    #[default]
    None,
    /// Who is listed as a provider cannot be granted or claim.
    ProviderCannotClaim,
    /// An owner group provides or receives, never both.
    OneSideOnly,
}
