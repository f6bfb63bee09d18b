//! Vouchers by programme: granted, reserved, redeemed, expired, the use rate, and what each treasury owes.
//!
//! A period chooses the vouchers that were granted in it; these are followed to their end. Pot and receivables are as they stand.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::fact::{Names, TransferFact};
use super::figure::{Period, Ratio};
use super::section::{Cell, Section};
use crate::domain::account::AccountKey;
use crate::domain::id::{AccountId, OrgId, ProgrammeId, VoucherId};
use crate::domain::money::{Money, Overflow};
use crate::domain::programme::Programme;
use crate::domain::voucher::Voucher;
use crate::engine::ledger::Account;

/// Rows of the table of holders.
const HOLDERS_SHOWN: usize = 10;

/// What became of vouchers. Granted = available + held + reserved + redeemed + recovered + expired + lapsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Uses {
    /// How many vouchers.
    pub vouchers: u64,
    /// Granted.
    pub granted: Money,
    /// Can still pay.
    pub available: Money,
    /// Bound by open bids.
    pub held: Money,
    /// Bound by leases.
    pub reserved: Money,
    /// Paid settled charges, net of what was given back to the voucher.
    pub redeemed: Money,
    /// Expired and back in the pot.
    pub expired: Money,
    /// Expired for good.
    pub lapsed: Money,
}

impl Uses {
    fn plus(&self, other: &Uses) -> Result<Uses, Overflow> {
        Ok(Uses {
            vouchers: self.vouchers + other.vouchers,
            granted: self.granted.plus(other.granted)?,
            available: self.available.plus(other.available)?,
            held: self.held.plus(other.held)?,
            reserved: self.reserved.plus(other.reserved)?,
            redeemed: self.redeemed.plus(other.redeemed)?,
            expired: self.expired.plus(other.expired)?,
            lapsed: self.lapsed.plus(other.lapsed)?,
        })
    }
}

/// A treasury that pays a part of a programme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PayerFigures {
    /// Who.
    pub payer: String,
    /// Settled and not yet received.
    pub receivable: Money,
}

/// A programme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProgrammeFigures {
    /// Its identifier.
    pub id: ProgrammeId,
    /// Its public name and version.
    pub code: String,
    /// Appropriated.
    pub pot: Money,
    /// Left to be granted.
    pub pot_left: Money,
    /// What became of the vouchers granted in the period.
    #[serde(flatten)]
    pub uses: Uses,
    /// Redeemed and taken back.
    pub recovered: Money,
    /// Redeemed net of recovery ÷ granted.
    pub use_rate: Ratio,
    /// (Redeemed net of recovery + reserved) ÷ granted.
    pub bound_rate: Ratio,
    /// Who pays it.
    pub payers: Vec<PayerFigures>,
}

/// An organisation that was granted vouchers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HolderFigures {
    /// Its identifier.
    pub org: OrgId,
    /// Its name.
    pub name: String,
    /// What became of its vouchers.
    #[serde(flatten)]
    pub uses: Uses,
    /// Redeemed ÷ granted.
    pub use_rate: Ratio,
}

/// The report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VouchersReport {
    /// In which the vouchers were granted.
    pub period: Period,
    /// By programme.
    pub programmes: Vec<ProgrammeFigures>,
    /// The organisations that were granted most.
    pub holders: Vec<HolderFigures>,
}

impl VouchersReport {
    /// As tables.
    pub fn sections(&self) -> Vec<Section> {
        let programmes = self.programmes.iter().map(|one| {
            let uses = &one.uses;
            let mut row: Vec<Cell> = vec![one.code.clone().into(), one.pot.into(), one.pot_left.into()];
            row.extend(uses_cells(uses));
            row.extend([one.recovered.into(), one.use_rate.into(), one.bound_rate.into()]);
            row
        });
        let payers = self.programmes.iter().flat_map(|one| {
            let row = |payer: &PayerFigures| {
                vec![
                    one.code.clone().into(),
                    payer.payer.clone().into(),
                    payer.receivable.into(),
                ]
            };
            one.payers.iter().map(row)
        });
        let holders = self.holders.iter().map(|one| {
            let mut row: Vec<Cell> = vec![one.name.clone().into()];
            row.extend(uses_cells(&one.uses));
            row.push(one.use_rate.into());
            row
        });
        vec![
            Section::new(
                "vouchers by programme",
                &[
                    "programme",
                    "pot",
                    "left in pot",
                    "vouchers",
                    "granted",
                    "available",
                    "reserved",
                    "redeemed",
                    "expired",
                    "lapsed",
                    "recovered",
                    "use rate",
                    "use + reserved",
                ],
                programmes,
            ),
            Section::new(
                "receivable from treasuries",
                &["programme", "payer", "receivable"],
                payers,
            ),
            Section::new(
                "largest voucher holders",
                &[
                    "organisation",
                    "vouchers",
                    "granted",
                    "available",
                    "reserved",
                    "redeemed",
                    "expired",
                    "lapsed",
                    "use rate",
                ],
                holders,
            ),
        ]
    }
}

fn uses_cells(uses: &Uses) -> [Cell; 7] {
    [
        uses.vouchers.into(),
        uses.granted.into(),
        uses.available.into(),
        uses.reserved.into(),
        uses.redeemed.into(),
        uses.expired.into(),
        uses.lapsed.into(),
    ]
}

/// The fold.
#[derive(Debug)]
pub struct Vouchers {
    period: Period,
    programmes: Vec<Programme>,
    vouchers: BTreeMap<VoucherId, (Voucher, Uses)>,
    keys: FxHashMap<AccountId, AccountKey>,
    balances: BTreeMap<AccountKey, Money>,
}

impl Vouchers {
    /// Of everything but the transfers.
    pub fn new(period: Period, programmes: Vec<Programme>, vouchers: Vec<Voucher>, accounts: &[Account]) -> Vouchers {
        Vouchers {
            period,
            programmes,
            vouchers: vouchers
                .into_iter()
                .map(|voucher| (voucher.id, (voucher, Uses::default())))
                .collect(),
            keys: accounts.iter().map(|account| (account.id, account.key)).collect(),
            balances: accounts.iter().map(|account| (account.key, account.balance)).collect(),
        }
    }

    /// Looks at a transfer.
    pub fn add_transfer(&mut self, transfer: &TransferFact) -> Result<(), Overflow> {
        let (Some(&debit), Some(&credit)) = (self.keys.get(&transfer.debit), self.keys.get(&transfer.credit)) else {
            return Ok(());
        };
        let amount = transfer.amount;
        if let (AccountKey::Pot(_), Some(id)) = (debit, voucher_of(credit)) {
            if self.period.contains(transfer.booked_at) {
                self.change(id, |uses| {
                    uses.vouchers += 1;
                    uses.granted = uses.granted.plus(amount)?;
                    Ok(())
                })?;
            } else {
                self.vouchers.remove(&id);
            }
        } else if let Some(id) = voucher_of(debit) {
            self.change(id, |uses| leaves(uses, credit, amount))?;
        } else if let Some(id) = voucher_of(credit) {
            self.change(id, |uses| leaves(uses, debit, Money::ZERO.minus(amount)?))?;
        }
        Ok(())
    }

    fn change(
        &mut self,
        id: VoucherId,
        change: impl FnOnce(&mut Uses) -> Result<(), Overflow>,
    ) -> Result<(), Overflow> {
        self.vouchers.get_mut(&id).map_or(Ok(()), |(_, uses)| change(uses))
    }

    fn balance(&self, key: AccountKey) -> Money {
        self.balances.get(&key).copied().unwrap_or_default()
    }

    /// The figures.
    pub fn finish(mut self, names: &Names) -> Result<VouchersReport, Overflow> {
        let mut by_programme: BTreeMap<ProgrammeId, Uses> = BTreeMap::new();
        let mut by_org: BTreeMap<OrgId, Uses> = BTreeMap::new();
        for (id, (voucher, mut uses)) in std::mem::take(&mut self.vouchers) {
            uses.available = self.balance(AccountKey::VoucherAvailable(id));
            uses.held = self.balance(AccountKey::VoucherHeld(id));
            uses.reserved = self.balance(AccountKey::VoucherReserved(id));
            let sum = by_programme.entry(voucher.programme).or_default();
            *sum = sum.plus(&uses)?;
            let sum = by_org.entry(voucher.org).or_default();
            *sum = sum.plus(&uses)?;
        }
        let programmes = self.programmes.iter();
        let programmes = programmes
            .map(|programme| {
                let uses = by_programme.get(&programme.id).copied().unwrap_or_default();
                self.programme(programme, uses)
            })
            .collect::<Result<_, Overflow>>()?;
        let mut holders: Vec<(OrgId, Uses)> = by_org.into_iter().collect();
        holders.sort_by_key(|(org, uses)| (Reverse(uses.granted), *org));
        holders.truncate(HOLDERS_SHOWN);
        let holder = |(org, uses): (OrgId, Uses)| HolderFigures {
            org,
            name: names.org(org),
            uses,
            use_rate: Ratio::of_money(uses.redeemed, uses.granted),
        };
        Ok(VouchersReport {
            period: self.period,
            programmes,
            holders: holders.into_iter().map(holder).collect(),
        })
    }

    fn programme(&self, programme: &Programme, uses: Uses) -> Result<ProgrammeFigures, Overflow> {
        let id = programme.id;
        let recovered = self.balance(AccountKey::Recovered(id));
        let net = uses.redeemed.minus(recovered)?;
        let names: Vec<String> = match programme.rules.co_funding.as_slice() {
            [] => vec!["(one payer)".to_owned()],
            funders => funders.iter().map(|funder| funder.payer.clone()).collect(),
        };
        let payers = (0_u8..).zip(names).map(|(payer, name)| PayerFigures {
            payer: name,
            receivable: self.balance(AccountKey::TreasuryReceivable(id, payer)),
        });
        Ok(ProgrammeFigures {
            id,
            code: format!("{} v{}", programme.rules.id, programme.rules.version),
            pot: self.balance(AccountKey::Appropriation(id)),
            pot_left: self.balance(AccountKey::Pot(id)),
            uses,
            recovered,
            use_rate: Ratio::of_money(net, uses.granted),
            bound_rate: Ratio::of_money(net.plus(uses.reserved)?, uses.granted),
            payers: payers.collect(),
        })
    }
}

fn voucher_of(key: AccountKey) -> Option<VoucherId> {
    if let AccountKey::VoucherAvailable(id) | AccountKey::VoucherHeld(id) | AccountKey::VoucherReserved(id) = key {
        Some(id)
    } else {
        None
    }
}

/// `amount` leaves a voucher for another account; a negative amount comes back. Between its own accounts nothing leaves it.
fn leaves(uses: &mut Uses, target: AccountKey, amount: Money) -> Result<(), Overflow> {
    if let AccountKey::Redeemed(_) = target {
        uses.redeemed = uses.redeemed.plus(amount)?;
    } else if let AccountKey::Pot(_) = target {
        uses.expired = uses.expired.plus(amount)?;
    } else if let AccountKey::Lapsed(_) = target {
        uses.lapsed = uses.lapsed.plus(amount)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::{Hour, Timestamp};
    use crate::domain::transfer::MovementKind;

    fn at(hour: i32) -> Timestamp {
        Hour(hour).timestamp()
    }

    const RULES: &str = r#"{"id": "city", "pot": "100.00", "rates": [{"rate_bps": 5000}],
        "valid_from": "1970-01-01T00:00:00Z", "valid_until": "1971-01-01T00:00:00Z",
        "co_funding": [{"payer": "city", "share_bps": 6000}, {"payer": "district", "share_bps": 4000}]}"#;

    /// The accounts of a programme of 100 CNY with two vouchers, by place in this list.
    fn accounts() -> Vec<Account> {
        let (programme, one, two) = (ProgrammeId(1), VoucherId(1), VoucherId(2));
        let keys = [
            (AccountKey::Appropriation(programme), 10_000),
            (AccountKey::Pot(programme), 5_500),
            (AccountKey::VoucherAvailable(one), 1_000),
            (AccountKey::VoucherReserved(one), 500),
            (AccountKey::Redeemed(programme), 3_000),
            (AccountKey::VoucherAvailable(two), 0),
            (AccountKey::TreasuryReceivable(programme, 0), 1_800),
            (AccountKey::TreasuryReceivable(programme, 1), 1_200),
        ];
        (0..)
            .zip(keys)
            .map(|(id, (key, fen))| Account {
                id: AccountId(id),
                key,
                balance: Money::from_fen(fen),
            })
            .collect()
    }

    fn report(period: Period) -> VouchersReport {
        let programme = Programme::open(ProgrammeId(1), serde_json::from_str(RULES).unwrap());
        let voucher = |id: u64, org: u64, fen: i64| Voucher {
            id: VoucherId(id),
            programme: ProgrammeId(1),
            version: 1,
            org: OrgId(org),
            amount: Money::from_fen(fen),
            valid_from: at(0),
            valid_until: at(99),
            application: None,
            ended: None,
        };
        let vouchers = vec![voucher(1, 7, 4_500), voucher(2, 8, 700)];
        let mut fold = Vouchers::new(period, vec![programme], vouchers, &accounts());
        // Grant 45 and 7, reserve 40 of the first, redeem 35 and take 5 back, release 5, expire the second.
        for (hour, debit, credit, fen) in [
            (0, 0, 1, 10_000),
            (1, 1, 2, 4_500),
            (2, 1, 5, 700),
            (3, 2, 3, 4_000),
            (4, 3, 4, 3_500),
            (5, 4, 3, 500),
            (6, 3, 2, 500),
            (7, 5, 1, 700),
        ] {
            let transfer = TransferFact {
                movement: 1,
                kind: MovementKind::Manual,
                debit: AccountId(debit),
                credit: AccountId(credit),
                amount: Money::from_fen(fen),
                booked_at: at(hour),
            };
            fold.add_transfer(&transfer).unwrap();
        }
        fold.finish(&Names::default()).unwrap()
    }

    #[test]
    fn each_fen_of_a_grant_is_somewhere() {
        let report = report(Period::default());
        let city = &report.programmes[0];
        let fen = |money: Money| money.fen();
        let uses = city.uses;
        assert_eq!((uses.vouchers, fen(uses.granted)), (2, 5_200));
        assert_eq!((fen(uses.available), fen(uses.reserved)), (1_000, 500));
        assert_eq!(
            (fen(uses.redeemed), fen(uses.expired), fen(uses.lapsed)),
            (3_000, 700, 0)
        );
        assert_eq!(1_000 + 500 + 3_000 + 700, 5_200);
        assert_eq!(city.use_rate.fraction().as_deref(), Some("0.5769"), "30 ÷ 52");
        let receivable: Vec<i64> = city.payers.iter().map(|payer| fen(payer.receivable)).collect();
        assert_eq!(receivable, [1_800, 1_200]);
        assert_eq!(report.holders[0].org, OrgId(7));
        assert_eq!(
            report.holders[0].use_rate.fraction().as_deref(),
            Some("0.6667"),
            "30 ÷ 45"
        );
    }

    #[test]
    fn a_period_chooses_vouchers_by_their_grant() {
        let only_second = Period {
            from: Some(at(2)),
            until: None,
        };
        let report = report(only_second);
        let uses = report.programmes[0].uses;
        assert_eq!((uses.vouchers, uses.granted.fen(), uses.expired.fen()), (1, 700, 700));
        assert_eq!(report.programmes[0].use_rate.fraction().as_deref(), Some("0.0000"));
        let nothing = Period {
            from: Some(at(50)),
            until: None,
        };
        assert_eq!(super::tests::report(nothing).programmes[0].use_rate.fraction(), None);
    }
}
