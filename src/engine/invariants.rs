//! The invariants of LEDGER.md, checked on a state as a whole. Those that need the history are in `verify`.

use std::collections::BTreeMap;

use serde::Serialize;

mod life;
mod office;

use super::office::{recovery, treasury};
use super::sla;
use super::state::State;
use super::{approval, banking, contract, settlement, voucher};
use crate::domain::account::{AccountKey, Unit};
use crate::domain::claim::ClaimState;
use crate::domain::contract::Contract;
use crate::domain::dispute::DisputeState;
use crate::domain::id::{ListingId, OrgId, ProgrammeId};
use crate::domain::money::Money;
use crate::domain::programme::funding::PayMode;
use crate::domain::time::Hour;

/// A broken invariant, with its evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// Number of the invariant in LEDGER.md.
    pub invariant: u8,
    /// What was found.
    pub evidence: String,
}

/// What a check found, and how much it looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// Things checked.
    pub checked: u64,
    /// Broken invariants.
    pub violations: Vec<Violation>,
}

impl Findings {
    /// Counts a check, and notes a violation unless it holds.
    pub fn check(&mut self, invariant: u8, holds: bool, evidence: impl FnOnce() -> String) {
        self.checked += 1;
        if !holds {
            self.violations.push(Violation {
                invariant,
                evidence: evidence(),
            });
        }
    }
}

/// Checks all invariants that a state alone can show.
pub fn check(state: &State) -> Findings {
    let mut findings = Findings::default();
    units_balance(state, &mut findings);
    floors_hold(state, &mut findings);
    holds_match_bids(state, &mut findings);
    programmes_add_up(state, &mut findings);
    voucher::invariants::check(state, &mut findings);
    leases_add_up(state, &mut findings);
    life::check(state, &mut findings);
    recovery::books::check(state, &mut findings);
    disputes_hold_what_they_say(state, &mut findings);
    sla::books::check(state, &mut findings);
    no_card_is_let_twice(state, &mut findings);
    claims_add_up(state, &mut findings);
    treasuries_owe_what_was_redeemed(state, &mut findings);
    approvals_have_makers(state, &mut findings);
    periods_are_settled(state, &mut findings);
    office::check(state, &mut findings);
    banking::invariants::check(state, &mut findings);
    findings
}

/// 1 and 2: per unit, what is owned and owed to the platform equals what it owes. In `CNY` the debit side is bank,
/// receivables and debts, and the credit side everything that is owed, so that this is invariant 2 as well.
fn units_balance(state: &State, findings: &mut Findings) {
    for unit in [Unit::Cny, Unit::Cnyv] {
        let (debit, credit) = state.ledger.totals(unit);
        findings.check(1, debit == credit, || {
            format!("{unit:?}: debit-normal {debit} fen, credit-normal {credit} fen")
        });
    }
}

fn floors_hold(state: &State, findings: &mut Findings) {
    for account in state.ledger.accounts() {
        findings.check(1, account.is_above_floor(), || {
            format!("{:?} holds {}", account.key, account.balance)
        });
    }
}

/// 1, holds included: what an organisation has on hold is what its open bids hold, and what is pending is what becomes
/// payable.
fn holds_match_bids(state: &State, findings: &mut Findings) {
    let mut held: BTreeMap<OrgId, i128> = BTreeMap::new();
    for bid in state.book.bids() {
        *held.entry(bid.tenant).or_default() += i128::from(bid.held.fen());
    }
    let mut pending: BTreeMap<OrgId, (i128, i128)> = BTreeMap::new();
    for ((_, org), (cash, programme)) in &state.earnings {
        let sums = pending.entry(*org).or_default();
        *sums = (sums.0 + i128::from(cash.fen()), sums.1 + i128::from(programme.fen()));
    }
    for org in state.orgs.keys() {
        let expect = held.get(org).copied().unwrap_or_default();
        let actual = state.ledger.balance(AccountKey::Held(*org));
        findings.check(1, i128::from(actual.fen()) == expect, || {
            format!("{org} holds {actual}, its bids {expect} fen")
        });
        let (cash, programme) = pending.get(org).copied().unwrap_or_default();
        let actual = (
            i128::from(state.ledger.balance(AccountKey::PendingCash(*org)).fen()),
            i128::from(state.ledger.balance(AccountKey::PendingProgramme(*org)).fen()),
        );
        let evidence = || {
            format!(
                "{org} has {actual:?} fen pending, its earnings say {:?}",
                (cash, programme)
            )
        };
        findings.check(1, actual == (cash, programme), evidence);
    }
}

/// 3: vouchers + redeemed + recovered + lapsed + pot = appropriation.
fn programmes_add_up(state: &State, findings: &mut Findings) {
    let mut vouchers: BTreeMap<ProgrammeId, i128> = BTreeMap::new();
    for voucher in state.vouchers.values() {
        let sum = vouchers.entry(voucher.programme).or_default();
        for key in [
            AccountKey::VoucherAvailable(voucher.id),
            AccountKey::VoucherHeld(voucher.id),
            AccountKey::VoucherReserved(voucher.id),
        ] {
            *sum += i128::from(state.ledger.balance(key).fen());
        }
    }
    for programme in state.programmes.values() {
        let id = programme.id;
        let of = |key| i128::from(state.ledger.balance(key).fen());
        let spread = vouchers.get(&id).copied().unwrap_or_default()
            + of(AccountKey::Redeemed(id))
            + of(AccountKey::Recovered(id))
            + of(AccountKey::Lapsed(id))
            + of(AccountKey::Pot(id));
        let appropriated = of(AccountKey::Appropriation(id));
        findings.check(3, spread == appropriated, || {
            format!("{id}: appropriated {appropriated} fen, found {spread} fen")
        });
        let within = appropriated <= i128::from(programme.rules.pot.fen());
        findings.check(3, within, || {
            format!("{id}: appropriated {appropriated} fen, more than its pot")
        });
    }
    for ((programme, org, period), drawn) in &state.drawn {
        let cap = highest_cap(state, (*programme, *org));
        let within = cap.is_none_or(|cap| *drawn <= cap);
        findings.check(3, within, || {
            format!("{org} has drawn {drawn} of {programme} in {period}, over its cap")
        });
    }
}

/// The highest cap that an owner group can have had under a programme: by any version of its rules, or lifted; none where a
/// version has none.
fn highest_cap(state: &State, (programme, group): (ProgrammeId, OrgId)) -> Option<Money> {
    let known = state.programmes.get(&programme)?;
    let mut highest = state.cap_lifts.get(&(programme, group)).copied().unwrap_or_default();
    for rules in std::iter::once(&known.rules).chain(&known.earlier) {
        let rows = rules.cap_rows.iter().map(|row| row.cap).max();
        highest = highest.max(rules.cap_per_entity?).max(rows.unwrap_or_default());
    }
    Some(highest)
}

/// 4: what is settled of a lease follows from its card-seconds; its escrow holds what can still be settled.
fn leases_add_up(state: &State, findings: &mut Findings) {
    for lease in state.leases.values() {
        let fill = &lease.fill;
        let id = fill.lease;
        let totals = settlement::totals_with(fill, &lease.vat_shares, lease.settled.card_seconds);
        findings.check(4, totals == Ok(lease.settled), || {
            format!("{id}: settled {:?}, expected {totals:?}", lease.settled)
        });
        let counted = lease.metering.counted();
        findings.check(4, counted == lease.settled.card_seconds, || {
            format!(
                "{id}: settled {} card-seconds, its reports say {counted}",
                lease.settled.card_seconds
            )
        });
        let agreed = fill.net.plus(fill.fee);
        let spent = lease
            .settled
            .charge
            .minus(lease.settled.voucher)
            .and_then(|cash| cash.plus(lease.settled.tenant_fee));
        let left = agreed.and_then(|agreed| agreed.minus(spent?)?.minus(lease.life().released));
        let escrow = state.ledger.balance(AccountKey::Escrow(id));
        findings.check(4, left == Ok(escrow), || {
            format!("{id}: escrow holds {escrow}, expected {left:?}")
        });
        let split = fill.net.plus(fill.voucher);
        findings.check(4, split == Ok(fill.charge), || {
            format!(
                "{id}: net {} + voucher {} is not {}",
                fill.net, fill.voucher, fill.charge
            )
        });
        let drawn = Money::sum(fill.draws.iter().map(|draw| draw.amount));
        findings.check(4, drawn == Ok(fill.voucher), || {
            format!("{id}: draws {drawn:?} are not {}", fill.voucher)
        });
    }
    voucher_reserves_match(state, findings);
}

/// 4: each dispute is about a live lease, and what it holds back is there and neither more nor less.
fn disputes_hold_what_they_say(state: &State, findings: &mut Findings) {
    let mut known = 0;
    for lease in state.leases.values() {
        for held in lease.metering.held() {
            known += 1;
            let expected = state.disputes.get(&held.dispute).map(|dispute| match dispute.state {
                DisputeState::Open { .. } | DisputeState::Conceded { .. } => dispute.held(),
                DisputeState::Withdrawn { .. } => 0,
                DisputeState::Resolved { decided, .. } => dispute.reported.saturating_sub(decided),
            });
            let holds = lease.metering.held_by(held);
            findings.check(4, expected == Some(holds), || {
                format!("{}: holds {holds} card-seconds back, not {expected:?}", held.dispute)
            });
        }
    }
    let all = state.disputes.len();
    findings.check(4, all == known, || {
        format!("{all} disputes are known, and leases hold {known}")
    });
}

/// 3 and 4: what a voucher has reserved is what live leases have not yet redeemed of it, and what claims wait for.
fn voucher_reserves_match(state: &State, findings: &mut Findings) {
    let mut reserved: BTreeMap<_, i128> = BTreeMap::new();
    for lease in state.leases.values() {
        let used = settlement::redeemed(&lease.fill, lease.settled.voucher).unwrap_or_default();
        for (draw, used) in lease.fill.draws.iter().zip(used) {
            *reserved.entry(draw.voucher).or_default() += i128::from(draw.amount.fen()) - i128::from(used.fen());
        }
    }
    let waiting = state
        .claims
        .values()
        .filter(|claim| claim.state == ClaimState::Submitted);
    for draw in waiting.flat_map(|claim| &claim.draws) {
        *reserved.entry(draw.voucher).or_default() += i128::from(draw.amount.fen());
    }
    for id in state.vouchers.keys() {
        let expect = reserved.get(id).copied().unwrap_or_default();
        let actual = state.ledger.balance(AccountKey::VoucherReserved(*id));
        findings.check(3, i128::from(actual.fen()) == expect, || {
            format!("{id}: reserved {actual}, leases and claims need {expect} fen")
        });
    }
}

/// 3: a claim is for no more than its expense, but where a part of its lease was given back since; its draws, and once it is paid its treasuries' parts, add up to it; no contract is
/// claimed twice under a programme.
fn claims_add_up(state: &State, findings: &mut Findings) {
    let mut seen = BTreeMap::new();
    for claim in state.claims.values() {
        let id = claim.id;
        let credited = match &claim.contract {
            Contract::Lease(facts) => state.recovered.cash(facts.lease).is_positive(),
            Contract::External(_) => false,
        };
        let within = (claim.amount <= claim.base || (credited && claim.state != ClaimState::Submitted))
            && contract::left_of(state, claim).is_ok_and(|left| left >= Money::ZERO);
        findings.check(3, within, || {
            format!("{id}: {} of {}, or more was taken back of it", claim.amount, claim.base)
        });
        let drawn = Money::sum(claim.draws.iter().map(|draw| draw.amount));
        findings.check(3, drawn == Ok(claim.amount), || {
            format!("{id}: draws {drawn:?} are not {}", claim.amount)
        });
        let parts = Money::sum(claim.parts.iter().copied());
        let paid = claim.state != ClaimState::Approved || parts == Ok(claim.amount);
        findings.check(3, paid, || {
            format!("{id}: treasuries' parts {parts:?} are not {}", claim.amount)
        });
        if claim.state.is_live() {
            let twice = seen.insert((claim.programme, claim.contract.key()), id);
            findings.check(3, twice.is_none(), || {
                format!("{id}: its contract is claimed by {twice:?} too")
            });
        }
    }
}

/// 2: what each treasury owes is its share of what was redeemed, less what it has paid; out of a reserve nothing is owed.
fn treasuries_owe_what_was_redeemed(state: &State, findings: &mut Findings) {
    for programme in state.programmes.values() {
        let (id, rules) = (programme.id, &programme.rules);
        let redeemed = state.ledger.balance(AccountKey::Redeemed(id));
        let owes = match rules.pay_mode {
            PayMode::Reserve => Money::ZERO,
            PayMode::Deduct | PayMode::Reimburse | PayMode::Assessment => redeemed,
        };
        let mut paid = Money::ZERO;
        let mut owed = Money::ZERO;
        let shares = settlement::by_payer(rules, owes).unwrap_or_default();
        for (payer, share) in (0_u8..).zip(shares) {
            let balance = state.ledger.balance(AccountKey::TreasuryReceivable(id, payer));
            let received = treasury::received(state, id, payer).unwrap_or_default();
            // Under other shares before, only the sum is known.
            let fits = !programme.earlier.is_empty() || share.minus(received) == Ok(balance);
            findings.check(2, fits, || {
                format!("{id}: payer {payer} owes {balance}, its share is {share}, it has paid {received}")
            });
            owed = owed.plus(balance).unwrap_or_default();
            paid = paid.plus(received).unwrap_or_default();
        }
        findings.check(2, owed.plus(paid) == Ok(owes), || {
            format!("{id}: treasuries owe {owed} and have paid {paid} of {owes}")
        });
    }
}

/// 8: what waits for a second person was asked for by a known user and is something that two people decide on.
fn approvals_have_makers(state: &State, findings: &mut Findings) {
    for approval in state.approvals.values() {
        let id = approval.id;
        findings.check(8, state.users.contains_key(&approval.maker), || {
            format!("{id}: its maker {} is unknown", approval.maker)
        });
        let role = approval::decided_by(&approval.command);
        findings.check(8, role == Some(approval.role), || {
            format!(
                "{id}: {} is decided by {role:?}, not {}",
                approval.command.kind(),
                approval.role
            )
        });
        let same = approval::payload_hash(&approval.command).is_ok_and(|hash| hash == approval.payload_hash);
        findings.check(8, same, || format!("{id}: its command has another hash"));
    }
}

/// 7: what is closed was settled, and a settlement that is not over goes as far as settlements go.
fn periods_are_settled(state: &State, findings: &mut Findings) {
    let (closed, settled) = (state.closed_until, state.settled_until);
    findings.check(7, closed <= settled, || {
        format!("closed until {closed}, but settled until {settled}")
    });
    if let Some(run) = &state.run {
        let goes_on = run.until == settled && run.next.is_some();
        findings.check(7, goes_on, || format!("{} is open and does not go on", run.id));
    }
}

/// 5: per listing, island and hour, Σ leased cards ≤ cards.
fn no_card_is_let_twice(state: &State, findings: &mut Findings) {
    let mut changes: BTreeMap<(ListingId, u32), Vec<(Hour, i64)>> = BTreeMap::new();
    for lease in state.leases.values() {
        for (window, islands) in lease.occupied() {
            for share in islands {
                let of_island = changes.entry((lease.fill.listing, share.island)).or_default();
                of_island.push((window.from(), i64::from(share.cards)));
                of_island.push((window.until(), -i64::from(share.cards)));
            }
        }
    }
    for ((listing, island), mut of_island) in changes {
        let Some(cards) = state
            .book
            .listing(listing)
            .map(|listing| i64::from(listing.cards_per_island))
        else {
            continue;
        };
        // At one hour leases end before others begin: −cards sorts first.
        of_island.sort_unstable();
        let mut let_now = 0;
        let most = of_island.iter().fold(0, |most, (_, change)| {
            let_now += change;
            let_now.max(most)
        });
        findings.check(5, most <= cards, || {
            format!("{listing} island {island}: {most} of {cards} cards let at once")
        });
    }
}
