//! Contracts of leases, as the parties file them.

use crate::app::permission::Reach;
use crate::app::readers::{PooledReader, ReadError};
use crate::app::report::document::{Document, DocumentError, Format};
use crate::app::report::{csv, html, papers, xlsx};
use crate::app::view::contract::{ClosedView, ContractView, Subject};
use crate::domain::id::LeaseId;
use crate::domain::life::close_code::CloseCode;
use crate::domain::time::Timestamp;
use crate::store::life::{self, LeaseStepRow};
use crate::store::read::{lease, listing};
use crate::store::reference;

/// How a contract is written.
#[derive(Debug, Clone, Copy, Default, serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ContractQuery {
    /// How it is written; `json` unless it is said.
    #[serde(default)]
    #[param(inline, required = false)]
    pub format: Format,
}

/// The contract of a lease; own: as its tenant or provider.
///
/// # Errors
/// Those of the database.
pub fn find(pooled: &mut PooledReader, reach: Reach, id: LeaseId) -> Result<Option<ContractView>, ReadError> {
    let reader = &mut pooled.reader;
    let found = lease::find(reader, id)?;
    let seen = found.filter(|stored| reach.covers(stored.fill.tenant) || reach.covers(stored.fill.provider));
    let Some(stored) = seen else { return Ok(None) };
    let fill = &stored.fill;
    let accelerators = reference::load_accelerators(reader)?;
    let sites = reference::load_sites(reader)?;
    let (Some(accelerator), Some(site)) = (
        accelerators.into_iter().nth(usize::from(fill.accelerator.0)),
        sites.into_iter().nth(usize::from(fill.site.0)),
    ) else {
        return Err(ReadError::Unavailable(format!(
            "{id} is of no known accelerator or site"
        )));
    };
    let subject = Subject {
        accelerator,
        site,
        sla: listing::find(reader, fill.listing)?.map(|found| found.listing.sla),
        terms: reference::load_terms_at(reader, fill.at)?.unwrap_or_default(),
        closed: closed(life::steps(reader, id)?),
    };
    let parties = papers::parties(reader)?;
    let view = ContractView::of(&stored, (subject, &parties), reach);
    view.map(Some)
        .map_err(|error| ReadError::Unavailable(error.to_string()))
}

/// The last step that says how it came to its end.
fn closed(steps: Vec<LeaseStepRow>) -> Option<ClosedView> {
    let mut last = steps.into_iter().rev();
    last.find_map(|step| {
        let code: CloseCode = step.code.as_deref()?.parse().ok()?;
        let rule = code.rule()?;
        Some(ClosedView {
            code: code.to_string(),
            meaning: rule.meaning,
            meaning_zh: rule.meaning_zh,
            by: step.by_side.0,
            at: Timestamp::from_micros(step.at),
            reason: step.reason,
        })
    })
}

/// As a file.
///
/// # Errors
/// It cannot be written so; see [`DocumentError`].
pub fn document(view: &ContractView, format: Format) -> Result<Document, DocumentError> {
    let bytes = match format {
        Format::Json => serde_json::to_vec(view)?,
        Format::Csv => csv::csv(&view.sections()).into_bytes(),
        Format::Xlsx => xlsx::xlsx(&view.sections(), Some(view.agreed_at))?,
        Format::Html => html::html("lease contract", &view.sections())?.into_bytes(),
    };
    Ok(Document {
        name: format!("contract_{}.{}", view.lease, format.extension()),
        format,
        bytes,
    })
}
