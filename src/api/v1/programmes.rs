//! Voucher programmes and grants.

use actix_web::{get, post};

use crate::api::look::Look;
use crate::api::parameters::{Id, Query};
use crate::api::read::many;
use crate::api::write::{Answer, Success, Write};
use crate::app::answer::{Accepted, ProposedAnswer};
use crate::app::office::programme::{self as life, InvitationBody, WhyBody};
use crate::app::office::voucher::{self, ExtendBody, LiftBody};
use crate::app::page::Page;
use crate::app::permission::{ProposeVouchers, RunProgrammes};
use crate::app::permission::{ReadProgrammes, ReadVouchers};
use crate::app::programme::{self, GrantBody};
use crate::app::read::programmes::{self, ProgrammeQuery};
use crate::app::read::vouchers::{self, VoucherQuery};
use crate::app::view::programme::ProgrammeView;
use crate::app::view::voucher::VoucherView;
use crate::domain::id::{ProgrammeId, VoucherId};
use crate::domain::programme::{Programme, ProgrammeRules};
use crate::engine::Command;
use crate::engine::office::programme::ProgrammeCommand;

/// Writes a voucher programme by its rule file; another person of the same authority approves it.
#[utoipa::path(
    tag = "programmes",
    request_body = ProgrammeRules,
    responses((status = 201, description = "The draft", body = Accepted<Programme>)),
    extensions(("x-operation" = json!("run_programmes")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/programmes")]
pub async fn draft(mut write: Write<RunProgrammes>) -> Answer {
    let command = life::draft((write.caller().user, write.org()), write.body())?;
    write.give(command, Success::Created("/v1/programmes")).await
}

/// Approves a draft; whoever wrote it cannot.
#[utoipa::path(
    tag = "programmes",
    params(("id" = ProgrammeId, Path, description = "The programme")),
    responses((status = 200, description = "The programme", body = Accepted<Programme>)),
    extensions(("x-operation" = json!("run_programmes")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/programmes/{id}/approve")]
pub async fn approve(mut write: Write<RunProgrammes>, Id(id): Id<ProgrammeId>) -> Answer {
    write.in_person()?;
    write.without_body()?;
    let checker = write.caller().user;
    let command = ProgrammeCommand::Approve { checker, programme: id };
    write.give(Command::Programme(command), Success::Done).await
}

/// Refuses a draft, with a reason; whoever wrote it cannot.
#[utoipa::path(
    tag = "programmes",
    params(("id" = ProgrammeId, Path, description = "The programme")),
    request_body = WhyBody,
    responses((status = 200, description = "The programme", body = Accepted<Programme>)),
    extensions(("x-operation" = json!("run_programmes")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/programmes/{id}/reject")]
pub async fn reject(mut write: Write<RunProgrammes>, Id(id): Id<ProgrammeId>) -> Answer {
    write.in_person()?;
    let command = life::reject((write.caller().user, id), write.body())?;
    write.give(command, Success::Done).await
}

/// Opens an approved programme: its pot is appropriated, and it takes applications and grants.
#[utoipa::path(
    tag = "programmes",
    params(("id" = ProgrammeId, Path, description = "The programme")),
    responses((status = 200, description = "The programme", body = Accepted<Programme>)),
    extensions(("x-operation" = json!("run_programmes")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/programmes/{id}/open")]
pub async fn open(mut write: Write<RunProgrammes>, Id(id): Id<ProgrammeId>) -> Answer {
    write.in_person()?;
    write.without_body()?;
    let user = write.caller().user;
    let command = ProgrammeCommand::Open { user, programme: id };
    write.give(Command::Programme(command), Success::Done).await
}

/// Records how many organisations were invited to apply: what the share of those who have applied is counted by.
#[utoipa::path(
    tag = "programmes",
    params(("id" = ProgrammeId, Path, description = "The programme")),
    request_body = InvitationBody,
    responses((status = 200, description = "The programme", body = Accepted<Programme>)),
    extensions(("x-operation" = json!("run_programmes")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/programmes/{id}/invitations")]
pub async fn invite(mut write: Write<RunProgrammes>, Id(id): Id<ProgrammeId>) -> Answer {
    write.in_person()?;
    let command = life::invite((write.caller().user, id), write.body())?;
    write.give(command, Success::Done).await
}

/// Asks for a programme to be closed: open applications end, and what vouchers have available goes back to the pot.
#[utoipa::path(
    tag = "programmes",
    params(("id" = ProgrammeId, Path, description = "The programme")),
    responses((status = 202, description = "It waits for a second person", body = Accepted<ProposedAnswer>)),
    extensions(("x-operation" = json!("run_programmes")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/programmes/{id}/close")]
pub async fn close(mut write: Write<RunProgrammes>, Id(id): Id<ProgrammeId>) -> Answer {
    write.in_person()?;
    write.without_body()?;
    let user = write.caller().user;
    let command = ProgrammeCommand::Close { user, programme: id };
    write.propose(Command::Programme(command)).await
}

/// Asks for a closed programme to be reconciled, once nothing of it is open; what is left in the pot lapses.
#[utoipa::path(
    tag = "programmes",
    params(("id" = ProgrammeId, Path, description = "The programme")),
    responses((status = 202, description = "It waits for a second person", body = Accepted<ProposedAnswer>)),
    extensions(("x-operation" = json!("run_programmes")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/programmes/{id}/reconcile")]
pub async fn reconcile(mut write: Write<RunProgrammes>, Id(id): Id<ProgrammeId>) -> Answer {
    write.in_person()?;
    write.without_body()?;
    let user = write.caller().user;
    let command = ProgrammeCommand::Reconcile { user, programme: id };
    write.propose(Command::Programme(command)).await
}

/// Asks for a new version of the rules; when a second person agrees, it is in force.
#[utoipa::path(
    tag = "programmes",
    params(("id" = ProgrammeId, Path, description = "The programme")),
    request_body = ProgrammeRules,
    responses((status = 202, description = "It waits for a second person", body = Accepted<ProposedAnswer>)),
    extensions(("x-operation" = json!("propose_vouchers")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/programmes/{id}/revise")]
pub async fn revise(mut write: Write<ProposeVouchers>, Id(id): Id<ProgrammeId>) -> Answer {
    let command = life::revise(id, write.body())?;
    write.propose(command).await
}

/// Asks for the cap of an owner group to be lifted, where the rules let caps be lifted.
#[utoipa::path(
    tag = "programmes",
    params(("id" = ProgrammeId, Path, description = "The programme")),
    request_body = LiftBody,
    responses((status = 202, description = "It waits for a second person", body = Accepted<ProposedAnswer>)),
    extensions(("x-operation" = json!("propose_vouchers")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/programmes/{id}/cap-lifts")]
pub async fn lift_cap(mut write: Write<ProposeVouchers>, Id(id): Id<ProgrammeId>) -> Answer {
    let command = voucher::lift_cap(id, write.body())?;
    write.propose(command).await
}

/// Asks for a voucher to be revoked: what is available goes back to the pot.
#[utoipa::path(
    tag = "vouchers",
    params(("id" = VoucherId, Path, description = "The voucher")),
    request_body = WhyBody,
    responses((status = 202, description = "It waits for a second person", body = Accepted<ProposedAnswer>)),
    extensions(("x-operation" = json!("propose_vouchers")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/vouchers/{id}/revoke")]
pub async fn revoke(mut write: Write<ProposeVouchers>, Id(id): Id<VoucherId>) -> Answer {
    let command = voucher::revoke(id, write.body())?;
    write.propose(command).await
}

/// Asks for a voucher to pay for longer.
#[utoipa::path(
    tag = "vouchers",
    params(("id" = VoucherId, Path, description = "The voucher")),
    request_body = ExtendBody,
    responses((status = 202, description = "It waits for a second person", body = Accepted<ProposedAnswer>)),
    extensions(("x-operation" = json!("propose_vouchers")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/vouchers/{id}/extend")]
pub async fn extend(mut write: Write<ProposeVouchers>, Id(id): Id<VoucherId>) -> Answer {
    let command = voucher::extend(id, write.body())?;
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

/// Lists vouchers, the newest first; a tenant its own, an issuer those under its programmes.
#[utoipa::path(
    tag = "vouchers",
    params(VoucherQuery),
    responses((status = 200, description = "A page of vouchers", body = Page<VoucherView>)),
    extensions(("x-operation" = json!("read_vouchers"))),
)]
#[get("/v1/vouchers")]
pub async fn list_vouchers(look: Look<ReadVouchers>, Query(query): Query<VoucherQuery>) -> Answer {
    let caller = look.caller().clone();
    let question = move |reader: &mut _, reach| vouchers::page(reader, (reach, &caller), &query);
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
    let caller = look.caller().clone();
    look.one(move |reader, reach| vouchers::find(reader, (reach, &caller), id))
        .await
}
