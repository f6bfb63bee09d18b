//! Bids.

use actix_web::{get, patch, post};

use crate::api::look::Look;
use crate::api::parameters::{Id, Query};
use crate::api::write::{Answer, Change, Success, Write};
use crate::app::answer::{Accepted, BidAnswer};
use crate::app::bid::{self, BidBody, BidChangeBody};
use crate::app::page::Page;
use crate::app::permission::ReadBids;
use crate::app::permission::TradeBids;
use crate::app::read::bids::{self, BidQuery};
use crate::app::view::bid::BidView;
use crate::domain::id::BidId;
use crate::domain::version::Version;
use crate::engine::Command;

/// Bids for cards: what can be had now is filled at once, the rest waits if it may.
#[utoipa::path(
    tag = "bids",
    request_body = BidBody,
    responses((status = 201, description = "The bid, and what was filled at once", body = Accepted<BidAnswer>)),
    extensions(("x-operation" = json!("trade_bids")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/bids")]
pub async fn place(mut write: Write<TradeBids>) -> Answer {
    let command = bid::place(write.org(), write.body())?;
    write.give(command, Success::Created("/v1/bids")).await
}

/// Takes a bid back; what is filled stays filled.
#[utoipa::path(
    tag = "bids",
    params(("id" = BidId, Path, description = "The bid")),
    responses((status = 200, description = "The bid", body = Accepted<BidAnswer>)),
    extensions(("x-operation" = json!("trade_bids")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/bids/{id}/cancel")]
pub async fn cancel(mut write: Write<TradeBids>, Id(bid): Id<BidId>) -> Answer {
    write.without_body()?;
    let tenant = write.org();
    write.give(Command::CancelBid { tenant, bid }, Success::Done).await
}

/// Changes a bid that nothing was filled of. Fewer cards, a lower limit or a narrower window keeps its place.
#[utoipa::path(
    tag = "bids",
    params(("id" = BidId, Path, description = "The bid")),
    request_body = BidChangeBody,
    responses((status = 200, description = "The bid, and what was filled at once", body = Accepted<BidAnswer>)),
    extensions(("x-operation" = json!("trade_bids")), ("x-conditional" = json!(true))),
)]
#[patch("/v1/bids/{id}")]
pub async fn amend(change: Change<TradeBids, Version>, Id(bid): Id<BidId>) -> Answer {
    let Change { mut write, version } = change;
    let command = bid::amend(write.org(), bid, write.body(), Some(version))?;
    write.give(command, Success::Done).await
}

/// Lists bids, the newest first; a tenant its own.
#[utoipa::path(
    tag = "bids",
    params(BidQuery),
    responses((status = 200, description = "A page of bids", body = Page<BidView>)),
    extensions(("x-operation" = json!("read_bids"))),
)]
#[get("/v1/bids")]
pub async fn list(look: Look<ReadBids>, Query(query): Query<BidQuery>) -> Answer {
    look.many(move |reader, reach| bids::page(reader, reach, &query)).await
}

/// Shows a bid and what it was given.
#[utoipa::path(
    tag = "bids",
    params(("id" = BidId, Path, description = "The bid")),
    responses((status = 200, description = "The bid", body = BidView)),
    extensions(("x-operation" = json!("read_bids"))),
)]
#[get("/v1/bids/{id}")]
pub async fn show(look: Look<ReadBids>, Id(id): Id<BidId>) -> Answer {
    look.versioned(move |reader, reach| {
        Ok(bids::find(reader, reach, id)?.map(|view| {
            let version = view.version;
            (view, version)
        }))
    })
    .await
}
