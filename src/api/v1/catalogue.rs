//! Accelerators, sites, terms and reference prices.

use actix_web::post;

use crate::api::write::{Answer, Success, Write};
use crate::app::answer::{Accepted, DoneAnswer, ProposedAnswer};
use crate::app::permission::{DefineCatalogue, ProposeTerms};
use crate::app::registry::{self, ReferencePriceBody};
use crate::domain::accelerator::Accelerator;
use crate::domain::site::Site;
use crate::domain::terms::Terms;

/// Adds an accelerator model.
#[utoipa::path(
    tag = "catalogue",
    request_body = Accelerator,
    responses((status = 200, description = "It is added", body = Accepted<DoneAnswer>)),
    extensions(("x-operation" = json!("define_catalogue")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/accelerators")]
pub async fn add_accelerator(mut write: Write<DefineCatalogue>) -> Answer {
    let command = registry::accelerator(write.body())?;
    write.give(command, Success::Done).await
}

/// Adds a site.
#[utoipa::path(
    tag = "catalogue",
    request_body = Site,
    responses((status = 200, description = "It is added", body = Accepted<DoneAnswer>)),
    extensions(("x-operation" = json!("define_catalogue")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/sites")]
pub async fn add_site(mut write: Write<DefineCatalogue>) -> Answer {
    let command = registry::site(write.body())?;
    write.give(command, Success::Done).await
}

/// Asks for other terms of the market.
#[utoipa::path(
    tag = "catalogue",
    request_body = Terms,
    responses((status = 202, description = "It waits for a second person", body = Accepted<ProposedAnswer>)),
    extensions(("x-operation" = json!("propose_terms")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/terms")]
pub async fn propose_terms(mut write: Write<ProposeTerms>) -> Answer {
    let command = registry::terms(write.body())?;
    write.propose(command).await
}

/// Asks for a reference price.
#[utoipa::path(
    tag = "catalogue",
    request_body = ReferencePriceBody,
    responses((status = 202, description = "It waits for a second person", body = Accepted<ProposedAnswer>)),
    extensions(("x-operation" = json!("propose_terms")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/reference-prices")]
pub async fn propose_reference_price(mut write: Write<ProposeTerms>) -> Answer {
    let command = registry::reference(write.body())?;
    write.propose(command).await
}
