//! The lists of providers from which programmes let buy.

use serde::{Deserialize, Serialize};

use super::code::Code;
use super::programme::rate::ServiceItem;
use super::time::Timestamp;

/// A provider's place in a programme's list. One provider may stand there several times: in several batches, for
/// different items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListedProvider {
    /// The batch in which it was published, such as `2026-1`.
    pub batch: String,
    /// For which items.
    pub items: Vec<ServiceItem>,
    /// The class of its facility, such as `planned_centre`; none: not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facility: Option<Code>,
    /// Its capacity in P (FP16 dense PFLOPS); none: not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity_p: Option<u32>,
    /// First instant at which it is listed.
    pub from: Timestamp,
    /// First instant at which it is not any more; none: open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl ListedProvider {
    /// Whether it is listed at an instant.
    pub fn counts_at(&self, at: Timestamp) -> bool {
        self.from <= at && self.until.is_none_or(|until| at < until)
    }
}
