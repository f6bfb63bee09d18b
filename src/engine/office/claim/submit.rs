//! Claiming: everything is checked, and what the claim may get is reserved for it.

use super::amount::{self, Found, Question};
use super::elsewhere;
use super::fund;
use super::refusal::ClaimRefusal;
use super::workload;
use super::{DOCUMENTS_MAX, ITEMS_MAX};
use crate::domain::claim::{Claim, ClaimDocument, ClaimState, NewClaim};
use crate::domain::contract::{Contract, ExternalContract, LeaseFacts};
use crate::domain::evaluation::Step;
use crate::domain::id::{ClaimId, OrgId};
use crate::domain::money::{Money, Overflow};
use crate::domain::programme::funding::PayMode;
use crate::domain::programme::process::{EvidenceKind, EvidenceWith};
use crate::domain::programme::rate::{RateBase, RateRow};
use crate::domain::programme::{Programme, ProgrammeRules, ProgrammeState};
use crate::domain::time::Timestamp;
use crate::domain::voucher::Voucher;
use crate::engine::contract;
use crate::engine::event::Event;
use crate::engine::limits;
use crate::engine::posting;
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection, invalid};
use crate::engine::state::State;
use crate::engine::voucher::grant;

/// Claims.
pub(super) fn submit(
    state: &mut State,
    events: &mut Vec<Event>,
    (org, mut new): (OrgId, NewClaim),
    at: Timestamp,
) -> Result<(), Rejection> {
    let similar = elsewhere::check(state, org, &mut new)?;
    let (mut claim, voucher) = check(state, (org, new), at)?;
    if let Some(voucher) = voucher {
        state.counters.voucher += 1;
        events.push(Event::VoucherGranted(Box::new(voucher.clone())));
        posting::grant::post(state, events, &voucher, at)?;
        grant::restore(state, voucher, at);
    }
    state.counters.claim += 1;
    let amount = claim.amount;
    draw(state, events, (&claim, amount)).map_err(Rejection::after_change)?;
    posting::claim::reserve(state, events, &claim, at)?;
    claim.evaluation.shrink_to_fit();
    let about = (claim.id, claim.programme, claim.org, claim.amount);
    super::change(state, events, claim);
    if let Some(lease) = similar {
        elsewhere::flag(state, events, (about, lease), at);
    }
    Ok(())
}

/// Changes what a claim's owner group has drawn of the programme.
pub(super) fn draw(
    state: &mut State,
    events: &mut Vec<Event>,
    (claim, amount): (&Claim, Money),
) -> Result<(), Rejection> {
    if amount == Money::ZERO {
        return Ok(());
    }
    let org = state.group_of(claim.org);
    let drawn = state.drawn.entry((claim.programme, org, claim.period)).or_default();
    *drawn = drawn.plus(amount)?;
    events.push(Event::EntityDrawn {
        programme: claim.programme,
        org,
        period: claim.period,
        drawn: *drawn,
    });
    Ok(())
}

/// The claim that can be made, and the voucher that is made for it where the programme grants none.
fn check(state: &State, (org, new): (OrgId, NewClaim), at: Timestamp) -> Result<(Claim, Option<Voucher>), Rejection> {
    let unknown = |pointer| invalid(pointer, FieldRule::Unknown, "names nothing that is here");
    let programme = state
        .programmes
        .get(&new.programme)
        .ok_or_else(|| unknown("/programme"))?;
    let rules = fund::governing(state, programme, org, at);
    check_open((programme, rules), at)?;
    check_claimant(state, rules, org)?;
    grant::require_admitted(state, programme, org, at)?;
    let matched = new.matches.map(|id| matched(state, rules, (org, id))).transpose()?;
    let contract = contract_of(&new, matched)?;
    check_contract(state, org, &contract)?;
    check_documents(rules, &new.documents, matched.is_some())?;
    check_paper(&contract, &new)?;
    check_duplicates(state, programme, (org, &contract))?;
    let purpose = workload::purpose(rules, &new, (&contract, matched))?;
    let base = base(state, rules, &new, (&contract, matched))?;
    let year = amount::year_of(&contract);
    let mut claim = Claim {
        id: ClaimId(state.counters.claim),
        programme: programme.id,
        version: rules.version,
        org,
        state: ClaimState::Submitted,
        contract,
        documents: new.documents,
        matches: new.matches,
        purpose,
        base,
        year,
        period: amount::period(rules, year),
        amount: Money::ZERO,
        draws: Vec::new(),
        own_voucher: false,
        parts: Vec::new(),
        evaluation: Vec::new(),
        recovered: Money::ZERO,
        created_at: at,
        decided_at: None,
        rejected_by: None,
        reason: None,
    };
    if rules.pay_mode == PayMode::Assessment {
        claim.state = ClaimState::Declared;
        return Ok((claim, None));
    }
    let rates = rates(rules, matched.is_some());
    let found = find(state, (programme, rules, rates), &claim)?;
    let voucher = fund::fund(state, (programme, rules), (&mut claim, found), at)?;
    Ok((claim, voucher))
}

/// The table that counts: of a claim that follows another, the one for that.
pub(super) fn rates(rules: &ProgrammeRules, is_matched: bool) -> &[RateRow] {
    match &rules.upper_match {
        Some(upper) if is_matched => &upper.rates,
        Some(_) | None => &rules.rates,
    }
}

/// The programme takes claims now.
fn check_open((programme, rules): (&Programme, &ProgrammeRules), at: Timestamp) -> Result<(), Rejection> {
    let id = programme.id;
    if programme.state != ProgrammeState::Open {
        return Err(ClaimRefusal::NotOpen(id).into());
    }
    let mode = rules.pay_mode;
    match mode {
        PayMode::Reimburse | PayMode::Assessment => {}
        PayMode::Deduct | PayMode::Reserve => {
            return Err(ClaimRefusal::WrongPayMode { programme: id, mode }.into());
        }
    }
    let windows = &rules.windows.claim;
    if windows.is_empty() || windows.iter().any(|window| window.contains(at)) {
        Ok(())
    } else {
        Err(ClaimRefusal::OutsideWindow(id).into())
    }
}

/// The claimant is registered as one of the kinds that the programme is for.
fn check_claimant(state: &State, rules: &ProgrammeRules, org: OrgId) -> Result<(), Rejection> {
    let Some(known) = state.orgs.get(&org) else {
        return Err(invalid(
            "/org",
            FieldRule::Unknown,
            format!("names no organisation: {org}"),
        ));
    };
    if rules.eligible_kinds.iter().any(|kind| known.is(*kind)) {
        return Ok(());
    }
    let detail = "is for organisations of other kinds";
    Err(invalid("/programme", FieldRule::NotEligible, detail))
}

/// The approved claim that is followed.
fn matched<'a>(state: &'a State, rules: &ProgrammeRules, (org, id): (OrgId, ClaimId)) -> Result<&'a Claim, Rejection> {
    let refused = ClaimRefusal::NotMatched(id);
    let claim = state.claims.get(&id).filter(|claim| claim.org == org);
    let claim = claim.ok_or(ClaimRefusal::NotFound(id))?;
    let other = state.programmes.get(&claim.programme).ok_or(refused)?;
    let upper = rules.upper_match.as_ref().ok_or(refused)?;
    let stands = claim.state == ClaimState::Approved && contract::left_of(state, claim)?.is_positive();
    if stands && upper.programmes.contains(&other.rules.id) {
        Ok(claim)
    } else {
        Err(refused.into())
    }
}

/// The contract that is claimed: the one given, or that of the claim that is followed.
fn contract_of(new: &NewClaim, matched: Option<&Claim>) -> Result<Contract, Rejection> {
    match (&new.contract, matched) {
        (Some(contract), None) => Ok(contract.clone()),
        (None, Some(matched)) => Ok(matched.contract.clone()),
        (Some(contract), Some(matched)) if *contract == matched.contract => Ok(contract.clone()),
        (Some(_), Some(_)) => {
            let detail = "must be that of the claim that is followed, or not be said";
            Err(invalid("/contract", FieldRule::Fixed, detail))
        }
        (None, None) => Err(invalid("/contract", FieldRule::Empty, "is needed")),
    }
}

/// The contract is the claimant's own and makes sense.
fn check_contract(state: &State, org: OrgId, contract: &Contract) -> Result<(), Rejection> {
    match contract {
        Contract::Lease(facts) => check_lease(state, org, facts),
        Contract::External(external) => check_external(state, org, external),
    }
}

/// The figures are of a closed lease of the claimant's; another's is told to be nowhere.
fn check_lease(state: &State, org: OrgId, facts: &LeaseFacts) -> Result<(), Rejection> {
    let id = facts.lease;
    if facts.tenant != org || id.0 >= state.counters.fill {
        return Err(Rejection::LeaseNotFound(id));
    }
    if state.leases.contains_key(&id) {
        return Err(ClaimRefusal::LeaseNotClosed(id).into());
    }
    let deducts = facts.voucher_programme.and_then(|id| state.programmes.get(&id));
    let adds_up = facts.settled <= facts.charge
        && facts.voucher <= facts.settled
        && facts.voucher >= Money::ZERO
        && facts.voucher.is_positive() == deducts.is_some()
        && state.orgs.contains_key(&facts.provider);
    if adds_up {
        Ok(())
    } else {
        Err(invalid(
            "/contract/lease",
            FieldRule::Malformed,
            "has figures that contradict each other",
        ))
    }
}

fn check_external(state: &State, org: OrgId, contract: &ExternalContract) -> Result<(), Rejection> {
    let mut errors = FieldErrors::default();
    let own = state.orgs.get(&org).map(|org| org.profile.uscc);
    let at = |field: &str| format!("/contract/{field}");
    let is_other = own != Some(contract.counterparty);
    errors.require(
        is_other,
        &at("counterparty"),
        FieldRule::NotEligible,
        "must not be the claimant",
    );
    limits::count(&mut errors, &at("cards"), contract.cards, limits::CARDS_MAX);
    let ordered = contract.from < contract.until;
    errors.require(ordered, &at("until"), FieldRule::Reversed, "must come after from");
    let known = |code: &Option<_>, is: &dyn Fn(&_) -> bool| code.as_ref().is_none_or(is);
    let site = known(&contract.site, &|code| state.catalogue.site_id(code).is_some());
    errors.require(site, &at("site"), FieldRule::Unknown, "names no site");
    let accelerator = known(&contract.accelerator, &|code| {
        state.catalogue.accelerator_id(code).is_some()
    });
    errors.require(
        accelerator,
        &at("accelerator"),
        FieldRule::Unknown,
        "names no accelerator",
    );
    errors.require(
        !contract.items.is_empty(),
        &at("items"),
        FieldRule::Empty,
        "must have an item",
    );
    let fits = contract.items.len() <= ITEMS_MAX;
    errors.require(fits, &at("items"), FieldRule::TooMany, "must have at most 16 items");
    for (index, item) in contract.items.iter().take(ITEMS_MAX).enumerate() {
        let twice = contract.items.iter().take(index).any(|other| other.item == item.item);
        errors.require(
            !twice,
            &at(&format!("items/{index}/item")),
            FieldRule::Duplicate,
            "is named twice",
        );
        for (field, amount) in [
            ("contract", item.contract),
            ("incurred", item.incurred),
            ("paid", item.paid),
        ] {
            let pointer = at(&format!("items/{index}/{field}"));
            let counts = amount >= Money::ZERO;
            errors.require(counts, &pointer, FieldRule::TooSmall, "must not be negative");
            let small = amount <= limits::AMOUNT_MAX;
            errors.require(
                small,
                &pointer,
                FieldRule::TooLarge,
                "must be at most 10000000000000.00",
            );
        }
    }
    errors.check()
}

/// Everything that the programme asks for has come. A claim that follows a decision needs no evidence of its own.
fn check_documents(rules: &ProgrammeRules, documents: &[ClaimDocument], is_matched: bool) -> Result<(), Rejection> {
    let mut errors = FieldErrors::default();
    let fits = documents.len() <= DOCUMENTS_MAX;
    errors.require(fits, "/documents", FieldRule::TooMany, "must have at most 64 documents");
    for (index, document) in documents.iter().take(DOCUMENTS_MAX).enumerate() {
        let same = |other: &ClaimDocument| other.hash == document.hash && other.kind == document.kind;
        let twice = documents.iter().take(index).any(same);
        errors.require(
            !twice,
            &format!("/documents/{index}"),
            FieldRule::Duplicate,
            "is named twice",
        );
    }
    errors.check()?;
    let mut needed = rules.evidence.iter().filter(|rule| match rule.with {
        EvidenceWith::Claim => !is_matched,
        EvidenceWith::Application => false,
    });
    let missing = needed.find(|rule| !documents.iter().any(|document| document.kind == rule.kind));
    match missing {
        None => Ok(()),
        Some(rule) => Err(ClaimRefusal::EvidenceMissing { kind: rule.kind }.into()),
    }
}

/// The contract itself is among the documents, so that its hash is that of something.
fn check_paper(contract: &Contract, new: &NewClaim) -> Result<(), Rejection> {
    let kind = EvidenceKind::Contract;
    match contract {
        Contract::External(external) if new.matches.is_none() => {
            let is_it = |document: &ClaimDocument| document.kind == kind && document.hash == external.hash;
            let found = new.documents.iter().any(is_it);
            found.then_some(()).ok_or(ClaimRefusal::EvidenceMissing { kind }.into())
        }
        Contract::External(_) | Contract::Lease(_) => Ok(()),
    }
}

/// The contract was not claimed under this programme before, and is nobody else's.
fn check_duplicates(
    state: &State,
    programme: &Programme,
    (org, contract): (OrgId, &Contract),
) -> Result<(), Rejection> {
    let alike = contract::claims_of(state, org, contract);
    if let Some(claim) = alike.iter().find(|claim| claim.programme == programme.id) {
        return Err(ClaimRefusal::Duplicate(claim.id).into());
    }
    if alike.iter().any(|claim| claim.org != org) {
        return Err(ClaimRefusal::ContractNotFound.into());
    }
    let key = contract.key();
    let other = alike
        .iter()
        .find(|claim| claim.contract.key() == key && claim.contract != *contract);
    match other {
        None => Ok(()),
        Some(claim) => {
            let detail = format!("is described otherwise than in {}", claim.id);
            Err(invalid("/contract", FieldRule::Fixed, detail))
        }
    }
}

/// The expense that is claimed: at most what counts, and at most what was paid for it.
fn base(
    state: &State,
    rules: &ProgrammeRules,
    new: &NewClaim,
    (contract, matched): (&Contract, Option<&Claim>),
) -> Result<Money, Rejection> {
    if let Some(matched) = matched {
        return match new.amount {
            Some(amount) if amount != matched.base => {
                let detail = format!("must be the {} of the claim that is followed", matched.base);
                Err(invalid("/amount", FieldRule::Fixed, detail))
            }
            Some(_) | None => Ok(matched.base),
        };
    }
    let (counts, paid) = kept(state, rules, contract)?;
    // What a lease came to is the exchange's own figure: what was agreed and not delivered is nobody's mistake.
    let all = match contract {
        Contract::Lease(_) => counts.min(paid),
        Contract::External(_) => counts,
    };
    let claimed = new.amount.unwrap_or(all);
    let mut errors = FieldErrors::default();
    limits::amount(&mut errors, "/amount", claimed);
    errors.check()?;
    if claimed > paid {
        return Err(ClaimRefusal::OverPaid { claimed, paid }.into());
    }
    if claimed > counts {
        let detail = format!("is more than the {counts} CNY that count");
        return Err(invalid("/amount", FieldRule::Exceeds, detail));
    }
    Ok(claimed)
}

/// What of a contract counts, and what was paid for it: what credits gave back of a lease was neither incurred nor paid.
pub(super) fn kept(state: &State, rules: &ProgrammeRules, contract: &Contract) -> Result<(Money, Money), Rejection> {
    let counts = contract.base(rules.rate_base, &rules.included_items)?;
    let paid = contract.paid(&rules.included_items)?;
    let Contract::Lease(facts) = contract else {
        return Ok((counts, paid));
    };
    let cash = state.recovered.cash(facts.lease);
    let both = cash.plus(state.recovered.credited_subsidy(facts.lease))?;
    let back = match rules.rate_base {
        RateBase::Contract => Money::ZERO,
        RateBase::Incurred | RateBase::UsageFee => both,
        RateBase::Paid => cash,
    };
    let less = |amount: Money, back| Ok::<_, Overflow>(amount.minus(back)?.max(Money::ZERO));
    Ok((less(counts, back)?, less(paid, both)?))
}

/// What the rules give, or why they give nothing.
fn find(
    state: &State,
    (programme, rules, rates): (&Programme, &ProgrammeRules, &[RateRow]),
    claim: &Claim,
) -> Result<Found, Rejection> {
    let question = Question {
        programme,
        rules,
        rates,
        org: claim.org,
        contract: &claim.contract,
        purpose: claim.purpose,
        claim: None,
        base: claim.base,
        year: claim.year,
        declared: None,
    };
    let found = amount::find(state, &question)?;
    // A refusal is the last word.
    match found.steps.last() {
        Some(Step::Refused { reason }) => Err(ClaimRefusal::NotPayable(*reason).into()),
        Some(_) | None => Ok(found),
    }
}
