//! The books of parties, read for statements, invoices and exports.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::ReportError;
use crate::domain::account::{AccountKey, Owner};
use crate::domain::id::{AccountId, LeaseId, OrgId, RecoveryId, VoucherId};
use crate::domain::organisation::OrgKind;
use crate::domain::transfer::BusinessRef;
use crate::engine::report::Period;
use crate::engine::report::invoice::Parties;
use crate::engine::report::statement::lease::PaperLease;
use crate::engine::report::statement::{Booked, Books, Party, Statement};
use crate::store::load::LoadError;
use crate::store::papers::{self, Entry};
use crate::store::{Reader, organisation};

/// Transfers that one statement is made of. More are asked for in shorter periods.
pub const TRANSFERS_MAX: usize = 1_000_000;
/// Lines that are in memory while all statements of a period are made: about 200 MB. Who has most of them waits for the next round.
const LINES_MAX: usize = 2_000_000;

/// Who everybody is.
///
/// # Errors
/// The database cannot be read.
pub fn parties(reader: &mut Reader) -> Result<Parties, LoadError> {
    let orgs = organisation::load_all(reader)?;
    let named =
        |org: &crate::domain::organisation::Organisation| (org.profile.name.clone(), org.profile.uscc.to_string());
    Ok(Parties {
        operator: orgs.iter().find(|org| org.is(OrgKind::Operator)).map(named),
        orgs: orgs.iter().map(|org| (org.id, named(org))).collect(),
    })
}

/// The books of one party.
///
/// # Errors
/// The database cannot be read; there are more than [`TRANSFERS_MAX`] transfers.
pub fn books(reader: &mut Reader, (period, party): (Period, Party), keeps_lines: bool) -> Result<Books, ReportError> {
    let (first, _) = papers::range(reader, period)?;
    let own = match party {
        Party::Platform => papers::accounts_of(reader, None)?,
        Party::Org(org) => papers::accounts_of(reader, Some(org))?,
    };
    let mut fold = Statement::new(period, party, keeps_lines);
    for account in &own {
        fold.add_balance(account.key, account.balance)?;
    }
    let ids: Vec<AccountId> = own.iter().map(|account| account.id).collect();
    let entries = papers::of_accounts(reader, &ids, (first, TRANSFERS_MAX))?.ok_or(ReportError::TooLong)?;
    let mut known = Known::default();
    known
        .accounts
        .extend(own.iter().map(|account| (account.id, account.key)));
    known.learn(reader, &entries)?;
    let ids: FxHashSet<AccountId> = ids.into_iter().collect();
    for entry in &entries {
        if let Some(booked) = known.booked(entry) {
            fold.add(&booked, (ids.contains(&entry.debit), ids.contains(&entry.credit)))?;
        }
    }
    let leases = leases(reader, fold.leases().collect())?;
    Ok(fold.finish(|id| leases.get(&id).cloned())?)
}

fn leases(reader: &mut Reader, ids: Vec<LeaseId>) -> Result<FxHashMap<LeaseId, PaperLease>, LoadError> {
    let found = papers::leases(reader, &ids)?;
    Ok(found.into_iter().map(|lease| (lease.fill.lease, lease)).collect())
}

/// Hands the books of every party for which something was booked in the period to `take`. Reads the period once, and once more for
/// each [`LINES_MAX`] lines; never a table as a whole, and nothing lease by lease.
///
/// # Errors
/// The database cannot be read; what `take` says; one party alone has more than [`LINES_MAX`] lines.
pub fn every(
    reader: &mut Reader,
    period: Period,
    mut take: impl FnMut(Books) -> Result<(), ReportError>,
) -> Result<(), ReportError> {
    let (first, _) = papers::range(reader, period)?;
    let mut wanted: Option<FxHashSet<Party>> = None;
    loop {
        let mut round = Round::new(period, wanted.take());
        papers::stream(reader, (first, i64::MAX), |reader, page| round.add(reader, page))?;
        let later = std::mem::take(&mut round.later);
        round.finish(reader, &mut take)?;
        if later.is_empty() {
            return Ok(());
        }
        wanted = Some(later);
    }
}

/// One reading of the period.
struct Round {
    period: Period,
    /// Whose books; none: everybody's.
    wanted: Option<FxHashSet<Party>>,
    /// Who waits for the next round.
    later: FxHashSet<Party>,
    known: Known,
    folds: BTreeMap<Party, Statement>,
    lines: usize,
}

impl Round {
    fn new(period: Period, wanted: Option<FxHashSet<Party>>) -> Round {
        Round {
            period,
            wanted,
            later: FxHashSet::default(),
            known: Known::default(),
            folds: BTreeMap::new(),
            lines: 0,
        }
    }

    fn takes(&self, party: Party) -> bool {
        !self.later.contains(&party) && self.wanted.as_ref().is_none_or(|wanted| wanted.contains(&party))
    }

    fn add(&mut self, reader: &mut Reader, page: &[Entry]) -> Result<(), ReportError> {
        self.known.learn(reader, page)?;
        self.known.learn_owners(reader)?;
        for entry in page {
            let Some(booked) = self.known.booked(entry) else {
                continue;
            };
            let (debit, credit) = (self.known.owner(booked.debit), self.known.owner(booked.credit));
            if let Some(party) = debit {
                self.add_to(party, &booked, (true, credit == debit))?;
            }
            if let Some(party) = credit.filter(|party| Some(*party) != debit) {
                self.add_to(party, &booked, (false, true))?;
            }
        }
        while self.lines > LINES_MAX {
            self.put_off()?;
        }
        Ok(())
    }

    fn add_to(&mut self, party: Party, booked: &Booked, owned: (bool, bool)) -> Result<(), ReportError> {
        let inside = self.period.is_before_end(booked.booked_at);
        if !self.takes(party) || (!inside && !self.folds.contains_key(&party)) {
            return Ok(());
        }
        let period = self.period;
        let fold = self
            .folds
            .entry(party)
            .or_insert_with(|| Statement::new(period, party, true));
        fold.add(booked, owned)?;
        if inside {
            self.lines += usize::from(owned.0) + usize::from(owned.1);
        }
        Ok(())
    }

    /// Whoever has most lines waits for the next round.
    fn put_off(&mut self) -> Result<(), ReportError> {
        let most = self.folds.iter().max_by_key(|(_, fold)| fold.lines());
        let party = most.map(|(party, _)| *party).filter(|_| self.folds.len() > 1);
        let party = party.ok_or(ReportError::TooLong)?;
        if let Some(fold) = self.folds.remove(&party) {
            self.lines -= fold.lines();
        }
        self.later.insert(party);
        Ok(())
    }

    fn finish(
        mut self,
        reader: &mut Reader,
        take: &mut impl FnMut(Books) -> Result<(), ReportError>,
    ) -> Result<(), ReportError> {
        let orgs = self.folds.keys().filter_map(|party| match party {
            Party::Platform => None,
            Party::Org(org) => Some(*org),
        });
        let holding = papers::holding(reader, &orgs.collect::<Vec<_>>())?;
        let own = holding.into_iter().map(|(org, account)| (Party::Org(org), account));
        let platform = papers::accounts_of(reader, None)?.into_iter();
        for (party, account) in own.chain(platform.map(|account| (Party::Platform, account))) {
            if let Some(fold) = self.folds.get_mut(&party) {
                fold.add_balance(account.key, account.balance)?;
            }
        }
        let ids: FxHashSet<LeaseId> = self.folds.values().flat_map(Statement::leases).collect();
        let leases = leases(reader, ids.into_iter().collect())?;
        for (_, fold) in std::mem::take(&mut self.folds) {
            take(fold.finish(|id| leases.get(&id).cloned())?)?;
        }
        Ok(())
    }
}

/// What identifiers in transfers stand for, as far as they were met.
#[derive(Default)]
struct Known {
    accounts: FxHashMap<AccountId, AccountKey>,
    tenants: FxHashMap<LeaseId, OrgId>,
    holders: FxHashMap<VoucherId, OrgId>,
    recovered: FxHashMap<RecoveryId, LeaseId>,
    /// Leases and vouchers whose owners are still to be asked for.
    new_leases: Vec<LeaseId>,
    new_vouchers: Vec<VoucherId>,
}

impl Known {
    /// Asks for what these transfers name and is not known: a question a page, not one a transfer.
    fn learn(&mut self, reader: &mut Reader, page: &[Entry]) -> Result<(), LoadError> {
        let ids = page.iter().flat_map(|entry| [entry.debit, entry.credit]);
        let mut new: Vec<AccountId> = ids.filter(|id| !self.accounts.contains_key(id)).collect();
        new.sort_unstable();
        new.dedup();
        for account in papers::accounts(reader, &new)? {
            self.accounts.insert(account.id, account.key);
            match account.key.owner() {
                Owner::Lease(lease) => self.new_leases.push(lease),
                Owner::Voucher(voucher) if !self.holders.contains_key(&voucher) => self.new_vouchers.push(voucher),
                Owner::Voucher(_) | Owner::Platform | Owner::Org(_) | Owner::Programme(_) => {}
            }
        }
        let recoveries = page.iter().filter_map(|entry| match entry.about {
            BusinessRef::Recovery(id) => Some(id),
            _ => None,
        });
        let mut new: Vec<RecoveryId> = recoveries.filter(|id| !self.recovered.contains_key(id)).collect();
        new.dedup();
        self.recovered.extend(papers::recovered(reader, &new)?);
        Ok(())
    }

    fn learn_owners(&mut self, reader: &mut Reader) -> Result<(), LoadError> {
        let (leases, mut vouchers) = (
            std::mem::take(&mut self.new_leases),
            std::mem::take(&mut self.new_vouchers),
        );
        vouchers.sort_unstable();
        vouchers.dedup();
        self.tenants.extend(papers::tenants(reader, &leases)?);
        self.holders.extend(papers::holders(reader, &vouchers)?);
        Ok(())
    }

    /// A transfer with what its accounts are for.
    fn booked(&self, entry: &Entry) -> Option<Booked> {
        Some(Booked {
            transfer: entry.transfer,
            movement: entry.movement,
            kind: entry.kind,
            about: entry.about,
            lease: match entry.about {
                BusinessRef::Lease(lease) => Some(lease),
                BusinessRef::Recovery(id) => self.recovered.get(&id).copied(),
                _ => None,
            },
            booked_at: entry.booked_at,
            debit: *self.accounts.get(&entry.debit)?,
            credit: *self.accounts.get(&entry.credit)?,
            amount: entry.amount,
        })
    }

    /// Whose account that is; none: a programme's.
    fn owner(&self, key: AccountKey) -> Option<Party> {
        match key.owner() {
            Owner::Platform => Some(Party::Platform),
            Owner::Org(org) => Some(Party::Org(org)),
            Owner::Lease(lease) => self.tenants.get(&lease).copied().map(Party::Org),
            Owner::Voucher(voucher) => self.holders.get(&voucher).copied().map(Party::Org),
            Owner::Programme(_) => None,
        }
    }
}
