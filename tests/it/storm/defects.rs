//! What storms and rushes have brought to light, each by itself.

use qiantang::domain::account::AccountKey;
use qiantang::domain::contract::Contract;
use qiantang::domain::id::{ApplicationId, ClaimId, OrgId, ProgrammeId};
use qiantang::domain::money::Money;
use qiantang::domain::plan::Plan;
use qiantang::domain::programme::process::ClawbackReason;
use qiantang::domain::rate::BasisPoints;
use qiantang::domain::recovery::{NamedTarget, NewRecovery, Practice};
use qiantang::engine::Command;
use qiantang::engine::office::application::ApplicationCommand;
use qiantang::engine::office::claim::ClaimCommand;
use qiantang::engine::office::programme::ProgrammeCommand;
use qiantang::engine::office::recovery::RecoveryCommand;
use qiantang::engine::office::treasury::TreasuryCommand;
use qiantang::engine::office::voucher::VoucherCommand;
use serde_json::json;

use super::play::Storm;
use super::setting::{ISSUERS, rules};

const TENANT: OrgId = OrgId(4);
const RIVAL: OrgId = OrgId(6);

fn must(storm: &mut Storm, command: Command) {
    let said = format!("{command:?}");
    assert!(storm.say(command), "{said}");
}

fn fen(fen: i64) -> Money {
    Money::from_fen(fen)
}

/// An approved claim of a contract from elsewhere, of which `paid` was paid; what it came to.
fn claimed(storm: &mut Storm, programme: ProgrammeId, paid: i64) -> Option<(ClaimId, i64)> {
    let claim = ClaimId(storm.state.counters.claim);
    let new = storm.paid_elsewhere(programme, fen(paid));
    let submitted = storm.say(Command::Claim(ClaimCommand::SubmitClaim {
        org: TENANT,
        claim: Box::new(new),
    }));
    submitted.then(|| {
        must(storm, Command::Claim(ClaimCommand::ApproveClaim { claim }));
        (claim, storm.state.claims[&claim].amount.fen())
    })
}

fn recover(claim: ClaimId, (reason, fine): (ClawbackReason, u32)) -> Command {
    Command::Recovery(RecoveryCommand::Recover(NewRecovery {
        target: NamedTarget::Claim(claim),
        amount: None,
        reason,
        fine_bps: BasisPoints(fine),
        evidence: "an audit".to_owned(),
        practice: Practice::Second,
    }))
}

/// A programme, opened by the operator's script.
fn open(storm: &mut Storm, more: &serde_json::Value) -> ProgrammeId {
    let id = ProgrammeId(storm.state.counters.programme);
    must(
        storm,
        Command::OpenProgramme(Box::new(rules(&format!("p{}", id.0), more))),
    );
    id
}

#[test]
fn a_pot_is_shared_although_an_applicant_is_banned() {
    let mut storm = Storm::new(1, 1);
    let ranked = open(
        &mut storm,
        &json!({"review_chain": [{"kind": "expert"}], "allocation_when_short": "ranked"}),
    );
    let reimburses = open(&mut storm, &json!({"pay_mode": "reimburse", "rate_base": "paid"}));
    for org in [TENANT, RIVAL] {
        let request = serde_json::from_value(json!({"amount": "10.00", "purpose": "training"})).unwrap();
        let application = ApplicationId(storm.state.counters.application);
        must(
            &mut storm,
            Command::Application(ApplicationCommand::Submit {
                org,
                programme: ranked,
                request: Box::new(request),
            }),
        );
        let review = json!({"review": {"user": ISSUERS[0], "application": application, "verdict": "pass", "score": 50,
            "amount": null, "note": "good"}});
        must(
            &mut storm,
            Command::Application(serde_json::from_value(review).unwrap()),
        );
    }
    let (claim, _) = claimed(&mut storm, reimburses, 10_000).unwrap();
    must(&mut storm, recover(claim, (ClawbackReason::Fraud, 1_000)));
    must(
        &mut storm,
        Command::Application(ApplicationCommand::Allocate {
            programme: ranked,
            plan: Plan::Open,
        }),
    );
    let holders: Vec<OrgId> = storm
        .state
        .vouchers
        .values()
        .filter(|known| known.programme == ranked)
        .map(|known| known.org)
        .collect();
    assert_eq!(holders, [RIVAL]);
}

#[test]
fn a_lifted_cap_counts_for_claims_and_never_lowers() {
    let mut storm = Storm::new(1, 1);
    let programme = open(
        &mut storm,
        &json!({"pay_mode": "reimburse", "rate_base": "paid", "cap_per_entity": "30.00", "cap_period": "programme", "cap_exception": true,
            "cap_rows": [{"entity_kinds": ["university"], "cap": "50.00"}]}),
    );
    let lift = |cap| {
        Command::Voucher(VoucherCommand::LiftCap {
            programme,
            org: TENANT,
            cap: fen(cap),
        })
    };
    assert_eq!(claimed(&mut storm, programme, 20_000).unwrap().1, 3_000);
    assert!(claimed(&mut storm, programme, 20_000).is_none(), "nothing is left");
    must(&mut storm, lift(4_000));
    assert_eq!(claimed(&mut storm, programme, 20_000).unwrap().1, 1_000);
    // As a university it has a higher cap by the rules, which the lifted one does not lower.
    let university =
        serde_json::from_value(json!({"attest": {"org": TENANT, "facts": {"kind": "university"}}})).unwrap();
    must(&mut storm, Command::Integrity(university));
    assert_eq!(claimed(&mut storm, programme, 20_000).unwrap().1, 1_000);
    assert!(!storm.say(lift(5_000)), "is the cap in force");
}

#[test]
fn a_reserve_goes_back_before_the_reconciliation() {
    let mut storm = Storm::new(1, 1);
    let programme = open(&mut storm, &json!({"pay_mode": "reserve"}));
    let amount = fen(10_000);
    let back = |bank_ref: &str| {
        let bank_ref = bank_ref.to_owned();
        Command::Treasury(TreasuryCommand::ReturnReserve {
            programme,
            amount,
            bank_ref,
        })
    };
    let bank_ref = "in".to_owned();
    must(
        &mut storm,
        Command::Treasury(TreasuryCommand::FundReserve {
            programme,
            amount,
            bank_ref,
        }),
    );
    assert!(!storm.say(back("early")), "it is open");
    let user = ISSUERS[0];
    must(
        &mut storm,
        Command::Programme(ProgrammeCommand::Close { user, programme }),
    );
    let reconcile = || Command::Programme(ProgrammeCommand::Reconcile { user, programme });
    assert!(!storm.say(reconcile()), "money is left");
    must(&mut storm, back("out"));
    must(&mut storm, reconcile());
}

#[test]
fn what_is_recovered_after_the_reconciliation_is_owed_to_the_treasuries() {
    let mut storm = Storm::new(1, 1);
    let programme = open(&mut storm, &json!({"pay_mode": "reimburse", "rate_base": "paid"}));
    let (claim, amount) = claimed(&mut storm, programme, 10_000).unwrap();
    let request = qiantang::domain::id::TreasuryRequestId(storm.state.counters.treasury_request);
    let (org, amount) = (super::setting::OFFICE, fen(amount));
    for command in [
        TreasuryCommand::RequestTreasury {
            org,
            programme,
            payer: 0,
            amount,
        },
        TreasuryCommand::ReceiveTreasury {
            request,
            amount,
            bank_ref: "paid".to_owned(),
        },
    ] {
        must(&mut storm, Command::Treasury(command));
    }
    let user = ISSUERS[0];
    must(
        &mut storm,
        Command::Programme(ProgrammeCommand::Close { user, programme }),
    );
    must(
        &mut storm,
        Command::Programme(ProgrammeCommand::Reconcile { user, programme }),
    );
    must(&mut storm, recover(claim, (ClawbackReason::Error, 0)));
    let owes = storm.state.ledger.balance(AccountKey::TreasuryReceivable(programme, 0));
    assert_eq!(owes, Money::ZERO.minus(amount).unwrap());
}

#[test]
fn what_credits_gave_back_of_a_lease_is_not_claimed() {
    let mut storm = Storm::new(1, 1);
    let programme = open(&mut storm, &json!({"pay_mode": "reimburse", "rate_base": "incurred"}));
    let lease = storm.finished_lease();
    let credit = storm.credit_of(&lease, fen(10_000));
    must(&mut storm, credit);
    let mut new = storm.paid_elsewhere(programme, fen(1));
    new.contract = Some(Contract::Lease(storm.facts(&lease)));
    let (org, left) = (lease.fill.tenant, lease.settled.charge.minus(fen(10_000)).unwrap());
    let id = ClaimId(storm.state.counters.claim);
    must(
        &mut storm,
        Command::Claim(ClaimCommand::SubmitClaim {
            org,
            claim: Box::new(new),
        }),
    );
    assert_eq!(storm.state.claims[&id].base, left);
}

#[test]
fn the_period_of_a_cap_stays_while_a_programme_is_open() {
    let mut storm = Storm::new(1, 1);
    let programme = open(&mut storm, &json!({"cap_per_entity": "30.00"}));
    let mut rules = Box::new(storm.state.programmes[&programme].rules.clone());
    rules.version += 1;
    let revise = |rules| Command::Programme(ProgrammeCommand::Revise { programme, rules });
    let mut other = rules.clone();
    other.cap_period = qiantang::domain::programme::limit::CapPeriod::Programme;
    assert!(!storm.say(revise(other)), "what was drawn would count no more");
    must(&mut storm, revise(rules));
}
