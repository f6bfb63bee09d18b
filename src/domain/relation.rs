//! How organisations are related beyond their owner group: dated edges of a graph.

use serde::{Deserialize, Serialize};

use super::id::{OrgId, RelationId};
use super::programme::eligibility::RelatedParty;
use super::rate::BasisPoints;
use super::time::Timestamp;

/// Why two organisations are related.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RelationKind {
    /// One holds a share of the other.
    Ownership {
        /// That share.
        share_bps: BasisPoints,
    },
    /// They have the same legal representative (法定代表人).
    CommonLegalPerson,
    /// Somebody declared it, or an operator found it out.
    Declared,
}

/// What is said of a new relation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct NewRelation {
    /// One organisation; of a holding, who holds.
    pub a: OrgId,
    /// The other one.
    pub b: OrgId,
    /// Why.
    #[serde(flatten)]
    pub kind: RelationKind,
    /// From when; it may lie before the day on which it became known.
    pub from: Timestamp,
    /// Until when; none: it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Where that was read, such as the name of a register.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
}

/// A relation. It is never taken away; where it ends its end is noted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Relation {
    /// Its identifier.
    pub id: RelationId,
    /// What was said of it.
    #[serde(flatten)]
    pub said: NewRelation,
    /// When it became known here; subsidies of before then were paid without knowing of it.
    pub recorded_at: Timestamp,
}

impl Relation {
    /// Whether it relates at an instant, by a programme's rule: a holding counts from the rule's share on.
    pub fn relates(&self, rule: &RelatedParty, at: Timestamp) -> bool {
        let strong = match self.said.kind {
            RelationKind::Ownership { share_bps } => share_bps >= rule.ownership_bps,
            RelationKind::CommonLegalPerson | RelationKind::Declared => true,
        };
        strong && self.said.from <= at && self.said.until.is_none_or(|until| at < until)
    }
}
