//! Statements of the bank: refused as a whole, or imported as a whole.

use std::collections::BTreeMap;

use super::event::BankingEvent;
use super::matching::{self, Action};
use super::refusal::BankingRefusal;
use super::{account, awaited, payout, receipt, suspense};
use crate::domain::account::AccountKey;
use crate::domain::banking::account::CustodyAccount;
use crate::domain::banking::statement::{EntryMatch, MatchedEntry, NewStatement, Statement, StatementEntry};
use crate::domain::id::StatementId;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::engine::event::Event;
use crate::engine::limits;
use crate::engine::posting;
use crate::engine::posting::payout::Seen;
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection};
use crate::engine::state::State;

/// What would be done with each entry, if the statement is as it should be.
pub(super) fn check(state: &State, new: &NewStatement, at: Timestamp) -> Result<Vec<Action>, Rejection> {
    let custody = state.banking.custody.get(&new.account);
    let custody = custody.ok_or_else(|| BankingRefusal::UnknownOwnAccount(new.account.clone()))?;
    if state
        .banking
        .statements
        .contains(&(new.account.clone(), new.statement.clone()))
    {
        return Err(BankingRefusal::StatementImported {
            account: new.account.clone(),
            statement: new.statement.clone(),
        }
        .into());
    }
    check_fields(new, custody, at)?;
    let sum = new.entries.iter().map(StatementEntry::signed);
    let found = new.opening.plus(Money::sum(sum)?)?;
    if found != new.closing {
        let expected = new.closing;
        return Err(BankingRefusal::StatementUnequal { found, expected }.into());
    }
    if new.opening != custody.closing {
        return Err(BankingRefusal::OpeningDiffers {
            found: new.opening,
            expected: custody.closing,
        }
        .into());
    }
    let plan = matching::plan(state, new);
    check_bank(state, new, &plan)?;
    Ok(plan)
}

fn check_fields(new: &NewStatement, custody: &CustodyAccount, at: Timestamp) -> Result<(), Rejection> {
    let mut errors = FieldErrors::default();
    limits::name(&mut errors, "/statement", &new.statement);
    let in_order = new.closed_at >= custody.closed_at || custody.statement.is_none();
    errors.require(
        in_order,
        "/closed_at",
        FieldRule::Past,
        "lies before the end of the last statement",
    );
    // Banks' clocks are not ours.
    errors.require(
        new.closed_at <= at.plus_hours(24),
        "/closed_at",
        FieldRule::Future,
        "lies in the future",
    );
    let fits = new.entries.len() <= limits::STATEMENT_ENTRIES_MAX;
    errors.require(fits, "/entries", FieldRule::TooMany, "must have at most 10000 entries");
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    for (place, entry) in new.entries.iter().enumerate().take(limits::STATEMENT_ENTRIES_MAX) {
        let at = |field: &str| format!("/entries/{place}/{field}");
        limits::name(&mut errors, &at("reference"), &entry.reference);
        let trimmed = entry.reference.trim().len() == entry.reference.len();
        errors.require(
            trimmed,
            &at("reference"),
            FieldRule::Malformed,
            "must not begin or end with blanks",
        );
        if let Some(before) = known.insert(&entry.reference, place) {
            let detail = format!("is the reference of entry {before} too");
            errors.add(at("reference"), FieldRule::Duplicate, detail);
        }
        limits::amount(&mut errors, &at("amount"), entry.amount);
        for (field, text) in [
            ("end_to_end", &entry.end_to_end),
            ("counterparty", &entry.counterparty),
            ("counterparty_account", &entry.counterparty_account),
        ] {
            limits::text(&mut errors, &at(field), text);
        }
        limits::note(&mut errors, &at("remittance"), &entry.remittance);
        limits::note(&mut errors, &at("return_reason"), &entry.return_reason);
    }
    errors.check()
}

/// `bank` never falls below zero, when what came in is booked first, then what went out.
fn check_bank(state: &State, new: &NewStatement, plan: &[Action]) -> Result<(), Rejection> {
    let mut left = state.ledger.balance(AccountKey::Bank);
    for (entry, action) in new.entries.iter().zip(plan) {
        if action.pass(entry) < 2 {
            left = left.plus(action.books(entry))?;
        }
    }
    if left < Money::ZERO {
        return Err(BankingRefusal::StatementOverdraws.into());
    }
    Ok(())
}

/// The largest amount that importing a statement books to somebody's benefit: what one person may do alone depends on it. Zero where
/// the statement would be refused.
pub fn largest_credit(state: &State, new: &NewStatement, at: Timestamp) -> Money {
    let plan = check(state, new, at).unwrap_or_default();
    let benefits = new.entries.iter().zip(plan).filter(|(_, action)| match action {
        Action::Deposit(_) | Action::Receipt(_) => true,
        Action::Booked(_) | Action::Paid(_) | Action::Returned(_) | Action::Suspend(_) => false,
    });
    benefits.map(|(entry, _)| entry.amount).max().unwrap_or_default()
}

/// Imports it.
pub(super) fn import(
    state: &mut State,
    events: &mut Vec<Event>,
    new: NewStatement,
    at: Timestamp,
) -> Result<(), Rejection> {
    let plan = check(state, &new, at)?;
    let id = StatementId(state.banking.counters.statement);
    state.banking.counters.statement += 1;
    let mut order: Vec<usize> = (0..new.entries.len()).collect();
    let pass = |place: &usize| match (plan.get(*place), new.entries.get(*place)) {
        (Some(action), Some(entry)) => action.pass(entry),
        _ => u8::MAX,
    };
    order.sort_by_key(pass);
    let mut matched = Vec::with_capacity(order.len());
    for place in order {
        let (Some(action), Some(entry)) = (plan.get(place), new.entries.get(place)) else {
            return Err(Rejection::Fault("a statement without its plan"));
        };
        let number = u64::try_from(place).map_err(|_| Rejection::Overflow)?;
        let found = book(state, events, (id, number, entry, *action), at).map_err(Rejection::after_change)?;
        matched.push(MatchedEntry {
            place: number,
            entry: entry.clone(),
            found,
        });
    }
    matched.sort_by_key(|entry| entry.place);
    keep(state, events, (id, new, matched), at).map_err(Rejection::after_change)
}

/// Notes the statement, and that its account has come so far.
fn keep(
    state: &mut State,
    events: &mut Vec<Event>,
    (id, new, matched): (StatementId, NewStatement, Vec<MatchedEntry>),
    at: Timestamp,
) -> Result<(), Rejection> {
    for entry in &new.entries {
        state.bank_refs.insert(entry.reference.as_str().into());
    }
    let custody = CustodyAccount {
        closing: new.closing,
        closed_at: new.closed_at,
        statement: Some(id),
        ..account::custody(state, Some(&new.account))?.clone()
    };
    account::change_custody(state, events, custody);
    state
        .banking
        .statements
        .insert((new.account.clone(), new.statement.clone()));
    let count = |entries: usize| u64::try_from(entries).map_err(|_| Rejection::Overflow);
    let suspended = matched.iter().filter(|entry| super::event::is_suspended(entry)).count();
    let statement = Statement {
        id,
        account: new.account,
        statement: new.statement,
        opening: new.opening,
        closing: new.closing,
        closed_at: new.closed_at,
        format: new.format,
        file: new.file,
        entries: count(matched.len())?,
        suspended: count(suspended)?,
        created_at: at,
    };
    events.push(Event::Banking(Box::new(BankingEvent::StatementImported(
        statement, matched,
    ))));
    Ok(())
}

/// Books one entry.
fn book(
    state: &mut State,
    events: &mut Vec<Event>,
    (id, place, entry, action): (StatementId, u64, &StatementEntry, Action),
    at: Timestamp,
) -> Result<EntryMatch, Rejection> {
    match action {
        Action::Booked(line) => {
            awaited::seen(state, events, line, at);
            Ok(EntryMatch::Booked)
        }
        Action::Deposit(org) => {
            posting::deposit::post(state, events, (org, entry.amount), at)?;
            posting::collect::post(state, events, (org, entry.amount), at)?;
            Ok(EntryMatch::Deposit { org })
        }
        Action::Receipt(request) => {
            let paid = (request, entry.amount, entry.reference.clone());
            receipt::on_statement(state, events, paid, at)?;
            Ok(EntryMatch::Receipt { request })
        }
        Action::Paid(payout) => {
            payout::paid(state, events, (payout, Seen::Statement), at)?;
            Ok(EntryMatch::Paid { payout })
        }
        Action::Returned(payout) => {
            let missing = Rejection::Fault("a payout that comes back is gone");
            let known = state.banking.payouts.get(&payout).cloned().ok_or(missing)?;
            payout::came_back(state, events, (known, &entry.return_reason), at)?;
            Ok(EntryMatch::Returned { payout })
        }
        Action::Suspend(reason) => {
            posting::suspense::suspend(state, events, (id, entry.signed()), at)?;
            let suspense = suspense::note(state, events, (id, place, entry, reason), at);
            Ok(EntryMatch::Suspense { suspense })
        }
    }
}
