//! Listings.

use actix_web::{get, patch, post};

use crate::api::look::Look;
use crate::api::parameters::{Id, Query};
use crate::api::write::{Answer, Change, Success, Write};
use crate::app::answer::{Accepted, ListingAnswer};
use crate::app::listing::{self, ListingBody, ListingChangeBody};
use crate::app::page::Page;
use crate::app::permission::ReadListings;
use crate::app::permission::TradeListings;
use crate::app::read::listings::{self, ListingQuery};
use crate::app::view::listing::ListingView;
use crate::domain::id::ListingId;
use crate::domain::version::Version;
use crate::engine::Command;

/// Offers cards. Bids that wait and can be served take of it at once.
#[utoipa::path(
    tag = "listings",
    request_body = ListingBody,
    responses((status = 201, description = "The listing, and what resting bids took of it", body = Accepted<ListingAnswer>)),
    extensions(("x-operation" = json!("trade_listings")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/listings")]
pub async fn open(mut write: Write<TradeListings>) -> Answer {
    let command = listing::open(write.org(), write.body())?;
    write.give(command, Success::Created("/v1/listings")).await
}

/// Takes an offer back; what is let stays let.
#[utoipa::path(
    tag = "listings",
    params(("id" = ListingId, Path, description = "The listing")),
    responses((status = 200, description = "The listing", body = Accepted<ListingAnswer>)),
    extensions(("x-operation" = json!("trade_listings")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/listings/{id}/withdraw")]
pub async fn withdraw(mut write: Write<TradeListings>, Id(listing): Id<ListingId>) -> Answer {
    write.without_body()?;
    let provider = write.org();
    write
        .give(Command::WithdrawListing { provider, listing }, Success::Done)
        .await
}

/// Changes the price of an offer, adds islands, or lets it end later.
#[utoipa::path(
    tag = "listings",
    params(("id" = ListingId, Path, description = "The listing")),
    request_body = ListingChangeBody,
    responses((status = 200, description = "The listing, and what resting bids took of it", body = Accepted<ListingAnswer>)),
    extensions(("x-operation" = json!("trade_listings")), ("x-conditional" = json!(true))),
)]
#[patch("/v1/listings/{id}")]
pub async fn amend(change: Change<TradeListings, Version>, Id(listing): Id<ListingId>) -> Answer {
    let Change { mut write, version } = change;
    let command = listing::amend(write.org(), listing, write.body(), Some(version))?;
    write.give(command, Success::Done).await
}

/// Lists listings, the newest first; a provider its own, a tenant all.
#[utoipa::path(
    tag = "listings",
    params(ListingQuery),
    responses((status = 200, description = "A page of listings", body = Page<ListingView>)),
    extensions(("x-operation" = json!("read_listings"))),
)]
#[get("/v1/listings")]
pub async fn list(look: Look<ReadListings>, Query(query): Query<ListingQuery>) -> Answer {
    look.many(move |reader, reach| listings::page(reader, reach, &query))
        .await
}

/// Shows a listing.
#[utoipa::path(
    tag = "listings",
    params(("id" = ListingId, Path, description = "The listing")),
    responses((status = 200, description = "The listing", body = ListingView)),
    extensions(("x-operation" = json!("read_listings"))),
)]
#[get("/v1/listings/{id}")]
pub async fn show(look: Look<ReadListings>, Id(id): Id<ListingId>) -> Answer {
    look.versioned(move |reader, reach| {
        Ok(listings::find(reader, reach, id)?.map(|view| {
            let version = view.version;
            (view, version)
        }))
    })
    .await
}
