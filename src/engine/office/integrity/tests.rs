//! Flags are raised once and resolved once, by those who may; relations and facts hold what was said.

use super::IntegrityCommand;
use super::conflict::{Conflict, conflict};
use super::flag::{holds, holds_any};
use crate::domain::flag::{Finding, FlagAction, FlagRule, FlagVerdict, Subject};
use crate::domain::id::{FlagId, LeaseId, OrgId, ProgrammeId, UserId};
use crate::domain::money::Money;
use crate::domain::organisation::{NewOrganisation, OrgKind};
use crate::domain::programme::ProgrammeRules;
use crate::domain::programme::process::Names;
use crate::domain::time::Timestamp;
use crate::domain::uscc::Uscc;
use crate::domain::user::{NewUser, Role};
use crate::engine::rejection::Rejection;
use crate::engine::state_hash::state_hash;
use crate::engine::{Command, Event, State, apply};

const NOON: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);

fn say(state: &mut State, command: Command) -> Result<Vec<Event>, Rejection> {
    let before = state_hash(state).unwrap();
    let outcome = apply(state, command, NOON);
    if let Err(refused) = &outcome {
        assert_eq!(state_hash(state).unwrap(), before, "{refused}");
    }
    outcome
}

fn ask(state: &mut State, command: IntegrityCommand) -> Result<Vec<Event>, Rejection> {
    say(state, Command::Integrity(command))
}

/// Two issuers, an auditor, a firm that is provider and tenant and its daughter, an operator; users 1 to 6 of them in that order;
/// a programme of the first issuer where nobody is on both sides.
fn office() -> State {
    let mut state = State::default();
    let kinds = [
        (vec![OrgKind::Issuer], None),
        (vec![OrgKind::Issuer], None),
        (vec![OrgKind::Auditor], None),
        (vec![OrgKind::Provider, OrgKind::Tenant], None),
        (vec![OrgKind::Provider, OrgKind::Auditor], Some(OrgId(4))),
        (vec![OrgKind::Operator], None),
    ];
    for (number, (kinds, owner)) in (1..).zip(kinds) {
        let org = NewOrganisation {
            name: format!("o{number}"),
            uscc: Uscc::from_stem(&format!("91330100{number:09}")).unwrap(),
            kinds,
            owner,
        };
        say(&mut state, Command::RegisterOrg(org)).unwrap();
    }
    let roles = [
        Role::Issuer,
        Role::Issuer,
        Role::Auditor,
        Role::Tenant,
        Role::Auditor,
        Role::Operator,
    ];
    for (org, role) in (1..).zip(roles) {
        let user = NewUser {
            org: OrgId(org),
            roles: vec![role],
            identity: "0".repeat(64),
            dormant: false,
        };
        say(&mut state, Command::RegisterUser(user)).unwrap();
    }
    let rules = serde_json::json!({"id": "p", "pot": "1000.00", "rates": [{"rate_bps": 3000}], "role_conflict": "one_side_only",
        "valid_from": "2020-01-01T00:00:00Z", "valid_until": "2040-01-01T00:00:00Z"});
    let rules: ProgrammeRules = serde_json::from_value(rules).unwrap();
    say(&mut state, Command::OpenProgramme(Box::new(rules))).unwrap();
    state.programmes.get_mut(&ProgrammeId(1)).unwrap().issuer = Some(OrgId(1));
    state
}

fn finding(lease: u64, key: &str) -> Finding {
    Finding {
        rule: FlagRule::Wash,
        policy: 1,
        programme: ProgrammeId(1),
        org: OrgId(4),
        subjects: vec![Subject::Lease(LeaseId(lease)), Subject::Org(OrgId(4))],
        key: key.to_owned(),
        evidence: Vec::new(),
        text: Names {
            zh: "资金回流".to_owned(),
            en: "came back".to_owned(),
        },
        at_stake: Money::from_fen(100),
        action: FlagAction::Hold,
    }
}

fn raise(state: &mut State, findings: Vec<Finding>) -> usize {
    ask(state, IntegrityCommand::RaiseFlags { findings }).unwrap().len()
}

fn resolve(state: &mut State, user: u64, reason: &str) -> Result<Vec<Event>, Rejection> {
    let command = IntegrityCommand::ResolveFlag {
        user: UserId(user),
        flag: FlagId(1),
        verdict: FlagVerdict::Dismissed,
        reason: reason.to_owned(),
    };
    ask(state, command)
}

#[test]
fn what_is_known_is_not_raised_again() {
    let mut state = office();
    let more = Finding {
        at_stake: Money::from_fen(999),
        ..finding(1, "")
    };
    assert_eq!(raise(&mut state, vec![finding(1, ""), finding(2, ""), more.clone()]), 2);
    assert_eq!(raise(&mut state, vec![more.clone(), finding(1, "2026")]), 1);
    resolve(&mut state, 3, "in order").unwrap();
    assert_eq!(raise(&mut state, vec![more, finding(2, "")]), 0);
    assert_eq!(state.flags.len(), 3);
    let nobodys = Finding {
        programme: ProgrammeId(9),
        ..finding(3, "")
    };
    let refused = ask(
        &mut state,
        IntegrityCommand::RaiseFlags {
            findings: vec![finding(4, ""), nobodys],
        },
    );
    assert!(matches!(refused, Err(Rejection::Invalid(_))), "{refused:?}");
    assert_eq!(state.flags.len(), 3, "all or nothing");
}

#[test]
fn a_flag_is_resolved_by_its_issuer_or_an_auditor_but_never_by_its_own() {
    let mut state = office();
    raise(&mut state, vec![finding(1, "")]);
    let flag = FlagId(1);
    let refusals = [
        (2, Rejection::FlagNotFound(flag)),
        (
            4,
            Rejection::RoleMissing {
                user: UserId(4),
                role: Role::Issuer,
            },
        ),
        // The auditor's owner is the firm that is flagged.
        (5, Rejection::FlagConcerns { flag, user: UserId(5) }),
        (9, Rejection::UserNotFound(UserId(9))),
    ];
    for (user, refusal) in refusals {
        assert_eq!(resolve(&mut state, user, "fine"), Err(refusal), "{user}");
    }
    assert!(matches!(resolve(&mut state, 1, "  "), Err(Rejection::Invalid(_))));
    for user in [1, 3] {
        let mut state = office();
        raise(&mut state, vec![finding(1, "")]);
        assert_eq!(holds(&state, Subject::Lease(LeaseId(1))), Some(flag));
        resolve(&mut state, user, "looked at").unwrap();
        assert_eq!(holds(&state, Subject::Lease(LeaseId(1))), None);
        assert_eq!(
            resolve(&mut state, user, "once more"),
            Err(Rejection::FlagResolved(flag))
        );
    }
}

#[test]
fn a_hold_on_an_organisation_counts_under_its_programme_only() {
    let mut state = office();
    raise(&mut state, vec![finding(1, "")]);
    let held = |programme: u64, org: u64, subjects: &[Subject]| {
        holds_any(&state, (ProgrammeId(programme), OrgId(org)), subjects).is_some()
    };
    assert!(held(1, 4, &[]));
    assert!(!held(2, 4, &[]));
    assert!(!held(1, 5, &[]));
    assert!(held(1, 5, &[Subject::Org(OrgId(4))]), "as the provider");
    assert!(held(2, 5, &[Subject::Lease(LeaseId(1))]));
    assert!(!held(2, 5, &[Subject::Lease(LeaseId(2))]));
    let mut only_looked_at = finding(7, "");
    only_looked_at.action = FlagAction::Review;
    let mut state = office();
    raise(&mut state, vec![only_looked_at]);
    assert_eq!(holds(&state, Subject::Lease(LeaseId(7))), None);
}

#[test]
fn owner_groups_are_on_one_side() {
    let mut state = office();
    let list = |user: Option<u64>, org: u64| IntegrityCommand::ListProvider {
        user: user.map(UserId),
        programme: ProgrammeId(1),
        org: OrgId(org),
        entry: serde_json::from_value(
            serde_json::json!({"batch": "1", "items": ["compute"], "from": "2020-01-01T00:00:00Z"}),
        )
        .unwrap(),
    };
    assert_eq!(
        ask(&mut state, list(Some(2), 5)),
        Err(Rejection::OtherIssuer(UserId(2)))
    );
    let of = |state: &State, org: u64| conflict(state, &state.programmes[&ProgrammeId(1)], OrgId(org), NOON);
    assert_eq!(of(&state, 4), None);
    ask(&mut state, list(Some(1), 5)).unwrap();
    let (programme, provider) = (ProgrammeId(1), OrgId(5));
    assert_eq!(of(&state, 4), Some(Conflict::Provides { programme, provider }));
    assert_eq!(of(&state, 3), None);
    let delist = IntegrityCommand::DelistProvider {
        user: None,
        programme,
        org: provider,
        at: NOON,
    };
    ask(&mut state, delist).unwrap();
    assert!(of(&state, 4).is_some(), "never both, not one after the other");
    let mut state = office();
    let amount = Money::from_fen(100);
    let org = OrgId(4);
    say(&mut state, Command::Grant { programme, org, amount }).unwrap();
    let refused = Conflict::Receives {
        programme,
        recipient: org,
    };
    assert_eq!(ask(&mut state, list(None, 5)), Err(Rejection::RoleConflict(refused)));
}
