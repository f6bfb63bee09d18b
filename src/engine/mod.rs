//! The exchange as a deterministic state machine: same state, same commands, same events, same state.

pub mod approval;
pub mod banking;
pub mod bid;
pub mod clock;
pub mod command;
pub mod contract;
pub mod dispute;
pub mod event;
pub mod fill;
pub mod integrity;
pub mod invariants;
pub mod lease;
pub mod ledger;
pub mod limits;
pub mod listing;
pub mod matching;
pub mod office;
pub mod posting;
pub mod quote;
pub mod registry;
pub mod rejection;
pub mod remedy;
pub mod report;
pub mod settlement;
pub mod sla;
pub mod state;
pub mod state_hash;
pub mod supply;
pub mod timer;
pub mod usage;
pub mod user;
pub mod voucher;

pub use command::Command;
pub use event::Event;
pub use rejection::Rejection;
pub use state::State;

use crate::domain::time::Timestamp;

/// Applies a command at an instant and says what happened.
///
/// A rejected command has changed nothing, but for [`Rejection::Fault`], after which the state must be dropped. What is due
/// by `at` must have happened already: give [`Command::Tick`] first where [`is_due`] says so.
pub fn apply(state: &mut State, command: Command, at: Timestamp) -> Result<Vec<Event>, Rejection> {
    if at < state.now {
        return Err(Rejection::ClockWentBack { at, now: state.now });
    }
    if !matches!(command, Command::Tick) && is_due(state, at) {
        return Err(Rejection::TickFirst);
    }
    let mut events = Vec::new();
    dispatch(state, &mut events, command, at)?;
    state.now = at;
    Ok(events)
}

/// Whether something is due by `at`.
pub fn is_due(state: &State, at: Timestamp) -> bool {
    state.timers.next().is_some_and(|due| due <= at)
}

fn dispatch(state: &mut State, events: &mut Vec<Event>, command: Command, at: Timestamp) -> Result<(), Rejection> {
    match command {
        Command::Tick => clock::tick(state, events, at).map_err(Rejection::after_change),
        Command::DefineAccelerator(accelerator) => registry::define_accelerator(state, accelerator),
        Command::DefineSite(site) => registry::define_site(state, site),
        Command::SetTerms(terms) => registry::set_terms(state, terms),
        Command::SetReferencePrice { accelerator, price } => registry::set_reference_price(state, &accelerator, price),
        Command::RegisterOrg(profile) => registry::register_org(state, events, profile),
        Command::RelateOrgs { a, b } => office::integrity::relation::declare(state, events, (a, b), at),
        Command::Deposit { org, amount, bank_ref } => registry::deposit(state, events, (org, amount, &bank_ref), at),
        Command::Post { transfers } => registry::post_by_hand(state, events, &transfers, at),
        Command::OpenListing { provider, listing } => listing::open(state, events, (provider, listing), at),
        Command::WithdrawListing { provider, listing } => listing::withdraw(state, events, (provider, listing)),
        Command::AmendListing {
            provider,
            listing,
            ask,
            islands,
            until,
            if_match,
        } => {
            let change = listing::ListingChange {
                ask,
                islands,
                until,
                if_match,
            };
            listing::amend(state, events, (provider, listing, change), at)
        }
        Command::PlaceBid { tenant, bid } => bid::place(state, events, (tenant, bid), at),
        Command::CancelBid { tenant, bid } => bid::cancel(state, events, (tenant, bid), at),
        Command::AmendBid {
            tenant,
            bid,
            change,
            if_match,
        } => bid::amend(state, events, (tenant, bid, (change, if_match)), at),
        Command::OpenProgramme(rules) => voucher::grant::open_programme(state, events, *rules, at),
        Command::Grant { programme, org, amount } => voucher::grant::grant(state, events, (programme, org, amount), at),
        Command::ReportUsage { provider, reports } => usage::report(state, events, (provider, reports), at),
        Command::Settle { until, most } => settlement::settle(state, events, (until, most), at),
        Command::EndLease { org, lease } => lease::end_early(state, events, (org, lease), at),
        Command::Lease(command) => lease::apply(state, events, command, at),
        Command::RegisterUser(profile) => user::register(state, events, profile),
        Command::AmendUser {
            user,
            roles,
            active,
            if_match,
        } => {
            let change = user::UserChange {
                roles,
                active,
                if_match,
            };
            user::amend(state, events, (user, change))
        }
        Command::Propose { maker, command } => approval::propose(state, events, (maker, command), at),
        Command::Decide {
            checker,
            approval,
            verdict,
            reason,
        } => {
            let ruling = approval::Ruling {
                approval,
                verdict,
                reason,
            };
            approval::decide(state, events, (checker, ruling), at)
        }
        Command::Programme(command) => office::programme::apply(state, events, command, at),
        Command::Application(command) => office::application::apply(state, events, command, at),
        Command::Voucher(command) => office::voucher::apply(state, events, command, at),
        Command::Claim(command) => office::claim::apply(state, events, command, at),
        Command::Recovery(command) => office::recovery::apply(state, events, command, at),
        Command::Treasury(command) => office::treasury::apply(state, events, command, at),
        Command::Sla(command) => sla::apply(state, events, command, at),
        Command::Integrity(command) => office::integrity::apply(state, events, command, at),
        Command::Usage(command) => usage::apply(state, events, command, at),
        Command::Dispute(command) => dispute::apply(state, events, command, at),
        Command::Settlement(command) => settlement::apply(state, events, command, at),
        Command::Banking(command) => banking::apply(state, events, command, at),
    }
}
