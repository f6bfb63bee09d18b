//! Applications: their reviews, public notice and grants; calendars of working days.

use actix_web::web::Data;
use actix_web::{get, post};

use crate::api::look::Look;
use crate::api::parameters::{Id, Query};
use crate::api::problem::Refusal;
use crate::api::read::many;
use crate::api::service::{Service, blocking};
use crate::api::write::{Answer, Beside, Success, Write};
use crate::app::answer::{Accepted, DoneAnswer, ProposedAnswer};
use crate::app::documents::require;
use crate::app::office::application::{self, AmountBody, ApplicationBody, Asked, ResolveBody, ReviewBody};
use crate::app::office::programme::WhyBody;
use crate::app::page::Page;
use crate::app::permission::{
    Apply, EraseContacts, ObjectToApplications, ProposeVouchers, ReadApplications, ReadCatalogue, ReviewApplications,
    SetCalendars,
};
use crate::app::read::applications::{self, ApplicationQuery, NoticeQuery};
use crate::app::read::evidence;
use crate::app::view::application::{ApplicationView, NoticeView};
use crate::domain::calendar::Calendar;
use crate::domain::id::{ApplicationId, ProgrammeId};
use crate::domain::plan::Plan;
use crate::engine::office::application::ApplicationCommand;
use crate::engine::rejection::{FieldRule, invalid};
use crate::engine::{Command, Rejection};

/// Applies for a voucher.
#[utoipa::path(
    tag = "applications",
    params(("id" = ProgrammeId, Path, description = "The programme")),
    request_body = ApplicationBody,
    responses((status = 201, description = "The application", body = Accepted<ApplicationView>)),
    extensions(("x-operation" = json!("apply")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/programmes/{id}/applications")]
pub async fn submit(mut write: Write<Apply>, Id(id): Id<ProgrammeId>) -> Answer {
    let mut asked = application::read(write.body())?;
    let beside = beside(&mut write, &mut asked, format!("apply {id}")).await?;
    let command = asked.submit(write.org(), id);
    write
        .give_beside(command, beside, Success::Created("/v1/applications"))
        .await
}

/// Looks whether the documents are there, and seals whom to call. `place` is what the path says.
async fn beside(write: &mut Write<Apply>, asked: &mut Asked, place: String) -> Result<Beside, Refusal> {
    let (documents, org, named) = (write.service().documents.clone(), write.org(), asked.documents());
    blocking(move || require(&documents, org, &named)).await?;
    let mut beside = Beside::default();
    if let Some((sealed, said)) = asked.seal(org)? {
        write.remember_only(&place, &said);
        beside.seals.push(sealed);
    }
    Ok(beside)
}

/// Mends an application that was sent back: all that is asked for from now on.
#[utoipa::path(
    tag = "applications",
    params(("id" = ApplicationId, Path, description = "The application")),
    request_body = ApplicationBody,
    responses((status = 200, description = "The application", body = Accepted<ApplicationView>)),
    extensions(("x-operation" = json!("apply")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/applications/{id}/amend")]
pub async fn amend(mut write: Write<Apply>, Id(id): Id<ApplicationId>) -> Answer {
    let mut asked = application::read(write.body())?;
    let mut beside = beside(&mut write, &mut asked, format!("amend {id}")).await?;
    let reach = write.reach();
    let before = write.ask(move |reader| evidence::sealed_of(reader, reach, id)).await?;
    // Whom to call is said anew, or not at all from now on.
    if let Some((org, Some(contact))) = before {
        beside.erases.push((contact, org));
    }
    let command = asked.amend(write.org(), id);
    write.give_beside(command, beside, Success::Done).await
}

/// Erases whom to call about an application, for good; the journal keeps a hash that nobody can try names on.
#[utoipa::path(
    tag = "applications",
    params(("id" = ApplicationId, Path, description = "The application")),
    responses((status = 200, description = "It is erased", body = Accepted<DoneAnswer>)),
    extensions(("x-operation" = json!("erase_contacts")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/applications/{id}/erase-contact")]
pub async fn erase_contact(mut write: Write<EraseContacts>, Id(id): Id<ApplicationId>) -> Answer {
    write.without_body()?;
    let reach = write.reach();
    let found = write.ask(move |reader| evidence::sealed_of(reader, reach, id)).await?;
    let (org, contact) = found.ok_or(Rejection::ApplicationNotFound(id))?;
    let contact = contact.ok_or_else(|| invalid("/contact", FieldRule::Empty, "is not there"))?;
    tracing::info!(who = %write.caller().actor(), application = %id, "a contact is erased");
    let beside = Beside {
        erases: vec![(contact, org)],
        ..Beside::default()
    };
    let command = application::erase_contact((org, id), contact);
    write.give_beside(command, beside, Success::Done).await
}

/// Takes an application back.
#[utoipa::path(
    tag = "applications",
    params(("id" = ApplicationId, Path, description = "The application")),
    responses((status = 200, description = "The application", body = Accepted<ApplicationView>)),
    extensions(("x-operation" = json!("apply")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/applications/{id}/withdraw")]
pub async fn withdraw(mut write: Write<Apply>, Id(id): Id<ApplicationId>) -> Answer {
    write.without_body()?;
    let command = ApplicationCommand::Withdraw {
        org: write.org(),
        application: id,
    };
    write.give(Command::Application(command), Success::Done).await
}

/// Says what a reviewer of the stage's authority has found; a person counts once in all stages.
#[utoipa::path(
    tag = "applications",
    params(("id" = ApplicationId, Path, description = "The application")),
    request_body = ReviewBody,
    responses((status = 200, description = "The application", body = Accepted<ApplicationView>)),
    extensions(("x-operation" = json!("review_applications")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/applications/{id}/review")]
pub async fn review(mut write: Write<ReviewApplications>, Id(id): Id<ApplicationId>) -> Answer {
    write.in_person()?;
    let command = application::review((write.caller().user, id), write.body())?;
    write.give(command, Success::Done).await
}

/// Begins the public notice, for so many working days as the programme says.
#[utoipa::path(
    tag = "applications",
    params(("id" = ApplicationId, Path, description = "The application")),
    responses((status = 200, description = "The application", body = Accepted<ApplicationView>)),
    extensions(("x-operation" = json!("review_applications")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/applications/{id}/publish")]
pub async fn publish(mut write: Write<ReviewApplications>, Id(id): Id<ApplicationId>) -> Answer {
    write.without_body()?;
    let command = ApplicationCommand::Publish {
        user: write.caller().user,
        application: id,
    };
    write.give(Command::Application(command), Success::Done).await
}

/// Objects while the public notice runs.
#[utoipa::path(
    tag = "applications",
    params(("id" = ApplicationId, Path, description = "The application")),
    request_body = WhyBody,
    responses((status = 200, description = "It was noted", body = Accepted<DoneAnswer>)),
    extensions(("x-operation" = json!("object_to_applications")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/applications/{id}/object")]
pub async fn object(mut write: Write<ObjectToApplications>, Id(id): Id<ApplicationId>) -> Answer {
    let command = application::object((write.caller().user, id), write.body())?;
    write.give(command, Success::Done).await
}

/// Resolves the oldest open objection; one that is right ends the application.
#[utoipa::path(
    tag = "applications",
    params(("id" = ApplicationId, Path, description = "The application")),
    request_body = ResolveBody,
    responses((status = 200, description = "The application", body = Accepted<ApplicationView>)),
    extensions(("x-operation" = json!("review_applications")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/applications/{id}/resolve")]
pub async fn resolve(mut write: Write<ReviewApplications>, Id(id): Id<ApplicationId>) -> Answer {
    write.in_person()?;
    let command = application::resolve((write.caller().user, id), write.body())?;
    write.give(command, Success::Done).await
}

/// Refuses an application, with a reason.
#[utoipa::path(
    tag = "applications",
    params(("id" = ApplicationId, Path, description = "The application")),
    request_body = WhyBody,
    responses((status = 200, description = "The application", body = Accepted<ApplicationView>)),
    extensions(("x-operation" = json!("review_applications")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/applications/{id}/reject")]
pub async fn reject(mut write: Write<ReviewApplications>, Id(id): Id<ApplicationId>) -> Answer {
    write.in_person()?;
    let command = application::reject((write.caller().user, id), write.body())?;
    write.give(command, Success::Done).await
}

/// Asks for an application to be granted.
#[utoipa::path(
    tag = "applications",
    params(("id" = ApplicationId, Path, description = "The application")),
    request_body = AmountBody,
    responses((status = 202, description = "It waits for a second person", body = Accepted<ProposedAnswer>)),
    extensions(("x-operation" = json!("propose_vouchers")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/applications/{id}/grant")]
pub async fn grant(mut write: Write<ProposeVouchers>, Id(id): Id<ApplicationId>) -> Answer {
    let command = application::grant(id, write.body())?;
    write.propose(command).await
}

/// Asks for the pot to be shared among all applications that can be granted.
#[utoipa::path(
    tag = "applications",
    params(("id" = ProgrammeId, Path, description = "The programme")),
    responses((status = 202, description = "It waits for a second person", body = Accepted<ProposedAnswer>)),
    extensions(("x-operation" = json!("propose_vouchers")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/programmes/{id}/allocate")]
pub async fn allocate(mut write: Write<ProposeVouchers>, Id(id): Id<ProgrammeId>) -> Answer {
    write.without_body()?;
    let command = ApplicationCommand::Allocate {
        programme: id,
        plan: Plan::ToBind,
    };
    write.propose(Command::Application(command)).await
}

/// Lists applications, the newest first; a tenant its own, an authority those that it decides on.
#[utoipa::path(
    tag = "applications",
    params(ApplicationQuery),
    responses((status = 200, description = "A page of applications", body = Page<ApplicationView>)),
    extensions(("x-operation" = json!("read_applications"))),
)]
#[get("/v1/applications")]
pub async fn list(look: Look<ReadApplications>, Query(query): Query<ApplicationQuery>) -> Answer {
    let caller = look.caller().clone();
    look.many(move |reader, _| applications::page(reader, &caller, &query))
        .await
}

/// Lists the applications under a programme, the newest first.
#[utoipa::path(
    tag = "applications",
    params(("id" = ProgrammeId, Path, description = "The programme"), ApplicationQuery),
    responses((status = 200, description = "A page of applications", body = Page<ApplicationView>)),
    extensions(("x-operation" = json!("read_applications"))),
)]
#[get("/v1/programmes/{id}/applications")]
pub async fn list_of_programme(
    look: Look<ReadApplications>,
    Id(id): Id<ProgrammeId>,
    Query(query): Query<ApplicationQuery>,
) -> Answer {
    let caller = look.caller().clone();
    look.many_of(move |reader, _| applications::page_of(reader, &caller, (id, query)))
        .await
}

/// Shows an application.
#[utoipa::path(
    tag = "applications",
    params(("id" = ApplicationId, Path, description = "The application")),
    responses((status = 200, description = "The application", body = ApplicationView)),
    extensions(("x-operation" = json!("read_applications"))),
)]
#[get("/v1/applications/{id}")]
pub async fn show(look: Look<ReadApplications>, Id(id): Id<ApplicationId>) -> Answer {
    let caller = look.caller().clone();
    look.one(move |reader, _| applications::find(reader, &caller, id)).await
}

/// Lists the applications under public notice (公示), the newest first. It is open to everybody.
#[utoipa::path(
    tag = "applications",
    params(NoticeQuery),
    responses((status = 200, description = "A page of notices", body = Page<NoticeView>)),
    extensions(("x-public" = json!(true))),
)]
#[get("/v1/public-notices")]
pub async fn notices(service: Data<Service>, Query(query): Query<NoticeQuery>) -> Answer {
    let turn = service.turns.tables.take()?;
    let found = blocking(move || {
        let _turn = turn;
        service.readers.read(|reader| applications::notices(reader, &query))
    });
    many(&found.await?)
}

/// Sets the working days of a year; it replaces those before.
#[utoipa::path(
    tag = "catalogue",
    request_body = Calendar,
    responses((status = 200, description = "It is in force", body = Accepted<DoneAnswer>)),
    extensions(("x-operation" = json!("set_calendars")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/calendars")]
pub async fn set_calendar(mut write: Write<SetCalendars>) -> Answer {
    let command = application::set_calendar(write.body())?;
    write.give(command, Success::Done).await
}

/// Lists the calendars of working days.
#[utoipa::path(
    tag = "catalogue",
    responses((status = 200, description = "All calendars", body = Vec<Calendar>)),
    extensions(("x-operation" = json!("read_catalogue"))),
)]
#[get("/v1/calendars")]
pub async fn calendars(look: Look<ReadCatalogue>) -> Answer {
    look.many(|reader, _| applications::calendars(reader)).await
}
