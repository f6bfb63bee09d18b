//! Whether the entity, the date of the contract and the provider are such as the programme asks for.

use super::Case;
use crate::domain::entity::EntityFacts;
use crate::domain::evaluation::RefusalReason;
use crate::domain::programme::ProgrammeRules;
use crate::domain::time::Timestamp;
use crate::domain::uscc::Uscc;

/// The first rule that speaks against the case, if any. What is not known fulfils nothing.
pub(super) fn refusal(case: &Case<'_>) -> Option<RefusalReason> {
    entity(case).or_else(|| contract(case)).or_else(|| provider(case))
}

fn entity(case: &Case<'_>) -> Option<RefusalReason> {
    entity_refusal(case.rules, (case.entity, case.uscc), case.deal.at)
}

/// The first rule that speaks against an entity, if any. What is not known fulfils nothing.
pub fn entity_refusal(
    rules: &ProgrammeRules,
    (known, uscc): (&EntityFacts, Option<Uscc>),
    at: Timestamp,
) -> Option<RefusalReason> {
    let asked = &rules.eligible_entity;
    let is_one_of_kinds = |kinds: &Vec<_>| known.kind.is_some_and(|kind| kinds.contains(&kind));
    if !asked.kinds.as_ref().is_none_or(is_one_of_kinds) {
        return Some(RefusalReason::EntityKind);
    }
    let is_one_of_sizes = |sizes: &Vec<_>| known.size.is_some_and(|size| sizes.contains(&size));
    if !asked.sizes.as_ref().is_none_or(is_one_of_sizes) {
        return Some(RefusalReason::EntitySize);
    }
    let begins_with = |text: Option<&str>, prefixes: &Option<Vec<String>>| {
        let any = |prefixes: &Vec<String>, text: &str| prefixes.iter().any(|prefix| text.starts_with(prefix.as_str()));
        prefixes
            .as_ref()
            .is_none_or(|prefixes| text.is_some_and(|text| any(prefixes, text)))
    };
    if !begins_with(uscc.as_ref().map(|uscc| uscc.as_str()), &asked.uscc_prefixes) {
        return Some(RefusalReason::EntityCode);
    }
    if !begins_with(known.area.as_deref(), &asked.areas) {
        return Some(RefusalReason::EntityArea);
    }
    let is_in_one = |industries: &Vec<_>| known.industries.iter().any(|industry| industries.contains(industry));
    if !asked.industries.as_ref().is_none_or(is_in_one) {
        return Some(RefusalReason::EntityIndustry);
    }
    if asked
        .age_min_months
        .is_some_and(|months| !lasts(known.founded, months, at))
    {
        return Some(RefusalReason::EntityTooYoung);
    }
    if asked
        .age_below_months
        .is_some_and(|months| !is_younger(known.founded, months, at))
    {
        return Some(RefusalReason::EntityTooOld);
    }
    let is_clean = |years: u32| lasts(known.clean_since, years.saturating_mul(12), at);
    if !asked.clean_years.is_none_or(is_clean) {
        return Some(RefusalReason::EntityRecord);
    }
    None
}

/// Whether something lasts since `since` for `months` calendar months at least.
fn lasts(since: Option<Timestamp>, months: u32, at: Timestamp) -> bool {
    let full = since.and_then(|since| since.plus_months(months));
    full.is_some_and(|full| full <= at)
}

/// Whether what began at `since` is less than `months` calendar months old. What has not begun yet is not known to be.
pub(super) fn is_younger(since: Option<Timestamp>, months: u32, at: Timestamp) -> bool {
    since.is_some_and(|since| since <= at && since.plus_months(months).is_none_or(|full| at < full))
}

fn contract(case: &Case<'_>) -> Option<RefusalReason> {
    let signed = case.rules.contract_signed;
    let is_within = signed.is_none_or(|period| period.contains(case.deal.at));
    (!is_within).then_some(RefusalReason::ContractSigned)
}

/// Whoever asks for an item or a capacity asks for a place in the list, which alone says them.
fn provider(case: &Case<'_>) -> Option<RefusalReason> {
    let rule = &case.rules.provider_rule;
    if !rule.listed && rule.item.is_none() && rule.capacity_min_p.is_none() {
        return None;
    }
    let at = case.deal.at;
    let places = || case.deal.provider.iter().filter(move |place| place.counts_at(at));
    let for_item = || places().filter(|place| rule.item.is_none_or(|item| place.items.contains(&item)));
    let is_enough = |capacity: Option<u32>| {
        rule.capacity_min_p
            .is_none_or(|least| capacity.is_some_and(|capacity| least <= capacity))
    };
    if places().next().is_none() {
        Some(RefusalReason::ProviderNotListed)
    } else if for_item().next().is_none() {
        Some(RefusalReason::ProviderItem)
    } else if !for_item().any(|place| is_enough(place.capacity_p)) {
        Some(RefusalReason::ProviderCapacity)
    } else {
        None
    }
}
