//! Market data, which names nobody: depth, trades, prices, calendars, quotes, and the feed of what changes.

pub mod calendar;
pub mod changes;
pub mod depth;
pub mod feed;
pub mod prices;
pub(super) mod publisher;
pub mod quote;
mod ring;
pub mod trades;

use crate::domain::code::Code;
use crate::engine::Rejection;
use crate::engine::matching::Product;
use crate::engine::rejection::{FieldErrors, FieldRule};
use crate::engine::state::Catalogue;

/// The product that a query names.
fn product(catalogue: &Catalogue, accelerator: &Code, site: Option<&Code>) -> Result<Product, Rejection> {
    let mut errors = FieldErrors::default();
    let found = catalogue.accelerator_id(accelerator);
    if found.is_none() {
        let detail = format!("names no accelerator: {accelerator}");
        errors.add("/accelerator", FieldRule::Unknown, detail);
    }
    let at = site.map(|code| (code, catalogue.site_id(code)));
    if let Some((code, None)) = at {
        errors.add("/site", FieldRule::Unknown, format!("names no site: {code}"));
    }
    errors.check()?;
    Ok(Product {
        accelerator: found.ok_or(Rejection::Fault("a code that was found is not there"))?,
        site: at.and_then(|(_, id)| id),
    })
}
