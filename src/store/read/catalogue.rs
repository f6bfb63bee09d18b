//! Accelerators, sites, terms and reference prices, as they are asked for.

use diesel::prelude::*;
use rustc_hash::FxHashMap;

use super::{Found, Slice};
use crate::domain::accelerator::Accelerator;
use crate::domain::code::Code;
use crate::domain::id::{AcceleratorId, SiteId};
use crate::domain::site::Site;
use crate::on;
use crate::store::connection::Reader;
use crate::store::load::{Corrupt, LoadError, narrow};
use crate::store::reference::{AcceleratorRow, ReferencePriceRow, SiteRow, TermsRow};
use crate::store::schema::{accelerator, reference_price, site, terms};

/// The public names of accelerators and sites. A name never changes, so that what was read once holds for ever; what is not
/// known is looked up again.
#[derive(Debug, Clone, Default)]
pub struct Codes {
    accelerators: FxHashMap<AcceleratorId, Code>,
    sites: FxHashMap<SiteId, Code>,
}

impl Codes {
    /// Makes all of these known.
    ///
    /// # Errors
    /// The database does not answer, or does not know them.
    pub fn know(
        &mut self,
        reader: &mut Reader,
        accelerators: impl IntoIterator<Item = AcceleratorId>,
        sites: impl IntoIterator<Item = SiteId>,
    ) -> Result<(), LoadError> {
        if accelerators.into_iter().any(|id| !self.accelerators.contains_key(&id)) {
            self.load_accelerators(reader)?;
        }
        if sites.into_iter().any(|id| !self.sites.contains_key(&id)) {
            self.load_sites(reader)?;
        }
        Ok(())
    }

    /// The name of an accelerator that is known.
    ///
    /// # Errors
    /// It is not.
    pub fn accelerator(&self, id: AcceleratorId) -> Result<Code, Corrupt> {
        let code = self.accelerators.get(&id).cloned();
        code.ok_or_else(|| Corrupt::new("accelerator.id", &id.0.to_string()))
    }

    /// The name of a site that is known.
    ///
    /// # Errors
    /// It is not.
    pub fn site(&self, id: SiteId) -> Result<Code, Corrupt> {
        let code = self.sites.get(&id).cloned();
        code.ok_or_else(|| Corrupt::new("site.id", &id.0.to_string()))
    }

    /// The accelerator of this name.
    pub fn accelerator_named(&mut self, reader: &mut Reader, name: &Code) -> Result<Option<AcceleratorId>, LoadError> {
        let find = |codes: &Codes| codes.accelerators.iter().find(|one| one.1 == name).map(|one| *one.0);
        if find(self).is_none() {
            self.load_accelerators(reader)?;
        }
        Ok(find(self))
    }

    /// The site of this name.
    pub fn site_named(&mut self, reader: &mut Reader, name: &Code) -> Result<Option<SiteId>, LoadError> {
        let find = |codes: &Codes| codes.sites.iter().find(|one| one.1 == name).map(|one| *one.0);
        if find(self).is_none() {
            self.load_sites(reader)?;
        }
        Ok(find(self))
    }

    fn load_accelerators(&mut self, reader: &mut Reader) -> Result<(), LoadError> {
        let query = accelerator::table.select((accelerator::id, accelerator::code));
        let rows: Vec<(i64, String)> = on!(reader, connection => query.load(connection))?;
        for (id, code) in rows {
            let id = AcceleratorId(narrow("accelerator.id", id)?);
            self.accelerators.insert(id, named("accelerator.code", &code)?);
        }
        Ok(())
    }

    fn load_sites(&mut self, reader: &mut Reader) -> Result<(), LoadError> {
        let query = site::table.select((site::id, site::code));
        let rows: Vec<(i64, String)> = on!(reader, connection => query.load(connection))?;
        for (id, code) in rows {
            let id = SiteId(narrow("site.id", id)?);
            self.sites.insert(id, named("site.code", &code)?);
        }
        Ok(())
    }
}

fn named(column: &'static str, text: &str) -> Result<Code, Corrupt> {
    text.parse().map_err(|_| Corrupt::new(column, text))
}

/// The accelerator of this name.
pub fn find_accelerator(reader: &mut Reader, name: &Code) -> Result<Option<Accelerator>, LoadError> {
    let query = accelerator::table
        .filter(accelerator::code.eq(name.to_string()))
        .select(AcceleratorRow::columns());
    let row: Option<AcceleratorRow> = on!(reader, connection => query.first(connection).optional())?;
    row.map(|row| Ok(row.try_into()?)).transpose()
}

/// Accelerators in the order of their definition.
pub fn page_accelerators(reader: &mut Reader, slice: Slice) -> Result<Found<Accelerator>, LoadError> {
    let query = accelerator::table
        .filter(accelerator::id.gt(slice.key))
        .order(accelerator::id)
        .limit(slice.limit + 1)
        .select(AcceleratorRow::columns());
    let rows: Vec<AcceleratorRow> = on!(reader, connection => query.load(connection))?;
    Found::cut(rows, slice, None, |row| row.id).try_map(|row| Ok(row.try_into()?))
}

/// The site of this name.
pub fn find_site(reader: &mut Reader, name: &Code) -> Result<Option<Site>, LoadError> {
    let query = site::table
        .filter(site::code.eq(name.to_string()))
        .select(SiteRow::columns());
    let row: Option<SiteRow> = on!(reader, connection => query.first(connection).optional())?;
    row.map(|row| Ok(row.try_into()?)).transpose()
}

/// Sites in the order of their definition.
pub fn page_sites(reader: &mut Reader, slice: Slice) -> Result<Found<Site>, LoadError> {
    let query = site::table
        .filter(site::id.gt(slice.key))
        .order(site::id)
        .limit(slice.limit + 1)
        .select(SiteRow::columns());
    let rows: Vec<SiteRow> = on!(reader, connection => query.load(connection))?;
    Found::cut(rows, slice, None, |row| row.id).try_map(|row| Ok(row.try_into()?))
}

/// All terms there were, the newest first: the first page's first are in force.
pub fn page_terms(reader: &mut Reader, slice: Slice) -> Result<Found<TermsRow>, LoadError> {
    let query = terms::table
        .filter(terms::seq.lt(slice.key))
        .order(terms::seq.desc())
        .limit(slice.limit + 1)
        .select(TermsRow::columns());
    let rows: Vec<TermsRow> = on!(reader, connection => query.load(connection))?;
    Ok(Found::cut(rows, slice, None, |row| row.seq))
}

/// The reference price in force of each accelerator that has one, in the order of accelerators.
pub fn reference_prices(reader: &mut Reader) -> Result<Vec<ReferencePriceRow>, LoadError> {
    let ids = accelerator::table.select(accelerator::id).order(accelerator::id);
    let ids: Vec<i64> = on!(&mut *reader, connection => ids.load(connection))?;
    let mut rows = Vec::with_capacity(ids.len());
    for id in ids {
        let query = reference_price::table
            .filter(reference_price::accelerator.eq(id))
            .order(reference_price::seq.desc())
            .limit(1)
            .select(ReferencePriceRow::columns());
        let row: Option<ReferencePriceRow> = on!(&mut *reader, connection => query.first(connection).optional())?;
        rows.extend(row);
    }
    Ok(rows)
}

/// All reference prices that an accelerator has had, the newest first.
pub fn page_reference_prices(
    reader: &mut Reader,
    accelerator: AcceleratorId,
    slice: Slice,
) -> Result<Found<ReferencePriceRow>, LoadError> {
    let query = reference_price::table
        .filter(reference_price::accelerator.eq(i64::from(accelerator.0)))
        .filter(reference_price::seq.lt(slice.key))
        .order(reference_price::seq.desc())
        .limit(slice.limit + 1)
        .select(ReferencePriceRow::columns());
    let rows: Vec<ReferencePriceRow> = on!(reader, connection => query.load(connection))?;
    Ok(Found::cut(rows, slice, None, |row| row.seq))
}
