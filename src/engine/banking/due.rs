//! What could be paid out now, to whom, and what holds back the rest.

use super::funding;
use super::refusal::BankingRefusal;
use crate::domain::account::AccountKey;
use crate::domain::banking::account::BankAccount;
use crate::domain::banking::payout::{HeldBack, Hold, PayoutLine, Withdrawal, WithdrawalState};
use crate::domain::flag::{Flag, Subject};
use crate::domain::id::{FlagId, OrgId};
use crate::domain::money::{Money, Overflow};
use crate::domain::time::Timestamp;
use crate::engine::limits;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// What is due.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Due {
    /// What could be paid now: by organisation what was earned, then withdrawals in their order.
    pub lines: Vec<PayoutLine>,
    /// What is due and cannot be paid now.
    pub held: Vec<HeldBack>,
}

/// What is due to all organisations, or to some; at most as many lines as a batch may have.
///
/// # Errors
/// A sum leaves the range.
pub fn due(state: &State, orgs: Option<&[OrgId]>, at: Timestamp) -> Result<Due, Overflow> {
    let mut due = Due::default();
    let wanted = |org: OrgId| orgs.is_none_or(|orgs| orgs.contains(&org));
    for &org in state.orgs.keys().filter(|org| wanted(**org)) {
        add_earnings(state, &mut due, org, at)?;
    }
    let waiting = state.banking.withdrawals.values();
    let waiting = waiting.filter(|withdrawal| withdrawal.state == WithdrawalState::Waiting);
    for withdrawal in waiting.filter(|withdrawal| withdrawal.org.map_or(orgs.is_none(), wanted)) {
        add_withdrawal(state, &mut due, withdrawal, at)?;
    }
    due.lines.truncate(limits::PAYOUT_LINES_MAX);
    Ok(due)
}

fn add_earnings(state: &State, due: &mut Due, org: OrgId, at: Timestamp) -> Result<(), Overflow> {
    let earned = earnings(state, org)?;
    let unfunded = state
        .ledger
        .balance(AccountKey::PayableProgramme(org))
        .minus(earned.programme)?;
    let mut hold = |amount: Money, hold: Hold| {
        if amount.is_positive() {
            due.held.push(HeldBack {
                org: Some(org),
                withdrawal: None,
                amount,
                hold,
            });
        }
    };
    hold(unfunded, Hold::Unfunded);
    let all = earned.cash.plus(earned.programme)?;
    if !all.is_positive() {
        return Ok(());
    }
    match account(state, org, at).and_then(|account| match state.banking.waiting_batch(Some(org), None) {
        Some(batch) => Err(Hold::InBatch { batch }),
        None => Ok(account),
    }) {
        Err(reason) => hold(all, reason),
        Ok(account) => due.lines.push(earned.line(org, account)?),
    }
    Ok(())
}

/// What an organisation has earned and could be paid: what tenants have paid, what treasuries have, and what it owes.
struct Earned {
    cash: Money,
    programme: Money,
    debt: Money,
}

fn earnings(state: &State, org: OrgId) -> Result<Earned, Overflow> {
    Ok(Earned {
        cash: state.ledger.balance(AccountKey::PayableCash(org)),
        programme: funding::free(state, org)?,
        debt: state.ledger.balance(AccountKey::Debt(org)).max(Money::ZERO),
    })
}

impl Earned {
    /// A debt is paid first, out of what tenants have paid first.
    fn line(&self, org: OrgId, account: BankAccount) -> Result<PayoutLine, Overflow> {
        let debt_from_cash = self.debt.min(self.cash);
        let debt_from_programme = self.debt.minus(debt_from_cash)?.min(self.programme);
        let from_cash = self.cash.minus(debt_from_cash)?;
        let from_programme = self.programme.minus(debt_from_programme)?;
        Ok(PayoutLine {
            org: Some(org),
            withdrawal: None,
            account,
            amount: from_cash.plus(from_programme)?,
            from_cash,
            from_programme,
            debt_from_cash,
            debt_from_programme,
        })
    }
}

fn add_withdrawal(state: &State, due: &mut Due, withdrawal: &Withdrawal, at: Timestamp) -> Result<(), Overflow> {
    let earlier = due.lines.iter().filter(|line| line.withdrawal.is_some());
    let taken = Money::sum(
        earlier
            .filter(|line| line.org == withdrawal.org)
            .map(|line| line.amount),
    )?;
    let found = match state.banking.waiting_batch(None, Some(withdrawal.id)) {
        Some(batch) => Err(Hold::InBatch { batch }),
        None => payable(state, withdrawal, taken, at),
    };
    match found {
        Ok(account) => due.lines.push(PayoutLine {
            org: withdrawal.org,
            withdrawal: Some(withdrawal.id),
            account,
            amount: withdrawal.amount,
            from_cash: Money::ZERO,
            from_programme: Money::ZERO,
            debt_from_cash: Money::ZERO,
            debt_from_programme: Money::ZERO,
        }),
        Err(hold) => due.held.push(HeldBack {
            org: withdrawal.org,
            withdrawal: Some(withdrawal.id),
            amount: withdrawal.amount,
            hold,
        }),
    }
    Ok(())
}

/// Where a withdrawal goes, if it can be paid when `taken` of the same cash is paid before it.
fn payable(state: &State, withdrawal: &Withdrawal, taken: Money, at: Timestamp) -> Result<BankAccount, Hold> {
    let Some(org) = withdrawal.org else {
        return withdrawal.account.clone().ok_or(Hold::NoAccount);
    };
    let account = account(state, org, at)?;
    if state.ledger.balance(AccountKey::Debt(org)).is_positive() {
        return Err(Hold::Owes);
    }
    let cash = state.ledger.balance(AccountKey::Cash(org));
    let fits = taken.plus(withdrawal.amount).is_ok_and(|wanted| wanted <= cash);
    if fits { Ok(account) } else { Err(Hold::CashShort) }
}

/// The account that an organisation can be paid to now.
fn account(state: &State, org: OrgId, at: Timestamp) -> Result<BankAccount, Hold> {
    if let Some(flag) = flagged(state, org) {
        return Err(Hold::Flagged { flag });
    }
    let known = state.banking.accounts.get(&org).ok_or(Hold::NoAccount)?;
    if known.bounced {
        return Err(Hold::Bounced);
    }
    if at < known.usable_from {
        return Err(Hold::Cooling {
            until: known.usable_from,
        });
    }
    Ok(known.account.clone())
}

/// The open flag that holds an organisation's money back: one that holds what it names and names the organisation, or a lease, a
/// claim or an application of its own.
fn flagged(state: &State, org: OrgId) -> Option<FlagId> {
    let names = |subject: &Subject| match subject {
        Subject::Org(named) => *named == org,
        Subject::Lease(lease) => state
            .leases
            .get(lease)
            .is_some_and(|lease| lease.fill.provider == org || lease.fill.tenant == org),
        Subject::Claim(claim) => state.claims.get(claim).is_some_and(|claim| claim.org == org),
        Subject::Application(_) | Subject::Programme(_) => false,
    };
    let holding = |flag: &&Flag| flag.holds() && (flag.org == org || flag.subjects.iter().any(names));
    state.flags.values().find(holding).map(|flag| flag.id)
}

/// Whether the lines of a batch can be paid just as they stand: to the same accounts, with nothing that holds them back, out of
/// money that is there, and with the same debts taken out.
///
/// `own` says whether the lines are those of a batch that was agreed on already.
pub(super) fn check_lines(state: &State, lines: &[PayoutLine], own: bool, at: Timestamp) -> Result<(), Rejection> {
    for (place, line) in lines.iter().enumerate() {
        let changed = |why: String| Rejection::from(BankingRefusal::LineChanged { line: place, why });
        if !own && let Some(batch) = state.banking.waiting_batch(line.org, line.withdrawal) {
            return Err(changed(format!(
                "it stands in {batch}, which is agreed on and not sent"
            )));
        }
        let before = lines.get(..place).unwrap_or_default();
        let twice = |other: &PayoutLine| other.org == line.org && other.withdrawal == line.withdrawal;
        if before.iter().any(twice) {
            return Err(changed("it is there twice".to_owned()));
        }
        let account = match line.withdrawal {
            Some(_) => check_withdrawal(state, line, before, at),
            None => check_earnings(state, line, at),
        };
        let account = account.map_err(|error| match error {
            Unpayable::Held(hold) => changed(words(hold)),
            Unpayable::Amounts => changed("its amounts are not what is there".to_owned()),
            Unpayable::Overflow => Rejection::Overflow,
        })?;
        if account != line.account {
            return Err(changed("the bank account has changed".to_owned()));
        }
    }
    Ok(())
}

enum Unpayable {
    Held(Hold),
    Amounts,
    Overflow,
}

impl From<Overflow> for Unpayable {
    fn from(_: Overflow) -> Unpayable {
        Unpayable::Overflow
    }
}

fn check_earnings(state: &State, line: &PayoutLine, at: Timestamp) -> Result<BankAccount, Unpayable> {
    let org = line.org.ok_or(Unpayable::Amounts)?;
    let account = account(state, org, at).map_err(Unpayable::Held)?;
    let there = earnings(state, org)?;
    let parts = [
        line.from_cash,
        line.from_programme,
        line.debt_from_cash,
        line.debt_from_programme,
    ];
    let all = Money::sum(parts)?;
    let adds_up = line.from_cash.plus(line.from_programme)? == line.amount;
    let sound = parts.iter().all(|part| *part >= Money::ZERO) && all.is_positive() && adds_up;
    let there_is = line.of_cash()? <= there.cash && line.of_programme()? <= there.programme;
    let same_debt = line.netted()? == there.debt.min(all);
    if sound && there_is && same_debt {
        Ok(account)
    } else {
        Err(Unpayable::Amounts)
    }
}

fn check_withdrawal(
    state: &State,
    line: &PayoutLine,
    before: &[PayoutLine],
    at: Timestamp,
) -> Result<BankAccount, Unpayable> {
    let id = line.withdrawal.ok_or(Unpayable::Amounts)?;
    let known = state.banking.withdrawals.get(&id).ok_or(Unpayable::Amounts)?;
    let waits = known.state == WithdrawalState::Waiting;
    let nothing_else = line.of_cash()? == Money::ZERO && line.of_programme()? == Money::ZERO;
    if !waits || !nothing_else || known.amount != line.amount || known.org != line.org {
        return Err(Unpayable::Amounts);
    }
    let earlier = before
        .iter()
        .filter(|other| other.withdrawal.is_some() && other.org == line.org);
    let taken = Money::sum(earlier.map(|other| other.amount))?;
    payable(state, known, taken, at).map_err(Unpayable::Held)
}

/// Why something is held back, in words.
fn words(hold: Hold) -> String {
    match hold {
        Hold::NoAccount => "there is no bank account on file".to_owned(),
        Hold::Cooling { until } => format!("the bank account was changed and is not paid to before {until}"),
        Hold::Bounced => "a payout to the bank account came back".to_owned(),
        Hold::Flagged { flag } => format!("flag {flag} holds it back"),
        Hold::InBatch { batch } => format!("it stands in {batch}"),
        Hold::Unfunded => "the treasuries have not paid it".to_owned(),
        Hold::Owes => "the organisation owes something".to_owned(),
        Hold::CashShort => "the cash is not there any more".to_owned(),
    }
}
