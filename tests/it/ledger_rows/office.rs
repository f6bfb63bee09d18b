//! Budgets, vouchers, claims, treasuries, and what is taken back.

use qiantang::domain::account::AccountKey;
use qiantang::domain::claim::NewClaim;
use qiantang::domain::id::{ClaimId, LeaseId, ProgrammeId, TreasuryRequestId, UserId, VoucherId};
use qiantang::domain::money::Money;
use qiantang::domain::programme::process::ClawbackReason;
use qiantang::domain::rate::BasisPoints;
use qiantang::domain::recovery::NewRecovery;
use qiantang::domain::uscc::Uscc;
use qiantang::domain::user::{NewUser, Role};
use qiantang::engine::Command;
use qiantang::engine::office::claim::ClaimCommand;
use qiantang::engine::office::programme::ProgrammeCommand;
use qiantang::engine::office::treasury::TreasuryCommand;
use qiantang::engine::office::voucher::VoucherCommand;
use serde_json::{Value, json};

use super::leases::pass;
use super::{Case, Played, after};
use crate::recovery::town::{ISSUER, PROGRAMME, Setting, TENANT, Town, by_mistake};

pub const CASES: &[Case] = &[
    ("A budget: appropriated, granted, made smaller, lapsed", budget),
    ("A voucher is revoked", revoke),
    ("Vouchers expire", expire),
    ("A claim is made and paid by three treasuries", pay_claim),
    ("A claim is taken back", release_claim),
    ("A year is assessed", assess),
    ("A reserve is paid in, pays and goes back", reserve),
    ("Treasuries pay, and get back what was paid by mistake", treasuries),
    ("A fraud with a fine, a debt, and the deposit that pays it", recover),
    ("A part of a lease is credited", credit),
];

const MAKER: UserId = UserId(1);
const CHECKER: UserId = UserId(2);
/// A programme beside the town's own.
const SECOND: ProgrammeId = ProgrammeId(2);

fn money(fen: i64) -> Money {
    Money::from_fen(fen)
}

/// A town in which the issuer has two people.
fn staffed(setting: &Setting) -> Town {
    let mut town = Town::new(setting);
    for _ in 0..2 {
        let user = NewUser {
            org: ISSUER,
            roles: vec![Role::Issuer],
            identity: "0".repeat(64),
            dormant: false,
        };
        town.say(Command::RegisterUser(user)).unwrap();
    }
    town
}

fn rules(change: &Value) -> Value {
    let mut rules = json!({"id": "second", "pot": "1000.01", "rates": [{"rate_bps": 3_000}],
        "co_funding": [{"payer": "city", "share_bps": 6_001}, {"payer": "district", "share_bps": 1_999},
            {"payer": "zone", "share_bps": 2_000}],
        "valid_from": "2026-01-01T00:00:00Z", "valid_until": "2028-01-01T00:00:00Z"});
    rules
        .as_object_mut()
        .unwrap()
        .extend(change.as_object().unwrap().clone());
    rules
}

/// Another programme, open.
fn open(town: &mut Town, change: &Value) {
    let rules = serde_json::from_value(rules(change)).unwrap();
    let (issuer, programme) = (ISSUER, SECOND);
    let commands = [
        ProgrammeCommand::Draft {
            maker: MAKER,
            issuer,
            rules,
        },
        ProgrammeCommand::Approve {
            checker: CHECKER,
            programme,
        },
        ProgrammeCommand::Open { user: MAKER, programme },
    ];
    for command in commands {
        town.say(Command::Programme(command)).unwrap();
    }
}

fn end(town: &mut Town, reconcile: bool) {
    let (user, programme) = (MAKER, SECOND);
    town.say(Command::Programme(ProgrammeCommand::Close { user, programme }))
        .unwrap();
    if reconcile {
        town.say(Command::Programme(ProgrammeCommand::Reconcile { user, programme }))
            .unwrap();
    }
}

fn grant(town: &mut Town, fen: i64) {
    let (programme, org, amount) = (SECOND, TENANT, money(fen));
    town.say(Command::Grant { programme, org, amount }).unwrap();
}

fn budget() -> Played {
    let mut town = staffed(&Setting::default());
    let from = after(&town);
    open(&mut town, &json!({}));
    grant(&mut town, 30_003);
    let smaller = rules(&json!({"version": 2, "pot": "899.98"}));
    let revise = ProgrammeCommand::Revise {
        programme: SECOND,
        rules: serde_json::from_value(smaller).unwrap(),
    };
    town.say(Command::Programme(revise)).unwrap();
    end(&mut town, true);
    Played { town, from }
}

fn revoke() -> Played {
    let mut town = Town::new(&Setting::default());
    town.rent(24);
    let from = after(&town);
    let (voucher, reason) = (VoucherId(2), "misused".to_owned());
    town.say(Command::Voucher(VoucherCommand::Revoke { voucher, reason }))
        .unwrap();
    Played { town, from }
}

fn expire() -> Played {
    let mut town = staffed(&Setting {
        rules: json!({"validity_days": 3, "on_expiry": "lapse"}),
        vouchers: [20_001, 50_000],
        ..Setting::default()
    });
    open(&mut town, &json!({"validity_days": 3, "on_expiry": "pot"}));
    grant(&mut town, 12_345);
    let from = after(&town);
    pass(&mut town, 73);
    Played { town, from }
}

/// A contract from elsewhere of the year 2025, of which so much was paid.
fn claim(number: u8, fen: i64) -> NewClaim {
    let paid = money(fen);
    let hash = |number: u8| format!("{number:02x}").repeat(32);
    let counterparty = Uscc::from_stem("91330100MA0000009").unwrap();
    let body = json!({"programme": SECOND, "contract": {"external": {"counterparty": counterparty, "site": null,
        "accelerator": null, "domestic": true, "cards": number, "from": "2025-03-01T00:00:00Z", "until": "2025-09-01T00:00:00Z",
        "signed_on": "2025-02-01T00:00:00Z", "hash": hash(number),
        "items": [{"item": "compute", "contract": paid, "incurred": paid, "paid": paid}]}},
        "documents": [{"kind": "payment", "hash": hash(200), "size": 1}, {"kind": "contract", "hash": hash(number), "size": 1}],
        "leases": []});
    serde_json::from_value(body).unwrap()
}

fn submit(town: &mut Town, number: u8, fen: i64) -> ClaimId {
    let id = ClaimId(town.state.counters.claim);
    let claim = Box::new(claim(number, fen));
    town.say(Command::Claim(ClaimCommand::SubmitClaim { org: TENANT, claim }))
        .unwrap();
    id
}

fn reimbursing(mode: &str) -> Town {
    let mut town = staffed(&Setting::default());
    let claims = json!({"pay_mode": mode, "rate_base": "paid", "valid_from": "2025-01-01T00:00:00Z"});
    open(&mut town, &claims);
    town
}

fn pay_claim() -> Played {
    let mut town = reimbursing("reimburse");
    let from = after(&town);
    let claim = submit(&mut town, 1, 33_337);
    town.say(Command::Claim(ClaimCommand::ApproveClaim { claim })).unwrap();
    Played { town, from }
}

fn release_claim() -> Played {
    let mut town = reimbursing("reimburse");
    let claim = submit(&mut town, 1, 33_337);
    let from = after(&town);
    town.say(Command::Claim(ClaimCommand::WithdrawClaim { org: TENANT, claim }))
        .unwrap();
    Played { town, from }
}

fn assess() -> Played {
    let mut town = reimbursing("assessment");
    submit(&mut town, 1, 33_337);
    submit(&mut town, 2, 11_111);
    let from = after(&town);
    let body = json!({"assess": {"programme": SECOND, "year": 2025, "entities": [TENANT]}});
    let command: ClaimCommand = serde_json::from_value(body).unwrap();
    town.say(Command::Claim(command)).unwrap();
    Played { town, from }
}

fn reserve() -> Played {
    let mut town = staffed(&Setting {
        vouchers: [1, 1],
        ..Setting::default()
    });
    open(&mut town, &json!({"pay_mode": "reserve", "priority": 9}));
    grant(&mut town, 50_000);
    let from = after(&town);
    let paid = |command| Command::Treasury(command);
    town.say(paid(TreasuryCommand::FundReserve {
        programme: SECOND,
        amount: money(30_000),
        bank_ref: "R-1".to_owned(),
    }))
    .unwrap();
    let start = town.now.plus_hours(24);
    let wanted = json!([{"accelerator": "ascend", "cards": 8, "hours": 24, "limit": "3.340000"}]);
    let bid =
        json!({"alternatives": wanted, "earliest": start, "latest": start.plus_hours(24), "voucher": [VoucherId(3)]});
    town.verb(Some(TENANT), "bid", bid);
    town.deliver(LeaseId(1), (0, 24), 1_000);
    town.settle();
    end(&mut town, false);
    let amount = town.state.ledger.balance(AccountKey::Reserve(SECOND));
    town.say(paid(TreasuryCommand::ReturnReserve {
        programme: SECOND,
        amount,
        bank_ref: "R-2".to_owned(),
    }))
    .unwrap();
    Played { town, from }
}

/// A treasury is asked for so much and pays it.
fn receive(town: &mut Town, payer: u8, fen: i64) {
    let request = TreasuryRequestId(town.state.counters.treasury_request);
    let (org, programme, amount) = (ISSUER, PROGRAMME, money(fen));
    let bank_ref = format!("T-{payer}");
    for command in [
        TreasuryCommand::RequestTreasury {
            org,
            programme,
            payer,
            amount,
        },
        TreasuryCommand::ReceiveTreasury {
            request,
            amount,
            bank_ref,
        },
    ] {
        town.say(Command::Treasury(command)).unwrap();
    }
}

fn remit(town: &mut Town, (payer, fines): (u8, bool), fen: i64) {
    let command = TreasuryCommand::RemitTreasury {
        org: ISSUER,
        programme: PROGRAMME,
        payer,
        fines,
        amount: money(fen),
        bank_ref: format!("B-{payer}-{fines}"),
    };
    town.say(Command::Treasury(command)).unwrap();
}

fn treasuries() -> Played {
    let mut town = Town::new(&Setting::default());
    let lease = town.finished();
    let from = after(&town);
    receive(&mut town, 0, 12_826);
    receive(&mut town, 1, 4_272);
    town.recover(by_mistake(&lease, Some(1_001))).unwrap();
    remit(&mut town, (0, false), 601);
    remit(&mut town, (1, false), 200);
    Played { town, from }
}

fn recover() -> Played {
    let mut town = Town::new(&Setting::default());
    let lease = town.finished();
    let gone = money(town.fen(AccountKey::Cash(TENANT)) - 5_001);
    let transfers = vec![(AccountKey::Cash(TENANT), AccountKey::Suspense, gone)];
    town.say(Command::Post { transfers }).unwrap();
    let from = after(&town);
    town.recover(NewRecovery {
        reason: ClawbackReason::Fraud,
        fine_bps: BasisPoints(1_005),
        ..by_mistake(&lease, Some(10_001))
    })
    .unwrap();
    remit(&mut town, (0, true), 1_005);
    town.verb(
        Some(TENANT),
        "deposit",
        json!({"amount": "100.00", "bank_ref": "later"}),
    );
    Played { town, from }
}

fn credit() -> Played {
    let mut town = Town::new(&Setting::default());
    let lease = town.finished();
    let from = after(&town);
    town.credit(&lease, 1_001).unwrap();
    Played { town, from }
}
