//! Which contracts were claimed, by whom, and what each programme pays of them. All of it follows from the claims.

use std::collections::BTreeMap;

use super::state::State;
use crate::domain::claim::Claim;
use crate::domain::contract::{Contract, ContractKey, ContractTerms};
use crate::domain::id::{ClaimId, OrgId, ProgrammeId};
use crate::domain::money::{Money, Overflow};
use crate::domain::recovery::RedeemedBy;

/// The live claims, by their contract and by who claims. It follows from the claims and is rebuilt with them.
#[derive(Debug, Default)]
pub struct Contracts {
    by_key: BTreeMap<ContractKey, Vec<ClaimId>>,
    by_terms: BTreeMap<ContractTerms, Vec<ClaimId>>,
    by_group: BTreeMap<(ProgrammeId, OrgId), Vec<ClaimId>>,
}

impl Contracts {
    /// The live claims of an owner group under a programme, in their order.
    pub fn of_group(&self, programme: ProgrammeId, group: OrgId) -> &[ClaimId] {
        self.by_group.get(&(programme, group)).map_or(&[], Vec::as_slice)
    }

    /// The live claims of a contract by its key alone, of whomever.
    pub fn of_key(&self, key: ContractKey) -> &[ClaimId] {
        self.by_key.get(&key).map_or(&[], Vec::as_slice)
    }
}

/// What a programme pays of a contract, or has promised to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContractUse {
    /// The programme.
    pub programme: ProgrammeId,
    /// By which claim; none: vouchers were deducted at settlement.
    pub claim: Option<ClaimId>,
    /// Of which expense.
    pub base: Money,
    /// How much, without what was taken back.
    pub amount: Money,
}

/// Notes a claim, or forgets it where it is not live any more.
pub fn restore(state: &mut State, claim: Claim) {
    let key = claim.contract.key();
    let group = (claim.programme, state.group_of(claim.org));
    let terms = terms(state, claim.org, &claim.contract);
    let contracts = &mut state.contracts;
    note(&mut contracts.by_key, key, &claim);
    note(&mut contracts.by_group, group, &claim);
    if let Some(terms) = terms {
        note(&mut contracts.by_terms, terms, &claim);
    }
    state.claims.insert(claim.id, claim);
}

fn note<K: Ord>(index: &mut BTreeMap<K, Vec<ClaimId>>, key: K, claim: &Claim) {
    let ids = index.entry(key).or_default();
    match (ids.binary_search(&claim.id), claim.state.is_live()) {
        (Err(place), true) => ids.insert(place, claim.id),
        (Ok(place), false) => {
            ids.remove(place);
        }
        (Ok(_), true) | (Err(_), false) => {}
    }
}

/// By what else than its key a contract is known; none where its provider is unknown.
pub fn terms(state: &State, org: OrgId, contract: &Contract) -> Option<ContractTerms> {
    let counterparty = match contract {
        Contract::Lease(facts) => state.orgs.get(&facts.provider)?.profile.uscc,
        Contract::External(external) => external.counterparty,
    };
    let (from, until) = contract.window();
    Some(ContractTerms {
        group: state.group_of(org),
        counterparty,
        site: contract.site().cloned(),
        cards: contract.cards(),
        from,
        until,
    })
}

/// The live claims of the same contract: of its key, or of the same parties, place, time and cards. Two leases of the same
/// parties, place, time and cards are two contracts, though: one bid may well have opened both.
pub fn claims_of<'a>(state: &'a State, org: OrgId, contract: &Contract) -> Vec<&'a Claim> {
    let mut ids = state.contracts.of_key(contract.key()).to_vec();
    let alike = terms(state, org, contract).and_then(|terms| state.contracts.by_terms.get(&terms));
    ids.extend(alike.into_iter().flatten());
    ids.sort_unstable();
    ids.dedup();
    let claims = ids.iter().filter_map(|id| state.claims.get(id));
    claims
        .filter(|claim| !are_two_leases(&claim.contract, contract))
        .collect()
}

fn are_two_leases(one: &Contract, other: &Contract) -> bool {
    match (one, other) {
        (Contract::Lease(one), Contract::Lease(other)) => one.lease != other.lease,
        (Contract::External(_), _) | (_, Contract::External(_)) => false,
    }
}

/// What a claim has got or may get, without what was taken back of it.
///
/// # Errors
/// Only where amounts are beyond what the exchange can count.
pub fn left_of(state: &State, claim: &Claim) -> Result<Money, Overflow> {
    claim
        .amount
        .minus(state.recovered.taken_of(RedeemedBy::Claim(claim.id))?)
}

/// What programmes pay of a contract, deductions first, then claims in their order.
pub fn uses(state: &State, org: OrgId, contract: &Contract) -> Result<Vec<ContractUse>, Overflow> {
    let claims = claims_of(state, org, contract);
    let mut uses = Vec::new();
    // Where an external contract turns out to be a lease, what was deducted of that counts as well.
    let leases = claims.iter().map(|claim| &claim.contract).chain([contract]);
    let mut deducted: BTreeMap<ContractKey, ContractUse> = BTreeMap::new();
    for lease in leases {
        if let Contract::Lease(facts) = lease
            && let Some((programme, amount)) = lease.deducted()
        {
            let one = ContractUse {
                programme,
                claim: None,
                base: facts.settled,
                amount: amount.minus(state.recovered.taken_of(RedeemedBy::Lease(facts.lease))?)?,
            };
            deducted.insert(lease.key(), one);
        }
    }
    uses.extend(deducted.into_values());
    for claim in claims {
        uses.push(ContractUse {
            programme: claim.programme,
            claim: Some(claim.id),
            base: claim.base,
            amount: left_of(state, claim)?,
        });
    }
    Ok(uses)
}
