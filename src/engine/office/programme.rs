//! The life of programmes: draft, approved by another person, open, closed, reconciled.

use serde::{Deserialize, Serialize};

use super::people;
use crate::domain::account::AccountKey;
use crate::domain::claim::ClaimState;
use crate::domain::id::{OrgId, ProgrammeId, UserId};
use crate::domain::money::Money;
use crate::domain::programme::{Invitation, Programme, ProgrammeRules, ProgrammeState};
use crate::domain::time::Timestamp;
use crate::domain::user::Role;
use crate::domain::voucher::VoucherEnd;
use crate::engine::event::Event;
use crate::engine::limits;
use crate::engine::posting;
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection, invalid};
use crate::engine::state::State;
use crate::engine::voucher::check::check_programme;
use crate::engine::voucher::grant;

/// Why applications end when their programme does.
const CLOSED: &str = "the programme was closed";

/// What can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProgrammeCommand {
    /// Write a programme.
    Draft {
        /// Who writes it.
        maker: UserId,
        /// Whose it will be: the organisation of whoever writes it.
        issuer: OrgId,
        /// Its rules.
        rules: Box<ProgrammeRules>,
    },
    /// Agree to a draft.
    Approve {
        /// Another person of the same issuer.
        checker: UserId,
        /// Which one.
        programme: ProgrammeId,
    },
    /// Refuse a draft.
    Reject {
        /// Another person of the same issuer.
        checker: UserId,
        /// Which one.
        programme: ProgrammeId,
        /// Why.
        reason: String,
    },
    /// Appropriate its pot: from now on it takes applications and grants.
    Open {
        /// A person of the issuer.
        user: UserId,
        /// Which one.
        programme: ProgrammeId,
    },
    /// End it: nothing is granted any more, and what vouchers have available goes back to the pot.
    Close {
        /// The person of the issuer who asks.
        user: UserId,
        /// Which one.
        programme: ProgrammeId,
    },
    /// State that everything is paid and accounted for; what is left in the pot lapses.
    Reconcile {
        /// A person of the issuer.
        user: UserId,
        /// Which one.
        programme: ProgrammeId,
    },
    /// Record how many organisations were invited to apply.
    Invite {
        /// A person of the issuer.
        user: UserId,
        /// To which one.
        programme: ProgrammeId,
        /// When.
        on: Timestamp,
        /// How many.
        organisations: u32,
    },
    /// Put a new version of its rules into force; vouchers keep the version they were granted under.
    Revise {
        /// Which one.
        programme: ProgrammeId,
        /// All rules from now on.
        rules: Box<ProgrammeRules>,
    },
}

impl ProgrammeCommand {
    /// Its name in the journal.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Draft { .. } => "draft_programme",
            Self::Approve { .. } => "approve_programme",
            Self::Reject { .. } => "reject_programme",
            Self::Open { .. } => "open_programme_draft",
            Self::Close { .. } => "close_programme",
            Self::Reconcile { .. } => "reconcile_programme",
            Self::Invite { .. } => "invite",
            Self::Revise { .. } => "revise_programme",
        }
    }

    /// Which role decides on it as the second person; none: no second person is needed, or the command names them.
    pub fn decided_by(&self) -> Option<Role> {
        match self {
            Self::Close { .. } | Self::Reconcile { .. } | Self::Revise { .. } => Some(Role::Issuer),
            Self::Draft { .. }
            | Self::Approve { .. }
            | Self::Reject { .. }
            | Self::Open { .. }
            | Self::Invite { .. } => None,
        }
    }

    /// The programme that it is about; a draft is about none that exists.
    pub fn programme(&self) -> Option<ProgrammeId> {
        match self {
            Self::Draft { .. } => None,
            Self::Approve { programme, .. }
            | Self::Reject { programme, .. }
            | Self::Open { programme, .. }
            | Self::Close { programme, .. }
            | Self::Reconcile { programme, .. }
            | Self::Invite { programme, .. }
            | Self::Revise { programme, .. } => Some(*programme),
        }
    }
}

/// What is checked when two people are to decide on it; it changes nothing.
pub fn check(state: &State, command: &ProgrammeCommand, at: Timestamp) -> Result<(), Rejection> {
    match command {
        ProgrammeCommand::Revise { programme, rules } => check_revision(state, (*programme, rules), at).map(|_| ()),
        ProgrammeCommand::Close { user, programme } => check_close(state, (*user, *programme)).map(|_| ()),
        ProgrammeCommand::Reconcile { user, programme } => check_reconcile(state, (*user, *programme)).map(|_| ()),
        ProgrammeCommand::Draft { .. }
        | ProgrammeCommand::Approve { .. }
        | ProgrammeCommand::Reject { .. }
        | ProgrammeCommand::Open { .. }
        | ProgrammeCommand::Invite { .. } => Err(Rejection::NotForApproval(command.kind())),
    }
}

/// Does it.
pub fn apply(
    state: &mut State,
    events: &mut Vec<Event>,
    command: ProgrammeCommand,
    at: Timestamp,
) -> Result<(), Rejection> {
    match command {
        ProgrammeCommand::Draft { maker, issuer, rules } => draft(state, events, (maker, issuer, rules), at),
        ProgrammeCommand::Approve { checker, programme } => {
            decide(state, events, (checker, programme), ProgrammeState::Approved)
        }
        ProgrammeCommand::Reject {
            checker,
            programme,
            reason,
        } => {
            let mut errors = FieldErrors::default();
            limits::reason(&mut errors, "/reason", &reason);
            errors.check()?;
            decide(state, events, (checker, programme), ProgrammeState::Rejected)
        }
        ProgrammeCommand::Open { user, programme } => open(state, events, (user, programme), at),
        ProgrammeCommand::Close { user, programme } => close(state, events, (user, programme), at),
        ProgrammeCommand::Reconcile { user, programme } => reconcile(state, events, (user, programme), at),
        ProgrammeCommand::Invite {
            user,
            programme,
            on,
            organisations,
        } => invite(state, events, (user, programme), (on, organisations), at),
        ProgrammeCommand::Revise { programme, rules } => revise(state, events, (programme, *rules), at),
    }
}

/// Stores a programme as it is now and tells it.
fn put(state: &mut State, events: &mut Vec<Event>, programme: Programme) {
    events.push(Event::ProgrammeChanged(Box::new(programme.clone())));
    state.programmes.insert(programme.id, programme);
}

fn draft(
    state: &mut State,
    events: &mut Vec<Event>,
    (maker, issuer, rules): (UserId, OrgId, Box<ProgrammeRules>),
    at: Timestamp,
) -> Result<(), Rejection> {
    let user = people::acting(state, maker, Role::Issuer)?;
    people::require_issuer(user, Some(issuer))?;
    check_programme(state, &rules, at)?;
    let id = ProgrammeId(state.counters.programme);
    state.counters.programme += 1;
    let programme = Programme {
        issuer: Some(issuer),
        state: ProgrammeState::Draft,
        maker: Some(maker),
        ..Programme::open(id, *rules)
    };
    put(state, events, programme);
    Ok(())
}

/// What the second person says of a draft.
fn decide(
    state: &mut State,
    events: &mut Vec<Event>,
    (checker, id): (UserId, ProgrammeId),
    verdict: ProgrammeState,
) -> Result<(), Rejection> {
    let programme = people::programme(state, id)?;
    people::issuing(state, checker, programme)?;
    if programme.maker == Some(checker) {
        return Err(Rejection::SamePerson(checker));
    }
    grant::require_state(programme, ProgrammeState::Draft)?;
    let programme = Programme {
        state: verdict,
        checker: Some(checker),
        ..programme.clone()
    };
    put(state, events, programme);
    Ok(())
}

fn open(
    state: &mut State,
    events: &mut Vec<Event>,
    (user, id): (UserId, ProgrammeId),
    at: Timestamp,
) -> Result<(), Rejection> {
    let programme = people::programme(state, id)?;
    people::issuing(state, user, programme)?;
    grant::require_state(programme, ProgrammeState::Approved)?;
    if programme.rules.valid_until <= at {
        return Err(invalid("/programme", FieldRule::Past, "has ended before it was opened"));
    }
    let programme = Programme {
        state: ProgrammeState::Open,
        ..programme.clone()
    };
    let pot = programme.rules.pot;
    put(state, events, programme);
    posting::appropriate::post(state, events, (id, pot), at).map_err(Rejection::after_change)
}

/// Records an invitation; what was recorded stays.
fn invite(
    state: &mut State,
    events: &mut Vec<Event>,
    (user, id): (UserId, ProgrammeId),
    (on, organisations): (Timestamp, u32),
    at: Timestamp,
) -> Result<(), Rejection> {
    let programme = people::programme(state, id)?;
    people::issuing(state, user, programme)?;
    let mut errors = FieldErrors::default();
    limits::count(&mut errors, "/organisations", organisations, limits::INVITED_MAX);
    errors.require(on <= at, "/on", FieldRule::Future, "must not lie in the future");
    errors.check()?;
    if programme.invitations.len() >= limits::INVITATIONS_MAX {
        return Err(Rejection::Limit("at most 1000 invitations are recorded of a programme"));
    }
    let mut programme = programme.clone();
    programme.invitations.push(Invitation {
        on,
        organisations,
        by: user,
    });
    put(state, events, programme);
    Ok(())
}

/// A programme that could be closed.
fn check_close(state: &State, (user, id): (UserId, ProgrammeId)) -> Result<&Programme, Rejection> {
    let programme = people::programme(state, id)?;
    people::issuing(state, user, programme)?;
    grant::require_state(programme, ProgrammeState::Open)?;
    Ok(programme)
}

fn close(
    state: &mut State,
    events: &mut Vec<Event>,
    (user, id): (UserId, ProgrammeId),
    at: Timestamp,
) -> Result<(), Rejection> {
    let programme = check_close(state, (user, id))?;
    let programme = Programme {
        state: ProgrammeState::Closed,
        ..programme.clone()
    };
    put(state, events, programme);
    let live: Vec<_> = state
        .vouchers
        .values()
        .filter(|voucher| voucher.programme == id && voucher.is_live(at))
        .map(|voucher| voucher.id)
        .collect();
    for voucher in live {
        super::voucher::end(state, events, (voucher, VoucherEnd::Closed), at).map_err(Rejection::after_change)?;
    }
    super::application::end_all(state, events, (id, CLOSED));
    Ok(())
}

/// What of a programme is still open, each with its amount, in words: no more than a refusal names.
pub fn still_open(state: &State, programme: &Programme) -> Vec<String> {
    let id = programme.id;
    let mut open = still_owed(state, programme, |owed| owed != Money::ZERO);
    for claim in state.claims.values().filter(|claim| claim.programme == id) {
        match claim.state {
            ClaimState::Submitted => open.push(format!("{} waits for {} CNY", claim.id, claim.amount)),
            ClaimState::Declared => open.push(format!("{} declares {} CNY", claim.id, claim.base)),
            ClaimState::Approved | ClaimState::Rejected | ClaimState::Withdrawn => {}
        }
    }
    for request in state.treasury_requests.values().filter(|known| known.programme == id) {
        let left = request.outstanding().unwrap_or(request.amount);
        if left != Money::ZERO {
            open.push(format!("{} is open with {left} CNY", request.id));
        }
    }
    let reserve = state.ledger.balance(AccountKey::Reserve(id));
    if reserve != Money::ZERO {
        open.push(format!("{reserve} CNY of the reserve are not paid back"));
    }
    open.truncate(OPEN_MAX);
    open
}

/// What vouchers have left and what treasuries owe, as far as `counts`, each with its amount, in words.
pub fn still_owed(state: &State, programme: &Programme, counts: impl Fn(Money) -> bool) -> Vec<String> {
    let id = programme.id;
    let mut open = Vec::new();
    for voucher in state.vouchers.values().filter(|voucher| voucher.programme == id) {
        for (key, word) in [
            (AccountKey::VoucherAvailable(voucher.id), "available"),
            (AccountKey::VoucherHeld(voucher.id), "held"),
            (AccountKey::VoucherReserved(voucher.id), "reserved"),
        ] {
            let balance = state.ledger.balance(key);
            if balance != Money::ZERO {
                open.push(format!("{} has {balance} CNY {word}", voucher.id));
            }
        }
    }
    for payer in 0..programme.rules.co_funding.len().max(1) {
        let balance = u8::try_from(payer)
            .map(|index| state.ledger.balance(AccountKey::TreasuryReceivable(id, index)))
            .unwrap_or_default();
        if counts(balance) {
            let name = programme.rules.co_funding.get(payer);
            let name = name.map_or("the payer", |funder| funder.payer.as_str());
            open.push(format!("{name} owes {balance} CNY"));
        }
    }
    open
}

/// How many open things a refusal names.
const OPEN_MAX: usize = 20;

/// A programme that could be reconciled.
fn check_reconcile(state: &State, (user, id): (UserId, ProgrammeId)) -> Result<&Programme, Rejection> {
    let programme = people::programme(state, id)?;
    people::issuing(state, user, programme)?;
    grant::require_state(programme, ProgrammeState::Closed)?;
    let open = still_open(state, programme);
    if open.is_empty() {
        Ok(programme)
    } else {
        Err(Rejection::ProgrammeNotSettled { programme: id, open })
    }
}

fn reconcile(
    state: &mut State,
    events: &mut Vec<Event>,
    (user, id): (UserId, ProgrammeId),
    at: Timestamp,
) -> Result<(), Rejection> {
    let programme = check_reconcile(state, (user, id))?;
    let programme = Programme {
        state: ProgrammeState::Reconciled,
        ..programme.clone()
    };
    put(state, events, programme);
    posting::lapse_pot::post(state, events, id, at).map_err(Rejection::after_change)
}

/// Whether the rules can follow those in force; what the pot grows by.
fn check_revision(
    state: &State,
    (id, rules): (ProgrammeId, &ProgrammeRules),
    at: Timestamp,
) -> Result<Money, Rejection> {
    let programme = people::programme(state, id)?;
    grant::require_state(programme, ProgrammeState::Open)?;
    let known = &programme.rules;
    if programme.earlier.len() >= limits::VERSIONS_MAX {
        return Err(Rejection::Limit(
            "a programme has at most 64 versions before its newest",
        ));
    }
    let mut errors = FieldErrors::default();
    if rules.id != known.id {
        errors.add("/id", FieldRule::Fixed, format!("must stay {}", known.id));
    }
    let next = known.version.saturating_add(1);
    if rules.version != next {
        errors.add("/version", FieldRule::Fixed, format!("must be {next}"));
    }
    errors.require(
        rules.co_funding == known.co_funding,
        "/co_funding",
        FieldRule::Fixed,
        "cannot change while the programme is open: what is owed is counted by payer",
    );
    errors.require(
        rules.cap_period == known.cap_period,
        "/cap_period",
        FieldRule::Fixed,
        "cannot change while the programme is open: what entities have drawn is counted by period",
    );
    errors.require(
        rules.pay_mode == known.pay_mode,
        "/pay_mode",
        FieldRule::Fixed,
        "cannot change while the programme is open",
    );
    errors.check()?;
    check_programme(state, rules, at)?;
    let growth = rules.pot.minus(known.pot)?;
    let left = state.ledger.balance(AccountKey::Pot(id));
    if left.plus(growth)? < Money::ZERO {
        let detail = format!("takes back more than the {left} CNY that are left in the pot");
        return Err(invalid("/pot", FieldRule::Exceeds, detail));
    }
    Ok(growth)
}

fn revise(
    state: &mut State,
    events: &mut Vec<Event>,
    (id, rules): (ProgrammeId, ProgrammeRules),
    at: Timestamp,
) -> Result<(), Rejection> {
    let growth = check_revision(state, (id, &rules), at)?;
    let mut programme = people::programme(state, id)?.clone();
    programme.earlier.push(std::mem::replace(&mut programme.rules, rules));
    put(state, events, programme);
    let posted = if growth.is_positive() {
        posting::appropriate::post(state, events, (id, growth), at)
    } else {
        posting::take_back_pot::post(state, events, (id, Money::ZERO.minus(growth)?), at)
    };
    posted.map_err(Rejection::after_change)
}
