//! What is done to leases.

use actix_web::{post, put};

use crate::api::parameters::{Id, Ids};
use crate::api::problem::Refusal;
use crate::api::write::{Answer, Beside, Success, Write};
use crate::app::answer::Accepted;
use crate::app::answer::lease::LifeAnswer;
use crate::app::lease::{
    self, AccessKeyBody, AnswerBody, DegradeBody, MaintenanceBody, ProvisionBody, ReasonBody, ReclaimBody, SuspendBody,
    TerminateBody,
};
use crate::app::permission::{
    AcceptLeases, ChangeLeases, EndLeases, ProvisionLeases, ReportTrouble, SetAccessKeys, SuspendLeases,
};
use crate::app::read::leases;
use crate::domain::id::{LeaseId, OrgId};
use crate::domain::life::access::AccessKey;
use crate::domain::life::change::{Change, ChangeNumber};
use crate::engine::Rejection;
use crate::engine::lease::Answer as Said;

/// Hands a lease over, with the way in encrypted to the tenant's key; of one that is handed over the way in is replaced.
#[utoipa::path(
    tag = "leases",
    params(("id" = LeaseId, Path, description = "The lease")),
    request_body = ProvisionBody,
    responses((status = 200, description = "The lease as it is now", body = Accepted<LifeAnswer>)),
    extensions(("x-operation" = json!("provision_leases")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/leases/{id}/provision")]
pub async fn provision(mut write: Write<ProvisionLeases>, Id(lease): Id<LeaseId>) -> Answer {
    let handed_over = lease::provision(write.body())?;
    let (org, reach) = (write.org(), write.reach());
    let found = write.ask(move |reader| leases::access_of(reader, reach, lease)).await?;
    let (tenant, before) = found.ok_or(Rejection::LeaseNotFound(lease))?;
    let erases = before.filter(|_| handed_over.has_access()).map(|hash| (hash, tenant));
    let (command, sealed) = handed_over.seal((org, lease), tenant)?;
    let beside = Beside {
        seals: sealed.into_iter().collect(),
        erases: erases.into_iter().collect(),
    };
    write.give_beside(command, beside, Success::Done).await
}

/// Accepts what was handed over.
#[utoipa::path(
    tag = "leases",
    params(("id" = LeaseId, Path, description = "The lease")),
    responses((status = 200, description = "The lease as it is now", body = Accepted<LifeAnswer>)),
    extensions(("x-operation" = json!("accept_leases")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/leases/{id}/accept")]
pub async fn accept(mut write: Write<AcceptLeases>, Id(lease): Id<LeaseId>) -> Answer {
    write.without_body()?;
    let org = write.org();
    write.give(lease::accept(org, lease), Success::Done).await
}

/// Refuses what was handed over: it is not what was agreed.
#[utoipa::path(
    tag = "leases",
    params(("id" = LeaseId, Path, description = "The lease")),
    request_body = ReasonBody,
    responses((status = 200, description = "The lease as it is now", body = Accepted<LifeAnswer>)),
    extensions(("x-operation" = json!("accept_leases")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/leases/{id}/refuse")]
pub async fn refuse(mut write: Write<AcceptLeases>, Id(lease): Id<LeaseId>) -> Answer {
    let command = lease::refuse(write.org(), lease, write.body())?;
    write.give(command, Success::Done).await
}

/// Says that less of a lease works than was promised; its tenant or its provider may.
#[utoipa::path(
    tag = "leases",
    params(("id" = LeaseId, Path, description = "The lease")),
    request_body = DegradeBody,
    responses((status = 200, description = "The lease as it is now", body = Accepted<LifeAnswer>)),
    extensions(("x-operation" = json!("report_trouble")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/leases/{id}/degrade")]
pub async fn degrade(mut write: Write<ReportTrouble>, Id(lease): Id<LeaseId>) -> Answer {
    let command = lease::degrade(write.org(), lease, write.body())?;
    write.give(command, Success::Done).await
}

/// Says that it works again; its tenant or its provider may.
#[utoipa::path(
    tag = "leases",
    params(("id" = LeaseId, Path, description = "The lease")),
    responses((status = 200, description = "The lease as it is now", body = Accepted<LifeAnswer>)),
    extensions(("x-operation" = json!("report_trouble")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/leases/{id}/restore")]
pub async fn restore(mut write: Write<ReportTrouble>, Id(lease): Id<LeaseId>) -> Answer {
    write.without_body()?;
    let org = write.org();
    write.give(lease::restore(org, lease), Success::Done).await
}

/// Suspends a lease.
#[utoipa::path(
    tag = "leases",
    params(("id" = LeaseId, Path, description = "The lease")),
    request_body = SuspendBody,
    responses((status = 200, description = "The lease as it is now", body = Accepted<LifeAnswer>)),
    extensions(("x-operation" = json!("suspend_leases")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/leases/{id}/suspend")]
pub async fn suspend(mut write: Write<SuspendLeases>, Id(lease): Id<LeaseId>) -> Answer {
    let command = lease::suspend(lease, write.body())?;
    write.give(command, Success::Done).await
}

/// Lets a suspended lease go on.
#[utoipa::path(
    tag = "leases",
    params(("id" = LeaseId, Path, description = "The lease")),
    responses((status = 200, description = "The lease as it is now", body = Accepted<LifeAnswer>)),
    extensions(("x-operation" = json!("suspend_leases")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/leases/{id}/resume")]
pub async fn resume(mut write: Write<SuspendLeases>, Id(lease): Id<LeaseId>) -> Answer {
    write.without_body()?;
    write.give(lease::resume(lease), Success::Done).await
}

/// Ends a lease before its time: with the running hour, or at a later one; its tenant, its provider or the operator may.
#[utoipa::path(
    tag = "leases",
    params(("id" = LeaseId, Path, description = "The lease")),
    request_body = TerminateBody,
    responses((status = 200, description = "The lease as it is now", body = Accepted<LifeAnswer>)),
    extensions(("x-operation" = json!("end_leases")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/leases/{id}/terminate")]
pub async fn terminate(mut write: Write<EndLeases>, Id(lease): Id<LeaseId>) -> Answer {
    let org = write.reach().limit();
    let command = lease::terminate(org, lease, write.body())?;
    write.give(command, Success::Done).await
}

/// Announces maintenance of a lease, with the notice that the terms ask for.
#[utoipa::path(
    tag = "leases",
    params(("id" = LeaseId, Path, description = "The lease")),
    request_body = MaintenanceBody,
    responses((status = 200, description = "The lease as it is now", body = Accepted<LifeAnswer>)),
    extensions(("x-operation" = json!("provision_leases")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/leases/{id}/maintenance")]
pub async fn maintenance(mut write: Write<ProvisionLeases>, Id(lease): Id<LeaseId>) -> Answer {
    let command = lease::announce(write.org(), lease, write.body())?;
    write.give(command, Success::Done).await
}

/// Asks for the cards of a lease back, with the notice that the terms ask for; its tenant accepts or refuses it like any change.
#[utoipa::path(
    tag = "leases",
    params(("id" = LeaseId, Path, description = "The lease")),
    request_body = ReclaimBody,
    responses((status = 200, description = "The lease as it is now", body = Accepted<LifeAnswer>)),
    extensions(("x-operation" = json!("provision_leases")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/leases/{id}/reclaim")]
pub async fn reclaim(mut write: Write<ProvisionLeases>, Id(lease): Id<LeaseId>) -> Answer {
    let command = lease::reclaim(write.org(), lease, write.body())?;
    write.give(command, Success::Done).await
}

/// Asks for a change of a lease; its tenant or its provider may.
#[utoipa::path(
    tag = "leases",
    params(("id" = LeaseId, Path, description = "The lease")),
    request_body = Change,
    responses((status = 200, description = "The lease as it is now", body = Accepted<LifeAnswer>)),
    extensions(("x-operation" = json!("change_leases")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/leases/{id}/changes")]
pub async fn ask(mut write: Write<ChangeLeases>, Id(lease): Id<LeaseId>) -> Answer {
    let command = lease::ask(write.org(), lease, write.body())?;
    write.give(command, Success::Done).await
}

/// Accepts a change; once everybody who is asked has, it is done at once.
#[utoipa::path(
    tag = "leases",
    params(
        ("id" = LeaseId, Path, description = "The lease"),
        ("number" = ChangeNumber, Path, description = "The change"),
    ),
    request_body = AnswerBody,
    responses((status = 200, description = "The lease as it is now", body = Accepted<LifeAnswer>)),
    extensions(("x-operation" = json!("change_leases")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/leases/{id}/changes/{number}/accept")]
pub async fn accept_change(
    mut write: Write<ChangeLeases>,
    Ids(lease, ChangeNumber(number)): Ids<LeaseId, ChangeNumber>,
) -> Answer {
    let place = (write.org(), lease, number);
    let command = lease::answer(place, Said::Accept, write.body())?;
    write.give(command, Success::Done).await
}

/// Refuses a change.
#[utoipa::path(
    tag = "leases",
    params(
        ("id" = LeaseId, Path, description = "The lease"),
        ("number" = ChangeNumber, Path, description = "The change"),
    ),
    request_body = AnswerBody,
    responses((status = 200, description = "The lease as it is now", body = Accepted<LifeAnswer>)),
    extensions(("x-operation" = json!("change_leases")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/leases/{id}/changes/{number}/refuse")]
pub async fn refuse_change(
    mut write: Write<ChangeLeases>,
    Ids(lease, ChangeNumber(number)): Ids<LeaseId, ChangeNumber>,
) -> Answer {
    let place = (write.org(), lease, number);
    let command = lease::answer(place, Said::Refuse, write.body())?;
    write.give(command, Success::Done).await
}

/// Takes back a change that one has asked for.
#[utoipa::path(
    tag = "leases",
    params(
        ("id" = LeaseId, Path, description = "The lease"),
        ("number" = ChangeNumber, Path, description = "The change"),
    ),
    request_body = AnswerBody,
    responses((status = 200, description = "The lease as it is now", body = Accepted<LifeAnswer>)),
    extensions(("x-operation" = json!("change_leases")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/leases/{id}/changes/{number}/withdraw")]
pub async fn withdraw_change(
    mut write: Write<ChangeLeases>,
    Ids(lease, ChangeNumber(number)): Ids<LeaseId, ChangeNumber>,
) -> Answer {
    let place = (write.org(), lease, number);
    let command = lease::answer(place, Said::Withdraw, write.body())?;
    write.give(command, Success::Done).await
}

/// Says to whom access material of one's own organisation is to be encrypted from now on.
#[utoipa::path(
    tag = "organisations",
    params(("id" = OrgId, Path, description = "The organisation")),
    request_body = AccessKeyBody,
    responses((status = 200, description = "The key", body = Accepted<AccessKey>)),
    extensions(("x-operation" = json!("set_access_keys")), ("x-idempotent" = json!(true))),
)]
#[put("/v1/organisations/{id}/access-key")]
pub async fn set_access_key(mut write: Write<SetAccessKeys>, Id(org): Id<OrgId>) -> Answer {
    if !write.reach().covers(org) {
        return Err(Refusal::NotFound);
    }
    let command = lease::access_key(org, write.body())?;
    write.give(command, Success::Done).await
}
