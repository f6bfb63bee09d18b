//! The state as the tables hold it.

use std::collections::BTreeMap;

use super::account;
use super::application;
use super::approval;
use super::bank_ref;
use super::banking;
use super::bid;
use super::connection::Reader;
use super::counter;
use super::dispute;
use super::earnings;
use super::integrity;
use super::lease;
use super::life;
use super::listing;
use super::load::{Corrupt, LoadError, narrow};
use super::office;
use super::organisation;
use super::programme;
use super::reference;
use super::settlement;
use super::sla;
use super::subsidy;
use super::usage;
use super::user;
use super::voucher;
use crate::domain::id::{LeaseId, OrgId, ProgrammeId};
use crate::domain::lease::{Lease, LeaseState};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::engine::banking::book::BankingCounters;
use crate::engine::ledger::{Ledger, LedgerCounters};
use crate::engine::state::Counters;
use crate::engine::{self, State};

/// Reads everything that the exchange knows.
pub fn load(reader: &mut Reader) -> Result<State, LoadError> {
    let mut state = State::default();
    let ledger = load_counters(reader, &mut state)?;
    load_reference(reader, &mut state)?;
    for programme in programme::load_all(reader)? {
        state.programmes.insert(programme.id, programme);
    }
    for voucher in voucher::load_all(reader)? {
        let since = state.now;
        engine::voucher::grant::restore(&mut state, voucher, since);
    }
    for row in programme::load_entity_uses(reader)? {
        let programme = ProgrammeId(row.programme.cast_unsigned());
        let period = narrow("entity_use.period", row.period)?;
        state.drawn.insert(
            (programme, OrgId(row.org.cast_unsigned()), period),
            Money::from_fen(row.amount),
        );
    }
    for row in earnings::load_pending(reader)? {
        let (at, org) = (Timestamp::from_micros(row.release_at), OrgId(row.org.cast_unsigned()));
        let amounts = (Money::from_fen(row.cash), Money::from_fen(row.programme));
        state.earnings.insert((at, org), amounts);
        state.timers.set(at, engine::timer::Due::Earnings(org));
    }
    for listing in listing::load_open(reader)? {
        engine::listing::restore(&mut state, listing);
    }
    bid::load_live(reader, |bid| engine::bid::restore(&mut state, bid))?;
    settlement::load(reader, &mut state)?;
    load_leases(reader, &mut state)?;
    load_accounts(reader, &mut state, ledger)?;
    let users = user::load_all(reader)?.into_iter();
    state.users.extend(users.map(|user| (user.id, user)));
    let approvals = approval::load_pending(reader)?.into_iter();
    state
        .approvals
        .extend(approvals.map(|approval| (approval.id, approval)));
    state
        .bank_refs
        .extend(bank_ref::load_all(reader)?.into_iter().map(String::into_boxed_str));
    application::load(reader, &mut state)?;
    office::load(reader, &mut state)?;
    life::load(reader, &mut state)?;
    dispute::load(reader, &mut state)?;
    sla::load(reader, &mut state)?;
    subsidy::load(reader, &mut state)?;
    banking::load(reader, &mut state)?;
    state.book.warm_up();
    Ok(state)
}

fn load_counters(reader: &mut Reader, state: &mut State) -> Result<LedgerCounters, LoadError> {
    let rows = counter::load_all(reader)?;
    let stored: BTreeMap<&str, i64> = rows.iter().map(|row| (row.name.as_str(), row.value)).collect();
    let next = |name: &str| stored.get(name).copied().unwrap_or(1).cast_unsigned();
    let instant = |name: &str| Timestamp::from_micros(stored.get(name).copied().unwrap_or(0));
    state.now = instant("now");
    state.settled_until = instant("settled_until");
    state.counters = Counters {
        seq: next("seq"),
        org: next("org"),
        listing: next("listing"),
        bid: next("bid"),
        fill: next("fill"),
        programme: next("programme"),
        voucher: next("voucher"),
        settlement: next("settlement"),
        report: next("report"),
        user: next("user"),
        approval: next("approval"),
        application: next("application"),
        claim: next("claim"),
        recovery: next("recovery"),
        flag: next("flag"),
        treasury_request: next("treasury_request"),
        dispute: next("dispute"),
        usage_key: next("usage_key"),
        outage: next("outage"),
    };
    state.banking.counters = BankingCounters {
        withdrawal: next("withdrawal"),
        payout_batch: next("payout_batch"),
        payout: next("payout"),
        statement: next("statement"),
        suspense: next("suspense"),
        awaited: next("awaited"),
    };
    Ok(LedgerCounters {
        account: next("account"),
        transfer: next("transfer"),
        movement: next("movement"),
    })
}

fn load_reference(reader: &mut Reader, state: &mut State) -> Result<(), LoadError> {
    for accelerator in reference::load_accelerators(reader)? {
        let domestic = accelerator.domestic;
        if let Some(id) = state.catalogue.add_accelerator(accelerator) {
            state.book.add_accelerator(id, domestic);
        }
    }
    for site in reference::load_sites(reader)? {
        state.catalogue.add_site(site);
    }
    if let Some(terms) = reference::load_terms(reader)? {
        state.terms = terms;
    }
    for (accelerator, price) in reference::load_reference_prices(reader)? {
        state.catalogue.set_reference_price(accelerator, price);
    }
    for org in organisation::load_all(reader)? {
        state.org_by_uscc.insert(org.profile.uscc, org.id);
        state.orgs.insert(org.id, org);
    }
    integrity::load(reader, state)?;
    Ok(())
}

/// Leases, the usage reported of them, and the cards that they take.
fn load_leases(reader: &mut Reader, state: &mut State) -> Result<(), LoadError> {
    let mut leases = BTreeMap::new();
    lease::load_live(reader, |lease| {
        leases.insert(lease.id(), lease);
    })?;
    let mut meterings: BTreeMap<LeaseId, usage::Rebuilt> = leases
        .iter()
        .map(|(id, lease): (&LeaseId, &Lease)| (*id, usage::Rebuilt::new(lease.metering.mark)))
        .collect();
    usage::load_live(reader, |step| {
        if let Some(metering) = meterings.get_mut(&step.lease) {
            metering.take(&step);
        }
    })?;
    for (lease, metering) in leases.values_mut().zip(meterings.into_values()) {
        lease.metering = metering.done();
    }
    settlement::load_corrections(reader, |correction| {
        if let Some(lease) = leases.get_mut(&correction.asked.lease) {
            engine::settlement::restore_correction(lease, &correction);
        }
    })?;
    for mut lease in leases.into_values() {
        lease.metering.forget(state.closed_until);
        let fill = &lease.fill;
        let taken = if lease.state == LeaseState::Ended {
            Vec::new()
        } else {
            lease.occupied()
        };
        for (window, islands) in taken {
            let occupied = state.book.occupy(fill.listing, window, islands);
            occupied.map_err(|_| Corrupt::new("fill_island.cards", &fill.id.to_string()))?;
        }
        engine::fill::restore_lease(state, lease);
    }
    Ok(())
}

/// All accounts but the escrows of closed leases, which are retired.
fn load_accounts(reader: &mut Reader, state: &mut State, counters: LedgerCounters) -> Result<(), LoadError> {
    let mut accounts = Vec::new();
    account::load_live(reader, |account| accounts.push(account))?;
    state.ledger = Ledger::restore(counters, accounts);
    Ok(())
}
