//! Accounts, transfers and the trial balance.

use actix_web::get;

use crate::api::look::Look;
use crate::api::parameters::{Id, Query};
use crate::api::problem::Refusal;
use crate::api::read::many;
use crate::api::write::Answer;
use crate::app::page::Page;
use crate::app::permission::{ReadAccounts, ReadTrialBalance};
use crate::app::read::accounts::{self, AccountQuery, AsOfQuery, HistoryQuery};
use crate::app::read::transfers::{self, TransferQuery};
use crate::app::view::account::AccountView;
use crate::app::view::transfer::TransferView;
use crate::app::view::trial_balance::TrialBalanceView;
use crate::domain::id::{AccountId, TransferId};

/// Lists accounts in the order of their identifiers. To an organisation belong its own, those of its vouchers, and the escrows of the leases that it has taken.
#[utoipa::path(
    tag = "ledger",
    params(AccountQuery),
    responses((status = 200, description = "A page of accounts", body = Page<AccountView>)),
    extensions(("x-operation" = json!("read_accounts"))),
)]
#[get("/v1/accounts")]
pub async fn list_accounts(look: Look<ReadAccounts>, Query(query): Query<AccountQuery>) -> Answer {
    let is_much = query.as_of.is_some();
    let question = move |reader: &mut _, reach| accounts::page(reader, reach, &query);
    match is_much {
        true => many(&look.ask_much(question).await?),
        false => look.many(question).await,
    }
}

/// Shows an account.
#[utoipa::path(
    tag = "ledger",
    params(("id" = AccountId, Path, description = "The account"), AsOfQuery),
    responses((status = 200, description = "The account", body = AccountView)),
    extensions(("x-operation" = json!("read_accounts"))),
)]
#[get("/v1/accounts/{id}")]
pub async fn show_account(look: Look<ReadAccounts>, Id(id): Id<AccountId>, Query(query): Query<AsOfQuery>) -> Answer {
    let question = move |reader: &mut _, reach| accounts::find(reader, reach, id, &query);
    match query.as_of {
        Some(_) => look.one_of_much(question).await,
        None => look.one(question).await,
    }
}

/// Lists the transfers of an account, the newest first.
#[utoipa::path(
    tag = "ledger",
    params(("id" = AccountId, Path, description = "The account"), HistoryQuery),
    responses((status = 200, description = "A page of transfers", body = Page<TransferView>)),
    extensions(("x-operation" = json!("read_accounts"))),
)]
#[get("/v1/accounts/{id}/transfers")]
pub async fn list_account_transfers(
    look: Look<ReadAccounts>,
    Id(id): Id<AccountId>,
    Query(query): Query<HistoryQuery>,
) -> Answer {
    let question = move |reader: &mut _, reach| accounts::transfers(reader, reach, id, &query);
    many(&look.ask_much(question).await?.ok_or(Refusal::NotFound)?)
}

/// Lists transfers, the newest first; own: those that touch accounts kept for the organisation itself.
#[utoipa::path(
    tag = "ledger",
    params(TransferQuery),
    responses((status = 200, description = "A page of transfers", body = Page<TransferView>)),
    extensions(("x-operation" = json!("read_accounts"))),
)]
#[get("/v1/transfers")]
pub async fn list_transfers(look: Look<ReadAccounts>, Query(query): Query<TransferQuery>) -> Answer {
    let question = move |reader: &mut _, reach| transfers::page(reader, reach, &query);
    // Those of all are read as they stand; those of one organisation are looked for.
    match look.reach().limit() {
        Some(_) => many(&look.ask_much(question).await?),
        None => look.many(question).await,
    }
}

/// Shows a transfer.
#[utoipa::path(
    tag = "ledger",
    params(("id" = TransferId, Path, description = "The transfer")),
    responses((status = 200, description = "The transfer", body = TransferView)),
    extensions(("x-operation" = json!("read_accounts"))),
)]
#[get("/v1/transfers/{id}")]
pub async fn show_transfer(look: Look<ReadAccounts>, Id(id): Id<TransferId>) -> Answer {
    look.one(move |reader, reach| transfers::find(reader, reach, id)).await
}

/// Shows what all accounts hold, kind by kind.
#[utoipa::path(
    tag = "ledger",
    params(AsOfQuery),
    responses((status = 200, description = "The trial balance", body = TrialBalanceView)),
    extensions(("x-operation" = json!("read_trial_balance"))),
)]
#[get("/v1/trial-balance")]
pub async fn trial_balance(look: Look<ReadTrialBalance>, Query(query): Query<AsOfQuery>) -> Answer {
    let question = move |reader: &mut _, _| accounts::trial_balance(reader, &query);
    many(&look.ask_much(question).await?)
}
