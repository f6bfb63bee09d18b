//! What the exchange knows of banks.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::domain::banking::account::{AwaitedLine, CustodyAccount, PayoutAccount};
use crate::domain::banking::payout::{Payout, PayoutBatch, PayoutBatchState, PayoutLine, PayoutState, Withdrawal};
use crate::domain::banking::suspense::SuspenseItem;
use crate::domain::id::{OrgId, PayoutBatchId, PayoutId, ProgrammeId, SuspenseId, WithdrawalId};
use crate::domain::money::Money;

/// The next identifiers, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankingCounters {
    /// Withdrawals.
    pub withdrawal: u64,
    /// Batches.
    pub payout_batch: u64,
    /// Payouts.
    pub payout: u64,
    /// Statements.
    pub statement: u64,
    /// What nobody expected.
    pub suspense: u64,
    /// Lines that are awaited.
    pub awaited: u64,
}

impl Default for BankingCounters {
    fn default() -> BankingCounters {
        BankingCounters {
            withdrawal: 1,
            payout_batch: 1,
            payout: 1,
            statement: 1,
            suspense: 1,
            awaited: 1,
        }
    }
}

/// All of it.
#[derive(Debug, Default)]
pub struct Banking {
    /// The next identifiers.
    pub counters: BankingCounters,
    /// Where organisations are paid to.
    pub accounts: BTreeMap<OrgId, PayoutAccount>,
    /// The platform's own accounts, by number.
    pub custody: BTreeMap<String, CustodyAccount>,
    /// Withdrawals that wait for a batch or are in flight, and those that were paid: they can still come back.
    pub withdrawals: BTreeMap<WithdrawalId, Withdrawal>,
    /// All batches.
    pub batches: BTreeMap<PayoutBatchId, PayoutBatch>,
    /// All payouts: what was paid can still come back.
    pub payouts: BTreeMap<PayoutId, Payout>,
    /// Statements that were imported, by account and the bank's name for them.
    pub statements: BTreeSet<(String, String)>,
    /// What nobody expected and is not resolved.
    pub suspense: BTreeMap<SuspenseId, SuspenseItem>,
    /// What was booked as `bank` and is on no statement yet.
    pub awaited: BTreeMap<u64, AwaitedLine>,
    /// Subsidies that were settled and that no treasury has paid, by programme and provider; see `funding`.
    pub unfunded: BTreeMap<(ProgrammeId, OrgId), Money>,
}

impl Banking {
    /// The batch that was agreed on and not sent yet in which an organisation stands with what it has earned, or a withdrawal.
    pub fn waiting_batch(&self, org: Option<OrgId>, withdrawal: Option<WithdrawalId>) -> Option<PayoutBatchId> {
        let same = |line: &PayoutLine| line.withdrawal == withdrawal && (withdrawal.is_some() || line.org == org);
        let waiting = self.batches.values().rev();
        let mut waiting = waiting.filter(|batch| batch.state == PayoutBatchState::Approved);
        waiting.find(|batch| batch.lines.iter().any(same)).map(|batch| batch.id)
    }

    /// What is in flight, by payout.
    pub fn in_flight(&self) -> impl Iterator<Item = &Payout> {
        let payouts = self.payouts.values();
        payouts.filter(|payout| payout.state == PayoutState::InFlight)
    }
}
