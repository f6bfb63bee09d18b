//! Flags: what looks wrong; and the meters that speak for or against what providers report.

use actix_web::{get, post};

use crate::api::look::Look;
use crate::api::parameters::{Id, Query};
use crate::api::service::blocking;
use crate::api::write::{Answer, Success, Write};
use crate::app::answer::office::RaisedAnswer;
use crate::app::answer::{Accepted, DoneAnswer};
use crate::app::integrity::{self, PowerBody, ResolveBody, scan};
use crate::app::page::Page;
use crate::app::permission::{ReadFlags, ReportPower, ResolveFlags, ScanFlags};
use crate::app::read::flags::{self, FlagQuery};
use crate::app::readers::ReadError;
use crate::domain::flag::Flag;
use crate::domain::id::FlagId;

/// Looks for what is wrong now, in all that the exchange has on record, and raises a flag for each thing that is not known yet.
#[utoipa::path(
    tag = "flags",
    responses((status = 200, description = "The flags that were raised", body = Accepted<RaisedAnswer>)),
    extensions(("x-operation" = json!("scan_flags")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/flags/scan")]
pub async fn scan_now(mut write: Write<ScanFlags>) -> Answer {
    write.without_body()?;
    let service = write.service().clone();
    let turn = service.turns.tables.take()?;
    let command = blocking(move || {
        let _turn = turn;
        let raise = |reader: &mut _| scan::raise(reader).map_err(ReadError::from);
        service.readers.read(|pooled| pooled.reader.at_one_instant(raise))
    });
    let command = command.await?;
    write.give(command, Success::Done).await
}

/// Says what was found out about a flag, once and for all. Nobody does so for their own organisation.
#[utoipa::path(
    tag = "flags",
    params(("id" = FlagId, Path, description = "The flag")),
    request_body = ResolveBody,
    responses((status = 200, description = "The flag", body = Accepted<Flag>)),
    extensions(("x-operation" = json!("resolve_flags")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/flags/{id}/resolve")]
pub async fn resolve(mut write: Write<ResolveFlags>, Id(flag): Id<FlagId>) -> Answer {
    write.in_person()?;
    let command = integrity::resolve(write.caller().user, flag, write.body())?;
    write.give(command, Success::Done).await
}

/// Reports what one's own meter at a site has counted.
#[utoipa::path(
    tag = "flags",
    request_body = PowerBody,
    responses((status = 200, description = "It is noted", body = Accepted<DoneAnswer>)),
    extensions(("x-operation" = json!("report_power")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/power-readings")]
pub async fn report_power(mut write: Write<ReportPower>) -> Answer {
    let command = integrity::power(write.org(), write.body())?;
    write.give(command, Success::Done).await
}

/// Lists flags, the newest first; an issuer those under its own programmes.
#[utoipa::path(
    tag = "flags",
    params(FlagQuery),
    responses((status = 200, description = "A page of flags", body = Page<Flag>)),
    extensions(("x-operation" = json!("read_flags"))),
)]
#[get("/v1/flags")]
pub async fn list(look: Look<ReadFlags>, Query(query): Query<FlagQuery>) -> Answer {
    look.many(move |reader, reach| flags::page(reader, reach, &query)).await
}

/// Shows a flag.
#[utoipa::path(
    tag = "flags",
    params(("id" = FlagId, Path, description = "The flag")),
    responses((status = 200, description = "The flag", body = Flag)),
    extensions(("x-operation" = json!("read_flags"))),
)]
#[get("/v1/flags/{id}")]
pub async fn show(look: Look<ReadFlags>, Id(id): Id<FlagId>) -> Answer {
    look.one(move |reader, reach| flags::find(reader, reach, id)).await
}
