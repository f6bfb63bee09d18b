//! Opening a programme, granting its vouchers, and their expiry.

use crate::domain::account::AccountKey;
use crate::domain::id::{OrgId, ProgrammeId, VoucherId};
use crate::domain::money::Money;
use crate::domain::organisation::OrgKind;
use crate::domain::programme::{Programme, ProgrammeRules};
use crate::domain::time::Timestamp;
use crate::domain::voucher::Voucher;
use crate::engine::event::Event;
use crate::engine::limits;
use crate::engine::office::integrity::conflict;
use crate::engine::office::recovery;
use crate::engine::posting;
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection, invalid};
use crate::engine::state::State;
use crate::engine::timer;
use crate::engine::voucher::check::check_programme;

/// Opens a programme and appropriates its pot.
pub fn open_programme(
    state: &mut State,
    events: &mut Vec<Event>,
    rules: ProgrammeRules,
    at: Timestamp,
) -> Result<(), Rejection> {
    check_programme(state, &rules, at)?;
    let id = ProgrammeId(state.counters.programme);
    state.counters.programme += 1;
    let pot = rules.pot;
    let programme = Programme::open(id, rules);
    events.push(Event::ProgrammeOpened(Box::new(programme.clone())));
    state.programmes.insert(id, programme);
    posting::appropriate::post(state, events, (id, pot), at)
}

/// Grants a voucher out of a programme's pot.
pub fn grant(
    state: &mut State,
    events: &mut Vec<Event>,
    (programme, org, amount): (ProgrammeId, OrgId, Money),
    at: Timestamp,
) -> Result<(), Rejection> {
    let voucher = check_grant(state, (programme, org, amount), at)?;
    state.counters.voucher += 1;
    events.push(Event::VoucherGranted(Box::new(voucher.clone())));
    posting::grant::post(state, events, &voucher, at)?;
    restore(state, voucher);
    Ok(())
}

/// The voucher that could be granted.
pub fn check_grant(
    state: &State,
    (programme, org, amount): (ProgrammeId, OrgId, Money),
    at: Timestamp,
) -> Result<Voucher, Rejection> {
    let unknown = || {
        invalid(
            "/programme",
            FieldRule::Unknown,
            format!("names no programme: {programme}"),
        )
    };
    let known = state.programmes.get(&programme).ok_or_else(unknown)?;
    let rules = &known.rules;
    let mut errors = FieldErrors::default();
    limits::amount(&mut errors, "/amount", amount);
    let pot = state.ledger.balance(AccountKey::Pot(programme));
    if amount > pot {
        errors.add(
            "/amount",
            FieldRule::Exceeds,
            format!("is more than the {pot} CNY left in the pot"),
        );
    }
    match state.orgs.get(&org) {
        None => errors.add("/org", FieldRule::Unknown, format!("names no organisation: {org}")),
        Some(org) => {
            let eligible = rules.eligible_kinds.iter().any(|&kind: &OrgKind| org.is(kind));
            errors.require(
                eligible,
                "/org",
                FieldRule::NotEligible,
                "is of no kind that the programme is for",
            );
        }
    }
    errors.require(at < rules.valid_until, "/programme", FieldRule::Past, "has ended");
    errors.check()?;
    conflict::require_none(conflict::conflict(state, known, org, at))?;
    recovery::require_not_banned(state, org, known.issuer, at)?;
    let valid_from = rules.valid_from.max(at);
    let days = rules
        .validity_days
        .map(|days| valid_from.plus_hours(days.saturating_mul(24)));
    let valid_until = days.map_or(rules.valid_until, |until| until.min(rules.valid_until));
    Ok(Voucher {
        id: VoucherId(state.counters.voucher),
        programme,
        version: rules.version,
        org,
        amount,
        valid_from,
        valid_until,
    })
}

/// Puts a voucher into its indexes: those of the live ones unless it has expired.
pub fn restore(state: &mut State, voucher: Voucher) {
    if voucher.valid_until > state.now {
        let (due_at, due) = timer::of_voucher(&voucher);
        state.timers.set(due_at, due);
        state.vouchers_of.entry(voucher.org).or_default().push(voucher.id);
    }
    state.vouchers.insert(voucher.id, voucher);
}

/// Lets a voucher expire: what is available goes back; what is reserved by leases stays with them.
pub fn expire(state: &mut State, events: &mut Vec<Event>, id: VoucherId, at: Timestamp) -> Result<(), Rejection> {
    let Some(voucher) = state.vouchers.get(&id).cloned() else {
        return Ok(());
    };
    if let Some(ids) = state.vouchers_of.get_mut(&voucher.org) {
        ids.retain(|known| *known != id);
    }
    let rule = state
        .programmes
        .get(&voucher.programme)
        .map(|programme| programme.rules.on_expiry);
    let rule = rule.ok_or(Rejection::Fault("a voucher without a programme"))?;
    let left = state.ledger.balance(AccountKey::VoucherAvailable(id));
    events.push(Event::VoucherExpired {
        voucher: id,
        amount: left,
    });
    posting::expire_voucher::post(state, events, (&voucher, rule, left), at)
}
