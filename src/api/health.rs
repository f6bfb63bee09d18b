//! Whether the service lives, whether it can work, and its figures.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::Refusal;
use super::service::{Service, blocking};
use crate::app::read::readiness;
use crate::app::replica::Unwell;

/// What a healthy service says.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// Always `ok`.
    status: &'static str,
}

const OK: Health = Health { status: "ok" };

/// The process lives and answers.
#[utoipa::path(tag = "operations", responses((status = 200, description = "It lives", body = Health)))]
#[get("/healthz")]
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().json(OK)
}

/// The database can be reached, this process is its writer, and the market can be looked at.
#[utoipa::path(tag = "operations", responses((status = 200, description = "It can work", body = Health)))]
#[get("/readyz")]
pub async fn ready(service: Data<Service>) -> Result<HttpResponse, Refusal> {
    let asked = service.clone();
    let is_writer = blocking(move || asked.readers.read(|reader| readiness::is_writer(reader, &asked.holder))).await?;
    if !is_writer {
        return Err(Refusal::Unavailable {
            reason: "another process writes to the database",
            retry_after_seconds: 5,
        });
    }
    if !service.replica.is_well() {
        return Err(Unwell.into());
    }
    Ok(HttpResponse::Ok().json(OK))
}

/// Figures for Prometheus.
#[utoipa::path(tag = "operations", responses((status = 200, description = "Figures", body = String, content_type = "text/plain")))]
#[get("/metrics")]
pub async fn metrics(service: Data<Service>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(service.metrics.render())
}
