//! Proves a database against itself: invariants, balances recomputed from transfers, the journal replayed from the beginning.

mod tree;

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

use self::tree::TreeCheck;
use super::leaf::{self, CommandLeaf};
use crate::domain::account::Side;
use crate::domain::id::{AccountId, ApprovalId};
use crate::engine::invariants::{self, Findings};
use crate::engine::state_hash::{StateHash, state_hash};
use crate::engine::{self, Event, State};
use crate::store::approval::ApprovalRow;
use crate::store::journal::{Chain, JournalRow};
use crate::store::load::LoadError;
use crate::store::{Reader, account, approval, audit, state};

/// What was checked and what was found.
#[derive(Debug, Default, Serialize)]
pub struct Verdict {
    /// Commands, refused ones too.
    pub commands: u64,
    /// Leaves of the journal.
    pub leaves: u64,
    /// Commits whose hash was computed again.
    pub batches: u64,
    /// Roots of subtrees that were computed again.
    pub subtrees: u64,
    /// Checkpoints held against the leaves.
    pub checkpoints: u64,
    /// The root of the tree of all leaves, in hex.
    pub root: String,
    /// Transfers added up.
    pub transfers: u64,
    /// Accounts compared with the sum of their transfers.
    pub accounts: u64,
    /// Approvals compared with what the journal says of them.
    pub approvals: u64,
    /// Checks of invariants.
    pub invariants: u64,
    /// Hash of the state that the tables give.
    pub state_hash: String,
    /// Hash of the state that the journal gives.
    pub replayed_hash: String,
    /// Everything that is wrong.
    pub violations: Vec<Violation>,
}

/// Something that is wrong.
#[derive(Debug, Serialize)]
pub struct Violation {
    /// What kind of thing.
    pub code: &'static str,
    /// The evidence.
    pub detail: String,
}

/// How far the work is: what is being done, and how much of it.
pub type Progress<'a> = &'a mut dyn FnMut(&'static str, u64);

/// Most violations listed; a damaged database has no end of them.
const VIOLATIONS_MAX: usize = 1_000;

impl Verdict {
    fn note(&mut self, code: &'static str, detail: String) {
        if self.violations.len() < VIOLATIONS_MAX {
            self.violations.push(Violation { code, detail });
        }
    }

    fn require(&mut self, holds: bool, code: &'static str, detail: impl FnOnce() -> String) {
        if !holds {
            self.note(code, detail());
        }
    }
}

/// Checks everything, as it is at one instant: an exchange that runs meanwhile is not disturbed and does not disturb.
///
/// # Errors
/// The database cannot be read. What can be read and is wrong is a violation, not an error.
pub fn verify(reader: &mut Reader, progress: Progress<'_>) -> Result<Verdict, LoadError> {
    let mut verdict = Verdict::default();
    // Commits between two reads would look like contradictions.
    reader.hold_still()?;
    progress("state", 0);
    let stored = match state::load(reader) {
        Ok(stored) => Some(stored),
        Err(LoadError::Corrupt(corrupt)) => {
            verdict.note("unreadable_table", corrupt.to_string());
            None
        }
        Err(error) => return Err(error),
    };
    if let Some(stored) = &stored {
        check_invariants(&mut verdict, stored);
        verdict.state_hash = hash_text(stored);
    }
    add_up(reader, &mut verdict, progress)?;
    check_chain(reader, &mut verdict, progress)?;
    let replayed = replay(reader, &mut verdict, progress)?;
    verdict.replayed_hash = hash_text(&replayed.state);
    compare_approvals(reader, &mut verdict, replayed.approvals)?;
    let (tables, journal) = (verdict.state_hash.clone(), verdict.replayed_hash.clone());
    verdict.require(tables == journal, "state_hash", || {
        format!("the tables give {tables}, the journal {journal}")
    });
    progress("done", 0);
    Ok(verdict)
}

fn hash_text(state: &State) -> String {
    state_hash(state)
        .as_ref()
        .map_or_else(ToString::to_string, StateHash::to_string)
}

fn check_invariants(verdict: &mut Verdict, state: &State) {
    let Findings { checked, violations } = invariants::check(state);
    verdict.invariants = checked;
    for violation in violations {
        verdict.note("invariant", format!("{}: {}", violation.invariant, violation.evidence));
    }
}

/// Invariant 7: every balance is the sum of its transfers.
fn add_up(reader: &mut Reader, verdict: &mut Verdict, progress: Progress<'_>) -> Result<(), LoadError> {
    let mut sums: BTreeMap<i64, (i128, i128)> = BTreeMap::new();
    let mut next = 1;
    audit::each_transfer(reader, |row| {
        verdict.require(row.seq == next, "transfer_gap", || {
            format!("transfer {} comes where {next} should", row.seq)
        });
        next = row.seq + 1;
        verdict.transfers += 1;
        sums.entry(row.debit).or_default().0 += i128::from(row.amount);
        sums.entry(row.credit).or_default().1 += i128::from(row.amount);
        progress("transfers", verdict.transfers);
        Ok::<(), LoadError>(())
    })?;
    account::load_all(reader, |account| {
        let AccountId(id) = account.id;
        let (debits, credits) = sums.remove(&id.cast_signed()).unwrap_or_default();
        let sum = match account.key.normal() {
            Side::Debit => debits - credits,
            Side::Credit => credits - debits,
        };
        verdict.accounts += 1;
        let holds = sum == i128::from(account.balance.fen());
        let detail = || {
            format!(
                "{} ({:?}) holds {}, its transfers give {sum} fen",
                account.id, account.key, account.balance
            )
        };
        verdict.require(holds, "balance", detail);
    })?;
    for id in sums.into_keys() {
        verdict.note(
            "account_missing",
            format!("transfers touch account {id}, which does not exist"),
        );
    }
    Ok(())
}

/// Every batch's hash follows from the one before and its leaves.
fn check_chain(reader: &mut Reader, verdict: &mut Verdict, progress: Progress<'_>) -> Result<(), LoadError> {
    let mut batches = VecDeque::new();
    audit::each_batch(reader, |row| {
        batches.push_back(row);
        Ok::<(), LoadError>(())
    })?;
    let mut chain = Chain::after(&[0; 32]);
    let mut tree = TreeCheck::read(reader)?;
    let mut next = 1;
    audit::each_leaf(reader, |row: JournalRow| {
        verdict.leaves += 1;
        verdict.require(row.seq == next, "leaf_gap", || {
            format!("leaf {} comes where {next} should", row.seq)
        });
        next = row.seq + 1;
        chain.add(&row.body);
        tree.add(&row.body, verdict);
        if let Some(batch) = batches.pop_front_if(|batch| batch.last_seq == row.seq) {
            // The next batch goes on from what is stored, so that one broken link is one violation.
            let hash = std::mem::replace(&mut chain, Chain::after(&batch.hash)).finish();
            verdict.batches += 1;
            let holds = batch.hash == hash;
            verdict.require(holds, "batch_hash", || {
                format!("the batch that ends with leaf {} has another hash", row.seq)
            });
        }
        progress("leaves", verdict.leaves);
        Ok::<(), LoadError>(())
    })?;
    tree.end(verdict);
    for batch in batches {
        verdict.note(
            "batch_without_leaves",
            format!("the batch that ends with leaf {} has lost leaves", batch.last_seq),
        );
    }
    Ok(())
}

/// What the journal leads to.
#[derive(Default)]
struct Replayed {
    state: State,
    /// All approvals, the decided ones too, which the state has forgotten.
    approvals: BTreeMap<i64, ApprovalRow>,
}

impl Replayed {
    fn note(&mut self, event: &Event) {
        let row = match event {
            Event::Proposed(approval) => ApprovalRow::from(&**approval),
            Event::ApprovalDecided(decision) => ApprovalRow::from(&**decision),
            _ => return,
        };
        self.approvals.insert(row.id, row);
    }
}

/// Who agreed to what stands in the table as it stands in the journal.
fn compare_approvals(
    reader: &mut Reader,
    verdict: &mut Verdict,
    mut expected: BTreeMap<i64, ApprovalRow>,
) -> Result<(), LoadError> {
    for row in approval::load_all(reader)? {
        verdict.approvals += 1;
        let same = expected.remove(&row.id).as_ref() == Some(&row);
        let id = ApprovalId(row.id.cast_unsigned());
        verdict.require(same, "approval", || format!("{id} is not what the journal says"));
    }
    for id in expected.into_keys() {
        let id = ApprovalId(id.cast_unsigned());
        verdict.note("approval_missing", format!("{id} is in the journal only"));
    }
    Ok(())
}

/// Applies every command of the journal to an empty exchange, and compares what happens with what is written.
fn replay(reader: &mut Reader, verdict: &mut Verdict, progress: Progress<'_>) -> Result<Replayed, LoadError> {
    let mut outcomes = VecDeque::new();
    audit::each_command(reader, |row| {
        verdict.commands += 1;
        let expected = verdict.commands.cast_signed();
        verdict.require(row.seq == expected, "command_gap", || {
            format!("command {} comes where {expected} should", row.seq)
        });
        if row.accepted {
            outcomes.push_back(row.seq);
        }
        Ok::<(), LoadError>(())
    })?;
    let mut replayed = Replayed::default();
    let mut expected: VecDeque<Vec<u8>> = VecDeque::new();
    let mut done = 0;
    audit::each_leaf(reader, |row: JournalRow| {
        if row.kind != leaf::COMMAND {
            let same = expected.pop_front().is_some_and(|body| body == row.body);
            verdict.require(same, "event", || {
                format!("leaf {} is not what the command before it brings about", row.seq)
            });
        } else {
            if !expected.is_empty() {
                verdict.note(
                    "event_missing",
                    format!("before leaf {}, {} events are missing", row.seq, expected.len()),
                );
            }
            expected = apply(verdict, &mut replayed, &row);
            let recorded = outcomes.pop_front();
            let same = recorded == Some(row.command_seq);
            verdict.require(same, "command_unrecorded", || {
                format!("leaf {} belongs to no accepted command", row.seq)
            });
        }
        done += 1;
        progress("replay", done);
        Ok::<(), LoadError>(())
    })?;
    verdict.require(expected.is_empty(), "event_missing", || {
        format!("at the end {} events are missing", expected.len())
    });
    verdict.require(outcomes.is_empty(), "leaf_missing", || {
        format!("{} accepted commands have no leaf", outcomes.len())
    });
    Ok(replayed)
}

/// The leaves that the events of a command give now.
fn apply(verdict: &mut Verdict, replayed: &mut Replayed, row: &JournalRow) -> VecDeque<Vec<u8>> {
    let leaf: CommandLeaf = match serde_json::from_slice(&row.body) {
        Ok(leaf) => leaf,
        Err(error) => {
            verdict.note("leaf_unreadable", format!("leaf {}: {error}", row.seq));
            return VecDeque::new();
        }
    };
    verdict.require(leaf.command_seq == row.command_seq, "leaf_misplaced", || {
        format!("leaf {} names another command", row.seq)
    });
    let events = match engine::apply(&mut replayed.state, leaf.command, leaf.at) {
        Ok(events) => events,
        Err(rejection) => {
            verdict.note("command_refused", format!("leaf {}: {rejection}", row.seq));
            return VecDeque::new();
        }
    };
    events.iter().for_each(|event| replayed.note(event));
    events
        .iter()
        .map(|event| leaf::of_event(event).unwrap_or_default())
        .collect()
}
