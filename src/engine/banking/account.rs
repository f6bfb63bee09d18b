//! Bank accounts: which one an organisation is paid to, and the platform's own.

use super::event::BankingEvent;
use super::refusal::BankingRefusal;
use crate::domain::account::AccountKey;
use crate::domain::banking::account::{BankAccount, CustodyAccount, PayoutAccount};
use crate::domain::id::OrgId;
use crate::domain::money::{Money, Overflow};
use crate::domain::time::Timestamp;
use crate::engine::event::Event;
use crate::engine::limits;
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection};
use crate::engine::state::State;

/// Most custody accounts.
const CUSTODY_MAX: usize = 16;
/// Longest name of a holder or a bank: Max140Text of ISO 20022.
const PARTY_MAX: usize = 140;
/// Shortest and longest number of an account: GB and Max34Text of ISO 20022.
const NUMBER: std::ops::RangeInclusive<usize> = 6..=34;
/// Digits of a code in the national clearing system.
const CNAPS_DIGITS: usize = 12;

/// What is wrong with an account whose fields stand below `pointer`.
pub(super) fn check_account(errors: &mut FieldErrors, pointer: &str, account: &BankAccount) {
    for (field, text) in [("holder", &account.holder), ("bank", &account.bank)] {
        let pointer = format!("{pointer}/{field}");
        limits::name(errors, &pointer, text);
        let fits = text.chars().count() <= PARTY_MAX;
        errors.require(fits, &pointer, FieldRule::TooMany, "must have at most 140 characters");
        let trimmed = text.trim().len() == text.len();
        errors.require(
            trimmed,
            &pointer,
            FieldRule::Malformed,
            "must not begin or end with blanks",
        );
    }
    let plain = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
    errors.require(
        NUMBER.contains(&account.number.len()) && account.number.bytes().all(plain),
        &format!("{pointer}/number"),
        FieldRule::Malformed,
        "must have 6 to 34 digits and capital letters",
    );
    let digits = account.cnaps.bytes().all(|byte| byte.is_ascii_digit());
    errors.require(
        digits && account.cnaps.len() == CNAPS_DIGITS,
        &format!("{pointer}/cnaps"),
        FieldRule::Malformed,
        "must have 12 digits",
    );
}

/// Whether an organisation could be paid to an account.
pub(super) fn check_payout(state: &State, org: OrgId, account: &BankAccount) -> Result<(), Rejection> {
    let mut errors = FieldErrors::default();
    let known = state.orgs.contains_key(&org);
    errors.require(known, "/org", FieldRule::Unknown, "names no organisation");
    check_account(&mut errors, "", account);
    let own = state.banking.custody.contains_key(&account.number);
    errors.require(!own, "/number", FieldRule::NotEligible, "is a custody account");
    errors.check()
}

/// Pays an organisation to an account from now on. The first one is used at once; a changed one waits, since that is how payments
/// are stolen. The same one again only ends a stop.
pub(super) fn set_payout(
    state: &mut State,
    events: &mut Vec<Event>,
    (org, account): (OrgId, BankAccount),
    at: Timestamp,
) -> Result<(), Rejection> {
    check_payout(state, org, &account)?;
    let usable_from = match state.banking.accounts.get(&org) {
        None => at,
        Some(before) if before.account == account => before.usable_from,
        Some(_) => at.plus_hours(state.terms.account_cooling_hours),
    };
    let on_file = PayoutAccount {
        org,
        account,
        agreed_at: at,
        usable_from,
        bounced: false,
    };
    change_payout(state, events, on_file);
    Ok(())
}

/// Notes that a payout to an account has come back, if that is still the one on file.
pub(super) fn bounce(state: &mut State, events: &mut Vec<Event>, (org, account): (OrgId, &BankAccount)) {
    let on_file = state.banking.accounts.get(&org);
    if let Some(known) = on_file.filter(|known| known.account == *account && !known.bounced) {
        let bounced = PayoutAccount {
            bounced: true,
            ..known.clone()
        };
        change_payout(state, events, bounced);
    }
}

fn change_payout(state: &mut State, events: &mut Vec<Event>, account: PayoutAccount) {
    events.push(Event::Banking(Box::new(BankingEvent::PayoutAccountChanged(
        account.clone(),
    ))));
    state.banking.accounts.insert(account.org, account);
}

/// Whether a custody account could be opened.
pub(super) fn check_custody(state: &State, account: &BankAccount, opening: Money) -> Result<(), Rejection> {
    let mut errors = FieldErrors::default();
    check_account(&mut errors, "", account);
    let known = state.banking.custody.contains_key(&account.number);
    errors.require(!known, "/number", FieldRule::Taken, "is a custody account already");
    errors.require(
        opening >= Money::ZERO && opening <= limits::AMOUNT_MAX,
        "/opening",
        FieldRule::TooLarge,
        "must be between 0.00 and 10000000000000.00",
    );
    // From now on lists say what these hold.
    let by_hand = [AccountKey::Suspense, AccountKey::PayoutInFlight];
    let first = state.banking.custody.is_empty();
    let nothing = by_hand.iter().all(|key| state.ledger.balance(*key) == Money::ZERO);
    let detail = "cannot be opened while something that was posted by hand is in suspense or in flight";
    errors.require(!first || nothing, "/number", FieldRule::Contradicts, detail);
    errors.check()?;
    if state.banking.custody.len() >= CUSTODY_MAX {
        return Err(Rejection::Limit("at most 16 custody accounts are kept"));
    }
    Ok(())
}

/// Opens a custody account. What the ledger has as `bank` by then is held against the opening balance of the first one.
pub(super) fn open_custody(
    state: &mut State,
    events: &mut Vec<Event>,
    (account, opening): (BankAccount, Money),
    at: Timestamp,
) -> Result<(), Rejection> {
    check_custody(state, &account, opening)?;
    let explained = explained(state)?.plus(opening)?;
    let booked = state.ledger.balance(AccountKey::Bank);
    let custody = CustodyAccount {
        account,
        opening,
        unexplained: booked.minus(explained)?,
        closing: opening,
        closed_at: at,
        statement: None,
        opened_at: at,
    };
    change_custody(state, events, custody);
    Ok(())
}

/// What of `bank` the statements, and what is on none yet, explain; and what was unexplained from the beginning.
pub fn explained(state: &State) -> Result<Money, Overflow> {
    let mut sum = Money::ZERO;
    for custody in state.banking.custody.values() {
        sum = sum.plus(custody.closing)?.plus(custody.unexplained)?;
    }
    let awaited = state.banking.awaited.values().map(|line| line.amount);
    sum.plus(Money::sum(awaited)?)
}

pub(super) fn change_custody(state: &mut State, events: &mut Vec<Event>, custody: CustodyAccount) {
    events.push(Event::Banking(Box::new(BankingEvent::CustodyAccountChanged(
        custody.clone(),
    ))));
    state.banking.custody.insert(custody.account.number.clone(), custody);
}

/// The custody account of a number; where none is named, the only one.
pub(super) fn custody<'a>(state: &'a State, number: Option<&str>) -> Result<&'a CustodyAccount, Rejection> {
    let all = &state.banking.custody;
    let found = match number {
        Some(number) => all.get(number),
        None => all.values().next().filter(|_| all.len() == 1),
    };
    found.ok_or_else(|| match number {
        Some(number) => BankingRefusal::UnknownOwnAccount(number.to_owned()).into(),
        None => BankingRefusal::NoCustodyAccount.into(),
    })
}
