//! Changes of a running lease, which one side asks for and the others accept or refuse.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::By;
use crate::domain::id::{LeaseId, OrgId};
use crate::domain::lease::IslandShare;
use crate::domain::money::Price;
use crate::domain::time::{Hour, Timestamp};

/// What is asked for. Whatever changes price, cards or tenant ends the lease at an hour and lets a lease of its own go on from there,
/// so that each lease has one price and one charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// The same cards until a later hour: a lease of its own from the end of this one on.
    Extend {
        /// The hour after the new last one.
        #[schema(value_type = Timestamp)]
        until: Hour,
        /// At which price; none: at that of the lease.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        price: Option<Price>,
        /// Whether the tenant's vouchers pay of it.
        #[serde(default, skip_serializing_if = "is_false")]
        vouchers: bool,
    },
    /// Fewer cards from an hour on.
    Shrink {
        /// How many stay.
        cards: u32,
        /// From when.
        #[schema(value_type = Timestamp)]
        from: Hour,
        /// Whether the tenant's vouchers pay of what stays.
        #[serde(default, skip_serializing_if = "is_false")]
        vouchers: bool,
    },
    /// An earlier end, without a penalty.
    End {
        /// The hour after the new last one.
        #[schema(value_type = Timestamp)]
        at: Hour,
    },
    /// Other cards of the same listing; it is the same lease.
    Move {
        /// From when.
        #[schema(value_type = Timestamp)]
        from: Hour,
        /// Which ones; none: the first that are free.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        islands: Option<Vec<IslandShare>>,
    },
    /// Another tenant, who must accept as well.
    Transfer {
        /// Who.
        org: OrgId,
        /// From when.
        #[schema(value_type = Timestamp)]
        from: Hour,
        /// Whether that tenant's vouchers pay of it.
        #[serde(default, skip_serializing_if = "is_false")]
        vouchers: bool,
    },
    /// Another price.
    Reprice {
        /// Of a card-hour.
        price: Price,
        /// From when.
        #[schema(value_type = Timestamp)]
        from: Hour,
        /// Whether the tenant's vouchers pay of it.
        #[serde(default, skip_serializing_if = "is_false")]
        vouchers: bool,
    },
    /// The provider wants its cards back, for which it pays the penalty.
    Reclaim {
        /// From when.
        #[schema(value_type = Timestamp)]
        from: Hour,
    },
}

// Serde asks by reference.
fn is_false(value: &bool) -> bool {
    !*value
}

impl Change {
    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Extend { .. } => "extend",
            Self::Shrink { .. } => "shrink",
            Self::End { .. } => "end",
            Self::Move { .. } => "move",
            Self::Transfer { .. } => "transfer",
            Self::Reprice { .. } => "reprice",
            Self::Reclaim { .. } => "reclaim",
        }
    }

    /// The hour from which on it counts, in a lease that ends at `ends`.
    pub fn from(&self, ends: Hour) -> Hour {
        match self {
            Self::Extend { .. } => ends,
            Self::End { at } => *at,
            Self::Shrink { from, .. }
            | Self::Move { from, .. }
            | Self::Transfer { from, .. }
            | Self::Reprice { from, .. }
            | Self::Reclaim { from } => *from,
        }
    }
}

/// The place of a change among those of its lease, from 1, as a path has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeNumber(pub u32);

/// Why a text is no number of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not the number of a change")]
pub struct ParseChangeNumberError;

impl FromStr for ChangeNumber {
    type Err = ParseChangeNumberError;

    fn from_str(text: &str) -> Result<ChangeNumber, ParseChangeNumberError> {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|_| digits);
        number.map(ChangeNumber).ok_or(ParseChangeNumberError)
    }
}

/// What has become of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeState {
    /// It waits for an answer.
    Open,
    /// Everybody has agreed, and it is done.
    Accepted,
    /// Somebody has refused.
    Refused,
    /// Who asked has thought better of it.
    Withdrawn,
    /// Nobody has answered in time, or the lease has ended.
    Lapsed,
}

/// A change that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ChangeRequest {
    /// Its place among those of the lease, from 1.
    pub number: u32,
    /// Which side asks.
    pub by: By,
    /// When it was asked for.
    pub at: Timestamp,
    /// Until when it can be answered.
    pub until: Timestamp,
    /// What is asked for.
    pub change: Change,
    /// Which sides have accepted so far, beside who asks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepted: Vec<Party>,
}

/// Who has a say in a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// The tenant.
    Tenant,
    /// The provider.
    Provider,
    /// The tenant to be.
    NewTenant,
}

/// A change and what has become of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ChangeImage {
    /// Of which lease.
    pub lease: LeaseId,
    /// What was asked for.
    pub request: ChangeRequest,
    /// What has become of it.
    pub state: ChangeState,
    /// The lease that goes on because of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<LeaseId>,
    /// When this was said of it.
    pub told_at: Timestamp,
    /// Why, in words, where somebody gave a reason.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

impl ChangeRequest {
    /// Who shall become the tenant.
    pub fn new_tenant(&self) -> Option<OrgId> {
        match self.change {
            Change::Transfer { org, .. } => Some(org),
            Change::Extend { .. }
            | Change::Shrink { .. }
            | Change::End { .. }
            | Change::Move { .. }
            | Change::Reprice { .. }
            | Change::Reclaim { .. } => None,
        }
    }

    /// Who has a say in it beside who asks.
    pub fn asked(&self) -> Vec<Party> {
        let other = match self.by {
            By::Tenant => Party::Provider,
            By::Provider | By::Time | By::Agreement | By::Operator => Party::Tenant,
        };
        let mut asked = vec![other];
        if let Change::Transfer { .. } = self.change {
            asked.push(Party::NewTenant);
        }
        asked
    }

    /// Whether everybody has agreed.
    pub fn is_agreed(&self) -> bool {
        self.asked().iter().all(|party| self.accepted.contains(party))
    }
}
