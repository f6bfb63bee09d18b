//! Quotes.

use std::sync::Arc;

use actix_web::post;
use actix_web::web::Data;

use crate::api::body::Body;
use crate::api::problem::Refusal;
use crate::api::read::many;
use crate::api::service::{Service, blocking};
use crate::api::write::Answer;
use crate::app::bid::BidBody;
use crate::app::market::quote::{self, QuoteView};
use crate::app::permission::{Permit, TradeBids};

/// Says what placing a bid would bring about now: the same fills to the fen, if nobody comes first. Nothing is placed.
#[utoipa::path(
    tag = "bids",
    request_body = BidBody,
    responses((status = 200, description = "What would be filled, or why nothing is", body = QuoteView)),
    extensions(("x-operation" = json!("trade_bids"))),
)]
#[post("/v1/quotes")]
pub async fn ask(permit: Permit<TradeBids>, service: Data<Service>, body: Body) -> Answer {
    let turn = service.turns.quotes.take()?;
    let (service, tenant) = (Arc::clone(&service), permit.caller().org);
    let quoted = blocking(move || {
        let _turn = turn;
        let quoted = service
            .replica
            .rely(|replica| quote::quote(replica, tenant, body.value()));
        Ok::<_, Refusal>(quoted??)
    });
    many(&quoted.await?)
}
