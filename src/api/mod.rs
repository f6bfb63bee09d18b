//! HTTP: parse, ask for leave, call one use case, render. No rule of the market lives here.

pub mod around;
pub mod body;
pub mod caller;
pub mod health;
pub mod import;
pub mod limit;
pub mod look;
pub mod openapi;
pub mod parameters;
pub mod problem;
pub mod read;
pub mod running;
pub mod seats;
pub mod server;
pub mod service;
pub mod settings;
pub mod v1;
pub mod witness;
pub mod write;

use actix_web::{HttpRequest, HttpResponse, ResponseError};
use utoipa_actix_web::service_config::ServiceConfig;

use self::problem::Refusal;
use self::service::service_of;

/// The whole route table.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(health::live)
        .service(health::ready)
        .service(health::metrics)
        .service(v1::auth::keys)
        .service(v1::auth::token)
        .service(v1::auth::log_out)
        .service(v1::auth::change_password)
        .service(v1::auth::sessions)
        .service(v1::auth::end_session)
        .service(v1::auth::me)
        .service(v1::users::register)
        .service(v1::users::list)
        .service(v1::users::find)
        .service(v1::users::amend)
        .service(v1::users::set_password)
        .service(v1::users::end_sessions)
        .service(v1::users::erase)
        .service(v1::users::make_key)
        .service(v1::users::keys)
        .service(v1::users::revoke_key)
        .service(v1::organisations::register)
        .service(v1::integrity::attest)
        .service(v1::integrity::list_provider)
        .service(v1::integrity::delist_provider)
        .service(v1::outages::claim)
        .service(v1::outages::end)
        .service(v1::outages::withdraw)
        .service(v1::outages::confirm)
        .service(v1::outages::contest)
        .service(v1::outages::decide)
        .service(v1::outages::probe)
        .service(v1::flags::scan_now)
        .service(v1::flags::resolve)
        .service(v1::flags::report_power)
        .service(v1::integrity::relate)
        .service(v1::integrity::end_relation)
        .service(v1::catalogue::add_accelerator)
        .service(v1::catalogue::add_site)
        .service(v1::catalogue::propose_terms)
        .service(v1::catalogue::propose_reference_price)
        .service(v1::listings::open)
        .service(v1::listings::amend)
        .service(v1::listings::withdraw)
        .service(v1::bids::place)
        .service(v1::bids::amend)
        .service(v1::bids::cancel)
        .service(v1::quotes::ask)
        .service(v1::market::depth)
        .service(v1::market::trades)
        .service(v1::market::prices)
        .service(v1::market::calendar)
        .service(v1::market::stream)
        .service(v1::usage::report)
        .service(v1::usage::accept)
        .service(v1::usage::add_key)
        .service(v1::usage::revoke_key)
        .service(v1::disputes::open)
        .service(v1::disputes::withdraw)
        .service(v1::disputes::concede)
        .service(v1::disputes::resolve)
        .service(v1::recoveries::propose)
        .service(v1::recoveries::lift_ban)
        .service(v1::recoveries::credit)
        .service(v1::documents::hand_in)
        .service(v1::programmes::propose_grant)
        .service(v1::claims::submit)
        .service(v1::claims::approve)
        .service(v1::claims::reject)
        .service(v1::claims::withdraw)
        .service(v1::claims::assess)
        .service(v1::treasuries::reserve)
        .service(v1::treasuries::remit)
        .service(v1::treasuries::request)
        .service(v1::treasuries::cancel)
        .service(v1::treasuries::receive)
        .service(v1::money::propose_deposit)
        .service(v1::settlements::settle)
        .service(v1::settlements::preview)
        .service(v1::settlements::close_period)
        .service(v1::settlements::correct)
        .service(v1::settlements::propose_fees)
        .service(v1::settlements::propose_vat)
        .service(v1::approvals::approve)
        .service(v1::approvals::reject);
    leases(config);
    office(config);
    webhooks(config);
    banking(config);
    questions(config);
}

/// The life of leases.
fn leases(config: &mut ServiceConfig) {
    config
        .service(v1::lease_life::provision)
        .service(v1::lease_life::accept)
        .service(v1::lease_life::refuse)
        .service(v1::lease_life::degrade)
        .service(v1::lease_life::restore)
        .service(v1::lease_life::suspend)
        .service(v1::lease_life::resume)
        .service(v1::lease_life::terminate)
        .service(v1::lease_life::maintenance)
        .service(v1::lease_life::reclaim)
        .service(v1::lease_life::ask)
        .service(v1::lease_life::accept_change)
        .service(v1::lease_life::refuse_change)
        .service(v1::lease_life::withdraw_change)
        .service(v1::lease_life::set_access_key);
}

/// Who is told of what happens.
fn webhooks(config: &mut ServiceConfig) {
    config
        .service(v1::webhooks::make)
        .service(v1::webhooks::list_event_types)
        .service(v1::webhooks::list)
        .service(v1::webhooks::show)
        .service(v1::webhooks::amend)
        .service(v1::webhooks::remove)
        .service(v1::webhooks::rotate_secret)
        .service(v1::webhooks::pause)
        .service(v1::webhooks::resume)
        .service(v1::webhooks::ping)
        .service(v1::webhooks::replay)
        .service(v1::webhooks::list_messages);
}

/// Money in and out.
fn banking(config: &mut ServiceConfig) {
    config
        .service(v1::banking::put_account)
        .service(v1::banking::post_account)
        .service(v1::banking::show_account)
        .service(v1::banking::open_custody)
        .service(v1::banking::list_custody)
        .service(v1::banking::withdraw)
        .service(v1::banking::list_withdrawals)
        .service(v1::banking::show_withdrawal)
        .service(v1::banking::cancel_withdrawal)
        .service(v1::payouts::due)
        .service(v1::payouts::propose)
        .service(v1::payouts::list_batches)
        .service(v1::payouts::show_batch)
        .service(v1::payouts::submit)
        .service(v1::payouts::cancel)
        .service(v1::payouts::file)
        .service(v1::payouts::list)
        .service(v1::payouts::show)
        .service(v1::payouts::refused)
        .service(v1::statements::import)
        .service(v1::statements::list)
        .service(v1::statements::show)
        .service(v1::statements::entries)
        .service(v1::statements::list_suspense)
        .service(v1::statements::show_suspense)
        .service(v1::statements::resolve);
}

/// The life of programmes, applications and vouchers.
fn office(config: &mut ServiceConfig) {
    config
        .service(v1::programmes::draft)
        .service(v1::programmes::approve)
        .service(v1::programmes::reject)
        .service(v1::programmes::open)
        .service(v1::programmes::invite)
        .service(v1::programmes::close)
        .service(v1::programmes::reconcile)
        .service(v1::programmes::revise)
        .service(v1::programmes::lift_cap)
        .service(v1::programmes::revoke)
        .service(v1::programmes::extend)
        .service(v1::applications::submit)
        .service(v1::applications::amend)
        .service(v1::applications::erase_contact)
        .service(v1::applications::withdraw)
        .service(v1::applications::review)
        .service(v1::applications::publish)
        .service(v1::applications::object)
        .service(v1::applications::resolve)
        .service(v1::applications::reject)
        .service(v1::applications::grant)
        .service(v1::applications::allocate)
        .service(v1::applications::list)
        .service(v1::applications::list_of_programme)
        .service(v1::applications::show)
        .service(v1::applications::notices)
        .service(v1::applications::set_calendar)
        .service(v1::applications::calendars);
}

/// The routes that only look.
fn questions(config: &mut ServiceConfig) {
    config
        .service(v1::usage::list_keys)
        .service(v1::disputes::list)
        .service(v1::disputes::show)
        .service(v1::leases::gaps)
        .service(v1::organisations::list)
        .service(v1::organisations::show)
        .service(v1::outages::list)
        .service(v1::outages::show)
        .service(v1::flags::list)
        .service(v1::flags::show)
        .service(v1::integrity::list_relations)
        .service(v1::integrity::show_providers)
        .service(v1::catalogue::list_accelerators)
        .service(v1::catalogue::show_accelerator)
        .service(v1::catalogue::list_reference_prices)
        .service(v1::catalogue::list_sites)
        .service(v1::catalogue::show_site)
        .service(v1::catalogue::show_terms)
        .service(v1::catalogue::list_terms)
        .service(v1::catalogue::show_reference_prices)
        .service(v1::listings::list)
        .service(v1::listings::show)
        .service(v1::bids::list)
        .service(v1::bids::show)
        .service(v1::leases::list)
        .service(v1::leases::show)
        .service(v1::leases::usage)
        .service(v1::leases::history)
        .service(v1::leases::changes)
        .service(v1::leases::offers)
        .service(v1::leases::access)
        .service(v1::leases::close_codes)
        .service(v1::programmes::list)
        .service(v1::programmes::show)
        .service(v1::programmes::list_vouchers)
        .service(v1::programmes::show_voucher)
        .service(v1::redemptions::list)
        .service(v1::settlements::list)
        .service(v1::settlements::show)
        .service(v1::settlements::leases)
        .service(v1::settlements::periods)
        .service(v1::settlements::corrections)
        .service(v1::settlements::fees)
        .service(v1::recoveries::list)
        .service(v1::recoveries::show)
        .service(v1::recoveries::bans)
        .service(v1::documents::get_own)
        .service(v1::documents::of_application)
        .service(v1::documents::of_claim)
        .service(v1::alerts::list)
        .service(v1::claims::list)
        .service(v1::claims::show)
        .service(v1::treasuries::overview)
        .service(v1::treasuries::list)
        .service(v1::treasuries::show)
        .service(v1::ledger::list_accounts)
        .service(v1::ledger::show_account)
        .service(v1::ledger::list_account_transfers)
        .service(v1::ledger::list_transfers)
        .service(v1::ledger::show_transfer)
        .service(v1::ledger::trial_balance)
        .service(v1::approvals::list)
        .service(v1::approvals::show)
        .service(v1::audit::list_events)
        .service(v1::audit::checkpoint)
        .service(v1::audit::list_checkpoints)
        .service(v1::audit::seal)
        .service(v1::audit::show_log)
        .service(v1::audit::prove_inclusion)
        .service(v1::audit::prove_consistency)
        .service(v1::audit::prove_receipt)
        .service(v1::reports::list)
        .service(v1::reports::run)
        .service(v1::papers::statement)
        .service(v1::papers::invoices)
        .service(v1::papers::contract);
}

/// What no route takes: a wrong method, or a path that leads nowhere.
async fn elsewhere(request: HttpRequest) -> HttpResponse {
    let allow = service_of(&request)
        .ok()
        .and_then(|service| service.paths.methods(request.path()));
    let refusal = match allow {
        Some(allow) => Refusal::MethodNotAllowed {
            allow: allow.to_owned(),
        },
        None => Refusal::NotFound,
    };
    refusal.error_response()
}
