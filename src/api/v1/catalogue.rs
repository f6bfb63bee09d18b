//! Accelerators, sites, terms and reference prices.

use actix_web::{get, post};

use crate::api::look::Look;
use crate::api::parameters::{Id, Query};
use crate::api::write::{Answer, Success, Write};
use crate::app::answer::{Accepted, DoneAnswer, ProposedAnswer};
use crate::app::page::Page;
use crate::app::permission::ReadCatalogue;
use crate::app::permission::{DefineCatalogue, ProposeTerms};
use crate::app::read::accelerators::{self, AcceleratorQuery};
use crate::app::read::prices::{self, PriceQuery};
use crate::app::read::sites::{self, SiteQuery};
use crate::app::read::terms::{self, TermsQuery};
use crate::app::registry::{self, ReferencePriceBody};
use crate::app::view::catalogue::{ReferencePriceView, TermsView};
use crate::domain::accelerator::Accelerator;
use crate::domain::code::Code;
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

/// Lists accelerators in the order of their definition.
#[utoipa::path(
    tag = "catalogue",
    params(AcceleratorQuery),
    responses((status = 200, description = "A page of accelerators", body = Page<Accelerator>)),
    extensions(("x-operation" = json!("read_catalogue"))),
)]
#[get("/v1/accelerators")]
pub async fn list_accelerators(look: Look<ReadCatalogue>, Query(query): Query<AcceleratorQuery>) -> Answer {
    look.many(move |reader, _| accelerators::page(reader, &query)).await
}

/// Shows an accelerator.
#[utoipa::path(
    tag = "catalogue",
    params(("code" = Code, Path, description = "Its public name")),
    responses((status = 200, description = "The accelerator", body = Accelerator)),
    extensions(("x-operation" = json!("read_catalogue"))),
)]
#[get("/v1/accelerators/{code}")]
pub async fn show_accelerator(look: Look<ReadCatalogue>, Id(id): Id<Code>) -> Answer {
    look.one(move |reader, _| accelerators::find(reader, &id)).await
}

/// Lists the reference prices that an accelerator has had, the newest first.
#[utoipa::path(
    tag = "catalogue",
    params(("code" = Code, Path, description = "Its public name"), PriceQuery),
    responses((status = 200, description = "A page of reference prices", body = Page<ReferencePriceView>)),
    extensions(("x-operation" = json!("read_catalogue"))),
)]
#[get("/v1/accelerators/{code}/reference-prices")]
pub async fn list_reference_prices(
    look: Look<ReadCatalogue>,
    Id(id): Id<Code>,
    Query(query): Query<PriceQuery>,
) -> Answer {
    look.many_of(move |reader, _| prices::page(reader, &id, &query)).await
}

/// Lists sites in the order of their definition.
#[utoipa::path(
    tag = "catalogue",
    params(SiteQuery),
    responses((status = 200, description = "A page of sites", body = Page<Site>)),
    extensions(("x-operation" = json!("read_catalogue"))),
)]
#[get("/v1/sites")]
pub async fn list_sites(look: Look<ReadCatalogue>, Query(query): Query<SiteQuery>) -> Answer {
    look.many(move |reader, _| sites::page(reader, &query)).await
}

/// Shows a site.
#[utoipa::path(
    tag = "catalogue",
    params(("code" = Code, Path, description = "Its public name")),
    responses((status = 200, description = "The site", body = Site)),
    extensions(("x-operation" = json!("read_catalogue"))),
)]
#[get("/v1/sites/{code}")]
pub async fn show_site(look: Look<ReadCatalogue>, Id(id): Id<Code>) -> Answer {
    look.one(move |reader, _| sites::find(reader, &id)).await
}

/// Shows the terms in force.
#[utoipa::path(
    tag = "catalogue",
    responses(
        (status = 200, description = "The terms", body = TermsView),
        (status = 404, description = "None were set yet"),
    ),
    extensions(("x-operation" = json!("read_catalogue"))),
)]
#[get("/v1/terms")]
pub async fn show_terms(look: Look<ReadCatalogue>) -> Answer {
    look.one(|reader, _| terms::in_force(reader)).await
}

/// Lists all terms that there were, the newest first.
#[utoipa::path(
    tag = "catalogue",
    params(TermsQuery),
    responses((status = 200, description = "A page of terms", body = Page<TermsView>)),
    extensions(("x-operation" = json!("read_catalogue"))),
)]
#[get("/v1/terms/history")]
pub async fn list_terms(look: Look<ReadCatalogue>, Query(query): Query<TermsQuery>) -> Answer {
    look.many(move |reader, _| terms::page(reader, &query)).await
}

/// Lists the reference prices in force.
#[utoipa::path(
    tag = "catalogue",
    responses((status = 200, description = "One of each accelerator that has one", body = Page<ReferencePriceView>)),
    extensions(("x-operation" = json!("read_catalogue"))),
)]
#[get("/v1/reference-prices")]
pub async fn show_reference_prices(look: Look<ReadCatalogue>) -> Answer {
    look.many(|reader, _| prices::in_force(reader).map(Page::all)).await
}
