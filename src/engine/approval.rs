//! Two people: one asks for something, another one agrees, and only then it happens.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::event::Event;
use super::rejection::{FieldErrors, FieldRule, Rejection, invalid};
use super::state::State;
use super::user::{self, UserChange};
use super::voucher::{check, grant};
use super::{Command, banking, dispute, limits, office, registry, settlement};
use crate::domain::approval::Verdict;
use crate::domain::id::{ApprovalId, OrgId, UserId};
use crate::domain::text::hex;
use crate::domain::time::Timestamp;
use crate::domain::user::{Role, User};

/// Something that waits for a second person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Approval {
    /// The identifier.
    pub id: ApprovalId,
    /// Who asks.
    pub maker: UserId,
    /// What the second person must be.
    pub role: Role,
    /// Whose programme it is about: that authority's people alone decide on it; none: anybody with the role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<OrgId>,
    /// What shall happen then.
    pub command: Box<Command>,
    /// SHA-256 in hex of the command's JSON: what the second person agrees to, to the byte.
    pub payload_hash: String,
    /// When it was asked for.
    pub created_at: Timestamp,
}

/// An approval that was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The approval.
    pub approval: Approval,
    /// How.
    pub verdict: Verdict,
    /// Who decided.
    pub checker: UserId,
    /// Why; always there where it was refused.
    pub reason: Option<String>,
    /// When.
    pub decided_at: Timestamp,
}

/// Which role decides on a command; none: no second person is needed, and none can be asked for.
pub fn decided_by(command: &Command) -> Option<Role> {
    match command {
        Command::Deposit { .. }
        | Command::SetTerms(_)
        | Command::SetReferencePrice { .. }
        | Command::AmendUser { .. } => Some(Role::Operator),
        Command::OpenProgramme(_) | Command::Grant { .. } => Some(Role::Issuer),
        Command::Programme(command) => command.decided_by(),
        Command::Application(command) => command.decided_by(),
        Command::Voucher(command) => command.decided_by(),
        Command::Claim(command) => command.decided_by(),
        Command::Recovery(command) => command.decided_by(),
        Command::Treasury(command) => command.decided_by(),
        Command::Lease(command) => command.decided_by(),
        Command::Integrity(command) => command.decided_by(),
        Command::Dispute(command) => command.decided_by(),
        Command::Settlement(command) => command.decided_by(),
        Command::Banking(command) => command.decided_by(),
        Command::Tick
        | Command::DefineAccelerator(_)
        | Command::DefineSite(_)
        | Command::RegisterOrg(_)
        | Command::RelateOrgs { .. }
        | Command::Post { .. }
        | Command::OpenListing { .. }
        | Command::WithdrawListing { .. }
        | Command::AmendListing { .. }
        | Command::PlaceBid { .. }
        | Command::CancelBid { .. }
        | Command::AmendBid { .. }
        | Command::ReportUsage { .. }
        | Command::Usage(_)
        | Command::Settle { .. }
        | Command::EndLease { .. }
        | Command::RegisterUser(_)
        | Command::Sla(_)
        | Command::Propose { .. }
        | Command::Decide { .. } => None,
    }
}

/// What is checked when something is asked for, so that the maker hears of a mistake and not the checker. What else stands in
/// the way is known only when it happens.
fn check(state: &State, command: &Command, at: Timestamp) -> Result<(), Rejection> {
    match command {
        Command::Deposit { org, amount, bank_ref } => {
            registry::check_deposit(state, (*org, *amount, bank_ref))?;
            registry::check_bank_ref(state, bank_ref)?;
            require_not_asked_for(state, bank_ref)
        }
        Command::SetTerms(terms) => registry::check_terms(terms),
        Command::SetReferencePrice { accelerator, price } => {
            registry::check_reference_price(state, accelerator, *price).map(|_| ())
        }
        Command::OpenProgramme(rules) => check::check_programme(state, rules, at),
        Command::Grant { programme, org, amount } => {
            grant::check_grant(state, (*programme, *org, *amount), at).map(|_| ())
        }
        Command::AmendUser {
            user,
            roles,
            active,
            if_match,
        } => {
            let change = UserChange {
                roles: roles.clone(),
                active: *active,
                if_match: *if_match,
            };
            user::check_amend(state, *user, change).map(|_| ())
        }
        Command::Programme(command) => office::programme::check(state, command, at),
        Command::Application(command) => office::application::check(state, command, at),
        Command::Voucher(command) => office::voucher::check(state, command, at),
        Command::Claim(command) => office::claim::check(state, command, at),
        Command::Recovery(command) => office::recovery::check(state, command, at),
        Command::Treasury(command) => {
            office::treasury::check(state, command, at)?;
            command
                .bank_ref()
                .map_or(Ok(()), |wanted| require_not_asked_for(state, wanted))
        }
        Command::Integrity(command) => office::integrity::check(state, command, at),
        Command::Dispute(command) => dispute::check(state, command),
        Command::Settlement(command) => settlement::check(state, command, at),
        Command::Banking(command) => banking::check(state, command, at),
        Command::Tick
        | Command::DefineAccelerator(_)
        | Command::DefineSite(_)
        | Command::RegisterOrg(_)
        | Command::RelateOrgs { .. }
        | Command::Post { .. }
        | Command::OpenListing { .. }
        | Command::WithdrawListing { .. }
        | Command::AmendListing { .. }
        | Command::PlaceBid { .. }
        | Command::CancelBid { .. }
        | Command::AmendBid { .. }
        | Command::ReportUsage { .. }
        | Command::Usage(_)
        | Command::Settle { .. }
        | Command::EndLease { .. }
        | Command::Lease(_)
        | Command::RegisterUser(_)
        | Command::Sla(_)
        | Command::Propose { .. }
        | Command::Decide { .. } => Err(Rejection::NotForApproval(command.kind())),
    }
}

/// Nobody else has asked for this line of the bank's statement to be booked.
fn require_not_asked_for(state: &State, wanted: &str) -> Result<(), Rejection> {
    let same = |approval: &&Approval| approval.command.bank_ref() == Some(wanted);
    match state.approvals.values().find(same) {
        None => Ok(()),
        Some(Approval { id, .. }) => {
            let detail = format!("is the reference of what {id} asks for");
            Err(invalid("/bank_ref", FieldRule::Taken, detail))
        }
    }
}

/// SHA-256 in hex of a command's JSON, as the journal has it.
///
/// # Errors
/// Only if a value cannot be written as JSON, which would be a defect.
pub fn payload_hash(command: &Command) -> Result<String, serde_json::Error> {
    Ok(hex(&Sha256::digest(serde_json::to_vec(command)?)))
}

/// Asks for something that a second person must agree to.
pub fn propose(
    state: &mut State,
    events: &mut Vec<Event>,
    (maker, mut command): (UserId, Box<Command>),
    at: Timestamp,
) -> Result<(), Rejection> {
    let role = decided_by(&command).ok_or(Rejection::NotForApproval(command.kind()))?;
    let user = asking(state, maker, (role, &command))?;
    require_unconcerned(state, maker, &command)?;
    if state.approvals.len() >= limits::APPROVALS_MAX {
        return Err(Rejection::Limit("at most 10000 approvals wait for a second person"));
    }
    let issuer = office::people::issuer_of(state, &command);
    office::people::require_issuer(user, issuer)?;
    check(state, &command, at)?;
    office::plan::bind(state, &mut command, at)?;
    let unwritable = Rejection::Fault("a command has no JSON form");
    let payload_hash = payload_hash(&command).map_err(|_| unwritable)?;
    let id = ApprovalId(state.counters.approval);
    state.counters.approval += 1;
    let approval = Approval {
        id,
        maker,
        role,
        issuer,
        command,
        payload_hash,
        created_at: at,
    };
    events.push(Event::Proposed(Box::new(approval.clone())));
    state.approvals.insert(id, approval);
    Ok(())
}

/// Who may ask: whoever may decide, and for what is an organisation's own its users.
fn asking<'a>(state: &'a State, maker: UserId, (role, command): (Role, &Command)) -> Result<&'a User, Rejection> {
    if let Command::Banking(command) = command
        && let Some(org) = command.asked_by()
    {
        let user = office::people::active(state, maker)?;
        if user.profile.org == org {
            return Ok(user);
        }
    }
    office::people::acting(state, maker, role)
}

/// Nobody takes part in a decision on what they may do themselves, or on what their own owner group gets.
fn require_unconcerned(state: &State, id: UserId, command: &Command) -> Result<(), Rejection> {
    if let Command::AmendUser { user, .. } = command
        && *user == id
    {
        return Err(Rejection::PersonConcerned(id));
    }
    if office::people::benefits(state, id, command) {
        return Err(Rejection::PersonConcerned(id));
    }
    Ok(())
}

/// Two people of one authority decide on what is an issuer's. Who asked was of the programme's own, so that this holds also where
/// the thing that it is about is gone by now.
fn require_one_authority(state: &State, (maker, checker): (UserId, UserId), role: Role) -> Result<(), Rejection> {
    let org = |id: UserId| state.users.get(&id).map(|user| user.profile.org);
    if role == Role::Issuer && org(maker) != org(checker) {
        return Err(Rejection::OtherIssuer(checker));
    }
    Ok(())
}

/// What a second person says.
#[derive(Debug, Clone)]
pub struct Ruling {
    /// On what.
    pub approval: ApprovalId,
    /// How.
    pub verdict: Verdict,
    /// Why.
    pub reason: Option<String>,
}

/// Decides on what another person asked for. Where the second person agrees it happens now, or this is refused as it would be
/// and the approval goes on waiting.
pub fn decide(
    state: &mut State,
    events: &mut Vec<Event>,
    (checker, ruling): (UserId, Ruling),
    at: Timestamp,
) -> Result<(), Rejection> {
    let Ruling {
        approval: id,
        verdict,
        reason,
    } = ruling;
    let approval = pending(state, id)?.clone();
    if approval.maker == checker {
        return Err(Rejection::SamePerson(checker));
    }
    require_unconcerned(state, checker, &approval.command)?;
    office::people::acting(state, checker, approval.role)?;
    require_one_authority(state, (approval.maker, checker), approval.role)?;
    check_reason(verdict, reason.as_deref())?;
    let command = approval.command.clone();
    let maker = approval.maker;
    let role = approval.role;
    events.push(Event::ApprovalDecided(Box::new(Decision {
        approval,
        verdict,
        checker,
        reason,
        decided_at: at,
    })));
    match verdict {
        Verdict::Approve => {
            // Who may not act any more does not act through what they left behind.
            asking(state, maker, (role, &command))?;
            if let Command::Deposit { bank_ref, .. } = &*command {
                registry::check_bank_ref(state, bank_ref)?;
            }
            super::dispatch(state, events, *command, at)?;
        }
        Verdict::Reject => {}
    }
    state.approvals.remove(&id);
    Ok(())
}

fn pending(state: &State, id: ApprovalId) -> Result<&Approval, Rejection> {
    match state.approvals.get(&id) {
        Some(approval) => Ok(approval),
        None if (1..state.counters.approval).contains(&id.0) => Err(Rejection::ApprovalDecided(id)),
        None => Err(Rejection::ApprovalNotFound(id)),
    }
}

fn check_reason(verdict: Verdict, reason: Option<&str>) -> Result<(), Rejection> {
    let mut errors = FieldErrors::default();
    let needed = match verdict {
        Verdict::Approve => false,
        Verdict::Reject => true,
    };
    match reason {
        None => errors.require(!needed, "/reason", FieldRule::Empty, "is needed to reject"),
        Some(reason) => {
            let blank = reason.trim().is_empty();
            errors.require(!blank, "/reason", FieldRule::Empty, "must not be empty");
            limits::note(&mut errors, "/reason", reason);
        }
    }
    errors.check()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::OrgId;
    use crate::domain::organisation::{NewOrganisation, OrgKind};
    use crate::domain::terms::Terms;
    use crate::domain::uscc::Uscc;
    use crate::domain::user::NewUser;
    use crate::engine::{apply, invariants};

    const NOON: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);

    fn say(state: &mut State, command: Command) -> Result<(), Rejection> {
        apply(state, command, NOON).map(|_| ())
    }

    /// One organisation of two operators.
    fn two_operators() -> State {
        let mut state = State::default();
        let org = NewOrganisation {
            name: "o".to_owned(),
            uscc: Uscc::from_stem("91330100MA0000001").unwrap(),
            kinds: vec![OrgKind::Operator],
            owner: None,
        };
        say(&mut state, Command::RegisterOrg(org)).unwrap();
        for _ in 0..2 {
            let user = NewUser {
                org: OrgId(1),
                roles: vec![Role::Operator],
                identity: "0".repeat(limits::IDENTITY_DIGITS),
                dormant: false,
            };
            say(&mut state, Command::RegisterUser(user)).unwrap();
        }
        state
    }

    #[test]
    fn no_more_than_so_many_wait() {
        let mut state = two_operators();
        let ask = || Command::Propose {
            maker: UserId(1),
            command: Box::new(Command::SetTerms(Terms::default())),
        };
        for _ in 0..limits::APPROVALS_MAX {
            say(&mut state, ask()).unwrap();
        }
        assert!(matches!(say(&mut state, ask()), Err(Rejection::Limit(_))));
        let agree = Command::Decide {
            checker: UserId(2),
            approval: ApprovalId(77),
            verdict: Verdict::Approve,
            reason: None,
        };
        say(&mut state, agree).unwrap();
        assert_eq!(say(&mut state, ask()), Ok(()));
        assert_eq!(invariants::check(&state).violations, []);
        if let Some(approval) = state.approvals.get_mut(&ApprovalId(78)) {
            approval.maker = UserId(3);
            approval.payload_hash.clear();
        }
        assert_eq!(invariants::check(&state).violations.len(), 2);
    }
}
