//! Programmes' money: reserves that are paid in before, what treasuries are asked for, and what they pay.

use serde::{Deserialize, Serialize};

use super::claim::refusal::ClaimRefusal;
use crate::domain::account::AccountKey;
use crate::domain::claim::ClaimState;
use crate::domain::id::{OrgId, ProgrammeId, TreasuryRequestId};
use crate::domain::money::{Money, Overflow};
use crate::domain::programme::funding::PayMode;
use crate::domain::programme::{Programme, ProgrammeState};
use crate::domain::time::Timestamp;
use crate::domain::treasury::{Covered, TreasuryReceipt, TreasuryRequest, TreasuryRequestState};
use crate::domain::user::Role;
use crate::engine::banking::awaited;
use crate::engine::event::Event;
use crate::engine::limits;
use crate::engine::posting;
use crate::engine::registry;
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection, invalid};
use crate::engine::state::State;
use crate::engine::voucher::reserved;

/// Most receipts of one request.
pub const RECEIPTS_MAX: usize = 100;

/// What can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TreasuryCommand {
    /// Book money that was paid in for a programme's reserve.
    FundReserve {
        /// The programme.
        programme: ProgrammeId,
        /// How much.
        amount: Money,
        /// The bank's reference.
        bank_ref: String,
    },
    /// Book that what a reserve has left was sent back.
    ReturnReserve {
        /// The programme.
        programme: ProgrammeId,
        /// How much.
        amount: Money,
        /// The bank's reference.
        bank_ref: String,
    },
    /// Ask a treasury to pay what it owes.
    RequestTreasury {
        /// Who asks.
        org: OrgId,
        /// Under which programme.
        programme: ProgrammeId,
        /// Whom: its place among the programme's co-funders; 0 where there are none.
        payer: u8,
        /// How much.
        amount: Money,
    },
    /// Ask no more for what was not paid.
    CancelTreasuryRequest {
        /// Which request.
        request: TreasuryRequestId,
    },
    /// Book money that went back to a treasury: what it had paid beyond its share once a subsidy was taken back, or fines.
    RemitTreasury {
        /// Who has sent it.
        org: OrgId,
        /// Under which programme.
        programme: ProgrammeId,
        /// To whom: its place among the programme's co-funders.
        payer: u8,
        /// Whether it is fines.
        fines: bool,
        /// How much.
        amount: Money,
        /// The bank's reference.
        bank_ref: String,
    },
    /// Book money that a treasury has paid.
    ReceiveTreasury {
        /// On which request.
        request: TreasuryRequestId,
        /// How much.
        amount: Money,
        /// The bank's reference.
        bank_ref: String,
    },
}

impl TreasuryCommand {
    /// Its name in the journal.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::FundReserve { .. } => "fund_reserve",
            Self::ReturnReserve { .. } => "return_reserve",
            Self::RequestTreasury { .. } => "request_treasury",
            Self::CancelTreasuryRequest { .. } => "cancel_treasury_request",
            Self::RemitTreasury { .. } => "remit_treasury",
            Self::ReceiveTreasury { .. } => "receive_treasury",
        }
    }

    /// Which role decides on it as the second person; none: no second person is needed.
    pub fn decided_by(&self) -> Option<Role> {
        match self {
            Self::FundReserve { .. }
            | Self::ReturnReserve { .. }
            | Self::RemitTreasury { .. }
            | Self::ReceiveTreasury { .. } => Some(Role::Operator),
            Self::RequestTreasury { .. } | Self::CancelTreasuryRequest { .. } => None,
        }
    }

    /// The bank's reference of the movement that it books: no line of a statement is booked twice.
    pub fn bank_ref(&self) -> Option<&str> {
        match self {
            Self::FundReserve { bank_ref, .. }
            | Self::ReturnReserve { bank_ref, .. }
            | Self::RemitTreasury { bank_ref, .. }
            | Self::ReceiveTreasury { bank_ref, .. } => Some(bank_ref),
            Self::RequestTreasury { .. } | Self::CancelTreasuryRequest { .. } => None,
        }
    }
}

/// What is checked when two people are to decide on it; it changes nothing.
pub fn check(state: &State, command: &TreasuryCommand, at: Timestamp) -> Result<(), Rejection> {
    match command {
        TreasuryCommand::FundReserve { programme, amount, .. } => check_fund(state, *programme, *amount)?,
        TreasuryCommand::ReturnReserve { programme, amount, .. } => check_return(state, *programme, *amount)?,
        TreasuryCommand::RemitTreasury {
            org,
            programme,
            payer,
            fines,
            amount,
            ..
        } => {
            check_remit(state, (*org, *programme, *payer), (*fines, *amount), at)?;
        }
        TreasuryCommand::ReceiveTreasury { request, amount, .. } => {
            check_receive(state, *request, *amount)?;
        }
        TreasuryCommand::RequestTreasury { .. } | TreasuryCommand::CancelTreasuryRequest { .. } => {
            return Err(Rejection::NotForApproval(command.kind()));
        }
    }
    check_bank_ref(state, command)
}

fn check_bank_ref(state: &State, command: &TreasuryCommand) -> Result<(), Rejection> {
    let Some(bank_ref) = command.bank_ref() else {
        return Ok(());
    };
    let mut errors = FieldErrors::default();
    limits::text(&mut errors, "/bank_ref", bank_ref);
    errors.check()?;
    registry::check_bank_ref(state, bank_ref)
}

/// Does it.
pub fn apply(
    state: &mut State,
    events: &mut Vec<Event>,
    command: TreasuryCommand,
    at: Timestamp,
) -> Result<(), Rejection> {
    check_bank_ref(state, &command)?;
    match command {
        TreasuryCommand::FundReserve {
            programme,
            amount,
            bank_ref,
        } => {
            check_fund(state, programme, amount)?;
            posting::fund_reserve::fund(state, events, (programme, amount), at)?;
            awaited::booked(state, events, (&bank_ref, amount), at)?;
            state.bank_refs.insert(bank_ref.into());
        }
        TreasuryCommand::ReturnReserve {
            programme,
            amount,
            bank_ref,
        } => {
            check_return(state, programme, amount)?;
            posting::fund_reserve::give_back(state, events, (programme, amount), at)?;
            awaited::booked(state, events, (&bank_ref, Money::ZERO.minus(amount)?), at)?;
            state.bank_refs.insert(bank_ref.into());
        }
        TreasuryCommand::RequestTreasury {
            org,
            programme,
            payer,
            amount,
        } => {
            let request = check_request(state, (org, programme, payer), amount, at)?;
            state.counters.treasury_request += 1;
            change(state, events, request);
        }
        TreasuryCommand::CancelTreasuryRequest { request } => {
            let mut request = open(state, request)?.clone();
            request.state = TreasuryRequestState::Cancelled;
            change(state, events, request);
        }
        TreasuryCommand::RemitTreasury {
            org,
            programme,
            payer,
            fines,
            amount,
            bank_ref,
        } => {
            let (request, from) = check_remit(state, (org, programme, payer), (fines, amount), at)?;
            posting::remit_treasury::post(state, events, (&request, from, amount), at)?;
            awaited::booked(state, events, (&bank_ref, Money::ZERO.minus(amount)?), at)?;
            state.bank_refs.insert(bank_ref.as_str().into());
            state.counters.treasury_request += 1;
            let receipt = TreasuryReceipt { amount, bank_ref, at };
            let receipts = vec![receipt];
            change(state, events, TreasuryRequest { receipts, ..request });
        }
        TreasuryCommand::ReceiveTreasury {
            request,
            amount,
            bank_ref,
        } => {
            let request = check_receive(state, request, amount)?.clone();
            receive(state, events, request, (amount, bank_ref), at)?;
        }
    }
    Ok(())
}

fn change(state: &mut State, events: &mut Vec<Event>, request: TreasuryRequest) {
    events.push(Event::TreasuryRequestChanged(Box::new(request.clone())));
    state.treasury_requests.insert(request.id, request);
}

fn programme(state: &State, id: ProgrammeId) -> Result<&Programme, Rejection> {
    let unknown = || invalid("/programme", FieldRule::Unknown, format!("names no programme: {id}"));
    state.programmes.get(&id).ok_or_else(unknown)
}

/// A programme that pays out of a reserve.
fn with_reserve(state: &State, id: ProgrammeId) -> Result<&Programme, Rejection> {
    let programme = programme(state, id)?;
    let mode = programme.rules.pay_mode;
    if mode == PayMode::Reserve {
        Ok(programme)
    } else {
        Err(ClaimRefusal::WrongPayMode { programme: id, mode }.into())
    }
}

fn check_fund(state: &State, id: ProgrammeId, amount: Money) -> Result<(), Rejection> {
    let programme = with_reserve(state, id)?;
    match programme.state {
        ProgrammeState::Approved | ProgrammeState::Open | ProgrammeState::Closed => {}
        ProgrammeState::Draft | ProgrammeState::Reconciled | ProgrammeState::Rejected => {
            return Err(ClaimRefusal::NotOpen(id).into());
        }
    }
    let mut errors = FieldErrors::default();
    limits::amount(&mut errors, "/amount", amount);
    errors.check()
}

/// Nothing is sent back while vouchers can still be granted or leases wait to be paid; what a later recovery brings back goes the
/// same way.
fn check_return(state: &State, id: ProgrammeId, amount: Money) -> Result<(), Rejection> {
    let programme = with_reserve(state, id)?;
    let mut errors = FieldErrors::default();
    let done = matches!(programme.state, ProgrammeState::Closed | ProgrammeState::Reconciled);
    errors.require(done, "/programme", FieldRule::Fixed, "must be closed first");
    limits::amount(&mut errors, "/amount", amount);
    let (paid_in, promised) = reserved::paid_in(state, id);
    let left = paid_in.minus(promised)?;
    if amount > left {
        let detail = format!("is more than the {left} CNY in the reserve that leases do not wait for");
        errors.add("/amount", FieldRule::Exceeds, detail);
    }
    errors.check()
}

/// What would be recorded of money that goes back to a treasury, and out of which account it comes.
fn check_remit(
    state: &State,
    (org, id, payer): (OrgId, ProgrammeId, u8),
    (fines, amount): (bool, Money),
    at: Timestamp,
) -> Result<(TreasuryRequest, AccountKey), Rejection> {
    let programme = programme(state, id)?;
    let mut errors = FieldErrors::default();
    let funder = check_payer(&mut errors, programme, payer);
    limits::amount(&mut errors, "/amount", amount);
    let (from, most) = if fines {
        let from = AccountKey::TreasuryFine(id);
        (from, state.ledger.balance(from))
    } else {
        let from = AccountKey::TreasuryReceivable(id, payer);
        (from, Money::ZERO.minus(state.ledger.balance(from))?.max(Money::ZERO))
    };
    if amount > most {
        let detail = format!("is more than the {most} CNY that are to go to the treasury");
        errors.add("/amount", FieldRule::Exceeds, detail);
    }
    errors.check()?;
    let owed = state.ledger.balance(AccountKey::TreasuryReceivable(id, payer));
    let (remitted, received) = if fines {
        (TreasuryRequestState::FinesRemitted, Money::ZERO)
    } else {
        (TreasuryRequestState::Remitted, Money::ZERO.minus(amount)?)
    };
    let request = TreasuryRequest {
        id: TreasuryRequestId(state.counters.treasury_request),
        programme: id,
        org,
        payer,
        payer_name: funder,
        state: remitted,
        amount,
        received,
        covered: covered(state, programme, (payer, owed), at),
        receipts: Vec::new(),
        created_at: at,
    };
    Ok((request, from))
}

/// What a payer is called; refuses one that does not pay for the programme.
fn check_payer(errors: &mut FieldErrors, programme: &Programme, payer: u8) -> String {
    let funders = &programme.rules.co_funding;
    let funder = funders.get(usize::from(payer));
    let exists = funder.is_some() || (funders.is_empty() && payer == 0);
    let detail = "names nobody who pays for the programme";
    errors.require(exists, "/payer", FieldRule::Unknown, detail);
    funder.map_or_else(String::new, |funder| funder.payer.clone())
}

/// What a payer of a programme was asked for and has not paid.
pub fn outstanding(state: &State, programme: ProgrammeId, payer: u8) -> Result<Money, Overflow> {
    let requests = state.treasury_requests.values();
    let of_payer = requests.filter(|request| request.programme == programme && request.payer == payer);
    of_payer
        .map(TreasuryRequest::outstanding)
        .try_fold(Money::ZERO, |sum, one| sum.plus(one?))
}

/// What a payer of a programme has paid in all.
pub fn received(state: &State, programme: ProgrammeId, payer: u8) -> Result<Money, Overflow> {
    let requests = state.treasury_requests.values();
    let of_payer = requests.filter(|request| request.programme == programme && request.payer == payer);
    Money::sum(of_payer.map(|request| request.received))
}

fn check_request(
    state: &State,
    (org, id, payer): (OrgId, ProgrammeId, u8),
    amount: Money,
    at: Timestamp,
) -> Result<TreasuryRequest, Rejection> {
    let programme = programme(state, id)?;
    let mode = programme.rules.pay_mode;
    if mode == PayMode::Reserve {
        return Err(ClaimRefusal::WrongPayMode { programme: id, mode }.into());
    }
    let mut errors = FieldErrors::default();
    let known = state.orgs.contains_key(&org);
    errors.require(known, "/org", FieldRule::Unknown, "names no organisation");
    let funder = check_payer(&mut errors, programme, payer);
    limits::amount(&mut errors, "/amount", amount);
    let owed = state.ledger.balance(AccountKey::TreasuryReceivable(id, payer));
    let asked = outstanding(state, id, payer)?;
    let most = owed.minus(asked)?;
    if amount > most {
        let detail = format!("is more than the {most} CNY that are owed and not asked for yet");
        errors.add("/amount", FieldRule::Exceeds, detail);
    }
    errors.check()?;
    Ok(TreasuryRequest {
        id: TreasuryRequestId(state.counters.treasury_request),
        programme: id,
        org,
        payer,
        payer_name: funder,
        state: TreasuryRequestState::Open,
        amount,
        received: Money::ZERO,
        covered: covered(state, programme, (payer, owed), at),
        receipts: Vec::new(),
        created_at: at,
    })
}

fn covered(state: &State, programme: &Programme, (payer, owed): (u8, Money), at: Timestamp) -> Covered {
    let id = programme.id;
    let before = state.treasury_requests.values().rev();
    let mut before = before.filter(|request| request.programme == id && request.payer == payer);
    let from = before
        .next()
        .map_or(programme.rules.valid_from.min(at), |request| request.covered.until);
    let paid = |claim: &&crate::domain::claim::Claim| {
        let decided = claim.decided_at.is_some_and(|decided| from <= decided && decided < at);
        claim.programme == id && claim.state == ClaimState::Approved && decided
    };
    let claims = state.claims.values().filter(paid).map(|_| 1_u64).sum();
    Covered {
        from,
        until: at,
        claims,
        redeemed: state.ledger.balance(AccountKey::Redeemed(id)),
        owed,
    }
}

/// A request that is not paid or cancelled.
fn open(state: &State, id: TreasuryRequestId) -> Result<&TreasuryRequest, Rejection> {
    let request = state.treasury_requests.get(&id);
    let request = request.ok_or(ClaimRefusal::RequestNotFound(id))?;
    match request.state {
        TreasuryRequestState::Open | TreasuryRequestState::PartPaid => Ok(request),
        TreasuryRequestState::Paid
        | TreasuryRequestState::Cancelled
        | TreasuryRequestState::Remitted
        | TreasuryRequestState::FinesRemitted => Err(ClaimRefusal::RequestClosed(id).into()),
    }
}

/// Whether a request could be paid so much.
pub(in crate::engine) fn check_receive(
    state: &State,
    id: TreasuryRequestId,
    amount: Money,
) -> Result<&TreasuryRequest, Rejection> {
    let request = open(state, id)?;
    let mut errors = FieldErrors::default();
    limits::amount(&mut errors, "/amount", amount);
    let left = request.outstanding()?;
    if amount > left {
        let detail = format!("is more than the {left} CNY that are asked for");
        errors.add("/amount", FieldRule::Exceeds, detail);
    }
    let fits = request.receipts.len() < RECEIPTS_MAX;
    errors.require(
        fits,
        "/request",
        FieldRule::TooMany,
        "has had 100 receipts: cancel it and ask anew",
    );
    errors.check()?;
    Ok(request)
}

fn receive(
    state: &mut State,
    events: &mut Vec<Event>,
    request: TreasuryRequest,
    (amount, bank_ref): (Money, String),
    at: Timestamp,
) -> Result<(), Rejection> {
    posting::receive_treasury::post(state, events, (&request, amount), at)?;
    awaited::booked(state, events, (&bank_ref, amount), at)?;
    note_receipt(state, events, request, (amount, bank_ref), at)
}

/// Notes that money has come for a request, which is booked already.
pub(in crate::engine) fn note_receipt(
    state: &mut State,
    events: &mut Vec<Event>,
    mut request: TreasuryRequest,
    (amount, bank_ref): (Money, String),
    at: Timestamp,
) -> Result<(), Rejection> {
    state.bank_refs.insert(bank_ref.as_str().into());
    request.received = request.received.plus(amount)?;
    request.state = if request.received == request.amount {
        TreasuryRequestState::Paid
    } else {
        TreasuryRequestState::PartPaid
    };
    request.receipts.push(TreasuryReceipt { amount, bank_ref, at });
    change(state, events, request);
    Ok(())
}
