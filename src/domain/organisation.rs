//! Organisations: who lists, bids, issues, audits and operates.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::id::OrgId;
use super::uscc::Uscc;

/// What an organisation does on the exchange; it may do several of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrgKind {
    /// Lists capacity.
    Provider,
    /// Bids for capacity.
    Tenant,
    /// Issues vouchers.
    Issuer,
    /// Audits.
    Auditor,
    /// Runs the market.
    Operator,
}

impl fmt::Display for OrgKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Provider => "provider",
            Self::Tenant => "tenant",
            Self::Issuer => "issuer",
            Self::Auditor => "auditor",
            Self::Operator => "operator",
        })
    }
}

/// What is said of a new organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct NewOrganisation {
    /// Its registered name.
    pub name: String,
    /// Its unified social credit code; unique on the exchange.
    pub uscc: Uscc,
    /// What it does here.
    pub kinds: Vec<OrgKind>,
    /// The organisation that owns it, if that is here too. Organisations of one owner never trade with each other.
    pub owner: Option<OrgId>,
}

/// An organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organisation {
    /// Its identifier.
    pub id: OrgId,
    /// The head of its owner group: itself, unless it is owned.
    pub group: OrgId,
    /// What was said of it.
    #[serde(flatten)]
    pub profile: NewOrganisation,
}

impl Organisation {
    /// Whether it is registered as a `kind`.
    pub fn is(&self, kind: OrgKind) -> bool {
        self.profile.kinds.contains(&kind)
    }
}
