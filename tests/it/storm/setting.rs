//! The city before the storm: organisations in owner groups, people, programmes of all kinds.

use qiantang::app::verb;
use qiantang::domain::id::{OrgId, ProgrammeId, UserId};
use qiantang::domain::organisation::{NewOrganisation, OrgKind};
use qiantang::domain::programme::ProgrammeRules;
use qiantang::domain::time::Hour;
use qiantang::domain::uscc::Uscc;
use qiantang::domain::user::NewUser;
use qiantang::engine::Command;
use qiantang::engine::office::application::ApplicationCommand;
use qiantang::engine::office::programme::ProgrammeCommand;
use serde_json::{Value, json};

/// Half a day before 2027 begins in Shanghai, so that yearly caps turn.
pub const ORIGIN: Hour = Hour(499_636);
pub const PROVIDERS: [OrgId; 3] = [OrgId(1), OrgId(2), OrgId(3)];
/// The fourth owns the fifth, the sixth the eleventh; the seventh is a provider's.
pub const TENANTS: [OrgId; 6] = [OrgId(3), OrgId(4), OrgId(5), OrgId(6), OrgId(7), OrgId(11)];
pub const OFFICE: OrgId = OrgId(8);
pub const ISSUER: OrgId = OrgId(9);
pub const OPERATORS: [UserId; 2] = [UserId(1), UserId(2)];
pub const ISSUERS: [UserId; 3] = [UserId(3), UserId(4), UserId(5)];
pub const TREASURERS: [UserId; 2] = [UserId(6), UserId(7)];
pub const OBJECTORS: [UserId; 2] = [UserId(8), UserId(9)];
pub const ACCELERATORS: [&str; 2] = ["ascend", "h20"];
pub const SITES: [&str; 2] = ["hangzhou", "jinhua"];

pub fn uscc(number: u64) -> Uscc {
    Uscc::from_stem(&format!("91330100MA{number:07}")).unwrap()
}

/// Rules of a programme with what `more` says.
pub fn rules(id: &str, more: &Value) -> ProgrammeRules {
    let mut rules = json!({"id": id, "pot": "6000.00", "rates": [{"rate_bps": 3000}],
        "valid_from": "2025-01-01T00:00:00Z", "valid_until": "2027-06-01T00:00:00Z",
        "clawback": {"reasons": ["fraud", "misuse"], "fine_min_bps": 1000, "fine_max_bps": 5000, "ban_months": 1}});
    for (name, value) in more.as_object().unwrap() {
        rules[name] = value.clone();
    }
    serde_json::from_value(rules).unwrap()
}

fn halves() -> Value {
    json!([{"payer": "province", "share_bps": 5000}, {"payer": "city", "share_bps": 5000}])
}

fn thirds() -> Value {
    json!([{"payer": "nation", "share_bps": 3000}, {"payer": "province", "share_bps": 3000}, {"payer": "city", "share_bps": 4000}])
}

/// What programmes there are, by their codes.
pub fn kinds() -> Vec<(&'static str, Value)> {
    vec![
        (
            "city",
            json!({"rates": [{"when": {"domestic": true}, "rate_bps": 3000}, {"rate_bps": 2000}], "co_funding": halves(),
                "cap_per_entity": "400.00", "cap_rows": [{"projects": ["national"], "cap": "600.00"}], "cap_exception": true,
                "reference_price_cap": "1.1", "validity_days": 3, "alert_days": [1], "priority": 1}),
        ),
        (
            "district",
            json!({"rates": [{"when": {"declared_total_up_to": "300.00"}, "rate_bps": 5000}, {"rate_bps": 2500}],
                "threshold_mode": "marginal", "co_funding": thirds(), "cap_per_entity": "700.00", "cap_period": "programme",
                "cap_per_contract": "15.00", "min_spend": "4.00", "divisible": false, "on_expiry": "lapse",
                "validity_days": 5, "stacking": [{"ceilings": [{"rate_bps": 5000}]}], "tax_basis": "excluded"}),
        ),
        (
            "chengdu",
            json!({"pay_mode": "reserve", "rates": [{"rate_bps": 5000}], "cap_per_entity": "900.00", "rounding": "half_up",
                "validity_days": 20, "priority": 2}),
        ),
        (
            "qingdao",
            json!({"pay_mode": "reimburse", "rate_base": "paid", "rates": [{"rate_bps": 4000}], "co_funding": halves(),
                "cap_per_entity": "1200.00", "cap_exception": true, "cap_per_contract": "90.00",
                "stacking": [{"ceilings": [{"rate_bps": 5000}]}], "evidence": [{"kind": "payment", "with": "claim"}]}),
        ),
        (
            "beijing",
            json!({"pay_mode": "reimburse", "rate_base": "incurred", "co_funding": thirds(), "cap_per_entity": "1500.00",
                "included_items": ["compute", "storage"], "rates": [{"when": {"declared_total_up_to": "500.00"}, "rate_bps": 5000},
                {"rate_bps": 2000}], "upper_match": {"programmes": ["qingdao"], "rates": [{"rate_bps": 1500}]}}),
        ),
        (
            "shenzhen",
            json!({"pay_mode": "assessment", "rate_base": "paid", "co_funding": halves(), "cap_per_entity": "800.00",
                "min_spend": "100.00", "allocation_when_short": "pro_rata", "review_chain": [{"kind": "expert"}],
                "rates": [{"when": {"declared_total_up_to": "600.00"}, "rate_bps": 5000}, {"rate_bps": 2000}]}),
        ),
        (
            "reviewed",
            json!({"review_chain": [{"kind": "expert", "people": 2}], "notice_working_days": 1, "cap_per_entity": "500.00",
                "co_funding": thirds(), "validity_days": 10, "on_expiry": "lapse", "pot": "3000.00"}),
        ),
        (
            "ranked",
            json!({"pay_mode": "reimburse", "rate_base": "paid", "review_chain": [{"kind": "expert"}], "pot": "1500.00",
                "allocation_when_short": "ranked", "cap_per_entity": "700.00", "divisible": false, "validity_days": 15}),
        ),
        (
            "shared",
            json!({"review_chain": [{"kind": "formal"}], "pot": "1200.00", "allocation_when_short": "pro_rata",
                "eligible_entity": {"kinds": ["firm"]}, "provider_rule": {"listed": true}}),
        ),
        (
            "direct",
            json!({"pay_mode": "reimburse", "rate_base": "paid", "claims_from": "pot", "rates": [{"rate_bps": 2500}],
                "co_funding": thirds(), "cap_per_entity": "1000.00", "evidence": [{"kind": "payment", "with": "claim"}]}),
        ),
    ]
}

fn org(number: u64, kinds: &[OrgKind], owner: Option<u64>) -> Command {
    Command::RegisterOrg(NewOrganisation {
        name: format!("org {number}"),
        uscc: uscc(number),
        kinds: kinds.to_vec(),
        owner: owner.map(OrgId),
    })
}

pub fn user(org: OrgId, role: OrgKind) -> Command {
    Command::RegisterUser(NewUser {
        org,
        roles: vec![role],
        identity: "0f".repeat(32),
        dormant: false,
    })
}

/// Everything that must be there.
pub fn commands() -> Vec<Command> {
    let (provider, tenant, issuer) = (OrgKind::Provider, OrgKind::Tenant, OrgKind::Issuer);
    let plain = |verb: &str, body: Value| verb::command(verb, None, body).unwrap();
    let mut commands = Vec::new();
    for (code, domestic) in ACCELERATORS.into_iter().zip([true, false]) {
        commands.push(plain(
            "accelerator",
            json!({"code": code, "vendor": "v", "model": code, "domestic": domestic,
            "memory_gb": 64, "fp16_dense_gflops": 313_000, "cards_per_node": 8}),
        ));
    }
    for code in SITES {
        commands.push(plain("site", json!({"code": code, "name_zh": code, "region": "east"})));
    }
    for (number, kinds, owner) in [
        (1, vec![provider], None),
        (2, vec![provider], None),
        (3, vec![provider, tenant], None),
        (4, vec![tenant], None),
        (5, vec![tenant], Some(4)),
        (6, vec![tenant], None),
        (7, vec![tenant], Some(1)),
        (8, vec![OrgKind::Operator], None),
        (9, vec![issuer], None),
        (10, vec![issuer], None),
        (11, vec![tenant], Some(6)),
    ] {
        commands.push(org(number, &kinds, owner));
    }
    for (of, role) in [
        (8, OrgKind::Operator),
        (8, OrgKind::Operator),
        (9, issuer),
        (9, issuer),
        (9, issuer),
        (10, issuer),
        (10, issuer),
        (4, tenant),
        (6, tenant),
    ] {
        commands.push(user(OrgId(of), role));
    }
    for year in [2026, 2027] {
        let calendar = json!({"year": year, "holidays": [], "workdays": []});
        let calendar = serde_json::from_value(calendar).unwrap();
        commands.push(Command::Application(ApplicationCommand::SetCalendar(calendar)));
    }
    commands.push(plain(
        "terms",
        json!({"tenant_fee_bps": 130, "provider_fee_bps": 270, "usage_grace_hours": 12, "dispute_hours": 24}),
    ));
    for org in TENANTS {
        commands.push(plain(
            "deposit",
            json!({"org": org, "amount": "4000.00", "bank_ref": format!("opening {org}")}),
        ));
    }
    for (number, (code, more)) in (1..).zip(kinds()) {
        let rules = Box::new(rules(code, &more));
        if number <= 6 {
            commands.push(Command::OpenProgramme(rules));
        } else {
            let programme = ProgrammeId(number);
            for command in [
                ProgrammeCommand::Draft {
                    maker: ISSUERS[0],
                    issuer: ISSUER,
                    rules,
                },
                ProgrammeCommand::Approve {
                    checker: ISSUERS[1],
                    programme,
                },
                ProgrammeCommand::Open {
                    user: ISSUERS[0],
                    programme,
                },
            ] {
                commands.push(Command::Programme(command));
            }
        }
    }
    commands
}
