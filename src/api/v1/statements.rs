//! Statements of the bank, and what they show that nobody expected.

use actix_web::{get, post};

use crate::api::import::Import;
use crate::api::look::Look;
use crate::api::parameters::{Id, Query};
use crate::api::problem::Refusal;
use crate::api::service::blocking;
use crate::api::write::{Answer, Success, Write};
use crate::app::answer::banking::ImportedAnswer;
use crate::app::answer::{Accepted, ProposedAnswer};
use crate::app::banking::{self, FileKind, ResolveBody, may_alone};
use crate::app::clock::system_now;
use crate::app::page::Page;
use crate::app::permission::{ImportStatements, ReadBanking};
use crate::app::read::banking::{self as read, StatementQuery, SuspenseQuery};
use crate::app::report::document::Document;
use crate::domain::banking::statement::{MatchedEntry, Statement};
use crate::domain::banking::suspense::SuspenseItem;
use crate::domain::id::{StatementId, SuspenseId};

/// Imports a statement: all of it or nothing. Where it books more than the terms' `alone_max` to somebody's benefit at once, a second
/// person must agree.
#[utoipa::path(
    tag = "statements",
    request_body(content((Document = "application/xml"), (String = "text/csv"))),
    responses(
        (status = 201, description = "The statement, and what each entry was found to be", body = Accepted<ImportedAnswer>),
        (status = 202, description = "It waits for a second person", body = Accepted<ProposedAnswer>),
    ),
    extensions(("x-operation" = json!("import_statements")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/bank-statements")]
pub async fn import(import: Import<ImportStatements>) -> Answer {
    let Import {
        write,
        bytes,
        media_type,
    } = import;
    let expected = "application/xml (camt.053) or text/csv";
    let kind = FileKind::of_media_type(&media_type).ok_or(Refusal::UnsupportedMediaType { expected })?;
    let command = blocking(move || banking::import(kind, &bytes)).await?;
    let asked = command.clone();
    let alone = write.look(move |state| may_alone(state, &asked, system_now())).await?;
    let command = if alone { command } else { write.proposal(command) };
    write
        .give(command, Success::CreatedOrWaits("/v1/bank-statements"))
        .await
}

/// Lists statements, the newest first.
#[utoipa::path(
    tag = "statements",
    params(StatementQuery),
    responses((status = 200, description = "A page of statements", body = Page<Statement>)),
    extensions(("x-operation" = json!("read_banking"))),
)]
#[get("/v1/bank-statements")]
pub async fn list(look: Look<ReadBanking>, Query(query): Query<StatementQuery>) -> Answer {
    look.many(move |reader, _| read::page_statements(reader, &query)).await
}

/// Shows a statement.
#[utoipa::path(
    tag = "statements",
    params(("id" = StatementId, Path, description = "The statement")),
    responses((status = 200, description = "The statement", body = Statement)),
    extensions(("x-operation" = json!("read_banking"))),
)]
#[get("/v1/bank-statements/{id}")]
pub async fn show(look: Look<ReadBanking>, Id(id): Id<StatementId>) -> Answer {
    look.one(move |reader, _| read::find_statement(reader, id)).await
}

/// Lists the entries of a statement in their order, and what each was found to be.
#[utoipa::path(
    tag = "statements",
    params(("id" = StatementId, Path, description = "The statement"), StatementQuery),
    responses((status = 200, description = "A page of entries", body = Page<MatchedEntry>)),
    extensions(("x-operation" = json!("read_banking"))),
)]
#[get("/v1/bank-statements/{id}/entries")]
pub async fn entries(look: Look<ReadBanking>, Id(id): Id<StatementId>, Query(query): Query<StatementQuery>) -> Answer {
    look.many_of(move |reader, _| read::page_entries(reader, id, &query))
        .await
}

/// The work list: what statements show and nobody expected, the newest first.
#[utoipa::path(
    tag = "statements",
    params(SuspenseQuery),
    responses((status = 200, description = "A page of it", body = Page<SuspenseItem>)),
    extensions(("x-operation" = json!("read_banking"))),
)]
#[get("/v1/suspense")]
pub async fn list_suspense(look: Look<ReadBanking>, Query(query): Query<SuspenseQuery>) -> Answer {
    let caller = look.caller().clone();
    look.many(move |reader, _| read::page_suspense(reader, &caller, &query))
        .await
}

/// Shows something in suspense.
#[utoipa::path(
    tag = "statements",
    params(("id" = SuspenseId, Path, description = "Which one")),
    responses((status = 200, description = "What it is", body = SuspenseItem)),
    extensions(("x-operation" = json!("read_banking"))),
)]
#[get("/v1/suspense/{id}")]
pub async fn show_suspense(look: Look<ReadBanking>, Id(id): Id<SuspenseId>) -> Answer {
    let caller = look.caller().clone();
    look.one(move |reader, _| read::find_suspense(reader, &caller, id))
        .await
}

/// Asks for something in suspense to be booked as what it was found to be.
#[utoipa::path(
    tag = "statements",
    params(("id" = SuspenseId, Path, description = "Which one")),
    request_body = ResolveBody,
    responses((status = 202, description = "It waits for a second person", body = Accepted<ProposedAnswer>)),
    extensions(("x-operation" = json!("import_statements")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/suspense/{id}/resolve")]
pub async fn resolve(mut write: Write<ImportStatements>, Id(id): Id<SuspenseId>) -> Answer {
    let command = banking::resolve(id, write.body())?;
    write.propose(command).await
}
