//! Organisations.

use diesel::prelude::*;

use super::column::{Named, row};
use super::connection::Reader;
use super::load::{Corrupt, LoadError};
use super::schema::organisation;
use crate::domain::id::OrgId;
use crate::domain::organisation::{NewOrganisation, OrgKind, Organisation};
use crate::on;

row! {
    /// An organisation.
    pub struct OrganisationRow in organisation by (id) {
        /// Its identifier.
        pub id: i64,
        /// The head of its owner group.
        pub owner_group: i64,
        /// Its registered name.
        pub name: String,
        /// Its unified social credit code.
        pub uscc: String,
        /// What it does here, separated by commas.
        pub kinds: String,
        /// The organisation that owns it.
        pub owner: Option<i64>,
    }
}

impl From<&Organisation> for OrganisationRow {
    fn from(organisation: &Organisation) -> OrganisationRow {
        let kinds: Vec<&str> = organisation
            .profile
            .kinds
            .iter()
            .map(|kind| Named(*kind).word())
            .collect();
        OrganisationRow {
            id: organisation.id.0.cast_signed(),
            owner_group: organisation.group.0.cast_signed(),
            name: organisation.profile.name.clone(),
            uscc: organisation.profile.uscc.to_string(),
            kinds: kinds.join(","),
            owner: organisation.profile.owner.map(|owner| owner.0.cast_signed()),
        }
    }
}

impl TryFrom<OrganisationRow> for Organisation {
    type Error = Corrupt;

    fn try_from(row: OrganisationRow) -> Result<Organisation, Corrupt> {
        let kind = |word: &str| match Named::<OrgKind>::parse(word) {
            Ok(Named(kind)) => Ok(kind),
            Err(_) => Err(Corrupt::new("organisation.kinds", word)),
        };
        let kinds = row
            .kinds
            .split(',')
            .filter(|word| !word.is_empty())
            .map(kind)
            .collect::<Result<_, _>>()?;
        let uscc = row
            .uscc
            .parse()
            .map_err(|_| Corrupt::new("organisation.uscc", &row.uscc))?;
        let owner = row.owner.map(|owner| OrgId(owner.cast_unsigned()));
        Ok(Organisation {
            id: OrgId(row.id.cast_unsigned()),
            group: OrgId(row.owner_group.cast_unsigned()),
            profile: NewOrganisation {
                name: row.name,
                uscc,
                kinds,
                owner,
            },
        })
    }
}

/// All organisations, in the order of their identifiers.
pub fn load_all(reader: &mut Reader) -> Result<Vec<Organisation>, LoadError> {
    let query = organisation::table
        .order(organisation::id)
        .select(OrganisationRow::columns());
    let rows: Vec<OrganisationRow> = on!(reader, connection => query.load(connection))?;
    rows.into_iter().map(|row| Ok(row.try_into()?)).collect()
}
