//! The double-entry ledger: balances in memory, transfers going out as movements.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::domain::account::{AccountKey, Side, Unit};
use crate::domain::id::{AccountId, MovementId, TransferId};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::transfer::{BusinessRef, Movement, MovementKind, Transfer};
use crate::engine::banking::funding::Unfunded;

/// An account and what it holds. Only the net is kept: gross sums grow without end, the net is bounded by what came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its identifier.
    pub id: AccountId,
    /// What it is for.
    pub key: AccountKey,
    /// What it holds, on its normal side.
    pub balance: Money,
}

impl Account {
    /// Whether its floor holds.
    pub fn is_above_floor(&self) -> bool {
        self.key.may_be_negative() || self.balance >= Money::ZERO
    }

    /// As it is after `amount` more on `side`.
    fn after(self, side: Side, amount: Money) -> Result<Account, PostError> {
        let balance = if side == self.key.normal() {
            self.balance.plus(amount)
        } else {
            self.balance.minus(amount)
        };
        Ok(Account {
            balance: balance.map_err(|_| PostError::Overflow)?,
            ..self
        })
    }
}

/// One transfer to be: debit, credit, amount. A negative amount goes the other way, zero not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leg {
    /// The account to debit.
    pub debit: AccountKey,
    /// The account to credit.
    pub credit: AccountKey,
    /// How much.
    pub amount: Money,
}

/// A movement to be.
#[derive(Debug, Clone, Copy)]
pub struct Posting<'a> {
    /// The business event.
    pub kind: MovementKind,
    /// What it is about.
    pub about: BusinessRef,
    /// When it counts.
    pub booked_at: Timestamp,
    /// Its transfers, in order; the floors hold after each.
    pub legs: &'a [Leg],
}

/// A movement that was posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// The movement.
    pub movement: Movement,
    /// The accounts it touched, as they are after it.
    pub accounts: Vec<Account>,
    /// What is not funded of whose earnings, where it has changed that. The ledger itself knows nothing of it.
    pub unfunded: Vec<Unfunded>,
}

impl Serialize for Posted {
    /// The leaf is the movement: balances and what is not funded follow from the transfers.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.movement.serialize(serializer)
    }
}

/// Why a movement was not posted; nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PostError {
    /// An account would fall below its floor.
    #[error("an account would fall below its floor")]
    Floor(AccountKey),
    /// The two accounts of a transfer count different things, or are one.
    #[error("a transfer needs two accounts of one unit")]
    Mismatch,
    /// A sum would leave the range.
    #[error("a sum would leave the range that can be counted")]
    Overflow,
}

/// Counters of identifiers: the next of each, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerCounters {
    /// Accounts.
    pub account: u64,
    /// Transfers.
    pub transfer: u64,
    /// Movements.
    pub movement: u64,
}

impl Default for LedgerCounters {
    fn default() -> LedgerCounters {
        LedgerCounters {
            account: 1,
            transfer: 1,
            movement: 1,
        }
    }
}

/// The ledger.
#[derive(Debug, Default)]
pub struct Ledger {
    accounts: FxHashMap<AccountId, Account>,
    ids: FxHashMap<AccountKey, AccountId>,
    counters: LedgerCounters,
}

impl Ledger {
    /// A ledger as it was stored.
    pub fn restore(counters: LedgerCounters, accounts: impl IntoIterator<Item = Account>) -> Ledger {
        let mut ledger = Ledger {
            counters,
            ..Ledger::default()
        };
        for account in accounts {
            ledger.ids.insert(account.key, account.id);
            ledger.accounts.insert(account.id, account);
        }
        ledger
    }

    /// A copy with the accounts that `keep` says.
    pub fn excerpt(&self, keep: impl Fn(AccountKey) -> bool) -> Ledger {
        let accounts = self.accounts.values().filter(|account| keep(account.key));
        Ledger::restore(self.counters, accounts.copied())
    }

    /// The next identifiers.
    pub fn counters(&self) -> LedgerCounters {
        self.counters
    }

    /// What the account for `key` holds; an account not opened yet holds nothing.
    pub fn balance(&self, key: AccountKey) -> Money {
        self.account(key).map_or(Money::ZERO, |account| account.balance)
    }

    /// The account for `key`, if it was opened.
    pub fn account(&self, key: AccountKey) -> Option<&Account> {
        self.accounts.get(self.ids.get(&key)?)
    }

    /// All accounts in memory, by identifier.
    pub fn accounts(&self) -> Vec<&Account> {
        let mut accounts: Vec<&Account> = self.accounts.values().collect();
        accounts.sort_unstable_by_key(|account| account.id);
        accounts
    }

    /// Forgets an account that will never be used again and holds nothing; it stays in the store.
    pub fn retire(&mut self, key: AccountKey) {
        if let Some(id) = self.ids.remove(&key) {
            self.accounts.remove(&id);
        }
    }

    /// Posts all legs or none. None is returned where no leg moves anything.
    pub fn post(&mut self, posting: Posting<'_>) -> Result<Option<Posted>, PostError> {
        let before = self.counters;
        let mut movement = Movement {
            id: MovementId(self.counters.movement),
            kind: posting.kind,
            about: posting.about,
            booked_at: posting.booked_at,
            transfers: Vec::with_capacity(posting.legs.len()),
            opened: Vec::new(),
        };
        for leg in posting.legs {
            if let Err(error) = self.post_leg(leg, &mut movement) {
                self.undo(&movement, before);
                return Err(error);
            }
        }
        if movement.transfers.is_empty() {
            return Ok(None);
        }
        self.counters.movement += 1;
        let accounts = self.touched(&movement);
        Ok(Some(Posted {
            movement,
            accounts,
            unfunded: Vec::new(),
        }))
    }

    fn touched(&self, movement: &Movement) -> Vec<Account> {
        let mut ids = Vec::with_capacity(2 * movement.transfers.len());
        ids.extend(
            movement
                .transfers
                .iter()
                .flat_map(|transfer| [transfer.debit, transfer.credit]),
        );
        ids.sort_unstable();
        ids.dedup();
        ids.iter().filter_map(|id| self.accounts.get(id)).copied().collect()
    }

    fn post_leg(&mut self, leg: &Leg, movement: &mut Movement) -> Result<(), PostError> {
        let (debit, credit, fen) = match leg.amount.fen() {
            0 => return Ok(()),
            fen @ 1.. => (leg.debit, leg.credit, fen),
            fen => (leg.credit, leg.debit, fen.checked_neg().ok_or(PostError::Overflow)?),
        };
        if debit == credit || debit.unit() != credit.unit() {
            return Err(PostError::Mismatch);
        }
        let amount = Money::from_fen(fen);
        let id = TransferId(self.counters.transfer);
        let debited = self.changed(debit, Side::Debit, amount, movement)?;
        let credited = self.changed(credit, Side::Credit, amount, movement)?;
        for account in [debited, credited] {
            self.accounts.insert(account.id, account);
        }
        self.counters.transfer += 1;
        let transfer = Transfer {
            id,
            debit: debited.id,
            credit: credited.id,
            unit: debit.unit(),
            amount,
        };
        movement.transfers.push(transfer);
        Ok(())
    }

    /// The account for `key` as it would be after `amount` more on `side`; opened if need be.
    fn changed(
        &mut self,
        key: AccountKey,
        side: Side,
        amount: Money,
        movement: &mut Movement,
    ) -> Result<Account, PostError> {
        let account = match self.account(key) {
            Some(account) => *account,
            None => self.open(key, movement),
        };
        let account = account.after(side, amount)?;
        if account.is_above_floor() {
            Ok(account)
        } else {
            Err(PostError::Floor(key))
        }
    }

    fn open(&mut self, key: AccountKey, movement: &mut Movement) -> Account {
        let id = AccountId(self.counters.account);
        self.counters.account += 1;
        let account = Account {
            id,
            key,
            balance: Money::ZERO,
        };
        self.accounts.insert(id, account);
        self.ids.insert(key, id);
        movement.opened.push((id, key));
        account
    }

    /// Takes back what a movement that failed half-way has done.
    fn undo(&mut self, movement: &Movement, before: LedgerCounters) {
        for transfer in movement.transfers.iter().rev() {
            for (id, side) in [(transfer.debit, Side::Credit), (transfer.credit, Side::Debit)] {
                let undone = self
                    .accounts
                    .get(&id)
                    .and_then(|account| account.after(side, transfer.amount).ok());
                self.accounts.extend(undone.map(|account| (id, account)));
            }
        }
        for (_, key) in &movement.opened {
            self.retire(*key);
        }
        self.counters = before;
    }

    /// Σ of the debit-normal and Σ of the credit-normal balances of a unit; equal in right books.
    pub fn totals(&self, unit: Unit) -> (i128, i128) {
        let mut totals = (0, 0);
        for account in self.accounts.values().filter(|account| account.key.unit() == unit) {
            match account.key.normal() {
                Side::Debit => totals.0 += i128::from(account.balance.fen()),
                Side::Credit => totals.1 += i128::from(account.balance.fen()),
            }
        }
        totals
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::OrgId;

    const AT: Timestamp = Timestamp::from_micros(0);

    fn leg(debit: AccountKey, credit: AccountKey, fen: i64) -> Leg {
        Leg {
            debit,
            credit,
            amount: Money::from_fen(fen),
        }
    }

    fn posting(legs: &[Leg]) -> Posting<'_> {
        Posting {
            kind: MovementKind::Manual,
            about: BusinessRef::Org(OrgId(1)),
            booked_at: AT,
            legs,
        }
    }

    #[test]
    fn a_movement_that_fails_half_way_leaves_no_trace() {
        let mut ledger = Ledger::default();
        let cash = AccountKey::Cash(OrgId(1));
        let held = AccountKey::Held(OrgId(1));
        ledger.post(posting(&[leg(AccountKey::Bank, cash, 100)])).unwrap();
        let before = (
            ledger.counters(),
            ledger.accounts().into_iter().copied().collect::<Vec<_>>(),
        );
        let legs = [leg(cash, held, 60), leg(cash, AccountKey::FeeRevenue, 60)];
        assert_eq!(ledger.post(posting(&legs)), Err(PostError::Floor(cash)));
        let after: Vec<Account> = ledger.accounts().into_iter().copied().collect();
        assert_eq!((ledger.counters(), after), before);
    }

    #[test]
    fn transfers_need_two_accounts_of_one_unit() {
        let mut ledger = Ledger::default();
        let cash = AccountKey::Cash(OrgId(1));
        assert_eq!(
            ledger.post(posting(&[leg(AccountKey::Bank, AccountKey::Bank, 1)])),
            Err(PostError::Mismatch)
        );
        let pot = AccountKey::Pot(crate::domain::id::ProgrammeId(1));
        assert_eq!(ledger.post(posting(&[leg(pot, cash, 1)])), Err(PostError::Mismatch));
        assert_eq!(ledger.post(posting(&[leg(AccountKey::Bank, cash, 0)])), Ok(None));
        let reversed = ledger
            .post(posting(&[leg(cash, AccountKey::Bank, -5)]))
            .unwrap()
            .unwrap();
        assert_eq!(
            (reversed.movement.transfers[0].amount, ledger.balance(cash)),
            (Money::from_fen(5), Money::from_fen(5))
        );
    }
}
