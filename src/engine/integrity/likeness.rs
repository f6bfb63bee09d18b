//! Whether a contract that is said to be from elsewhere is in truth a lease of the exchange.

use super::finding::{about, evidence, finding};
use super::policy::IntegrityPolicy;
use crate::domain::code::Code;
use crate::domain::flag::{Finding, FlagAction, FlagRule, Subject};
use crate::domain::id::{ClaimId, LeaseId, OrgId, ProgrammeId};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;

/// By how much the beginning and the end of a contract, which are often said in days, may differ from those of its lease: a day.
pub const SLACK_SECONDS: i64 = 24 * 3_600;

/// What is compared between the same two owner groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms<'a> {
    /// The site, if it is said.
    pub site: Option<&'a Code>,
    /// The model, if it is said.
    pub accelerator: Option<&'a Code>,
    /// How many cards.
    pub cards: u32,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// How much a contract is like a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// The same cards at the same place in the same time.
    Same,
    /// They overlap, and either the cards or the time are the same.
    Similar,
}

/// How much they are alike; none: they are two things. What a contract does not say speaks against nothing.
pub fn likeness(contract: &Terms<'_>, lease: &Terms<'_>) -> Option<Likeness> {
    let fits = |said: Option<&Code>, known: Option<&Code>| said.is_none() || known.is_none() || said == known;
    let overlaps = contract.from < lease.until && lease.from < contract.until;
    if !overlaps || !fits(contract.site, lease.site) || !fits(contract.accelerator, lease.accelerator) {
        return None;
    }
    let near = |one: Timestamp, other: Timestamp| one.seconds_since(other).abs() <= SLACK_SECONDS;
    let same_time = near(contract.from, lease.from) && near(contract.until, lease.until);
    let same_cards = contract.cards == lease.cards;
    match (same_cards, same_time) {
        (true, true) => Some(Likeness::Same),
        (true, false) | (false, true) => Some(Likeness::Similar),
        (false, false) => None,
    }
}

/// What looks wrong about a claim whose contract is like a lease.
pub fn report(
    (claim, lease): (ClaimId, LeaseId),
    (programme, org): (ProgrammeId, OrgId),
    (likeness, amount): (Likeness, Money),
    policy: &IntegrityPolicy,
) -> Finding {
    let (zh, en) = match likeness {
        Likeness::Same => ("相同", "the same as"),
        Likeness::Similar => ("相近", "much like"),
    };
    let text = (
        format!("{claim}申报的外部合同与本所租约{lease}{zh}"),
        format!("{claim} is of a contract from elsewhere that is {en} {lease}"),
    );
    Finding {
        subjects: vec![Subject::Claim(claim), Subject::Lease(lease)],
        key: "lease".to_owned(),
        evidence: vec![about(lease, evidence("parties_site_time_cards", claim, lease))],
        at_stake: amount,
        ..finding((FlagRule::Duplicate, FlagAction::Hold), policy, (programme, org), text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_more_or_less_is_the_same_time() {
        let day = |day: i64| Timestamp::from_micros(day * SLACK_SECONDS * 1_000_000);
        let (here, there): (Code, Code) = ("hangzhou".parse().unwrap(), "jinhua".parse().unwrap());
        let lease = Terms {
            site: Some(&here),
            accelerator: None,
            cards: 8,
            from: day(10),
            until: day(40),
        };
        for (site, cards, from, until, expected) in [
            (None, 8, 10, 40, Some(Likeness::Same)),
            (Some(&here), 8, 11, 39, Some(Likeness::Same)),
            (Some(&there), 8, 10, 40, None),
            (None, 8, 12, 40, Some(Likeness::Similar)),
            (None, 16, 10, 41, Some(Likeness::Similar)),
            (None, 16, 12, 40, None),
            (None, 8, 40, 70, None),
        ] {
            let (from, until) = (day(from), day(until));
            let contract = Terms {
                site,
                cards,
                from,
                until,
                ..lease
            };
            assert_eq!(likeness(&contract, &lease), expected, "{contract:?}");
        }
    }
}
