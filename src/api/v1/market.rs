//! Market data, which names nobody and is open to everybody; and calendars.

use std::convert::Infallible;
use std::sync::Arc;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse, get};
use futures_util::StreamExt;

use crate::api::look::Look;
use crate::api::parameters::{Id, Query};
use crate::api::problem::Refusal;
use crate::api::read::many;
use crate::api::service::{Service, blocking};
use crate::api::write::Answer;
use crate::app::market;
use crate::app::market::FeedQuery;
use crate::app::market::calendar::FreeView;
use crate::app::market::depth::{DepthQuery, DepthView};
use crate::app::market::feed::TooManySubscribers;
use crate::app::market::prices::{PricesQuery, PricesView};
use crate::app::market::trades::{TradesPage, TradesQuery};
use crate::app::permission::ReadListings;
use crate::app::read::listings;
use crate::domain::id::ListingId;

/// What is on offer and what is wanted, by price.
#[utoipa::path(
    tag = "market",
    params(DepthQuery),
    responses((status = 200, description = "The depth", body = DepthView), (status = 422, description = "Refused")),
    extensions(("x-public" = json!(true))),
)]
#[get("/v1/market/depth")]
pub async fn depth(service: Data<Service>, Query(query): Query<DepthQuery>) -> Answer {
    let json = match market::depth::known(&service.replica, &query) {
        Some(json) => json,
        None => {
            let service = Arc::clone(&service);
            blocking(move || market::depth::depth(&service.replica, &query)).await?
        }
    };
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .body(Bytes::from_owner(json)))
}

/// What was agreed, newest first.
#[utoipa::path(
    tag = "market",
    params(TradesQuery),
    responses((status = 200, description = "Trades", body = TradesPage)),
    extensions(("x-public" = json!(true))),
)]
#[get("/v1/market/trades")]
pub async fn trades(service: Data<Service>, Query(query): Query<TradesQuery>) -> Answer {
    let service = Arc::clone(&service);
    let found = blocking(move || {
        let read = |reader: &mut _| market::trades::trades(&service.replica, reader, &query);
        service.readers.read(|pooled| Ok(read(&mut pooled.reader)?))
    });
    many(&found.await?)
}

/// Opening, highest, lowest and closing price, average and volume of the trades of each hour in UTC or day in Asia/Shanghai.
#[utoipa::path(
    tag = "market",
    params(PricesQuery),
    responses((status = 200, description = "Bars, oldest first; intervals without trades are left out", body = PricesView)),
    extensions(("x-public" = json!(true))),
)]
#[get("/v1/market/prices")]
pub async fn prices(service: Data<Service>, Query(query): Query<PricesQuery>) -> Answer {
    let service = Arc::clone(&service);
    let found = blocking(move || {
        let read = |reader: &mut _| market::prices::prices(&service.replica, reader, &query);
        service.readers.read(|pooled| Ok(read(&mut pooled.reader)?))
    });
    many(&found.await?)
}

/// The hours on offer of a listing, and how many of its cards are free in them.
#[utoipa::path(
    tag = "listings",
    params(("id" = ListingId, Path, description = "The listing")),
    responses((status = 200, description = "The calendar; empty of a listing that is not open", body = Vec<FreeView>)),
    extensions(("x-operation" = json!("read_listings"))),
)]
#[get("/v1/listings/{id}/calendar")]
pub async fn calendar(look: Look<ReadListings>, service: Data<Service>, Id(id): Id<ListingId>) -> Answer {
    let service = Arc::clone(&service);
    look.many_of(move |reader, reach| {
        // The replica forgets whose a listing was that is not open any more.
        let found = listings::find(reader, reach, id)?;
        Ok(found.and_then(|_| market::calendar::calendar(&service.replica, reach, id).ok()))
    })
    .await
}

/// Trades and changes of depth as they come. The events are `trade`, `depth` (all levels, so that the last one of a product
/// counts), and `gap`: something was missed, so that trades and depth must be read again. With `Last-Event-ID` it goes on where
/// the caller was.
#[utoipa::path(
    tag = "market",
    params(FeedQuery, ("last-event-id" = Option<String>, Header, description = "The last event seen")),
    responses(
        (status = 200, description = "Events", body = String, content_type = "text/event-stream"),
        (status = 422, description = "Refused"),
    ),
    extensions(("x-public" = json!(true))),
)]
#[get("/v1/market/stream")]
pub async fn stream(request: HttpRequest, service: Data<Service>, Query(query): Query<FeedQuery>) -> Answer {
    let filter = query.filter(&service.replica)?;
    let last = request.headers().get("last-event-id");
    let last = last.map(|value| value.to_str().unwrap_or_default());
    let events = service.replica.feed().subscribe(filter, last)?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/event-stream"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(events.map(|piece| Ok::<Bytes, Infallible>(Bytes::from_owner(piece)))))
}

impl From<TooManySubscribers> for Refusal {
    fn from(_: TooManySubscribers) -> Refusal {
        Refusal::Unavailable {
            reason: "the stream has all the subscribers that it takes",
            retry_after_seconds: 5,
        }
    }
}
