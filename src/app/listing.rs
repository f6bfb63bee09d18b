//! Listings as the API shows them.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::body;
use crate::domain::code::Code;
use crate::domain::id::{ListingId, OrgId};
use crate::domain::listing::{Listing, ListingMode, NewListing, Sla};
use crate::domain::money::Price;
use crate::domain::rate::Fraction;
use crate::domain::time::{Timestamp, Window};
use crate::domain::version::Version;
use crate::engine::rejection::{FieldErrors, FieldRule};
use crate::engine::{Command, Rejection};
use crate::store::load::Corrupt;
use crate::store::read::catalogue::Codes;

/// The body of `POST /v1/listings`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListingBody {
    site: Code,
    accelerator: Code,
    #[serde(default = "one")]
    islands: u32,
    cards_per_island: u32,
    from: Timestamp,
    until: Timestamp,
    ask: Price,
    #[serde(default = "one")]
    lot_cards: u32,
    #[serde(default = "one")]
    min_hours: u32,
    /// None: the whole window.
    #[serde(default)]
    max_hours: Option<u32>,
    #[serde(default = "book")]
    mode: ListingMode,
    #[serde(default = "no_promise")]
    sla: Sla,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    maintenance: Vec<Maintenance>,
}

/// Hours in which nothing is let.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ListingMaintenance)]
struct Maintenance {
    from: Timestamp,
    until: Timestamp,
}

fn one() -> u32 {
    1
}

fn book() -> ListingMode {
    ListingMode::Book
}

fn no_promise() -> Sla {
    Sla {
        max_fault_rate: Fraction::from_ppm(Fraction::WHOLE_PPM),
        credit_rate: Fraction::from_ppm(0),
    }
}

impl ListingBody {
    fn listing(self) -> Result<NewListing, Rejection> {
        let mut errors = FieldErrors::default();
        let from = body::hour(&mut errors, "/from", self.from);
        let until = body::hour(&mut errors, "/until", self.until);
        let mut maintenance = Vec::with_capacity(self.maintenance.len());
        for (index, window) in self.maintenance.iter().enumerate() {
            let from = body::hour(&mut errors, &format!("/maintenance/{index}/from"), window.from);
            let until = body::hour(&mut errors, &format!("/maintenance/{index}/until"), window.until);
            match Window::new(from, until) {
                Some(window) => maintenance.push(window),
                None => {
                    let pointer = format!("/maintenance/{index}/until");
                    errors.add(pointer, FieldRule::Reversed, "must come after from");
                }
            }
        }
        errors.check()?;
        Ok(NewListing {
            site: self.site,
            accelerator: self.accelerator,
            islands: self.islands,
            cards_per_island: self.cards_per_island,
            from,
            until,
            ask: self.ask,
            lot_cards: self.lot_cards,
            min_hours: self.min_hours,
            max_hours: self.max_hours.unwrap_or_else(|| until.since(from).max(1)),
            mode: self.mode,
            sla: self.sla,
            maintenance,
        })
    }
}

impl From<&Window> for Maintenance {
    fn from(window: &Window) -> Maintenance {
        Maintenance {
            from: window.from().timestamp(),
            until: window.until().timestamp(),
        }
    }
}

impl ListingBody {
    /// The body that a listing came with, as far as it was not amended.
    ///
    /// # Errors
    /// `codes` does not know its accelerator or site.
    pub fn of(listing: &Listing, codes: &Codes) -> Result<ListingBody, Corrupt> {
        Ok(ListingBody {
            site: codes.site(listing.site)?,
            accelerator: codes.accelerator(listing.accelerator)?,
            islands: listing.islands,
            cards_per_island: listing.cards_per_island,
            from: listing.window.from().timestamp(),
            until: listing.window.until().timestamp(),
            ask: listing.ask,
            lot_cards: listing.lot_cards,
            min_hours: listing.min_hours,
            max_hours: Some(listing.max_hours),
            mode: listing.mode,
            sla: listing.sla,
            maintenance: listing.maintenance.iter().map(Maintenance::from).collect(),
        })
    }
}

impl From<&NewListing> for ListingBody {
    fn from(new: &NewListing) -> ListingBody {
        ListingBody {
            site: new.site.clone(),
            accelerator: new.accelerator.clone(),
            islands: new.islands,
            cards_per_island: new.cards_per_island,
            from: new.from.timestamp(),
            until: new.until.timestamp(),
            ask: new.ask,
            lot_cards: new.lot_cards,
            min_hours: new.min_hours,
            max_hours: Some(new.max_hours),
            mode: new.mode,
            sla: new.sla,
            maintenance: new.maintenance.iter().map(Maintenance::from).collect(),
        }
    }
}

/// `POST /v1/listings`.
pub fn open(provider: OrgId, body: Value) -> Result<Command, Rejection> {
    let listing = body::parse::<ListingBody>(body)?.listing()?;
    Ok(Command::OpenListing { provider, listing })
}

/// The body of `PATCH /v1/listings/{id}`; what is left out stays.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListingChangeBody {
    /// The new price asked.
    ask: Option<Price>,
    /// More islands than before.
    islands: Option<u32>,
    /// A later end than before.
    until: Option<Timestamp>,
}

/// `PATCH /v1/listings/{id}`.
pub fn amend(
    provider: OrgId,
    listing: ListingId,
    body: Value,
    if_match: Option<Version>,
) -> Result<Command, Rejection> {
    let ListingChangeBody { ask, islands, until } = body::parse(body)?;
    let mut errors = FieldErrors::default();
    let until = until.map(|until| body::hour(&mut errors, "/until", until));
    errors.check()?;
    Ok(Command::AmendListing {
        provider,
        listing,
        ask,
        islands,
        until,
        if_match,
    })
}
