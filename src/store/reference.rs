//! Reference data: accelerators, sites, terms, reference prices.

use diesel::prelude::*;

use super::column::row;
use super::connection::Reader;
use super::load::{Corrupt, LoadError, narrow};
use super::schema::{accelerator, reference_price, site, terms};
use crate::domain::accelerator::Accelerator;
use crate::domain::code::Code;
use crate::domain::id::{AcceleratorId, SiteId};
use crate::domain::money::Money;
use crate::domain::money::Price;
use crate::domain::rate::BasisPoints;
use crate::domain::site::Site;
use crate::domain::terms::Terms;
use crate::domain::time::Timestamp;
use crate::on;

row! {
    /// An accelerator model.
    pub struct AcceleratorRow in accelerator by (id) {
        /// Its place in the order of definition.
        pub id: i64,
        /// Its public name.
        pub code: String,
        /// Who makes it.
        pub vendor: String,
        /// What the vendor calls it.
        pub model: String,
        /// Whether it is a domestic product.
        pub domestic: bool,
        /// Memory in GB.
        pub memory_gb: i64,
        /// Dense FP16 throughput in GFLOPS.
        pub fp16_dense_gflops: Option<i64>,
        /// Usual cards in a node.
        pub cards_per_node: i64,
    }
}

row! {
    /// A site.
    pub struct SiteRow in site by (id) {
        /// Its place in the order of definition.
        pub id: i64,
        /// Its public name.
        pub code: String,
        /// Its Chinese name.
        pub name_zh: String,
        /// The region it belongs to.
        pub region: String,
    }
}

row! {
    /// Terms of the market; the last ones are in force.
    pub struct TermsRow in terms by (seq) {
        /// Their place in the order of terms.
        pub seq: i64,
        /// The tenant's fee on the charge.
        pub tenant_fee_bps: i64,
        /// The provider's fee on the charge.
        pub provider_fee_bps: i64,
        /// VAT contained in fees.
        pub vat_bps: i64,
        /// How far a price may lie from the reference price.
        pub collar_bps: i64,
        /// Hours after a lease's end in which usage may be reported.
        pub usage_grace_hours: i64,
        /// Hours for which earnings stay disputable.
        pub dispute_hours: i64,
        /// Hours for which a changed bank account waits.
        pub account_cooling_hours: i64,
        /// What one person may do alone, in fen.
        pub alone_max: i64,
        /// Hours in which usage may be disputed.
        pub acceptance_hours: i64,
        /// Hours in which an outage can be contested.
        pub outage_hours: i64,
        /// From when, in microseconds.
        pub since: i64,
        /// Terms of delivery, in JSON.
        pub delivery: String,
    }
}

row! {
    /// A reference price; the last one of an accelerator is in force.
    pub struct ReferencePriceRow in reference_price by (seq) {
        /// The command that published it.
        pub seq: i64,
        /// Of which accelerator.
        pub accelerator: i64,
        /// Micro-yuan a card-hour.
        pub price: i64,
        /// From when, in microseconds.
        pub since: i64,
    }
}

impl AcceleratorRow {
    /// The row of an accelerator.
    pub fn new(id: AcceleratorId, accelerator: &Accelerator) -> AcceleratorRow {
        AcceleratorRow {
            id: i64::from(id.0),
            code: accelerator.code.to_string(),
            vendor: accelerator.vendor.clone(),
            model: accelerator.model.clone(),
            domestic: accelerator.domestic,
            memory_gb: i64::from(accelerator.memory_gb),
            fp16_dense_gflops: accelerator.fp16_dense_gflops.map(i64::from),
            cards_per_node: i64::from(accelerator.cards_per_node),
        }
    }
}

impl TryFrom<AcceleratorRow> for Accelerator {
    type Error = Corrupt;

    fn try_from(row: AcceleratorRow) -> Result<Accelerator, Corrupt> {
        let gflops = row
            .fp16_dense_gflops
            .map(|value| narrow("accelerator.fp16_dense_gflops", value));
        Ok(Accelerator {
            code: code("accelerator.code", &row.code)?,
            vendor: row.vendor,
            model: row.model,
            domestic: row.domestic,
            memory_gb: narrow("accelerator.memory_gb", row.memory_gb)?,
            fp16_dense_gflops: gflops.transpose()?,
            cards_per_node: narrow("accelerator.cards_per_node", row.cards_per_node)?,
        })
    }
}

impl SiteRow {
    /// The row of a site.
    pub fn new(id: SiteId, site: &Site) -> SiteRow {
        SiteRow {
            id: i64::from(id.0),
            code: site.code.to_string(),
            name_zh: site.name_zh.clone(),
            region: site.region.clone(),
        }
    }
}

impl TryFrom<SiteRow> for Site {
    type Error = Corrupt;

    fn try_from(row: SiteRow) -> Result<Site, Corrupt> {
        Ok(Site {
            code: code("site.code", &row.code)?,
            name_zh: row.name_zh,
            region: row.region,
        })
    }
}

impl TermsRow {
    /// The row of `terms` that are in force from `since`.
    pub fn new(seq: i64, terms: &Terms, since: Timestamp) -> TermsRow {
        TermsRow {
            seq,
            tenant_fee_bps: i64::from(terms.tenant_fee_bps.0),
            provider_fee_bps: i64::from(terms.provider_fee_bps.0),
            vat_bps: i64::from(terms.vat_bps.0),
            collar_bps: i64::from(terms.collar_bps.0),
            usage_grace_hours: i64::from(terms.usage_grace_hours),
            dispute_hours: i64::from(terms.dispute_hours),
            account_cooling_hours: i64::from(terms.account_cooling_hours),
            alone_max: terms.alone_max.fen(),
            acceptance_hours: i64::from(terms.acceptance_hours),
            outage_hours: i64::from(terms.outage_hours),
            since: since.micros(),
            // Integers always have a JSON form.
            delivery: serde_json::to_string(&terms.delivery).unwrap_or_default(),
        }
    }
}

impl TryFrom<TermsRow> for Terms {
    type Error = Corrupt;

    fn try_from(row: TermsRow) -> Result<Terms, Corrupt> {
        let rate = |value| narrow("terms", value).map(BasisPoints);
        Ok(Terms {
            tenant_fee_bps: rate(row.tenant_fee_bps)?,
            provider_fee_bps: rate(row.provider_fee_bps)?,
            vat_bps: rate(row.vat_bps)?,
            collar_bps: rate(row.collar_bps)?,
            usage_grace_hours: narrow("terms.usage_grace_hours", row.usage_grace_hours)?,
            dispute_hours: narrow("terms.dispute_hours", row.dispute_hours)?,
            account_cooling_hours: narrow("terms.account_cooling_hours", row.account_cooling_hours)?,
            alone_max: Money::from_fen(row.alone_max),
            acceptance_hours: narrow("terms.acceptance_hours", row.acceptance_hours)?,
            delivery: serde_json::from_str(&row.delivery).map_err(|_| Corrupt::new("terms.delivery", &row.delivery))?,
            outage_hours: narrow("terms.outage_hours", row.outage_hours)?,
        })
    }
}

/// All accelerators, in the order of definition.
pub fn load_accelerators(reader: &mut Reader) -> Result<Vec<Accelerator>, LoadError> {
    let query = accelerator::table
        .order(accelerator::id)
        .select(AcceleratorRow::columns());
    let rows: Vec<AcceleratorRow> = on!(reader, connection => query.load(connection))?;
    rows.into_iter().map(|row| Ok(row.try_into()?)).collect()
}

/// All sites, in the order of definition.
pub fn load_sites(reader: &mut Reader) -> Result<Vec<Site>, LoadError> {
    let query = site::table.order(site::id).select(SiteRow::columns());
    let rows: Vec<SiteRow> = on!(reader, connection => query.load(connection))?;
    rows.into_iter().map(|row| Ok(row.try_into()?)).collect()
}

/// The terms in force; none before the first.
pub fn load_terms(reader: &mut Reader) -> Result<Option<Terms>, LoadError> {
    let query = terms::table.order(terms::seq.desc()).select(TermsRow::columns());
    let row: Option<TermsRow> = on!(reader, connection => query.first(connection).optional())?;
    row.map(|row| Ok(row.try_into()?)).transpose()
}

/// The terms that were in force at an instant; none before the first.
pub fn load_terms_at(reader: &mut Reader, at: Timestamp) -> Result<Option<Terms>, LoadError> {
    let query = terms::table
        .filter(terms::since.le(at.micros()))
        .order(terms::seq.desc())
        .select(TermsRow::columns());
    let row: Option<TermsRow> = on!(reader, connection => query.first(connection).optional())?;
    row.map(|row| Ok(row.try_into()?)).transpose()
}

/// All reference prices in the order in which they were published: the last one of an accelerator is in force.
pub fn load_reference_prices(reader: &mut Reader) -> Result<Vec<(AcceleratorId, Price)>, LoadError> {
    let query = reference_price::table
        .order(reference_price::seq)
        .select(ReferencePriceRow::columns());
    let rows: Vec<ReferencePriceRow> = on!(reader, connection => query.load(connection))?;
    let price = |row: ReferencePriceRow| {
        let id = AcceleratorId(narrow("reference_price.accelerator", row.accelerator)?);
        Ok((id, Price::from_micros(row.price)))
    };
    rows.into_iter().map(price).collect()
}

fn code(column: &'static str, text: &str) -> Result<Code, Corrupt> {
    text.parse().map_err(|_| Corrupt::new(column, text))
}
