//! Who sees what of the voucher office: its holder, the authority whose programme it is, who audits and who runs the market.

use crate::app::permission::{Caller, Reach};
use crate::app::readers::{PooledReader, ReadError};
use crate::domain::id::{OrgId, ProgrammeId};
use crate::domain::user::Role;
use crate::store::read::{Within, flag};

/// What a caller sees of vouchers, claims, recoveries and treasuries.
#[derive(Debug, Clone)]
pub struct Seen(Option<Within>);

impl Seen {
    /// What the caller sees: everything where the reach has no limit; else what is of the own organisation where that is a tenant's, and
    /// where it is an issuer's what is under its own programmes and under those of nobody in particular.
    ///
    /// # Errors
    /// Those of the database.
    pub fn by(pooled: &mut PooledReader, reach: Reach, caller: &Caller) -> Result<Seen, ReadError> {
        let Some(own) = reach.limit() else {
            return Ok(Seen(None));
        };
        let acts_as = |role| caller.roles.contains(&role);
        let programmes = if acts_as(Role::Issuer) {
            flag::programmes_of(&mut pooled.reader, own)?
        } else {
            Vec::new()
        };
        Ok(Seen(Some(Within {
            org: acts_as(Role::Tenant).then_some(own),
            programmes,
        })))
    }

    /// Whether a thing of `org` is among it; `programme` is that of the thing, if it is of one.
    pub fn has(&self, org: OrgId, programme: Option<ProgrammeId>) -> bool {
        self.0
            .as_ref()
            .is_none_or(|within| within.org == Some(org) || programme.is_some_and(|id| self.has_programme(id)))
    }

    /// Whether everything under a programme is among it.
    pub fn has_programme(&self, programme: ProgrammeId) -> bool {
        self.programmes()
            .is_none_or(|programmes| programmes.contains(&programme.0.cast_signed()))
    }

    /// The programmes under which everything is among it; none: all.
    pub fn programmes(&self) -> Option<&[i64]> {
        self.0.as_ref().map(|within| within.programmes.as_slice())
    }

    /// The organisation whose things a list has, and what else limits it; none: the list is empty. What an index serves is asked of
    /// the index: who sees only what is of the own organisation asks for that.
    pub fn narrow(self, wanted: Option<OrgId>) -> Option<(Option<OrgId>, Option<Within>)> {
        match self.0 {
            Some(Within { org, programmes }) if programmes.is_empty() => {
                let own = org.filter(|own| wanted.is_none_or(|wanted| wanted == *own))?;
                Some((Some(own), None))
            }
            within => Some((wanted, within)),
        }
    }
}
