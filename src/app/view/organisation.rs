//! Organisations as the API shows them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::entity::EntityFacts;
use crate::domain::id::OrgId;
use crate::domain::organisation::{OrgKind, Organisation};
use crate::domain::uscc::Uscc;

/// An organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OrgView {
    /// The organisation.
    pub id: OrgId,
    /// The head of its owner group; itself where nobody owns it.
    pub group: OrgId,
    /// Its registered name.
    pub name: String,
    /// Its unified social credit code.
    pub uscc: Uscc,
    /// What it does here.
    pub kinds: Vec<OrgKind>,
    /// The organisation that owns it.
    pub owner: Option<OrgId>,
    /// What an operator has attested of it; only where one organisation is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub facts: Option<EntityFacts>,
}

impl From<Organisation> for OrgView {
    fn from(org: Organisation) -> OrgView {
        let profile = org.profile;
        OrgView {
            id: org.id,
            group: org.group,
            name: profile.name,
            uscc: profile.uscc,
            kinds: profile.kinds,
            owner: profile.owner,
            facts: None,
        }
    }
}
