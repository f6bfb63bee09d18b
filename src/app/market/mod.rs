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

use serde::Deserialize;
use utoipa::IntoParams;

use self::feed::FeedFilter;
use super::replica::Replica;
use crate::domain::code::Code;
use crate::engine::Rejection;
use crate::engine::matching::Product;
use crate::engine::rejection::{FieldErrors, FieldRule};
use crate::engine::state::Catalogue;

/// What a subscriber of the feed asks for; what is left out does not matter.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FeedQuery {
    /// Only of this accelerator.
    pub accelerator: Option<Code>,
    /// Only at this site.
    pub site: Option<Code>,
}

impl FeedQuery {
    /// The filter that it means.
    ///
    /// # Errors
    /// [`Rejection::Invalid`] for codes that are not known.
    pub fn filter(&self, replica: &Replica) -> Result<FeedFilter, Rejection> {
        let (accelerator, site) = replica.read(|state| {
            let accelerator = self
                .accelerator
                .as_ref()
                .map(|code| state.catalogue.accelerator_id(code));
            (
                accelerator,
                self.site.as_ref().map(|code| state.catalogue.site_id(code)),
            )
        });
        let mut errors = FieldErrors::default();
        errors.require(
            accelerator != Some(None),
            "/accelerator",
            FieldRule::Unknown,
            "names no accelerator",
        );
        errors.require(site != Some(None), "/site", FieldRule::Unknown, "names no site");
        errors.check()?;
        Ok(FeedFilter {
            accelerator: accelerator.flatten(),
            site: site.flatten(),
        })
    }
}

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
