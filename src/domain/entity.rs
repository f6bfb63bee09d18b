//! What programmes ask of an entity: facts about an organisation that an operator has attested.

use serde::{Deserialize, Serialize};

use super::code::Code;
use super::time::Timestamp;

/// What an entity is in law.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntityKind {
    /// A firm.
    Firm,
    /// A university.
    University,
    /// A research institute.
    Institute,
    /// An individual maker (创客).
    Maker,
}

/// How large an entity is, by the statistical classes of its industry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntitySize {
    /// Micro.
    Micro,
    /// Small.
    Small,
    /// Medium.
    Medium,
    /// Large.
    Large,
}

/// The grade of a funded project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProjectGrade {
    /// Of the state.
    National,
    /// Of a province.
    Provincial,
    /// Of a city.
    Municipal,
}

/// What is known of an entity. What is not known fulfils no condition that asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EntityFacts {
    /// What it is in law.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<EntityKind>,
    /// How large it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<EntitySize>,
    /// When it was founded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub founded: Option<Timestamp>,
    /// The division in which it is registered: six digits of GB/T 2260.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<String>,
    /// Its industries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub industries: Vec<Code>,
    /// Since when it has no record of breaking the law or trust; none: not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clean_since: Option<Timestamp>,
    /// Whether it has a base model on file with the regulator.
    #[serde(default, skip_serializing_if = "is_false")]
    pub filed_model: bool,
    /// Grades of the projects that it carries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub projects: Vec<ProjectGrade>,
}

impl EntityFacts {
    /// Nothing is known.
    pub const NOTHING: EntityFacts = EntityFacts {
        kind: None,
        size: None,
        founded: None,
        area: None,
        industries: Vec::new(),
        clean_since: None,
        filed_model: false,
        projects: Vec::new(),
    };
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}
