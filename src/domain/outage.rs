//! Outages: cards of a lease that were not there, since when, why, and who says so. Time for which nothing is known is no outage.

use serde::{Deserialize, Serialize};

use super::id::{LeaseId, OrgId, OutageId};
use super::time::Timestamp;
use super::usage::ReportKey;

/// Why cards were not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutageCause {
    /// The provider's machines, power or cooling.
    Provider,
    /// The network up to the tenant's way in, which is the provider's to keep.
    Network,
    /// Neither side could help it (不可抗力).
    ForceMajeure,
    /// Maintenance that was announced in time.
    Maintenance,
    /// The tenant itself.
    Tenant,
}

impl OutageCause {
    /// Whether it counts in the fault rate: DESIGN §1 leaves out maintenance and what the tenant has caused.
    pub fn is_fault(self) -> bool {
        match self {
            Self::Provider | Self::Network | Self::ForceMajeure => true,
            Self::Maintenance | Self::Tenant => false,
        }
    }

    /// Whether the provider owes a credit for it. For force majeure nobody is liable (民法典 art. 590).
    pub fn is_credited(self) -> bool {
        match self {
            Self::Provider | Self::Network => true,
            Self::ForceMajeure | Self::Maintenance | Self::Tenant => false,
        }
    }
}

/// Where an outage is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutageSource {
    /// Card-seconds are missing in a span for which the provider has reported usage.
    Usage,
    /// The tenant says so.
    Tenant,
    /// The provider says so.
    Provider,
    /// The operator's probes found nothing there, twice in a row.
    Probe,
}

/// Where an outage stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutageState {
    /// The other side has until `answer_by` to contest it; silence confirms.
    Claimed,
    /// The other side agrees, or has said nothing in time.
    Confirmed,
    /// The other side sees it differently; the operator decides.
    Contested,
    /// The operator has decided that it was so.
    Upheld,
    /// The operator has decided that it was not so.
    Dismissed,
    /// Who had said it has taken it back, or the usage that said so was corrected.
    Withdrawn,
}

impl OutageState {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::Confirmed => "confirmed",
            Self::Contested => "contested",
            Self::Upheld => "upheld",
            Self::Dismissed => "dismissed",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether it counts.
    pub fn counts(self) -> bool {
        match self {
            Self::Confirmed | Self::Upheld => true,
            Self::Claimed | Self::Contested | Self::Dismissed | Self::Withdrawn => false,
        }
    }

    /// Whether somebody still has to say something to it.
    pub fn is_pending(self) -> bool {
        match self {
            Self::Claimed | Self::Contested => true,
            Self::Confirmed | Self::Upheld | Self::Dismissed | Self::Withdrawn => false,
        }
    }
}

/// What one side of a lease reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOutage {
    /// Of which lease.
    pub lease: LeaseId,
    /// Since when.
    pub from: Timestamp,
    /// Until when; left out: it is not over yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// How many cards were not there.
    pub cards_down: u32,
    /// Why.
    pub cause: OutageCause,
    /// What was seen, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// What a probe of the operator found of one lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProbeResult {
    /// Of which lease.
    pub lease: LeaseId,
    /// When it was probed; probes of one lease come in the order of time.
    pub at: Timestamp,
    /// How many of its cards did not answer; 0: all did.
    pub cards_down: u32,
}

/// What the operator decides on an outage that is contested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OutageRuling {
    /// Whether it was so.
    pub upheld: bool,
    /// Why cards were not there; left out: as it was claimed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<OutageCause>,
    /// Why it is decided like this.
    pub reason: String,
}

/// An outage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outage {
    /// Its identifier.
    pub id: OutageId,
    /// Of which lease.
    pub lease: LeaseId,
    /// Who has the cards.
    pub tenant: OrgId,
    /// Who lets them.
    pub provider: OrgId,
    /// Since when.
    pub from: Timestamp,
    /// Until when; none: it is not over yet, and does not count until it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// How many cards were not there, the most at any instant.
    pub cards_down: u32,
    /// Card-seconds that are missing in its span, where usage says so; none: those of `cards_down` over all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_seconds: Option<i64>,
    /// Why.
    pub cause: OutageCause,
    /// Where it is known from.
    pub source: OutageSource,
    /// Where it stands.
    pub state: OutageState,
    /// Until when the other side can contest it.
    pub answer_by: Timestamp,
    /// What was seen, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// What the other side says against it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objection: Option<String>,
    /// What the operator says of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<String>,
    /// The usage report that says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<ReportKey>,
    /// When it became known.
    pub created_at: Timestamp,
}

impl Outage {
    /// Who can confirm or contest it: the side that has not said it. What usage or probes say is the provider's to answer.
    pub fn answers(&self) -> OrgId {
        match self.source {
            OutageSource::Usage | OutageSource::Tenant | OutageSource::Probe => self.provider,
            OutageSource::Provider => self.tenant,
        }
    }

    /// Who has said it, if it was one of the two sides.
    pub fn claimant(&self) -> Option<OrgId> {
        match self.source {
            OutageSource::Tenant => Some(self.tenant),
            OutageSource::Provider => Some(self.provider),
            OutageSource::Usage | OutageSource::Probe => None,
        }
    }

    /// Its span, if it is over.
    pub fn span(&self) -> Option<(Timestamp, Timestamp)> {
        self.until.map(|until| (self.from, until))
    }
}

/// Out of what a credit for outages was reckoned: cumulative card-seconds of the lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SlaBasis {
    /// Contracted: cards × seconds of the lease.
    pub contracted: i64,
    /// Of which were not there through the provider's fault.
    pub unavailable: i64,
}
