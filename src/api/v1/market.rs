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
use crate::app::market::trades::{HistoryError, TradesPage, TradesQuery};
use crate::app::permission::ReadListings;
use crate::app::read::listings;
use crate::app::replica::Replica;
use crate::domain::id::ListingId;
use crate::engine::Rejection;
use crate::store::Reader;

/// What is on offer and what is wanted, by price.
#[utoipa::path(
    tag = "market",
    params(DepthQuery),
    responses((status = 200, description = "The depth", body = DepthView), (status = 422, description = "Refused")),
    extensions(("x-public" = json!(true))),
)]
#[get("/v1/market/depth")]
pub async fn depth(service: Data<Service>, Query(query): Query<DepthQuery>) -> Answer {
    let known = service.replica.rely(|replica| market::depth::known(replica, &query))?;
    let json = match known {
        Ok(json) => json,
        Err(replacing) => {
            let question = move |replica: &_| {
                let _replacing = replacing;
                market::depth::depth(replica, &query)
            };
            look(&service, question).await?
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
    let question = move |replica: &_, reader: &mut _| market::trades::trades(replica, reader, &query);
    many(&history(&service, question).await?)
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
    let question = move |replica: &_, reader: &mut _| market::prices::prices(replica, reader, &query);
    many(&history(&service, question).await?)
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
        let calendar = |replica: &_| market::calendar::calendar(replica, reach, id).ok();
        let shown = found.map(|_| service.replica.rely(calendar)).transpose()?;
        Ok(shown.flatten())
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
        (status = 429, description = "The address listens often enough"),
    ),
    extensions(("x-public" = json!(true))),
)]
#[get("/v1/market/stream")]
pub async fn stream(request: HttpRequest, service: Data<Service>, Query(query): Query<FeedQuery>) -> Answer {
    let seat = service.stream_seats.take(service.limits.client(&request))?;
    let filter = look(&service, move |replica| query.filter(replica)).await?;
    let last = request.headers().get("last-event-id");
    let last = last.map(|value| value.to_str().unwrap_or_default());
    let events = service.replica.feed().subscribe(filter, last)?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/event-stream"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(events.map(move |piece| {
            let _until_it_ends = &seat;
            Ok::<Bytes, Infallible>(Bytes::from_owner(piece))
        })))
}

/// Asks the replica, which may be writing, on a thread that may wait.
async fn look<T: Send + 'static>(
    service: &Data<Service>,
    question: impl FnOnce(&Replica) -> Result<T, Rejection> + Send + 'static,
) -> Result<T, Refusal> {
    let service = Arc::clone(service);
    blocking(move || Ok::<_, Refusal>(service.replica.rely(question)??)).await
}

/// Asks the database what was traded, if that is this question's turn.
async fn history<T: Send + 'static>(
    service: &Data<Service>,
    question: impl FnOnce(&Replica, &mut Reader) -> Result<T, HistoryError> + Send + 'static,
) -> Result<T, Refusal> {
    let turn = service.turns.history.take()?;
    let service = Arc::clone(service);
    let found = blocking(move || {
        let _turn = turn;
        let ask = |replica: &_| {
            service
                .readers
                .read(|pooled| Ok(question(replica, &mut pooled.reader)?))
        };
        Ok::<_, Refusal>(service.replica.rely(ask)??)
    });
    found.await
}

impl From<TooManySubscribers> for Refusal {
    fn from(_: TooManySubscribers) -> Refusal {
        Refusal::Unavailable {
            reason: "the stream has all the subscribers that it takes",
            retry_after_seconds: 5,
        }
    }
}
