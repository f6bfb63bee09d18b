//! A statement as tables and as JSON.

use serde::{Serialize, Serializer};

use super::lease::LeaseSums;
use super::{LeaseBook, Line, Party, StatementReport};
use crate::domain::account::Unit;
use crate::domain::id::{LeaseId, OrgId};
use crate::domain::money::{Money, Price};
use crate::domain::time::Hour;
use crate::domain::transfer::BusinessRef;
use crate::engine::report::figure::Period;
use crate::engine::report::section::{Cell, Section};
use crate::engine::report::trial_balance::movement_name;

/// What a lease came to in the period, for the party: what its own accounts do not show is not said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeaseFigures {
    /// The lease.
    pub lease: LeaseId,
    /// Who took the cards.
    pub tenant: OrgId,
    /// Who let them.
    pub provider: OrgId,
    /// What they are.
    pub accelerator: String,
    /// How many.
    pub cards: u32,
    /// The first hour.
    pub start: Hour,
    /// The hour after the last one.
    pub end: Hour,
    /// Price of a card-hour.
    pub price: Price,
    /// The amounts.
    #[serde(flatten)]
    pub amounts: Amounts,
}

/// Amounts of one lease or of all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Amounts {
    /// The charge = voucher + cash; none: the party pays and gets fees only.
    pub charge: Option<Money>,
    /// What vouchers paid of it.
    pub voucher: Option<Money>,
    /// What the tenant paid of it.
    pub cash: Option<Money>,
    /// The tenant's fee.
    pub tenant_fee: Option<Money>,
    /// The provider's fee.
    pub provider_fee: Option<Money>,
    /// VAT contained in the fees.
    pub vat: Option<Money>,
    /// What the provider gave back: to the tenant, and of what vouchers had paid.
    pub credit: Option<Money>,
    /// Of which to the tenant.
    pub credit_cash: Option<Money>,
    /// Paid beyond the charge.
    pub penalty: Option<Money>,
    /// Came back out of escrow.
    pub refunded: Option<Money>,
}

impl Amounts {
    /// What a party on these sides sees.
    fn of(sums: &LeaseSums, (tenant, provider): (bool, bool)) -> Amounts {
        let party = tenant || provider;
        // The sums were added before; a charge that leaves the range has been refused there.
        let charge = sums.charge().unwrap_or(sums.cash);
        let credit = sums.credit().unwrap_or(sums.credit_cash);
        Amounts {
            charge: party.then_some(charge),
            voucher: party.then_some(sums.voucher),
            cash: party.then_some(sums.cash),
            tenant_fee: (tenant || !party).then_some(sums.tenant_fee),
            provider_fee: (provider || !party).then_some(sums.provider_fee),
            vat: (!party).then_some(sums.vat),
            credit: party.then_some(credit),
            credit_cash: party.then_some(sums.credit_cash),
            penalty: party.then_some(sums.penalty),
            refunded: tenant.then_some(sums.refunded),
        }
    }

    fn cells(&self) -> [Cell; 10] {
        [
            self.charge,
            self.voucher,
            self.cash,
            self.tenant_fee,
            self.provider_fee,
            self.vat,
            self.credit,
            self.credit_cash,
            self.penalty,
            self.refunded,
        ]
        .map(|amount| amount.map_or(Cell::None, Cell::Money))
    }
}

#[derive(Serialize)]
struct Shown<'a> {
    period: Period,
    party: Party,
    name: &'a str,
    uscc: Option<&'a str>,
    accounts: &'a [super::AccountStatement],
    leases: Vec<LeaseFigures>,
    totals: Amounts,
}

impl Serialize for StatementReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let shown = Shown {
            period: self.books.period,
            party: self.books.party,
            name: &self.name,
            uscc: self.uscc.as_deref(),
            accounts: &self.books.accounts,
            leases: self.books.leases.iter().map(|book| self.lease(book)).collect(),
            totals: self.totals(),
        };
        shown.serialize(serializer)
    }
}

impl StatementReport {
    /// On which sides of a lease the party stands.
    fn sides(&self, book: &LeaseBook) -> (bool, bool) {
        let is = |org| self.books.party == Party::Org(org);
        (is(book.lease.fill.tenant), is(book.lease.fill.provider))
    }

    fn lease(&self, book: &LeaseBook) -> LeaseFigures {
        let fill = &book.lease.fill;
        LeaseFigures {
            lease: fill.lease,
            tenant: fill.tenant,
            provider: fill.provider,
            accelerator: self.names.code(fill.accelerator),
            cards: fill.cards,
            start: fill.window.from(),
            end: book.lease.ends,
            price: fill.price,
            amounts: Amounts::of(&book.sums, self.sides(book)),
        }
    }

    /// Sums over all leases: of each side on which the party stands in any of them.
    pub fn totals(&self) -> Amounts {
        let sides = self.books.leases.iter().map(|book| self.sides(book));
        let sides = sides.fold((false, false), |all, one| (all.0 || one.0, all.1 || one.1));
        Amounts::of(&self.totals, sides)
    }

    /// As tables.
    pub fn sections(&self) -> Vec<Section> {
        vec![self.summary(), self.balances(), self.movements(), self.lease_section()]
    }

    fn summary(&self) -> Section {
        let Period { from, until } = self.books.period;
        let [beginning, now] = Period::default().in_words();
        let party = match self.books.party {
            Party::Platform => "platform".to_owned(),
            Party::Org(org) => org.to_string(),
        };
        let leases = u64::try_from(self.books.leases.len()).unwrap_or(u64::MAX);
        let shown = |amount: Option<Money>| amount.map_or(Cell::None, Cell::Money);
        let totals = self.totals();
        Section::figures(
            "statement of account",
            [
                ("party", party.into()),
                ("name", self.name.clone().into()),
                (
                    "unified social credit code",
                    self.uscc.clone().map_or(Cell::None, Cell::Text),
                ),
                ("from", from.map_or(beginning.into(), Cell::Time)),
                ("until", until.map_or(now.into(), Cell::Time)),
                ("leases", leases.into()),
                ("charges", shown(totals.charge)),
                ("of which vouchers paid", shown(totals.voucher)),
                ("of which the tenant paid", shown(totals.cash)),
                ("tenant's fees", shown(totals.tenant_fee)),
                ("provider's fees", shown(totals.provider_fee)),
                ("VAT in fees", shown(totals.vat)),
                ("credits", shown(totals.credit)),
            ],
        )
    }

    fn balances(&self) -> Section {
        let rows = self.books.accounts.iter().map(|one| {
            vec![
                one.account.into(),
                unit_name(one.unit).into(),
                one.opening.into(),
                one.came.into(),
                one.went.into(),
                one.closing.into(),
            ]
        });
        let columns = &["account", "unit", "opening balance", "in", "out", "closing balance"];
        Section::new("balances", columns, rows)
    }

    fn movements(&self) -> Section {
        let mut rows = Vec::with_capacity(self.books.accounts.iter().map(|one| one.lines.len() + 2).sum());
        for one in self.books.accounts.iter().filter(|one| !one.lines.is_empty()) {
            rows.push(edge(one.account, "opening balance", one.opening));
            for line in &one.lines {
                let (came, went) = line.sides();
                rows.push(vec![
                    one.account.into(),
                    line.booked_at.into(),
                    line.transfer.to_string().into(),
                    movement_name(line.kind).into(),
                    line.about.to_string().into(),
                    other_lease(line),
                    line.counter.into(),
                    came.map_or(Cell::None, Cell::Money),
                    went.map_or(Cell::None, Cell::Money),
                    line.balance.into(),
                    if line.earlier { "yes".into() } else { Cell::None },
                ]);
            }
            rows.push(edge(one.account, "closing balance", one.closing));
        }
        let columns = &[
            "account",
            "booked at",
            "transfer",
            "movement",
            "business reference",
            "lease",
            "other account",
            "in",
            "out",
            "balance",
            "of an earlier period",
        ];
        Section::new("movements", columns, rows)
    }

    fn lease_section(&self) -> Section {
        let mut rows: Vec<Vec<Cell>> = Vec::with_capacity(self.books.leases.len() + 1);
        for book in &self.books.leases {
            let one = self.lease(book);
            let mut row: Vec<Cell> = vec![
                one.lease.to_string().into(),
                self.names.org(one.tenant).into(),
                self.names.org(one.provider).into(),
                one.accelerator.into(),
                one.cards.into(),
                one.start.timestamp().into(),
                one.end.timestamp().into(),
                one.price.into(),
            ];
            row.extend(one.amounts.cells());
            rows.push(row);
        }
        let mut total: Vec<Cell> = vec!["total".into()];
        total.extend(std::iter::repeat_n(Cell::None, 7));
        total.extend(self.totals().cells());
        rows.push(total);
        let columns = &[
            "lease",
            "tenant",
            "provider",
            "accelerator",
            "cards",
            "start",
            "end",
            "price",
            "charge",
            "voucher",
            "cash",
            "tenant's fee",
            "provider's fee",
            "VAT in fees",
            "credit",
            "credit in cash",
            "penalty",
            "refunded",
        ];
        Section::new("leases", columns, rows)
    }
}

/// The lease that a line comes to, where the business reference is not that lease itself.
fn other_lease(line: &Line) -> Cell {
    let lease = line.lease.filter(|lease| line.about != BusinessRef::Lease(*lease));
    lease.map_or(Cell::None, |lease| lease.to_string().into())
}

/// The first or last row of an account.
fn edge(account: &'static str, what: &'static str, balance: Money) -> Vec<Cell> {
    let mut row: Vec<Cell> = vec![account.into(), Cell::None, Cell::None, what.into()];
    row.extend(std::iter::repeat_n(Cell::None, 5));
    row.extend([balance.into(), Cell::None]);
    row
}

fn unit_name(unit: Unit) -> &'static str {
    match unit {
        Unit::Cny => "CNY",
        Unit::Cnyv => "CNYV",
    }
}
