//! Terms of delivery: who has how long for what, and what it costs to let the other side down.

use serde::{Deserialize, Serialize};

use crate::domain::rate::BasisPoints;

/// Hours that a change may wait for its answer where the terms say nothing.
const ANSWER_HOURS: u32 = 72;

/// Terms of delivery. Where nothing is set, a lease is there at its start and gone at its end, by time alone, and nobody pays a
/// penalty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Delivery {
    /// A lease must be handed over within so many hours of its start, or it ends by the provider's fault. None: no hand-over is asked
    /// for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provision_hours: Option<u32>,
    /// So many hours after the hand-over, and not before the start, it counts as accepted. None: it needs no acceptance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accept_hours: Option<u32>,
    /// A change that is not answered within so many hours lapses; 72 where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer_hours: Option<u32>,
    /// A suspension that nobody lifts within so many hours ends the lease. None: it lasts until the lease is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspend_hours: Option<u32>,
    /// How many hours ahead a provider must ask for its cards back. None: it cannot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reclaim_notice_hours: Option<u32>,
    /// How many hours ahead maintenance must be announced. None: it cannot, all of it stands in the listing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maintenance_notice_hours: Option<u32>,
    /// What the tenant pays of the charge of what remains, where the lease ends by its fault.
    #[serde(skip_serializing_if = "BasisPoints::is_zero")]
    pub tenant_penalty_bps: BasisPoints,
    /// What the provider pays of it, where the lease ends by its fault.
    #[serde(skip_serializing_if = "BasisPoints::is_zero")]
    pub provider_penalty_bps: BasisPoints,
}

impl Delivery {
    /// Whether nothing is set.
    pub fn is_nothing(&self) -> bool {
        *self == Delivery::default()
    }

    /// How long a change may wait for its answer.
    pub fn hours_to_answer(&self) -> u32 {
        self.answer_hours.unwrap_or(ANSWER_HOURS)
    }

    /// The same for a lease that goes on where another one ended, with the same tenant and cards handed over already.
    #[must_use]
    pub fn handed_over(self) -> Delivery {
        Delivery {
            provision_hours: None,
            accept_hours: None,
            ..self
        }
    }

    /// All its spans of time, by the name of their field.
    pub fn hours(&self) -> [(&'static str, Option<u32>); 6] {
        [
            ("provision_hours", self.provision_hours),
            ("accept_hours", self.accept_hours),
            ("answer_hours", self.answer_hours),
            ("suspend_hours", self.suspend_hours),
            ("reclaim_notice_hours", self.reclaim_notice_hours),
            ("maintenance_notice_hours", self.maintenance_notice_hours),
        ]
    }
}
