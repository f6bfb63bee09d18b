//! Vouchers by programme and by month of grant: granted, reserved, redeemed, expired, the use rate, and what each treasury owes.
//!
//! A period chooses the vouchers that were granted in it; these are followed to their end. Pot and receivables are as they stand.

mod tables;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

pub(super) use self::tables::uses_cells;
pub use self::tables::{CohortFigures, HolderFigures, PayerFigures, ProgrammeFigures, Uses, VouchersReport};
use super::fact::{Names, TransferFact};
use super::figure::{Period, Ratio};
use crate::domain::account::AccountKey;
use crate::domain::id::{AccountId, OrgId, ProgrammeId, VoucherId};
use crate::domain::money::{Money, Overflow};
use crate::domain::programme::Programme;
use crate::domain::time::Timestamp;
use crate::domain::voucher::Voucher;
use crate::engine::ledger::Account;

/// Rows of the table of holders.
const HOLDERS_SHOWN: usize = 10;

/// The fold.
#[derive(Debug)]
pub struct Vouchers {
    period: Period,
    programmes: Vec<Programme>,
    vouchers: BTreeMap<VoucherId, (Voucher, Uses)>,
    /// When each was granted.
    granted_at: BTreeMap<VoucherId, Timestamp>,
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
            granted_at: BTreeMap::new(),
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
                self.granted_at.entry(id).or_insert(transfer.booked_at);
                self.change(id, |uses| {
                    uses.vouchers += 1;
                    uses.granted = uses.granted.plus(amount)?;
                    Ok(())
                })?;
            } else {
                self.vouchers.remove(&id);
            }
        } else if let Some(id) = voucher_of(debit) {
            let early = self.is_early(id, transfer.booked_at);
            self.change(id, |uses| leaves(uses, (credit, early), amount))?;
        } else if let Some(id) = voucher_of(credit) {
            self.change(id, |uses| leaves(uses, (debit, false), Money::ZERO.minus(amount)?))?;
        }
        Ok(())
    }

    /// Whether what goes back to the pot then does so before the voucher's time is over.
    fn is_early(&self, id: VoucherId, at: Timestamp) -> bool {
        let known = self.vouchers.get(&id);
        known.is_some_and(|(voucher, _)| voucher.ended.is_some() || at < voucher.valid_until)
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

    /// What became of each voucher that was granted in the period.
    pub(super) fn each(&self) -> Vec<(Voucher, Uses)> {
        let figures = |(voucher, uses): &(Voucher, Uses)| {
            let id = voucher.id;
            let uses = Uses {
                available: self.balance(AccountKey::VoucherAvailable(id)),
                held: self.balance(AccountKey::VoucherHeld(id)),
                reserved: self.balance(AccountKey::VoucherReserved(id)),
                ..*uses
            };
            (voucher.clone(), uses)
        };
        self.vouchers.values().map(figures).collect()
    }

    /// The figures.
    pub fn finish(self, names: &Names) -> Result<VouchersReport, Overflow> {
        let mut by_programme: BTreeMap<ProgrammeId, Uses> = BTreeMap::new();
        let mut by_org: BTreeMap<OrgId, Uses> = BTreeMap::new();
        let mut by_month: BTreeMap<(Option<ProgrammeId>, String), Uses> = BTreeMap::new();
        for (voucher, uses) in self.each() {
            let id = voucher.id;
            let sum = by_programme.entry(voucher.programme).or_default();
            *sum = sum.plus(&uses)?;
            let sum = by_org.entry(voucher.org).or_default();
            *sum = sum.plus(&uses)?;
            if let Some(at) = self.granted_at.get(&id) {
                for programme in [Some(voucher.programme), None] {
                    let sum = by_month.entry((programme, month(*at))).or_default();
                    *sum = sum.plus(&uses)?;
                }
            }
        }
        let cohorts = self.cohorts(by_month)?;
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
            cohorts,
            holders: holders.into_iter().map(holder).collect(),
        })
    }

    /// Each programme's months, then those of all together.
    fn cohorts(&self, by_month: BTreeMap<(Option<ProgrammeId>, String), Uses>) -> Result<Vec<CohortFigures>, Overflow> {
        let code = |id: ProgrammeId| self.programmes.iter().find(|known| known.id == id).map(name);
        let cohort = |((programme, month), uses): ((Option<ProgrammeId>, String), Uses)| {
            Ok(CohortFigures {
                programme: programme.and_then(code),
                month,
                uses,
                use_rate: Ratio::of_money(uses.redeemed, uses.granted),
                expiry_rate: Ratio::of_money(uses.expired.plus(uses.lapsed)?, uses.granted),
            })
        };
        let mut cohorts = by_month.into_iter().map(cohort).collect::<Result<Vec<_>, Overflow>>()?;
        // What is of none sorts before all.
        let of_all = cohorts.iter().take_while(|one| one.programme.is_none()).count();
        cohorts.rotate_left(of_all);
        Ok(cohorts)
    }

    fn programme(&self, programme: &Programme, uses: Uses) -> Result<ProgrammeFigures, Overflow> {
        let id = programme.id;
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
            code: name(programme),
            pot: self.balance(AccountKey::Appropriation(id)),
            pot_left: self.balance(AccountKey::Pot(id)),
            uses,
            use_rate: Ratio::of_money(uses.redeemed, uses.granted),
            bound_rate: Ratio::of_money(uses.redeemed.plus(uses.reserved)?, uses.granted),
            payers: payers.collect(),
        })
    }
}

/// A programme's public name and version.
pub(super) fn name(programme: &Programme) -> String {
    format!("{} v{}", programme.rules.id, programme.rules.version)
}

/// The month of an instant in Asia/Shanghai, eight hours ahead of UTC: `2026-12`.
fn month(at: Timestamp) -> String {
    at.plus_hours(8).to_string().chars().take(7).collect()
}

fn voucher_of(key: AccountKey) -> Option<VoucherId> {
    if let AccountKey::VoucherAvailable(id) | AccountKey::VoucherHeld(id) | AccountKey::VoucherReserved(id) = key {
        Some(id)
    } else {
        None
    }
}

/// `amount` leaves a voucher for another account, perhaps early; a negative amount comes back. Between its own accounts nothing
/// leaves it.
fn leaves(uses: &mut Uses, (target, early): (AccountKey, bool), amount: Money) -> Result<(), Overflow> {
    if let AccountKey::Redeemed(_) = target {
        uses.redeemed = uses.redeemed.plus(amount)?;
    } else if let AccountKey::Recovered(_) = target {
        uses.recovered = uses.recovered.plus(amount)?;
    } else if let (AccountKey::Pot(_), true) = (target, early) {
        uses.returned = uses.returned.plus(amount)?;
    } else if let AccountKey::Pot(_) = target {
        uses.expired = uses.expired.plus(amount)?;
    } else if let AccountKey::Lapsed(_) = target {
        uses.lapsed = uses.lapsed.plus(amount)?;
    }
    Ok(())
}
