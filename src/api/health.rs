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
    /// Witnesses of the audit log that do not sign just now. Trading goes on; whoever audits wants to know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    witnesses_failing: Vec<String>,
}

const OK: Health = Health {
    status: "ok",
    witnesses_failing: Vec::new(),
};

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
    let witnesses = service.log.witnesses().into_iter();
    let failing = witnesses.filter(|witness| witness.failing_since.is_some());
    Ok(HttpResponse::Ok().json(Health {
        witnesses_failing: failing.map(|witness| witness.key).collect(),
        ..OK
    }))
}

/// Figures for Prometheus.
#[utoipa::path(tag = "operations", responses((status = 200, description = "Figures", body = String, content_type = "text/plain")))]
#[get("/metrics")]
pub async fn metrics(service: Data<Service>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(service.metrics.render())
}
