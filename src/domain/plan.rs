//! What two people agree on where one command shares money among many: the amounts, not only the rule.

use serde::{Deserialize, Serialize};

use super::fingerprint::Fingerprint;
use super::money::Money;

/// A list of amounts, by what tells it apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanDigest {
    /// SHA-256 of its lines, each an identifier, a space, the amount in CNY and a line feed.
    pub sha256: Fingerprint,
    /// How many lines.
    pub lines: u32,
    /// All amounts together.
    pub total: Money,
}

/// Whether a command is bound to the amounts that it came to when it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Plan {
    /// It is not: it shares out what there is when it happens.
    #[default]
    Open,
    /// It is to be, as soon as somebody asks for it.
    ToBind,
    /// It is: it happens with these amounts or not at all.
    Bound(PlanDigest),
}

impl Plan {
    /// Whether nothing is said of it, as in commands of before there was anything to say.
    pub fn is_open(&self) -> bool {
        match self {
            Self::Open => true,
            Self::ToBind | Self::Bound(_) => false,
        }
    }
}
