//! What each entry of a statement is: a function of what was expected, never a guess.

use std::collections::{BTreeMap, BTreeSet};

use super::reference;
use crate::domain::banking::payout::{Payout, PayoutState};
use crate::domain::banking::statement::{Direction, NewStatement, StatementEntry};
use crate::domain::banking::suspense::SuspenseReason;
use crate::domain::id::{OrgId, PayoutId, TreasuryRequestId};
use crate::domain::money::Money;
use crate::engine::Command;
use crate::engine::office::treasury;
use crate::engine::state::State;

/// What is to be done with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// It was booked before: the awaited line of this number.
    Booked(u64),
    /// Book it as a deposit.
    Deposit(OrgId),
    /// Book it as money for a request.
    Receipt(TreasuryRequestId),
    /// A payout was paid.
    Paid(PayoutId),
    /// A payout came back.
    Returned(PayoutId),
    /// Keep it apart.
    Suspend(SuspenseReason),
}

impl Action {
    /// What `bank` becomes more by, for an entry of that amount.
    pub(super) fn books(self, entry: &StatementEntry) -> Money {
        match self {
            Self::Booked(_) => Money::ZERO,
            Self::Deposit(_) | Self::Receipt(_) | Self::Paid(_) | Self::Returned(_) | Self::Suspend(_) => {
                entry.signed()
            }
        }
    }

    /// When it is done: what came in first, then what went out, then what came back of that.
    pub(super) fn pass(self, entry: &StatementEntry) -> u8 {
        match (self, entry.direction) {
            (Self::Returned(_), _) => 2,
            (_, Direction::Debit) => 1,
            (_, Direction::Credit) => 0,
        }
    }
}

/// What a statement was held against so far, so that nothing expected is found twice.
struct Found<'a> {
    state: &'a State,
    /// Lines that are awaited, by reference and amount, the oldest last.
    awaited: BTreeMap<(&'a str, Money), Vec<u64>>,
    requests: BTreeSet<TreasuryRequestId>,
    paid: BTreeSet<PayoutId>,
    returned: BTreeSet<PayoutId>,
}

/// What to do with each entry, in their order.
pub(super) fn plan<'a>(state: &'a State, statement: &'a NewStatement) -> Vec<Action> {
    let mut found = Found {
        state,
        awaited: BTreeMap::new(),
        requests: BTreeSet::new(),
        paid: BTreeSet::new(),
        returned: BTreeSet::new(),
    };
    for line in state.banking.awaited.values().rev() {
        let same = found.awaited.entry((&line.reference, line.amount)).or_default();
        same.push(line.id);
    }
    let first = statement.entries.iter().map(|entry| {
        let returns = entry.direction == Direction::Credit && payout_of(state, entry).is_some();
        if returns { None } else { Some(found.find(entry)) }
    });
    let first: Vec<Option<Action>> = first.collect();
    // What came back was paid before, perhaps by a later entry of the same statement.
    let entries = statement.entries.iter().zip(first);
    entries
        .map(|(entry, action)| action.unwrap_or_else(|| found.find_return(entry)))
        .collect()
}

/// The payout that an entry names.
fn payout_of<'a>(state: &'a State, entry: &StatementEntry) -> Option<&'a Payout> {
    let id: PayoutId = entry.end_to_end.trim().to_ascii_lowercase().parse().ok()?;
    state.banking.payouts.get(&id)
}

impl<'a> Found<'a> {
    fn find(&mut self, entry: &'a StatementEntry) -> Action {
        let key = (entry.reference.as_str(), entry.signed());
        if let Some(line) = self.awaited.get_mut(&key).and_then(Vec::pop) {
            return Action::Booked(line);
        }
        if self.state.bank_refs.contains(entry.reference.as_str()) {
            return Action::Suspend(SuspenseReason::ReferenceKnown);
        }
        match entry.direction {
            Direction::Debit => self.find_debit(entry),
            Direction::Credit => self.find_credit(entry),
        }
    }

    fn find_debit(&mut self, entry: &StatementEntry) -> Action {
        let Some(payout) = payout_of(self.state, entry) else {
            return Action::Suspend(SuspenseReason::Unknown);
        };
        if payout.state != PayoutState::InFlight || self.paid.contains(&payout.id) {
            return Action::Suspend(SuspenseReason::NotExpected);
        }
        if payout.line.amount != entry.amount {
            return Action::Suspend(SuspenseReason::AmountDiffers);
        }
        self.paid.insert(payout.id);
        Action::Paid(payout.id)
    }

    fn find_return(&mut self, entry: &StatementEntry) -> Action {
        let known = self.state.bank_refs.contains(entry.reference.as_str());
        let Some(payout) = payout_of(self.state, entry).filter(|_| !known) else {
            return Action::Suspend(SuspenseReason::ReferenceKnown);
        };
        let was_paid = payout.state == PayoutState::Paid || self.paid.contains(&payout.id);
        if !was_paid || self.returned.contains(&payout.id) {
            return Action::Suspend(SuspenseReason::NotExpected);
        }
        if payout.line.amount != entry.amount {
            return Action::Suspend(SuspenseReason::AmountDiffers);
        }
        self.returned.insert(payout.id);
        Action::Returned(payout.id)
    }

    fn find_credit(&mut self, entry: &StatementEntry) -> Action {
        let text = format!("{} {}", entry.remittance, entry.end_to_end);
        let requests = reference::requests(&entry.remittance);
        let mut orgs = reference::orgs(&text);
        orgs.extend(self.asked_for(entry));
        let mut requests = requests.into_iter();
        let mut orgs = orgs.into_iter();
        match (requests.next(), orgs.next()) {
            (None, None) => Action::Suspend(SuspenseReason::Unknown),
            (Some(request), None) if requests.next().is_none() => self.find_receipt(request, entry.amount),
            (None, Some(org)) if orgs.next().is_none() => {
                if self.state.orgs.contains_key(&org) {
                    Action::Deposit(org)
                } else {
                    Action::Suspend(SuspenseReason::Unknown)
                }
            }
            (Some(_), _) | (None, Some(_)) => Action::Suspend(SuspenseReason::Ambiguous),
        }
    }

    /// Whose deposit of this reference and amount somebody has asked to be booked.
    fn asked_for(&self, entry: &StatementEntry) -> Option<OrgId> {
        let asked = self.state.approvals.values();
        asked.into_iter().find_map(|approval| match &*approval.command {
            Command::Deposit { org, amount, bank_ref } if *bank_ref == entry.reference && *amount == entry.amount => {
                Some(*org)
            }
            _ => None,
        })
    }

    fn find_receipt(&mut self, id: TreasuryRequestId, amount: Money) -> Action {
        let Some(request) = self.state.treasury_requests.get(&id) else {
            return Action::Suspend(SuspenseReason::Unknown);
        };
        let outstanding = request.outstanding().unwrap_or_default();
        if self.requests.contains(&id) || !outstanding.is_positive() {
            return Action::Suspend(SuspenseReason::NotExpected);
        }
        if outstanding != amount || treasury::check_receive(self.state, id, amount).is_err() {
            return Action::Suspend(SuspenseReason::AmountDiffers);
        }
        self.requests.insert(id);
        Action::Receipt(id)
    }
}
