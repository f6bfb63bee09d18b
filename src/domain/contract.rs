//! Contracts of which a subsidy is claimed: leases of the exchange, and others that were signed elsewhere.

use serde::{Deserialize, Serialize};

use super::bid::Purpose;
use super::code::Code;
use super::fingerprint::Fingerprint;
use super::id::{LeaseId, OrgId, ProgrammeId};
use super::money::{Money, Overflow, Price};
use super::programme::rate::{RateBase, ServiceItem};
use super::time::Timestamp;
use super::uscc::Uscc;

/// Which contract it is: what is paid of it under several programmes is counted by this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContractKey {
    /// A lease of the exchange.
    Lease(LeaseId),
    /// Another one, by its document.
    Document(Fingerprint),
}

/// What of a contract was agreed, delivered and paid for one item, VAT included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContractItem {
    /// For what.
    pub item: ServiceItem,
    /// What was agreed.
    pub contract: Money,
    /// What of it was delivered and charged.
    pub incurred: Money,
    /// What of that the claimant has paid.
    pub paid: Money,
}

/// A contract that was signed elsewhere, as its party describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExternalContract {
    /// The social credit code of who delivers.
    pub counterparty: Uscc,
    /// Where the cards stand, if that is a site of the exchange.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<Code>,
    /// The model, if the exchange knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accelerator: Option<Code>,
    /// Whether the cards are domestic; a model that the exchange knows says so itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domestic: Option<bool>,
    /// How many cards.
    pub cards: u32,
    /// First instant of use.
    pub from: Timestamp,
    /// First instant after it.
    pub until: Timestamp,
    /// When it was signed.
    pub signed_on: Timestamp,
    /// What it consists of.
    pub items: Vec<ContractItem>,
    /// The SHA-256 of its document.
    pub hash: Fingerprint,
}

/// What a closed lease came to. It is read where it is stored and cannot change any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LeaseFacts {
    /// The lease.
    pub lease: LeaseId,
    /// Who took the cards.
    pub tenant: OrgId,
    /// Who let them.
    pub provider: OrgId,
    /// The model.
    pub accelerator: Code,
    /// The site.
    pub site: Code,
    /// How many.
    pub cards: u32,
    /// The first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub until: Timestamp,
    /// When it was agreed.
    pub agreed_at: Timestamp,
    /// The price of a card-hour.
    pub price: Price,
    /// Price × cards × hours, as agreed.
    pub charge: Money,
    /// What of it was delivered and charged.
    pub settled: Money,
    /// What vouchers paid of that.
    pub voucher: Money,
    /// Of which programme; none where they paid nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voucher_programme: Option<ProgrammeId>,
    /// For what the bid wanted the cards; none: it did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
}

/// A lease that an external contract might be in truth. It is read where leases are stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LeaseTerms {
    /// The lease.
    pub lease: LeaseId,
    /// Who took the cards.
    pub tenant: OrgId,
    /// Who let them.
    pub provider: OrgId,
    /// The model.
    pub accelerator: Code,
    /// The site.
    pub site: Code,
    /// How many.
    pub cards: u32,
    /// The first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub until: Timestamp,
}

/// A contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Contract {
    /// A closed lease of the exchange.
    Lease(LeaseFacts),
    /// Another one.
    External(ExternalContract),
}

/// By what two descriptions are known to be of one contract: the other party, place, time and cards.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ContractTerms {
    /// The head of the owner group that claims.
    pub group: OrgId,
    /// The other party.
    pub counterparty: Uscc,
    /// The site.
    pub site: Option<Code>,
    /// How many cards.
    pub cards: u32,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

impl Contract {
    /// Which one it is.
    pub fn key(&self) -> ContractKey {
        match self {
            Self::Lease(facts) => ContractKey::Lease(facts.lease),
            Self::External(contract) => ContractKey::Document(contract.hash),
        }
    }

    /// What it consists of. A lease is of computing alone; what vouchers paid of it was paid, but not by the tenant.
    pub fn items(&self) -> Result<Vec<ContractItem>, Overflow> {
        match self {
            Self::Lease(facts) => Ok(vec![ContractItem {
                item: ServiceItem::Compute,
                contract: facts.charge,
                incurred: facts.settled,
                paid: facts.settled.minus(facts.voucher)?,
            }]),
            Self::External(contract) => Ok(contract.items.clone()),
        }
    }

    /// The amount of which a rate is taken, over the items that count.
    pub fn base(&self, base: RateBase, included: &[ServiceItem]) -> Result<Money, Overflow> {
        let items = self.items()?;
        let counted = items.iter().filter(|item| included.contains(&item.item));
        Money::sum(counted.map(|item| match base {
            RateBase::Contract => item.contract,
            RateBase::Incurred | RateBase::UsageFee => item.incurred,
            RateBase::Paid => item.paid,
        }))
    }

    /// What was paid for the items that count, by whomever.
    pub fn paid(&self, included: &[ServiceItem]) -> Result<Money, Overflow> {
        match self {
            Self::Lease(_) => self.base(RateBase::Incurred, included),
            Self::External(_) => self.base(RateBase::Paid, included),
        }
    }

    /// All of it, whatever counts of it: what was agreed, or where the rate is of what was delivered or paid, what was delivered.
    pub fn whole(&self, base: RateBase) -> Result<Money, Overflow> {
        let items = self.items()?;
        Money::sum(items.iter().map(|item| match base {
            RateBase::Contract => item.contract,
            RateBase::Incurred | RateBase::UsageFee | RateBase::Paid => item.incurred,
        }))
    }

    /// For what it is, as far as it says so itself.
    pub fn purpose(&self) -> Option<Purpose> {
        match self {
            Self::Lease(facts) => facts.purpose,
            Self::External(_) => None,
        }
    }

    /// Its cards.
    pub fn cards(&self) -> u32 {
        match self {
            Self::Lease(facts) => facts.cards,
            Self::External(contract) => contract.cards,
        }
    }

    /// Its first instant and the first one after it.
    pub fn window(&self) -> (Timestamp, Timestamp) {
        match self {
            Self::Lease(facts) => (facts.from, facts.until),
            Self::External(contract) => (contract.from, contract.until),
        }
    }

    /// When it was signed.
    pub fn signed_on(&self) -> Timestamp {
        match self {
            Self::Lease(facts) => facts.agreed_at,
            Self::External(contract) => contract.signed_on,
        }
    }

    /// The site, if it is known.
    pub fn site(&self) -> Option<&Code> {
        match self {
            Self::Lease(facts) => Some(&facts.site),
            Self::External(contract) => contract.site.as_ref(),
        }
    }

    /// The model, if it is known.
    pub fn accelerator(&self) -> Option<&Code> {
        match self {
            Self::Lease(facts) => Some(&facts.accelerator),
            Self::External(contract) => contract.accelerator.as_ref(),
        }
    }

    /// What vouchers have deducted of it at settlement, and under which programme.
    pub fn deducted(&self) -> Option<(ProgrammeId, Money)> {
        match self {
            Self::Lease(facts) => facts.voucher_programme.map(|programme| (programme, facts.voucher)),
            Self::External(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_included_items_count() {
        let item = |item, contract, incurred, paid| ContractItem {
            item,
            contract: Money::from_fen(contract),
            incurred: Money::from_fen(incurred),
            paid: Money::from_fen(paid),
        };
        let contract = Contract::External(ExternalContract {
            counterparty: Uscc::from_stem("91330100MA0000001").unwrap(),
            site: None,
            accelerator: None,
            domestic: None,
            cards: 8,
            from: Timestamp::from_micros(0),
            until: Timestamp::from_micros(1),
            signed_on: Timestamp::from_micros(0),
            items: vec![
                item(ServiceItem::Compute, 1_000, 900, 800),
                item(ServiceItem::Storage, 100, 90, 80),
            ],
            hash: Fingerprint([1; 32]),
        });
        let base = |base, items: &[ServiceItem]| contract.base(base, items).map(Money::fen);
        assert_eq!(base(RateBase::Contract, &[ServiceItem::Compute]), Ok(1_000));
        assert_eq!(base(RateBase::UsageFee, &[ServiceItem::Compute]), Ok(900));
        let both = [ServiceItem::Compute, ServiceItem::Storage];
        assert_eq!(base(RateBase::Incurred, &both), Ok(990));
        assert_eq!(base(RateBase::Paid, &both), Ok(880));
        assert_eq!(base(RateBase::Paid, &[ServiceItem::Network]), Ok(0));
    }
}
