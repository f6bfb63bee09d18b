//! Voucher programmes and grants.

use actix_web::{get, post};

use crate::api::look::Look;
use crate::api::parameters::{Id, Query};
use crate::api::read::many;
use crate::api::write::{Answer, Write};
use crate::app::answer::{Accepted, ProposedAnswer};
use crate::app::page::Page;
use crate::app::permission::ProposeVouchers;
use crate::app::permission::{ReadProgrammes, ReadVouchers};
use crate::app::programme::{self, GrantBody};
use crate::app::read::programmes::{self, ProgrammeQuery};
use crate::app::read::vouchers::{self, VoucherQuery};
use crate::app::view::programme::ProgrammeView;
use crate::app::view::voucher::VoucherView;
use crate::domain::id::{ProgrammeId, VoucherId};
use crate::domain::programme::ProgrammeRules;

/// Asks for a voucher programme by its rules; when a second person agrees, it opens and its pot is appropriated.
#[utoipa::path(
    tag = "programmes",
    request_body = ProgrammeRules,
    responses((status = 202, description = "It waits for a second person", body = Accepted<ProposedAnswer>)),
    extensions(("x-operation" = json!("propose_vouchers")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/programmes")]
pub async fn propose(mut write: Write<ProposeVouchers>) -> Answer {
    let command = programme::open(write.body())?;
    write.propose(command).await
}

/// Asks for a voucher to be granted.
#[utoipa::path(
    tag = "programmes",
    request_body = GrantBody,
    responses((status = 202, description = "It waits for a second person", body = Accepted<ProposedAnswer>)),
    extensions(("x-operation" = json!("propose_vouchers")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/grants")]
pub async fn propose_grant(mut write: Write<ProposeVouchers>) -> Answer {
    let command = programme::grant(write.body())?;
    write.propose(command).await
}

/// Lists programmes, the newest first.
#[utoipa::path(
    tag = "programmes",
    params(ProgrammeQuery),
    responses((status = 200, description = "A page of programmes", body = Page<ProgrammeView>)),
    extensions(("x-operation" = json!("read_programmes"))),
)]
#[get("/v1/programmes")]
pub async fn list(look: Look<ReadProgrammes>, Query(query): Query<ProgrammeQuery>) -> Answer {
    look.many(move |reader, _| programmes::page(reader, &query)).await
}

/// Shows a programme, its rules and what became of its pot.
#[utoipa::path(
    tag = "programmes",
    params(("id" = ProgrammeId, Path, description = "The programme")),
    responses((status = 200, description = "The programme", body = ProgrammeView)),
    extensions(("x-operation" = json!("read_programmes"))),
)]
#[get("/v1/programmes/{id}")]
pub async fn show(look: Look<ReadProgrammes>, Id(id): Id<ProgrammeId>) -> Answer {
    look.one(move |reader, _| programmes::find(reader, id)).await
}

/// Lists vouchers, the newest first; a tenant its own.
#[utoipa::path(
    tag = "vouchers",
    params(VoucherQuery),
    responses((status = 200, description = "A page of vouchers", body = Page<VoucherView>)),
    extensions(("x-operation" = json!("read_vouchers"))),
)]
#[get("/v1/vouchers")]
pub async fn list_vouchers(look: Look<ReadVouchers>, Query(query): Query<VoucherQuery>) -> Answer {
    let question = move |reader: &mut _, reach| vouchers::page(reader, reach, &query);
    many(&look.ask_much(question).await?)
}

/// Shows a voucher and what became of it.
#[utoipa::path(
    tag = "vouchers",
    params(("id" = VoucherId, Path, description = "The voucher")),
    responses((status = 200, description = "The voucher", body = VoucherView)),
    extensions(("x-operation" = json!("read_vouchers"))),
)]
#[get("/v1/vouchers/{id}")]
pub async fn show_voucher(look: Look<ReadVouchers>, Id(id): Id<VoucherId>) -> Answer {
    look.one(move |reader, reach| vouchers::find(reader, reach, id)).await
}
