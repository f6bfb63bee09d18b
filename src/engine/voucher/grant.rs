//! Opening a programme, granting its vouchers, and their expiry.

use crate::domain::account::AccountKey;
use crate::domain::id::{OrgId, ProgrammeId, VoucherId};
use crate::domain::money::Money;
use crate::domain::organisation::OrgKind;
use crate::domain::programme::funding::ClaimsFrom;
use crate::domain::programme::{Programme, ProgrammeRules, ProgrammeState};
use crate::domain::time::Timestamp;
use crate::domain::voucher::{Voucher, VoucherAlert};
use crate::engine::event::Event;
use crate::engine::limits;
use crate::engine::office::integrity::conflict;
use crate::engine::office::recovery;
use crate::engine::posting;
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection, invalid};
use crate::engine::state::State;
use crate::engine::timer;
use crate::engine::voucher::check::check_programme;
use crate::engine::voucher::evaluate;

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
    make(state, events, voucher, at)
}

/// Notes why an organisation may not hold vouchers of a programme, if it may not. Who it must be beyond its kind is asked where
/// an authority grants; an operator's own script grants at once, and fills ask for it again.
pub fn eligible(state: &State, errors: &mut FieldErrors, (programme, id): (&Programme, OrgId), at: Timestamp) {
    let Some(org) = state.orgs.get(&id) else {
        errors.add("/org", FieldRule::Unknown, format!("names no organisation: {id}"));
        return;
    };
    let rules = &programme.rules;
    let eligible = rules.eligible_kinds.iter().any(|&kind: &OrgKind| org.is(kind));
    errors.require(
        eligible,
        "/org",
        FieldRule::NotEligible,
        "is of no kind that the programme is for",
    );
    let facts = state.facts_of(id);
    let refusal = evaluate::entity_refusal(rules, (facts, Some(org.profile.uscc)), at);
    if let (Some(reason), Some(_)) = (refusal, programme.issuer) {
        let detail = format!("is not known to be whom the programme is for by {}", reason.pointer());
        errors.add("/org", FieldRule::NotEligible, detail);
    }
}

/// Refuses who may not receive under a programme: because they are on its other side, or because its issuer keeps them out.
pub fn require_admitted(state: &State, programme: &Programme, org: OrgId, at: Timestamp) -> Result<(), Rejection> {
    conflict::require_none(conflict::conflict(state, programme, org, at))?;
    recovery::require_not_banned(state, org, programme.issuer, at)
}

/// The programme must stand there in its life.
pub fn require_state(programme: &Programme, wanted: ProgrammeState) -> Result<(), Rejection> {
    if programme.state == wanted {
        Ok(())
    } else {
        Err(Rejection::ProgrammeNotInState {
            programme: programme.id,
            found: programme.state,
            wanted,
        })
    }
}

/// Makes a voucher that was checked.
pub fn make(state: &mut State, events: &mut Vec<Event>, voucher: Voucher, at: Timestamp) -> Result<(), Rejection> {
    state.counters.voucher += 1;
    events.push(Event::VoucherGranted(Box::new(voucher.clone())));
    posting::grant::post(state, events, &voucher, at)?;
    restore(state, voucher, at);
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
    require_state(known, ProgrammeState::Open)?;
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
    let grants = match rules.claims_from {
        Some(ClaimsFrom::Pot) => false,
        Some(ClaimsFrom::Vouchers) | None => true,
    };
    errors.require(
        grants,
        "/programme",
        FieldRule::NotEligible,
        "pays claims out of its pot and grants nothing",
    );
    eligible(state, &mut errors, (known, org), at);
    errors.require(at < rules.valid_until, "/programme", FieldRule::Past, "has ended");
    errors.check()?;
    require_admitted(state, known, org, at)?;
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
        application: None,
        ended: None,
    })
}

/// Puts a voucher into its indexes: those of the live ones unless it has expired or ended. `since` is the instant up to which
/// everything has happened that was due.
pub fn restore(state: &mut State, voucher: Voucher, since: Timestamp) {
    if voucher.is_live(since) {
        set_timers(state, &voucher, since);
        state.vouchers_of.entry(voucher.org).or_default().push(voucher.id);
    }
    state.vouchers.insert(voucher.id, voucher);
}

fn alert_days(state: &State, voucher: &Voucher) -> Vec<u32> {
    let programme = state.programmes.get(&voucher.programme);
    let rules = programme.and_then(|programme| programme.rules_of(voucher.version));
    rules.map(|rules| rules.alert_days.clone()).unwrap_or_default()
}

/// Sets what happens to a live voucher by time after `since`.
pub fn set_timers(state: &mut State, voucher: &Voucher, since: Timestamp) {
    let (due_at, due) = timer::of_voucher(voucher);
    state.timers.set(due_at, due);
    for days in alert_days(state, voucher) {
        let (due_at, due) = timer::of_alert(voucher, days);
        if due_at > since {
            state.timers.set(due_at, due);
        }
    }
}

/// Takes back what [`set_timers`] has set.
pub fn clear_timers(state: &mut State, voucher: &Voucher) {
    let (due_at, due) = timer::of_voucher(voucher);
    state.timers.clear(due_at, due);
    for days in alert_days(state, voucher) {
        let (due_at, due) = timer::of_alert(voucher, days);
        state.timers.clear(due_at, due);
    }
}

/// Tells that a voucher expires soon, if it has something left.
pub fn alert(state: &State, events: &mut Vec<Event>, (id, days): (VoucherId, u32), at: Timestamp) {
    let left = state.ledger.balance(AccountKey::VoucherAvailable(id));
    if let Some(voucher) = state.vouchers.get(&id)
        && left.is_positive()
    {
        events.push(Event::VoucherExpiring(VoucherAlert {
            voucher: id,
            org: voucher.org,
            days,
            left,
            valid_until: voucher.valid_until,
            at,
        }));
    }
}

/// Lets a voucher expire: what is available goes back; what is reserved by leases stays with them.
pub fn expire(state: &mut State, events: &mut Vec<Event>, id: VoucherId, at: Timestamp) -> Result<(), Rejection> {
    let Some(voucher) = state.vouchers.get(&id).cloned() else {
        return Ok(());
    };
    if let Some(ids) = state.vouchers_of.get_mut(&voucher.org) {
        ids.retain(|known| *known != id);
    }
    let programme = state.programmes.get(&voucher.programme);
    let programme = programme.ok_or(Rejection::Fault("a voucher without a programme"))?;
    let target = posting::expire_voucher::target(&voucher, programme);
    let left = state.ledger.balance(AccountKey::VoucherAvailable(id));
    events.push(Event::VoucherExpired {
        voucher: id,
        amount: left,
    });
    posting::expire_voucher::post(state, events, (&voucher, target, left), at)
}
