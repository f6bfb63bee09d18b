//! The statement of one party and period: what its accounts held, every movement of them with what it was about, what they hold
//! then, and what each lease came to. Everything is read off the ledger's transfers, so that it ties to the ledger to the fen.

pub mod lease;
mod tables;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use self::lease::{LeaseSums, PaperLease, item};
use super::fact::Names;
use super::figure::Period;
use crate::domain::account::{AccountKey, Side, Unit};
use crate::domain::id::{LeaseId, MovementId, OrgId, ProgrammeId, TransferId, VoucherId};
use crate::domain::money::{Money, Overflow};
use crate::domain::time::Timestamp;
use crate::domain::transfer::{BusinessRef, MovementKind};

/// Whose statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// The market itself.
    Platform,
    /// An organisation.
    Org(OrgId),
}

impl Serialize for Party {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Party::Platform => serializer.serialize_str("platform"),
            Party::Org(org) => org.serialize(serializer),
        }
    }
}

/// A transfer with its accounts by what they are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Booked {
    /// The transfer.
    pub transfer: TransferId,
    /// The movement that it is a part of.
    pub movement: MovementId,
    /// The business event.
    pub kind: MovementKind,
    /// What it is about.
    pub about: BusinessRef,
    /// The lease that this comes to; none: no lease.
    pub lease: Option<LeaseId>,
    /// When it counts.
    pub booked_at: Timestamp,
    /// The account debited.
    pub debit: AccountKey,
    /// The account credited.
    pub credit: AccountKey,
    /// How much.
    pub amount: Money,
}

/// A line of an account: a transfer, seen from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// The transfer.
    pub transfer: TransferId,
    /// The movement that it is a part of.
    pub movement: MovementId,
    /// The business event.
    pub kind: MovementKind,
    /// What it is about.
    pub about: BusinessRef,
    /// The lease that this comes to.
    pub lease: Option<LeaseId>,
    /// When it counts.
    pub booked_at: Timestamp,
    /// What the account on the other side is for.
    pub counter: &'static str,
    /// Whether it came in.
    pub came: bool,
    /// How much.
    pub amount: Money,
    /// What the account held afterwards.
    pub balance: Money,
    /// Whether it settles or corrects what a lease that ended before the period had delivered.
    pub earlier: bool,
}

impl Line {
    /// What came in and what went out.
    pub fn sides(&self) -> (Option<Money>, Option<Money>) {
        (self.came.then_some(self.amount), (!self.came).then_some(self.amount))
    }
}

impl Serialize for Line {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (came, went) = self.sides();
        let mut fields = serializer.serialize_struct("Line", 11)?;
        fields.serialize_field("transfer", &self.transfer)?;
        fields.serialize_field("movement", &self.movement)?;
        fields.serialize_field("kind", &self.kind)?;
        fields.serialize_field("business_ref", &self.about.to_string())?;
        fields.serialize_field("lease", &self.lease)?;
        fields.serialize_field("booked_at", &self.booked_at)?;
        fields.serialize_field("counter_account", self.counter)?;
        fields.serialize_field("in", &came)?;
        fields.serialize_field("out", &went)?;
        fields.serialize_field("balance", &self.balance)?;
        fields.serialize_field("earlier_period", &self.earlier)?;
        fields.end()
    }
}

/// The party's accounts of one kind together: a tenant's escrows are one account here. Closing = opening + in − out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountStatement {
    /// What they are for.
    pub account: &'static str,
    /// What they count.
    pub unit: Unit,
    /// Held at the start of the period.
    pub opening: Money,
    /// Came in.
    #[serde(rename = "in")]
    pub came: Money,
    /// Went out.
    #[serde(rename = "out")]
    pub went: Money,
    /// Held at its end.
    pub closing: Money,
    /// Every movement, in the order of booking.
    pub lines: Vec<Line>,
}

/// A lease of which something was booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseBook {
    /// The lease.
    pub lease: PaperLease,
    /// What was booked.
    pub sums: LeaseSums,
}

/// A party's books of a period: what statements, invoices and exports are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Books {
    /// The period.
    pub period: Period,
    /// Whose.
    pub party: Party,
    /// The accounts, in the order of the chart.
    pub accounts: Vec<AccountStatement>,
    /// The leases, the oldest first.
    pub leases: Vec<LeaseBook>,
}

/// The report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementReport {
    /// The books.
    pub books: Books,
    /// Who that is.
    pub name: String,
    /// Its unified social credit code, where it is known.
    pub uscc: Option<String>,
    /// Names of the other parties and of what was leased.
    pub names: Names,
    /// Sums over the leases.
    pub totals: LeaseSums,
}

impl StatementReport {
    /// Of a party's books.
    ///
    /// # Errors
    /// A sum leaves the range.
    pub fn new(books: Books, (name, uscc): (String, Option<String>), names: &Names) -> Result<Self, Overflow> {
        let mut totals = LeaseSums::default();
        for one in &books.leases {
            totals.add_all(&one.sums)?;
        }
        let others = books
            .leases
            .iter()
            .flat_map(|one| [one.lease.fill.tenant, one.lease.fill.provider]);
        let orgs = others.map(|org| (org, names.org(org))).collect();
        Ok(StatementReport {
            books,
            name,
            uscc,
            names: Names {
                orgs,
                accelerators: names.accelerators.clone(),
                ..Names::default()
            },
            totals,
        })
    }
}

/// An account in the order of the chart, whichever of its kind.
fn of_kind(key: AccountKey) -> AccountKey {
    use AccountKey as A;
    let (org, programme, voucher) = (OrgId(0), ProgrammeId(0), VoucherId(0));
    match key {
        A::Cash(_) => A::Cash(org),
        A::Held(_) => A::Held(org),
        A::PendingCash(_) => A::PendingCash(org),
        A::PendingProgramme(_) => A::PendingProgramme(org),
        A::PayableCash(_) => A::PayableCash(org),
        A::PayableProgramme(_) => A::PayableProgramme(org),
        A::Collateral(_) => A::Collateral(org),
        A::Debt(_) => A::Debt(org),
        A::Escrow(_) => A::Escrow(LeaseId(0)),
        A::TreasuryReceivable(..) => A::TreasuryReceivable(programme, 0),
        A::TreasuryFine(_) => A::TreasuryFine(programme),
        A::Reserve(_) => A::Reserve(programme),
        A::Appropriation(_) => A::Appropriation(programme),
        A::Pot(_) => A::Pot(programme),
        A::Redeemed(_) => A::Redeemed(programme),
        A::Recovered(_) => A::Recovered(programme),
        A::Lapsed(_) => A::Lapsed(programme),
        A::VoucherAvailable(_) => A::VoucherAvailable(voucher),
        A::VoucherHeld(_) => A::VoucherHeld(voucher),
        A::VoucherReserved(_) => A::VoucherReserved(voucher),
        A::Bank | A::FeeRevenue | A::VatPayable | A::PayoutInFlight | A::Suspense => key,
    }
}

/// What happened to the accounts of one kind.
#[derive(Debug, Clone, Default)]
struct Tally {
    /// What they hold now.
    now: Money,
    /// What came in less what went out after the period.
    later: Money,
    came: Money,
    went: Money,
    lines: Vec<Line>,
}

/// The fold.
#[derive(Debug)]
pub struct Statement {
    period: Period,
    party: Party,
    keeps_lines: bool,
    tallies: BTreeMap<AccountKey, Tally>,
    leases: BTreeMap<LeaseId, LeaseSums>,
}

impl Statement {
    /// Of one party; `keeps_lines` unless only what leases came to is asked for.
    pub fn new(period: Period, party: Party, keeps_lines: bool) -> Statement {
        Statement {
            period,
            party,
            keeps_lines,
            tallies: BTreeMap::new(),
            leases: BTreeMap::new(),
        }
    }

    /// Looks at what one of the party's accounts, or several of one kind, hold now.
    ///
    /// # Errors
    /// The sum leaves the range.
    pub fn add_balance(&mut self, key: AccountKey, now: Money) -> Result<(), Overflow> {
        let tally = self.tallies.entry(of_kind(key)).or_default();
        tally.now = tally.now.plus(now)?;
        Ok(())
    }

    /// Looks at a transfer that is not before the period; `owned` says which sides, debit and credit, are the party's. They come in
    /// the order of posting.
    ///
    /// # Errors
    /// A sum leaves the range.
    pub fn add(&mut self, booked: &Booked, owned: (bool, bool)) -> Result<(), Overflow> {
        let inside = self.period.is_before_end(booked.booked_at);
        let debit = (booked.debit, Side::Debit, booked.credit, owned.0);
        let credit = (booked.credit, Side::Credit, booked.debit, owned.1);
        for (key, side, counter, _) in [debit, credit].into_iter().filter(|(.., owned)| *owned) {
            let came = side == key.normal();
            let tally = self.tallies.entry(of_kind(key)).or_default();
            let sum = match (inside, came) {
                (true, true) => &mut tally.came,
                (true, false) => &mut tally.went,
                (false, _) => &mut tally.later,
            };
            *sum = if inside || came {
                sum.plus(booked.amount)?
            } else {
                sum.minus(booked.amount)?
            };
            if inside && self.keeps_lines {
                tally.lines.push(line(booked, counter, came));
            }
        }
        let counted = item(booked.kind, booked.debit, booked.credit);
        if let (true, Some(lease), Some((item, reversed))) = (inside, booked.lease, counted) {
            let amount = if reversed {
                Money::ZERO.minus(booked.amount)?
            } else {
                booked.amount
            };
            self.leases.entry(lease).or_default().add(item, amount)?;
        }
        Ok(())
    }

    /// How many lines it holds.
    pub fn lines(&self) -> usize {
        self.tallies.values().map(|tally| tally.lines.len()).sum()
    }

    /// The leases of which something was booked.
    pub fn leases(&self) -> impl Iterator<Item = LeaseId> + '_ {
        self.leases.keys().copied()
    }

    /// The books; `leases` finds what a lease is.
    ///
    /// # Errors
    /// A sum leaves the range.
    pub fn finish(self, leases: impl Fn(LeaseId) -> Option<PaperLease>) -> Result<Books, Overflow> {
        let found = self.leases.into_iter().filter_map(|(id, sums)| {
            let lease = leases(id)?;
            Some((id, LeaseBook { lease, sums }))
        });
        let books: BTreeMap<LeaseId, LeaseBook> = found.collect();
        let from = self.period.from;
        let ended_before = |line: &Line| {
            let lease = line.lease.and_then(|lease| books.get(&lease));
            let ends = lease.map(|book| book.lease.ends.timestamp());
            counts_for_service(line.kind) && ends.zip(from).is_some_and(|(ends, from)| ends <= from)
        };
        let mut accounts = Vec::with_capacity(self.tallies.len());
        for (key, mut tally) in self.tallies {
            let closing = tally.now.minus(tally.later)?;
            let opening = closing.minus(tally.came)?.plus(tally.went)?;
            // Accounts that held nothing and that nothing has touched say nothing.
            if [opening, tally.came, tally.went]
                .iter()
                .all(|amount| *amount == Money::ZERO)
            {
                continue;
            }
            let mut balance = opening;
            for line in &mut tally.lines {
                balance = if line.came {
                    balance.plus(line.amount)?
                } else {
                    balance.minus(line.amount)?
                };
                line.balance = balance;
                line.earlier = ended_before(line);
            }
            accounts.push(AccountStatement {
                account: key.kind(),
                unit: key.unit(),
                opening,
                came: tally.came,
                went: tally.went,
                closing,
                lines: tally.lines,
            });
        }
        Ok(Books {
            period: self.period,
            party: self.party,
            accounts,
            leases: books.into_values().collect(),
        })
    }
}

/// Whether a movement books what a lease has delivered, or corrects that.
fn counts_for_service(kind: MovementKind) -> bool {
    matches!(kind, MovementKind::Settle | MovementKind::Credit)
}

fn line(booked: &Booked, counter: AccountKey, came: bool) -> Line {
    Line {
        transfer: booked.transfer,
        movement: booked.movement,
        kind: booked.kind,
        about: booked.about,
        lease: booked.lease,
        booked_at: booked.booked_at,
        counter: counter.kind(),
        came,
        amount: booked.amount,
        balance: Money::ZERO,
        earlier: false,
    }
}
