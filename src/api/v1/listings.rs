//! Listings.

use actix_web::post;

use crate::api::parameters::Id;
use crate::api::write::{Answer, Success, Write};
use crate::app::listing;
use crate::app::permission::TradeListings;
use crate::domain::id::ListingId;
use crate::engine::Command;

/// Offers cards.
#[utoipa::path(
    tag = "listings",
    request_body = listing::ListingBody,
    responses((status = 201, description = "The listing, and what resting bids took of it at once")),
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
    responses((status = 200, description = "The listing")),
    extensions(("x-operation" = json!("trade_listings")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/listings/{id}/withdraw")]
pub async fn withdraw(write: Write<TradeListings>, Id(listing): Id<ListingId>) -> Answer {
    let provider = write.org();
    write
        .give(Command::WithdrawListing { provider, listing }, Success::Done)
        .await
}
