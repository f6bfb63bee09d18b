//! Programmes as the API shows them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::code::Code;
use crate::domain::id::{OrgId, ProgrammeId};
use crate::domain::money::Money;
use crate::domain::programme::{ProgrammeRules, ProgrammeState};
use crate::domain::time::Timestamp;
use crate::store::read::programme::StoredProgramme;

/// A programme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProgrammeView {
    /// The programme.
    pub id: ProgrammeId,
    /// Its public name.
    pub code: Code,
    /// Version of its rules.
    pub version: u32,
    /// Whose it is; none: any issuer's.
    pub issuer: Option<OrgId>,
    /// Where it stands in its life.
    pub state: ProgrammeState,
    /// Its rules, frozen.
    #[schema(value_type = Object)]
    pub rules: ProgrammeRules,
    /// Appropriated.
    pub appropriation: Money,
    /// Left to be granted.
    pub pot: Money,
    /// Paid settled charges.
    pub redeemed: Money,
    /// Redeemed and taken back.
    pub recovered: Money,
    /// Expired for good.
    pub lapsed: Money,
    /// When it was written.
    pub created_at: Timestamp,
}

impl From<StoredProgramme> for ProgrammeView {
    fn from(stored: StoredProgramme) -> ProgrammeView {
        let (issuer, state) = (stored.programme.issuer, stored.programme.state);
        let (figures, rules) = (stored.figures, stored.programme.rules);
        ProgrammeView {
            id: stored.programme.id,
            code: rules.id.clone(),
            version: rules.version,
            issuer,
            state,
            rules,
            appropriation: figures.appropriation,
            pot: figures.pot,
            redeemed: figures.redeemed,
            recovered: figures.recovered,
            lapsed: figures.lapsed,
            created_at: stored.created_at,
        }
    }
}
