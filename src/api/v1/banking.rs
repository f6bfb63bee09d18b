//! Bank accounts and withdrawals.

use actix_web::{get, post, put};

use crate::api::look::Look;
use crate::api::parameters::{Id, Query};
use crate::api::problem::Refusal;
use crate::api::write::{Answer, Success, Write};
use crate::app::answer::{Accepted, ProposedAnswer};
use crate::app::banking::{self, CustodyAccountBody, WithdrawalBody, may_alone};
use crate::app::clock::system_now;
use crate::app::page::Page;
use crate::app::permission::{ReadBankAccounts, ReadBanking, ReadPayouts, RunPayouts, SetBankAccounts, WithdrawCash};
use crate::app::read::banking::{self as read, BankAccountView, WithdrawalQuery};
use crate::domain::banking::account::{BankAccount, CustodyAccount};
use crate::domain::banking::payout::Withdrawal;
use crate::domain::id::{OrgId, WithdrawalId};

/// Asks for the bank account that an organisation is paid to: its own people, or an operator; an operator must agree.
#[utoipa::path(
    tag = "money",
    params(("id" = OrgId, Path, description = "The organisation")),
    request_body = BankAccount,
    responses((status = 202, description = "It waits for a second person", body = Accepted<ProposedAnswer>)),
    extensions(("x-operation" = json!("set_bank_accounts")), ("x-idempotent" = json!(true))),
)]
#[put("/v1/organisations/{id}/bank-account")]
pub async fn put_account(write: Write<SetBankAccounts>, Id(id): Id<OrgId>) -> Answer {
    set(write, id).await
}

/// The same as `PUT`.
#[utoipa::path(
    tag = "money",
    params(("id" = OrgId, Path, description = "The organisation")),
    request_body = BankAccount,
    responses((status = 202, description = "It waits for a second person", body = Accepted<ProposedAnswer>)),
    extensions(("x-operation" = json!("set_bank_accounts")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/organisations/{id}/bank-account")]
pub async fn post_account(write: Write<SetBankAccounts>, Id(id): Id<OrgId>) -> Answer {
    set(write, id).await
}

async fn set(mut write: Write<SetBankAccounts>, id: OrgId) -> Answer {
    if !write.reach().covers(id) {
        return Err(Refusal::NotFound);
    }
    let command = banking::set_account(id, write.body())?;
    write.propose(command).await
}

/// Shows where an organisation is paid to, and what it writes when it pays in. Auditors see masked numbers.
#[utoipa::path(
    tag = "money",
    params(("id" = OrgId, Path, description = "The organisation")),
    responses((status = 200, description = "Its bank account", body = BankAccountView)),
    extensions(("x-operation" = json!("read_bank_accounts"))),
)]
#[get("/v1/organisations/{id}/bank-account")]
pub async fn show_account(look: Look<ReadBankAccounts>, Id(id): Id<OrgId>) -> Answer {
    let caller = look.caller().clone();
    look.one(move |reader, reach| read::account(reader, (&caller, reach), id))
        .await
}

/// Asks for an account of the platform's own to be opened here, in which it keeps the money of others.
#[utoipa::path(
    tag = "money",
    request_body = CustodyAccountBody,
    responses((status = 202, description = "It waits for a second person", body = Accepted<ProposedAnswer>)),
    extensions(("x-operation" = json!("run_payouts")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/custody-accounts")]
pub async fn open_custody(mut write: Write<RunPayouts>) -> Answer {
    let command = banking::open_custody(write.body())?;
    write.propose(command).await
}

/// Lists the platform's own accounts, and how far their statements have come.
#[utoipa::path(
    tag = "money",
    responses((status = 200, description = "The accounts", body = Page<CustodyAccount>)),
    extensions(("x-operation" = json!("read_banking"))),
)]
#[get("/v1/custody-accounts")]
pub async fn list_custody(look: Look<ReadBanking>) -> Answer {
    look.many(|reader, _| read::custody(reader)).await
}

/// Withdraws cash with the next batch. More than the terms' `alone_max` waits for an operator's consent first.
#[utoipa::path(
    tag = "money",
    request_body = WithdrawalBody,
    responses(
        (status = 201, description = "It waits for the next batch", body = Accepted<Withdrawal>),
        (status = 202, description = "It waits for a second person", body = Accepted<ProposedAnswer>),
    ),
    extensions(("x-operation" = json!("withdraw_cash")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/withdrawals")]
pub async fn withdraw(mut write: Write<WithdrawCash>) -> Answer {
    let command = banking::withdraw(write.org(), write.body())?;
    let asked = command.clone();
    let alone = write.look(move |state| may_alone(state, &asked, system_now())).await?;
    let command = if alone { command } else { write.proposal(command) };
    write.give(command, Success::CreatedOrWaits("/v1/withdrawals")).await
}

/// Lists withdrawals, the newest first.
#[utoipa::path(
    tag = "money",
    params(WithdrawalQuery),
    responses((status = 200, description = "A page of withdrawals", body = Page<Withdrawal>)),
    extensions(("x-operation" = json!("read_payouts"))),
)]
#[get("/v1/withdrawals")]
pub async fn list_withdrawals(look: Look<ReadPayouts>, Query(query): Query<WithdrawalQuery>) -> Answer {
    let caller = look.caller().clone();
    look.many(move |reader, reach| read::page_withdrawals(reader, (&caller, reach), &query))
        .await
}

/// Shows a withdrawal.
#[utoipa::path(
    tag = "money",
    params(("id" = WithdrawalId, Path, description = "The withdrawal")),
    responses((status = 200, description = "The withdrawal", body = Withdrawal)),
    extensions(("x-operation" = json!("read_payouts"))),
)]
#[get("/v1/withdrawals/{id}")]
pub async fn show_withdrawal(look: Look<ReadPayouts>, Id(id): Id<WithdrawalId>) -> Answer {
    let caller = look.caller().clone();
    look.one(move |reader, reach| read::find_withdrawal(reader, (&caller, reach), id))
        .await
}

/// Takes a withdrawal back that waits for a batch.
#[utoipa::path(
    tag = "money",
    params(("id" = WithdrawalId, Path, description = "The withdrawal")),
    responses((status = 200, description = "The withdrawal", body = Accepted<Withdrawal>)),
    extensions(("x-operation" = json!("withdraw_cash")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/withdrawals/{id}/cancel")]
pub async fn cancel_withdrawal(mut write: Write<WithdrawCash>, Id(id): Id<WithdrawalId>) -> Answer {
    write.without_body()?;
    let command = banking::cancel_withdrawal(write.org(), id);
    write.give(command, Success::Done).await
}
