//! What nobody expected: noted by imports, resolved by two people.

use super::account::check_account;
use super::event::BankingEvent;
use super::refusal::BankingRefusal;
use super::{payout, receipt, withdrawal};
use crate::domain::account::AccountKey;
use crate::domain::banking::payout::Payout;
use crate::domain::banking::statement::{Direction, StatementEntry};
use crate::domain::banking::suspense::{SuspenseItem, SuspenseReason, SuspenseState, SuspenseTarget};
use crate::domain::id::{StatementId, SuspenseId};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::engine::event::Event;
use crate::engine::limits;
use crate::engine::office::treasury;
use crate::engine::posting::{self, payout::Seen};
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection};
use crate::engine::state::State;

/// Notes something that nobody expected.
pub(super) fn note(
    state: &mut State,
    events: &mut Vec<Event>,
    (statement, place, entry, reason): (StatementId, u64, &StatementEntry, SuspenseReason),
    at: Timestamp,
) -> SuspenseId {
    let id = SuspenseId(state.banking.counters.suspense);
    state.banking.counters.suspense += 1;
    let item = SuspenseItem {
        id,
        state: SuspenseState::Open,
        reason,
        statement,
        place,
        entry: entry.clone(),
        target: None,
        note: None,
        created_at: at,
        resolved_at: None,
    };
    change(state, events, item);
    id
}

fn change(state: &mut State, events: &mut Vec<Event>, item: SuspenseItem) {
    events.push(Event::Banking(Box::new(BankingEvent::SuspenseChanged(item.clone()))));
    match item.state {
        SuspenseState::Open | SuspenseState::Returning | SuspenseState::GoneBack => {
            state.banking.suspense.insert(item.id, item);
        }
        SuspenseState::Resolved => {
            state.banking.suspense.remove(&item.id);
        }
    }
}

/// Something that is not resolved.
fn open(state: &State, id: SuspenseId) -> Result<&SuspenseItem, Rejection> {
    let item = state.banking.suspense.get(&id);
    match item {
        Some(item) if item.state == SuspenseState::Open => Ok(item),
        Some(_) => Err(BankingRefusal::SuspenseResolved(id).into()),
        None if (1..state.banking.counters.suspense).contains(&id.0) => {
            Err(BankingRefusal::SuspenseResolved(id).into())
        }
        None => Err(BankingRefusal::SuspenseNotFound(id).into()),
    }
}

/// Whether it could be that.
pub(super) fn check<'a>(
    state: &'a State,
    (id, target, note): (SuspenseId, &SuspenseTarget, &str),
) -> Result<&'a SuspenseItem, Rejection> {
    let item = open(state, id)?;
    let mut errors = FieldErrors::default();
    limits::reason(&mut errors, "/note", note);
    let came_in = item.entry.direction == Direction::Credit;
    let amount = item.entry.amount;
    let way = |errors: &mut FieldErrors, fits: bool| {
        let detail = "does not go the way that the money went";
        errors.require(fits, "/target", FieldRule::Contradicts, detail);
    };
    match target {
        SuspenseTarget::Org(org) => {
            let known = state.orgs.contains_key(org);
            errors.require(known, "/target/org", FieldRule::Unknown, "names no organisation");
            let cash = state.ledger.balance(AccountKey::Cash(*org));
            let fits = came_in || cash >= amount;
            let detail = "has not so much cash";
            errors.require(fits, "/target/org", FieldRule::Exceeds, detail);
        }
        SuspenseTarget::TreasuryRequest(request) => {
            way(&mut errors, came_in);
            errors.check()?;
            treasury::check_receive(state, *request, amount)?;
            return Ok(item);
        }
        SuspenseTarget::Return(account) => {
            way(&mut errors, came_in);
            check_account(&mut errors, "/target/return", account);
            let own = state.banking.custody.contains_key(&account.number);
            let pointer = "/target/return/number";
            errors.require(!own, pointer, FieldRule::NotEligible, "is a custody account");
        }
        SuspenseTarget::Payout(payout) => {
            way(&mut errors, !came_in);
            let known = payout::in_flight(state, *payout)?;
            let same = known.line.amount == amount;
            let detail = "is of another amount";
            errors.require(same, "/target/payout", FieldRule::Contradicts, detail);
        }
        SuspenseTarget::Charges => {
            let there = state.ledger.balance(AccountKey::FeeRevenue);
            let fits = came_in || there >= amount;
            let detail = "are more than the fees that were earned";
            errors.require(fits, "/target", FieldRule::Exceeds, detail);
        }
    }
    errors.check()?;
    Ok(item)
}

/// Says what it was.
pub(super) fn resolve(
    state: &mut State,
    events: &mut Vec<Event>,
    (id, target, note): (SuspenseId, SuspenseTarget, String),
    at: Timestamp,
) -> Result<(), Rejection> {
    let item = check(state, (id, &target, &note))?.clone();
    let resolved = SuspenseItem {
        state: match target {
            SuspenseTarget::Return(_) => SuspenseState::Returning,
            SuspenseTarget::Org(_)
            | SuspenseTarget::TreasuryRequest(_)
            | SuspenseTarget::Payout(_)
            | SuspenseTarget::Charges => SuspenseState::Resolved,
        },
        target: Some(target.clone()),
        note: Some(note),
        resolved_at: Some(at),
        ..item.clone()
    };
    book(state, events, (&item, target), at).map_err(Rejection::after_change)?;
    change(state, events, resolved);
    Ok(())
}

fn book(
    state: &mut State,
    events: &mut Vec<Event>,
    (item, target): (&SuspenseItem, SuspenseTarget),
    at: Timestamp,
) -> Result<(), Rejection> {
    let (id, amount) = (item.id, item.entry.signed());
    match target {
        SuspenseTarget::Org(org) => {
            posting::suspense::resolve(state, events, (id, AccountKey::Cash(org), amount), at)?;
            posting::collect::post(state, events, (org, amount.max(Money::ZERO)), at)
        }
        SuspenseTarget::TreasuryRequest(request) => {
            let paid = (amount, item.entry.reference.clone());
            receipt::out_of_suspense(state, events, (request, id), paid, at)
        }
        SuspenseTarget::Return(account) => {
            withdrawal::give_back(state, events, (id, account, amount), at);
            Ok(())
        }
        SuspenseTarget::Payout(payout) => payout::paid(state, events, (payout, Seen::Suspense), at),
        SuspenseTarget::Charges => posting::suspense::resolve(state, events, (id, AccountKey::FeeRevenue, amount), at),
    }
}

/// The bank has sent it back to who had sent it.
pub(super) fn given_back(
    state: &mut State,
    events: &mut Vec<Event>,
    id: SuspenseId,
    at: Timestamp,
) -> Result<(), Rejection> {
    let missing = Rejection::Fault("money of nobody known that is not known");
    let item = state.banking.suspense.get(&id).ok_or(missing)?;
    let gone = SuspenseItem {
        state: SuspenseState::GoneBack,
        resolved_at: Some(at),
        ..item.clone()
    };
    change(state, events, gone);
    Ok(())
}

/// What was sent back has come again: somebody has to look into it anew.
pub(super) fn reopen(
    state: &mut State,
    events: &mut Vec<Event>,
    (id, payout): (SuspenseId, &Payout),
) -> Result<(), Rejection> {
    let missing = Rejection::Fault("money of nobody known that is not known");
    let item = state.banking.suspense.get(&id).ok_or(missing)?;
    let again = SuspenseItem {
        state: SuspenseState::Open,
        target: None,
        note: Some(format!("{} came back", payout.id)),
        resolved_at: None,
        ..item.clone()
    };
    change(state, events, again);
    Ok(())
}
