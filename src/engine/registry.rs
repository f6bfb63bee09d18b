//! Reference data, organisations, terms, and money coming in.

use crate::domain::accelerator::Accelerator;
use crate::domain::account::AccountKey;
use crate::domain::code::Code;
use crate::domain::id::{AcceleratorId, OrgId};
use crate::domain::money::{Money, Price};
use crate::domain::organisation::{NewOrganisation, Organisation};
use crate::domain::rate::BasisPoints;
use crate::domain::site::Site;
use crate::domain::terms::Terms;
use crate::domain::time::Timestamp;
use crate::domain::transfer::{BusinessRef, MovementKind};
use crate::engine::banking::awaited;
use crate::engine::event::Event;
use crate::engine::ledger::{Leg, PostError, Posting};
use crate::engine::limits;
use crate::engine::posting;
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection, invalid};
use crate::engine::state::State;

/// Adds an accelerator model.
pub fn define_accelerator(state: &mut State, accelerator: Accelerator) -> Result<(), Rejection> {
    let domestic = accelerator.domestic;
    let mut errors = FieldErrors::default();
    limits::name(&mut errors, "/vendor", &accelerator.vendor);
    limits::name(&mut errors, "/model", &accelerator.model);
    limits::count(
        &mut errors,
        "/cards_per_node",
        accelerator.cards_per_node,
        limits::CARDS_MAX,
    );
    errors.check()?;
    let taken = || invalid("/code", FieldRule::Taken, "is defined already");
    let id = state.catalogue.add_accelerator(accelerator).ok_or_else(taken)?;
    state.book.add_accelerator(id, domestic);
    Ok(())
}

/// Adds a site.
pub fn define_site(state: &mut State, site: Site) -> Result<(), Rejection> {
    let mut errors = FieldErrors::default();
    limits::name(&mut errors, "/name_zh", &site.name_zh);
    limits::text(&mut errors, "/region", &site.region);
    errors.check()?;
    let taken = || invalid("/code", FieldRule::Taken, "is defined already");
    state.catalogue.add_site(site).map(|_| ()).ok_or_else(taken)
}

/// Puts new terms into force.
pub fn set_terms(state: &mut State, terms: Terms) -> Result<(), Rejection> {
    check_terms(&terms)?;
    state.terms = terms;
    Ok(())
}

/// Whether terms could come into force.
pub fn check_terms(terms: &Terms) -> Result<(), Rejection> {
    let mut errors = FieldErrors::default();
    let rates = [
        ("/tenant_fee_bps", terms.tenant_fee_bps),
        ("/provider_fee_bps", terms.provider_fee_bps),
        ("/vat_bps", terms.vat_bps),
        ("/collar_bps", terms.collar_bps),
    ];
    for (pointer, rate) in rates {
        errors.require(
            rate <= BasisPoints::WHOLE,
            pointer,
            FieldRule::TooLarge,
            "must be at most 10000",
        );
    }
    for (pointer, hours) in [
        ("/usage_grace_hours", terms.usage_grace_hours),
        ("/dispute_hours", terms.dispute_hours),
        ("/account_cooling_hours", terms.account_cooling_hours),
    ] {
        errors.require(
            hours <= limits::HOURS_MAX,
            pointer,
            FieldRule::TooLarge,
            "must be at most 26304",
        );
    }
    errors.require(
        terms.alone_max >= Money::ZERO,
        "/alone_max",
        FieldRule::TooSmall,
        "must not be below 0.00",
    );
    errors.require(
        terms.acceptance_hours <= terms.dispute_hours,
        "/acceptance_hours",
        FieldRule::TooLarge,
        "must be at most dispute_hours: what is disputed must not be paid out yet",
    );
    let delivery = &terms.delivery;
    for (name, hours) in delivery.hours() {
        let pointer = format!("/delivery/{name}");
        let fits = hours.is_none_or(|hours| hours <= limits::HOURS_MAX);
        errors.require(fits, &pointer, FieldRule::TooLarge, "must be at most 26304");
    }
    for (pointer, rate) in [
        ("/delivery/tenant_penalty_bps", delivery.tenant_penalty_bps),
        ("/delivery/provider_penalty_bps", delivery.provider_penalty_bps),
    ] {
        let fits = rate <= BasisPoints::WHOLE;
        errors.require(fits, pointer, FieldRule::TooLarge, "must be at most 10000");
    }
    let heard = delivery.accept_hours.is_none() || delivery.provision_hours.is_some();
    errors.require(
        heard,
        "/delivery/accept_hours",
        FieldRule::Contradicts,
        "needs provision_hours: only what must be handed over can be accepted",
    );
    errors.require(
        terms.outage_hours <= limits::OUTAGE_HOURS_MAX,
        "/outage_hours",
        FieldRule::TooLarge,
        "must be at most 744",
    );
    errors.check()
}

/// Publishes a reference price.
pub fn set_reference_price(state: &mut State, code: &Code, price: Price) -> Result<(), Rejection> {
    let id = check_reference_price(state, code, price)?;
    state.catalogue.set_reference_price(id, price);
    Ok(())
}

/// The model of which a reference price could be published.
pub fn check_reference_price(state: &State, code: &Code, price: Price) -> Result<AcceleratorId, Rejection> {
    let mut errors = FieldErrors::default();
    limits::price(&mut errors, "/price", price);
    errors.check()?;
    state
        .catalogue
        .accelerator_id(code)
        .ok_or_else(|| unknown_accelerator("/accelerator", code))
}

/// The rejection of an accelerator that is not in the catalogue.
fn unknown_accelerator(pointer: &str, code: &Code) -> Rejection {
    invalid(pointer, FieldRule::Unknown, format!("names no accelerator: {code}"))
}

/// Registers an organisation.
pub fn register_org(state: &mut State, events: &mut Vec<Event>, profile: NewOrganisation) -> Result<(), Rejection> {
    let mut errors = FieldErrors::default();
    limits::name(&mut errors, "/name", &profile.name);
    errors.require(
        !profile.kinds.is_empty(),
        "/kinds",
        FieldRule::Empty,
        "must name at least one kind",
    );
    let taken = state.org_by_uscc.contains_key(&profile.uscc);
    errors.require(!taken, "/uscc", FieldRule::Taken, "is registered already");
    let owner = profile.owner.map(|owner| state.orgs.get(&owner).ok_or(owner));
    if let Some(Err(owner)) = owner {
        errors.add("/owner", FieldRule::Unknown, format!("names no organisation: {owner}"));
    }
    errors.check()?;
    let id = OrgId(state.counters.org);
    let group = owner.and_then(Result::ok).map_or(id, |owner| owner.group);
    state.counters.org += 1;
    let org = Organisation { id, group, profile };
    events.push(Event::OrgRegistered(Box::new(org.clone())));
    state.org_by_uscc.insert(org.profile.uscc, id);
    state.orgs.insert(id, org);
    Ok(())
}

/// Books money that arrived.
pub fn deposit(
    state: &mut State,
    events: &mut Vec<Event>,
    (org, amount, bank_ref): (OrgId, Money, &str),
    at: Timestamp,
) -> Result<(), Rejection> {
    check_deposit(state, (org, amount, bank_ref))?;
    post_checked(
        state,
        events,
        (MovementKind::Deposit, BusinessRef::Org(org)),
        &posting::deposit::legs(org, amount),
        at,
    )?;
    if !bank_ref.is_empty() {
        state.bank_refs.insert(bank_ref.into());
    }
    awaited::booked(state, events, (bank_ref, amount), at)?;
    // Who owes something pays that first.
    posting::collect::post(state, events, (org, amount), at).map_err(Rejection::after_change)
}

/// Whether a deposit of this reference is the first: two people must not book one line of the bank's statement twice.
pub fn check_bank_ref(state: &State, bank_ref: &str) -> Result<(), Rejection> {
    let mut errors = FieldErrors::default();
    let trimmed = bank_ref.trim();
    errors.require(
        !trimmed.is_empty(),
        "/bank_ref",
        FieldRule::Empty,
        "must be the bank's reference of the deposit",
    );
    // Otherwise a blank more would make another reference of it.
    errors.require(
        trimmed.len() == bank_ref.len(),
        "/bank_ref",
        FieldRule::Malformed,
        "must not begin or end with blanks",
    );
    errors.require(
        !state.bank_refs.contains(bank_ref),
        "/bank_ref",
        FieldRule::Taken,
        "is the reference of a deposit that is booked already",
    );
    errors.check()
}

/// Whether money could be booked.
pub fn check_deposit(state: &State, (org, amount, bank_ref): (OrgId, Money, &str)) -> Result<(), Rejection> {
    let mut errors = FieldErrors::default();
    errors.require(
        state.orgs.contains_key(&org),
        "/org",
        FieldRule::Unknown,
        "names no organisation",
    );
    limits::amount(&mut errors, "/amount", amount);
    limits::text(&mut errors, "/bank_ref", bank_ref);
    errors.check()
}

/// Posts a movement by hand.
pub fn post_by_hand(
    state: &mut State,
    events: &mut Vec<Event>,
    transfers: &[(AccountKey, AccountKey, Money)],
    at: Timestamp,
) -> Result<(), Rejection> {
    let mut errors = FieldErrors::default();
    errors.require(
        !transfers.is_empty(),
        "/transfers",
        FieldRule::Empty,
        "must have at least one transfer",
    );
    let fits = transfers.len() <= limits::TRANSFERS_MAX;
    errors.require(
        fits,
        "/transfers",
        FieldRule::TooMany,
        "must have at most 10000 transfers",
    );
    let mut about = None;
    for (index, &(debit, credit, amount)) in transfers.iter().enumerate() {
        if !amount.is_positive() {
            errors.add(
                format!("/transfers/{index}/amount"),
                FieldRule::TooSmall,
                "must be more than 0.00",
            );
        }
        for (side, key) in [("debit", debit), ("credit", credit)] {
            match by_hand_owner(state, key) {
                ByHand::Platform => {}
                ByHand::Org(org) if state.orgs.contains_key(&org) => about = about.or(Some(org)),
                ByHand::Org(_) => {
                    errors.add(
                        format!("/transfers/{index}/{side}"),
                        FieldRule::Unknown,
                        "names no organisation",
                    );
                }
                ByHand::Never => {
                    let detail = "is an account that only its own movements may touch";
                    errors.add(format!("/transfers/{index}/{side}"), FieldRule::Fixed, detail);
                }
            }
        }
    }
    errors.check()?;
    let about = BusinessRef::Org(about.unwrap_or_default());
    let legs: Vec<Leg> = transfers
        .iter()
        .map(|&(debit, credit, amount)| Leg { debit, credit, amount })
        .collect();
    post_checked(state, events, (MovementKind::Manual, about), &legs, at)?;
    awaited::booked_by_hand(state, events, transfers, at)
}

enum ByHand {
    Platform,
    Org(OrgId),
    Never,
}

/// Which accounts an operator may move by hand: those whose balance no other part of the state repeats.
fn by_hand_owner(state: &State, key: AccountKey) -> ByHand {
    match key {
        // Since there is a custody account, lists say what these hold.
        AccountKey::PayoutInFlight | AccountKey::Suspense if !state.banking.custody.is_empty() => ByHand::Never,
        AccountKey::Bank
        | AccountKey::FeeRevenue
        | AccountKey::VatPayable
        | AccountKey::PayoutInFlight
        | AccountKey::Suspense => ByHand::Platform,
        AccountKey::Cash(org)
        | AccountKey::PayableCash(org)
        | AccountKey::PayableProgramme(org)
        | AccountKey::Collateral(org)
        | AccountKey::Debt(org) => ByHand::Org(org),
        AccountKey::Held(_)
        | AccountKey::PendingCash(_)
        | AccountKey::PendingProgramme(_)
        | AccountKey::Escrow(_)
        | AccountKey::TreasuryReceivable(..)
        | AccountKey::TreasuryFine(_)
        | AccountKey::Reserve(_)
        | AccountKey::Appropriation(_)
        | AccountKey::Pot(_)
        | AccountKey::Redeemed(_)
        | AccountKey::Recovered(_)
        | AccountKey::Lapsed(_)
        | AccountKey::VoucherAvailable(_)
        | AccountKey::VoucherHeld(_)
        | AccountKey::VoucherReserved(_) => ByHand::Never,
    }
}

/// Posts what a person asked for; what cannot be posted is their mistake, not a defect.
fn post_checked(
    state: &mut State,
    events: &mut Vec<Event>,
    (kind, about): (MovementKind, BusinessRef),
    legs: &[Leg],
    at: Timestamp,
) -> Result<(), Rejection> {
    let movement = state
        .ledger
        .post(Posting {
            kind,
            about,
            booked_at: at,
            legs,
        })
        .map_err(|error| match error {
            PostError::Floor(_) => Rejection::InsufficientFunds,
            PostError::Mismatch => invalid("/transfers", FieldRule::Malformed, "need two accounts of one unit"),
            PostError::Overflow => Rejection::Overflow,
        })?;
    events.extend(movement.map(Event::Posted));
    Ok(())
}
